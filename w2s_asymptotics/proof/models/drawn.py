"""A drawn data set: its letters and those of its fits, by their definitions.

Everything is built from a data matrix X: the weights solve the normal equations for labels ``X f + e``,
``kappa`` solves its fixed point for the drawn Sigma and Gamma, which do not commute. Letters that the
definitions do not fix are arbitrary. A data set is a `Stage`, whose fit is its own, or a `Pair` of fits to
the same rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import sympy as sp

from w2s_asymptotics.proof.models.draws import positive, rational
from w2s_asymptotics.words.matrices import Draw, Matrix, inverse
from w2s_asymptotics.words.pairs import Pair
from w2s_asymptotics.words.words import BETA, Stage, is_vector

__all__ = [
    "BLOCK", "NOISE", "SIZES", "DataSet", "Drawn", "block_kappa", "block_means", "draw_blocks", "draw_exact",
    "fixed_point", "noise_vectors", "random_block",
]  # fmt: skip

DataSet = Stage | Pair

SIZES = ((4, 3), (5, 3), (2, 3))
"""(n, d) of the rational draws."""
NOISE = Fraction(3, 2)
"""The size of the label noise in exact draws."""
BLOCK = 3
"""Floating matrix letters are I (x) B with B of this size; means over the blocks settle fast."""


@dataclass(frozen=True)
class Drawn(Draw):
    """Values of letters and numbers, in dimension ``dim``, with the rows of the data set in question."""

    rows: Matrix
    data: DataSet

    def having(self, values: Mapping[Any, Any]) -> Drawn:
        """Return the same with these values."""
        return replace(self, values={**self.values, **values})

    @property
    def size(self) -> Any:
        """The number of rows, as exact as the rows."""
        return self.values[self.data.samples]

    def with_rows(self, rows: Matrix) -> Drawn:
        """Put rows in, and with them the sample covariance and the resolvents."""
        sample = rows.T @ rows / self.size
        values = {self.data.sample_covariance: sample}
        for fit in self.data.fits:
            values[fit.resolvent] = inverse(sample + self.values[fit.lam] * self.values[self.data.penalty])
        return replace(self.having(values), rows=rows)

    def with_row(self, place: int) -> Drawn:
        """Take the row at ``place`` for the one row of a leave-one-out argument."""
        values, outer = self.values, np.outer(self.rows[place], self.rows[place])
        remaining = values[self.data.sample_covariance] - outer / self.size
        without = {
            fit.without_row: inverse(remaining + values[fit.lam] * values[self.data.penalty])
            for fit in self.data.fits
        }
        return self.having({self.data.row: outer, **without})

    def with_noise(self, noise: Matrix, labelled: Any) -> Drawn:
        """Add label noise and the learner of a stage, fitted to ``X f + noise`` by the normal equations."""
        data, values, count = self.data, self.values, self.size
        added = {data.noise_vector: self.rows.T @ noise / count}
        if isinstance(data, Stage):
            normal = self.rows.T @ self.rows / count + values[data.lam] * values[data.penalty]
            labels = self.rows @ self.at(labelled) + noise
            weights = inverse(normal) @ (self.rows.T @ labels) / count
            added |= {data.weights: weights, data.error: weights - values[BETA]}
        return self.having(added)

    def with_shapes(self) -> Drawn:
        """Let G, R and delta follow from kappa, lam and the matrices."""
        data, values = self.data, dict(self.values)
        covariance, penalty = values[data.covariance], values[data.penalty]
        for fit in data.fits:
            values[fit.equivalent] = inverse(covariance + values[fit.kappa] * penalty)
            values[fit.resolvent] = inverse(values[data.sample_covariance] + values[fit.lam] * penalty)
        for (i, j), name in data.deltas.items():
            pair = values[i.equivalent] @ covariance @ values[j.equivalent] @ covariance
            values[name] = 1 - np.trace(pair) / self.size
        return replace(self, values=values)


def draw_exact(
    data: DataSet,
    symbols: set[sp.Symbol],
    rng: np.random.Generator,
    size: tuple[int, int] = SIZES[0],
    kappa: int | None = None,
) -> Drawn:
    """Draw rational matrices; lam is the value that makes ``kappa`` (drawn, unless given) its fixed point."""
    count, dim = size
    rows = rational(rng, count, dim)
    covariance, penalty = (
        root @ root.T + np.eye(dim, dtype=int) * Fraction(1)
        for root in (rational(rng, dim, dim) for _ in range(2))
    )
    values: dict[Any, Any] = {
        data.covariance: covariance,
        data.penalty: penalty,
        data.sample_covariance: rows.T @ rows / Fraction(count),
        data.samples: Fraction(count),
        data.gamma: Fraction(dim, count),
    }
    for fit in data.fits:
        root = positive(rng) if kappa is None else Fraction(kappa)
        while any(root == values[other.kappa] for other in data.fits if other.kappa in values):
            root = positive(rng)
        shape = inverse(covariance + root * penalty)
        values |= {fit.kappa: root, fit.lam: root * (1 - np.trace(covariance @ shape) / count)}

    def other(item: sp.Symbol) -> Any:
        if item.is_commutative:
            return positive(rng)
        root = rational(rng, dim, dim)
        return root if is_vector(item) else root + root.T

    drawn = Drawn(values, dim, rows, data).with_shapes()
    rest = sorted(symbols - set(drawn.values), key=str)
    return drawn.having({item: other(item) for item in rest})


def noise_vectors(drawn: Drawn) -> list[Matrix]:
    """All noise vectors of entries plus or minus its size, in the first of the drawn columns."""
    size = NOISE if drawn.data.noisy else Fraction(0)
    vectors = []
    for signs in product((1, -1), repeat=len(drawn.rows)):
        noise = np.full((len(drawn.rows), drawn.dim), Fraction(0), dtype=object)
        noise[:, 0] = [size * sign for sign in signs]
        vectors.append(noise)
    return vectors


def fixed_point(drawn: Drawn, fit: Stage) -> Any:
    """The penalty of a fit by its kappa: kappa (1 - df1/n)."""
    used = np.trace(drawn.values[drawn.data.covariance] @ drawn.values[fit.equivalent])
    return drawn.values[fit.kappa] * (1 - used / drawn.size)


def draw_blocks(
    data: DataSet, symbols: set[sp.Symbol], rng: np.random.Generator, dim: int, count: int, lam: float
) -> Drawn:
    """Draw letters I (x) B, 3 x 3 blocks that do not commute; kappa solves its fixed point. Rows come later.

    A vector letter is I (x) b over the root of the number of blocks: a quadratic form of it is a mean over
    blocks, of order one like the noise.
    """
    copies = dim // BLOCK
    small = random_block(rng, 0.5, 2.0), random_block(rng, 0.5, 1.8)
    covariance, penalty = (np.kron(np.eye(copies), each) for each in small)
    values: dict[Any, Any] = {
        data.covariance: covariance,
        data.penalty: penalty,
        data.sample_covariance: covariance,
        data.samples: float(count),
        data.gamma: dim / count,
    }
    for place, fit in enumerate(data.fits):
        own = lam * 4**place
        values |= {fit.lam: own, fit.kappa: block_kappa(*small, own, copies / count)}

    def other(item: sp.Symbol) -> Any:
        if item.is_commutative:
            return float(rng.uniform(0.3, 0.9))
        if is_vector(item):
            return np.kron(np.eye(copies), rng.standard_normal((BLOCK, 1))) / np.sqrt(copies)
        return np.kron(np.eye(copies), random_block(rng, 0.3, 1.6))

    drawn = Drawn(values, dim, np.zeros((count, dim)), data).with_shapes()
    rest = sorted(symbols - set(drawn.values), key=str)
    return drawn.having({item: other(item) for item in rest})


def block_kappa(covariance: Matrix, penalty: Matrix, lam: float, share: float) -> float:
    """Bisect kappa (1 - share tr Sigma G) = lam, an increasing function of kappa."""
    low, high = lam, lam + 1.0
    sizes = np.linalg.eigvals(np.linalg.solve(penalty, covariance)).real

    def penalty_of(kappa: float) -> float:
        return kappa * (1 - share * float((sizes / (sizes + kappa)).sum()))

    while penalty_of(high) < lam:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if penalty_of(middle) < lam else (low, middle)
    return (low + high) / 2


def random_block(rng: np.random.Generator, low: float, high: float) -> Matrix:
    """Draw a symmetric block with eigenvalues between two numbers."""
    basis = np.linalg.qr(rng.standard_normal((BLOCK, BLOCK)))[0]
    return (basis * np.linspace(low, high, BLOCK)) @ basis.T


def block_means(value: Any, dim: int) -> Matrix:
    """The mean over diagonal blocks: of a matrix 3 x 3 numbers, of a vector letter 3."""
    copies = dim // BLOCK
    if not isinstance(value, np.ndarray):
        return float(value) * np.eye(BLOCK)
    each = np.arange(copies)
    if value.shape[1] == copies:
        return np.sqrt(copies) * value.reshape(copies, BLOCK, copies)[each, :, each].mean(axis=0)
    return value.reshape(copies, BLOCK, copies, BLOCK)[each, :, each, :].mean(axis=0)
