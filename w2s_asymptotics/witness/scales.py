"""Scales and signs of a pencil, so that equal parts look equal; partial fractions for short formulas."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import permutations
from typing import Any

from .expression import INPUT, scalar_polynomial
from .linearise import OUTPUT, Pencil
from .scalars import Names
from .words import RANDOM, Monomial, Polynomial, Rational, Word, shorter

__all__ = ["decouple", "normalise"]

Block = list[tuple[Any, Any]]
Terms = list[tuple[tuple[Monomial, Word], Rational]]


def normalise(pencil: Pencil) -> Pencil:
    """Make scalar pivots 1, random entries of their rows -1, and take common monomials out of what enters."""
    result = pencil.copy()
    for block in result.blocks():
        _normalise_block(result, block)
    for key, value in result.entries.items():
        result.entries[key] = Polynomial({term: shorter(number) for term, number in value.items()})
    return result


def _normalise_block(pencil: Pencil, block: Block) -> None:
    dimensions = set(pencil.row_spaces.values()) | set(pencil.shape)
    cols = [col for _, col in block]

    def random(row: Any) -> Terms:
        return [term for col in cols for term in pencil.entry(row, col).random_part().items()]

    def rank(pair: tuple[Any, Any]) -> bool:
        words = [word for (_, word), _ in random(pair[0])]
        return not any(letter.transposed for word in words for letter in word if letter.kind == RANDOM)

    pure = [
        (row, col)
        for row, col in block
        if (value := pencil.entry(row, col)).is_monomial
        and all(scalar[1] in dimensions for scalar, _ in next(iter(value))[0])
    ]
    for row, col in sorted(pure, key=rank):
        _scale_row(pencil, row, pencil.entries[row, col].reciprocal())
        if found := random(row):
            (monomial, _), number = found[0]
            scale = Polynomial.monomial(monomial, -number)
            _scale_col(pencil, col, scale)
            _scale_row(pencil, row, scale.reciprocal())
    for row, col in block:  # of the others: the leading entry positive and free of dimensions
        if (row, col) not in pure and (value := pencil.entry(row, col)):
            (monomial, _), number = next(iter(value.items()))
            kept = tuple(power for power in monomial if power[0][1] in dimensions)
            _scale_row(pencil, row, Polynomial.monomial(kept, number).reciprocal())
    entering = [
        term
        for row, _ in block
        for col in [*pencil.cols, INPUT]
        if col not in cols
        for term in pencil.entry(row, col).items()
    ]
    if entering:
        scale = _common(entering)
        for row, col in block:
            _scale_row(pencil, row, scale.reciprocal())
            _scale_col(pencil, col, scale)


def _scale_row(pencil: Pencil, row: Any, scale: Polynomial) -> None:
    for col in [*pencil.cols, INPUT]:
        if (row, col) in pencil.entries:
            pencil.entries[row, col] = scale * pencil.entries[row, col]


def _scale_col(pencil: Pencil, col: Any, scale: Polynomial) -> None:
    for row in [*pencil.rows, OUTPUT]:
        if (row, col) in pencil.entries:
            pencil.entries[row, col] = pencil.entries[row, col] * scale


def _common(terms: Terms) -> Polynomial:
    """The largest monomial that divides all terms, signed so that the first becomes -1."""
    powers = [dict(monomial) for (monomial, _), _ in terms]
    scalars = sorted({scalar for power in powers for scalar in power})
    least = {scalar: min(power.get(scalar, 0) for power in powers) for scalar in scalars}
    common = tuple((scalar, exponent) for scalar, exponent in least.items() if exponent)
    return Polynomial.monomial(common, -Fraction(terms[0][1]))


def decouple(pencil: Pencil) -> Pencil:
    """Partial fractions between resolvents of the same data.

    Two blocks with the same random part that differ by `delta N`, and are coupled by `s N`, are decoupled by
    the similarity `z_a += alpha z_b, row_a -= alpha row_b`, `alpha = -s/delta`: `R_1 S R_2 = (l_1 R_1 - l_2
    R_2)/(l_1 - l_2)`. Formulas become shorter, but divide by `l_1 - l_2`: numbers are taken without it.
    """
    result = pencil.copy()
    while any(_decouple(result, first, second) for first, second in _pairs(result)):
        pass
    return result


def _pairs(pencil: Pencil) -> Iterator[tuple[Block, Block]]:
    """Blocks of equal size of which the first receives from the second."""
    found = pencil.blocks()
    for first in found:
        for second in found:
            alike = first is not second and len(first) == len(second) <= 5
            if alike and any((i, j) in pencil.entries for i, _ in first for _, j in second):
                yield first, second


def _decouple(pencil: Pencil, first: Block, second: Block) -> bool:
    for order in permutations(second):
        rows = {i: k for (i, _), (k, _) in zip(first, order, strict=True)}
        cols = {j: m for (_, j), (_, m) in zip(first, order, strict=True)}
        if any(pencil.row_spaces[i] != pencil.row_spaces[k] for i, k in rows.items()):
            continue
        if any(pencil.col_spaces[j] != pencil.col_spaces[m] for j, m in cols.items()):
            continue
        factor = _factor(pencil, rows, cols)
        if factor is not None:
            _similarity(pencil, rows, cols, factor)
            return True
    return False


def _factor(pencil: Pencil, rows: dict[Any, Any], cols: dict[Any, Any]) -> Polynomial | None:
    """The alpha that decouples two blocks, if there is one."""
    differences = {
        (i, j): value
        for i in rows
        for j in cols
        if (value := pencil.entry(i, j) - pencil.entry(rows[i], cols[j]))
    }
    if not differences or any(value.random_part() for value in differences.values()):
        return None
    coupling = {(i, j): pencil.entry(i, cols[j]) for i in rows for j in cols}
    place = next(iter(differences))
    words = {word for _, word in differences[place]}
    if len(words) != 1 or len(coupling[place]) != 1:
        return None
    (((monomial, word), number),) = coupling[place].items()
    if word not in words:
        return None
    delta = Polynomial({(each, ()): value for (each, _), value in differences[place].items()})
    scale = Polynomial.monomial(monomial, number)
    if any(delta * coupling[key] != scale * (differences.get(key) or Polynomial()) for key in coupling):
        return None
    gap = Names().expression(delta)
    sign = -1 if gap.could_extract_minus_sign() else 1
    return Polynomial.monomial(monomial, -number * sign) * scalar_polynomial(1 / (gap * sign), pencil.aliases)


def _similarity(pencil: Pencil, rows: dict[Any, Any], cols: dict[Any, Any], factor: Polynomial) -> None:
    for i in rows:
        for j in cols:
            pencil.entries.pop((i, cols[j]), None)
    for j, other in cols.items():
        for i in [*pencil.rows, OUTPUT]:
            if i not in rows and (i, j) in pencil.entries:
                pencil.put(i, other, pencil.entry(i, other) + pencil.entries[i, j] * factor)
    for i, other in rows.items():
        for j in [*pencil.cols, INPUT]:
            if j not in cols.values() and (other, j) in pencil.entries:
                pencil.put(i, j, pencil.entry(i, j) - factor * pencil.entries[other, j])
