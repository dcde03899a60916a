"""The advisor's file and its page: embeddings read from disk, and the advice as one HTML page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import w2s_asymptotics as w2s
from w2s_asymptotics.advice.record import WORDS, Advice, Way
from w2s_asymptotics.report.tables import csv_cells, numbers, read_npz
from w2s_asymptotics.report.words import figure as shown
from w2s_asymptotics.report.words import number, percent

__all__ = ["Embeddings", "load", "page"]

Array = NDArray[np.float64]


class Embeddings(NamedTuple):
    """What a file has: arguments of `advise`."""

    weak: Array
    strong: Array
    y: Array
    unlabelled: tuple[Array, Array] | None


def load(path: str | Path) -> Embeddings:
    """Read two embeddings and labels from a `.npz` or a `.csv`.

    A `.npz` has the arrays `weak`, `strong`, `y` and, of rows without labels, `unlabelled_weak` and
    `unlabelled_strong`. A `.csv` has a header: columns whose names begin with `weak` and `strong`, and a
    column `y`, which is empty where a row has no label. Raises `ValueError` naming the place for anything
    else.
    """
    source = Path(path)
    if source.suffix == ".npz":
        others = "unlabelled_weak", "unlabelled_strong"
        found = read_npz(source, ("weak", "strong", "y"), others)
        both = [found[name] for name in others if name in found]
        if len(both) == 1:
            raise ValueError(f"{source.name}: needs both {' and '.join(others)}, or neither")
        pair = (both[0], both[1]) if both else None
        return Embeddings(found["weak"], found["strong"], found["y"], pair)
    if source.suffix != ".csv":
        raise ValueError(f"{source.name}: embeddings are a .npz or a .csv file")
    head, *rows = csv_cells(source)
    names = [each.strip() for each in head]
    places = {key: [k for k, name in enumerate(names) if name.startswith(key)] for key in ("weak", "strong")}
    if not all(places.values()) or names.count("y") != 1:
        raise ValueError(
            f"{source.name}: the header needs columns weak..., strong... and one y, "
            f"got {', '.join(names[:6])}"
        )
    at = names.index("y")
    known = np.array([bool(row[at].strip()) for row in rows])
    filled = [[*row[:at], row[at].strip() or "0", *row[at + 1 :]] for row in rows]
    used = sorted([*places["weak"], *places["strong"], at])
    table = np.zeros((len(rows), len(names)))
    table[:, used] = numbers(source, [[row[k] for k in used] for row in filled], 2)
    weak, strong = table[:, places["weak"]], table[:, places["strong"]]
    pair = None if known.all() else (weak[~known], strong[~known])
    return Embeddings(weak[known], strong[known], table[known, at], pair)


class Bar(NamedTuple):
    """A way as a row of the drawing: where its interval and its gain lie, in per cent of the width."""

    way: Way
    words: str
    left: float
    width: float
    place: float


def bars(advice: Advice) -> tuple[list[Bar], float]:
    """The gains as a drawing, and where zero lies in it."""
    ends = [0.0, *(end for way in advice.ways for end in (way.low, way.high, way.gain))]
    low, high = min(ends), max(ends)
    span = (high - low) or 1.0

    def at(value: float) -> float:
        return 4.0 + 92.0 * (value - low) / span

    drawn = [
        Bar(way, WORDS[way.name], at(way.low), at(way.high) - at(way.low), at(way.gain))
        for way in advice.ways
    ]
    return drawn, at(0.0)


def page(advice: Advice) -> str:
    """The advice as one HTML page that needs nothing else."""
    from w2s_asymptotics.report import html

    drawn, zero = bars(advice)
    settings: dict[str, Any] = {"number": number, "shown": shown, "percent": percent}
    names: Sequence[str] = list(advice.outlooks[0].errors) if advice.outlooks else []
    return (
        html.environment()
        .get_template("advice.html")
        .render(
            advice=advice,
            bars=drawn,
            zero=zero,
            names=names,
            words=WORDS,
            version=w2s.__version__,
            **settings,
        )
    )
