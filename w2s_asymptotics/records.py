"""Records that compare by value even when they hold arrays."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import fields
from typing import Any

import numpy as np

__all__ = ["Record"]


class Record:
    """Equality and hash over the fields of a frozen dataclass, arrays entering by their contents.

    >>> from w2s_asymptotics import Ridge
    >>> Ridge(gamma=0.5, lam=[0.1, 0.2]) == Ridge(gamma=0.5, lam=[0.1, 0.2])
    True
    """

    def _contents(self) -> tuple[Hashable, ...]:
        record: Any = self
        return tuple(_frozen(getattr(record, item.name)) for item in fields(record))

    def __eq__(self, other: object) -> bool:
        return (
            type(other) is type(self) and isinstance(other, Record) and self._contents() == other._contents()
        )

    def __hash__(self) -> int:
        return hash((type(self), self._contents()))


def _frozen(value: Any) -> Hashable:
    if not isinstance(value, np.ndarray):
        frozen: Hashable = value
        return frozen
    return value.shape, tuple(value.flat) if value.dtype == object else value.tobytes()
