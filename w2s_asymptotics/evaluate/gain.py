"""The weak-to-strong gain: the teacher's excess risk less the student's."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arithmetic import is_symbolic
from ..learners import GaussianEquivalent, Learner, Ridge
from ..worlds import MultiIndex, Population
from .blocks import Numbers, evaluate
from .geometry import IsotropicGeometry
from .parts import total_gain
from .risk import check_chain, every_risk, risk

__all__ = ["gain"]


def gain(world: Population | MultiIndex, teacher: Learner, student: Learner) -> Any:
    """`E(teacher) - E(student)` on any kind of number.

    In an isotropic world without true labels at the student the gain is put together from the difference of
    the two equivalents, so that a small penalty does not drown it in rounding; elsewhere the two risks are
    subtracted. For a teacher of infinite risk it is the limit: inf for a student that shrinks at all, else 0.

    >>> from w2s_asymptotics import Population, Ridge
    >>> world, teacher = Population.isotropic(noise=0.5), Ridge(gamma=0.5, lam=0.01)
    >>> gain(world, teacher, Ridge(gamma=0.8, lam=1e-18)) > 0
    True
    """
    numbers = check_chain(world, (teacher, student))
    if is_symbolic(numbers.values):
        return risk(world, teacher) - risk(world, teacher, student)
    if isinstance(world, MultiIndex):
        return evaluate(numbers, total_gain)[0]
    plain = isinstance(teacher, Ridge) and isinstance(student, Ridge) and numbers.isotropic
    if plain and student.covariance is None and bool(np.all(student.truth == 0)):
        return evaluate(numbers, _isotropic)[0]
    return evaluate(numbers, _subtracted)[0]


def _subtracted(numbers: Numbers) -> tuple[Any]:
    of_teacher, of_student = every_risk(numbers)
    with np.errstate(invalid="ignore"):
        difference = of_teacher - of_student
    return (numbers.xp.where(difference == difference, difference, 0 * numbers.xp.convert(1.0)),)


def _isotropic(numbers: Numbers) -> tuple[Any]:
    """With the student's S and K = 1 - S: c - S^2 c = K (1 + S) c; the bias grows from b to b + K M."""
    xp = numbers.xp
    geometry = IsotropicGeometry(numbers.world, xp)
    teacher, student = numbers.learners
    weak = teacher.first(geometry)
    # The equivalent of the truth is (1, 0, 0), so its bias after the student is K and its multiplier S.
    truth = geometry.ridge(student, geometry.target(), 0 * geometry.noise())
    lost, shrink = truth.bias, truth.multiplier
    unexplained = geometry.scalar(student.noise) + xp.product(lost * lost, weak.covariance)
    own = geometry.ridge(
        student, GaussianEquivalent(weak.multiplier, weak.bias, 0 * lost), unexplained
    ).covariance
    removed = xp.product(lost * (1 + shrink), weak.covariance)
    grown = lost * weak.multiplier * (2 * weak.bias + lost * weak.multiplier) * geometry.signal
    finite = removed - (grown + xp.where(removed < np.inf, own, 0 * lost))
    return (xp.where((weak.covariance < np.inf) | (lost > 0), finite, 0 * lost),)
