"""Gradient flow on least squares, stopped at a time, as it is defined; no penalty takes part.

It is solved in the eigenbasis of `X'X/n`, in which `d beta/dt = X'y/n - (X'X/n) beta` is one linear equation
per direction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...learners import GradientFlow
from ..drawn.population import plain_number
from ..drawn.rows import Matrix, Vector
from .estimator import Estimator, Fit, LinearFit, estimator
from .least_squares import RANK_TOLERANCE

__all__ = ["GradientFlowEstimator", "flow_fit"]


def flow_fit(rows: Matrix, labels: Vector, time: float) -> Vector:
    """Coefficients of gradient flow from zero on `||y - X b||^2/(2n)`, at a time (infinity: minimum norm).

    >>> rows, labels = np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([1.0, 1.0])
    >>> flow_fit(rows, labels, 1.0).round(6), flow_fit(rows, labels, np.inf)
    (array([0.393469, 0.432332]), array([1. , 0.5]))
    """
    if np.isinf(time):
        return np.asarray(np.linalg.lstsq(rows, labels, rcond=None)[0])
    samples = len(rows)
    rates, directions = np.linalg.eigh(rows.T @ rows / samples)
    # Nothing pulls along a direction without variance.
    pull = directions.T @ (rows.T @ labels / samples)
    moving = rates > RANK_TOLERANCE * max(rows.shape) * rates[-1]
    safe = np.where(moving, rates, 1.0)
    travelled = np.where(moving, -np.expm1(-safe * time) / safe, 0.0)
    return np.asarray(directions @ (travelled * pull))


@dataclass(frozen=True)
class GradientFlowEstimator(Estimator):
    """Gradient flow until `time`."""

    time: float

    def fit(self, rows: Matrix, labels: Vector, rng: np.random.Generator) -> Fit:
        """Follow the gradient."""
        return LinearFit(flow_fit(rows, labels, self.time))

    def cells(self) -> int:
        """The normal matrix is that of the dimension, however few the rows."""
        return 2 * self.samples * self.source.dim + 2 * self.source.dim**2


@estimator.register
def _(learner: GradientFlow, world: Any) -> Estimator:
    return GradientFlowEstimator(**world.drawn(learner), time=plain_number("time", learner.time))
