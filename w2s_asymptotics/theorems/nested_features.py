r"""A student that sees all its teacher sees and more: what the extra features do.

The gain of ``overlapping_features`` without a part where the student is blind; it is that of a student of an
isotropic world at ``b gamma_s``, of which the theorems on ``threshold`` and ``optimal_student`` speak.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import DerivativeOf, Identity, SameSign
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.domain import positive, said, within
from w2s_asymptotics.theorems import from_
from w2s_asymptotics.theorems._isotropic import Q, energy, everywhere, overlap, penalty
from w2s_asymptotics.theorems._two_sets import c, h, q, rho, t, theta, u, v
from w2s_asymptotics.theorems.chain_recursion import (
    energy_factor,
    incoming_risk,
    overlap_factor,
    student_risk,
)
from w2s_asymptotics.theorems.overlapping_features import RATIO, G, signal, surplus

__all__ = ["derivation"]

_gamma, _kappa, _lam, _noise = (symbol(name, "s") for name in ("gamma", "kappa", "lam", "noise"))
_a = sp.Symbol("a", positive=True)
_of_t, _of_s = sp.symbols("E_t E_s", positive=True)
_above = v - t * (1 - t) * signal
_seen = {overlap: _a * t * signal, energy: _a * (v + t**2 * signal)}
"""The teacher's overlap and energy, on the share a that it sees."""
_shares = {theta: 1 / (1 + _kappa), h: G / (1 + _kappa) ** 2}
_stages = everywhere(_kappa, G)


def _reduction(account: Account, nested: Any) -> None:
    """The gain is that of a student of an isotropic world."""
    factors = overlap_factor(_kappa, G), energy_factor(_kappa, G)
    found = {_of_t: incoming_risk(), _of_s: student_risk(*factors), **_seen}
    account.line(_of_t - _of_s).claim(
        "a student of an isotropic world",
        r"$\gamma_s \to g$, $\rho = atr^2$, $q = a(t^2r^2 + v)$",
        nested,
        Identity({**found, surplus: _above, _kappa: 1 / theta - 1, G: h / theta**2}),
        uses=("chain_recursion", "nested"),
        note=r"$g = b\gamma_s$: as if it saw what its teacher sees, with $1/b$ times the pseudo-labels a "
        "dimension.",
    )


def _wins(account: Account, nested: Any) -> Any:
    """When it wins: for small penalties, and beyond a threshold."""
    account.line(nested.subs(h, G * theta**2)).rewrite(
        "slope of the gain",
        r"differentiate in $\theta$",
        lambda form: sp.factor(sp.diff(form, theta)),
        DerivativeOf(theta, theta),
        uses=("nested",),
        note=r"$h = g\theta^2$.",
    )
    account.rewrite(
        "slope without a penalty",
        r"$\theta = 1$",
        lambda form: sp.cancel(form.subs(theta, 1)),
        Identity({theta: 1}),
        note=r"Where $g < 1$: a student without penalty repeats its teacher, $\theta = 1$, and any small one "
        "wins if and only if $m > 0$, however many features it has.",
    )
    return account.line(sp.Gt(nested, 0, evaluate=False)).claim(
        "it wins",
        r"divide by $\rho(1 - a_2)$",
        sp.Gt(Q, from_("threshold", "threshold").subs(_gamma, G), evaluate=False),
        SameSign(
            _a * t * signal * (1 - energy_factor(_kappa, G)),
            {surplus: (Q - 1) * t * signal, **_shares},
            _stages & positive(_a, t, signal),
        ),
        uses=("threshold", "a student of an isotropic world"),
        note=r"$Q = q/\rho = 1 + m/(tr^2)$; the threshold of a ridge student at g.",
    )


def _more_features(account: Account, nested: Any) -> None:
    """Features that the teacher does not see only cost, at one theta and at the best penalty."""
    cost = account.line(nested).claim(
        "cost of further features",
        "slope in $h$",
        -_a * (1 - theta) ** 2 * (v + t**2 * signal) / (1 - h) ** 2,
        DerivativeOf(h, h, {surplus: _above}),
        uses=("nested",),
        note=r"They enter by $h = b\gamma_s\theta^2$ alone.",
    )
    account.line(-cost).rewrite(
        "it is a cost",
        "positive form",
        sp.factor,
        Identity(positive=within(h, 0, theta) & within(theta, 0, 1) & positive(_a, v, t, signal)),
        uses=("cost of further features",),
        note=r"At every $\theta$, and so at the best: the student gains by its penalty and its rows, not by "
        "what it sees beyond its teacher.",
    )


def _best(account: Account) -> tuple[Any, Any]:
    """The best penalty, and what is gained there with many pseudo-labels."""
    stationary = from_("optimal_student", "balance").subs({_gamma: G, _noise: 0})
    pull = from_("overlapping_features", "balance").lhs.subs(RATIO, 0)
    given = {q[0]: energy, rho[0]: overlap, _lam: penalty(_kappa, G), **_shares}
    balance = account.line(sp.Lt(pull, rho[0] / q[0], evaluate=False)).claim(
        "best penalty",
        r"$k = 0$, $\theta = 1/(1 + \kappa_s)$",
        stationary,
        SameSign(1 / energy, given, positive(energy)),
        uses=("overlapping_features", "optimal_student"),
        note=r"Where the risk rises in $\lambda_s$: that of a ridge student at g, a root of its quartic.",
    )
    most = account.line(from_("optimal_student", "gain_with_many_samples")).claim(
        "gain with many pseudo-labels",
        r"insert the teacher, $q - \rho = am$",
        _a * surplus**2 / (v + t**2 * signal),
        Identity({**_seen, surplus: _above}),
        uses=("optimal_student",),
        note="The most that a student of its teacher's features can gain.",
    )
    return balance, most


@cache
def derivation() -> Derivation:
    """Derive the reduction, the threshold, the cost of further features and the best penalty."""
    account = Account()
    nested = account.line(from_("overlapping_features", "gain")).rewrite(
        "nested",
        "$u = 0$, $c = a$",
        lambda form: form.subs({u: 0, c: _a}),
        Identity({u: 0, c: _a}),
        uses=("overlapping_features",),
        note="The student sees the share a that its teacher sees, and more: b in all.",
    )
    _reduction(account, nested)
    wins = _wins(account, nested)
    _more_features(account, nested)
    balance, most = _best(account)
    account.line(from_("overlapping_features", "gain").subs(u, 0)).claim(
        "state the gain", "$c = a$", nested, Identity({c: _a}), uses=("nested",)
    )
    return Derivation(
        name="nested_features",
        title="A student that sees more than its teacher",
        statement=r"A student that sees the share a of coordinates that its teacher sees, and b in all, "
        rf"gains {said(nested)}, $h = b\gamma_s\theta^2$: what a student of an isotropic world gains at $d/n "
        r"= b\gamma_s$. Without a penalty it repeats its teacher; it wins for all small penalties if and "
        r"only if its teacher is under-regularised, $m > 0$. At its best penalty, features beyond "
        rf"its teacher's only cost. With many pseudo-labels and the best penalty it gains {said(most)}.",
        assumptions=(
            r"$\Sigma = \Gamma = I$, the signal $r^2$ spread evenly over the coordinates; fresh rows; labels "
            "that are the teacher's predictions.",
            r"$g = b\gamma_s < 1$ where no penalty is spoken of.",
        ),
        sources=("Derived here, from the theorems on overlapping sets and on ridge students.",),
        steps=tuple(account.steps),
        result=nested,
        forms={"gain": nested, "wins": wins, "best penalty": balance, "gain with many pseudo-labels": most},
        notation=(
            ("a, b", "shares of the coordinates that the teacher and the student see"),
            (r"t, \theta", r"$1/(1 + \kappa_t)$, $1/(1 + \kappa_s)$"),
            ("v", "the teacher's variance on a coordinate that it sees, times d"),
            ("m", r"$v - t(1 - t)r^2$, positive where the teacher's penalty is below its best"),
            ("g, h", r"$b\gamma_s$ and $g\theta^2$"),
            (r"\rho, q, Q", "overlap and energy of the teacher on what it sees, and their ratio"),
        ),
        uses=("chain_recursion", "threshold", "optimal_student", "overlapping_features"),
    )
