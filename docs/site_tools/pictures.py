"""Text alternatives of the gallery's figures, written from what stands in them."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["described", "scrape", "setup"]


def plain(text: str) -> str:
    r"""A label without the marks of its typesetting.

    >>> plain(r"student's penalty $\\lambda_s = 0.3\\, n^{-1}$")
    "student's penalty lambda_s = 0.3 n^-1"
    """
    return " ".join(re.sub(r"\\[,;!]|\\mathrm|[${}\\]", "", text).split())


def described(figure: Any) -> str:
    """What a figure shows: of each panel the title, the axes, and the curves of its legend."""
    panels = []
    for axes in figure.axes:
        if axes.get_label() == "<colorbar>":
            panels.append(f"Colours: {plain(axes.get_ylabel() or axes.get_xlabel())}")
            continue
        along = axes.get_xlabel() or ", ".join(tick.get_text() for tick in axes.get_xticklabels())
        against = " against ".join(plain(each) for each in (axes.get_ylabel(), along) if each)
        title = plain(axes.get_title())
        curves = "; ".join(plain(label) for label in axes.get_legend_handles_labels()[1])
        panels.append(": ".join(part for part in (title, against, curves) if part))
    return ". ".join(panels)


def scrape(block: Any, block_vars: Any, gallery_conf: Any, **options: Any) -> str:
    """Save the figures as Sphinx-Gallery does, and say in words what they show."""
    import matplotlib.pyplot as plt
    from sphinx_gallery.scrapers import matplotlib_scraper

    words = iter([described(plt.figure(number)) for number in plt.get_fignums()])
    text: str = matplotlib_scraper(block, block_vars, gallery_conf, **options)
    return re.sub(r"(?m)^( *:alt: ).*$", lambda match: match[1] + next(words), text)


def _name_thumbnails(app: Any, doctree: Any, docname: str) -> None:
    """Give every thumbnail of the gallery the title of its page as its text alternative."""
    from docutils import nodes

    for image in doctree.findall(nodes.image):
        found = re.search(r"/thumb/sphx_glr_(plot_\w+)_thumb", image["uri"])
        page = f"auto_gallery/{found[1]}" if found else ""
        if page in app.env.titles:
            image["alt"] = f"Figure of the page: {app.env.titles[page].astext()}"


def setup(app: Any) -> dict[str, bool]:
    """Name the thumbnails once all titles are known."""
    app.connect("doctree-resolved", _name_thumbnails)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
