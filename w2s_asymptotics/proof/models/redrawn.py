"""What models of rows in several parts share: fresh Gaussian rows of each, and label noise of given signs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from w2s_asymptotics.proof.models.drawn import block_means
from w2s_asymptotics.words.matrices import Draw

__all__ = ["RedrawnRows", "label_noise"]


def label_noise(
    rows: Sequence[Any], sizes: Sequence[Fraction], signs: Sequence[int], dim: int
) -> Iterator[Any]:
    """Noise of these signs for each part of the rows, of the part's size, in the first of the columns."""
    left = list(signs)
    for own, size in zip(rows, sizes, strict=True):
        noise = np.full((len(own), dim), Fraction(0), dtype=object)
        noise[:, 0] = [size * left.pop(0) for _ in own]
        yield noise


class RedrawnRows:
    """Gaps on fresh Gaussian rows at one dimension, all else held.

    Each part has its count of rows and the root of its covariance.
    """

    def __init__(
        self, sides: Sequence[Any], values: dict[Any, Any], dim: int, counts: Sequence[int],
        roots: Sequence[Any], rng: np.random.Generator,
    ) -> None:  # fmt: skip
        self.before, self.after = sides
        self.values, self.dim, self.counts, self.roots, self.rng = values, dim, counts, roots, rng

    def drawn(self, rows: Sequence[Any]) -> tuple[Mapping[Any, Any], Sequence[Mapping[Any, Any]]]:
        """The letters on these rows, and those over which the mean of the first side is taken."""
        raise NotImplementedError

    def draw(self, count: int) -> tuple[Any, Any]:
        """Draw so often, one after the other."""
        gaps, sizes = zip(*(self._gap() for _ in range(count)), strict=True)
        return np.array(gaps), np.array(sizes)

    def _gap(self) -> tuple[Any, Any]:
        rows = [
            self.rng.standard_normal((count, self.dim)) @ root
            for count, root in zip(self.counts, self.roots, strict=True)
        ]
        values, seen = self.drawn(rows)
        limit = self._side(self.after, values)
        gap = np.ravel(np.mean([self._side(self.before, each) for each in seen], axis=0) - limit)
        return gap, np.full(gap.shape, np.abs(limit).max())

    def _side(self, expression: Any, values: Mapping[Any, Any]) -> Any:
        value = Draw(values, self.dim).at(expression)
        scalar = not isinstance(value, np.ndarray) and expression.is_commutative
        return np.array([float(value)]) if scalar else block_means(value, self.dim)
