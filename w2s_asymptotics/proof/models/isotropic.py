"""Models of the isotropic world: multiples of the identity, and the values of a chain inserted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from w2s_asymptotics.proof.models.draws import positive
from w2s_asymptotics.proof.tactics import Model, Place
from w2s_asymptotics.words.isotropic import SIGNAL, kept, shrinkage
from w2s_asymptotics.words.matrices import Draw
from w2s_asymptotics.words.pairs import Pair
from w2s_asymptotics.words.words import BETA, Stage

__all__ = ["Identities", "InsertedValues"]


@dataclass(frozen=True)
class Identities(Model):
    """Sigma and Gamma of every data set are the identity, the target a rational vector.

    G is S I, kappa G Gamma is K I, a trace counts dimensions. The delta of a stage is a name for any number;
    those of a pair of fits are what they stand for.
    """

    data: tuple[Stage | Pair, ...]
    test_covariance: sp.Symbol
    dim: int = 3

    where = "on multiples of the identity"

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Draw what each fit keeps, gamma, a target, and whatever else occurs."""
        rng = np.random.default_rng(seed)
        free = sorted(before.free_symbols | after.free_symbols, key=str)
        for _ in range(3):
            values: dict[Any, Any] = {item: positive(rng) for item in free}
            target = np.array([[Fraction(int(rng.integers(-5, 6)))] for _ in range(self.dim)], dtype=object)
            values |= {BETA: target, SIGNAL: (target * target).sum(), self.test_covariance: Fraction(1)}
            for data in self.data:
                gamma = positive(rng)
                values |= {data.covariance: Fraction(1), data.penalty: Fraction(1)}
                values |= {data.gamma: gamma, data.samples: self.dim / gamma}
                for fit in data.fits:
                    k = positive(rng)
                    values |= {fit.kappa: k, fit.equivalent: 1 / (1 + k)}
                    values |= {shrinkage(fit): 1 / (1 + k), kept(fit): k / (1 + k)}
                if isinstance(data, Pair):
                    values |= {
                        name: 1 - gamma * values[shrinkage(i)] * values[shrinkage(j)]
                        for (i, j), name in data.deltas.items()
                    }
            yield Draw(values, self.dim).at


@dataclass(frozen=True)
class InsertedValues(Model):
    """The values of a chain, at drawn values of what is still free in them; kappa is found by its quadratic.

    The first side of a step is given by names, the second already has the ``values``.
    """

    stages: tuple[Stage, ...]
    values: Mapping[Any, Any]
    sources: tuple[tuple[Stage, Any, Any, bool], ...] = ()
    draws: int = 4

    where = "at drawn values, kappa taken from its quadratic"

    @property
    def tolerance(self) -> float:
        """How far apart they may be: as the digits of the values allow."""
        rounded = any(
            number._prec < 60
            for value in self.values.values()
            for number in sp.sympify(value).atoms(sp.Float)
        )
        return 1e-12 if rounded else 1e-35

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Draw what is free, on both sides of one, and find kappa and delta of every stage."""
        rng = np.random.default_rng(seed)
        free = set().union(
            sp.sympify(after).free_symbols,
            *(sp.sympify(value).free_symbols for value in self.values.values()),
        )
        for _ in range(self.draws):
            point = {item: sp.Rational(int(rng.integers(1, 120)), 41) for item in sorted(free, key=str)}
            numbers = {name: sp.sympify(value).subs(point) for name, value in self.values.items()}
            numbers |= {
                stage.noise: _mixed(stage, true, own, first, numbers).subs(point)
                for stage, true, own, first in self.sources
                if stage.noisy
            }
            with mpmath.workdps(50):
                for stage in self.stages:
                    numbers |= _roots(stage, numbers[stage.lam], numbers[stage.gamma])
                left, right = (
                    sp.sympify(before).subs(numbers).evalf(40),
                    sp.sympify(after).subs(point).evalf(40),
                )
            if right == sp.oo and left > 1e20:
                left = right
            if max(abs(left), abs(right)) < sp.Float("1e-40", 40):
                left = right = sp.S.Zero
            yield {before: left, after: right}.__getitem__


def _mixed(stage: Stage, true: Any, own: Any, first: bool, numbers: Mapping[Any, Any]) -> sp.Expr:
    """The variance of a label's noise, as the mean of its square over the signs of its two sources."""
    share = sp.S.One if first else (numbers[stage.truth] if stage.mixed else sp.S.Zero)
    sizes = share * sp.sqrt(true), sp.sqrt(own)
    signs = [(a, b) for a in (1, -1) for b in (1, -1)]
    return sp.expand(sum((a * sizes[0] + b * sizes[1]) ** 2 for a, b in signs) / 4)


def _roots(stage: Stage, lam: Any, gamma: Any) -> dict[Any, Any]:
    """Kappa as the positive root of its quadratic, found by mpmath; delta = 1 - df2/n from it."""
    with mpmath.workdps(200):
        size, penalty = (mpmath.mpf(sp.sympify(value).evalf(150)) for value in (gamma, lam))
        if size == 1 and penalty == 0:
            penalty = mpmath.mpf(10) ** -90  # kappa and delta vanish together: look close by
        root = max(
            mpmath.re(value)
            for value in mpmath.polyroots([1, 1 - size - penalty, -penalty], maxsteps=500, extraprec=1000)
        )
        return {stage.kappa: sp.Float(root, 120), stage.delta: sp.Float(1 - size / (1 + root) ** 2, 120)}
