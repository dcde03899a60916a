"""The normal distribution and Gauss-Legendre panels, on floats and on mpmath numbers."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from ..arithmetic import REAL, Namespace

__all__ = ["legendre", "normal_cdf", "normal_density", "panels", "working_digits"]

_erfc = np.frompyfunc(math.erfc, 1, 1)


def normal_cdf(x: Any, xp: Namespace = REAL) -> Any:
    """The probability that a standard normal number is below `x`, to the last digits in both tails.

    >>> float(normal_cdf(0.0)), f"{float(normal_cdf(-10.0)):.10e}"
    (0.5, '7.6198530242e-24')
    """
    if xp is not REAL:
        import mpmath

        return np.frompyfunc(mpmath.ncdf, 1, 1)(x)
    tails = _erfc(np.asarray(x, dtype=float) * -math.sqrt(0.5))
    return 0.5 * np.asarray(tails, dtype=float)[()]


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


def working_digits() -> int:
    """The decimal digits that mpmath works with."""
    import mpmath

    return int(mpmath.mp.dps)


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
