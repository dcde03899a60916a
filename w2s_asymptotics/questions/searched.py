"""The best value of a learner's one parameter, searched for: a penalty, a time, a share of components."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..learners import PrincipalComponents, aspect
from .chain import Chain
from .risk import risk
from .roots import bracketed_roots
from .winning import log_lam_grid

__all__ = ["LARGEST", "Axis", "axis_of", "parameter_of", "searched", "with_parameter"]

LARGEST = 1e300
"""The penalty that stands for an infinite one."""

_SHARES = 65
_TIMES = 73  # a risk over times is an integral, dearer than over penalties


@dataclass(frozen=True, eq=False)
class Axis:
    """What is varied, from the value that fits the most to the one that predicts zero.

    Attributes
    ----------
    name
        The argument of the learner.
    value
        The argument at a coordinate, on which the risk is smooth: the logarithm of a penalty.
    grid, step
        Coordinates to look at first, from the fullest fit on, and the step of the derivative.
    fullest, emptiest
        The arguments at both ends, off the grid.
    """

    name: str
    value: Callable[[Any], Any]
    grid: Any
    step: float
    fullest: float
    emptiest: float


def parameter_of(learner: Any) -> str:
    """The name of the argument that regularises: `lam`, unless the learner says otherwise."""
    return str(getattr(learner, "parameter", "lam"))


def with_parameter(learner: Any, value: Any) -> Any:
    """Return the learner at another value of its one parameter; `ValueError` for one that has not just one.

    >>> from w2s_asymptotics import GradientFlow
    >>> with_parameter(GradientFlow(gamma=0.5, time=1.0), 2.0).time
    2.0
    """
    name = parameter_of(learner)
    if not hasattr(learner, name):
        raise ValueError(
            f"this question varies {name}, which {type(learner).__name__} has not: give it a learner with one"
        )
    return replace(learner, **{name: value})


def axis_of(world: Any, learner: Any) -> Axis:
    """The parameter of a learner and where to look for its best value."""
    name = parameter_of(learner)
    if name == "components":
        shares = np.linspace(1.0, 0.0, _SHARES + 2)[1:-1]
        top = _most_components(world, learner)
        return Axis(name, lambda x: top * (1.0 - x), 1.0 - shares, 0.2 / _SHARES, 1.0, 0.0)
    if name == "time":
        times = log_lam_grid(world, learner, _TIMES)
        return Axis(name, lambda x: np.exp(-x), times, 1e-3, math.inf, 0.0)
    return Axis(name, np.exp, log_lam_grid(world, learner), 1e-3, 0.0, LARGEST)


def _most_components(world: Any, learner: PrincipalComponents) -> float:
    sizes, weights = (np.asarray(values, dtype=float) for values in (world.eigenvalues, world.weights))
    rank = float(np.broadcast_to(weights, np.shape(sizes))[sizes > 0].sum()) if np.ndim(sizes) else 1.0
    return min(1.0, rank, 1.0 / float(aspect(learner, world.dim)))


def searched(chain: Chain, place: int = -1) -> tuple[Any, float, bool]:
    """The best value for the learner at `place`, the risk of the last there, and whether it is not a limit.

    The best of a grid, then the root of the derivative (five points) around it.
    """
    if chain.high:
        raise ValueError("beyond isotropic ridge tune searches with floats, got mpmath numbers")
    world, links = chain.world, list(chain.learners)
    axis = axis_of(world, links[place])

    def at(value: Any) -> Any:
        links[place] = with_parameter(links[place], value)
        return risk(world, *links)

    def excess(coordinate: Any) -> Any:
        return at(axis.value(coordinate))

    def slope(coordinate: Any) -> Any:
        near, far = (excess(coordinate + k * axis.step) - excess(coordinate - k * axis.step) for k in (1, 2))
        return 8.0 * near - far

    ends = {value: float(at(value)) for value in (axis.fullest, axis.emptiest)}
    values = excess(axis.grid)
    if not np.isfinite(values).any():
        return axis.fullest, math.inf, True
    best = int(np.argmin(values))
    if best == len(axis.grid) - 1 and axis.name == "lam":
        return axis.emptiest, ends[axis.emptiest], False
    found, least = float(axis.value(axis.grid[best])), float(values[best])
    if 0 < best < len(axis.grid) - 1:
        low, high = axis.grid[best - 1 : best], axis.grid[best + 1 : best + 2]
        signs = slope(np.concatenate([low, high]))
        if signs[0] < 0 < signs[1]:
            root = float(axis.value(bracketed_roots(slope, low, high)[0]))
            if (value := float(at(root))) <= least:
                found, least = root, value
    if ends[axis.fullest] <= least:
        found, least = axis.fullest, ends[axis.fullest]
    if ends[axis.emptiest] < least:
        found, least = axis.emptiest, ends[axis.emptiest]
    return found, least, found != axis.emptiest
