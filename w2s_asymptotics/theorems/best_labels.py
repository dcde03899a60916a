r"""The labels that a ridge student should be given, direction by direction.

Labels are ``<M beta_*, x>`` for a matrix M, without noise; the student's risk is derived as for any chain,
and where all matrices commute it is a sum over directions, each a parabola in what the labels keep of it.
The best labels are not the truth: a direction of which little is lost is amplified, one that is mostly lost
is dimmed.
"""

from __future__ import annotations

import sympy as sp

from w2s_asymptotics.chains.ridge import stage_steps
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import Identity, SameSign, Solves
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.domain import within
from w2s_asymptotics.proof.models.rows import Labels
from w2s_asymptotics.proof.models.spectra import WordsOnSpectra
from w2s_asymptotics.proof.tactics import Equal
from w2s_asymptotics.words.spectrum import DIMENSION, EIGENVALUE, ENERGY, MULTIPLIER, WEIGHT, Total
from w2s_asymptotics.words.words import BETA, Quadratic, Stage, letter

__all__ = ["ADDED", "KEPT", "LOST", "STUDENT", "derivation", "on_direction"]

STUDENT = Stage("s", noisy=False)
KEPT, LOST = sp.symbols("S K", positive=True)
ADDED = (1 - STUDENT.delta) / STUDENT.delta
"""What fresh rows make of a unit of energy that the student leaves unexplained."""

_MATRIX, _TEST = letter("M"), letter("Sigma")
_g = sp.Symbol("g", positive=True)
_INSIDE = within(LOST, 0, 1) & within(STUDENT.delta, 0, 1)


def on_direction(kept: sp.Expr, lost: sp.Expr) -> sp.Expr:
    """Return what a direction of unit energy and variance adds to the risk, by what its labels keep of it."""
    return (1 - kept * MULTIPLIER) ** 2 + ADDED * lost**2 * MULTIPLIER**2


def _risk(account: Account) -> sp.Expr:
    """The student's risk as a sum over directions."""
    labelled = _MATRIX * BETA
    start = Quadratic(_TEST, STUDENT.error)
    account.extend(stage_steps(start, STUDENT, Labels(labelled), labelled - BETA, starts=True))
    own = {STUDENT.covariance: _TEST}
    inverse = sp.Symbol("G", positive=True)
    count = sp.Symbol("gamma", positive=True)
    shape = {inverse: 1 / (EIGENVALUE + STUDENT.kappa * _g)}
    letters = {_TEST: EIGENVALUE, STUDENT.penalty: _g, STUDENT.equivalent: inverse, _MATRIX: MULTIPLIER}
    kept = EIGENVALUE * inverse
    numbers = {
        STUDENT.kappa: STUDENT.kappa,
        STUDENT.samples: DIMENSION / count,
        STUDENT.delta: 1 - count * Total(WEIGHT * kept**2),
    }
    words = account.last.subs(own)
    meaning = {LOST: STUDENT.kappa * _g * inverse, KEPT: kept}
    meaning |= {STUDENT.delta: numbers[STUDENT.delta], **shape}
    return account.line(words).claim(
        "enter the spectrum",
        r"$G = 1/(s + \kappa g)$",
        Total(EIGENVALUE * ENERGY * on_direction(KEPT, LOST)),
        Equal(WordsOnSpectra(letters, numbers, BETA, meaning)),
        uses=(account.steps[-1].name,),
        note=r"All matrices commute; $\epsilon$ is the energy of the target, and "
        r"$\mathrm{tr}(\Sigma G\Sigma G)/n = 1 - \delta$.",
    )


def derivation() -> Derivation:
    """Derive the risk, the best labels, their risk, and the two thresholds."""
    account = Account()
    risk = _risk(account)
    between = {KEPT: 1 - LOST}
    one = on_direction(KEPT, LOST)
    slope = sp.diff(one, MULTIPLIER)
    best = KEPT / (KEPT**2 + ADDED * LOST**2)
    account.line(sp.diff(slope, MULTIPLIER)).claim(
        "every direction is a parabola",
        "second derivative",
        2 * (KEPT**2 + ADDED * LOST**2),
        Identity(between, positive=_INSIDE),
        uses=("enter the spectrum",),
        note="Open upward: the least risk is where the slope vanishes.",
    )
    account.line(sp.Eq(slope, 0)).claim(
        "set the slope to zero",
        "derivative in M",
        sp.Eq(MULTIPLIER, best),
        Solves(),
        uses=("enter the spectrum", "every direction is a parabola"),
        note="Direction by direction: what one direction adds to the risk does not depend on others.",
    )
    least = account.line(one.subs(MULTIPLIER, best)).claim(
        "insert the best labels",
        "the least of the parabola",
        ADDED * LOST**2 / (KEPT**2 + ADDED * LOST**2),
        Identity(),
        uses=("set the slope to zero",),
        note="Per energy and variance of the direction.",
    )
    amplify = sp.Lt(LOST, STUDENT.delta, evaluate=False)
    account.line(sp.Gt(best, 1, evaluate=False)).claim(
        "where the truth is amplified",
        r"insert $S = 1 - K$",
        amplify,
        SameSign(_factor(best - 1, STUDENT.delta - LOST, between), between, _INSIDE),
        uses=("set the slope to zero",),
        note="Of a direction that the student mostly keeps it should be told more than the truth.",
    )
    keep = sp.Lt(LOST**2, STUDENT.delta, evaluate=False)
    gap = one.subs(MULTIPLIER, 0) - one.subs(MULTIPLIER, 1)
    account.line(sp.Gt(gap, 0, evaluate=False)).claim(
        "which directions a mask keeps",
        r"insert $S = 1 - K$",
        keep,
        SameSign(_factor(gap, STUDENT.delta - LOST**2, between), between, _INSIDE),
        uses=("enter the spectrum",),
        note="Labels that keep a direction or drop it: kept, it adds less than dropped, exactly there.",
    )
    return Derivation(
        name="best_labels",
        title="The labels that a ridge student should be given",
        statement=r"On noiseless labels $\langle m, x\rangle$ a ridge student's risk is least at "
        r"$m_j = \beta_j S_j/(S_j^2 + K_j^2(1 - \delta)/\delta)$. The best labels amplify the truth exactly "
        r"where $K_j < \delta$; of labels that keep or drop each direction the best keep those with "
        r"$K_j^2 < \delta$.",
        assumptions=(
            r"Gaussian rows, $d, n \to \infty$ in proportion, test covariates as in training.",
            r"The labels carry no noise, and do not depend on the rows.",
            r"$\Sigma$ and $\Gamma$ commute, $\lambda > 0$ (at 0 by continuity).",
        ),
        sources=("Ildiz and others, arXiv:2410.18837 (surrogate labels, for no penalty).",),
        steps=tuple(account.steps),
        result=keep,
        forms={
            "risk": risk,
            "best labels": best,
            "risk of the best labels": least,
            "amplified": amplify,
            "kept by a mask": keep,
        },
        notation=(
            ("M", "what the labels keep of the target: a matrix, or its value on a direction"),
            ("S, K", r"what the student keeps and loses of a direction, $S = 1 - K$"),
            (r"\delta_s", r"$1 - \mathrm{df}_2/n$ of the student"),
            (r"\epsilon", "energy of the target on a direction"),
            (r"\sum[\,\cdot\,]", "sum over the atoms of the joint spectrum"),
        ),
        uses=("one_point", "two_point"),
    )


def _factor(left: sp.Expr, right: sp.Expr, given: dict[sp.Symbol, sp.Expr]) -> sp.Expr:
    """Return the ratio of two sides that vanish together."""
    return sp.factor(left.subs(given) / right)
