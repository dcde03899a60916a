"""The normal distribution and Gauss-Legendre panels, on floats and on mpmath numbers."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from ..arithmetic import REAL, Namespace

__all__ = ["legendre", "normal_cdf", "normal_density", "panels"]

# Rational approximations of erf and erfc: W. J. Cody, Mathematics of Computation 23 (1969), 631-637.
_NEAR = (
    (
        1.85777706184603153e-1,
        3.16112374387056560,
        113.864154151050156,
        377.485237685302021,
        3209.37758913846947,
    ),
    (1.0, 23.6012909523441209, 244.024637934444173, 1282.61652607737228, 2844.23683343917062),
)
_MIDDLE = (
    (
        2.15311535474403846e-8, 0.564188496988670089, 8.88314979438837594, 66.1191906371416295,
        298.635138197400131, 881.952221241769090, 1712.04761263407058, 2051.07837782607147,
        1230.33935479799725,
    ),
    (
        1.0, 15.7449261107098347, 117.693950891312499, 537.181101862009858, 1621.38957456669019,
        3290.79923573345963, 4362.61909014324716, 3439.36767414372164, 1230.33935480374942,
    ),
)  # fmt: skip
_FAR = (
    (
        1.63153871373020978e-2, 0.305326634961232344, 0.360344899949804439, 0.125781726111229246,
        1.60837851487422766e-2, 6.58749161529837803e-4,
    ),
    (
        1.0, 2.56852019228982242, 1.87295284992346725, 0.527905102951428412, 6.05183413124413191e-2,
        2.33520497626869185e-3,
    ),
)  # fmt: skip


def _ratio(polynomials: tuple[tuple[float, ...], tuple[float, ...]], x: Any) -> Any:
    values = []
    for coefficients in polynomials:
        value = coefficients[0] * np.ones_like(x)
        for coefficient in coefficients[1:]:
            value = value * x + coefficient
        values.append(value)
    return values[0] / values[1]


def _complementary(y: Any) -> Any:
    """Complementary error function of an array of y >= 0."""
    y = np.minimum(y, 40.0)  # where it underflows
    near, far = y < 0.46875, y > 4.0
    middle = np.clip(y, 0.46875, 4.0)
    scaled = _ratio(_MIDDLE, middle)
    if far.any():
        large = np.maximum(y, 4.0)
        inverse = 1.0 / (large * large)
        tail = (1.0 / math.sqrt(math.pi) - inverse * _ratio(_FAR, inverse)) / large
        scaled = np.where(far, tail, scaled)
    rounded = np.floor(y * 16.0) / 16.0  # exp(-y^2) without the rounding error of y^2
    value = np.exp(-rounded * rounded) * np.exp(-(y - rounded) * (y + rounded)) * scaled
    small = np.minimum(y, 0.46875)
    return np.where(near, 1.0 - small * _ratio(_NEAR, small * small), value)


def normal_cdf(x: Any, xp: Namespace = REAL) -> Any:
    """The probability that a standard normal number is below `x`, to the last digits in both tails.

    >>> float(normal_cdf(0.0)), f"{float(normal_cdf(-10.0)):.10e}"
    (0.5, '7.6198530242e-24')
    """
    if xp is not REAL:
        import mpmath

        return np.frompyfunc(mpmath.ncdf, 1, 1)(x)
    x = np.asarray(x, dtype=float)
    half = 0.5 * _complementary(np.abs(x) * math.sqrt(0.5))
    return np.where(x > 0, 1.0 - half, half)[()]


def normal_density(x: Any, xp: Namespace = REAL) -> Any:
    """The standard normal density.

    >>> round(float(normal_density(0.0)), 12)
    0.398942280401
    """
    return xp.exp(-(x * x) / 2) / _root_of_two_pi(xp)


def _root_of_two_pi(xp: Namespace) -> Any:
    if xp is REAL:
        return math.sqrt(2.0 * math.pi)
    import mpmath

    return mpmath.sqrt(2 * mpmath.pi)


def legendre(count: int, xp: Namespace = REAL) -> tuple[Any, Any]:
    """Nodes and weights of the Gauss-Legendre rule of `count` points on [-1, 1].

    >>> nodes, weights = legendre(3)
    >>> round(float((weights * nodes**4).sum()), 14)
    0.4
    """
    if xp is REAL:
        return _floats(count)
    import mpmath

    return _high(count, mpmath.mp.prec)


@cache
def _floats(count: int) -> tuple[Any, Any]:
    return np.polynomial.legendre.leggauss(count)


@cache
def _high(count: int, precision: int) -> tuple[Any, Any]:
    """Newton's method from the floats, in the three-term recurrence of the polynomials."""
    import mpmath

    nodes, weights = [], []
    for start in _floats(count)[0]:
        x = mpmath.mpf(float(start))
        for _ in range(max(2, precision.bit_length() - 4)):
            before, here = mpmath.mpf(1), x
            for k in range(1, count):
                before, here = here, ((2 * k + 1) * x * here - k * before) / (k + 1)
            slope = count * (x * here - before) / (x * x - 1)
            x -= here / slope
        nodes.append(x)
        weights.append(2 / ((1 - x * x) * slope * slope))
    return np.array(nodes, dtype=object), np.array(weights, dtype=object)


def panels(edges: Any, count: int, xp: Namespace = REAL) -> tuple[Any, Any]:
    """Nodes and weights of rules of `count` points between sorted `edges` (their last axis), side by side.

    >>> nodes, weights = panels(np.array([0.0, 1.0, 3.0]), 2)
    >>> round(float((weights * nodes**2).sum()), 12)
    9.0
    """
    points, masses = legendre(count, xp)
    half = (edges[..., 1:] - edges[..., :-1])[..., None] / 2
    middle = (edges[..., 1:] + edges[..., :-1])[..., None] / 2
    shape = (*edges.shape[:-1], (edges.shape[-1] - 1) * count)
    return (middle + half * points).reshape(shape), (half * masses).reshape(shape)
