r"""When a ridge student beats its teacher: the threshold that the teacher's overshoot must exceed.

`E_s - E_t` is linear in (rho, q) by the chain recursion; the rest is the algebra of one rational function.
Setting: [MH25], mechanism 1.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import DerivativeOf, Identity, LimitOf, SameSign, Solves
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.domain import positive, within
from w2s_asymptotics.theorems._isotropic import (
    Q,
    energy,
    everywhere,
    given_kappa,
    notation_of,
    overlap,
    penalty,
    tidy,
)
from w2s_asymptotics.theorems.chain_recursion import (
    energy_factor,
    incoming_risk,
    overlap_factor,
    student_risk,
)

__all__ = ["derivation", "threshold"]

_gamma, _kappa, _lam = symbol("gamma", "s"), symbol("kappa", "s"), symbol("lam", "s")
_a1, _a2 = sp.symbols("a_1 a_2", positive=True)
_t, _s = sp.symbols("t s", positive=True)
_p, _g = sp.symbols("p g", positive=True)


def threshold(kappa: Any, gamma: Any) -> Any:
    """Return t, which q/rho of the teacher must exceed for the student at ``kappa`` to win."""
    return tidy(2 * (1 - overlap_factor(kappa, gamma)) / (1 - energy_factor(kappa, gamma)))


_STAGES = everywhere(_kappa, _gamma)
_MORE_ROWS, _FEWER_ROWS = within(_gamma, 0, 1), within(_gamma, 1, sp.oo)


def _of_any_student(account: Account, factors: dict[Any, Any]) -> tuple[Any, Any]:
    """What q/rho must exceed: in a1 and a2, and in kappa."""
    account.line(1 - _a2).rewrite(
        "one_minus_a2",
        "positive form",
        lambda e: tidy(e.subs(factors)),
        Identity(factors, positive=_STAGES),
        uses=("chain_recursion",),
        note="A stage always shrinks the energy it is taught.",
    )
    account.line(sp.Lt(student_risk(_a1, _a2), incoming_risk(), evaluate=False)).rewrite(
        "student_wins",
        "collect in $q$ and $\\rho$",
        lambda claim: sp.Gt(
            *(sp.collect(sp.expand(claim.rhs - claim.lhs), (energy, overlap)), 0), evaluate=False
        ),
        SameSign(sp.S.One),
        uses=("chain_recursion",),
    )
    share = overlap * (1 - _a2)
    account.rewrite(
        "over_threshold",
        "divide by positive factors and solve for $q/\\rho$",
        lambda claim: sp.Gt(Q, tidy(sp.solve(claim.lhs.subs(energy, Q * overlap), Q)[0]), evaluate=False),
        SameSign(share, {energy: Q * overlap, **factors}, _STAGES),
        uses=("one_minus_a2",),
        note=r"$Q = q/\rho$ is all that matters of the teacher.",
    )
    wins = account.last
    inserting = {_t: wins.rhs, **factors}
    t = account.line(_t).rewrite(
        "threshold",
        "insert $a_1$ and $a_2$",
        lambda e: tidy(e.subs(_t, wins.rhs).subs(factors)),
        Identity(inserting),
        uses=("over_threshold",),
    )
    return wins, t


def _bounds(account: Account, t: Any) -> None:
    """It lies between 1 and 2."""
    account.line(t - 1).rewrite(
        "above_one",
        "positive form",
        tidy,
        Identity(positive=_STAGES),
        uses=("threshold",),
        note="A student of a teacher that does not overshoot cannot win.",
    )
    account.line(2 - t).rewrite(
        "below_two",
        "positive form",
        tidy,
        Identity(positive=_STAGES),
        uses=("threshold",),
        note="A student of a teacher no better than predicting zero always wins.",
    )
    as_kappa = given_kappa(_lam, _kappa, _gamma)
    account.line(2 * (t - 1) / (2 - t)).rewrite(
        "as_ratio",
        "recognise $\\lambda$",
        lambda e: (tidy(e) * tidy(penalty(_kappa, _gamma))).cancel() / _lam,
        Identity(as_kappa),
        uses=("threshold",),
        note=r"With $\kappa\omega = \lambda$ this is the ratio of the two roots $\kappa/\omega$.",
    )


def _shape(account: Account, t: Any) -> Any:
    """Where it rises and falls: a quadratic in kappa tells."""
    shape = account.line(t).rewrite(
        "slope",
        "differentiate",
        lambda e: tidy(sp.diff(e, _kappa)),
        DerivativeOf(_kappa, _kappa),
        uses=("threshold",),
    )
    above, below = sp.fraction(shape)
    quadratic = sp.Poly(above, _kappa).primitive()[1].as_expr()
    account.line(sp.Gt(shape, 0, evaluate=False)).claim(
        "slope_sign",
        "drop positive factors",
        sp.Gt(sp.collect(sp.expand(quadratic), _kappa), 0, evaluate=False),
        SameSign(sp.cancel(above / quadratic) / below, positive=_STAGES),
        uses=("slope",),
    )
    account.line(quadratic).rewrite(
        "rises_below_one",
        "positive form",
        lambda e: sp.collect(sp.expand(e), _kappa, sp.factor),
        Identity(positive=positive(_kappa) & _MORE_ROWS),
        uses=("slope_sign",),
        note=r"For $\gamma_s < 1$ the threshold increases throughout.",
    )
    account.line(quadratic).rewrite(
        "rises_at_one",
        "insert $\\gamma_s = 1$",
        lambda e: sp.expand(e.subs(_gamma, 1)),
        Identity({_gamma: 1}, positive=positive(_kappa)),
        uses=("slope_sign",),
        note=r"So it does at $\gamma_s = 1$.",
    )
    account.line(-quadratic.subs(_kappa, 0)).rewrite(
        "one_positive_root",
        "minus the product of the roots",
        sp.factor,
        Identity(positive=_FEWER_ROWS),
        uses=("slope_sign",),
        note=r"For $\gamma_s > 1$ the product of the roots is negative: one is positive.",
    )
    return quadratic


def _minimum(account: Account, t: Any, quadratic: Any) -> tuple[Any, Any]:
    """Where it is least, for fewer rows than dimensions, and how small it is there."""
    lowest = account.line(sp.Eq(quadratic, 0)).rewrite(
        "lowest",
        "solve the quadratic",
        lambda equation: sp.Eq(
            _kappa, max(sp.solve(equation, _kappa), key=lambda root: root.subs(_gamma, 2))
        ),
        Solves(which="only positive", domain=_FEWER_ROWS),
        uses=("slope_sign", "one_positive_root"),
        note=r"The one positive root, for $\gamma_s > 1$.",
    )
    over = {_gamma: 1 / (1 - _s**2)}
    account.line(quadratic.subs(_kappa, _gamma - 1) * -1).rewrite(
        "lowest_beyond_ridgeless",
        "positive form",
        lambda e: sp.factor(e),
        Identity(positive=_FEWER_ROWS),
        uses=("slope_sign",),
        note=(
            r"At $\lambda_s = 0$, $\kappa_s = \gamma_s - 1$, the quadratic is negative: the threshold "
            r"falls at first."
        ),
    )
    roots = account.line(quadratic).rewrite(
        "lowest_in_s",
        "factor, with $\\gamma_s = 1/(1 - s^2)$",
        lambda e: tidy(e.subs(over)),
        Identity(over),
        uses=("slope_sign",),
        note=r"$s = \sqrt{1 - 1/\gamma_s}$ makes the roots rational.",
    )
    at = next(root for root in sp.solve(roots, _kappa) if root.subs(_s, sp.Rational(1, 2)) > 0)
    account.line(t).rewrite(
        "least_in_s",
        "insert the positive root",
        lambda e: tidy(e.subs(over).subs(_kappa, at)),
        Identity({**over, _kappa: at}),
        uses=("lowest_in_s", "threshold"),
    )
    least = account.rewrite(
        "least",
        "insert $s$",
        lambda e: e.subs(_s, sp.sqrt(1 - 1 / _gamma)),
        Identity({_s: sp.sqrt(1 - 1 / _gamma)}),
    )
    return lowest, least


def _ends(account: Account, t: Any) -> None:
    """Its limits without a penalty, and with ever more."""
    under = tuple({_gamma: sp.Rational(k, 10)} for k in (1, 5, 9))
    beyond = tuple({_gamma: sp.Rational(k, 10)} for k in (11, 20, 90))
    ends: tuple[tuple[str, Any, Any, Any, tuple[dict[Any, Any], ...], str], ...] = (
        (
            "ridgeless_under",
            t,
            _kappa,
            0,
            under,
            r"$\gamma_s < 1$, $\lambda_s \to 0$: the student copies the teacher.",
        ),
        ("ridgeless_at_one", t.subs(_gamma, 1), _kappa, 0, ({},), r"$\gamma_s = 1$, $\lambda_s \to 0$."),
        (
            "ridgeless_over",
            t.subs(_kappa, _gamma - 1 + _p),
            _p,
            0,
            beyond,
            r"$\gamma_s > 1$, $\lambda_s \to 0$.",
        ),
        ("heavy", t, _kappa, sp.oo, under + beyond, r"$\lambda_s \to \infty$: the student predicts zero."),
    )
    for name, expression, variable, point, places, note in ends:
        account.line(expression).rewrite(
            name,
            "limit",
            lambda e, v=variable, p=point: sp.cancel(sp.limit(sp.cancel(e), v, p)),  # type: ignore[misc]
            LimitOf(variable, point, places),
            uses=("threshold",),
            note=note,
        )


def derivation() -> Derivation:
    """Derive the threshold, its bounds, its shape in kappa and its minimum."""
    account = Account()
    factors = {_a1: overlap_factor(_kappa, _gamma), _a2: energy_factor(_kappa, _gamma)}
    wins, t = _of_any_student(account, factors)
    _bounds(account, t)
    lowest, least = _minimum(account, t, _shape(account, t))
    _ends(account, t)
    account.line(wins.rhs).rewrite(
        "wins",
        "the threshold in $\\kappa_s$",
        lambda e: tidy(e.subs(factors)),
        Identity(factors),
        uses=("over_threshold", "threshold"),
        note=r"The student wins if and only if $Q$ exceeds this.",
    )
    return Derivation(
        name="threshold",
        title="The threshold of weak-to-strong gain",
        statement=(
            r"A ridge student beats its teacher if and only if $Q = q/\rho$ exceeds $t = 2D/(2D - "
            r"\kappa_s(1+\kappa_s))$, and "
            r"$1 < t < 2$. For $\gamma_s \le 1$ the threshold increases with $\lambda_s$ to 2, from 1 "
            r"($\gamma_s < 1$) or $4/3$ "
            r"($\gamma_s = 1$); for $\gamma_s > 1$ it falls from 2 to $4/(3 - \sqrt{1 - 1/\gamma_s})$ and "
            r"rises to 2 again."
        ),
        assumptions=(
            r"$\Sigma = \Gamma = I$; fresh rows for the student, whose labels are the teacher's "
            r"predictions; $d, n \to \infty$.",
            r"$\rho > 0$ and $\lambda_s > 0$; $D$ is that of the student, $(1+\kappa_s)^2 - \gamma_s$.",
        ),
        sources=("Moniri, Hassani, arXiv:2505.18346 (the setting, mechanism 1)",),
        steps=tuple(account.steps),
        result=t,
        forms={
            "threshold": t,
            "in a1 and a2": wins.rhs,
            "where it is least": lowest.rhs,
            "least threshold": least,
        },
        notation=notation_of("gamma", "kappa", "rho", "q", "Q", "D"),
        uses=("chain_recursion",),
        cases={_gamma: ("rises_below_one", "rises_at_one", "one_positive_root")},
    )
