"""The two nested effective regularisations of ridge on random features.

Features `sqrt(d/p) phi(<w_j, x>)`, j = 1..p, `width = p/d`; to second order `phi(<w, x>) = <w, x> +
nonlinear part`, whose energy per dimension is `tail` (Gaussian equivalence: Mei, Montanari 2022). With
`df1(nu) = sum w s/(s + nu) + tail/nu`, `nu (1 - df1/width) = kappa` belongs to the weights and `kappa (1 -
gamma df1) = lam` to the data. The derivation named "random_features_map" proves both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..arithmetic import solved

__all__ = ["Nested", "factors", "nested_fixed_point", "overshoot"]

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


@solved
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
    rank = xp.total(shares) * unit
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


def factors(left: Any, slack: Any, ratio: Any, xp: Any) -> tuple[Any, Any]:
    """Of `1 - df1/width` and `1 - gamma df1` the one that vanishes first, and the other.

    Their product is `left = lam/nu`. `ratio` is the smaller of `gamma width` and its inverse, `slack` its
    distance from 1.
    """
    share = xp.quotient(2 * left, slack + xp.sqrt(4 * (left * ratio) + slack * slack))
    return share, slack + ratio * share


def overshoot(
    nu: Any, left: Any, share: Any, slack: Any, ratio: Any, most: Any, excess: Any, tail: Any,
    size: Any, shares: Any, rank: Any, xp: Any,
) -> tuple[Any, Any]:  # fmt: skip
    """By how much df1 at this nu exceeds `most (1 - share)`, and how fast that falls with log nu.

    `excess = rank - most`; `size` holds the eigenvalues, `shares` the weights of those that are not 0.
    """
    kept, lost = size / (size + nu), nu / (size + nu)
    held = xp.total(shares * lost)
    near = excess + most * share + tail / nu - held
    far = xp.total(shares * kept) + tail / nu - most * (1 - share)
    fall = xp.total(shares * (lost * kept)) + tail / nu
    return xp.where(2 * held < rank, near, far), fall + most * xp.quotient(left, slack + 2 * (ratio * share))
