"""From a merged system to the short form that is read: kappa equations, solved linear part, equivalent.

In dependency order: a linear component is solved exactly (that is where `1/(1 - df2/n)` comes from); in a
nonlinear one each inverse of `c0 A0 + c1 A1` becomes that of `A0 + kappa A1`, `kappa = c1/c0`, and the other
scalars are eliminated, so kappa is the only unknown left. Then `(A0 + kappa A1) G = 1` rewrites A1 next to
its own G away. A component that has no short form stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import sympy as sp

from .dyson import System
from .evaluate import is_linear
from .graph import components
from .rewriting import Rule, rewritten, terminates
from .scalars import Names, TooLongError, collected, eliminate, from_sympy, normal_equation, primitive
from .words import INVERSE, ONE, Letter, Polynomial, Word, trace

__all__ = ["Fixed", "Linear", "Reduced", "Reducer"]

_LONGEST = {1: 200, 2: 90, 3: 45, 4: 40}
"""Terms of a linear system of so many unknowns up to which its solution is written down."""


@dataclass(frozen=True)
class Fixed:
    """Unknowns that solve equations (= 0); scalars eliminated; unknowns in the names of the merged system."""

    unknowns: list[sp.Symbol]
    equations: list[sp.Expr]
    given: dict[sp.Symbol, sp.Expr]
    start: dict[sp.Symbol, sp.Expr]


@dataclass(frozen=True)
class Linear:
    """Names solved for in what came before; or, where that is too long, `matrix names = right`."""

    solution: dict[sp.Symbol, sp.Expr]
    system: tuple[list[sp.Symbol], sp.Matrix, sp.Matrix] | None = None


@dataclass
class Reduced:
    """The short form."""

    steps: list[Fixed | Linear]
    letters: dict[str, tuple[Letter, Polynomial]]
    value: sp.Expr | None
    equivalent: Polynomial
    names: Names
    aliases: Mapping[str, Any]
    rules: list[Rule] = field(default_factory=list)

    @property
    def kappas(self) -> list[sp.Symbol]:
        """The unknowns of the fixed points."""
        return [symbol for step in self.steps if isinstance(step, Fixed) for symbol in step.unknowns]

    def lines(self) -> list[tuple[str, Any]]:
        """What the form says, in order: name and what it is, or an equation named '0'."""
        used = self._used()
        found: list[tuple[str, Any]] = [
            (name, (argument, "^-1")) for name, (_, argument) in self.letters.items()
        ]
        for step in self.steps:
            if isinstance(step, Fixed):
                found += [("0", equation) for equation in step.equations]
                found += [(str(name), value) for name, value in step.given.items() if name in used]
            elif step.system is not None:
                symbols, matrix, right = step.system
                rows = (matrix * sp.Matrix(symbols)).tolist()
                found += [(str(row[0]), value) for row, value in zip(rows, right, strict=True)]
            else:
                found += [(str(name), value) for name, value in step.solution.items()]
        return found

    def _used(self) -> set[sp.Symbol]:
        """The symbols that enter more than the place where they are defined."""
        names = [
            *self.equivalent.names(),
            *(name for _, each in self.letters.values() for name in each.names()),
        ]
        expressions = [] if self.value is None else [self.value]
        for step in self.steps:
            if isinstance(step, Fixed):
                expressions += [*step.equations, *step.given.values()]
            elif step.system is not None:
                expressions += [*step.system[1], *step.system[2]]
            else:
                expressions += list(step.solution.values())
        return {sp.Symbol(name) for name in names} | {s for each in expressions for s in each.free_symbols}

    def __str__(self) -> str:
        solved = {
            equation: f"   (for {unknown})"
            for step in self.steps
            if isinstance(step, Fixed)
            for unknown, equation in zip(step.unknowns, step.equations, strict=False)
            if not unknown.name.startswith("kappa")
        }
        lines = [
            f"{name} = ({what[0]})^-1"
            if isinstance(what, tuple)
            else f"{name} = {what}{solved.get(what, '')}"
            for name, what in self.lines()
        ]
        lines.append(f"f ~ {self.equivalent}")
        return "\n".join(lines if self.value is None else [*lines, f"tr f / dim = {self.value}"])


class Reducer:
    """One reduction; `result` is the short form."""

    def __init__(self, system: System, space: str | None, aliases: Mapping[str, Any]) -> None:
        self._system = system.switched_on()
        self._aliases = aliases
        self._names = Names()
        self._steps: list[Fixed | Linear] = []
        self._letters: dict[str, tuple[Letter, Polynomial]] = {}
        self._rules: list[Rule] = []
        self._used: set[str] = set()
        for component in components(list(self._system.definitions), self._system.needs()):
            self._component([name for name in component if name in self._system.definitions])
        value = self._system.value
        number = None
        if space is not None:
            number = collected(self._names.expression(trace(value, space)), aliases)
        self.result = Reduced(self._steps, self._letters, number, value, self._names, aliases, self._rules)

    def _without(self, *names: str) -> None:
        """Take definitions away."""
        system = self._system
        self._system = replace(
            system,
            traces={name: value for name, value in system.traces.items() if name not in names},
            scalars={name: value for name, value in system.scalars.items() if name not in names},
            letters={name: value for name, value in system.letters.items() if name not in names},
        )

    def _put(
        self, scalars: Mapping[str, Polynomial], letters: Mapping[str, Polynomial] | None = None
    ) -> None:
        """Replace names everywhere."""
        wanted = {*scalars, *(letters or {})}
        self._system = self._system.mapped(
            lambda value: value.substitute(scalars, letters) if wanted & set(value.names()) else value
        )

    def _component(self, names: list[str]) -> None:
        traces, letters = self._system.traces, self._system.letters
        if all(name in traces and is_linear(traces[name], names) for name in names):
            self._solve_linear(names)
        elif len(names) == 1 and names[0] in letters:  # the inverse of a known matrix
            self._letters[names[0]] = letters[names[0]]
            self._without(*names)
        else:
            self._solve_fixed(names)

    def _solve_linear(self, names: list[str]) -> None:
        traces = self._system.traces
        if len(names) == 1 and names[0] not in traces[names[0]].names() and len(traces[names[0]]) <= 3:
            value = traces[names[0]]
            self._without(*names)
            self._put({names[0]: value})
            return
        symbols = [sp.Symbol(name) for name in names]
        equations = [
            self._names.expression(traces[name]) - symbol for name, symbol in zip(names, symbols, strict=True)
        ]
        matrix, right = sp.linear_eq_to_matrix(equations, symbols)
        self._without(*names)
        length = sum(len(sp.Add.make_args(each)) for each in [*matrix, *right])
        if length > _LONGEST.get(len(names), 0):
            self._steps.append(Linear({}, (symbols, matrix, right)))
            return
        solution: dict[sp.Symbol, sp.Expr] = {}
        put: dict[str, Polynomial] = {}
        known = {
            value: name
            for step in self._steps
            if isinstance(step, Linear)
            for name, value in step.solution.items()
        }
        for symbol, value in zip(symbols, _cramer(matrix, right), strict=True):
            scale, core = primitive(value, self._aliases)
            if len(names) > 1:  # one determinant for all
                top, bottom = sp.fraction(core)
                shared = sp.Symbol("delta" + names[0][1:])
                solution.setdefault(shared, bottom)
                core = top / shared if solution[shared] == bottom else core
            name = known.get(core)
            if name is None:
                name = known[core] = sp.Symbol("y" + symbol.name[1:])
                solution[name] = core
            monomial = from_sympy(scale)
            if monomial is None:
                raise TooLongError(f"no monomial: {scale}")
            put[symbol.name] = monomial * Polynomial.scalar(name.name)
        self._steps.append(Linear(solution))
        self._put(put)

    def _solve_fixed(self, names: list[str]) -> None:
        letters = {name: self._system.letters[name] for name in names if name in self._system.letters}
        scalars = [name for name in names if name not in letters]
        ratios = sum(len(argument.by_word()) - 1 for _, argument in letters.values())
        if ratios > 3 or ratios + len(scalars) > 8:  # elimination would only swell it
            self._keep(names)
            return
        saved = self._system, dict(self._letters), list(self._rules), set(self._used)
        try:
            self._eliminate(letters, scalars)
        except TooLongError:
            self._system, self._letters, self._rules, self._used = saved
            self._keep(names)

    def _keep(self, names: list[str]) -> None:
        """A component without a short form, as it is."""
        system = self._system
        scalars = [name for name in names if name not in system.letters]
        self._letters.update({name: system.letters[name] for name in names if name in system.letters})
        self._without(*names)
        symbols = [sp.Symbol(name) for name in scalars]
        equations = [self._equation(system, name) for name in scalars]
        self._steps.append(Fixed(symbols, equations, {}, {symbol: symbol for symbol in symbols}))

    def _equation(self, system: System, name: str) -> sp.Expr:
        """What vanishes by the definition of a trace or of a scalar inverse."""
        if name in system.traces:
            return self._names.expression(system.traces[name]) - sp.Symbol(name)
        return sp.Symbol(name) * self._names.expression(system.scalars[name]) - 1

    def _eliminate(self, letters: dict[str, tuple[Letter, Polynomial]], scalars: list[str]) -> None:
        """Every inverse in terms of kappas, every other scalar eliminated."""
        kappas: list[str] = []
        ratios: list[Polynomial] = []
        start: dict[sp.Symbol, sp.Expr] = {}
        for name in letters:
            letter, argument = self._system.letters[name]
            parts = argument.by_word()
            unknown = [word for word, part in parts.items() if set(scalars) & set(part.names())]
            known = [word for word in parts if word not in unknown]
            first = unknown[0] if len(unknown) == 1 or not known else known[0]
            unit = parts[first]
            if not unit.is_monomial:  # name it, so that one can divide by it
                scalars.append(f"q{name}")
                traces = {**self._system.traces, f"q{name}": unit}
                self._system = replace(self._system, traces=traces)
                start[sp.Symbol(f"q{name}")] = self._names.expression(unit)
                unit = Polynomial.scalar(f"q{name}")
            new, normal = name, Polynomial.of(*first)
            for word in [word for word in parts if word != first]:
                kappa, called = self._fresh(parts[word] if first in unknown else ONE)
                new = called if new == name else new
                kappas.append(kappa)
                start[sp.Symbol(kappa)] = self._names.expression(parts[word]) / self._names.expression(
                    parts[first]
                )
                ratios.append(Polynomial.scalar(kappa) * unit - parts[word])
                normal = normal + Polynomial.scalar(kappa) * Polynomial.of(*word)
            fresh = Letter(new, letter.rows, letter.cols, INVERSE, letter.symmetric)
            self._letters[new] = (fresh, normal)
            self._without(name)
            put = {name: unit.reciprocal() * Polynomial.of(fresh)}
            self._put({}, put)
            ratios = [value.substitute({}, put) for value in ratios]
            self._add_rule(
                fresh, normal, [word for word in parts if word and word != first and first in unknown]
            )
        self._system = self._system.mapped(lambda value: rewritten(value, self._rules))
        equations = [self._names.expression(value) for value in ratios]
        equations += [self._equation(self._system, name) for name in scalars]
        self._without(*scalars)
        given, left, remaining = eliminate(equations, [sp.Symbol(name) for name in scalars])
        start.update({symbol: symbol for symbol in remaining if symbol not in start})
        unknowns = [sp.Symbol(kappa) for kappa in kappas] + remaining
        start = {symbol: start[symbol] for symbol in unknowns}
        self._put(_monomials(given))
        self._steps.append(Fixed(unknowns, [normal_equation(each, unknowns) for each in left], given, start))

    def _add_rule(self, letter: Letter, argument: Polynomial, words: list[Word]) -> None:
        if words:
            rule = Rule(letter, argument, words[0])
            if terminates(rule, self._rules):
                self._rules.append(rule)

    def _fresh(self, known: Polynomial) -> tuple[str, str]:
        """Names of kappa and G, after the one parameter of the known coefficient: kappa_s, G_s from lam_s."""
        parameters = list(dict.fromkeys(known.names()))
        tail = f"_{len(self._used) + 1}"
        if len(parameters) == 1:
            for prefix in ("lambda", "lam"):
                rest = parameters[0].removeprefix(prefix)
                if rest != parameters[0] and (not rest or rest.startswith("_")):
                    tail = rest
                    break
        while tail in self._used:
            tail += "'"
        self._used.add(tail)
        return "kappa" + tail, "G" + tail


def _monomials(given: Mapping[sp.Symbol, sp.Expr]) -> dict[str, Polynomial]:
    """The eliminated scalars that are monomials, or are so in an eliminated scalar before."""
    found: dict[str, Polynomial] = {}
    others: dict[sp.Symbol, sp.Expr] = {}
    for name, value in given.items():
        polynomial = from_sympy(value)
        for other, before in others.items():
            for exponent in (-1, 1):
                if (
                    polynomial is None
                    and (ratio := from_sympy(sp.factor(value / before**exponent))) is not None
                ):
                    polynomial = ratio * Polynomial.scalar(other.name, exponent)
        if polynomial is None:
            others[name] = value
        else:
            found[name.name] = polynomial
    return found


def _cramer(matrix: sp.Matrix, right: sp.Matrix) -> list[sp.Expr]:
    """The solution of a small linear system, each unknown as a quotient."""
    if len(right) == 1:
        return [right[0] / matrix[0, 0]]
    determinant = matrix.det(method="berkowitz")
    solution = []
    for place in range(len(right)):
        changed = matrix.copy()
        changed[:, place] = right
        solution.append(changed.det(method="berkowitz") / determinant)
    return solution
