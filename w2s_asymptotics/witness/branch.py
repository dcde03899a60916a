"""The raw Dyson equation in numbers: every unknown kept, blocks inverted numerically, nothing merged.

A second solver, which shares with `evaluate` the pencil and the path but neither the symbolic inverse nor the
merging; and the certificate that the inverse exists all along the path. It reads the spectral radius of the
operator `A -> G E[W A W'] G'` off the Dyson equation of the doubled pencil `[[L, -1], [0, L']]`: below 1, the
mean square of `L^{-1}` stays finite (an argument, not a proof; for ridge its square is `df2/n`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .algebra import REAL, Atoms, Dense, Scope
from .continuation import NoBranchError, Point, follow
from .dyson import Dyson
from .linearise import Pencil
from .words import Polynomial

__all__ = ["Raw", "spectral_radius"]

Array = Any
Places = dict[Any, slice]


@dataclass
class _Group:
    """Blocks that talk to one another: their places in one matrix, and what enters it."""

    rows: Places
    cols: Places
    fixed: Array
    couplings: list[tuple[Any, Any, int, Array]]
    unknowns: list[tuple[int, Any, Any, Array]]

    def matrix(self, x: Array, t: float) -> Array:
        """M at the unknowns x."""
        result = self.fixed.copy()
        for row, col, unknown, factor in self.couplings:
            result[:, self.rows[row], self.cols[col]] -= t * x[unknown] * factor
        return result


class Raw:
    """The Dyson equation of one pencil, at given values of letters and scalars."""

    def __init__(self, dyson: Dyson, layout: Atoms | Dense, known: Mapping[str, Any]) -> None:
        self.dyson, self._layout = dyson, layout
        self._scope = Scope(layout, known)
        couplings = [each.factor for each in dyson.couplings]
        inner = [*dyson.fixed.values(), *(each.weight for each in dyson.unknowns), *couplings]
        outer = [*dyson.output.values(), *dyson.input.values(), dyson.direct]
        letters = [letter for value in [*inner, *outer] for _, word in value for letter in word]
        self._touched = {space for letter in letters for space in (letter.rows, letter.cols)}
        pencil = dyson.pencil
        spaces = list(dict.fromkeys([*pencil.row_spaces.values(), *pencil.shape]))
        parts = [[space] for space in spaces]
        if isinstance(layout, Dense):  # rectangular letters join what they touch
            parts = [part for part in parts if part[0] not in self._touched]
            parts.append([space for space in spaces if space in self._touched])
        self._groups = [self._group(part) for part in parts if part]

    def _size(self, space: str) -> int:
        return self._layout.sizes[space] if isinstance(self._layout, Dense) and space in self._touched else 1

    def _array(self, value: Polynomial, space: str) -> Array:
        """A polynomial as a stack of matrices, one for each atom."""
        if space not in self._touched:
            return np.full((1, 1, 1), float(self._scope.number(value)))
        matrix = np.asarray(self._scope.matrix(value, space), dtype=float)
        if isinstance(self._layout, Dense):
            return matrix[None]
        return np.broadcast_to(matrix, self._layout.weights[space].shape)[:, None, None]

    def _weights(self, space: str) -> Array:
        """What makes a sum over the stack and the diagonal a normalised trace."""
        if isinstance(self._layout, Dense) or space not in self._touched:
            return np.full((1, 1, 1), 1 / self._size(space))
        return np.asarray(self._layout.weights[space], dtype=float)[:, None, None]

    def _group(self, spaces: list[str]) -> _Group:
        dyson, pencil = self.dyson, self.dyson.pencil
        rows, cols = (self._places(each, spaces) for each in (pencil.row_spaces, pencil.col_spaces))
        couplings = [
            (each.row, each.col, each.unknown, self._array(each.factor, pencil.row_spaces[each.row]))
            for each in dyson.couplings
            if each.row in rows
        ]
        unknowns = []
        for number, each in enumerate(dyson.unknowns):
            if each.node in cols:
                space = pencil.row_spaces[each.equation]
                ratio = self._scope.number(Polynomial.scalar(space) * Polynomial.scalar(each.space, -1))
                weight = self._array(each.weight, space) * self._weights(space) * float(ratio)
                unknowns.append((number, each.node, each.equation, weight))
        depth = 1 if isinstance(self._layout, Dense) else len(self._weights(spaces[0]))
        size = sum(place.stop - place.start for place in rows.values())
        fixed = np.zeros((depth, size, sum(place.stop - place.start for place in cols.values())))
        for (row, col), value in dyson.fixed.items():
            if row in rows:
                fixed[:, rows[row], cols[col]] = self._array(value, pencil.row_spaces[row])
        return _Group(rows, cols, fixed, couplings, unknowns)

    def _places(self, blocks: Mapping[Any, str], spaces: list[str]) -> Places:
        places, start = {}, 0
        for block, space in blocks.items():
            if space in spaces:
                places[block] = slice(start, start + self._size(space))
                start += self._size(space)
        return places

    def at(self, x: Array, t: float, slopes: bool) -> Point:
        """The traces of `G(x, t)`, their Jacobian, and their slope in t."""
        count = len(self.dyson.unknowns)
        value, noise, jacobian = np.zeros(count), np.zeros(count), np.zeros((count, count))
        for group in self._groups:
            matrix = group.matrix(x, t)
            inverse = np.linalg.inv(matrix)
            shaken = np.abs(inverse) @ np.abs(matrix) @ np.abs(inverse) if slopes else None
            moved = [
                (row, unknown, factor @ inverse[:, group.cols[col]])
                for row, col, unknown, factor in group.couplings
            ]
            for number, node, equation, weight in group.unknowns:
                left = weight @ inverse[:, group.cols[node]]
                place = group.rows[equation]
                value[number] = np.einsum("kaa->", left[:, :, place])
                if not slopes:
                    continue
                if shaken is not None:
                    loss = np.abs(weight) @ shaken[:, group.cols[node], place]
                    noise[number] = 2e-16 * np.einsum("kaa->", loss)
                for row, unknown, right in moved:
                    pair = left[:, :, group.rows[row]] * right[:, :, place].swapaxes(1, 2)
                    jacobian[number, unknown] += pair.sum()
        return Point(value, t * jacobian, jacobian @ x, noise)

    def solve(self, watch: Callable[[Array, float], None] | None = None) -> Array:
        """The unknowns on the branch that starts at the deterministic part."""
        # Unknowns that vanish identically are rounding errors here, and these land anywhere.
        return follow(self.at, np.zeros(len(self.dyson.unknowns)), REAL, watch, far=np.inf)

    def trace(self, x: Array) -> float:
        """The normalised trace of the equivalent."""
        pencil = self.dyson.pencil
        space, other = pencil.shape
        weights = self._weights(space)
        direct = self.dyson.direct
        result = float((weights * _traces(self._array(direct, space))).sum()) if direct else 0.0
        for group in self._groups:
            inverse = np.linalg.inv(group.matrix(x, 1.0))
            for col, left in self.dyson.output.items():
                for row, right in self.dyson.input.items():
                    if col in group.cols and row in group.rows:
                        middle = inverse[:, group.cols[col], group.rows[row]]
                        outer = self._array(left, pencil.col_spaces[col]), self._array(right, other)
                        result -= float((weights * _traces(outer[0] @ middle @ outer[1])).sum())
        return result


def _traces(stack: Array) -> Array:
    """The trace of each matrix of a stack."""
    return np.einsum("kaa->k", stack)[:, None, None]


def spectral_radius(pencil: Pencil, layout: Atoms | Dense, known: Mapping[str, Any]) -> tuple[float, float]:
    """The largest radius along the path, infinite where the path stops; and the share t where it occurs."""
    doubled = _doubled(pencil)
    dyson = Dyson(doubled)
    cross = [
        number
        for number, each in enumerate(dyson.unknowns)
        if each.node[0] == "first" and each.equation[0] == "second"
    ]
    seen: list[tuple[float, float]] = [(0.0, 0.0)]

    def watch(jacobian: Array, t: float) -> None:
        if cross:
            seen.append((float(np.abs(np.linalg.eigvals(jacobian[np.ix_(cross, cross)])).max()), t))

    try:
        Raw(dyson, layout, known).solve(watch)
    except NoBranchError:
        return np.inf, seen[-1][1]
    return max(seen)


def _doubled(pencil: Pencil) -> Pencil:
    """The pencil `[[L, -1], [0, L']]`."""
    rows = {("first", row): space for row, space in pencil.row_spaces.items()}
    cols = {("first", col): space for col, space in pencil.col_spaces.items()}
    result = Pencil(
        rows | {("second", col): space for col, space in pencil.col_spaces.items()},
        cols | {("second", row): space for row, space in pencil.row_spaces.items()},
        {},
        pencil.shape,
        pencil.covariances,
        pencil.aliases,
    )
    for (row, col), value in pencil.core().items():
        result.entries[("first", row), ("first", col)] = value
        result.entries[("second", col), ("second", row)] = value.T
    for row in pencil.rows:
        result.entries[("first", row), ("second", row)] = Polynomial.number(-1)
    return result
