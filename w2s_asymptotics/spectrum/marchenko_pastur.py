"""The Marchenko-Pastur resolvent (Sigma = Gamma = I) on any kind of real number.

`kappa` and `-omega` are the two roots of `k^2 + (1 - gamma - lam) k - lam = 0`, `omega = 1 - df1/n =
lam/kappa`, and `delta = 1 - df2/n = omega + gamma kappa/(1 + kappa)^2`. All are computed without
cancellation, with exact limits at `lam = 0`. Derived in the derivation named "marchenko_pastur".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..arithmetic import namespace
from ..notation import check
from .fixed_point import fixed_point

__all__ = ["MarchenkoPastur", "marchenko_pastur", "resolvent"]


@dataclass(frozen=True, eq=False)
class MarchenkoPastur:
    """`kappa`, `omega`, `delta`, the resolvent `m(-lam)` and its derivative `m_prime` at one (lam, gamma)."""

    kappa: Any
    omega: Any
    delta: Any
    m: Any
    m_prime: Any


def marchenko_pastur(lam: Any, gamma: Any) -> MarchenkoPastur:
    """The functionals of the sample covariance at aspect ratio `gamma` and penalty `lam`; they broadcast.

    >>> marchenko_pastur(0.0, 3.0).kappa
    2.0
    """
    lam, gamma = check("lam", lam, "marchenko_pastur"), check("gamma", gamma, "marchenko_pastur")
    xp = namespace([lam, gamma])
    lam, gamma = xp.convert(lam), xp.convert(gamma)
    with xp.context():
        kappa, omega, _ = fixed_point(lam, gamma, xp)
        values = (kappa, omega, *resolvent(kappa, omega, gamma, xp))
    return MarchenkoPastur(*(xp.finish(value) for value in values))


def resolvent(kappa: Any, omega: Any, gamma: Any, xp: Any) -> tuple[Any, Any, Any]:
    """delta, m(-lam) and its derivative m' at z = -lam."""
    delta = omega + gamma * (kappa / (1 + kappa)) / (1 + kappa)
    m = xp.quotient(1 / (1 + kappa), omega)
    return delta, m, m * xp.quotient(m, delta)
