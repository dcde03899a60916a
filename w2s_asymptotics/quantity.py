"""What a quantity is: its name, its meaning and its domain, and which values lie in that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Quantity", "ends", "first_outside", "ordinary", "symbol_allowed"]


@dataclass(frozen=True)
class Quantity:
    """What one name stands for.

    `low` and `high` bound the domain; `open_low` says whether `low` itself is excluded; `finite` whether
    infinity is.
    """

    name: str
    latex: str
    meaning: str
    low: float | None = 0.0
    open_low: bool = False
    high: float | None = None
    finite: bool = True
    typical: tuple[float, ...] = (0.5, 1.0, 2.0)

    @property
    def domain(self) -> str:
        """The domain in words, as errors print it.

        >>> Quantity("x", "x", "a share", high=1.0).domain
        'in [0, 1]'
        """
        if self.low is None:
            return "a finite real number"
        if self.high is not None:
            return f"in {'(' if self.open_low else '['}{self.low:g}, {self.high:g}]"
        return f"{'>' if self.open_low else '>='} {self.low:g}"

    def contains(self, value: Any) -> Any:
        """Elementwise: is a real `value` (number or array) in the domain? NaN never is."""
        inside = value == value
        if self.low is not None:
            inside = inside & ((value > self.low) if self.open_low else (value >= self.low))
        if self.high is not None:
            inside = inside & (value <= self.high)
        if self.finite:
            inside = inside & (abs(value) < np.inf)
        return inside


def ordinary(quantity: Quantity, value: Any) -> bool:
    """Whether an array is seen at one glance to be finite and >= 0, where that is the domain.

    Nonnegative floats are ordered like their bits, and below those of infinity; all others lie above.
    """
    if quantity.low != 0.0 or quantity.open_low or quantity.high is not None:
        return False
    if not isinstance(value, np.ndarray) or value.size < _CACHED or not value.flags.c_contiguous:
        return False
    return bool(value.dtype == float and value.view(np.uint64).max() < _INFINITE)


_INFINITE = np.array(np.inf).view(np.uint64)[()]


def ends(value: Any) -> tuple[Any, ...]:
    """Values that decide for all: a domain is an interval, so the least and largest float (NaN if any is).

    Of mpmath numbers all, because comparisons overlook a NaN among them.
    """
    if not isinstance(value, np.ndarray) or value.dtype == object:
        return tuple(np.ravel(value))
    if value.size <= _CACHED:
        return (value.min(), value.max()) if value.size else ()
    # Both ends of a part while it is in the cache.
    parts = np.split(np.ravel(value), range(_CACHED, value.size, _CACHED))
    lows, highs = zip(*((part.min(), part.max()) for part in parts), strict=True)
    return np.min(lows), np.max(highs)


_CACHED = 65_536


def first_outside(quantity: Quantity, array: Any) -> Any:
    """Return the first value that is not in the domain, for a message."""
    outside = [item for item in array.flat if not quantity.contains(item)] if array is not None else []
    found = outside[0] if outside else array
    return found.item() if isinstance(found, np.generic) else found


def symbol_allowed(quantity: Quantity, value: Any) -> bool:
    """False when assumptions, or the value of an exact number, decide that `value` is outside the domain."""
    if value.is_number:
        return value.is_real is True and bool(quantity.contains(float(value)))
    if value.is_real is False or value.is_finite is False:
        return False
    if quantity.low == 0.0 and (value.is_negative or (quantity.open_low and value.is_nonpositive)):
        return False
    return not (quantity.high == 1.0 and (value - 1).is_positive)
