"""Scaling laws: how fast the risks of a teacher and of its student fall with their size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..learners import Learner
from ..records import Record
from ..worlds import Population
from .risk import risks

__all__ = ["Exponent", "Scaling", "scaling"]


@dataclass(frozen=True, eq=False)
class Exponent(Record):
    """The least-squares slope of `-log risk` against `log size`, and its standard error over the grid."""

    value: float
    error: float

    def __str__(self) -> str:
        return f"{self.value:.3f} +- {self.error:.1g}"


@dataclass(frozen=True, eq=False)
class Scaling(Record):
    """Risks over sizes and their fitted exponents, `risk ~ size^-exponent`.

    Attributes
    ----------
    sizes
        The sizes asked for.
    teacher, student
        Excess risks at each size.
    teacher_exponent, student_exponent
        Fitted exponents. The error says how far the risks are from a pure power law on this grid.
    """

    sizes: Any
    teacher: Any
    student: Any
    teacher_exponent: Exponent
    student_exponent: Exponent

    @property
    def better(self) -> Any:
        """The sizes at which the student's risk is the lower one."""
        return self.sizes[self.student < self.teacher]

    @property
    def faster(self) -> bool:
        """Whether the student's risk falls faster, by more than two standard errors of the difference."""
        gap = self.student_exponent.value - self.teacher_exponent.value
        return bool(gap > 2 * np.hypot(self.student_exponent.error, self.teacher_exponent.error))

    def __str__(self) -> str:
        lines = [f"{'size':>10} {'teacher':>12} {'student':>12}"]
        rows = zip(self.sizes, self.teacher, self.student, strict=True)
        lines += [f"{size:>10g} {weak:>12.6g} {strong:>12.6g}" for size, weak, strong in rows]
        lines.append(f"{'exponent':>10} {self.teacher_exponent!s:>12} {self.student_exponent!s:>12}")
        return "\n".join(lines)


def scaling(
    world: Population,
    teacher: Callable[[Any], Learner],
    student: Callable[[Any], Learner],
    sizes: Sequence[float],
) -> Scaling:
    """Evaluate a teacher and its student over a grid of sizes, and fit their exponents.

    `teacher` and `student` give the learner at a size: how its samples, width and penalty grow is theirs
    to say. For a power law, sizes should stay well below the dimension, beyond which the spectrum ends.

    Raises `ValueError` for fewer than three sizes or a risk that is not positive and finite.

    >>> from w2s_asymptotics import Population, Ridge
    >>> world = Population.power_law(4000, alpha=1.5, source=1.2, noise=0.1)
    >>> law = scaling(
    ...     world,
    ...     lambda n: Ridge(samples=n, lam=0.0),
    ...     lambda n: Ridge(samples=n, lam=0.3 * n**-0.55),
    ...     sizes=[50, 100, 200, 400],
    ... )
    >>> law.faster
    True
    """
    grid = np.asarray(sizes, dtype=float)
    if grid.ndim != 1 or grid.size < 3 or not (grid > 0).all():
        raise ValueError(f"sizes must be at least three positive numbers, got {sizes!r}")
    table = np.array([risks(world, teacher(size), student(size)) for size in grid], dtype=float)
    if not (np.isfinite(table).all() and (table > 0).all()):
        raise ValueError("an exponent needs risks that are positive and finite at every size")
    return Scaling(grid, table[:, 0], table[:, 1], _fitted(grid, table[:, 0]), _fitted(grid, table[:, 1]))


def _fitted(sizes: Any, values: Any) -> Exponent:
    """Least squares of -log risk on log size."""
    x = np.log(sizes) - np.log(sizes).mean()
    y = -np.log(values)
    slope = float(x @ y / (x @ x))
    left = y - y.mean() - slope * x
    return Exponent(slope, float(np.sqrt(left @ left / (len(x) - 2) / (x @ x))))
