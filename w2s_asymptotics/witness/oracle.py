"""The high-precision oracle: isotropic chains by two routes that share nothing with the kernels.

`textbook` evaluates closed forms as they are printed, with `D = (1 + kappa)^2 - gamma` for ridge, and the
recursion `rho_k = a1 rho_{k-1}`, `q_k = a2 q_{k-1} + v sigma_k^2`; they cancel badly, so it works with
hundreds of digits. `quadrature` integrates over the Marchenko-Pastur density and knows no closed form at all.
The stages of other learners are in `oracle_learners`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol

import mpmath as mp

__all__ = ["Functionals", "OracleStage", "OracleState", "average", "quadrature", "resolvent", "textbook"]

_DIGITS = 1300  # lam = 1e300 loses the square of it, twice


class Functionals(NamedTuple):
    """What a stage makes of labels of overlap rho, norm q and noise s.

    Overlap `a1 rho`, norm `a2 q + v s`, and beside them a nonlinear part of energy `b q + w s`.
    """

    a1: Any
    a2: Any
    v: Any
    b: Any = mp.mpf(0)
    w: Any = mp.mpf(0)


class Stage(Protocol):
    """One learner in the isotropic world."""

    @property
    def noise(self) -> Any:
        """Label noise added at this stage."""

    @property
    def truth(self) -> Any:
        """Weight of true labels."""

    @property
    def digits(self) -> int:
        """Working digits that `textbook` needs over penalties 0 and 1e-300 to 1e300."""

    def textbook(self) -> Functionals:
        """Closed forms at the working precision."""

    def quadrature(self) -> Functionals:
        """Integrals over the Marchenko-Pastur density."""


@dataclass(frozen=True)
class OracleStage:
    """Ridge."""

    gamma: Any
    lam: Any
    noise: Any = 0
    truth: Any = 0
    digits: ClassVar[int] = _DIGITS

    def textbook(self) -> Functionals:
        """The printed forms in kappa."""
        gamma, lam = mp.mpf(self.gamma), mp.mpf(self.lam)
        k = _kappa(gamma, lam)
        D = (1 + k) ** 2 - gamma
        squared = k * k / D if k else mp.mpf(0)
        return Functionals(1 / (1 + k), 1 - 2 * k / (1 + k) + squared, gamma / D if D else mp.inf)

    def quadrature(self) -> Functionals:
        """The means of `x/(x + lam)` and its powers."""
        gamma, lam = mp.mpf(self.gamma), mp.mpf(self.lam)
        return Functionals(
            average(lambda x: x / (x + lam), gamma),
            average(lambda x: x * x / (x + lam) ** 2, gamma),
            gamma * average(lambda x: x / (x + lam) ** 2, gamma),
        )


@dataclass(frozen=True)
class OracleState:
    """Excess risk, overlap rho, norm q and nonlinear energy of the last learner."""

    risk: Any
    rho: Any
    q: Any
    nonlinear: Any


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


def average(function: Callable[[Any], Any], gamma: Any) -> Any:
    """The mean of a function over the Marchenko-Pastur law, its atom at 0 included."""

    def integrand(theta: Any) -> Any:
        x = 1 + gamma + 2 * mp.sqrt(gamma) * mp.cos(theta)
        return function(x) * 2 * mp.sin(theta) ** 2 / (mp.pi * x)

    bulk = mp.quad(integrand, mp.linspace(0, mp.pi, 9))
    return bulk + (function(mp.mpf(0)) * (1 - 1 / gamma) if gamma > 1 else 0)


def _product(response: Any, energy: Any) -> Any:
    """What a response makes of an energy; nothing where either is 0, even if the other is infinite."""
    return response * energy if response and energy else mp.mpf(0)


def _chain(
    signal: Any, noise: Any, stages: Sequence[Stage], functionals: Callable[[Stage], Functionals]
) -> OracleState:
    signal, noise = mp.mpf(signal), mp.mpf(noise)
    rho, q, nonlinear = signal, signal, mp.mpf(0)
    for index, stage in enumerate(stages):
        found = functionals(stage)
        true = mp.mpf(stage.truth)
        taught = 1 - true
        rho, q = true * signal + taught * rho, true**2 * signal + 2 * true * taught * rho + taught**2 * q
        added = (noise if index == 0 else true**2 * noise) + mp.mpf(stage.noise) + taught**2 * nonlinear
        nonlinear = _product(found.b, q) + _product(found.w, added)
        rho, q = found.a1 * rho, found.a2 * q + _product(found.v, added)
    return OracleState(signal - 2 * rho + q + nonlinear, rho, q, nonlinear)


def textbook(signal: Any, noise: Any, stages: Sequence[Stage], digits: int | None = None) -> OracleState:
    """The chain by the printed closed forms, at `digits` working digits; by default what its stages need.

    >>> float(textbook(1, 0.5, [OracleStage(0.5, 0.01)]).risk)  # doctest: +ELLIPSIS
    0.46399410423299...
    """
    with mp.workdps(digits or max(stage.digits for stage in stages)):
        return _chain(signal, noise, stages, lambda stage: stage.textbook())


def quadrature(signal: Any, noise: Any, stages: Sequence[Stage], digits: int = 30) -> OracleState:
    """The chain by integrals over the Marchenko-Pastur density; for lam > 0 and not extreme.

    >>> float(quadrature(1, 0.5, [OracleStage(0.5, 0.01)]).risk)  # doctest: +ELLIPSIS
    0.46399410423299...
    """
    with mp.workdps(digits):
        return _chain(signal, noise, stages, lambda stage: stage.quadrature())
