"""The branch of a fixed point `x = F(x, t)` that is analytic in t at 0, followed to t = 1.

t is the share of the Gaussian part. At t = 0 the solution is explicit. `G_t` is the expectation of an inverse
and analytic in t as long as that inverse exists, so following log t from far below by Euler's and Newton's
steps can only end on the physical root. A step counts only if `det(1 - J) > 0`: it is 1 at t = 0 and does not
vanish on the branch, so that a jump to another sheet is noticed and the step halved; and if it lands where
its slope pointed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .algebra import Numbers

__all__ = ["NoBranchError", "Point", "follow"]

_LOOSE = 1e-5
_FAR = 0.3
_MOST_STEPS = 3000
_ITERATIONS = 60
_LEAST = 1e-250


class NoBranchError(ArithmeticError):
    """The path from the deterministic part to the whole expression ends before it arrives."""


class Point(NamedTuple):
    """F at (x, t); its Jacobian in x and slope in t where asked for; the rounding level of each entry."""

    value: Any
    jacobian: Any = None
    slope: Any = None
    noise: Any = 0.0


Map = Callable[[Any, Any, bool], Point]


def follow(
    at: Map,
    start: Any,
    numbers: Numbers,
    watch: Callable[[Any, float], None] | None = None,
    far: float = _FAR,
) -> Any:
    """The value of x at t = 1; `watch(jacobian, t)` is told of every accepted point.

    `far` is how far from where its slope pointed a step may land, relative to the size of every unknown.

    >>> from w2s_asymptotics.witness.algebra import REAL
    >>> def semicircle(x, t, slopes):  # x = 1/(z - t x), z = 3
    ...     value = 1 / (3 - t * x)
    ...     return Point(value, np.diag(t * value**2), x * value**2)
    >>> round(float(follow(semicircle, np.ones(1), REAL)[0]) - (3 - 5**0.5) / 2, 15)
    0.0
    """
    if not len(start):
        return start
    x = start
    for _ in range(len(start) + 1):
        x = at(x, numbers.one * 0, False).value
    x, log_t, slope, jacobian = _departure(at, x, numbers, far)
    step, taken = numbers.one * 2, 0
    while True:
        if watch is not None:
            watch(jacobian, float(numbers.exp(log_t)))
        if log_t >= 0:
            return x
        stride = min(step, -log_t)
        last = stride == -log_t
        further = numbers.one * 0 if last else log_t + stride
        found = _corrected(at, x + stride * slope, numbers.exp(further), numbers, slope, last, far)
        taken += 1
        if found is None:
            step = stride / 2
            if step < 1e-7 or taken > _MOST_STEPS:
                raise NoBranchError(
                    f"the path stops at the share t = {float(numbers.exp(log_t)):.3g} of the Gaussian part: "
                    "some inverse does not exist there"
                )
            continue
        x, slope, jacobian, count = found
        log_t, step = further, stride * (2 if count <= 4 else 1)


def _departure(at: Map, start: Any, numbers: Numbers, far: float) -> tuple[Any, Any, Any, Any]:
    """A point at a share so small that plain iteration settles near the deterministic solution."""
    log_t = numbers.log(numbers.one / 50)
    moves = np.array([abs(value) > 0 for value in start])
    while log_t > -500:
        t, x, last = numbers.exp(log_t), start, start
        for _ in range(_ITERATIONS):
            last, x = x, at(x, t, False).value
            if np.all(abs(x - last) <= 0.03 * abs(x)):
                break
        if np.all(abs(x - last) <= 0.03 * abs(x)) and np.all((abs(x - start) < 0.3 * abs(start))[moves]):
            found = _corrected(at, x, t, numbers, 0 * x, False, far)
            if found is not None:
                return found[0], log_t, found[1], found[2]
        log_t = log_t - 2
    raise NoBranchError(
        "there is no solution at small shares of the Gaussian part: is a deterministic part singular?"
    )


def _corrected(
    at: Map, x: Any, t: Any, numbers: Numbers, slope: Any, exact: bool, far: float
) -> tuple[Any, Any, Any, int] | None:
    """Newton's corrections at fixed t: the point, its slope in log t, the Jacobian and how many it took."""
    tolerance = numbers.tolerance if exact else max(numbers.tolerance, _LOOSE)
    foreseen, before = x, None
    for count in range(1, 9 if not exact else 16):
        point = at(x, t, True)
        newton = _Newton(point, numbers)
        try:
            move = newton.solve(point.value - x)
        except np.linalg.LinAlgError:
            return None
        x = x + move
        size = abs(x) + abs(slope) + point.noise / numbers.tolerance  # an unknown may pass through zero
        error = max(abs(move) / np.where(size < _LEAST, numbers.one, size))
        if error < tolerance or (before is not None and before < 1e-6 and error > before / 2):
            if not newton.positive or np.any(abs(x - foreseen) > far * size + _LEAST):
                return None
            return x, newton.solve(point.slope * t), point.jacobian, count
        if not error < np.inf or (before is not None and error > before / 2):
            return None
        before = error
    return None


class _Newton:
    """Linear equations in `1 - J`, relative to the size of every unknown, and the sign of its determinant."""

    def __init__(self, point: Point, numbers: Numbers) -> None:
        self._numbers, self.positive = numbers, True
        scale = np.maximum(abs(point.value), point.noise)
        self._scale = np.where(scale < _LEAST, numbers.one, scale)
        if len(scale) > 1:
            unit = np.diag(self._scale / self._scale)
            self._matrix = (unit - point.jacobian) * (self._scale / self._scale[:, None])
        else:
            self._matrix = 1 - point.jacobian

    def solve(self, right: Any) -> Any:
        if len(right) == 1:
            if self._matrix[0, 0] == 0:
                raise np.linalg.LinAlgError("Singular matrix")
            self.positive = bool(self._matrix[0, 0] > 0)
            return right / self._matrix[0]
        found, self.positive = self._numbers.solve(self._matrix, right / self._scale)
        return self._scale * found
