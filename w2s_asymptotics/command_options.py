"""The options of `w2s`, and the worlds and learners that they describe.

Numbers are read by `float`, names are looked up: no text is ever evaluated.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

import w2s_asymptotics as w2s
from w2s_asymptotics.files import check_folder
from w2s_asymptotics.learner_text import LEARNERS, read_learner
from w2s_asymptotics.learners.hermite import ACTIVATIONS
from w2s_asymptotics.learners.two_layer import HEADS

__all__ = [
    "DIM", "ITS_NETWORK", "LABELS", "LINKS", "MACHINE", "SIMULATION", "STUDENT", "TEACHER",
    "TEACHERS_NETWORK", "WORLD", "number", "output", "student", "takes", "teacher", "tuned", "units",
    "whole", "world",
]  # fmt: skip

Command = Callable[..., Any]


def number(name: str, meaning: str, default: float | None = None) -> Command:
    """Make an option that takes a number, required where there is no default."""
    if default is None:  # a default of None would count as given
        return click.option(name, type=float, required=True, help=meaning)
    return click.option(name, type=float, default=default, show_default=True, help=meaning)


def whole(name: str, meaning: str, default: int) -> Command:
    """Make an option that takes a whole number."""
    return click.option(name, type=int, default=default, show_default=True, help=meaning)


def _folder_is_there(_: Any, parameter: Any, value: Path | None) -> Path | None:
    if value is None:
        return None
    try:
        return check_folder(value)
    except ValueError as error:
        raise click.BadParameter(str(error), param=parameter) from None


def output(meaning: str, required: bool = False) -> Command:
    """Make the option `-o`, a file or folder to write, in a folder that is there."""
    kind = click.Path(path_type=Path)
    return click.option(
        "-o", "--output", type=kind, required=required, callback=_folder_is_there, help=meaning
    )


def takes(*options: Command) -> Command:
    """Give a command several options, listed by its help in this order."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def _numbers(_: Any, parameter: Any, value: str | None) -> tuple[float, ...] | None:
    """Read numbers separated by commas, by `float`."""
    if value is None:
        return None
    try:
        return tuple(float(part) for part in value.split(","))
    except ValueError:
        raise click.BadParameter(
            f"{value!r} is not a list of numbers such as 3,1,0.25", param=parameter
        ) from None


def row(name: str, meaning: str, default: str | bool = False) -> Command:
    """Make an option that takes numbers separated by commas; `default` is what its help says without it."""
    said = f"{meaning}  [default: {default}]" if default else meaning
    return click.option(name, callback=_numbers, help=said)


def _link(_: Any, parameter: Any, value: str | None) -> tuple[float, ...] | str | None:
    """Leave a name as it is, which the world looks up; read anything else as numbers."""
    if value is None or value.isidentifier():
        return value
    return _numbers(_, parameter, value)


def link(name: str, meaning: str) -> Command:
    """Make an option that takes the name of a link, or its Hermite coefficients separated by commas."""
    return click.option(name, callback=_link, metavar="NAME|NUMBERS", help=meaning)


LINKS = (
    link("--easy", "A world for networks: the easy link, such as relu, or its Hermite coefficients 1,0.3."),
    link("--hard", "Its hard link, such as he2 or 0,1 (default: none)."),
)
WORLD = (
    row("--signal", "Energy r^2 of the target; on atoms one each, such as 0.2,0.8.", "1.0"),
    number("--noise", "Variance of the label noise.", 0.0),
    row("--eigenvalues", "A world of atoms: eigenvalues of Sigma, such as 3,1,0.25."),
    row("--weights", "Share of the dimensions on each atom (default: equal)."),
    *LINKS,
    row("--penalty-t", "Teacher's penalty weight on each atom."),
    row("--penalty-s", "Student's penalty weight on each atom."),
)


def _learner(whose: str, which: str) -> Command:
    """Make the option that takes any learner, written out, instead of the options of a ridge learner."""

    def read(context: click.Context, parameter: click.Parameter, value: str | None) -> Any:
        if value is None:
            return None
        try:
            return read_learner(value)
        except ValueError as error:
            raise click.BadParameter(str(error), param=parameter) from None

    def names(context: Any, parameter: Any, incomplete: str) -> list[str]:
        return [f"{name}(" for name in LEARNERS if name.startswith(incomplete)]

    meaning = f"Any {whose} instead, such as 'RandomFeatures(gamma=0.5, width=2, lam=0.1)'."
    return click.option(
        f"--{whose}", metavar="LEARNER", is_eager=True, callback=read, shell_complete=names, help=meaning
    )


def _network(whose: str, which: str) -> tuple[Command, ...]:
    """Options of one network; none is required, as other learners have none of them."""
    return (
        click.option(f"--gamma-step-{which}", type=float, help=f"{whose} network: d/n of its gradient step."),
        click.option(f"--width-{which}", type=float, help=f"{whose} network: neurons per dimension."),
        click.option(
            f"--degree-{which}", type=int, help=f"{whose} network: degree of its spikes (default: 1)."
        ),
        click.option(
            f"--activation-{which}",
            type=click.Choice(ACTIVATIONS),
            help=f"{whose} network: its activation (default: relu).",
        ),
    )


TEACHERS_NETWORK = _network("Teacher's", "t")
DIM = (click.option("--dim", type=float, help="Dimension d, for samples and alpha."),)


def units(
    whose: str, which: str, gamma: float | None = None, lam: float | None = None
) -> tuple[Command, ...]:
    """Options of how many rows a learner has and how it is penalised; defaults only as its help says them."""

    def said(value: float | None) -> str:
        return "" if value is None else f"  [default: {value:g}]"

    return (
        click.option(f"--gamma-{which}", type=float, help=f"{whose} d/n.{said(gamma)}"),
        click.option(f"--lam-{which}", type=float, help=f"{whose} ridge penalty.{said(lam)}"),
        click.option(
            f"--samples-{which}", type=float, help=f"Its rows n, with --dim in place of --gamma-{which}."
        ),
        click.option(
            f"--alpha-{which}", type=float, help=f"scikit-learn's penalty n lam, for --lam-{which}."
        ),
    )


TEACHER = (_learner("teacher", "t"), *units("Teacher's", "t"), *TEACHERS_NETWORK)
ITS_NETWORK = (
    *_network("Student's", "s"),
    click.option("--hard-degree-s", type=int, help="Student's network: degree of its pre-trained spikes."),
    click.option("--head-s", type=click.Choice(HEADS), help="Student's network: its head (default: labels)."),
    click.option("--quality-s", type=float, help="Student's network: quality of a retained head."),
    click.option("--gamma-probe-s", type=float, help="Student's network: d/n of a probe's true labels."),
)
STUDENT = (_learner("student", "s"), *units("Student's", "s"), *ITS_NETWORK)
LABELS = (
    number("--noise-s", "Label noise added at the student.", 0.0),
    number("--truth-s", "Weight of true labels mixed into the student's.", 0.0),
)
SIMULATION = (
    whole("--dim", "Dimension d.", 200),
    whole("--repetitions", "Independent draws of all the data.", 100),
    whole("--seed", "Seed of the draws.", 0),
    whole("--workers", "Processes.", 1),
)
MACHINE = (click.option("--json", "as_json", is_flag=True, help="One JSON object; infinities as strings."),)

_OF_NETWORKS = (
    "gamma_step",
    "width",
    "degree",
    "activation",
    "hard_degree",
    "head",
    "quality",
    "gamma_probe",
)
_OF_POPULATIONS = (
    *("signal", "eigenvalues", "weights", "penalty_t", "penalty_s"),
    *("samples_t", "samples_s", "alpha_t", "alpha_s"),
)


def world(options: dict[str, Any]) -> Any:
    """The world that the options describe."""
    if options.get("easy") is not None:
        mixed = {"truth_s": options.get("truth_s") or None}
        _refuse(options | mixed, (*_OF_POPULATIONS, "truth_s"), "belongs to other worlds than that of --easy")
        hard = (0.0,) if options.get("hard") is None else options["hard"]
        return w2s.MultiIndex(options["easy"], hard, options["noise"])
    networks = (f"{name}_{which}" for which in "ts" for name in _OF_NETWORKS)
    _refuse(options, ("hard", *networks), "needs a world for networks, which --easy gives")
    signal = 1.0 if options["signal"] is None else options["signal"]
    if options.get("eigenvalues") is None:
        if options.get("weights") is not None or not isinstance(signal, float) and len(signal) > 1:
            raise ValueError("a signal or weights per atom need --eigenvalues, one per atom")
        energy = signal if isinstance(signal, float) else signal[0]
        return w2s.Population.isotropic(signal=energy, noise=options["noise"])
    return w2s.Population(options["eigenvalues"], signal, weights=options["weights"], noise=options["noise"])


def _refuse(options: dict[str, Any], names: tuple[str, ...], why: str) -> None:
    for name in names:
        if options.get(name) is not None:
            raise ValueError(f"{_option(name)} {why}")


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def teacher(options: dict[str, Any], penalised: bool = True) -> Any:
    """The teacher that the options describe: written out, a network in a world for networks, else ridge.

    Where a question chooses its penalty, it need not be `penalised`.
    """
    if options.get("teacher") is not None:
        return _alone(options, "teacher", "t")
    _check_given(options, "t", penalised)
    if options.get("easy") is not None:
        return _two_layer(options, "t")
    return w2s.Ridge(**_in_units(options, "t"), penalty=_penalty(options, "penalty_t"))


def student(options: dict[str, Any], penalised: bool = True) -> Any:
    """The student that the options describe, as `teacher`."""
    if options.get("student") is not None:
        return _alone(options, "student", "s")
    _check_given(options, "s", penalised)
    if options.get("easy") is not None:
        return _two_layer(options, "s", noise=options["noise_s"])
    return w2s.Ridge(
        **_in_units(options, "s"),
        penalty=_penalty(options, "penalty_s"),
        noise=options["noise_s"],
        truth=options["truth_s"],
    )


def _alone(options: dict[str, Any], whose: str, which: str) -> Any:
    """The learner that is written out, where no other option describes the same one."""
    context = click.get_current_context()
    for name in options:
        typed = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if typed and name.endswith(f"_{which}"):
            raise ValueError(f"{_option(name)} cannot be given beside --{whose}, which says all of it")
    return options[whose]


def tuned(options: dict[str, Any]) -> tuple[Any, ...]:
    """The chain whose last learner is to be tuned: the teacher alone, or with its student."""
    described = (options.get(name) is not None for name in ("student", "gamma_s", "samples_s"))
    if not any(described):
        return (teacher(options, penalised=False),)
    return teacher(options), student({"lam_s": None, "alpha_s": None} | options, penalised=False)


def _check_given(options: dict[str, Any], which: str, penalised: bool) -> None:
    """Raise `UsageError`, which names the options, where a learner is described too little or twice."""
    pairs = [("gamma", "samples", f" (d/n), or '--samples-{which}' with '--dim'")]
    pairs.append(("lam", "alpha", f", or '--alpha-{which}' in scikit-learn's units"))
    for one, other, choice in pairs:
        given = [options.get(f"{name}_{which}") is not None for name in (one, other)]
        if all(given):
            raise click.UsageError(f"give '--{one}-{which}' or '--{other}-{which}', not both")
        if not any(given) and (penalised or one == "gamma"):
            raise click.UsageError(f"Missing option '--{one}-{which}'{choice}.")
    rows = "samples" if options.get(f"samples_{which}") is not None else "alpha"
    if options.get(f"{rows}_{which}") is not None and options.get("dim") is None:
        raise click.UsageError(f"'--{rows}-{which}' needs '--dim', the dimension d")


def _in_units(options: dict[str, Any], which: str) -> dict[str, Any]:
    """Rows and penalty of a ridge learner as they were given."""
    found = {name: options.get(f"{name}_{which}") for name in ("gamma", "samples", "lam", "alpha")}
    rows = found["samples"] is not None or found["alpha"] is not None
    return found | {"dim": options["dim"] if rows else None}


def _penalty(options: dict[str, Any], name: str) -> Any:
    """A penalty per atom, or one number."""
    given = options.get(name)
    return given[0] if given is not None and len(given) == 1 else given


def _two_layer(options: dict[str, Any], which: str, **more: Any) -> w2s.TwoLayer:
    missing = [
        _option(f"{name}_{which}")
        for name in ("gamma_step", "width")
        if options.get(f"{name}_{which}") is None
    ]
    if missing:
        raise ValueError(f"a network needs {' and '.join(missing)}")
    given = {name: options.get(f"{name}_{which}") for name in ("gamma", "lam", *_OF_NETWORKS)}
    return w2s.TwoLayer(**{name: value for name, value in given.items() if value is not None}, **more)
