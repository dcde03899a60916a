"""From words to formulas in the isotropic world, the case of one atom: all matrices are multiples of I.

Three ways of writing the same expression, all sums of nonnegative terms: in S = 1/(1 + kappa), K = kappa/(1 +
kappa) and delta = 1 - df2/n, as the words give it; in the Marchenko-Pastur m and m'; in the effective
regularisation kappa.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.words.atoms import Atom, over_atoms
from w2s_asymptotics.words.functions import kappa, omega
from w2s_asymptotics.words.words import Stage

__all__ = [
    "SIGNAL",
    "closed_form",
    "definitions",
    "in_kappa",
    "in_resolvent",
    "insert_values",
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
