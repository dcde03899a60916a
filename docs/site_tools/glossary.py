"""What the letters of a formula mean, shown where a pointer rests on it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from unicodedata import lookup

from docutils import nodes

from w2s_asymptotics.proof.derivation import plain

__all__ = ["explain", "letters", "meanings"]

_SMALL = (
    "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi chi psi omega"
)
_LARGE = "Gamma Delta Theta Lambda Pi Sigma Psi Omega"
_LETTERS = {
    name: lookup(f"GREEK {size} LETTER {'LAMDA' if name.lower() == 'lambda' else name.upper()}")
    for size, names in (("SMALL", _SMALL), ("CAPITAL", _LARGE))
    for name in names.split()
} | {"ell": "ℓ"}
_NAME = re.compile(r"(?<![A-Za-z])(" + "|".join(_LETTERS) + r")(?![A-Za-z])")


def letters(text: str) -> str:
    r"""Text for a tooltip, which knows no formulas: Greek letters for their names.

    >>> letters(r"effective regularisation, $\kappa (1 - \mathrm{df}_1/n) = \lambda$")
    'effective regularisation, κ (1 - df_1/n) = λ'
    """
    return _NAME.sub(lambda found: _LETTERS[found[0]], plain(text)).replace("^2", "²")


def _pattern(tex: str) -> re.Pattern[str]:
    """Find a symbol in a formula, whatever its index if the table gives it none."""
    bare = re.sub(r"[_^]\{?\\?\w+\}?$", "", tex) if re.search(r"_\{?[tsk]\}?$", tex) else tex
    pattern = re.escape(bare).replace(r"\_", "_")
    pattern = re.sub(r"([_]|\\\^)(\w)$", r"\1\\{?\2\\}?", pattern)
    return re.compile(rf"(?<![A-Za-z\\]){pattern}(?![A-Za-z])")


def meanings(tex: str, notation: Sequence[tuple[str, str]]) -> str:
    r"""The rows of a notation whose letters stand in a formula, one a line.

    >>> meanings(r"\kappa_{s} + Q", ((r"\kappa", "regularisation"), ("q", "energy"), ("Q", r"$q/\rho$")))
    'κ: regularisation\nQ: q/ρ'
    """
    found = []
    for names, meaning in notation:
        for name in re.split(r",\\? ?", names):
            if _pattern(name.strip()).search(tex):
                found.append(f"{letters(f'${names}$')}: {letters(meaning)}")
                break
    return "\n".join(found)


def explain(part: nodes.Element, notation: Sequence[tuple[str, str]]) -> None:
    """Give every formula in a part of a page the meanings of its letters."""
    for kind in (nodes.math, nodes.math_block):
        for formula in part.findall(kind):
            known = meanings(formula.astext(), notation)
            if known:
                formula["known"] = known
