r"""The best penalties of a chain: what a learner should leave to those that learn from it.

Statement
    The risk of the last of a chain depends on what any one learner of it leaves, overlap `rho'` and energy
    `q'`, through `r^2 - 2 A rho' + B q' + ...`, `A` and `B` the products of the later `a1` and `a2`. So that
    learner is the best student of labels whose overlap counts `w = A/B` times: the slope in its `lam` has the
    sign of

        (q lam - gamma sigma^2) (1 + kappa)^3/D^2 - (q - w rho),

    and as each `a1 - a2 = lam/D`, `w >= 1`, with equality iff no later learner has a penalty. It should have
    no penalty at all iff `w rho - q >= gamma sigma^2/(1 - gamma)^2` (gamma < 1),
    `w rho - q >= gamma^2 sigma^2/(gamma - 1)^2` (gamma > 1). The best penalty of the first is

        lam = gamma sigma^2/r^2 - (w - 1) D^2/(1 + kappa)^3,

    less than is best for itself as soon as a later learner regularises.
    With many rows (gamma -> 0, gamma sigma^2 -> s at each stage) only the last of two learners should
    regularise, with `lam = (s1 + s2)/r^2`: its risk is `r^2 (s1 + s2)/(r^2 + s1 + s2)`, below that of two
    learners each tuned for itself.

Assumptions
    Sigma = Gamma = I, fresh rows, proportional limit, labels of the learner before plus noise.

Proof
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
from w2s_asymptotics.theorems import registered
from w2s_asymptotics.theorems._isotropic import (
    energy,
    everywhere,
    given_kappa,
    inserted,
    notation_of,
    overlap,
    signal,
    tidy,
)
from w2s_asymptotics.theorems.chain_recursion import energy_factor, noise_energy, overlap_factor

__all__ = ["derivation"]

_gamma, _kappa, _lam, _noise = symbol("gamma"), symbol("kappa"), symbol("lam"), symbol("noise")
_w, _A, _B = sp.symbols("w A B", positive=True)
_rho_next, _q_next = sp.symbols("rho_next q_next", positive=True)
_later = sp.Symbol("N", nonnegative=True)
_c1, _c2, _c, _s, _s1, _s2 = sp.symbols("c_1 c_2 c s s_1 s_2", positive=True)


def _student_balance() -> Any:
    """The balance of the best student, for the stage in question."""
    plain = {symbol(name, "s"): symbol(name) for name in ("gamma", "kappa", "lam", "noise")}
    return registered("optimal_student").forms["balance"].subs(plain)


def derivation() -> Derivation:
    """Derive the balance of any learner of a chain, the law of many rows, the first one's best penalty."""
    account = Account()
    everywhere_here = everywhere(_kappa, _gamma)
    as_kappa = given_kappa(_lam, _kappa, _gamma)
    a1, a2 = overlap_factor(_kappa, _gamma), energy_factor(_kappa, _gamma)
    noisy = noise_energy(_kappa, _gamma, _noise)
    stage = {_rho_next: a1 * overlap, _q_next: a2 * energy + noisy}

    # What a stage contributes to the risk of the last.
    account.line(signal - 2 * _A * _rho_next + _B * _q_next + _later).rewrite(
        "risk_of_the_last",
        "insert the stage",
        lambda e: inserted(e, stage),
        Identity(stage),
        uses=("chain_recursion",),
        note=(
            r"$A$ and $B$ are the products of $a_1$ and $a_2$ of the later learners, $N$ what their label "
            "noise adds."
        ),
    )
    account.claim(
        "weighted",
        "name $w = A/B$",
        signal + _later + _B * (noisy + a2 * energy - 2 * a1 * _w * overlap),
        Identity({_A: _w * _B}),
        note="As for the last learner itself, but the overlap counts $w$ times.",
    )
    account.line(noisy + a2 * energy - 2 * a1 * _w * overlap).rewrite(
        "slope",
        "differentiate through kappa",
        lambda e: tidy(sp.diff(e, _kappa) / sp.diff(as_kappa[_lam], _kappa)),
        DerivativeOf(_lam, _kappa, as_kappa),
        uses=("weighted",),
    )
    slope = account.last
    weighted = _student_balance().subs(overlap, _w * overlap)
    factor = sp.factor(sp.cancel(slope / (weighted.lhs - weighted.rhs).subs(as_kappa)))
    balance = account.line(sp.Gt(slope, 0, evaluate=False)).claim(
        "balance",
        "as for the best student, with $w\\rho$ in place of $\\rho$",
        weighted,
        SameSign(factor, as_kappa, everywhere_here),
        uses=("slope", "optimal_student"),
        note="The slope changes sign once, as shown there for any overlap.",
    )
    pull = balance.lhs

    # The weight.
    drop = account.line(a1 - a2).claim(
        "factors_differ",
        "collect and recognise $\\lambda$",
        _lam / sp.fraction(noisy)[1],
        Identity(as_kappa),
        uses=("chain_recursion",),
        note=r"A learner multiplies $w$ by $a_1/a_2$, more than 1 iff it has a penalty.",
    )
    account.rewrite(
        "weight_exceeds_one",
        "positive form",
        lambda e: tidy(e.subs(as_kappa)),
        Identity(as_kappa, positive=everywhere_here),
        uses=("factors_differ",),
        note=r"For $\lambda > 0$. So $w \ge 1$, with equality iff no later learner has a penalty.",
    )

    # No penalty.
    for name, point, case in (("ridgeless_under", sp.S.Zero, "<"), ("ridgeless_over", _gamma - 1, ">")):
        account.line(pull.subs(as_kappa)).rewrite(
            name,
            "insert $\\lambda = 0$",
            lambda e, at=point: tidy(e.subs(_kappa, at)),
            Identity({_kappa: point}),
            uses=("balance",),
            note=(rf"For $\gamma {case} 1$: without penalty is best iff this is not below $q - w\rho$."),
        )

    # What comes out.
    stationary = sp.Eq(overlap, tidy(sp.solve(sp.Eq(pull.subs(as_kappa), balance.rhs), overlap)[0]))
    at_best = {_rho_next: a1 * overlap, _q_next: a2 * energy + noisy, overlap: stationary.rhs}
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
        _gamma / sp.fraction(noisy)[1] ** 2 * (_lam * energy - _gamma * _noise),
        Identity({**at_best, **as_kappa}),
        uses=("overlap_at_best", "chain_recursion"),
        note=(
            r"A learner at its best hands on labels that overshoot, as weighted, iff "
            r"$\lambda q > \gamma\sigma^2$."
        ),
    )

    # Many rows.
    places = tuple(
        {
            energy: sp.Rational(5, k),
            _s: sp.Rational(k, 7),
            _kappa: sp.Rational(k, 9),
        }
        for k in (1, 4, 8)
    )
    account.line(stage[_q_next].subs(_noise, _s / _gamma)).rewrite(
        "stage_of_many_rows",
        r"limit $\gamma \to 0$, $\gamma\sigma^2 = s$",
        lambda e: tidy(sp.limit(sp.cancel(e), _gamma, 0)),
        LimitOf(_gamma, 0, places),
        uses=("chain_recursion",),
        note=r"With $c = 1/(1+\kappa)$: $\rho' = c\rho$, $q' = c^2(q + s)$.",
    )
    rho_two, q_two = _c1 * _c2 * signal, _c2**2 * (_c1**2 * (signal + _s1) + _s2)
    account.line(signal - 2 * rho_two + q_two).claim(
        "two_of_many_rows",
        "name the product $c = c_1c_2$",
        signal * (1 - 2 * _c) + _c**2 * (signal + _s1) + _c**2 * _s2 / _c1**2,
        Identity({_c: _c1 * _c2}),
        uses=("stage_of_many_rows",),
        note=r"$c_1$ enters by what it amplifies of the later noise alone.",
    )
    two = account.last
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
    for_itself = signal / (signal + _s1)
    then = for_itself * signal / (for_itself * signal + _s2)
    account.line((signal - 2 * rho_two + q_two) - least).rewrite(
        "each_for_itself",
        "insert the penalties that are best for each alone",
        lambda e: tidy(inserted(e, {_c1: for_itself, _c2: then})),
        Identity({_c1: for_itself, _c2: then}, positive=positive(signal)),
        uses=("risk_of_many_rows", "optimal_student", "stage_of_many_rows"),
        note=r"$c_1 = r^2/(r^2 + s_1)$, then $c_2 = q_1/(q_1 + s_2)$ with $q_1 = \rho_1 = c_1r^2$.",
    )
    loss = account.last
    # The first learner.
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
            r"$\lambda = \gamma\sigma^2/r^2 - (w-1)D^2/(1+\kappa)^3$, less than is best for itself. "
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
