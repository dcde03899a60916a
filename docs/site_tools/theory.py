"""The theory of the site: one page per registered result, generated from its derivation.

The directive `derivation` lays a derivation out; `derivations` lists them in order and draws what rests on
what. Every derivation is verified when its page is built, and the page says what each check saw.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import w2s_asymptotics as w2s
from w2s_asymptotics.report.article import (
    Formula,
    definition_formula,
    notation_rows,
    result_formulas,
    step_formula,
    titled,
)

from .glossary import explain
from .graph import Node, ancestors, slug, svg

__all__ = ["setup", "written"]

RESULTS = "theory/results"
_MATHS = re.compile(r"\$([^$]+)\$")


def inline(text: str) -> list[nodes.Node]:
    """Text in which `$...$` is mathematics and everything else is plain."""
    pieces = _MATHS.split(text.replace("``", "“").replace("''", "”"))
    made: list[nodes.Node] = []
    for place, piece in enumerate(pieces):
        if piece:
            made.append(nodes.math(piece, piece) if place % 2 else nodes.Text(piece))
    return made


def paragraph(*parts: Any, classes: Sequence[str] = ()) -> nodes.paragraph:
    """A paragraph of texts and nodes."""
    made = nodes.paragraph(classes=list(classes))
    for part in parts:
        made += inline(part) if isinstance(part, str) else part
    return made


def label(word: str) -> nodes.inline:
    """A small heading within a line."""
    return nodes.inline("", word, classes=["label"])


def section(title: str, ident: str, *children: nodes.Node) -> nodes.section:
    """A section with an anchor of its own."""
    made = nodes.section(ids=[ident], names=[ident])
    made += nodes.title("", "", *inline(title))
    made += children
    return made


def display(formula: Formula) -> list[nodes.Node]:
    """A displayed formula, and the named parts it is written with."""
    made: list[nodes.Node] = [_block(formula.main)]
    if formula.where:
        made += [paragraph("where"), _block(formula.where)]
    return made


def _block(tex: str) -> nodes.math_block:
    return nodes.math_block(tex, tex, nowrap=True, number=None, label=None)


def bullets(texts: Iterable[str]) -> nodes.bullet_list:
    """A list of paragraphs."""
    return nodes.bullet_list("", *(nodes.list_item("", paragraph(text)) for text in texts), bullet="-")


def table(head: Sequence[str], rows: Iterable[Sequence[Sequence[nodes.Node]]]) -> nodes.Node:
    """A table of inline nodes, in a box that scrolls by itself."""
    group = nodes.tgroup(cols=len(head))
    group += [nodes.colspec(colwidth=1) for _ in head]
    group += nodes.thead("", nodes.row("", *(nodes.entry("", paragraph(name)) for name in head)))
    body = nodes.tbody()
    for cells in rows:
        body += nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *cell)) for cell in cells))
    group += body
    return nodes.container("", nodes.table("", group, classes=["colwidths-auto"]), classes=["scroll"])


def raw(html: str) -> nodes.raw:
    """A piece of HTML as it stands."""
    return nodes.raw("", html, format="html")


class DerivationDirective(SphinxDirective):
    """Lay out one registered derivation, or that of a chain the page names, as a whole page."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Make the section of the page."""
        derivation = w2s.derive(self.arguments[0])
        self.env.note_dependency(str(_file(derivation.name)))
        self.env.note_dependency(str(_file("__init__")))  # the list of all, which its graph is drawn from
        seen = dict(derivation.verify().outcomes)
        page = section(derivation.title, f"derivation-{derivation.name.replace('_', '-')}")
        notation = notation_rows(derivation)
        page += paragraph(derivation.statement, classes=["statement"])
        if notation:
            rows = ((inline(f"${tex}$"), inline(meaning)) for tex, meaning in notation)
            page += section("Notation", "notation", table(("Symbol", "Meaning"), rows))
        results: list[nodes.Node] = [
            nodes.container("", paragraph(name), *display(formula), classes=["result"])
            for name, formula in result_formulas(derivation)
        ]
        definitions = definition_formula(derivation)
        if definitions is not None:
            results += [paragraph("Here"), *display(definitions)]
        page += section("Result", "result", *results)
        page += section("What rests on what", "rests", *self._neighbours(derivation))
        if derivation.assumptions:
            page += section("Assumptions", "assumptions", bullets(derivation.assumptions))
        page += section("Steps", "steps", *self._steps(derivation, seen))
        if derivation.sources:
            page += section("Sources", "sources", bullets(derivation.sources))
        explain(page, notation)
        return [page]

    def _neighbours(self, derivation: Any) -> list[nodes.Node]:
        """What it rests on and what rests on it, drawn; and the calls that reproduce it."""
        uses = {name: w2s.derive(name).uses for name in w2s.derivations()}
        own = ancestors(uses, derivation.name)
        users = {name for name in uses if derivation.name in ancestors(uses, name)}
        kept = [name for name in uses if name in own | users | {derivation.name}]
        drawn = svg(
            {name: _node(name, marked=name == derivation.name) for name in kept},
            {name: [one for one in uses[name] if one in kept] for name in kept},
            f"What {derivation.title} rests on, and what rests on it",
        )
        code = f'>>> import w2s_asymptotics as w2s\n>>> print(w2s.derive("{derivation.name}").verify())'
        block = nodes.literal_block(code, code, language="python")
        found: list[nodes.Node] = (
            [raw(drawn)] if len(kept) > 1 else [paragraph("It rests on no other result, and none on it.")]
        )
        return [*found, paragraph("To check every step yourself:"), block]

    def _steps(self, derivation: Any, seen: dict[str, Any]) -> list[nodes.Node]:
        names = [step.name for step in derivation.steps]
        uses = {
            step.name: [
                *(one for one in step.uses if one in names),
                *([] if step.starts else names[place - 1 : place]),
            ]
            for place, step in enumerate(derivation.steps)
        }
        boxes = {name: Node(f"{place}. {name}", f"#{slug(name)}") for place, name in enumerate(names, 1)}
        graph = raw(
            '<details class="steps-graph"><summary>How the steps hang together</summary>'
            + svg(boxes, uses, "Which step rests on which")
            + "</details>"
        )
        told: list[nodes.Node] = [
            paragraph(
                f"{len(names)} steps. Each names its rule and is closed by a check that sees only its two "
                "sides; all of them ran when this page was built, and what each saw is noted."
            ),
            graph,
        ]
        for number, step in enumerate(derivation.steps, 1):
            uses_line: list[Any] = []
            if step.uses:
                uses_line = [" ", label("Uses"), " ", *self._links(step.uses, names), "."]
            note = [" ", step.note] if step.note else []
            told.append(
                section(
                    f"{number}. {titled(step.name)}",
                    slug(step.name),
                    paragraph(label("Rule"), f" {step.rule}.", *uses_line, *note),
                    *display(step_formula(step)),
                    paragraph(
                        label("Closed by"),
                        f" {step.check.describe()}. ",
                        label("Saw"),
                        f" {seen[step.name].detail}.",
                        classes=["quiet"],
                    ),
                )
            )
        return told

    def _links(self, used: Sequence[str], own: Sequence[str]) -> list[Any]:
        made: list[Any] = []
        for place, name in enumerate(used):
            made.append(", " if place else "")
            words = titled(name).lower()
            if name in own:
                made.append(nodes.reference("", "", *inline(words), refid=slug(name), internal=True))
            else:
                made.append(self._to_result(name, words))
        return made

    def _to_result(self, name: str, words: str) -> addnodes.pending_xref:
        return to_result(self.env.docname, name, words)


def to_result(docname: str, name: str, words: str) -> addnodes.pending_xref:
    """A link to the page of a result."""
    return addnodes.pending_xref(
        "",
        nodes.inline("", "", *inline(words)),
        refdomain="std",
        reftype="doc",
        reftarget=f"/{RESULTS}/{name}",
        refexplicit=True,
        refwarn=True,
        refdoc=docname,
    )


def _node(name: str, marked: bool = False, folder: str = "") -> Node:
    return Node(titled(name), f"{folder}{name}.html", w2s.derive(name).title, marked)


def _file(name: str) -> Path:
    return Path(w2s.__file__).parent / "theorems" / f"{name}.py"


class DerivationsDirective(SphinxDirective):
    """The graph of all registered results, and the list of them in order."""

    option_spec = {"folder": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Draw and list."""
        self.env.note_dependency(str(_file("__init__")))
        uses = {name: w2s.derive(name).uses for name in w2s.derivations()}
        boxes = {name: _node(name, folder=self.options.get("folder", "")) for name in uses}
        items = []
        for name in uses:
            derivation = w2s.derive(name)
            link = to_result(self.env.docname, name, derivation.title)
            item = nodes.list_item("", paragraph(nodes.strong("", "", link), ". ", derivation.statement))
            explain(item, notation_rows(derivation))
            items.append(item)
        return [
            self._contents(list(uses)),
            raw(svg(boxes, uses, "What rests on what among the registered results")),
            nodes.enumerated_list("", *items, enumtype="arabic", prefix="", suffix="."),
        ]

    def _contents(self, names: Sequence[str]) -> addnodes.toctree:
        """The pages of the results in the navigation, in their order."""
        pages = [f"{RESULTS}/{name}" for name in names]
        contents = addnodes.toctree(parent=self.env.docname, entries=[(None, page) for page in pages])
        contents["includefiles"] = pages
        options = {"maxdepth": -1, "caption": None, "glob": False, "hidden": True, "numbered": 0}
        for name, value in (options | {"includehidden": False, "titlesonly": True}).items():
            contents[name] = value
        return contents


def written(folder: Path) -> list[str]:
    """Write a page for each registered result, where it is not there yet; return the names of all."""
    target = folder / RESULTS
    target.mkdir(parents=True, exist_ok=True)
    names = list(w2s.derivations())
    for old in target.glob("*.md"):
        if old.stem not in names:
            old.unlink()
    for name in names:
        page, text = target / f"{name}.md", f"```{{derivation}} {name}\n```\n"
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")
    return names


def _write(app: Sphinx) -> None:
    written(Path(app.srcdir))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives, and write the pages before sources are looked for."""
    app.add_directive("derivation", DerivationDirective)
    app.add_directive("derivations", DerivationsDirective)
    app.connect("builder-inited", _write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
