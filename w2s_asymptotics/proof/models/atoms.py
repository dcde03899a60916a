"""Models of a joint spectrum of counted atoms: diagonal matrices, and the values of a chain inserted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from w2s_asymptotics.proof.models.draws import diagonal, positive
from w2s_asymptotics.proof.tactics import Model, Place
from w2s_asymptotics.words.atoms import Spectrum, generic
from w2s_asymptotics.words.matrices import Draw
from w2s_asymptotics.words.words import BETA, Stage

__all__ = ["Diagonals", "InsertedSpectrum", "digits_of"]


@dataclass(frozen=True)
class Diagonals(Model):
    """Rational diagonal matrices, each of ``count`` atoms a block of them, in the symbols of `generic`."""

    stages: tuple[Stage, ...]
    test_covariance: sp.Symbol
    count: int

    where = "on rational diagonal matrices"

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Draw the blocks, a target, and a number for every symbol."""
        rng = np.random.default_rng(seed)
        for _ in range(2):
            blocks = [int(size) for size in rng.integers(1, 3, self.count)]
            dim, start = sum(blocks), 0
            target = np.array([[Fraction(int(rng.integers(-5, 6)))] for _ in range(dim)], dtype=object)
            values: dict[Any, Any] = {
                item: positive(rng) for item in sorted(before.free_symbols | after.free_symbols, key=str)
            }
            values[BETA] = target
            diagonals: dict[Any, list[Fraction]] = {}
            for stage in self.stages:
                values[stage.samples] = dim / values.setdefault(stage.gamma, positive(rng))
            for atom, size in zip(
                generic(self.stages, self.test_covariance, self.count), blocks, strict=True
            ):
                own = target[start : start + size]
                values |= {atom.weight: Fraction(size, dim), atom.energy: (own * own).sum()}
                for name, there in atom.multiples.items():
                    diagonals.setdefault(name, []).extend([values.setdefault(there, positive(rng))] * size)
                start += size
            yield Draw({**values, **{name: diagonal(row) for name, row in diagonals.items()}}, dim).at


def digits_of(given: Iterable[Any]) -> float:
    """Return the tolerance that the digits of what is given allow.

    >>> digits_of([sp.Rational(1, 3)]), digits_of([sp.Float(0.1)])
    (1e-30, 1e-11)
    """
    return 1e-11 if any(value.has(sp.Float) for value in given) else 1e-30


@dataclass(frozen=True)
class InsertedSpectrum(Model):
    """The values of a chain on a spectrum, at drawn values of what is still free in them.

    The first side of a step is given by the symbols of `generic`, the second already has the values; kappa is
    found by bisection.
    """

    stages: tuple[Stage, ...]
    test_covariance: sp.Symbol
    spectrum: Spectrum
    scalars: Mapping[Any, Any]

    where = "at drawn values, kappa found by bisection"

    @property
    def tolerance(self) -> float:
        """How far apart they may be: as the digits of the values allow."""
        return digits_of(self._given())

    def _given(self) -> list[Any]:
        spectrum = self.spectrum
        rows = (
            spectrum.eigenvalues, spectrum.weights, spectrum.energies,
            *spectrum.covariances.values(), *spectrum.penalties.values(),
        )  # fmt: skip
        return [sp.sympify(value) for row in rows for value in row] + list(self.scalars.values())

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Draw what is free once; find kappa and delta of every stage."""
        rng, spectrum = np.random.default_rng(seed), self.spectrum
        free = set(sp.sympify(after).free_symbols).union(*(value.free_symbols for value in self._given()))
        point = {item: sp.Rational(int(rng.integers(1, 40)), 41) for item in sorted(free, key=str)}

        def at(value: Any) -> Any:
            return sp.sympify(value).subs(point)

        numbers = {name: at(value) for name, value in self.scalars.items()}
        atoms = generic(self.stages, self.test_covariance, len(spectrum.weights))
        for place, atom in enumerate(atoms):
            numbers |= {atom.weight: at(spectrum.weights[place]), atom.energy: at(spectrum.energies[place])}
            numbers[atom.multiples[self.test_covariance]] = at(spectrum.eigenvalues[place])
        weights = [at(value) for value in spectrum.weights]
        for stage in self.stages:
            covariance, penalty = (
                [at(value) for value in row[stage.label]]
                for row in (spectrum.covariances, spectrum.penalties)
            )
            root = _bisected(numbers[stage.lam], numbers[stage.gamma], covariance, penalty, weights)
            shapes = [1 / (s + root * g) for s, g in zip(covariance, penalty, strict=True)]
            total = sum(w * (s * shape) ** 2 for w, s, shape in zip(weights, covariance, shapes, strict=True))
            numbers |= {stage.kappa: root, stage.delta: 1 - numbers[stage.gamma] * total}
            for atom, *values in zip(atoms, covariance, penalty, shapes, strict=True):
                names = (stage.covariance, stage.penalty, stage.equivalent)
                numbers |= {atom.multiples[name]: value for name, value in zip(names, values, strict=True)}
        yield {before: sp.sympify(before).subs(numbers).evalf(40), after: at(after).evalf(40)}.__getitem__


def _bisected(lam: Any, gamma: Any, covariance: Any, penalty: Any, weights: Any) -> sp.Float:
    """The positive root of kappa (1 - gamma df1) = lam to 50 digits, by bisection in log kappa."""
    with mpmath.workdps(60):
        numbers = [mpmath.mpf(sp.sympify(value).evalf(55)) for value in (lam, gamma)]
        atoms = [
            tuple(mpmath.mpf(value.evalf(55)) for value in atom)
            for atom in zip(covariance, penalty, weights, strict=True)
        ]
        low, high = mpmath.mpf(10) ** -60, numbers[0] + numbers[1] * sum(w * s / g for s, g, w in atoms)
        for _ in range(400):
            middle = mpmath.sqrt(low * high)
            df1 = sum(w * s / (s + middle * g) for s, g, w in atoms)
            low, high = (low, middle) if middle * (1 - numbers[1] * df1) > numbers[0] else (middle, high)
        return sp.Float(high, 50)
