"""Records that compare by value even when they hold arrays, and show themselves in notebooks."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import fields
from html import escape
from typing import Any

import numpy as np

__all__ = ["Record", "Shown", "as_lists", "shown", "table"]


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
        if value.dtype == object or not value.size:
            return size
        if value.dtype == bool:
            return f"{size}, {int(value.sum())} of {value.size} true"
        return f"{size}, from {value.min():.4g} to {value.max():.4g}"
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
    """A dataclass that shows itself as a table where HTML is shown, as notebooks do.

    Printed, it is its `repr`, except that large arrays are summarised.

    >>> from w2s_asymptotics import Ridge
    >>> print(Ridge(gamma=0.5, lam=np.linspace(0, 1, 50)))  # doctest: +ELLIPSIS
    Ridge(gamma=0.5, lam=<50, from 0 to 1>, penalty=None, ...)
    """

    def __str__(self) -> str:
        record: Any = self
        entries = {item.name: getattr(record, item.name) for item in fields(record) if item.repr}
        if not any(map(_large, entries.values())):
            return repr(self)
        inside = ", ".join(f"{name}={_brief(value)}" for name, value in entries.items())
        return f"{type(self).__name__}({inside})"

    def _rows(self) -> Iterable[Sequence[Any]]:
        """Name and value of each field that has something to say."""
        record: Any = self
        for item in fields(record):
            value = getattr(record, item.name)
            if item.repr and value is not None and not (isinstance(value, str) and not value):
                yield item.name, value

    def _repr_html_(self) -> str:
        return table(type(self).__name__, self._rows())


def _large(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return any(map(_large, value))
    if isinstance(value, Shown):
        return any(_large(getattr(value, item.name)) for item in fields(value))  # type: ignore[arg-type]
    return isinstance(value, np.ndarray) and value.size > 6


def _brief(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        inside = ", ".join(map(_brief, value))
        return f"[{inside}]" if isinstance(value, list) else f"({inside}{',' * (len(value) == 1)})"
    if not _large(value):
        return repr(value)
    return f"<{shown(value)}>" if isinstance(value, np.ndarray) else str(value)


class Record(Shown):
    """Equality and hash over the fields of a frozen dataclass, arrays entering by their contents.

    >>> from w2s_asymptotics import Ridge
    >>> Ridge(gamma=0.5, lam=[0.1, 0.2]) == Ridge(gamma=0.5, lam=[0.1, 0.2])
    True
    """

    def to_json(self, indent: int | None = None) -> str:
        """The record as JSON text, which `from_json` reads back to the last bit."""
        from .serial import to_json

        return to_json(self, indent)

    def _contents(self) -> tuple[Hashable, ...]:
        record: Any = self
        return tuple(_frozen(getattr(record, item.name)) for item in fields(record))

    def __eq__(self, other: object) -> bool:
        return (
            type(other) is type(self) and isinstance(other, Record) and self._contents() == other._contents()
        )

    def __hash__(self) -> int:
        return hash((type(self), self._contents()))


def as_lists(record: Any) -> dict[str, Any]:
    """The fields of a record by name, arrays as lists.

    >>> from w2s_asymptotics import GradientFlow
    >>> as_lists(GradientFlow(gamma=0.5, time=[1.0, 2.0]))["time"]
    [1.0, 2.0]
    """
    found = {item.name: getattr(record, item.name) for item in fields(record)}
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in found.items()}


def _frozen(value: Any) -> Hashable:
    """Something hashable that is equal where values are: arrays by type, shape and contents; nan is nan."""
    if isinstance(value, np.ndarray):
        entries = tuple(map(_frozen, value.flat)) if value.dtype == object else value.tobytes()
        return str(value.dtype), value.shape, entries
    if isinstance(value, (tuple, list)):
        return type(value).__name__, *map(_frozen, value)
    if isinstance(value, dict):
        return "dict", frozenset((name, _frozen(item)) for name, item in value.items())
    if isinstance(value, float) and value != value:
        return "nan"
    found: Hashable = value
    return found
