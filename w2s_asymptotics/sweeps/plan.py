"""What a sweep has to do: a grid of parameters, cut into chunks that are computed one by one."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..learners import Ridge
from ..worlds.population import IsotropicPopulation
from .asked import QUESTIONS, answered, check_ask, pointwise
from .parameters import Parameter, parameter

__all__ = ["Plan", "computed", "planned"]

_CHEAP, _DEAR = 2**18, 2**10  # points of a chunk, by closed forms and else: a fraction of a second either way


@dataclass(frozen=True, eq=False)
class Plan:
    """A grid and its chunks; it travels to the workers with every chunk.

    Attributes
    ----------
    axes
        The parameters, the slowest first.
    ask
        The names of the questions.
    block
        How many values of each parameter a chunk has (fewer at the ends).
    """

    world: Any
    learners: tuple[Any, ...]
    axes: tuple[Parameter, ...]
    ask: tuple[str, ...]
    block: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """How many values each parameter has."""
        return tuple(len(axis.values) for axis in self.axes)

    @property
    def points(self) -> int:
        """How many points the grid has."""
        return math.prod(self.shape)

    @property
    def chunks(self) -> int:
        """How many chunks there are."""
        return math.prod(self._counts)

    @property
    def _counts(self) -> tuple[int, ...]:
        return tuple(-(-size // step) for size, step in zip(self.shape, self.block, strict=True))

    def region(self, number: int) -> tuple[slice, ...]:
        """The part of the grid that is chunk `number`."""
        places = np.unravel_index(number, self._counts) if self.axes else ()
        return tuple(
            slice(int(place) * step, min((int(place) + 1) * step, size))
            for place, step, size in zip(places, self.block, self.shape, strict=True)
        )

    def variable(self, name: str) -> tuple[int, ...]:
        """The shape of the answers to one question."""
        return (len(self.learners), *self.shape) if QUESTIONS[name].per_learner else self.shape

    def within(self, name: str, region: tuple[slice, ...]) -> tuple[slice, ...]:
        """The part of those answers that a chunk has."""
        return (slice(None), *region) if QUESTIONS[name].per_learner else region


def planned(world: Any, learners: tuple[Any, ...], over: Mapping[str, Any], ask: Any, chunk: Any) -> Plan:
    """Check what is asked for, and cut it into chunks."""
    if not learners:
        raise ValueError("sweep needs a world and at least one learner")
    if not isinstance(over, Mapping) or not over:
        raise ValueError(f"over must name the parameters and their values, got {over!r}")
    names = check_ask(ask, world, learners)
    for each in (world, *learners):
        _check_single(each)
    axes = tuple(parameter(name, values, world, learners) for name, values in over.items())
    same = {(axis.owner, axis.field, axis.place): axis.name for axis in axes}
    if len(same) < len(axes):
        twice = next(axis for axis in axes if same[axis.owner, axis.field, axis.place] != axis.name)
        raise ValueError(f"over names one parameter twice, as {twice.name!r} once")
    shape = tuple(len(axis.values) for axis in axes)
    return Plan(world, learners, axes, names, _block(shape, chunk, _size(world, learners, names)))


def _check_single(record: Any) -> None:
    for name in (
        "lam",
        "gamma",
        "noise",
        "truth",
        "samples",
        "width",
        "tail",
        "time",
        "components",
        "quality",
    ):
        if np.ndim(getattr(record, name, 0.0)):
            raise ValueError(
                f"sweep takes single numbers and varies what `over` names, got an array as "
                f"{type(record).__name__}.{name}"
            )


def _size(world: Any, learners: tuple[Any, ...], names: tuple[str, ...]) -> int:
    closed = isinstance(world, IsotropicPopulation) and all(isinstance(each, Ridge) for each in learners)
    return _CHEAP if closed and not any(name.startswith("tuned") for name in names) else _DEAR


def _block(shape: tuple[int, ...], chunk: Any, usual: int) -> tuple[int, ...]:
    """Whole rows of the last parameters as far as they fit, single values of the first."""
    size = usual if chunk is None else chunk
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise ValueError(f"chunk must be a whole number of points >= 1, got {chunk!r}")
    block = []
    for length in reversed(shape):
        step = max(1, min(length, size))
        block.append(step)
        size //= step
    return tuple(reversed(block))


def computed(plan: Plan, number: int) -> dict[str, Any]:
    """The answers in one chunk: parameters that broadcast as arrays, the others value by value."""
    region = plan.region(number)
    shape = tuple(part.stop - part.start for part in region)
    alone = pointwise(plan.ask, plan.world)
    looped = [k for k, axis in enumerate(plan.axes) if alone or not axis.broadcast]
    swept = [k for k in range(len(plan.axes)) if k not in looped]
    inner = tuple(shape[k] for k in swept)
    counts = {name: (len(plan.learners),) if QUESTIONS[name].per_learner else () for name in plan.ask}
    found = {name: np.empty((*counts[name], *shape)) for name in plan.ask}
    for places in itertools.product(*(range(shape[k]) for k in looped)):
        world, learners = plan.world, plan.learners
        for k, place in zip(looped, places, strict=True):
            value = plan.axes[k].values[region[k].start + place]
            world, learners = plan.axes[k].into(world, learners, getattr(value, "item", lambda v=value: v)())
        for depth, k in enumerate(swept):
            row = plan.axes[k].values[region[k]]
            row = row.reshape(-1, *(1,) * (len(swept) - depth - 1))
            world, learners = plan.axes[k].into(world, learners, row)
        index = tuple(places[looped.index(k)] if k in looped else slice(None) for k in range(len(shape)))
        for name, value in answered(plan.ask, world, learners, inner).items():
            found[name][(..., *index) if not counts[name] else (slice(None), *index)] = value
    return found
