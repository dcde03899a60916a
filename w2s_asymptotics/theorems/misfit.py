r"""The misfit of a student: what it says of the gain, and the best mixture with its teacher.

For projections onto convex classes the gain is at least the misfit (Charikar and others). For any two
functions it is the misfit and a term of its own, and which of them is better shows in the best mixture of
both. A ridge student's misfit is the residual energy of its labels: it needs no truth.
"""

from __future__ import annotations

import sympy as sp

from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import Identity, SameSign, Solves
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.domain import positive
from w2s_asymptotics.proof.models.rows import Labels, Rows
from w2s_asymptotics.proof.tactics import Equal
from w2s_asymptotics.theorems import from_
from w2s_asymptotics.theorems.alignment import TEACHER
from w2s_asymptotics.words.words import BETA, Quadratic

__all__ = ["CROSS", "MISFIT", "SHARE", "STUDENT", "TEACHER_RISK", "derivation"]

TEACHER_RISK, STUDENT, MISFIT = sp.symbols("E_t E_s D", positive=True)
CROSS, SHARE = sp.symbols("X a", real=True)
_CROSS = (TEACHER_RISK + STUDENT - MISFIT) / 2


def derivation() -> Derivation:
    """Derive the identity, the best mixture, and the misfit of a ridge student."""
    account = Account()
    account.line(TEACHER_RISK - STUDENT).claim(
        "the gain is the misfit and a term of its own",
        r"$D = E_t + E_s - 2X$",
        MISFIT + 2 * (CROSS - STUDENT),
        Identity({CROSS: _CROSS}),
        note=r"$D = \mathbb{E}(f_s - f_t)^2$, and $X = \mathbb{E}(f_s - f_*)(f_t - f_*)$ is "
        r"the cross risk; a "
        "projection has $X \\ge E_s$.",
    )
    mixed = SHARE**2 * STUDENT + 2 * SHARE * (1 - SHARE) * CROSS + (1 - SHARE) ** 2 * TEACHER_RISK
    account.line(mixed).claim(
        "mix the predictions",
        "complete by the misfit",
        TEACHER_RISK - SHARE * (TEACHER_RISK - STUDENT + MISFIT) + SHARE**2 * MISFIT,
        Identity({CROSS: _CROSS}),
        note=r"The risk of $af_s + (1 - a)f_t$: a parabola in a, open upward.",
    )
    gain = TEACHER_RISK - STUDENT
    best = (1 + gain / MISFIT) / 2
    parabola = account.last
    account.line(sp.Eq(sp.diff(parabola, SHARE), 0)).claim(
        "set the slope to zero",
        "derivative in a",
        sp.Eq(SHARE, best),
        Solves(),
        uses=("mix the predictions",),
    )
    account.line(sp.Gt(best, sp.S.Half, evaluate=False)).claim(
        "who counts for more",
        r"$D > 0$",
        sp.Gt(gain, 0, evaluate=False),
        SameSign(1 / (2 * MISFIT), positive=positive(MISFIT)),
        uses=("set the slope to zero",),
        note="The student wins exactly where it counts for more than half of the best mixture.",
    )
    account.line(parabola.subs(SHARE, best)).claim(
        "insert the best share",
        "the least of the parabola",
        TEACHER_RISK - MISFIT * best**2,
        Identity(),
        uses=("set the slope to zero",),
    )
    account_of = from_("teacher_balance", "the risk is what the residual energy exceeds the noise by")
    quiet = account_of.subs(TEACHER.noise, 0)
    missed = Quadratic(TEACHER.covariance, TEACHER.equivalent * TEACHER.penalty * BETA)
    result = account.line(quiet).claim(
        "the misfit of a ridge student",
        "a fit without noise, whose target is the teacher",
        TEACHER.kappa**2 * missed / TEACHER.delta,
        Equal(Rows(TEACHER, Labels(BETA))),
        uses=("teacher_balance",),
        note=r"Read $\beta_*$ as what the teacher has learned: how far the student is from it "
        r"is the residual "
        r"energy $\tau^2$ of its labels, whatever the truth is.",
    )
    return Derivation(
        name="misfit",
        title="Misfit, gain and the best mixture of student and teacher",
        statement=r"The gain of a student is its misfit and $2(X - E_s)$, X the cross risk. "
        r"The best mixture gives "
        r"the student the share $(1 + g/D)/2$, g the gain and D the misfit, and has the risk "
        r"$E_t - D\,(1 + g/D)^2/4$: the student counts for more than half exactly where it "
        r"wins. A ridge student's "
        r"misfit is the residual energy of its labels.",
        assumptions=(
            "The identities hold for any two functions; risks, misfit and cross risk in the same mean.",
            "The last step: a ridge student on fresh rows of the covariance that it is tested on.",
        ),
        sources=("Charikar, Pabbaraju, Shiragur, arXiv:2405.15116 (gain and misfit of convex classes).",),
        steps=tuple(account.steps),
        result=result,
        forms={"best share of the student": best, "misfit of a ridge student": result},
        notation=(
            ("E_t, E_s, g", "excess risks of teacher and student, and the gain $E_t - E_s$"),
            ("D", r"misfit $\mathbb{E}(f_s - f_t)^2$"),
            ("X", r"cross risk $\mathbb{E}(f_s - f_*)(f_t - f_*)$"),
            ("a", "share of the student in a mixture of predictions"),
        ),
        uses=("teacher_balance",),
    )
