"""Fixed points of maps of a few positive numbers, by Newton's method in their logarithms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..arithmetic import Namespace

__all__ = ["fixed_point_of", "polished"]

Map = Callable[[Any], Any]
_STEP = 1e-6  # of the differences that give the Jacobian
_LARGEST = 4.0  # no unknown changes by more than a factor e^4 at a time
_MOST_STEPS = 60
_TOLERANCE = 4e-15


def fixed_point_of(function: Map, start: Any, rough: Map | None = None) -> tuple[Any, float]:
    """A root of `function(x) = x` near `start`, and an estimate of its error, infinite where none is found.

    Newton's method with backtracking on the norm of the residual. The Jacobian is taken by differences and
    kept up by Broyden's updates as long as these bring the residual down tenfold a step. The error is that of
    the last Newton step: the residual carried through the inverse Jacobian. Where a cheaper map close to
    `function` is given as `rough`, its root and Jacobian are the start.
    """
    jacobian = None
    if rough is not None:
        x, error, jacobian = _newton(rough, start, 1e-4, None)
        if error < np.inf:
            start = x
        else:
            jacobian = None
    x, error, _ = _newton(function, start, _TOLERANCE, jacobian)
    return x, error


def _newton(function: Map, start: Any, tolerance: float, jacobian: Any) -> tuple[Any, float, Any]:
    x = np.array(start, dtype=float)
    residual = function(x) - x
    if not np.isfinite(residual).all():
        return x, np.inf, None
    fresh = jacobian is None
    if fresh:
        jacobian = _jacobian(function, x, residual)
    error = np.inf
    for _ in range(_MOST_STEPS):
        step = _solved(jacobian, residual)
        error = float(np.abs(step).max())
        if error <= tolerance:
            return x + step, error, jacobian
        length = min(1.0, _LARGEST / error)
        size = float(np.linalg.norm(residual))
        for _ in range(40):
            further = x + length * step
            found = function(further) - further
            if np.isfinite(found).all() and float(np.linalg.norm(found)) < (1 - 0.1 * length) * size:
                break
            length /= 4
            if not fresh or error < 1e-9:
                break
        else:
            return x, np.inf, None
        better = np.isfinite(found).all() and float(np.linalg.norm(found)) < size
        if not better and (fresh or error < 1e-9):
            if error < 1e-9:  # the residual is down to rounding
                return x, error, jacobian
            return x, np.inf, None
        if better:
            change, moved = found - residual, further - x
            fast = float(np.linalg.norm(found)) < 0.1 * size
            x, residual = further, found
            if fast:
                jacobian = jacobian + np.outer(change - jacobian @ moved, moved) / float(moved @ moved)
                fresh = False
                continue
        jacobian, fresh = _jacobian(function, x, residual), True
    return x, error if error < 1e-9 else np.inf, jacobian


def polished(function: Map, high: Map, start: Any, xp: Namespace) -> Any:
    """The root of `high(x) = x` to the working precision, from that of `function`, the same map on floats.

    Newton's method with the Jacobian of the floats, which gains about six digits a step.
    """
    jacobian = _jacobian(function, start, function(start) - start)
    inverse = -xp.convert(np.linalg.inv(jacobian))
    x = xp.convert(start)
    last = np.inf
    for _ in range(_MOST_STEPS):
        step = inverse @ (high(x) - x)
        x = x + step
        size = float(max(abs(value) for value in step))
        if size <= float(xp.epsilon) * 1e3 or size >= last:
            break
        last = size
    return x


def _jacobian(function: Map, x: Any, residual: Any) -> Any:
    columns = []
    for i in range(len(x)):
        moved = x.copy()
        moved[i] += _STEP
        columns.append((function(moved) - moved - residual) / _STEP)
    return np.stack(columns, axis=1)


def _solved(jacobian: Any, residual: Any) -> Any:
    try:
        step = -np.linalg.solve(jacobian, residual)
    except np.linalg.LinAlgError:
        return np.asarray(residual)
    return step if np.isfinite(step).all() else np.asarray(residual)
