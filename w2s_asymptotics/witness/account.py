"""What the second engine did, to be read: the pencil, the Dyson equation before, the short form after."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from .part import Part
from .reduce import Reduced
from .words import NAME, Monomial, Polynomial, Rational, Word

__all__ = ["Account"]

_TITLES = ("Pencil", "Dyson equation", "Short form")


@dataclass(frozen=True)
class Account:
    """The way to a limit; `print` it, or take its parts."""

    expression: Any
    places: Mapping[Any, Any]
    parts: Sequence[Part]

    def _headed(self, text: Any) -> str:
        """The text of each part, under the trace that it is of where there are several."""
        if len(self.parts) == 1:
            return str(text(self.parts[0]))
        return "\n".join(
            f"# {place}: {each}\n{text(part)}"
            for part, (each, place) in zip(self.parts, self.places.items(), strict=True)
        )

    def pencil(self) -> str:
        """The blocks: each line an equation, the last the output."""
        return self._headed(lambda part: part.short_pencil)

    def before(self) -> str:
        """The fixed-point equations as they come."""
        return self._headed(lambda part: part.short_dyson.system)

    def short(self) -> str:
        """The equations as they are left; `tr` is a trace divided by its dimension."""
        return self._headed(lambda part: part.reduced)

    def __str__(self) -> str:
        texts = (self.pencil(), self.before(), self.short())
        return "\n\n".join(f"{title}\n{text}" for title, text in zip(_TITLES, texts, strict=True))

    def latex(self) -> str:
        r"""The short form as a LaTeX `aligned` environment for each trace."""
        return "\n".join(_latex(part.reduced) for part in self.parts)


def _latex(reduced: Reduced) -> str:
    symbols = {symbol: sp.Symbol(_trace(word)) for symbol, word in reduced.names.words.items()}

    def scalar(expression: sp.Expr) -> str:
        plain = expression.xreplace(symbols)
        spelled = {
            each: sp.Symbol(re.sub(r"^lam(?=$|_)", "lambda", each.name)) for each in plain.free_symbols
        }
        return str(sp.latex(plain.xreplace(spelled)))

    lines = []
    for name, what in reduced.lines():
        if isinstance(what, tuple):
            lines.append(rf"{_name(name)} &= \left({_polynomial(what[0])}\right)^{{-1}}")
        elif name == "0":
            lines.append(f"0 &= {scalar(what)}")
        else:
            lines.append(f"{_name(name)} &= {scalar(what)}")
    lines.append(rf"f &\simeq {_polynomial(reduced.equivalent)}")
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


def _name(name: str) -> str:
    r"""A name in LaTeX: Greek letters, `lam` for lambda, digits lowered.

    >>> _name("lam_s"), _name("y11"), _name("Sigma"), _name("kappa'")
    ('\\lambda_{s}', 'y_{11}', '\\Sigma', "\\kappa'")
    """
    bare = name.rstrip("'")
    primes = name[len(bare) :]
    bare = re.sub(r"^lam(?=$|_)", "lambda", bare)
    bare = re.sub(r"^([A-Za-z]+?)(\d+)$", r"\1_\2", bare)
    return str(sp.latex(sp.Symbol(bare))) + primes


def _word(word: Word) -> str:
    return r"\,".join(_name(letter.name) + (r"^\top" if letter.transposed else "") for letter in word)


def _trace(word: Word) -> str:
    """A normalised trace, as a symbol that sympy prints as it is."""
    return rf"{{\operatorname{{tr}}[{_word(word)}]}}"


def _monomial(monomial: Monomial) -> str:
    top, bottom = list[str](), list[str]()
    for (kind, what), exponent in monomial:
        shown = _name(what) if kind == NAME else rf"\operatorname{{tr}}[{_word(what)}]"
        power = shown if abs(exponent) == 1 else f"{shown}^{{{abs(exponent)}}}"
        (top if exponent > 0 else bottom).append(power)
    above, below = r"\,".join(top), r"\,".join(bottom)
    return rf"\frac{{{above or '1'}}}{{{below}}}" if bottom else above


def _polynomial(polynomial: Polynomial) -> str:
    terms = [_term(monomial, word, number) for (monomial, word), number in polynomial.items()]
    return " + ".join(terms).replace("+ -", "- ") or "0"


def _term(monomial: Monomial, word: Word, number: Rational) -> str:
    parts = [_monomial(monomial), _word(word)]
    shown = r"\,".join(part for part in parts if part)
    if not shown:
        return str(sp.latex(sp.Rational(number.numerator, number.denominator)))
    if abs(number) == 1:
        return shown if number > 0 else f"-{shown}"
    return str(sp.latex(sp.Rational(number.numerator, number.denominator))) + r"\," + shown
