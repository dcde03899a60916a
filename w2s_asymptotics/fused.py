"""Formulas on large arrays, block by block: recorded once, then run through buffers that stay in the cache.

A formula written with operators and a namespace is run on `Recorded` values, which note each operation; the
same operation on the same values is noted once. The notes are then carried out on blocks of points, each
result in a buffer that is free again after its last use: nothing is allocated, and what teacher and student
have in common is computed once. Values that vary along some axes only are computed before, as they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np

from .arithmetic import FAST, Namespace

__all__ = ["FUSED", "Program", "Recorded"]

_BUFFER = 20_000
"""Points per block: buffers of this length stay in the cache, and outweigh the calls that fill them."""

_PADDING = 136
"""Between buffers, so that they do not compete for the same lines of the cache."""


class Recorded:
    """A value of a program: an argument or the result of an operation."""

    __slots__ = ("place", "program", "shape")

    def __init__(self, program: Program, place: int, shape: tuple[int, ...]) -> None:
        self.program, self.place, self.shape = program, place, shape

    def __add__(self, other: Any) -> Any:
        return self if _is(other, 0.0) else self.program.noted(np.add, self, other)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return self if _is(other, 0.0) else self.program.noted(np.subtract, self, other)

    def __rsub__(self, other: Any) -> Any:
        return self.program.noted(np.subtract, other, self)

    def __mul__(self, other: Any) -> Any:
        return self if _is(other, 1.0) else self.program.noted(np.multiply, self, other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        return self.program.noted(np.divide, self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return self.program.noted(np.divide, other, self)

    def __abs__(self) -> Any:
        return self.program.noted(np.absolute, self)


def _is(value: Any, number: float) -> bool:
    return isinstance(value, float) and value == number


class _Fused(type(FAST)):  # type: ignore[misc]
    """The namespace of recorded values: as `FAST`, of arrays that are not there yet."""

    def convert(self, value: Any) -> Any:
        return value

    def sqrt(self, value: Any) -> Any:
        return value.program.noted(np.sqrt, value) if isinstance(value, Recorded) else np.sqrt(value)

    def root_of_square_plus(self, a: Any, b: Any) -> Any:
        return self.sqrt(a * a + b)

    def is_grid(self, rows: Sequence[Any], column: Any) -> bool:
        return False

    def any(self, value: Any) -> bool:
        return isinstance(value, Recorded) or bool(value != 0)


FUSED: Namespace = _Fused()


class Program:
    """What was recorded, and how it is run on arrays of one broadcast shape."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self._arguments: dict[int, Any] = {}
        self._known: dict[Any, Recorded] = {}
        self._notes: list[tuple[Any, int, int, int]] = []
        self._shapes: list[tuple[int, ...]] = []

    def argument(self, value: Any) -> Recorded:
        """An array, as a value of this program; the same array is the same value."""
        found = self._known.get(id(value))
        if found is None:
            found = self._known[id(value)] = self._new(np.shape(value))
            self._arguments[found.place] = value
        return found

    def noted(self, function: Any, one: Any, other: Any = None) -> Recorded:
        """The result of an operation on values of this program and floats."""
        shapes = [each.shape for each in (one, other) if isinstance(each, Recorded)]
        key = function, self._place(one), -1 if other is None else self._place(other)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._new(np.broadcast_shapes(*shapes))
            self._notes.append((*key, found.place))
        return found

    def _new(self, shape: tuple[int, ...]) -> Recorded:
        self._shapes.append((1,) * (len(self.shape) - len(shape)) + shape)
        return Recorded(self, len(self._shapes) - 1, shape)

    def run(self, outcomes: Sequence[Any], otherwise: Callable[[Any], tuple[Any, ...]]) -> list[Any]:
        """The arrays of these values; `otherwise` computes a block where a floating-point error occurs.

        Where one occurs in what is computed before, it is raised.
        """
        wanted = [self._place(each) for each in outcomes]
        values, notes = self._before(self._needed(wanted))
        last, rooms = _allotted(notes, set(wanted))
        results = {place: np.empty(self.shape) for place in wanted}
        tile = self._tile()
        buffers = np.empty((rooms, math.prod(tile) + _PADDING))
        held: list[Any] = [None] * len(self._shapes)
        shaped: tuple[int, ...] = ()
        for corner in product(*(range(0, n, step) for n, step in zip(self.shape, tile, strict=True))):
            where = tuple(slice(at, at + step) for at, step in zip(corner, tile, strict=True))
            extent = tuple(min(step, n - at) for at, step, n in zip(corner, tile, self.shape, strict=True))
            for place, value in values.items():
                held[place] = value[_part(value.shape, where)] if np.ndim(value) else value
            if extent != shaped:
                shaped = extent
                for place, room in last.items():
                    held[place] = buffers[room, : math.prod(extent)].reshape(extent)
            for place, result in results.items():
                held[place] = result[where]
            try:
                with np.errstate(all="raise"):
                    for function, left, right, place in notes:
                        if right < 0:
                            function(held[left], held[place])
                        else:
                            function(held[left], held[right], held[place])
            except FloatingPointError:
                for place, value in zip(wanted, otherwise(where), strict=True):
                    results[place][where] = value
        for place in results.keys() & values.keys():
            results[place][...] = values[place]
        return [results[place] for place in wanted]

    def _place(self, value: Any) -> int:
        """Where a value of this program stands, or a number, which becomes one."""
        if isinstance(value, Recorded):
            return value.place
        key = "number", value
        if key not in self._known:
            self._known[key] = self._new(())
            self._arguments[self._known[key].place] = float(value)
        return self._known[key].place

    def _needed(self, wanted: Sequence[int]) -> list[tuple[Any, int, int, int]]:
        """The operations on which what is wanted depends, in their order."""
        needed, notes = set(wanted), []
        for note in reversed(self._notes):
            if note[3] in needed:
                needed.update(note[1:3])
                notes.append(note)
        return notes[::-1]

    def _before(self, notes: list[Any]) -> tuple[dict[int, Any], list[tuple[Any, int, int, int]]]:
        """Arguments and what varies along some axes only, computed; and the operations that remain."""
        values = {
            place: np.reshape(value, self._shapes[place]) if np.ndim(value) else value
            for place, value in self._arguments.items()
        }
        left = []
        with np.errstate(all="raise"):
            for function, one, other, place in notes:
                if self._shapes[place] == self.shape:
                    left.append((function, one, other, place))
                else:
                    values[place] = function(values[one], *([values[other]] if other >= 0 else []))
        return values, left

    def _tile(self) -> tuple[int, ...]:
        """The largest box of at most about `_BUFFER` points, filled from the last axis."""
        tile: list[int] = []
        room = _BUFFER
        for length in reversed(self.shape):
            tile.insert(0, max(1, min(length, room)))
            room //= tile[0]
        return tuple(tile)


def _part(shape: tuple[int, ...], where: tuple[slice, ...]) -> tuple[slice, ...]:
    """The part of a value of this shape that a block needs."""
    if len(shape) == 1 and shape[0] > 1:
        return where
    return tuple(slice(None) if n == 1 else cut for n, cut in zip(shape, where, strict=True))


def _allotted(notes: list[Any], wanted: set[int]) -> tuple[dict[int, int], int]:
    """A buffer for each result that is not wanted itself, free again after its last use; and their number."""
    last = {each: time for time, note in enumerate(notes) for each in note[1:3]}
    rooms: dict[int, int] = {}
    free: list[int] = []
    count = 0
    for time, (_, one, other, place) in enumerate(notes):
        for each in {one, other} & rooms.keys():
            if last[each] == time:
                free.append(rooms[each])
        if place in wanted:
            continue
        if not free:
            free.append(count)
            count += 1
        rooms[place] = free.pop()
    return rooms, count
