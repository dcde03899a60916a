"""Models of a joint spectrum of any number of atoms; a `Total` is the sum over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.models.draws import diagonal, fraction, number
from w2s_asymptotics.proof.tactics import Model, Place
from w2s_asymptotics.words.matrices import Draw, evaluate
from w2s_asymptotics.words.spectrum import DIMENSION, EIGENVALUE, ENERGY, ON_ATOM, SIGNAL, WEIGHT, on_atoms
from w2s_asymptotics.words.words import letter

__all__ = ["OneAtom", "Spectra", "WordsOnSpectra"]

_SPECTRA = (1,), (1, 2), (2, 1, 3)


def _rows(rng: np.random.Generator, blocks: Sequence[int]) -> dict[Any, list[Any]]:
    """Rational values on as many atoms as there are blocks, weights in proportion to their sizes."""
    rows = {name: [number(rng) for _ in blocks] for name in ON_ATOM}
    rows[WEIGHT] = [sp.Rational(size, sum(blocks)) for size in blocks]
    return rows


def _inserted(expression: Any, meaning: Mapping[Any, Any]) -> Any:
    """Replace each symbol by what it means, in their order: a meaning may use symbols further down."""
    inserted = sp.sympify(expression)
    for defined, value in meaning.items():
        inserted = inserted.xreplace({defined: sp.sympify(value)})
    return inserted


@dataclass(frozen=True)
class Spectra(Model):
    """Rational spectra of one to three atoms; a value is the row of an expression's values on them.

    ``meaning`` maps symbols to expressions in symbols further down the mapping, or in what is drawn. With a
    ``variable`` the model comes near where it is infinite.
    """

    meaning: Mapping[Any, Any] = field(default_factory=dict)
    variable: Any = None

    where = "on rational spectra"

    def near(self, distance: Fraction) -> Spectra:
        """Return the same draws with the variable at one over this distance."""
        far = sp.Rational(distance.denominator, distance.numerator)
        return replace(self, meaning={**self.meaning, self.variable: far})

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Draw the rows of each spectrum, and what is the same on all atoms."""
        rng = np.random.default_rng(seed)
        sides = {side: _inserted(side, self.meaning) for side in (before, after)}
        free = set().union(*(side.free_symbols for side in sides.values())) - set(ON_ATOM)
        for blocks in _SPECTRA:
            rows, point = _rows(rng, blocks), {name: number(rng) for name in sorted(free, key=str)}
            values = {name: np.array(on_atoms(side.xreplace(point), rows)) for name, side in sides.items()}
            yield values.__getitem__


@dataclass(frozen=True)
class OneAtom(Model):
    """One atom, s = w = 1, with all of the signal; values are expressions in what has no meaning."""

    meaning: Mapping[Any, Any] = field(default_factory=dict)

    where = "on one atom, identically"

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Do the sums and insert the meanings."""
        one = {EIGENVALUE: [sp.S.One], WEIGHT: [sp.S.One], SIGNAL: [symbol("signal")]}
        yield lambda side: on_atoms(_inserted(side, self.meaning), one)[0]


@dataclass(frozen=True)
class WordsOnSpectra(Model):
    """Words on rational diagonal matrices, and formulas on their spectrum.

    ``letters`` says what each matrix is on an atom, ``numbers`` what each number of the word is, both in the
    symbols of the formula; ``vector`` names the vector, whose energy on an atom is epsilon. ``meaning`` is
    inserted into the formula first. A word that ends in the vector becomes what multiplies it, atom by atom.
    """

    letters: Mapping[Any, Any]
    numbers: Mapping[Any, Any]
    vector: Any = letter("f")
    meaning: Mapping[Any, Any] = field(default_factory=dict)

    where = "on rational diagonal matrices"

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Evaluate the word by matrix algebra and the formula atom by atom."""
        rng = np.random.default_rng(seed)
        for blocks in _SPECTRA[1:]:
            dim, rows = sum(blocks), _rows(rng, blocks)

            def spread(row: Sequence[Any], blocks: Sequence[int] = blocks) -> list[Fraction]:
                return [fraction(value) for value, size in zip(row, blocks, strict=True) for _ in range(size)]

            entries = [int(each) or 1 for each in rng.integers(-5, 6, dim)]
            edges = np.cumsum((0, *blocks))
            rows[ENERGY] = [
                sp.Integer(sum(each**2 for each in entries[start:stop]))
                for start, stop in zip(edges[:-1], edges[1:], strict=True)
            ]
            written = [
                _inserted(value, self.meaning)
                for value in (after, *self.letters.values(), *self.numbers.values())
            ]
            free = set().union(*(value.free_symbols for value in written)) | before.free_symbols
            drawn = {name: number(rng) for name in sorted(free - set(ON_ATOM), key=str)}
            drawn[DIMENSION] = sp.Integer(dim)
            formula, *found = [on_atoms(value.xreplace(drawn), rows) for value in written]
            values: dict[Any, Any] = {name: fraction(value) for name, value in drawn.items()}
            values |= {name: diagonal(spread(row)) for name, row in zip(self.letters, found, strict=False)}
            found = found[len(self.letters) :]
            values |= {name: fraction(row[0]) for name, row in zip(self.numbers, found, strict=True)}
            vector = np.array([[Fraction(each)] for each in entries], dtype=object)
            word = evaluate(before, Draw({**values, self.vector: vector}, dim))
            shares = np.array(spread(formula))[:, None] * vector
            yield {before: word, after: fraction(formula[0]) if before.is_commutative else shares}.__getitem__
