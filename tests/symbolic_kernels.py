"""Formulas that kernels return when they are fed with symbols, and when two formulas are the same.

`SYMBOLS` takes the regular branch of everything that a kernel asks for; other branches are compared with
limits. Two formulas are the same if their difference cancels identically on one atom, and vanishes at random
rational points on two.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import sympy as sp

from w2s_asymptotics.theorems import _ridge_stage as stage
from w2s_asymptotics.words.spectrum import EIGENVALUE, ON_ATOM, on_atoms
from w2s_asymptotics.words.spectrum import Total as TotalOverAtoms

ROWS = (*ON_ATOM, stage.EIGENVALUES, stage.PENALTY, stage.WEIGHTS, stage.SIGNAL, stage.MULTIPLIER,
        stage.BIAS, stage.COVARIANCE, stage.HELD, stage.EARLIER)  # fmt: skip
LEFT, ROOT, SLACK, RATIO, ABOVE = sp.symbols("left root slack ratio above", positive=True)


class Symbols:
    """The regular branch of what a kernel asks for besides operators, on sympy's symbols."""

    plain = False
    epsilon = sp.S.Zero
    convert = staticmethod(sp.sympify)
    sqrt = staticmethod(sp.sqrt)
    total = staticmethod(TotalOverAtoms)
    quotient = staticmethod(lambda a, b: sp.sympify(a) / b)
    product = staticmethod(lambda a, b: a * b)
    twice = staticmethod(lambda value, factor: factor**2 * value)
    where = staticmethod(lambda condition, yes, no: yes)
    root_of_square_plus = staticmethod(lambda a, b: sp.sqrt(sp.expand(a**2 + b)))
    any = staticmethod(lambda value: value != 0)
    is_grid = staticmethod(lambda row, column: False)


class Grid(Symbols):
    """A grid of rows by columns."""

    is_grid = staticmethod(lambda row, column: True)
    over_grid = staticmethod(lambda pairs: sum(row * sp.nsimplify(column) for row, column in pairs))


class Otherwise(Symbols):
    """The other branch of every choice."""

    where = staticmethod(lambda condition, yes, no: no)


SYMBOLS, OTHERWISE = Symbols(), Otherwise()


@lru_cache(maxsize=1000)
def _inserted(side: Any, meaning: tuple[tuple[Any, Any], ...], point: tuple[tuple[Any, Any], ...]) -> Any:
    side, numbers = side.xreplace(dict(point)), dict(point)
    for name, value in meaning:
        side = side.xreplace({name: sp.sympify(value).xreplace(numbers)})
    return side


class Pair(NamedTuple):
    """What a kernel returned, what is derived, and what the symbols of both stand for, in that order."""

    found: Any
    derived: Any
    meaning: Mapping[Any, Any] = {}
    atoms: int = 2

    def difference(self, point: Mapping[Any, Any] = {}) -> Any:
        """Found less derived, with symbols replaced by what they stand for, and the rest by numbers."""
        given = tuple(self.meaning.items()), tuple(point.items())
        gap = _inserted(sp.sympify(self.found), *given) - _inserted(sp.sympify(self.derived), *given)
        return sp.nsimplify(gap, rational=True) if gap.has(sp.Float) else gap

    @property
    def free(self) -> list[Any]:
        """The symbols that stand for themselves."""
        sides = (self.found, self.derived, *self.meaning.values())
        found = set().union(*(sp.sympify(side).free_symbols for side in sides))
        return sorted(found - set(self.meaning), key=str)


def differs(pair: Pair) -> bool:
    """Whether the two sides differ at random rational points, on a spectrum of two atoms."""
    draw = random.Random(1)

    def number() -> Any:
        return sp.Rational(draw.randint(1, 500), 503)

    rows = {name: [number() for _ in range(pair.atoms)] for name in (EIGENVALUE, *pair.free) if name in ROWS}
    gap = pair.difference({name: number() for name in pair.free if name not in ROWS})
    return any(
        not value.is_Rational and sp.expand(value) != 0 or value.is_Rational and value != 0
        for value in on_atoms(gap, rows)
    )


def cancels(pair: Pair) -> bool:
    """Whether the difference cancels identically where there is one atom."""
    one = on_atoms(pair.difference(), {EIGENVALUE: [EIGENVALUE]})[0]
    return bool(sp.cancel(sp.together(one)) == 0)
