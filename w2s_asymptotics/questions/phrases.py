"""The sentences of a verdict, one template each: `compare` fills them in.

The explorer's page has `PHRASES`, too; `RETUNED` are those on what retuning would do,
`PARTED` those on two-layer networks.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["PARTED", "PHRASES", "RETUNED", "phrase", "points", "short", "winning"]

PHRASES = {
    "beats": "student beats the teacher",
    "does not beat": "student does not beat the teacher",
    "wins nowhere": "student wins for no lam_s",
    "wins everywhere": "student wins for every lam_s > 0",
    "wins between": "student wins for lam_s in ({low}, {high})",
    "not under": "teacher not under-regularised: lam_t {sign} {optimum}; "
    "no student of any size or penalty wins",
    "under": "teacher under-regularised: lam_t < {optimum}",
    "too little": "{start}, but too little for gamma_s = {gamma}: "
    "q/rho = {ratio} must exceed {least}; {where}",
    "useless": "{start}, and no better than predicting zero",
    "repeats": "{where}; at lam_s = 0 it repeats the teacher",
    "in balance on every atom": "teacher in balance on every atom",
    "under-regularises": "under-regularises {atoms}",
    "over-regularises": "over-regularises {atoms}",
    "weighs": "teacher {regularises}; the student's penalty weighs {pronoun} {against}",
    "in balance": "{told}, which is in balance",
    "helps": "{told}, so a small lam_s helps",
    "hurts": "{told}, so a small lam_s hurts",
    "every atom": "every atom",
    "one atom": "atom {names} (s = {values})",
    "atoms": "atoms {names} (s = {values})",
}

RETUNED = {
    "retuned": "retuned ({where}) the teacher has {risk}",
    "at its best": "the teacher is at its best ({where}), with {risk}",
    "no student beats that": "{start}; no student of this kind beats that: the best ({where}) has {risk}",
    "a student beats that": "{start}; this student at its best ({where}) has {risk}, which is less",
}

PARTED = {
    "won": "{part} part won: {before} to {after}",
    "lost": "{part} part lost: {before} to {after}",
    "untouched": "{part} part as it was: {after}",
    "no part": "no hard part",
    "denoises": "a head on labels wins by the easy part alone: "
    "Delta = {delta}, its easy error less the teacher's, is {sign} 0",
    "passes on": "a head on labels wins where it gives up less of the easy part, {delta}, "
    "than it gains of the hard part, {hard}",
    "any quality": "a retained head wins with any quality: Delta = {delta} < 0",
    "no quality": "a retained head wins with no quality: Delta = {delta} must be below {held}, "
    "the hard energy that its features hold",
    "above quality": "a retained head wins for quality > {least}: Delta = {delta} of {held}, "
    "the hard energy that its features hold",
    "probe": "a probe of true labels gains {linear} of the linear part, {curved} of other easy degrees, "
    "{hard} of the hard part; overlap of its direction with b_e {strong}, of the teacher's {weak}",
    "parts at": "{total}; easy part won at {easy}, hard part at {hard}",
}


def phrase(which: str, **values: Any) -> str:
    """Fill in one template, numbers to four figures.

    >>> phrase("wins between", low=0.0, high=0.594843)
    'student wins for lam_s in (0, 0.5948)'
    """
    return (PHRASES | RETUNED | PARTED)[which].format(
        **{name: value if isinstance(value, str) else short(value) for name, value in values.items()}
    )


def winning(interval: tuple[Any, Any] | None) -> str:
    """Say for which penalties a student wins.

    >>> winning((0.0, float("inf")))
    'student wins for every lam_s > 0'
    """
    if interval is None:
        return phrase("wins nowhere")
    low, high = interval
    if low == 0 and high == np.inf:
        return phrase("wins everywhere")
    return phrase("wins between", low=low, high=high)


def points(wins: Any) -> str:
    """Say at how many points a student wins.

    >>> points(np.array([True, False]))
    'student wins at 1 of 2 points'
    """
    return f"student wins at {int(np.sum(wins))} of {np.size(wins)} points"


def short(value: Any) -> str:
    """Write a number to four figures.

    >>> short(0.594843), short(1e-05), short(3)
    ('0.5948', '1e-05', '3')
    """
    return f"{float(value):.4g}"
