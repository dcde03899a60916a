"""LaTeX of expressions, their symbols as the table of quantities prints them."""

from __future__ import annotations

from functools import lru_cache

import sympy as sp
from sympy.core.alphabets import greeks

from w2s_asymptotics.notation import QUANTITIES

__all__ = ["formula_tex"]


@lru_cache(maxsize=4096)
def formula_tex(expression: sp.Basic) -> str:
    r"""Print one expression as LaTeX, its symbols printed as the table of quantities says.

    >>> from w2s_asymptotics.notation import symbol
    >>> formula_tex(symbol("lam", "t") / symbol("gamma"))
    '\\frac{\\lambda_{t}}{\\gamma}'
    """
    symbols = expression.atoms(sp.Symbol)
    return str(
        sp.latex(expression, symbol_names={each: tex for each in symbols if (tex := _symbol_tex(each.name))})
    )


def _symbol_tex(name: str) -> str | None:
    """LaTeX of `quantity`, `quantity_index` or `letter_word`; None for names that sympy prints well."""
    if name in QUANTITIES:
        return QUANTITIES[name].latex
    base, _, index = name.rpartition("_")
    if base in QUANTITIES and "_" not in QUANTITIES[base].latex:
        return f"{QUANTITIES[base].latex}_{{{index}}}"
    if base and len(index) > 1 and index.isalpha() and index not in greeks:
        return rf"{sp.latex(sp.Symbol(base))}_{{\mathrm{{{index}}}}}"
    return None
