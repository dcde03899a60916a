"""A logistic learner of logistic probabilities, which can learn all there is: averages of what is left.

Labels `y = 2 sigmoid(z) - 1` are fitted exactly by p = z. Where nearly all of z is learned, g and the
shortfall `1 - a/rho` are small differences of large numbers; here they are computed as such, from

    sigmoid(z + d) - sigmoid(z) = sigmoid'(z) (e^d - 1)/(1 + sigmoid(z) (e^d - 1)).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arithmetic import REAL, Namespace
from .logistic import divided, evenly, logistic_prox, sigmoid, sigmoid_slope
from .normal import panels
from .piecewise import Grid

__all__ = ["calibrated_grid"]


def calibrated_grid(
    shortfall: Any, across: Any, z: Any, chi: Any, inner: Any, count: int, xp: Namespace
) -> tuple[Grid, Any]:
    """A grid for `h = (1 - shortfall) z + across u` between `inner` edges of u, and `-dg/dh - dg/dz` on it.

    `z` has shape (rows, 1); panels are laid out in `p - z`.
    """
    bend, up, down = sigmoid_slope(z, xp), sigmoid(z, xp), sigmoid(-z, xp)
    even = evenly(inner, across + 0 * z, count, xp)
    if even is not None:
        u, weight = even
        away = _steps(across * u - shortfall * z, z, chi, xp)
    else:
        # Where panels end is free, so floats will do for it whatever the precision asked for.
        start, spread, ends = (np.asarray(value, dtype=float) for value in (z, across, inner))
        offset = spread * ends - float(shortfall) * start
        ends = _steps(offset, start, float(chi), REAL)
        ends = divided(ends, start)
        away, weight = panels(ends if xp is REAL else xp.convert(ends), count, xp)
    rise = _rise(away, bend, up, down, xp)
    p = z + away
    small = xp.exp(-abs(p))
    total = 1 + small
    slope = small / (total * total)
    jacobian = 1 + chi * slope
    if even is None:
        u, weight = (away + chi * rise + shortfall * z) / across, weight * jacobian / across
    difference = rise * (sigmoid(-p, xp) - up)  # of the slopes of the sigmoid at p and at z
    return Grid(u, weight, -rise, slope / jacobian, 0.5 / jacobian), difference / jacobian


def _rise(away: Any, bend: Any, up: Any, down: Any, xp: Namespace) -> Any:
    """`sigmoid(z + away) - sigmoid(z)`."""
    size = abs(away)
    fall, left = xp.expm1(-size), xp.exp(-size)
    near, far = xp.where(away > 0, up, down), xp.where(away > 0, down, up)
    return bend * xp.where(away > 0, -fall, fall) / (near + far * left)


def _steps(offset: Any, z: Any, chi: Any, xp: Namespace) -> Any:
    """The roots d of `d + chi (sigmoid(z + d) - sigmoid(z)) = offset`: of a small d all digits.

    Newton's method from a proximal step, whose d is right to 1e-16 of z.
    """
    bend, up, down = sigmoid_slope(z, xp), sigmoid(z, xp), sigmoid(-z, xp)
    away = logistic_prox(offset + z, up, chi, xp) - z
    for _ in range(2):
        rise = _rise(away, bend, up, down, xp)
        away = away - (away + chi * rise - offset) / (1 + chi * sigmoid_slope(z + away, xp))
    return away
