"""Why a student of a two-layer network wins or loses, in words: which part, and by which condition."""

from __future__ import annotations

from typing import Any

import numpy as np

from .chain import Chain
from .parts import Parts
from .phrases import phrase, points, winning
from .winning import winning_interval

__all__ = ["parted_reason"]


def parted_reason(chain: Chain, found: Parts) -> str:
    """The verdict on a teacher and its student in the multi-index world."""
    if chain.shape:
        easy, hard = (str(int(np.sum(part > 0))) for part in (found.linear + found.curved, found.hard))
        return phrase("parts at", total=points(found.gain > 0), easy=easy, hard=hard)
    told = [_part("easy", found.teacher_easy, found.student_easy, found.linear + found.curved)]
    hard = found.teacher_hard or found.student_hard
    told += [_part("hard", found.teacher_hard, found.student_hard, found.hard) if hard else phrase("no part")]
    told += [_CONDITIONS[chain.learners[1].head](found), _penalties(chain, found)]
    return "; ".join(told)


def _part(name: str, before: Any, after: Any, gained: Any) -> str:
    which = "won" if gained > 0 else "lost" if gained < 0 else "untouched"
    return phrase(which, part=name, before=before, after=after)


def _of_labels(found: Parts) -> str:
    delta = -(found.linear + found.curved)
    if found.hard:
        return phrase("passes on", delta=delta, hard=found.hard)
    return phrase("denoises", delta=delta, sign="<" if delta < 0 else "not <")


def _of_retained(found: Parts) -> str:
    least = found.winning_quality
    which = "any quality" if least < 0 else "no quality" if least == np.inf else "above quality"
    return phrase(which, delta=found.given_up, held=found.held, least=least)


def _of_probe(found: Parts) -> str:
    return phrase(
        "probe",
        linear=found.linear,
        curved=found.curved,
        hard=found.hard,
        strong=found.student_direction,
        weak=found.teacher_direction,
    )


_CONDITIONS = {"labels": _of_labels, "retained": _of_retained, "probe": _of_probe}


def _penalties(chain: Chain, found: Parts) -> str:
    try:
        return winning(winning_interval(chain.world, *chain.learners))
    except ValueError:  # mpmath numbers: no interval is searched for
        return phrase("beats" if found.gain > 0 else "does not beat")
