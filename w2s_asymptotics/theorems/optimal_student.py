r"""The best ridge student of a given teacher.

Differentiate the risk of the chain recursion. Derived here; the setting is mechanism 1 of [MH25].
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import DerivativeOf, Identity, LimitOf, SameSign, Solves
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.domain import Domain, margin
from w2s_asymptotics.theorems import registered
from w2s_asymptotics.theorems._isotropic import (
    denominator,
    energy,
    everywhere,
    given_kappa,
    inserted,
    notation_of,
    overlap,
    penalty,
    said,
    signal,
    tidy,
)
from w2s_asymptotics.theorems.chain_recursion import (
    energy_factor,
    incoming_risk,
    noise_energy,
    overlap_factor,
    student_risk,
)

__all__ = ["derivation", "stationary_polynomial"]

_gamma, _kappa, _lam, _noise = (
    symbol("gamma", "s"),
    symbol("kappa", "s"),
    symbol("lam", "s"),
    symbol("noise", "s"),
)
_a1, _a2, _x = sp.symbols("a_1 a_2 x", positive=True)
_E_t, _E_s = sp.symbols("E_t E_s", positive=True)
_k, _p = sp.symbols("k p", positive=True)
_w = sp.Symbol("w", nonnegative=True)


def stationary_polynomial() -> sp.Poly:
    """Return the quartic in kappa_s whose sign is that of the slope of the student's risk.

    Its coefficients are polynomials in rho, q, gamma_s and the noise added to the student's labels. For the
    first learner of a chain insert ``rho = q = signal``.

    >>> stationary_polynomial().degree()
    4
    """
    return sp.Poly(registered("optimal_student").result, _kappa)


def _balance(claim: Any) -> Any:
    """Collect the slope's polynomial in rho, q and the noise; recognise lam in what multiplies q."""
    polynomial = sp.expand(claim.lhs)
    on_overlap, on_energy, on_noise = (tidy(polynomial.coeff(each)) for each in (overlap, energy, _noise))
    on_lam = tidy((on_energy + on_overlap) / penalty(_kappa, _gamma))
    pull = on_lam * (_lam * energy + tidy(on_noise / on_lam) * _noise)
    return sp.Gt(pull / on_overlap, energy - overlap, evaluate=False)


def _fewer_dimensions() -> Domain:
    """``gamma <= 1``: ``gamma = (1 + kappa)/(1 + kappa + w)`` with ``w = (1 + kappa)(1 - gamma)/gamma``."""
    conditions = sp.Gt(_kappa, 0, evaluate=False), sp.Le(_gamma, 1, evaluate=False)
    of_kappa, short = map(margin, conditions)
    return Domain(
        conditions,
        {_gamma: (1 + _kappa) / (1 + _kappa + _w), _kappa: _k},
        {_w: (1 + of_kappa) * short / _gamma, _k: of_kappa},
    )


def _more_dimensions() -> Domain:
    """``gamma >= 1``: ``gamma = (1 + kappa)/(1 + p)``, ``kappa = p + w``, p as in `everywhere`."""
    conditions = (
        sp.Gt(_kappa, 0, evaluate=False),
        sp.Gt(_kappa, sp.factor(_kappa - penalty(_kappa, _gamma)), evaluate=False),
        sp.Ge(_gamma, 1, evaluate=False),
    )
    of_kappa, of_lam, beyond = map(margin, conditions)
    return Domain(
        conditions,
        {_gamma: (1 + _kappa) / (1 + _p), _kappa: _p + _w},
        {_p: of_lam * (1 + of_kappa) / (_gamma * of_kappa), _w: (1 + of_kappa) * beyond / _gamma},
    )


_STUDENTS = everywhere(_kappa, _gamma)
_D = denominator(_kappa, _gamma)
_PLACES = tuple(
    {
        _gamma: sp.Rational(k, 10),
        _noise: sp.Rational(k, 7),
        energy: sp.Rational(3, k),
        overlap: sp.Rational(k, 11),
    }
    for k in (1, 5, 9, 30)
)
"""Where limits are followed."""


def _slope(account: Account, as_kappa: dict[Any, Any]) -> tuple[Any, Any]:
    """The student's risk, and the sign of its slope in the penalty."""
    factors = {_a1: overlap_factor(_kappa, _gamma), _a2: energy_factor(_kappa, _gamma)}
    risk = account.line(student_risk(_a1, _a2) + noise_energy(_kappa, _gamma, _noise)).rewrite(
        "risk",
        "insert $a_1$ and $a_2$",
        lambda e: e.subs(factors),
        Identity(factors),
        uses=("chain_recursion",),
    )
    slope = account.rewrite(
        "slope",
        "differentiate through kappa",
        lambda e: tidy(sp.diff(e, _kappa) / sp.diff(penalty(_kappa, _gamma), _kappa)),
        DerivativeOf(_lam, _kappa, as_kappa),
    )
    above, below = sp.fraction(slope)
    numerator = max((part for part, _ in sp.factor_list(above)[1]), key=lambda part: len(part.args))
    numerator = numerator if numerator.coeff(_kappa, 4).subs(energy, 0) == overlap else -numerator
    outer = sp.cancel(above / numerator) / below
    account.line(sp.Gt(slope, 0, evaluate=False)).rewrite(
        "slope_sign",
        "divide by positive factors",
        lambda claim: sp.Gt(sp.expand(tidy(claim.lhs / outer)), 0, evaluate=False),
        SameSign(outer, positive=_STUDENTS),
        uses=("slope",),
    )
    account.rewrite(
        "balance",
        "collect and recognise $\\lambda_s$",
        _balance,
        SameSign(_D**2, as_kappa, _STUDENTS),
        note=r"The risk rises where this holds: shrinking too much against the overshoot of the teacher.",
    )
    balance = account.last
    return risk, balance


def _one_minimum(account: Account, pull: Any) -> None:
    """The slope changes sign once; whether it does, the ends tell."""
    steepness = account.line(pull).rewrite(
        "pull_slope",
        "differentiate",
        lambda e: tidy(sp.diff(e, _kappa)),
        DerivativeOf(_kappa, _kappa),
        uses=("balance",),
    )
    for name, rows, case in (
        ("rises_light", _fewer_dimensions(), r"\ge"),
        ("rises_heavy", _more_dimensions(), r"\le"),
    ):
        account.line(steepness).rewrite(
            name,
            "positive form",
            tidy,
            Identity(positive=rows),
            uses=("pull_slope",),
            note=(
                rf"Where $\lambda_s/(\kappa_s - \lambda_s) {case} \kappa_s$: the left side of the balance "
                "increases, so the slope of the risk changes sign at most once."
            ),
        )
    account.line(pull).rewrite(
        "heavy",
        "limit",
        lambda e: sp.limit(e, _kappa, sp.oo),
        LimitOf(_kappa, sp.oo, _PLACES),
        uses=("balance",),
        note=r"It exceeds $q - \rho$ in the end: the minimum is not at infinity.",
    )
    for name, point, case in (("ridgeless_under", sp.S.Zero, "<"), ("ridgeless_over", _gamma - 1, ">")):
        account.line(pull).rewrite(
            name,
            "insert $\\lambda_s = 0$",
            lambda e, at=point: tidy(e.subs(_kappa, at)),  # type: ignore[misc]
            Identity({_kappa: point}),
            uses=("balance",),
            note=(
                rf"For $\gamma_s {case} 1$; the ridgeless student is best only if this is not below $q - "
                rf"\rho$."
            ),
        )
    account.line(pull.subs({_gamma: 1, _noise: 0})).rewrite(
        "ridgeless_at_one",
        "limit, for $\\gamma_s = 1$ and noiseless labels",
        lambda e: sp.limit(sp.cancel(e), _kappa, 0),
        LimitOf(_kappa, 0, tuple({energy: each[energy]} for each in _PLACES)),
        uses=("balance",),
        note=(
            r"At $\gamma_s = 1$ exactly the ridgeless student is best while $q/4 \ge q - \rho$, that is "
            r"$q/\rho \le 4/3$."
        ),
    )


def _at_the_best(account: Account, risk: Any, balance: Any, pull: Any) -> Any:
    """The gain at the best student."""
    stationary = sp.Eq(overlap, sp.solve(sp.Eq(pull, energy - overlap), overlap)[0])
    account.line(sp.Eq(pull, energy - overlap)).claim(
        "overlap_at_best",
        "solve the stationarity for $\\rho$",
        stationary,
        Solves(),
        uses=("balance",),
    )
    at_best = {_E_t: incoming_risk(), _E_s: risk, overlap: stationary.rhs}
    gain = account.line(_E_t - _E_s).rewrite(
        "gain",
        "insert the risks and the stationarity",
        lambda e: _by_source(inserted(e, at_best)),
        Identity(at_best),
        uses=("chain_recursion",),
        takes=("overlap_at_best", "risk"),
        note=r"The gain at the best student.",
    )
    labelled_truly = {overlap: signal, energy: signal}
    account.line(balance.lhs - balance.rhs).rewrite(
        "teacher",
        "insert the target itself",
        lambda e: tidy(e.subs(labelled_truly)),
        Identity(labelled_truly),
        uses=("balance",),
        note=r"With $q = \rho = r^2$ it vanishes at $\lambda = \gamma\sigma^2/r^2$.",
    )
    return gain


def _many_rows(account: Account, risk: Any, pull: Any) -> Any:
    """The gain as gamma vanishes."""
    account.line(pull - (energy - overlap)).rewrite(
        "many_samples",
        "insert $\\gamma_s = 0$",
        lambda e: tidy(e.subs(_gamma, 0)),
        Identity({_gamma: 0}),
        uses=("balance",),
    )
    account.rewrite(
        "best_with_many_samples",
        "solve for $\\kappa_s$",
        lambda e: sp.Eq(_kappa, tidy(sp.solve(e, _kappa)[0])),
        Solves(),
        note=r"At $\gamma_s = 0$, $\lambda_s = \kappa_s$.",
    )
    plenty = {_gamma: 0, _kappa: account.last.rhs}
    plenty = {_E_t: incoming_risk(), _E_s: risk, **plenty}
    gain_plenty = account.line(_E_t - _E_s).rewrite(
        "gain_with_many_samples",
        "insert",
        lambda e: tidy(inserted(e, plenty)),
        Identity(plenty),
        takes=("best_with_many_samples", "risk"),
    )
    return gain_plenty


def _few_rows(account: Account, risk: Any, pull: Any) -> Any:
    """How far below the risk of predicting zero the student gets, as gamma grows."""
    scarce = tuple({**each, _x: sp.Rational(k, 3)} for k, each in zip((4, 5, 7, 11), _PLACES, strict=True))
    scarce = tuple({name: value for name, value in each.items() if name != _gamma} for each in scarce)
    account.line(pull.subs(_kappa, _x * _gamma) - (energy - overlap)).rewrite(
        "few_samples",
        "limit, with $\\kappa_s = x\\gamma_s$",
        lambda e: tidy(sp.limit(sp.cancel(e), _gamma, sp.oo)),
        LimitOf(_gamma, sp.oo, scarce),
        uses=("balance",),
        note=r"$\lambda_s/\gamma_s \to x - 1$.",
    )
    best_few = account.rewrite(
        "best_with_few_samples",
        "solve for $x$",
        lambda e: sp.Eq(_x, tidy(sp.solve(e, _x)[0])),
        Solves(),
    )
    account.line((_gamma * (signal - risk)).subs(_kappa, _x * _gamma)).rewrite(
        "risk_with_few_samples",
        "limit, with $\\kappa_s = x\\gamma_s$",
        lambda e: tidy(sp.limit(sp.cancel(e), _gamma, sp.oo)),
        LimitOf(_gamma, sp.oo, scarce),
        uses=("risk",),
        note=(
            r"To first order in $1/\gamma_s$, how far the student gets below the risk $r^2$ of predicting "
            r"zero."
        ),
    )
    reach = account.rewrite(
        "reach_with_few_samples",
        "insert the best $x$",
        lambda e: tidy(e.subs(_x, best_few.rhs)),
        Identity({_x: best_few.rhs}),
        uses=("best_with_few_samples",),
    )
    return reach


def derivation() -> Derivation:
    """Derive the slope's sign, that it changes once, the gain at the best student and the limits in gamma."""
    account = Account()
    as_kappa = given_kappa(_lam, _kappa, _gamma)
    risk, balance = _slope(account, as_kappa)
    pull = balance.lhs.subs(as_kappa)
    _one_minimum(account, pull)
    gain = _at_the_best(account, risk, balance, pull)
    gain_plenty = _many_rows(account, risk, pull)
    reach = _few_rows(account, risk, pull)
    polynomial = account.line((balance.lhs - balance.rhs) * _D**2).rewrite(
        "stationary_polynomial",
        "clear the denominator and collect",
        lambda e: sp.collect(sp.expand(tidy(e.subs(as_kappa))), _kappa),
        Identity(as_kappa),
        uses=("balance",),
    )
    return Derivation(
        name="optimal_student",
        title="The best ridge student",
        statement=(
            r"The slope of the student's risk in $\lambda_s$ has the sign of "
            r"$(q\lambda_s - \gamma_s\sigma_s^2)(1+\kappa_s)^3/D^2 - (q - \rho)$, which increases: the risk "
            r"has one minimum. For $\gamma_s \ne 1$ it is at a root of a quartic in $\kappa_s$ whenever the "
            r"teacher overshoots. As $\gamma_s \to 0$ the gain there tends to "
            rf"{said(gain_plenty)}; as $\gamma_s \to \infty$, $\gamma_s(r^2 - E_s)$ tends to {said(reach)}."
        ),
        assumptions=(
            r"$\Sigma = \Gamma = I$; fresh rows for the student; $d, n \to \infty$; $\rho > 0$.",
            r"The student's labels are the teacher's predictions plus noise of variance $\sigma_s^2$.",
            r"The limits of the gain hold for $q > \rho$; in $\gamma_s \to \infty$ it is enough that $q + "
            r"\sigma_s^2 > \rho$.",
        ),
        sources=("Derived here; the setting is that of Moniri, Hassani, arXiv:2505.18346 (mechanism 1)",),
        steps=tuple(account.steps),
        result=polynomial,
        forms={
            "stationary polynomial": polynomial,
            "balance": balance,
            "gain": gain,
            "gain as gamma -> 0": gain_plenty,
            "gamma (r^2 - E_s) as gamma -> inf": reach,
        },
        notation=notation_of("signal", "noise", "gamma", "kappa", "rho", "q", "D"),
        uses=("chain_recursion",),
        cases={_gamma: ("rises_light", "rises_heavy")},
    )


def _by_source(gain: Any) -> Any:
    """Write the gain as what the teacher's energy contributes and what the label noise does."""
    expanded = sp.expand(sp.cancel(gain))
    return sp.Add(*(tidy(sp.cancel(sp.diff(expanded, each))) * each for each in (energy, _noise)))
