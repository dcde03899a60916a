"""Values of letters, words and polynomials: rows over atoms that commute, or matrices that need not.

Two kinds of number, floats and mpmath numbers at the working precision, by one set of functions: arrays of
the latter hold objects, and their linear equations are eliminated here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from .words import NAME, Letter, Polynomial, Rational, Word

__all__ = ["HIGH", "REAL", "Atoms", "Dense", "Layout", "Numbers", "Scope"]

Array = Any


class Numbers(Protocol):
    """A kind of number."""

    @property
    def tolerance(self) -> Any:
        """The relative change of an unknown at which it counts as found."""

    @property
    def one(self) -> Any:
        """The number 1."""

    def convert(self, value: Any) -> Any:
        """A number, or an array of numbers, of this kind."""

    def ratio(self, value: Rational) -> Any:
        """A rational number."""

    def solve(self, matrix: Array, right: Array) -> tuple[Array, bool]:
        """The solution of linear equations, and whether the determinant is positive."""

    def inverse(self, matrix: Array) -> Array:
        """The inverse of a matrix."""

    def exp(self, value: Any) -> Any:
        """The exponential."""

    def log(self, value: Any) -> Any:
        """The logarithm."""


class _Real:
    tolerance = 3e-15
    one = 1.0

    def convert(self, value: Any) -> Any:
        return np.asarray(value, dtype=float)[()]

    def ratio(self, value: Rational) -> Any:
        return float(value)

    def solve(self, matrix: Array, right: Array) -> tuple[Array, bool]:
        if len(matrix) == 1:
            return right / matrix[0, 0], bool(matrix[0, 0] > 0)
        return np.linalg.solve(matrix, right), bool(np.linalg.slogdet(matrix)[0] > 0)

    def inverse(self, matrix: Array) -> Array:
        return np.linalg.inv(matrix)

    def exp(self, value: Any) -> Any:
        return float(np.exp(value))

    def log(self, value: Any) -> Any:
        return float(np.log(value))


class _High:
    @property
    def tolerance(self) -> Any:
        import mpmath

        return mpmath.mpf(10) ** (6 - mpmath.mp.dps)

    @property
    def one(self) -> Any:
        import mpmath

        return mpmath.mpf(1)

    def convert(self, value: Any) -> Any:
        import mpmath

        array = np.asarray(value, dtype=object)
        result = np.empty(array.shape, dtype=object)
        for place in np.ndindex(*array.shape):
            result[place] = mpmath.mpf(array[place])
        return result[()]

    def ratio(self, value: Rational) -> Any:
        import mpmath

        return mpmath.mpf(value.numerator) / value.denominator

    def solve(self, matrix: Array, right: Array) -> tuple[Array, bool]:
        size, positive = len(matrix), True
        rows = np.concatenate([matrix, right.reshape(size, -1)], axis=1).astype(object)
        for place in range(size):
            best = max(range(place, size), key=lambda row: abs(rows[row, place]))
            if rows[best, place] == 0:
                raise np.linalg.LinAlgError("Singular matrix")
            if best != place:
                rows[[place, best]] = rows[[best, place]]
                positive = not positive
            positive = positive == bool(rows[place, place] > 0)
            rows[place] = rows[place] / rows[place, place]
            for other in range(size):
                if other != place and rows[other, place] != 0:
                    rows[other] = rows[other] - rows[other, place] * rows[place]
        return rows[:, size:].reshape(right.shape), positive

    def inverse(self, matrix: Array) -> Array:
        return self.solve(matrix, self.convert(np.eye(len(matrix))))[0]

    def exp(self, value: Any) -> Any:
        import mpmath

        return mpmath.exp(value)

    def log(self, value: Any) -> Any:
        import mpmath

        return mpmath.log(value)


REAL: Numbers = _Real()
HIGH: Numbers = _High()


class Layout(Protocol):
    """A way to hold matrices."""

    numbers: Numbers
    values: Mapping[str, Array]

    def product(self, first: Array, second: Array) -> Array:
        """The product of two matrices."""

    def transposed(self, value: Array) -> Array:
        """The transpose."""

    def identity(self, space: str) -> Array:
        """The identity of a dimension."""

    def inverse(self, value: Array) -> Array:
        """The inverse."""

    def trace(self, value: Array, space: str) -> Any:
        """The trace over the dimension, divided by it."""

    def trace_of_product(self, first: Array, second: Array, space: str) -> Any:
        """The normalised trace of a product of two matrices."""


class Atoms:
    """Matrices that commute: rows of eigenvalues, with the weight of each atom by dimension."""

    def __init__(self, values: Mapping[str, Array], weights: Mapping[str, Array], numbers: Numbers) -> None:
        self.values, self.weights, self.numbers = values, weights, numbers

    def product(self, first: Array, second: Array) -> Array:
        """The product, atom by atom."""
        return first * second

    def transposed(self, value: Array) -> Array:
        """The transpose, which is the matrix itself."""
        return value

    def identity(self, space: str) -> Array:
        """A row of ones."""
        return self.weights[space] * 0 + self.numbers.one

    def inverse(self, value: Array) -> Array:
        """The inverse, atom by atom."""
        return self.numbers.one / value

    def trace(self, value: Array, space: str) -> Any:
        """The mean over the atoms."""
        return (self.weights[space] * value).sum()

    def trace_of_product(self, first: Array, second: Array, space: str) -> Any:
        """The mean of the product."""
        return (self.weights[space] * first * second).sum()


class Dense:
    """Matrices; nothing need commute."""

    def __init__(self, values: Mapping[str, Array], sizes: Mapping[str, int], numbers: Numbers) -> None:
        self.values, self.sizes, self.numbers = values, sizes, numbers

    def product(self, first: Array, second: Array) -> Array:
        """The matrix product."""
        return first @ second

    def transposed(self, value: Array) -> Array:
        """The transpose."""
        return value.T

    def identity(self, space: str) -> Array:
        """The identity matrix."""
        return self.numbers.convert(np.eye(self.sizes[space]))

    def inverse(self, value: Array) -> Array:
        """The inverse matrix."""
        return self.numbers.inverse(value)

    def trace(self, value: Array, space: str) -> Any:
        """The trace divided by the dimension."""
        return np.trace(value) / self.sizes[space]

    def trace_of_product(self, first: Array, second: Array, space: str) -> Any:
        """The same of a product, without forming it."""
        return (first * second.T).sum() / self.sizes[space]


class Scope:
    """Known numbers by name and known inverses, and the values of words and polynomials in them."""

    def __init__(self, layout: Layout, known: Mapping[str, Any]) -> None:
        self.layout = layout
        self.known = dict(known)
        self.inverses: dict[str, Array] = {}
        self._words: dict[Word, Array] = {}
        self._traces: dict[Word, Any] = {}

    def letter(self, letter: Letter) -> Array:
        """The value of one letter."""
        value = self.inverses.get(letter.name)
        if value is None:
            value = self.layout.values[letter.name]
        return self.layout.transposed(value) if letter.transposed else value

    def word(self, word: Word) -> Array:
        """The value of a product; its beginnings are kept."""
        if len(word) == 1:
            return self.letter(word[0])
        if word not in self._words:
            self._words[word] = self.layout.product(self.word(word[:-1]), self.letter(word[-1]))
        return self._words[word]

    def trace(self, word: Word) -> Any:
        """The normalised trace of a word, over the dimension in which it starts."""
        if word not in self._traces:
            space, half = word[0].rows, (len(word) + 1) // 2
            if len(word) == 1:
                self._traces[word] = self.layout.trace(self.letter(word[0]), space)
            else:
                first, second = self.word(word[:half]), self.word(word[half:])
                self._traces[word] = self.layout.trace_of_product(first, second, space)
        return self._traces[word]

    def monomial(self, monomial: Any, coefficient: Rational) -> Any:
        """The value of a coefficient times a monomial."""
        result = coefficient if isinstance(coefficient, int) else self.layout.numbers.ratio(coefficient)
        for (kind, what), exponent in monomial:
            value = self.known[what] if kind == NAME else self.trace(what)
            result = result * (value if exponent == 1 else value**exponent)
        return result

    def number(self, polynomial: Polynomial) -> Any:
        """The value of a scalar polynomial."""
        return sum(self.monomial(monomial, value) for (monomial, _), value in polynomial.items())

    def matrix(self, polynomial: Polynomial, space: str) -> Array:
        """The value of a polynomial; `space` is the dimension of an identity in it."""
        result: Any = 0
        for (monomial, word), coefficient in polynomial.items():
            value = self.word(word) if word else self.layout.identity(space)
            result = result + self.monomial(monomial, coefficient) * value
        return result

    def invert(self, letter: Letter, argument: Polynomial) -> None:
        """Make the inverse of a polynomial known under the name of `letter`."""
        self.inverses[letter.name] = self.layout.inverse(self.matrix(argument, letter.rows))
