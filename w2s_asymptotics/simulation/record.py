"""What a simulation says: means over repetitions, standard errors, the theory, and the distance in errors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..records import Record, as_lists, table

Array = NDArray[np.float64]

# Excess risks below this share of beta_*' Sigma beta_* are rounding noise: z is finite where the theory is 0.
ROUNDING = float(np.finfo(np.float64).eps)


def z_score(mean: Array, standard_error: Array, theory: Array, energy: float) -> Array:
    """`(mean - theory) / standard_error`; a difference within rounding (`energy` * 2e-16) counts as none.

    >>> z_score(np.array([1.2, 1e-31]), np.array([0.1, 1e-32]), np.array([1.0, 0.0]), 1.0).round(6)
    array([2., 0.])
    >>> z_score(np.array([5.0]), np.array([1.0]), np.array([np.inf]), 1.0)
    array([-inf])
    """
    scale = np.hypot(standard_error, ROUNDING * energy)
    return np.divide(mean - theory, scale, out=np.zeros_like(mean), where=scale > 0)


@dataclass(frozen=True, eq=False)
class Simulation(Record):
    """Measured excess risks of a chain of learners beside the theory; every array has one entry per learner.

    From `penalty_path` the risks have a second axis, one entry per `lams` of the last learner (the risks of
    earlier learners repeat along it).

    Attributes
    ----------
    mean, standard_error
        Excess risk averaged over repetitions, and the standard error of that average.
    theory
        The asymptotic risk at the ratios `gamma` (and atom weights) actually used, which rounding may have
        moved.
    z
        `(mean - theory) / standard_error`. At finite `dim` the theory is off by O(1/dim), which many
        repetitions
        resolve: see `trend`. It is -inf where the theory is infinite (`gamma = 1, lam = 0`).
    test_mean, test_standard_error
        The same of the test risk; in a `from_data` world, against the data set's own labels.
    gamma, samples
        `dim / samples` and `samples` of each learner.
    repetitions
        How many were done: fewer than asked for if `interrupted`.
    dim, seed
        As used; `seed` is the entropy of the seed sequence.
    lams
        The penalties of a path, else None.
    """

    mean: Array
    standard_error: Array
    theory: Array
    z: Array
    test_mean: Array
    test_standard_error: Array
    gamma: Array
    samples: tuple[int, ...]
    repetitions: int
    dim: int
    seed: Any
    lams: Array | None = None
    interrupted: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Give the record in plain lists and numbers, for JSON."""
        return as_lists(self) | {"samples": list(self.samples)}

    def _repr_html_(self) -> str:
        head = (
            "learner",
            "n",
            "gamma",
            *(() if self.lams is None else ("lam",)),
            "measured",
            "+-",
            "theory",
            "z",
        )
        rows = (
            (learner + 1, self.samples[learner], self.gamma[learner], *lam, *figures)
            for learner, lam, figures in self._figures()
        )
        return table(self._title(), rows, head)

    def _title(self) -> str:
        done = f"simulation at dim = {self.dim}, {self.repetitions} repetitions, seed {self.seed}"
        return f"{done} (interrupted)" if self.interrupted else done

    def _figures(self) -> Iterator[tuple[int, tuple[Any, ...], tuple[float, ...]]]:
        """Learner, penalty of the path (if there is one), and measured risk, error, theory and z."""
        columns = (self.mean, self.standard_error, self.theory, self.z)
        for place in np.ndindex(self.mean.shape):
            last = place[0] + 1 == len(self.samples)
            if self.lams is not None and not last and place[1] > 0:
                continue  # earlier learners do not depend on the last one's lam
            lam = () if self.lams is None else (float(self.lams[place[1]]),) if last else ("",)
            yield place[0], lam, tuple(float(column[place]) for column in columns)

    def __str__(self) -> str:
        lam = "" if self.lams is None else f" {'lam':>10}"
        lines = [
            self._title(),
            f"{'learner':>7} {'n':>7} {'gamma':>8}{lam} {'measured':>12} {'+-':>10} {'theory':>12} {'z':>7}",
        ]
        for learner, own, (mean, error, theory, z) in self._figures():
            lam = "".join(f" {value:>10.4g}" if value != "" else f" {'':>10}" for value in own)
            lines.append(
                f"{learner + 1:>7} {self.samples[learner]:>7} {self.gamma[learner]:>8.4g}{lam}"
                f" {mean:>12.6g} {error:>10.2g} {theory:>12.6g} {z:>+7.2f}"
            )
        return "\n".join(lines)
