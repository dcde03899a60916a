"""A second layer fitted by ridge beside unpenalised polynomials, and the function that it makes.

The features are `sqrt(d/p) phi(W x)`; every fit has an intercept. Spikes are the Hermite polynomials
`He_k(<v, x>)` of one direction.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..drawn.rows import Matrix, Source, Vector
from .estimator import Activation
from .least_squares import Penalty, fit_ridge

__all__ = ["Spikes", "TwoLayerFit", "direction_of", "fit_head", "projections"]


@dataclass(frozen=True)
class Spikes:
    """The polynomial `sum_k coefficients_k He_(degrees_k)(<direction, x>)`."""

    direction: Vector
    degrees: tuple[int, ...]
    coefficients: Vector

    def columns(self, rows: Matrix) -> Matrix:
        """The polynomials of rows `(n, d)`, one column per degree."""
        highest = max(self.degrees, default=0)
        return _hermite(rows @ self.direction, highest)[:, list(self.degrees)]


@dataclass(frozen=True)
class TwoLayerFit:
    """The function `<phi(W x), a> + intercept`, and explicit polynomials beside it if any."""

    first_layer: Matrix
    activation: Activation
    coefficients: Vector
    intercept: float
    spikes: tuple[Spikes, ...] = ()

    def predict(self, rows: Matrix) -> Vector:
        """Labels of rows `(n, d)`."""
        labels = self.activation(rows @ self.first_layer.T) @ self.coefficients + self.intercept
        for each in self.spikes:
            labels = labels + each.columns(rows) @ each.coefficients
        return np.asarray(labels)

    def risks(self, source: Source, rng: np.random.Generator) -> tuple[float, float]:
        """Excess risk and test risk over fresh rows."""
        return source.risks_of(self.predict, rng)


def _hermite(values: Vector, highest: int) -> Matrix:
    """The polynomials `He_0, ..., He_highest` of values `(n,)`, one column each."""
    return np.asarray(np.polynomial.hermite_e.hermevander(values, highest), dtype=np.float64)


def direction_of(rows: Matrix, labels: Vector) -> Vector:
    """The unit vector along `X'y/n`, of centred labels."""
    mean = rows.T @ (labels - labels.mean())
    return np.asarray(mean / np.linalg.norm(mean))


def fit_head(
    first_layer: Matrix,
    activation: Activation,
    lam: float,
    rows: Matrix,
    labels: Vector,
    spikes: Sequence[Spikes],
) -> TwoLayerFit:
    """Ridge on the features `sqrt(d/p) phi(W x)`; an intercept and the given polynomials without penalty.

    >>> rng = np.random.default_rng(0)
    >>> rows, first_layer = rng.standard_normal((30, 4)), rng.standard_normal((8, 4))
    >>> squares = Spikes(np.eye(4)[0], (2,), np.zeros(1))
    >>> fit = fit_head(first_layer, np.tanh, 0.1, rows, rows[:, 0] ** 2, [squares])
    >>> bool(np.allclose(fit.predict(rows), rows[:, 0] ** 2)), fit.spikes[0].coefficients.round(9)
    (True, array([1.]))
    """
    scale = math.sqrt(rows.shape[1] / len(first_layer))
    features = scale * activation(rows @ first_layer.T)
    free = np.column_stack([np.ones(len(rows)), *(each.columns(rows) for each in spikes)])
    basis = np.linalg.qr(free)[0]
    left = features - basis @ (basis.T @ features)
    coefficients = fit_ridge(left, labels - basis @ (basis.T @ labels), lam, Penalty.of(None))
    intercept, *rest = np.linalg.lstsq(free, labels - features @ coefficients, rcond=None)[0]
    fitted, place = [], 0
    for each in spikes:
        count = len(each.degrees)
        fitted.append(Spikes(each.direction, each.degrees, np.array(rest[place : place + count])))
        place += count
    return TwoLayerFit(first_layer, activation, scale * coefficients, float(intercept), tuple(fitted))


_NODES = np.linspace(-9.0, 9.0, 1201)  # 0 is one, where activations have their kink
_WEIGHTS = np.exp(-(_NODES**2) / 2) / np.exp(-(_NODES**2) / 2).sum()


def projections(
    first_layer: Matrix, activation: Activation, direction: Vector, degrees: Sequence[int]
) -> Matrix:
    """The coefficient of `He_k(<direction, x>)` in `phi(<w_j, x>)`: `(p, len(degrees))`.

    By the trapezoidal rule over `z = <w_j, x>/|w_j|`, given which `He_k(<direction, x>)` has mean
    `(<direction, w_j>/|w_j|)^k He_k(z)`.

    >>> layer = np.array([[2.0, 0.0], [0.0, 1.0]])
    >>> projections(layer, np.square, np.array([1.0, 0.0]), (0, 1, 2)).round(9) + 0.0
    array([[4., 0., 4.],
           [1., 0., 0.]])
    """
    norms = np.linalg.norm(first_layer, axis=1)
    values = activation(np.outer(norms, _NODES)) * _WEIGHTS
    along = (first_layer @ direction) / norms
    hermite = _hermite(_NODES, max(degrees))
    columns = [along**degree * (values @ hermite[:, degree]) / math.factorial(degree) for degree in degrees]
    return np.column_stack(columns)
