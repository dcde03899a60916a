"""The report: one comparison answered in full, as an HTML page and a LaTeX source beside it.

`report` asks every question of a world, a teacher and a student (risks, who wins and why, the tuned
student, the phase diagram, the simulation), writes out the derivations that the answers rest on and, given
a data set, sets theory against learners trained on real rows. Of networks in a multi-index world it tells the
easy and the hard part of each risk, and trains actual ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

import w2s_asymptotics as w2s
from w2s_asymptotics.files import write_beside
from w2s_asymptotics.report import html, plots, source
from w2s_asymptotics.report.answers import Answers, Figure
from w2s_asymptotics.report.dataset import DataSet, complete, study
from w2s_asymptotics.report.words import figure as shown
from w2s_asymptotics.report.words import interval, number, percent, signed
from w2s_asymptotics.simulation import Simulation, penalty_path, trend
from w2s_asymptotics.simulation.estimators.activations import DERIVATIVES
from w2s_asymptotics.simulation.store import Store

__all__ = ["Answers", "Figure", "Written", "ask", "report"]

POINTS = 91
LEAST_DIM = 16
SIMULATED = 11


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
    store: Store | None = None,
) -> Answers:
    """Ask every question of the report; simulations draw with `seed` at dimension `dim`.

    `store` holds what simulations of an earlier run had done, and takes up what those of this one do.
    """
    if dim < LEAST_DIM:
        raise ValueError(f"dim must be >= {LEAST_DIM}, got {dim} (the report extrapolates from dim/4, dim/2)")
    run: dict[str, Any] = {"repetitions": repetitions, "seed": seed, "workers": workers, "store": store}
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

    Every file is written whole or not at all. What simulations had done when Ctrl-C ended the run is kept
    beside the folder, in `out.unfinished.json`; the same call goes on from there, to the same figures.

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
    folder = Path(out)
    whole = folder.absolute()
    store = Store(whole.parent / f"{whole.name}.unfinished.json")
    how: dict[str, Any] = {"dim": dim, "repetitions": repetitions, "seed": seed, "workers": workers}
    try:
        answers = ask(world, teacher, student, data, **how, store=store)
    except KeyboardInterrupt as error:
        if not (store.entries and store.path.parent.is_dir()):
            raise
        store.save()
        kept = f"what was done is kept in {store.path}: the same command goes on from there"
        raise KeyboardInterrupt(kept) from error
    accounts = [w2s.derive(name) for name in answers.accounts]
    figures = drawn(answers)
    folder.mkdir(parents=True, exist_ok=True)
    page, tex = folder / "index.html", folder / "report.tex"
    for figure in figures.values():
        plots.save(figure.axes, folder / "figures" / f"{figure.name}.pdf")
    write_beside(page, rendered(answers, accounts, figures))
    write_beside(tex, source.article(answers, accounts, figures))
    store.remove()
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
            plots.phase(answers.diagram, optimum=optimum, ax=plots.new_axes()),
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
                ax=plots.new_axes(),
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
            plots.risk_curve(answers.lams, answers.theory, levels=levels, ax=plots.new_axes()),
        ),
        Figure(
            "parts",
            "Bars: the easy and the hard part of the risks of teacher, student and ceiling.",
            "What is missing of the easy part of the target (what noise did to the fit included) and of the "
            "hard part, in the limit.",
            plots.part_bars(answers.parts(), ax=plots.new_axes()),
        ),
    ]


def scatter(path: Simulation, ceiling: Simulation | None) -> Any:
    """Draw all simulated risks of the comparison against their predictions."""
    figures = path.theory[-1], path.mean[-1], path.standard_error[-1]
    axes = plots.theory_against_measured(*figures, "student", ax=plots.new_axes())
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
