"""Matrices for letters: evaluating words on them, in exact or in floating-point numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from w2s_asymptotics.words.inner import Inner
from w2s_asymptotics.words.words import Quadratic, Trace

__all__ = ["Draw", "Matrix", "evaluate", "inverse"]

Matrix = Any  # object array of Fractions, or array of floats


@dataclass(frozen=True)
class Draw:
    """Values of letters and numbers, in dimension ``dim``."""

    values: Mapping[Any, Any]
    dim: int

    def at(self, expression: Any) -> Any:
        """Return the value of an expression, as `evaluate`."""
        return evaluate(expression, self)


def evaluate(expression: Any, draw: Draw) -> Any:
    """Evaluate a word polynomial to a matrix, a scalar expression to a number.

    Where a matrix is meant, a number stands for that multiple of the identity.
    """
    exact = any(isinstance(value, Fraction) for value in draw.values.values())
    return _evaluate(sp.sympify(expression), draw.values, draw.dim, exact)


def _evaluate(node: sp.Expr, values: Mapping[Any, Any], dim: int, exact: bool) -> Any:
    if node.is_Number:
        return Fraction(int(node.p), int(node.q)) if exact else float(node)
    if isinstance(node, sp.Symbol):
        return values[node]
    if isinstance(node, Trace):
        inner = _evaluate(node.args[0], values, dim, exact)
        return np.trace(inner) if isinstance(inner, np.ndarray) else inner * dim
    if isinstance(node, Quadratic):
        metric, vector = (_evaluate(argument, values, dim, exact) for argument in node.args)
        image = metric @ vector if isinstance(metric, np.ndarray) else metric * vector
        return (vector * image).sum()
    if isinstance(node, Inner):
        metric, left, right = (_evaluate(argument, values, dim, exact) for argument in node.args)
        return (left * (metric @ right if isinstance(metric, np.ndarray) else metric * right)).sum()
    if isinstance(node, sp.Pow):
        base, exponent = _evaluate(node.base, values, dim, exact), int(node.exp)
        if isinstance(base, np.ndarray):
            return (
                np.linalg.multi_dot([base] * exponent)
                if exponent > 1 and base.dtype == float
                else _power(base, exponent)
            )
        return base**exponent
    parts = [_evaluate(argument, values, dim, exact) for argument in node.args]
    total = parts[0]
    for part in parts[1:]:
        if isinstance(node, sp.Mul):
            both = isinstance(total, np.ndarray) and isinstance(part, np.ndarray)
            total = total @ part if both else total * part
        else:
            total = _add(total, part, dim)
    return total


def _add(left: Any, right: Any, dim: int) -> Any:
    if isinstance(left, np.ndarray) == isinstance(right, np.ndarray):
        return left + right
    matrix, scalar = (left, right) if isinstance(left, np.ndarray) else (right, left)
    return matrix + scalar * np.eye(dim, dtype=int)


def _power(base: Matrix, exponent: int) -> Matrix:
    result = base
    for _ in range(exponent - 1):
        result = result @ base
    return result


def inverse(matrix: Matrix) -> Matrix:
    """Invert, exactly when the entries are exact."""
    if matrix.dtype == float:
        return np.linalg.inv(matrix)
    inverted = sp.Matrix(
        matrix.shape[0], matrix.shape[1], [sp.Rational(x.numerator, x.denominator) for x in matrix.flat]
    ).inv()
    entries = [Fraction(int(entry.p), int(entry.q)) for entry in inverted]
    return np.array(entries, dtype=object).reshape(matrix.shape)
