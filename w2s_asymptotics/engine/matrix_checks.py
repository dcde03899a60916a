"""Checks of word steps, on matrices that do not commute.

Algebra must hold exactly on rational matrices; a mean over label noise exactly over all sign vectors; a
deterministic equivalent must close like 1/d on drawn Gaussian rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import sympy as sp

from w2s_asymptotics.engine.derivation import Outcome
from w2s_asymptotics.engine.matrices import (
    Draw,
    draw_exact,
    draw_floating,
    evaluate,
    move,
    redraw_rows,
    with_row,
)
from w2s_asymptotics.engine.words import BETA, Stage

__all__ = [
    "ClosesLikeOneOverD",
    "DerivativeOnMatrices",
    "ExactOnMatrices",
    "ExactOverRows",
    "ExactOverSigns",
    "Labels",
]


@dataclass(frozen=True)
class Labels:
    """What labels a stage's rows.

    The weights ``labelled``, a word polynomial in the target and in what the ``previous`` learner learned.
    """

    labelled: Any
    previous: Stage | None = None

    def link(self, draw: Draw) -> Draw:
        """Make the drawn error of the previous learner its drawn weights minus the target."""
        if self.previous is None:
            return draw
        values = dict(draw.values)
        values[self.previous.error] = values[self.previous.weights] - values[BETA]
        return Draw(values, draw.dim, draw.rows, draw.stage)

    @property
    def symbols(self) -> set[sp.Symbol]:
        """Return the letters that a draw must give values to."""
        learner = {self.previous.weights, self.previous.error} if self.previous else set()
        return {BETA, *sp.sympify(self.labelled).free_symbols, *learner}


def _symbols(before: Any, after: Any, labels: Labels, stage: Stage) -> set[sp.Symbol]:
    learner = {stage.weights, stage.error, stage.noise_vector, stage.row, stage.without_row}
    found: set[sp.Symbol] = (before.free_symbols | after.free_symbols | labels.symbols) - learner
    return found


def _square_noise(draw: Draw) -> tuple[Draw, Fraction]:
    """Make the drawn noise variance a perfect square (zero for a noiseless stage), and return its root."""
    if not draw.stage.noisy:
        return draw, Fraction(0)
    root = Fraction(3, 2)
    return Draw({**draw.values, draw.stage.noise: root**2}, draw.dim, draw.rows, draw.stage), root


def _noise_vectors(draw: Draw, root: Fraction) -> list[Any]:
    """All noise vectors with entries plus or minus ``root``, in the first of the drawn columns."""
    count, columns = len(draw.rows), draw.dim
    vectors = []
    for signs in product((1, -1), repeat=count):
        noise = np.full((count, columns), Fraction(0), dtype=object)
        noise[:, 0] = [root * sign for sign in signs]
        vectors.append(noise)
    return vectors


@dataclass(frozen=True)
class ExactOnMatrices:
    """Both sides agree exactly on rational matrices, with the stage's learner fitted to noisy labels."""

    stage: Stage
    labels: Labels
    draws: int = 3

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Evaluate both sides in exact arithmetic."""
        rng = np.random.default_rng(seed)
        for _ in range(self.draws):
            drawn = self.labels.link(
                draw_exact(self.stage, _symbols(before, after, self.labels, self.stage), rng)
            )
            drawn, root = _square_noise(drawn)
            noise = _noise_vectors(drawn, root)[int(rng.integers(2 ** len(drawn.rows)))]
            fitted = with_row(drawn, 0).with_noise(
                noise, evaluate(self.labels.labelled, drawn), drawn.values[BETA]
            )
            if not _equal(evaluate(before, fitted), evaluate(after, fitted), fitted.dim):
                return Outcome(False, "the two sides differ on rational matrices")
        return Outcome(True, f"equal on {self.draws} draws of rational matrices, exactly")

    def describe(self) -> str:
        """Say what closes the step."""
        return "exact on rational matrices"


@dataclass(frozen=True)
class ExactOverSigns:
    """The mean of ``before`` over all vectors of signs is ``after``, exactly, on rational matrices."""

    stage: Stage
    labels: Labels

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Average over the 2^n sign vectors in exact arithmetic."""
        rng = np.random.default_rng(seed)
        drawn = self.labels.link(
            draw_exact(self.stage, _symbols(before, after, self.labels, self.stage), rng)
        )
        drawn, root = _square_noise(drawn)
        labelled, target = evaluate(self.labels.labelled, drawn), drawn.values[BETA]
        values = [
            evaluate(before, drawn.with_noise(noise, labelled, target))
            for noise in _noise_vectors(drawn, root)
        ]
        passed = sum(values) / len(values) == evaluate(after, drawn)
        return Outcome(
            passed, f"the mean over {len(values)} sign vectors {'agrees exactly' if passed else 'differs'}"
        )

    def describe(self) -> str:
        """Say what closes the step."""
        return "exact mean over all sign vectors, on rational matrices"


@dataclass(frozen=True)
class ExactOverRows:
    """The mean of ``after`` over which row it looks at is ``before``, exactly, on rational matrices."""

    stage: Stage

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Average over the rows in exact arithmetic."""
        rng = np.random.default_rng(seed)
        drawn = draw_exact(self.stage, _symbols(before, after, Labels(BETA), self.stage), rng)
        values = [
            _spread(evaluate(after, with_row(drawn, place)), drawn.dim) for place in range(len(drawn.rows))
        ]
        passed = _equal(sum(values) / len(values), evaluate(before, drawn), drawn.dim)
        return Outcome(
            passed, f"the mean over {len(values)} rows {'agrees exactly' if passed else 'differs'}"
        )

    def describe(self) -> str:
        """Say what closes the step."""
        return "exact mean over the rows, on rational matrices"


@dataclass(frozen=True)
class DerivativeOnMatrices:
    """``after`` is the derivative of ``before`` along ``moved`` (letter or number: its direction).

    Central differences in exact rational arithmetic, at distances 1e-12 and 1e-13: the gap must be tiny and
    shrink a hundredfold, as it does for the derivative alone.
    """

    stage: Stage
    moved: Mapping[Any, Any]

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Compare the differences with the claimed derivative."""
        rng = np.random.default_rng(seed)
        symbols = _symbols(before, after, Labels(BETA), self.stage)
        symbols = symbols.union(*(sp.sympify(direction).free_symbols for direction in self.moved.values()))
        drawn = draw_exact(self.stage, symbols, rng)
        gaps = []
        for distance in (Fraction(1, 10**12), Fraction(1, 10**13)):
            ahead, behind = (
                evaluate(before, move(drawn, dict(self.moved), step)) for step in (distance, -distance)
            )
            gaps.append(_largest((ahead - behind) / (2 * distance) - evaluate(after, drawn)))
        passed = gaps[0] <= 1e-18 and gaps[1] <= gaps[0] / 50
        return Outcome(
            passed, f"differences at 1e-12 and 1e-13 miss it by {float(gaps[0]):.0e} and {float(gaps[1]):.0e}"
        )

    def describe(self) -> str:
        """Say what closes the step."""
        return "exact differences converge to it quadratically, on rational matrices"


@dataclass(frozen=True)
class ClosesLikeOneOverD:
    """The mean gap over drawn rows, at several dimensions, extrapolates to zero in 1/d.

    The intercept of the relative gap, as a function of 1/d, must lie within four of its standard errors of
    zero (or within a third of the tolerance, which covers the next order), and be known to the tolerance: a
    constant that is off by more fails. A word that is a matrix is compared through its normalised trace
    against a fixed test matrix.
    """

    stage: Stage
    labels: Labels
    dims: tuple[int, ...] = (24, 48, 96)
    repetitions: int = 160
    aspect: float = 1.5
    tolerance: float = 0.02

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Draw rows at each dimension and fit the relative gap as intercept + slope/d."""
        rng = np.random.default_rng(seed)
        gaps, errors = [], []
        for dim in self.dims:
            symbols = _symbols(before, after, self.labels, self.stage)
            drawn = self.labels.link(draw_floating(self.stage, symbols, rng, dim, round(self.aspect * dim)))
            test = np.diag(np.linspace(0.5, 1.5, dim))
            settled = not after.has(self.stage.resolvent, self.stage.sample_covariance)
            limit = _number(evaluate(after, drawn), test) if settled else 0.0
            values = []
            for _ in range(max(self.repetitions * self.dims[0] // dim, 24)):
                drawn = redraw_rows(drawn, rng)
                limit = limit if settled else _number(evaluate(after, drawn), test)
                values.append(self._value(before, drawn, test) - limit)
            scale = abs(limit)
            gaps.append(float(np.mean(values)) / scale)
            errors.append(float(np.std(values, ddof=1)) / scale / np.sqrt(len(values)))
        intercept, uncertainty = _extrapolate(1 / np.array(self.dims), np.array(gaps), np.array(errors))
        passed = (
            abs(intercept) <= max(4 * uncertainty, self.tolerance / 3) and 4 * uncertainty <= self.tolerance
        )
        return Outcome(
            passed,
            f"relative gap at d = inf: {intercept:+.1e} +- {uncertainty:.1e}; "
            f"at d = {self.dims[-1]}: {gaps[-1]:+.1e}",
        )

    def _value(self, before: Any, drawn: Draw, test: Any) -> float:
        """Evaluate ``before``; where it looks at one row, the mean over all rows, any of which it may be."""
        if not before.has(self.stage.row):
            return _number(evaluate(before, drawn), test)
        places = range(len(drawn.rows))
        return float(np.mean([_number(evaluate(before, with_row(drawn, place)), test) for place in places]))

    def describe(self) -> str:
        """Say what closes the step."""
        return "the gap on drawn data closes like 1/d"


def _extrapolate(inverse_dims: Any, gaps: Any, errors: Any) -> tuple[float, float]:
    """Weighted least squares of the gap on 1/d: the intercept and its standard error."""
    design = np.stack([np.ones_like(inverse_dims), inverse_dims], axis=1) / errors[:, None]
    covariance = np.linalg.inv(design.T @ design)
    fit = covariance @ design.T @ (gaps / errors)
    return float(fit[0]), float(np.sqrt(covariance[0, 0]))


def _equal(left: Any, right: Any, dim: int) -> bool:
    if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
        difference = (
            left - right
            if isinstance(left, np.ndarray) == isinstance(right, np.ndarray)
            else _spread(left, dim) - _spread(right, dim)
        )
        return not np.any(difference)
    return bool(left == right)


def _largest(value: Any) -> Any:
    return max(abs(entry) for entry in value.flat) if isinstance(value, np.ndarray) else abs(value)


def _spread(value: Any, dim: int) -> Any:
    return value if isinstance(value, np.ndarray) else value * np.eye(dim, dtype=int)


def _number(value: Any, test: Any) -> float:
    """A scalar as it is, a matrix through its normalised trace against the test matrix."""
    return float(np.trace(test @ value) / len(test)) if isinstance(value, np.ndarray) else float(value)
