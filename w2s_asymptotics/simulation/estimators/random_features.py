"""Ridge on random features of the rows, built as they are defined and fitted like any rows.

The risk of a nonlinear function is its mean square error over fresh rows drawn for the purpose (over all rows
of a data set), an unbiased estimate whose spread is part of the standard error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...learners import RandomFeatures
from ..drawn.population import plain_number
from ..drawn.rows import Matrix, Source, Vector
from .activations import activation_of
from .estimator import Activation, Estimator, Fit, LinearFit, estimator
from .least_squares import Penalty, fit_ridge

__all__ = ["FeatureFit", "RandomFeaturesEstimator", "fit_features"]


@dataclass(frozen=True)
class FeatureFit:
    """The function `<phi(W x), a> + intercept`."""

    directions: Matrix
    activation: Activation
    coefficients: Vector
    intercept: float

    def predict(self, rows: Matrix) -> Vector:
        """Labels of rows `(n, d)`."""
        return np.asarray(self.activation(rows @ self.directions.T) @ self.coefficients + self.intercept)

    def risks(self, source: Source, rng: np.random.Generator) -> tuple[float, float]:
        """Excess risk and test risk over fresh rows."""
        return source.risks_of(self.predict, rng)


def fit_features(
    rows: Matrix,
    labels: Vector,
    count: int,
    activation: Activation | None,
    lam: float,
    rng: np.random.Generator,
    dim: int | None = None,
) -> Fit:
    """Ridge on `count` random features of the rows, with an intercept where they are nonlinear.

    Features `sqrt(d/p) phi(<w_j, x>)`, `w_j ~ N(0, I/d)`, are built as they are defined and fitted like
    any rows. `dim` is d where the rows are not the covariates but what a learner's features see of them.

    >>> rng = np.random.default_rng(0)
    >>> rows = rng.standard_normal((30, 4))
    >>> fit = fit_features(rows, rows[:, 0], 8, None, 0.0, rng)
    >>> bool(np.allclose(fit.predict(rows), rows[:, 0]))
    True
    """
    dim = dim or rows.shape[1]
    directions = rng.standard_normal((count, rows.shape[1])) / math.sqrt(dim)
    scale = math.sqrt(dim / count)
    if activation is None:
        coefficients = fit_ridge(scale * (rows @ directions.T), labels, lam, Penalty.of(None))
        return LinearFit(scale * (directions.T @ coefficients))
    features = scale * activation(rows @ directions.T)
    centre, level = features.mean(axis=0), float(labels.mean())
    coefficients = fit_ridge(features - centre, labels - level, lam, Penalty.of(None))
    return FeatureFit(directions, activation, scale * coefficients, level - float(centre @ coefficients))


@dataclass(frozen=True)
class RandomFeaturesEstimator(Estimator):
    """Ridge on `features` random features of the rows, drawn anew with every data set."""

    lam: float
    features: int
    activation: Activation | None

    def fit(self, rows: Matrix, labels: Vector, rng: np.random.Generator) -> Fit:
        """Draw the features and fit their coefficients."""
        dim = self.source.dim
        return fit_features(rows, labels, self.features, self.activation, self.lam, rng, dim)

    def actual(self, learner: Any, dim: int) -> Any:
        """The record with the number of features that are drawn."""
        return replace(super().actual(learner, dim), width=self.features / dim)

    def cells(self) -> int:
        """Rows, directions, features twice, and the smaller normal matrix twice."""
        dim, small = self.source.dim, min(self.samples, self.features)
        return (self.samples + self.features) * dim + 2 * self.samples * self.features + 2 * small * small


@estimator.register
def _(learner: RandomFeatures, world: Any) -> Estimator:
    drawn = world.drawn(learner)
    width = plain_number("width", learner.width)
    if not 0.5 <= width * world.dim < np.inf:
        raise ValueError(f"width = {width:g} gives no finite number of features at dim = {world.dim}")
    return RandomFeaturesEstimator(
        **drawn,
        lam=plain_number("lam", learner.lam),
        features=round(width * world.dim) or 1,
        activation=activation_of(
            learner.activation, plain_number("tail", learner.tail), world.variance(drawn["view"])
        ),
    )
