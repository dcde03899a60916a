"""What `compare` returns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from ..records import Record, as_lists, shown
from .retuned import best_of, in_words

__all__ = ["Comparison", "PartedComparison"]


@dataclass(frozen=True, eq=False)
class Comparison(Record):
    """A student beside its teacher.

    Attributes
    ----------
    teacher, student
        Their excess risks.
    gain
        `teacher - student`.
    pgr
        Performance gap recovered, `gain / (teacher - ceiling)`.
    ceiling
        Excess risk of the same student trained on true labels.
    student_wins
        Is the gain positive?
    reason
        The verdict in words.
    retuned
        The teacher at its best on true labels, as `tune` has it: what to do first. None where it has nothing
        to tune, or where arguments are arrays.
    best_student
        The student at its best on the labels of this teacher, likewise.
    advice
        What these two say: whether any student of this kind, taught by this teacher, beats the teacher
        retuned. These three are found when they are first looked at.
    certificate
        With `certified=True` whether the sign of the gain is proved; else None.
    """

    teacher: Any
    student: Any
    gain: Any
    pgr: Any
    ceiling: Any
    student_wins: Any
    reason: str
    retuned: Any = field(default_factory=type(None), kw_only=True, repr=False)
    best_student: Any = field(default_factory=type(None), kw_only=True, repr=False)
    advice: str = field(default_factory=str, kw_only=True, repr=False)
    certificate: Any = field(default=None, kw_only=True, repr=False)

    def later(self, world: Any, teacher: Any, student: Any) -> Self:
        """Leave what retuning would do to be found when it is looked at."""
        for name in _LATER:
            del self.__dict__[name]
        self.__dict__["_chain"] = world, teacher, student
        return self

    def __getattr__(self, name: str) -> Any:
        chain = self.__dict__.get("_chain")
        if name not in _LATER or chain is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        world, teacher, student = chain
        if name == "retuned":
            found: Any = best_of(world, teacher)
        elif name == "best_student":
            found = best_of(world, teacher, student)
        else:
            found = in_words(world, self.teacher, self.retuned, self.best_student)
        self.__dict__[name] = found
        return found

    def as_dict(self) -> dict[str, Any]:
        """The fields by name, arrays as lists."""
        found = as_lists(self)
        for name in ("retuned", "best_student", "certificate"):
            found[name] = found[name] and found[name].as_dict()
        return found

    def __str__(self) -> str:
        lines = [f"{name:8} {self._figure(name)}" for name in _FIGURES]
        if self.certificate is not None:
            lines.append(str(self.certificate))
        return "\n".join([*lines, *filter(None, (self.advice, self.reason))])

    def _rows(self) -> Iterable[Sequence[Any]]:
        rows: dict[str, Any] = {row[0]: row[1] for row in super()._rows()}
        reason = rows.pop("reason")
        if self.certificate is not None:
            rows["certificate"] = str(self.certificate)
        return [*rows.items(), *([("advice", self.advice)] if self.advice else []), ("reason", reason)]

    def _figure(self, name: str) -> str:
        value = getattr(self, name)
        return shown(value) if isinstance(value, np.ndarray) else str(value)


_LATER = ("retuned", "best_student", "advice")
_FIGURES = ("teacher", "student", "gain", "pgr", "ceiling")


@dataclass(frozen=True, eq=False)
class PartedComparison(Comparison):
    """A student of a two-layer network beside its teacher, part by part.

    As `Comparison`; besides:

    Attributes
    ----------
    teacher_easy, teacher_hard, student_easy, student_hard
        The parts of the two risks. Hard is what is missing of the hard link; everything else, what noise and
        the hard part of the labels did to the fit included, is easy.
    easy_gain, hard_gain
        The parts of the gain, each free of what both miss alike.
    winning_quality
        Of a student with `head="retained"`: it wins for every quality above this, `1 - sqrt(1 - D/E)`. D is
        what it gives up elsewhere and E the energy of the hard link that its features hold. Negative where
        any quality wins, infinite where none does; None with another head.
    """

    teacher_easy: Any
    teacher_hard: Any
    student_easy: Any
    student_hard: Any
    easy_gain: Any
    hard_gain: Any
    winning_quality: Any

    def _figure(self, name: str) -> str:
        value, parts = super()._figure(name), _PARTS.get(name)
        if parts is None:
            return value
        easy, hard = (shown(getattr(self, part)) for part in parts)
        return f"{value} (easy {easy}, hard {hard})"

    def _rows(self) -> Iterable[Sequence[Any]]:
        rows: dict[str, Any] = {row[0]: row[1] for row in super()._rows()}
        for whole, parts in _PARTS.items():
            easy, hard = (rows.pop(part) for part in parts)
            rows[whole] = f"{shown(rows[whole])} (easy {shown(easy)}, hard {shown(hard)})"
        said = [(name, rows.pop(name)) for name in ("advice", "reason") if name in rows]
        return [*rows.items(), *said]


_PARTS = {
    "teacher": ("teacher_easy", "teacher_hard"),
    "student": ("student_easy", "student_hard"),
    "gain": ("easy_gain", "hard_gain"),
}
