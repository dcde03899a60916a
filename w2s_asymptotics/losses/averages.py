"""The Gaussian averages V, m and q of a loss that decide what is learned.

A prediction made without a given row is `h`, jointly Gaussian with the function z that its label follows;
with that row it is `p = prox(h)`, and `g = (p - h)/chi = -loss'(y, p)` is the pull of the label. Needed are

    V = E[-dg/dh] = E[loss''/(1 + chi loss'')],    m = E[dg/dy dy/dz],    q = E[g^2],

all of them averages of what is nowhere negative. In terms of the standard normal `Z1 = z/rho` and
`h = a Z1 + s Z2`, Stein's lemma gives `E[g Z1] = rho m - a V`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from ..arithmetic import REAL, Namespace
from .calibrated import calibrated_averages
from .labels import Labels, _digits
from .loss import Loss
from .normal import normal_density, panels

__all__ = ["Averages", "Joint", "averages", "calibrated", "cluster_averages", "linear_averages"]


_SHARPEST = 1e-18  # a bend sharper than this is a jump


def calibrated(loss: Loss, labels: Labels, noise: Any) -> bool:
    """Whether the labels are probabilities that the loss can fit exactly."""
    exact = loss.name == "logistic" and labels.kind == "soft" and labels.link == "logistic"
    return bool(exact and noise == 0)


class Averages(NamedTuple):
    """V, m and q; for a calibrated learner also V minus `m temperature`, which may be small."""

    stiffness: Any
    sway: Any
    energy: Any
    gap: Any = None


@dataclass(frozen=True)
class Joint:
    """The joint law of h and of what the label follows: `h = along Z1 + across Z2`, `z = rho Z1 + noise`.

    `shortfall` is `1 - along temperature/rho` where that is asked for (`calibrated`).
    """

    along: Any
    across: Any
    rho: Any
    noise: Any = 0.0
    shortfall: Any = None

    def spread(self, xp: Namespace) -> Any:
        """The standard deviation of h."""
        return xp.sqrt(self.along * self.along + self.across * self.across)


def averages(
    loss: Loss, labels: Labels, joint: Joint, chi: Any, xp: Namespace = REAL, coarse: bool = False
) -> Averages:
    """V, m and q for hard, sampled and soft labels; to a few digits where `coarse`.

    >>> found = averages(Loss("squared"), Labels("hard"), Joint(0.5, 0.5, 1.0), 1.0)
    >>> [round(float(value), 6) for value in found[:3]]
    [0.5, 0.398942, 0.175529]
    """
    if joint.shortfall is None:
        return (_soft if labels.kind == "soft" else _binary)(loss, labels, joint, chi, xp, coarse)
    if joint.shortfall < 0.5 or chi > 4:  # p is closer to z than to 0
        return _calibrated(labels, joint, chi, xp, coarse)
    values = _soft(loss, labels, joint, chi, xp, coarse)
    return values._replace(gap=values.stiffness - values.sway * labels.temperature)


def _calibrated(labels: Labels, joint: Joint, chi: Any, xp: Namespace, coarse: bool) -> Averages:
    nodes, reach = _effort(xp, coarse)
    reach = min(reach, 9.0) if xp is REAL else reach
    rho = joint.rho / labels.temperature
    outer = _edges(reach, 1 / float(rho), xp, folded=True)
    inner = _edges(reach, np.inf, xp)
    stiffness, sway, energy, gap = calibrated_averages(
        joint.shortfall, joint.across, rho, chi, outer, inner, nodes, xp
    )
    return Averages(stiffness, sway / labels.temperature, energy, gap)


def _binary(loss: Loss, labels: Labels, joint: Joint, chi: Any, xp: Namespace, coarse: bool) -> Averages:
    """Labels 1 and -1 mirror each other: take label 1, with twice its probability given h as weight."""
    spread = joint.spread(xp)
    tilt = joint.rho * joint.along / spread
    rest = joint.rho * joint.across / spread
    variance = rest * rest + joint.noise
    scale = labels.width(variance) / float(tilt) if tilt > 0 else np.inf
    nodes, reach = _effort(xp, coarse)
    grid = loss.grid(
        _column(1, xp), _edges(reach, scale, xp), _column(0, xp), _column(spread, xp), chi, nodes, xp
    )
    probability, slope = labels.smoothed(tilt * grid.u, variance, xp)
    mass = 2 * grid.weight * normal_density(grid.u, xp)
    return Averages(
        (mass * grid.stiffness * probability).sum(),
        (mass * grid.pull * slope).sum(),
        (mass * grid.pull * grid.pull * probability).sum(),
    )


def cluster_averages(
    loss: Loss, flip: Any, mean: Any, spread: Any, chi: Any, xp: Namespace = REAL, coarse: bool = False
) -> Averages:
    """V, m = E g and q for `h = mean + spread U` and label 1, or -1 with probability `flip`.

    This is the law of `y h` in a mixture of two clusters, where the label says which cluster a row is from.

    >>> found = cluster_averages(Loss("squared"), 0.0, 0.25, 0.5, 1.0)
    >>> [round(float(value), 6) for value in found[:3]]
    [0.5, 0.375, 0.203125]
    """
    nodes, reach = _effort(xp, coarse)
    edges, total = _edges(reach, np.inf, xp), [0, 0, 0]
    for share, sign in ((1 - flip, 1), (flip, -1)):
        if share:
            grid = loss.grid(
                _column(1, xp), edges, _column(sign * mean, xp), _column(spread, xp), chi, nodes, xp
            )
            mass = share * grid.weight * normal_density(grid.u, xp)
            total[0] += (mass * grid.stiffness).sum()
            total[1] += sign * (mass * grid.pull).sum()
            total[2] += (mass * grid.pull * grid.pull).sum()
    return Averages(*total)


def linear_averages(
    loss: Loss, residuals: list[tuple[Any, Any]], chi: Any, xp: Namespace = REAL, coarse: bool = False
) -> Averages:
    """V, m = V and q of a loss of the residual, `y - h` normal of one of the variances, with these shares.

    >>> found = linear_averages(Loss("squared"), [(1, 4.0)], 1.0)
    >>> [round(float(value), 6) for value in found[:3]]
    [0.5, 0.5, 1.0]
    """
    nodes, reach = _effort(xp, coarse)
    edges = _edges(reach, np.inf, xp)
    zeros = np.array([[0 * chi] for _ in residuals])
    spreads = np.array([[xp.sqrt(variance)] for _, variance in residuals])
    grid = loss.grid(zeros, edges, zeros, spreads, chi, nodes, xp)
    mass = np.array([[share] for share, _ in residuals]) * grid.weight * normal_density(grid.u, xp)
    stiffness = (mass * grid.stiffness).sum()
    return Averages(stiffness, stiffness, (mass * grid.pull * grid.pull).sum())


def _soft(loss: Loss, labels: Labels, joint: Joint, chi: Any, xp: Namespace, coarse: bool) -> Averages:
    """Given z the label is fixed and h normal; z and -z mirror each other."""
    nodes, reach = _effort(xp, coarse)
    reach = min(reach, 9.0) if xp is REAL else reach
    square = joint.rho * joint.rho + joint.noise
    total = xp.sqrt(square)
    slant = joint.rho * joint.along / total
    shared = joint.along * joint.along * joint.noise / square
    spread = xp.sqrt(joint.across * joint.across + shared)
    scale = min(float(labels.temperature) / float(total), 1 / max(float(slant), 1e-300))
    outer = _edges(reach, scale, xp, folded=True)
    outer = _crossings(loss, labels, outer, float(total), float(slant), float(spread), float(chi), xp)
    z, weight = panels(outer, nodes, xp)
    label = 2 * labels.probability(total * z, xp) - 1
    slope = 2 * labels.slope(total * z, xp)
    inner = _edges(reach, np.inf, xp)
    spreads = spread + 0 * z[:, None]
    grid = loss.grid(label[:, None], inner, slant * z[:, None], spreads, chi, nodes, xp)
    mass = 2 * (weight * normal_density(z, xp))[:, None] * grid.weight * normal_density(grid.u, xp)
    return Averages(
        (mass * grid.stiffness).sum(),
        (mass * grid.sway).sum(axis=-1) @ slope,
        (mass * grid.pull * grid.pull).sum(),
    )


def _crossings(
    loss: Loss,
    labels: Labels,
    edges: Any,
    total: float,
    slant: float,
    spread: float,
    chi: float,
    xp: Namespace,
) -> Any:
    """Further edges where the mean of h given z passes a kink, as steeply as h given z is narrow."""
    if loss.name == "logistic":
        return edges
    reach = float(edges[-1])
    zs = np.linspace(0.0, reach, 2001)

    def gaps(z: Any) -> list[Any]:
        label = 2 * labels.probability(total * z) - 1
        return [slant * z - kink for kink in loss.kinks(label, chi)]

    found: list[float] = []
    offsets = spread / max(slant, 1e-300) * np.array([-8, -5, -3, -1.5, 0.0, 1.5, 3, 5, 8])
    for which, values in enumerate(gaps(zs)):
        for place in np.flatnonzero(values[:-1] * values[1:] < 0):
            low, high = zs[place], zs[place + 1]
            for _ in range(60):
                middle = (low + high) / 2
                same = gaps(middle)[which] * values[place] > 0
                low, high = (middle, high) if same else (low, middle)
            found += [float(low + offset) for offset in offsets]
    extra = np.array([z for z in found if 0 < z < reach])
    return np.sort(np.concatenate([edges, extra if xp is REAL else xp.convert(extra)]))


def _effort(xp: Namespace, coarse: bool = False) -> tuple[int, float]:
    """Points on a panel, and how far out the normal law is followed."""
    if coarse:
        return 6, 8.0
    if xp is REAL:
        return 12, 38.0
    digits = _digits()
    return int(0.55 * digits) + 6, 2.15 * float(np.sqrt(digits + 3))


def _edges(reach: float, scale: float, xp: Namespace, folded: bool = False) -> Any:
    """Ends of panels out to `reach`: 1.5 wide, finer near 0 where something bends on the scale `scale`.

    0 always is an end, and so a jump there (scale 0) is met exactly.
    """
    sharp = 0 < scale < 1
    edges = _ends(reach, _rung(scale) if sharp else 1.0, folded)
    return edges if xp is REAL else xp.convert(edges)


def _rung(scale: float) -> float:
    """The scale rounded down to a ladder, so that a layout serves many fixed points."""
    return max(math.exp2(math.floor(4 * math.log2(scale)) / 4), _SHARPEST)


@lru_cache(maxsize=1024)
def _ends(reach: float, scale: float, folded: bool) -> Any:
    ends = [0.0]
    while ends[-1] < reach:
        coarse = 1.5 if ends[-1] < 9.0 else 0.2 * ends[-1]
        ends.append(min(reach, ends[-1] + min(coarse, max(1.5 * scale, 0.35 * ends[-1]))))
    half = np.array(ends)
    edges = half if folded else np.concatenate([-half[:0:-1], half])
    edges.flags.writeable = False
    return edges


def _column(value: Any, xp: Namespace) -> Any:
    return np.reshape(np.asarray(xp.convert(value)), (1, 1))
