"""Verdicts that are proved: the gain enclosed in ball arithmetic, with as many digits as its sign needs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..records import Record, as_lists
from ..spectrum.balls import BALLS, Ball, UndecidedError, working_digits
from ..worlds import MultiIndex
from .chain import Chain

__all__ = ["Certificate", "certify"]

_MOST_DIGITS = 1000
_FIRST_DIGITS = 16


@dataclass(frozen=True, eq=False)
class Certificate(Record):
    """Whether the sign of a gain is proved; arrays where the arguments were.

    Attributes
    ----------
    proved
        Whether the gain was enclosed on one side of 0.
    student_wins
        Whether it is positive; False where nothing is proved.
    lower, upper
        Floats between which the gain lies, whether proved or not.
    digits
        The digits that the enclosure took; where nothing is proved, those that were not enough.
    """

    proved: Any
    student_wins: Any
    lower: Any
    upper: Any
    digits: Any

    def as_dict(self) -> dict[str, Any]:
        """The fields by name, arrays as lists."""
        return as_lists(self)

    def __str__(self) -> str:
        if np.ndim(self.proved):
            wins, losses = np.sum(self.student_wins), np.sum(self.proved & ~self.student_wins)
            open_ = np.sum(~self.proved)
            return f"proved: student wins at {wins} points, does not at {losses}; undecided at {open_}"
        if not self.proved:
            return f"undecided: the sign of the gain needs more than {self.digits} digits, if it has one"
        verdict = "student wins" if self.student_wins else "student loses"
        return f"proved: {verdict}, with {self.digits} digits"


def certify(chain: Chain) -> Certificate:
    """Enclose the gain of the second learner of a chain over the first.

    >>> from w2s_asymptotics import Population, Ridge
    >>> from w2s_asymptotics.questions.chain import check_chain
    >>> world, teacher = Population.isotropic(noise=0.5), Ridge(gamma=0.5, lam=0.01)
    >>> print(certify(check_chain(world, (teacher, Ridge(gamma=0.8, lam=1e-18)))))
    proved: student wins, with 16 digits
    """
    if isinstance(chain.world, MultiIndex) or chain.matrices or not chain.closed:
        raise ValueError(
            "certified verdicts are those of ridge on labels that are what is taught, in isotropic worlds "
            "and on atoms (compare.certified)"
        )
    shape = chain.shape
    if not shape:
        return _single(chain)
    found = [_single(chain.at(index, shape)) for index in np.ndindex(*shape)]
    fields = ("proved", "student_wins", "lower", "upper", "digits")
    return Certificate(*(np.array([getattr(each, name) for each in found]).reshape(shape) for name in fields))


def _single(chain: Chain) -> Certificate:
    digits, lower, upper = _FIRST_DIGITS, -math.inf, math.inf
    while True:
        with working_digits(digits):
            try:
                enclosed = _gain(chain).enclosed
                lower, upper = max(lower, _below(enclosed)), min(upper, -_below(-enclosed))
                if enclosed > 0 or enclosed < 0:
                    return Certificate(True, bool(enclosed > 0), lower, upper, digits)
            except UndecidedError:
                pass
        if digits >= _MOST_DIGITS:
            return Certificate(False, False, lower, upper, digits)
        digits = min(2 * digits, _MOST_DIGITS)


def _gain(chain: Chain) -> Ball:
    chain = chain.computed_by(BALLS)  # type: ignore[arg-type]
    spectrum = chain.spectrum
    teacher, student = chain.learners
    taken, added = student.gain(teacher.learn(None, spectrum), spectrum)
    gained: Ball = taken - added
    return gained


def _below(enclosed: Any) -> float:
    """A float that is not above a ball."""
    value = float(enclosed.lower())
    return value if math.isnan(value) else math.nextafter(value, -math.inf)
