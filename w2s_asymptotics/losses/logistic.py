"""The logistic loss, whose Gaussian averages are taken over p itself so that no proximal step is solved.

For a label y in [-1, 1] the loss is `P log(1 + e^-p) + (1 - P) log(1 + e^p)`, `P = (1 + y)/2`, with slope
`sigmoid(p) - P`. Its step obeys `h = p + chi (sigmoid(p) - P)`, explicit in p: a grid in p gives h, g and
their weights by substitution, `dh = (1 + chi sigmoid') dp`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arithmetic import REAL, Namespace
from .normal import panels, working_digits
from .piecewise import Grid

__all__ = ["divided", "doublings", "evenly", "logistic_grid", "logistic_prox", "sigmoid", "sigmoid_slope"]

_WIDTH = 2.5  # of panels in p, where the sigmoid bends; its poles lie at a distance of pi
_BEND = 37.5  # beyond, the sigmoid is flat to 1e-16


def doublings() -> int:
    """How often the digits of floats are doubled to reach the working precision, and once more."""
    return int(np.ceil(np.log2(max(working_digits(), 16) / 14.0))) + 1


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


_TABLE = np.arange(-80.0, 0.1, 0.0625)
_RISE = sigmoid(_TABLE)


def logistic_prox(h: Any, share: Any, chi: Any, xp: Namespace = REAL) -> Any:
    """The root p of `p + chi (sigmoid(p) - share) = h`.

    `h + chi share` is a function of p alone, which is looked up in a table (where p < 0, so that
    `1 - sigmoid` is never taken) to 1e-3. Newton's method squares the error and halves it, whatever chi,
    since `sigmoid''` is nowhere larger than `sigmoid'`: three steps do in floats.

    >>> p = logistic_prox(np.array([-3.0, 2.0]), 1.0, 1e6)
    >>> np.round(p + 1e6 * (sigmoid(p) - 1.0), 6)
    array([-3.,  2.])
    """
    flipped = np.asarray(h + chi * (share - 0.5) > 0, dtype=bool)
    target = xp.where(flipped, chi * (1 - share) - h, h + chi * share)
    step, rough = float(chi), np.asarray(target, dtype=float)
    knots = _TABLE + step * _RISE
    p = np.where(rough < knots[0], rough, np.interp(rough, knots, _TABLE))
    p = _steps(p, rough, step, 3, REAL)
    if xp is not REAL:
        p = _steps(xp.convert(p), target, chi, doublings(), xp)
    return xp.where(flipped, -p, p)


def _steps(p: Any, target: Any, chi: Any, count: int, xp: Namespace) -> Any:
    """Newton's method for `p + chi sigmoid(p) = target`."""
    for _ in range(count):
        small = xp.exp(p)
        down = 1 / (1 + small)
        up = small * down
        p = p - (p + chi * up - target) / (1 + chi * up * down)
    return p


def logistic_grid(
    share: Any, edges: Any, mean: Any, spread: Any, chi: Any, count: int, xp: Namespace
) -> Grid:
    """A grid for `h = mean + spread u` between sorted `edges` of u, evenly spaced or laid out in p.

    `share` is P; it, `mean` and `spread` have shape (rows, 1).
    """
    even = evenly(edges, spread, count, xp)
    if even is not None:
        u, weight = even
        p = logistic_prox(mean + spread * u, share, chi, xp)
    else:
        # Where panels end is free, so floats will do for it whatever the precision asked for.
        P, ends, middle, wide, step = (np.asarray(v, dtype=float) for v in (share, edges, mean, spread, chi))
        ends = divided(logistic_prox(middle + wide * ends, P, step), 0.0)
        p, weight = panels(ends if xp is REAL else xp.convert(ends), count, xp)
    small = xp.exp(-abs(p))
    total = 1 + small
    up, down = xp.where(p > 0, 1 + 0 * small, small) / total, xp.where(p > 0, small, 1 + 0 * small) / total
    slope = small / (total * total)
    pull = share * down - (1 - share) * up
    jacobian = 1 + chi * slope
    if even is None:
        u, weight = (p - chi * pull - mean) / spread, weight * jacobian / spread
    return Grid(u, weight, pull, slope / jacobian, 0.5 / jacobian)


def evenly(edges: Any, spread: Any, count: int, xp: Namespace) -> tuple[Any, Any] | None:
    """Evenly spaced u from end to end of the `edges` and their spacing, where panels take more points.

    The trapezoidal rule errs by `exp(-2 pi a/step)` for what is analytic within a of the real line: the step
    p is where `|Im h| < pi`, whatever chi. What is as narrow as a normal law of deviation w costs
    `exp(-2 (pi w/step)^2)`; the narrowest panel tells w.
    """
    digits = 19.0 if xp is REAL else working_digits() + 3.0
    finest = min(1.0, float((edges[1:] - edges[:-1]).min()) / 1.5)
    step = min(8.57 / digits / float(spread.max()), 2.07 / np.sqrt(digits) * finest)
    reach = float(edges[-1])
    if not 2 * reach < step * count * (len(edges) - 1):
        return None
    whole = int(reach / step) + 1
    weight = xp.convert(reach / whole)
    return xp.convert(np.arange(-whole, whole + 1)[None]) * weight, weight


def divided(ends: Any, origin: Any) -> Any:
    """Panels between `ends` of `p - origin`, no wider than 2.5 where the sigmoid bends."""
    if not (np.diff(ends, axis=-1) > _WIDTH).any():
        return ends
    bends, p = np.arange(-_BEND, _BEND + _WIDTH, _WIDTH), ends + origin
    bends = bends[(bends > p.min()) & (bends < p.max())]
    return np.sort(
        np.concatenate([ends, np.clip(bends - origin, ends[:, :1], ends[:, -1:])], axis=-1), axis=-1
    )
