"""What every link knows, whichever way it was given: coefficients, energy, information exponent.

With probabilists' Hermite polynomials, `s(z) = E s + sum_k c_k He_k(z)`; the energy of degree k is
`k! c_k^2`, and the mean is left out.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

from ..notation import is_symbol
from ..records import Record

__all__ = ["DEGREES", "MOST_DEGREES", "NOTHING", "Link"]

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
