r"""The error of every way to use the labels, each labelled row predicted by fits that never saw its label.

There are four ways: ridge on the weak features (the teacher), ridge on the strong features, a student that
fits the strong features to the teacher's labels of the unlabelled rows, and a student that fits them to those
and to the true labels, each of these counted `weight` times. All have an intercept, and penalties are
scikit-learn's `alpha`.

All four are linear in the labels, so that leaving rows out needs no refit. With `z = (1, x - mean)`,
`H = sum weight z z' + diag(0, alpha)` over all rows and `g` the same sum of `z y`, a fit without the rows Z
predicts `(1 - weight Z H^{-1} Z')^{-1} Z H^{-1} g'` there, `g'` being the sum without them (Woodbury).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Parts", "Rows", "folds", "of_ridge", "of_student", "penalties"]

Array = NDArray[np.float64]
Parts = Sequence[NDArray[np.int64]]


@dataclass(frozen=True, eq=False)
class Rows:
    """Labelled rows of both representations, and rows without labels; `y` belongs to the former."""

    weak: Array
    strong: Array
    y: Array
    unlabelled_weak: Array | None = None
    unlabelled_strong: Array | None = None


def penalties(rows: Array, points: int = 19) -> Array:
    """A range of `alpha` for these rows: from hardly any penalty to one that leaves next to nothing.

    >>> penalties(np.array([[1.0], [-1.0]]), 3)
    array([1.e-04, 1.e-01, 1.e+02])
    """
    length = float(((rows - rows.mean(axis=0)) ** 2).sum(axis=1).mean())
    return np.geomspace(1e-4 * length, max(100.0, 2.0 * len(rows)) * length, points)


def folds(count: int, parts: int, repetitions: int, rng: np.random.Generator) -> list[Parts]:
    """Random partitions of the rows.

    >>> [len(part) for part in folds(7, 3, 1, np.random.default_rng(0))[0]]
    [3, 2, 2]
    """
    return [np.array_split(rng.permutation(count), min(parts, count)) for _ in range(repetitions)]


@dataclass(frozen=True, eq=False)
class _Design:
    """Rows in coordinates `z` in which `H` is diagonal; the first is the intercept, without a penalty."""

    mean: Array
    basis: Array
    values: Array

    @classmethod
    def of(cls, own: Array, others: Array | None = None, weight: float = 1.0) -> _Design:
        """Of labelled rows, each counted `weight` times, and of others, if there are any."""
        parts = [(own, weight), *([] if others is None else [(others, 1.0)])]
        total = sum(each * len(rows) for rows, each in parts)
        mean = sum(each * rows.sum(axis=0) for rows, each in parts) / total
        stacked = np.vstack([each**0.5 * (rows - mean) for rows, each in parts if each])
        if len(stacked) < stacked.shape[1]:
            _, spread, rotated = np.linalg.svd(stacked, full_matrices=False)
            values, basis = spread**2, rotated.T
        else:
            values, basis = np.linalg.eigh(stacked.T @ stacked)
        return cls(mean, basis, np.concatenate([[total], np.maximum(values, 0.0)]))

    def rows(self, X: Array) -> Array:
        """Rows in these coordinates."""
        return np.column_stack([np.ones(len(X)), (X - self.mean) @ self.basis])

    def held(self, alpha: float) -> Array:
        """The diagonal of `H`."""
        values = self.values + alpha
        values[0] = self.values[0]
        return values


def of_ridge(X: Array, y: Array, alphas: Array, partitions: Sequence[Parts]) -> Array:
    """Squared errors of ridge at every penalty (rows) at each labelled row, means over the partitions.

    >>> rng = np.random.default_rng(0)
    >>> X, y = rng.normal(size=(9, 2)), rng.normal(size=9)
    >>> of_ridge(X, y, np.array([0.5, 5.0]), folds(9, 3, 2, rng)).shape
    (2, 9)
    """
    design = _Design.of(X)
    z, errors = design.rows(X), np.zeros((len(alphas), len(y)))
    for place, alpha in enumerate(alphas):
        hat = (z / design.held(alpha)) @ z.T
        residual = y - hat @ y
        for parts in partitions:
            for out in parts:
                errors[place, out] += _without(hat, out, residual[out]) ** 2
    return errors / len(partitions)


def of_student(
    rows: Rows, teacher: float, alphas: Array, weight: float, partitions: Sequence[Parts]
) -> Array:
    """Squared errors of students at every penalty, as of `of_ridge`; the teacher's penalty is `teacher`.

    True labels count `weight` times each beside the teacher's, at 0 not at all.
    """
    others = np.asarray(rows.unlabelled_strong)
    weak, design = _Design.of(rows.weak), _Design.of(rows.strong, others, weight)
    taught = [_teachers(weak, rows.weak, rows.y, teacher, parts) for parts in partitions]
    z, errors = design.rows(rows.strong), np.zeros((len(alphas), len(rows.y)))
    cross = design.rows(others).T @ weak.rows(np.asarray(rows.unlabelled_weak))
    for place, alpha in enumerate(alphas):
        smoothed = z / design.held(alpha)
        pseudo, hat = smoothed @ cross, weight * (smoothed @ z.T)
        residual = rows.y - hat @ rows.y
        for fits, parts in zip(taught, partitions, strict=True):
            for fit, out in zip(fits, parts, strict=True):
                missed = residual[out] - pseudo[out] @ fit
                errors[place, out] += _without(hat, out, missed) ** 2
    return errors / len(partitions)


def _without(hat: Array, out: Any, residual: Array) -> Array:
    """Residuals of the rows `out` once the fit has not seen them."""
    return np.asarray(np.linalg.solve(np.eye(len(out)) - hat[np.ix_(out, out)], residual))


def _teachers(design: _Design, X: Array, y: Array, alpha: float, parts: Parts) -> list[Array]:
    """The teacher's coefficients without each part."""
    z = design.rows(X)
    smoothed = z / design.held(alpha)
    fit, hat = smoothed.T @ y, smoothed @ z.T
    return [fit - smoothed[out].T @ _without(hat, out, y[out] - z[out] @ fit) for out in parts]
