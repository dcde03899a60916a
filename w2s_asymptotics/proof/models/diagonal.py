"""Models of matrices that commute: diagonal ones, and ones that are constant on blocks of coordinates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from w2s_asymptotics.proof.models.draws import diagonal, fraction, positive
from w2s_asymptotics.proof.tactics import Model, Place
from w2s_asymptotics.words.diagonal import Block, Coordinates
from w2s_asymptotics.words.matrices import Draw, evaluate
from w2s_asymptotics.words.words import BETA, Stage

__all__ = ["Blocks", "CoordinateWise"]


def _substituted(expression: Any, values: Mapping[Any, Any]) -> Fraction:
    plain = {
        name: sp.Rational(value.numerator, value.denominator)
        for name, value in values.items()
        if isinstance(value, Fraction)
    }
    return fraction(sp.sympify(expression).subs(plain))


def _named(values: dict[Any, Any], dim: int, meaning: Mapping[Any, Any]) -> Draw:
    """Values with those of names that stand for words."""
    draw = Draw(values, dim)
    values |= {name: evaluate(words, draw) for name, words in meaning.items()}
    return draw


def _spoken(*sides: Any) -> set[Any]:
    """The numbers that occur."""
    found = set().union(*(sp.sympify(each).free_symbols for each in sides))
    return {each for each in found if each.is_commutative}


@dataclass(frozen=True)
class CoordinateWise(Model):
    """Words on rational diagonal matrices, and one sum over coordinates.

    ``meaning`` says what symbols stand for, in words.
    """

    names: Coordinates
    meaning: Mapping[Any, Any] = field(default_factory=dict)
    dim: int = 4

    where = "on rational diagonal matrices"

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Draw the diagonals; vectors are diagonal too, entry by entry."""
        rng = np.random.default_rng(seed)
        rows = {each: [positive(rng) for _ in range(self.dim)] for each in self.names.entries}
        spoken = sorted(_spoken(before, *self.meaning.values()) - set(self.meaning), key=str)
        values: dict[Any, Any] = {each: positive(rng) for each in spoken}
        values |= {each: diagonal(row) for each, row in rows.items()}
        draw = _named(values, self.dim, self.meaning)

        def summed(each: sp.Sum) -> sp.Rational:
            total = Fraction(0)
            for place in range(self.dim):
                there = {self.names.entries[name]: row[place] for name, row in rows.items()}
                total += _substituted(each.function, {**values, **there})
            return sp.Rational(total.numerator, total.denominator)

        formula = after.xreplace({each: summed(each) for each in after.atoms(sp.Sum)})
        yield {before: evaluate(before, draw), after: _substituted(formula, values)}.__getitem__


@dataclass(frozen=True)
class Blocks(Model):
    """Words on matrices that are constant on each block, and sums over blocks.

    Block k has ``sizes[k]`` coordinates; the vectors are rational and arbitrary. ``meaning`` says what
    symbols of the words stand for, in words.
    """

    blocks: tuple[Block, ...]
    stage: Stage
    meaning: Mapping[Any, Any] = field(default_factory=dict)
    sizes: tuple[int, ...] = (2, 1)

    where = "on matrices constant on each block, with rational vectors"

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Draw two vectors, their energies on each block, and every number."""
        rng, sizes = np.random.default_rng(seed), self.sizes[: len(self.blocks)]
        dim = sum(sizes)
        target, learned = ([positive(rng) for _ in range(dim)] for _ in range(2))
        values: dict[Any, Any] = {}
        for block, start, size in zip(self.blocks, np.cumsum([0, *sizes[:-1]]), sizes, strict=True):
            there = slice(start, start + size)
            values[block.weight] = Fraction(size, dim)
            pairs = ((target, target), (target, learned), (learned, learned))
            for name, (u, v) in zip((block.energy, block.overlap, block.norm), pairs, strict=True):
                if name != 0:
                    values[name] = sum(a * b for a, b in zip(u[there], v[there], strict=True))
        multiples = [value for block in self.blocks for value in block.multiples.values()]
        spoken = _spoken(before, after, *multiples, *self.meaning.values(), self.stage.gamma)
        for each in sorted(spoken - set(values) - set(self.meaning), key=str):
            values[each] = positive(rng)
        values[self.stage.samples] = dim / values[self.stage.gamma]
        for each in self.blocks[0].multiples:
            numbers = [_substituted(block.multiples[each], values) for block in self.blocks]
            row = [value for value, size in zip(numbers, sizes, strict=True) for _ in range(size)]
            values[each] = diagonal(row)
        values[BETA] = diagonal(target)
        learner = self.blocks[0].learner
        if learner is not None:
            values |= {learner.weights: diagonal(learned), learner.error: diagonal(learned) - values[BETA]}
        draw = _named(values, dim, self.meaning)
        yield {before: evaluate(before, draw), after: _substituted(after, values)}.__getitem__
