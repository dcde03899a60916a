"""Links: functions of one Gaussian variable, by their Hermite coefficients, from whatever describes them.

A link is given by its coefficients, by a name, as a sympy expression or as a function of arrays; coefficients
are exact wherever there is a closed form, else by quadrature whose error is stated. What all of them know is
in `link.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..notation import check, is_mp, is_symbol
from .function_links import FunctionLink
from .hermite_links import HermiteLink
from .link import DEGREES, MOST_DEGREES, NOTHING, Link
from .named_links import named

__all__ = ["DEGREES", "NOTHING", "FunctionLink", "HermiteLink", "Link", "as_link"]


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
        return named(value, owner)
    if is_symbol(value):
        from .expression_links import ExpressionLink

        return ExpressionLink.of(value, owner)
    if callable(value) and not isinstance(value, type):
        return FunctionLink.of(value)
    return _from_row(value, owner)


def _from_row(value: Any, owner: str) -> HermiteLink:
    where, _, what = owner.rpartition(".")
    if isinstance(value, (int, float)) or is_mp(value):
        raise ValueError(
            f"{what} must be a row of coefficients such as [1.0, 0.5], a name, a sympy expression or a "
            f"function, got {value!r} ({owner})"
        )
    if isinstance(value, np.ma.MaskedArray):
        raise ValueError(f"{what} must not be a masked array: give the coefficients that hold ({owner})")
    try:
        row = np.asarray(value)
    except (TypeError, ValueError, OverflowError):
        row = np.empty((0, 0))
    if row.ndim == 1 and any(isinstance(item, (bool, np.bool_)) for item in value):
        raise ValueError(f"{what} must be a row of numbers, got the truth values in {value!r} ({owner})")
    if row.ndim != 1 or not 1 <= row.size <= MOST_DEGREES or row.dtype.kind in "US":
        raise ValueError(
            f"{what} must be a row of 1 to {MOST_DEGREES} Hermite coefficients [c_1, c_2, ...], a name, a "
            f"sympy expression or a function, got {value!r} ({owner})"
        )
    try:
        return HermiteLink(tuple(check("coefficients", item, where) for item in row.tolist()))
    except OverflowError:
        raise ValueError(f"{what} must be a row of finite numbers, got a larger one ({owner})") from None
