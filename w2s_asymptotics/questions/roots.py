"""Bracketed root finding, many brackets at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["bracketed_roots"]

_MOST_STEPS = 200


def bracketed_roots(function: Callable[[Any], Any], low: Any, high: Any) -> Any:
    """One root of `function` in each bracket [low, high], at whose ends its signs must differ (0 is a sign).

    Chandrupatla's method (Advances in Engineering Software 28, 1997): inverse quadratic interpolation where
    it is safe, bisection elsewhere. `function` takes and returns an array with one entry per bracket.

    >>> bracketed_roots(lambda x: x * x - np.array([2.0, 9.0]), [0.0, 0.0], [2.0, 5.0]).round(12)
    array([1.41421356, 3.        ])
    """
    a, b = np.array(high, dtype=float), np.array(low, dtype=float)
    fa, fb = function(a), function(b)
    c, fc = a.copy(), fa.copy()
    share = np.full(a.shape, 0.5)
    for _ in range(_MOST_STEPS):
        x = a + share * (b - a)
        fx = function(x)
        same = np.sign(fx) == np.sign(fa)
        c, fc = np.where(same, a, b), np.where(same, fa, fb)
        b, fb = np.where(same, b, a), np.where(same, fb, fa)
        a, fa = x, fx
        best = np.where(np.abs(fa) < np.abs(fb), a, b)
        width = np.abs(b - a)
        tolerance = 2.0 * np.finfo(float).eps * np.abs(best) + np.finfo(float).tiny
        done = (width <= 2.0 * tolerance) | (fa == 0.0) | (fb == 0.0)
        if done.all():
            break
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
            inverse = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
            smooth = (phi**2 < xi) & ((1.0 - phi) ** 2 < 1.0 - xi) & np.isfinite(inverse)
            least = np.minimum(0.5, tolerance / np.maximum(width, np.finfo(float).tiny))
        share = np.where(smooth, np.clip(np.where(smooth, inverse, 0.5), least, 1.0 - least), 0.5)
    return np.where(fa == 0.0, a, np.where(fb == 0.0, b, best))
