r"""Displayed formulas that fit the page: how wide one is, where it may be broken, what to call its parts.

A derivation produces expressions of any length; a page has one width. `Layout` breaks a sum between its
terms and, where a single term is still too wide (a fraction with a long numerator, say), names the long
part and states it below the formula: the reader sees `N_1/N_2` with `N_1 = ...` under it, never a line that
leaves the page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import sympy as sp

__all__ = ["PAGE", "Layout", "Line", "width_in_ems"]

#: Width of a displayed formula on an A4 page with 11pt type, in ems, with room for the relation sign.
PAGE = 40.0

_TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|[{}^_&]|\s+|.", re.DOTALL)
_NO_WIDTH = re.compile(
    r"\\(left|right|[bB]igg?[lr]?|displaystyle|textstyle|limits|math(rm|bf|bb|cal)|operatorname|text"
    r"|(wide)?hat|(wide)?tilde|bar|overline|begin|end|!)|\s+|&"
)
_WIDE = re.compile(r"[-+=<>]|\\(simeq|sim|to|le|ge|leq|geq|cdot|times|quad|Long\w+)")
_NAMED = re.compile(r"\\(min|max|log|exp|sin|cos|lim|inf|sup|det)")


def width_in_ems(tex: str) -> float:
    r"""Estimate the printed width of a formula in ems, on the wide side: it decides where lines are broken.

    >>> width_in_ems("a") < width_in_ems("a + b") < width_in_ems("a + b + c")
    True
    >>> width_in_ems(r"\frac{a + b}{c}") < width_in_ems("a + b + c")
    True
    """
    return _sequence(iter(_TOKEN.findall(tex)), closing=None)


def _sequence(tokens: Iterator[str], closing: str | None) -> float:
    total = 0.0
    for token in tokens:
        if token == closing:
            break
        total += _item(token, tokens)
    return total


def _argument(tokens: Iterator[str]) -> float:
    for token in tokens:
        if not token.isspace():
            return _item(token, tokens)
    return 0.0


def _item(token: str, tokens: Iterator[str]) -> float:
    if token == "{":
        return _sequence(tokens, closing="}")
    if token in (r"\frac", r"\tfrac", r"\dfrac"):
        return max(_argument(tokens), _argument(tokens)) + 0.3
    if token == r"\sqrt":
        return _argument(tokens) + 0.9
    if token in "^_":
        return 0.72 * _argument(tokens)
    if _NO_WIDTH.fullmatch(token):
        return 0.0
    if _WIDE.fullmatch(token):
        return 1.35
    if _NAMED.fullmatch(token):
        return 1.9
    return 0.4 if token in r"()[],.|\,\;\:" else 0.62


@dataclass(frozen=True)
class Line:
    """One displayed line: `tex`, with `continues` true when it goes on from the line above."""

    tex: str
    continues: bool = False


@dataclass
class Layout:
    r"""Lay out the expressions of one display.

    `lines` breaks each to a width; parts too long to break get a name, stated by `where`. Equal parts share
    one name throughout the display.

    >>> x = sp.Symbol("x")
    >>> layout, long = Layout(sp.latex), sum(sp.Symbol(f"x_{i}") for i in range(40))
    >>> layout.lines(x + 1)
    (Line(tex='x + 1', continues=False),)
    >>> [line.continues for line in layout.lines(long)]
    [False, True, True]
    >>> [line.tex for line in layout.lines(long / (1 + x))], [name for name, lines in layout.where()]
    (['\\frac{N_{1}}{x + 1}'], ['N_{1}'])
    """

    printer: Callable[[sp.Basic], str]
    width: float = PAGE
    named: dict[sp.Basic, sp.Symbol] = field(default_factory=dict)

    def lines(self, expression: sp.Basic, taken: float = 0.0) -> tuple[Line, ...]:
        """Break an expression over as many lines as it needs, `taken` ems being in use to its left."""
        room = self.width - taken
        if self._fits(expression, room):
            return (Line(self.printer(expression)),)
        if not isinstance(expression, sp.Add):
            return (Line(self.printer(self._shorten(expression, room))),)
        rows: list[str] = []
        for term in expression.as_ordered_terms():
            tex = self.printer(self._shorten(term, room))
            signed = tex if tex.lstrip().startswith("-") else "+ " + tex
            if rows and width_in_ems(rows[-1]) + width_in_ems(signed) <= room:
                rows[-1] = f"{rows[-1]} {signed}"
            else:
                rows.append(signed if rows else tex)
        return tuple(Line(tex, continues=index > 0) for index, tex in enumerate(rows))

    def where(self) -> tuple[tuple[str, tuple[Line, ...]], ...]:
        """State the parts that were named, in order: (name, lines); parts of parts come after them."""
        stated: list[tuple[str, tuple[Line, ...]]] = []
        while len(stated) < len(self.named):
            part, symbol = list(self.named.items())[len(stated)]
            stated.append((symbol.name, self.lines(part, taken=3.0)))
        return tuple(stated)

    def _fits(self, expression: sp.Basic, room: float) -> bool:
        return width_in_ems(self.printer(expression)) <= room

    def _shorten(self, expression: sp.Basic, room: float) -> sp.Basic:
        """Return the same expression with its widest parts named until it fits on one line."""
        while not self._fits(expression, room):
            part = self._widest_part(expression)
            if part is None:
                return expression
            expression = expression.xreplace({part: self._name(part)})
        return expression

    def _name(self, part: sp.Expr) -> sp.Symbol:
        if part not in self.named:
            self.named[part] = sp.Symbol(
                f"N_{{{len(self.named) + 1}}}", commutative=bool(part.is_commutative)
            )
        return self.named[part]

    def _widest_part(self, expression: sp.Basic) -> sp.Expr | None:
        """Find the largest compound part worth a name: a sum where there is one, else any compound part."""
        parts = [part for part in sp.preorder_traversal(expression)
                 if part is not expression and isinstance(part, sp.Expr) and part.args]  # fmt: skip
        parts = [part for part in parts if width_in_ems(self.printer(part)) > 3]
        sums = [part for part in parts if isinstance(part, sp.Add)] or parts
        return max(sums, key=lambda part: width_in_ems(self.printer(part)), default=None)
