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

__all__ = ["LARGEST", "Axis", "axis_of", "least_of_smooth", "parameter_of", "searched", "with_parameter"]

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
    smooth
        Whether the risk is smooth in it, on the scale of 1.
    fullest, emptiest
        The arguments at both ends, off the grid.
    """

    name: str
    value: Callable[[Any], Any]
    grid: Any
    step: float
    fullest: float
    emptiest: float
    smooth: bool = True


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
        return Axis(name, lambda x: top * (1.0 - x), 1.0 - shares, 0.2 / _SHARES, 1.0, 0.0, smooth=False)
    if name == "time":
        times = log_lam_grid(world, learner, _TIMES)
        return Axis(name, lambda x: np.exp(-x), times, 1e-3, math.inf, 0.0)
    grid = log_lam_grid(world, learner)
    if not learner.least_squares:  # there may be no fit at 0
        return Axis(name, np.exp, grid, 1e-3, float(np.exp(grid[0])), float(np.exp(grid[-1])))
    return Axis(name, np.exp, grid, 1e-3, 0.0, LARGEST)


def _most_components(world: Any, learner: PrincipalComponents) -> float:
    sizes, weights = (np.asarray(values, dtype=float) for values in (world.eigenvalues, world.weights))
    rank = float(np.broadcast_to(weights, np.shape(sizes))[sizes > 0].sum()) if np.ndim(sizes) else 1.0
    return min(1.0, rank, 1.0 / float(aspect(learner, world.dim)))


def searched(chain: Chain, place: int = -1) -> tuple[Any, float, bool]:
    """The best value for the learner at `place`, the risk of the last there; whether it is not a limit."""
    if chain.high:
        raise ValueError("beyond isotropic ridge tune searches with floats, got mpmath numbers")
    world, links = chain.world, list(chain.learners)
    axis = axis_of(world, links[place])

    def at(value: Any) -> Any:
        links[place] = with_parameter(links[place], value)
        return risk(world, *links)

    def excess(coordinates: Any) -> Any:
        return at(axis.value(np.asarray(coordinates)))

    ends = {value: float(at(value)) for value in (axis.fullest, axis.emptiest)}
    if axis.smooth:
        found, least, last = least_of_smooth(excess, axis.grid)
    else:
        found, least, last = _least_on_grid(excess, axis.grid, axis.step)
    if not math.isfinite(least):
        return axis.fullest, math.inf, True
    if last and axis.name == "lam":
        return axis.emptiest, ends[axis.emptiest], False
    best = float(axis.value(found))
    if ends[axis.fullest] <= least:
        best, least = axis.fullest, ends[axis.fullest]
    if ends[axis.emptiest] < least:
        best, least = axis.emptiest, ends[axis.emptiest]
    return best, least, best != axis.emptiest


_COARSE = 13
_VARIES = 1e-3  # of the range of values, between neighbours, is worth a closer look
_SPACINGS = (0.6, 0.06, 0.01)
_STENCIL = np.arange(-2.0, 3.0)
_MOVES = 6


def least_of_smooth(function: Callable[[Any], Any], grid: Any) -> tuple[float, float, bool]:
    """Where a smooth function of one coordinate is least, its value, and whether that is the end of the grid.

    The function varies on the scale of 1 or more, as a risk does in the logarithm of a penalty: it is looked
    at along the grid, more closely where it varies and about the least value; then the quartic through five
    points is minimised, and again through closer ones. Some 35 points are looked at, in six calls.
    """
    x = np.linspace(grid[0], grid[-1], _COARSE)
    y = function(x)
    if not np.isfinite(y).any():
        return float(x[0]), math.inf, False
    x, y = _with(function, x, y, _varying_middles(x, y))
    least = int(np.nanargmin(y))
    if least in (0, len(x) - 1):
        return float(x[least]), float(y[least]), least > 0
    minima = [i for i in range(1, len(x) - 1) if y[i] <= min(y[i - 1], y[i + 1])]
    found = [_refined(function, x, y, i) for i in sorted(minima, key=lambda i: float(y[i]))[:2]]
    at, value = min(found, key=lambda each: each[1])
    return at, value, False


def _varying_middles(x: Any, y: Any) -> Any:
    finite = np.where(np.isfinite(y), y, np.nanmax(np.where(np.isfinite(y), y, -np.inf)))
    varies = np.abs(np.diff(finite)) > _VARIES * np.ptp(finite)
    return (x[1:] + x[:-1])[varies] / 2


def _with(function: Callable[[Any], Any], x: Any, y: Any, more: Any) -> tuple[Any, Any]:
    if not len(more):
        return x, y
    x, y = np.append(x, more), np.append(y, function(more))
    order = np.argsort(x)
    return x[order], y[order]


def _refined(function: Callable[[Any], Any], x: Any, y: Any, i: int) -> tuple[float, float]:
    """A minimum between the neighbours of a point: quartics through five points, ever closer."""
    low, high = x[i - 1], x[i + 1]
    near, values = _with(function, x[i - 1 : i + 2], y[i - 1 : i + 2], (x[i - 1 : i + 1] + x[i : i + 2]) / 2)
    best = int(np.argmin(values))
    center, least = float(near[best]), float(values[best])
    for spacing in _SPACINGS:
        for _ in range(_MOVES):
            points = center + spacing * _STENCIL
            values = function(points)
            if values.min() < least:
                least, center = float(values.min()), float(points[np.argmin(values)])
            offset, lowest = _quartic_minimum(values)
            if abs(offset) < 2.0:
                break
        if abs(offset) < 2.0:
            center, least = float(np.clip(points[2] + spacing * offset, low, high)), lowest
    return center, least


def _quartic_minimum(values: Any) -> tuple[float, float]:
    """Where the quartic through five equidistant values is least, in their distance, and the least value.

    The place is 2 where that is not between the outer ones.
    """
    polynomial = np.polynomial.polynomial
    base = values.min()
    coefficients = polynomial.polyfit(_STENCIL, values - base, 4)
    slopes = polynomial.polyder(coefficients)
    if not np.any(slopes):
        return 0.0, float(base)
    roots = polynomial.polyroots(np.trim_zeros(slopes, "b"))
    inside = roots[(abs(roots.imag) < 1e-9) & (abs(roots.real) < 2.0)].real
    if not len(inside):
        return 2.0, float(base)
    heights = polynomial.polyval(inside, coefficients)
    best = int(np.argmin(heights))
    return float(inside[best]), float(base + heights[best])


def _least_on_grid(function: Callable[[Any], Any], grid: Any, step: float) -> tuple[float, float, bool]:
    """The best of a grid, then the root of the derivative (five points) around it; there may be kinks."""

    def slope(coordinate: Any) -> Any:
        near, far = (function(coordinate + k * step) - function(coordinate - k * step) for k in (1, 2))
        return 8.0 * near - far

    values = function(grid)
    if not np.isfinite(values).any():
        return float(grid[0]), math.inf, False
    best = int(np.argmin(values))
    found, least = float(grid[best]), float(values[best])
    if 0 < best < len(grid) - 1:
        low, high = grid[best - 1 : best], grid[best + 1 : best + 2]
        signs = slope(np.concatenate([low, high]))
        if signs[0] < 0 < signs[1]:
            root = float(bracketed_roots(slope, low, high)[0])
            if (value := float(function(np.array([root]))[0])) <= least:
                found, least = root, value
    return found, least, best == len(grid) - 1
