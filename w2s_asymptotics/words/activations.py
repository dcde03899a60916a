"""The constants of an activation as exact numbers: closed forms where there are any, else numbers with names.

``slope_of(name, variance)`` is mu_1 and ``tail_of(name, variance)`` the energy of the nonlinear part, for
Gaussian input of this variance (`learners/hermite.py`). The second kind are evaluated to any precision.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import mpmath
import sympy as sp

from w2s_asymptotics.learners.hermite import closed_form, hermite
from w2s_asymptotics.words.algebraic import in_steps

__all__ = ["slope_of", "tail_of"]

_EXACT = SimpleNamespace(mpf=sp.Integer, sqrt=sp.sqrt, asin=sp.asin, pi=sp.pi)


class _Constant(sp.Function):
    """What both share: a closed form where there is one, evaluation by quadrature where there is none."""

    nargs = 2
    _constant = ""
    _tex = ""

    @classmethod
    def eval(cls, name: Any, variance: Any) -> Any:
        """The closed form, or the quadrature at a floating-point variance."""
        exact = closed_form(str(name), variance, _EXACT)
        if exact is not None:
            return sp.sympify(getattr(exact, cls._constant))
        return cls._at(name, variance, variance._prec) if isinstance(variance, sp.Float) else None

    @classmethod
    def _at(cls, name: Any, variance: Any, precision: int) -> sp.Float:
        with mpmath.workprec(in_steps(precision) + 20):
            found = hermite(str(name), mpmath.mpf(variance.evalf(mpmath.mp.dps)))
            return sp.Float(getattr(found, cls._constant), precision=precision)

    @property
    def is_number(self) -> bool:
        """Whether it has a value; the name is no number, but not free either."""
        return bool(self.args[1].is_number)

    def _eval_is_positive(self) -> bool:
        return True

    def _eval_evalf(self, prec: int) -> Any:
        name, variance = self.args
        return self._at(name, variance, prec) if variance.is_number else None

    def _latex(self, printer: Any, exp: Any = None) -> str:
        power = "" if exp is None else f"^{{{exp}}}"
        return (
            rf"{self._tex}{{}}{power}\left[\mathrm{{{self.args[0]}}}, {printer.doprint(self.args[1])}\right]"
        )


class slope_of(_Constant):  # noqa: N801  (numbers, named as such)
    """The first Hermite coefficient mu_1; the name is a ``Str``.

    >>> slope_of(sp.core.symbol.Str("relu"), 1)
    1/2
    >>> slope_of(sp.core.symbol.Str("tanh"), 1).evalf(20)
    0.60570550960215882558
    """

    _constant, _tex = "slope", r"\mu_1"


class tail_of(_Constant):  # noqa: N801
    """The energy of what is neither constant nor linear.

    >>> tail_of(sp.core.symbol.Str("relu"), 1)
    1/4 - 1/(2*pi)
    """

    _constant, _tex = "tail", r"\mu_*^2"
