"""Arrays of real numbers from what a user hands over: nothing is parsed, unmasked or made real."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["centred", "real_table"]


def real_table(name: str, value: Any, owner: str) -> NDArray[np.float64]:
    """Return a new array of floats, or raise `ValueError` for text, complex numbers, masks and ragged rows.

    >>> real_table("X", [[1, 2], [3, 4]], "Population.from_data")
    array([[1., 2.],
           [3., 4.]])
    >>> real_table("y", [".1", "1e1"], "Population.from_data")
    Traceback (most recent call last):
        ...
    ValueError: y must be an array of real numbers, got text (Population.from_data)
    """
    if isinstance(value, np.ma.MaskedArray):
        if np.ma.is_masked(value):
            raise ValueError(f"{name} must not be masked: leave the masked rows out ({owner})")
        value = value.data
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{name} must be an array of real numbers ({owner}): {error}") from error
    kind = array.dtype.kind
    if kind == "O":
        strange = [item for item in array.flat if not isinstance(item, (int, float, np.number))]
        kind = "f" if not strange else "U" if isinstance(strange[0], (str, bytes)) else "O"
        if any(isinstance(item, complex) for item in array.flat):
            kind = "c"
    if kind not in "biuf":
        shown = {"U": "text", "S": "text", "c": "complex numbers"}.get(kind, f"an array of {array.dtype}")
        raise ValueError(f"{name} must be an array of real numbers, got {shown} ({owner})")
    try:
        return np.array(array, dtype=float)
    except OverflowError:
        raise ValueError(f"{name} must be an array of finite floats, got a larger number ({owner})") from None


def centred(rows: Any) -> Any:
    """Subtract the mean until what is left of it is rounding, so that centred rows stay as they are."""
    rows = np.array(rows, dtype=float)
    for _ in range(5):
        mean = rows.mean(axis=0)
        if not np.any(np.abs(mean) > 8 * np.finfo(float).eps * np.abs(rows).max(axis=0)):
            break
        rows = rows - mean
    return rows
