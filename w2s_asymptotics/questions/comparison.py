"""What `compare` returns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from ..records import Record, shown

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
    """

    teacher: Any
    student: Any
    gain: Any
    pgr: Any
    ceiling: Any
    student_wins: Any
    reason: str

    def as_dict(self) -> dict[str, Any]:
        """The fields by name, arrays as lists."""
        found = {item.name: getattr(self, item.name) for item in fields(self)}
        return {
            name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in found.items()
        }

    def __str__(self) -> str:
        lines = [f"{name:8} {self._figure(name)}" for name in _FIGURES]
        return "\n".join([*lines, self.reason])

    def _figure(self, name: str) -> str:
        value = getattr(self, name)
        return shown(value) if isinstance(value, np.ndarray) else str(value)


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
        reason = rows.pop("reason")
        return [*rows.items(), ("reason", reason)]


_PARTS = {
    "teacher": ("teacher_easy", "teacher_hard"),
    "student": ("student_easy", "student_hard"),
    "gain": ("easy_gain", "hard_gain"),
}
