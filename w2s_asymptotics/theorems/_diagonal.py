"""Words whose matrices commute, coordinate by coordinate or block by block.

In the common eigenbasis a trace is a sum over coordinates. Where a matrix takes few values, the coordinates
fall into blocks of ``w_k d`` dimensions each, and a form of the vectors sees their energies on each block.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from w2s_asymptotics.proof.derivation import Outcome
from w2s_asymptotics.words.inner import Inner
from w2s_asymptotics.words.matrices import Draw, evaluate
from w2s_asymptotics.words.words import BETA, Quadratic, Stage, Trace, terms

__all__ = ["Block", "Coordinates", "OnBlocks", "OnDiagonals", "by_block", "by_coordinate"]


def _product(word: Any, entries: Mapping[Any, Any]) -> Any:
    return sp.Add(
        *(scale * sp.Mul(*(entries[each] for each in letters)) for letters, scale in terms(word).items())
    )


@dataclass(frozen=True)
class Coordinates:
    """What each letter's i-th diagonal entry is called; ``beta_*`` stands for its i-th coefficient."""

    entries: Mapping[Any, Any]
    index: sp.Symbol
    count: sp.Symbol


def by_coordinate(expression: Any, names: Coordinates) -> sp.Expr:
    """Write an expression linear in traces and forms as one sum over coordinates.

    >>> from w2s_asymptotics.words.words import letter
    >>> i, d, a = sp.Symbol("i", integer=True), sp.Symbol("d", integer=True), sp.IndexedBase("a")
    >>> by_coordinate(2 * Trace(letter("A") ** 2), Coordinates({letter("A"): a[i]}, i, d))
    Sum(2*a[i]**2, (i, 1, d))
    """

    def summand(atom: Any) -> Any:
        parts = [_product(part, names.entries) for part in atom.args]
        return sp.Mul(*parts) * (parts[1] if isinstance(atom, Quadratic) else 1)

    found = {atom: summand(atom) for atom in expression.atoms(Trace, Quadratic, Inner)}
    summand_of_all = sp.factor_terms(sp.expand(expression.xreplace(found)))
    return sp.Sum(summand_of_all, (names.index, 1, names.count))


@dataclass(frozen=True)
class Block:
    """Coordinates on which every matrix is a multiple of the identity.

    ``multiples`` are these numbers; ``energy``, ``overlap`` and ``norm`` name ``<beta_*, beta_*>``,
    ``<beta_*, beta>`` and ``<beta, beta>`` there, for the weights beta of ``learner``.
    """

    multiples: Mapping[Any, Any]
    weight: sp.Expr
    energy: sp.Expr
    overlap: sp.Expr = sp.S.Zero
    norm: sp.Expr = sp.S.Zero
    learner: Stage | None = None

    def pair(self, left: Any, right: Any) -> Any:
        """Return <u, v> on this block, for words u and v that end in the target or in learned weights."""
        target, learned = sp.Symbol("target"), sp.Symbol("learned")
        vectors = {BETA: target}
        if self.learner is not None:
            vectors |= {self.learner.weights: learned, self.learner.error: learned - target}
        entries = {**self.multiples, **vectors}
        product = sp.Poly(sp.expand(_product(left, entries) * _product(right, entries)), target, learned)
        gram = {(2, 0): self.energy, (1, 1): self.overlap, (0, 2): self.norm}
        return sp.Add(*(sp.factor(scale) * gram[powers] for powers, scale in product.terms()))


def by_block(expression: Any, blocks: Sequence[Block], stage: Stage) -> sp.Expr:
    """Write traces over the stage's ``n = d/gamma`` rows, and forms, as sums over blocks."""
    dim = sp.Symbol("dim", positive=True)

    def value(atom: Any) -> Any:
        if isinstance(atom, Trace):
            parts = [block.weight * _product(atom.args[0], block.multiples) for block in blocks]
            return dim * sp.factor_terms(sp.Add(*parts))
        metric, left = atom.args[:2]
        parts = [_product(metric, block.multiples) * block.pair(left, atom.args[-1]) for block in blocks]
        return sp.factor_terms(sp.Add(*parts))

    found = {atom: value(atom) for atom in expression.atoms(Trace, Quadratic, Inner)}
    return expression.xreplace(found).subs(stage.samples, dim / stage.gamma)


def _rational(rng: np.random.Generator) -> Fraction:
    return Fraction(int(rng.integers(1, 12)), int(rng.integers(12, 19)))


def _diagonal(entries: Sequence[Any]) -> Any:
    return np.diag(np.array(entries, dtype=object)) + 0 * Fraction(1)


def _substituted(expression: Any, values: Mapping[Any, Any]) -> Any:
    plain = {
        name: sp.Rational(value.numerator, value.denominator) if isinstance(value, Fraction) else value
        for name, value in values.items()
    }
    return sp.sympify(expression).subs(plain)


def _fraction(number: Any) -> Fraction:
    return Fraction(int(number.p), int(number.q))


@dataclass(frozen=True)
class OnDiagonals:
    """A word expression and its sum over coordinates agree exactly on rational diagonal matrices.

    ``meaning`` says what symbols stand for, in words.
    """

    names: Coordinates
    stage: Stage
    meaning: Mapping[Any, Any] = field(default_factory=dict)
    dim: int = 4

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Evaluate both sides in exact arithmetic."""
        rng = np.random.default_rng(seed)
        rows = {each: [_rational(rng) for _ in range(self.dim)] for each in self.names.entries}
        spoken = before.free_symbols.union(*(sp.sympify(each).free_symbols for each in self.meaning.values()))
        numbers = {
            each: _rational(rng)
            for each in sorted(spoken - set(self.meaning), key=str)
            if each.is_commutative
        }
        values = {**numbers, **{each: _diagonal(row) for each, row in rows.items()}}
        draw = Draw(values, self.dim, rows[BETA], self.stage)
        for name, words in self.meaning.items():
            values[name] = numbers[name] = evaluate(words, draw)
        sums = {}
        for each in after.atoms(sp.Sum):
            sums[each] = sum(
                _substituted(
                    each.function, {self.names.entries[name]: row[place] for name, row in rows.items()}
                )
                for place in range(self.dim)
            )
        total = _substituted(after.xreplace(sums), numbers)
        passed = bool(total == _number(evaluate(before, draw)))
        return Outcome(
            passed, f"the two sides {'agree exactly' if passed else 'differ'} on diagonal matrices"
        )

    def describe(self) -> str:
        """Say what closes the step."""
        return "exact on rational diagonal matrices"


def _number(value: Any) -> Any:
    return sp.Rational(value.numerator, value.denominator) if isinstance(value, Fraction) else value


@dataclass(frozen=True)
class OnBlocks:
    """A word expression and its sum over blocks agree exactly on matrices that are constant on each block.

    Block k has ``sizes[k]`` coordinates; the vectors are rational and arbitrary. ``meaning`` says what
    symbols of the words stand for, in words.
    """

    blocks: tuple[Block, ...]
    stage: Stage
    meaning: Mapping[Any, Any] = field(default_factory=dict)
    sizes: tuple[int, ...] = (2, 1)

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Evaluate both sides in exact arithmetic."""
        rng = np.random.default_rng(seed)
        sizes = self.sizes[: len(self.blocks)]
        dim = sum(sizes)
        target, learned = ([_rational(rng) for _ in range(dim)] for _ in range(2))
        numbers: dict[Any, Any] = {}
        starts = np.cumsum([0, *sizes[:-1]])
        for block, start, size in zip(self.blocks, starts, sizes, strict=True):
            there = slice(start, start + size)
            numbers[block.weight] = Fraction(size, dim)
            for name, u, v in (
                (block.energy, target, target),
                (block.overlap, target, learned),
                (block.norm, learned, learned),
            ):
                if name != 0:
                    numbers[name] = sum(a * b for a, b in zip(u[there], v[there], strict=True))
        multiples = [value for block in self.blocks for value in block.multiples.values()]
        spoken = set().union(*(sp.sympify(each).free_symbols for each in (before, after, *multiples)))
        spoken |= {self.stage.gamma}.union(*(sp.sympify(each).free_symbols for each in self.meaning.values()))
        for each in sorted(spoken - set(numbers) - set(self.meaning), key=str):
            if each.is_commutative:
                numbers[each] = _rational(rng)
        numbers[self.stage.samples] = dim / numbers[self.stage.gamma]
        values = {**numbers, BETA: _diagonal(target)}
        for each in self.blocks[0].multiples:
            row = [
                _fraction(_substituted(block.multiples[each], numbers))
                for block, size in zip(self.blocks, sizes, strict=True)
                for _ in range(size)
            ]
            values[each] = _diagonal(row)
        learner = self.blocks[0].learner
        if learner is not None:
            values |= {learner.weights: _diagonal(learned)}
            values |= {learner.error: values[learner.weights] - values[BETA]}
        draw = Draw(values, dim, values[BETA], self.stage)
        for name, words in self.meaning.items():
            values[name] = numbers[name] = evaluate(words, draw)
        passed = bool(_substituted(after, numbers) == _number(evaluate(before, draw)))
        return Outcome(
            passed, f"the two sides {'agree exactly' if passed else 'differ'} on {dim} coordinates"
        )

    def describe(self) -> str:
        """Say what closes the step."""
        return "exact on matrices constant on each block, with rational vectors"
