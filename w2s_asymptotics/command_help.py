"""Help of `w2s` in groups, and what a shell may complete."""

from __future__ import annotations

from typing import Any

import click
from click.shell_completion import CompletionItem

from w2s_asymptotics.theorems import derivations

__all__ = ["Grouped", "complete_result"]

_WORLD = ("signal", "noise", "eigenvalues", "weights", "easy", "hard", "dim")
_RUN = ("repetitions", "seed", "workers", "network")
_NETWORK = ("gamma_step", "width", "degree", "activation", "hard_degree", "head", "quality", "gamma_probe")


def _group(name: str) -> str:
    """The heading under which an option is listed."""
    for index, whose in (("_t", "Teacher"), ("_s", "Student")):
        if name == whose.lower() or name.endswith(index):
            return f"{whose}, where it is a network" if name.removesuffix(index) in _NETWORK else whose
    return "World" if name in _WORLD else "Simulation" if name in _RUN else "Options"


class Grouped(click.Command):
    """A command whose help lists world, teacher, student and simulation apart."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a section a group, in the order in which the groups come."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                groups.setdefault(_group(str(parameter.name)), []).append(record)
        last = groups.pop("Options", [])
        for heading, records in (*groups.items(), ("Options", last)):
            if records:
                with formatter.section(heading):
                    formatter.write_dl(records)


def complete_result(context: Any, parameter: Any, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a registered result."""
    return [CompletionItem(name) for name in derivations() if name.startswith(incomplete)]
