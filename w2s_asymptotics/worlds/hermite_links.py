"""Links given by their Hermite coefficients: polynomials."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .link import Link
from .quadrature import hermite_rows

__all__ = ["HermiteLink"]


@dataclass(frozen=True, eq=False, repr=False)
class HermiteLink(Link):
    """A finite sum `sum_k c_k He_k`, its coefficients floats, mpmath numbers or sympy expressions."""

    row: tuple[Any, ...]

    def _label(self) -> str:
        return "[" + ", ".join(str(value) for value in self.row) + "]"

    @property
    def degree(self) -> int:
        """How many coefficients there are."""
        return len(self.row)

    @property
    def finite(self) -> bool:
        """Yes: a polynomial."""
        return True

    @property
    def given(self) -> tuple[Any, ...]:
        """The coefficients."""
        return self.row

    def _coefficient(self, degree: int) -> Any:
        return self.row[degree - 1] if degree <= len(self.row) else 0.0

    def _precise(self, degree: int) -> Any:
        import mpmath

        return mpmath.mpf(self.coefficient(degree))

    def _exact(self, degree: int) -> Any:
        import sympy

        value = self.coefficient(degree)
        whole = isinstance(value, float) and value.is_integer()
        return sympy.Integer(int(value)) if whole else sympy.sympify(value)

    def _energy(self) -> Any:
        return self._sum(self.coefficient)

    def _precise_energy(self) -> Any:
        return self._sum(self.precise)

    def _exact_energy(self) -> Any:
        return self._sum(self.exact)

    def _sum(self, coefficient: Callable[[int], Any]) -> Any:
        return sum(math.factorial(k) * coefficient(k) ** 2 for k in range(1, self.degree + 1))

    def __call__(self, z: Any) -> Any:
        """The function less its mean, on an array of floats."""
        rows = hermite_rows(np.asarray(z, dtype=float), self.degree)
        scales = [float(value) * math.sqrt(math.factorial(k)) for k, value in enumerate(self.row, 1)]
        return sum(scale * row for scale, row in zip(scales, rows[1:], strict=True))
