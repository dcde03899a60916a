"""The estimators that filter the sample's spectrum, as they are defined; no penalty takes part.

Gradient flow is solved in the eigenbasis of `X'X/n`, in which `d beta/dt = X'y/n - (X'X/n) beta` is one
linear equation per direction. Principal components are the leading right singular vectors of the rows, by
which the labels are then explained by least squares.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .data import Matrix, Vector
from .fit import RANK_TOLERANCE
from .learned import Fit, LinearFit
from .run import Stage

__all__ = ["ComponentsStage", "FlowStage", "components_fit", "flow_fit"]


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


def components_fit(rows: Matrix, labels: Vector, count: int) -> Vector:
    """Coefficients of least squares on the `count` leading principal components of the rows.

    >>> components_fit(np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([1.0, 1.0]), 1)
    array([0. , 0.5])
    """
    directions = np.linalg.svd(rows, full_matrices=False)[2][:count]
    scores = rows @ directions.T
    return np.asarray(directions.T @ np.linalg.lstsq(scores, labels, rcond=None)[0])


@dataclass(frozen=True)
class FlowStage(Stage):
    """Gradient flow until `time`."""

    time: float = 0.0

    def fit(self, rows: Matrix, labels: Vector, rng: np.random.Generator) -> Fit:
        """Follow the gradient."""
        return LinearFit(flow_fit(rows, labels, self.time))


@dataclass(frozen=True)
class ComponentsStage(Stage):
    """Regression on the `count` leading principal components."""

    count: int = 0

    def fit(self, rows: Matrix, labels: Vector, rng: np.random.Generator) -> Fit:
        """Find the components and fit."""
        return LinearFit(components_fit(rows, labels, self.count))
