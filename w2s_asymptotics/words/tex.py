"""LaTeX of expressions, their symbols as the table of quantities prints them."""

from __future__ import annotations

import re
from functools import lru_cache

import sympy as sp
from sympy.core.alphabets import greeks

from w2s_asymptotics.notation import QUANTITIES

__all__ = ["formula_tex"]

_TWICE = re.compile(r"\{([A-Za-z]+)_\{(\w+)\}\}_\{([^{}]*)\}")


@lru_cache(maxsize=4096)
def formula_tex(expression: sp.Basic) -> str:
    r"""Print one expression as LaTeX, its symbols printed as the table of quantities says.

    >>> from w2s_asymptotics.notation import symbol
    >>> formula_tex(symbol("lam", "t") / symbol("gamma"))
    '\\frac{\\lambda_{t}}{\\gamma}'
    >>> formula_tex(sp.Indexed("c_h", sp.Symbol("k")))
    'c_{h,k}'
    """
    names = {each: tex for each in expression.atoms(sp.Symbol) if (tex := _symbol_tex(each.name))}
    # A sequence that has an index already: c_{h,k}, not {c_h}_k.
    return _TWICE.sub(r"\1_{\2,\3}", str(sp.latex(expression, symbol_names=names)))


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
