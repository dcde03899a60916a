"""A step of a derivation in prose: its rule as a sentence, what relates its sides, and what licenses it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import sympy as sp

from w2s_asymptotics.proof.checks import Identity, SameSign
from w2s_asymptotics.proof.derivation import Step
from w2s_asymptotics.proof.domain import Domain, said
from w2s_asymptotics.report.typeset import width_in_ems
from w2s_asymptotics.words.tex import formula_tex

__all__ = ["continued", "is_trivial", "licence", "opened", "positivity", "sentence", "wide_insertions"]

_ARROW = re.compile(r"\\xrightarrow\{(.*)\}$", re.DOTALL)
_IN_THE_MEAN = r"\overset{\mathbb{E}}{=}"
_DERIVATIVE = re.compile(r"\\,d/d (.*?)(?:,\\ .*)?\\,$", re.DOTALL)
_INLINE = 22
"""Ems of a formula that a line of text still holds."""
_EQUIVALENT, _FOLLOWS = r"\Longleftrightarrow", r"\Longrightarrow"


def sentence(text: str) -> str:
    """Return a phrase as a sentence: no dots before or after it, a capital, a full stop.

    >>> sentence("... and then every student wins, ..."), sentence("$R$ is positive")
    ('And then every student wins.', '$R$ is positive.')
    """
    text = text.strip().removeprefix("...").removesuffix("...").strip().rstrip(",;:")
    text = text[:1].upper() + text[1:]
    return text if not text or text[-1] in ".!?" else text + "."


def is_trivial(step: Step) -> bool:
    """Whether a step prints the same on both sides."""
    return step.check.sign(step) == "=" and formula_tex(step.before) == formula_tex(step.after)


def positivity(step: Step) -> str:
    """Return what a check says of the sign of the second side, as a relation to zero."""
    check = step.check
    if not isinstance(check, Identity) or check.positive is None:
        return ""
    return "> 0" if check.strict else r"\geq 0"


def opened(step: Step) -> tuple[str, str, str]:
    """Return how a line of argument begins: LaTeX around the first side, and the sign after it."""
    sign = step.check.sign(step)
    arrow = _ARROW.match(sign)
    if sign == _IN_THE_MEAN:
        return r"\mathbb{E}\Bigl[", r"\Bigr]", "="
    if arrow is None:
        return "", "", sign
    derivative = _DERIVATIVE.match(arrow[1])
    if derivative is None:
        return rf"\lim_{{{arrow[1]}}} \Bigl(", r"\Bigr)", "="
    at = arrow[1].partition(r",\ ")[2].removesuffix(r"\,")
    closing = rf"\Bigr)\Big|_{{{at}}}" if at else r"\Bigr)"
    return rf"\frac{{d}}{{d {derivative[1]}}} \Bigl(", closing, "="


def continued(step: Step, before: str) -> str:
    """Return what the second side is to what the step before left, whose number is given."""
    sign = step.check.sign(step)
    if sign == _EQUIVALENT:
        return f"Then {before} holds if and only if"
    if sign == _FOLLOWS:
        return f"Then {before} implies"
    side = f"the right-hand side of {before}"
    if sign == r"\simeq":
        return f"As $d, n \\to \\infty$, {side} is asymptotically equivalent to"
    if sign == _IN_THE_MEAN:
        return f"In expectation, {side} is"
    arrow = _ARROW.match(sign)
    if arrow is None:
        return f"{side[:1].upper()}{side[1:]} equals"
    derivative = _DERIVATIVE.match(arrow[1])
    if derivative is None:
        return f"As ${arrow[1]}$, {side} tends to"
    at = arrow[1].partition(r",\ ")[2].removesuffix(r"\,")
    return f"In ${derivative[1]}$, {side} has the derivative" + (f", at ${at}$," if at else "")


def licence(step: Step) -> str:
    """Return what a referee needs to follow a step: what is inserted, and the factor and its domain."""
    check = step.check
    if isinstance(check, SameSign):
        factor = "" if check.factor == 1 else f", up to the positive factor {said(check.factor)}"
        found = _inserted(check.given, step)
        lead = f"Once {found} inserted, the" if found else "The"
        return f"{lead} differences of the two sides agree{factor}{_where(check.positive)}."
    if isinstance(check, Identity):
        found = _inserted(check.given, step)
        parts = [f"Here {found} inserted."] if found else []
        if check.positive is not None:
            parts.append(_signed(check.positive, check.strict))
        return " ".join(parts)
    return ""


def _where(domain: Domain) -> str:
    return f", for {domain.text()}" if domain.text() else ""


def _signed(domain: Domain, strict: bool) -> str:
    """Say why a sign can be read off: parameters sweep the domain, and leave no coefficient of its sign."""
    sign = "positive" if strict else "nonnegative"
    swept = {name: value for name, value in domain.items() if name != value}
    if not swept:
        return f"Every coefficient is {sign}{_where(domain)}."
    names: dict[Any, Any] = {}
    for value in swept.values():
        for each in sorted(sp.sympify(value).free_symbols, key=str):
            if each.name.startswith("free_"):
                names.setdefault(each, sp.Symbol(f"x_{len(names) + 1}", positive=True))
    shown = ", ".join(
        f"${formula_tex(name)} = {said(value.xreplace(names))[1:]}" for name, value in swept.items()
    )
    return f"This is {sign}{_where(domain)}: inserting {shown} leaves no negative coefficient."


def _inserted(given: Mapping[Any, Any], step: Step) -> str:
    """Say what a check inserts, but for what is too wide for a line of text."""
    shown = [f"${formula_tex(name)} = {text}" for name, _, text in _insertions(given, step) if _fits(text)]
    return f"{', '.join(shown)} {'is' if len(shown) == 1 else 'are'}" if shown else ""


def wide_insertions(step: Step) -> list[tuple[str, Any]]:
    """Return what a check inserts that no line of text holds: what stands to its left, and its value."""
    if not isinstance(step.check, (SameSign, Identity)):
        return []
    found = _insertions(step.check.given, step)
    return [(f"{formula_tex(name)} =", value) for name, value, text in found if not _fits(text)]


def _fits(text: str) -> bool:
    return width_in_ems(text) <= _INLINE


def _insertions(given: Mapping[Any, Any], step: Step) -> Iterator[tuple[Any, Any, str]]:
    """What a check inserts for the letters that stand in the step, or come in on the way, as text too."""
    reached = set().union(*(getattr(side, "free_symbols", set()) for side in (step.before, step.after)))
    for name, value in given.items():
        if getattr(name, "free_symbols", {name}) & reached:
            reached |= getattr(sp.sympify(value), "free_symbols", set())
            yield sp.sympify(name), sp.sympify(value), said(value)[1:]
