"""Words in two resolvents of the same rows, and the checks of their steps on matrices that do not commute.

Two fits t and s share the rows, and with them ``Sigmahat``, ``Sigma``, ``Gamma``, the single row's ``P``
and the noise vector ``z``; each has its own ``lam``, ``kappa``, ``R``, ``G`` and ``Q`` (the resolvent
without that row). ``delta_ts`` is 1 - tr(G_t Sigma G_s Sigma)/n.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations_with_replacement, product
from typing import Any

import numpy as np
import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.derivation import Outcome
from w2s_asymptotics.words.matrices import Draw, evaluate, inverse
from w2s_asymptotics.words.words import BETA, Stage, letter

__all__ = [
    "COVARIANCE",
    "FITS",
    "NOISE",
    "PENALTY",
    "ROW",
    "SAMPLE",
    "SIZE",
    "PairCloses",
    "PairExact",
    "PairMeets",
    "PairOnIdentities",
    "PairOverRows",
    "PairOverSigns",
    "delta",
    "kept",
]

FITS = Stage("t"), Stage("s")
SAMPLE, COVARIANCE, PENALTY, ROW = letter("Sigmahat"), letter("Sigma"), letter("Gamma"), letter("P")
NOISE, SIZE = letter("z"), symbol("samples")
ASPECT = 1.5
"""Rows per dimension where rows are drawn."""


def delta(first: Stage, second: Stage) -> sp.Symbol:
    """Return ``1 - tr(G Sigma G Sigma)/n`` of two fits.

    >>> delta(*FITS)
    delta_ts
    """
    return sp.Symbol(f"delta_{first.label}{second.label}", positive=True)


def _draw(expressions: tuple[Any, ...], rng: np.random.Generator, dim: int | None = None) -> Draw:
    """Draw rows, Sigma, Gamma, two penalties and whatever else occurs; exactly, unless given a dimension."""
    symbols = set().union(*(sp.sympify(expression).free_symbols for expression in expressions)) | {BETA}
    values: dict[Any, Any]
    kappas: tuple[Any, Any]
    size: Any
    if dim is None:
        rows, other, kappas, size = (
            _fractions(rng, 4, 3),
            _exact_letter,
            (Fraction(2, 7), Fraction(5, 7)),
            Fraction(4),
        )
        values = {
            each: root @ root.T + np.eye(3, dtype=int)
            for each in (COVARIANCE, PENALTY)
            for root in [_fractions(rng, 3, 3)]
        }
    else:
        count = round(ASPECT * dim)
        rows, other, kappas, size = np.empty((count, dim)), _floating_letter, (0.25, 0.75), float(count)
        values = {COVARIANCE: _rotated(rng, dim, 0.5, 2.0), PENALTY: _rotated(rng, dim, 0.6, 1.6)}
    values[SIZE] = size
    for fit, kappa in zip(FITS, kappas, strict=True):
        shape = inverse(values[COVARIANCE] + kappa * values[PENALTY])
        lam = kappa * (1 - np.trace(values[COVARIANCE] @ shape) / size)
        values |= {fit.kappa: kappa, fit.equivalent: shape, fit.lam: lam}
    for first, second in combinations_with_replacement(FITS, 2):
        pair = values[first.equivalent] @ values[COVARIANCE] @ values[second.equivalent] @ values[COVARIANCE]
        values[delta(first, second)] = 1 - np.trace(pair) / size
    fixed = {
        SAMPLE,
        ROW,
        NOISE,
        *values,
        *(fit.resolvent for fit in FITS),
        *(fit.without_row for fit in FITS),
    }
    for item in sorted(symbols - fixed, key=str):
        number = Fraction(int(rng.integers(1, 9)), 11) if dim is None else float(rng.uniform(0.3, 0.9))
        if dim is not None and item == symbol("noise"):
            number *= dim  # what stands for a vector is drawn as d columns, whose energy is of order d
        values[item] = number if item.is_commutative else other(rng, rows.shape[1])
    draw = Draw(values, rows.shape[1], rows, FITS[0])
    return _with_rows(draw, rows, 0) if dim is None else draw


def _fractions(rng: np.random.Generator, *shape: int) -> Any:
    draws = [Fraction(int(rng.integers(-4, 5)), int(rng.integers(1, 4))) for _ in range(int(np.prod(shape)))]
    return np.array(draws, dtype=object).reshape(shape)


def _exact_letter(rng: np.random.Generator, dim: int) -> Any:
    root = _fractions(rng, dim, dim)
    return root + root.T


def _rotated(rng: np.random.Generator, dim: int, low: float, high: float) -> Any:
    basis = np.linalg.qr(rng.standard_normal((dim, dim)))[0]
    return (basis * np.linspace(low, high, dim)) @ basis.T


def _floating_letter(rng: np.random.Generator, dim: int) -> Any:
    return _rotated(rng, dim, 0.4, 1.4)


def _same(left: Any, right: Any, dim: int) -> bool:
    return not np.any(_as_matrix(left, dim) - _as_matrix(right, dim))


def _as_matrix(value: Any, dim: int) -> Any:
    """A scalar stands for that multiple of the identity."""
    return value if isinstance(value, np.ndarray) else value * np.eye(dim, dtype=int)


def _number(value: Any, test: Any) -> float:
    """A scalar as it is, a matrix through its normalised trace against the test matrix."""
    return float(np.trace(test @ value) / len(test)) if isinstance(value, np.ndarray) else float(value)


def _with_rows(draw: Draw, rows: Any, place: int) -> Draw:
    """Put rows in, and look at the one at ``place``."""
    values, size = dict(draw.values), draw.values[SIZE]
    sample, outer = rows.T @ rows / size, np.outer(rows[place], rows[place])
    values |= {SAMPLE: sample, ROW: outer}
    for fit in FITS:
        penalty = values[fit.lam] * values[PENALTY]
        values[fit.resolvent] = inverse(sample + penalty)
        values[fit.without_row] = inverse(sample - outer / size + penalty)
    return Draw(values, draw.dim, rows, draw.stage)


def _with_noise(draw: Draw, signs: Any) -> Draw:
    """Put in the noise vector z = X'e/n for e = root * signs, ``root`` squared being the noise variance."""
    root = Fraction(3, 2)
    noise = np.full((len(draw.rows), draw.dim), Fraction(0), dtype=object)
    noise[:, 0] = [root * sign for sign in signs]
    added = {NOISE: draw.rows.T @ noise / draw.values[SIZE], symbol("noise"): root**2}
    return Draw({**draw.values, **added}, draw.dim, draw.rows, draw.stage)


@dataclass(frozen=True)
class PairExact:
    """Both sides agree exactly on rational matrices."""

    draws: int = 3

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Evaluate both sides in exact arithmetic."""
        rng = np.random.default_rng(seed)
        for _ in range(self.draws):
            drawn = _draw((before, after), rng)
            drawn = _with_noise(drawn, [1 if sign else -1 for sign in rng.integers(2, size=len(drawn.rows))])
            if not _same(evaluate(before, drawn), evaluate(after, drawn), drawn.dim):
                return Outcome(False, "the two sides differ on rational matrices")
        return Outcome(True, f"equal on {self.draws} draws of rational matrices, exactly")

    def describe(self) -> str:
        """Say what closes the step."""
        return "exact on rational matrices"


@dataclass(frozen=True)
class PairMeets:
    """``after`` is the limit of ``before`` as the second penalty tends to the first, on rational matrices.

    The gap must shrink in proportion to the distance: a millionfold where the penalties come a million times
    closer.
    """

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Approach through 1e-6 and 1e-12 in exact arithmetic."""
        drawn, (first, second) = _draw((before, after), np.random.default_rng(seed)), FITS
        gaps = []
        for power in (6, 12):
            near = drawn.values[first.lam] * (1 + Fraction(1, 10**power))
            point = _with_rows(replace(drawn, values={**drawn.values, second.lam: near}), drawn.rows, 0)
            left, right = (_as_matrix(evaluate(side, point), drawn.dim) for side in (before, after))
            gaps.append(max(abs(entry) for entry in (left - right).flat))
        passed = gaps[0] < Fraction(1, 1000) and gaps[1] * 10**5 <= gaps[0]
        return Outcome(passed, f"gaps {float(gaps[0]):.1e} and {float(gaps[1]):.1e} along 1e-6 and 1e-12")

    def describe(self) -> str:
        """Say what closes the step."""
        return "the gap vanishes on rational matrices"


def kept(fit: Stage) -> sp.Symbol:
    """Return S = 1/(1 + kappa), what a fit keeps of a coefficient when Sigma = Gamma = I."""
    return sp.Symbol(f"S_{fit.label}", positive=True)


@dataclass(frozen=True)
class PairOnIdentities:
    """Both sides agree exactly when Sigma = Gamma = I: G is S I, and a trace counts dimensions."""

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Evaluate both sides in exact arithmetic, at three draws."""
        rng = np.random.default_rng(seed)
        for _ in range(3):
            target = _fractions(rng, 3, 1)
            gamma = Fraction(int(rng.integers(2, 9)), 10)
            values: dict[Any, Any] = {BETA: target, symbol("signal"): (target * target).sum()}
            values |= {COVARIANCE: Fraction(1), PENALTY: Fraction(1), symbol("gamma"): gamma, SIZE: 3 / gamma}
            for fit, share in zip(FITS, (Fraction(2, 3), Fraction(3, 8)), strict=True):
                values |= {fit.equivalent: share, kept(fit): share, fit.kappa: 1 / share - 1}
            for first, second in combinations_with_replacement(FITS, 2):
                values[delta(first, second)] = 1 - gamma * values[kept(first)] * values[kept(second)]
            for item in sorted((before.free_symbols | after.free_symbols) - set(values), key=str):
                values[item] = Fraction(int(rng.integers(1, 9)), 11)
            draw = Draw(values, 3, target, FITS[0])
            if evaluate(before, draw) != evaluate(after, draw):
                return Outcome(False, "the two sides differ on identities")
        return Outcome(True, "equal on identities, exactly")

    def describe(self) -> str:
        """Say what closes the step."""
        return "exact where Sigma and Gamma are the identity"


@dataclass(frozen=True)
class PairOverRows:
    """The mean of ``after`` over which row it looks at is ``before``, exactly, on rational matrices."""

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Average over the rows in exact arithmetic."""
        drawn = _draw((before, after), np.random.default_rng(seed))
        values = [
            _as_matrix(evaluate(after, _with_rows(drawn, drawn.rows, place)), drawn.dim)
            for place in range(len(drawn.rows))
        ]
        passed = _same(sum(values) / len(values), evaluate(before, drawn), drawn.dim)
        return Outcome(
            passed, f"the mean over {len(values)} rows {'agrees exactly' if passed else 'differs'}"
        )

    def describe(self) -> str:
        """Say what closes the step."""
        return "exact mean over the rows, on rational matrices"


@dataclass(frozen=True)
class PairOverSigns:
    """The mean of ``before`` over all vectors of signs is ``after``, exactly, on rational matrices."""

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Average over the 2^n sign vectors in exact arithmetic."""
        drawn = _draw((before, after), np.random.default_rng(seed))
        points = [_with_noise(drawn, signs) for signs in product((1, -1), repeat=len(drawn.rows))]
        mean = sum(evaluate(before, point) for point in points) / len(points)
        passed = bool(mean == evaluate(after, points[0]))
        return Outcome(
            passed, f"the mean over {len(points)} sign vectors {'agrees exactly' if passed else 'differs'}"
        )

    def describe(self) -> str:
        """Say what closes the step."""
        return "exact mean over all sign vectors, on rational matrices"


@dataclass(frozen=True)
class PairCloses:
    """The mean gap over drawn rows extrapolates to zero in 1/d, to within its error and the tolerance.

    The gap is relative to the right side on the same rows, through the trace against a fixed test matrix.
    """

    dims: tuple[int, ...] = (24, 48, 96)
    repetitions: int = 160
    tolerance: float = 0.02

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Draw rows at each dimension until the intercept of the relative gap is known to the tolerance."""
        rng = np.random.default_rng(seed)
        draws = [_draw((before, after), rng, dim) for dim in self.dims]
        gaps: list[list[float]] = [[] for _ in draws]
        repetitions = self.repetitions
        while True:
            for draw, found in zip(draws, gaps, strict=True):
                count = max(repetitions * self.dims[0] // draw.dim, 12)
                found.extend(self._gap(before, after, draw, rng) for _ in range(count))
            intercept, uncertainty = self._intercept(gaps)
            if 4 * uncertainty <= self.tolerance or len(gaps[0]) > 20 * self.repetitions:
                break
            repetitions *= 2
        close = abs(intercept) <= max(4 * uncertainty, self.tolerance / 3)
        return Outcome(
            bool(close and 4 * uncertainty <= self.tolerance),
            f"relative gap at d = inf: {intercept:+.1e} +- {uncertainty:.1e}",
        )

    def _gap(self, before: Any, after: Any, draw: Draw, rng: np.random.Generator) -> float:
        """The relative gap on fresh rows, the mean over which row is looked at."""
        root = np.linalg.cholesky(draw.values[COVARIANCE])
        rows = rng.standard_normal(draw.rows.shape) @ root.T
        test = np.diag(np.linspace(0.5, 1.5, draw.dim))
        places = range(len(rows)) if before.has(ROW) else (0,)
        seen = [_with_rows(draw, rows, place) for place in places]
        left = float(np.mean([_number(evaluate(before, point), test) for point in seen]))
        right = _number(evaluate(after, seen[0]), test)
        return left / right - 1

    def _intercept(self, gaps: list[list[float]]) -> tuple[float, float]:
        """Weighted least squares of the mean gaps on 1/d: the intercept and its standard error."""
        errors = np.array([np.std(found, ddof=1) / np.sqrt(len(found)) for found in gaps])
        design = np.stack([np.ones(len(gaps)), 1 / np.array(self.dims)], axis=1) / errors[:, None]
        covariance = np.linalg.inv(design.T @ design)
        fit = covariance @ design.T @ ([np.mean(found) for found in gaps] / errors)
        return float(fit[0]), float(np.sqrt(covariance[0, 0]))

    def describe(self) -> str:
        """Say what closes the step."""
        return "the gap on drawn data closes like 1/d"
