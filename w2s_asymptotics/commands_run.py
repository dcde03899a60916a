"""`w2s run FILE`, and `--from FILE`: studies and answers of files instead of options."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from w2s_asymptotics.command_options import student, teacher, tuned, world
from w2s_asymptotics.serial.records import from_json, plain, restored
from w2s_asymptotics.study import Answer, Study

__all__ = ["fed", "run", "with_study"]

_KEY = "w2s_asymptotics.study"
_OF_THE_RUN = ("as_json", "dim", "repetitions", "seed", "workers", "network")


@click.command()
@click.argument("file", type=click.File("r", encoding="utf-8"))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the answer there."
)
@click.option(
    "--check", is_flag=True, help="FILE is an answer: run it again, and fail if the result differs."
)
@click.option("--store", type=click.Path(path_type=Path), help="Of a sweep: where to keep what is done.")
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON, which run and --from read.")
def run(file: Any, output: Path | None, check: bool, store: Path | None, as_json: bool) -> None:
    """Run a study from a JSON FILE, or once more the study of an answer ("-" reads the standard input).

    The answer has the study, the result, the versions of what computed it and the seed.
    """
    before = read(file.read(), file.name)
    study = before if isinstance(before, Study) else before.study
    if check and not isinstance(before, Answer):
        raise click.UsageError(f"--check needs an answer to check, and {file.name} is a study without one")
    if store is not None and study.question != "sweep":
        raise click.UsageError(f"--store is for sweeps, and {file.name} asks {study.question}")
    answer = study.run(**({} if store is None else {"store": store}))
    if output is not None:
        output.write_text(answer.to_json(indent=1) + "\n", encoding="utf-8")
    click.echo(answer.to_json() if as_json else str(answer))
    if check and isinstance(before, Answer):
        differing = before.differs(answer)
        if "result" in differing:
            raise click.ClickException(
                f"the result differs from the one in {file.name} ({', '.join(differing)})"
            )
        others = f", with another version of {', '.join(differing)}" if differing else ""
        click.echo(f"reproduced to the last bit{others}", err=as_json)


def read(text: str, name: str) -> Study | Answer:
    """The study or answer in a text: a file of `run`, or what a command printed with --json."""
    try:
        given = json.loads(text)
        printed = isinstance(given, dict) and "type" not in given and "study" in given
        found = restored(given["study"]) if printed else from_json(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"{name}: not JSON: {error}") from None
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    if not isinstance(found, (Study, Answer)):
        raise ValueError(f"{name}: a study or an answer is needed, got {type(found).__name__}")
    return found


def with_study(answer: Any) -> Any:
    """An answer for machines with the study that asked for it, where the command has one."""
    study = click.get_current_context().meta.get(_KEY)
    if study is None or not isinstance(answer, dict):
        return answer
    return answer | {"study": plain(study)}


def fed(group: click.Group, answer: Callable[[Any, bool], None], *names: str) -> None:
    """Give commands the option --from, and their answers the study that they ran."""
    for name in names:
        command = group.commands[name]
        command.params.insert(
            0,
            click.Option(
                ["--from", "source"],
                type=click.File("r", encoding="utf-8"),
                is_eager=True,
                expose_value=False,
                callback=_taken,
                help="World and learners of a study, or of an answer (--json), instead of options.",
            ),
        )
        command.callback = _asking(name, command.callback or _nothing, answer)


def _taken(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Read the file, and need no other option."""
    if value is None:
        return
    with value:
        found = read(value.read(), value.name)
    context.meta[_KEY] = found if isinstance(found, Study) else found.study
    needed = {each.name: 1.0 for each in context.command.params if each.required and each.name}
    context.default_map = needed | dict(context.default_map or {})


def _nothing(**options: Any) -> None:
    """What a command without a callback does."""


def _asking(
    name: str, original: Callable[..., Any], answer: Callable[[Any, bool], None]
) -> Callable[..., Any]:
    def asked(**options: Any) -> Any:
        context = click.get_current_context()
        study = context.meta.get(_KEY)
        if study is None:
            context.meta[_KEY] = _described(name, options)
            return original(**options)
        typed = [
            each
            for each in context.command.params
            if each.name and context.get_parameter_source(each.name) is ParameterSource.COMMANDLINE
        ]
        for each in typed:
            if each.name not in (*_OF_THE_RUN, "source"):
                raise click.UsageError(f"{each.opts[-1]} cannot be given beside --from, which has the chain")
        arguments = dict(study.arguments) if study.question == name else {}
        if name == "simulate":
            given = [each.name for each in typed if each.name not in ("as_json", "workers", "source")]
            names = ("dim", "repetitions", "seed", "network")
            arguments = {each: options[each] for each in names if each in given or each not in arguments} | {
                each: value for each, value in arguments.items() if each not in given
            }
        study = Study(study.world, study.learners, name, arguments, study.title)
        context.meta[_KEY] = study
        more = {"workers": options["workers"]} if "workers" in options else {}
        result = study.run(**more).result
        answer(result, options["as_json"])
        return 130 if getattr(result, "interrupted", False) else 0

    return asked


def _described(name: str, options: dict[str, Any]) -> Study:
    """The study that a command's options describe."""
    learners = tuned(options) if name == "tune" else (teacher(options), student(options))
    names = ("dim", "repetitions", "seed", "network") if name == "simulate" else ()
    return Study(world(options), learners, name, {each: options[each] for each in names})
