"""Does the student beat its teacher, by how much, and why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, overload

import numpy as np

from ..learners import Learner
from ..worlds import MultiIndex, Population
from .alignment import in_words
from .certified import certify
from .chain import Chain, check_chain
from .comparison import Comparison, PartedComparison
from .gain import gain, near_ridgeless
from .label_words import about_labels
from .parted_words import parted_reason
from .parts import parts
from .phrases import phrase, points, winning
from .risk import risk
from .winning import excess_ratio, is_plain, winning_interval

__all__ = ["Comparison", "compare"]


@overload
def compare(
    world: MultiIndex, teacher: Learner, student: Learner, *, certified: bool = False
) -> PartedComparison: ...


@overload
def compare(
    world: Population, teacher: Learner, student: Learner, *, certified: bool = False
) -> Comparison: ...


def compare(
    world: Population | MultiIndex, teacher: Learner, student: Learner, *, certified: bool = False
) -> Comparison:
    """Compare a student with its teacher; arguments as in `risk`, so fields are arrays where arguments are.

    Of two-layer networks in a `MultiIndex` world the record is a `PartedComparison`, which says which part of
    the target was won.

    >>> from w2s_asymptotics import Population, Ridge
    >>> world, teacher = Population.isotropic(noise=0.5), Ridge(gamma=0.5, lam=0.01)
    >>> verdict = compare(world, teacher, Ridge(gamma=0.8, lam=0.3))
    >>> verdict.student_wins, verdict.reason
    (True, 'teacher under-regularised: lam_t < 0.25; student wins for lam_s in (0, 0.5948)')

    The teacher retuned may be better than any student: the record's `advice` says so, before the reason.

    >>> print(verdict.advice)
    retuned (lam = 0.25) the teacher has 0.2808; no student of this kind beats that: the best (lam = 0.1031)
    has 0.4027

    With `certified=True` the gain of ridge is also enclosed in ball arithmetic (extra `certified`), with as
    many digits as its sign needs: the record's `certificate` says whether the verdict is proved.

    >>> compare(world, teacher, Ridge(gamma=0.8, lam=1e-18), certified=True).certificate.proved
    True

    >>> from dataclasses import replace
    >>> from w2s_asymptotics import MultiIndex, TwoLayer
    >>> network = TwoLayer(gamma_step=0.5, gamma=0.5, width=2.0, lam=0.5)
    >>> pretrained = replace(network, hard_degree=2, head="retained", quality=0.6)
    >>> verdict = compare(MultiIndex(easy=[1.0], hard="he2", noise=0.5), network, pretrained)
    >>> verdict.reason
    'easy part lost: 0.5467 to 0.6165; hard part won: 2 to 0.32; a retained head wins for quality > 0.0176:
    Delta = 0.06977 of 2, the hard energy that its features hold; student wins for lam_s in (4.16e-05, inf)'
    >>> round(verdict.easy_gain, 6), round(verdict.hard_gain, 6), round(verdict.winning_quality, 6)
    (-0.069767, 1.68, 0.017597)
    """
    chain = check_chain(world, (teacher, student))
    if chain.symbolic:
        raise ValueError(
            "compare takes numbers; for symbols subtract two risks, or see derive('compensation')"
        )
    certificate = certify(chain) if certified else None
    if isinstance(world, MultiIndex):
        return _parted(chain)
    shape = chain.shape
    gained = gain(world, teacher, student)
    risks = [risk(world, teacher), risk(world, teacher, student), _ceiling(world, student)]
    of_teacher, of_student, ceiling = (
        (np.broadcast_to(value, shape).copy() for value in risks) if shape else risks
    )
    recovered = _recovered(chain, gained, of_teacher, ceiling)
    wins = gained > 0
    if shape:
        reason = points(wins)
    else:
        wins = bool(wins)
        reason = "; ".join(part for part in (_reason(chain), about_labels(chain)) if part)
    found = Comparison(
        of_teacher, of_student, gained, recovered, ceiling, wins, reason, certificate=certificate
    )
    return found if shape or _large(chain) else found.later(world, teacher, student)


def _parted(chain: Chain) -> PartedComparison:
    found = parts(chain)
    wins = found.gain > 0
    retained = chain.learners[1].head == "retained"
    found_parts = PartedComparison(
        teacher=found.teacher_easy + found.teacher_hard,
        student=found.student_easy + found.student_hard,
        gain=found.gain,
        pgr=found.pgr,
        ceiling=found.ceiling,
        student_wins=wins if chain.shape else bool(wins),
        reason=parted_reason(chain, found),
        teacher_easy=found.teacher_easy,
        teacher_hard=found.teacher_hard,
        student_easy=found.student_easy,
        student_hard=found.student_hard,
        easy_gain=found.linear + found.curved,
        hard_gain=found.hard,
        winning_quality=found.winning_quality if retained else None,
    )
    return found_parts if chain.shape else found_parts.later(chain.world, *chain.learners)


def _ceiling(world: Population, student: Any) -> Any:
    mixed = not (isinstance(student.truth, float) and student.truth == 0.0)
    return risk(world, replace(student, truth=0.0) if mixed else student)


def _recovered(chain: Chain, gained: Any, of_teacher: Any, ceiling: Any) -> Any:
    """The ratio gain / (teacher - ceiling); by the sign of the gain +-inf where these two agree.

    So it is, too, where the ceiling and the loss are infinite beside a teacher that is less so.
    """
    xp, idle = chain.xp, gained == 0
    if not all(np.all(np.isfinite(np.asarray(value, dtype=float))) for value in (of_teacher, ceiling)):
        # Risks are infinite only at lam = 0: take the limit lam -> 0.
        chain = replace(chain, learners=tuple(near_ridgeless(learner) for learner in chain.learners))
        world, (teacher, student) = chain.world, chain.learners
        gained = gain(world, teacher, student)
        of_teacher, ceiling = risk(world, teacher), _ceiling(world, student)
    gap = of_teacher - ceiling
    sign = xp.where(gained > 0, np.inf, xp.where(gained < 0, -np.inf, 0.0))
    agree = (gap == 0) | (abs(gap) == np.inf) & (abs(gained) == np.inf)
    ratio = xp.where(agree, sign, xp.where(agree, 0.0, gained) / xp.where(agree, 1.0, gap))
    ratio = xp.where(idle, 0.0, ratio)
    return xp.finish(xp.convert(ratio))


def _reason(chain: Chain) -> str:
    return _verdict(chain) if _large(chain) else explain(chain)


def _large(chain: Chain) -> bool:
    """Whether searches would take minutes: matrices of many directions that do not commute."""
    return bool(chain.world.dim is not None and chain.world.dim > 300 and chain.matrices)


def _verdict(chain: Chain) -> str:
    """Which wins, where no interval of penalties is known."""
    beats = gain(chain.world, *chain.learners) > 0
    return phrase("beats" if beats else "does not beat")


def explain(chain: Chain) -> str:
    """Why, in words: where is the teacher under-regularised, and for which penalties does a student win."""
    world, (teacher, student) = chain.world, chain.learners
    try:
        interval = winning_interval(world, teacher, student)
    except ValueError:
        return "; ".join(part for part in (in_words(chain), _verdict(chain)) if part)
    where = winning(interval)
    if not is_plain(chain):
        return "; ".join(part for part in (in_words(chain), where) if part)
    unit = (1.0 if teacher.penalty is None else teacher.penalty) * world.signal
    noise = world.noise + teacher.noise
    optimum = teacher.gamma * noise / unit if unit else np.inf
    e = excess_ratio(chain)
    if e <= 0:
        return phrase("not under", sign="=" if e == 0 else ">", optimum=optimum)
    start = phrase("under", optimum=optimum)
    if interval is None:
        gamma = student.gamma
        least = 4 / (3 - (1 - 1 / gamma) ** 0.5)
        return phrase("too little", start=start, gamma=gamma, ratio=1 + e, least=least, where=where)
    if e >= 1:
        start = phrase("useless", start=start)
    if student.lam == 0 and student.gamma < 1 and not student.noise:
        where = phrase("repeats", where=where)
    return f"{start}; {where}"
