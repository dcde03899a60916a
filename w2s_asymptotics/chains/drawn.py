"""The check of steps whose letters are known by their definitions: at drawn values, to many digits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from w2s_asymptotics.proof.derivation import Check, Outcome

__all__ = ["AtDraws", "as_numbers", "at_point", "drawn_point", "is_rounded", "letters", "nested_root"]

_GUARD = 20
_NONE = 45  # digits after which a difference is none


@dataclass(frozen=True)
class AtDraws(Check):
    """Both sides agree at drawn values.

    ``draw`` gives, by a generator of random numbers, what the letters of either side are, as far as it says
    anything of them; ``how`` says so in a phrase, and ``digits`` how many must agree.
    """

    draw: Callable[[np.random.Generator], tuple[Mapping[Any, Any], Mapping[Any, Any]]]
    how: str
    digits: int = 30

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Draw, and compare."""
        rng, sides = np.random.default_rng(seed), [sp.sympify(before), sp.sympify(after)]
        known = self.draw(rng)
        free = {each for side, given in zip(sides, known, strict=True) for each in letters(side) - set(given)}
        rest = {each: sp.Rational(int(rng.integers(50, 950)), 1000) for each in sorted(free, key=str)}
        left, right = (
            side.xreplace({**rest, **given}).evalf(self.digits + _GUARD)
            for side, given in zip(sides, known, strict=True)
        )
        if right == sp.oo:
            return Outcome(bool(left > 10**20), f"infinite, where what is drawn gives {sp.N(left, 3)}")
        if not abs(left - right) <= sp.Float(10) ** -self.digits * abs(left) + sp.Float(10) ** -_NONE:
            return Outcome(False, f"the two sides differ: {sp.N(left, 12)} and {sp.N(right, 12)}")
        return Outcome(True, f"equal to {self.digits} digits")

    def describe(self) -> str:
        """Say what closes the step."""
        return f"agrees at drawn values, {self.how}"


def letters(expression: Any) -> set[Any]:
    """Return the symbols and the indexed coefficients of an expression.

    >>> sorted(map(str, letters(sp.Symbol("x") * sp.IndexedBase("c")[2])))
    ['c[2]', 'x']
    """
    found: set[Any] = set(expression.atoms(sp.Indexed))
    return found.union(expression.free_symbols - {part for each in found for part in each.free_symbols})


def as_numbers(values: Mapping[Any, Any], digits: int) -> dict[Any, Any]:
    """Return numbers of mpmath as those of sympy."""
    return {
        name: sp.oo if value == mpmath.inf else sp.Float(value, digits)
        for name, value in values.items()
        if name
    }


def at_point(value: Any, point: Mapping[Any, Any]) -> Any:
    """Return an expression at a point as a number of mpmath, at the working precision."""
    found = sp.sympify(value).subs(point)
    return mpmath.inf if found == sp.oo else mpmath.mpf(found.evalf(mpmath.mp.dps))


def drawn_point(rng: np.random.Generator, given: Sequence[Any]) -> dict[Any, Any]:
    """Draw rational values of what is free in what is given."""
    free = set().union(*(sp.sympify(value).free_symbols for value in given))
    numbers = rng.permutation(np.arange(1, len(free) + 40))  # all different
    return {each: sp.Rational(int(n), 41) for each, n in zip(sorted(free, key=str), numbers, strict=False)}


def is_rounded(given: Sequence[Any]) -> bool:
    """Whether floating-point numbers are among what is given."""
    return any(sp.sympify(value).has(sp.Float) for value in given)


def nested_root(lam: Any, gamma: Any, width: Any, tail: Any, atoms: Sequence[Any]) -> tuple[Any, Any, Any]:
    """The root nu of ``nu (1 - df1/width) (1 - gamma df1) = lam``, and both brackets, by bisection in log nu.

    ``atoms`` are rows of s, g, w: ``df1 = sum w s/(s + nu g) + tail/nu``. At infinite width it is kappa.
    """

    def brackets(nu: Any) -> tuple[Any, Any]:
        freedom = sum(w * s / (s + nu * g) for s, g, w in atoms) + tail / nu
        return 1 - freedom / width, 1 - gamma * freedom

    low, high = mpmath.mpf(-150), mpmath.mpf(150)
    for _ in range(mpmath.mp.prec + 20):
        middle = (low + high) / 2
        nu = mpmath.exp(middle)
        left, other = brackets(nu)
        beyond = min(left, other) > 0 and nu * left * other > lam
        low, high = (low, middle) if beyond else (middle, high)
    nu = mpmath.exp(high)
    return (nu, *brackets(nu))
