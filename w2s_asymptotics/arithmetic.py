"""Kinds of number, and the few functions that formulas need beyond operators.

A formula is written once, with operators and a namespace `xp`. `REAL` computes on floats and arrays, `HIGH`
on mpmath numbers (single, or arrays of them) at the working precision. Both keep the conventions under which
the limits of the theory are exact: `quotient(0, 0) = 0` and `product(0, inf) = 0`. `FAST` and `SCALAR` do
without, on arrays and on single floats, where nothing overflows, underflows or is divided by zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from typing import Any, Protocol, TypeVar, cast

import numpy as np

from .notation import is_mp, is_symbol

__all__ = ["FAST", "HIGH", "REAL", "SCALAR", "Namespace", "is_high", "is_symbolic", "namespace", "solved"]

_F = TypeVar("_F", bound=Callable[..., Any])
_ROWS = 16_384
"""Entries of a product of matrices computed at a time."""


class Namespace(Protocol):
    """What a kernel may ask for besides `+ - * /`; everything is elementwise."""

    @property
    def plain(self) -> bool:
        """Whether operators alone will do: nothing overflows, underflows or is divided by zero."""

    @property
    def epsilon(self) -> Any:
        """The relative rounding error."""

    def context(self) -> AbstractContextManager[Any]:
        """Where to compute: overflow and underflow silent, or guard digits."""

    def finish(self, value: Any) -> Any:
        """A result as the caller gets it: floats for floats, mpmath numbers at the working precision."""

    def convert(self, value: Any) -> Any:
        """A number or array of this kind, from any real number or array."""

    def sqrt(self, value: Any) -> Any:
        """The square root."""

    def exp(self, value: Any) -> Any:
        """The exponential."""

    def expm1(self, value: Any) -> Any:
        """exp(value) - 1, without cancellation."""

    def root_of_square_plus(self, a: Any, b: Any) -> Any:
        """sqrt(a^2 + b) for b >= 0, safe against overflow."""

    def positive_part(self, value: Any) -> Any:
        """max(value, 0)."""

    def where(self, condition: Any, yes: Any, no: Any) -> Any:
        """`yes` where `condition` holds, else `no`."""

    def quotient(self, a: Any, b: Any) -> Any:
        """The quotient a / b for a, b >= 0, with 0/0 = 0 and a/0 = inf."""

    def product(self, a: Any, b: Any) -> Any:
        """The product a b for a, b >= 0, with 0 * inf = 0."""

    def twice(self, value: Any, factor: Any) -> Any:
        """factor^2 value, where factor^2 may underflow although the product does not."""

    def one_less_product(self, a: Any, b: Any) -> Any:
        """1 - a b to the last digit although a b be close to 1, for a, b > 0."""

    def total(self, values: Any) -> Any:
        """The sum over atoms, the last axis, which stays with length 1."""

    def is_grid(self, rows: Sequence[Any], column: Any) -> bool:
        """Whether the shapes of these make a grid of rows by a column, best computed as a whole."""

    def over_grid(self, pairs: Sequence[tuple[Any, Any]]) -> Any:
        """`sum a b` over pairs of a row and a column (or a number) of such a grid."""

    def any(self, value: Any) -> bool:
        """Whether a number is not 0; an array may hold anything."""


def _largest(value: Any) -> Any:
    return value.max(initial=0.0) if isinstance(value, np.ndarray) else value


def _least(value: Any) -> Any:
    return value.min(initial=1.0) if isinstance(value, np.ndarray) else value


def _halves(value: Any) -> tuple[Any, Any]:
    """A number as the sum of two of half its digits (Veltkamp)."""
    upper = 134217729.0 * value
    upper = upper - (upper - value)
    return upper, value - upper


class _Arrays:
    """What arrays of floats and of mpmath numbers share."""

    def total(self, values: Any) -> Any:
        return values.sum(axis=-1, keepdims=True)

    def is_grid(self, rows: Sequence[Any], column: Any) -> bool:
        return False

    def over_grid(self, pairs: Sequence[tuple[Any, Any]]) -> Any:
        return sum(row * column for row, column in pairs)

    def any(self, value: Any) -> bool:
        return isinstance(value, np.ndarray) or bool(value != 0)


class _Real(_Arrays):
    """Floats and arrays of floats."""

    plain = False

    epsilon = float(np.finfo(float).eps)

    def context(self) -> AbstractContextManager[Any]:
        return np.errstate(over="ignore", under="ignore")

    def finish(self, value: Any) -> Any:
        return float(value) if np.ndim(value) == 0 else value

    def convert(self, value: Any) -> Any:
        return np.asarray(value, dtype=float)[()]

    def sqrt(self, value: Any) -> Any:
        return np.sqrt(value)

    def exp(self, value: Any) -> Any:
        return np.exp(value)

    def expm1(self, value: Any) -> Any:
        return np.expm1(value)

    def root_of_square_plus(self, a: Any, b: Any) -> Any:
        if _largest(b) < 1e150:  # a^2 cannot overflow where gamma is a ratio of sizes
            return np.sqrt(a * a + b)
        return np.hypot(a, np.sqrt(b))

    def positive_part(self, value: Any) -> Any:
        return np.maximum(value, 0.0)

    def where(self, condition: Any, yes: Any, no: Any) -> Any:
        return np.where(condition, yes, no)

    def quotient(self, a: Any, b: Any) -> Any:
        if _least(b) > 0.0:
            return a / b
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(np.equal(a, 0.0) & np.equal(b, 0.0), 0.0, np.divide(a, b))

    def product(self, a: Any, b: Any) -> Any:
        if _largest(b) < np.inf and _largest(a) < np.inf:
            return a * b
        with np.errstate(invalid="ignore"):
            return np.where(np.equal(a, 0.0) | np.equal(b, 0.0), 0.0, np.multiply(a, b))

    def twice(self, value: Any, factor: Any) -> Any:
        if _least(factor) > 1e-150:
            return factor * factor * value
        return factor * (factor * value)

    def one_less_product(self, a: Any, b: Any) -> Any:
        product = np.multiply(a, b)
        near = (product > 0.5) & (product < 2.0)
        (x, p), (y, q) = (np.frexp(np.where(near, value, 1.0)) for value in (a, b))
        # Dekker's product: x y is its rounded value and what that leaves over, each exactly.
        (high, low), (tall, short) = _halves(x), _halves(y)
        left = ((high * tall - x * y) + high * short + low * tall) + low * short
        return np.where(near, (1.0 - product) - np.ldexp(left, p + q), 1.0 - product)


class _Fast(_Real):
    """Floats for which nothing overflows, underflows or is divided by zero, and so nothing need be guarded.

    `blocks.in_context` tries it first, with every floating-point exception raised, and falls back to `REAL`.
    """

    plain = True

    def context(self) -> AbstractContextManager[Any]:
        return np.errstate(all="raise")

    def root_of_square_plus(self, a: Any, b: Any) -> Any:
        square = a * a + b
        return np.sqrt(square, out=square) if isinstance(square, np.ndarray) else np.sqrt(square)

    def quotient(self, a: Any, b: Any) -> Any:
        return a / b

    def product(self, a: Any, b: Any) -> Any:
        return a * b

    def twice(self, value: Any, factor: Any) -> Any:
        return factor * factor * value

    def is_grid(self, rows: Sequence[Any], column: Any) -> bool:
        across, down = np.broadcast_shapes(*map(np.shape, rows)), np.shape(column)
        return (
            math.prod(across) > 1
            and math.prod(down) > 1
            and len(down) > len(across)
            and all(length == 1 for length in down[len(down) - len(across) :])
        )

    def over_grid(self, pairs: Sequence[tuple[Any, Any]]) -> Any:
        rows, columns = zip(*pairs, strict=True)
        across, down = (np.broadcast_shapes(*map(np.shape, each)) for each in (rows, columns))
        right = np.stack([np.broadcast_to(row, across).ravel() for row in rows])
        left = np.stack([np.broadcast_to(column, down).ravel() for column in columns], axis=1)
        grid = np.empty((len(left), right.shape[1]))
        step = max(1, _ROWS // right.shape[1])
        for start in range(0, len(left), step):  # parts of the product that fit the cache
            np.matmul(left[start : start + step], right, out=grid[start : start + step])
        return grid.reshape(*down[: len(down) - len(across)], *across)


class _Scalar(_Fast):
    """Single floats of moderate size, by Python's own arithmetic.

    What is divided by zero raises `ZeroDivisionError`, upon which `REAL` takes over.
    """

    def context(self) -> AbstractContextManager[Any]:
        return nullcontext()

    def finish(self, value: Any) -> Any:
        return value

    def convert(self, value: Any) -> Any:
        return value

    def sqrt(self, value: Any) -> Any:
        return math.sqrt(value)

    def root_of_square_plus(self, a: Any, b: Any) -> Any:
        return math.sqrt(a * a + b)

    def positive_part(self, value: Any) -> Any:
        return max(value, 0.0)

    def where(self, condition: Any, yes: Any, no: Any) -> Any:
        return yes if condition else no

    def is_grid(self, rows: Sequence[Any], column: Any) -> bool:
        return False

    def any(self, value: Any) -> bool:
        return bool(value)


class _High(_Arrays):
    """mpmath numbers and arrays of them, at the working precision."""

    plain = False

    @property
    def epsilon(self) -> Any:
        import mpmath

        return +mpmath.mp.eps

    def context(self) -> AbstractContextManager[Any]:
        import mpmath

        manager: AbstractContextManager[Any] = mpmath.workprec(mpmath.mp.prec + 30)
        return manager

    def finish(self, value: Any) -> Any:
        return +value

    def convert(self, value: Any) -> Any:
        return _lift(_to_mpf)(value)

    def sqrt(self, value: Any) -> Any:
        return _lift(_root)(value)

    def exp(self, value: Any) -> Any:
        import mpmath

        return _lift(mpmath.exp)(value)

    def expm1(self, value: Any) -> Any:
        import mpmath

        return _lift(mpmath.expm1)(value)

    def root_of_square_plus(self, a: Any, b: Any) -> Any:
        return _lift(lambda x, y: _root(x * x + y))(a, b)

    def positive_part(self, value: Any) -> Any:
        return _lift(lambda x: x if x > 0 else 0 * x)(value)

    def where(self, condition: Any, yes: Any, no: Any) -> Any:
        return _lift(lambda holds, x, y: x if holds else y)(condition, yes, no)

    def quotient(self, a: Any, b: Any) -> Any:
        return _lift(lambda x, y: x / y if y else (x * np.inf if x else x))(a, b)

    def product(self, a: Any, b: Any) -> Any:
        return _lift(lambda x, y: x * y if x and y else (y if x else x))(a, b)

    def twice(self, value: Any, factor: Any) -> Any:
        return factor * factor * value

    def one_less_product(self, a: Any, b: Any) -> Any:
        import mpmath

        return _lift(lambda x, y: 1 - mpmath.fmul(x, y, exact=True))(a, b)


def _lift(function: Any) -> Any:
    """Apply a function of mpmath numbers elementwise to numbers and object arrays."""

    def lifted(*values: Any) -> Any:
        if not any(isinstance(value, np.ndarray) for value in values):
            return function(*values)
        return np.frompyfunc(function, len(values), 1)(*values)

    return lifted


def _root(value: Any) -> Any:
    import mpmath

    return mpmath.sqrt(value)


def _to_mpf(value: Any) -> Any:
    import mpmath

    return value if is_mp(value) else mpmath.mpf(float(value))


REAL: Namespace = _Real()
FAST: Namespace = _Fast()
SCALAR: Namespace = _Scalar()
HIGH: Namespace = _High()


def is_symbolic(values: Iterable[Any]) -> bool:
    """Whether any of the values is a sympy expression."""
    return any(is_symbol(value) for value in values)


def is_high(value: Any) -> bool:
    """Whether `value` is an mpmath number or an array of them."""
    return is_mp(value) or (isinstance(value, np.ndarray) and value.dtype == object)


def namespace(values: Iterable[Any]) -> Namespace:
    """The namespace in which to compute with these values: mpmath as soon as one of them is an mpmath number.

    >>> namespace([0.5, 1]) is REAL
    True
    """
    return HIGH if any(is_high(value) for value in values) else REAL


def solved(function: _F) -> _F:
    """Mark what is found by iteration, or to a number of digits: a namespace may know it in another form.

    The namespace is the last argument. One that has a method of this name is asked instead: among symbols
    a fixed point is a number with a name (`words.symbols`).
    """
    name = function.__name__

    @wraps(function)
    def found(*arguments: Any) -> Any:
        own = getattr(arguments[-1], name, None)
        return function(*arguments) if own is None else own(*arguments[:-1])

    return cast(_F, found)
