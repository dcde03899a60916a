r"""Prose and displays of the written accounts of a derivation, and the article around them.

The paper (`w2s_asymptotics.report.paper`), the HTML account and the site typeset the same lines, so that
accounts cannot differ.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sympy as sp
from sympy.core.relational import Relational

from w2s_asymptotics.notation import QUANTITIES
from w2s_asymptotics.report.meanings import meaning
from w2s_asymptotics.report.sides import left_side
from w2s_asymptotics.report.typeset import PAGE, Layout, Line, width_in_ems
from w2s_asymptotics.words.tex import formula_tex

if TYPE_CHECKING:
    from w2s_asymptotics.proof.derivation import Derivation, Step

__all__ = [
    "Formula",
    "Rows",
    "article",
    "definition_formula",
    "definition_rows",
    "escape",
    "first_side",
    "formula_tex",
    "notation_rows",
    "prose",
    "result_formulas",
    "result_rows",
    "rows_of",
    "step_formula",
    "summary",
    "titled",
]

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
} | {character: "\\" + character for character in "{}$&%#_"}
_FORM_NAMES = {
    "kappa": r"Effective-regularisation form, in $\kappa$",
    "resolvent": "Resolvent form, in $m$ and $m'$",
    "lam_bar": r"Upper end of the winning penalties, $\bar\lambda$",
    "lam_bar_below": r"Upper end of the winning penalties, $\bar\lambda$, written for $\chi < 0$",
    "lam_lo": r"Lower end of the winning penalties, $\lambda_{\mathrm{lo}}$",
    "lam_hi": r"Upper end of the winning penalties, $\lambda_{\mathrm{hi}}$",
    "min_t": r"Least threshold, $\min t$",
    "chi": r"The parameter $\chi$",
}
_CONTINUED = r"\quad"
_MATHS = re.compile(r"\$([^$]+)\$")


def escape(text: str) -> str:
    r"""Make plain text safe for LaTeX; characters that its Latin fonts lack become question marks.

    >>> escape("50% of A_1 & B")
    '50\\% of A\\_1 \\& B'
    """
    return "".join(_SPECIAL.get(character, character if _printable(character) else "?") for character in text)


def _printable(character: str) -> bool:
    """Whether pdflatex has a glyph for it: Latin letters with their accents, dashes and quotation marks."""
    return ord(character) < 0x180 or character in "–—‘’“”…"


def prose(text: str) -> str:
    r"""Escape text in which `$...$` is mathematics and everything else is plain.

    >>> prose("the gain_1 is $\\kappa_s$")
    'the gain\\_1 is $\\kappa_s$'
    """
    pieces = _MATHS.split(text)
    return "".join(f"${piece}$" if index % 2 else escape(piece) for index, piece in enumerate(pieces))


@dataclass(frozen=True)
class Formula:
    """A displayed formula as LaTeX: `main`, and `where`, which states its named parts (or None)."""

    main: str
    where: str | None = None


def _rows(lead: str, lines: Sequence[Line]) -> list[str]:
    first, *others = lines
    return [f"{lead}{{}} & {first.tex}" if lead else f"& {first.tex}"] + [
        f"& {_CONTINUED} {line.tex}" for line in others
    ]


def _aligned(rows: Sequence[str]) -> str:
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"


@dataclass(frozen=True)
class Rows:
    """The lines of a display: of `main`, and of `where`, which states its named parts."""

    main: tuple[str, ...]
    where: tuple[str, ...] = ()


def rows_of(
    parts: Sequence[tuple[str, sp.Basic]], width: float = PAGE, around: tuple[str, str] = ("", "")
) -> Rows:
    """Expressions one below the other, each led by what stands to its left; `around` encloses the first.

    Two short sides share a line.
    """
    layout = Layout(formula_tex, width)
    widest = max(width_in_ems(lead) for lead, _ in parts)
    whole = [layout.lines(expression, taken=widest) for _, expression in parts]
    if any(around):
        first, last = around
        opened = [first + whole[0][0].tex, *(line.tex for line in whole[0][1:])]
        opened[-1] += last
        whole[0] = tuple(Line(tex) for tex in opened)
    if len(parts) == 2 and not parts[0][0] and all(len(lines) == 1 for lines in whole):
        lead, left, right = parts[1][0], whole[0][0].tex, whole[1][0].tex
        if lead in ("=", r"\simeq") and width_in_ems(left + lead + right) <= width - 2:
            whole, parts = [(Line(f"{left} {lead} {right}"),)], [parts[0]]
    rows = [row for (lead, _), lines in zip(parts, whole, strict=True) for row in _rows(lead, lines)]
    where = [row for name, lines in layout.where() for row in _rows(f"{name} =", lines)]
    return Rows(tuple(rows), tuple(where))


def _formula(rows: Rows) -> Formula:
    return Formula(_aligned(rows.main), _aligned(rows.where) if rows.where else None)


def first_side(step: Step) -> sp.Basic:
    """Return what a step takes up; what implies a statement is one: that it vanishes."""
    if isinstance(step.after, Relational) and isinstance(step.before, sp.Expr):
        return sp.Eq(step.before, 0, evaluate=False)
    side: sp.Basic = step.before
    return side


def step_formula(step: Step) -> Formula:
    """Display one step: what it takes up and, after the sign that relates them, what its rule makes of it."""
    return _formula(rows_of([("", first_side(step)), (step.check.sign(step), step.after)]))


def definition_rows(derivation: Derivation, width: float = PAGE) -> Rows | None:
    """Lay out what the symbols of the result stand for, one per line (None where notation says it all)."""
    if not derivation.definitions:
        return None
    return rows_of([(f"{formula_tex(name)} =", meaning) for name, meaning in derivation.definitions], width)


def definition_formula(derivation: Derivation) -> Formula | None:
    """Display what the symbols of the result stand for."""
    rows = definition_rows(derivation)
    return None if rows is None else _formula(rows)


def result_rows(derivation: Derivation, width: float = PAGE) -> tuple[tuple[str, Rows], ...]:
    """Lay out the result in each of its forms: (name of the form in words, its lines)."""
    found = []
    for name, form in derivation.forms.items():
        side = left_side(derivation, name, form)
        found.append(
            (_FORM_NAMES.get(name, titled(name)), rows_of([(f"{side} =" if side else "", form)], width))
        )
    return tuple(found)


def result_formulas(derivation: Derivation) -> tuple[tuple[str, Formula], ...]:
    """Display the result in each of its forms: (name of the form in words, its display)."""
    return tuple((name, _formula(rows)) for name, rows in result_rows(derivation, PAGE - 3))


def summary(derivation: Derivation) -> str:
    """Statement and result as notebooks typeset them: prose with `$...$`, displays in `align*`."""
    shown = [formula for _, formula in result_formulas(derivation)]
    shown += [formula for formula in [definition_formula(derivation)] if formula is not None]
    parts = [part for formula in shown for part in (formula.main, formula.where and f"where {formula.where}")]
    return "\n".join([f"{derivation.title}. {derivation.statement}", *(part for part in parts if part)])


def notation_rows(derivation: Derivation) -> tuple[tuple[str, str], ...]:
    """Return (LaTeX, meaning) of every symbol: as the derivation says, then quantities it takes as known."""
    told = " ".join(re.sub(r"[_^]\{?[^,\s]*", "", tex) for tex, _ in derivation.notation)
    sides = [side for step in derivation.steps for side in (step.before, step.after)]
    names = {each.name for side in sides for each in getattr(side, "free_symbols", ())}
    missing = []
    for name, quantity in QUANTITIES.items():
        letter = re.sub(r"[_^].*", "", quantity.latex)
        there = any(each == name or each.startswith(f"{name}_") and each not in QUANTITIES for each in names)
        if there and not re.search(re.escape(letter) + r"(?![A-Za-z])", told):
            missing.append((quantity.latex, meaning(name)))
    return (*derivation.notation, *missing)


def titled(name: str) -> str:
    """Turn a machine name into a heading.

    >>> titled("integrate_out_noise")
    'Integrate out noise'
    """
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


_PREAMBLE = r"""\documentclass[11pt,a4paper]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{lmodern}
\usepackage[margin=2.4cm]{geometry}
\usepackage{amsmath,amssymb,amsthm,mathtools}
\usepackage{booktabs,longtable,array}
\usepackage{microtype,graphicx}
\usepackage[hidelinks]{hyperref}
\allowdisplaybreaks
\setlength{\parindent}{0pt}
\setlength{\parskip}{0.5em}
\setlength{\fboxsep}{8pt}
\setlength{\jot}{7pt}
\emergencystretch=2em
\newtheorem*{theorem}{Theorem}
"""


def article(title: str, body: str) -> str:
    """Wrap a body in an article with everything the accounts need."""
    return "\n".join(
        [
            _PREAMBLE,
            rf"\title{{{prose(title)}}}",
            r"\author{}\date{}",
            r"\begin{document}",
            r"\maketitle",
            body,
            r"\end{document}",
            "",
        ]
    )
