"""The effective regularisation of a spectrum of atoms as an algebraic number with a name.

``kappa_atoms(label, lam, gamma, s_1, g_1, w_1, s_2, ...)`` is the root of ``kappa (1 - gamma sum_i w_i
s_i/(s_i + kappa g_i)) = lam`` that is positive for ``lam > 0``, and its limit at ``lam = 0``. It stays
unevaluated on symbols, where it prints as ``kappa_label``; where the atoms coincide it becomes the isotropic
``kappa(lam, gamma)``; on numbers it is found to any precision; its derivatives are rational functions of it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from w2s_asymptotics.arithmetic import HIGH
from w2s_asymptotics.spectrum.fixed_point import spectral_fixed_point
from w2s_asymptotics.words.functions import kappa, omega

__all__ = ["in_steps", "kappa_atoms", "omega_atoms", "polynomial"]


def _atoms(flat: tuple[Any, ...]) -> list[tuple[Any, Any, Any]]:
    """The atoms (s, g, w) that have variance and weight."""
    triples = [(flat[i], flat[i + 1], flat[i + 2]) for i in range(0, len(flat), 3)]
    return [atom for atom in triples if atom[0] != 0 and atom[2] != 0]


def polynomial(unknown: Any, lam: Any, gamma: Any, *flat: Any) -> sp.Poly:
    """Return the polynomial of which kappa is a root: its fixed point, denominators cleared.

    >>> k = sp.Symbol("k")
    >>> polynomial(k, 1, 2, 3, 1, 1).as_expr()
    k**2 - 4*k - 3
    """
    atoms = [tuple(sp.sympify(value) for value in atom) for atom in _atoms(flat)]
    scales = [s + unknown * g for s, g, _ in atoms]
    cleared = (unknown - lam) * sp.Mul(*scales)
    for place, (s, _, w) in enumerate(atoms):
        cleared -= gamma * w * s * unknown * sp.Mul(*(scales[:place] + scales[place + 1 :]))
    return sp.Poly(sp.expand(cleared), unknown)


def _coinciding(atoms: list[tuple[Any, Any, Any]]) -> tuple[Any, Any] | None:
    """The common s/g and total weight of atoms that coincide, else None."""
    if not atoms:
        return None
    (s, g, _), *others = atoms
    if any(s * other[1] != other[0] * g and sp.cancel(s * other[1] - other[0] * g) != 0 for other in others):
        return None
    return s / g, sp.Add(*(atom[2] for atom in atoms))


def in_steps(precision: int) -> int:
    """Round a precision in bits up, so that what is found at one serves those close by.

    >>> in_steps(53), in_steps(65)
    (64, 128)
    """
    return -(-precision // 64) * 64


def _numeric(lam: Any, gamma: Any, flat: tuple[Any, ...], precision: int) -> tuple[Any, Any]:
    """Kappa and omega at a precision in bits, as mpmath numbers."""
    return _found(lam, gamma, flat, in_steps(precision))


@lru_cache(maxsize=256)
def _found(lam: Any, gamma: Any, flat: tuple[Any, ...], precision: int) -> tuple[Any, Any]:
    with mpmath.workprec(precision + 40):

        def row(values: Any) -> Any:
            return np.array([mpmath.mpf(value.evalf(mpmath.mp.dps)) for value in values], dtype=object)

        eigenvalues, penalties, weights = (row(flat[place::3]) for place in range(3))
        total = weights.sum()
        roots = spectral_fixed_point(
            row([lam]), row([gamma]) * total, eigenvalues, penalties, weights / total, HIGH
        )
        return roots[0][0], roots[1][0]


class _AlgebraicNumber(sp.Function):
    """What kappa and omega share: evaluation, and the arguments (label, lam, gamma, atoms)."""

    _place = 0  # of the quantity among what the fixed point returns
    _name = ""

    def _eval_is_nonnegative(self) -> bool:
        return True

    def _eval_evalf(self, prec: int) -> Any:
        values = self.args[1:]
        if not all(value.is_number for value in values):
            return None
        lam, gamma, *flat = values
        return sp.Float(_numeric(lam, gamma, tuple(flat), prec)[self._place], precision=prec)

    @classmethod
    def eval(cls, label: Any, lam: Any, gamma: Any, *flat: Any) -> Any:
        """Evaluate where the atoms coincide, at lam = 0 up to full rank, and on floating-point numbers."""
        atoms = _atoms(flat)
        if not atoms:
            return (lam, sp.S.One)[cls._place]
        together = _coinciding(atoms)
        if together is not None:
            ratio, rank = together
            return (ratio * kappa(lam / ratio, gamma * rank), omega(lam / ratio, gamma * rank))[cls._place]
        if lam.is_zero and (gamma * sp.Add(*(atom[2] for atom in atoms)) - 1).is_nonpositive:
            return (sp.S.Zero, 1 - gamma * sp.Add(*(atom[2] for atom in atoms)))[cls._place]
        floats = [number for value in (lam, gamma, *flat) for number in value.atoms(sp.Float)]
        if floats and all(value.is_number for value in (lam, gamma, *flat)):
            precision = max(number._prec for number in floats)
            return sp.Float(_numeric(lam, gamma, flat, precision)[cls._place], precision=precision)
        return None

    def _eval_derivative(self, variable: Any) -> Any:
        root = kappa_atoms(*self.args)
        unknown = sp.Dummy("kappa", positive=True)
        lam, gamma, *flat = self.args[1:]
        df1 = sp.Add(*(w * s / (s + unknown * g) for s, g, w in _atoms(tuple(flat))))
        along = unknown * gamma.diff(variable) * df1 + lam.diff(variable)
        for s, g, w in _atoms(tuple(flat)):
            shape = 1 / (s + unknown * g)
            moved = w.diff(variable) * s * shape
            moved += w * unknown * shape**2 * (g * s.diff(variable) - s * g.diff(variable))
            along += unknown * gamma * moved
        slope = omega_atoms(*self.args) + gamma * sp.Add(
            *(w * s * unknown * g / (s + unknown * g) ** 2 for s, g, w in _atoms(tuple(flat)))
        )
        of_kappa = along / slope
        if self._place == 0:
            return of_kappa.subs(unknown, root)
        of_omega = -sp.diff(gamma * df1, variable) - gamma * sp.diff(df1, unknown) * of_kappa
        return of_omega.subs(unknown, root)

    def _sympystr(self, printer: Any) -> str:
        return f"{self._name}_{self.args[0]}"

    def _latex(self, printer: Any, exp: Any = None) -> str:
        power = "" if exp is None else f"^{{{exp}}}"
        return rf"\{self._name}_{{{self.args[0]}}}{power}"


class kappa_atoms(_AlgebraicNumber):  # noqa: N801
    """Effective regularisation of a stage with atoms (s_i, g_i, w_i); the first argument is its label.

    >>> label, half = sp.core.symbol.Str("t"), sp.Rational(1, 2)
    >>> root = kappa_atoms(label, sp.Rational(1, 10), half, 3, 1, half, 1, 2, half)
    >>> root, root.evalf(20)
    (kappa_t, 0.17303781153650789895)
    >>> kappa_atoms(label, 1, 2, 3, 3, half, 1, 1, half) == kappa(1, 2)
    True
    """

    _place = 0
    _name = "kappa"


class omega_atoms(_AlgebraicNumber):  # noqa: N801
    """``lam/kappa = 1 - gamma df1`` of the same stage, with its limit at ``lam = 0``."""

    _place = 1
    _name = "omega"
