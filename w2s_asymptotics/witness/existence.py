"""Do the inverses of an expression exist, whatever is drawn? Read off its form.

A matrix whose symmetric part is positive definite is invertible. Sums of such matrices with others whose
symmetric part is nonnegative, positive multiples, inverses, and `A M A'` with such an M in the middle keep
that part of one sign: so a sample covariance plus a ridge term is invertible for every draw, and for every
share of the Gaussian part. Given matrices and scalars are judged by their values.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import numpy as np
import sympy as sp

from .expression import canonical

__all__ = ["Existence"]

UNKNOWN, NONNEGATIVE, POSITIVE = 0, 1, 2
"""What is known of the symmetric part of a matrix."""

Scalar = Callable[[Any], Any]
Matrix = Callable[[Any], Any]
Sign = Callable[[Scalar, Matrix], int]


class Existence:
    """The inverted matrices of an expression, and how to judge them once values are known.

    >>> X, A = sp.MatrixSymbol("X", 6, 4), sp.MatrixSymbol("A", 4, 4)
    >>> ridge, bare = X.T * X / 6 + A, X.T * X - A
    >>> found = Existence(ridge.inv() * bare.inv(), [X], [A])
    >>> found.doubtful(float, lambda matrix: np.eye(4))
    [-A + X.T*X]
    """

    def __init__(self, expression: Any, random: Collection[Any], symmetric: Collection[Any]) -> None:
        self._random, self._symmetric = random, symmetric
        inverted = {
            each.base
            for each in sp.preorder_traversal(expression)
            if isinstance(each, sp.MatPow) and each.exp.is_negative
        }
        self._signs = [(each, self._sign(each)) for each in sorted(inverted, key=str)]
        self.scalars = {
            symbol
            for each in inverted
            for symbol in each.free_symbols
            if not isinstance(symbol, sp.MatrixSymbol)
        }

    def doubtful(self, scalar: Scalar, fixed: Matrix) -> list[Any]:
        """The inverted matrices whose invertibility does not follow from their form.

        `scalar` gives the number of a sympy scalar, `fixed` the value of a given matrix symbol, or product or
        sum of them: a matrix, or the row of its eigenvalues.
        """
        return [each for each, sign in self._signs if sign(scalar, fixed) != POSITIVE]

    def _sign(self, e: Any) -> Sign:
        if e.is_Identity:
            return lambda scalar, fixed: POSITIVE
        if isinstance(e, sp.Transpose):
            return self._sign(e.arg)
        if isinstance(e, sp.MatMul):
            scale, factors = e.as_coeff_matrices()
            if scale != 1:
                return _scaled(self._product(list(factors)), scale)
        if not any(symbol in self._random for symbol in e.atoms(sp.MatrixSymbol)):
            return lambda scalar, fixed: _of_values(fixed(e))
        if isinstance(e, sp.MatMul):
            return self._product(list(e.args))
        if isinstance(e, sp.MatAdd):
            signs = [self._sign(part) for part in e.args]

            def of_sum(scalar: Scalar, fixed: Matrix) -> int:
                found = [sign(scalar, fixed) for sign in signs]
                return max(found) if min(found) else UNKNOWN

            return of_sum
        if isinstance(e, sp.MatPow) and e.exp == -1:
            inner = self._sign(e.base)
            return lambda scalar, fixed: POSITIVE if inner(scalar, fixed) == POSITIVE else UNKNOWN
        if isinstance(e, sp.MatPow) and e.exp.is_Integer:
            return self._product([e.base if e.exp > 0 else sp.Inverse(e.base)] * abs(int(e.exp)))
        return lambda scalar, fixed: UNKNOWN

    def _product(self, factors: list[Any]) -> Sign:
        """Of a product that reads the same backwards, transposed, what its middle says."""
        if len(factors) == 1:
            return self._sign(factors[0])
        if not any(symbol in self._random for factor in factors for symbol in factor.atoms(sp.MatrixSymbol)):
            whole = sp.MatMul(*factors)
            return lambda scalar, fixed: _of_values(fixed(whole))
        half = len(factors) // 2
        for left, right in zip(factors[:half], reversed(factors), strict=False):
            if canonical(left, False, self._symmetric) != canonical(right, True, self._symmetric):
                return lambda scalar, fixed: UNKNOWN
        if len(factors) % 2 == 0:
            return lambda scalar, fixed: NONNEGATIVE
        middle = self._sign(factors[half])
        return lambda scalar, fixed: min(middle(scalar, fixed), NONNEGATIVE)


def _scaled(sign: Sign, scale: Any) -> Sign:
    def result(scalar: Scalar, fixed: Matrix) -> int:
        number = scalar(scale)
        if number > 0:
            return sign(scalar, fixed)
        return NONNEGATIVE if number == 0 else UNKNOWN

    return result


def _of_values(value: Any) -> int:
    array = np.asarray(value, dtype=float)
    eigenvalues = np.linalg.eigvalsh((array + array.T) / 2) if array.ndim == 2 else np.sort(array.ravel())
    size = float(np.abs(eigenvalues).max(initial=0.0))
    if eigenvalues[0] > 1e-14 * size:
        return POSITIVE
    return NONNEGATIVE if eigenvalues[0] >= -1e-12 * size else UNKNOWN
