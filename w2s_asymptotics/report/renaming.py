r"""Other letters for the symbols of a LaTeX text: in its mathematics, and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from w2s_asymptotics.notation import QUANTITIES
from w2s_asymptotics.words.tex import formula_tex

if TYPE_CHECKING:
    from w2s_asymptotics.proof.derivation import Derivation

__all__ = ["renamed", "symbols_of"]

_MATHS = re.compile(
    r"(?<!\\)\$(?P<inline>[^$]+)\$|(?P<display>\\begin\{(?P<kind>align\*?|equation\*?)\}.*?\\end\{(?P=kind)\})",
    re.DOTALL,
)
# What is not mathematics although it stands there.
_KEPT = r"\\(?:begin|end|label|tag|eqref|text|mathrm|operatorname)\*?\{[^{}]*\}"


def symbols_of(derivation: Derivation) -> dict[str, str]:
    """Return the LaTeX of every symbol of a derivation, by the name it has in the library."""
    found: dict[str, str] = {}
    sides = [side for step in derivation.steps for side in (step.before, step.after)]
    sides += [*derivation.forms.values(), *(part for pair in derivation.definitions for part in pair)]
    for side in sides:
        for each in getattr(side, "free_symbols", ()):
            found[str(each)] = _plain(formula_tex(each))
    for name, quantity in QUANTITIES.items():
        if any(each == name or each.startswith(f"{name}_") for each in found):
            found.setdefault(name, _plain(quantity.latex))
    return found


def renamed(text: str, symbols: Mapping[str, str], derivation: Derivation) -> str:
    r"""Put the letters of `symbols` (name in the library: LaTeX) where the derivation prints its own.

    A name without a subscript stands for the letter whatever its subscript: ``{"kappa": r"\tau"}`` turns
    ``\kappa_s`` into ``\tau_s``. `ValueError` for a name that the derivation does not have, and where two
    symbols would share a letter.
    """
    known = symbols_of(derivation)
    for name, letter in symbols.items():
        if name not in known:
            near = get_close_matches(str(name), known, 1)
            hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(sorted(known))}"
            raise ValueError(f"{derivation.name} has no symbol {name!r}; {hint} (symbols)")
        if not isinstance(letter, str) or not letter.strip() or "$" in letter or not _balanced(letter):
            raise ValueError(f"symbols must give LaTeX for {name!r}, got {letter!r}")
        taken = [each for each, tex in known.items() if tex == letter.strip() and each not in symbols]
        if taken:
            raise ValueError(f"symbols gives {name!r} the letter {letter!r}, which is that of {taken[0]!r}")
    if len(set(symbols.values())) < len(symbols):
        raise ValueError("symbols gives two symbols one letter")
    if not symbols:
        return text
    letters = {known[name]: letter for name, letter in symbols.items()}
    longest = sorted(letters, key=len, reverse=True)
    pattern = re.compile("|".join([_KEPT, *(_found(tex) for tex in longest), r"\\[A-Za-z]+"]))

    def replaced(match: re.Match[str]) -> str:
        return letters.get(_plain(match[0]), match[0])

    def within(match: re.Match[str]) -> str:
        return pattern.sub(replaced, match[0])

    return _MATHS.sub(within, text)


def _plain(tex: str) -> str:
    """One spelling: no braces around a single token."""
    return re.sub(r"([_^])\{(\\?\w|\\[A-Za-z]+)\}", r"\1\2", tex)


def _found(tex: str) -> str:
    """Find a symbol as a whole, its script with or without braces."""
    pattern = re.escape(tex)
    pattern = re.sub(r"([_]|\\\^)((?:\\\\)?\w+)", r"\1(?:\\{\2\\}|\2)", pattern)
    command = r"(?![A-Za-z])" if re.search(r"\\[A-Za-z]+$", tex) else ""
    return pattern + command


def _balanced(tex: str) -> bool:
    depth = 0
    for mark in re.sub(r"\\.", "", tex):
        depth += (mark == "{") - (mark == "}")
        if depth < 0:
            return False
    return depth == 0
