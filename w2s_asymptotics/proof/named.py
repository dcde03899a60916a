"""Named quantities, each given in terms of ones further down, at rational points and at chosen numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from w2s_asymptotics.proof.derivation import Outcome

__all__ = ["AtNames", "unfolded"]


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


@dataclass(frozen=True)
class AtNames:
    """Two formulas agree exactly at drawn rational numbers; ``meaning`` says what names in them stand for."""

    meaning: Mapping[Any, Any]
    draws: int = 3

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Draw what nothing is said of, and work up from there."""
        rng = np.random.default_rng(seed)
        spoken = {before, after, *self.meaning.values()}
        free = set().union(*(sp.sympify(each).free_symbols for each in spoken)) - set(self.meaning)
        for _ in range(self.draws):
            numbers = rng.permutation(np.arange(1, len(free) + 40))  # all different
            point = {
                each: sp.Rational(int(n), 41) for each, n in zip(sorted(free, key=str), numbers, strict=False)
            }
            known = unfolded(self.meaning, point)
            left, right = (sp.sympify(side).xreplace(known) for side in (before, after))
            if not (left - right).is_zero:
                return Outcome(False, "the two sides differ at a rational point")
        return Outcome(True, f"equal at {self.draws} rational points, exactly")

    def describe(self) -> str:
        """Say what closes the step."""
        return "exact at rational points"
