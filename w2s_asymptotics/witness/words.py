"""Word polynomials: Laurent polynomials in commuting scalars times words in ordered letters.

A letter is a matrix and need not commute with another. A scalar is a name or the normalised trace of a word,
taken over the dimension in which the word starts; of the words that are rotations and transposes of one
another one stands for all. Dimensions are scalars too, so `1/n` and `d/n` are ordinary monomials and every
formula is exact in the dimensions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

__all__ = [
    "FIXED",
    "INVERSE",
    "NAME",
    "ONE",
    "RANDOM",
    "TRACE",
    "Letter",
    "Monomial",
    "Polynomial",
    "Rational",
    "Scalar",
    "Word",
    "degree",
    "shorter",
    "times",
    "total",
    "trace",
    "trace_of_word",
    "transposed",
]

FIXED, RANDOM, INVERSE = "fixed", "random", "inverse"
"""Kinds of letter: a given matrix, a Gaussian one, the inverse of a word polynomial."""
NAME, TRACE = "name", "trace"
"""Kinds of scalar."""

Rational = int | Fraction
Scalar = tuple[str, Any]
Monomial = tuple[tuple[Scalar, int], ...]


class Letter(NamedTuple):
    """A matrix of a word, by name; `rows` and `cols` name its dimensions as it stands."""

    name: str
    rows: str
    cols: str
    kind: str = FIXED
    symmetric: bool = False
    transposed: bool = False

    @property
    def T(self) -> Letter:
        """The transpose.

        >>> str(Letter("X", "n", "d").T), str(Letter("S", "d", "d", symmetric=True).T)
        ("X'", 'S')
        """
        if self.symmetric:
            return self
        return self._replace(rows=self.cols, cols=self.rows, transposed=not self.transposed)

    def __str__(self) -> str:
        return self.name + ("'" if self.transposed else "")


Word = tuple[Letter, ...]


class Polynomial(dict[tuple[Monomial, Word], Rational]):
    """A sum of coefficients times monomials times words; zero is empty.

    >>> A, B = (Polynomial.of(Letter(name, "d", "d")) for name in "AB")
    >>> print((A + B * 2) * B * Polynomial.scalar("n", -1))
    n^-1 A B + 2 n^-1 B B
    """

    __slots__ = ("_randomness",)

    @classmethod
    def scalar(cls, name: str, exponent: int = 1) -> Polynomial:
        """The power of a named scalar; a name of digits is that whole number."""
        if name.isdigit():
            return cls.number(shorter(Fraction(int(name)) ** exponent))
        return cls({((((NAME, name), exponent),), ()): 1}) if exponent else cls({((), ()): 1})

    @classmethod
    def number(cls, value: Rational) -> Polynomial:
        """A rational number."""
        return cls({((), ()): value}) if value else cls()

    @classmethod
    def of(cls, *letters: Letter) -> Polynomial:
        """One word."""
        return cls({((), letters): 1})

    @classmethod
    def monomial(cls, monomial: Monomial, coefficient: Rational = 1) -> Polynomial:
        """A multiple of one monomial."""
        return cls({(monomial, ()): coefficient})

    def accumulate(self, key: tuple[Monomial, Word], coefficient: Rational) -> None:
        """Add one term in place."""
        coefficient += self.get(key, 0)
        if coefficient:
            self[key] = coefficient
        else:
            self.pop(key, None)

    def __add__(self, other: Polynomial) -> Polynomial:
        result = Polynomial(self)
        for key, coefficient in other.items():
            result.accumulate(key, coefficient)
        return result

    def __neg__(self) -> Polynomial:
        return Polynomial({key: -coefficient for key, coefficient in self.items()})

    def __sub__(self, other: Polynomial) -> Polynomial:
        return self + (-other)

    def __mul__(self, other: Polynomial | Rational) -> Polynomial:
        if not isinstance(other, Polynomial):
            return Polynomial({key: value * other for key, value in self.items()}) if other else Polynomial()
        result = Polynomial()
        for (first, left), a in self.items():
            for (second, right), b in other.items():
                result.accumulate((times(first, second), left + right), a * b)
        return result

    def __pow__(self, exponent: int) -> Polynomial:
        base = self if exponent >= 0 else self.reciprocal()
        result = ONE
        for _ in range(abs(exponent)):
            result = result * base
        return result

    @property
    def T(self) -> Polynomial:
        """The transpose."""
        return Polynomial({(monomial, transposed(word)): value for (monomial, word), value in self.items()})

    def key(self) -> tuple[Any, ...]:
        """What equal polynomials share."""
        return tuple(sorted(self.items()))

    @property
    def is_scalar(self) -> bool:
        """Whether no term has a letter."""
        return all(not word for _, word in self)

    @property
    def is_monomial(self) -> bool:
        """Whether it is one term without a letter, so that it has a reciprocal."""
        return len(self) == 1 and self.is_scalar

    def reciprocal(self) -> Polynomial:
        """One over a single term without letters."""
        if not self.is_monomial:
            raise ValueError(f"only a monomial has a reciprocal, got {self}")
        (((monomial, _), coefficient),) = self.items()
        inverse = tuple((scalar, -exponent) for scalar, exponent in monomial)
        return Polynomial({(inverse, ()): shorter(Fraction(1) / coefficient)})

    @property
    def randomness(self) -> tuple[int, int]:
        """The most Gaussian letters in a term, and the number of terms with any; of a finished polynomial."""
        try:
            return self._randomness
        except AttributeError:
            degrees = [degree(word) for _, word in self]
            self._randomness: tuple[int, int] = max(degrees, default=0), sum(map(bool, degrees))
            return self._randomness

    def random_part(self) -> Polynomial:
        """The terms with a Gaussian letter."""
        return Polynomial({key: value for key, value in self.items() if degree(key[1])})

    def fixed_part(self) -> Polynomial:
        """The terms without a Gaussian letter."""
        return Polynomial({key: value for key, value in self.items() if not degree(key[1])})

    def names(self) -> list[str]:
        """Names of scalars and letters, those inside traces too, in order of appearance."""
        found: dict[str, None] = {}
        for monomial, word in self:
            for (kind, what), _ in monomial:
                found.update(dict.fromkeys([what] if kind == NAME else [letter.name for letter in what]))
            found.update(dict.fromkeys(letter.name for letter in word))
        return list(found)

    def by_word(self) -> dict[Word, Polynomial]:
        """The scalar coefficient of each word."""
        found: dict[Word, Polynomial] = {}
        for (monomial, word), coefficient in self.items():
            found.setdefault(word, Polynomial()).accumulate((monomial, ()), coefficient)
        return found

    def substitute(
        self,
        scalars: Mapping[str, Polynomial],
        letters: Mapping[str, Polynomial] | None = None,
    ) -> Polynomial:
        """Replace named scalars by scalar polynomials and letters by polynomials, inside traces too."""
        replaced = letters or {}
        result = Polynomial()
        for (monomial, word), coefficient in self.items():
            kept: list[tuple[Scalar, int]] = []
            term = ONE
            for scalar, exponent in monomial:
                kind, what = scalar
                if kind == NAME and what in scalars:
                    term = term * scalars[what] ** exponent
                elif kind == TRACE and any(letter.name in replaced for letter in what):
                    term = term * trace(_replaced(what, replaced), what[0].rows) ** exponent
                else:
                    kept.append((scalar, exponent))
            if len(kept) == len(monomial) and not any(letter.name in replaced for letter in word):
                result.accumulate((monomial, word), coefficient)
                continue
            term = term * Polynomial.monomial(tuple(kept), coefficient)
            for key, value in (term * _replaced(word, replaced)).items():
                result.accumulate(key, value)
        return result

    def map_terms(
        self, scalar: Callable[[Scalar], Polynomial], word: Callable[[Word], Polynomial]
    ) -> Polynomial:
        """Replace every scalar and every word by what the functions say."""
        result = Polynomial()
        for (monomial, letters), coefficient in self.items():
            term = Polynomial.number(coefficient)
            for each, exponent in monomial:
                term = term * scalar(each) ** exponent
            result = result + term * word(letters)
        return result

    def differentiate(self, name: str) -> Polynomial:
        """The derivative in a named scalar where it stands openly; letters and traces are held."""
        result = Polynomial()
        for (monomial, word), coefficient in self.items():
            exponent = dict(monomial).get((NAME, name), 0)
            if exponent:
                lower = times(monomial, (((NAME, name), -1),))
                result.accumulate((lower, word), coefficient * exponent)
        return result

    def __str__(self) -> str:
        return " + ".join(_term(*key, value) for key, value in self.items()) or "0"


def _term(monomial: Monomial, word: Word, coefficient: Rational) -> str:
    parts = [] if coefficient == 1 and (monomial or word) else [str(coefficient)]
    for (kind, what), exponent in monomial:
        shown = what if kind == NAME else "tr[" + " ".join(map(str, what)) + "]"
        parts.append(shown + ("" if exponent == 1 else f"^{exponent}"))
    return " ".join([*parts, *map(str, word)])


def times(first: Monomial, second: Monomial) -> Monomial:
    """The product of two monomials."""
    if not first or not second:
        return first or second
    powers = dict(first)
    for scalar, exponent in second:
        exponent += powers.pop(scalar, 0)
        if exponent:
            powers[scalar] = exponent
    return tuple(sorted(powers.items()))


def shorter(value: Rational) -> Rational:
    """A whole number as an int.

    >>> shorter(Fraction(4, 2)), shorter(Fraction(1, 2))
    (2, Fraction(1, 2))
    """
    return int(value) if value.denominator == 1 else value


def transposed(word: Word) -> Word:
    """The transpose of a product."""
    return tuple(letter.T for letter in reversed(word))


def degree(word: Word) -> int:
    """The number of Gaussian letters."""
    return sum(letter.kind == RANDOM for letter in word)


def total(polynomials: Iterable[Polynomial]) -> Polynomial:
    """The sum."""
    result = Polynomial()
    for polynomial in polynomials:
        for key, value in polynomial.items():
            result.accumulate(key, value)
    return result


def _replaced(word: Word, letters: Mapping[str, Polynomial]) -> Polynomial:
    result = ONE
    for letter in word:
        value = letters.get(letter.name)
        if value is None:
            result = result * Polynomial.of(letter)
        else:
            result = result * (value.T if letter.transposed else value)
    return result


@lru_cache(maxsize=1 << 16)
def _standard(word: Word) -> Word:
    """The least of the rotations of a word and of its transpose."""
    return min(
        turned[place:] + turned[:place] for turned in (word, transposed(word)) for place in range(len(word))
    )


def trace_of_word(word: Word) -> Polynomial:
    """The normalised trace of a square word, over the dimension in which it starts.

    >>> V, A = Letter("V", "p", "d"), Letter("A", "d", "d", symmetric=True)
    >>> print(trace_of_word((V, A, V.T)))
    d p^-1 tr[A V' V]
    """
    if not word:
        return ONE
    standard, start = _standard(word), word[0].rows
    result = Polynomial({((((TRACE, standard), 1),), ()): 1})
    if standard[0].rows == start:
        return result
    return result * Polynomial.scalar(standard[0].rows) * Polynomial.scalar(start, -1)


def trace(polynomial: Polynomial, space: str) -> Polynomial:
    """The trace of a square polynomial divided by the dimension `space`."""
    result = Polynomial()
    for (monomial, word), coefficient in polynomial.items():
        term = Polynomial.monomial(monomial, coefficient) * trace_of_word(word)
        if word and word[0].rows != space:
            term = term * Polynomial.scalar(word[0].rows) * Polynomial.scalar(space, -1)
        for key, value in term.items():
            result.accumulate(key, value)
    return result


ONE = Polynomial({((), ()): 1})
