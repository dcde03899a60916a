r"""Two sets of coordinates, one that the teacher and one that the student sees; all coordinates are alike.

``Sigma = Gamma = I``. Four blocks: what both see (a share c of the coordinates, signal e_c), only the
teacher (u, e_u), only the student (w_s, e_s), and neither (w_o, e_o). On what it sees the teacher keeps t
of a coefficient and has the variance v a coordinate, the student keeps theta and ``h = (c + w_s) gamma_s
theta^2``.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import Identity
from w2s_asymptotics.proof.models.diagonal import Blocks
from w2s_asymptotics.proof.tactics import Equal
from w2s_asymptotics.theorems import from_
from w2s_asymptotics.words import representation as words
from w2s_asymptotics.words.diagonal import Block, by_block
from w2s_asymptotics.words.inner import inner
from w2s_asymptotics.words.words import BETA, Quadratic, Stage

__all__ = [
    "STUDENT", "TEACHER", "c", "e", "h", "moments", "q", "rho", "risks", "t", "theta", "u", "v", "variance",
    "w_s",
]  # fmt: skip

TEACHER, STUDENT = Stage("t"), Stage("s", noisy=False)
t, theta, v, h, residual = sp.symbols("t theta v h tau_t^2", positive=True)
c, u, w_s, w_o = shares = sp.symbols("c u w_s w_o", positive=True)
e, rho, q = (
    sp.symbols(" ".join(f"{name}_{of}" for of in "cuso"), positive=True) for name in ("e", "rho", "q")
)
"""Signal, and overlap and norm of the teacher, on each block."""
_m = sp.symbols("m_c m_u m_s m_o", positive=True)
_alike = (sp.S.One,) * 4
_seen_t, _seen_s = (t, t, sp.S.Zero, sp.S.Zero), (theta, sp.S.Zero, theta, sp.S.Zero)
_over = "sum over the coordinates"
_rests_on = ("representation_map",)


def _summing(stage: Stage, keeps: Any, weighs: Any, meaning: Any = None) -> tuple[Any, Any]:
    """The move that sums words of a stage over the blocks, and its check."""
    of_teacher = zip(rho, q, strict=True) if stage == STUDENT else ((sp.S.Zero, sp.S.Zero),) * 4
    blocks = tuple(
        Block(
            {stage.covariance: sp.S.One, words.METRIC: weigh, stage.equivalent: keep},
            share,
            energy,
            *pair,
            TEACHER if stage == STUDENT else None,
        )
        for keep, weigh, share, energy, pair in zip(keeps, weighs, shares, e, of_teacher, strict=True)
    )
    check = Equal(Blocks(blocks, stage, meaning or {}, (2, 1, 1, 1)))
    return (lambda word: by_block(word, blocks, stage)), check


def _of(stage: Stage, form: str, labels: Any = words.LABELS) -> Any:
    """What ``representation_map`` proves, in the letters of a stage that sees its own features."""
    numbers = {getattr(words.STAGE, each): getattr(stage, each) for each in ("samples", "delta", "noise")}
    letters = {words.SHAPE: stage.equivalent, words.COVARIANCE: stage.covariance, words.LABELS: labels}
    return from_("representation_map", form).subs({**numbers, **letters}, simultaneous=True)


def _missed() -> Any:
    """The noise in a teacher's labels, and what it misses of the target."""
    lost = BETA - TEACHER.equivalent * TEACHER.covariance * BETA
    return TEACHER.noise + Quadratic(TEACHER.covariance, sp.expand(lost))


def moments(account: Account) -> dict[Any, Any]:
    """The teacher's overlap and norm on each block."""
    missed = _missed() / TEACHER.delta
    move, check = _summing(TEACHER, _seen_t, _m, {residual: missed})
    norm = account.line(_of(TEACHER, "of a function", BETA).subs(missed, residual)).rewrite(
        "norm of the teacher",
        _over,
        lambda word: sp.expand(move(word)),
        check,
        uses=_rests_on,
        note=r"In the metric that weighs the four sets by m, with $\tau_t^2$ the residual energy over "
        r"$\delta_t$.",
    )
    first = inner(words.METRIC, BETA, TEACHER.equivalent * TEACHER.covariance * BETA)
    account.line(first).rewrite(
        "overlap of the teacher",
        _over,
        move,
        check,
        uses=_rests_on,
        note=r"The mean of its weights is $G_t\Sigma\beta_*$.",
    )
    overlap, named = sp.expand(account.last), {residual: v / (TEACHER.gamma * t**2)}
    account.line(norm).rewrite(
        "name the variance",
        r"$v = \gamma_t t^2\tau_t^2$",
        lambda form: sp.collect(sp.expand(form.subs(named)), _m, sp.factor),
        Identity(named),
        uses=("norm of the teacher",),
        note="The teacher's variance on each coordinate that it sees.",
    )
    norms = sp.expand(account.last)
    found = {name: overlap.coeff(weigh) for name, weigh in zip(rho, _m, strict=True)}
    return found | {name: norms.coeff(weigh) for name, weigh in zip(q, _m, strict=True)}


def variance(account: Account) -> Any:
    """The teacher's variance a coordinate, in its penalty and the noise of its labels."""
    move, check = _summing(TEACHER, _seen_t, _alike)
    word = TEACHER.gamma * t**2 * _missed() / _of(TEACHER, "delta")
    return account.line(word).rewrite(
        "variance of the teacher",
        _over,
        lambda each: sp.factor_terms(move(each)),
        check,
        uses=_rests_on,
        note=r"$v = \gamma_t t^2\tau_t^2$; what it does not see of the target is noise in its labels.",
    )


def risks(account: Account) -> tuple[Any, Any, Any]:
    """Risks of teacher and student, and the misfit between the two, in the teacher's moments."""
    move, check = _summing(STUDENT, _seen_s, _alike)
    counted = {STUDENT.gamma: h / ((c + w_s) * theta**2), STUDENT.delta: 1 - h}
    account.line(_of(STUDENT, "delta")).rewrite(
        "delta of the student",
        _over,
        move,
        check,
        uses=_rests_on,
        note=r"$\delta_s = 1 - h$ with $h = (c + w_s)\gamma_s\theta^2$.",
    )
    found = []
    for name, other, note in (
        ("risk of the student", BETA, "It is taught by the teacher and judged by the target."),
        ("misfit", TEACHER.weights, "How far the student is from its teacher."),
    ):
        learned = STUDENT.equivalent * STUDENT.covariance * TEACHER.weights
        word = _of(STUDENT, "of a function", TEACHER.weights) - 2 * inner(words.METRIC, other, learned)
        account.line(word + Quadratic(words.METRIC, other)).rewrite(
            f"{name}, over the coordinates", _over, move, check, uses=_rests_on, note=note
        )
        found.append(
            account.rewrite(
                name,
                r"$\delta_s = 1 - h$",
                lambda form: form.subs(counted, simultaneous=True),
                Identity(counted),
                uses=("delta of the student",),
            )
        )
    of_teacher = account.line(Quadratic(words.METRIC, TEACHER.weights - BETA)).rewrite(
        "risk of the teacher", _over, move, check, note="In its own moments."
    )
    return of_teacher, found[0], found[1]
