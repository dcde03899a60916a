"""The operator-valued Dyson equation of a pencil `L = D + W`, W its Gaussian part.

In the limit `E[L^{-1}] = G = (D - eta(G))^{-1}`, `eta(G)_il = sum_jk E[W_ij G_jk W_kl]`, and for entries
`P X Q` and `P' X' Q'` one has `E[X A X'] = rows tr(A cols)`, `E[X' A X] = cols tr(A rows)`. The unknowns are
a few normalised traces `x = tr[K G_jk]`, `K = P' C Q`; pairings of X with X carry no trace: order 1/n.
Which blocks of G can be nonzero follows from the sparsity alone, so what is decoupled is never written down.
`M = D - eta(G)` is inverted along its block triangular form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from .expression import INPUT
from .graph import blocks, inverse_pattern
from .linearise import OUTPUT, Pencil, RandomTerm, random_terms
from .words import INVERSE, NAME, Letter, Polynomial, total, trace

__all__ = ["SHARE", "Coupling", "Dyson", "SingularError", "System", "Unknown", "inverted"]

SHARE = "t"
"""Share of the Gaussian part that is switched on: 1 in every result; the path from 0 selects the branch."""

_SHARE = (NAME, SHARE)
Entries = dict[tuple[Any, Any], Polynomial]


class SingularError(ValueError):
    """An expression whose deterministic part has no inverse."""


@dataclass(frozen=True)
class Unknown:
    """`x = tr[weight G_(node, equation)]`, normalised by the dimension `space`."""

    name: str
    space: str
    node: Any
    equation: Any
    weight: Polynomial


@dataclass(frozen=True)
class Coupling:
    """`M_(row, col)` has the term `- factor x`, x the unknown of this number."""

    row: Any
    col: Any
    unknown: int
    factor: Polynomial


@dataclass(frozen=True)
class System:
    """Fixed-point equations by name: traces, scalar and word inverses; and the equivalent in these names."""

    traces: dict[str, Polynomial]
    scalars: dict[str, Polynomial]
    letters: dict[str, tuple[Letter, Polynomial]]
    value: Polynomial

    @property
    def definitions(self) -> dict[str, Polynomial]:
        """What every name is the trace or the inverse of."""
        arguments = {name: argument for name, (_, argument) in self.letters.items()}
        return {**self.traces, **self.scalars, **arguments}

    def needs(self) -> dict[str, list[str]]:
        """The names that enter the definition of each."""
        found = self.definitions
        return {name: [each for each in value.names() if each in found] for name, value in found.items()}

    def mapped(self, change: Callable[[Polynomial], Polynomial]) -> System:
        """Every polynomial changed alike."""
        return replace(
            self,
            traces={name: change(value) for name, value in self.traces.items()},
            scalars={name: change(value) for name, value in self.scalars.items()},
            letters={name: (letter, change(value)) for name, (letter, value) in self.letters.items()},
            value=change(self.value),
        )

    def switched_on(self) -> System:
        """At the share 1."""
        one = {SHARE: Polynomial.number(1)}
        return self.mapped(lambda value: value.substitute(one))

    def __str__(self) -> str:
        system = self.switched_on()
        lines = [f"{name} = {value}" for name, value in system.traces.items()]
        lines += [f"{name} = 1/({value})" for name, value in system.scalars.items()]
        lines += [f"{name} = ({value})^-1" for name, (_, value) in system.letters.items()]
        return "\n".join([*lines, f"f ~ {system.value}"])


class Dyson:
    """Unknowns, couplings and sparsity of the equation of one pencil."""

    def __init__(self, pencil: Pencil) -> None:
        self.pencil = pencil
        self.rows, self.cols = pencil.rows, pencil.cols
        core = pencil.core()
        self.fixed: Entries = {key: part for key, value in core.items() if (part := value.fixed_part())}
        self._random = [(key, term) for key, value in core.items() for term in random_terms(value)]
        self.pattern, self.inverse_pattern = self._patterns()
        self.unknowns: list[Unknown] = []
        self.couplings: list[Coupling] = []
        known: dict[Any, int] = {}
        for (row, col), (node, equation), weight, factor, space in self._pairings(self.inverse_pattern):
            key = (node, equation, weight.key())
            if key not in known:
                known[key] = len(known)
                self.unknowns.append(Unknown(f"x{len(known)}", space, node, equation, weight))
            self.couplings.append(Coupling(row, col, known[key], factor))
        self.order = blocks(self.pattern, self.rows, self.cols)
        self.output = {col: value for col in self.cols if (value := pencil.entry(OUTPUT, col))}
        self.input = {row: value for row in self.rows if (value := pencil.entry(row, INPUT))}
        self.direct = pencil.entry(OUTPUT, INPUT)

    def _patterns(self) -> tuple[set[tuple[Any, Any]], set[tuple[Any, Any]]]:
        """Where M and G can be nonzero: the least fixed point."""
        inverse = inverse_pattern(set(self.fixed), self.rows, self.cols)
        while inverse is not None:
            pattern = set(self.fixed) | {place for place, *_ in self._pairings(inverse)}
            wider = inverse_pattern(pattern, self.rows, self.cols)
            if wider == inverse:
                return pattern, inverse
            inverse = wider
        raise SingularError(
            "an inverse has no deterministic part that is invertible: give every inverse a ridge term "
            "(its limit at 0 is taken when the term's value is 0)"
        )

    def _pairings(
        self, inverse: set[tuple[Any, Any]]
    ) -> Iterator[tuple[tuple[Any, Any], tuple[Any, Any], Polynomial, Polynomial, str]]:
        """Place in M, place in G, weight, factor and space of every Gaussian pairing that may count."""
        for (i, j), a in self._random:
            for (k, m), b in self._random:
                same = a.letter.name == b.letter.name and a.letter.transposed != b.letter.transposed
                if same and (j, k) in inverse:
                    yield (i, m), (j, k), *self._pairing(a, b)

    def _pairing(self, a: RandomTerm, b: RandomTerm) -> tuple[Polynomial, Polynomial, str]:
        rows, cols = self.pencil.covariances[a.letter.name]
        inner, outer = (rows, cols) if a.letter.transposed else (cols, rows)
        space = a.letter.cols
        scale = Polynomial.monomial(a.monomial, a.coefficient) * Polynomial.monomial(
            b.monomial, b.coefficient
        )
        weight = Polynomial.of(*b.left) * inner * Polynomial.of(*a.right)
        factor = scale * Polynomial.scalar(space) * Polynomial.of(*a.left) * outer * Polynomial.of(*b.right)
        return weight, factor, space

    def matrix(self) -> Entries:
        """M, in the names of the unknowns and of the share."""
        entries = dict(self.fixed)
        for each in self.couplings:
            moved = (
                each.factor * Polynomial.scalar(self.unknowns[each.unknown].name) * Polynomial.scalar(SHARE)
            )
            entries[each.row, each.col] = (entries.get((each.row, each.col)) or Polynomial()) - moved
        return entries

    @cached_property
    def system(self) -> System:
        """The equations before reduction, and the deterministic equivalent of the expression."""
        words = _Words()
        inverse = inverted(self, words)
        empty = Polynomial()
        traces = {
            each.name: trace(each.weight * inverse.get((each.node, each.equation), empty), each.space)
            for each in self.unknowns
        }
        passed = (
            left * inverse[col, row] * right
            for col, left in self.output.items()
            for row, right in self.input.items()
            if (col, row) in inverse
        )
        return System(traces, words.scalars, words.letters, self.direct - total(passed))


class _Words:
    """Names for what cannot be inverted in place."""

    def __init__(self) -> None:
        self.scalars: dict[str, Polynomial] = {}
        self.letters: dict[str, tuple[Letter, Polynomial]] = {}
        self._known: dict[Any, Polynomial] = {}

    def inverse(self, value: Polynomial, space: str) -> Polynomial:
        if value.is_monomial:
            return value.reciprocal()
        key = (value.key(), None if value.is_scalar else space)
        if key not in self._known:
            if value.is_scalar:
                name = f"b{len(self.scalars) + 1}"
                self.scalars[name] = value
                self._known[key] = Polynomial.scalar(name)
            else:
                name = f"G{len(self.letters) + 1}"
                letter = Letter(name, space, space, INVERSE, value == value.T)
                self.letters[name] = (letter, value)
                self._known[key] = Polynomial.of(letter)
        return self._known[key]


def inverted(dyson: Dyson, words: Any = None) -> Entries:
    """The entries of `G = M^{-1}` within its pattern, in block triangular order."""
    words = _Words() if words is None else words
    matrix, spaces = dyson.matrix(), {**dyson.pencil.row_spaces, **dyson.pencil.col_spaces}
    inverse: Entries = {}
    done: list[Any] = []
    for component in dyson.order:
        rows, cols = [row for row, _ in component], [col for _, col in component]
        block = {(i, j): matrix[i, j] for i in rows for j in cols if (i, j) in matrix}
        own = _inverted_block(block, rows, cols, words, spaces)
        inverse.update(own)
        for k in done:  # the columns of G that belong to earlier components
            right = {
                i: total(
                    matrix[i, j] * inverse[j, k]
                    for j in dyson.cols
                    if j not in cols and (i, j) in matrix and (j, k) in inverse
                )
                for i in rows
            }
            for j in cols:
                value = -total(own[j, i] * right[i] for i in rows if (j, i) in own)
                if value:
                    inverse[j, k] = value
        done += rows
    return inverse


def _inverted_block(
    matrix: Entries, rows: Sequence[Any], cols: Sequence[Any], words: Any, spaces: Mapping[Any, str]
) -> Entries:
    """The inverse of a small block matrix by Schur complements, scalar pivots first."""
    if len(rows) == 1:
        return {(cols[0], rows[0]): words.inverse(matrix[rows[0], cols[0]], spaces[rows[0]])}
    places = [(i, j) for i in rows for j in cols if (i, j) in matrix]
    i, j = min(places, key=lambda place: _pivot_rank(matrix[place]))
    pivot = words.inverse(matrix[i, j], spaces[i])
    other_rows, other_cols = [k for k in rows if k != i], [m for m in cols if m != j]
    schur = {(k, m): matrix[k, m] for k in other_rows for m in other_cols if (k, m) in matrix}
    for k in other_rows:
        for m in other_cols:
            if (k, j) in matrix and (i, m) in matrix:
                value = (schur.pop((k, m), None) or Polynomial()) - matrix[k, j] * pivot * matrix[i, m]
                if value:
                    schur[k, m] = value
    inner = _inverted_block(schur, other_rows, other_cols, words, spaces)
    result = dict(inner)
    above = [m for m in other_cols if (i, m) in matrix]
    beside = [k for k in other_rows if (k, j) in matrix]
    right = {}
    for k in other_rows:
        value = -total(pivot * matrix[i, m] * inner[m, k] for m in above if (m, k) in inner)
        if value:
            result[j, k] = value
    for m in other_cols:
        right[m] = -total(inner[m, k] * matrix[k, j] * pivot for k in beside if (m, k) in inner)
        if right[m]:
            result[m, i] = right[m]
    result[j, i] = pivot - total(pivot * matrix[i, m] * right[m] for m in above)
    return result


def _pivot_rank(value: Polynomial) -> tuple[bool, bool, int]:
    """What to pivot on: entries alive at the share 0 first, scalars before words, short before long."""
    alive = any(all(scalar != _SHARE for scalar, _ in monomial) for monomial, _ in value)
    return not alive, not value.is_scalar, len(value)
