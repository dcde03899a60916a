# fmt: off
# ruff: noqa: E501
"""Stable kernels, one body for floats, arrays and mpmath numbers.

Generated from the derivations by `w2s_asymptotics.theorems.generate_kernels`; edit that, not this.

`xp` is a namespace of `w2s_asymptotics.arithmetic`. Every quantity is a sum or a product of nonnegative
terms, so nothing cancels; the limits at `lam = 0` are exact. Derived in `marchenko_pastur` and `ridge_map`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = [
    "fixed_point", "isotropic_first", "isotropic_gain", "isotropic_own_risk", "isotropic_risk", "isotropic_shares",
    "isotropic_stage", "resolvent", "spectral_gain", "spectral_shares", "spectral_stage", "spectral_variance",
]


def fixed_point(lam: Any, gamma: Any, xp: Any, missing: Any = None) -> tuple[Any, Any]:
    """Kappa and omega = 1 - df1/n: kappa and -omega are the roots of x^2 + a x - lam = 0.

    `missing` is the share of dimensions that carry no variance: gamma counts only for the others.
    """
    half = (1 - gamma - lam if missing is None else (1 - gamma) + (gamma * missing - lam)) * 0.5
    size = abs(half)
    smaller = xp.quotient(lam, size + xp.root_of_square_plus(half, lam))
    return smaller + (size - half), smaller + (size + half)


def resolvent(kappa: Any, omega: Any, delta: Any, xp: Any) -> tuple[Any, Any]:
    """m(-lam) and its derivative m' at z = -lam."""
    m = xp.quotient(1 / (1 + kappa), omega)
    return m, m * xp.quotient(m, delta)


def isotropic_shares(kappa: Any, omega: Any, gamma: Any, noise: Any, xp: Any) -> tuple[Any, Any, Any, Any]:
    """What a student of the isotropic world is: S, K, and what the labels' norm and their noise add per S^2."""
    shrink = 1 / (1 + kappa)
    lost = kappa * shrink
    delta = omega + gamma * (lost * shrink)
    return shrink, lost, gamma * lost * xp.quotient(lost, delta), xp.quotient(gamma * noise, delta) if xp.any(noise) else 0.0


def isotropic_first(shares: Any, signal: Any, xp: Any) -> tuple[Any, Any, Any]:
    """The equivalent learned from true labels: multiplier 1, bias 0 and no covariance went in."""
    shrink, lost, from_norm, floor = shares
    return shrink, lost, xp.twice(from_norm * signal + floor, shrink)


def isotropic_stage(
    shares: Any, multiplier: Any, bias: Any, covariance: Any, norm: Any, xp: Any
) -> tuple[Any, Any, Any]:
    """The equivalent learned from labels of this one, whose norm is M^2 r^2 + c."""
    shrink, lost, from_norm, floor = shares
    if xp.plain:
        return shrink * multiplier, lost + shrink * bias, (covariance + from_norm * norm + floor) * (shrink * shrink)
    return shrink * multiplier, lost + shrink * bias, xp.twice(covariance + xp.product(from_norm, norm) + floor, shrink)


def isotropic_own_risk(shares: Any, signal: Any, xp: Any) -> Any:
    """What a student's penalty and label noise alone add to its excess risk; all of it for a teacher's bias."""
    shrink, lost, _, floor = shares
    own = lost * (lost * signal)
    return own + xp.twice(floor, shrink) if xp.any(floor) else own


def isotropic_risk(shares: Any, bias: Any, energy: Any, norm: Any, signal: Any, xp: Any) -> Any:
    """The excess risk b'^2 r^2 + c', from the labels' bias, energy b^2 r^2 + c and norm M^2 r^2 + c."""
    shrink, lost, from_norm, _ = shares
    own, slope = isotropic_own_risk(shares, signal, xp), lost * (shrink * (signal * 2))
    if xp.plain:
        return (energy + from_norm * norm) * (shrink * shrink) + own + slope * bias
    return xp.twice(energy + xp.product(from_norm, norm), shrink) + own + slope * bias


def isotropic_gain(
    shares: Any, truth: Any, earlier: Any, held: Any, multiplier: Any, bias: Any, norm: Any, signal: Any, xp: Any
) -> tuple[Any, Any]:
    """What a student takes from the excess risk of its teacher, of bias `earlier` and covariance `held`, and what it adds.

    The labels have a multiplier, a bias and a norm of their own where true labels are mixed in. A teacher of
    infinite excess risk counts as the limit: beside it only the student's own label noise is added.
    """
    shrink, lost, from_norm, floor = shares
    taught, after = 1 - truth, lost + shrink * bias
    taken = xp.product((1 + shrink * taught) * (truth + lost * taught), held) + truth * (earlier * (signal * (after + earlier)))
    passed_on = xp.where(held < np.inf, xp.product(from_norm, norm), 0 * lost)
    return taken, lost * (multiplier * (signal * (after + earlier))) + xp.twice(passed_on + floor, shrink)


def spectral_shares(
    kappa: Any, omega: Any, gamma: Any, eigenvalues: Any, penalty: Any, weights: Any, xp: Any
) -> tuple[Any, Any, Any, Any]:
    """What a student on atoms is, along the last axis: S, K, G and delta; kappa, omega and gamma have length 1 on it."""
    scale = eigenvalues + kappa * penalty
    inverse = xp.where(scale > 0, xp.quotient(1 + 0 * scale, scale), 0 * scale)
    shrink = eigenvalues * inverse
    lost = xp.where(scale > 0, kappa * penalty * inverse, 1 + 0 * scale)
    return shrink, lost, inverse, omega + gamma * (weights * (lost * shrink)).sum(axis=-1, keepdims=True)


def spectral_variance(
    shares: Any, gamma: Any, eigenvalues: Any, weights: Any, multiplier: Any, covariance: Any, signal: Any, noise: Any, xp: Any
) -> Any:
    """The energy that fresh rows and label noise add to each atom."""
    shrink, lost, inverse, delta = shares
    unexplained = noise + (lost * (lost * (eigenvalues * (multiplier * (multiplier * signal)))) + lost * xp.product(lost * eigenvalues, covariance)).sum(axis=-1, keepdims=True)
    return xp.product(gamma * (weights * (shrink * inverse)), xp.quotient(unexplained, delta))


def spectral_stage(
    shares: Any, gamma: Any, eigenvalues: Any, weights: Any,
    multiplier: Any, bias: Any, covariance: Any, signal: Any, noise: Any, xp: Any,
) -> tuple[Any, Any, Any]:
    """The same map as `isotropic_stage`, on atoms."""
    shrink, lost, _, _ = shares
    variance = spectral_variance(shares, gamma, eigenvalues, weights, multiplier, covariance, signal, noise, xp)
    return shrink * multiplier, bias + lost * multiplier, shrink * xp.product(shrink, covariance) + variance


def spectral_gain(
    shares: Any, variance: Any, truth: Any, earlier: Any, held: Any, multiplier: Any, bias: Any, signal: Any, eigenvalues: Any, xp: Any
) -> tuple[Any, Any]:
    """The same two as `isotropic_gain`, on atoms; `eigenvalues` are those of the rows that the risks are of."""
    shrink, lost, _, _ = shares
    taught, after = 1 - truth, bias + lost * multiplier
    taken = xp.product((1 + shrink * taught) * (truth + lost * taught), held) + truth * (earlier * (signal * (after + earlier)))
    added = lost * (multiplier * (signal * (after + earlier))) + variance
    return xp.product(eigenvalues, taken).sum(axis=-1), xp.product(eigenvalues, added).sum(axis=-1)
