r"""The compensation theorem: which ridge students beat an under-regularised ridge teacher.

The threshold of `threshold` is a ratio of the two roots `kappa`, `-lam/kappa` of the quadratic of kappa;
inserting `kappa = h sqrt(lam)` into that quadratic leaves a quadratic in `sqrt(lam)`, of which
`_winning_penalties` tells the cases. Setting and figure: [MH25], mechanism 1.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import Identity, SameSign
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.domain import positive, within
from w2s_asymptotics.theorems import _winning_penalties as penalties
from w2s_asymptotics.theorems import from_
from w2s_asymptotics.theorems._isotropic import (
    Q,
    denominator,
    energy,
    everywhere,
    given_kappa,
    notation_of,
    overlap,
    said,
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
_h, _u, _chi = penalties.H, penalties.U, penalties.CHI
_h_squared = 2 * (Q - 1) / (2 - Q)
_students = everywhere(_kappa, _gamma)


def closed_forms() -> dict[str, Any]:
    """Return the closed forms in ``Q`` and ``gamma_s``, as kernels can use them.

    ``lam_bar`` is free of cancellation for ``Q >= 4/3``, ``lam_bar_below`` for ``Q <= 4/3``; they are equal.
    """
    ends = {"lam_bar": "ends", "lam_bar_below": "upper_end_below", "lam_lo": "lower_end", "lam_hi": "ends"}
    found = {name: from_("compensation", part) for name, part in ends.items()}
    least = from_("compensation", "min_t")
    return {"chi": from_("compensation", "chi"), **found, "min_t": least}


def _none_wins(account: Account, t: Any) -> None:
    """Case (a): a teacher at its optimum or beyond does not overshoot, and then no student wins."""
    rho, q = teacher_overlaps(_gamma_t, _kappa_t, _noise)
    account.line(sp.Ge(_lam_t, _gamma_t * _noise / signal, evaluate=False)).claim(
        "not_overshooting",
        "the overlap gap",
        sp.Le(energy, overlap, evaluate=False),
        SameSign(
            denominator(_kappa_t, _gamma_t) / signal,
            {energy: q, overlap: rho, **given_kappa(_lam_t, _kappa_t, _gamma_t)},
            positive(signal) & everywhere(_kappa_t, _gamma_t),
        ),
        uses=("overlap_gap",),
        note=r"A teacher regularised at the optimum or beyond has $Q \le 1$.",
    )
    account.line(t - Q).rewrite(
        "none_wins",
        "positive form",
        tidy,
        Identity(positive=within(Q, 0, 1) & _students),
        uses=("threshold", "not_overshooting"),
        note=r"Then $t > Q$ for every student.",
    )
    account.line(t - Q).rewrite(
        "none_wins_at_one",
        "insert $Q = 1$",
        lambda e: tidy(e.subs(Q, 1)),
        Identity({Q: 1}, positive=_students),
        uses=("threshold", "not_overshooting"),
        note=r"The same at $Q = 1$: case (a).",
    )


def _all_win(account: Account, t: Any) -> None:
    """A teacher no better than predicting zero loses to everybody."""
    account.line(sp.Ge(Q, 2, evaluate=False)).claim(
        "no_better_than_zero",
        "insert $Q$",
        sp.Ge(incoming_risk(), signal, evaluate=False),
        SameSign(1 / overlap, {Q: energy / overlap}),
        uses=("chain_recursion",),
        note=r"$Q \ge 2$ means $E_t \ge r^2$.",
    )
    account.line(Q - t).rewrite(
        "all_win",
        "positive form",
        tidy,
        Identity(positive=within(Q, 2, sp.oo) & _students),
        uses=("threshold", "no_better_than_zero"),
        note=r"Then every student wins.",
    )
    account.line(Q - t).rewrite(
        "all_win_at_two",
        "insert $Q = 2$",
        lambda e: tidy(e.subs(Q, 2)),
        Identity({Q: 2}, positive=_students),
        uses=("threshold", "no_better_than_zero"),
        note=r"The same at $Q = 2$.",
    )


def _in_ratio(claim: Any) -> Any:
    """Write ``x (Q - 1) + y (2 - Q) > 0``, linear in Q, as ``-y/x < (Q - 1)/(2 - Q)``, times two."""
    x, y = (tidy(claim.lhs.subs(Q, value)) for value in (2, 1))
    return sp.Lt(tidy(-2 * y / x), _h_squared, evaluate=False)


def _in_root(claim: Any) -> Any:
    """Factor ``kappa^2/u^2 - h^2`` and keep the factor that can change sign."""
    curve = {_gamma: (1 + _kappa) * (1 - _u**2 / _kappa)}
    difference = sp.numer(tidy(claim.lhs.subs(curve) - _h**2))
    changing = next(part for part, _ in sp.factor_list(difference)[1] if part.subs(_kappa, _h * _u) == 0)
    return sp.Lt(_kappa, sp.solve(changing, _kappa)[0], evaluate=False)


def _without_kappa(claim: Any) -> Any:
    """Multiply ``kappa - h u`` by ``h u + lam/kappa`` and reduce by the quadratic of kappa."""
    names = ("gamma", "lam", "kappa")
    quadratic = quadratic_of_kappa().lhs.subs({symbol(name, "t"): symbol(name, "s") for name in names})
    product = sp.expand((claim.lhs - claim.rhs) * (_h * _u * _kappa + _u**2))
    reduced = sp.rem(product, quadratic.subs(_lam, _u**2), _kappa)
    return sp.Lt(sp.collect(sp.expand(tidy(reduced / (_h * _u * _kappa))), _u), 0, evaluate=False)


def _inequality(account: Account, t: Any) -> Any:
    """The winning inequality for 1 < Q < 2, down to a quadratic in u, the root of the penalty."""
    below = sp.denom(t)
    quadratic = account.line(sp.Gt(Q, t, evaluate=False)).rewrite(
        "quadratic",
        "clear the denominator and collect",
        lambda claim: sp.Gt(
            sp.collect(sp.expand(sp.cancel((claim.lhs - claim.rhs) * below)), _kappa, sp.factor),
            0,
            evaluate=False,
        ),
        SameSign(1 / below, positive=_students),
        uses=("threshold",),
        note=r"A quadratic in $\kappa_s$.",
    )
    account.rewrite(
        "ratio",
        "collect in $Q - 1$ and $2 - Q$",
        _in_ratio,
        SameSign((2 - Q) * (1 + _kappa - _gamma), positive=within(Q, 1, 2) & _students),
        note=r"For $1 < Q < 2$. The left side is $\kappa_s^2/\lambda_s$; write $h^2$ for the right side.",
    )
    curve = {_gamma: (1 + _kappa) * (1 - _u**2 / _kappa)}
    account.rewrite(
        "root",
        "with $u = \\sqrt{\\lambda_s}$, factor",
        _in_root,
        SameSign(
            (_kappa + _h * _u) / _u**2, {Q: sp.solve(_h_squared - _h**2, Q)[0], **curve}, positive(_kappa)
        ),
        note=r"$u$ is the root of the penalty and $h^2 = 2(Q-1)/(2-Q)$.",
    )
    account.rewrite(
        "without_kappa",
        "eliminate $\\kappa_s$ by its quadratic",
        _without_kappa,
        SameSign(_h * _u / (_h * _u + _u**2 / _kappa), curve, positive(_kappa)),
        uses=("marchenko_pastur",),
        note=r"The quadratic of $\kappa_s$ has the roots $\kappa_s$ and $-\lambda_s/\kappa_s$.",
    )
    account.rewrite(
        "chi",
        "name $\\chi = h - 1/h$",
        lambda claim: sp.Lt(_u**2 - _chi * _u + (claim.lhs.subs(_u, 0)), 0, evaluate=False),
        SameSign(sp.S.One, {_chi: _h - 1 / _h}),
    )
    return quadratic


def derivation() -> Derivation:
    """Derive the three cases and the closed forms of the winning interval."""
    account = Account()
    t = threshold(_kappa, _gamma)
    _none_wins(account, t)
    _all_win(account, t)
    quadratic = _inequality(account, t)
    forms = penalties.tell_cases(account, _h_squared)
    return Derivation(
        name="compensation",
        title="The compensation theorem",
        statement=(
            r"No student beats an over-regularised or optimal teacher, (a). Otherwise $Q > 1$, and "
            r"for $1 < Q < 2$ the student "
            r"wins if and only if $(\lambda_s + \gamma_s - 1)/\sqrt{\lambda_s} < \chi$, "
            rf"where $\chi$ is {said(forms['chi'])}: for "
            r"$\gamma_s < 1$ exactly on $0 < \lambda_s < \bar\lambda$, (b); for $\gamma_s \ge 1$ exactly on "
            r"$\lambda_{\mathrm{lo}} < \lambda_s < \lambda_{\mathrm{hi}}$, (c), which is empty unless $Q$ "
            rf"exceeds {said(forms['min_t'])}. "
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
        result=account.last,
        forms={"winning inequality": quadratic, **forms},
        notation=(
            *notation_of("signal", "noise", "gamma", "kappa", "rho", "q", "Q", "t"),
            ("h", r"$\sqrt{2(Q-1)/(2-Q)}$"),
            (r"\chi", "$h - 1/h$"),
            ("u", r"$\sqrt{\lambda_s}$"),
            ("s", r"$\sqrt{1 - 1/\gamma_s}$, where $\gamma_s \ge 1$"),
            ("E_t, E_s", "excess risks of teacher and student"),
        ),
        uses=("overlap_gap", "threshold", "marchenko_pastur", "chain_recursion"),
        cases={
            Q: ("none_wins", "none_wins_at_one", "ratio", "all_win_at_two", "all_win"),
            _gamma: ("below_the_upper_root", "between_the_roots"),
        },
    )
