r"""Which penalties win, read off the quadratic ``u^2 - chi u + gamma - 1 < 0`` in ``u = sqrt(lam)``.

Part of the compensation theorem: the roots of the quadratic, one of them positive (case b) or both (case c),
what must hold for them to be real, and the ends of the interval in Q, free of cancellation.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import Identity, LimitOf, SameSign, Solves
from w2s_asymptotics.proof.domain import Domain, margin, within
from w2s_asymptotics.theorems._isotropic import Q, inserted, tidy

__all__ = ["CHI", "H", "U", "tell_cases"]

_gamma, _kappa, _lam = symbol("gamma", "s"), symbol("kappa", "s"), symbol("lam", "s")
H, U = sp.symbols("h u", positive=True)
CHI = sp.Symbol("chi", real=True)
_s = sp.Symbol("s", positive=True)
_a, _b, _apart = sp.symbols("a b e", positive=True)
_small = sp.Symbol("a_0", nonnegative=True)


def _opposite_roots() -> Domain:
    """``gamma < 1``: the roots ``-a`` and ``b`` of the quadratic have different signs."""
    (below,) = conditions = (sp.Lt(_gamma, 1, evaluate=False),)
    root = sp.sqrt(CHI**2 + 4 * margin(below))
    return Domain(
        conditions,
        {_gamma: 1 - _a * _b, CHI: _b - _a},
        {_a: (root - CHI) / 2, _b: (root + CHI) / 2},
        ((_a, _b, root, margin(below)),),
    )


def _positive_roots() -> Domain:
    """``gamma >= 1``, ``chi > 0`` and a positive discriminant: roots ``a`` and ``a + e``, ``a >= 0``."""
    beyond, above, real = conditions = (
        sp.Ge(_gamma, 1, evaluate=False),
        sp.Gt(CHI, 0, evaluate=False),
        sp.Gt(CHI**2, 4 * (_gamma - 1), evaluate=False),
    )
    root = sp.sqrt(margin(real))
    return Domain(
        conditions,
        {_gamma: 1 + _small * (_small + _apart), CHI: 2 * _small + _apart},
        {_small: (margin(above) - root) / 2, _apart: root},
        ((_small, _small + _apart, margin(above), margin(beyond)),),
    )


def tell_cases(account: Account, h_squared: Any) -> dict[str, Any]:
    """Go on from the quadratic, which the account has come to; return the printed forms by name."""
    wins = account.last
    equation = sp.Eq(wins.lhs, 0)
    low, high = sorted(sp.solve(equation, U), key=lambda root: root.subs({CHI: 3, _gamma: 1}))
    chi = _parameter(account, h_squared)
    _roots(account, equation, low, high)
    factored = account.line(wins).claim(
        "factored",
        "by its roots",
        sp.Lt((U - low) * (U - high), 0, evaluate=False),
        Identity(),
        uses=("upper_root", "lower_root"),
    )
    _one_sided(account, factored, low, high, chi)
    _two_sided(account, factored, low, high, chi)
    least = _least_threshold(account, wins, chi)
    _boundary(account, wins, low, high, chi)
    return {**_ends(account, low, high, chi), "min_t": least}


def _parameter(account: Account, h_squared: Any) -> Any:
    """Chi in Q."""
    as_Q = {H: sp.powdenest(sp.sqrt(sp.numer(h_squared)) / sp.sqrt(sp.denom(h_squared)))}
    return account.line(H - 1 / H).rewrite(
        "chi_in_ratio",
        "insert $h$",
        lambda e: sp.factor(sp.together(e.subs(as_Q))),
        Identity(as_Q),
    )


def _roots(account: Account, equation: Any, low: Any, high: Any) -> None:
    """The two roots, and their product."""
    account.line(equation).claim(
        "upper_root", "solve the quadratic", sp.Eq(U, high), Solves(which="largest"), uses=("chi",)
    )
    account.line(equation).claim(
        "lower_root", "solve the quadratic", sp.Eq(U, low), Solves(which="smallest"), uses=("chi",)
    )
    account.line((low * high) ** 2).rewrite(
        "reciprocal",
        "product of the squared roots",
        lambda e: sp.factor(sp.expand(e)),
        Identity(),
        uses=("upper_root", "lower_root"),
        note=r"The ends of the interval are reciprocal about $\gamma_s - 1$.",
    )


def _one_sided(account: Account, factored: Any, low: Any, high: Any, chi: Any) -> None:
    """Case (b): one root is positive, and all penalties below its square win."""
    account.line(-sp.expand(low * high)).rewrite(
        "one_positive_root",
        "product of the roots",
        sp.factor,
        Identity(positive=within(_gamma, 0, 1)),
        uses=("upper_root", "lower_root"),
        note=(
            r"For $\gamma_s < 1$ the product of the roots is negative: the inequality holds from 0 to the "
            r"positive root."
        ),
    )
    account.line(factored).claim(
        "below_the_upper_root",
        "square the root",
        sp.Lt(_lam, high**2, evaluate=False),
        SameSign((U - low) / (U + high), {_lam: U**2}, _opposite_roots()),
        uses=("one_positive_root",),
    )
    account.rewrite(
        "wins_below",
        r"insert $\chi$",
        lambda claim: sp.Lt(_lam, claim.rhs.subs(CHI, chi), evaluate=False),
        Identity({CHI: chi}),
        uses=("chi_in_ratio",),
        note=r"Case (b), $\gamma_s < 1$ and $1 < Q < 2$.",
    )


def _two_sided(account: Account, factored: Any, low: Any, high: Any, chi: Any) -> None:
    """Case (c): both roots are positive, and the penalties between their squares win."""
    account.line(factored).claim(
        "between_the_roots",
        "square the roots",
        sp.And(sp.Lt(low**2, _lam, evaluate=False), sp.Lt(_lam, high**2, evaluate=False)),
        SameSign(1 / ((U + low) * (U + high)), {_lam: U**2}, _positive_roots()),
        uses=("upper_root", "lower_root"),
    )
    account.rewrite(
        "wins_between",
        r"insert $\chi$",
        lambda claim: claim.func(*(each.subs(CHI, chi) for each in claim.args), evaluate=False),
        Identity({CHI: chi}),
        uses=("chi_in_ratio",),
        note=r"Case (c), $\gamma_s > 1$ and $Q$ between the least threshold and 2.",
    )


def _least_threshold(account: Account, wins: Any, chi: Any) -> Any:
    """When the two roots are real and positive; that otherwise, for gamma >= 1, none wins."""
    discriminant, ratio = sp.discriminant(wins.lhs, U), {_gamma: 1 / (1 - _s**2)}
    in_s = account.line(discriminant).rewrite(
        "discriminant",
        "insert $\\chi$ and $\\gamma_s = 1/(1-s^2)$, factor",
        lambda e: tidy(e.subs(CHI, chi).subs(ratio)),
        Identity({CHI: chi, **ratio}),
        uses=("chi_in_ratio",),
        note=r"$s = \sqrt{1 - 1/\gamma_s}$.",
    )
    least = tidy(max(sp.solve(in_s, Q), key=lambda root: root.subs(_s, sp.Rational(1, 2))))
    least_t = least.subs(_s, sp.sqrt(1 - 1 / _gamma))
    account.line(sp.Gt(chi, 0, evaluate=False)).claim(
        "sum_of_the_roots",
        "solve for $Q$",
        sp.Gt(Q, sp.Rational(4, 3), evaluate=False),
        SameSign(sp.cancel(chi / (Q - sp.Rational(4, 3))), positive=within(Q, 1, 2)),
        uses=("chi_in_ratio",),
        note=r"The sum of the roots is $\chi$.",
    )
    account.line(sp.Gt(discriminant.subs(CHI, chi), 0, evaluate=False)).claim(
        "some_wins",
        "both roots real",
        sp.Gt(Q, least_t, evaluate=False),
        SameSign(tidy(in_s / (Q - least)), ratio, within(Q, sp.Rational(4, 3), 2) & within(_s, 0, 1)),
        uses=("discriminant", "sum_of_the_roots"),
        note=(
            r"For $\gamma_s \ge 1$ the product of the roots is not negative, so their sum $\chi$ must be "
            r"positive: $Q$ exceeds the least threshold."
        ),
    )
    account.line(least_t - sp.Rational(4, 3)).rewrite(
        "least_threshold_positive_sum",
        "insert $s$",
        lambda e: tidy(e.subs(ratio)),
        Identity(ratio, positive=within(_s, 0, 1)),
        uses=("some_wins",),
        note=r"Above the least threshold the sum of the roots is positive, too.",
    )
    account.line(wins.lhs).claim(
        "none_wins_without_sum",
        r"$\chi \le 0$",
        wins.lhs,
        Identity(positive=within(CHI, -sp.oo, 0, "high") & within(_gamma, 1, sp.oo, "low")),
        uses=("chi",),
        note=r"For $\gamma_s \ge 1$ none wins where $\chi \le 0$.",
    )
    account.line(wins.lhs).claim(
        "none_wins_without_roots",
        "complete the square",
        (U - CHI / 2) ** 2 + (_gamma - 1 - CHI**2 / 4),
        Identity(positive=within(_gamma, 1 + CHI**2 / 4, sp.oo, "low"), strict=False),
        uses=("chi",),
        note="None wins where the roots are not real, or one.",
    )
    return least_t


def _boundary(account: Account, wins: Any, low: Any, high: Any, chi: Any) -> None:
    """As many rows as dimensions; and Q near 2."""
    account.line(wins).claim(
        "below_the_upper_root_at_one",
        "insert $\\gamma_s = 1$, divide by $u$",
        sp.Lt(_lam, CHI**2, evaluate=False),
        SameSign(U / (U + CHI), {_gamma: 1, _lam: U**2}, within(CHI, 0, sp.oo)),
        uses=("chi",),
    )
    account.rewrite(
        "wins_below_at_one",
        r"insert $\chi$",
        lambda claim: sp.Lt(_lam, claim.rhs.subs(CHI, chi), evaluate=False),
        Identity({CHI: chi}),
        uses=("some_wins", "sum_of_the_roots"),
        note=r"At $\gamma_s = 1$ exactly, $4/3 < Q < 2$.",
    )
    at_one = {_gamma: 1, CHI: sp.Symbol("chi_positive", positive=True)}
    account.line(low**2).rewrite(
        "lower_end_at_one",
        "insert $\\gamma_s = 1$",
        lambda e: sp.expand(e.subs(at_one)),
        Identity(at_one),
        uses=("lower_root",),
        note=r"At $\gamma_s = 1$ the interval starts at 0 ($\chi > 0$).",
    )
    places = tuple({_gamma: sp.Rational(k, 10)} for k in (11, 20, 90))
    for name, expression, note in (
        (
            "lower_end_at_two",
            low**2,
            r"As $Q \to 2$, $\chi \to \infty$: the interval opens downwards to 0.",
        ),
        ("upper_end_at_two", 1 / high**2, r"The interval opens upwards to $\infty$."),
    ):
        account.line(expression).rewrite(
            name,
            "limit",
            lambda e: sp.limit(e.subs(_gamma, 1 + _a), CHI, sp.oo),
            LimitOf(CHI, sp.oo, places),
            uses=("lower_root", "upper_root"),
            note=note,
        )


def _ends(account: Account, low: Any, high: Any, chi: Any) -> dict[str, Any]:
    """The ends of the interval in Q, in forms free of cancellation."""
    in_Q = {CHI: chi}
    conjugate = account.line(high).rewrite(
        "upper_root_below",
        "multiply by the conjugate",
        lambda e: tidy(sp.expand(e * -low)) / -low,
        Identity(),
        uses=("upper_root",),
        note=r"The same root, free of cancellation where $\chi < 0$, that is $Q < 4/3$.",
    )
    lower = account.line(low).rewrite(
        "lower_root_beyond",
        "multiply by the conjugate",
        lambda e: tidy(sp.expand(e * high)) / high,
        Identity(),
        uses=("upper_root", "lower_root"),
        note="The same root, free of cancellation.",
    )
    in_chi = {"lam_bar": high**2, "lam_hi": high**2}
    for name, end, root, form, used in (
        ("lower_end", low, lower, "lam_lo", "lower_root_beyond"),
        ("upper_end_below", high, conjugate, "lam_bar_below", "upper_root_below"),
    ):
        in_chi[form] = account.line(end**2).claim(
            f"{name}_in_chi", "square the root", root**2, Identity(), uses=(used,)
        )
        account.rewrite(
            name, "insert $\\chi$", lambda e: inserted(e, in_Q), Identity(in_Q), uses=("chi_in_ratio",)
        )
    account.line(high**2).rewrite(
        "ends",
        "insert $\\chi$",
        lambda e: inserted(e, in_Q),
        Identity(in_Q),
        uses=("wins_below", "wins_between", "chi_in_ratio"),
        note=r"The upper end, $\bar\lambda$ in case (b) and $\lambda_{\mathrm{hi}}$ in case (c).",
    )
    return {"chi": chi, **{name: in_chi[name] for name in ("lam_bar", "lam_bar_below", "lam_lo", "lam_hi")}}
