"""What a stage learns: coefficients, or a function of the covariates; and how its risk is measured.

The risk of coefficients is exact. That of a nonlinear function is its mean square error over fresh rows
drawn for the purpose (over all rows of a data set), an unbiased estimate whose spread is part of the
standard error.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .data import Matrix, Source, Vector
from .fit import Penalty, fit_ridge

__all__ = ["Fit", "LinearFit", "activation_of", "fit_features"]

Activation = Callable[[Matrix], Matrix]


class Fit(Protocol):
    """A fitted learner."""

    def predict(self, rows: Matrix) -> Vector:
        """Labels of rows `(n, d)`."""
        ...

    def risks(self, source: Source, rng: np.random.Generator) -> tuple[float, float]:
        """Excess risk and test risk."""
        ...


@dataclass(frozen=True)
class LinearFit:
    """The function `<x, beta>`."""

    beta: Vector

    def predict(self, rows: Matrix) -> Vector:
        """Labels of rows `(n, d)`."""
        return np.asarray(rows @ self.beta)

    def risks(self, source: Source, rng: np.random.Generator) -> tuple[float, float]:
        """Excess risk and test risk, exact."""
        return source.excess_risk(self.beta), source.test_risk(self.beta)


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
) -> Fit:
    """Ridge on `count` random features of the rows, with an intercept where they are nonlinear.

    Features `sqrt(d/p) phi(<w_j, x>)`, `w_j ~ N(0, I/d)`, are built as they are defined and fitted like
    any rows.

    >>> rng = np.random.default_rng(0)
    >>> rows = rng.standard_normal((30, 4))
    >>> fit = fit_features(rows, rows[:, 0], 8, None, 0.0, rng)
    >>> bool(np.allclose(fit.predict(rows), rows[:, 0]))
    True
    """
    dim = rows.shape[1]
    directions = rng.standard_normal((count, dim)) / math.sqrt(dim)
    scale = math.sqrt(dim / count)
    if activation is None:
        coefficients = fit_ridge(scale * (rows @ directions.T), labels, lam, Penalty.of(None))
        return LinearFit(scale * (directions.T @ coefficients))
    features = scale * activation(rows @ directions.T)
    centre, level = features.mean(axis=0), float(labels.mean())
    coefficients = fit_ridge(features - centre, labels - level, lam, Penalty.of(None))
    return FeatureFit(directions, activation, scale * coefficients, level - float(centre @ coefficients))


def activation_of(name: str | None, tail: float, variance: float) -> Activation | None:
    """The function that a learner's activation names, or one with the given nonlinear energy; None if linear.

    A bare `tail` is simulated by `z + sqrt(tail) h(z)`, `h` the third Hermite polynomial for inputs of
    this variance, of energy 1 and uncorrelated with `z`.
    """
    if name is None and tail == 0.0 or name == "linear":
        return None
    if name is None:
        root = math.sqrt(tail / (6.0 * variance**3))
        return lambda z: z + root * (z**3 - 3.0 * variance * z)
    return _FUNCTIONS[name]


_GRID = np.linspace(-6.0, 6.0, 20_001)
_ERF = np.array([math.erf(value) for value in _GRID])


def _erf(values: Matrix) -> Matrix:
    """The error function, interpolated: to 5e-8, far below what a simulation resolves, and fast on arrays."""
    return np.asarray(np.interp(values, _GRID, _ERF))


_FUNCTIONS: dict[str, Activation] = {
    "relu": lambda z: np.maximum(z, 0.0),
    "erf": _erf,
    "sign": np.sign,
    "tanh": np.tanh,
    "sigmoid": lambda z: 0.5 + 0.5 * np.tanh(z / 2.0),
    "softplus": lambda z: np.logaddexp(z, 0.0),
}
