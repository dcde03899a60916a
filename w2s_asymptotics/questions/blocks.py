"""Evaluation of chains in blocks that fit the cache, whatever mix of numbers and arrays they are made of."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from ..arithmetic import FAST, REAL, SCALAR
from ..fused import FUSED, Program
from .chain import SPREAD, Chain

__all__ = ["BLOCK", "evaluate", "in_context"]

BLOCK = 32_768
"""Points per block: intermediate arrays of this length stay in the cache, and outweigh a block's overhead."""

_GRID = 1_000_000
"""Points per block where most of the work is on rows and columns of a grid."""

_ENTRIES = 4_000_000
"""Points times atoms in one go."""


def in_context(chain: Chain, function: Callable[[Chain], tuple[Any, ...]]) -> tuple[Any, ...]:
    """Apply a function of a chain where overflow and underflow are silent, and mpmath has guard digits.

    Floats are first tried without any guard: the processor notices, at no cost, when one was needed. Floats
    come back as floats, mpmath numbers rounded to the working precision.
    """
    if not (chain.scalar or chain.xp is REAL):
        return _computed(chain, function)
    try:
        if chain.scalar:
            chain.xp = SCALAR
            return function(chain)
        return _computed(chain.computed_by(FAST), function)
    except (FloatingPointError, ZeroDivisionError):
        chain.xp = REAL
        return _computed(chain, function)


def _computed(chain: Chain, function: Callable[[Chain], tuple[Any, ...]]) -> tuple[Any, ...]:
    xp = chain.xp
    with xp.context():
        values = function(chain)
    return tuple(xp.finish(value) for value in values)


def evaluate(chain: Chain, function: Callable[[Chain], tuple[Any, ...]]) -> tuple[Any, ...]:
    """Apply a function that returns one number per point, and give its results the broadcast shape.

    Large arrays are walked through in tiles of `BLOCK` points; worlds of matrices point by point.
    """
    shape = () if chain.scalar else chain.shape
    if not shape:
        return in_context(chain, function)
    if chain.matrices:
        tile = (1,) * len(shape)
    else:
        tile = shape
        if chain.isotropic and math.prod(shape) > 2 * BLOCK:
            if chain.recordable:
                with suppress(FloatingPointError):
                    return _fused(chain, function)
            tile = _tile(shape, _GRID if chain.spread > SPREAD else BLOCK)
        elif not chain.isotropic:
            tile = _tile(shape, max(1, _ENTRIES // np.size(chain.world.eigenvalues)))
        if tile == shape:
            return tuple(
                value if np.shape(value) == shape else np.broadcast_to(value, shape).copy()
                for value in in_context(chain, function)
            )
    results: list[Any] = []
    for corner in product(*(range(0, length, step) for length, step in zip(shape, tile, strict=True))):
        where = tuple(slice(start, start + step) for start, step in zip(corner, tile, strict=True))
        values = in_context(chain.with_values(partial(_part, where=where)), function)
        if not results:
            results = [np.empty(shape, dtype=np.asarray(value).dtype) for value in values]
        for result, value in zip(results, values, strict=True):
            result[where] = value
    return tuple(results)


def _fused(chain: Chain, function: Callable[[Chain], tuple[Any, ...]]) -> tuple[Any, ...]:
    """The results of a function of a chain whose formulas are recorded and run block by block."""
    program = Program(chain.shape)
    recorded = chain.with_values(program.argument).computed_by(FUSED)

    def guarded(where: tuple[slice, ...]) -> tuple[Any, ...]:
        return in_context(chain.with_values(partial(_part, where=where)), function)

    return tuple(program.run(function(recorded), guarded))


def _tile(shape: tuple[int, ...], room: int) -> tuple[int, ...]:
    """The largest box of at most about so many points, filled from the last axis."""
    tile: list[int] = []
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
