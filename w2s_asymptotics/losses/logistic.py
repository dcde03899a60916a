"""The logistic loss, whose Gaussian averages are taken over p itself so that no proximal step is solved.

For a label y in [-1, 1] the loss is `P log(1 + e^-p) + (1 - P) log(1 + e^p)`, `P = (1 + y)/2`, with slope
`sigmoid(p) - P`. Its step obeys `h = p + chi (sigmoid(p) - P)`, explicit in p: a grid in p gives h, g and
their weights by substitution, `dh = (1 + chi sigmoid') dp`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arithmetic import REAL, Namespace
from .normal import panels
from .piecewise import Grid

__all__ = ["logistic_grid", "logistic_prox", "sigmoid", "sigmoid_slope"]

_WIDTH = 2.5  # of panels in p, where the sigmoid bends; its poles lie at a distance of pi
_MOST_STEPS = 500
_BEND = 37.5  # beyond, the sigmoid is flat to 1e-16


def sigmoid(p: Any, xp: Namespace = REAL) -> Any:
    """The logistic function `1/(1 + e^-p)`, exact in both tails.

    >>> float(sigmoid(0.0)), float(sigmoid(-800.0))
    (0.5, 0.0)
    """
    small = xp.exp(-abs(p))
    return xp.where(p > 0, 1 + 0 * small, small) / (1 + small)


def sigmoid_slope(p: Any, xp: Namespace = REAL) -> Any:
    """Its derivative, `e^-|p|/(1 + e^-|p|)^2`."""
    small = xp.exp(-abs(p))
    return small / ((1 + small) * (1 + small))


def logistic_prox(h: Any, share: Any, chi: Any, xp: Namespace = REAL, tolerance: Any = 0.0) -> Any:
    """The root p of `p + chi (sigmoid(p) - share) = h`.

    It lies between `h - chi (1 - share)` and `h + chi share`: Newton's method, with bisection where a step
    would leave the bracket, which every step tightens since the left side increases. It stops where the
    residual is within `tolerance` or down to rounding.

    >>> p = logistic_prox(np.array([-3.0, 2.0]), 1.0, 1e6)
    >>> np.round(p + 1e6 * (sigmoid(p) - 1.0), 6)
    array([-3.,  2.])
    """
    low, high = h - chi * (1 - share), h + chi * share
    p = (h + chi * (share - 0.5)) / (1 + chi / 4)  # the step of the loss's parabola at 0
    p = xp.where(p < low, low, xp.where(p > high, high, p))
    rounding, up, down = 4 * xp.epsilon, chi * share, chi * (1 - share)
    for _ in range(_MOST_STEPS):
        small = xp.exp(-abs(p))
        high_side, low_side = 1 / (1 + small), small / (1 + small)
        positive = p > 0
        rise = down * xp.where(positive, high_side, low_side)
        fall = up * xp.where(positive, low_side, high_side)
        excess = (p - h) + (rise - fall)
        active = abs(excess) > rounding * (abs(h) + abs(p) + rise + fall) + tolerance
        if not np.any(active & (low < high)):
            break
        high, low = xp.where(excess > 0, p, high), xp.where(excess < 0, p, low)
        step = p - excess / (1 + chi * (high_side * low_side))
        inside = (step > low) & (step < high)
        p = xp.where(active, xp.where(inside, step, (low + high) / 2), p)
    return p


def logistic_grid(
    share: Any, edges: Any, mean: Any, spread: Any, chi: Any, count: int, xp: Namespace
) -> Grid:
    """A grid for `h = mean + spread u` between sorted `edges` of u, laid out in p.

    `share` is P; it, `mean` and `spread` have shape (rows, 1), `edges` (1 or rows, count). Panels wider in p
    than the sigmoid bends are divided.
    """
    # Where panels end is free, so floats will do for it whatever the precision asked for.
    rough = [np.asarray(value, dtype=float) for value in (share, edges, mean, spread, chi)]
    ends = logistic_prox(rough[2] + rough[3] * rough[1], rough[0], rough[4], tolerance=1e-3 * rough[3])
    bends = np.arange(-_BEND, _BEND + _WIDTH, _WIDTH)
    lowest, highest = ends[:, :1], ends[:, -1:]
    bends = bends[(bends > lowest.min()) & (bends < highest.max())]
    if len(bends) and (np.diff(ends, axis=-1) > _WIDTH).any():
        ends = np.sort(np.concatenate([ends, np.clip(bends, lowest, highest)], axis=-1), axis=-1)
    if xp is not REAL:
        ends = xp.convert(ends)
    p, weight = panels(ends, count, xp)
    small = xp.exp(-abs(p))
    total = 1 + small
    up, down = xp.where(p > 0, 1 + 0 * small, small) / total, xp.where(p > 0, small, 1 + 0 * small) / total
    slope = small / (total * total)
    pull = share * down - (1 - share) * up
    jacobian = 1 + chi * slope
    u = (p - chi * pull - mean) / spread
    return Grid(u, weight * jacobian / spread, pull, slope / jacobian, 0.5 / jacobian)
