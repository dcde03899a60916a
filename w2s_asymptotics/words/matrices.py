"""Matrices for letters: evaluating words on them, in exact or in floating-point numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from operator import matmul
from typing import Any

import numpy as np
import sympy as sp

from w2s_asymptotics.words.inner import Inner
from w2s_asymptotics.words.words import Quadratic, Trace

__all__ = ["Draw", "Matrix", "evaluate", "inverse"]

Matrix = Any  # object array of Fractions, or array of floats, a matrix or a stack of them


@dataclass(frozen=True)
class Draw:
    """Values of letters and numbers, in dimension ``dim``.

    The value of a letter may be a stack of matrices, with axes of draws before the last two.
    """

    values: Mapping[Any, Any]
    dim: int

    def at(self, expression: Any) -> Any:
        """Return the value of an expression, as `evaluate`."""
        return evaluate(expression, self)


def evaluate(expression: Any, draw: Draw) -> Any:
    """Evaluate a word polynomial to a matrix, a scalar expression to a number; of stacks, to stacks.

    Where a matrix is meant, a number stands for that multiple of the identity.
    """
    exact = any(isinstance(value, Fraction) for value in draw.values.values())
    return _Evaluation(draw.values, draw.dim, exact).of(sp.sympify(expression))


class _Evaluation:
    """Values of expressions by those of their letters; a form that occurs again is not evaluated again."""

    def __init__(self, values: Mapping[Any, Any], dim: int, exact: bool) -> None:
        self.values, self.dim, self.exact = values, dim, exact
        self.forms: dict[sp.Expr, Any] = {}

    def of(self, node: sp.Expr) -> Any:
        if not isinstance(node, (Trace, Quadratic, Inner)):
            return self._polynomial(node)
        if node not in self.forms:
            self.forms[node] = self._form(node)
        return self.forms[node]

    def _form(self, node: sp.Expr) -> Any:
        if isinstance(node, Trace):
            return self._trace(node.args[0])
        metric, left, *other = map(self.of, node.args)
        right = other[0] if isinstance(node, Inner) else left
        image = metric @ right if isinstance(metric, np.ndarray) else metric * right
        return (left * image).sum(axis=(-2, -1))

    def _polynomial(self, node: sp.Expr) -> Any:
        if node.is_Number:
            return Fraction(int(node.p), int(node.q)) if self.exact else float(node)
        if isinstance(node, sp.Symbol):
            return self.values[node]
        if isinstance(node, sp.Pow):
            (scale, matrices), exponent = self._factors((node.base,)), int(node.exp)
            return _product(matrices * exponent) if matrices else scale**exponent
        if isinstance(node, sp.Mul):
            scale, matrices = self._factors(node.args)
            return _scaled(scale, _product(matrices)) if matrices else scale
        return self._sum(node.args)

    def _factors(self, nodes: Iterable[sp.Expr]) -> tuple[Any, list[Matrix]]:
        """The product of the scalars, and the matrices in order."""
        scale, matrices = 1, []
        for node in nodes:
            value = self.of(node)
            if node.is_commutative or not isinstance(value, np.ndarray):
                scale = scale * value
            else:
                matrices.append(value)
        return scale, matrices

    def _sum(self, nodes: Iterable[sp.Expr]) -> Any:
        """The scalars among the terms are multiples of the identity if another is a matrix."""
        scalars, matrices = 0, []
        for node in nodes:
            scale, found = self._factors((node,))
            matrices += found
            scalars = scalars if found else scalars + scale
        if not matrices:
            return scalars
        total = sum(matrices[1:], matrices[0])
        return total if isinstance(scalars, int) else total + _scaled(scalars, np.eye(self.dim, dtype=int))

    def _trace(self, word: sp.Expr) -> Any:
        """The trace of a product, its last multiplication spared."""
        scale, matrices = self._factors(word.args if isinstance(word, sp.Mul) else (word,))
        if not matrices:
            return scale * self.dim
        if len(matrices) == 1:
            return scale * np.trace(matrices[0], axis1=-2, axis2=-1)
        return scale * (_product(matrices[:-1]) * matrices[-1].swapaxes(-2, -1)).sum(axis=(-2, -1))


def _scaled(scale: Any, matrix: Matrix) -> Matrix:
    return (scale[..., None, None] if isinstance(scale, np.ndarray) else scale) * matrix


def _product(matrices: Sequence[Matrix]) -> Matrix:
    """Multiply, with least effort: neighbours that are not stacks first, vectors from the right."""
    merged = [matrices[0]]
    for each in matrices[1:]:
        if merged[-1].ndim == each.ndim == 2 and len(matrices) > 2:
            merged[-1] = merged[-1] @ each
        else:
            merged.append(each)
    if merged[-1].shape[-1] < merged[-1].shape[-2]:
        return reduce(lambda right, left: left @ right, reversed(merged))
    return reduce(matmul, merged)


def inverse(matrix: Matrix) -> Matrix:
    """Invert, exactly when the entries are exact."""
    if matrix.dtype != object:
        return np.linalg.inv(matrix)
    inverted = sp.Matrix(
        matrix.shape[0], matrix.shape[1], [sp.Rational(x.numerator, x.denominator) for x in matrix.flat]
    ).inv()
    entries = [Fraction(int(entry.p), int(entry.q)) for entry in inverted]
    return np.array(entries, dtype=object).reshape(matrix.shape)
