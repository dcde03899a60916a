"""A multi-index world at a finite dimension: isotropic Gaussian rows, labels nonlinear in two directions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...worlds import MultiIndex
from .population import DEFAULT_DIM, finite, plain_number
from .rows import Matrix, Vector

__all__ = ["NETWORKS", "FiniteMultiIndex", "MultiIndexRows"]

NETWORKS = ("ideal", "real")

Link = Callable[[Vector], Vector]

NONLINEAR_TEST_ROWS = 2000  # on which risks are measured: the square of a polynomial spike has heavy tails


@dataclass(frozen=True)
class MultiIndexRows:
    """Rows `x ~ N(0, I)` with label `easy(<b_e, x>) + hard(<b_h, x>) + eps`, `Var eps = noise`.

    `easy_direction` and `hard_direction` are orthonormal; the links have mean zero, `slopes`
    `E[link(z) z]` and `energies` `E[link(z)^2]`.
    """

    easy_direction: Vector
    hard_direction: Vector
    easy: Link
    hard: Link
    slopes: tuple[float, float]
    energies: tuple[float, float]
    noise: float

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        return self.easy_direction.size

    @property
    def energy(self) -> float:
        """The energy of the whole target, without noise."""
        return sum(self.energies)

    def truth(self, rows: Matrix) -> Vector:
        """The whole target of rows `(n, d)`, without noise."""
        return np.asarray(self.easy(rows @ self.easy_direction) + self.hard(rows @ self.hard_direction))

    def draw(self, samples: int, rng: np.random.Generator) -> tuple[Matrix, Vector]:
        """Draw Gaussian rows and their noisy labels."""
        rows = rng.standard_normal((samples, self.dim))
        return rows, self.truth(rows) + np.sqrt(self.noise) * rng.standard_normal(samples)

    def shifted(self, root: Vector | Matrix) -> MultiIndexRows:
        """Refuse: the covariance is the identity."""
        raise ValueError("covariance cannot be given to a learner of a MultiIndex world: it is the identity")

    def excess_risk(self, beta: Vector) -> float:
        """`E (<x, beta> - target)^2` of a linear function, exact."""
        along = np.array([self.easy_direction @ beta, self.hard_direction @ beta])
        return float(beta @ beta - 2.0 * along @ np.array(self.slopes) + self.energy)

    def test_risk(self, beta: Vector) -> float:
        """Excess risk plus the noise of a fresh label."""
        return self.excess_risk(beta) + self.noise

    def risks_of(self, predict: Callable[[Matrix], Vector], rng: np.random.Generator) -> tuple[float, float]:
        """Excess risk against the whole target, and test risk, over fresh rows.

        Much of the spread of a mean over rows is that of the target's own moments, which are known.
        """
        rows = rng.standard_normal((NONLINEAR_TEST_ROWS, self.dim))
        easy, hard = self.easy(rows @ self.easy_direction), self.hard(rows @ self.hard_direction)
        moments = np.column_stack([easy**2 - self.energies[0], hard**2 - self.energies[1], easy * hard])
        excess = controlled_mean((predict(rows) - easy - hard) ** 2, moments)
        return excess, excess + self.noise


def controlled_mean(values: Vector, centred: Matrix) -> float:
    """An unbiased mean of `values`, less what `centred` columns of mean zero explain of their deviations.

    The regression of each half of the rows is that of the other half, so that it is independent of what it
    corrects.

    >>> columns = np.random.default_rng(0).standard_normal((100, 2))
    >>> round(controlled_mean(3.0 + columns @ [2.0, -1.0], columns), 12)
    3.0
    """
    total = 0.0
    even, odd = slice(0, None, 2), slice(1, None, 2)
    for half, other in ((even, odd), (odd, even)):
        design = np.column_stack([np.ones(len(centred[other])), centred[other]])
        slopes = np.linalg.lstsq(design, values[other], rcond=None)[0][1:]
        total += float((values[half] - centred[half] @ slopes).sum())
    return total / len(values)


def orthonormal_pair(dim: int, rng: np.random.Generator) -> tuple[Vector, Vector]:
    """Draw two orthonormal directions, uniformly.

    >>> easy, hard = orthonormal_pair(5, np.random.default_rng(0))
    >>> bool(np.allclose([easy @ easy, hard @ hard, easy @ hard], [1, 1, 0]))
    True
    """
    first, second = np.linalg.qr(rng.standard_normal((dim, 2)))[0].T
    return first, second


@dataclass(frozen=True)
class FiniteMultiIndex:
    """A multi-index world at a finite dimension; `network` says what its learners are simulated as."""

    world: MultiIndex
    source: MultiIndexRows
    network: str = "ideal"

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        return self.source.dim

    def drawn(self, learner: Any) -> dict[str, Any]:
        """Refuse: learners other than networks have no theory here."""
        raise ValueError(f"a MultiIndex world takes TwoLayer learners, got {learner!r}")

    def rows_of(self, name: str, gamma: Any) -> int:
        """Count the rows of a fit, `dim / gamma` rounded."""
        ratio = plain_number(name, gamma)
        if not 0 < ratio < np.inf or not 1.5 <= self.dim / ratio < np.inf:
            raise ValueError(
                f"{name} = {ratio:g} gives no finite number of rows (2 or more) at dim = {self.dim}"
            )
        return round(self.dim / ratio)


@finite.register
def _(world: MultiIndex, dim: int | None, rng: np.random.Generator) -> FiniteMultiIndex:
    for value in (*world.easy.given, *world.hard.given):
        plain_number("a link's coefficient", value)
    easy, hard = orthonormal_pair(dim or DEFAULT_DIM, rng)
    slopes = tuple(plain_number("link", link.coefficient(1)) for link in (world.easy, world.hard))
    energies = tuple(plain_number("energy", link.energy) for link in (world.easy, world.hard))
    source = MultiIndexRows(
        easy_direction=easy,
        hard_direction=hard,
        easy=world.easy,
        hard=world.hard,
        slopes=(slopes[0], slopes[1]),
        energies=(energies[0], energies[1]),
        noise=plain_number("noise", world.noise),
    )
    return FiniteMultiIndex(world, source)
