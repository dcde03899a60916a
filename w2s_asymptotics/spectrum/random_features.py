"""Ridge on random features: its two nested effective regularisations, and its map of equivalents.

Features `sqrt(d/p) phi(<w_j, x>)`, j = 1..p, `width = p/d`; to second order `phi(<w, x>) = <w, x> +
nonlinear part`, whose energy per dimension is `tail` (Gaussian equivalence: Mei, Montanari 2022). With
`df1(nu) = sum w s/(s + nu) + tail/nu`, `nu (1 - df1/width) = kappa` belongs to the weights and `kappa (1 -
gamma df1) = lam` to the data. The derivation named "random_features_map" proves the map by integrating out
the data, then the weights. The formulas are generated from it (`random_features_kernels`); the search for nu
is here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .random_features_kernels import factors, mapped, overshoot

__all__ = ["Nested", "nested_fixed_point", "random_features_stage"]

_MOST_STEPS = 10_000


@dataclass(frozen=True, eq=False)
class Nested:
    """The fixed point of a random-feature learner; arrays have length 1 on the axis of atoms.

    Attributes
    ----------
    nu
        Effective regularisation of the kernel that infinitely many features would have.
    by_width, by_samples
        `1 - df1/width = kappa/nu` and `1 - gamma df1 = lam/kappa`.
    """

    nu: Any
    by_width: Any
    by_samples: Any


def nested_fixed_point(
    lam: Any, gamma: Any, width: Any, tail: Any, eigenvalues: Any, weights: Any, xp: Any
) -> Nested:
    """The root nu of `nu (1 - df1/width) (1 - gamma df1) = lam`, and both factors without cancellation.

    Let `u = min(width, 1/gamma)` be what df1 cannot exceed. The factor that vanishes first, `a = 1 -
    df1/u`, solves `a (1 - r + r a) = lam/nu`, `r` the smaller of `gamma width` and its inverse: a
    quadratic with one positive root, a function of nu. What is left is `df1(nu) + u a(nu) = u`, decreasing
    in nu. Its inverse is concave, as a parallel sum of concave functions, so that Newton's method for it
    increases to the root from any lower bound.

    At `lam = tail = 0` and no more directions than `u`, nu is 0. At `lam = 0` rows and features
    count as equally many where `gamma width` rounds to 1.

    >>> import numpy as np
    >>> from w2s_asymptotics.arithmetic import REAL
    >>> one = np.ones(1)
    >>> found = nested_fixed_point(0.1, 0.5, 2.0, 0.0, one, one, REAL)
    >>> bool(abs(found.nu * found.by_width * found.by_samples - 0.1) < 1e-15)
    True
    """
    unit = 1 + 0 * (lam + gamma + tail + weights.sum(axis=-1, keepdims=True))
    features = gamma * width * unit  # features per sample
    short = xp.one_less_product(gamma * unit, width * unit)
    # Without a penalty, as many features as samples up to rounding (0.4 * 2.5) are as many.
    short = xp.where((lam * unit == 0) & (features == 1), 0 * unit, short)
    few = short > 0
    capped = xp.where(features < 2, features, 2 * unit)
    ratio = xp.where(few, features, 1 / features)
    slack = xp.where(features < 2, abs(short) / xp.where(few, unit, capped), 1 - ratio)
    most = xp.where(few, width * unit, unit / gamma)
    positive = eigenvalues > 0
    shares = xp.where(positive, weights + 0 * eigenvalues, 0 * eigenvalues)
    rank = _total(shares) * unit
    excess = xp.where(few, rank - most, (gamma * rank - 1) / gamma)  # over what the learner can fit
    settled = (lam * unit == 0) & (tail * unit == 0) & (excess <= 0)
    size = xp.where(positive, eigenvalues, 1 + 0 * eigenvalues)
    least = xp.where(positive, eigenvalues, eigenvalues.max() + 0 * eigenvalues).min()

    start = lam * unit
    for bound in (tail * unit / (2 * most), least * xp.positive_part(excess) / (2 * most)):
        start = xp.where(bound > start, bound, start)
    nu = xp.where(settled, unit, start)
    for _ in range(_MOST_STEPS):
        left = lam / nu
        share, _ = factors(left, slack, ratio, xp)
        value, fall = overshoot(nu, left, share, slack, ratio, most, excess, tail, size, shares, rank, xp)
        further = nu * (1 + (value / most) * xp.quotient(most + value, fall))
        moved = (further > nu * (1 + 2 * xp.epsilon)) & ~settled
        nu = xp.where(moved, further, nu)
        if not moved.any():
            break
    share, other = factors(lam / nu, slack, ratio, xp)
    idle = xp.positive_part(-excess) / most
    share, other = xp.where(settled, idle, share), xp.where(settled, slack + ratio * idle, other)
    nu = xp.where(settled, 0 * unit, nu)
    return Nested(nu, xp.where(few, share, other), xp.where(few, other, share))


def random_features_stage(
    lam: Any,
    gamma: Any,
    width: Any,
    tail: Any,
    eigenvalues: Any,
    weights: Any,
    energy: Any,
    noise: Any,
    xp: Any,
) -> tuple[Any, Any, Any, Any]:
    """What a stage keeps and loses of each atom, the Gaussian energy it adds there, and its nonlinear energy.

    `energy` is that of the labelling function's coefficients on each atom, mean and Gaussian part alike;
    `noise` that of its nonlinear part and of the label noise, which the fit cannot tell apart.
    """
    lam = _just_positive(lam, gamma, width, tail, eigenvalues, weights, noise, xp)
    fixed = nested_fixed_point(lam, gamma, width, tail, eigenvalues, weights, xp)
    point = fixed.nu, fixed.by_width, fixed.by_samples
    if not np.all(energy < np.inf):  # infinite energy over infinite width: as over any large width
        width = xp.where(width < np.inf, width, 1 / xp.epsilon**9 + 0 * gamma)
    return mapped(*point, gamma, width, tail, eigenvalues, weights, energy, noise, xp)


def _just_positive(
    lam: Any, gamma: Any, width: Any, tail: Any, eigenvalues: Any, weights: Any, noise: Any, xp: Any
) -> Any:
    """The penalty, or a negligible one where rows, features and directions are equally many, without noise.

    There the fit interpolates at `lam = 0` exactly, but loses a third of the signal as lam -> 0, which is
    what `lam = 0` means.
    """
    rank = _total(xp.where(eigenvalues > 0, weights + 0 * eigenvalues, 0 * eigenvalues))
    corner = (gamma * rank == 1) & (width + 0 * rank == rank) & (lam == 0) & (tail == 0) & (noise == 0)
    return xp.where(corner, lam + xp.epsilon**9 * eigenvalues.max(), lam) if np.any(corner) else lam


def _total(values: Any) -> Any:
    return values.sum(axis=-1, keepdims=True)
