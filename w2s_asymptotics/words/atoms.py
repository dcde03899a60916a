"""From words to sums over atoms: a joint spectrum makes every deterministic matrix diagonal.

A trace becomes d times a weighted sum over atoms, a form of the target a sum over atoms weighted by the
target's energy there. The isotropic world is the case of one atom (`words/isotropic.py`, in its own
notation); here atoms are any number, their eigenvalues, weights, penalties and energies any numbers or
symbols, and the effective regularisation of a stage is an algebraic number, the positive root of a
polynomial of degree `atoms + 1` that has a name instead of a formula (`words/algebraic.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from w2s_asymptotics.proof.derivation import Outcome
from w2s_asymptotics.words.algebraic import kappa_atoms, omega_atoms, polynomial
from w2s_asymptotics.words.matrices import Draw, evaluate
from w2s_asymptotics.words.words import BETA, Quadratic, Stage, Trace

__all__ = [
    "Atom",
    "InsertedOnAtoms",
    "OnDiagonals",
    "Spectrum",
    "agreement",
    "generic",
    "inserted",
    "over_atoms",
    "stated",
]

_STATED_AS_POLYNOMIAL = 3  # atoms, at most


@dataclass(frozen=True)
class Atom:
    """One atom: its share of the dimensions, the target's energy on it, what each letter is there."""

    weight: Any
    energy: Any
    multiples: Mapping[Any, Any]


@dataclass(frozen=True)
class Spectrum:
    """The values of a chain on a joint spectrum: rows over atoms, and per stage label a row of each kind."""

    eigenvalues: tuple[Any, ...]
    weights: tuple[Any, ...]
    energies: tuple[Any, ...]
    covariances: Mapping[str, tuple[Any, ...]]
    penalties: Mapping[str, tuple[Any, ...]]


def over_atoms(expression: Any, stages: Sequence[Stage], atoms: Sequence[Atom]) -> sp.Expr:
    """Write traces and forms of the target as sums over atoms; every trace stands over one n, d/n = gamma.

    >>> stage = Stage("t")
    >>> atoms = [Atom(sp.Rational(1, 2), 1, {stage.covariance: s}) for s in (3, 1)]
    >>> over_atoms(Trace(stage.covariance**2) / stage.samples, [stage], atoms)
    5*gamma_t
    """
    sizes = {stage.samples: 1 / stage.gamma for stage in stages}
    truths = [stage.truth for stage in stages if stage.mixed]

    def insert(node: Any) -> Any:
        if isinstance(node, Trace):
            return sp.Add(
                *(atom.weight * node.args[0].subs(atom.multiples, simultaneous=True) for atom in atoms)
            )
        if isinstance(node, Quadratic):
            found = []
            for atom in atoms:
                metric, vector = (argument.subs(atom.multiples, simultaneous=True) for argument in node.args)
                found.append(metric * gather(vector.subs(BETA, 1), truths) ** 2 * atom.energy)
            return sp.Add(*found)
        if not node.args:
            if node in sizes:
                return sizes[node]
            return atoms[0].multiples.get(node, node) if len(atoms) == 1 else node
        return node.func(*(insert(argument) for argument in node.args))

    return sp.sympify(insert(expression))


def gather(expression: sp.Expr, truths: Sequence[sp.Symbol]) -> sp.Expr:
    """Gather what multiplies each product of shares: the weights of taught and true labels become factors."""
    gathered: dict[sp.Expr, sp.Expr] = {}
    for term in sp.Add.make_args(sp.expand(expression)):
        number, product = term.as_coeff_Mul()
        share, weight = product.as_independent(*truths, as_Add=False) if truths else (product, sp.S.One)
        weight *= number
        gathered[share] = gathered.get(share, sp.S.Zero) + weight
    return sp.Add(*(share * sp.factor(weight) for share, weight in gathered.items()))


def _letter(name: str, *index: object, positive: bool = False) -> sp.Symbol:
    label = "_".join([name, *(str(each) for each in index)])
    return sp.Symbol(label, positive=True) if positive else sp.Symbol(label, nonnegative=True)


def generic(stages: Sequence[Stage], test_covariance: sp.Symbol, count: int) -> list[Atom]:
    """Return atoms with a symbol for everything: s_i, w_i, e_i, and per stage s_{k,i}, g_{k,i}, G_{k,i}."""
    atoms = []
    for place in range(1, count + 1):
        multiples: dict[Any, Any] = {test_covariance: _letter("s", place)}
        for stage in stages:
            multiples |= {
                stage.covariance: _letter("s", stage.label, place),
                stage.penalty: _letter("g", stage.label, place, positive=True),
                stage.equivalent: _letter("G", stage.label, place, positive=True),
            }
        atoms.append(Atom(_letter("w", place), _letter("e", place), multiples))
    return atoms


def inserted(
    expression: Any,
    stages: Sequence[Stage],
    test_covariance: sp.Symbol,
    spectrum: Spectrum,
    scalars: Mapping[Any, Any],
) -> sp.Expr:
    """Insert the values of a spectrum, G_{k,i} = 1/(s + kappa g), and kappa as an algebraic number.

    `scalars` gives lam, gamma, noise and truth of every stage by their symbols.
    """
    atoms = generic(stages, test_covariance, len(spectrum.weights))
    shapes: dict[Any, Any] = {}
    values: dict[Any, Any] = dict(scalars)
    for place, atom in enumerate(atoms):
        values |= {atom.weight: spectrum.weights[place], atom.energy: spectrum.energies[place]}
        values[atom.multiples[test_covariance]] = spectrum.eigenvalues[place]
        for stage in stages:
            s, g, shape = (
                atom.multiples[each] for each in (stage.covariance, stage.penalty, stage.equivalent)
            )
            size = spectrum.covariances[stage.label][place]
            values |= {s: size, g: spectrum.penalties[stage.label][place]}
            # Without variance G Sigma = 0 and kappa g G = 1, even where kappa is 0.
            shapes |= (
                {shape: 1 / (stage.kappa * g), s: size} if size == 0 else {shape: 1 / (s + stage.kappa * g)}
            )
    for stage in stages:
        root = _root_arguments(stage, spectrum, scalars)
        effective, residual = kappa_atoms(*root), omega_atoms(*root)
        values[stage.kappa] = effective
        lost = [
            w * (s / (s + effective * g)) * (effective * g / (s + effective * g))
            for s, g, w in zip(
                spectrum.covariances[stage.label],
                spectrum.penalties[stage.label],
                spectrum.weights,
                strict=True,
            )
            if s != 0
        ]
        values[stage.delta] = residual + scalars[stage.gamma] * sp.Add(*lost)
    return sp.sympify(expression).subs(shapes, simultaneous=True).subs(values, simultaneous=True)


def _root_arguments(stage: Stage, spectrum: Spectrum, scalars: Mapping[Any, Any]) -> tuple[Any, ...]:
    flat = [
        value
        for atom in zip(
            spectrum.covariances[stage.label], spectrum.penalties[stage.label], spectrum.weights, strict=True
        )
        for value in atom
    ]
    return (sp.core.symbol.Str(stage.label), scalars[stage.lam], scalars[stage.gamma], *flat)


def stated(stage: Stage, spectrum: Spectrum, scalars: Mapping[Any, Any]) -> tuple[tuple[Any, Any], ...]:
    """Return what kappa and delta of a stage stand for, as pairs (left side, right side)."""
    k, rows = stage.kappa, (spectrum.covariances[stage.label], spectrum.penalties[stage.label])
    shares = [(w, s / (s + k * g)) for s, g, w in zip(*rows, spectrum.weights, strict=True) if s != 0]
    gamma, lam = scalars[stage.gamma], scalars[stage.lam]
    if len(spectrum.weights) <= _STATED_AS_POLYNOMIAL:
        root = polynomial(k, *_root_arguments(stage, spectrum, scalars)[1:]).as_expr(), sp.S.Zero
    else:
        root = k * (1 - gamma * sp.Add(*(w * share for w, share in shares))), lam
    return root, (stage.delta, 1 - gamma * sp.Add(*(w * share**2 for w, share in shares)))


@dataclass(frozen=True)
class OnDiagonals:
    """Both sides agree exactly on rational diagonal matrices, each atom a block of them."""

    stages: tuple[Stage, ...]
    test_covariance: sp.Symbol
    count: int

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Evaluate both sides in exact arithmetic."""
        rng = np.random.default_rng(seed)

        def number() -> Fraction:
            return Fraction(int(rng.integers(1, 9)), int(rng.integers(5, 12)))

        for _ in range(2):
            blocks = [int(size) for size in rng.integers(1, 3, self.count)]
            dim = sum(blocks)
            target = np.array([[Fraction(int(rng.integers(-5, 6)))] for _ in range(dim)], dtype=object)
            values: dict[Any, Any] = {
                item: number() for item in sorted(before.free_symbols | after.free_symbols, key=str)
            }
            values[BETA] = target
            diagonals: dict[Any, list[Fraction]] = {}
            for stage in self.stages:
                values[stage.samples] = dim / values.setdefault(stage.gamma, number())
            start = 0
            for atom, size in zip(
                generic(self.stages, self.test_covariance, self.count), blocks, strict=True
            ):
                own = target[start : start + size]
                values |= {atom.weight: Fraction(size, dim), atom.energy: (own * own).sum()}
                for letter_, symbol_ in atom.multiples.items():
                    diagonals.setdefault(letter_, []).extend([values.setdefault(symbol_, number())] * size)
                start += size
            values |= {name: np.diag(np.array(entries, dtype=object)) for name, entries in diagonals.items()}
            draw = Draw(values, dim, target, self.stages[-1])
            if evaluate(before, draw) != evaluate(after, draw):
                return Outcome(False, "the two sides differ on diagonal matrices")
        return Outcome(True, "equal on diagonal matrices, exactly")

    def describe(self) -> str:
        """Say what closes the step."""
        return "exact on rational diagonal matrices"


def agreement(left: Any, right: Any, given: Iterable[Any]) -> Outcome:
    """Compare what inserted values give with the formula, as closely as the digits of `given` allow."""
    rounded = any(value.has(sp.Float) for value in given)
    tolerance = sp.Float("1e-11" if rounded else "1e-30", 40)
    if not abs(left - right) <= tolerance * abs(left):
        return Outcome(False, f"inserted values give {sp.N(left, 12)}, the formula {sp.N(right, 12)}")
    return Outcome(True, "agrees with the formula at the inserted values")


@dataclass(frozen=True)
class InsertedOnAtoms:
    """``after`` is ``before`` with a spectrum inserted: equal at 30 digits, kappa found by bisection."""

    stages: tuple[Stage, ...]
    test_covariance: sp.Symbol
    spectrum: Spectrum
    scalars: Mapping[Any, Any]

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Evaluate both sides at drawn values of what is still free."""
        rng = np.random.default_rng(seed)
        spectrum, free = self.spectrum, set(sp.sympify(after).free_symbols)
        rows = (
            spectrum.eigenvalues, spectrum.weights, spectrum.energies,
            *spectrum.covariances.values(), *spectrum.penalties.values(),
        )  # fmt: skip
        given = [sp.sympify(value) for row in rows for value in row] + list(self.scalars.values())
        free = free.union(*(value.free_symbols for value in given))
        point = {item: sp.Rational(int(rng.integers(1, 40)), 41) for item in sorted(free, key=str)}

        def at(value: Any) -> Any:
            return sp.sympify(value).subs(point)

        numbers = {name: at(value) for name, value in self.scalars.items()}
        atoms = generic(self.stages, self.test_covariance, len(spectrum.weights))
        for place, atom in enumerate(atoms):
            numbers |= {atom.weight: at(spectrum.weights[place]), atom.energy: at(spectrum.energies[place])}
            numbers[atom.multiples[self.test_covariance]] = at(spectrum.eigenvalues[place])
        for stage in self.stages:
            covariance, penalty = (
                [at(value) for value in row[stage.label]]
                for row in (spectrum.covariances, spectrum.penalties)
            )
            weights = [at(value) for value in spectrum.weights]
            root = _bisected(numbers[stage.lam], numbers[stage.gamma], covariance, penalty, weights)
            numbers[stage.kappa] = root
            shapes = [1 / (s + root * g) for s, g in zip(covariance, penalty, strict=True)]
            total = sum(w * (s * shape) ** 2 for w, s, shape in zip(weights, covariance, shapes, strict=True))
            numbers[stage.delta] = 1 - numbers[stage.gamma] * total
            for place, atom in enumerate(atoms):
                numbers |= {
                    atom.multiples[stage.covariance]: covariance[place],
                    atom.multiples[stage.penalty]: penalty[place],
                    atom.multiples[stage.equivalent]: shapes[place],
                }
        left, right = sp.sympify(before).subs(numbers).evalf(40), at(after).evalf(40)
        return agreement(left, right, given)

    def describe(self) -> str:
        """Say what closes the step."""
        return "agrees at drawn values, kappa found by bisection"


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
