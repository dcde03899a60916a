"""The model of the eigenvalues of a sample covariance: integrals over them by quadrature."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import mpmath
import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.tactics import Model, Place
from w2s_asymptotics.words.pairs import kept
from w2s_asymptotics.words.words import Stage

__all__ = ["EIGENVALUE", "EigenvalueLaw"]

EIGENVALUE = sp.Symbol("x", positive=True)
"""An eigenvalue of the sample covariance."""


@dataclass(frozen=True)
class EigenvalueLaw(Model):
    """Random gamma on both sides of 1 and shares that fits keep; integrals are over the eigenvalue.

    The penalties that belong to the shares S are ``kappa (1 - gamma S)``, ``kappa = 1/S - 1``.
    """

    fits: tuple[Stage, ...]
    draws: int = 4

    where = "by quadrature, to 22 digits"
    tolerance = 1e-22

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Draw gamma, the shares and whatever else is free."""
        draw = random.Random(seed)
        for count in range(self.draws):
            gamma = sp.Rational(draw.randint(2, 8), 10) + 2 * (count % 2)
            values = {symbol("gamma"): gamma}
            for fit in self.fits:
                share = sp.Rational(draw.randint(20, 90), 100) * min(1, 1 / gamma)
                values |= {kept(fit): share, fit.lam: (1 / share - 1) * (1 - gamma * share)}
            names = (before.free_symbols | after.free_symbols) - {EIGENVALUE, *values}
            values |= {name: sp.Rational(draw.randint(1, 20), 10) for name in sorted(names, key=str)}
            yield partial(_number, values)


def _number(drawn: Mapping[Any, Any], side: Any) -> sp.Float:
    """The value of an expression at a draw; integrals in the angle that removes both edges."""
    expression, values = side.subs(drawn), {}
    with mpmath.workdps(30):
        for integral in expression.atoms(sp.Integral):
            ((variable, low, high),) = integral.limits
            function = sp.lambdify(variable, integral.function, "mpmath")
            middle, half = (mpmath.mpf(((high + sign * low) / 2).evalf(40)) for sign in (1, -1))

            def integrand(
                angle: Any, function: Any = function, middle: Any = middle, half: Any = half
            ) -> Any:
                return mpmath.re(function(middle - half * mpmath.cos(angle))) * half * mpmath.sin(angle)

            pieces = mpmath.linspace(0, mpmath.pi, 5)
            found = mpmath.quad(integrand, pieces, method="gauss-legendre")
            values[integral] = sp.Float(str(found), 30)
    return expression.subs(values).evalf(30)
