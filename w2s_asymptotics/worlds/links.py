"""Links: functions of one Gaussian variable, by their Hermite coefficients.

With probabilists' Hermite polynomials, `s(z) = E s + sum_k c_k He_k(z)`; the energy of degree k is
`k! c_k^2`, and the mean is left out. A link is given by its coefficients, by a name, as a sympy expression
or as a function of arrays; coefficients are exact wherever there is a closed form, else by quadrature whose
error is stated.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..notation import check, is_mp, is_symbol
from ..records import Record
from .quadrature import adaptive_moments, hermite_rows

__all__ = ["DEGREES", "FunctionLink", "HermiteLink", "Link", "NOTHING", "as_link"]

DEGREES = 10
"""How many degrees a link lists where it has infinitely many; any other is computed when asked for."""

MOST_DEGREES = 100

NOTHING = 1e-12  # a coefficient below this share of the root of the energy is rounding


class Link(Record):
    """A function of one Gaussian variable, its mean removed.

    What every link knows, whichever way it was given; numbers are floats, or of the kind that was given.
    """

    def _label(self) -> str:
        raise NotImplementedError

    def _coefficient(self, degree: int) -> Any:
        raise NotImplementedError

    def _precise(self, degree: int) -> Any:
        raise NotImplementedError

    def _exact(self, degree: int) -> Any:
        raise NotImplementedError

    def _energy(self) -> Any:
        raise NotImplementedError

    def _precise_energy(self) -> Any:
        raise NotImplementedError

    def _exact_energy(self) -> Any:
        raise NotImplementedError

    def __call__(self, z: Any) -> Any:
        """The function less its mean, on an array of floats."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """What it was given as, in words."""
        return self._label()

    def coefficient(self, degree: int) -> Any:
        """The coefficient `c_k` of `He_k`."""
        return self._coefficient(degree)

    def precise(self, degree: int) -> Any:
        """The coefficient as an mpmath number, at mpmath's working precision where it is exact."""
        return self._precise(degree)

    def exact(self, degree: int) -> Any:
        """The coefficient as a sympy number or expression, a `Float` where no closed form is known."""
        return self._exact(degree)

    @property
    def energy(self) -> Any:
        """`E s^2` of the function less its mean, every degree included."""
        return self._energy()

    def precise_energy(self) -> Any:
        """The energy as an mpmath number."""
        return self._precise_energy()

    def exact_energy(self) -> Any:
        """The energy as a sympy number or expression."""
        return self._exact_energy()

    @property
    def error(self) -> float:
        """A bound on the error of `sqrt(k!) c_k` and of the energy; 0 where they are exact to rounding."""
        return 0.0

    @property
    def given(self) -> tuple[Any, ...]:
        """The numbers it was given by, whose kind decides how a chain is computed."""
        return ()

    @property
    def degree(self) -> int:
        """The last degree that `coefficients` lists."""
        return DEGREES

    @property
    def finite(self) -> bool:
        """Whether these are all the degrees that there are."""
        return False

    @property
    def coefficients(self) -> tuple[Any, ...]:
        """`c_1, c_2, ...`; those of infinitely many degrees break off after `DEGREES`."""
        return tuple(self.coefficient(k) for k in range(1, self.degree + 1))

    def energy_of(self, degree: int) -> Any:
        """`k! c_k^2`, the energy of one degree."""
        value = self.coefficient(degree)
        return math.factorial(degree) * value * value

    def vanishes(self, degree: int) -> bool:
        """Whether `c_k` is zero; a symbol is not unless its assumptions say so."""
        value = self.coefficient(degree)
        if is_symbol(value):
            return value.is_zero is True
        return bool(value == 0)

    @cached_property
    def information_exponent(self) -> int | None:
        """The least degree whose coefficient is not zero; None for a link that is zero."""
        return next((k for k in range(1, self.degree + 1) if not self.vanishes(k)), None)


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


@dataclass(frozen=True, eq=False, repr=False)
class FunctionLink(Link):
    """A function of arrays, its coefficients by adaptive quadrature; `error` estimates what is left."""

    function: Callable[[Any], Any]

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


def as_link(value: Any, owner: str) -> Link:
    """A link from whatever describes one; text is looked up, never evaluated.

    >>> as_link([0, 0.5], "MultiIndex.hard").information_exponent
    2
    >>> as_link("relu", "MultiIndex.easy").coefficient(1)
    0.5
    >>> [round(c, 12) for c in as_link(lambda z: z**3, "MultiIndex.easy").coefficients[:4]]
    [3.0, 0.0, 1.0, 0.0]
    """
    if isinstance(value, Link):
        return value
    if isinstance(value, str):
        from .named_links import named

        return named(value, owner)
    if is_symbol(value):
        from .expression_links import ExpressionLink

        return ExpressionLink.of(value, owner)
    if callable(value):
        return FunctionLink(value)
    return _from_row(value, owner)


def _from_row(value: Any, owner: str) -> HermiteLink:
    where, _, what = owner.rpartition(".")
    if isinstance(value, (int, float)) or is_mp(value):
        raise ValueError(
            f"{what} must be a row of coefficients such as [1.0, 0.5], a name, a sympy expression or a "
            f"function, got {value!r} ({owner})"
        )
    row = np.asarray(value)
    if row.ndim != 1 or not 1 <= row.size <= MOST_DEGREES or row.dtype.kind in "US":
        raise ValueError(
            f"{what} must be a row of 1 to {MOST_DEGREES} Hermite coefficients [c_1, c_2, ...], a name, a "
            f"sympy expression or a function, got {value!r} ({owner})"
        )
    return HermiteLink(tuple(check("coefficients", item, where) for item in row.tolist()))
