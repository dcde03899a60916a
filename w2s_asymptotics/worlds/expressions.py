"""Sympy expressions of one symbol as functions, by a table of what may stand in them.

Nothing is printed as code and nothing is evaluated that is not in the table: an expression is walked through,
and each node is looked up by its own class. Names that a user made up are refused, whatever they say.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
import sympy as sp

__all__ = ["function_of", "known"]

Function = Callable[[Any], Any]


def _erf(z: Any) -> Any:
    return np.vectorize(math.erf, otypes=[float])(z)


def _heaviside(z: Any) -> Any:
    return np.heaviside(z, 0.5)


# Class, name in mpmath, function of arrays.
_FUNCTIONS: dict[type, tuple[str, Callable[..., Any]]] = {
    sp.exp: ("exp", np.exp),
    sp.log: ("log", np.log),
    sp.sin: ("sin", np.sin),
    sp.cos: ("cos", np.cos),
    sp.tan: ("tan", np.tan),
    sp.asin: ("asin", np.arcsin),
    sp.acos: ("acos", np.arccos),
    sp.atan: ("atan", np.arctan),
    sp.sinh: ("sinh", np.sinh),
    sp.cosh: ("cosh", np.cosh),
    sp.tanh: ("tanh", np.tanh),
    sp.asinh: ("asinh", np.arcsinh),
    sp.acosh: ("acosh", np.arccosh),
    sp.atanh: ("atanh", np.arctanh),
    sp.sech: ("sech", lambda z: 1 / np.cosh(z)),
    sp.sinc: ("sinc", lambda z: np.sinc(z / np.pi)),
    sp.erf: ("erf", _erf),
    sp.erfc: ("erfc", np.vectorize(math.erfc, otypes=[float])),
    sp.Abs: ("fabs", np.abs),
    sp.sign: ("sign", np.sign),
    sp.floor: ("floor", np.floor),
    sp.ceiling: ("ceil", np.ceil),
}
_JOINED: dict[type, tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]]] = {
    sp.Max: (max, np.maximum),
    sp.Min: (min, np.minimum),
}
_COMPARED: dict[type, Callable[[Any, Any], Any]] = {
    sp.StrictGreaterThan: lambda a, b: a > b,
    sp.GreaterThan: lambda a, b: a >= b,
    sp.StrictLessThan: lambda a, b: a < b,
    sp.LessThan: lambda a, b: a <= b,
    sp.Equality: lambda a, b: a == b,
    sp.Unequality: lambda a, b: a != b,
}


def known() -> str:
    """The functions that may stand in an expression, in words."""
    names = [each.__name__ for each in (*_FUNCTIONS, *_JOINED)]
    return ", ".join([*names, "sqrt", "Heaviside", "Piecewise"])


def function_of(expression: sp.Expr, variable: sp.Symbol, arrays: bool) -> Function:
    """The function of a number of mpmath or, with `arrays`, of an array of floats.

    Raises `ValueError` for an expression that holds anything but numbers, the variable, arithmetic and the
    functions of the table.

    >>> x = sp.Symbol("x")
    >>> float(function_of(sp.tanh(x) + x**2 / 2, x, arrays=True)(np.float64(2.0)).round(6))
    2.964028
    >>> function_of(sp.Function("f")(x), x, arrays=True)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    ValueError: f(x) holds f, which is no function known here: exp, log, sin, ...
    """

    def walk(node: Any) -> Function:
        kind = type(node)
        if node == variable:
            return lambda z: z
        if isinstance(node, (sp.Number, sp.NumberSymbol)) or node is sp.I:
            return _constant(node, arrays)
        if node in (sp.true, sp.false):
            return lambda z: bool(node)
        parts = [walk(part) for part in _parts(node)]
        if isinstance(node, sp.Add) and kind is sp.Add:
            return lambda z: reduce(lambda a, b: a + b, [part(z) for part in parts])
        if kind is sp.Mul:
            return lambda z: reduce(lambda a, b: a * b, [part(z) for part in parts])
        if kind is sp.Pow:
            return _power(node, parts[0], parts[1], arrays)
        if kind in _FUNCTIONS and len(parts) == 1:
            return _applied(*_FUNCTIONS[kind], parts[0], arrays)
        if kind is sp.Heaviside:
            if arrays:
                return lambda z: _heaviside(parts[0](z))
            return lambda z: (_mp().sign(parts[0](z)) + 1) / 2
        if kind in _JOINED:
            join = _JOINED[kind][arrays]
            return lambda z: reduce(join, [part(z) for part in parts])
        if kind in _COMPARED and len(parts) == 2:
            return lambda z: _COMPARED[kind](parts[0](z), parts[1](z))
        if kind in (sp.And, sp.Or):
            logical = (np.logical_and, np.logical_or)[kind is sp.Or]
            return lambda z: reduce(logical, [part(z) for part in parts])
        if kind is sp.Not:
            return lambda z: np.logical_not(parts[0](z))
        if kind is sp.Piecewise:
            return _pieces(list(zip(parts[::2], parts[1::2], strict=True)), arrays)
        name = getattr(kind, "__name__", str(kind))
        raise ValueError(f"{expression} holds {name}, which is no function known here: {known()}")

    return walk(expression)


def _mp() -> Any:
    import mpmath

    return mpmath


def _parts(node: Any) -> list[Any]:
    """What a node is made of; the pieces of a `Piecewise` one after the other."""
    if isinstance(node, sp.Piecewise):
        return [part for piece in node.args for part in piece.args]
    if isinstance(node, sp.Heaviside):
        return [node.args[0]]  # its value at 0 has no weight
    return list(node.args)


def _constant(node: Any, arrays: bool) -> Function:
    if node is sp.I:
        return (lambda z: 1j) if arrays else (lambda z: _mp().j)
    if arrays:
        value = float(node)
        return lambda z: value

    def precise(z: Any) -> Any:
        mp = _mp()
        return mp.mpf(node._to_mpmath(mp.mp.prec + 10))

    return precise


def _applied(name: str, of_arrays: Function, inside: Function, arrays: bool) -> Function:
    if arrays:
        return lambda z: of_arrays(inside(z))
    return lambda z: getattr(_mp(), name)(inside(z))


def _power(node: Any, base: Function, order: Function, arrays: bool) -> Function:
    if node.exp.is_Integer and abs(int(node.exp)) < 2**31:
        whole = int(node.exp)
        if arrays and whole < 0:
            return lambda z: 1.0 / base(z) ** -whole
        return lambda z: base(z) ** whole
    if arrays:
        return lambda z: np.power(base(z), order(z))
    return lambda z: _mp().power(base(z), order(z))


def _pieces(pieces: list[tuple[Function, Function]], arrays: bool) -> Function:
    def of_arrays(z: Any) -> Any:
        holds = [np.broadcast_to(condition(z), np.shape(z)) for _, condition in pieces]
        values = [np.broadcast_to(value(z), np.shape(z)) for value, _ in pieces]
        return np.select(holds, values, np.nan)

    def of_numbers(z: Any) -> Any:
        return next((value(z) for value, condition in pieces if condition(z)), _mp().nan)

    return of_arrays if arrays else of_numbers
