"""The explorer, written beside the pages of the site when these are built."""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx

from w2s_asymptotics.report.explorer import explorer

__all__ = ["setup"]


def _write(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.format == "html":
        explorer(Path(app.outdir) / "explorer.html")


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the page when the others are done."""
    app.connect("build-finished", _write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
