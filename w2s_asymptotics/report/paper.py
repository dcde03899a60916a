r"""A derivation as a paper: an article of its own, or a theorem and its proof to paste.

`fragment` writes what the symbols mean, the theorem with its displays, and a proof in prose whose displays
are numbered: each step is a sentence that says its rule, what it rests on and, for a condition or a sign, the
factor and the domain that license it. Steps whose two sides print alike are left out.
The article (`document`) adds a table of how each step is checked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from w2s_asymptotics.report.article import (
    Rows,
    article,
    definition_rows,
    first_side,
    notation_rows,
    prose,
    result_rows,
    rows_of,
    titled,
)
from w2s_asymptotics.report.renaming import renamed
from w2s_asymptotics.report.sentences import (
    continued,
    is_trivial,
    licence,
    opened,
    positivity,
    sentence,
    wide_insertions,
)
from w2s_asymptotics.report.typeset import PAGE

if TYPE_CHECKING:
    from w2s_asymptotics.proof.derivation import Derivation, Step

__all__ = ["account", "document", "fragment", "proof", "theorem"]

_WIDTH = PAGE - 5  # room for the number
_HEAD = "%% Needs amsmath, amssymb, amsthm and, for the environment, \\newtheorem{%s}{%s}.\n"


def fragment(
    derivation: Derivation,
    environment: str = "theorem",
    symbols: Mapping[str, str] | None = None,
    labels: bool = False,
) -> str:
    """Write a derivation as notation, theorem and proof; `Derivation.latex` says what the arguments mean."""
    if not (isinstance(environment, str) and re.fullmatch(r"[A-Za-z]+\*?", environment)):
        raise ValueError(f"environment must be the name of a theorem environment, got {environment!r}")
    bare = environment.rstrip("*")
    body = "\n".join(
        [_notation_in_words(derivation), theorem(derivation, environment, labels), proof(derivation, labels)]
    )
    return _HEAD % (bare, bare.capitalize()) + renamed(body, symbols or {}, derivation)


def _notation_in_words(derivation: Derivation) -> str:
    """Say what each symbol means, in one paragraph."""
    told = "; ".join(f"${tex}$: {prose(meaning)}" for tex, meaning in notation_rows(derivation))
    return rf"\paragraph{{Notation.}} {told}." + "\n" if told else ""


@dataclass
class _Numbers:
    r"""Numbers of displays: the paper's own, by \label, or those of the proof, by \tag."""

    name: str
    labels: bool
    known: dict[str, str] = field(default_factory=dict)
    count: int = 0

    def mark(self, *steps: str) -> str:
        """Number the next display, which stands for these steps."""
        self.count += 1
        label = f"eq:{self.name}:{_key(steps[0])}"
        found = rf"\eqref{{{label}}}" if self.labels else f"({self.count})"
        self.known |= dict.fromkeys(steps, found)
        return rf"\label{{{label}}}" if self.labels else rf"\tag{{{self.count}}}"


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _display(rows: Rows, mark: str = "") -> str:
    """Number a display at its last line; what its parts are stands below it."""
    shown = _align(rows.main, mark)
    return shown + ("\nwhere\n" + _align(rows.where) if rows.where else "")


def _align(rows: Sequence[str], mark: str = "") -> str:
    lines = [f"{row} \\notag" if mark else row for row in rows]
    if mark:
        lines[-1] = f"{rows[-1]} {mark}"
    star = "" if mark else "*"
    return f"\\begin{{align{star}}}\n" + " \\\\\n".join(lines) + f"\n\\end{{align{star}}}"


def theorem(derivation: Derivation, environment: str = "theorem", labels: bool = False) -> str:
    """State assumptions, claim and displays in a theorem environment."""
    label = rf"\label{{thm:{derivation.name}}}" if labels else ""
    assumed = " ".join(sentence(prose(each)) for each in derivation.assumptions)
    lines = [rf"\begin{{{environment}}}[{prose(derivation.title)}]{label}"]
    lines += [f"Assume the following. {assumed}\n"] if assumed else []
    lines.append(prose(derivation.statement))
    for words, rows in result_rows(derivation, _WIDTH):
        lines.append(f"{sentence(prose(words))[:-1]}:\n{_display(rows)}")
    definitions = definition_rows(derivation, _WIDTH)
    if definitions is not None:
        lines.append(f"Here\n{_display(definitions)}")
    return "\n".join([*lines, rf"\end{{{environment}}}", ""])


def proof(derivation: Derivation, labels: bool = False) -> str:
    """Tell the steps in prose, each display numbered."""
    numbers, told = _Numbers(derivation.name, labels), []
    if derivation.uses:
        named = ", ".join(rf"\emph{{{prose(titled(name)).lower()}}}" for name in derivation.uses)
        told.append(f"Besides the assumptions it rests on {named}.")
    for place, step in enumerate(derivation.steps):
        previous = "" if step.starts or not place else derivation.steps[place - 1].name
        told.append(_told(step, previous, numbers))
    body = "\n\n".join(each for each in told if each)
    return f"\\begin{{proof}}\n{body}\n\\end{{proof}}\n"


def _told(step: Step, previous: str, numbers: _Numbers) -> str:
    """One step: a run-in title where a line of argument opens, sentences, the display."""
    sign = positivity(step)
    if is_trivial(step) and not sign:
        resting = previous or next((each for each in step.uses if each in numbers.known), "")
        numbers.known |= {step.name: numbers.known[resting]} if resting in numbers.known else {}
        return ""
    before = numbers.known.get(previous, "")
    words = [sentence(prose(step.rule)), sentence(prose(step.note)) if step.note else ""]
    words.insert(1, _resting(step, previous, numbers))
    if before and not is_trivial(step):
        words.append(continued(step, before))
        rows = rows_of([("", step.after)], _WIDTH)
    else:
        words.insert(0, rf"\textit{{{sentence(prose(titled(step.name)))}}}")
        rows = _both_sides(step)
    if sign:
        rows = Rows((*rows.main[:-1], f"{rows.main[-1]} {sign}"), rows.where)
    display = _display(rows, numbers.mark(step.name))
    said = " ".join(each for each in words if each)
    told = f"{said}\n{display}\n{prose(licence(step))}".rstrip()
    wide = wide_insertions(step)
    return f"{told}\nInserted is\n{_display(rows_of(wide, _WIDTH))}" if wide else told


def _both_sides(step: Step) -> Rows:
    first, last, sign = opened(step)
    if is_trivial(step):
        return rows_of([("", step.before)], _WIDTH)
    return rows_of([("", first_side(step)), (sign, step.after)], _WIDTH, around=(first, last))


def _resting(step: Step, previous: str, numbers: _Numbers) -> str:
    """Say which displays and results a step uses, but for the one it goes on from."""
    own = [numbers.known[name] for name in step.uses if name in numbers.known and name != previous]
    others = [rf"\emph{{{prose(titled(name)).lower()}}}" for name in step.uses if name not in numbers.known]
    used = list(dict.fromkeys([*own, *others]))
    if not used:
        return ""
    joined = used[0] if len(used) == 1 else f"{', '.join(used[:-1])} and {used[-1]}"
    return f"This uses {joined}."


def document(
    derivation: Derivation,
    environment: str = "theorem",
    symbols: Mapping[str, str] | None = None,
    labels: bool = False,
) -> str:
    """Write a derivation as a LaTeX article (pdflatex compiles it; no other file is needed)."""
    if environment != "theorem" or labels:
        raise ValueError("environment and labels belong to a fragment, which is pasted into a paper")
    return article(derivation.title, renamed(account(derivation), symbols or {}, derivation))


def account(derivation: Derivation, heading: str = "section") -> str:
    """Write the body of a derivation's article, its parts under headings of the level named."""
    parts = [("Setting and notation", _notation(rows))] if (rows := notation_rows(derivation)) else []
    parts += [("Result", theorem(derivation)), ("Proof", proof(derivation))]
    parts.append(("How each step is checked", _checks(derivation)))
    if derivation.sources:
        items = "\n".join(rf"\item{{}} {prose(text)}" for text in derivation.sources)
        parts.append(("Sources", f"\\begin{{itemize}}\n{items}\n\\end{{itemize}}"))
    return "\n".join(f"\\{heading}*{{{name}}}\n{text}" for name, text in parts)


def _table(head: str, columns: str, rows: Sequence[str]) -> str:
    body = "\n".join(rf"{row} \\" for row in rows)
    return (
        f"\\begin{{longtable}}{{@{{}}{columns}@{{}}}}\n\\toprule {head} \\\\ \\midrule \\endhead\n{body}\n"
        "\\bottomrule\n\\end{longtable}"
    )


def _column(width: float) -> str:
    return rf">{{\raggedright\arraybackslash}}p{{{width}\linewidth}}"


def _notation(rows: Sequence[tuple[str, str]]) -> str:
    shown = [f"${latex}$ & {prose(meaning)}" for latex, meaning in rows]
    return _table("Symbol & Meaning", _column(0.18) + _column(0.78), shown)


def _checks(derivation: Derivation) -> str:
    """List the check of every step, which sees only the step's two sides."""
    rows = [f"{prose(titled(step.name))} & {prose(step.check.describe())}" for step in derivation.steps]
    lead = (
        "The library verifies each step by a check that sees only its two sides. Steps that print the "
        "same on both are left out."
    )
    return f"{lead}\n\n{_table('Step & Closed by', _column(0.36) + _column(0.6), rows)}"
