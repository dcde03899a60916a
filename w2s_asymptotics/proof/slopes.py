"""Slopes of words in the effective regularisation, above all where a student's penalty vanishes.

With more rows than dimensions ``kappa = 0`` at ``lam = 0``, and ``G`` is the inverse of Sigma. The rule
differentiates there; the checks redo the differentiation on rational matrices that do not commute.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from w2s_asymptotics.proof.derivation import Outcome
from w2s_asymptotics.proof.matrix_checks import Labels
from w2s_asymptotics.words.inner import inner
from w2s_asymptotics.words.matrices import Draw, draw_exact, evaluate, inverse, move
from w2s_asymptotics.words.words import Quadratic, Stage

__all__ = ["ExactAtZero", "SlopeAtZero", "SlopeInKappa", "slope_at_zero"]


def slope_at_zero(expression: Any, stage: Stage) -> sp.Expr:
    """Differentiate forms of words in kappa at ``kappa = 0``: ``dG = -G Gamma G``, and terms in kappa^2 go.

    >>> from w2s_asymptotics.words.words import letter
    >>> stage, weights = Stage("s"), letter("b")
    >>> slope_at_zero(Quadratic(letter("A"), stage.equivalent * weights), stage)
    -2*Inner(A, G_s*b, G_s*Gamma_s*G_s*b)
    """
    kappa, shape = stage.kappa, stage.equivalent
    moved = shape - kappa * shape * stage.penalty * shape
    slopes = []
    for term in sp.Add.make_args(expression):
        forms = sorted(term.atoms(Quadratic), key=sp.default_sort_key)
        factor = sp.Mul(*(part for part in sp.Mul.make_args(term) if not part.has(Quadratic)))
        if factor.has(kappa):
            if sp.diff(factor, kappa).subs(kappa, 0) != 0 or factor.subs(kappa, 0) != 0:
                raise ValueError(f"{term} does not vanish to second order with {kappa}")
            continue
        (form,) = forms
        vector = sp.expand(form.args[1].subs(shape, moved))
        here, ahead = vector.coeff(kappa, 0), vector.coeff(kappa, 1)
        slopes.append(2 * factor * inner(form.args[0], here, ahead))
    return sp.Add(*slopes)


def _drawn(stage: Stage, labels: Labels, symbols: set[sp.Symbol], seed: int, kappa: Fraction) -> Draw:
    """The same rational matrices for every kappa, which may be zero or a little below."""
    drawn = labels.link(draw_exact(stage, symbols | labels.symbols, np.random.default_rng(seed)))
    values = dict(drawn.values)
    covariance, size = values[stage.covariance], values[stage.samples]
    shape = inverse(covariance + kappa * values[stage.penalty])
    product = covariance @ shape
    values |= {
        stage.kappa: kappa,
        stage.equivalent: shape,
        stage.lam: kappa * (1 - np.trace(product) / size),
        stage.delta: 1 - np.trace(product @ product) / size,
        stage.gamma: drawn.dim / size,
    }
    return Draw(values, drawn.dim, drawn.rows, stage)


@dataclass(frozen=True)
class ExactAtZero:
    """Both sides agree exactly on rational matrices with ``kappa = 0``."""

    stage: Stage
    labels: Labels

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Evaluate both sides in exact arithmetic."""
        symbols = before.free_symbols | after.free_symbols
        drawn = _drawn(self.stage, self.labels, symbols, seed, Fraction(0))
        passed = bool(evaluate(before, drawn) == evaluate(after, drawn))
        return Outcome(passed, f"the two sides {'agree exactly' if passed else 'differ'} at kappa = 0")

    def describe(self) -> str:
        """Say what closes the step."""
        return "exact on rational matrices at zero penalty"


@dataclass(frozen=True)
class SlopeAtZero:
    """``after`` is the derivative of ``before`` at zero penalty, in kappa or, with ``in_lam``, in lam.

    Central differences in exact arithmetic at distances 1e-9 and 1e-10, G, lam and delta following kappa: the
    gap must be tiny and shrink a hundredfold.
    """

    stage: Stage
    labels: Labels
    in_lam: bool = False

    @property
    def variable(self) -> sp.Symbol:
        """What the derivative is taken in."""
        return self.stage.lam if self.in_lam else self.stage.kappa

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Compare the differences with the claimed derivative."""
        symbols = before.free_symbols | after.free_symbols
        claimed = evaluate(after, _drawn(self.stage, self.labels, symbols, seed, Fraction(0)))
        gaps = []
        for distance in (Fraction(1, 10**9), Fraction(1, 10**10)):
            ahead, behind = (
                _drawn(self.stage, self.labels, symbols, seed, step) for step in (distance, -distance)
            )
            rise = evaluate(before, ahead) - evaluate(before, behind)
            gaps.append(abs(rise / (ahead.values[self.variable] - behind.values[self.variable]) - claimed))
        passed = gaps[0] <= 1e-9 * max(abs(claimed), 1) and gaps[1] <= gaps[0] / 50
        return Outcome(
            bool(passed),
            f"differences at 1e-9 and 1e-10 miss it by {float(gaps[0]):.0e}, {float(gaps[1]):.0e}",
        )

    def describe(self) -> str:
        """Say what closes the step."""
        return "exact differences about zero penalty converge to it quadratically, on rational matrices"


@dataclass(frozen=True)
class SlopeInKappa:
    """``after`` is the derivative of ``before`` in kappa, with G and delta following, on rational matrices.

    Central differences in exact arithmetic at distances 1e-9 and 1e-10; the gap must shrink a hundredfold.
    """

    stage: Stage

    @property
    def variable(self) -> sp.Symbol:
        """What the derivative is taken in."""
        return self.stage.kappa

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Compare the differences with the claimed derivative."""
        symbols = before.free_symbols | after.free_symbols
        drawn = draw_exact(self.stage, symbols, np.random.default_rng(seed))
        claimed, gaps = evaluate(after, drawn), []
        for distance in (Fraction(1, 10**9), Fraction(1, 10**10)):
            ahead, behind = (evaluate(before, self._moved(drawn, step)) for step in (distance, -distance))
            gaps.append(abs((ahead - behind) / (2 * distance) - claimed))
        passed = gaps[0] <= 1e-9 * abs(claimed) and gaps[1] <= gaps[0] / 50
        return Outcome(bool(passed), f"differences miss it by {float(gaps[0]):.0e}, {float(gaps[1]):.0e}")

    def _moved(self, drawn: Draw, distance: Fraction) -> Draw:
        there = move(drawn, {self.stage.kappa: sp.S.One}, distance)
        product = there.values[self.stage.covariance] @ there.values[self.stage.equivalent]
        delta = 1 - np.trace(product @ product) / there.values[self.stage.samples]
        return Draw({**there.values, self.stage.delta: delta}, there.dim, there.rows, there.stage)

    def describe(self) -> str:
        """Say what closes the step."""
        return "exact differences converge to it quadratically, on rational matrices"
