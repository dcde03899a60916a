"""The model of two fits that share some of their rows: rational matrices, and Gaussian rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import sympy as sp

from w2s_asymptotics.proof.models.drawn import BLOCK, block_kappa, random_block
from w2s_asymptotics.proof.models.draws import positive, rational
from w2s_asymptotics.proof.models.redrawn import RedrawnRows, label_noise
from w2s_asymptotics.proof.tactics import Model, Place, Run
from w2s_asymptotics.words.matrices import Draw, inverse
from w2s_asymptotics.words.shared import (
    COVARIANCE,
    FITS,
    LABELS,
    NOISE,
    OVERLAP,
    PENALTY,
    SHARED,
    TOGETHER,
)
from w2s_asymptotics.words.words import is_vector

__all__ = ["SharedRows", "SharedSigns"]

_SIZES = ((2, 1, 2, 3), (1, 2, 1, 2), (3, 1, 0, 2))
"""Rows that are shared, those of either fit alone, and the dimension."""
_SIZE_OF_NOISE = Fraction(3, 2)
_REGIMES = ((0.6, 0.7, 0.4, 0.3, 0.8), (0.4, 0.1, 0.3, 0.2, 0.5))
"""Shared rows and those of either fit alone, over d, and both penalties."""


def _follows(values: dict[Any, Any], rows: Sequence[Any]) -> dict[Any, Any]:
    """Samples and resolvents, from the rows: shared ones, and those of either fit alone."""
    shared = rows[0]
    values[SHARED] = shared.T @ shared / (values[OVERLAP] * values[FITS[0].samples] * values[FITS[1].samples])
    for fit, own in zip(FITS, rows[1:], strict=True):
        values[fit.sample_covariance] = (shared.T @ shared + own.T @ own) / values[fit.samples]
        values[fit.resolvent] = inverse(values[fit.sample_covariance] + values[fit.lam] * values[PENALTY])
    return values


def _shaped(values: dict[Any, Any]) -> dict[Any, Any]:
    """G of both fits, and the mean product of their residuals."""
    sigma, penalty, f = values[COVARIANCE], values[PENALTY], values[LABELS]
    for fit in FITS:
        values[fit.equivalent] = inverse(sigma + values[fit.kappa] * penalty)
    first, second = (values[fit.kappa] * (values[fit.equivalent] @ penalty @ f) for fit in FITS)
    unexplained = values[NOISE] + (first * (sigma @ second)).sum()
    left, right = (values[fit.equivalent] for fit in FITS)
    values[TOGETHER] = unexplained / (1 - values[OVERLAP] * np.trace(sigma @ left @ sigma @ right))
    return values


@dataclass(frozen=True)
class SharedRows(Model):
    """Rows of two fits, some of them shared; Sigma and Gamma do not commute."""

    where = "on rational matrices"
    drawn_as = "data"

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Draw rational matrices of different sizes, and the noise of the labels."""
        rng = np.random.default_rng(seed)
        for size in _SIZES:
            values, rows = self._exact((before, after), rng, size)
            yield Draw(self._noisy(values, rows, [1] * sum(size[:3])), size[3]).at

    def _exact(
        self, sides: Sequence[Any], rng: np.random.Generator, size: tuple[int, int, int, int]
    ) -> tuple[dict[Any, Any], list[Any]]:
        *counts, dim = size
        rows = [rational(rng, count, dim) for count in counts]
        values: dict[Any, Any] = {NOISE: _SIZE_OF_NOISE**2, LABELS: rational(rng, dim, dim)}
        for name in (COVARIANCE, PENALTY):
            root = rational(rng, dim, dim)
            values[name] = root @ root.T + np.eye(dim, dtype=int) * Fraction(1)
        for fit, own in zip(FITS, counts[1:], strict=True):
            values |= {
                fit.samples: Fraction(counts[0] + own),
                fit.kappa: positive(rng),
                fit.lam: positive(rng),
            }
        values[OVERLAP] = counts[0] / (values[FITS[0].samples] * values[FITS[1].samples])
        values = _follows(_shaped(values), rows)
        for item in _free(sides, values):
            root = rational(rng, dim, dim)
            values[item] = positive(rng) if item.is_commutative else root + root.T
        return values, rows

    def _noisy(self, values: dict[Any, Any], rows: Sequence[Any], signs: Sequence[int]) -> dict[Any, Any]:
        """Label noise of these signs, in the first of the columns, the same where rows are; both fits."""
        noises = list(label_noise(rows, [_SIZE_OF_NOISE] * len(rows), signs, len(values[PENALTY])))
        for fit, place in zip(FITS, (1, 2), strict=True):
            seen = rows[0].T @ noises[0] + rows[place].T @ noises[place]
            values[fit.noise_vector] = seen / values[fit.samples]
            pulled = values[fit.sample_covariance] @ values[LABELS] + values[fit.noise_vector]
            values[fit.weights] = values[fit.resolvent] @ pulled
        return values

    def runs(
        self, before: Any, after: Any, dims: Sequence[int], seed: int
    ) -> Iterator[tuple[str, Sequence[Run]]]:
        """Draw Gaussian rows in each regime, the same blocks at every dimension."""
        for place, (*shares, lam, other) in enumerate(_REGIMES):
            runs: list[Run] = []
            for dim in dims:
                blocks, rng = (np.random.default_rng(each) for each in ((seed, place), (seed, place, dim)))
                counts = [round(each * dim) for each in shares]
                values = _blocks((before, after), blocks, dim, counts, (lam, other))
                roots = [np.linalg.cholesky(values[COVARIANCE]).T] * len(counts)
                runs.append(_Run((before, after), values, dim, counts, roots, rng))
            yield f"o/d = {shares[0]}", runs


@dataclass(frozen=True)
class SharedSigns(SharedRows):
    """The same matrices with every vector of noise of one size: signs that are equally likely."""

    where = "over all sign vectors, on rational matrices"

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Put in one vector of noise after the other."""
        size = _SIZES[0]
        values, rows = self._exact((before, after), np.random.default_rng(seed), size)
        for signs in product((1, -1), repeat=sum(size[:3])):
            yield Draw(self._noisy(dict(values), rows, signs), size[3]).at


def _free(sides: Sequence[Any], values: Mapping[Any, Any]) -> list[Any]:
    """The letters that nothing defines."""
    found = {each for side in sides for each in sp.sympify(side).free_symbols} - set(values)
    defined = {
        each for fit in FITS for each in (fit.noise_vector, fit.weights, fit.resolvent, fit.sample_covariance)
    }
    return sorted(found - defined - {SHARED}, key=str)


def _blocks(
    sides: Sequence[Any], rng: np.random.Generator, dim: int, counts: Sequence[int], lams: Sequence[float]
) -> dict[Any, Any]:
    """Letters I (x) B; kappa solves its fixed point."""
    copies, eye = dim // BLOCK, np.eye(dim // BLOCK)
    small = random_block(rng, 0.5, 2.0), random_block(rng, 0.5, 1.8)
    values: dict[Any, Any] = {NOISE: 0.5, COVARIANCE: np.kron(eye, small[0]), PENALTY: np.kron(eye, small[1])}
    values[LABELS] = np.kron(eye, rng.standard_normal((BLOCK, 1))) / np.sqrt(copies)
    for fit, own, lam in zip(FITS, counts[1:], lams, strict=True):
        count = counts[0] + own
        values |= {
            fit.samples: float(count),
            fit.lam: lam,
            fit.kappa: block_kappa(*small, lam, copies / count),
        }
    values[OVERLAP] = counts[0] / (values[FITS[0].samples] * values[FITS[1].samples])
    values = _shaped(values)
    for item in _free(sides, values):
        assert not is_vector(item) and not item.is_commutative
        values[item] = np.kron(eye, random_block(rng, 0.3, 1.6))
    return values


class _Run(RedrawnRows):
    """Both fits on fresh rows."""

    def drawn(self, rows: Sequence[Any]) -> tuple[Mapping[Any, Any], Sequence[Mapping[Any, Any]]]:
        """The rows of both."""
        values = _follows(dict(self.values), rows)
        return values, (values,)
