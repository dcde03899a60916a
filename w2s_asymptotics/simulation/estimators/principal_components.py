"""Regression on the leading principal components of the rows, by their definition.

They are the leading right singular vectors of the rows, by which the labels are then explained by least
squares.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...learners import PrincipalComponents
from ..drawn.population import plain_number
from ..drawn.rows import Matrix, Vector
from .estimator import Estimator, Fit, LinearFit, estimator

__all__ = ["PrincipalComponentsEstimator", "components_fit"]


def components_fit(rows: Matrix, labels: Vector, count: int) -> Vector:
    """Coefficients of least squares on the `count` leading principal components of the rows.

    >>> components_fit(np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([1.0, 1.0]), 1)
    array([0. , 0.5])
    """
    directions = np.linalg.svd(rows, full_matrices=False)[2][:count]
    scores = rows @ directions.T
    return np.asarray(directions.T @ np.linalg.lstsq(scores, labels, rcond=None)[0])


@dataclass(frozen=True)
class PrincipalComponentsEstimator(Estimator):
    """Regression on the `count` leading principal components."""

    count: int

    def fit(self, rows: Matrix, labels: Vector, rng: np.random.Generator) -> Fit:
        """Find the components and fit."""
        return LinearFit(components_fit(rows, labels, self.count))

    def actual(self, learner: Any, dim: int) -> Any:
        """The record with the share of components that were kept."""
        return replace(super().actual(learner, dim), components=self.count / dim)


@estimator.register
def _(learner: PrincipalComponents, world: Any) -> Estimator:
    share = plain_number("components", learner.components)
    drawn = world.drawn(learner)
    return PrincipalComponentsEstimator(**drawn, count=round(share * world.dim))
