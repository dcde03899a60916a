"""The short form in numbers: kappas, solved names and the value, from the solution of the merged system."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from .algebra import Scope
from .reduce import Fixed, Reduced
from .tree import scalar_value

__all__ = ["ShortValues"]


class ShortValues:
    """Values of every name of a short form, in order of its steps."""

    def __init__(self, reduced: Reduced, scope: Scope) -> None:
        self._reduced, self._scope = reduced, scope
        self.kappas: dict[str, Any] = {}
        self.solved: dict[str, Any] = {}
        for step in reduced.steps:
            if isinstance(step, Fixed):
                found = {symbol.name: self.number(step.start[symbol]) for symbol in step.unknowns}
                self.kappas.update(found)
            elif step.system is not None:
                symbols, matrix, right = step.system
                table = np.array([[self.number(each) for each in row] for row in matrix.tolist()])
                solution, _ = scope.layout.numbers.solve(
                    table, np.array([self.number(each) for each in right])
                )
                found = {symbol.name: value for symbol, value in zip(symbols, solution, strict=True)}
                self.solved.update(found)
            else:
                found = {}
                for symbol, value in step.solution.items():
                    found[symbol.name] = scope.known[symbol.name] = self.number(value)
                self.solved.update(found)
            scope.known.update(found)

    def number(self, expression: sp.Expr) -> Any:
        """A scalar of the short form."""
        known = {}
        for symbol in expression.free_symbols:
            word = self._reduced.names.words.get(symbol)
            if word is None:
                known[symbol.name] = self._scope.known[symbol.name]
            else:
                for letter in word:
                    self._invert(letter.name)
                known[symbol.name] = self._scope.trace(word)
        return scalar_value(expression, known)

    def _invert(self, name: str) -> None:
        if name in self._reduced.letters and name not in self._scope.inverses:
            letter, argument = self._reduced.letters[name]
            for other in argument.names():
                self._invert(other)
            self._scope.invert(letter, argument)

    @property
    def value(self) -> Any:
        """The normalised trace by the short form, which may cancel where a penalty is small."""
        return self.number(self._reduced.value)
