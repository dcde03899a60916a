"""Closed forms: numbers or symbols put for the given matrices, eliminated to one polynomial; derivatives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy as sp

from .reduce import Fixed, Linear, Reduced
from .rewriting import rewritten
from .scalars import numerator, without_symbols
from .slopes import derivative
from .words import Letter, trace_of_word

__all__ = ["Closed", "short_slope"]


class _Field:
    """Exact arithmetic in rational functions of symbols, always in lowest terms."""

    def __init__(self, symbols: Sequence[sp.Symbol]) -> None:
        self.field = sp.QQ.frac_field(*symbols) if symbols else sp.QQ

    def value(self, expression: sp.Expr, known: dict[sp.Expr, Any]) -> Any:
        """An expression whose symbols or parts may be known already."""
        if expression in known:
            return known[expression]
        if expression.is_Add:
            result = sum((self.value(part, known) for part in expression.args), self.field.zero)
        elif expression.is_Mul:
            result = self.field.one
            for part in expression.args:
                result = result * self.value(part, known)
        elif expression.is_Pow and expression.exp.is_Integer:
            result = self.value(expression.base, known) ** int(expression.exp)
        else:
            result = self.field.from_sympy(expression)
        known[expression] = result
        return result


class Closed:
    """A limit at given matrices that commute, with known eigenvalues.

    `equations` has the polynomial that each kappa solves, `given` the scalars that follow from them, and
    `value` the normalised trace, a rational function of the kappas.
    """

    def __init__(
        self, reduced: Reduced, values: Mapping[Any, Any], weights: Any, put: Mapping[Any, Any] | None
    ) -> None:
        if reduced.value is None:
            raise ValueError("a closed form is of a trace")
        if any(isinstance(step, Linear) and step.system for step in reduced.steps):
            raise ValueError("this limit has a linear system that is too long to be solved in symbols")
        self._put = {_bare(sp.Symbol(str(key))): _bare(value) for key, value in (put or {}).items()}
        self._aliases = {sp.Symbol(name): _bare(value) for name, value in reduced.aliases.items()}
        self._reduced = reduced
        rows = values.items()
        self._rows = {str(key): [_bare(x) for x in (row if _is_row(row) else [row])] for key, row in rows}
        self._weights = [_bare(weight) for weight in weights]
        self._rows = {
            name: row * len(self._weights) if len(row) == 1 else row for name, row in self._rows.items()
        }
        used = {letter.name for word in reduced.names.words.values() for letter in word}
        used |= {
            name for _, argument in reduced.letters.values() for _, word in argument for name in _names(word)
        }
        if missing := sorted(used - set(reduced.letters) - set(self._rows)):
            raise ValueError(f"no value for {', '.join(missing)}")
        self._field = _Field(self._symbols())
        self._letters: dict[tuple[str, int], Any] = {}
        self._known: dict[sp.Expr, Any] = {}
        for symbol, word in reduced.names.words.items():
            self._known[symbol] = sum(
                (self._value(weight) * self._word(word, atom) for atom, weight in enumerate(self._weights)),
                self._field.field.zero,
            )
        self.equations: dict[sp.Symbol, sp.Expr] = {}
        self.given: dict[sp.Symbol, sp.Expr] = {}
        for step in reduced.steps:
            if isinstance(step, Fixed):
                for symbol, equation in zip(step.unknowns, step.equations, strict=True):
                    self.equations[symbol] = without_symbols(
                        numerator(self._out(self._value(self._sub(equation))))
                    )
                for name, value in step.given.items():
                    self._known[name] = self._value(self._sub(value))
                    self.given[name] = self._out(self._known[name])
            else:
                for name, value in step.solution.items():
                    self._known[name] = self._value(self._sub(value))
        self.value: sp.Expr = self._out(self._value(self._sub(reduced.value)))

    def _sub(self, expression: sp.Expr) -> sp.Expr:
        return expression.xreplace(self._aliases).xreplace(self._put)

    def _out(self, value: Any) -> sp.Expr:
        return self._field.field.to_sympy(value)

    def _value(self, expression: sp.Expr) -> Any:
        return self._field.value(expression, self._known)

    def _symbols(self) -> list[sp.Symbol]:
        """Every symbol that stays."""
        reduced, solved = self._reduced, set[sp.Symbol]()
        expressions = [
            reduced.value,
            *reduced.kappas,
            *self._weights,
            *(x for row in self._rows.values() for x in row),
        ]
        for step in reduced.steps:
            if isinstance(step, Fixed):
                expressions += [*step.equations, *step.given.values()]
                solved |= set(step.given)
            else:
                expressions += list(step.solution.values())
                solved |= set(step.solution)
        for _, argument in reduced.letters.values():
            expressions += [reduced.names.expression(part) for part in argument.by_word().values()]
        found = {symbol for each in expressions for symbol in self._sub(each).free_symbols}
        return sorted(found - set(reduced.names.words) - solved, key=str)

    def _letter(self, letter: Letter, atom: int) -> Any:
        key = (letter.name, atom)
        if key not in self._letters:
            if letter.name in self._rows:
                self._letters[key] = self._value(self._rows[letter.name][atom])
            else:
                _, argument = self._reduced.letters[letter.name]
                total = self._field.field.zero
                for word, part in argument.by_word().items():
                    scale = self._value(self._sub(self._reduced.names.expression(part)))
                    total += scale * self._word(word, atom)
                self._letters[key] = 1 / total
        return self._letters[key]

    def _word(self, word: Sequence[Letter], atom: int) -> Any:
        result = self._field.field.one
        for letter in word:
            result = result * self._letter(letter, atom)
        return result

    def polynomial(
        self, unknown: sp.Symbol | None = None, put: Mapping[Any, Any] | None = None
    ) -> list[sp.Expr]:
        """Polynomials in `unknown` and the parameters, one of which vanishes at the trace, by resultants."""
        y = sp.Symbol("y") if unknown is None else unknown
        top, bottom = sp.fraction(sp.together(self.value.subs(put or {})))
        found = sp.expand(y * bottom - top)
        for kappa, equation in reversed(list(self.equations.items())):
            if kappa in found.free_symbols:
                found = numerator(sp.resultant(found, numerator(equation.subs(put or {})), kappa))
        return [factor for factor, _ in sp.factor_list(found)[1] if y in factor.free_symbols]


def _is_row(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def _names(word: Sequence[Letter]) -> list[str]:
    return [letter.name for letter in word]


def _bare(value: Any) -> sp.Expr:
    """An expression whose symbols have no assumptions, as the symbols of a short form have none."""
    expression = sp.sympify(value)
    return expression.xreplace({symbol: sp.Symbol(symbol.name) for symbol in expression.free_symbols})


def short_slope(reduced: Reduced, name: str) -> sp.Expr:
    """The derivative of the normalised trace of a short form in a scalar, in the same words.

    New traces are added to those of the short form.
    """
    if reduced.value is None or any(isinstance(step, Linear) and step.system for step in reduced.steps):
        raise ValueError("this limit has no short form to differentiate")
    arguments = {letter: argument for letter, (_, argument) in reduced.letters.items()}
    symbol, words = sp.Symbol(name), reduced.names.words
    speeds: dict[sp.Symbol, sp.Expr] = {}
    given: dict[sp.Symbol, sp.Expr] = {}
    back = {sp.Symbol(alias): _bare(value) for alias, value in reduced.aliases.items()}

    def of_trace(each: sp.Symbol, moving: sp.Symbol) -> sp.Expr:
        change = derivative(trace_of_word(words[each]), moving.name, arguments)
        return reduced.names.expression(rewritten(change, reduced.rules)).xreplace(back)

    def total(expression: sp.Expr) -> sp.Expr:
        expression = expression.xreplace(given).xreplace(back)
        result = sp.diff(expression, symbol)
        for each in sorted(expression.free_symbols, key=str):
            if each in speeds:
                result += sp.diff(expression, each) * speeds[each]
            elif each in words:
                moved = of_trace(each, symbol)
                moved += sum(
                    (of_trace(each, kappa) * speeds[kappa] for kappa in reduced.kappas if kappa in speeds),
                    sp.S(0),
                )
                result += sp.diff(expression, each) * moved
        return result

    for step in reduced.steps:
        if isinstance(step, Linear):
            for each, value in step.solution.items():
                speeds[each] = total(value)
            continue
        given.update(step.given)
        rows, right = [], []
        for equation in (each.xreplace(given).xreplace(back) for each in step.equations):
            inner = [each for each in sorted(equation.free_symbols, key=str) if each in words]
            rows.append(
                [
                    sp.diff(equation, kappa)
                    + sum((sp.diff(equation, t) * of_trace(t, kappa) for t in inner), sp.S(0))
                    for kappa in step.unknowns
                ]
            )
            right.append(-total(equation))
        solution = (
            [sp.cancel(right[0] / rows[0][0])]
            if len(rows) == 1
            else sp.Matrix(rows).LUsolve(sp.Matrix(right))
        )
        speeds.update(zip(step.unknowns, solution, strict=True))
    return total(reduced.value)
