"""Models of Gaussian variables and of vectors in coordinates: means and inner products, taken exactly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from w2s_asymptotics.proof.algebra import plainly
from w2s_asymptotics.proof.domain import insert
from w2s_asymptotics.proof.tactics import Model, Place
from w2s_asymptotics.words.gaussian import He, Mean, gaussian_mean, hermite_polynomial
from w2s_asymptotics.words.inner import Inner
from w2s_asymptotics.words.words import terms

__all__ = ["Moments", "Vectors"]


@dataclass(frozen=True)
class Moments(Model):
    """Every mean is taken by exact moments.

    ``variables`` writes each Gaussian variable in the ``standard`` independent ones; ``at`` lists the degrees
    at which a statement about all of them is decided; ``given`` is inserted at the end.
    """

    standard: tuple[sp.Symbol, ...]
    variables: Mapping[Any, Any] = field(default_factory=dict)
    at: tuple[Mapping[Any, Any], ...] = ({},)
    given: Mapping[Any, Any] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """Say how the means are taken."""
        return "by Gaussian moments" + (", degree by degree" if len(self.at) > 1 else "")

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Spell Hermite polynomials at each choice of degrees and take the means."""
        for values in self.at:

            def taken(side: Any, values: Mapping[Any, Any] = values) -> Any:
                spelled = plainly(side, values).replace(He, lambda k, x: hermite_polynomial(int(k), x))
                means = spelled.replace(
                    Mean, lambda inside: gaussian_mean(inside.subs(self.variables), self.standard)
                )
                return insert(means, self.given)

            yield taken


@dataclass(frozen=True)
class Vectors(Model):
    """Every inner product is taken in ``coordinates``: a tuple for each vector letter.

    Their symbols sweep all configurations; ``given`` is inserted at the end.
    """

    coordinates: Mapping[Any, tuple[Any, ...]]
    given: Mapping[Any, Any] = field(default_factory=dict)

    where = "in coordinates of the vectors"

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Take the inner products."""

        def taken(side: Any) -> Any:
            products = sp.sympify(side).replace(Inner, lambda _, left, right: self._dot(left, right))
            return insert(products, self.given)

        yield taken

    def _dot(self, left: Any, right: Any) -> Any:
        return sp.Add(*(a * b for a, b in zip(self._vector(left), self._vector(right), strict=True)))

    def _vector(self, word: Any) -> list[Any]:
        spelled = terms(word)
        dim = len(next(iter(self.coordinates.values())))
        return [
            sp.Add(*(scale * self.coordinates[letters[0]][place] for letters, scale in spelled.items()))
            for place in range(dim)
        ]
