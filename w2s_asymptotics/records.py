"""Records that compare by value even when they hold arrays, and show themselves in notebooks."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import fields
from html import escape
from typing import Any

import numpy as np

__all__ = ["Record", "Shown", "shown", "table"]


def shown(value: Any) -> str:
    """One value in few characters: numbers to six digits, arrays by their entries or their range.

    >>> shown(1 / 3), shown(np.arange(3.0)), shown(np.ones((2, 50)))
    ('0.333333', '0, 1, 2', '2 x 50, from 1 to 1')
    """
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, np.ndarray) and value.ndim:
        if value.ndim == 1 and value.size <= 6:
            return ", ".join(shown(item) for item in value)
        size = " x ".join(str(length) for length in value.shape)
        return size if value.dtype == object else f"{size}, from {value.min():.4g} to {value.max():.4g}"
    if isinstance(value, (tuple, list)):
        parts = [shown(item) for item in value]
        return ", ".join(parts) if len(parts) <= 6 else f"{len(parts)} entries"
    return str(getattr(value, "__name__", value))


def table(caption: str, rows: Iterable[Sequence[Any]], head: Sequence[str] = ()) -> str:
    """An HTML table whose first column names its rows; every cell is escaped.

    >>> table("Ridge", [("lam", 0.5)])
    '<table><caption>Ridge</caption><tbody><tr><th scope="row">lam</th><td>0.5</td></tr></tbody></table>'
    """
    titles = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    body = "".join(
        f'<tr><th scope="row">{escape(str(name))}</th>'
        + "".join(f"<td>{escape(shown(cell))}</td>" for cell in cells)
        + "</tr>"
        for name, *cells in rows
    )
    above = f"<thead><tr>{titles}</tr></thead>" if head else ""
    return f"<table><caption>{escape(caption)}</caption>{above}<tbody>{body}</tbody></table>"


class Shown:
    """A dataclass that shows itself as a table where HTML is shown, as notebooks do."""

    def _rows(self) -> Iterable[Sequence[Any]]:
        """Name and value of each field that has something to say."""
        record: Any = self
        for item in fields(record):
            value = getattr(record, item.name)
            if item.repr and value is not None and not (isinstance(value, str) and not value):
                yield item.name, value

    def _repr_html_(self) -> str:
        return table(type(self).__name__, self._rows())


class Record(Shown):
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
