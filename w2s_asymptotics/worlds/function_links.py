"""Links given as functions of arrays, by quadrature whose error is stated."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .link import DEGREES, NOTHING, Link
from .quadrature import adaptive_moments

__all__ = ["FunctionLink"]


@dataclass(frozen=True, eq=False, repr=False)
class FunctionLink(Link):
    """A function of arrays, its coefficients by adaptive quadrature; `error` estimates what is left."""

    function: Callable[[Any], Any]

    @staticmethod
    def of(function: Callable[[Any], Any]) -> FunctionLink:
        """Take a function; `ValueError` at once where its second moment is not finite."""
        link = FunctionLink(function)
        link.energy  # noqa: B018  (kept by the link)
        return link

    def _label(self) -> str:
        return getattr(self.function, "__name__", repr(self.function))

    @cached_property
    def _moments(self) -> tuple[Any, float, float]:
        """Mean and normalised coefficients, energy, error."""
        return adaptive_moments(self.function, DEGREES)

    def _coefficient(self, degree: int) -> float:
        moments = self._moments[0]
        if degree > DEGREES:
            moments = adaptive_moments(self.function, degree)[0]
        value = float(moments[degree])
        negligible = max(10 * self.error, NOTHING * math.sqrt(self.energy))
        return 0.0 if abs(value) <= negligible else value / math.sqrt(math.factorial(degree))

    def _precise(self, degree: int) -> Any:
        import mpmath

        return mpmath.mpf(self.coefficient(degree))

    def _exact(self, degree: int) -> Any:
        import sympy

        return sympy.Float(self.coefficient(degree))

    def _energy(self) -> float:
        return self._moments[1]

    def _precise_energy(self) -> Any:
        import mpmath

        return mpmath.mpf(self.energy)

    def _exact_energy(self) -> Any:
        import sympy

        return sympy.Float(self.energy)

    @property
    def error(self) -> float:
        """What halving the panels of the quadrature still changed, and rounding."""
        return self._moments[2]

    def __call__(self, z: Any) -> Any:
        """The function less its mean, on an array of floats."""
        return self.function(np.asarray(z, dtype=float)) - self._moments[0][0]
