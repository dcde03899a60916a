"""Numbers as readers want them: four figures, infinity by its sign, a power of ten where it helps."""

from __future__ import annotations

import math

__all__ = ["figure", "interval", "number", "percent", "signed"]


def number(value: float, digits: int = 4) -> str:
    """Write a number to `digits` significant figures.

    >>> number(0.46399417), number(float("inf")), number(1.5e-7), number(-0.02)
    ('0.464', '∞', '1.5·10⁻⁷', '−0.02')
    """
    value = float(value)
    if math.isnan(value):
        return "undefined"
    sign = "−" if value < 0 else ""
    if math.isinf(value):
        return f"{sign}∞"
    text = f"{abs(value):.{digits}g}"
    mantissa, _, exponent = text.partition("e")
    if exponent:
        power = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        return f"{sign}{mantissa}·10{power}"
    return sign + text


def figure(value: float, digits: int = 4) -> str:
    """Write a measured or computed number, trailing zeros kept, so that a column lines up.

    >>> figure(0.46399417), figure(1.0), figure(float("inf"))
    ('0.4640', '1.000', '∞')
    """
    if not math.isfinite(value) or not 1e-4 <= abs(value) < 10**digits:
        return number(value, digits)
    return ("−" if value < 0 else "") + f"{abs(value):#.{digits}g}".rstrip(".")


def signed(value: float) -> str:
    """Write a z-score.

    >>> signed(-0.08), signed(2.31)
    ('−0.1', '+2.3')
    """
    return f"{value:+.1f}".replace("-", "−")


def percent(value: float) -> str:
    """Write a share as a percentage.

    >>> percent(0.1734), percent(0.004)
    ('17%', '0.4%')
    """
    return f"{100 * value:.2g}%" if abs(value) < 1 else f"{100 * value:.0f}%"


def interval(ends: tuple[float, float] | None) -> str:
    """Write an interval of penalties.

    >>> interval((0.0, float("inf"))), interval(None)
    ('(0, ∞)', 'none')
    """
    return "none" if ends is None else f"({number(ends[0])}, {number(ends[1])})"
