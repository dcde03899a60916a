"""Scalar polynomials as sympy expressions and back, and what makes them short."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import sympy as sp

from .words import NAME, ONE, Polynomial, Scalar, Word, shorter

__all__ = [
    "Names",
    "TooLongError",
    "collected",
    "eliminate",
    "from_sympy",
    "is_trace",
    "normal_equation",
    "numerator",
    "primitive",
    "without_symbols",
]

_LONGEST = 60


class TooLongError(ArithmeticError):
    """An elimination that would make an equation longer than is of use."""


class Names:
    """The sympy symbols of scalars, and the words of those that are traces."""

    def __init__(self) -> None:
        self.words: dict[sp.Symbol, Word] = {}

    def symbol(self, scalar: Scalar) -> sp.Symbol:
        """The symbol of a scalar."""
        kind, what = scalar
        if kind == NAME:
            return sp.Symbol(what)
        found = sp.Symbol("tr[" + " ".join(map(str, what)) + "]")
        self.words[found] = what
        return found

    def expression(self, polynomial: Polynomial) -> sp.Expr:
        """A polynomial without letters outside traces."""
        if not polynomial.is_scalar:
            raise ValueError(f"not a scalar: {polynomial}")
        return sp.Add(
            *(
                sp.Mul(
                    sp.Rational(coefficient.numerator, coefficient.denominator),
                    *(self.symbol(scalar) ** exponent for scalar, exponent in monomial),
                )
                for (monomial, _), coefficient in polynomial.items()
            )
        )


def from_sympy(expression: sp.Expr) -> Polynomial | None:
    """A sympy monomial of names as a polynomial, None for anything else.

    >>> print(from_sympy(3 / sp.Symbol("n")), from_sympy(1 + sp.Symbol("n")))
    3 n^-1 None
    """
    coefficient, result = Fraction(1), ONE
    for base, exponent in sorted(expression.as_powers_dict().items(), key=sp.default_sort_key):
        if base.is_Rational and exponent.is_Integer:
            coefficient *= Fraction(int(base.p), int(base.q)) ** int(exponent)
        elif base.is_Symbol and exponent.is_Integer and not is_trace(base):
            result = result * Polynomial.scalar(base.name, int(exponent))
        else:
            return None
    return result * shorter(coefficient)


def is_trace(symbol: sp.Symbol) -> bool:
    """Whether a symbol stands for a trace."""
    return str(symbol.name).startswith("tr[")


def _is_solved(symbol: sp.Symbol) -> bool:
    """Whether a symbol is the solution of a linear equation."""
    return re.fullmatch(r"y\d+", symbol.name) is not None


def _pure(expression: sp.Expr) -> bool:
    return not any(is_trace(symbol) for symbol in expression.free_symbols)


def _terms(expression: sp.Expr) -> Sequence[sp.Expr]:
    terms: Sequence[sp.Expr] = sp.Add.make_args(sp.expand(expression))
    return terms


def _content(polynomial: sp.Expr) -> sp.Expr:
    """The largest rational monomial without traces that divides every term."""
    terms = _terms(polynomial)
    powers = [term.as_powers_dict() for term in terms]
    symbols = [symbol for symbol in powers[0] if symbol.is_Symbol and not is_trace(symbol)]
    monomial = sp.Mul(*(symbol ** min(power.get(symbol, 0) for power in powers) for symbol in symbols))
    return monomial * sp.gcd_list([term.as_coeff_Mul()[0] for term in terms])


def primitive(expression: sp.Expr, aliases: Mapping[str, Any]) -> tuple[sp.Expr, sp.Expr]:
    """Split into a monomial and a rest whose denominator's one term without traces is 1.

    So that a denominator reads `1 - (d/n) tr[G Sigma G Sigma]`.
    """
    top, bottom = (sp.expand(part) for part in sp.fraction(sp.together(expression)))
    free = [term for term in _terms(bottom) if _pure(term)]
    below = free[0] if len(free) == 1 else _content(bottom)
    above = _content(top)
    base = [term for term in _terms(top) if not any(_is_solved(symbol) for symbol in term.free_symbols)]
    if base:

        def size(term: sp.Expr) -> tuple[Any, ...]:
            return abs(term.as_coeff_Mul()[0]), len(term.free_symbols), len(str(term)), str(term)

        above = sp.Mul(*(factor for factor in sp.Mul.make_args(min(base, key=size)) if _pure(factor)))
    return above / below, collected(sp.expand(top / above), aliases) / sp.expand(bottom / below)


def collected(expression: sp.Expr, aliases: Mapping[str, Any]) -> sp.Expr:
    """Group by traces and solved unknowns; coefficients, aliases resolved, are factored."""
    back = {sp.Symbol(name): value for name, value in aliases.items()}
    terms = _terms(expression)
    if len(terms) > 80:
        return expression.xreplace(back)
    groups: dict[sp.Expr, list[sp.Expr]] = {}
    for term in terms:
        factors = sp.Mul.make_args(term)
        key = sp.Mul(
            *(each for each in factors if not _pure(each) or any(_is_solved(s) for s in each.free_symbols))
        )
        groups.setdefault(key, []).append(term / key)
    return sp.Add(
        *(
            key * (sp.factor(sp.Add(*parts).xreplace(back)) if back or len(parts) > 1 else parts[0])
            for key, parts in groups.items()
        )
    )


def normal_equation(equation: sp.Expr, unknowns: Sequence[sp.Symbol]) -> sp.Expr:
    """Divide a polynomial equation so that it reads `parameter - unknown (1 - ...) = 0`.

    Where all that is left beside one parameter is a product, it is written as one.

    >>> x, y, t = sp.symbols("x y tr[G]")
    >>> normal_equation(x * y - x**2 + t * x**2, [x]), normal_equation(y - (x + t) * (x + 1), [x])
    (tr[G]*x - x + y, y - (tr[G] + x)*(x + 1))
    """
    expanded = sp.expand(equation)
    free = [term for term in _terms(expanded) if _pure(term)]
    normal = sp.expand(expanded / (sp.gcd(*free) if len(free) == 2 else _content(expanded)))
    for parameter in sorted(normal.free_symbols - set(unknowns), key=str):
        slope = sp.diff(normal, parameter)
        if not is_trace(parameter) and parameter not in slope.free_symbols and slope.is_Add is False:
            rest = sp.factor(normal - slope * parameter)
            if sum(part.as_base_exp()[0].is_Add for part in sp.Mul.make_args(rest)) > 1:
                return slope * parameter + rest
    return normal


def numerator(expression: sp.Expr) -> sp.Expr:
    """The numerator in lowest terms."""
    return sp.fraction(sp.cancel(sp.together(expression)))[0]


def without_symbols(polynomial: sp.Expr) -> sp.Expr:
    """A polynomial without its factors that are single symbols or numbers."""
    return sp.Mul(*(factor for factor, _ in sp.factor_list(polynomial)[1] if not factor.is_Symbol))


def _bare(polynomial: sp.Expr) -> sp.Expr:
    """A polynomial divided by its monomial content: unknowns and parameters are not zero."""
    powers = [term.as_powers_dict() for term in _terms(polynomial)]
    content = sp.Mul(
        *(symbol ** min(power.get(symbol, 0) for power in powers) for symbol in powers[0] if symbol.is_Symbol)
    )
    return sp.expand(polynomial / content)


def eliminate(
    equations: Sequence[sp.Expr], unknowns: Sequence[sp.Symbol]
) -> tuple[dict[sp.Symbol, sp.Expr], list[sp.Expr], list[sp.Symbol]]:
    """Eliminate unknowns that enter linearly: what they are, and the equations and unknowns that remain.

    >>> x, y = sp.symbols("x y")
    >>> eliminate([x * y - 2, x + y - 5], [x])
    ({x: 2/y}, [y**2 - 5*y + 2], [])
    """
    left = [_bare(numerator(equation)) for equation in equations]
    remaining, given = list(unknowns), dict[sp.Symbol, sp.Expr]()
    while remaining:
        best: tuple[tuple[int, ...], int, sp.Symbol, sp.Expr] | None = None
        for place, equation in enumerate(left):
            for unknown in remaining:
                if unknown not in equation.free_symbols:
                    continue
                slope = sp.diff(equation, unknown)
                if unknown in slope.free_symbols or equation.subs(unknown, 0) == 0:
                    continue
                others = set(remaining)
                size = (
                    len(slope.free_symbols & others),
                    len(equation.free_symbols & others),
                    sp.count_ops(equation),
                )
                if best is None or size < best[0]:
                    best = (size, place, unknown, slope)
        if best is None:
            break
        _, place, unknown, slope = best
        solution = sp.cancel(-left.pop(place).subs(unknown, 0) / slope)
        given = {name: sp.cancel(value.subs(unknown, solution)) for name, value in given.items()}
        given[unknown] = solution
        left = [
            _bare(numerator(each.subs(unknown, solution))) if unknown in each.free_symbols else each
            for each in left
        ]
        left = [each for each in left if each != 0]
        if any(len(_terms(each)) > _LONGEST for each in left):
            raise TooLongError
        remaining.remove(unknown)
    return given, [without_symbols(each) for each in left], remaining
