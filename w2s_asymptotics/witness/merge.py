"""Equal unknowns merged: the coarsest partition in which equal names have equal definitions.

Start with all unknowns of a kind equal, split classes whose defining equations differ, and repeat until
nothing splits. What stays together satisfies one and the same system, hence is equal on the branch that is
analytic in the share of the Gaussian part, which is the physical one. Copies of a resolvent are so merged
without a number.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .dyson import System
from .words import NAME, TRACE, Letter, Polynomial, Scalar, Word, trace_of_word

__all__ = ["inlined", "merged"]


def inlined(system: System) -> System:
    """Replace the unknowns whose definition has no trace by that definition, everywhere at once."""
    plain = {
        name: value
        for name, value in system.traces.items()
        if all(kind == NAME for monomial, _ in value for (kind, _), _ in monomial)
    }
    solved: dict[str, Polynomial] = {}
    while ready := [name for name, value in plain.items() if name not in value.names()]:
        now = {ready[0]: plain.pop(ready[0])}
        plain = {name: value.substitute(now) for name, value in plain.items()}
        solved = {name: value.substitute(now) for name, value in solved.items()} | now
    if not solved:
        return system
    rest = replace(system, traces={name: each for name, each in system.traces.items() if name not in solved})
    return rest.mapped(lambda value: value.substitute(solved))


def merged(system: System) -> System:
    """The system with one name for each class of equal unknowns."""
    definitions = system.definitions
    kinds = {name: _kind(system, name) for name in definitions}
    classes: dict[str, Any] = dict(kinds)
    while True:
        chosen: dict[Any, str] = {}
        for name in definitions:
            chosen.setdefault(classes[name], name)
        renamed = {name: chosen[classes[name]] for name in definitions}
        letters = {name: system.letters[renamed[name]][0] for name in system.letters}
        seen: dict[Any, int] = {}
        finer = {}
        for name, value in definitions.items():
            signature = (classes[name], _renamed(value, renamed, letters).key())
            finer[name] = seen.setdefault(signature, len(seen))
        if len(seen) == len(set(classes.values())):
            break
        classes = finer
    kept = set(renamed.values())
    rest = System(
        {name: value for name, value in system.traces.items() if name in kept},
        {name: value for name, value in system.scalars.items() if name in kept},
        {name: value for name, value in system.letters.items() if name in kept},
        system.value,
    )
    return rest.mapped(lambda value: _renamed(value, renamed, letters))


def _kind(system: System, name: str) -> tuple[Any, ...]:
    if name in system.letters:
        letter, _ = system.letters[name]
        return ("letter", letter.rows, letter.symmetric)
    return ("trace",) if name in system.traces else ("scalar",)


def _renamed(value: Polynomial, scalars: dict[str, str], letters: dict[str, Letter]) -> Polynomial:
    """Names replaced by the names of their classes, traces made canonical again."""

    def turned(letter: Letter) -> Letter:
        new = letters.get(letter.name)
        if new is None or new.name == letter.name:
            return letter
        return new.T if letter.transposed else new

    def word(letters_: Word) -> Polynomial:
        return Polynomial.of(*map(turned, letters_))

    def scalar(each: Scalar) -> Polynomial:
        kind, what = each
        if kind == TRACE:
            return trace_of_word(tuple(map(turned, what)))
        return Polynomial({((((NAME, scalars.get(what, what)), 1),), ()): 1})

    if not any(scalars.get(name, name) != name for name in value.names()):
        return value
    return value.map_terms(scalar, word)
