r"""A teacher and a student that see different coordinates: when the student wins, and what it inherits.

The risks of `_two_sets`, from ``representation_map``; the rest is the algebra of the gain. That what the
student cannot see is not inherited, without penalties and for targets that both see: Dong and others
(arXiv:2502.05075); the gain as misfit: Charikar, Pabbaraju, Shiragur (arXiv:2405.15116).
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
from w2s_asymptotics.theorems import _two_sets as two
from w2s_asymptotics.theorems._isotropic import penalty
from w2s_asymptotics.theorems._two_sets import STUDENT, TEACHER, c, e, h, q, rho, t, theta, u, v

__all__ = ["EVEN", "RATIO", "G", "derivation", "signal", "surplus"]

signal = symbol("signal")
surplus, surplus_c = sp.symbols("m m_c", real=True)
"""What a teacher's variance is beyond what it is at its best penalty, a coordinate and on what both see."""
G, RATIO, _b = sp.symbols("g k b", positive=True)
_of_t, _of_s, _misfit = sp.symbols("E_t E_s D", positive=True)
EVEN = {
    e[0]: c * signal,
    e[1]: u * signal,
    e[2]: two.w_s * signal,
    e[3]: (1 - c - u - two.w_s) * signal,
    surplus_c: c * surplus,
}
"""A signal that is spread evenly."""
_meaning = {surplus: v - t * (1 - t) * signal}
_seen = within(t, 0, 1) & positive(c, u, signal)
_taught = within(h, 0, theta) & within(theta, 0, 1)


def _gain(account: Account, given: dict[Any, Any]) -> tuple[Any, Any]:
    """The gain, in what the student is blind to and what it shrinks; with an even signal."""
    shrunk = (1 - theta) * (2 * surplus_c * (theta - h) - (1 - theta) * (t * e[0] - surplus_c))
    blind = u * v * (1 - 2 * h) - t * e[1] * (2 - t - 2 * h * (1 - t))
    general = account.line((1 - h) * (_of_t - _of_s)).claim(
        "gain",
        "insert the risks",
        blind + shrunk,
        Identity({**given, surplus_c: c * v - t * (1 - t) * e[0]}),
        takes=("risk of the teacher", "risk of the student"),
        uses=("overlap of the teacher", "name the variance"),
        note=r"With $m_c = cv - t(1 - t)e_c$: one part from what only the teacher sees, one from what both "
        "see. What neither sees, and what only the student sees of the target, is not in it.",
    )
    both = c * (1 - theta) * (2 * surplus * (theta - h) - (1 - theta) * (t * signal - surplus))
    return general, account.line(general.subs(EVEN)).claim(
        "gain, signal even",
        r"$e_c = cr^2$, $e_u = ur^2$, $v = m + t(1 - t)r^2$",
        u * (surplus * (1 - 2 * h) - t * signal) + both,
        Identity(_meaning),
        uses=("gain",),
        note=r"$m = v - t(1 - t)r^2$.",
    )


def _teacher(account: Account, of_teacher: Any, variance: Any) -> None:
    """What the surplus says of the teacher: whether its penalty is below its best."""
    seen = c + u
    learned = {v: variance.subs(EVEN), **EVEN}
    bounded = positive(TEACHER.noise) & within(TEACHER.gamma, 0, 1 / (seen * t)) & within(t, 0, 1)
    best = TEACHER.gamma * (TEACHER.noise + (1 - seen) * signal) / signal
    lam = penalty(1 / t - 1, seen * TEACHER.gamma)
    slope = surplus * 2 * seen / (t * (1 - seen * TEACHER.gamma * t**2))
    account.line(of_teacher).claim(
        "slope of the teacher's risk",
        "differentiate in $t$",
        slope,
        DerivativeOf(t, t, {**_meaning, **learned}),
        uses=("risk of the teacher", "variance of the teacher"),
        note=r"Its risk is least where $m = 0$; a larger t, a smaller penalty, makes m positive.",
    )
    claim = sp.Gt(surplus, 0, evaluate=False)
    given = {**_meaning, **learned, TEACHER.lam: lam}
    factor = sp.cancel((_meaning[surplus].subs(learned)) / (best - lam))
    account.line(claim).claim(
        "where the teacher is under-regularised",
        r"$\lambda_t = \kappa_t(1 - (c + u)\gamma_t t)$, $t = 1/(1 + \kappa_t)$",
        sp.Lt(TEACHER.lam, best, evaluate=False),
        SameSign(sp.factor(factor), given, bounded & positive(c, u, signal)),
        uses=("variance of the teacher", "marchenko_pastur"),
        note="Its best penalty: what it does not see of the target counts as noise.",
    )


def _never(account: Account, even: Any) -> None:
    """A teacher at its best penalty, or above, is beaten by no student."""
    below, ratio = sp.Symbol("x", nonnegative=True), sp.cancel(theta / (1 - theta))
    account.line(theta - h).claim(
        "h is below theta",
        r"$\lambda_s = \kappa_s(1 - b\gamma_s\theta)$, $\theta = 1/(1 + \kappa_s)$",
        theta * STUDENT.lam * ratio,
        Identity({h: G * theta**2, STUDENT.lam: penalty(1 / theta - 1, G)}),
        uses=("delta of the student", "marchenko_pastur"),
        note=r"$g = b\gamma_s$; it is positive where there is a penalty.",
    )
    account.line(-even.subs(surplus, -below)).rewrite(
        "an optimal teacher is not beaten",
        "positive form",
        sp.factor_terms,
        Identity(positive=within(below, 0, t * (1 - t) * signal, "low") & _taught & _seen),
        uses=("gain, signal even", "h is below theta"),
        note=r"For $m = -x \le 0$, $x < t(1 - t)r^2$ as $v > 0$: every student loses, whatever it sees, or "
        "repeats its teacher.",
    )


def _without_penalties(account: Account, even: Any, variance: Any) -> tuple[Any, Any, Any]:
    """What the student needs, without penalties: variance, noise, pseudo-labels."""
    ridgeless = account.line(even).claim(
        "without penalties",
        r"$t = \theta = 1$",
        u * (v * (1 - 2 * h) - signal),
        Identity({surplus: _meaning[surplus], t: 1, theta: 1}),
        uses=("gain, signal even",),
        note="Of fits to more rows than coordinates they see; for $u = 0$ a tie.",
    )
    few = {h: _b * STUDENT.gamma}
    wins = account.line(sp.Gt(ridgeless, 0, evaluate=False)).claim(
        "how many pseudo-labels",
        r"$h = b\gamma_s$",
        sp.Lt(STUDENT.gamma, (1 - signal / v) / (2 * _b), evaluate=False),
        SameSign(2 * _b * u * v, few, positive(_b, u, v)),
        uses=("without penalties",),
        note=r"b is the student's share of the coordinates: there must be more than $2b/(1 - r^2/v)$ "
        "pseudo-labels a dimension.",
    )
    learned = {v: variance.subs(t, 1), **EVEN}
    enough = (
        within(STUDENT.gamma, 0, 1 / (2 * _b)) & within(TEACHER.gamma, 0, 1 / (c + u)) & positive(c, u, _b)
    )
    least = (1 - (c + u) * TEACHER.gamma) / (TEACHER.gamma * (1 - 2 * _b * STUDENT.gamma)) - (1 - c - u)
    bound = signal * least
    factor = u * TEACHER.gamma * (1 - 2 * _b * STUDENT.gamma) / (1 - (c + u) * TEACHER.gamma)
    noise = account.line(sp.Gt(ridgeless, 0, evaluate=False)).claim(
        "how much noise",
        r"insert $v$",
        sp.Gt(TEACHER.noise, bound, evaluate=False),
        SameSign(factor, {**few, **learned}, enough),
        uses=("without penalties", "variance of the teacher"),
        note=r"Where there are more than 2b pseudo-labels a dimension: the least noise in the teacher's "
        r"labels.",
    )
    return ridgeless, wins, noise


def _inheritance(account: Account, risk: Any, given: dict[Any, Any], general: Any) -> Any:
    """What becomes of the teacher's variance; the misfit."""
    share = c * theta**2 + h * (u + c * (1 - theta) ** 2) / (1 - h)
    account.line(risk.subs(given)).claim(
        "what is inherited of the teacher's variance",
        r"the slope in $v$",
        share,
        DerivativeOf(v, v),
        uses=("risk of the student", "name the variance"),
        note=r"Of $(c + u)v$: $uv$ is not seen, $c(1 - \theta^2)v$ is shrunk away, and what is not explained "
        "makes variance of the student's own.",
    )
    account.claim(
        "without penalties, what is inherited",
        r"$\theta = 1$",
        c + u * h / (1 - h),
        Identity({theta: 1}),
        note=r"On what both see all of it; on what only the teacher sees $h/(1 - h) = d_s/(n_s - d_s)$ of "
        r"it.",
    )
    missed = q[1] + (1 - theta) ** 2 * q[0]
    account.line((1 - h) * _misfit).claim(
        "misfit, what is missed",
        "collect",
        missed,
        Identity({_misfit: account["misfit"], q[2]: 0, q[3]: 0}),
        takes=("misfit",),
        note="What the student cannot or does not say of its teacher, and what that does to it.",
    )
    return account.line(general).claim(
        "gain and misfit",
        r"$h \to 0$, $\theta = 1$",
        _misfit - 2 * t * e[1],
        Identity({_misfit: account["misfit"].subs(given), h: 0, theta: 1}),
        uses=("gain", "misfit"),
        note="With many pseudo-labels and no penalty the gain is the misfit, where the student sees the "
        "whole target that its teacher sees.",
    )


def _best(account: Account, risk: Any, given: dict[Any, Any]) -> Any:
    """The student's best penalty: the slope of its risk, which changes sign once."""
    alone = {q[2]: sp.S.Zero, q[3]: sp.S.Zero, rho[2]: sp.S.Zero, rho[3]: sp.S.Zero}
    own = risk.subs(alone).subs({h: G * theta**2, q[1]: RATIO * q[0]})
    free = 1 - G * theta**2
    pull = theta + G * theta * (RATIO + (1 - theta) ** 2) / free**2 - G * theta**2 * (1 - theta) / free
    slope = account.line(own).rewrite(
        "slope of the student's risk",
        r"differentiate in $\theta$",
        lambda form: sp.factor(sp.diff(form, theta)),
        DerivativeOf(theta, theta),
        uses=("risk of the student",),
        note=r"$h = g\theta^2$, $g = b\gamma_s$; $q_u = kq_c$ on what only the teacher sees.",
    )
    account.line(sp.Gt(slope, 0, evaluate=False)).claim(
        "balance",
        "divide by positive factors",
        sp.Gt(pull, rho[0] / q[0], evaluate=False),
        SameSign(2 * q[0], positive=positive(q[0])),
        uses=("slope of the student's risk",),
    )
    rising = account.line(pull).rewrite(
        "slope of the balance",
        r"differentiate in $\theta$",
        lambda form: sp.factor(sp.diff(form, theta)),
        DerivativeOf(theta, theta),
        uses=("balance",),
    )
    for name, domain in (
        ("rises, more rows", within(theta, 0, 1) & within(G, 0, 1, "high")),
        ("rises, fewer rows", within(theta, 0, 1 / G) & within(G, 1, sp.oo, "low")),
    ):
        account.line(rising).rewrite(
            name,
            "positive form",
            sp.factor,
            Identity(positive=domain & positive(RATIO)),
            uses=("slope of the balance",),
            note=r"The left side of the balance grows with $\theta$: the student's risk has one minimum.",
        )
    account.line(pull).rewrite(
        "ridgeless student",
        r"$\theta = 1$",
        lambda form: form.subs(theta, 1),
        Identity({theta: 1}),
        uses=("balance",),
        note=r"Where $g < 1$: a student without penalty is best only if this is not above $\rho_c/q_c$, and "
        r"never if its teacher has $q_c \ge \rho_c$, that is $m \ge 0$.",
    )
    return pull


def _many_labels(account: Account, even: Any, pull: Any) -> Any:
    """The gain at the best penalty as the pseudo-labels grow in number."""
    alone = {rho[0]: c * t * signal, q[0]: c * (v + t**2 * signal)}
    best = account.line(sp.Eq(pull.subs(G, 0), rho[0] / q[0])).claim(
        "best penalty, many pseudo-labels",
        r"$g = 0$",
        sp.Eq(theta, t * signal / (v + t**2 * signal)),
        Identity(alone),
        uses=("balance", "overlap of the teacher", "name the variance"),
        note=r"With an even signal.",
    )
    return account.line(even).claim(
        "gain with many pseudo-labels",
        r"$h \to 0$, insert the best $\theta$",
        c * surplus**2 / (v + t**2 * signal) + u * (surplus - t * signal),
        Identity({h: 0, theta: best.rhs, **_meaning}),
        takes=("best penalty, many pseudo-labels",),
        uses=("gain, signal even",),
        note=r"What both see always gains where $m \ne 0$; to be blind pays where $m > tr^2$.",
    )


@cache
def derivation() -> Derivation:
    """Derive both risks, the gain and its parts, the thresholds, the best penalty and the inheritance."""
    account = Account()
    given = two.moments(account)
    variance = two.variance(account)
    of_teacher, risk, _ = two.risks(account)
    inserted = {_of_t: of_teacher, _of_s: risk, **given}
    general, even = _gain(account, inserted)
    _teacher(account, of_teacher.subs(given), variance)
    _never(account, even)
    ridgeless, labels, noise = _without_penalties(account, even, variance)
    identity = _inheritance(account, risk, given, general)
    pull = _best(account, risk, given)
    most = _many_labels(account, even, pull)
    result = account.line(_of_t - _of_s).claim(
        "state the gain",
        "divide by $1 - h$",
        even / (1 - h),
        Identity({**inserted, **EVEN, **_meaning}),
        uses=("gain, signal even",),
        takes=("risk of the teacher", "risk of the student"),
    )
    return Derivation(
        name="overlapping_features",
        title="A teacher and a student that see different coordinates",
        statement=r"The teacher sees shares c and u of coordinates that are alike, the student c and others, "
        r"b in all. With t and $\theta$ what they keep of a coordinate they see, v the teacher's variance "
        rf"there, $m = v - t(1 - t)r^2$ and $h = b\gamma_s\theta^2$, the student gains {said(result)}. A "
        r"teacher at its best penalty ($m = 0$) or above is never beaten. Without penalties, and with "
        r"more rows than coordinates seen, the student wins if and only "
        r"if $v(1 - 2b\gamma_s) > r^2$ and $u > 0$. Of the teacher's variance it does not "
        "inherit what it does not see but for the part that makes noise in its labels.",
        assumptions=(
            r"$\Sigma = \Gamma = I$, fresh rows for the student, labels that are the teacher's predictions.",
            r"Where no penalty is spoken of, $(c + u)\gamma_t < 1$ and $b\gamma_s < 1$.",
            r"The signal $r^2$ is spread evenly over the coordinates where $r^2$ stands; where $e_c$ and "
            "$e_u$ stand it need not be.",
        ),
        sources=(
            "Dong, Li, Li, Lee, Lei, arXiv:2502.05075 (ridgeless, the target in what both see: the variance "
            "inherited on the overlap and reduced on the rest).",
            "Charikar, Pabbaraju, Shiragur, arXiv:2405.15116 (the gain as misfit).",
        ),
        steps=tuple(account.steps),
        result=result,
        forms={
            "gain": result,
            "gain times 1 - h, any signal": general,
            "gain without penalties": ridgeless,
            "pseudo-labels": labels,
            "noise": noise,
            "gain with many pseudo-labels": most,
            "gain with many pseudo-labels and no penalty, D the misfit": identity,
            "balance": sp.Gt(pull, rho[0] / q[0], evaluate=False),
            "variance of the teacher": variance,
        },
        notation=(
            (
                "c, u, w_s, w_o",
                "shares of the coordinates that both see, only the teacher, only the student, none",
            ),
            ("e_c, e_u, e_s, e_o", "the signal on each"),
            (r"\rho, q", r"$\langle\beta_*, \beta_t\rangle$ and $\|\beta_t\|^2$ on each"),
            (r"t, \theta", r"$1/(1 + \kappa_t)$, $1/(1 + \kappa_s)$"),
            ("v", "the teacher's variance on a coordinate that it sees, times d"),
            ("m", r"$v - t(1 - t)r^2$, positive where the teacher's penalty is below its best"),
            ("h", r"$b\gamma_s\theta^2$, b the share that the student sees"),
            ("d_s, n_s", r"coordinates that the student sees, and its rows: $h = d_s/n_s$ without a penalty"),
        ),
        uses=("representation_map", "marchenko_pastur"),
        cases={G: ("rises, more rows", "rises, fewer rows")},
    )
