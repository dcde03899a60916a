"""The model of a joint spectrum of counted atoms: rational diagonal matrices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from w2s_asymptotics.proof.models.draws import diagonal, positive
from w2s_asymptotics.proof.tactics import Model, Place
from w2s_asymptotics.words.atoms import generic
from w2s_asymptotics.words.matrices import Draw
from w2s_asymptotics.words.words import BETA, Stage

__all__ = ["Diagonals"]


@dataclass(frozen=True)
class Diagonals(Model):
    """Rational diagonal matrices, each of ``count`` atoms a block of them, in the symbols of `generic`."""

    stages: tuple[Stage, ...]
    test_covariance: sp.Symbol
    count: int

    where = "on rational diagonal matrices"

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Draw the blocks, a target, and a number for every symbol."""
        rng = np.random.default_rng(seed)
        for _ in range(2):
            blocks = [int(size) for size in rng.integers(1, 3, self.count)]
            dim, start = sum(blocks), 0
            target = np.array([[Fraction(int(rng.integers(-5, 6)))] for _ in range(dim)], dtype=object)
            values: dict[Any, Any] = {
                item: positive(rng) for item in sorted(before.free_symbols | after.free_symbols, key=str)
            }
            values[BETA] = target
            diagonals: dict[Any, list[Fraction]] = {}
            for stage in self.stages:
                values[stage.samples] = dim / values.setdefault(stage.gamma, positive(rng))
            for atom, size in zip(
                generic(self.stages, self.test_covariance, self.count), blocks, strict=True
            ):
                own = target[start : start + size]
                values |= {atom.weight: Fraction(size, dim), atom.energy: (own * own).sum()}
                for name, there in atom.multiples.items():
                    diagonals.setdefault(name, []).extend([values.setdefault(there, positive(rng))] * size)
                start += size
            yield Draw({**values, **{name: diagonal(row) for name, row in diagonals.items()}}, dim).at
