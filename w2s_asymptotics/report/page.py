"""The report: one comparison answered in full, as an HTML page and a LaTeX source beside it.

`report` asks every question of a world, a teacher and a student (risks, who wins and why, the tuned
student, the phase diagram, the simulation), writes out the derivations that the answers rest on and, given
a data set, sets theory against learners trained on real rows. Of networks in a multi-index world it tells the
easy and the hard part of each risk, and trains actual ones.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

import w2s_asymptotics as w2s
from w2s_asymptotics.questions.finite_spikes import finite_spike_risks
from w2s_asymptotics.report import html, plots, source
from w2s_asymptotics.report.dataset import DataSet, Study, complete, study
from w2s_asymptotics.report.words import figure as shown
from w2s_asymptotics.report.words import interval, number, percent, signed
from w2s_asymptotics.simulation import Simulation, Trend, penalty_path, trend
from w2s_asymptotics.simulation.estimators.activations import DERIVATIVES

__all__ = ["Answers", "Figure", "Written", "ask", "report"]

#: Registered results that the page writes out in full.
ACCOUNTS = ("student_risk", "compensation")
NETWORK_ACCOUNTS = ("gradient_direction", "unpenalised_features")
POINTS = 91
LEAST_DIM = 16
SIMULATED = 11


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
        """Why, as a sentence."""
        reason = self.comparison.reason
        return f"{reason[:1].upper()}{reason[1:].rstrip('.')}."

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


@dataclass(frozen=True)
class Written:
    """What `report` wrote: the page, its LaTeX source, the verdict in words, and the figures in numbers."""

    page: Path
    source: Path
    verdict: str
    figures: dict[str, Any]


def ask(
    world: Any,
    teacher: Any,
    student: Any,
    data: DataSet | None = None,
    *,
    dim: int = 200,
    repetitions: int = 100,
    seed: int = 0,
    workers: int = 1,
) -> Answers:
    """Ask every question of the report; simulations draw with `seed` at dimension `dim`."""
    if dim < LEAST_DIM:
        raise ValueError(f"dim must be >= {LEAST_DIM}, got {dim} (the report extrapolates from dim/4, dim/2)")
    run: dict[str, Any] = {"repetitions": repetitions, "seed": seed, "workers": workers}
    if data is not None and isinstance(world, w2s.MultiIndex):
        raise ValueError("a data set is set against ridge learners, not against networks: leave data out")
    comparison = w2s.compare(world, teacher, student)
    growth = None
    if np.isfinite(comparison.teacher) and np.isfinite(comparison.student):
        growth = trend(world, teacher, student, dims=(dim // 4, dim // 2, dim), **run)
        for simulation in growth.simulations:
            complete(simulation)
    lams = np.geomspace(1e-3, 10.0, POINTS)
    path = ceiling_path = trained = None
    if not isinstance(world, w2s.MultiIndex):
        some = lams[:: (POINTS - 1) // (SIMULATED - 1)]
        path = complete(penalty_path(world, teacher, student, lams=some, dim=dim, **run))
        ceiling_path = complete(penalty_path(world, student, lams=some, dim=dim, **run))
    elif all(each.activation in DERIVATIVES for each in (teacher, student)):
        trained = complete(w2s.simulate(world, teacher, student, dim=dim, network="real", **run))
    return Answers(
        world=world,
        teacher=teacher,
        student=student,
        comparison=comparison,
        best_teacher=w2s.tune(world, teacher),
        best_student=w2s.tune(world, teacher, student),
        winning=w2s.winning_interval(world, teacher, student),
        diagram=_diagram(world, teacher, student, lams),
        lams=lams,
        theory=w2s.risk(world, teacher, replace(student, lam=lams)),
        path=path,
        ceiling_path=ceiling_path,
        simulation=complete(w2s.simulate(world, teacher, student, dim=dim, **run)),
        ceiling=complete(w2s.simulate(world, student, dim=dim, **run)),
        trend=growth,
        study=None if data is None else study(data, **run),
        trained=trained,
    )


def _diagram(world: Any, teacher: Any, student: Any, lams: Any) -> Any:
    """Where the student wins: over both penalties, or what a retained head depends on."""
    x: tuple[str, Any] = ("student.lam", lams)
    y: tuple[str, Any] = ("teacher.lam", lams)
    if getattr(student, "head", None) == "retained":
        x = "student.quality", np.linspace(0.0, 1.0, POINTS)
        y = "student.gamma_step", student.gamma_step * np.geomspace(1e-2, 1e2, POINTS)
    return w2s.phase_diagram(world, teacher, student, x=x, y=y)


def report(
    world: Any,
    teacher: Any,
    student: Any,
    out: str | Path,
    data: DataSet | None = None,
    *,
    dim: int = 200,
    repetitions: int = 100,
    seed: int = 0,
    workers: int = 1,
) -> Written:
    """Write the report of one comparison to the folder `out`: `index.html`, `report.tex` and its figures.

    Parameters
    ----------
    world, teacher, student
        The comparison.
    out
        Folder to write to; made if need be.
    data
        A data set to set theory against, or None.
    dim, repetitions, seed, workers
        Of the simulations.

    Returns
    -------
    Written
        Paths, the verdict in words, and the figures in numbers.
    """
    answers = ask(world, teacher, student, data, dim=dim, repetitions=repetitions, seed=seed, workers=workers)
    accounts = [w2s.derive(name) for name in answers.accounts]
    figures = drawn(answers)
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    page, tex = folder / "index.html", folder / "report.tex"
    for figure in figures.values():
        plots.save(figure.axes, folder / "figures" / f"{figure.name}.pdf")
    page.write_text(rendered(answers, accounts, figures), encoding="utf-8")
    tex.write_text(source.article(answers, accounts, figures), encoding="utf-8")
    return Written(page, tex, answers.verdict, answers.as_dict())


def drawn(answers: Answers) -> dict[str, Figure]:
    """Draw every figure of the report."""
    optimum = float(answers.best_teacher.learner.lam)
    retained = answers.diagram.x_name == "student.quality"
    over = "quality and the ratio of its step" if retained else "penalty and the teacher's penalty"
    dashed = "" if retained else ", the dashed one the teacher's optimal penalty"
    figures = [
        Figure(
            "phase",
            f"Phase diagram: the gain over the student's {over} (up).",
            "Where the student wins. Purple: the student's risk is below the teacher's; orange: above. "
            f"The solid line is where they are equal{dashed}.",
            plots.phase(answers.diagram, optimum=optimum),
        ),
        *(_of_networks(answers) if answers.path is None else _of_path(answers, answers.path)),
    ]
    if answers.study is not None:
        for curve in answers.study.curves:
            axes = plots.risk_curve(
                curve.lams,
                curve.theory,
                curve.lams,
                curve.mean,
                curve.standard_error,
                [("teacher, theory", answers.study.teacher_theory)],
                control=curve.control_mean,
                ax=plots.new_axes(4.2, 3.6),
            )
            axes.set_title(f"student on {curve.samples} rows")
            figures.append(
                Figure(
                    f"data_{curve.samples}",
                    f"Risk of a student on {curve.samples} rows of the data set: predicted and measured.",
                    f"Student on {curve.samples} rows of the data set.",
                    axes,
                )
            )
    return {figure.name: figure for figure in figures}


def _of_path(answers: Answers, path: Simulation) -> list[Figure]:
    """Figures of learners simulated along the student's penalty."""
    return [
        Figure(
            "path",
            "Excess risk of the student against its penalty: predicted curve and measured points.",
            f"Student's risk against its penalty: the asymptotic prediction (line) and the mean of "
            f"{path.repetitions} fitted students at d = {path.dim} (points, ± 2 s.e.).",
            plots.risk_curve(
                answers.lams,
                answers.theory,
                path.lams,
                path.mean[-1],
                path.standard_error[-1],
                [("teacher, theory", float(answers.comparison.teacher))],
            ),
        ),
        Figure(
            "scatter",
            "Measured against predicted excess risks, close to the diagonal.",
            "Every simulated risk against its prediction; the line is equality.",
            scatter(path, answers.ceiling_path),
        ),
    ]


def _of_networks(answers: Answers) -> list[Figure]:
    """Figures of networks: the risk along the penalty, and its parts."""
    levels = [("teacher", float(answers.comparison.teacher))]
    return [
        Figure(
            "path",
            "Excess risk of the student against its penalty.",
            "Student's risk against its penalty, in the limit.",
            plots.risk_curve(answers.lams, answers.theory, levels=levels),
        ),
        Figure(
            "parts",
            "Bars: the easy and the hard part of the risks of teacher, student and ceiling.",
            "What is missing of the easy part of the target (what noise did to the fit included) and of the "
            "hard part, in the limit.",
            plots.part_bars(answers.parts()),
        ),
    ]


def scatter(path: Simulation, ceiling: Simulation | None) -> Any:
    """Draw all simulated risks of the comparison against their predictions."""
    axes = plots.theory_against_measured(path.theory[-1], path.mean[-1], path.standard_error[-1], "student")
    if ceiling is not None:
        label = "student on true labels"
        figures = ceiling.theory[-1], ceiling.mean[-1], ceiling.standard_error[-1]
        plots.theory_against_measured(*figures, label, ax=axes)
    return plots.theory_against_measured(
        path.theory[0, :1], path.mean[0, :1], path.standard_error[0, :1], "teacher", ax=axes
    )


def rendered(answers: Answers, accounts: list[Any], figures: dict[str, Figure]) -> str:
    """Write the page."""
    environment = html.environment()
    return environment.get_template("report.html").render(
        answers=answers,
        comparison=answers.comparison,
        figures=figures,
        data_figures=[figure for name, figure in figures.items() if name.startswith("data_")],
        accounts=[html.derivation_parts(account) for account in accounts],
        number=number,
        shown=shown,
        signed=signed,
        percent=percent,
        interval=interval,
        version=w2s.__version__,
    )
