r"""Gaussian means, Hermite polynomials, inner products and sums over degrees, each checked exactly.

``Mean(e)`` is the expectation of a polynomial (or of the exponential of a quadratic form) in Gaussian
variables; every variable is a linear combination of independent standard ones, so that the moments ``E
z^(2j) = (2j - 1)!!`` decide it. ``He(k, x)`` is the probabilists' Hermite polynomial, ``Inner(1, u, v)`` an
inner product of vectors, which coordinates decide. A statement about every degree is decided degree by
degree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from w2s_asymptotics.proof.checks import Identity, PositiveForm
from w2s_asymptotics.proof.derivation import Outcome
from w2s_asymptotics.words.inner import Inner
from w2s_asymptotics.words.words import terms

__all__ = [
    "AtDegrees",
    "GaussianMeans",
    "He",
    "Mean",
    "OnVectors",
    "coefficient_symbol",
    "gaussian_mean",
    "hermite_polynomial",
]


class Mean(sp.Function):
    """The expectation of an expression in Gaussian variables; a scalar."""

    is_commutative = True

    def _latex(self, printer: Any, exp: Any = None) -> str:
        text = rf"\mathbb{{E}}\left[{printer.doprint(self.args[0])}\right]"
        return text if exp is None else rf"{text}^{{{exp}}}"


class He(sp.Function):
    """``He(k, x)``: the probabilists' Hermite polynomial of degree k, left as a name until k is a number."""

    def _latex(self, printer: Any, exp: Any = None) -> str:
        degree, place = self.args
        text = rf"\mathrm{{He}}_{{{printer.doprint(degree)}}}\left({printer.doprint(place)}\right)"
        return text if exp is None else rf"{text}^{{{exp}}}"


def hermite_polynomial(degree: int, place: Any) -> Any:
    """Return He_k(x) by ``He_(k+1) = x He_k - k He_(k-1)``.

    >>> hermite_polynomial(3, sp.Symbol("x"))
    x**3 - 3*x
    """
    before, last = sp.S.Zero, sp.S.One
    for k in range(degree):
        before, last = last, sp.expand(place * last - k * before)
    return last


def gaussian_mean(expression: Any, variables: Iterable[sp.Symbol]) -> Any:
    """Return the mean over independent standard Gaussian ``variables``, exactly.

    The expression is a polynomial in them, or the exponential of one of degree 1.

    >>> x, y = sp.symbols("x y")
    >>> gaussian_mean(x**4 * y**2 + x, (x, y)), gaussian_mean(sp.exp(x + 2 * y), (x, y))
    (3, exp(5/2))
    """
    names = tuple(variables)
    if isinstance(expression, sp.exp):
        exponent = sp.Poly(sp.expand(expression.args[0]), *names)
        if exponent.total_degree() > 1:
            raise ValueError(f"{expression} is not the exponential of a linear form")
        slopes = (exponent.coeff_monomial(name) for name in names)
        return sp.exp(exponent.coeff_monomial(1) + sp.Add(*(slope**2 for slope in slopes)) / 2)
    polynomial = sp.Poly(sp.expand(expression), *names)
    return sp.Add(
        *(
            coefficient * sp.Mul(*(sp.factorial2(power - 1) if power else 1 for power in powers))
            for powers, coefficient in polynomial.terms()
            if not any(power % 2 for power in powers)
        )
    )


def coefficient_symbol(indexed: Any) -> sp.Symbol:
    """Return the symbol that an indexed coefficient, or variable, becomes when a statement is decided.

    >>> coefficient_symbol(sp.IndexedBase("c")[2])
    c[2]
    """
    return sp.Symbol(str(indexed), positive=True)


def _plain(expression: Any, values: Mapping[Any, Any]) -> Any:
    """Insert degrees, carry out sums, and make every indexed coefficient a symbol of its own."""
    inserted = sp.sympify(expression).subs(values)
    if isinstance(inserted, sp.Basic):
        inserted = inserted.doit()
    return inserted.xreplace({each: coefficient_symbol(each) for each in inserted.atoms(sp.Indexed)})


@dataclass(frozen=True)
class GaussianMeans:
    """Both sides agree once every mean is taken by exact moments.

    ``variables`` writes each Gaussian variable in the ``standard`` independent ones; ``at`` lists the
    degrees at which a statement about all of them is decided; ``given`` is inserted at the end, as in
    `Identity`.
    """

    standard: tuple[sp.Symbol, ...]
    variables: Mapping[Any, Any]
    at: tuple[Mapping[Any, Any], ...] = ({},)
    given: Mapping[Any, Any] = field(default_factory=dict)

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Take the means on both sides, at every degree, and cancel."""
        for values in self.at:
            left, right = (self._taken(side, values) for side in (before, after))
            outcome = Identity(self.given).run(left, right, seed)
            if not outcome.passed:
                return outcome
        degrees = f", at {len(self.at)} choices of degrees" if len(self.at) > 1 else ""
        return Outcome(True, f"equal by exact Gaussian moments{degrees}")

    def _taken(self, side: Any, values: Mapping[Any, Any]) -> Any:
        plain = _plain(side, values)
        spelled = plain.replace(He, lambda k, x: hermite_polynomial(int(k), x))
        return spelled.replace(Mean, lambda inside: gaussian_mean(inside.subs(self.variables), self.standard))

    def describe(self) -> str:
        """Say what closes the step."""
        degrees = ", degree by degree" if len(self.at) > 1 else ""
        return f"exact Gaussian moments{degrees}"


@dataclass(frozen=True)
class OnVectors:
    """Both sides agree once every inner product is taken in coordinates.

    ``coordinates`` gives each vector letter as a tuple, in symbols that sweep all configurations; ``given``
    is inserted afterwards, as in `Identity`.
    """

    coordinates: Mapping[Any, tuple[Any, ...]]
    given: Mapping[Any, Any] = field(default_factory=dict)

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Take the inner products and cancel."""
        return Identity(self.given).run(self._taken(before), self._taken(after), seed)

    def _taken(self, side: Any) -> Any:
        return sp.sympify(side).replace(Inner, lambda _, left, right: self._dot(left, right))

    def _dot(self, left: Any, right: Any) -> Any:
        return sp.Add(*(a * b for a, b in zip(self._vector(left), self._vector(right), strict=True)))

    def _vector(self, word: Any) -> list[Any]:
        spelled = terms(word)
        dim = len(next(iter(self.coordinates.values())))
        return [
            sp.Add(*(scale * self.coordinates[letters[0]][place] for letters, scale in spelled.items()))
            for place in range(dim)
        ]

    def describe(self) -> str:
        """Say what closes the step."""
        return "inner products in coordinates, exactly"


@dataclass(frozen=True)
class AtDegrees:
    """Both sides agree at each of the listed choices of degrees, sums carried out.

    With ``positive``, ``after`` must moreover be visibly positive there (see `PositiveForm`).
    """

    at: tuple[Mapping[Any, Any], ...]
    given: Mapping[Any, Any] = field(default_factory=dict)
    positive: Mapping[Any, Any] | None = None

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Cancel the difference degree by degree."""
        same = Identity(self.given) if self.positive is None else PositiveForm(self.given, self.positive)
        for values in self.at:
            outcome = same.run(_plain(before, values), _plain(after, values), seed)
            if not outcome.passed:
                return Outcome(False, f"{outcome.detail}, at {values}")
        return Outcome(True, f"{outcome.detail}, at {len(self.at)} choices of degrees")

    def describe(self) -> str:
        """Say what closes the step."""
        extra = "" if self.positive is None else ", and every coefficient is positive"
        return f"the difference cancels, degree by degree{extra}"
