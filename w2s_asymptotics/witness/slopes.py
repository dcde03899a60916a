"""Derivatives of word polynomials in a scalar, inverses moving along: `dG = -G (d argument) G`."""

from __future__ import annotations

from collections.abc import Mapping

from .words import NAME, TRACE, Polynomial, Word, times, total, trace

__all__ = ["derivative"]


def derivative(polynomial: Polynomial, name: str, arguments: Mapping[str, Polynomial]) -> Polynomial:
    """The derivative in the scalar `name`; `arguments` say of what each letter, or scalar, is the inverse.

    A letter or scalar without an argument is held.

    >>> from w2s_asymptotics.witness.words import INVERSE, Letter, trace_of_word
    >>> S, G = Letter("S", "d", "d", symmetric=True), Letter("G", "d", "d", INVERSE, True)
    >>> argument = Polynomial.of(S) + Polynomial.scalar("k")  # G = (S + k)^-1
    >>> print(derivative(trace_of_word((S, G)), "k", {"G": argument}))
    -1 tr[G G S]
    """
    moves: dict[str, Polynomial] = {}

    def moved(inverse: str) -> Polynomial:
        """The derivative of what a letter or scalar is the inverse of."""
        if inverse not in moves:
            argument = arguments.get(inverse)
            moves[inverse] = Polynomial() if argument is None else derivative(argument, name, arguments)
        return moves[inverse]

    def of_word(word: Word) -> Polynomial:
        parts = []
        for place, letter in enumerate(word):
            if change := moved(letter.name):
                left, right = Polynomial.of(*word[: place + 1]), Polynomial.of(*word[place:])
                parts.append(-(left * (change.T if letter.transposed else change) * right))
        return total(parts)

    result = polynomial.differentiate(name)
    for (monomial, word), coefficient in polynomial.items():
        if word:
            result = result + Polynomial.monomial(monomial, coefficient) * of_word(word)
        for place, ((kind, what), exponent) in enumerate(monomial):
            rest = monomial[:place] + monomial[place + 1 :]
            if kind == NAME and (change := moved(what)):  # d b = -b^2 (d argument)
                raised = times(rest, (((kind, what), exponent + 1),)) if exponent != -1 else rest
                result = result - Polynomial({(raised, word): coefficient * exponent}) * change
            elif kind == TRACE and (change := of_word(what)):
                lowered = times(rest, (((kind, what), exponent - 1),)) if exponent != 1 else rest
                outer = Polynomial({(lowered, word): coefficient * exponent})
                result = result + outer * trace(change, what[0].rows)
    return result
