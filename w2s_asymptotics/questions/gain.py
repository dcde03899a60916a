"""The weak-to-strong gain: the teacher's excess risk less the student's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..arithmetic import SCALAR
from ..learners import Learner, with_lam
from ..worlds import MultiIndex, Population
from .blocks import evaluate
from .chain import Chain, check_chain
from .parts import total_gain
from .risk import risk

__all__ = ["gain", "near_ridgeless"]

_TINY = 1e-300
_ROUNDING = 1e-12  # beside an infinite risk, what is less than this share of it is rounding


def gain(world: Population | MultiIndex, teacher: Learner, student: Learner) -> Any:
    """`E(teacher) - E(student)` on any kind of number.

    It is put together from the difference of the two equivalents, so that a student who repeats its teacher
    but for a little is not drowned in rounding, whatever the learner; for networks part by part. For a
    teacher of infinite risk it is the limit as its penalty tends to 0: inf or -inf, or what a student adds
    that repeats its teacher.

    Parameters
    ----------
    world
        What there is to learn.
    teacher, student
        The chain.

    Returns
    -------
    Any
        The teacher's risk less the student's, of the kind that was given.

    Examples
    --------
    >>> from w2s_asymptotics import Population, Ridge
    >>> world, teacher = Population([1.0, 2.0], signal=[1.0, 0.5], noise=0.5), Ridge(gamma=0.5, lam=0.01)
    >>> gain(world, teacher, Ridge(gamma=0.8, lam=1e-18)) > 0
    True
    """
    chain = check_chain(world, (teacher, student))
    if chain.symbolic:
        return risk(world, teacher) - risk(world, teacher, student)
    if isinstance(world, MultiIndex):
        return evaluate(chain, total_gain)[0]
    found, undecided = evaluate(chain, _gain)
    on_the_way = near_ridgeless(teacher)
    if not np.any(undecided) or on_the_way is teacher:
        return found
    gained, rounding = gain(world, on_the_way, student), _ROUNDING * risk(world, on_the_way)
    sign = chain.xp.where(gained > rounding, np.inf, chain.xp.where(gained < -rounding, -np.inf, 0.0))
    return chain.xp.finish(chain.xp.convert(chain.xp.where(undecided, sign, found)))


def near_ridgeless(learner: Any) -> Any:
    """The learner with a tiny penalty instead of none, which stands for the limit where risks are infinite.

    >>> from w2s_asymptotics import Ridge
    >>> near_ridgeless(Ridge(gamma=1.0, lam=0.0)).lam
    1e-300
    """
    if not hasattr(learner, "lam"):
        lams = getattr(learner, "lams", ())
        return replace(learner, lams=(_TINY, *lams[1:])) if lams and not any(map(np.any, lams)) else learner
    lam = np.asarray(learner.lam)
    return with_lam(learner, np.where(lam == 0, _TINY, lam)[()])


def _gain(chain: Chain) -> tuple[Any, Any]:
    """The difference, and whether it says nothing: infinity less infinity, for which 0 stands."""
    spectrum = chain.spectrum
    teacher, student = chain.learners
    taken, added = student.gain(teacher.learn(None, spectrum), spectrum)
    if chain.xp is SCALAR:
        return taken - added, 0.0
    with np.errstate(invalid="ignore"):
        difference = taken - added
    undecided = difference != difference
    return chain.xp.where(undecided, 0 * chain.xp.convert(1.0), difference), 1.0 * undecided
