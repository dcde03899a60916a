"""What retuning the teacher would do, and the best that a student can do instead: the first thing to know."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..learners import ready, rows_of
from .phrases import phrase, short
from .searched import LARGEST
from .tune import Tuned, tune

__all__ = ["best_of", "in_words"]

_SAME = 1e-9  # of a risk: what tuning does not tell apart


def best_of(world: Any, *learners: Any) -> Tuned | None:
    """The last learner of a chain at its best; None where there is nothing to tune.

    >>> from w2s_asymptotics import Population, Ridge
    >>> best_of(Population.isotropic(noise=0.5), Ridge(gamma=0.5)).value
    0.25
    """
    last = ready(learners[-1])
    try:
        return tune(world, *learners[:-1], last)
    except ValueError:  # no parameter, or outside what can be searched: mpmath numbers beyond isotropic ridge
        return None


def in_words(world: Any, teacher: Any, retuned: Tuned | None, best_student: Tuned | None) -> str:
    """The sentence that a comparison leads with; "" where the teacher has nothing to tune.

    `teacher` is its excess risk as it stands.

    >>> from w2s_asymptotics import Population, Ridge
    >>> world, teacher = Population.isotropic(noise=0.6), Ridge.from_sklearn(alpha=20.0, n=2000, d=500)
    >>> retuned, best = best_of(world, teacher), best_of(world, teacher, Ridge(gamma=0.5))
    >>> in_words(world, 0.189, retuned, best)
    'retuned (lam = 0.15, alpha = 300) the teacher has 0.1543; no student of this kind beats that: the best
    (lam = 0.03535) has 0.175'
    """
    if retuned is None:
        return ""
    least = retuned.risk
    there = bool(teacher <= least * (1 + _SAME))
    start = phrase("at its best" if there else "retuned", where=_setting(world, retuned), risk=least)
    if best_student is None:
        return start
    where, risk = _setting(world, best_student), best_student.risk
    if risk < least * (1 - _SAME):
        return phrase("a student beats that", start=start, where=where, risk=risk)
    return phrase("no student beats that", start=start, where=where, risk=risk)


def _setting(world: Any, tuned: Tuned) -> str:
    """The best value by its name, a penalty in scikit-learn's units, too, where n is known."""
    value, name = tuned.value, tuned.parameter
    if np.ndim(value):
        return f"{name} = {', '.join(map(short, np.ravel(value)))}"
    if name == "lam" and value >= LARGEST:
        return "lam -> inf"
    rows = rows_of(tuned.learner, getattr(world, "dim", None))
    known = name == "lam" and rows is not None and tuned.learner.least_squares
    return f"{name} = {short(value)}" + (f", alpha = {short(value * rows)}" if known else "")
