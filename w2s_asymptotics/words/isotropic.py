"""From words to formulas in the isotropic world, the case of one atom: all matrices are multiples of I.

Three ways of writing the same expression, all sums of nonnegative terms: in S = 1/(1 + kappa), K = kappa/(1 +
kappa) and delta = 1 - df2/n, as the words give it; in the Marchenko-Pastur m and m'; in the effective
regularisation kappa.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.derivation import Outcome
from w2s_asymptotics.words.atoms import Atom, over_atoms
from w2s_asymptotics.words.functions import kappa, omega
from w2s_asymptotics.words.matrices import Draw, evaluate
from w2s_asymptotics.words.words import BETA, Stage

__all__ = [
    "AtSamples",
    "Inserted",
    "insert_values",
    "OnIdentities",
    "definitions",
    "in_kappa",
    "in_resolvent",
    "isotropic",
    "kept",
    "shrinkage",
]

SIGNAL = symbol("signal")


def shrinkage(stage: Stage) -> sp.Symbol:
    """Return S = 1/(1 + kappa), the share of a coefficient that the fit keeps."""
    return sp.Symbol(f"S_{stage.label}", positive=True)


def kept(stage: Stage) -> sp.Symbol:
    """Return K = kappa/(1 + kappa) = 1 - S, the share that the penalty holds back."""
    return sp.Symbol(f"K_{stage.label}", nonnegative=True)


def _multiples(stage: Stage) -> dict[sp.Expr, sp.Expr]:
    """What each deterministic letter is a multiple of the identity by; kappa G Gamma = K and G Sigma = S."""
    share = shrinkage(stage)
    return {
        stage.covariance: sp.S.One,
        stage.penalty: sp.S.One,
        stage.equivalent: share,
        stage.kappa: kept(stage) / share,
    }


def isotropic(expression: Any, stages: Sequence[Stage], test_covariance: sp.Symbol) -> sp.Expr:
    """Insert Sigma = Gamma = I, one atom: a trace becomes d times a number, a form r^2 times one."""
    multiples: dict[sp.Expr, sp.Expr] = {test_covariance: sp.S.One}
    for stage in stages:
        multiples |= _multiples(stage)
    return sp.factor_terms(over_atoms(expression, stages, [Atom(sp.S.One, SIGNAL, multiples)]))


def in_resolvent(expression: Any, stages: Sequence[Stage]) -> sp.Expr:
    """Write S, K and delta by m(-lam) and m' = dm/dz: S = 1 - lam m, K = lam m, S^2/delta = m - lam m'."""
    changes: dict[sp.Expr, sp.Expr] = {}
    for stage in stages:
        value, slope = symbol("m", stage.label), symbol("m_prime", stage.label)
        held = stage.lam * value
        changes |= {
            shrinkage(stage): 1 - held,
            kept(stage): held,
            stage.delta: (1 - held) ** 2 / (value - stage.lam * slope),
        }
    return sp.sympify(expression).subs(changes, simultaneous=True)


def in_kappa(expression: Any, stages: Sequence[Stage]) -> sp.Expr:
    """Write S and K by the effective regularisation; delta keeps its name."""
    changes: dict[sp.Expr, sp.Expr] = {}
    for stage in stages:
        changes |= {shrinkage(stage): 1 / (1 + stage.kappa), kept(stage): stage.kappa / (1 + stage.kappa)}
    return sp.sympify(expression).subs(changes, simultaneous=True)


def definitions(stage: Stage) -> dict[sp.Expr, sp.Expr]:
    """Return what the symbols of a stage stand for, each in terms of those after it.

    Every entry is derived in ``marchenko_pastur``.
    """
    k, delta = stage.kappa, stage.delta
    return {
        symbol("m", stage.label): k / (stage.lam * (1 + k)),
        symbol("m_prime", stage.label): (k / (stage.lam * (1 + k))) ** 2 / delta,
        shrinkage(stage): 1 / (1 + k),
        kept(stage): k / (1 + k),
        delta: symbol("omega", stage.label) + stage.gamma * k / (1 + k) ** 2,
        stage.lam: k * symbol("omega", stage.label),
        symbol("omega", stage.label): 1 - stage.gamma / (1 + k),
    }


def closed_form(stage: Stage, lam: Any, gamma: Any) -> dict[sp.Expr, sp.Expr]:
    """Return kappa, omega and delta of a stage as functions of its (lam, gamma)."""
    effective, residual = kappa(lam, gamma), omega(lam, gamma)
    return {stage.kappa: effective, stage.delta: residual + gamma * effective / (1 + effective) ** 2}


@dataclass(frozen=True)
class OnIdentities:
    """Both sides agree exactly when all matrices are multiples of I and the target is a rational vector."""

    stages: tuple[Stage, ...]
    test_covariance: sp.Symbol
    dim: int = 3

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Evaluate both sides in exact arithmetic."""
        rng = np.random.default_rng(seed)
        free = sorted(before.free_symbols | after.free_symbols, key=str)
        for _ in range(3):
            values: dict[Any, Any] = {item: Fraction(int(rng.integers(1, 9)), 10) for item in free}
            target = np.array([[Fraction(int(rng.integers(-5, 6)))] for _ in range(self.dim)], dtype=object)
            values |= {BETA: target, SIGNAL: (target * target).sum(), self.test_covariance: Fraction(1)}
            for stage in self.stages:
                k = Fraction(int(rng.integers(1, 9)), 10)
                values |= {
                    stage.kappa: k,
                    shrinkage(stage): 1 / (1 + k),
                    kept(stage): k / (1 + k),
                    stage.equivalent: 1 / (1 + k),
                }
                values |= {stage.covariance: Fraction(1), stage.penalty: Fraction(1)}
                gamma = Fraction(int(rng.integers(1, 9)), 10)
                values |= {stage.gamma: gamma, stage.samples: self.dim / gamma}
            draw = Draw(values, self.dim, target, self.stages[-1])
            if evaluate(before, draw) != evaluate(after, draw):
                return Outcome(False, "the two sides differ on multiples of the identity")
        return Outcome(True, "equal on multiples of the identity, exactly")

    def describe(self) -> str:
        """Say what closes the step."""
        return "exact on multiples of the identity"


@dataclass(frozen=True)
class AtSamples:
    """Two formulas agree exactly at drawn rational numbers, once the symbols in ``meaning`` are replaced.

    ``meaning`` maps symbols to expressions in symbols further down the mapping, ending in ones that are
    drawn.
    """

    meaning: Mapping[Any, Any]
    draws: int = 6

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Evaluate the difference at rational points."""
        rng = np.random.default_rng(seed)
        difference = sp.sympify(before) - sp.sympify(after)
        for defined, expression in self.meaning.items():
            difference = difference.subs(defined, expression)
        free = sorted(difference.free_symbols, key=str)
        for _ in range(self.draws):
            point = {item: sp.Rational(int(rng.integers(1, 40)), 41) for item in free}
            if difference.subs(point) != 0:
                return Outcome(False, "the two sides differ at a rational point")
        return Outcome(True, f"equal at {self.draws} rational points, exactly")

    def describe(self) -> str:
        """Say what closes the step."""
        return "exact at rational points"


def insert_values(expression: Any, stages: Sequence[Stage], values: Mapping[Any, Any]) -> sp.Expr:
    """Insert values, and kappa and delta as functions of them.

    At gamma = 1 and lam = 0, where kappa and delta vanish together (``lam = kappa^2/(1 + kappa)``), the
    limit is taken.

    >>> stage = Stage("t")
    >>> insert_values(stage.kappa**2 / stage.delta, [stage], {stage.lam: 0, stage.gamma: 1})
    0
    """
    inserted, small = dict(values), []
    for stage in stages:
        lam, gamma = sp.sympify(values[stage.lam]), sp.sympify(values[stage.gamma])
        if lam.is_zero and (gamma - 1).is_zero:
            root = sp.Dummy("kappa", positive=True)
            inserted |= {stage.kappa: root, stage.delta: root * (2 + root) / (1 + root) ** 2}
            small.append(root)
        else:
            inserted |= closed_form(stage, lam, gamma)
    result = sp.sympify(expression).subs(inserted, simultaneous=True)
    if not small:
        return result
    numbers = {each: sp.Dummy(positive=True) for each in result.atoms(sp.Function)}  # kappa of other stages
    limit = sp.nsimplify(result.xreplace(numbers), rational=True)
    for root in reversed(small):
        limit = sp.limit(limit, root, 0, "+")
    limit = limit.xreplace({name: each for each, name in numbers.items()})
    return limit.evalf() if result.atoms(sp.Float) else limit


@dataclass(frozen=True)
class Inserted:
    """``after`` is ``before`` with values inserted: equal at 40 digits, kappa found from its quadratic."""

    stages: tuple[Stage, ...]
    values: Mapping[Any, Any]
    sources: tuple[tuple[Stage, Any, Any, bool], ...] = ()
    draws: int = 4

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Evaluate both sides at drawn values of what is still free, on both sides of one."""
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
                for stage, true, own, first in self._noisy()
            }
            with mpmath.workdps(50):
                for stage in self.stages:
                    numbers |= _roots(stage, numbers[stage.lam], numbers[stage.gamma])
                left = sp.sympify(before).subs(numbers).evalf(40)
                right = sp.sympify(after).subs(point).evalf(40)
                if right == sp.oo and left > 1e20:
                    continue
                tolerance = 1e-12 if right.atoms(sp.Float) and self._rounded() else sp.Float("1e-35", 40)
                if not abs(left - right) <= tolerance * abs(left) + sp.Float("1e-40", 40):
                    return Outcome(
                        False, f"inserted values give {sp.N(left, 12)}, the formula {sp.N(right, 12)}"
                    )
        return Outcome(True, "agrees with the formula at the inserted values")

    def _noisy(self) -> list[tuple[Stage, Any, Any, bool]]:
        return [source for source in self.sources if source[0].noisy]

    def _rounded(self) -> bool:
        """Whether the values themselves are floating-point numbers of fifteen digits."""
        return any(
            number._prec < 60
            for value in self.values.values()
            for number in sp.sympify(value).atoms(sp.Float)
        )

    def describe(self) -> str:
        """Say what closes the step."""
        return "agrees at drawn values, kappa taken from its quadratic"


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
