"""The model of rows pooled from two sources: rational matrices, and Gaussian rows of growing dimension.

In exact arithmetic the weights are those that make drawn pulls solve their fixed point; Gaussian letters are
I (x) B, of blocks that do not commute, as in `rows`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import sympy as sp

from w2s_asymptotics.proof.models.drawn import BLOCK, random_block
from w2s_asymptotics.proof.models.draws import positive, rational
from w2s_asymptotics.proof.models.redrawn import RedrawnRows, label_noise
from w2s_asymptotics.proof.tactics import Model, Place, Run
from w2s_asymptotics.words.matrices import Draw, inverse
from w2s_asymptotics.words.pooled import LAM, PENALTY, RESOLVENT, SHAPE, SIZE, SOURCES, WEIGHTS
from w2s_asymptotics.words.words import is_vector

__all__ = ["PooledRows", "Signs"]

_SIZES = ((3, 2, 3), (2, 4, 2), (2, 1, 4))
_ROOTS = {SOURCES[0]: Fraction(3, 2), SOURCES[1]: Fraction(2, 3)}
"""The sizes of the label noise in exact draws."""
_REGIMES = ((1.2, 0.8, 0.3), (0.5, 0.3, 0.25))
"""(n_a/d, n_b/d, lam) of the Gaussian draws."""


def _follows(values: dict[Any, Any], rows: Sequence[Any]) -> dict[Any, Any]:
    """Samples, resolvent and one row of each, from the rows."""
    count = values[SIZE]
    for source, own in zip(SOURCES, rows, strict=True):
        values[source.sample] = values[source.weight] * (own.T @ own) / count
    whole = sum(values[source.sample] for source in SOURCES) + values[LAM] * values[PENALTY]
    values[RESOLVENT] = inverse(whole)
    return values


def _with_rows(values: Mapping[Any, Any], rows: Sequence[Any], places: Sequence[int]) -> dict[Any, Any]:
    """One row of each source, and the resolvents without it."""
    found = dict(values)
    whole = sum(values[source.sample] for source in SOURCES) + values[LAM] * values[PENALTY]
    for source, own, place in zip(SOURCES, rows, places, strict=True):
        outer = np.outer(own[place], own[place])
        found[source.row] = outer
        found[source.without_row] = inverse(whole - values[source.weight] * outer / values[SIZE])
    return found


def _shaped(values: dict[Any, Any], dim: int) -> dict[Any, Any]:
    """G, and the test errors tau^2, the solution of two linear equations."""
    values[SHAPE] = inverse(
        sum(values[source.pull] * values[source.covariance] for source in SOURCES)
        + values[LAM] * values[PENALTY]
    )
    G, labels = values[SHAPE], [values.get(source.labelled) for source in SOURCES]
    if labels[0] is None or labels[1] is None:
        return values
    mean = sum(
        values[source.pull] * (G @ values[source.covariance] @ own)
        for source, own in zip(SOURCES, labels, strict=True)
    )
    right, matrix = [], []
    for one, own in zip(SOURCES, labels, strict=True):
        missed = mean - own
        right.append(values[one.noise] + (missed * (values[one.covariance] @ missed)).sum())
        matrix.append([
            values[other.pull] ** 2 / (values[other.share] * values[SIZE])
            * np.trace(values[one.covariance] @ G @ values[other.covariance] @ G)
            for other in SOURCES
        ])  # fmt: skip
    (a, b), (c, d) = matrix
    whole = (1 - a) * (1 - d) - b * c
    first = ((1 - d) * right[0] + b * right[1]) / whole
    second = (c * right[0] + (1 - a) * right[1]) / whole
    values |= {SOURCES[0].error: first, SOURCES[1].error: second}
    return values


@dataclass(frozen=True)
class PooledRows(Model):
    """Rows of two sources whose Sigma, and Gamma, do not commute; ``by`` as in `rows.Rows`."""

    by: tuple[sp.Symbol, ...] = ()

    where = "on rational matrices"
    drawn_as = "data"

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Draw rational matrices of different sizes, one row of each source, and the noise of the labels."""
        rng = np.random.default_rng(seed)
        for size in _SIZES:
            values, rows = self._exact((before, after), rng, size)
            values = _with_rows(values, rows, (0, 0))
            yield Draw(self._noisy(values, rows, [1] * sum(size[:2])), size[2]).at

    def _exact(
        self, sides: Sequence[Any], rng: np.random.Generator, size: tuple[int, int, int]
    ) -> tuple[dict[Any, Any], list[Any]]:
        *counts, dim = size
        rows = [rational(rng, count, dim) for count in counts]
        values: dict[Any, Any] = {LAM: positive(rng), SIZE: Fraction(sum(counts))}
        for name in (PENALTY, *(source.covariance for source in SOURCES)):
            root = rational(rng, dim, dim)
            values[name] = root @ root.T + np.eye(dim, dtype=int) * Fraction(1)
        for source, count in zip(SOURCES, counts, strict=True):
            values |= {source.pull: positive(rng) / 3, source.share: Fraction(count, sum(counts))}
            values |= {source.noise: _ROOTS[source] ** 2, source.labelled: rational(rng, dim, dim)}
        values = _shaped(values, dim)
        for source in SOURCES:
            spread = np.trace(values[source.covariance] @ values[SHAPE]) / values[SIZE]
            values[source.weight] = values[source.pull] / (
                values[source.share] - values[source.pull] * spread
            )
        values = _follows(values, rows)
        free = {each for side in sides for each in sp.sympify(side).free_symbols} - set(values)
        for item in sorted(free, key=str):
            root = rational(rng, dim, dim)
            values[item] = positive(rng) if item.is_commutative else root + root.T
        return values, rows

    def _noisy(self, values: dict[Any, Any], rows: Sequence[Any], signs: Sequence[int]) -> dict[Any, Any]:
        """Label noise of these signs, in the first of the columns, and what is learned."""
        sizes, pulled = [_ROOTS[source] for source in SOURCES], 0
        noises = label_noise(rows, sizes, signs, len(values[PENALTY]))
        for source, own, noise in zip(SOURCES, rows, noises, strict=True):
            values[source.noise_vector] = values[source.weight] * (own.T @ noise) / values[SIZE]
            pulled = pulled + values[source.sample] @ values[source.labelled] + values[source.noise_vector]
        values[WEIGHTS] = values[RESOLVENT] @ pulled
        return values

    def runs(
        self, before: Any, after: Any, dims: Sequence[int], seed: int
    ) -> Iterator[tuple[str, Sequence[Run]]]:
        """Draw Gaussian rows in each regime, the same blocks at every dimension."""
        for place, (first, second, lam) in enumerate(_REGIMES):
            runs: list[Run] = []
            for dim in dims:
                blocks, rng = (np.random.default_rng(each) for each in ((seed, place), (seed, place, dim)))
                counts = round(first * dim), round(second * dim)
                values = _blocks((before, after), blocks, dim, counts, lam)
                roots = [np.linalg.cholesky(values[source.covariance]).T for source in SOURCES]
                runs.append(_Run((before, after), values, dim, counts, roots, rng))
            yield f"n_a/d = {first}, n_b/d = {second}", runs


@dataclass(frozen=True)
class Signs(PooledRows):
    """The same matrices, in the mean over all signs of the noise and over the rows that are looked at."""

    where = "over all sign vectors and rows, on rational matrices"

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Put in one vector of noise, or look at one pair of rows, after the other."""
        size = _SIZES[0]
        values, rows = self._exact((before, after), np.random.default_rng(seed), size)
        if any(sp.sympify(side).has(source.row) for side in (before, after) for source in SOURCES):
            for places in product(range(size[0]), range(size[1])):
                yield Draw(_with_rows(values, rows, places), size[2]).at
            return
        for signs in product((1, -1), repeat=sum(size[:2])):
            yield Draw(self._noisy(dict(values), rows, signs), size[2]).at


def _blocks(
    sides: Sequence[Any], rng: np.random.Generator, dim: int, counts: Sequence[int], lam: float
) -> dict[Any, Any]:
    """Letters I (x) B and the pulls that solve their fixed point, by iterating it."""
    copies, total = dim // BLOCK, float(sum(counts))
    small = {name: random_block(rng, 0.5, 2.0) for name in (PENALTY, *(each.covariance for each in SOURCES))}
    values: dict[Any, Any] = {LAM: lam, SIZE: total}
    values |= {name: np.kron(np.eye(copies), each) for name, each in small.items()}
    for source, count, weight in zip(SOURCES, counts, (1.0, 2.5), strict=True):
        values |= {source.share: count / total, source.weight: weight, source.noise: 0.4 * weight}
        vector = np.kron(np.eye(copies), rng.standard_normal((BLOCK, 1)))
        values[source.labelled] = vector / np.sqrt(copies)
        values[source.pull] = weight * count / total
    moved = 1.0
    while moved > 1e-14:
        shape = np.linalg.inv(
            sum(values[each.pull] * small[each.covariance] for each in SOURCES) + lam * small[PENALTY]
        )
        moved = 0.0
        for each in SOURCES:
            spread = copies * np.trace(small[each.covariance] @ shape) / total
            pull = values[each.share] * values[each.weight] / (1 + values[each.weight] * spread)
            moved = max(moved, abs(pull / values[each.pull] - 1))
            values[each.pull] = pull
    values = _shaped(values, dim)
    free = {item for side in sides for item in sp.sympify(side).free_symbols} - set(values)
    random = {RESOLVENT, *(each for s in SOURCES for each in (s.sample, s.row, s.without_row))}
    for item in sorted(free - random, key=str):
        assert not is_vector(item) and not item.is_commutative
        values[item] = np.kron(np.eye(copies), random_block(rng, 0.3, 1.6))
    return values


class _Run(RedrawnRows):
    """Ridge on fresh rows of both sources."""

    def drawn(self, rows: Sequence[Any]) -> tuple[Mapping[Any, Any], Sequence[Mapping[Any, Any]]]:
        """The rows of both; the mean is over which row is looked at, if one is."""
        values = _follows(dict(self.values), rows)
        if not any(self.before.has(source.row) for source in SOURCES):
            return values, (values,)
        places = range(0, max(self.counts), 8)
        return values, [_with_rows(values, rows, [at % count for count in self.counts]) for at in places]
