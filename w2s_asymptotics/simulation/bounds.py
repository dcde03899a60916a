"""How much memory a simulation takes, said before any of it is taken."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from .estimators import Estimator

__all__ = ["check_dim", "check_estimators", "memory"]

_CELL = 8  # bytes of a float
_COUNTED = 10**16
_VECTORS = 8  # of length d that a world at dimension d takes
_LIMIT = Path("/sys/fs/cgroup/memory.max")


def memory() -> int | None:
    """Bytes that this process may take: of the machine or, in a container, of that; None if unknown."""
    try:
        whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None
    try:
        return min(whole, int(_LIMIT.read_text()))
    except (OSError, ValueError):
        return whole


def _size(count: int) -> str:
    """A number of bytes in words.

    >>> _size(16 * 10**12), _size(3 * 10**30)
    ('16 TB', '3e+30 bytes')
    """
    for power, unit in ((15, "PB"), (12, "TB"), (9, "GB"), (6, "MB")):
        if 10**power <= count < 10 ** (power + 3):
            return f"{count / 10**power:.3g} {unit}"
    return f"{count:.3g} bytes" if count < 10**300 else "more than 1e300 bytes"


def _refuse(dim: int, needed: int, what: str) -> None:
    available = memory()
    if available is not None and needed > available:
        raise ValueError(
            f"dim = {dim if dim < _COUNTED else 'of this size'} needs {_size(needed)} of memory at once "
            f"({what}), there are {_size(available)}: lower dim or the number of rows"
        )


def check_dim(dim: int) -> None:
    """Refuse a dimension whose vectors alone do not fit."""
    _refuse(dim, _VECTORS * _CELL * dim, "vectors of this length")


def check_estimators(estimators: Sequence[Estimator], dim: int) -> None:
    """Refuse a chain whose largest fit does not fit."""
    for place, each in enumerate(estimators, 1):
        rows = each.samples if each.samples < _COUNTED else "countless"
        what = f"learner {place}: {rows} rows of {dim} numbers, and their normal equations"
        _refuse(dim, _CELL * each.cells(), what)
