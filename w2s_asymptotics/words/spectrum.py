"""Formulas on a joint spectrum of any number of atoms: what holds on one atom, and sums over all of them.

Where `words/atoms.py` writes out a given number of atoms, a `Total` stands for the sum over however many
there are. On an atom, the letters of `ON_ATOM` are numbers: the eigenvalue s of Sigma, the share w of the
dimensions (they sum to 1), the energy e of the target, multiplier M and Gaussian energy c of what labels the
rows, their energy epsilon = M^2 e + c, and a, the atom of an arbitrary metric A, by which a map is read off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy as sp

__all__ = ["DIMENSION", "ON_ATOM", "Total", "on_atoms"]

DIMENSION = sp.Symbol("d", positive=True)
"""The number of dimensions, where a word is not written per dimension."""

EIGENVALUE, WEIGHT = sp.symbols("s w", positive=True)
SIGNAL, MULTIPLIER, COVARIANCE, ENERGY = sp.symbols("e M c epsilon", nonnegative=True)
METRIC = sp.Symbol("a", real=True)
ON_ATOM = (EIGENVALUE, WEIGHT, SIGNAL, MULTIPLIER, COVARIANCE, ENERGY, METRIC)
"""The symbols that have a value on every atom."""


class Total(sp.Function):
    """The sum over atoms; a number, whatever its terms are."""

    is_commutative = True

    def _latex(self, printer: Any, exp: Any = None) -> str:
        text = rf"\sum\left[{printer.doprint(self.args[0])}\right]"
        return text if exp is None else rf"\left({text}\right)^{{{exp}}}"


def on_atoms(expression: Any, rows: Mapping[Any, Sequence[Any]]) -> list[Any]:
    """Return the value of an expression on every atom, sums done; ``rows`` gives symbols atom by atom.

    >>> on_atoms(EIGENVALUE * Total(WEIGHT * EIGENVALUE), {EIGENVALUE: [3, 1], WEIGHT: [sp.S.Half] * 2})
    [6, 2]
    """
    count = len(next(iter(rows.values())))
    atoms = [{name: sp.sympify(row[place]) for name, row in rows.items()} for place in range(count)]
    summed = sp.sympify(expression).replace(
        lambda node: isinstance(node, Total),
        lambda node: sp.Add(*(node.args[0].xreplace(atom) for atom in atoms)),
    )
    return [summed.xreplace(atom) for atom in atoms]
