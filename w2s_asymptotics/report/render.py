"""One derivation in any of its written forms: text, LaTeX, HTML or PDF."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..files import write_beside
from .latex import compile_pdf

if TYPE_CHECKING:
    from w2s_asymptotics.proof.derivation import Derivation

__all__ = ["SUFFIXES", "render", "written"]

SUFFIXES = {"text": ".txt", "latex": ".tex", "html": ".html", "pdf": ".pdf"}


def written(derivation: Derivation, kind: str) -> str:
    """Write a derivation out as `text`, `latex` or `html`."""
    if kind == "text":
        return derivation.text()
    if kind == "latex":
        return derivation.latex()
    if kind == "html":
        from .html import document

        return document(derivation)
    raise ValueError(f"a derivation is written as text, latex or html, got {kind!r}")


def render(derivation: Derivation, kind: str, path: str | Path) -> Path:
    """Write a derivation to a file, as `text`, `latex`, `html` or `pdf`; folders on the way are made."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    if kind == "pdf":
        return compile_pdf(derivation.latex(), target)
    return write_beside(target, written(derivation, kind))
