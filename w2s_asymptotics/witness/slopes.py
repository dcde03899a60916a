"""Derivatives of word polynomials in a scalar, inverses moving along: `dG = -G (d argument) G`."""

from __future__ import annotations

from collections.abc import Mapping

from .words import TRACE, Letter, Monomial, Polynomial, Word, total, trace

__all__ = ["derivative"]


def derivative(polynomial: Polynomial, name: str, arguments: Mapping[str, Polynomial]) -> Polynomial:
    """The derivative in the scalar `name`; `arguments` say of which polynomial each letter is the inverse.

    >>> from w2s_asymptotics.witness.words import INVERSE, trace_of_word
    >>> S, G = Letter("S", "d", "d", symmetric=True), Letter("G", "d", "d", INVERSE, True)
    >>> argument = Polynomial.of(S) + Polynomial.scalar("k")  # G = (S + k)^-1
    >>> print(derivative(trace_of_word((S, G)), "k", {"G": argument}))
    -1 tr[G G S]
    """
    moves: dict[str, Polynomial] = {}

    def moved(letter: Letter) -> Polynomial:
        """The derivative of the argument of a letter."""
        if letter.name not in moves:
            argument = arguments.get(letter.name)
            moves[letter.name] = Polynomial() if argument is None else derivative(argument, name, arguments)
        change = moves[letter.name]
        return change.T if letter.transposed else change

    def of_word(word: Word) -> Polynomial:
        parts = []
        for place, letter in enumerate(word):
            if change := moved(letter):
                left, right = Polynomial.of(*word[: place + 1]), Polynomial.of(*word[place:])
                parts.append(-(left * change * right))
        return total(parts)

    result = polynomial.differentiate(name)
    for (monomial, word), coefficient in polynomial.items():
        if word:
            result = result + Polynomial.monomial(monomial, coefficient) * of_word(word)
        for place, ((kind, what), exponent) in enumerate(monomial):
            if kind == TRACE and (change := of_word(what)):
                rest: Monomial = monomial[:place] + monomial[place + 1 :]
                if exponent != 1:
                    rest = tuple(sorted((*rest, ((TRACE, what), exponent - 1))))
                outer = Polynomial({(rest, word): coefficient * exponent})
                result = result + outer * trace(change, what[0].rows)
    return result


