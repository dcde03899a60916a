"""Rules that take a letter away next to its inverse: `(A0 + kappa A1) G = 1`, `G A1 = (1 - G A0)/kappa`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from .words import NAME, ONE, Letter, Polynomial, Scalar, Word, total, trace

__all__ = ["Rule", "rewritten", "terminates"]


@dataclass(frozen=True)
class Rule:
    """`inverse` is the inverse of `argument`, whose word `dropped` is taken away next to it."""

    inverse: Letter
    argument: Polynomial
    dropped: Word

    @property
    def kept(self) -> set[str]:
        """The letters of the other words."""
        return {letter.name for _, word in self.argument if word != self.dropped for letter in word}

    @cached_property
    def beside(self) -> tuple[Polynomial, Polynomial]:
        """What `inverse dropped` and `dropped inverse` are."""
        (coefficient,) = (monomial for monomial, word in self.argument if word == self.dropped)
        scale = Polynomial.monomial(coefficient).reciprocal()
        rest = Polynomial({key: value for key, value in self.argument.items() if key[1] != self.dropped})
        own = Polynomial.of(self.inverse)
        return scale * (ONE - own * rest), scale * (ONE - rest * own)


def terminates(rule: Rule, others: Sequence[Rule]) -> bool:
    """Whether no rule brings back a letter that another one takes away."""
    if len(rule.argument) != 2 or len(rule.dropped) != 1 or rule.dropped[0].name in rule.kept:
        return False
    gone = rule.dropped[0].name
    return all(each.dropped[0].name not in rule.kept and gone not in each.kept for each in others)


def rewritten(polynomial: Polynomial, rules: Sequence[Rule]) -> Polynomial:
    """Every word and trace with the rules applied as long as one applies."""
    if not {rule.inverse.name for rule in rules} & set(polynomial.names()):
        return polynomial

    def scalar(each: Scalar) -> Polynomial:
        kind, what = each
        if kind == NAME:
            return Polynomial({((((NAME, what), 1),), ()): 1})
        return trace(_word(what, rules, cyclic=True), what[0].rows)

    return polynomial.map_terms(scalar, lambda word: _word(word, rules))


def _word(word: Word, rules: Sequence[Rule], cyclic: bool = False) -> Polynomial:
    turns = [word[place:] + word[:place] for place in range(len(word))] if cyclic else [word]
    for rule in rules:
        for turned in turns:
            found = _applied(turned, rule)
            if found is not None:
                return total(
                    Polynomial.monomial(monomial, value) * _word(left, rules, cyclic)
                    for (monomial, left), value in found.items()
                )
    return Polynomial.of(*word)


def _applied(word: Word, rule: Rule) -> Polynomial | None:
    """A word after the first application of a rule."""
    name, dropped, size = rule.inverse.name, rule.dropped, len(rule.dropped)
    for place in range(len(word) - size):
        if word[place].name == name and word[place + 1 : place + 1 + size] == dropped:
            middle, _ = rule.beside
        elif word[place + size].name == name and word[place : place + size] == dropped:
            _, middle = rule.beside
        else:
            continue
        return Polynomial.of(*word[:place]) * middle * Polynomial.of(*word[place + 1 + size :])
    return None
