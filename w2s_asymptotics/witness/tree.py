"""The expression itself in numbers: values put for the symbols of the sympy tree. No theory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import sympy as sp

__all__ = ["scalar_value", "tree_value"]

Array = Any


def scalar_value(expression: Any, values: Mapping[str, Any]) -> Any:
    """A sympy scalar at numbers by name, floats or mpmath numbers.

    >>> x = sp.Symbol("x", positive=True)
    >>> scalar_value(sp.sqrt(x) / 2 + 1, {"x": 9.0})
    2.5
    """
    if isinstance(expression, sp.Symbol):
        return values[expression.name]
    if expression.is_Rational:
        return int(expression.p) if expression.q == 1 else _quotient(expression, values)
    if expression.is_Number or expression.is_NumberSymbol:
        return float(expression)
    parts = [scalar_value(part, values) for part in expression.args]
    if expression.is_Add:
        return sum(parts)
    if expression.is_Mul:
        result = parts[0]
        for part in parts[1:]:
            result = result * part
        return result
    if expression.is_Pow:
        exponent = expression.exp
        if exponent.is_Integer:
            base = parts[0] if int(exponent) >= 0 or not isinstance(parts[0], int) else float(parts[0])
            return base ** int(exponent)
        return parts[0] ** (float(exponent) if exponent.is_Rational and exponent.q == 2 else parts[1])
    symbols = [sp.Dummy() for _ in parts]
    high = any(hasattr(part, "_mpf_") for part in parts)
    return sp.lambdify(symbols, expression.func(*symbols), "mpmath" if high else "math")(*parts)


def _quotient(expression: Any, values: Mapping[str, Any]) -> Any:
    if any(hasattr(value, "_mpf_") for value in values.values()):
        import mpmath

        return mpmath.mpf(int(expression.p)) / int(expression.q)
    return int(expression.p) / int(expression.q)


def tree_value(
    e: Any,
    matrices: Mapping[str, Array],
    scalar: Callable[[Any], Any],
    size: Callable[[Any], int],
    known: dict[Any, Array] | None = None,
) -> Array:
    """A matrix expression at matrices by name; `scalar` and `size` give numbers and dimensions."""
    known = {} if known is None else known
    if e in known:
        return known[e]

    def value(part: Any) -> Array:
        return tree_value(part, matrices, scalar, size, known)

    result: Array
    if isinstance(e, sp.MatrixSymbol):
        result = matrices[e.name]
    elif e.is_Identity:
        result = np.eye(size(e.shape[0]))
    elif e.is_ZeroMatrix:
        result = np.zeros((size(e.shape[0]), size(e.shape[1])))
    elif isinstance(e, sp.Transpose):
        result = value(e.arg).T
    elif isinstance(e, (sp.Inverse, sp.MatPow)):
        result = np.linalg.matrix_power(value(e.base), int(e.exp))
    elif isinstance(e, sp.MatAdd):
        result = sum(value(part) for part in e.args)
    elif isinstance(e, sp.MatMul):
        scale, factors = e.as_coeff_matrices()
        result = value(factors[0])
        for factor in factors[1:]:
            result = result @ value(factor)
        result = scalar(scale) * result
    else:
        raise TypeError(f"cannot evaluate {type(e).__name__} {e}")
    known[e] = result
    return result
