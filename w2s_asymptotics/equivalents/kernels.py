# fmt: off
# ruff: noqa: E501
"""Stable kernels, one body for floats, arrays and mpmath numbers.

Generated from the derivations by `w2s_asymptotics.theorems.generate_kernels`; edit that, not this.

`xp` is a namespace of `w2s_asymptotics.arithmetic`. Every quantity is a sum or a product of nonnegative
terms, so nothing cancels; the limits at `lam = 0` are exact. Derived in `marchenko_pastur` and `ridge_map`.
"""

from __future__ import annotations

from typing import Any

__all__ = ["fixed_point", "isotropic_stage", "resolvent", "spectral_stage"]


def fixed_point(lam: Any, gamma: Any, xp: Any, missing: Any = 0) -> tuple[Any, Any]:
    """Kappa and omega = 1 - df1/n: kappa and -omega are the roots of x^2 + a x - lam = 0.

    `missing` is the share of dimensions that carry no variance: gamma counts only for the others.
    """
    a = (1 - gamma) + (gamma * missing - lam)
    smaller = xp.quotient(2 * lam, abs(a) + xp.root_of_square_plus(a, lam))
    return smaller + xp.positive_part(-a), smaller + xp.positive_part(a)


def resolvent(kappa: Any, omega: Any, delta: Any, xp: Any) -> tuple[Any, Any]:
    """m(-lam) and its derivative m' at z = -lam."""
    m = xp.quotient(1 / (1 + kappa), omega)
    return m, m * xp.quotient(m, delta)


def isotropic_stage(
    kappa: Any, omega: Any, gamma: Any,
    multiplier: Any, bias: Any, covariance: Any, signal: Any, noise: Any, xp: Any,
) -> tuple[Any, Any, Any]:
    """The equivalent (multiplier, bias, covariance energy) that ridge returns for that of its labels."""
    shrink = 1 / (1 + kappa)
    lost = kappa * shrink
    delta = omega + gamma * (lost * shrink)
    unexplained = noise + lost * (lost * (multiplier * (multiplier * signal))) + xp.product(lost * lost, covariance)
    variance = gamma * (shrink * (shrink * xp.quotient(unexplained, delta)))
    return shrink * multiplier, bias + lost * multiplier, shrink * (shrink * covariance) + variance


def spectral_stage(
    kappa: Any, omega: Any, gamma: Any, eigenvalues: Any, penalty: Any, weights: Any,
    multiplier: Any, bias: Any, covariance: Any, signal: Any, noise: Any, xp: Any,
) -> tuple[Any, Any, Any]:
    """The same map on atoms, along the last axis; kappa, omega, gamma and noise have length 1 on it."""
    scale = eigenvalues + kappa * penalty
    inverse = xp.where(scale > 0, xp.quotient(1 + 0 * scale, scale), 0 * scale)
    shrink = eigenvalues * inverse
    lost = xp.where(scale > 0, kappa * penalty * inverse, 1 + 0 * scale)
    delta = omega + gamma * (weights * (lost * shrink)).sum(axis=-1, keepdims=True)
    unexplained = noise + (lost * (lost * (eigenvalues * (multiplier * (multiplier * signal)))) + xp.product(lost * (lost * eigenvalues), covariance)).sum(axis=-1, keepdims=True)
    variance = xp.product(gamma * (weights * (shrink * inverse)), xp.quotient(unexplained, delta))
    return shrink * multiplier, bias + lost * multiplier, xp.product(shrink * shrink, covariance) + variance
