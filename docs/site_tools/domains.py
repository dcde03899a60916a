"""The domain of every argument of the public interface: of quantities, that of the one table of notation."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import w2s_asymptotics as w2s
from w2s_asymptotics.notation import QUANTITIES

__all__ = ["callables", "documented", "domain", "takers", "typeset"]

#: Arguments that are not quantities.
OTHERS = {
    "X": "an N x d array of finite numbers",
    "activation": "a name in `learners.hermite.ACTIVATIONS`, or None",
    "ask": "a name or a row of names in `sweeps.asked.QUESTIONS`",
    "certified": "True or False",
    "chunk": "a whole number >= 1, or None",
    "cols": "a sympy matrix expression, a scalar or None",
    "degree": "a whole number from 0 to 100",
    "density": "a function of one number, integrating to 1 over the support",
    "dims": "at least three different whole numbers >= 1",
    "easy": "a link whose first Hermite coefficient is not 0",
    "edges": "two exponents > -1",
    "executor": "whatever has `submit`, a `joblib.Parallel`, or None",
    "expression": "a sympy trace, function of traces, bilinear form or matrix expression",
    "gaussians": "`Gaussian` records",
    "general": "sympy matrix symbols",
    "hard": "a link whose first Hermite coefficient is 0",
    "hard_degree": "a whole number from 0 to 100",
    "head": '"labels", "retained" or "probe"',
    "level": "in (0, 1)",
    "lams": "a row of penalties, each >= 0",
    "labels": "a name: of true labels, or of what a student learns from",
    "loss": "a name in `losses.loss.LOSSES`, or a `Loss`",
    "learners": "at least one learner, in order",
    "members": "a row of `Ridge`",
    "multiples": "whole numbers > 1, increasing",
    "network": '"ideal", or, in a MultiIndex world, "real"',
    "nodes": "a whole number >= 4",
    "of": "a name in `losses.loss.LOSSES`, a `Loss`, or None",
    "over": "parameters by name, with their values",
    "progress": "True, False or None",
    "repetitions": "a whole number >= 2",
    "rows": "a sympy matrix expression, a scalar or None",
    "seed": "a whole number >= 0 or a `numpy.random.SeedSequence`",
    "sizes": "at least three positive numbers",
    "smoothing": "in [0, 1]",
    "sources": "a row of `Source`",
    "store": "a path, or None",
    "strong": "an N x q array of finite numbers",
    "student": "a learner",
    "support": "two numbers >= 0, low < high",
    "symbol": "a sympy `MatrixSymbol`",
    "teacher": "a learner",
    "text": "JSON text",
    "types": "classes of records by name, or None",
    "unlabelled": "a pair of arrays with the columns of weak and strong, a number of rows, or None",
    "weak": "an N x p array of finite numbers",
    "what": "a name in `derivations()`, or a world",
    "workers": "a whole number >= 1",
    "world": "a world",
    "x": "a name and at least two increasing values",
    "y": "a name and at least two increasing values",
}
#: Where one name means something else.
SPECIAL = {
    ("Committee", "weights"): "a row of finite numbers, one for each member, or None",
    ("TwoLayer", "activation"): "a name in `learners.hermite.ACTIVATIONS`",
    ("TwoLayer", "step_exponent"): "in (0, 1/2), and none of l/(2l+2)",
    ("from_data", "y"): "N finite numbers",
    ("from_representations", "y"): "N finite numbers",
    ("from_matrices", "covariance"): "a symmetric positive semidefinite matrix",
    ("scaling", "student"): "a function from a size to a learner",
    ("scaling", "teacher"): "a function from a size to a learner",
    ("simulate", "dim"): "a whole number >= 1, or None",
}
_SECTIONS = ("Parameters", "Returns", "Raises", "Attributes", "Examples", "Notes", "See Also", "Yields")


def callables() -> Iterator[tuple[str, Callable[..., Any]]]:
    """The public classes and functions, and the constructors of worlds, by the name a user types."""
    for name in w2s.__all__:
        thing = getattr(w2s, name)
        if callable(thing):
            yield name, thing
            for own, member in vars(thing).items() if isinstance(thing, type) else ():
                if isinstance(member, staticmethod):
                    yield f"{name}.{own}", member.__func__


def domain(owner: str, argument: str) -> str:
    """The domain of one argument in words.

    >>> domain("Ridge", "gamma"), domain("compare", "world")
    ('> 0', 'a world')
    """
    short = owner.rpartition(".")[2]
    if (short, argument) in SPECIAL:
        return SPECIAL[short, argument]
    if argument in QUANTITIES:
        return QUANTITIES[argument].domain
    return OTHERS[argument]


def typeset(said: str) -> str:
    r"""A domain with its signs typeset.

    >>> typeset(">= 0"), typeset("in [0, 1]"), typeset("a finite real number")
    ('$\\geq 0$', 'in $[0, 1]$', 'a finite real number')
    """
    said = re.sub(r"^>= (\S+)$", r"$\\geq \1$", said)
    said = re.sub(r"^> (\S+)$", r"$> \1$", said)
    return re.sub(r"^in ([\[(].*[\])])$", r"in $\1$", said)


def takers() -> dict[str, list[str]]:
    """Who takes an argument of the name of each quantity."""
    found: dict[str, list[str]] = {name: [] for name in QUANTITIES}
    for name, thing in callables():
        for argument in inspect.signature(thing).parameters:
            if argument in found and (name.rpartition(".")[2], argument) not in SPECIAL:
                found[argument].append(name)
    return found


def documented(owner: str, thing: Callable[..., Any], lines: Sequence[str]) -> list[str]:
    r"""State the domain of every argument, in the docstring's section of parameters or in a new one.

    >>> def risk(world, gamma): ...
    >>> documented("risk", risk, ["Parameters", "---", "gamma", "    d/n."])[2:]
    ['gamma', '    d/n. Domain: ``> 0``.', 'world', '    A world.', '']
    """
    start, end = _section(lines)
    entries = _entries(lines[start + 2 : end])
    told = [name for names, _ in entries for name in names]
    body = ["Parameters", "----------"]
    for names, text in entries:
        domains = {name: domain(owner, name) for name in names}
        body.append(", ".join(names))
        body += [f"    {line}" for line in text[:-1]]
        distinct = list(dict.fromkeys(domains.values()))
        body.append(f"    {text[-1]} Domain: {' and '.join(_quoted(each) for each in distinct)}.")
    for name in inspect.signature(thing).parameters:
        if name not in told:
            body += [name, f"    {_sentence(owner, name)}"]
    before, after = list(lines[:start]), list(lines[end:])
    if after and after[0].startswith(">>>"):
        after = ["Examples", "--------", *after]
    return [*before, *([""] if before and before[-1] else []), *body, "", *after]


def _section(lines: Sequence[str]) -> tuple[int, int]:
    """Where the section of parameters stands, or where one would: before other sections and examples."""
    heads = [
        place
        for place, line in enumerate(lines)
        if line in _SECTIONS and lines[place + 1 : place + 2] and lines[place + 1].startswith("--")
    ]
    for place in heads:
        if lines[place] == "Parameters":
            return place, min([head for head in heads if head > place], default=len(lines))
    examples = [place for place, line in enumerate(lines) if line.startswith(">>>")]
    first = min([*heads, *examples, len(lines)])
    return first, first


def _entries(lines: Sequence[str]) -> list[tuple[list[str], list[str]]]:
    """Names and description of each entry of a section of parameters."""
    found: list[tuple[list[str], list[str]]] = []
    for line in lines:
        if line and not line.startswith(" "):
            found.append(([name.strip().lstrip("*") for name in line.split(",")], []))
        elif line.strip():
            found[-1][1].append(line.strip())
    return found


def _quoted(text: str) -> str:
    return f"``{text}``" if re.match(r"[<>]|in [\[(]", text) else text


def _sentence(owner: str, name: str) -> str:
    """What an argument is that the docstring leaves to its name: meaning, if it is a quantity, and domain."""
    said = domain(owner, name)
    if name in QUANTITIES and (owner.rpartition(".")[2], name) not in SPECIAL:
        meaning = QUANTITIES[name].meaning
        return f"{meaning[:1].upper()}{meaning[1:]}. Domain: {_quoted(said)}.".replace("beta_*", "``beta_*``")
    return f"{said[:1].upper()}{said[1:]}." if not said.startswith("in ") else f"Domain: {_quoted(said)}."
