# fmt: off
# ruff: noqa: E501
"""Repeated fits on the same rows: the shares of the fits, and what fits and pairs of fits are on atoms.

Generated from the derivation `self_distilled_map` by `w2s_asymptotics.theorems.generate_repeated`; edit that,
not this. Arrays run over atoms along the last axis; everything else has length 1 on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["fitted", "newton", "pair", "share"]


def share(lam: Any, others: Iterable[Any]) -> Any:
    """The share of a fit in the outcome, beside fits of these other penalties; all shares sum to 1."""
    found = 1 + 0 * lam
    for other in others:
        found = found * (lam / (lam - other))
    return found


def fitted(kappa: Any, eigenvalues: Any) -> tuple[Any, Any, Any]:
    """What one fit keeps and loses of a coefficient on each atom, and G; the outcome is the sum by shares."""
    inverse = 1 / (eigenvalues + kappa)
    return eigenvalues * inverse, kappa * inverse, inverse


def pair(
    omega: Any, kept: Any, lost: Any, other_lost: Any, other_inverse: Any,
    gamma: Any, eigenvalues: Any, weights: Any, energy: Any, noise: Any,
) -> Any:
    """The Gaussian energy that a pair of fits adds to each atom, per product of their shares."""
    delta = omega + gamma * (weights * (kept * other_lost)).sum(axis=-1, keepdims=True)
    unexplained = (noise + (eigenvalues * (lost * (other_lost * energy))).sum(axis=-1, keepdims=True)) / delta
    return gamma * (weights * (kept * (other_inverse * unexplained)))


def newton(kappa: Any, lam: Any, gamma: Any, eigenvalues: Any, weights: Any) -> Any:
    """The step of Newton's method for `kappa omega = lam`."""
    kept, lost, _ = fitted(kappa, eigenvalues)
    omega = 1 - gamma * (weights * kept).sum(axis=-1, keepdims=True)
    delta = omega + gamma * (weights * (kept * lost)).sum(axis=-1, keepdims=True)
    return (kappa * omega - lam) / delta
