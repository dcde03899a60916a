# fmt: off
# ruff: noqa: E501
"""Two-layer networks: the direction of a gradient step, and the second layer fitted beside its spikes.

Generated from the derivation `two_layer_map` by `w2s_asymptotics.theorems.generate_two_layer`; edit that, not this.

A function of the multi-index world has a linear part l, `multiplier c b_e` plus Gaussian energy `covariance`. The
gradient step on its labels adds noise of energy `gamma_step E[labels^2]` to l, which fixes the direction v; the second
layer keeps the component of l along v whole and fits the rest by random features. Every quantity is a sum or a product
of nonnegative terms, so nothing cancels.
"""

from __future__ import annotations

from typing import Any

__all__ = ["gradient_step", "spike_error", "spike_loss", "two_layer_head"]


def _share(part: Any, rest: Any, xp: Any) -> Any:
    """`part/(part + rest)`, where either may be 0 or infinite; 1 where both are 0."""
    return 1 / (1 + xp.quotient(rest, part))


def gradient_step(
    strength: Any, multiplier: Any, covariance: Any, along: Any, aside: Any, apart: Any,
    energy: Any, gamma_step: Any, xp: Any,
) -> tuple[Any, Any, Any, Any, Any, Any, Any]:
    """The new direction v' from labels with linear part l, previous direction v and this energy.

    Returns `<l, v'>^2/|l|^2` and its complement, `<v', b_e>` and `1 - <v', b_e>^2`, `<v', v>` and its complement
    `1 - <v', v>^2`, and the new gap.
    """
    signal = multiplier * strength
    explained = signal * signal
    linear = covariance + explained
    blur = xp.product(gamma_step, energy)
    size = xp.sqrt(blur + linear)
    return (
        _share(linear, blur, xp),
        _share(blur, linear, xp),
        xp.quotient(signal, size),
        _share(blur + covariance, explained, xp),
        xp.quotient(along, size),
        _share(aside + blur, along * along, xp),
        xp.quotient(apart, size),
    )


def two_layer_head(
    kept: Any, lost: Any, added: Any,
    strength: Any, multiplier: Any, bias: Any, covariance: Any, apart: Any, tau: Any, left: Any, xp: Any,
) -> tuple[Any, Any, Any, Any, Any, Any]:
    """The linear part of the new function: multiplier, bias, covariance, along, aside, apart.

    The bulk keeps `kept` and loses `lost` of what it is given, `left` of the labels' linear part, and adds Gaussian
    energy `added`; `tau = 1 - left` of the linear part lies along the new direction.
    """
    signal = multiplier * strength
    explained = signal * signal
    linear = covariance + explained
    return (
        kept * (left * multiplier) + tau * multiplier,
        bias + lost * (left * multiplier),
        added + kept * (kept * (left * covariance)) + tau * covariance + lost * (lost * (left * (tau * explained))),
        xp.sqrt(tau * linear),
        added + kept * (kept * (left * linear)),
        tau * apart + kept * (left * signal),
    )


def spike_loss(cosine: Any, turned: Any, degree: int) -> Any:
    """`1 - cosine^(2 degree)`: the share of the energy of `He_k(<v, x>)` that `He_k(<v', x>)` misses."""
    square = cosine * cosine
    total = 0 * square
    for _ in range(degree):
        total = 1 + square * total
    return turned * total


def spike_error(direction: Any, off: Any, path: Any, gap: Any, degree: int) -> Any:
    """`1 - 2 path^k direction^k + path^(2k)`: the error of `path^k He_k(<v, x>)` for `He_k(<b_e, x>)` over k!."""
    total, power = 0 * gap, 1 + 0 * direction
    for _ in range(degree):
        total = total * path + power
        power = power * direction
    behind = gap * total
    return spike_loss(direction, off, degree) + behind * behind
