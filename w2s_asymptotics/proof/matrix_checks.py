"""Checks of word steps, on matrices that do not commute.

Algebra must hold exactly on rational matrices; a mean over label noise exactly over all sign vectors; a
deterministic equivalent must close like 1/d on drawn Gaussian rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import sympy as sp

from w2s_asymptotics.proof.derivation import Outcome
from w2s_asymptotics.words.matrices import (
    Draw,
    block_means,
    draw_exact,
    draw_floating,
    evaluate,
    move,
    redraw_rows,
    with_row,
)
from w2s_asymptotics.words.words import BETA, Stage

__all__ = [
    "ClosesLikeOneOverD",
    "DerivativeOnMatrices",
    "ExactOnMatrices",
    "ExactOverRows",
    "ExactOverSigns",
    "Labels",
    "extrapolate",
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
        passed = _equal(sum(values) / len(values), evaluate(after, drawn), drawn.dim)
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


REGIMES = ((1.5, 0.3, 1.0), (0.6, 0.05, 0.2))
"""(n/d, lam, noise) of the drawn data: more rows than dimensions, and fewer, where fluctuations dominate."""


@dataclass(frozen=True)
class ClosesLikeOneOverD:
    """The mean gap over drawn rows extrapolates to zero in 1/d, in every regime and entry.

    Letters are I (x) B with 3 x 3 blocks that do not commute, and every mean over blocks of the two sides
    is compared: nine numbers for a word that is a matrix, three for a vector, one for a scalar. The
    intercept of the relative gap, as a function of 1/d, must lie within five of its standard errors of zero
    (or within a third of the tolerance, which covers the next order). Rows are drawn until each standard
    error is a quarter of the tolerance, so that a constant that is off by more than the tolerance fails
    whatever the seed.
    """

    stage: Stage
    labels: Labels
    dims: tuple[int, ...] = (18, 36, 72)
    tolerance: float = 0.03

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Draw rows at each dimension and fit the relative gap as intercept + slope/d."""
        holds, details = True, []
        for place, (aspect, lam, noise) in enumerate(REGIMES):
            runs = [_Run(self, before, after, dim, aspect, lam, noise, (seed, place)) for dim in self.dims]
            repetitions = 40
            while True:
                for run in runs:
                    run.extend(repetitions * self.dims[0] // run.dim)
                intercept, uncertainty = extrapolate(runs)
                if 4 * uncertainty.max() <= self.tolerance or len(runs[0].gaps) >= 10_000:
                    break
                repetitions *= 2
            allowed = np.maximum(5 * uncertainty, self.tolerance / 3)
            holds &= bool((abs(intercept) <= allowed).all() and 4 * uncertainty.max() <= self.tolerance)
            details.append(f"{abs(intercept).max():.1e} +- {uncertainty.max():.1e} at n/d = {aspect}")
        return Outcome(holds, "relative gap at d = inf: " + "; ".join(details))

    def describe(self) -> str:
        """Say what closes the step."""
        return "the gap on drawn data closes like 1/d"


class _Run:
    """Gaps drawn at one dimension, in units of the larger side."""

    def __init__(
        self,
        check: ClosesLikeOneOverD,
        before: Any,
        after: Any,
        dim: int,
        aspect: float,
        lam: float,
        noise: float,
        seed: tuple[int, int],
    ) -> None:
        stage = check.stage
        # The same blocks at every dimension: only the rows differ.
        drawn = draw_floating(
            stage,
            _symbols(before, after, check.labels, stage),
            np.random.default_rng(seed),
            dim,
            round(aspect * dim),
            lam,
        )
        drawn = check.labels.link(drawn)
        values = {**drawn.values, stage.noise: noise} if stage.noisy else drawn.values
        self.drawn = Draw(values, drawn.dim, drawn.rows, stage)
        self.before, self.after, self.dim = before, after, dim
        self.rng = np.random.default_rng((*seed, dim))
        self.by_row = before.has(stage.row)
        self.settled = not after.has(stage.resolvent, stage.sample_covariance)
        self.limit: Any = self._side(after, self.drawn) if self.settled else None
        self.gaps: list[Any] = []
        self.sizes: list[float] = []

    def extend(self, repetitions: int) -> None:
        """Draw fresh rows that many times."""
        for _ in range(max(repetitions, 8)):
            self.drawn = redraw_rows(self.drawn, self.rng)
            limit = self.limit if self.settled else self._side(self.after, self.drawn)
            if self.by_row:
                rows = range(0, len(self.drawn.rows), 3)
                value = np.mean([self._side(self.before, with_row(self.drawn, row)) for row in rows], axis=0)
            else:
                value = self._side(self.before, self.drawn)
            self.gaps.append(np.ravel(np.subtract(value, limit)))
            self.sizes.append(float(np.abs(limit).max()))

    def _side(self, expression: Any, drawn: Draw) -> Any:
        value = evaluate(expression, drawn)
        scalar = not isinstance(value, np.ndarray) and expression.is_commutative
        return np.array([float(value)]) if scalar else block_means(value, self.dim)

    def mean(self) -> tuple[Any, Any]:
        """The mean relative gap and its standard error, entry by entry."""
        gaps, scale = np.array(self.gaps), float(np.mean(self.sizes))
        return gaps.mean(axis=0) / scale, gaps.std(axis=0, ddof=1) / np.sqrt(len(gaps)) / scale + 1e-15


def extrapolate(runs: Sequence[Any]) -> tuple[Any, Any]:
    """Weighted least squares of each entry's gap on 1/d: the intercepts and their standard errors."""
    means = [run.mean() for run in runs]
    intercepts, errors = [], []
    for entry in range(len(means[0][0])):
        gaps = np.array([mean[entry] for mean, _ in means])
        spreads = np.array([spread[entry] for _, spread in means])
        design = np.array([[1.0, 1.0 / run.dim] for run in runs]) / spreads[:, None]
        covariance = np.linalg.inv(design.T @ design)
        fit = covariance @ design.T @ (gaps / spreads)
        intercepts.append(fit[0])
        errors.append(np.sqrt(covariance[0, 0]))
    return np.array(intercepts), np.array(errors)


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
