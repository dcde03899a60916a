"""The check of steps whose letters are known by their definitions: at drawn values, to many digits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from w2s_asymptotics.proof.derivation import Outcome

__all__ = ["AtDraws", "drawn_point", "is_rounded", "nested_root"]


@dataclass(frozen=True)
class AtDraws:
    """Both sides agree at drawn values.

    ``draw`` gives, by a generator of random numbers, what the letters of either side are; ``how`` says so in
    a phrase, and ``digits`` how many must agree.
    """

    draw: Callable[[np.random.Generator], tuple[Mapping[Any, Any], Mapping[Any, Any]]]
    how: str
    digits: int = 30

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Draw, and compare."""
        values = self.draw(np.random.default_rng(seed))
        left, right = (
            sp.sympify(side).subs(given) for side, given in zip((before, after), values, strict=True)
        )
        left, right = left.evalf(self.digits + 15), right.evalf(self.digits + 15)
        if right == sp.oo:
            return Outcome(
                bool(left > sp.Float(10) ** 20), f"infinite, where what is drawn gives {sp.N(left, 3)}"
            )
        if not abs(left - right) <= sp.Float(10) ** -self.digits * abs(left):
            return Outcome(False, f"the two sides differ: {sp.N(left, 12)} and {sp.N(right, 12)}")
        return Outcome(True, f"equal to {self.digits} digits")

    def describe(self) -> str:
        """Say what closes the step."""
        return f"agrees at drawn values, {self.how}"


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
