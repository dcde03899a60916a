"""The effective regularisation as sympy functions of (lam, gamma): exact on exact numbers, precise on floats.

``kappa(lam, gamma)`` and ``-omega(lam, gamma)`` are the two roots of ``x^2 + (1 - gamma - lam) x - lam``
(derivation ``marchenko_pastur``): ``omega = lam/kappa = 1 - df1/n``. They stay unevaluated on symbols, so
that a risk prints as the short expression it is; ``rewrite(sqrt)`` gives the roots, ``diff`` the derivative
``dkappa/dlam = 1/(1 - df2/n)``.
"""

from __future__ import annotations

from typing import Any

import mpmath
import sympy as sp

__all__ = ["kappa", "omega"]


def _larger_root(linear: Any, lam: Any, sqrt: Any) -> Any:
    return (abs(linear) + sqrt(linear**2 + 4 * lam)) / 2


def _root(lam: sp.Expr, gamma: sp.Expr, sign: int) -> sp.Expr | None:
    """The root ``kappa`` (sign +1) or ``omega`` (sign -1) for numbers: written so that nothing cancels."""
    if not (lam.is_number and gamma.is_number):
        return None
    linear = sign * (gamma + lam - 1)
    if lam.is_Rational and gamma.is_Rational:
        return sp.sqrtdenest((linear + sp.sqrt(linear**2 + 4 * lam)) / 2)
    floats = [*lam.atoms(sp.Float), *gamma.atoms(sp.Float)]
    if not floats:
        return None
    precision = max(number._prec for number in floats)
    with mpmath.workprec(precision + 20):
        small = mpmath.mpf(lam.evalf(mpmath.mp.dps))
        slope = mpmath.mpf(1) - mpmath.mpf(gamma.evalf(mpmath.mp.dps)) - small
        larger = _larger_root(slope, small, mpmath.sqrt)
        smaller = small / larger if larger else larger
        value = larger if (slope < 0) == (sign > 0) else smaller
        return sp.Float(value, precision=precision)


def _evaluated(value: Any, prec: int) -> Any:
    found = value._eval_evalf(prec)
    return value if found is None else found  # a symbol


class kappa(sp.Function):  # noqa: N801  (named as the quantity is written)
    """Effective regularisation of isotropic ridge, the positive root of ``x^2 + (1 - gamma - lam) x - lam``.

    >>> kappa(sp.Rational(3, 2), 2)
    3
    >>> kappa(sp.Rational(3, 2), 2) * omega(sp.Rational(3, 2), 2)
    3/2
    >>> kappa(0, 2)
    1
    """

    nargs = 2

    @classmethod
    def eval(cls, lam: sp.Expr, gamma: sp.Expr) -> sp.Expr | None:
        """Evaluate on numbers, and at lam = 0."""
        if lam.is_zero:
            return sp.Max(0, gamma - 1)
        return _root(lam, gamma, 1)

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """Differentiate: ``dkappa/dlam = 1/delta``, ``dkappa/dgamma = kappa/((1 + kappa) delta)``."""
        lam, gamma = self.args
        delta = omega(lam, gamma) + gamma * self / (1 + self) ** 2
        return 1 / delta if argindex == 1 else self / ((1 + self) * delta)

    def _eval_is_nonnegative(self) -> bool:
        return True

    def _eval_rewrite_as_sqrt(self, lam: sp.Expr, gamma: sp.Expr, **hints: Any) -> sp.Expr:
        return (gamma + lam - 1 + sp.sqrt((gamma + lam - 1) ** 2 + 4 * lam)) / 2

    def _eval_evalf(self, prec: int) -> sp.Expr:
        lam, gamma = (_evaluated(sp.sympify(value), prec) for value in self.args)
        return self.func(lam, gamma)

    def _numpycode(self, printer: Any) -> str:
        lam, gamma = self.args
        return f"({printer.doprint(_stable(lam, gamma, 1))})"

    _pythoncode = _mpmathcode = _numpycode

    def _latex(self, printer: Any, exp: Any = None) -> str:
        return _applied(r"\kappa", self, printer, exp)


class omega(sp.Function):  # noqa: N801
    """``lam/kappa = 1 - df1/n``, the share of the n rows left as residual degrees of freedom.

    >>> omega(sp.Rational(3, 2), 2)
    1/2
    >>> omega(0, sp.Rational(1, 4))
    3/4
    """

    nargs = 2

    @classmethod
    def eval(cls, lam: sp.Expr, gamma: sp.Expr) -> sp.Expr | None:
        """Evaluate on numbers, and at lam = 0."""
        if lam.is_zero:
            return sp.Max(0, 1 - gamma)
        return _root(lam, gamma, -1)

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """Differentiate ``omega = kappa - gamma - lam + 1``."""
        return kappa(*self.args).fdiff(argindex) - 1

    def _eval_is_nonnegative(self) -> bool:
        return True

    def _eval_rewrite_as_sqrt(self, lam: sp.Expr, gamma: sp.Expr, **hints: Any) -> sp.Expr:
        return (1 - gamma - lam + sp.sqrt((1 - gamma - lam) ** 2 + 4 * lam)) / 2

    def _eval_evalf(self, prec: int) -> sp.Expr:
        lam, gamma = (_evaluated(sp.sympify(value), prec) for value in self.args)
        return self.func(lam, gamma)

    def _numpycode(self, printer: Any) -> str:
        lam, gamma = self.args
        return f"({printer.doprint(_stable(lam, gamma, -1))})"

    _pythoncode = _mpmathcode = _numpycode

    def _latex(self, printer: Any, exp: Any = None) -> str:
        return _applied(r"\omega", self, printer, exp)


def _stable(lam: Any, gamma: Any, sign: int) -> sp.Expr:
    """The root ``kappa`` (sign +1) or ``omega`` (sign -1) without cancellation, for printing as code."""
    half = (1 - gamma - lam) / 2
    return lam / (sp.Abs(half) + sp.sqrt(half**2 + lam)) + sp.Abs(half) - sign * half


def _applied(name: str, call: sp.Function, printer: Any, exp: Any) -> str:
    arguments = ", ".join(printer.doprint(argument) for argument in call.args)
    power = "" if exp is None else f"^{{{exp}}}"
    return rf"{name}{power}\left({arguments}\right)"
