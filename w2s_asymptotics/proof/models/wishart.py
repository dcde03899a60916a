"""Models of Gaussian rows in a world that looks alike from all sides, at finite n and d, both exact.

Means over the rows are series in 1/lam whose coefficients are moments of the sample covariance, and a moment
is a sum over pairings of its Gaussian entries; a rotation of the rows is as likely as the rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import permutations, product
from math import comb
from typing import Any

import numpy as np
import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.models.draws import positive, rational
from w2s_asymptotics.proof.tactics import Model, Place
from w2s_asymptotics.words.matrices import Draw, inverse
from w2s_asymptotics.words.words import BETA, Stage, Trace, terms

__all__ = ["DIMENSION", "VARIANCE", "Turned", "WishartSeries", "moment"]

DIMENSION = symbol("dim")
"""The dimension d."""

VARIANCE = sp.Symbol("v", positive=True)
"""The variance of tr R over the rows."""


@cache
def moment(*powers: int) -> sp.Expr:
    """The mean of a product of `tr (X'X)^k` over real Gaussian X, a polynomial in its rows n and columns d.

    Wick's rule: every pairing of the entries of X counts n for each set of row indices that it makes equal,
    and d for each set of column indices.

    >>> moment(2)
    d**2*n + d*n**2 + d*n
    """
    rows, columns, start = [], [], 0
    for power in powers:
        for place in range(power):  # X_ia X_ib: a row shared within the factor, a column with the next one
            rows += [start + place, start + place]
            columns += [start + place, start + (place + 1) % power]
        start += power
    n, d = sp.symbols("n d", positive=True)
    count: dict[tuple[int, int], int] = {}
    for pairs in _pairings(tuple(range(2 * start))):
        found = _classes(start, rows, pairs), _classes(start, columns, pairs)
        count[found] = count.get(found, 0) + 1
    traces = sum(power == 0 for power in powers)
    return sp.expand(d**traces * sum(times * n**a * d**b for (a, b), times in count.items()))


def _pairings(places: tuple[int, ...]) -> Iterator[list[tuple[int, int]]]:
    if not places:
        yield []
        return
    first, *rest = places
    for index, partner in enumerate(rest):
        for pairs in _pairings((*rest[:index], *rest[index + 1 :])):
            yield [(first, partner), *pairs]


def _classes(count: int, labels: list[int], pairs: list[tuple[int, int]]) -> int:
    """How many different indices are left when the labels of each pair are made equal."""
    names = list(range(count))
    for one, other in pairs:
        first, second = names[labels[one]], names[labels[other]]
        if first != second:
            names = [first if name == second else name for name in names]
    return len(set(names))


@dataclass(frozen=True)
class WishartSeries(Model):
    """Means over n Gaussian rows in d dimensions, as series in 1/lam, coefficient by coefficient.

    A trace stands for its mean, and so does a product of two traces less `VARIANCE`; n, d are small numbers
    on both sides of each other.
    """

    stage: Stage
    order: int = 4

    sizes = ((3, 2), (2, 5), (4, 4))

    @property
    def where(self) -> str:
        """Say where both sides are evaluated."""
        return f"as series in 1/lam to order {self.order}, at finite n and d"

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Insert one pair of sizes after the other."""
        for n, d in self.sizes:

            def at(side: Any, n: int = n, d: int = d) -> Any:
                return self._series(sp.sympify(side), n, d)

            yield at

    def _series(self, side: sp.Expr, n: int, d: int) -> Any:
        x, stage = sp.Symbol("x"), self.stage
        numbers = {stage.samples: n, DIMENSION: d, stage.gamma: sp.Rational(d, n), stage.lam: 1 / x}
        values: dict[Any, Any] = {trace: self._trace(trace, x, n, d) for trace in side.atoms(Trace)}
        if side.has(VARIANCE):
            values[VARIANCE] = self._variance(x, n, d)
        whole = sp.expand(side.xreplace(values).subs(numbers))
        return np.array([whole.coeff(x, power) for power in range(self.order + 1)], dtype=object)

    def _trace(self, trace: Trace, x: sp.Symbol, n: int, d: int) -> sp.Expr:
        """The mean of a trace of sample covariances and resolvents, `R = x/(1 + x Sigmahat)`."""
        whole = sp.S.Zero
        for letters, scale in terms(trace.args[0]).items():
            held = letters.count(self.stage.sample_covariance)
            power = letters.count(self.stage.resolvent)
            whole += scale * sum(
                (-1) ** k * comb(power + k - 1, k) * x ** (power + k) * _mean((held + k,), n, d)
                for k in range(self.order + 1 if power else 1)
            )
        return whole

    def _variance(self, x: sp.Symbol, n: int, d: int) -> sp.Expr:
        """The variance of tr R."""
        return sum(
            (-1) ** (j + k) * x ** (j + k + 2) * (_mean((j, k), n, d) - _mean((j,), n, d) * _mean((k,), n, d))
            for j in range(1, self.order)
            for k in range(1, self.order - j + 1)
        )


def _mean(powers: tuple[int, ...], n: int, d: int) -> sp.Rational:
    """The mean of a product of `tr Sigmahat^k`, `Sigmahat = X'X/n`."""
    if 0 in powers:
        rest = tuple(power for power in powers if power)
        return d ** (len(powers) - len(rest)) * (_mean(rest, n, d) if rest else sp.S.One)
    value = moment(*sorted(powers)).subs({sp.Symbol("n", positive=True): n, sp.Symbol("d", positive=True): d})
    return value / sp.Integer(n) ** sum(powers)


@dataclass(frozen=True)
class Turned(Model):
    """A sample covariance turned by every permutation of the axes with signs, which are equally likely.

    They leave no direction out: the mean of a turned matrix is the multiple of the identity with its trace.
    """

    stage: Stage
    dim: int = 3

    where = "over all signed permutations of the axes, on rational matrices"

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Turn the same rows one way after the other."""
        rng, stage = np.random.default_rng(seed), self.stage
        rows = rational(rng, self.dim + 1, self.dim)
        lam, noise, target = positive(rng), positive(rng), rational(rng, self.dim, 1)
        sample = rows.T @ rows / Fraction(self.dim + 1)
        resolvent = inverse(sample + lam * np.eye(self.dim, dtype=int))
        for order in permutations(range(self.dim)):
            for signs in product((1, -1), repeat=self.dim):
                turn = np.eye(self.dim, dtype=int)[list(order)] * np.array(signs)
                values = {
                    stage.lam: lam,
                    DIMENSION: Fraction(self.dim),
                    stage.samples: Fraction(self.dim + 1),
                    stage.gamma: Fraction(self.dim, self.dim + 1),
                    stage.noise: noise,
                    BETA: target,
                    stage.resolvent: turn @ resolvent @ turn.T,
                    stage.sample_covariance: turn @ sample @ turn.T,
                }
                yield Draw(values, self.dim).at
