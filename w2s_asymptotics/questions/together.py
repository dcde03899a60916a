"""The best penalties of all learners of a chain together, where no closed form is known.

Newton's method in the logarithms of penalties: gradient and Hessian are differences of the risk at some
twenty points, which one call computes; the step is the best of several lengths along Newton's direction,
downhill also where the risk is not convex.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .chain import Chain
from .risk import risk
from .searched import axis_of, parameter_of, searched, with_parameter

__all__ = ["searched_together"]

_DISTANCE = 0.01
_LENGTHS = np.array([8.0, 4.0, 2.0, 1.0, 0.5, 0.25, 0.1, 0.03, 0.005])
_LONGEST = 3.0
_MOST_STEPS = 20
_SETTLED = 1e-7
_ROUNDING = 2e-16
_FLAT = 1e-13  # of the risk: less than this is rounding


def searched_together(world: Any, links: list[Any], places: list[int], steps: int = _MOST_STEPS) -> list[Any]:
    """The learners with the parameters of those at `places` at a minimum of the last one's risk.

    From afar the risk can be flat: each parameter is first searched for alone, once.
    """
    links = list(links)
    for place in places:
        value, _, _ = searched(Chain(world, tuple(links)), place)
        links[place] = with_parameter(links[place], value)
    axes = [axis_of(world, links[place]) for place in places]
    low, high = (np.array([axis.grid[end] for axis in axes]) for end in (0, -1))

    def at(points: Any) -> Any:
        chain = list(links)
        for place, axis, column in zip(places, axes, points.T, strict=True):
            chain[place] = with_parameter(chain[place], axis.value(column))
        return np.asarray(risk(world, *chain))

    x = np.array([_coordinate(axis, links[place]) for axis, place in zip(axes, places, strict=True)])
    x = np.clip(x, low, high)
    stencil = _stencil(len(x))
    for _ in range(steps):
        values = at(np.clip(x + _DISTANCE * stencil, low - 1.0, high + 1.0))
        gradient, hessian = _derivatives(values, len(x))
        sizes, directions = np.linalg.eigh(hessian)
        floor = _FLAT * abs(values[0]) / _DISTANCE**2
        newton = -directions @ ((directions.T @ gradient) / np.maximum(abs(sizes), floor + 1e-300))
        newton *= min(1.0, _LONGEST / max(float(abs(newton).max()), 1e-300))
        trials = np.clip(x + _LENGTHS[:, None] * newton, low, high)
        risks = at(trials)
        best = int(np.nanargmin(risks))
        if not risks[best] < values[0] * (1 - _ROUNDING):
            break
        moved = float(abs(trials[best] - x).max())
        x = trials[best]
        if moved < _SETTLED:
            break
    found = list(links)
    for place, axis, coordinate in zip(places, axes, x, strict=True):
        found[place] = with_parameter(found[place], float(axis.value(coordinate)))
    return _at_limits(world, found, places, axes)


def _coordinate(axis: Any, learner: Any) -> float:
    value = float(getattr(learner, parameter_of(learner)))
    with np.errstate(divide="ignore"):
        return float(np.log(value) if axis.name == "lam" else -np.log(value))


def _stencil(count: int) -> Any:
    """The centre; one and two steps to either side along each axis; and along each pair of axes together."""
    unit = np.eye(count)
    rows = [np.zeros(count)]
    for each in unit:
        rows += [each, -each, 2 * each, -2 * each]
    for i in range(count):
        for j in range(i):
            rows += [unit[i] + unit[j], -unit[i] - unit[j]]
    return np.array(rows)


def _derivatives(values: Any, count: int) -> tuple[Any, Any]:
    """Gradient and Hessian from the values at the stencil."""
    f, rest = values[0], values[1 + 4 * count :]
    one, other, two, opposite = values[1 : 1 + 4 * count].reshape(count, 4).T
    gradient = (8 * (one - other) - (two - opposite)) / (12 * _DISTANCE)
    hessian = np.diag((16 * (one + other) - (two + opposite) - 30 * f) / (12 * _DISTANCE**2))
    pairs = ((i, j) for i in range(count) for j in range(i))
    for (i, j), (both, neither) in zip(pairs, rest.reshape(-1, 2), strict=True):
        mixed = both + neither - one[i] - other[i] - one[j] - other[j] + 2 * f
        hessian[i, j] = hessian[j, i] = mixed / (2 * _DISTANCE**2)
    return gradient, hessian


def _at_limits(world: Any, links: list[Any], places: list[int], axes: list[Any]) -> list[Any]:
    """The learners with parameters at a limit where that is as good."""
    least = risk(world, *links)
    for place, axis in zip(places, axes, strict=True):
        for limit in (axis.fullest, axis.emptiest):
            trial = list(links)
            trial[place] = with_parameter(links[place], limit)
            value = risk(world, *trial)
            if value <= least * (1 + _FLAT) if limit == axis.fullest else value < least:
                links, least = trial, min(value, least)
                break
    return links
