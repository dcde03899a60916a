"""An experiment as a record: world, learners, question, arguments. Its answer says what ran.

`to_json` writes either to a file, `from_json` reads it, and `w2s run` runs it.
`docs/schema/study.schema.json`
states the form.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from .learners import Learner
from .records import Record
from .worlds import MultiIndex, Population

__all__ = ["QUESTIONS", "Answer", "Study"]

QUESTIONS = {
    "risk": "questions.risk",
    "risks": "questions.risk",
    "learned": "questions.risk",
    "gain": "questions.gain",
    "compare": "questions.compare",
    "winning_interval": "questions.winning",
    "tune": "questions.tune",
    "tune_all": "questions.schedule",
    "phase_diagram": "questions.phase",
    "alignment": "questions.alignment",
    "simulate": "simulation",
    "trend": "simulation",
    "sweep": "sweeps",
}
"""The questions that a study may ask, and the modules of the functions."""

_OF_THE_MACHINE = ("workers", "progress", "executor", "store")
"""Arguments that change how an answer is computed and not what it is: they are given to `run`."""


@dataclass(frozen=True, eq=False)
class Study(Record):
    """A question about a world and a chain of learners.

    Parameters
    ----------
    world, learners
        As `risk` takes them.
    question
        The name of a function: "risk", "risks", "learned", "gain", "compare", "winning_interval", "tune",
        "tune_all", "phase_diagram", "alignment", "simulate", "trend" or "sweep".
    arguments
        Its other arguments by name, such as `{"dim": 200, "seed": 0}` of "simulate".
    title
        What it is about, in words.

    Examples
    --------
    >>> from w2s_asymptotics import Population, Ridge
    >>> study = Study(Population.isotropic(noise=0.5), (Ridge(gamma=0.5, lam=0.25),), "risk")
    >>> round(study.run().result, 6)
    0.280776
    """

    world: Any
    learners: tuple[Any, ...]
    question: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.world, (Population, MultiIndex)):
            raise ValueError(f"world must be a Population or a MultiIndex, got {self.world!r} (Study.world)")
        if not isinstance(self.learners, (tuple, list)) or not all(
            isinstance(each, Learner) for each in self.learners
        ):
            raise ValueError(f"learners must be a row of learners, got {self.learners!r} (Study.learners)")
        object.__setattr__(self, "learners", tuple(self.learners))
        if self.question not in QUESTIONS:
            near = get_close_matches(str(self.question), QUESTIONS, 1)
            hint = f"did you mean {near[0]}?" if near else f"choose from {', '.join(QUESTIONS)}"
            raise ValueError(f"unknown question {self.question!r}; {hint} (Study.question)")
        if not isinstance(self.arguments, Mapping):
            raise ValueError(f"arguments must be given by name, got {self.arguments!r} (Study.arguments)")
        object.__setattr__(self, "arguments", dict(self.arguments))
        self._check_arguments()

    @property
    def _function(self) -> Any:
        package = __name__.partition(".")[0]
        return getattr(import_module(f"{package}.{QUESTIONS[self.question]}"), self.question)

    def _check_arguments(self) -> None:
        signature = inspect.signature(self._function)
        known = [each.name for each in signature.parameters.values() if each.kind is each.KEYWORD_ONLY]
        known = [name for name in known if name not in _OF_THE_MACHINE]
        for name in self.arguments:
            if name not in known:
                has = f"it takes {', '.join(known)}" if known else "it takes none"
                raise ValueError(f"{self.question} has no argument {name!r}; {has} (Study.arguments)")
        try:
            signature.bind(self.world, *self.learners, **self.arguments)
        except TypeError as error:
            raise ValueError(f"{self.question}: {error} (Study)") from None

    def run(self, **machine: Any) -> Answer:
        """Ask the question; `workers`, `progress`, `executor`, `store` are passed on where it takes them."""
        found = self._function(self.world, *self.learners, **self.arguments, **machine)
        if self.question == "sweep":
            found = found.to_dict(data="array")
        return Answer(self, found, versions(), self.arguments.get("seed"))


@dataclass(frozen=True, eq=False)
class Answer(Record):
    """What a study found, and what it found it with.

    Attributes
    ----------
    study
        What was asked.
    result
        What the question returned; of a sweep the dataset as a dictionary (`xarray.Dataset.from_dict`).
    versions
        Those of the library, of Python and of what numbers are computed with.
    seed
        That of a simulation, else None.
    """

    study: Study
    result: Any
    versions: Mapping[str, str]
    seed: Any = None

    def differs(self, other: Answer) -> list[str]:
        """What another run of the same study has otherwise: "result", and the names of versions.

        >>> from w2s_asymptotics import Population, Ridge
        >>> study = Study(Population.isotropic(noise=0.5), (Ridge(gamma=0.5, lam=0.25),), "risks")
        >>> study.run().differs(study.run())
        []
        """
        names = [name for name in self.versions if self.versions[name] != other.versions.get(name)]
        mine, others = (Answer(self.study, each.result, {}) for each in (self, other))
        return [*(["result"] if mine != others else []), *names]

    def __str__(self) -> str:
        title = self.study.title or self.study.question
        used = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        seed = "" if self.seed is None else f", seed {self.seed}"
        return f"{title}\n{self.result}\n({used}{seed})"


def versions() -> dict[str, str]:
    """The versions of the library, of Python, numpy, mpmath and sympy.

    >>> list(versions())
    ['w2s_asymptotics', 'python', 'numpy', 'mpmath', 'sympy']
    """
    library = __name__.partition(".")[0]
    found = {library: import_module(library).__version__, "python": sys.version.split()[0]}
    for package in ("numpy", "mpmath", "sympy"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
