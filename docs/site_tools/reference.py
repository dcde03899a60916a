"""The reference of the site: the table of notation, and docstrings that state every argument's domain."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from w2s_asymptotics.notation import QUANTITIES
from w2s_asymptotics.report.meanings import meaning

from .domains import callables, documented, takers, typeset
from .theory import inline, table

__all__ = ["setup"]


class QuantitiesDirective(SphinxDirective):
    """The table of notation, as the code has it."""

    def run(self) -> list[nodes.Node]:
        """Make the table."""
        taken = takers()
        rows = []
        for name, quantity in QUANTITIES.items():
            typical = ", ".join(f"{value:g}" for value in quantity.typical)
            by = ", ".join(taken[name]) or "–"
            code = nodes.literal("", name)
            rows.append(
                (
                    [code],
                    inline(f"${quantity.latex}$"),
                    inline(typeset(quantity.domain)),
                    inline(meaning(name)),
                    [nodes.Text(typical)],
                    [nodes.Text(by)],
                )
            )
        return [table(("Name", "Symbol", "Domain", "Meaning", "Typical values", "Argument of"), rows)]


def _add_domains(app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    owner = name.removeprefix("w2s_asymptotics.")
    public = dict(callables())
    if owner in public:
        lines[:] = documented(owner, public[owner], lines)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive, and the change to docstrings (before they are parsed as numpy's)."""
    app.add_directive("quantities", QuantitiesDirective)
    app.connect("autodoc-process-docstring", _add_domains, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
