"""Letters that know what they stand for, so that a long formula stays a short one.

A letter prints as its name and is its value in everything else: it is evaluated, substituted into and
differentiated as that, and becomes a number as soon as its value is one. ``written_out`` has the values only.

Letters in several symbols are atoms, through which sympy does not walk again and again. In a single symbol
they are functions, as sympy examines formulas in one symbol by what it finds in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

__all__ = ["spelled", "written_out"]

_DIGITS = 30


def spelled(name: str, value: Any) -> Any:
    """Return a letter that stands for a value >= 0; symbols and numbers (to thirty digits) are themselves.

    >>> x, y = sp.symbols("x y", positive=True)
    >>> letter = spelled("N_t", sp.sqrt(y + x))
    >>> letter**3 + 1, letter.subs({x: 3, y: 1}), letter.diff(x), written_out(letter)
    (N_t**3 + 1, 2, 1/(2*sqrt(x + y)), sqrt(x + y))
    """
    if value.is_Atom and not isinstance(value, _Letter):
        return value
    symbols = value.free_symbols
    if not symbols:
        return value.evalf(_DIGITS) if value.has(sp.Float) else value
    return _OfOne(sp.core.symbol.Str(name), value) if len(symbols) == 1 else _Letter(name, value)


def written_out(expression: Any) -> Any:
    """Return an expression without letters.

    >>> x, y = sp.symbols("x y", positive=True)
    >>> written_out(1 + spelled("a", x + spelled("b", x + y)) ** 2)
    (2*x + y)**2 + 1
    """
    while letters := expression.atoms(_Letter, _OfOne):
        expression = expression.xreplace({letter: letter.value for letter in letters})
    return expression


class _OfOne(sp.Function):
    """A letter in one symbol."""

    nargs = 2
    is_finite = True
    is_nonnegative = True

    @classmethod
    def eval(cls, name: Any, value: Any) -> Any:
        """Stand aside where the value is no longer in one symbol."""
        return None if len(value.free_symbols) == 1 and not value.is_Atom else spelled(str(name), value)

    @property
    def value(self) -> Any:
        """What it stands for."""
        return self.args[1]

    def _eval_evalf(self, prec: int) -> Any:
        return self.value._eval_evalf(prec)

    def _eval_derivative(self, variable: Any) -> Any:
        return self.value.diff(variable)

    def _code(self, printer: Any) -> str:
        return f"({printer.doprint(self.value)})"

    _pythoncode = _numpycode = _mpmathcode = _code

    def _sympystr(self, printer: Any) -> str:
        return str(self.args[0])

    def _latex(self, printer: Any, exp: Any = None) -> str:
        name: str = printer.doprint(sp.Symbol(str(self.args[0])))
        return name if exp is None else f"{name}^{{{exp}}}"


class _Letter(sp.AtomicExpr):
    """A letter in several symbols."""

    __slots__ = ("name", "value")

    is_commutative = True
    is_finite = True
    is_nonnegative = True
    is_number = False
    name: str
    value: Any

    def __new__(cls, name: str, value: Any) -> _Letter:
        """Make a letter."""
        letter: _Letter = super().__new__(cls)
        letter.name, letter.value = name, value
        return letter

    def __getnewargs__(self) -> tuple[str, Any]:
        """Return what makes it again."""
        return self.name, self.value

    def _hashable_content(self) -> tuple[str, Any]:
        return self.name, self.value

    @property
    def free_symbols(self) -> set[Any]:
        """The symbols of what it stands for."""
        found: set[Any] = self.value.free_symbols
        return found

    def _eval_subs(self, old: Any, new: Any) -> Any:
        value = self.value._subs(old, new)
        return self if value is self.value else spelled(self.name, value)

    def xreplace(self, rule: Mapping[Any, Any], hack2: bool = False) -> Any:
        """Replace within what it stands for."""
        return self._xreplace(rule)[0]

    def _xreplace(self, rule: Mapping[Any, Any]) -> tuple[Any, bool]:
        if self in rule:
            return rule[self], True
        value, changed = self.value._xreplace(rule)
        return (spelled(self.name, value), True) if changed else (self, False)

    def _eval_evalf(self, prec: int) -> Any:
        return self.value._eval_evalf(prec)

    def _eval_derivative(self, variable: Any) -> Any:
        return self.value.diff(variable)

    def _eval_derivative_n_times(self, variable: Any, times: Any) -> Any:
        return sp.Basic._eval_derivative_n_times(self, variable, times)

    def _eval_is_polynomial(self, names: Any) -> bool:
        return not self.free_symbols.intersection(names)

    _eval_is_rational_function = _eval_is_algebraic_expr = _eval_is_polynomial

    def _code(self, printer: Any) -> str:
        return f"({printer.doprint(self.value)})"

    _pythoncode = _numpycode = _mpmathcode = _code

    def _sympystr(self, printer: Any) -> str:
        return self.name

    def _latex(self, printer: Any) -> str:
        found: str = printer.doprint(sp.Symbol(self.name))
        return found
