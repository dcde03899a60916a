"""Fixed points of maps of a few positive numbers, by Newton's method in their logarithms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..arithmetic import Namespace

__all__ = ["fixed_point_of", "polished"]

Map = Callable[[Any], tuple[Any, Any]]
_LARGEST = 4.0  # no unknown changes by more than a factor e^4 at a time
_MOST_STEPS = 60
_MOST_CUTS = 10
_TOLERANCE = 2e-14
_ROUNDING = 1e-9  # a step this small that brings nothing down is made of rounding


def fixed_point_of(function: Map, start: Any) -> tuple[Any, float]:
    """A root of `function(x)[0] = x` near `start`, and an estimate of its error, infinite if there is none.

    Newton's method; `function(x)[1]` is the Jacobian. A step is shortened until the next one, with the same
    Jacobian, is shorter (Deuflhard's natural monotonicity, which no scaling of the equations changes): the
    residual itself misleads where the Jacobian is close to 1. The error is the length of the last step.
    """
    x = np.array(start, dtype=float)
    value, jacobian = function(x)
    if not np.isfinite(value).all():
        return x, np.inf
    for _ in range(_MOST_STEPS):
        step = _solved(jacobian, value - x)
        error = float(np.abs(step).max())
        if error <= _TOLERANCE:
            return x, error
        length = min(1.0, _LARGEST / error)
        for _ in range(_MOST_CUTS):
            further = x + length * step
            value, bent = function(further)
            if np.isfinite(value).all():
                ahead = _solved(jacobian, value - further)
                if np.linalg.norm(ahead) < (1 - 0.25 * length) * np.linalg.norm(step):
                    break
            length /= 4
            if error < _ROUNDING:
                return x, error
        else:
            return x, np.inf
        x, jacobian = further, bent
    return x, np.inf


def polished(high: Callable[[Any], Any], jacobian: Any, start: Any, xp: Namespace) -> Any:
    """The root of `high(x) = x` to the working precision, from one of the same map in floats.

    Newton's method with the Jacobian of the floats there, which gains about fourteen digits a step.
    """
    inverse = xp.convert(np.linalg.inv(np.eye(len(start)) - jacobian))
    x = xp.convert(start)
    last, rate = np.inf, 1e-10
    for _ in range(_MOST_STEPS):
        step = inverse @ (high(x) - x)
        x = x + step
        size = float(max(abs(value) for value in step))
        rate = rate if last == np.inf else size / last
        if size * rate <= float(xp.epsilon) or rate >= 1:
            break
        last = size
    return x


def _solved(jacobian: Any, residual: Any) -> Any:
    """The step of Newton's method, or the residual itself where there is none."""
    if np.isfinite(jacobian).all():
        try:
            step = np.linalg.solve(np.eye(len(residual)) - jacobian, residual)
        except np.linalg.LinAlgError:
            return residual
        if np.isfinite(step).all():
            return step
    return residual
