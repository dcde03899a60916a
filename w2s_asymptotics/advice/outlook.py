"""What theory says of the ways to use the labels, here and with more rows.

The world is the joint covariance of all rows. Its target is not the fit itself, which is too small where
labels are few, but a draw from what the fit leaves open (the posterior of a Gaussian prior whose ridge it
is); its noise is the one at which theory has the fit's held-out error. Both representations are cut to their
leading principal components, so that theory costs seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..learners import Ridge
from ..questions.risk import risk
from ..worlds import Population
from .record import Way

__all__ = ["Theory"]

Array = NDArray[np.float64]
KEPT = (48, 96)
POINTS = 11


class Theory:
    """Worlds that fit what was held out: `draws` targets, each with its noise."""

    def __init__(
        self,
        weak: Array,
        strong: Array,
        y: Array,
        known: tuple[str, float, float],
        draws: int,
        rng: np.random.Generator,
    ) -> None:
        """All rows, the first of them with labels `y`; `known` is a way, its penalty and held-out error."""
        count = len(y)
        parts = [_leading(rows, kept) for rows, kept in zip((weak, strong), KEPT, strict=True)]
        joint = np.hstack(parts)
        covariance = joint.T @ joint / len(joint)
        split, width = parts[0].shape[1], joint.shape[1]
        self.weak, self.strong = np.arange(split), np.arange(split, width)
        name, alpha, error = known
        places = self.weak if name == "refit" else self.strong
        X = joint[:count, places]
        X = X - X.mean(axis=0)
        labels = y - y.mean()
        gram = X.T @ X + alpha * np.eye(len(places))
        fit = np.linalg.solve(gram, X.T @ labels)
        scale = float(labels @ (labels - X @ fit)) / count
        root = np.linalg.inv(np.linalg.cholesky(gram)).T
        learner = Ridge(samples=count, lam=alpha / count, features=places)
        self.worlds: list[Any] = []
        self._plain: dict[int, list[tuple[Ridge, float, float]]] = {}
        for _ in range(draws):
            beta = np.zeros(width)
            beta[places] = fit + scale**0.5 * (root @ rng.standard_normal(len(places)))
            plain = Population.from_matrices(covariance, beta)
            low, high = (float(risk(replace(plain, noise=each), learner)) for each in (0.0, 1.0))
            noise = max((error - low) / (1.0 + high - low), 0.0)
            self.worlds.append(replace(plain, noise=noise))

    def error(self, way: Way, labelled: int, unlabelled: int) -> float | None:
        """Test error of a way, or None of labels that are mixed, for which there is no theory here."""
        if way.name == "mixed":
            return None
        if way.alpha_student is not None:
            return self.student(way.alpha, way.alpha_student, labelled, unlabelled)
        places = self.strong if way.name == "strong" else self.weak
        return self._mean(Ridge(samples=labelled, lam=way.alpha / labelled, features=places))

    def student(self, teacher: float, alpha: float, labelled: int, unlabelled: int) -> float:
        """Test error of a student, at these penalties."""
        return self._mean(
            Ridge(samples=labelled, lam=teacher / labelled, features=self.weak),
            Ridge(samples=unlabelled, lam=alpha / unlabelled, features=self.strong),
        )

    def _mean(self, *learners: Ridge) -> float:
        return float(np.mean([world.noise + risk(world, *learners) for world in self.worlds]))

    def tuned(self, labelled: int, unlabelled: int, near: Sequence[float]) -> dict[str, float]:
        """Test errors of "refit", "strong" and "student" at the best of penalties around `near`.

        These are the penalties `alpha` of the three fits; the student's teacher is the refitted one.
        """
        if labelled not in self._plain:
            self._plain[labelled] = [self._of_labels(world, labelled, near) for world in self.worlds]
        found = []
        for world, (best, *errors) in zip(self.worlds, self._plain[labelled], strict=True):
            if unlabelled:
                lams = _around(near[2], unlabelled)
                student = Ridge(samples=unlabelled, lam=lams, features=self.strong)
                errors.append(float(np.min(risk(world, best, student))))
            found.append([float(world.noise) + each for each in errors])
        return dict(zip(("refit", "strong", "student"), np.mean(found, axis=0).tolist(), strict=False))

    def _of_labels(self, world: Any, labelled: int, near: Sequence[float]) -> tuple[Ridge, float, float]:
        """The teacher at its best penalty, and the excess risks of it and of the strong fit."""
        teacher, strong = (
            Ridge(samples=labelled, lam=_around(alpha, labelled), features=seen)
            for alpha, seen in zip(near, (self.weak, self.strong), strict=False)
        )
        errors = np.asarray(risk(world, teacher))
        best = replace(teacher, lam=float(teacher.lam[errors.argmin()]))
        return best, float(errors.min()), float(np.min(risk(world, strong)))


def _around(alpha: float, samples: int) -> Array:
    """Penalties around one, as `lam`."""
    return alpha / samples * np.geomspace(1e-2, 1e2, POINTS)


def _leading(rows: Array, kept: int) -> Array:
    """Centred rows in their leading principal components."""
    rows = rows - rows.mean(axis=0)
    if rows.shape[1] <= kept:
        return rows
    basis = np.linalg.eigh(rows.T @ rows)[1]
    return np.asarray(rows @ basis[:, -kept:])
