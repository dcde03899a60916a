r"""Generations: each learner labels fresh rows for the next, with label noise at every stage.

Solve the recursion of ``chain_recursion`` from ``rho = q = r^2`` and read the risk off; take limits.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import Identity, LimitOf, Solves
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.theorems._isotropic import denominator, inserted, notation_of, signal, tidy
from w2s_asymptotics.theorems.chain_recursion import energy_factor, overlap_factor

__all__ = ["derivation", "risk_of_generation"]

_gamma, _kappa, _noise = symbol("gamma"), symbol("kappa"), symbol("noise")
_a1, _a2, _w = sp.symbols("a_1 a_2 w", positive=True)
_n = sp.Symbol("n", integer=True, nonnegative=True)
_rho, _q = sp.Function("rho"), sp.Function("q")
_rho_n, _q_n = sp.symbols("rho_n q_n", positive=True)


def risk_of_generation(count: Any = _n) -> Any:
    """Return the excess risk of the n-th of equal generations, in a1, a2 and w."""
    energy = _a2**count * signal + _w * (1 - _a2**count) / (1 - _a2)
    return signal - 2 * _a1**count * signal + energy


def derivation() -> Derivation:
    """Derive the risk by generation, its limit, and the two ridgeless laws."""
    account = Account()
    account.line(sp.Eq(_rho(_n), _a1 * _rho(_n - 1))).claim(
        "overlap_of_generation",
        "geometric sequence",
        sp.Eq(_rho(_n), _a1**_n * signal),
        Solves(start=signal),
        uses=("chain_recursion",),
        note=r"The first generation learns from the truth: $\rho_0 = r^2$.",
    )
    account.line(sp.Eq(_q(_n), _a2 * _q(_n - 1) + _w)).claim(
        "energy_of_generation",
        "solve the recurrence",
        sp.Eq(_q(_n), _a2**_n * signal + _w * (1 - _a2**_n) / (1 - _a2)),
        Solves(start=signal),
        uses=("chain_recursion",),
        note=r"$q_0 = r^2$ likewise; $w = \gamma\sigma^2/D$ at every generation.",
    )
    overlap, energy = (step.after.rhs for step in account.steps)
    solved = {_rho_n: overlap, _q_n: energy}
    risk = account.line(signal - 2 * _rho_n + _q_n).rewrite(
        "risk_of_generation",
        "read the risk off",
        lambda e: inserted(e, solved),
        Identity(solved),
        uses=("overlap_of_generation", "energy_of_generation"),
        note=r"$E = r^2 - 2\rho + q$.",
    )
    samples = tuple(
        {
            _a1: sp.Float(k, 60) / 12,
            _a2: sp.Float(k, 60) / 10,
            _w: sp.Rational(k, 7),
            signal: sp.Rational(3, k),
        }
        for k in (2, 5, 8)
    )
    account.line(risk).rewrite(
        "limit_of_generations",
        "limit of many generations",
        lambda e: e.subs({_a1**_n: 0, _a2**_n: 0}),
        LimitOf(_n, sp.oo, samples),
        uses=("risk_of_generation", "chain_recursion"),
        note=r"$a_1, a_2 < 1$ wherever a penalty shrinks: all of the target is forgotten.",
    )
    stage = {
        _w: _gamma * _noise / denominator(_kappa, _gamma),
        _a1: overlap_factor(_kappa, _gamma),
        _a2: energy_factor(_kappa, _gamma),
    }
    limit = account.rewrite(
        "limit_in_kappa",
        "insert the stage",
        lambda e: signal + tidy(inserted(e, stage) - signal),
        Identity(stage),
    )
    account.line(risk.subs(_a1, _a2).subs(_n, 5)).claim(
        "ridgeless_collapse",
        r"limit $a_1, a_2 \to 1$",
        5 * _w,
        LimitOf(
            sp.Symbol("epsilon", positive=True),
            0,
            tuple(
                {_a2: 1 - sp.Symbol("epsilon", positive=True), _w: sp.Rational(k, 7), signal: k}
                for k in (1, 3)
            ),
        ),
        uses=("risk_of_generation",),
        note=(
            r"Here n = 5. At $\lambda = 0$, $\gamma < 1$: $\kappa = 0$, $w = \gamma\sigma^2/(1-\gamma)$, "
            "and the risk is n w: the label noise of all generations adds up."
        ),
    )
    account.line(
        risk.subs(
            {_a1: overlap_factor(_gamma - 1, _gamma), _a2: sp.cancel(energy_factor(_gamma - 1, _gamma))}
        )
    ).claim(
        "forgetting",
        r"$\lambda = 0$, $\gamma > 1$",
        signal * (1 - _gamma**-_n) + _w * _gamma * (1 - _gamma**-_n) / (_gamma - 1),
        Identity(),
        uses=("risk_of_generation",),
        note=r"$\kappa = \gamma - 1$ makes both factors $1/\gamma$; here $w = \sigma^2/(\gamma - 1)$.",
    )
    return Derivation(
        name="generations",
        title="Generations of learners, with label noise at each",
        statement=r"After n equal generations the excess risk is "
        r"$r^2(1 - 2a_1^n + a_2^n) + w(1 - a_2^n)/(1 - a_2)$; it tends to $r^2 + w/(1 - a_2)$, and "
        r"without penalty, for $\gamma < 1$, grows by $w = \gamma\sigma^2/(1-\gamma)$ every generation.",
        assumptions=(
            r"$\Sigma = \Gamma = I$, fresh rows every generation, $d, n \to \infty$ with $d/n \to \gamma$.",
            r"Every generation has the same $\gamma$, $\lambda$ and label noise $\sigma^2$.",
        ),
        sources=("Dohmatob, Feng, Kempe, arXiv:2402.07712 (generations with label noise)",),
        steps=tuple(account.steps),
        result=account.last,
        forms={
            "risk of generation n": risk,
            "limit": limit,
            "ridgeless, more dimensions than rows": account.last,
        },
        notation=(
            *notation_of("signal", "noise", "gamma", "kappa", "D"),
            ("n", "the generation; 1 learns from true labels"),
            ("a_1, a_2", "factors of overlap and energy at a stage"),
            ("w", r"$\gamma\sigma^2/D$, the energy that label noise adds"),
        ),
        uses=("chain_recursion",),
    )
