"""Where a claim is made, and the proof that a substitution in free parameters covers all of it.

A claim of sign is proved by inserting parameters that take every positive value and looking at the signs of
all coefficients. That proves it where the substitution reaches, so each `Domain` certifies that it reaches
every place where its conditions hold: it names the parameters of any given place, and they are positive.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import sympy as sp

from w2s_asymptotics.words.tex import formula_tex

__all__ = ["Domain", "insert", "is_visibly_positive", "margin", "positive", "said", "within"]


def insert(expression: Any, given: Mapping[Any, Any]) -> Any:
    """Insert in order: later replacements see what the earlier ones brought in."""
    for old, new in given.items():
        expression = expression.subs(old, new)
    return expression


def said(expression: Any) -> str:
    r"""Return a formula as prose prints it, between dollars.

    >>> said(sp.Symbol("q") ** 2 / (1 + sp.Symbol("kappa_s")))
    '$\\frac{q^2}{\\kappa_s + 1}$'
    """
    text = formula_tex(sp.sympify(expression)).replace(r"\left", "").replace(r"\right", "")
    return "$" + re.sub(r"([_^])\{(\\[A-Za-z]+|\w)\}", r"\1\2", text) + "$"


def is_visibly_positive(expression: Any, strict: bool = True) -> bool:
    """Whether the sign can be read off: a quotient of polynomials without a negative coefficient.

    Its symbols must be positive, or nonnegative where something positive is left when they vanish (with
    ``strict``); or sympy knows it from the signs of the parts.

    >>> x, y = sp.Symbol("x", positive=True), sp.Symbol("y", nonnegative=True)
    >>> is_visibly_positive((x + y) / (1 + x * y)), is_visibly_positive(x * y), is_visibly_positive(x - 1)
    (True, False, False)
    """
    expression = sp.sympify(expression)
    known = expression.is_positive if strict else expression.is_nonnegative
    if known:
        return True
    for part in sp.fraction(sp.cancel(sp.together(expression))):
        if not (part.is_positive or _has_positive_coefficients(part, strict)):
            return False
    return True


def _has_positive_coefficients(part: Any, strict: bool) -> bool:
    if part.is_number:
        return False
    polynomial = sp.Poly(part)
    if not all(each.is_nonnegative for each in (*polynomial.gens, *polynomial.free_symbols)):
        return False
    if not all(coefficient.is_positive for coefficient in polynomial.coeffs()):
        return False
    return not strict or any(
        all(each.is_positive or power == 0 for each, power in zip(polynomial.gens, powers, strict=True))
        for powers in polynomial.monoms()
    )


def margin(condition: Any) -> sp.Symbol:
    """Return the letter for what the larger side of an inequality has beyond the smaller."""
    strict = isinstance(condition, (sp.Gt, sp.Lt))
    name = f"({condition.gts}) - ({condition.lts})"
    return sp.Symbol(name, positive=True) if strict else sp.Symbol(name, nonnegative=True)


@dataclass(frozen=True)
class Domain(Mapping[Any, Any]):
    """All places where ``conditions`` hold, swept by parameters.

    ``sweep`` writes symbols in parameters (in order: a value may use symbols further down); ``back`` says
    which parameters reach a given place, in the symbols and in the `margin` of each condition. ``pairs``
    names two parameters that are positive because the sum and the product that follow are.
    """

    conditions: tuple[Any, ...] = ()
    sweep: Mapping[Any, Any] = field(default_factory=dict)
    back: Mapping[Any, Any] = field(default_factory=dict)
    pairs: tuple[tuple[Any, Any, Any, Any], ...] = ()

    def __getitem__(self, key: Any) -> Any:
        return self.sweep[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.sweep)

    def __len__(self) -> int:
        return len(self.sweep)

    def __and__(self, other: Domain) -> Domain:
        return Domain(
            (*self.conditions, *(each for each in other.conditions if each not in self.conditions)),
            {**self.sweep, **other.sweep},
            {**self.back, **other.back},
            self.pairs + other.pairs,
        )

    def uncovered(self) -> str:
        """Return what is wrong with the certificate; nothing, if every place is reached."""
        spelled = {margin(each): each.gts - each.lts for each in self.conditions}

        def same(left: Any, right: Any) -> bool:
            return bool(sp.simplify(insert(sp.sympify(left).subs(self.back) - right, spelled)) == 0)

        by_pairs: set[Any] = set()
        for first, second, total, product in self.pairs:
            if not (is_visibly_positive(total) and is_visibly_positive(product, strict=False)):
                return f"{first} and {second} need not be positive"
            if not (same(first + second, total) and same(first * second, product)):
                return f"{total} and {product} are not sum and product of {first} and {second}"
            by_pairs |= {first, second}
        for parameter, value in self.back.items():
            if parameter not in by_pairs and not is_visibly_positive(value, bool(parameter.is_positive)):
                return f"{parameter} need not be positive: {value}"
        for swept in self.sweep:
            if not same(insert(swept, self.sweep), swept):
                return f"{swept} does not reach every place"
        return ""

    def draw(self, symbols: set[Any], rng: random.Random) -> dict[Any, Any]:
        """Return a rational place of the domain, for the symbols in question."""
        parts = set(symbols) - set(self.sweep)
        parts |= {part for value in self.sweep.values() for part in sp.sympify(value).free_symbols}
        numbers = {
            each: sp.Rational(rng.randint(1, 60), rng.randint(1, 40))
            for each in sorted(parts - set(self.sweep), key=str)
        }
        swept = {each: insert(insert(each, self.sweep), numbers) for each in self.sweep}
        return {**swept, **numbers}

    def text(self) -> str:
        """Return the conditions as they are printed."""
        return ", ".join(map(said, self.conditions))

    def covers(self, symbol: sp.Symbol) -> sp.Set:
        """Return the values of one symbol that the conditions on it alone leave."""
        found: sp.Set = sp.Interval.open(0, sp.oo)
        for each in self.conditions:
            if each.free_symbols == {symbol}:
                plain = sp.Symbol("plain", real=True)
                found = found.intersect(each.subs(symbol, plain).as_set())
        return found


def positive(*symbols: sp.Symbol) -> Domain:
    """Return the domain of positive values of some symbols.

    >>> positive(sp.Symbol("x", nonnegative=True)).uncovered()
    ''
    """
    found = Domain()
    for each in symbols:
        found = found & within(each, 0, sp.oo)
    return found


def within(symbol: sp.Symbol, low: Any, high: Any, closed: Literal["", "low", "high"] = "") -> Domain:
    """Return the domain ``low < symbol < high``; ``closed`` takes in the end that it names.

    >>> within(sp.Symbol("x", positive=True), 1, 2).sweep
    {x: 1 + 1/(free_x + 1)}
    """
    low, high = sp.sympify(low), sp.sympify(high)
    name = f"free_{symbol}"
    free = sp.Symbol(name, nonnegative=True) if closed else sp.Symbol(name, positive=True)
    above = (sp.Ge if closed == "low" else sp.Gt)(symbol, low, evaluate=False)
    below = (sp.Le if closed == "high" else sp.Lt)(symbol, high, evaluate=False)
    if high == sp.oo:
        return Domain((above,), {symbol: low + free}, {free: margin(above)})
    if low == -sp.oo:
        return Domain((below,), {symbol: high - free}, {free: margin(below)})
    if closed == "low":
        swept, back = high - (high - low) / (1 + free), margin(above) / margin(below)
    else:
        swept, back = low + (high - low) / (1 + free), margin(below) / margin(above)
    return Domain((above, below), {symbol: swept}, {free: back})
