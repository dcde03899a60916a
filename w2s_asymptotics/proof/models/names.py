"""The model of named quantities: numbers for what nothing is said of, and names worked up from there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import sympy as sp

from w2s_asymptotics.proof.models.draws import unfolded
from w2s_asymptotics.proof.tactics import Model, Place

__all__ = ["Counts", "Names"]


@dataclass(frozen=True)
class Names(Model):
    """Rational numbers; ``meaning`` says what each name stands for, in names further down or drawn ones."""

    meaning: Mapping[Any, Any]
    draws: int = 6

    where = "at rational points"

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Draw what has no meaning, and work up from there."""
        rng = np.random.default_rng(seed)
        spoken = {before, after, *self.meaning.values()}
        free = set().union(*(sp.sympify(each).free_symbols for each in spoken)) - set(self.meaning)
        for _ in range(self.draws):
            numbers = rng.permutation(np.arange(1, len(free) + 40))  # all different
            point = {
                item: sp.Rational(int(n), 41) for item, n in zip(sorted(free, key=str), numbers, strict=False)
            }
            yield partial(_replaced, unfolded(self.meaning, point))


def _replaced(known: Mapping[Any, Any], side: Any) -> Any:
    return sp.sympify(side).xreplace(known)


@dataclass(frozen=True)
class Counts(Model):
    """Each number from 2 to 8 for ``count``; values are expressions in whatever else occurs."""

    count: sp.Symbol

    where = "for 2 to 8 fits"

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Insert one number after the other."""
        for number in range(2, 9):
            yield partial(self._counted, number)

    def _counted(self, number: int, side: Any) -> Any:
        return sp.sympify(side).subs(self.count, number).doit()
