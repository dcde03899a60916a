"""The questions that a sweep may ask: a table of names, each a public function and what is taken from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..questions.compare import compare
from ..questions.gain import gain
from ..questions.risk import learned, risks
from ..questions.tune import tune
from ..worlds import MultiIndex
from ..worlds.population import MatrixPopulation

__all__ = ["QUESTIONS", "Question", "answered", "check_ask", "pointwise"]

Call = Callable[..., Any]


@dataclass(frozen=True)
class Question:
    """One name to ask for.

    Attributes
    ----------
    call
        The public function, of the world and the learners.
    take
        What is taken from its answer: a function of answer, world and learners.
    meaning
        In words; the `long_name` of the variable.
    units
        In those of the covariates x and of the labels y.
    per_learner
        Whether there is one number for each learner.
    of_two
        Whether it needs a teacher and a student, just these.
    networks
        Whether it is about networks alone.
    single
        Whether worlds of matrices answer it for single numbers only.
    """

    call: Call
    take: Callable[[Any, Any, tuple[Any, ...]], Any]
    meaning: str
    units: str = "y^2"
    per_learner: bool = False
    of_two: bool = False
    networks: bool = False
    single: bool = False


def _gained(world: Any, *learners: Any) -> Any:
    """Put together without cancellation for a teacher and its student, else the difference of two risks."""
    if len(learners) == 2:
        return gain(world, *learners)
    every = risks(world, *learners)
    return every[0] - every[-1]


def _field(name: str) -> Callable[[Any, Any, tuple[Any, ...]], Any]:
    return lambda answer, world, learners: getattr(answer, name)


QUESTIONS: dict[str, Question] = {
    "risk": Question(risks, lambda answer, world, learners: answer[-1], "excess risk of the last learner"),
    "risks": Question(
        risks, lambda answer, world, learners: answer, "excess risk of every learner", per_learner=True
    ),
    "test_risk": Question(
        risks,
        lambda answer, world, learners: answer[-1] + world.noise,
        "test risk of the last learner, excess risk plus the noise of the world",
    ),
    "gain": Question(
        _gained,
        lambda answer, world, learners: answer,
        "excess risk of the first learner less that of the last",
    ),
    "pgr": Question(compare, _field("pgr"), "performance gap recovered", "1", of_two=True),
    "ceiling": Question(
        compare, _field("ceiling"), "excess risk of the same student trained on true labels", of_two=True
    ),
    "overlap": Question(
        learned, _field("overlap"), "<beta_*, beta> of the last learner", "y^2/x^2", single=True
    ),
    "norm": Question(learned, _field("norm"), "|beta|^2 of the last learner", "y^2/x^2", single=True),
    "easy": Question(
        learned, _field("easy"), "risk of the last network but for the hard link", networks=True
    ),
    "hard": Question(learned, _field("hard"), "risk of the last network along the hard link", networks=True),
    "tuned lam": Question(
        tune, _field("value"), "best penalty (time, share of components) of the last learner", "x^2"
    ),
    "tuned risk": Question(tune, _field("risk"), "excess risk of the last learner at its best"),
}
"""The names that `sweep` takes as `ask`."""


def check_ask(ask: Any, world: Any, learners: tuple[Any, ...]) -> tuple[str, ...]:
    """The names asked for, or `ValueError` for one that is unknown or does not go with this chain."""
    names = (ask,) if isinstance(ask, str) else tuple(ask)
    if not names or len(set(names)) < len(names):
        raise ValueError(f"ask must be one or several different questions, got {ask!r}")
    for name in names:
        if name not in QUESTIONS:
            raise ValueError(f"unknown question {name!r} in ask; choose from {', '.join(QUESTIONS)}")
        question = QUESTIONS[name]
        if question.of_two and len(learners) != 2:
            raise ValueError(f"{name!r} is asked of a teacher and its student, got {len(learners)} learners")
        if question.networks and not isinstance(world, MultiIndex):
            raise ValueError(f"{name!r} is asked of networks in a MultiIndex world")
        if name == "gain" and len(learners) < 2:
            raise ValueError("'gain' is asked of a teacher and its student, got one learner")
    return names


def answered(
    names: tuple[str, ...], world: Any, learners: tuple[Any, ...], shape: tuple[int, ...]
) -> dict[str, Any]:
    """The answers as arrays of this shape (with an axis for the learners in front where there is one each).

    Questions with the same function share one call.
    """
    answers: dict[Call, Any] = {}
    found = {}
    for name in names:
        question = QUESTIONS[name]
        if question.call not in answers:
            answers[question.call] = question.call(world, *learners)
        value = question.take(answers[question.call], world, learners)
        parts = value if question.per_learner else (value,)
        rows = np.stack([np.broadcast_to(np.asarray(part, dtype=float), shape) for part in parts])
        found[name] = rows if question.per_learner else rows[0]
    return found


def pointwise(names: tuple[str, ...], world: Any) -> bool:
    """Whether some question takes single numbers only in this world."""
    return isinstance(world, MatrixPopulation) and any(QUESTIONS[name].single for name in names)
