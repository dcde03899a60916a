r"""The written account of a derivation: a LaTeX article that stands on its own.

`document` lays out statement, notation, assumptions, every step with its rule, what it uses and the check
that closes it, and the result boxed in each of its forms. `step_formula`, `result_formulas` and
`definition_formula` give the same displays one by one; the HTML account typesets those, so the two accounts
cannot differ.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sympy as sp
from sympy.core.relational import Relational

from w2s_asymptotics.report.typeset import PAGE, Layout, Line, width_in_ems
from w2s_asymptotics.words.tex import formula_tex

if TYPE_CHECKING:
    from w2s_asymptotics.proof.derivation import Derivation, Step

__all__ = [
    "Formula",
    "account",
    "article",
    "definition_formula",
    "document",
    "escape",
    "formula_tex",
    "prose",
    "result_formulas",
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


def _formula(parts: Sequence[tuple[str, sp.Basic]], width: float = PAGE) -> Formula:
    """Expressions one below the other, each led by a relation sign (or by nothing)."""
    layout = Layout(formula_tex, width)
    widest = max(width_in_ems(lead) for lead, _ in parts)
    rows = [row for lead, expression in parts for row in _rows(lead, layout.lines(expression, taken=widest))]
    where = [row for name, lines in layout.where() for row in _rows(f"{name} =", lines)]
    return Formula(_aligned(rows), _aligned(where) if where else None)


def step_formula(step: Step) -> Formula:
    """Display one step: what it takes up and, after the sign that relates them, what its rule makes of it."""
    before = step.before
    if isinstance(step.after, Relational) and isinstance(before, sp.Expr):
        before = sp.Eq(before, 0, evaluate=False)  # what implies a statement is one: that it vanishes
    return _formula([("", before), (step.check.sign(step), step.after)])


def definition_formula(derivation: Derivation) -> Formula | None:
    """Display what the symbols of the result stand for, one per line (None where notation says it all)."""
    if not derivation.definitions:
        return None
    return _formula([(f"{formula_tex(name)} =", meaning) for name, meaning in derivation.definitions])


def result_formulas(derivation: Derivation) -> tuple[tuple[str, Formula], ...]:
    """Display the result in each of its forms: (name of the form in words, its display)."""
    return tuple(
        (_FORM_NAMES.get(name, titled(name)), _formula([("", form)], PAGE - 3))
        for name, form in derivation.forms.items()
    )


def summary(derivation: Derivation) -> str:
    """Statement and result as notebooks typeset them: prose with `$...$`, displays in `align*`."""
    shown = [formula for _, formula in result_formulas(derivation)]
    shown += [formula for formula in [definition_formula(derivation)] if formula is not None]
    parts = [part for formula in shown for part in (formula.main, formula.where and f"where {formula.where}")]
    return "\n".join([f"{derivation.title}. {derivation.statement}", *(part for part in parts if part)])


def titled(name: str) -> str:
    """Turn a machine name into a heading.

    >>> titled("integrate_out_noise")
    'Integrate out noise'
    """
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _with_parts(formula: Formula) -> str:
    where = f"\n\\noindent where\n{formula.where}" if formula.where else ""
    return formula.main + where


def _boxed(formula: Formula) -> str:
    rows = formula.main.removeprefix("\\begin{align*}\n").removesuffix("\n\\end{align*}").split(" \\\\\n")
    rows = [row.removeprefix("& ").replace(_CONTINUED, _CONTINUED + " {}") for row in rows]
    lines = " \\\\[7pt]\n".join(rf"\displaystyle {row}" for row in rows)
    inside = f"\\begin{{array}}{{@{{}}l@{{}}}}\n{lines}\n\\end{{array}}"
    where = f"\n\\noindent where\n{formula.where}" if formula.where else ""
    return f"\\begin{{equation*}}\n\\boxed{{\n{inside}\n}}\n\\end{{equation*}}{where}"


def _items(texts: Sequence[str], environment: str = "itemize") -> str:
    body = "\n".join(rf"\item{{}} {prose(text)}" for text in texts)
    return f"\\begin{{{environment}}}\n{body}\n\\end{{{environment}}}"


def _step(number: int, step: Step) -> str:
    uses = f" Uses {', '.join(prose(titled(name)).lower() for name in step.uses)}." if step.uses else ""
    note = f" {prose(step.note)}" if step.note else ""
    return (
        f"\\subsection*{{Step {number}. {prose(titled(step.name))}}}\n"
        f"\\emph{{Rule:}} {prose(step.rule)}.{uses}{note}\n"
        f"{_with_parts(step_formula(step))}\n"
        f"\\noindent\\emph{{Closed by:}} {prose(step.check.describe())}."
    )


_PREAMBLE = r"""\documentclass[11pt,a4paper]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{lmodern}
\usepackage[margin=2.4cm]{geometry}
\usepackage{amsmath,amssymb,mathtools}
\usepackage{booktabs,longtable,array}
\usepackage{microtype,graphicx}
\usepackage[hidelinks]{hyperref}
\allowdisplaybreaks
\setlength{\parindent}{0pt}
\setlength{\parskip}{0.5em}
\setlength{\fboxsep}{8pt}
\setlength{\jot}{7pt}
\emergencystretch=2em
"""


def document(derivation: Derivation) -> str:
    """Write the whole derivation as a LaTeX article (pdflatex compiles it; no other file is needed)."""
    return article(derivation.title, account(derivation))


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


def account(derivation: Derivation, heading: str = "section") -> str:
    """Write the body of a derivation's article, its parts under headings of the level named."""
    parts = [("Statement", prose(derivation.statement) + _rests_on(derivation))]
    if derivation.notation:
        parts.append(("Setting and notation", _notation(derivation.notation)))
    if derivation.assumptions:
        parts.append(("Assumptions", _items(derivation.assumptions)))
    parts.append(("Derivation", "\n\n".join(_step(*numbered) for numbered in enumerate(derivation.steps, 1))))
    parts.append(("Result", _results(derivation)))
    if derivation.sources:
        parts.append(("Sources", _items(derivation.sources)))
    return "\n".join(f"\\{heading}*{{{name}}}\n{text}" for name, text in parts)


def _rests_on(derivation: Derivation) -> str:
    names = ", ".join(prose(titled(name)).lower() for name in derivation.uses)
    return f"\n\nThis rests on: {names}." if names else ""


def _notation(rows: Sequence[tuple[str, str]]) -> str:
    body = "\n".join(rf"${latex}$ & {prose(meaning)} \\" for latex, meaning in rows)
    columns = (
        r"@{}>{\raggedright\arraybackslash}p{0.16\linewidth}>{\raggedright\arraybackslash}p{0.8\linewidth}@{}"
    )
    head = r"\toprule Symbol & Meaning \\ \midrule \endhead"
    return f"\\begin{{longtable}}{{{columns}}}\n{head}\n{body}\n\\bottomrule\n\\end{{longtable}}"


def _results(derivation: Derivation) -> str:
    boxes = [f"{prose(name)}:\n{_boxed(formula)}" for name, formula in result_formulas(derivation)]
    definitions = definition_formula(derivation)
    if definitions is not None:
        boxes.append(f"Here\n{_with_parts(definitions)}")
    return "\n\n".join(boxes)
