"""Rational numbers and matrices at random, in which exact checks are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

__all__ = ["diagonal", "fraction", "number", "positive", "rational", "unfolded"]


def rational(rng: np.random.Generator, *shape: int) -> Any:
    """Draw a matrix of small rational entries."""
    draws = [Fraction(int(rng.integers(-4, 5)), int(rng.integers(1, 4))) for _ in range(int(np.prod(shape)))]
    return np.array(draws, dtype=object).reshape(shape)


def positive(rng: np.random.Generator) -> Fraction:
    """Draw a rational number between 0 and 1."""
    return Fraction(int(rng.integers(1, 9)), int(rng.integers(9, 17)))


def number(rng: np.random.Generator) -> sp.Rational:
    """Draw a positive rational number, as sympy has them."""
    return sp.Rational(int(rng.integers(1, 30)), int(rng.integers(11, 30)))


def fraction(value: Any) -> Fraction:
    """Return a rational number of sympy as a fraction."""
    return Fraction(int(value.p), int(value.q))


def diagonal(entries: Sequence[Any]) -> Any:
    """Return the diagonal matrix of exact entries."""
    return np.diag(np.array(entries, dtype=object))


def unfolded(meaning: Mapping[Any, Any], values: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return all names by ``values``, from the bottom of ``meaning`` up.

    >>> a, b, x = sp.symbols("a b x")
    >>> unfolded({a: b + 1, b: 2 * x}, {x: 3})[a]
    7
    """
    known = {name: sp.sympify(value) for name, value in values.items()}
    for name, expression in reversed(list(meaning.items())):
        known[name] = sp.sympify(expression).xreplace(known)
    return known
