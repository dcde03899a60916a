"""A logistic learner of logistic probabilities, which can learn all there is: averages of what is left.

Labels `y = 2 sigmoid(z) - 1` are fitted exactly by p = z. Where nearly all of z is learned, g and the
shortfall `1 - a/rho` are small differences of large numbers; here they are computed as such, from

    sigmoid(z + d) - sigmoid(z) = sigmoid'(z) (e^d - 1)/(1 + sigmoid(z) (e^d - 1)).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arithmetic import REAL, Namespace
from .logistic import logistic_prox, sigmoid, sigmoid_slope
from .normal import normal_density, panels

__all__ = ["calibrated_averages"]

_MOST_STEPS = 500


def calibrated_averages(
    shortfall: Any, across: Any, rho: Any, chi: Any, outer: Any, inner: Any, count: int, xp: Namespace
) -> tuple[Any, Any, Any, Any]:
    """V, m, q and V - m for `h = (1 - shortfall) z + across Z2`, `z = rho Z1`.

    `outer` are ends of panels in Z1 >= 0, `inner` in Z2; panels are laid out in `p - z`.
    """
    first, weight = panels(outer, count, xp)
    z = (rho * first)[:, None]
    bend, up = sigmoid_slope(z, xp), sigmoid(z, xp)
    # Where panels end is free, so floats will do for it whatever the precision asked for.
    start, spread = np.asarray(z, dtype=float), float(across)
    offset = spread * np.asarray(inner, dtype=float) - float(shortfall) * start
    ends = _steps(offset, start, sigmoid_slope(start), sigmoid(start), float(chi), 1e-3 * spread)
    ends = _divided(ends, start)
    if xp is not REAL:
        ends = xp.convert(ends)
    away, mass = panels(ends, count, xp)
    rise = _rise(away, bend, up, xp)
    slope = sigmoid_slope(z + away, xp)
    jacobian = 1 + chi * slope
    u = (away + chi * rise + shortfall * z) / across
    mass = (2 * weight * normal_density(first, xp))[:, None] * mass * normal_density(u, xp) / across
    difference = rise * (1 - sigmoid(z + away, xp) - up)  # of the slopes of the sigmoid at p and at z
    return (
        (mass * slope).sum(),
        (mass * bend).sum(),
        (mass * rise * rise * jacobian).sum(),
        (mass * difference).sum(),
    )


def _rise(away: Any, bend: Any, up: Any, xp: Namespace) -> Any:
    """`sigmoid(z + away) - sigmoid(z)`."""
    small = xp.expm1(-abs(away))
    sign = xp.where(away > 0, -1 + 0 * small, 1 + 0 * small)
    side = xp.where(away > 0, 1 - up, up)
    return sign * bend * small / (1 + side * small)


def _steps(offset: Any, z: Any, bend: Any, up: Any, chi: Any, tolerance: Any) -> Any:
    """To a `tolerance` the roots d of `d + chi (sigmoid(z + d) - sigmoid(z)) = offset`.

    Newton's method, in a bracket.
    """
    bend, up = np.broadcast_to(bend, offset.shape), np.broadcast_to(up, offset.shape)
    low, high = np.minimum(offset, 0.0), np.maximum(offset, 0.0)
    low, high = np.maximum(low, offset - chi * (1 - up)), np.minimum(high, offset + chi * up)
    away = np.clip(logistic_prox(offset + z, up, chi, tolerance=tolerance) - z, low, high)
    for _ in range(_MOST_STEPS):
        excess = away + chi * _rise(away, bend, up, REAL) - offset
        rounding = 1e-15 * (np.abs(offset) + np.abs(away) + chi * bend)
        active = (np.abs(excess) > tolerance + rounding) & (low < high)
        if not active.any():
            break
        high, low = np.where(excess > 0, away, high), np.where(excess < 0, away, low)
        moved = up + _rise(away, bend, up, REAL)
        step = away - excess / (1 + chi * moved * (1 - moved))
        inside = (step > low) & (step < high)
        away = np.where(active, np.where(inside, step, (low + high) / 2), away)
    return away


def _divided(ends: Any, z: Any) -> Any:
    """Panels no wider in p than 2.5 where the sigmoid bends."""
    if not (np.diff(ends, axis=-1) > 2.5).any():
        return ends
    bends = np.arange(-37.5, 40.0, 2.5)
    p = ends + z
    bends = bends[(bends > p.min()) & (bends < p.max())]
    return np.sort(np.concatenate([ends, np.clip(bends - z, ends[:, :1], ends[:, -1:])], axis=-1), axis=-1)
