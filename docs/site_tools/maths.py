"""Formulas of the site as MathML, written at build time: a page needs no script and no network."""

from __future__ import annotations

from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from w2s_asymptotics.report.html import mathml

__all__ = ["setup"]


def _title(node: Any) -> str:
    """What the letters mean, where a page says it (`glossary.explain`)."""
    known = node.get("known")
    return f' title="{escape(known)}"' if known else ""


def _inline(writer: Any, node: nodes.math) -> None:
    shown = mathml(node.astext())
    writer.body.append(f'<span class="known"{_title(node)}>{shown}</span>' if node.get("known") else shown)
    raise nodes.SkipNode


def _block(writer: Any, node: nodes.math_block) -> None:
    shown = mathml(node.astext(), True)
    writer.body.append(
        f'<div class="formula" tabindex="0" role="group" aria-label="formula"{_title(node)}>{shown}</div>'
    )
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the renderer `mathml`."""
    app.add_html_math_renderer("mathml", inline_renderers=(_inline, None), block_renderers=(_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
