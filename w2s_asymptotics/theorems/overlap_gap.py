r"""The identity that decides everything: by how much a teacher's energy exceeds its overlap.

The stage map at the target (multiplier 1, bias 0, covariance 0), and `m'` by implicit differentiation of
the quadratic of `m`. The identity is theory of this library; the penalty at which it vanishes is the
optimal one of Dobriban and Wager (2018).
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import DerivativeOf, Identity, SameSign
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.domain import positive
from w2s_asymptotics.theorems._isotropic import (
    energy,
    everywhere,
    given_kappa,
    inserted,
    notation_of,
    over_positive,
    overlap,
    said,
    signal,
    tidy,
)
from w2s_asymptotics.theorems.marchenko_pastur import resolvent_equation, resolvent_in_kappa
from w2s_asymptotics.theorems.ridge_map import isotropic_stage

__all__ = ["derivation", "teacher_overlaps"]

_gamma, _kappa, _lam, _noise = symbol("gamma"), symbol("kappa"), symbol("lam"), symbol("noise")
_m, _m_prime = symbol("m"), symbol("m_prime")


def teacher_overlaps(gamma: Any, kappa: Any, noise: Any) -> tuple[Any, Any]:
    """Return (rho, q) of a teacher: the stage map at the target itself."""
    stage = isotropic_stage(signal, noise, gamma, kappa, sp.S.One, sp.S.Zero, sp.S.Zero)
    multiplier, _, covariance = stage
    return tidy(multiplier * signal), multiplier**2 * signal + covariance


def _implicit_slope(quadratic: Any) -> Any:
    """Differentiate ``quadratic(m, lam) = 0``: m' is the slope in z = -lam."""
    return tidy(sp.diff(quadratic, _lam) / sp.diff(quadratic, _m))


def derivation() -> Derivation:
    """Derive the identity in kappa, then in (m, m'), and its sign."""
    account = Account()
    rho, q = teacher_overlaps(_gamma, _kappa, _noise)
    as_kappa = given_kappa(_lam, _kappa, _gamma)
    unlabelled = {symbol(name, "t"): symbol(name) for name in ("gamma", "lam", "kappa", "m")}
    resolvent = resolvent_in_kappa().rhs.subs(unlabelled)
    quadratic = resolvent_equation().lhs.subs(unlabelled)

    account.line(quadratic).rewrite(
        "resolvent",
        "insert $m$ in $\\kappa$",
        lambda e: tidy(inserted(e, {_m: resolvent, **as_kappa})),
        Identity({_m: resolvent, **as_kappa}),
        uses=("marchenko_pastur",),
        note=r"$\lambda m = \kappa/(1+\kappa)$ solves the quadratic of $m$.",
    )
    account.line(-_m).claim(
        "slope",
        "implicit differentiation",
        _implicit_slope(quadratic),
        DerivativeOf(_lam, _kappa, {_m: resolvent, **as_kappa}),
        uses=("resolvent",),
        note=r"$m'$ is taken in $z = -\lambda$, so it is the slope of $-m(-\lambda)$ in $\lambda$.",
    )
    slope = account.last
    first_factor = {_m_prime: slope, _m: resolvent, **as_kappa}
    factor = account.line(_m - _lam * _m_prime).rewrite(
        "first_factor",
        "insert $m$ and $m'$",
        lambda e: tidy(inserted(e, first_factor)),
        Identity(first_factor),
        uses=("slope",),
        note=r"The first factor is $1/D$.",
    )
    account.line(factor).rewrite(
        "first_factor_positive",
        "positive form",
        tidy,
        Identity(positive=everywhere(_kappa, _gamma)),
        uses=("first_factor",),
    )
    teacher = {overlap: rho, energy: q}
    account.line(energy - overlap).rewrite(
        "teacher_inserted",
        "insert the stage map at the target",
        lambda e: tidy(e.subs(teacher)),
        Identity(teacher),
        uses=("ridge_map",),
    )
    account.rewrite(
        "in_lam",
        "collect in $\\sigma^2$ and $r^2$, and recognise $\\lambda$",
        lambda e: (
            factor
            * sp.Add(
                *(tidy(sp.expand(sp.cancel(e / factor)).coeff(each)) * each for each in (_noise, signal))
            ).subs(tidy(as_kappa[_lam]), _lam)
        ),
        Identity(as_kappa),
        note=r"What multiplies $-r^2$ beside $1/D$ is $\kappa - \gamma\kappa/(1+\kappa) = \lambda$.",
    )
    in_kappa = account.last
    account.rewrite(
        "in_resolvent",
        "recognise the first factor",
        lambda e: e.subs(factor, _m - _lam * _m_prime),
        Identity(first_factor),
        uses=("first_factor",),
    )
    identity = account.last
    account.line(sp.Gt(in_kappa, 0, evaluate=False)).rewrite(
        "sign",
        "divide by positive factors",
        lambda claim: over_positive(claim, factor * signal),
        SameSign(factor * signal, positive=positive(signal) & everywhere(_kappa, _gamma)),
        uses=("in_lam", "first_factor_positive"),
        note=r"The energy exceeds the overlap iff $\lambda < \gamma\sigma^2/r^2$.",
    )
    account.line(energy - overlap).claim(
        "identity",
        "the identity",
        identity,
        Identity({**teacher, **first_factor}),
        uses=("in_resolvent", "teacher_inserted"),
    )
    return Derivation(
        name="overlap_gap",
        title="By how much a teacher overshoots",
        statement=(
            rf"At a ridge teacher $q - \rho$ is {said(identity)}, so $q > \rho$ if and only if "
            r"$\lambda < \gamma\sigma^2/r^2$: exactly when the teacher is under-regularised."
        ),
        assumptions=(r"$\Sigma = \Gamma = I$; $d, n \to \infty$ with $d/n \to \gamma$.",),
        sources=(
            "Identity: this derivation; the penalty where it vanishes is the optimal one of Dobriban and "
            "Wager (2018)",
        ),
        steps=tuple(account.steps),
        result=identity,
        forms={"resolvent": identity, "kappa": in_kappa},
        notation=notation_of("signal", "noise", "gamma", "kappa", "rho", "q"),
        uses=("ridge_map", "marchenko_pastur"),
    )
