"""What is drawn: rows and labels, from a Gaussian population or from the rows of a data set.

A *source* is everything one repetition needs of the world at a finite dimension, in plain numbers: how to
draw `n` rows with their true labels, and how far a coefficient vector is from the target. Two kinds:

* `GaussianRows`: `x ~ N(0, Sigma)`, `y = <x, beta_*> + eps`, `Var eps = noise`;
* `DataRows`: rows drawn independently and **with replacement** from a data set, with their labels there.

No formula of the asymptotic theory appears in this folder: what it measures is evidence about the theory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

TEST_ROWS = 800  # on which the risk of a nonlinear function is measured


class Source(Protocol):
    """A world at a finite dimension, ready to be drawn from."""

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        ...

    @property
    def energy(self) -> float:
        """`beta_*' Sigma beta_*`, the excess risk of predicting zero: the scale of rounding errors."""
        ...

    def draw(self, samples: int, rng: np.random.Generator) -> tuple[Matrix, Vector]:
        """Draw `samples` rows and their true labels, noise included."""
        ...

    def shifted(self, root: Vector | Matrix) -> Source:
        """Give the same target seen through rows of another covariance, `root root'`."""
        ...

    def excess_risk(self, beta: Vector) -> float:
        """`E_x (<x, beta> - <x, beta_*>)^2` of a coefficient vector, exact (no test sample)."""
        ...

    def test_risk(self, beta: Vector) -> float:
        """`E (y - <x, beta>)^2` of a coefficient vector, exact."""
        ...

    def risks_of(self, predict: Callable[[Matrix], Vector], rng: np.random.Generator) -> tuple[float, float]:
        """Excess and test risk of a function of the rows, over rows to test it on."""
        ...


def covariance_root(covariance: Vector | Matrix) -> Vector | Matrix:
    """Find `A` with `A A' = covariance`; a vector stands for a diagonal matrix and gives a vector.

    >>> covariance_root(np.array([4.0, 9.0]))
    array([2., 3.])
    >>> root = covariance_root(np.array([[2.0, 1.0], [1.0, 2.0]]))
    >>> bool(np.allclose(root @ root.T, [[2, 1], [1, 2]]))
    True
    """
    if covariance.ndim == 1:
        return np.sqrt(covariance)
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))  # eigh may round a zero to -1e-17


class Rows:
    """What every source of rows says of its target `beta`."""

    beta: Vector

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        return self.beta.size

    @property
    def energy(self) -> float:
        """Excess risk of predicting zero, `beta_*' Sigma beta_*`."""
        return self.excess_risk(np.zeros_like(self.beta))

    def excess_risk(self, beta: Vector) -> float:
        """Exact `(beta - beta_*)' Sigma (beta - beta_*)`."""
        raise NotImplementedError


@dataclass(frozen=True)
class GaussianRows(Rows):
    """Gaussian rows of covariance `root root'`, a linear target `beta`, label noise of variance `noise`.

    `root` is a vector (diagonal covariance) or a matrix.
    """

    root: Vector | Matrix
    beta: Vector
    noise: float

    def draw(self, samples: int, rng: np.random.Generator) -> tuple[Matrix, Vector]:
        """Draw Gaussian rows and their noisy labels."""
        white = rng.standard_normal((samples, self.dim))
        rows = white * self.root if self.root.ndim == 1 else white @ self.root.T
        return rows, rows @ self.beta + np.sqrt(self.noise) * rng.standard_normal(samples)

    def shifted(self, root: Vector | Matrix) -> GaussianRows:
        """Give the same target under rows of covariance `root root'`."""
        return replace(self, root=root)

    def excess_risk(self, beta: Vector) -> float:
        """Exact `(beta - beta_*)' Sigma (beta - beta_*)`."""
        error = beta - self.beta
        along = self.root * error if self.root.ndim == 1 else self.root.T @ error
        return float(along @ along)

    def test_risk(self, beta: Vector) -> float:
        """Excess risk plus the noise of a fresh label."""
        return self.excess_risk(beta) + self.noise

    def risks_of(self, predict: Callable[[Matrix], Vector], rng: np.random.Generator) -> tuple[float, float]:
        """Excess and test risk over `TEST_ROWS` fresh rows."""
        rows, _ = self.draw(TEST_ROWS, rng)
        excess = float(np.mean((predict(rows) - rows @ self.beta) ** 2))
        return excess, excess + self.noise


@dataclass(frozen=True)
class DataRows(Rows):
    """Rows of a data set (centred `rows`, centred `labels`), drawn independently with replacement.

    `beta` is the data set's least-squares target: the excess risk is measured against it under the data's own
    covariance `rows' rows / N`, the test risk against the data's own labels.
    """

    rows: Matrix
    labels: Vector
    beta: Vector

    def draw(self, samples: int, rng: np.random.Generator) -> tuple[Matrix, Vector]:
        """Draw rows of the data set with replacement, each with its label."""
        chosen = rng.integers(len(self.rows), size=samples)
        return self.rows[chosen], self.labels[chosen]

    def shifted(self, root: Vector | Matrix) -> Source:
        """Refuse: the rows are the data set's own."""
        raise ValueError(
            "covariance cannot be given to a learner of a from_data world: rows are the data's own"
        )

    def excess_risk(self, beta: Vector) -> float:
        """Exact `(beta - beta_*)' Sigma (beta - beta_*)`."""
        return float(np.mean((self.rows @ (beta - self.beta)) ** 2))

    def test_risk(self, beta: Vector) -> float:
        """Mean squared error over the whole data set, against its own labels."""
        return float(np.mean((self.labels - self.rows @ beta) ** 2))

    def risks_of(self, predict: Callable[[Matrix], Vector], rng: np.random.Generator) -> tuple[float, float]:
        """Excess and test risk over the whole data set."""
        predicted = predict(self.rows)
        excess = float(np.mean((predicted - self.rows @ self.beta) ** 2))
        return excess, float(np.mean((self.labels - predicted) ** 2))


def multiplicities(weights: Vector, dim: int) -> NDArray[np.int64]:
    """Share `dim` coordinates among atoms: `weights * dim` by largest remainder, so that they sum to `dim`.

    >>> multiplicities(np.array([0.5, 0.25, 0.25]), 10)
    array([5, 3, 2])
    """
    quota = weights * dim
    counts = np.floor(quota + 1e-9).astype(np.int64)
    missing = dim - int(counts.sum())
    counts[np.argsort(counts - quota, kind="stable")[:missing]] += 1
    return counts


def random_signal(energies: Vector, counts: NDArray[np.int64], rng: np.random.Generator) -> Vector:
    """Draw a target with exactly the energy `energies[i]` on atom `i`, in a uniformly random direction there.

    >>> beta = random_signal(np.array([4.0, 9.0]), np.array([3, 1]), np.random.default_rng(0))
    >>> round(float(beta[:3] @ beta[:3]), 12), round(float(beta[3:] @ beta[3:]), 12)
    (4.0, 9.0)
    """
    parts = []
    for energy, count in zip(energies, counts, strict=True):
        direction = rng.standard_normal(count)
        parts.append(np.sqrt(energy) * direction / np.linalg.norm(direction) if count else direction)
    return np.concatenate(parts)
