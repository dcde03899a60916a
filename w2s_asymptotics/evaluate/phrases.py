"""The sentences of a verdict, one template each: `compare` fills them in, and so does the explorer's page."""

from __future__ import annotations

from typing import Any

__all__ = ["PHRASES", "phrase", "short"]

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


def phrase(which: str, **values: Any) -> str:
    """Fill in one template, numbers to four figures.

    >>> phrase("wins between", low=0.0, high=0.594843)
    'student wins for lam_s in (0, 0.5948)'
    """
    return PHRASES[which].format(
        **{name: value if isinstance(value, str) else short(value) for name, value in values.items()}
    )


def short(value: Any) -> str:
    """Write a number to four figures.

    >>> short(0.594843), short(1e-05), short(3)
    ('0.5948', '1e-05', '3')
    """
    return f"{float(value):.4g}"
