"""From words to sums over atoms: a joint spectrum makes every deterministic matrix diagonal.

A trace becomes d times a weighted sum over atoms, a form of the target a sum over atoms weighted by the
target's energy there. The isotropic world is the case of one atom (`words/isotropic.py`, in its own
notation); here atoms are any number, their eigenvalues, weights, penalties and energies any numbers or
symbols, and the effective regularisation of a stage is an algebraic number, the positive root of a
polynomial of degree `atoms + 1` that has a name instead of a formula (`words/algebraic.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from w2s_asymptotics.words.algebraic import polynomial
from w2s_asymptotics.words.symbols import Asked
from w2s_asymptotics.words.words import BETA, Quadratic, Stage, Trace

__all__ = [
    "Atom",
    "generic",
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


def stated(stage: Stage, asked: Asked) -> tuple[tuple[Any, Any], ...]:
    """Return what kappa and delta of a stage stand for, as pairs (left side, right side)."""
    k, (lam,), (gamma,) = stage.kappa, asked.lams, asked.gamma
    triples = list(zip(asked.s, asked.g, asked.w, strict=True))
    shares = [(w, s / (s + k * g)) for s, g, w in triples if s != 0]
    if len(triples) <= _STATED_AS_POLYNOMIAL:
        root = polynomial(k, lam, gamma, *(value for atom in triples for value in atom)).as_expr(), sp.S.Zero
    else:
        root = k * (1 - gamma * sp.Add(*(w * share for w, share in shares))), lam
    return root, (stage.delta, 1 - gamma * sp.Add(*(w * share**2 for w, share in shares)))
