"""A world and its learners as numbers: of which kind and shape, evaluated in blocks that fit the cache."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cache, cached_property, partial
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from ..arithmetic import FAST, HIGH, REAL, SCALAR, Namespace, is_high, is_symbolic
from ..fused import FUSED, Program
from ..learners import check_order
from ..learners.learner import is_learner
from ..spectrum.layouts import Atoms, OneAtom
from ..spectrum.matrices import Directions
from ..spectrum.multi_index import MultiIndexSpectrum
from ..worlds import MultiIndex, Population
from ..worlds.links import Link
from ..worlds.population import IsotropicPopulation, MatrixPopulation

__all__ = ["BLOCK", "Chain", "check_chain", "evaluate", "in_context"]

BLOCK = 32_768
"""Points per block: intermediate arrays of this length stay in the cache, and outweigh a block's overhead."""

_GRID = 1_000_000
"""Points per block where most of the work is on rows and columns of a grid."""

_ENTRIES = 4_000_000
"""Points times atoms in one go."""

_SPREAD = 16
"""Points for each entry of the largest argument, from which on most of the work is on rows and columns."""

_MODERATE = 1e-30, 1e30
"""Between these, and at 0, no product of a chain of `_SHORT` learners overflows or underflows."""

_SHORT = 3

_VARYING = (
    "gamma", "samples", "lam", "noise", "truth", "width", "tail", "time", "components",
    "gamma_step", "gamma_probe", "quality",
)  # fmt: skip


class _Kind(NamedTuple):
    """What the arguments of one record are."""

    symbolic: bool
    high: bool
    scalar: bool
    """Floats of moderate size, and nothing else."""


def _kind(record: Any) -> _Kind:
    """What a record is made of; found once and kept with it."""
    found: _Kind | None = record.__dict__.get("_kind")
    if found is None:
        values = list(_given(record))
        scalar = all(
            type(value) is float and (value == 0.0 or _MODERATE[0] < abs(value) < _MODERATE[1])
            for value in values
        )
        found = _Kind(is_symbolic(values), any(map(is_high, values)), scalar)
        record.__dict__["_kind"] = found
    return found


def _given(record: Any) -> Iterator[Any]:
    """Every argument that was given, and the entries of arrays of objects, of tuples and of links."""
    for name in _names(record.__class__):
        value = getattr(record, name)
        if value is None:
            continue
        yield value
        if isinstance(value, np.ndarray) and value.dtype == object:
            yield from value.flat
        if isinstance(value, tuple):
            yield from value
        if isinstance(value, Link):
            yield from value.given


@dataclass(eq=False)
class Chain:
    """A world and its learners, ready for computing."""

    world: Any
    learners: tuple[Any, ...]

    @cached_property
    def isotropic(self) -> bool:
        """Whether Sigma and Gamma are multiples of the identity, so that every argument broadcasts."""
        return isinstance(self.world, (IsotropicPopulation, MultiIndex))

    @cached_property
    def matrices(self) -> bool:
        """Whether a stage has a Sigma or Gamma that need not commute with the world's."""
        if not isinstance(self.world, MatrixPopulation):
            return False
        return any(np.ndim(each.penalty) or np.ndim(each.covariance) for each in self.learners)

    @cached_property
    def symbolic(self) -> bool:
        """Whether an argument is a sympy expression."""
        return _kind(self.world).symbolic or any(_kind(learner).symbolic for learner in self.learners)

    @cached_property
    def high(self) -> bool:
        """Whether an argument is an mpmath number."""
        return _kind(self.world).high or any(_kind(learner).high for learner in self.learners)

    @cached_property
    def scalar(self) -> bool:
        """Whether it is all single floats of moderate size, in a world of one atom, for ridge to fit."""
        world = self.world
        if type(world) is not IsotropicPopulation or len(self.learners) > _SHORT or not _kind(world).scalar:
            return False
        return all(learner.on_scalars and _kind(learner).scalar for learner in self.learners)

    @property
    def recordable(self) -> bool:
        """Whether its formulas can be recorded: ridge on one atom, at points that are not those of a grid."""
        return (
            type(self.world) is IsotropicPopulation
            and self.xp is REAL
            and self.spread <= _SPREAD
            and all(learner.on_scalars for learner in self.learners)
        )

    @cached_property
    def xp(self) -> Namespace:
        """The namespace these numbers are computed in."""
        return HIGH if self.high else REAL

    @property
    def spectrum(self) -> Any:
        """What the learners are told of the world."""
        world = self.world
        if type(world) is IsotropicPopulation:
            return OneAtom(world.signal, world.noise, self.xp)
        if isinstance(world, MultiIndex):
            return MultiIndexSpectrum(world, self.xp)
        if self.matrices:
            return Directions(world)
        return Atoms(world.eigenvalues, world.weights, world.signal, world.noise, world.dim, self.xp)

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

    @cached_property
    def spread(self) -> float:
        """How many points there are for each entry of the largest argument."""
        sizes = [np.size(value) for _, _, value in self.varying()]
        return math.prod(self.shape) / max(sizes)

    def with_values(self, change: Callable[[Any], Any]) -> Chain:
        """The same chain with `change` applied to each argument that broadcasts."""
        world, learners = self.world, list(self.learners)
        for position, name, value in self.varying():
            if np.ndim(value):
                if position < 0:
                    world = _replaced(world, name, change(value))
                else:
                    learners[position] = _replaced(learners[position], name, change(value))
        changed = Chain(world, tuple(learners))
        changed.__dict__["xp"] = self.xp
        return changed

    def computed_by(self, xp: Namespace) -> Chain:
        """The same chain, computed in another namespace."""
        changed = Chain(self.world, self.learners)
        changed.__dict__.update(self.__dict__)
        changed.__dict__["xp"] = xp
        return changed

    def at(self, index: tuple[int, ...], shape: tuple[int, ...]) -> Chain:
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
    copy.__dict__.pop("_kind", None)
    return copy


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
                return _fused(chain, function)
            tile = _tile(shape, _GRID if chain.spread > _SPREAD else BLOCK)
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


def check_chain(world: Any, learners: Sequence[Any]) -> Chain:
    """The chain of a world and its learners; a `ValueError`, before any work, for one that makes no sense."""
    if not isinstance(world, (Population, MultiIndex)):
        raise ValueError(f"the first argument must be a world such as Population.isotropic(), got {world!r}")
    if not learners:
        raise ValueError("a chain needs at least one learner, got none")
    curved, networks = False, isinstance(world, MultiIndex)
    for learner in learners:
        if not is_learner(learner):
            raise ValueError(
                f"a chain consists of learners such as Ridge(gamma=0.5, lam=0.1), got {learner!r}"
            )
        if learner.directed != networks:
            raise ValueError(
                f"{type(learner).__name__} does not learn in this world, {type(world).__name__}: "
                "TwoLayer networks go with MultiIndex, every other learner with Population"
            )
        if learner.covariance is not None and curved:
            raise ValueError(
                "covariance must be the world's after nonlinear features, whose energy belongs to it "
                "(Ridge.covariance)"
            )
        curved = curved or bool(learner.nonlinear)
    check_order(world, learners)
    chain = Chain(world, tuple(learners))
    if not chain.scalar:
        _check_shapes(chain)
    return chain


def _check_shapes(chain: Chain) -> None:
    """Raise `ValueError` when penalties or covariances do not fit the world, or arrays do not broadcast."""
    count = np.size(chain.world.eigenvalues)
    for learner in chain.learners:
        for name in ("penalty", "covariance"):
            if getattr(learner, name) is None:
                continue
            shape = np.shape(getattr(learner, name))
            if chain.isotropic:
                if len(shape) > 0 or (name == "covariance" and learner.covariance == 0):
                    raise ValueError(
                        f"{name} must be one positive number in an isotropic world (Ridge.{name})"
                    )
            elif shape not in ((), (count,)) and not (chain.matrices and shape == (count, count)):
                kind = (
                    f"row of {count} or a {count} x {count} matrix"
                    if chain.matrices
                    else f"row of {count}, one per atom"
                )
                raise ValueError(f"{name} must be a number or a {kind}, got shape {shape} (Ridge.{name})")
    if chain.matrices and chain.high:
        raise ValueError(
            "worlds of matrices are computed with floats; mpmath numbers need a joint spectrum of atoms"
        )
    _ = chain.shape
