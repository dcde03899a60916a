"""Models of a data set: rows, Sigma and Gamma that do not commute, and the fits to them (`Drawn`).

In exact arithmetic everything is rational, and lam is what makes a drawn kappa solve its fixed point. Where
rows are Gaussian, letters are I (x) B with 3 x 3 blocks that do not commute, and every mean over blocks of
two sides is compared: nine numbers for a word that is a matrix, three for a vector, one for a scalar.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from w2s_asymptotics.proof.models.drawn import (
    NOISE,
    SIZES,
    DataSet,
    Drawn,
    block_means,
    draw_blocks,
    draw_exact,
    fixed_point,
    noise_vectors,
)
from w2s_asymptotics.proof.tactics import Model, Place, Run, derivative_in
from w2s_asymptotics.words.words import BETA, Stage

__all__ = ["EachRow", "Labels", "Meeting", "Path", "Rows", "Signs", "TwoPoints"]

REGIMES = ((1.5, 0.3, 1.0), (0.6, 0.05, 0.2))
"""(n/d, lam, noise) of the Gaussian draws: more rows than dimensions, and fewer, where fluctuations are
largest. A second fit has four times the penalty."""
_ENTRIES = 2**15
"""Of a stack of matrices, which then stays in the cache."""


@dataclass(frozen=True)
class Labels:
    """What labels a stage's rows.

    The weights ``labelled``, a word polynomial in the target and in what the ``previous`` learner learned.
    """

    labelled: Any = BETA
    previous: Stage | None = None

    @property
    def symbols(self) -> set[sp.Symbol]:
        """Return the letters that a draw must give values to."""
        learner = {self.previous.weights, self.previous.error} if self.previous else set()
        return {BETA, *sp.sympify(self.labelled).free_symbols, *learner}


@dataclass(frozen=True)
class Rows(Model):
    """Rational matrices, or Gaussian rows of growing dimension, of a data set whose rows ``labels`` label.

    With ``kappa`` given it is that of the fit; zero takes more rows than dimensions. Where rows are Gaussian,
    sides that are polynomials in the numbers ``by`` are compared coefficient by coefficient, so that no large
    term hides what is wrong in a small one.
    """

    data: DataSet
    labels: Labels = field(default_factory=Labels)
    kappa: int | None = None
    by: tuple[sp.Symbol, ...] = ()

    drawn_as = "data"

    @property
    def where(self) -> str:
        """Say where both sides are evaluated."""
        return "on rational matrices" + (" at zero penalty" if self.kappa == 0 else "")

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Draw rational matrices of different sizes, one row looked at, and one vector of noise."""
        rng = np.random.default_rng(seed)
        for size in SIZES:
            if self.kappa == 0 and size[0] < size[1]:
                continue
            drawn = self.drawn((before, after), rng, size).with_row(0)
            noises = noise_vectors(drawn)
            yield drawn.with_noise(noises[int(rng.integers(len(noises)))], self.labels.labelled).at

    def drawn(
        self, sides: Sequence[Any], rng: np.random.Generator, size: tuple[int, int] = SIZES[0]
    ) -> Drawn:
        """Draw rational matrices; the noise of the labels is a square."""
        drawn = draw_exact(self.data, self._symbols(sides), rng, size, self.kappa)
        return self._linked(drawn.having({self.data.noise: NOISE**2} if self.data.noisy else {}))

    def _symbols(self, sides: Sequence[Any]) -> set[sp.Symbol]:
        """The letters of the sides but for those that a row or a vector of noise defines."""
        data = self.data
        defined = {data.noise_vector, data.row, *(fit.without_row for fit in data.fits)}
        defined |= {data.weights, data.error} if isinstance(data, Stage) else set()
        found = {each for side in sides for each in sp.sympify(side).free_symbols}
        return (found | self.labels.symbols) - defined

    def _linked(self, drawn: Drawn) -> Drawn:
        """The error of the previous learner is its weights minus the target."""
        last = self.labels.previous
        return drawn if last is None else drawn.having({last.error: drawn.at(last.weights - BETA)})

    def runs(
        self, before: Any, after: Any, dims: Sequence[int], seed: int
    ) -> Iterator[tuple[str, Sequence[Run]]]:
        """Draw Gaussian rows in each regime, the same blocks at every dimension."""
        left, right = (_coefficients(side, self.by) for side in (before, after))
        parts = [(left.get(power, sp.S.Zero), right.get(power, sp.S.Zero)) for power in {**left, **right}]
        for place, (aspect, lam, noise) in enumerate(REGIMES):
            runs = []
            for dim in dims:
                blocks = np.random.default_rng(int(np.random.default_rng((seed, place)).integers(2**32)))
                symbols = self._symbols((before, after))
                drawn = self._linked(draw_blocks(self.data, symbols, blocks, dim, round(aspect * dim), lam))
                drawn = drawn.having({self.data.noise: noise} if self.data.noisy else {})
                runs.append(_GaussianRun(parts, drawn, np.random.default_rng((seed, place, dim))))
            yield f"n/d = {aspect}", runs


@dataclass(frozen=True)
class Signs(Rows):
    """The same matrices with every vector of noise of one size: signs that are equally likely."""

    @property
    def where(self) -> str:
        """Say what is averaged over."""
        return "over all sign vectors, on rational matrices"

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Put in one vector of noise after the other."""
        drawn = self.drawn((before, after), np.random.default_rng(seed))
        for noise in noise_vectors(drawn):
            yield drawn.with_noise(noise, self.labels.labelled).at


@dataclass(frozen=True)
class EachRow(Rows):
    """The same matrices, looking at one row after the other."""

    @property
    def where(self) -> str:
        """Say what is averaged over."""
        return "over the rows, on rational matrices"

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Look at each row."""
        drawn = self.drawn((before, after), np.random.default_rng(seed))
        for place in range(len(drawn.rows)):
            yield drawn.with_row(place).at


@dataclass(frozen=True)
class TwoPoints(Model):
    """A vector ``random`` that is ``mean + u`` or ``mean - u``: its covariance is ``spread = uu'``."""

    data: DataSet
    random: sp.Symbol
    mean: sp.Symbol
    spread: sp.Symbol

    where = "over a two-point distribution, on rational matrices"

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Put in both points."""
        symbols = before.free_symbols | after.free_symbols | {self.mean}
        drawn = draw_exact(self.data, symbols, np.random.default_rng(seed))
        deviation = drawn.values[self.random]
        for sign in (1, -1):
            point = {self.random: drawn.values[self.mean] + sign * deviation}
            yield drawn.having({**point, self.spread: deviation @ deviation.T}).at


@dataclass(frozen=True)
class Path(Rows):
    """A curve through the matrices: letters and numbers move along the directions in ``moved``.

    G, R and delta follow. ``variable`` is what the derivative is taken in, the distance itself if None; lam
    follows kappa where it is that variable, and is held otherwise.
    """

    moved: Mapping[Any, Any] = field(default_factory=dict)
    variable: Any = None
    distance: Fraction = Fraction(0)

    def near(self, distance: Fraction) -> Path:
        """Return the same draw at this distance along the curve."""
        return replace(self, distance=distance)

    @property
    def along(self) -> str:
        """Name what the derivative is taken in."""
        moved = [each for each, direction in self.moved.items() if direction == 1]
        single = len(moved) == len(self.moved) == 1
        variables = (self.variable,) if self.variable is not None else (moved if single else (0, 0))
        return derivative_in(*variables, at=" = 0" if self.kappa == 0 else "")

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Draw rational matrices once, and move them."""
        drawn = self.drawn((before, after, *self.moved.values()), np.random.default_rng(seed))
        moves = {
            item: drawn.values[item] + self.distance * drawn.at(direction)
            for item, direction in self.moved.items()
        }
        there = drawn.having(moves).with_shapes()
        if self.variable is not None and self.variable in {fit.lam for fit in self.data.fits}:
            there = there.having({fit.lam: fixed_point(there, fit) for fit in self.data.fits})
        yield there.at


@dataclass(frozen=True)
class Meeting(Rows):
    """Two fits to the same rows, the penalty of the second that of the first times one plus ``distance``."""

    distance: Fraction = Fraction(0)

    def near(self, distance: Fraction) -> Meeting:
        """Return the same draw at this distance between the penalties."""
        return replace(self, distance=distance)

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Draw rational matrices, and let the penalties come close."""
        first, second = self.data.fits
        drawn = self.drawn((before, after), np.random.default_rng(seed))
        yield drawn.having({second.lam: drawn.values[first.lam] * (1 + self.distance)}).with_shapes().at


def _coefficients(expression: Any, numbers: Sequence[sp.Symbol]) -> dict[Any, Any]:
    """Return a polynomial as ``{powers of the numbers: coefficient}``."""
    if not numbers:
        return {sp.S.One: expression}
    found: dict[Any, Any] = {}
    for term in sp.Add.make_args(sp.expand(expression)):
        coefficient, powers = term.as_independent(*numbers, as_Add=False)
        found[powers] = found.get(powers, sp.S.Zero) + coefficient
    return found


class _GaussianRun:
    """Gaps on fresh Gaussian rows at one dimension, all else held; ``parts`` are pairs of sides."""

    def __init__(self, parts: Sequence[tuple[Any, Any]], drawn: Drawn, rng: np.random.Generator) -> None:
        self.parts, self.drawn, self.rng, self.dim = parts, drawn, rng, drawn.dim
        data = drawn.data
        self.root = np.linalg.cholesky(drawn.values[data.covariance]).T
        self.by_row = any(before.has(data.row) for before, _ in parts)
        random = {data.sample_covariance, *(fit.resolvent for fit in data.fits)}
        self.limits = [None if after.has(*random) else self._side(after, drawn) for _, after in parts]
        self.at_once = max(1, _ENTRIES // self.dim**2 // (len(drawn.rows[::3]) if self.by_row else 1))

    def draw(self, count: int) -> tuple[Any, Any]:
        """Draw rows so often, a stack at a time; the mean over which row is looked at, if one is."""
        stacks = [min(self.at_once, count - done) for done in range(0, count, self.at_once)]
        gaps, sizes = zip(*map(self._draw, stacks), strict=True)
        return np.concatenate(gaps), np.concatenate(sizes)

    def _draw(self, count: int) -> tuple[Any, Any]:
        rows = self.rng.standard_normal((count, *self.drawn.rows.shape))
        drawn = self.drawn.with_rows(rows @ self.root)
        seen = drawn.with_row(slice(None, None, 3)) if self.by_row else drawn
        stack = (len(self.drawn.rows[::3]), count) if self.by_row else (count,)
        gaps, sizes = [], []
        for (before, after), settled in zip(self.parts, self.limits, strict=True):
            value, limit = self._side(before, seen, *stack), settled
            if limit is None:
                limit = self._side(after, drawn, count)
            gaps.append((value.mean(axis=0) if self.by_row else value) - limit)
            largest = np.broadcast_to(np.abs(limit).max(axis=-1, keepdims=True), (count, 1))
            sizes.append(np.broadcast_to(largest, gaps[-1].shape))
        return np.concatenate(gaps, axis=1), np.concatenate(sizes, axis=1)

    def _side(self, expression: Any, drawn: Drawn, *stack: int) -> Any:
        """The entries that are compared, of each draw of a stack."""
        value = drawn.at(expression)
        if expression.is_commutative:
            entries, axes = np.asarray(value)[..., None], np.ndim(value)
        else:
            entries, axes = block_means(value, self.dim), max(np.ndim(value) - 2, 0)
        flat = entries.reshape(*entries.shape[:axes], -1)
        return np.broadcast_to(flat, (*stack, flat.shape[-1]))
