r"""The best ridge teacher.

`E_t` is a rational function of `kappa`; divide its slope by that of `lam`. The penalty: Dobriban and Wager
(2018), Hastie, Montanari, Rosset and Tibshirani (2022).
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import DerivativeOf, Identity, SameSign, Solves
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.domain import positive
from w2s_asymptotics.theorems._isotropic import (
    energy,
    everywhere,
    given_kappa,
    notation_of,
    over_positive,
    overlap,
    penalty,
    signal,
    tidy,
)
from w2s_asymptotics.theorems.chain_recursion import incoming_risk
from w2s_asymptotics.theorems.marchenko_pastur import resolvent_in_kappa
from w2s_asymptotics.theorems.overlap_gap import teacher_overlaps

__all__ = ["derivation"]

_gamma, _kappa, _lam, _noise = symbol("gamma"), symbol("kappa"), symbol("lam"), symbol("noise")
_m = symbol("m")


def _in_lam(slope: Any) -> Any:
    """Collect the slope in r^2 and sigma^2, and recognise lam in what multiplies r^2."""
    lam = tidy(penalty(_kappa, _gamma))
    expanded = sp.expand(sp.cancel(slope / (slope_factor := _outer(slope))))
    return slope_factor * (
        tidy(expanded.coeff(signal)).subs(lam, _lam) * signal + tidy(expanded.coeff(_noise)) * _noise
    )


def _outer(slope: Any) -> Any:
    """Return what multiplies ``lam r^2`` in the slope."""
    return tidy(sp.diff(sp.expand(slope), signal) / penalty(_kappa, _gamma))


def derivation() -> Derivation:
    """Derive the slope of the teacher's risk, the penalty where it vanishes, and the risk there."""
    account = Account()
    rho, q = teacher_overlaps(_gamma, _kappa, _noise)
    as_kappa = given_kappa(_lam, _kappa, _gamma)
    stages = positive(signal) & everywhere(_kappa, _gamma)
    teacher = {overlap: rho, energy: q}
    unlabelled = {symbol(name, "t"): symbol(name) for name in ("lam", "kappa")}
    resolvent = resolvent_in_kappa().rhs.subs(unlabelled)

    risk = account.line(incoming_risk()).rewrite(
        "risk",
        "insert the teacher",
        lambda e: tidy(e.subs(teacher)),
        Identity(teacher),
        uses=("chain_recursion",),
        note=r"$E_t = r^2 - 2\rho + q$.",
    )
    slope = account.line(risk).rewrite(
        "slope",
        "chain rule through kappa",
        lambda e: tidy(sp.diff(e, _kappa) / sp.diff(penalty(_kappa, _gamma), _kappa)),
        DerivativeOf(_lam, _kappa, as_kappa),
        uses=("risk", "kappa_derivative"),
        note=r"The slope of the risk in $\lambda$ is that in $\kappa$ times $d\kappa/d\lambda$.",
    )
    outer = _outer(slope)
    account.rewrite(
        "slope_in_lam",
        "collect and recognise $\\lambda$",
        _in_lam,
        Identity(as_kappa),
    )
    bracket = account.last
    account.line(outer).rewrite(
        "outer_positive",
        "positive form",
        tidy,
        Identity(positive=stages),
        uses=("slope_in_lam",),
    )
    account.line(sp.Gt(bracket, 0, evaluate=False)).rewrite(
        "rises",
        "divide by positive factors",
        lambda claim: over_positive(claim, outer),
        SameSign(outer, positive=stages),
        uses=("slope_in_lam", "outer_positive"),
        note=r"The risk rises exactly where $\lambda r^2 > \gamma\sigma^2$.",
    )
    vanishes = sp.Eq(account.last.lhs, 0)
    noise = sp.solve(vanishes, _noise)[0]
    at_best = {_noise: noise, **as_kappa}
    best_risk = account.line(risk).rewrite(
        "risk_there",
        "insert $\\sigma^2 = \\lambda_* r^2/\\gamma$",
        lambda e: tidy(e.subs(_noise, noise).subs(as_kappa)),
        Identity(at_best),
        uses=("rises", "risk"),
        note=r"The noise is eliminated; $\kappa$ is now that of $\lambda_*$.",
    )
    account.rewrite(
        "risk_in_resolvent",
        "recognise $\\kappa/(1+\\kappa) = \\lambda m$",
        lambda e: e.subs(_kappa, sp.solve(sp.Eq(_m, resolvent), _kappa)[0]).cancel(),
        Identity({_m: resolvent}),
        uses=("marchenko_pastur",),
    )
    resolvent_risk = account.last
    best = account.line(vanishes).rewrite(
        "optimal_penalty",
        "solve for the penalty",
        lambda equation: sp.Eq(_lam, sp.solve(equation, _lam)[0]),
        Solves(),
        uses=("rises",),
        note=r"The risk falls up to $\lambda_*$ and rises from it: it has no other minimum.",
    )
    return Derivation(
        name="optimal_teacher",
        title="The best ridge teacher",
        statement=(
            r"The slope of the teacher's risk in $\lambda$ has the sign of $\lambda - \gamma\sigma^2/r^2$: "
            r"the optimal penalty is "
            r"$\lambda_* = \gamma\sigma^2/r^2$, and the risk there is $r^2\kappa_*/(1+\kappa_*) = "
            r"r^2\lambda_* m(-\lambda_*)$."
        ),
        assumptions=(
            r"$\Sigma = \Gamma = I$; $d, n \to \infty$ with $d/n \to \gamma$.",
            r"$r^2 > 0$.",
        ),
        sources=("Dobriban, Wager 2018", "Hastie, Montanari, Rosset, Tibshirani 2022"),
        steps=tuple(account.steps),
        result=best.rhs,
        forms={
            "optimal penalty": best.rhs,
            "kappa": best_risk,
            "resolvent": resolvent_risk,
        },
        notation=notation_of("signal", "noise", "gamma", "kappa", "D"),
        uses=("chain_recursion", "kappa_derivative", "marchenko_pastur"),
    )
