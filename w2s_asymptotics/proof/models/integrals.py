"""The model of integrals over the whole or half the line, by quadrature."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import mpmath
import sympy as sp

from w2s_asymptotics.proof.tactics import Model, Place

__all__ = ["Integrals"]


@dataclass(frozen=True)
class Integrals(Model):
    """Random values of the symbols in (0, 1), or between those of ``within``; integrals by quadrature.

    Integrands fall off like a normal density: what lies beyond 14 of its standard deviations is left out.
    """

    within: Mapping[sp.Symbol, tuple[Any, Any]] = field(default_factory=dict)
    draws: int = 3

    where = "at random places, integrals by quadrature"
    tolerance = 1e-20

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Draw numbers."""
        draw = random.Random(seed)
        names = sorted((sp.sympify(before) + sp.sympify(after)).free_symbols, key=str)
        for _ in range(self.draws):
            values = {}
            for name in names:
                low, high = self.within.get(name, (0, 1))
                values[name] = low + (high - low) * sp.Rational(draw.randint(5, 95), 100)
            yield partial(_number, values)


def _number(values: Mapping[Any, Any], side: Any) -> sp.Float:
    """The value of an expression at a draw."""
    expression = sp.sympify(side).subs(values)
    with mpmath.workdps(30):
        found = {}
        for integral in expression.atoms(sp.Integral):
            ((variable, low, high),) = integral.limits
            function = sp.lambdify(variable, integral.function, "mpmath")
            ends = [mpmath.mpf(max(-14, min(14, each)) if each.is_infinite else each) for each in (low, high)]
            pieces = mpmath.linspace(*ends, 15)
            value = mpmath.quad(function, pieces, method="gauss-legendre")
            found[integral] = sp.Float(str(value), 30)
        return expression.xreplace(found).evalf(30)
