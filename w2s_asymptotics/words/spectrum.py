"""Formulas on a joint spectrum of any number of atoms: what holds on one atom, and sums over all of them.

Where `words/atoms.py` writes out a given number of atoms, a `Total` stands for the sum over however many
there are. On an atom, the letters of `ON_ATOM` are numbers: the eigenvalue s of Sigma, the share w of the
dimensions (they sum to 1), the energy e of the target, multiplier M and Gaussian energy c of what labels the
rows, their energy epsilon = M^2 e + c, and a, the atom of an arbitrary metric A, by which a map is read off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.derivation import Outcome
from w2s_asymptotics.words.matrices import Draw, evaluate
from w2s_asymptotics.words.words import Stage, letter

__all__ = [
    "DIMENSION",
    "ON_ATOM",
    "AtSpectra",
    "LimitOnSpectra",
    "OnOneAtom",
    "Total",
    "WordsOnSpectrum",
    "on_atoms",
]

DIMENSION = sp.Symbol("d", positive=True)
"""The number of dimensions, where a word is not written per dimension."""

EIGENVALUE, WEIGHT = sp.symbols("s w", positive=True)
SIGNAL, MULTIPLIER, COVARIANCE, ENERGY = sp.symbols("e M c epsilon", nonnegative=True)
METRIC = sp.Symbol("a", real=True)
ON_ATOM = (EIGENVALUE, WEIGHT, SIGNAL, MULTIPLIER, COVARIANCE, ENERGY, METRIC)
"""The symbols that have a value on every atom."""

_SPECTRA = (1,), (1, 2), (2, 1, 3)


class Total(sp.Function):
    """The sum over atoms; a number, whatever its terms are."""

    is_commutative = True

    def _latex(self, printer: Any, exp: Any = None) -> str:
        text = rf"\sum\left[{printer.doprint(self.args[0])}\right]"
        return text if exp is None else rf"\left({text}\right)^{{{exp}}}"


def on_atoms(expression: Any, rows: Mapping[Any, Sequence[Any]]) -> list[Any]:
    """Return the value of an expression on every atom, sums done; ``rows`` gives symbols atom by atom.

    >>> on_atoms(EIGENVALUE * Total(WEIGHT * EIGENVALUE), {EIGENVALUE: [3, 1], WEIGHT: [sp.S.Half] * 2})
    [6, 2]
    """
    count = len(next(iter(rows.values())))
    atoms = [{name: sp.sympify(row[place]) for name, row in rows.items()} for place in range(count)]
    summed = sp.sympify(expression).replace(
        lambda node: isinstance(node, Total),
        lambda node: sp.Add(*(node.args[0].xreplace(atom) for atom in atoms)),
    )
    return [summed.xreplace(atom) for atom in atoms]


def _number(rng: np.random.Generator) -> sp.Rational:
    return sp.Rational(int(rng.integers(1, 30)), int(rng.integers(11, 30)))


def _rows(rng: np.random.Generator, blocks: Sequence[int]) -> dict[Any, list[Any]]:
    """Rational values on as many atoms as there are blocks, weights in proportion to their sizes."""
    rows = {name: [_number(rng) for _ in blocks] for name in ON_ATOM}
    rows[WEIGHT] = [sp.Rational(size, sum(blocks)) for size in blocks]
    return rows


def _inserted(expression: Any, meaning: Mapping[Any, Any]) -> Any:
    """Replace each symbol by what it means, in their order: a meaning may use symbols further down."""
    inserted = sp.sympify(expression)
    for defined, value in meaning.items():
        inserted = inserted.xreplace({defined: sp.sympify(value)})
    return inserted


@dataclass(frozen=True)
class AtSpectra:
    """Two formulas agree exactly on rational spectra, once the symbols in ``meaning`` are replaced.

    ``meaning`` maps symbols to expressions in symbols further down the mapping, or in what is drawn.
    """

    meaning: Mapping[Any, Any] = field(default_factory=dict)

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Evaluate both sides atom by atom, for one, two and three atoms."""
        rng = np.random.default_rng(seed)
        sides = [_inserted(side, self.meaning) for side in (before, after)]
        free = sorted((sides[0].free_symbols | sides[1].free_symbols) - set(ON_ATOM), key=str)
        for blocks in _SPECTRA:
            rows, point = _rows(rng, blocks), {name: _number(rng) for name in free}
            left, right = (on_atoms(side.xreplace(point), rows) for side in sides)
            if any(one != other for one, other in zip(left, right, strict=True)):
                return Outcome(False, f"the two sides differ on a spectrum of {len(blocks)} atoms")
        return Outcome(True, "equal on rational spectra of one to three atoms, exactly")

    def describe(self) -> str:
        """Say what closes the step."""
        return "exact on rational spectra"


@dataclass(frozen=True)
class OnOneAtom:
    """Two formulas are the same function where there is one atom, s = w = 1, with all of the signal."""

    meaning: Mapping[Any, Any] = field(default_factory=dict)

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Do the sums, insert the meanings and cancel the difference."""
        one = {EIGENVALUE: [sp.S.One], WEIGHT: [sp.S.One], SIGNAL: [symbol("signal")]}
        difference = _inserted(sp.sympify(before) - sp.sympify(after), self.meaning)
        passed = sp.cancel(sp.together(on_atoms(difference, one)[0])) == 0
        return Outcome(bool(passed), "the difference cancels to 0" if passed else "the two sides differ")

    def describe(self) -> str:
        """Say what closes the step."""
        return "the difference cancels identically on one atom"


@dataclass(frozen=True)
class LimitOnSpectra:
    """``after`` is the limit of ``before`` as ``variable`` tends to infinity, on rational spectra.

    The gap must shrink in proportion to the distance: a millionfold where the variable grows a millionfold.
    """

    variable: Any
    meaning: Mapping[Any, Any] = field(default_factory=dict)

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Follow the variable to 1e12 and 1e18 in exact arithmetic."""
        rng = np.random.default_rng(seed)
        sides = [_inserted(side, self.meaning) for side in (before, after)]
        free = sorted((sides[0].free_symbols | sides[1].free_symbols) - {*ON_ATOM, self.variable}, key=str)
        for blocks in ((1,), (2, 1)):
            rows, point = _rows(rng, blocks), {name: _number(rng) for name in free}
            gaps = []
            for power in (12, 18):
                there = {**point, self.variable: sp.Integer(10) ** power}
                left, right = (on_atoms(side.xreplace(there), rows) for side in sides)
                gaps.append(max(abs(one - other) for one, other in zip(left, right, strict=True)))
            if not (gaps[0] < sp.Rational(1, 10**8) and gaps[1] <= gaps[0] / 10**5):
                return Outcome(False, f"the gap does not vanish: {[str(sp.N(gap, 3)) for gap in gaps]}")
        return Outcome(True, "the gap vanishes in proportion along 1e12, 1e18")

    def describe(self) -> str:
        """Say what closes the step."""
        return "the gap vanishes on rational spectra"


@dataclass(frozen=True)
class WordsOnSpectrum:
    """A word on rational diagonal matrices is a formula on their spectrum, exactly.

    ``letters`` says what each matrix is on an atom, ``numbers`` what each number of the word is, both in the
    symbols of the formula; ``vector`` names the vector, whose energy on an atom is epsilon. ``meaning`` is
    inserted into the formula first. A word that ends in the vector becomes what multiplies it, atom by atom.
    """

    letters: Mapping[Any, Any]
    numbers: Mapping[Any, Any]
    vector: Any = letter("f")
    meaning: Mapping[Any, Any] = field(default_factory=dict)

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Evaluate the word by matrix algebra and the formula atom by atom."""
        rng = np.random.default_rng(seed)
        for blocks in ((1, 2), (2, 1, 3)):
            dim, rows = sum(blocks), _rows(rng, blocks)
            entries = [int(each) or 1 for each in rng.integers(-5, 6, dim)]
            edges = np.cumsum((0, *blocks))
            rows[ENERGY] = [
                sp.Integer(sum(each**2 for each in entries[start:stop]))
                for start, stop in zip(edges[:-1], edges[1:], strict=True)
            ]
            formulas = (after, *self.letters.values(), *self.numbers.values())
            written = [_inserted(value, self.meaning) for value in formulas]
            free = set().union(*(value.free_symbols for value in written)) | before.free_symbols
            drawn = {name: _number(rng) for name in sorted(free - set(ON_ATOM), key=str)}
            drawn[DIMENSION] = sp.Integer(dim)
            formula, *values = [on_atoms(value.xreplace(drawn), rows) for value in written]
            inserted: dict[Any, Any] = {name: _fraction(value) for name, value in drawn.items()}
            for name, row in zip(self.letters, values, strict=False):
                diagonal = [
                    _fraction(value) for value, size in zip(row, blocks, strict=True) for _ in range(size)
                ]
                inserted[name] = np.diag(np.array(diagonal, dtype=object))
            for name, row in zip(self.numbers, values[len(self.letters) :], strict=True):
                inserted[name] = _fraction(row[0])
            inserted[self.vector] = np.array([[Fraction(each)] for each in entries], dtype=object)
            draw = Draw(inserted, dim, inserted[self.vector], _STAGE)
            if before.is_commutative:
                differ = evaluate(before, draw) != _fraction(formula[0])
            else:
                shares = [
                    _fraction(value) for value, size in zip(formula, blocks, strict=True) for _ in range(size)
                ]
                differ = bool(
                    np.any(evaluate(before, draw) - np.array(shares)[:, None] * inserted[self.vector])
                )
            if differ:
                return Outcome(False, "the word and the formula differ on diagonal matrices")
        return Outcome(True, "equal on diagonal matrices, exactly")

    def describe(self) -> str:
        """Say what closes the step."""
        return "exact on rational diagonal matrices"


_STAGE = Stage("w", noisy=False)


def _fraction(value: Any) -> Fraction:
    return Fraction(int(value.p), int(value.q))
