"""The fixed point of random features as numbers with names: nu, and what weights and data leave of it.

``nu_atoms(label, lam, gamma, width, tail, s_1, w_1, s_2, ...)`` is the root of ``nu (1 - df1/width) (1 -
gamma df1) = lam``, ``df1 = sum_i w_i s_i/(s_i + nu) + tail/nu``, at which both brackets are nonnegative;
``weights_left`` and ``rows_left`` are these brackets. Like kappa on atoms they stay unevaluated on symbols
and on exact numbers, are found to any precision on numbers, and have derivatives that are rational functions
of them. Infinitely many linear features have the nu of ridge, ``kappa_atoms``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from w2s_asymptotics.arithmetic import HIGH
from w2s_asymptotics.spectrum.nested import nested_fixed_point
from w2s_asymptotics.words.algebraic import in_steps, kappa_atoms, omega_atoms

__all__ = ["nu_atoms", "rows_left", "weights_left"]


def _atoms(flat: tuple[Any, ...]) -> list[tuple[Any, Any]]:
    """The atoms (s, w) that have variance and weight."""
    pairs = [(flat[place], flat[place + 1]) for place in range(0, len(flat), 2)]
    return [(s, w) for s, w in pairs if s != 0 and w != 0]


@lru_cache(maxsize=256)
def _numeric(values: tuple[Any, ...], precision: int) -> tuple[Any, Any, Any]:
    """The root and both brackets at a precision in bits, as mpmath numbers."""
    with mpmath.workprec(precision + 40):

        def row(items: Any) -> Any:
            return np.array([_high(item) for item in items], dtype=object)

        lam, gamma, width, tail, *flat = values
        eigenvalues, weights = (row(part) for part in zip(*_atoms(tuple(flat)), strict=True))
        numbers = [row([item]) for item in (lam, gamma, width, tail)]
        found = nested_fixed_point(numbers[0], numbers[1], numbers[2], numbers[3], eigenvalues, weights, HIGH)
        return found.nu[0], found.by_width[0], found.by_samples[0]


def _high(item: Any) -> Any:
    return mpmath.inf if item == sp.oo else mpmath.mpf(item.evalf(mpmath.mp.dps))


class _NestedNumber(sp.Function):
    """What the three share: evaluation, and the arguments (label, lam, gamma, width, tail, atoms)."""

    _place = 0  # of the quantity among what the fixed point returns
    _tex = ""
    _name = ""

    def _eval_is_nonnegative(self) -> bool:
        return True

    def _eval_evalf(self, prec: int) -> Any:
        values = self.args[1:]
        if not all(value.is_number for value in values):
            return None
        return sp.Float(_numeric(values, in_steps(prec))[self._place], precision=prec)

    @classmethod
    def eval(cls, label: Any, lam: Any, gamma: Any, width: Any, tail: Any, *flat: Any) -> Any:
        """Evaluate at infinite width, where nothing is penalised and all can be fitted, and on floats."""
        atoms = _atoms(flat)
        if width == sp.oo and tail == 0:
            ridge = (label, lam, gamma, *(value for s, w in atoms for value in (s, sp.S.One, w)))
            return (kappa_atoms(*ridge), sp.S.One, omega_atoms(*ridge))[cls._place]
        rank = sp.Add(*(w for _, w in atoms))
        if lam == 0 and tail == 0 and (rank - width).is_nonpositive and (gamma * rank - 1).is_nonpositive:
            return (sp.S.Zero, 1 - rank / width, 1 - gamma * rank)[cls._place]
        values = (lam, gamma, width, tail, *flat)
        floats = [number for value in values for number in value.atoms(sp.Float)]
        if floats and all(value.is_number for value in values):
            precision = max(number._prec for number in floats)
            return sp.Float(_numeric(values, in_steps(precision))[cls._place], precision=precision)
        return None

    def _eval_derivative(self, variable: Any) -> Any:
        lam, gamma, width, tail, *flat = self.args[1:]
        root, by_weights, by_rows = (each(*self.args) for each in (nu_atoms, weights_left, rows_left))
        unknown = sp.Dummy("nu", positive=True)
        df1 = sp.Add(*(w * s / (s + unknown) for s, w in _atoms(tuple(flat)))) + tail / unknown
        weights, rows = 1 - df1 / width, 1 - gamma * df1
        left, other = sp.Dummy("left"), sp.Dummy("other")  # the brackets by name, which do not cancel
        along_root = left * other + unknown * (
            sp.diff(weights, unknown) * other + left * sp.diff(rows, unknown)
        )
        along = unknown * (sp.diff(weights, variable) * other + left * sp.diff(rows, variable))
        slope = (sp.diff(lam, variable) - along) / along_root
        moved = (
            slope,
            sp.diff(weights, variable) + sp.diff(weights, unknown) * slope,
            sp.diff(rows, variable) + sp.diff(rows, unknown) * slope,
        )[self._place]
        return moved.xreplace({unknown: root, left: by_weights, other: by_rows})

    def _sympystr(self, printer: Any) -> str:
        return f"{self._name}_{self.args[0]}"

    def _latex(self, printer: Any, exp: Any = None) -> str:
        power = "" if exp is None else f"^{{{exp}}}"
        return rf"{self._tex}_{{{self.args[0]}}}{power}"


class nu_atoms(_NestedNumber):  # noqa: N801  (named as the quantity is written)
    """Effective regularisation nu of the kernel of infinitely many features; the first argument is a label.

    >>> label, half = sp.core.symbol.Str("t"), sp.Rational(1, 2)
    >>> root = nu_atoms(label, half, half, sp.oo, half, 1, 1)
    >>> root, root.evalf(20)
    (nu_t, 1.0000000000000000000)
    """

    _place = 0
    _name, _tex = "nu", r"\nu"


class weights_left(_NestedNumber):  # noqa: N801
    """``1 - df1/width = kappa/nu`` of the same learner."""

    _place = 1
    _name, _tex = "varpi", r"\varpi"


class rows_left(_NestedNumber):  # noqa: N801
    """``1 - gamma df1 = lam/kappa`` of the same learner."""

    _place = 2
    _name, _tex = "omega", r"\omega"
