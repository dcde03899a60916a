"""Where figures are drawn, and how they become files."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from w2s_asymptotics.files import write_beside

__all__ = ["current_axes", "new_axes", "png", "save", "svg"]


def new_axes(width: float = 6.0, height: float = 4.2) -> Axes:
    """Make axes on a figure of their own, in inches."""
    return Figure(figsize=(width, height), layout="constrained").add_subplot()


def current_axes() -> Axes:
    """Take the current axes of pyplot where it is in use: `plt.savefig` and notebooks then show the figure.

    It is where somebody has imported it, and in IPython; elsewhere axes are new, and pyplot is left alone.
    """
    pyplot = sys.modules.get("matplotlib.pyplot")
    shell = sys.modules.get("IPython")
    if pyplot is None and shell is not None and shell.get_ipython() is not None:
        from matplotlib import pyplot
    return new_axes() if pyplot is None else pyplot.gca()


def _bytes(ax: Axes, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.savefig(buffer, format=kind, **options)
    return buffer.getvalue()


def svg(ax: Axes) -> str:
    """Return the figure of `ax` as the text of an SVG file, the same from run to run."""
    from matplotlib import rc_context

    with rc_context({"svg.hashsalt": "w2s"}):
        return _bytes(ax, "svg", metadata={"Date": None}).decode()


def save(ax: Axes, path: str | Path) -> Path:
    """Write the figure of `ax` to a file whose suffix says how: .png, .svg or .pdf."""
    target = Path(path)
    kind = target.suffix.lower().lstrip(".")
    if kind not in ("png", "svg", "pdf"):
        raise ValueError(f"a figure is written as .png, .svg or .pdf, got {target.name!r}")
    target.parent.mkdir(parents=True, exist_ok=True)
    return write_beside(target, svg(ax) if kind == "svg" else _bytes(ax, kind, dpi=150))


def png(ax: Axes, dpi: int = 150) -> bytes:
    """Return the figure of `ax` as a PNG file."""
    return _bytes(ax, "png", dpi=dpi, metadata={"Software": None})
