r"""Derivations as HTML: formulas become MathML on this machine, so a page needs no network and no script.

The displays are the ones of the LaTeX account (`w2s_asymptotics.report.article`); a formula that cannot be
translated whole is an error, never a page with raw LaTeX in it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from w2s_asymptotics.report.article import (
    Formula,
    definition_formula,
    notation_rows,
    result_formulas,
    step_formula,
    titled,
)

try:
    import jinja2
    from latex2mathml.converter import convert
    from markupsafe import Markup, escape
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"HTML accounts need {error.name}: pip install 'w2s_asymptotics[report]'", name=error.name
    ) from error

if TYPE_CHECKING:
    from w2s_asymptotics.proof.derivation import Derivation

__all__ = ["derivation_parts", "document", "environment", "formula", "mathml", "prose"]

_NAMED = re.compile(r"([λγκ])_([a-z])\b")
_MATHS = re.compile(r"\$([^$]+)\$")
# Commands that latex2mathml does not know, by an equivalent.
_SUBSTITUTES = (
    (re.compile(r"\\(?:bigl|bigr|Bigl|Bigr|biggl|biggr)(?![A-Za-z])"), ""),
    # Fences around a flat formula need not stretch, and stretched ones are set wide.
    (re.compile(r"\\left\(((?:(?!\\left|\\right|\\frac|\\sum|\\prod).)*)\\right\)"), r"(\1)"),
    (re.compile(r"\\star(?![A-Za-z])"), "*"),
    (re.compile(r"\\dagger(?![A-Za-z])"), "†"),
)
# Browsers stretch or space some operators as mathematics does not.
_SPACING = (
    ("<mo>&#x02016;</mo>", '<mo stretchy="false" lspace="0" rspace="0">&#x02016;</mo>'),
    ("<mo>&#x0221E;</mo>", "<mi>&#x0221E;</mi>"),
    ("<mo>tr</mo>", "<mi>tr</mi>"),
    ("<mo>&#x0002F;</mo>", '<mo lspace="0.08em" rspace="0.08em">/</mo>'),
    ("<mo>/</mo>", '<mo lspace="0.08em" rspace="0.08em">/</mo>'),
)


@cache
def mathml(tex: str, block: bool = False) -> Markup:
    r"""Translate a LaTeX formula to MathML.

    >>> str(mathml(r"\kappa")).startswith("<math")
    True
    """
    source = tex
    for pattern, substitute in _SUBSTITUTES:
        source = pattern.sub(substitute, source)
    out: str = convert(source, display="block" if block else "inline")
    if "\\" in out:
        raise ValueError(f"no MathML for {tex!r}: a command in it is unknown to latex2mathml")
    for plain, spaced in _SPACING:
        out = out.replace(plain, spaced)
    return Markup(out)  # noqa: S704 (generated from a formula; the translator escapes its leaves)


def prose(text: str) -> Markup:
    """Typeset text in which `$...$` is mathematics and everything else is plain.

    >>> str(prose("1 < 2"))
    '1 &lt; 2'
    """
    pieces = _MATHS.split(text)
    return Markup("").join(
        mathml(piece) if index % 2 else escape(_quoted(piece)) for index, piece in enumerate(pieces)
    )


def _quoted(text: str) -> str:
    """Turn LaTeX's quotation marks into typographic ones."""
    return text.replace("``", "“").replace("''", "”")


def symbols(text: str) -> Markup:
    """Set `lam_s`, `gamma_t` and their like in words as symbols.

    >>> str(symbols("lam_s < 1"))
    'λ<sub>s</sub> &lt; 1'
    """
    return Markup(_NAMED.sub(r"\1<sub>\2</sub>", _greek(str(escape(text)))))


def _greek(text: str) -> str:
    for name, letter in (
        ("lam_", "λ_"),
        ("lam = ", "λ = "),
        ("lam -> inf", "λ → ∞"),
        ("gamma_", "γ_"),
        ("kappa_", "κ_"),
    ):
        text = text.replace(name, letter)
    return text


def formula(shown: Formula) -> Markup:
    """Box a display: it scrolls sideways by itself where the screen is narrower than the formula."""
    main = Markup('<div class="formula" tabindex="0" role="group" aria-label="formula">{}</div>').format(
        mathml(shown.main, True)
    )
    if shown.where is None:
        return main
    return main + Markup(
        '<p class="where">where</p><div class="formula" tabindex="0" role="group">{}</div>'
    ).format(mathml(shown.where, True))


@cache
def environment() -> jinja2.Environment:
    """Load the templates of this package, escaping everything that is not already markup."""
    loader = jinja2.PackageLoader("w2s_asymptotics.report", "templates")
    made = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters["prose"] = prose
    made.filters["titled"] = titled
    made.filters["symbols"] = symbols
    return made


def derivation_parts(derivation: Derivation) -> dict[str, Any]:
    """Typeset what the templates show of a derivation."""
    definitions = definition_formula(derivation)
    return {
        "definitions": formula(definitions) if definitions else None,
        "title": derivation.title,
        "statement": derivation.statement,
        "assumptions": derivation.assumptions,
        "sources": derivation.sources,
        "uses": derivation.uses,
        "notation": [(mathml(latex), meaning) for latex, meaning in notation_rows(derivation)],
        "steps": [(step, formula(step_formula(step)), step.check.describe()) for step in derivation.steps],
        "results": [(name, formula(shown)) for name, shown in result_formulas(derivation)],
    }


def document(derivation: Derivation) -> str:
    """Write the whole derivation as one HTML page that needs nothing else."""
    template = environment().get_template("derivation.html")
    return template.render(account=derivation_parts(derivation), page_title=derivation.title)
