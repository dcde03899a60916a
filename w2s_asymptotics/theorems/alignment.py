r"""The alignment criterion: which penalties improve on a teacher at first order.

A coordinate is under-regularised when its bracket in the derived sum is positive. A student of small enough
penalty wins if it weighs these more, and loses if it weighs the others more. In the isotropic world all
brackets are equal, with the sign of ``gamma_t sigma^2 - lam_t r^2``: mechanism 1.

The student's risk is derived as for any chain, in words, and differentiated at ``kappa_s = 0``, where ``G_s``
is the inverse of Sigma; ``dkappa/dlam = 1/delta`` (``kappa_derivative``). Then the teacher's rows are
integrated out. Mechanism 2 of [MH25] (arXiv:2505.18346) is the setting; the criterion is proved here.

The criterion speaks of small penalties. A student whose derivative has the wrong sign may still win further
out: a teacher worse than predicting zero is beaten by every student of a large enough penalty.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy as sp

from w2s_asymptotics.chains.ridge import stage_steps
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import SameSign
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.domain import positive
from w2s_asymptotics.proof.models.diagonal import Blocks, CoordinateWise
from w2s_asymptotics.proof.models.rows import Labels, Path, Rows
from w2s_asymptotics.proof.tactics import Equal, Slope
from w2s_asymptotics.theorems._isotropic import everywhere, given_kappa, penalty, signal, tidy
from w2s_asymptotics.words.diagonal import Block, Coordinates, by_block, by_coordinate
from w2s_asymptotics.words.inner import Inner, inner, polarise, slope_at_zero, split_target
from w2s_asymptotics.words.words import BETA, Quadratic, Stage

__all__ = [
    "RESIDUAL",
    "STUDENT",
    "TEACHER",
    "derivation",
    "isotropic_block",
    "isotropic_residual",
    "named_residual",
    "residual_energy",
]

TEACHER, STUDENT = Stage("t"), Stage("s", noisy=False)
RESIDUAL = sp.Symbol("tau^2", positive=True)
"""The teacher's residual energy tau^2."""

_weights, _error, _aligned = TEACHER.weights, TEACHER.error, STUDENT.penalty
_index, _count = sp.Symbol("i", integer=True), sp.Symbol("d", integer=True, positive=True)
_g = sp.Symbol("g", positive=True)
_k = TEACHER.kappa


def residual_energy() -> sp.Expr:
    """Return what tau^2 stands for: the teacher's noise and missed signal over delta, in words."""
    missed = Quadratic(TEACHER.covariance, TEACHER.equivalent * TEACHER.penalty * BETA)
    return (TEACHER.noise + _k**2 * missed) / TEACHER.delta


def named_residual(expression: sp.Expr) -> sp.Expr:
    """Name tau^2 in words of the teacher: write noise + kappa^2 |G Gamma beta_*|^2 as delta tau^2."""
    missed = Quadratic(TEACHER.covariance, TEACHER.equivalent * TEACHER.penalty * BETA)
    return sp.expand(sp.expand(expression).subs(TEACHER.noise, RESIDUAL * TEACHER.delta - _k**2 * missed))


def isotropic_residual() -> sp.Expr:
    """Return tau^2 of an isotropic teacher in kappa: (sigma^2 + K^2 r^2)/delta."""
    held, residue = _k / (1 + _k), penalty(_k, TEACHER.gamma) / _k
    return (TEACHER.noise + held**2 * signal) / (residue + TEACHER.gamma * held / (1 + _k))


def _coordinates() -> Coordinates:
    names = {
        TEACHER.covariance: "s",
        TEACHER.penalty: "g_t",
        TEACHER.equivalent: "G",
        STUDENT.penalty: "g_s",
        BETA: "beta",
    }
    entries = {each: sp.IndexedBase(name, positive=True)[_index] for each, name in names.items()}
    return Coordinates(entries, _index, _count)


def _aligned_words(account: Account) -> sp.Expr:
    """Add the steps that integrate the teacher's rows out of <beta_t, beta_t - beta_*>; return the last.

    The metric is the student's penalty, and tau^2 the teacher's residual energy.
    """
    labels = Labels(BETA)
    algebra = Equal(Rows(TEACHER, labels))
    polarised = account.line(Inner(_aligned, _weights, _error)).claim(
        "polarise",
        r"$2\langle b, b - \beta_*\rangle = \|b\|^2 + \|b - \beta_*\|^2 - \|\beta_*\|^2$",
        polarise(_aligned, _weights, _error),
        algebra,
        note="Forms of the teacher's weights and of its error, which the map of a ridge stage carries.",
    )
    account.extend(stage_steps(polarised, TEACHER, labels, sp.S.Zero, starts=False))
    return account.rewrite(
        "split the target",
        r"$\beta_* = G\Sigma\beta_* + \kappa G\Gamma\beta_*$",
        lambda e: split_target(e, TEACHER),
        algebra,
        note="What is kept of the target and what is lost; the squares cancel and the cross term is left.",
    )


def isotropic_block(stage: Stage, weight: Any, energy: Any, penalty_s: Any) -> Block:
    """Return a block on which Sigma and the teacher's penalty are the identity."""
    multiples = {
        stage.covariance: sp.S.One,
        stage.penalty: sp.S.One,
        stage.equivalent: 1 / (1 + stage.kappa),
        STUDENT.penalty: penalty_s,
    }
    return Block(multiples, weight, energy)


def _criterion(account: Account) -> sp.Expr:
    """The derivative of the student's risk at zero penalty, in any metric."""
    labels = Labels(_weights, TEACHER)
    risk_of = Quadratic(STUDENT.covariance, STUDENT.error)
    account.extend(stage_steps(risk_of, STUDENT, labels, _error, starts=True))
    risk = account.last
    unpenalised = Equal(Rows(STUDENT, labels, kappa=0))
    in_kappa = Path(STUDENT, labels, kappa=0, moved={STUDENT.kappa: sp.S.One}, variable=STUDENT.kappa)
    account.line(risk).rewrite(
        "differentiate at no penalty",
        r"$dG/d\kappa = -G\Gamma G$ at $\kappa_s = 0$",
        lambda e: slope_at_zero(e, STUDENT),
        Slope(in_kappa),
        note=r"Terms in $\kappa_s^2$ have no slope at 0, and $\kappa_s = 0$ at $\lambda_s = 0$ because "
        r"$\gamma_s < 1$.",
    )
    gathered = account.claim(
        "invert the covariance",
        r"$G\Sigma = I$ at $\kappa_s = 0$, and $\beta_* + \Delta = \beta$",
        -2 * inner(_aligned, _weights, _error),
        unpenalised,
        note=r"At zero penalty the student returns its teacher's weights.",
    )
    counted = account.line(STUDENT.delta).claim(
        "count the rows",
        r"$\mathrm{df}_2 = d$ at $\kappa_s = 0$",
        1 - STUDENT.gamma,
        unpenalised,
        uses=("kappa_derivative",),
        note=r"So $d\kappa_s/d\lambda_s = 1/(1 - \gamma_s)$ at 0.",
    )
    return account.line(risk).claim(
        "criterion",
        "chain rule",
        gathered / counted,
        Slope(replace(in_kappa, variable=STUDENT.lam)),
        uses=("invert the covariance", "count the rows"),
        note=r"The derivative in $\lambda_s$ at 0. Small penalties help iff the inner product is positive.",
    )


def derivation() -> Derivation:
    """Derive the criterion, then the teacher's side of it, then its coordinates."""
    account = Account()
    criterion = _criterion(account)
    words = _aligned_words(account)
    names = _coordinates()
    residual = {RESIDUAL: residual_energy()}
    block = isotropic_block(TEACHER, sp.Symbol("w", positive=True), signal, _g)
    bracket = account.line(words).rewrite(
        "equal brackets",
        r"$\Sigma = \Gamma_t = I$, $\Gamma_s = g I$",
        lambda e: tidy(by_block(named_residual(e), (block,), TEACHER).subs(block.weight, 1)),
        Equal(Blocks((block,), TEACHER, residual)),
        uses=("split the target",),
        note="In the isotropic world every coordinate has the same bracket, on average over the signal.",
    )
    own = {RESIDUAL: isotropic_residual(), **given_kappa(TEACHER.lam, _k, TEACHER.gamma)}
    stages = positive(signal, TEACHER.noise) & everywhere(_k, TEACHER.gamma)
    gap = sp.Gt(TEACHER.gamma * TEACHER.noise, TEACHER.lam * signal, evaluate=False)
    claim = sp.Gt(bracket, 0, evaluate=False)
    account.line(claim).claim(
        "mechanism 1",
        r"insert $\tau^2$",
        gap,
        SameSign(_factor(claim, gap, own), own, stages),
        uses=("equal brackets", "marchenko_pastur"),
        note=r"Small penalties help iff $\lambda_t < \lambda_* = \gamma_t\sigma^2/r^2$.",
    )
    coordinates = account.line(words).rewrite(
        "coordinate by coordinate",
        "a common eigenbasis",
        lambda e: by_coordinate(named_residual(e), names),
        Equal(CoordinateWise(names, residual)),
        uses=("split the target",),
        note=r"Where $\Sigma$, $\Gamma_t$, $\Gamma_s$ commute, with $\tau^2$ the residual energy "
        r"over $\delta$. The bracket of coordinate $i$ decides whether it is under-regularised.",
    )
    return Derivation(
        name="alignment",
        title="The alignment criterion",
        statement=r"For $\gamma_s < 1$ the student's risk leaves its teacher's at $\lambda_s = 0$ with "
        r"the slope "
        r"$-\frac{2}{1-\gamma_s} E\langle\Gamma_s\beta_t, \beta_t - \beta_*\rangle$, and for commuting "
        r"matrices the "
        r"inner product is $\sum_i g_{s,i} s_i G_i^2(\tau^2/n - \kappa_t g_{t,i}\beta_{*,i}^2)$: the "
        r"student of a "
        "small penalty wins if it weighs the under-regularised coordinates more than the "
        "over-regularised ones.",
        assumptions=(
            r"$\Sigma$ positive definite, the same at test and for every stage; $\gamma_s < 1$; fresh "
            r"rows.",
            r"The student's labels are the teacher's predictions, without noise.",
            "For the sum over coordinates: the matrices commute. Nothing need commute before.",
        ),
        sources=(
            "Moniri, Hassani, arXiv:2505.18346 (weighted ridge, mechanism 2); the criterion is proved here.",
        ),
        steps=tuple(account.steps),
        result=coordinates,
        forms={"slope of the student's risk": criterion, "inner product": coordinates, "in words": words},
        notation=(
            (r"\Delta_t", r"the teacher's error $\beta_t - \beta_*$"),
            (r"\Gamma_s", "the student's penalty"),
            (r"\kappa_t", "effective regularisation of the teacher"),
            ("G", r"$(\Sigma + \kappa_t\Gamma_t)^{-1}$, with entries $G_i$"),
            (
                r"\tau^2",
                r"$(\sigma^2 + \|\kappa_t G\Gamma_t\beta_*\|_\Sigma^2)/\delta_t$, the residual energy",
            ),
            (r"s, g_t, g_s", r"entries of $\Sigma$, $\Gamma_t$, $\Gamma_s$ in their common eigenbasis"),
        ),
        uses=("one_point", "two_point", "kappa_derivative", "marchenko_pastur"),
    )


def _factor(claim: Any, gap: Any, own: Any) -> Any:
    """Return the quotient of the differences of two inequalities, in kappa."""
    above, below = (sp.sympify(each.lhs - each.rhs) for each in (claim, gap))
    for old, new in own.items():
        above, below = above.subs(old, new), below.subs(old, new)
    return tidy(above / below)
