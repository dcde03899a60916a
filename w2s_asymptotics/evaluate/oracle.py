"""The high-precision oracle: isotropic ridge chains by two routes that share nothing with the kernels.

`textbook` evaluates the closed forms with `D = (1 + kappa)^2 - gamma`, as they are printed, and the recursion
`rho_k = a1 rho_{k-1}`, `q_k = a2 q_{k-1} + gamma sigma_k^2/D`; they cancel badly, so it works with hundreds
of digits. `quadrature` integrates over the Marchenko-Pastur density and knows no closed form at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath as mp

__all__ = ["OracleStage", "OracleState", "quadrature", "resolvent", "textbook"]

_DIGITS = 1300  # lam = 1e300 loses the square of it, twice


@dataclass(frozen=True)
class OracleStage:
    """One ridge learner in the isotropic world."""

    gamma: Any
    lam: Any
    noise: Any = 0
    truth: Any = 0


@dataclass(frozen=True)
class OracleState:
    """Excess risk, overlap rho and norm q of the last learner."""

    risk: Any
    rho: Any
    q: Any


def _kappa(gamma: Any, lam: Any) -> Any:
    a = 1 - gamma - lam
    return (-a + mp.sqrt(a * a + 4 * lam)) / 2


def resolvent(gamma: Any, lam: Any, digits: int = _DIGITS) -> tuple[Any, Any, Any]:
    """kappa, m(-lam) and m' for lam > 0, from the quadratic `gamma lam m^2 + (1 - gamma + lam) m - 1 = 0`.

    >>> [float(value) for value in resolvent(0.5, 0.5)]  # doctest: +ELLIPSIS
    [0.7071067811865..., 0.8284271247461..., 0.8284271247461...]
    """
    with mp.workdps(digits):
        gamma, lam = mp.mpf(gamma), mp.mpf(lam)
        middle = 1 - gamma + lam
        m = (-middle + mp.sqrt(middle * middle + 4 * gamma * lam)) / (2 * gamma * lam)
        return _kappa(gamma, lam), m, (gamma * m * m + m) / (2 * gamma * lam * m + middle)


def _stage_textbook(stage: OracleStage) -> tuple[Any, Any, Any]:
    """a1, a2 and gamma/D of one stage."""
    gamma, lam = mp.mpf(stage.gamma), mp.mpf(stage.lam)
    k = _kappa(gamma, lam)
    D = (1 + k) ** 2 - gamma
    squared = k * k / D if k else mp.mpf(0)
    return 1 / (1 + k), 1 - 2 * k / (1 + k) + squared, gamma / D if D else mp.inf


def _average(function: Callable[[Any], Any], gamma: Any) -> Any:
    """The mean of a function over the Marchenko-Pastur law, its atom at 0 included."""

    def integrand(theta: Any) -> Any:
        x = 1 + gamma + 2 * mp.sqrt(gamma) * mp.cos(theta)
        return function(x) * 2 * mp.sin(theta) ** 2 / (mp.pi * x)

    bulk = mp.quad(integrand, mp.linspace(0, mp.pi, 9))
    return bulk + (function(mp.mpf(0)) * (1 - 1 / gamma) if gamma > 1 else 0)


def _stage_quadrature(stage: OracleStage) -> tuple[Any, Any, Any]:
    gamma, lam = mp.mpf(stage.gamma), mp.mpf(stage.lam)
    return (
        _average(lambda x: x / (x + lam), gamma),
        _average(lambda x: x * x / (x + lam) ** 2, gamma),
        gamma * _average(lambda x: x / (x + lam) ** 2, gamma),
    )


def _chain(
    signal: Any,
    noise: Any,
    stages: Sequence[OracleStage],
    functionals: Callable[[OracleStage], tuple[Any, Any, Any]],
) -> OracleState:
    signal, noise = mp.mpf(signal), mp.mpf(noise)
    rho, q = signal, signal
    for index, stage in enumerate(stages):
        a1, a2, per_noise = functionals(stage)
        true = mp.mpf(stage.truth)
        taught = 1 - true
        rho, q = true * signal + taught * rho, true**2 * signal + 2 * true * taught * rho + taught**2 * q
        added = (noise if index == 0 else true**2 * noise) + mp.mpf(stage.noise)
        rho, q = a1 * rho, a2 * q + (per_noise * added if added else 0)
    return OracleState(signal - 2 * rho + q, rho, q)


def textbook(signal: Any, noise: Any, stages: Sequence[OracleStage], digits: int = _DIGITS) -> OracleState:
    """The chain by the printed closed forms, at `digits` working digits.

    >>> float(textbook(1, 0.5, [OracleStage(0.5, 0.01)]).risk)  # doctest: +ELLIPSIS
    0.46399410423299...
    """
    with mp.workdps(digits):
        return _chain(signal, noise, stages, _stage_textbook)


def quadrature(signal: Any, noise: Any, stages: Sequence[OracleStage], digits: int = 30) -> OracleState:
    """The chain by integrals over the Marchenko-Pastur density; for lam > 0 and not extreme.

    >>> float(quadrature(1, 0.5, [OracleStage(0.5, 0.01)]).risk)  # doctest: +ELLIPSIS
    0.46399410423299...
    """
    with mp.workdps(digits):
        return _chain(signal, noise, stages, _stage_quadrature)
