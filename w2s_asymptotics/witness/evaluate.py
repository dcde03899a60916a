"""Numbers from a system: nonlinear components followed from their deterministic part, the rest straight on.

`Solver` sorts the equations once, without a number: systems of kappas that do not talk to one another are
solved apart, traces that enter linearly by linear equations, inverses as soon as what they invert is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .algebra import Layout, Scope
from .continuation import Point, follow
from .dyson import SHARE, System
from .graph import components
from .slopes import derivative
from .words import NAME, TRACE, Letter, Monomial, Polynomial, Rational, Word, trace

__all__ = ["Solver", "is_linear", "linear_parts"]

Array = Any


def is_linear(value: Polynomial, names: Sequence[str]) -> bool:
    """Whether a polynomial is affine in the scalars `names`, which do not move its traces."""

    def degree(monomial: Monomial) -> int:
        powers = [exponent for (kind, what), exponent in monomial if kind == NAME and what in names]
        moving = any(
            kind == TRACE and any(letter.name in names for letter in what) for (kind, what), _ in monomial
        )
        return 2 if moving or any(power < 0 for power in powers) else sum(powers)

    return all(degree(monomial) <= 1 for monomial, _ in value)


def linear_parts(value: Polynomial, names: Sequence[str]) -> tuple[list[Polynomial], Polynomial]:
    """The coefficients of `names` in a polynomial that is affine in them, and what is left."""
    rest = {
        key: number
        for key, number in value.items()
        if not any(s == NAME and w in names for (s, w), _ in key[0])
    }
    return [value.differentiate(name) for name in names], Polynomial(rest)


@dataclass(frozen=True)
class _Linear:
    """Names that solve `(1 - coefficients) names = rest`."""

    names: list[str]
    coefficients: list[list[Polynomial]]
    rest: list[Polynomial]


class Solver:
    """Numbers of the names of a merged system, and of the equivalent."""

    def __init__(self, system: System) -> None:
        self.system = system.switched_on()
        self.value = self.system.value
        self._trace: Polynomial | None = None
        needs, names = system.needs(), list(system.definitions)
        self._steps: list[str | _Linear] = []
        parts = components(names, needs)
        nonlinear = [part for part in parts if self._is_nonlinear(part, needs)]
        wanted, todo = set[str](), [name for part in nonlinear for name in part]
        while todo:
            name = todo.pop()
            if name not in wanted:
                wanted.add(name)
                todo += needs[name]
        self._groups = [_Group(system, group) for group in _connected(names, needs, wanted)]
        for part in parts:
            if part[0] in wanted:
                continue
            if part[0] in system.traces:
                pairs = [linear_parts(self.system.traces[name], part) for name in part]
                self._steps.append(_Linear(part, [pair[0] for pair in pairs], [pair[1] for pair in pairs]))
            else:
                self._steps += part

    def _is_nonlinear(self, part: list[str], needs: dict[str, list[str]]) -> bool:
        traces = self.system.traces
        if all(name in traces for name in part):
            return not all(is_linear(traces[name], part) for name in part)
        return len(part) > 1 or part[0] in needs[part[0]]

    def solve(self, layout: Layout, known: dict[str, Any]) -> Scope:
        """Everything known: numbers by name, inverses by letter."""
        scope = Scope(layout, known)
        for group in self._groups:
            group.solve(scope)
        for step in self._steps:
            if isinstance(step, _Linear):
                self._solve_linear(step, scope)
            elif step in self.system.scalars:
                scope.known[step] = layout.numbers.one / scope.number(self.system.scalars[step])
            else:
                scope.invert(*self.system.letters[step])
        return scope

    def _solve_linear(self, step: _Linear, scope: Scope) -> None:
        rest = [scope.number(value) for value in step.rest]
        if any(value for row in step.coefficients for value in row):
            numbers, size = scope.layout.numbers, len(rest)
            matrix = np.array([[scope.number(value) for value in row] for row in step.coefficients])
            matrix = np.eye(size, dtype=int) - matrix.reshape(size, size)
            rest = list(numbers.solve(matrix, np.array(rest))[0])
        scope.known.update(zip(step.names, rest, strict=True))

    @cached_property
    def _arguments(self) -> dict[str, Polynomial]:
        return {name: argument for name, (_, argument) in self.system.letters.items()}

    @cached_property
    def _unknowns(self) -> dict[str, Polynomial]:
        return {**self.system.traces, **self.system.scalars}

    @cached_property
    def _jacobian(self) -> dict[tuple[str, str], Polynomial]:
        names = list(self._unknowns)
        return {(row, col): self._slope(self._unknowns[row], col) for row in names for col in names}

    def _slope(self, value: Polynomial, name: str) -> Polynomial:
        return derivative(value, name, self._arguments)

    def slope(self, scope: Scope, moves: dict[str, Any], value: Polynomial) -> Any:
        """The derivative of a scalar polynomial where the given numbers move at the given speeds."""
        names = list(self._unknowns)

        def along(polynomial: Polynomial) -> Any:
            return sum(scope.number(self._slope(polynomial, name)) * speed for name, speed in moves.items())

        factors = [-(scope.known[name] ** 2) if name in self.system.scalars else 1 for name in names]
        right = np.array(
            [factor * along(self._unknowns[name]) for factor, name in zip(factors, names, strict=True)]
        )
        matrix = np.array(
            [
                [scope.number(self._jacobian[row, col]) * factor for col in names]
                for row, factor in zip(names, factors, strict=True)
            ]
        ).reshape(len(names), len(names))
        result = along(value)
        if names:
            speeds = scope.layout.numbers.solve(np.eye(len(names), dtype=int) - matrix, right)[0]
            result += sum(
                scope.number(self._slope(value, name)) * speed
                for name, speed in zip(names, speeds, strict=True)
            )
        return result

    def normalised(self, space: str) -> Polynomial:
        """The normalised trace of the equivalent, as a polynomial."""
        if self._trace is None:
            self._trace = trace(self.value, space)
        return self._trace

    def trace(self, scope: Scope, space: str) -> Any:
        """The normalised trace of the equivalent."""
        return scope.number(self.normalised(space))


def _connected(names: list[str], needs: dict[str, list[str]], wanted: set[str]) -> list[list[str]]:
    """The parts of `wanted` that do not talk to one another."""
    talks: dict[str, list[str]] = {name: [] for name in names}
    for name in names:
        for other in needs[name]:
            if name in wanted and other in wanted:
                talks[name].append(other)
                talks[other].append(name)
    return components([name for name in names if name in wanted], talks)


Term = tuple[Any, tuple[tuple[str, int], ...], tuple[tuple[Word, int], ...]]


class _Group:
    """A connected part with nonlinear equations.

    Its unknowns are the traces, and the scalar inverses that go round in a circle; other inverses follow.
    """

    def __init__(self, system: System, names: list[str]) -> None:
        definitions = system.definitions
        inverses = [name for name in names if name not in system.traces]
        needs = {name: [each for each in definitions[name].names() if each in inverses] for name in inverses}
        parts = components(inverses, needs)
        loose = {part[0] for part in parts if len(part) == 1 and part[0] not in needs[part[0]]}
        self.names = [
            name for name in names if name in system.traces or (name in system.scalars and name not in loose)
        ]
        self.inverted = np.array([name in system.scalars for name in self.names])
        self.order = [name for part in parts for name in part if name not in self.names]
        self.arguments = {name: definitions[name] for name in self.order}
        self.letters = system.letters
        self.values = [definitions[name] for name in self.names]
        self.slopes = [
            (row, col, value)
            for row, own in enumerate(self.values)
            for col, name in enumerate([*self.names, SHARE])
            if (value := derivative(own, name, self.arguments))
        ]

    def solve(self, scope: Scope) -> None:
        """Make the numbers and inverses of the group known to the scope."""
        numbers, size = scope.layout.numbers, len(self.names)
        moving = {*self.names, *self.order, SHARE}
        inner = {
            name: (_arguments if name in self.letters else _specialised)(argument, scope, moving)
            for name, argument in self.arguments.items()
        }
        values = [_specialised(value, scope, moving) for value in self.values]
        slopes = [(row, col, _specialised(value, scope, moving)) for row, col, value in self.slopes]
        turned = bool(self.inverted.any())

        def at(x: Array, t: Any, wanted: bool) -> Point:
            local = _Local(scope, dict(zip(self.names, x, strict=True)))
            local.known[SHARE] = t
            for name in self.order:
                if name in self.letters:
                    local.invert(self.letters[name][0], inner[name])
                else:
                    local.known[name] = numbers.one / local.number(inner[name])
            value = np.array([local.number(terms) for terms in values])
            if turned:
                value[self.inverted] = numbers.one / value[self.inverted]
            if not wanted:
                return Point(value)
            table = np.zeros((size, size + 1), dtype=value.dtype)
            for row, col, terms in slopes:
                table[row, col] = local.number(terms)
            if turned:
                table[self.inverted] *= -(value[self.inverted, None] ** 2)
            return Point(value, table[:, :size], table[:, size])

        found = follow(at, np.array([numbers.one] * size), numbers)
        scope.known.update(zip(self.names, found, strict=True))
        scope.known[SHARE] = numbers.one
        for name, argument in self.arguments.items():
            if name in self.letters:
                scope.invert(self.letters[name][0], argument)
            else:
                scope.known[name] = numbers.one / scope.number(argument)


def _specialised(value: Polynomial, scope: Scope, moving: set[str]) -> list[Term]:
    """The terms of a scalar polynomial, with what is known already put in."""
    merged: dict[Any, Any] = {}
    for (monomial, _), coefficient in value.items():
        number, names, words = _split(monomial, coefficient, scope, moving)
        merged[names, words] = merged.get((names, words), 0) + number
    return [(number, names, words) for (names, words), number in merged.items()]


def _split(monomial: Monomial, coefficient: Rational, scope: Scope, moving: set[str]) -> Term:
    fixed, names, words = [], [], []
    for (kind, what), exponent in monomial:
        if kind == NAME and what in moving:
            names.append((what, exponent))
        elif kind == TRACE and any(letter.name in moving for letter in what):
            words.append((what, exponent))
        else:
            fixed.append(((kind, what), exponent))
    return scope.monomial(tuple(fixed), coefficient), tuple(names), tuple(words)


Argument = list[tuple[list[Term], Word, Array | None]]


def _arguments(value: Polynomial, scope: Scope, moving: set[str]) -> Argument:
    """The words of what is inverted, with their values where nothing in them moves."""
    return [
        (
            _specialised(coefficient, scope, moving),
            word,
            scope.word(word) if word and not any(letter.name in moving for letter in word) else None,
        )
        for word, coefficient in value.by_word().items()
    ]


class _Local(Scope):
    """A scope at one point of the path; words without moving letters are those of the outer scope."""

    def __init__(self, outer: Scope, known: dict[str, Any]) -> None:
        super().__init__(outer.layout, known)
        self._outer = outer

    def letter(self, letter: Letter) -> Array:
        if letter.name in self.inverses:
            return super().letter(letter)
        return self._outer.letter(letter)

    def number(self, terms: Any) -> Any:
        result = 0
        for number, names, words in terms:
            for name, exponent in names:
                number = number * (self.known[name] if exponent == 1 else self.known[name] ** exponent)
            for word, exponent in words:
                number = number * self.trace(word) ** exponent
            result = result + number
        return result

    def invert(self, letter: Letter, argument: Any) -> None:
        value: Any = 0
        for terms, word, fixed in argument:
            if fixed is None:
                fixed = self.word(word) if word else self.layout.identity(letter.rows)
            value = value + self.number(terms) * fixed
        self.inverses[letter.name] = self.layout.inverse(value)
