"""What a report says of one comparison, in numbers and pictures; `page` and `source` lay it out."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np

import w2s_asymptotics as w2s
from w2s_asymptotics.questions.finite_spikes import finite_spike_risks
from w2s_asymptotics.report import plots
from w2s_asymptotics.report.dataset import Study
from w2s_asymptotics.report.words import figure as shown
from w2s_asymptotics.report.words import number
from w2s_asymptotics.simulation import Simulation, Trend

__all__ = ["Answers", "Figure"]

#: Registered results that the page writes out in full.
ACCOUNTS = ("student_risk", "compensation")
NETWORK_ACCOUNTS = ("gradient_direction", "unpenalised_features")


@dataclass(frozen=True, eq=False)
class Answers:
    """Everything the report says about one comparison, in numbers.

    Simulations along the penalty are of ridge learners; `trained` are actual networks.
    """

    world: Any
    teacher: Any
    student: Any
    comparison: Any
    best_teacher: Any
    best_student: Any
    winning: tuple[float, float] | None
    diagram: Any
    lams: Any
    theory: Any
    path: Simulation | None
    ceiling_path: Simulation | None
    simulation: Simulation
    ceiling: Simulation
    trend: Trend | None
    study: Study | None
    trained: Simulation | None

    @property
    def networks(self) -> bool:
        """Whether teacher and student are networks in a multi-index world."""
        return isinstance(self.world, w2s.MultiIndex)

    @property
    def accounts(self) -> tuple[str, ...]:
        """The registered results that the page writes out in full."""
        return NETWORK_ACCOUNTS if self.networks else ACCOUNTS

    @property
    def verdict(self) -> str:
        """The answer in one line."""
        if np.isinf(self.comparison.student) and np.isinf(self.comparison.teacher):
            return "Teacher and student both have infinite risk"
        verb = "beats" if self.comparison.student_wins else "does not beat"
        student, teacher = shown(self.comparison.student), shown(self.comparison.teacher)
        return f"The student {verb} its teacher: excess risk {student} against {teacher}"

    @property
    def reason(self) -> str:
        """What retuning the teacher would do, and why the student wins or not, as sentences."""
        said = (self.comparison.advice, self.comparison.reason)
        return " ".join(f"{each[:1].upper()}{each[1:].rstrip('.')}." for each in said if each)

    def rows(self) -> list[dict[str, Any]]:
        """Theory and simulation of teacher, student and ceiling, one row each."""
        measured = [
            (f"Teacher, λ = {number(self.teacher.lam)}", self.comparison.teacher, self.simulation, 0),
            (f"Student, λ = {number(self.student.lam)}", self.comparison.student, self.simulation, 1),
            ("Ceiling: the student on true labels", self.comparison.ceiling, self.ceiling, 0),
        ]
        return [
            {
                "name": name,
                "limit": float(limit),
                "theory": float(run.theory[place]),
                "mean": float(run.mean[place]),
                "standard_error": float(run.standard_error[place]),
                "z": float(run.z[place]),
            }
            for name, limit, run, place in measured
        ]

    def parts(self) -> list[tuple[str, float, float]]:
        """The easy and the hard part of the risks of networks."""
        chains = {
            "teacher": (self.teacher,),
            "student": (self.teacher, self.student),
            "ceiling": (self.student,),
        }
        found = {name: w2s.learned(self.world, *chain) for name, chain in chains.items()}
        return [(name, float(each.easy), float(each.hard)) for name, each in found.items()]

    def network_rows(self) -> list[dict[str, Any]]:
        """What actual networks are predicted and measured to do, if there are any."""
        if self.trained is None:
            return []
        run = self.trained
        predicted = finite_spike_risks(self.world, self.teacher, self.student, dim=run.dim)
        limits = (self.comparison.teacher, self.comparison.student)
        return [
            {
                "name": name,
                "limit": float(limits[place]),
                "predicted": predicted[place],
                "mean": float(run.mean[place]),
                "standard_error": float(run.standard_error[place]),
                "z": float((run.mean[place] - predicted[place]) / run.standard_error[place]),
            }
            for place, name in enumerate(("Teacher", "Student"))
        ]

    def as_dict(self) -> dict[str, Any]:
        """The figures of the page for machines."""
        figures: dict[str, Any] = {
            "comparison": self.comparison,
            "best_teacher": self.best_teacher,
            "best_student": self.best_student,
            "winning_interval": self.winning,
            "simulation": self.rows(),
            "trend": self.trend,
        }
        if self.networks:
            figures["parts"] = [
                {"name": name, "easy": easy, "hard": hard} for name, easy, hard in self.parts()
            ]
            figures["networks"] = self.network_rows()
        if self.study is not None:
            figures["data"] = {
                "name": self.study.name,
                "rows": self.study.rows,
                "dim": self.study.dim,
                "largest_deviation": self.study.largest_deviation,
                "median_deviation": self.study.median_deviation,
                "largest_control_deviation": self.study.largest_control_deviation,
                "students": [
                    {
                        "samples": curve.samples,
                        "predicted_lam": curve.predicted_best,
                        "predicted_risk": curve.predicted_risk,
                        "measured_lam": curve.measured_best,
                        "measured_risk": curve.measured_risk,
                    }
                    for curve in self.study.curves
                ],
            }
        return figures


@dataclass(frozen=True)
class Figure:
    """A picture of the page: its name, what it shows in words, its caption, and the axes it is drawn on."""

    name: str
    alt: str
    caption: str
    axes: Any

    @property
    def uri(self) -> str:
        """The picture as a data URI."""
        return "data:image/png;base64," + base64.b64encode(plots.png(self.axes, dpi=180)).decode("ascii")
