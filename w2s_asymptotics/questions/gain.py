"""The weak-to-strong gain: the teacher's excess risk less the student's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..arithmetic import is_symbolic
from ..learners import Learner, Ridge, with_lam
from ..worlds import MultiIndex, Population
from .blocks import Numbers, evaluate
from .geometry import geometry_of
from .parts import total_gain
from .risk import check_chain, every_risk, risk

__all__ = ["gain", "near_ridgeless"]

_TINY = 1e-300
_ROUNDING = 1e-12  # beside an infinite risk, what is less than this share of it is rounding


def gain(world: Population | MultiIndex, teacher: Learner, student: Learner) -> Any:
    """`E(teacher) - E(student)` on any kind of number.

    For a ridge student of any teacher the gain is put together from the difference of the two equivalents, so
    that a small penalty does not drown it in rounding, and for networks part by part. Where matrices do not
    commute, and for other students, the two risks are subtracted. For a teacher of infinite risk it is the
    limit as its penalty tends to 0: inf or -inf, or what a ridge student adds that repeats its teacher (0 for
    other students that do).

    >>> from w2s_asymptotics import Population, Ridge
    >>> world, teacher = Population([1.0, 2.0], signal=[1.0, 0.5], noise=0.5), Ridge(gamma=0.5, lam=0.01)
    >>> gain(world, teacher, Ridge(gamma=0.8, lam=1e-18)) > 0
    True
    """
    numbers = check_chain(world, (teacher, student))
    if is_symbolic(numbers.values):
        return risk(world, teacher) - risk(world, teacher, student)
    if isinstance(world, MultiIndex):
        return evaluate(numbers, total_gain)[0]
    direct = isinstance(student, Ridge) and not numbers.matrices
    found, undecided = evaluate(numbers, _direct if direct else _subtracted)
    on_the_way = near_ridgeless(teacher)
    if not np.any(undecided) or on_the_way is teacher:
        return found
    gained, rounding = gain(world, on_the_way, student), _ROUNDING * risk(world, on_the_way)
    sign = numbers.xp.where(gained > rounding, np.inf, numbers.xp.where(gained < -rounding, -np.inf, 0.0))
    return numbers.xp.finish(numbers.xp.convert(numbers.xp.where(undecided, sign, found)))


def near_ridgeless(learner: Any) -> Any:
    """The learner with a tiny penalty instead of none, which stands for the limit where risks are infinite.

    >>> near_ridgeless(Ridge(gamma=1.0, lam=0.0)).lam
    1e-300
    """
    if not hasattr(learner, "lam"):
        lams = getattr(learner, "lams", ())
        return replace(learner, lams=(_TINY, *lams[1:])) if lams and not any(map(np.any, lams)) else learner
    lam = np.asarray(learner.lam)
    return with_lam(learner, np.where(lam == 0, _TINY, lam)[()])


def _direct(numbers: Numbers) -> tuple[Any, Any]:
    geometry = geometry_of(numbers)
    teacher, student = numbers.learners
    weak = teacher.first(geometry)
    taken, added = geometry.ridge_gain(student, weak, *student.labels(weak, geometry))
    return _less(taken, added, numbers)


def _subtracted(numbers: Numbers) -> tuple[Any, Any]:
    of_teacher, of_student = every_risk(numbers)
    return _less(of_teacher, of_student, numbers)


def _less(one: Any, other: Any, numbers: Numbers) -> tuple[Any, Any]:
    """The difference, and whether it says nothing: infinity less infinity, for which 0 stands."""
    with np.errstate(invalid="ignore"):
        difference = one - other
    undecided = difference != difference
    return numbers.xp.where(undecided, 0 * numbers.xp.convert(1.0), difference), 1.0 * undecided
