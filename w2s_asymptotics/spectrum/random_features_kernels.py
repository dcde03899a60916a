# fmt: off
# ruff: noqa: E501
"""Random features: the factors of their nested fixed point, and the map on atoms.

Generated from the derivation `random_features_map` by `w2s_asymptotics.theorems.generate_random_features`;
edit that, not this. Every quantity is a sum or a product of nonnegative terms, so nothing cancels. Arrays run
over atoms along the last axis; everything else has length 1 on it.
"""

from __future__ import annotations

from typing import Any

__all__ = ["factors", "mapped", "overshoot"]


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
) -> tuple[Any, Any]:
    """By how much df1 at this nu exceeds `most (1 - share)`, and how fast that falls with log nu.

    `excess = rank - most`; `size` holds the eigenvalues, `shares` the weights of those that are not 0.
    """
    kept, lost = size / (size + nu), nu / (size + nu)
    held = (shares * lost).sum(axis=-1, keepdims=True)
    near = excess + most * share + tail / nu - held
    far = (shares * kept).sum(axis=-1, keepdims=True) + tail / nu - most * (1 - share)
    return xp.where(2 * held < rank, near, far), (shares * (lost * kept)).sum(axis=-1, keepdims=True) + tail / nu + most * xp.quotient(left, slack + 2 * (ratio * share))


def mapped(
    nu: Any, by_width: Any, by_samples: Any, gamma: Any, width: Any, tail: Any,
    eigenvalues: Any, weights: Any, energy: Any, noise: Any, xp: Any,
) -> tuple[Any, Any, Any, Any]:
    """What a stage keeps and loses of each atom, the Gaussian energy it adds there, and its nonlinear energy.

    `by_width = 1 - df1/width` and `by_samples = 1 - gamma df1`; `energy` is that of the labels on each atom,
    `noise` that of their nonlinear part and of the label noise.
    """
    tail = tail + 0 * nu
    scale = eigenvalues + nu
    inverse = xp.where(scale > 0, xp.quotient(1 + 0 * scale, scale), 0 * scale)
    kept = inverse * eigenvalues
    lost = xp.where(scale > 0, inverse * nu, 1 + 0 * scale)
    tail_kept = xp.quotient(tail, nu)
    gap = tail_kept + (weights * (lost * kept)).sum(axis=-1, keepdims=True)
    spread = by_width + gap / width
    learned = (kept * xp.product(kept, energy)).sum(axis=-1, keepdims=True)
    blurred = xp.quotient(learned / width, spread)
    own = lost * xp.product(weights * lost, blurred)
    reach = tail + (weights * (lost * (lost * eigenvalues))).sum(axis=-1, keepdims=True)
    unexplained = noise + (lost * xp.product(lost * eigenvalues, energy)).sum(axis=-1, keepdims=True) + xp.product(reach, blurred)
    residual = by_samples + gamma * (by_width * xp.quotient(gap, spread))
    variance = xp.quotient(unexplained, residual)
    seen = xp.quotient(reach / width, spread)
    tail_seen = xp.quotient((tail * (weights * (kept * inverse)).sum(axis=-1, keepdims=True) + tail_kept * tail_kept) / width, spread)
    added = own + xp.product(gamma * weights * (inverse * (inverse * seen) + kept * inverse), variance)
    return kept, lost, added, xp.product(tail, blurred) + xp.product(gamma * tail_seen, variance)
