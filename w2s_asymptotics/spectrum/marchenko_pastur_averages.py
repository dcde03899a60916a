"""Averages of a spectral filter over the Marchenko-Pastur law, on floats, arrays and mpmath numbers.

Where Sigma is the identity a filter needs four of them, each a sum of positive terms: `E h`, `E g`, `Var h`
and `gamma E h^2/x` (derivation "spectral_filters"). With `x = x_- + X`, `X` from 0 to `4 sqrt(gamma)`, the
density is `sqrt(X (4 sqrt(gamma) - X))/(2 pi gamma x)`. A filter of the leading directions sees only those
`X` above some `X_0`. In the variable `log (X - X_0)/(4 sqrt(gamma) - X)` everything is smooth and decays to
both sides: the trapezoidal rule converges geometrically, whatever the scale of the integrand (the lower
edge for gamma near 1, `1/t` of gradient flow), in any number of digits.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..arithmetic import HIGH, REAL, Namespace
from .spectral_filters import Filter

__all__ = ["filter_averages"]

_BLOCK = 250_000
"""Nodes in one go, over all points."""


def filter_averages(filter: Filter, gamma: Any, xp: Namespace) -> tuple[Any, Any, Any, Any]:
    """`E h`, `E g`, `Var h` and `gamma E h^2/x` over the eigenvalues x of the sample covariance.

    In the shape that `gamma` and the parameter of the filter broadcast to.

    >>> from w2s_asymptotics.learners.gradient_flow import Decay
    >>> [round(float(value), 6) for value in filter_averages(Decay(2.0), 0.5, REAL)]
    [0.732409, 0.267591, 0.058709, 0.321789]
    """
    xp = xp if xp is HIGH else REAL
    gammas, parameters = np.broadcast_arrays(xp.convert(gamma), xp.convert(filter.parameter))
    shape, flat, parameter = gammas.shape, gammas.reshape(-1, 1), parameters.reshape(-1, 1)
    results = np.empty((4, len(flat)), dtype=flat.dtype)
    with xp.context():
        place = 0
        while place < len(flat):
            grid = _Grid(filter.of(parameter[place:]), flat[place:], xp)
            part = slice(place, place + max(1, _BLOCK // grid.count))
            results[:, part] = grid.averages(filter.of(parameter[part]), flat[part])
            place = part.stop
    kept, lost, spread, per_noise = (row.reshape(shape)[()] for row in results)
    return kept, lost, spread, per_noise


class _Grid:
    """The nodes of the trapezoidal rule that resolves every point of a block."""

    def __init__(self, filter: Filter, gamma: Any, xp: Namespace) -> None:
        self.xp = xp
        nats = math.log(2.0) * _bits(xp)
        if filter.leading is None:
            # Below this share b of the interval the integrand b^(3/2)/(b + x_-/width) no longer counts.
            edge = ((1 - gamma) / (1 + xp.sqrt(gamma))) ** 2 / (4 * xp.sqrt(gamma))
            edge = min(max(float(edge.min()), 1e-300), 1.0)
            floor = max(-2.0 * nats, (math.log(edge) - nats) / 1.5)
        else:
            floor = -2.0 * nats
        floor -= math.log1p(float(np.max(filter.rate * 4 * xp.sqrt(gamma))))
        self.step = math.pi**2 / (nats + 3.0)  # error exp(-pi^2/step): the filter is analytic to +-i pi/2
        self.low, self.high = math.floor(floor / self.step), math.ceil((nats / 1.5 + 3.0) / self.step)
        self.count = self.high - self.low + 1

    def averages(self, filter: Filter, gamma: Any) -> tuple[Any, Any, Any, Any]:
        """The four averages at the points of a column."""
        xp = self.xp
        places = xp.convert(np.arange(self.low, self.high + 1, dtype=float)) * xp.convert(self.step)
        below, above = 1 / (1 + xp.exp(-places)), 1 / (1 + xp.exp(places))
        root = xp.sqrt(gamma)
        width, offset = 4 * root, 0 * root
        total = xp.where(gamma > 1, 1 / gamma, 1 + 0 * gamma)
        rest = xp.where(gamma > 1, (gamma - 1) / gamma, 0 * gamma)
        if filter.leading is not None:
            total = xp.where(filter.leading < total, filter.leading + 0 * gamma, total)
            rest = 1 - total
            sine, cosine = _half_angle(total, gamma, xp)
            width, offset = width * sine * sine, width * cosine * cosine
        X, left = width * below, width * above
        start = ((1 - gamma) / (1 + root)) ** 2 + offset
        x = start + X
        density = xp.quotient(xp.sqrt((X + offset) * left) * X * above, x)
        weight = density * xp.quotient(total, density.sum(axis=-1, keepdims=True))
        kept, lost = filter.kept(x, True, xp), filter.lost(x, True, xp)
        mean = (weight * kept).sum(axis=-1, keepdims=True)
        # Deviations from the mean by way of the middle of the interval, from which distances are exact.
        middle = start + width / 2
        from_middle = filter.step(x, middle, (X - left) / 2, True, True, xp)
        centre = (weight * from_middle).sum(axis=-1, keepdims=True) - rest * filter.kept(middle, True, xp)
        deviation = from_middle - centre
        spread = (weight * deviation * deviation).sum(axis=-1) + (rest * mean * mean)[..., 0]
        per_noise = gamma[..., 0] * (weight * kept * xp.quotient(kept, x)).sum(axis=-1)
        return mean[..., 0], (weight * lost).sum(axis=-1) + rest[..., 0], spread, per_noise


def _bits(xp: Namespace) -> int:
    if xp is not HIGH:
        return 53
    import mpmath

    bits: int = mpmath.mp.prec
    return bits


def _half_angle(share: Any, gamma: Any, xp: Namespace) -> tuple[Any, Any]:
    """Sine and cosine of a/2, above which the law has this share: `x = 1 + gamma + 2 sqrt(gamma) cos a`.

    The share above is `(gamma a - (gamma - 1) b - sqrt(gamma) sin a)/(pi gamma)`, `b` the argument of `1 +
    sqrt(gamma) exp(ia)`; it is solved by bisection.
    """
    if xp is HIGH:
        import mpmath

        sin, cos, arg = (
            np.frompyfunc(f, n, 1) for f, n in ((mpmath.sin, 1), (mpmath.cos, 1), (mpmath.atan2, 2))
        )
        pi = +mpmath.pi
    else:
        sin, cos, arg, pi = np.sin, np.cos, np.arctan2, math.pi
    root = xp.sqrt(gamma)
    low, high = 0 * gamma, pi + 0 * gamma
    for _ in range(_bits(xp) + 8):
        angle = (low + high) / 2
        bent = arg(root * sin(angle), 1 + root * cos(angle))
        beyond = gamma * angle - (gamma - 1) * bent - root * sin(angle) > pi * gamma * share
        low, high = xp.where(beyond, low, angle), xp.where(beyond, angle, high)
    half = (low + high) / 4
    return sin(half), cos(half)
