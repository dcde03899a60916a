"""Tables of numbers from files: `.npz` archives and `.csv`; nothing in a file is executed."""

from __future__ import annotations

import csv
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from w2s_asymptotics.worlds.tables import real_table

__all__ = ["csv_cells", "number", "numbers", "read_csv", "read_npz"]

Array = NDArray[np.float64]


def read_npz(path: Path, needed: Sequence[str], optional: Sequence[str] = ()) -> dict[str, Array]:
    """Arrays of numbers by name. Raises `ValueError` for what is missing, damaged or no number."""
    with path.open("rb") as file:
        if not zipfile.is_zipfile(file):
            raise ValueError(f"{path.name}: not a .npz file (save one by numpy.savez)")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            if any(name not in arrays for name in needed):
                names = f"{', '.join(needed[:-1])} and {needed[-1]}"
                raise ValueError(
                    f"{path.name}: needs arrays {names}, has {', '.join(arrays.files) or 'none'}"
                )
            found = {name: arrays[name] for name in (*needed, *optional) if name in arrays}
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise ValueError(f"{path.name}: the file is damaged ({error})") from error
    except ValueError as error:
        if "allow_pickle" not in str(error):
            raise
        raise ValueError(
            f"{path.name}: {' and '.join(needed)} must be arrays of numbers, and one is of Python objects, "
            "which could run code (allow_pickle stays off)"
        ) from None
    return {name: real_table(name, array, path.name) for name, array in found.items()}


def csv_cells(path: Path) -> list[list[str]]:
    """The rows of a table of comma-separated values that are not empty, each as long as the first."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file) if row]
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path.name}: not a text in UTF-8 (byte {error.object[error.start]:#04x} at {error.start})"
        ) from error
    except csv.Error as error:
        raise ValueError(f"{path.name}: not a table of comma-separated values ({error})") from error
    if not rows:
        raise ValueError(f"{path.name}: the file is empty")
    for place, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            raise ValueError(
                f"{path.name}, row {place}: {len(row)} columns where the first row has {len(rows[0])}"
            )
    return rows


def read_csv(path: Path) -> Array:
    """A table of numbers, with or without a header."""
    rows = csv_cells(path)
    first = 1 if any(number(cell) is None for cell in rows[0]) else 0
    return numbers(path, rows[first:], first + 1)


def numbers(path: Path, rows: Sequence[Sequence[str]], first: int) -> Array:
    """Cells as numbers; the first of the rows is the file's number `first`."""
    table = [[number(cell) for cell in row] for row in rows]
    for place, (row, values) in enumerate(zip(rows, table, strict=True), first):
        if None in values:
            column = values.index(None)
            raise ValueError(
                f"{path.name}, row {place}, column {column + 1}: {row[column]!r} is not a number"
            )
    return np.array(table, dtype=float).reshape(len(table), len(rows[0]) if rows else 0)


def number(text: str) -> float | None:
    """The number that a cell has, or None."""
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None
