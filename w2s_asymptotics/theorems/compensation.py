r"""The compensation theorem: which ridge students beat an under-regularised ridge teacher.

Statement
    `Q = q/rho` at the teacher, `lam_* = gamma_t sigma^2/r^2`; the student has aspect ratio `gamma` and
    penalty `lam > 0`, on labels without further noise. If `Q >= 2` it always wins; if `1 < Q < 2` it wins iff
    `kappa^2/lam < h^2 = 2 (Q - 1)/(2 - Q)`, that is iff

        (lam + gamma - 1)/sqrt(lam) < chi,      chi = h - 1/h = (3 Q - 4)/sqrt(2 (Q - 1) (2 - Q)).

    (a) `lam_t >= lam_*`: then `Q <= 1`, and no student wins.
    (b) `lam_t < lam_*`, `gamma < 1`: it wins exactly for `0 < lam < lam_bar`,
        `lam_bar = ((chi + sqrt(chi^2 + 4 (1 - gamma)))/2)^2`; `lam_bar = inf` iff `Q >= 2`.
    (c) `lam_t < lam_*`, `gamma >= 1`: some student wins iff `Q > 4/(3 - sqrt(1 - 1/gamma))`, and then exactly
        those with `lam_lo < lam < lam_hi`, `((chi -+ sqrt(chi^2 - 4 (gamma - 1)))/2)^2`, whose product is
        `(gamma - 1)^2`; at `gamma = 1` `lam_lo = 0`. If `Q >= 2`, that is `E_t >= r^2`, every `lam > 0` wins.

Assumptions
    Sigma = Gamma = I, fresh rows, proportional limit, `r^2 > 0`.

Proof
    The threshold of `threshold` is a ratio of the two roots `kappa`, `-lam/kappa` of the quadratic of kappa;
    inserting `kappa = h sqrt(lam)` into that quadratic leaves a quadratic in `sqrt(lam)`. Setting and figure:
    [MH25], mechanism 1.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.checks import Identity, LimitOf, PositiveForm, SameSign, SameTruth, Solves
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.theorems import registered
from w2s_asymptotics.theorems._isotropic import (
    Account,
    Q,
    denominator,
    energy,
    everywhere,
    given_kappa,
    inserted,
    notation_of,
    overlap,
    signal,
    tidy,
)
from w2s_asymptotics.theorems.chain_recursion import incoming_risk
from w2s_asymptotics.theorems.marchenko_pastur import quadratic as quadratic_of_kappa
from w2s_asymptotics.theorems.overlap_gap import teacher_overlaps
from w2s_asymptotics.theorems.threshold import threshold

__all__ = ["closed_forms", "derivation"]

_gamma, _kappa, _lam = symbol("gamma", "s"), symbol("kappa", "s"), symbol("lam", "s")
_gamma_t, _kappa_t, _lam_t, _noise = (
    symbol("gamma", "t"),
    symbol("kappa", "t"),
    symbol("lam", "t"),
    symbol("noise"),
)
_h, _u, _g, _p = sp.symbols("h u g p", positive=True)
_chi = sp.Symbol("chi", real=True)

_h_squared = 2 * (Q - 1) / (2 - Q)


def closed_forms() -> dict[str, Any]:
    """Return the closed forms in ``Q`` and ``gamma_s``, as kernels can use them.

    ``lam_bar`` is free of cancellation for ``Q >= 4/3``, ``lam_bar_below`` for ``Q <= 4/3``; they are equal.
    """
    forms = registered("compensation").forms
    wanted = ("chi", "lam_bar", "lam_bar_below", "lam_lo", "lam_hi", "min_t")
    return {name: forms[name] for name in wanted}


def _in_ratio(claim: Any) -> Any:
    """Write ``x (Q - 1) + y (2 - Q) > 0``, linear in Q, as ``-y/x < (Q - 1)/(2 - Q)``, times two."""
    x, y = (tidy(claim.lhs.subs(Q, value)) for value in (2, 1))
    return sp.Lt(tidy(-2 * y / x), _h_squared, evaluate=False)


def _in_root(_: Any) -> Any:
    """Factor ``kappa^2/u^2 - h^2`` and keep the factor that can change sign."""
    changing = next(
        part for part in sp.factor_list(_kappa**2 - (_h * _u) ** 2)[1] if part[0].subs(_kappa, _h * _u) == 0
    )
    return sp.Lt(_kappa, sp.solve(changing[0], _kappa)[0], evaluate=False)


def _without_kappa(claim: Any) -> Any:
    """Multiply ``kappa - h u`` by ``h u + lam/kappa`` and reduce by the quadratic of kappa."""
    product = sp.expand((claim.lhs - claim.rhs) * (_h * _u * _kappa + _u**2))
    reduced = sp.rem(product, _students_quadratic().subs(_lam, _u**2), _kappa)
    return sp.Lt(sp.collect(sp.expand(tidy(reduced / (_h * _u * _kappa))), _u), 0, evaluate=False)


def _students_quadratic() -> Any:
    """Return the quadratic whose positive root is kappa, in the student's symbols."""
    names = ("gamma", "lam", "kappa")
    return quadratic_of_kappa().lhs.subs({symbol(name, "t"): symbol(name, "s") for name in names})


def _roots(equation: Any) -> tuple[Any, Any]:
    """Return the (smaller, larger) root in u."""
    low, high = sorted(sp.solve(equation, _u), key=lambda root: root.subs({_chi: 3, _gamma: 1}))
    return low, high


def derivation() -> Derivation:
    """Derive the three cases and the closed forms of the winning interval."""
    account = Account()
    t = threshold(_kappa, _gamma)
    everywhere_s = everywhere(_kappa, _gamma)
    positive_signal = {signal: sp.Symbol("signal_positive", positive=True)}

    # Case (a).
    rho, q = teacher_overlaps(_gamma_t, _kappa_t, _noise)
    teacher = {energy: q, overlap: rho, **given_kappa(_lam_t, _kappa_t, _gamma_t)}
    account.start(
        "not_overshooting",
        "the overlap gap",
        sp.Ge(_lam_t, _gamma_t * _noise / signal, evaluate=False),
        lambda _: sp.Le(energy, overlap, evaluate=False),
        SameSign(
            denominator(_kappa_t, _gamma_t) / signal,
            teacher,
            {**positive_signal, **everywhere(_kappa_t, _gamma_t)},
        ),
        uses=("overlap_gap",),
        note=r"A teacher regularised at the optimum or beyond has $Q \le 1$ ...",
    )
    account.start(
        "none_wins",
        "positive form",
        t - Q,
        tidy,
        PositiveForm(positive={Q: 1 / (1 + _g), **everywhere_s}),
        uses=("threshold", "not_overshooting"),
        note=r"... and then $t > Q$ for every student, ...",
    )
    account.start(
        "none_wins_at_one",
        "insert $Q = 1$",
        t - Q,
        lambda e: tidy(e.subs(Q, 1)),
        PositiveForm({Q: 1}, everywhere_s),
        uses=("threshold", "not_overshooting"),
        note=r"... at $Q = 1$ too: case (a).",
    )

    # A teacher no better than predicting zero.
    account.start(
        "no_better_than_zero",
        "insert $Q$",
        sp.Ge(Q, 2, evaluate=False),
        lambda _: sp.Ge(incoming_risk(), signal, evaluate=False),
        SameSign(1 / overlap, {Q: energy / overlap}),
        uses=("chain_recursion",),
        note=r"$Q \ge 2$ means $E_t \ge r^2$.",
    )
    account.start(
        "all_win",
        "positive form",
        Q - t,
        tidy,
        PositiveForm(positive={Q: 2 + _g, **everywhere_s}),
        uses=("threshold", "no_better_than_zero"),
        note=r"Then every student wins, ...",
    )
    account.start(
        "all_win_at_two",
        "insert $Q = 2$",
        Q - t,
        lambda e: tidy(e.subs(Q, 2)),
        PositiveForm({Q: 2}, everywhere_s),
        uses=("threshold", "no_better_than_zero"),
        note=r"... at $Q = 2$ too.",
    )

    # The winning inequality, 1 < Q < 2.
    between = {Q: 1 + 1 / (1 + _g), **everywhere_s}
    above, below = sp.fraction(t)
    quadratic = account.start(
        "quadratic",
        "clear the denominator and collect",
        sp.Gt(Q, t, evaluate=False),
        lambda claim: sp.Gt(sp.collect(sp.expand(Q * below - above), _kappa, sp.factor), 0, evaluate=False),
        SameSign(1 / below, positive=everywhere_s),
        uses=("threshold",),
        note=r"A quadratic in $\kappa_s$.",
    )
    account.then(
        "ratio",
        "collect in $Q - 1$ and $2 - Q$",
        _in_ratio,
        SameSign((2 - Q) * (1 + _kappa - _gamma), positive=between),
        note=r"For $1 < Q < 2$. The left side is $\kappa_s^2/\lambda_s$; write $h^2$ for the right side.",
    )
    curve = {_gamma: (1 + _kappa) * (1 - _u**2 / _kappa)}
    named = {Q: sp.solve(_h_squared - _h**2, Q)[0], **curve}
    positive = {_kappa: _p}
    account.then(
        "root",
        "with $u = \\sqrt{\\lambda_s}$, factor",
        _in_root,
        SameSign((_kappa + _h * _u) / _u**2, named, positive),
        note=r"$u$ is the root of the penalty and $h^2 = 2(Q-1)/(2-Q)$.",
    )
    account.then(
        "without_kappa",
        "eliminate $\\kappa_s$ by its quadratic",
        _without_kappa,
        SameSign(_h * _u / (_h * _u + _u**2 / _kappa), curve, positive),
        uses=("marchenko_pastur",),
        note=r"The quadratic of $\kappa_s$ has the roots $\kappa_s$ and $-\lambda_s/\kappa_s$.",
    )
    account.then(
        "chi",
        "name $\\chi = h - 1/h$",
        lambda claim: sp.Lt(_u**2 - _chi * _u + (claim.lhs.subs(_u, 0)), 0, evaluate=False),
        SameSign(sp.S.One, {_chi: _h - 1 / _h}),
    )
    wins = account.last
    as_Q = {_h: sp.sqrt(2) * sp.sqrt(Q - 1) / sp.sqrt(2 - Q)}
    chi = account.start(
        "chi_in_ratio",
        "insert $h$",
        _h - 1 / _h,
        lambda e: sp.factor(sp.together(e.subs(as_Q))),
        Identity(as_Q),
    )

    # Its roots.
    equation = sp.Eq(wins.lhs, 0)
    low, high = _roots(equation)
    # Everywhere that the discriminant chi^2 - 4 (gamma - 1) is positive.
    real_roots = {_gamma: (1 + _chi**2 / 4) / (1 + _p), _chi: _g - _h}
    explicit = {
        _kappa: max(sp.solve(_students_quadratic(), _kappa), key=lambda root: root.subs({_gamma: 1, _lam: 1}))
    }
    in_Q = {_chi: chi}

    # Case (b).
    account.start(
        "one_positive_root",
        "product of the roots",
        -wins.lhs.subs(_u, 0),
        sp.factor,
        PositiveForm(positive={_gamma: 1 / (1 + _g)}),
        uses=("chi",),
        note=(
            r"For $\gamma_s < 1$ the product of the roots is negative: the inequality holds from 0 to the "
            r"positive root."
        ),
    )
    account.start(
        "upper_root",
        "solve the quadratic",
        equation,
        lambda e: sp.Eq(_u, _roots(e)[1]),
        Solves(which="largest", domain=real_roots),
        uses=("chi", "one_positive_root"),
    )
    account.start(
        "wins_below",
        "square the root",
        sp.Gt(Q, t, evaluate=False),
        lambda _: sp.Lt(_lam, (high**2).subs(in_Q), evaluate=False),
        SameTruth(_lam, {Q: 1 + 1 / (1 + _g), _gamma: 1 / (1 + _p)}, given=explicit),
        uses=("one_positive_root", "upper_root", "chi_in_ratio"),
        note=r"Case (b), $\gamma_s < 1$ and $1 < Q < 2$.",
    )
    conjugate = account.start(
        "upper_root_below",
        "multiply by the conjugate",
        high,
        lambda e: tidy(sp.expand(e * -low)) / -low,
        Identity(),
        uses=("upper_root",),
        note=r"The same root, free of cancellation where $\chi < 0$, that is $Q < 4/3$.",
    )

    # Case (c).
    account.start(
        "lower_root",
        "solve the quadratic",
        equation,
        lambda e: sp.Eq(_u, _roots(e)[0]),
        Solves(which="smallest", domain=real_roots),
        uses=("chi",),
    )
    account.start(
        "reciprocal",
        "product of the squared roots",
        (low * high) ** 2,
        lambda e: sp.factor(sp.expand(e)),
        Identity(),
        uses=("upper_root", "lower_root"),
        note=r"The ends of the interval are reciprocal about $\gamma_s - 1$.",
    )
    lower = account.start(
        "lower_root_beyond",
        "multiply by the conjugate",
        low,
        lambda e: tidy(sp.expand(e * high)) / high,
        Identity(),
        uses=("upper_root", "lower_root"),
        note="The same root, free of cancellation.",
    )
    discriminant = sp.discriminant(wins.lhs, _u)
    s = sp.Symbol("s", positive=True)
    ratio_of = {_gamma: 1 / (1 - s**2)}
    account.start(
        "discriminant",
        "insert $\\chi$ and $\\gamma_s = 1/(1-s^2)$, factor",
        discriminant,
        lambda e: tidy(e.subs(in_Q).subs(ratio_of)),
        Identity({**in_Q, **ratio_of}),
        uses=("chi_in_ratio",),
        note=r"$s = \sqrt{1 - 1/\gamma_s}$.",
    )
    least = max(sp.solve(account.last, Q), key=lambda root: root.subs(s, sp.Rational(1, 2)))
    min_t = tidy(least).subs(s, sp.sqrt(1 - 1 / _gamma))
    account.start(
        "some_wins",
        "both roots real and positive",
        sp.And(sp.Gt(chi, 0), sp.Gt(discriminant.subs(in_Q), 0)),
        lambda _: sp.Gt(Q, min_t, evaluate=False),
        SameTruth(Q, {_gamma: 1 + _g}, within=sp.And(Q > 1, Q < 2)),
        uses=("discriminant", "lower_root", "upper_root"),
        note=(
            r"For $\gamma_s \ge 1$ the product of the roots is not negative, so their sum $\chi$ must be "
            r"positive: $Q$ exceeds the least threshold."
        ),
    )
    drawn = {s: _g / (1 + _g)}
    inside = (least + (2 - least) * _p / (1 + _p)).subs(drawn)
    account.start(
        "wins_between",
        "square the roots",
        sp.Gt(Q, t, evaluate=False),
        lambda _: sp.And(
            sp.Lt((low**2).subs(in_Q), _lam, evaluate=False),
            sp.Lt(_lam, (high**2).subs(in_Q), evaluate=False),
        ),
        SameTruth(_lam, {Q: inside, _gamma: ratio_of[_gamma].subs(drawn)}, given=explicit),
        uses=("some_wins",),
        note=r"Case (c), $\gamma_s > 1$ and $Q$ between the least threshold and 2.",
    )
    account.start(
        "wins_below_at_one",
        "insert $\\gamma_s = 1$",
        sp.Gt(Q, t, evaluate=False),
        lambda _: sp.Lt(_lam, (high**2).subs(in_Q).subs(_gamma, 1), evaluate=False),
        SameTruth(
            _lam, {Q: sp.Rational(4, 3) + sp.Rational(2, 3) * _p / (1 + _p), _gamma: sp.S.One}, given=explicit
        ),
        uses=("some_wins",),
        note=r"At $\gamma_s = 1$ exactly, $4/3 < Q < 2$.",
    )
    account.start(
        "none_wins_at_one_below",
        "insert $\\gamma_s = 1$",
        t - Q,
        lambda e: tidy(e.subs({_gamma: 1, Q: sp.Rational(4, 3)})),
        PositiveForm({_gamma: 1, Q: sp.Rational(4, 3)}, {_kappa: _p}),
        uses=("threshold",),
        note=r"At $\gamma_s = 1$ none wins for $Q \le 4/3$: even at $4/3$ the threshold lies above.",
    )
    at_one = {_gamma: 1, _chi: sp.Symbol("chi_positive", positive=True)}
    account.start(
        "lower_end_at_one",
        "insert $\\gamma_s = 1$",
        low**2,
        lambda e: sp.expand(e.subs(at_one)),
        Identity(at_one),
        uses=("lower_root",),
        note=r"At $\gamma_s = 1$ the interval starts at 0 ($\chi > 0$).",
    )
    beyond = tuple({_gamma: sp.Rational(k, 10)} for k in (11, 20, 90))
    for name, expression, note in (
        (
            "lower_end_at_two",
            low**2,
            r"As $Q \to 2$, $\chi \to \infty$: the interval opens downwards to 0 ...",
        ),
        ("upper_end_at_two", 1 / high**2, r"... and upwards to $\infty$."),
    ):
        account.start(
            name,
            "limit",
            expression,
            lambda e: sp.limit(e.subs(_gamma, 1 + _g), _chi, sp.oo),
            LimitOf(_chi, sp.oo, beyond),
            uses=("lower_root", "upper_root"),
            note=note,
        )
    stable = {}
    for name, root, step in (
        ("lower_end", lower, "lower_root_beyond"),
        ("upper_end_below", conjugate, "upper_root_below"),
    ):
        stable[name] = account.start(
            name,
            "insert $\\chi$",
            root**2,
            lambda e: inserted(e, in_Q),
            Identity(in_Q),
            uses=(step, "chi_in_ratio"),
            note="Free of cancellation.",
        )
    account.start(
        "ends",
        "insert $\\chi$",
        high**2,
        lambda e: inserted(e, in_Q),
        Identity(in_Q),
        uses=("wins_below", "wins_between"),
        note=r"The upper end, $\bar\lambda$ in case (b) and $\lambda_{hi}$ in case (c).",
    )
    upper = account.last
    return Derivation(
        name="compensation",
        title="The compensation theorem",
        statement=(
            r"A student beats an over-regularised or optimal teacher never, (a). Otherwise $Q > 1$, and "
            r"for $1 < Q < 2$ the student "
            r"wins if and only if $(\lambda_s + \gamma_s - 1)/\sqrt{\lambda_s} < \chi$, $\chi = "
            r"(3Q-4)/\sqrt{2(Q-1)(2-Q)}$: for "
            r"$\gamma_s < 1$ exactly on $0 < \lambda_s < \bar\lambda$, (b); for $\gamma_s \ge 1$ exactly on "
            r"$\lambda_{lo} < \lambda_s < \lambda_{hi}$, (c), which is empty unless $Q > 4/(3 - \sqrt{1 - "
            r"1/\gamma_s})$. "
            r"For $Q \ge 2$, that is $E_t \ge r^2$, every $\lambda_s > 0$ wins."
        ),
        assumptions=(
            r"$\Sigma = \Gamma = I$; fresh rows for the student, whose labels are the teacher's "
            r"predictions; $d, n \to \infty$.",
            r"$r^2 > 0$, $\lambda_s > 0$; $\lambda_* = \gamma_t\sigma^2/r^2$ is the teacher's optimal "
            r"penalty.",
        ),
        sources=("Moniri, Hassani, arXiv:2505.18346 (the setting, mechanism 1)",),
        steps=tuple(account.steps),
        result=upper,
        forms={
            "winning inequality": quadratic,
            "chi": chi,
            "lam_bar": upper,
            "lam_bar_below": stable["upper_end_below"],
            "lam_lo": stable["lower_end"],
            "lam_hi": upper,
            "min_t": min_t,
        },
        notation=(
            *notation_of("signal", "noise", "gamma", "kappa", "rho", "q", "Q", "t"),
            ("h", r"$\sqrt{2(Q-1)/(2-Q)}$"),
            (r"\chi", "$h - 1/h$"),
            ("u", r"$\sqrt{\lambda_s}$"),
        ),
        uses=("overlap_gap", "threshold", "marchenko_pastur", "chain_recursion"),
    )
