"""From a matrix expression to a small pencil `f = D - c L^{-1} b`, all entries affine in Gaussian letters.

The equations of the flow graph are shrunk by two exact moves. A node on a scalar pivot is eliminated where no
product of two Gaussian letters arises. And `column_j += column_i A`, `row_k += A row_i` with a deterministic
A are carried out where they cancel random terms and lower the cost (blocks, squared sizes of strong
components, random terms). Resolvent identities such as `R S = 1 - lam R Gamma` are found this way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from .expression import INPUT, Gaussian, Reader
from .graph import blocks
from .words import ONE, RANDOM, Letter, Monomial, Polynomial, Rational, Word, times

__all__ = ["OUTPUT", "Pencil", "RandomTerm", "linearise", "random_terms"]

OUTPUT = "y"
"""The row of the output."""

_LARGE = 12
"""Blocks from which on a pencil is shrunk by the first good move, not the best."""

Cost = tuple[int, int, int]


@dataclass
class Pencil:
    """Equations `0 = sum_j entries[i, j] z_j + entries[i, INPUT] u`; the row `OUTPUT` reads them out."""

    row_spaces: dict[Any, str]
    col_spaces: dict[Any, str]
    entries: dict[tuple[Any, Any], Polynomial]
    shape: tuple[str, str] = ("", "")
    covariances: dict[str, tuple[Polynomial, Polynomial]] = field(default_factory=dict)
    aliases: dict[str, Any] = field(default_factory=dict)
    opened: int = 0

    @property
    def rows(self) -> list[Any]:
        """The equations."""
        return list(self.row_spaces)

    @property
    def cols(self) -> list[Any]:
        """The nodes."""
        return list(self.col_spaces)

    def entry(self, row: Any, col: Any) -> Polynomial:
        """One entry, zero where there is none."""
        return self.entries.get((row, col)) or Polynomial()

    def put(self, row: Any, col: Any, value: Polynomial) -> None:
        """Set one entry."""
        if value:
            self.entries[row, col] = value
        else:
            self.entries.pop((row, col), None)

    def core(self) -> dict[tuple[Any, Any], Polynomial]:
        """The entries of L."""
        return {key: value for key, value in self.entries.items() if key[0] != OUTPUT and key[1] != INPUT}

    def blocks(self) -> list[list[tuple[Any, Any]]]:
        """The strong components of L, each after those it needs."""
        return blocks(set(self.core()), self.rows, self.cols)

    def copy(self) -> Pencil:
        """A pencil that may be changed; the entries themselves are shared and never changed."""
        return Pencil(
            dict(self.row_spaces),
            dict(self.col_spaces),
            dict(self.entries),
            self.shape,
            self.covariances,
            self.aliases,
            self.opened,
        )

    def __str__(self) -> str:
        lines = [
            f"{len(self.col_spaces)} blocks: " + ", ".join(f"z{j} in {d}" for j, d in self.col_spaces.items())
        ]
        for row in [*self.rows, OUTPUT]:
            terms = [
                f"({self.entries[row, col]}) {col if col == INPUT else f'z{col}'}"
                for col in [*self.cols, INPUT]
                if (row, col) in self.entries
            ]
            lines.append(f"  {'out' if row == OUTPUT else '0'} = " + " + ".join(terms))
        return "\n".join(lines)


def linearise(expression: Any, gaussians: Iterable[Gaussian], general: Iterable[Any] = ()) -> Pencil:
    """The reduced pencil of a matrix expression, with a deterministic input and output."""
    reader = Reader(gaussians, general)
    output = reader.apply(expression, False, {INPUT: ONE})
    entries: dict[tuple[Any, Any], Polynomial] = {
        (i, j): value for i, row in enumerate(reader.rows) for j, value in row.items()
    }
    entries.update({(OUTPUT, j): value for j, value in output.items()})
    spaces: dict[Any, str] = dict(enumerate(reader.spaces))
    rows, cols = map(str, expression.shape)
    pencil = Pencil(spaces, dict(spaces), entries, (rows, cols), {}, reader.aliases, len(spaces))
    pencil = _shrink(pencil)
    if pencil.entry(OUTPUT, INPUT).random_part():
        _border_input(pencil)
        _border_output(pencil)
    if any(pencil.entry(row, INPUT).random_part() for row in [*pencil.rows, OUTPUT]):
        _border_input(pencil)
    if any(pencil.entry(OUTPUT, col).random_part() for col in pencil.cols):
        _border_output(pencil)
    pencil.covariances = reader.covariances()
    return pencil


def _border_input(pencil: Pencil) -> None:
    """A node that equals the input, where that entered with Gaussian letters."""
    node = 1 + max([-1, *pencil.rows, *pencil.cols])
    pencil.row_spaces[node] = pencil.col_spaces[node] = pencil.shape[1]
    for row in [*pencil.rows, OUTPUT]:
        if (row, INPUT) in pencil.entries:
            pencil.entries[row, node] = pencil.entries.pop((row, INPUT))
    pencil.entries[node, node], pencil.entries[node, INPUT] = ONE, -ONE


def _border_output(pencil: Pencil) -> None:
    """A node that equals the output, where that was read with Gaussian letters."""
    node = 1 + max([-1, *pencil.rows, *pencil.cols])
    pencil.row_spaces[node] = pencil.col_spaces[node] = pencil.shape[0]
    for col in [*pencil.cols, INPUT]:
        if (OUTPUT, col) in pencil.entries:
            pencil.entries[node, col] = -pencil.entries.pop((OUTPUT, col))
    pencil.entries[node, node], pencil.entries[OUTPUT, node] = ONE, ONE


def _eliminate(pencil: Pencil) -> Pencil:
    """Remove nodes on scalar pivots while the pencil stays affine in the Gaussian letters."""
    while True:
        best: tuple[int, Any, Any, list[Any], list[Any]] | None = None
        degrees = {key: value.randomness[0] for key, value in pencil.entries.items()}
        for (i, j), pivot in pencil.entries.items():
            if i == OUTPUT or j == INPUT or not pivot.is_monomial:
                continue
            col = [k for k in [*pencil.rows, OUTPUT] if k != i and (k, j) in degrees]
            row = [k for k in [*pencil.cols, INPUT] if k != j and (i, k) in degrees]
            if any(degrees[k, j] + degrees[i, m] > 1 for k in col for m in row):
                continue
            if best is None or len(col) * len(row) < best[0]:
                best = (len(col) * len(row), i, j, col, row)
        if best is None:
            return pencil
        _, i, j, col, row = best
        inverse = pencil.entries[i, j].reciprocal()
        for k in col:
            for m in row:
                pencil.put(k, m, pencil.entry(k, m) - pencil.entries[k, j] * inverse * pencil.entries[i, m])
        for key in [*((k, j) for k in col), *((i, m) for m in row), (i, j)]:
            del pencil.entries[key]
        del pencil.row_spaces[i], pencil.col_spaces[j]


@dataclass(frozen=True)
class RandomTerm:
    """A term `coefficient monomial left letter right` of an entry."""

    monomial: Monomial
    left: Word
    letter: Letter
    right: Word
    coefficient: Rational


def random_terms(value: Polynomial) -> list[RandomTerm]:
    """The terms of an entry around each Gaussian letter."""
    return [
        RandomTerm(monomial, word[:place], letter, word[place + 1 :], coefficient)
        for (monomial, word), coefficient in value.items()
        for place, letter in enumerate(word)
        if letter.kind == RANDOM
    ]


Move = tuple[str, Any, Any, Polynomial]


def _moves(pencil: Pencil) -> Iterator[tuple[Any, Move]]:
    """The changes of variable, and sums of rows, that cancel at least one random term; each with a key."""
    seen: set[Any] = set()
    terms = [(key, each) for key, value in pencil.entries.items() for each in random_terms(value)]
    for (i, j), a in terms:
        for (k, m), b in terms:
            if (i, j) == (k, m) or a.letter != b.letter:
                continue
            move: Move | None = None
            if i == k and j != INPUT and a.left == b.left and b.right[: len(a.right)] == a.right:
                move = ("column", j, m, _quotient(a, b, b.right[len(a.right) :]))
            elif (
                j == m
                and i != OUTPUT
                and a.right == b.right
                and b.left[len(b.left) - len(a.left) :] == a.left
            ):
                move = ("row", i, k, _quotient(a, b, b.left[: len(b.left) - len(a.left)]))
            if move is not None and (key := (*move[:3], move[3].key())) not in seen:
                seen.add(key)
                yield key, move


def _quotient(a: RandomTerm, b: RandomTerm, word: Word) -> Polynomial:
    ratio = times(b.monomial, tuple((scalar, -exponent) for scalar, exponent in a.monomial))
    return Polynomial({(ratio, word): -Fraction(b.coefficient) / Fraction(a.coefficient)})


def _played(pencil: Pencil, move: Move) -> Pencil | None:
    """The pencil after a move, unless products of Gaussian letters arise."""
    kind, source, target, factor = move
    changed = pencil.copy()
    if kind == "column":
        for row in [*changed.rows, OUTPUT]:
            if (row, source) in changed.entries:
                changed.put(row, target, changed.entry(row, target) + changed.entries[row, source] * factor)
    else:
        for col in [*changed.cols, INPUT]:
            if (source, col) in changed.entries:
                changed.put(target, col, changed.entry(target, col) + factor * changed.entries[source, col])
    if any(value.randomness[0] > 1 for value in changed.entries.values()):
        return None
    return _eliminate(changed)


def _cost(pencil: Pencil) -> Cost:
    def count(keys: Iterator[tuple[Any, Any]]) -> int:
        return sum(pencil.entries[key].randomness[1] for key in keys)

    borders = bool(count(key for key in pencil.entries if key[1] == INPUT)) + bool(
        count(key for key in pencil.entries if key[0] == OUTPUT)
    )
    sizes = sum(len(each) ** 2 for each in pencil.blocks())
    return len(pencil.col_spaces) + borders, sizes, count(iter(pencil.entries))


def _shrink(pencil: Pencil) -> Pencil:
    """Play moves that lower the cost until none does: the best, in large pencils the first found."""
    pencil = _eliminate(pencil)
    now, failed = _cost(pencil), set[Any]()
    while True:
        best, first = (now, pencil), len(pencil.cols) > _LARGE
        for key, move in _failed_last(_moves(pencil), failed):
            after = _played(pencil, move)
            if after is not None and (cost := _cost(after)) < best[0]:
                best = cost, after
                if first:
                    break
            else:
                failed.add(key)
        if best[0] == now:
            return pencil
        now, pencil = best


def _failed_last(moves: Iterator[tuple[Any, Move]], failed: set[Any]) -> Iterator[tuple[Any, Move]]:
    """The moves, those that failed before at the end."""
    later = []
    for key, move in moves:
        if key in failed:
            later.append((key, move))
        else:
            yield key, move
    yield from later
