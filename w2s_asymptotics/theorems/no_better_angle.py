r"""No student sees the target at a smaller angle than its teacher does, where all directions are alike.

Turn the student's rows about the teacher: the labels stay, the student turns. Its part across the teacher
points anywhere, and what it has of the target it has by the teacher alone. No property of the loss is used.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import DerivativeOf, Identity, LimitOf, Solves
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.domain import within
from w2s_asymptotics.proof.models.turns import (
    ACROSS,
    ASIDE,
    ROWS,
    STUDENT,
    TEACHER,
    TURN,
    TURNED,
    TURNED_BACK,
    Turns,
)  # fmt: skip
from w2s_asymptotics.proof.tactics import Averages, Equal
from w2s_asymptotics.theorems import from_
from w2s_asymptotics.theorems._isotropic import energy, overlap, signal
from w2s_asymptotics.theorems.chain_recursion import energy_factor, noise_energy, overlap_factor
from w2s_asymptotics.theorems.projected_labels import ANGLE
from w2s_asymptotics.words.inner import inner
from w2s_asymptotics.words.spectrum import DIMENSION
from w2s_asymptotics.words.words import BETA, Quadratic

__all__ = ["derivation"]

_c_s, _c_t, _c = sp.symbols("c_s c_t c", real=True)
"""Cosines of student and teacher, of teacher and target, of student and target."""
_b = STUDENT.weights
_turns, _mean = Equal(Turns()), Averages(Turns())


def _turned(account: Account) -> None:
    """What a rotation about the teacher leaves as it is, and what turns with it."""
    account.line(ROWS * TURNED_BACK * TEACHER.weights).claim(
        "the labels stay",
        r"$U\beta_t = \beta_t$",
        ROWS * TEACHER.weights,
        _turns,
        note=r"The rows Ux are distributed as the rows x, and have the same $x'\beta_t$: with the same "
        "chance the same labels, whatever function of it they are.",
    )
    account.line(ROWS * TURNED_BACK * TURN * _b).claim(
        "the loss stays",
        r"$U'U = I$",
        ROWS * _b,
        _turns,
        note="Ub predicts on the turned rows what b predicts on the rows: no loss tells them apart.",
    )
    account.line(Quadratic(1, TURN * _b)).claim(
        "the penalty stays",
        r"$U'U = I$",
        Quadratic(1, _b),
        _turns,
        note="A penalty that is a function of the length, and a gradient method stopped at any time.",
    )
    account.line(TURNED).claim(
        "the student turns",
        "its objective is the same",
        TURN * _b,
        _turns,
        uses=("the labels stay", "the loss stays", "the penalty stays"),
        note=r"So Ub is distributed as b, given $\beta_t$. Checked for ridge, on labels that are not linear.",
    )


def _cosines(account: Account) -> Any:
    """The mean of the student's cosine with the target, and its spread."""
    met = inner(1, _b, TEACHER.weights) * inner(1, TEACHER.weights, BETA) / Quadratic(1, TEACHER.weights)
    mean = account.line(inner(1, TURNED, BETA)).claim(
        "mean over the rotations",
        "no direction across the teacher is special",
        met,
        _mean,
        uses=("the student turns",),
    )
    lengths = sp.symbols("l_s l_t l", positive=True)
    named = {
        inner(1, _b, TEACHER.weights): _c_s * lengths[0] * lengths[1],
        inner(1, TEACHER.weights, BETA): _c_t * lengths[1] * lengths[2],
        Quadratic(1, TEACHER.weights): lengths[1] ** 2,
    }
    account.line(mean / (lengths[0] * lengths[2])).claim(
        "cosines multiply",
        "divide by the lengths",
        _c_s * _c_t,
        Identity(named),
        uses=("mean over the rotations", "the penalty stays"),
        note=r"$\mathbb{E}\cos(b, \beta_*) = \cos(b, \beta_t)\cos(\beta_t, \beta_*)$ given the two, at every "
        "dimension; $l_s, l_t, l$ are the lengths.",
    )
    account.line(inner(1, TURN * ACROSS, ASIDE) ** 2).claim(
        "spread over the rotations",
        "the signs are independent",
        Quadratic(1, ACROSS) * Quadratic(1, ASIDE) / (DIMENSION - 1),
        _mean,
        uses=("mean over the rotations",),
        note=r"w and v: what b and $\beta_*$ have across the teacher.",
    )
    account.line((1 - _c_s**2) * (1 - _c_t**2) / (DIMENSION - 1)).claim(
        "it concentrates",
        r"$d \to \infty$",
        sp.S.Zero,
        LimitOf(DIMENSION, sp.oo, ({_c_s: sp.Rational(1, 3), _c_t: sp.Rational(2, 5)},)),
        uses=("spread over the rotations", "cosines multiply"),
        note="The variance of the cosine: what holds in the mean holds of every student in the limit.",
    )
    return _c_s * _c_t


def _errors(account: Account, product: Any) -> Any:
    """The zero-one error of the student is not below that of its teacher."""
    account.line(from_("projected_labels", "zero-one error")).rewrite(
        "the error falls with the cosine",
        "differentiate",
        lambda form: sp.diff(form, ANGLE),
        DerivativeOf(ANGLE, ANGLE),
        uses=("projected_labels",),
        note="It is negative.",
    )
    worse = account.line(_c_t - product).rewrite(
        "what the student lacks",
        "positive form",
        sp.factor,
        Identity(positive=within(_c_t, 0, 1) & within(_c_s, -1, 1, "high"), strict=False),
        uses=("cosines multiply",),
        note="Of a teacher that is better than chance.",
    )
    account.line(sp.Eq(worse, 0)).claim(
        "only a copy is as good",
        "linear equation",
        sp.Eq(_c_s, 1),
        Solves(),
        uses=("what the student lacks",),
    )
    return worse


def _ridge(account: Account) -> None:
    """Ridge students on labels with noise, by the chain recursion."""
    of_student = {symbol(name): symbol(name, "s") for name in ("gamma", "kappa", "noise")}
    gamma, kappa, noise = of_student.values()
    first, second = overlap_factor(kappa, gamma), energy_factor(kappa, gamma)
    norm = sp.sqrt(second * energy + noise_energy(kappa, gamma, noise))
    cosines = {
        _c: first * overlap / (sp.sqrt(signal) * norm),
        _c_s: first * energy / (sp.sqrt(energy) * norm),
        _c_t: overlap / sp.sqrt(signal * energy),
    }
    account.line(_c).claim(
        "ridge students",
        r"$\rho_s = a_1\rho$, $\langle\beta_s, \beta_t\rangle = a_1q$, $q_s = a_2q + w$",
        _c_s * _c_t,
        Identity(cosines),
        uses=("chain_recursion", "cosines multiply"),
        note="By the map of a ridge stage, with label noise, which stands for hard labels too.",
    )


@cache
def derivation() -> Derivation:
    """Derive the product of cosines, that it concentrates, and what follows for the zero-one error."""
    account = Account()
    _turned(account)
    product = _cosines(account)
    worse = _errors(account, product)
    _ridge(account)
    error = account.line(from_("projected_labels", "zero-one error")).claim(
        "error of the student",
        r"$\varrho = \cos(b, \beta_*)$",
        sp.acos(product) / sp.pi,
        Identity({ANGLE: product}),
        uses=("projected_labels", "it concentrates"),
    )
    return Derivation(
        name="no_better_angle",
        title="No student has a better angle than its teacher",
        statement=r"With isotropic covariates, fresh rows, labels that depend on $x'\beta_t$ and chance "
        r"alone and a penalty that rotations leave as it is, $\cos(b, \beta_*) = \cos(b, "
        r"\beta_t)\cos(\beta_t, \beta_*)$ in "
        "the limit, in the mean at every dimension: no student, of whatever loss, on soft, hard or sampled "
        "labels, has a lower zero-one error than its teacher, and one that is not a copy has a larger one.",
        assumptions=(
            "Isotropic Gaussian rows (any rotation-invariant law for the product of cosines), fresh at the "
            "student's stage; teacher and student see the same coordinates.",
            "The student's labels depend on the teacher's prediction and on chance alone: no true labels "
            "among them. Its loss sees predictions only; its penalty, or its early stopping, sees the length "
            "only.",
            "The teacher is better than chance.",
        ),
        sources=(
            "Derived here; that a student's risk may nevertheless fall: Moniri, Hassani, arXiv:2505.18346.",
        ),
        steps=tuple(account.steps),
        result=error,
        forms={"error of the student": error, "cosine that it lacks": worse},
        notation=(
            (r"\beta_s", "what the student learns"),
            (r"\beta_u", "what it learns from the turned rows"),
            ("U", r"a rotation with $U\beta_t = \beta_t$"),
            ("c_s, c_t", r"$\cos(b, \beta_t)$ and $\cos(\beta_t, \beta_*)$"),
            (r"\varrho", "correlation of a prediction with the target"),
            (r"\rho, q", r"$\langle\beta_*, \beta_t\rangle$ and $\|\beta_t\|^2$ of the teacher"),
        ),
        uses=("projected_labels", "chain_recursion"),
    )
