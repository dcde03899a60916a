"""The Gaussian averages V, m and q of a loss that decide what is learned.

A prediction made without a given row is `h`, jointly Gaussian with the function z that its label follows;
with that row it is `p = prox(h)`, and `g = (p - h)/chi = -loss'(y, p)` is the pull of the label. Needed are

    V = E[-dg/dh] = E[loss''/(1 + chi loss'')],    m = E[dg/dy dy/dz],    q = E[g^2],

all of them averages of what is nowhere negative. In terms of the standard normal `Z1 = z/rho` and
`h = a Z1 + s Z2`, Stein's lemma gives `E[g Z1] = rho m - a V`.

Their derivatives come from the same points, kinks or not: the law of h is differentiated instead of g, and
`dg/dchi = g dg/dh`, Burgers' equation for a proximal step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..arithmetic import REAL, Namespace
from .calibrated import calibrated_grid
from .labels import Labels
from .layout import crossings, edges, effort
from .loss import Loss
from .normal import normal_density, panels
from .piecewise import Grid

_NEGLIGIBLE = 1e-3  # times the largest value there is beyond the reach, where the normal law has 2e-19

__all__ = ["Averages", "Joint", "averages", "calibrated", "cluster_averages", "linear_averages"]


def calibrated(loss: Loss, labels: Labels, noise: Any) -> bool:
    """Whether the labels are probabilities that the loss can fit exactly."""
    exact = loss.name == "logistic" and labels.kind == "soft" and labels.link == "logistic"
    return bool(exact and noise == 0)


class Averages(NamedTuple):
    """V, m, q and `V - m temperature`, which is small where a learner of probabilities learns nearly all.

    `slopes` are the derivatives of the four, a row each by a, s and chi.
    """

    stiffness: Any
    sway: Any
    energy: Any
    gap: Any
    slopes: Any


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


def averages(loss: Loss, labels: Labels, joint: Joint, chi: Any, xp: Namespace = REAL) -> Averages:
    """V, m and q for hard, sampled and soft labels.

    >>> found = averages(Loss("squared"), Labels("hard"), Joint(0.5, 0.5, 1.0), 1.0)
    >>> [round(float(value), 6) for value in found[:3]]
    [0.5, 0.398942, 0.175529]
    """
    return (_soft if labels.kind == "soft" else _binary)(loss, labels, joint, chi, xp)


def _binary(loss: Loss, labels: Labels, joint: Joint, chi: Any, xp: Namespace, far: bool = False) -> Averages:
    """Labels 1 and -1 mirror each other: take label 1, with twice its probability given h as weight.

    That probability P(h) and its derivatives in the mean of z are smooth whatever the loss and the label. By
    Gaussian interpolation the derivatives in the variance v of h and in its covariance with z are averages
    of second derivatives, which are laid on P and the density of h.
    """
    spread = joint.spread(xp)
    tilt = joint.rho * joint.along / spread
    rest = joint.rho * joint.across / spread
    variance = rest * rest + joint.noise
    scale = labels.width(variance) / float(tilt) if tilt > 0 else np.inf
    nodes, reach = effort(xp, far)
    grid = loss.grid(
        _column(1, xp), edges(reach, scale, xp), _column(0, xp), _column(spread, xp), chi, nodes, xp
    )
    u, K, g = grid.u, grid.stiffness, grid.pull
    even = None if np.ndim(grid.weight) else tilt * grid.weight
    probability, slope, bend = labels.smoothed(tilt * u, variance, xp, even)
    mass = 2 * grid.weight * normal_density(u, xp)
    terms = K * probability, g * slope, g * g * probability
    found = [(mass * term).sum() for term in terms]
    if not far and not _enough(found, terms, xp):
        return _binary(loss, labels, joint, chi, xp, far=True)
    mass = mass * K
    inward = tilt * slope - u * probability
    turned = tilt * bend - u * slope
    pushed = (mass * g * inward).sum() / spread
    # Rows: by v and by the covariance; columns V, m, q.
    m_by_v = (mass * turned).sum() / (2 * spread)
    V_by_v = (mass * (tilt * turned - u * inward - probability)).sum() / (2 * spread * spread)
    q_by_c = -2 * (mass * g * slope).sum()
    by_v, by_c = (V_by_v, m_by_v, pushed), (-2 * m_by_v, -(mass * bend).sum(), q_by_c)
    by_chi = (-pushed, q_by_c / 2, -2 * (mass * g * g * probability).sum())
    a, s, rho = joint.along, joint.across, joint.rho
    by_a = [2 * a * v + rho * c for v, c in zip(by_v, by_c, strict=True)]
    return _gathered(found, [by_a, [2 * s * v for v in by_v], by_chi], labels.temperature)


def cluster_averages(
    loss: Loss, flip: Any, mean: Any, spread: Any, chi: Any, xp: Namespace = REAL, far: bool = False
) -> Averages:
    """V, m = E g and q for `h = mean + spread U` and label 1, or -1 with probability `flip`.

    This is the law of `y h` in a mixture of two clusters, where the label says which cluster a row is from.
    Slopes are by `mean` and `spread` in place of a and s.

    >>> found = cluster_averages(Loss("squared"), 0.0, 0.25, 0.5, 1.0)
    >>> [round(float(value), 6) for value in found[:3]]
    [0.5, 0.375, 0.203125]
    """
    nodes, reach = effort(xp, far)
    parts = [(1 - flip, 1), (flip, -1)] if flip else [(1 - flip, 1)]
    means = np.array([[sign * mean] for _, sign in parts])
    shares, ones = np.array([[share] for share, _ in parts]), 1 + 0 * means
    grid = loss.grid(ones, edges(reach, np.inf, xp), means, spread * ones, chi, nodes, xp)
    mass = shares * grid.weight * normal_density(grid.u, xp)
    terms = grid.stiffness, abs(grid.pull), grid.pull * grid.pull
    if not far and not _enough([(mass * term).sum() for term in terms], terms, xp):
        return cluster_averages(loss, flip, mean, spread, chi, xp, far=True)
    laws = _by_law(grid, mass, spread * ones[:, 0], of_pull=True)
    signs = np.array([sign for _, sign in parts])
    laws[:, 1] = laws[:, 1] * signs  # of the pull along y, and what moves the mean of y h
    laws[1] = laws[1] * signs
    value, *slopes = laws.sum(axis=-1)
    return _gathered(value, slopes, 1)


def linear_averages(
    loss: Loss, residuals: list[tuple[Any, Any]], chi: Any, xp: Namespace = REAL, far: bool = False
) -> Averages:
    """V, m = V and q of a loss of the residual, `y - h` normal of one of the variances, with these shares.

    Slopes are by all variances at once, in place of s; none by a.

    >>> found = linear_averages(Loss("squared"), [(1, 4.0)], 1.0)
    >>> [round(float(value), 6) for value in found[:3]]
    [0.5, 0.5, 1.0]
    """
    nodes, reach = effort(xp, far)
    zeros = np.array([[0 * chi] for _ in residuals])
    spreads = np.array([[xp.sqrt(variance)] for _, variance in residuals])
    grid = loss.grid(zeros, edges(reach, np.inf, xp), zeros, spreads, chi, nodes, xp)
    mass = np.array([[share] for share, _ in residuals]) * grid.weight * normal_density(grid.u, xp)
    terms = grid.stiffness, grid.pull * grid.pull
    if not far and not _enough([(mass * term).sum() for term in terms], terms, xp):
        return linear_averages(loss, residuals, chi, xp, far=True)
    laws = _by_law(grid, mass, spreads[:, 0], of_pull=True)
    laws[:, 1] = laws[:, 0]
    laws[2] = laws[2] / (2 * spreads[:, 0])
    value, _, *slopes = laws.sum(axis=-1)
    return _gathered(value, [0 * value, *slopes], 1)


def _soft(loss: Loss, labels: Labels, joint: Joint, chi: Any, xp: Namespace) -> Averages:
    """Given z the label is fixed and h normal; z and -z mirror each other."""
    nodes, reach = effort(xp)
    square = joint.rho * joint.rho + joint.noise
    total = xp.sqrt(square)
    slant = joint.rho * joint.along / total
    shared = joint.along * joint.noise / square
    spread = xp.sqrt(joint.across * joint.across + joint.along * shared)
    scale = min(float(labels.temperature) / float(total), 1 / max(float(slant), 1e-300))
    outer = edges(reach, scale, xp, folded=True)
    outer = crossings(loss, labels, outer, float(total), float(slant), float(spread), float(chi), xp)
    z, weight = panels(outer, nodes, xp)
    inner, gap = edges(reach, np.inf, xp), None
    if joint.shortfall is not None and (joint.shortfall < 0.5 or chi > 4):  # p is closer to z than to 0
        means = (total / labels.temperature) * z[:, None]
        grid, gap = calibrated_grid(joint.shortfall, joint.across, means, chi, inner, nodes, xp)
    else:
        label = 2 * labels.probability(total * z, xp) - 1
        grid = loss.grid(label[:, None], inner, slant * z[:, None], spread + 0 * z[:, None], chi, nodes, xp)
    mass = 2 * (weight * normal_density(z, xp))[:, None] * grid.weight * normal_density(grid.u, xp)
    laws = _by_law(grid, mass, spread)
    laws[:, 1] = laws[:, 1] * (2 * labels.slope(total * z, xp))
    value, _, by_spread, by_chi = laws.sum(axis=-1)
    by_a = (laws[1] * z).sum(axis=-1) * (joint.rho / total) + by_spread * (shared / spread)
    slopes = [by_a, by_spread * (joint.across / spread), by_chi]
    found = _gathered(value, slopes, labels.temperature)
    return found if gap is None else found._replace(gap=(mass * gap).sum())


def _by_law(grid: Grid, mass: Any, spread: Any, of_pull: bool = False) -> Any:
    """The averages of -dg/dh, of dg/dy (or g itself) and of g^2 over h, and their derivatives.

    The first axis has the value and its derivatives by the mean of h, by its spread and by chi, the last one
    the rows of the grid.
    """
    u, K, g = grid.u, grid.stiffness, grid.pull
    stiff, around = mass * K, u * u - 1
    pushed, pulled = stiff * g, (stiff * g * u).sum(axis=-1)
    force, drag = (pushed).sum(axis=-1), (stiff * u).sum(axis=-1)
    V = [stiff.sum(axis=-1), drag / spread, (stiff * around).sum(axis=-1) / spread, pulled / spread]
    q = [(mass * g * g).sum(axis=-1), -2 * force, -2 * pulled, -2 * (pushed * g).sum(axis=-1)]
    if of_pull:
        m = [(mass * g).sum(axis=-1), -V[0], -drag, -force]
    else:
        sway = mass * grid.sway
        swung = sway * u
        m = [sway.sum(axis=-1), swung.sum(axis=-1) / spread, (sway * around).sum(axis=-1) / spread]
        m = [*m, (swung * g).sum(axis=-1) / spread]
    return np.array([list(rows) for rows in zip(V, m, q, strict=True)])


def _gathered(found: Any, slopes: Any, temperature: Any) -> Averages:
    stiffness, sway, energy = found
    rows = [[V, m, q, V - temperature * m] for V, m, q in slopes]
    return Averages(stiffness, sway, energy, stiffness - temperature * sway, np.array(rows))


def _enough(totals: Any, terms: Any, xp: Namespace) -> bool:
    """Whether nothing can have been missed beyond `NEAR`, where the normal law has a mass of 2e-19."""
    return xp is not REAL or all(
        total >= _NEGLIGIBLE * term.max() for total, term in zip(totals, terms, strict=True)
    )


def _column(value: Any, xp: Namespace) -> Any:
    return np.reshape(np.asarray(xp.convert(value)), (1, 1))
