"""The commands of `w2s`. Each builds records from its options, asks one question, and prints the answer."""

from __future__ import annotations

import json
import math
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np

import w2s_asymptotics as w2s
from w2s_asymptotics.command_help import Grouped, complete_result
from w2s_asymptotics.command_options import (
    DIM,
    ITS_NETWORK,
    LABELS,
    LINKS,
    MACHINE,
    SIMULATION,
    STUDENT,
    TEACHER,
    TEACHERS_NETWORK,
    WORLD,
    number,
    output,
    student,
    takes,
    teacher,
    tuned,
    units,
    whole,
    world,
)
from w2s_asymptotics.commands_run import fed, run, with_study
from w2s_asymptotics.simulation.drawn import NETWORKS

__all__ = ["commands"]

FORMATS = ("text", "latex", "html", "pdf")


FILE = click.Path(path_type=Path)
BUNDLED = ("digits", "diabetes", "breast_cancer")
FEATURES = ("raw", "relu")
PAIRS = ("words", "digits", "digits-net", "mnist", "mnist-net")


def plain(value: Any) -> Any:
    """Turn an answer into what JSON can hold; numbers that it cannot hold become "inf", "-inf" or "nan".

    >>> plain({"risk": np.float64(0.5), "gain": math.inf, "interval": (0.0, 1)})
    {'risk': 0.5, 'gain': 'inf', 'interval': [0.0, 1]}
    """
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else str(float(value))
    if hasattr(value, "as_dict"):
        return plain(value.as_dict())
    if is_dataclass(value) and not isinstance(value, type):
        return plain({each.name: getattr(value, each.name) for each in fields(value)})
    return value if value is None else str(value)


def answer(record: Any, as_json: bool) -> None:
    """Print an answer, for readers or for machines."""
    click.echo(json.dumps(with_study(plain(record)), allow_nan=False) if as_json else str(record))


class _Group(click.Group):
    """Commands whose help is in groups."""

    command_class = Grouped


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="w2s_asymptotics")
def commands() -> None:
    """Answer when, and by how much, a student beats the weak teacher that labels its data.

    gamma is d/n (dimension over samples); lam the ridge penalty of (1/n)||y - Xb||^2 + lam ||b||^2. With
    --easy teacher and student are two-layer networks in a multi-index world, else ridge; --teacher and
    --student take any other learner.
    """


@commands.command()
@takes(*WORLD, *TEACHER, *STUDENT, *LABELS, *DIM, *MACHINE)
def compare(as_json: bool, **options: Any) -> None:
    """Compare the risks of a teacher and its student, and say who wins and why."""
    answer(w2s.compare(world(options), teacher(options), student(options)), as_json)


@commands.command()
@takes(*WORLD, *TEACHER)
@takes(STUDENT[0])
@click.option("--gamma-s", type=float, help="Student's d/n; without rows of it the teacher is tuned.")
@click.option("--samples-s", type=float, help="Its rows n, with --dim in place of --gamma-s.")
@takes(*ITS_NETWORK, *LABELS, *DIM, *MACHINE)
def tune(as_json: bool, **options: Any) -> None:
    """Find the best penalty of the student or, without one, of the teacher.

    The penalty of the one that is tuned need not be given.
    """
    answer(w2s.tune(world(options), *tuned(options)), as_json)


@commands.command()
@takes(*WORLD, *TEACHER, *STUDENT, *LABELS, *SIMULATION)
@click.option(
    "--network",
    type=click.Choice(NETWORKS),
    default="ideal",
    show_default=True,
    help="Networks as theory has them, or trained.",
)
@takes(*MACHINE)
def simulate(as_json: bool, **options: Any) -> int:
    """Draw data, fit teacher and student, and set the measured risks against theory."""
    run = {name: options[name] for name in ("dim", "repetitions", "seed", "workers", "network")}
    simulation = w2s.simulate(world(options), teacher(options), student(options), **run)
    answer(simulation, as_json)
    return 130 if simulation.interrupted else 0


@commands.command()
@takes(*WORLD, *TEACHER, *STUDENT, *LABELS, *DIM)
@click.option("--x", "x_name", default="student.lam", show_default=True, help="Parameter along x.")
@click.option("--y", "y_name", default="teacher.lam", show_default=True, help="Parameter along y.")
@click.option("--x-range", type=(float, float), default=(1e-3, 10.0), show_default=True, help="From, to.")
@click.option("--y-range", type=(float, float), default=(1e-3, 10.0), show_default=True, help="From, to.")
@click.option("--points", type=click.IntRange(2, 2000), default=121, show_default=True, help="Per axis.")
@output("The picture: .png, .svg or .pdf.")
@takes(*MACHINE)
def phase(
    x_name: str,
    y_name: str,
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    points: int,
    output: Path | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Map the gain over two parameters, such as student.lam, teacher.gamma or noise.

    A penalty that is varied need not be given.
    """
    if output is None and not as_json:
        raise click.UsageError("give -o FILE for a picture, or --json for the figures")
    where, weak = world(options), teacher(options, "teacher.lam" not in (x_name, y_name))
    strong = student(options, "student.lam" not in (x_name, y_name))
    x, y = (x_name, axis("--x-range", *x_range, points)), (y_name, axis("--y-range", *y_range, points))
    diagram = w2s.phase_diagram(where, weak, strong, x=x, y=y)
    if output is not None:
        from w2s_asymptotics.report import plots

        optimum = getattr(w2s.tune(where, weak).learner, "lam", None) if y_name == "teacher.lam" else None
        plots.save(plots.phase(diagram, optimum=optimum, ax=plots.new_axes()), output)
        click.echo(str(output), err=as_json)
    if as_json:
        answer(diagram, as_json)


def axis(name: str, low: float, high: float, points: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Space points evenly, in logarithm where both ends are positive."""
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"{name} must be two increasing finite numbers, got {low:g} {high:g}")
    return np.geomspace(low, high, points) if low > 0 else np.linspace(low, high, points)


@commands.command()
@click.argument("name", required=False, shell_complete=complete_result)
@click.option("--format", "kind", type=click.Choice(FORMATS), default="text", show_default=True)
@output("Where to write it (needed for pdf).")
@click.option("--list", "listing", is_flag=True, help="List the registered results.")
def derive(name: str | None, kind: str, output: Path | None, listing: bool) -> None:
    """Write out the derivation of a registered result."""
    if listing:
        from w2s_asymptotics.theorems import title

        for each in w2s.derivations():
            click.echo(f"{each:<22} {title(each)}")
        return
    if name is None:
        raise click.UsageError("which result? w2s derive --list names them")
    if kind == "pdf" and output is None:
        raise click.UsageError("--format pdf needs -o FILE")
    from w2s_asymptotics.report.render import render, written

    derivation = w2s.derive(name)
    if output is None:
        click.echo(written(derivation, kind))
    else:
        click.echo(str(render(derivation, kind, output)), err=True)


@commands.command()
@click.argument("names", nargs=-1, shell_complete=complete_result)
@takes(whole("--seed", "Seed of the numerical checks.", 0), *MACHINE)
def verify(names: tuple[str, ...], seed: int, as_json: bool) -> None:
    """Run the check of every step of a registered result (default: of all of them)."""
    reports = []
    for derivation in [w2s.derive(name) for name in names or w2s.derivations()]:
        report = derivation.verify(seed)
        reports.append({"name": report.name, "steps": dict(report.outcomes)})
        if not as_json:
            click.echo(str(report))
    if as_json:
        answer({"derivations": reports}, as_json)


@commands.command()
@click.option("--data", type=FILE, help="A .csv (last column the target) or .npz (arrays X, y).")
@output("Folder to write to; made if need be, in one that is there.", required=True)
@takes(
    click.option("--signal", type=float, help="Energy r^2 of the target.  [default: 1.0]"),
    number("--noise", "Variance of the label noise.", 0.5),
    *LINKS,
    *units("Teacher's", "t", 0.5, 0.01),
    *units("Student's", "s", 0.8, 0.3),
    *TEACHERS_NETWORK,
    *ITS_NETWORK,
    *SIMULATION,
    *MACHINE,
)
def report(data: Path | None, output: Path, as_json: bool, **options: Any) -> None:
    """Write the whole answer as one HTML page, with a .tex source beside it.

    The page has the verdict, risks, tuned student, phase diagram, simulation against theory, the
    derivation, and the same comparison on a real data set (scikit-learn's digits by default). With --easy
    it is about networks, idealised and actual, and of no data set.
    """
    from w2s_asymptotics.report.dataset import digits, load
    from w2s_asymptotics.report.page import report as write

    source = load(data) if data is not None else None if options["easy"] is not None else digits()
    for which, gamma, lam in (("t", 0.5, 0.01), ("s", 0.8, 0.3)):
        for name, other, value in (("gamma", "samples", gamma), ("lam", "alpha", lam)):
            if options[f"{name}_{which}"] is None and options[f"{other}_{which}"] is None:
                options[f"{name}_{which}"] = value
    strong = student(options | {"noise_s": 0.0, "truth_s": 0.0})
    run = {name: options[name] for name in ("dim", "repetitions", "seed", "workers")}
    written = write(world(options), teacher(options), strong, output, data=source, **run)
    if as_json:
        answer(written.figures, as_json)
    else:
        click.echo(written.verdict)
        click.echo(f"page: {written.page}")
        click.echo(f"source: {written.source}")


@commands.command()
@click.argument("file", type=FILE)
@click.option("--alpha", type=float, help="The teacher's penalty as it is, scikit-learn's.")
@click.option("--unlabelled", type=int, help="Number of rows without a label, where FILE has none.")
@click.option("--level", type=float, default=0.9, show_default=True, help="Of the intervals.")
@output("The advice as one HTML page, such as advice.html.")
@takes(whole("--seed", "Seed of the partitions that hold rows out.", 0), *MACHINE)
def advise(
    file: Path, alpha: float | None, unlabelled: int | None, output: Path | None, as_json: bool, **more: Any
) -> None:
    """Say what to fit to the few labels of two embeddings: a student, the teacher anew, or the strong one.

    FILE is a .npz with arrays weak, strong, y and, of rows without a label, unlabelled_weak and
    unlabelled_strong; or a .csv with columns weak..., strong... and y, which is empty where there is none.
    """
    from w2s_asymptotics.files import write_beside
    from w2s_asymptotics.report.advice import load, page

    given = load(file)
    if unlabelled is not None and given.unlabelled is not None:
        raise click.UsageError("--unlabelled is for a FILE without rows that have no label")
    others = unlabelled if given.unlabelled is None else given.unlabelled
    found = w2s.advise(given.weak, given.strong, given.y, unlabelled=others, alpha=alpha, **more)
    if output is not None:
        write_beside(output, page(found))
        click.echo(str(output), err=as_json)
    if output is None or as_json:
        click.echo(found.to_json() if as_json else str(found))


@commands.command()
@output("The page to write, such as explorer.html.", required=True)
def explorer(output: Path) -> None:
    """Write the explorer: one HTML page with sliders for everything, which opens from disk.

    Risks, phase diagram, winning interval and verdict are computed in the page, from the derived formulas.
    """
    from w2s_asymptotics.report.explorer import explorer as write

    click.echo(str(write(output)))


@commands.command()
@click.option("--set", "names", multiple=True, type=click.Choice(BUNDLED), help="Default: all of them.")
@click.option("--features", "kinds", multiple=True, type=click.Choice(FEATURES), help="Default: both.")
@takes(
    whole("--repetitions", "Independent draws of all the data.", 100),
    whole("--seed", "Seed of the draws.", 0),
    whole("--workers", "Processes.", 1),
    *MACHINE,
)
def data(names: tuple[str, ...], kinds: tuple[str, ...], as_json: bool, **run: int) -> None:
    """Predict and measure teachers and students on real data sets.

    Over several n_t, n_s and a range of lam_s, beside a control of Gaussian rows, and how far theory is off.
    """
    from w2s_asymptotics.report.dataset import TEACHER_SHARES, bundled, study

    found: dict[str, Any] = {}
    repetitions, seed, workers = (run[each] for each in ("repetitions", "seed", "workers"))
    for name in names or BUNDLED:
        for kind in kinds or FEATURES:
            source = bundled(name, kind, seed)
            studies = [
                study(source, teacher_share=share, repetitions=repetitions, seed=seed, workers=workers)
                for share in TEACHER_SHARES
            ]
            found[f"{name} {kind}"] = studies
            if not as_json:
                first = studies[0]
                click.echo(f"{first.name} ({first.rows} rows, {first.dim} columns, noise {first.noise:.3f})")
                click.echo("\n".join(str(each) for each in studies))
    if as_json:
        answer(found, as_json)
        return
    click.echo(f"\n{'largest relative deviation of':30} {'data':>8} {'median':>8} {'control':>8}")
    for title, studies in found.items():
        figures = (
            max(each.largest_deviation for each in studies),
            float(np.median([each.median_deviation for each in studies])),
            max(each.largest_control_deviation for each in studies),
        )
        click.echo(f"{title:30} " + " ".join(f"{figure:8.1%}" for figure in figures))


@commands.command()
@click.option("--set", "names", multiple=True, type=click.Choice(PAIRS), help="Default: all of them.")
@takes(
    whole("--repetitions", "Random splits of the rows.", 60),
    whole("--seed", "Seed of the splits.", 0),
    *MACHINE,
)
def representations(names: tuple[str, ...], repetitions: int, seed: int, as_json: bool) -> None:
    """Predict and measure a small representation that teaches a large one, of words and of images.

    Beside the theory of Gaussian rows, that of rows of uneven length, and what is told by the rows drawn.
    """
    from functools import partial

    from w2s_asymptotics.report.embeddings import load
    from w2s_asymptotics.report.representations import CASES, study

    found: dict[str, Any] = {}
    for name in names or PAIRS:
        found[name] = study(partial(load, name), CASES[name], repetitions=repetitions, seed=seed)
        if not as_json:
            click.echo(str(found[name]))
    if as_json:
        answer(found, as_json)


commands.add_command(run)
fed(commands, answer, "compare", "tune", "simulate")
