r"""Gaussian means and Hermite polynomials, exactly.

``Mean(e)`` is the expectation of a polynomial (or of the exponential of a quadratic form) in Gaussian
variables; every variable is a linear combination of independent standard ones, so that the moments ``E
z^(2j) = (2j - 1)!!`` decide it. ``He(k, x)`` is the probabilists' Hermite polynomial.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import add, mul
from typing import Any

import sympy as sp
from sympy.polys.rings import PolyRing

__all__ = [
    "He",
    "Mean",
    "coefficient_symbol",
    "gaussian_mean",
    "hermite_polynomial",
]


class Mean(sp.Function):
    """The expectation of an expression in Gaussian variables; a scalar."""

    is_commutative = True

    def _latex(self, printer: Any, exp: Any = None) -> str:
        text = rf"\mathbb{{E}}\left[{printer.doprint(self.args[0])}\right]"
        return text if exp is None else rf"{text}^{{{exp}}}"


class He(sp.Function):
    """``He(k, x)``: the probabilists' Hermite polynomial of degree k, left as a name until k is a number."""

    def _latex(self, printer: Any, exp: Any = None) -> str:
        degree, place = self.args
        text = rf"\mathrm{{He}}_{{{printer.doprint(degree)}}}\left({printer.doprint(place)}\right)"
        return text if exp is None else rf"{text}^{{{exp}}}"


def hermite_polynomial(degree: int, place: Any) -> Any:
    """Return He_k(x) by ``He_(k+1) = x He_k - k He_(k-1)``.

    >>> hermite_polynomial(3, sp.Symbol("x"))
    x**3 - 3*x
    """
    before, last = sp.S.Zero, sp.S.One
    for k in range(degree):
        before, last = last, sp.expand(place * last - k * before)
    return last


def gaussian_mean(expression: Any, variables: Iterable[sp.Symbol]) -> Any:
    """Return the mean over independent standard Gaussian ``variables``, exactly.

    The expression is a polynomial in them, or the exponential of one of degree 1.

    >>> x, y = sp.symbols("x y")
    >>> gaussian_mean(x**4 * y**2 + x, (x, y)), gaussian_mean(sp.exp(x + 2 * y), (x, y))
    (3, exp(5/2))
    """
    names = tuple(variables)
    if isinstance(expression, sp.exp):
        exponent = sp.Poly(sp.expand(expression.args[0]), *names)
        if exponent.total_degree() > 1:
            raise ValueError(f"{expression} is not the exponential of a linear form")
        slopes = (exponent.coeff_monomial(name) for name in names)
        return sp.exp(exponent.coeff_monomial(1) + sp.Add(*(slope**2 for slope in slopes)) / 2)
    parts = sorted(_parts(sp.sympify(expression)) - set(names), key=sp.default_sort_key)
    for part in parts:
        if part.has(*names):
            raise ValueError(f"{expression} is not a polynomial in {names}: {part}")
    polynomials = PolyRing((*names, *(sp.Dummy() for _ in parts)), sp.QQ)
    places = dict(zip((*names, *parts), polynomials.gens, strict=True))
    polynomial = _polynomial(sp.sympify(expression), places)
    return sp.Add(
        *(
            sp.QQ.to_sympy(coefficient)
            * sp.Mul(*(sp.factorial2(power - 1) if power else 1 for power in powers[: len(names)]))
            * sp.Mul(*(part**power for part, power in zip(parts, powers[len(names) :], strict=True)))
            for powers, coefficient in polynomials(polynomial).terms()
            if not any(power % 2 for power in powers[: len(names)])
        )
    )


def _parts(expression: Any) -> set[Any]:
    """Return what an expression is a polynomial in."""
    if expression.is_Rational:
        return set()
    if expression.is_Add or expression.is_Mul:
        return set().union(*map(_parts, expression.args))
    return _parts(expression.base) if _is_power(expression) else {expression}


def _is_power(expression: Any) -> bool:
    return bool(expression.is_Pow and expression.exp.is_Integer and expression.exp > 0)


def _polynomial(expression: Any, places: Mapping[Any, Any]) -> Any:
    """Return a polynomial in its parts, multiplied out."""
    if expression in places:
        return places[expression]
    if expression.is_Add or expression.is_Mul:
        combine = add if expression.is_Add else mul
        return reduce(combine, (_polynomial(each, places) for each in expression.args))
    if _is_power(expression):
        return _polynomial(expression.base, places) ** int(expression.exp)
    return sp.QQ(expression.p, expression.q)


def coefficient_symbol(indexed: Any) -> sp.Symbol:
    """Return the symbol that an indexed coefficient, or variable, becomes when a statement is decided.

    >>> coefficient_symbol(sp.IndexedBase("c")[2])
    c[2]
    """
    return sp.Symbol(str(indexed), positive=True)
