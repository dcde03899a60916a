"""What the theorems on the isotropic world (Sigma = Gamma = I) share: symbols, stages, their domain.

A stage is written in its effective regularisation ``kappa``; ``lam`` is then ``kappa - gamma*kappa/(1 +
kappa)``, and every quantity a rational function. The whole domain, under- and over-parameterised alike, is
swept by two positive parameters: ``gamma = (1 + kappa)/(1 + p)`` with ``p = lam (1 + kappa)/(gamma kappa)``,
so a quotient of polynomials in ``(kappa, p)`` with positive coefficients is positive for every ``gamma > 0``
and ``lam > 0``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.domain import Domain, margin, said
from w2s_asymptotics.theorems.marchenko_pastur import GAMMA, LAM, K, quadratic

__all__ = [
    "Q",
    "denominator",
    "energy",
    "everywhere",
    "given_kappa",
    "inserted",
    "notation_of",
    "over_positive",
    "overlap",
    "penalty",
    "said",
    "signal",
    "tidy",
]

signal = symbol("signal")
overlap, energy, Q = sp.symbols("rho q Q", positive=True)

_swept, _ratio = sp.symbols("k p", positive=True)


def penalty(kappa: Any, gamma: Any) -> Any:
    """Return the penalty lam whose effective regularisation is ``kappa``, from the quadratic of kappa."""
    return _penalty().subs({K: kappa, GAMMA: gamma}, simultaneous=True)


@cache
def _penalty() -> Any:
    (solution,) = sp.solve(quadratic(), LAM)
    return sp.expand(sp.apart(solution, GAMMA))


def denominator(kappa: Any, gamma: Any) -> Any:
    """Return D = (1 + kappa)^2 - gamma."""
    return (1 + kappa) ** 2 - gamma


def everywhere(kappa: sp.Symbol, gamma: sp.Symbol) -> Domain:
    """Return the domain of all stages with a penalty, ``lam = kappa - gamma kappa/(1 + kappa) > 0``.

    >>> everywhere(K, GAMMA).uncovered()
    ''
    """
    shrunk = sp.factor(kappa - penalty(kappa, gamma))
    conditions = tuple(sp.Gt(*each, evaluate=False) for each in ((kappa, 0), (gamma, 0), (kappa, shrunk)))
    of_kappa, of_gamma, of_lam = (margin(each) for each in conditions)
    return Domain(
        conditions,
        {gamma: (1 + kappa) / (1 + _ratio), kappa: _swept},
        {_ratio: of_lam * (1 + of_kappa) / (of_kappa * of_gamma), _swept: of_kappa},
    )


def given_kappa(lam: sp.Symbol, kappa: sp.Symbol, gamma: sp.Symbol) -> dict[Any, Any]:
    """Return the substitution that eliminates ``lam`` in favour of ``kappa``."""
    return {lam: penalty(kappa, gamma)}


def inserted(expression: Any, replacements: Mapping[Any, Any]) -> Any:
    """Insert in order: later replacements see what the earlier ones brought in."""
    for old, new in replacements.items():
        expression = expression.subs(old, new)
    return expression


def tidy(expression: Any) -> Any:
    """Cancel and factor, each factor turned so that most of its terms are positive."""
    sign, parts = sp.S.One, []
    for power, part in zip((1, -1), sp.fraction(sp.cancel(sp.together(expression))), strict=True):
        content, factors = sp.factor_list(part)
        sign *= content**power
        for factor, multiplicity in factors:
            balance = sum(-1 if term.could_extract_minus_sign() else 1 for term in sp.Add.make_args(factor))
            turned = balance < 0 or (balance == 0 and multiplicity % 2 and sign.is_negative)
            sign *= (-1 if turned else 1) ** multiplicity
            parts.append(sp.expand(-factor if turned else factor) ** (power * multiplicity))
    return sp.Mul(sign, *parts)


def over_positive(claim: Any, factor: Any) -> Any:
    """Return the inequality ``claim`` with the difference of its sides divided by a positive ``factor``."""
    return type(claim)(tidy((claim.lhs - claim.rhs) / factor), 0, evaluate=False)


def notation_of(*names: str) -> tuple[tuple[str, str], ...]:
    """Return (LaTeX, meaning) of the quantities that several theorems speak of."""
    return tuple((_NOTATION[name][0], _NOTATION[name][1]) for name in names)


_NOTATION: Mapping[str, tuple[str, str]] = {
    "signal": (r"r^2", r"signal energy $\lVert\beta_*\rVert^2$"),
    "noise": (r"\sigma^2", "variance of the label noise"),
    "gamma": (r"\gamma", "aspect ratio $d/n$ of the stage in question"),
    "kappa": (r"\kappa", r"effective regularisation, $\lambda = \kappa - \gamma\kappa/(1+\kappa)$"),
    "rho": (r"\rho", r"overlap $\langle\beta_*, \beta_t\rangle$ of the teacher with the target"),
    "q": ("q", r"energy $\lVert\beta_t\rVert^2$ of the teacher"),
    "Q": ("Q", r"$q/\rho$, how far the teacher overshoots"),
    "D": ("D", r"$(1+\kappa)^2 - \gamma$"),
    "t": ("t", r"the threshold that $Q$ must exceed"),
}
