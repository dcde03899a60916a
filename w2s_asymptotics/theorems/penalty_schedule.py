r"""The best penalties of a chain: what a learner should leave to those that learn from it.

The chain recursion is linear in `(rho, q)`; compare with `optimal_student`. Derived here.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import DerivativeOf, Identity, LimitOf, SameSign, Solves
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.domain import positive
from w2s_asymptotics.theorems import from_
from w2s_asymptotics.theorems._isotropic import (
    denominator,
    energy,
    everywhere,
    given_kappa,
    inserted,
    notation_of,
    overlap,
    said,
    signal,
    tidy,
)

__all__ = ["derivation"]

_gamma, _kappa, _lam, _noise = symbol("gamma"), symbol("kappa"), symbol("lam"), symbol("noise")
_w, _A, _B = sp.symbols("w A B", positive=True)
_rho_next, _q_next = sp.symbols("rho_next q_next", positive=True)
_later = sp.Symbol("N", nonnegative=True)
_c1, _c2, _c, _s, _s1, _s2 = sp.symbols("c_1 c_2 c s s_1 s_2", positive=True)
_STAGES = everywhere(_kappa, _gamma)
_D = denominator(_kappa, _gamma)


def _student_balance() -> Any:
    """The balance of the best student, for the stage in question."""
    plain = {symbol(name, "s"): symbol(name) for name in ("gamma", "kappa", "lam", "noise")}
    return from_("optimal_student", "balance").subs(plain)


def _stage() -> dict[Any, Any]:
    """Return what a stage makes of overlap and energy, as the chain recursion proves it."""
    return {
        _rho_next: from_("chain_recursion", "overlap_shrinks"),
        _q_next: from_("chain_recursion", "energy_recursion"),
    }


def _risk_of_the_last(account: Account) -> Any:
    """What a stage contributes to the risk of the last: that of its own, but with a weighted overlap."""
    rho, q = (from_("chain_recursion", name).rhs for name in ("overlap_product", "product_form"))
    start = {overlap: _rho_next, energy: _q_next}
    left = {_rho_next: rho.subs(start), _q_next: q.subs(start)}
    factors = rho / overlap, sp.diff(q, energy)
    account.line(from_("chain_recursion", "risk_in_overlaps").subs(left, simultaneous=True)).claim(
        "later_stages",
        "name the products",
        signal - 2 * _A * _rho_next + _B * _q_next + _later,
        Identity({_A: factors[0], _B: factors[1], _later: q.subs(energy, 0)}),
        uses=("chain_recursion",),
        note=(
            r"$A$ and $B$ are the products of $a_1$ and $a_2$ of the later learners, $N$ what their label "
            "noise adds."
        ),
    )
    stage = _stage()
    account.rewrite(
        "risk_of_the_last",
        "insert the stage",
        lambda e: inserted(e, stage),
        Identity(stage),
        uses=("chain_recursion",),
    )
    weighted = signal + _later + _B * (stage[_q_next] - 2 * _w * stage[_rho_next])
    account.claim(
        "weighted",
        "name $w = A/B$",
        weighted,
        Identity({_A: _w * _B}),
        note="As for the last learner itself, but the overlap counts $w$ times.",
    )
    return sp.diff(weighted, _B)


def _balance(account: Account, own: Any, as_kappa: dict[Any, Any]) -> Any:
    """The sign of the slope of the risk of the last in this learner's penalty."""
    account.line(own).rewrite(
        "slope",
        "differentiate through kappa",
        lambda e: tidy(sp.diff(e, _kappa) / sp.diff(as_kappa[_lam], _kappa)),
        DerivativeOf(_lam, _kappa, as_kappa),
        uses=("weighted",),
    )
    slope = account.last
    weighted = _student_balance().subs(overlap, _w * overlap)
    factor = sp.factor(sp.cancel(slope / (weighted.lhs - weighted.rhs).subs(as_kappa)))
    return account.line(sp.Gt(slope, 0, evaluate=False)).claim(
        "balance",
        "as for the best student, with $w\\rho$ in place of $\\rho$",
        weighted,
        SameSign(factor, as_kappa, _STAGES),
        uses=("slope", "optimal_student"),
        note="The slope changes sign once, as shown there for any overlap.",
    )


def _weight(account: Account, as_kappa: dict[Any, Any]) -> Any:
    """The weight: by how much a learner multiplies it."""
    a1, a2 = from_("chain_recursion", "overlap factor"), from_("chain_recursion", "energy factor")
    drop = account.line(a1 - a2).claim(
        "factors_differ",
        "collect and recognise $\\lambda$",
        _lam / _D,
        Identity(as_kappa),
        uses=("chain_recursion",),
        note=r"A learner multiplies $w$ by $a_1/a_2$, more than 1 iff it has a penalty.",
    )
    account.rewrite(
        "weight_exceeds_one",
        "positive form",
        lambda e: tidy(e.subs(as_kappa)),
        Identity(as_kappa, positive=_STAGES),
        uses=("factors_differ",),
        note=r"For $\lambda > 0$. So $w \ge 1$, with equality iff no later learner has a penalty.",
    )

    return drop


def _without_penalty(account: Account, pull: Any, as_kappa: dict[Any, Any]) -> None:
    """When it is best to have no penalty at all."""
    for name, point, case in (("ridgeless_under", sp.S.Zero, "<"), ("ridgeless_over", _gamma - 1, ">")):
        account.line(pull.subs(as_kappa)).rewrite(
            name,
            "insert $\\lambda = 0$",
            lambda e, at=point: tidy(e.subs(_kappa, at)),  # type: ignore[misc]
            Identity({_kappa: point}),
            uses=("balance",),
            note=(rf"For $\gamma {case} 1$: without penalty is best iff this is not below $q - w\rho$."),
        )


def _handed_on(account: Account, balance: Any, as_kappa: dict[Any, Any]) -> Any:
    """What a learner at its best leaves to those that learn from it."""
    pull = balance.lhs
    stationary = sp.Eq(overlap, tidy(sp.solve(sp.Eq(pull.subs(as_kappa), balance.rhs), overlap)[0]))
    at_best = {**_stage(), overlap: stationary.rhs}
    account.line(sp.Eq(pull.subs(as_kappa), balance.rhs)).claim(
        "overlap_at_best",
        "solve the stationarity for $\\rho$",
        stationary,
        Solves(),
        uses=("balance",),
    )
    out = account.line(_q_next - _w * _rho_next).claim(
        "overshoot_handed_on",
        "insert the stage and the stationarity",
        _gamma / _D**2 * (_lam * energy - _gamma * _noise),
        Identity({**at_best, **as_kappa}),
        uses=("overlap_at_best", "chain_recursion"),
        note=(
            r"A learner at its best hands on labels that overshoot, as weighted, iff "
            r"$\lambda q > \gamma\sigma^2$."
        ),
    )

    return out


def _many_rows(account: Account) -> tuple[Any, Any]:
    """Two learners of many rows: only the last should have a penalty."""
    places = tuple(
        {energy: sp.Rational(5, k), _s: sp.Rational(k, 7), _kappa: sp.Rational(k, 9)} for k in (1, 4, 8)
    )
    in_c = {_kappa: 1 / _c - 1}
    account.line(_stage()[_q_next].subs(_noise, _s / _gamma)).rewrite(
        "stage_of_many_rows",
        r"limit $\gamma \to 0$, $\gamma\sigma^2 = s$",
        lambda e: tidy(sp.limit(sp.cancel(e), _gamma, 0)),
        LimitOf(_gamma, 0, places),
        uses=("chain_recursion",),
    )
    taught = account.rewrite(
        "energy_of_many_rows",
        r"name $c = 1/(1 + \kappa)$",
        lambda e: tidy(e.subs(in_c)),
        Identity(in_c),
        note=r"$q' = c^2(q + s)$.",
    )
    kept = account.line(_stage()[_rho_next]).rewrite(
        "overlap_of_many_rows",
        r"name $c = 1/(1 + \kappa)$",
        lambda e: tidy(e.subs(in_c)),
        Identity(in_c),
        uses=("chain_recursion",),
        note=r"$\rho' = c\rho$.",
    )
    rho, q = (each.subs({overlap: signal, energy: signal, _c: _c1, _s: _s1}) for each in (kept, taught))
    rho_two, q_two = (
        each.subs({overlap: rho, energy: q, _c: _c2, _s: _s2}, simultaneous=True) for each in (kept, taught)
    )
    of_two = from_("chain_recursion", "risk_in_overlaps").subs({_rho_next: rho_two, _q_next: q_two})
    two = account.line(of_two).claim(
        "two_of_many_rows",
        "name the product $c = c_1c_2$",
        signal * (1 - 2 * _c) + _c**2 * (signal + _s1) + _c**2 * _s2 / _c1**2,
        Identity({_c: _c1 * _c2}),
        uses=("energy_of_many_rows", "overlap_of_many_rows"),
        note=r"$c_1$ enters by what it amplifies of the later noise alone.",
    )
    account.line(-two).rewrite(
        "no_early_penalty",
        "differentiate",
        lambda e: tidy(sp.diff(e, _c1)),
        DerivativeOf(_c1, _c1),
        uses=("two_of_many_rows",),
        note=r"Positive: for every $c$ the risk falls as $c_1$ grows to 1, its value without a penalty.",
    )
    whole = account.line(two).rewrite(
        "at_no_early_penalty",
        "insert $c_1 = 1$",
        lambda e: e.subs(_c1, 1),
        Identity({_c1: sp.S.One}),
        uses=("no_early_penalty",),
    )
    slope_c = account.line(whole).rewrite(
        "slope_in_c",
        "differentiate",
        lambda e: sp.diff(e, _c),
        DerivativeOf(_c, _c),
        uses=("at_no_early_penalty",),
    )
    best_c = account.line(sp.Eq(slope_c, 0)).rewrite(
        "best_c",
        "set the slope to zero",
        lambda e: sp.Eq(_c, tidy(sp.solve(e, _c)[0])),
        Solves(),
        uses=("slope_in_c",),
        note=r"$\lambda = \kappa = 1/c - 1 = (s_1 + s_2)/r^2$: one penalty for the noise of both.",
    )
    least = account.line(whole).rewrite(
        "risk_of_many_rows",
        "insert",
        lambda e: tidy(e.subs(_c, best_c.rhs)),
        Identity({_c: best_c.rhs}),
        uses=("best_c", "at_no_early_penalty"),
    )
    return least, _each_for_itself(account, of_two, rho, q, least)


def _each_for_itself(account: Account, of_two: Any, rho: Any, q: Any, least: Any) -> Any:
    """What is lost there if each learner is tuned for its own risk."""
    own = from_("chain_recursion", "risk_in_overlaps").subs({_rho_next: rho, _q_next: q})
    alone = {}
    for name, risk, factor in (("first", own, _c1), ("second", of_two, _c2)):
        alone[factor] = (
            account.line(sp.Eq(sp.diff(risk, factor), 0))
            .rewrite(
                f"{name}_for_itself",
                "solve for the factor",
                lambda e, factor=factor: sp.Eq(factor, tidy(sp.solve(e, factor)[0])),  # type: ignore[misc]
                Solves(),
                uses=("energy_of_many_rows", "overlap_of_many_rows"),
                note="Where the slope of its own risk vanishes.",
            )
            .rhs
        )
    tuned = {_c2: alone[_c2], _c1: alone[_c1]}
    return account.line(of_two - least).rewrite(
        "each_for_itself",
        "insert the penalties that are best for each alone",
        lambda e: tidy(inserted(e, tuned)),
        Identity(tuned, positive=positive(signal)),
        uses=("risk_of_many_rows", "first_for_itself", "second_for_itself"),
        note=r"$c_1 = r^2/(r^2 + s_1)$, then $c_2 = q_1/(q_1 + s_2)$ with $q_1 = \rho_1 = c_1r^2$.",
    )


def derivation() -> Derivation:
    """Derive the balance of any learner of a chain, the law of many rows, the first one's best penalty."""
    account = Account()
    as_kappa = given_kappa(_lam, _kappa, _gamma)
    balance = _balance(account, _risk_of_the_last(account), as_kappa)
    pull = balance.lhs
    drop = _weight(account, as_kappa)
    _without_penalty(account, pull, as_kappa)
    out = _handed_on(account, balance, as_kappa)
    least, loss = _many_rows(account)
    labelled_truly = {overlap: signal, energy: signal}
    first = sp.Eq((pull - balance.rhs).subs(labelled_truly), 0)
    best_first = account.line(first).rewrite(
        "best_first_penalty",
        "solve for $\\lambda$, with $\\rho = q = r^2$",
        lambda e: sp.Eq(
            _lam,
            _gamma * _noise / signal + tidy(sp.solve(e, _lam)[0] - _gamma * _noise / signal),
        ),
        Solves(),
        uses=("balance",),
        note=r"It is below $\gamma\sigma^2/r^2$, which is best for itself, as soon as $w > 1$.",
    )
    return Derivation(
        name="penalty_schedule",
        title="The best penalties of a chain",
        statement=(
            r"Tuned for the risk of the last, a learner of a chain is the best student of labels whose "
            r"overlap counts $w$ times: the slope in its $\lambda$ has the sign of "
            r"$(q\lambda - \gamma\sigma^2)(1+\kappa)^3/D^2 - (q - w\rho)$, where $w \ge 1$ is the product of "
            r"$a_1/a_2$ over the later learners, and $a_1 - a_2 = \lambda/D$. The first should have "
            rf"$\lambda$ at {said(best_first.rhs)}, less than is best for itself. "
            r"With many rows only the last of two should have a penalty."
        ),
        assumptions=(
            r"$\Sigma = \Gamma = I$; fresh rows at every stage; $d, n \to \infty$ with $d/n \to \gamma$.",
            r"Labels of a stage are the predictions of the stage before plus noise of variance $\sigma^2$.",
            r"The forms for many rows: $\gamma \to 0$ with $\gamma\sigma^2 = s$ fixed at each stage.",
            "All these balances at once can have several solutions; none is singled out here.",
        ),
        sources=("Derived here; the setting is that of Dohmatob, Feng, Kempe, arXiv:2402.07712.",),
        steps=tuple(account.steps),
        result=best_first,
        forms={
            "balance": balance,
            "what a penalty takes from a1 to a2": drop,
            "best penalty of the first": best_first,
            "overshoot handed on": out,
            "risk with many rows, two learners": least,
            "what tuning each for itself loses there": loss,
        },
        notation=(
            *notation_of("signal", "noise", "gamma", "kappa", "rho", "q", "D"),
            ("w", "the product of $a_1/a_2$ over all later learners"),
            ("a_1, a_2", "factors of overlap and energy at a stage"),
            (r"s_1, s_2", r"$\gamma\sigma^2$ of the two stages"),
        ),
        uses=("chain_recursion", "optimal_student"),
    )
