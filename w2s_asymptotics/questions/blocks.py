"""Evaluation in blocks that fit the cache, whatever mix of numbers and arrays a chain is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from functools import cache, cached_property, partial
from itertools import product
from typing import Any

import numpy as np

from ..arithmetic import FAST, REAL, Namespace, namespace
from ..worlds import MultiIndex
from ..worlds.links import Link
from ..worlds.population import IsotropicPopulation, MatrixPopulation

__all__ = ["BLOCK", "Numbers", "evaluate", "in_context"]

BLOCK = 200_000
"""Points per block: intermediate arrays of this length stay in the cache, and outweigh a block's overhead."""

_VARYING = (
    "gamma", "samples", "lam", "noise", "truth", "width", "tail", "time", "components",
    "gamma_step", "gamma_probe", "quality",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Numbers:
    """A world and a chain of learners, ready for computing."""

    world: Any
    learners: tuple[Any, ...]
    bases: dict[tuple[int, int], Any] = field(default_factory=dict)
    """Eigenbases of worlds of matrices, computed once per pair of Sigma and Gamma."""

    @cached_property
    def isotropic(self) -> bool:
        """Whether Sigma and Gamma are multiples of the identity, so that every argument broadcasts."""
        return isinstance(self.world, (IsotropicPopulation, MultiIndex))

    @cached_property
    def matrices(self) -> bool:
        """Whether a stage has a Sigma or Gamma that need not commute with the world's."""
        own = [value for learner in self.learners for value in (learner.penalty, learner.covariance)]
        return isinstance(self.world, MatrixPopulation) and any(np.ndim(value) > 0 for value in own)

    @cached_property
    def values(self) -> list[Any]:
        """Every argument that was given, and the entries of arrays of objects."""
        found: list[Any] = []
        records: tuple[Any, ...] = (self.world, *self.learners)
        for record in records:
            for name in _names(record.__class__):
                value = getattr(record, name)
                if value is not None:
                    found.append(value)
                    if isinstance(value, np.ndarray) and value.dtype == object:
                        found.extend(value.flat)
                    if isinstance(value, tuple):
                        found.extend(value)
                    if isinstance(value, Link):
                        found.extend(value.given)
        return found

    @cached_property
    def xp(self) -> Namespace:
        """The namespace these numbers are computed in."""
        return namespace(self.values)

    def varying(self) -> Iterator[tuple[int, str, Any]]:
        """The arguments that broadcast: (-1 for the world or the position of the learner, name, value)."""
        for name in ("signal", "noise"):
            if name == "noise" or self.isotropic:
                yield -1, name, getattr(self.world, name, None)
        for position, learner in enumerate(self.learners):
            for name in _varying(learner.__class__):
                yield position, name, getattr(learner, name)

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """The shape that the arguments broadcast to."""
        shapes = [value.shape for _, _, value in self.varying() if isinstance(value, np.ndarray)]
        try:
            return np.broadcast_shapes(*shapes)
        except ValueError:
            named = ", ".join(
                f"{'world' if position < 0 else f'learner {position + 1}'}.{name} {np.shape(value)}"
                for position, name, value in self.varying()
                if np.shape(value)
            )
            raise ValueError(
                f"the arrays of a chain must broadcast against one another, got shapes {named}"
            ) from None

    def with_values(self, change: Callable[[Any], Any]) -> Numbers:
        """The same chain with `change` applied to each argument that broadcasts."""
        world, learners = self.world, list(self.learners)
        for position, name, value in self.varying():
            if np.ndim(value):
                if position < 0:
                    world = _replaced(world, name, change(value))
                else:
                    learners[position] = _replaced(learners[position], name, change(value))
        changed = Numbers(world, tuple(learners), self.bases)
        changed.__dict__["xp"] = self.xp
        return changed

    def computed_by(self, xp: Namespace) -> Numbers:
        """The same chain, computed in another namespace."""
        changed = Numbers(self.world, self.learners, self.bases)
        changed.__dict__.update(self.__dict__)
        changed.__dict__["xp"] = xp
        return changed

    def at(self, index: tuple[int, ...], shape: tuple[int, ...]) -> Numbers:
        """The chain at one point of the broadcast shape."""

        def pick(value: Any) -> Any:
            picked = np.broadcast_to(value, shape)[index]
            return float(picked) if isinstance(picked, np.floating) else picked

        return self.with_values(pick)


@cache
def _names(record: Any) -> tuple[str, ...]:
    return tuple(item.name for item in fields(record))


@cache
def _varying(record: Any) -> tuple[str, ...]:
    return tuple(name for name in _names(record) if name in _VARYING)


def _replaced(record: Any, name: str, value: Any) -> Any:
    """A copy of a frozen record with one value changed; it has been validated as part of the whole."""
    copy = object.__new__(type(record))
    copy.__dict__.update(record.__dict__)
    copy.__dict__[name] = value
    return copy


def in_context(numbers: Numbers, function: Callable[[Numbers], tuple[Any, ...]]) -> tuple[Any, ...]:
    """Apply a function of numbers where overflow and underflow are silent, and mpmath has guard digits.

    Floats are first tried without any guard: the processor notices, at no cost, when one was needed. Floats
    come back as floats, mpmath numbers rounded to the working precision.
    """
    if numbers.xp is not REAL:
        return _computed(numbers, function)
    try:
        return _computed(numbers.computed_by(FAST), function)
    except FloatingPointError:
        return _computed(numbers, function)


def _computed(numbers: Numbers, function: Callable[[Numbers], tuple[Any, ...]]) -> tuple[Any, ...]:
    xp = numbers.xp
    with xp.context():
        values = function(numbers)
    return tuple(xp.finish(value) for value in values)


def evaluate(numbers: Numbers, function: Callable[[Numbers], tuple[Any, ...]]) -> tuple[Any, ...]:
    """Apply a function that returns one number per point, and give its results the broadcast shape.

    Large arrays are walked through in tiles of `BLOCK` points; worlds of matrices point by point.
    """
    shape = numbers.shape
    if not shape:
        return in_context(numbers, function)
    if numbers.matrices:
        tile = (1,) * len(shape)
    elif numbers.isotropic and int(np.prod(shape)) > 2 * BLOCK:
        tile = _tile(shape)
    else:
        return tuple(
            value if np.shape(value) == shape else np.broadcast_to(value, shape).copy()
            for value in in_context(numbers, function)
        )
    results: list[Any] = []
    for corner in product(*(range(0, length, step) for length, step in zip(shape, tile, strict=True))):
        where = tuple(slice(start, start + step) for start, step in zip(corner, tile, strict=True))
        values = in_context(numbers.with_values(partial(_part, where=where)), function)
        if not results:
            results = [np.empty(shape, dtype=np.asarray(value).dtype) for value in values]
        for result, value in zip(results, values, strict=True):
            result[where] = value
    return tuple(results)


def _tile(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The largest box of at most about `BLOCK` points, filled from the last axis."""
    tile: list[int] = []
    room = BLOCK
    for length in reversed(shape):
        tile.insert(0, max(1, min(length, room)))
        room //= tile[0]
    return tuple(tile)


def _part(value: Any, where: tuple[slice, ...]) -> Any:
    """The part of an array that a box of the broadcast shape needs."""
    own = where[len(where) - value.ndim :]
    return value[
        tuple(slice(None) if length == 1 else cut for length, cut in zip(value.shape, own, strict=True))
    ]
