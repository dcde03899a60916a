"""Words whose matrices commute, coordinate by coordinate or block by block.

In the common eigenbasis a trace is a sum over coordinates. Where a matrix takes few values, the coordinates
fall into blocks of ``w_k d`` dimensions each, and a form of the vectors sees their energies on each block.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from w2s_asymptotics.words.inner import Inner
from w2s_asymptotics.words.words import BETA, Quadratic, Stage, Trace, terms

__all__ = ["Block", "Coordinates", "by_block", "by_coordinate"]


def _product(word: Any, entries: Mapping[Any, Any]) -> Any:
    return sp.Add(
        *(scale * sp.Mul(*(entries[each] for each in letters)) for letters, scale in terms(word).items())
    )


@dataclass(frozen=True)
class Coordinates:
    """What each letter's i-th diagonal entry is called; ``beta_*`` stands for its i-th coefficient."""

    entries: Mapping[Any, Any]
    index: sp.Symbol
    count: sp.Symbol


def by_coordinate(expression: Any, names: Coordinates) -> sp.Expr:
    """Write an expression linear in traces and forms as one sum over coordinates.

    >>> from w2s_asymptotics.words.words import letter
    >>> i, d, a = sp.Symbol("i", integer=True), sp.Symbol("d", integer=True), sp.IndexedBase("a")
    >>> by_coordinate(2 * Trace(letter("A") ** 2), Coordinates({letter("A"): a[i]}, i, d))
    Sum(2*a[i]**2, (i, 1, d))
    """

    def summand(atom: Any) -> Any:
        parts = [_product(part, names.entries) for part in atom.args]
        return sp.Mul(*parts) * (parts[1] if isinstance(atom, Quadratic) else 1)

    found = {atom: summand(atom) for atom in expression.atoms(Trace, Quadratic, Inner)}
    summand_of_all = sp.factor_terms(sp.expand(expression.xreplace(found)))
    return sp.Sum(summand_of_all, (names.index, 1, names.count))


@dataclass(frozen=True)
class Block:
    """Coordinates on which every matrix is a multiple of the identity.

    ``multiples`` are these numbers; ``energy``, ``overlap`` and ``norm`` name ``<beta_*, beta_*>``,
    ``<beta_*, beta>`` and ``<beta, beta>`` there, for the weights beta of ``learner``.
    """

    multiples: Mapping[Any, Any]
    weight: sp.Expr
    energy: sp.Expr
    overlap: sp.Expr = sp.S.Zero
    norm: sp.Expr = sp.S.Zero
    learner: Stage | None = None

    def pair(self, left: Any, right: Any) -> Any:
        """Return <u, v> on this block, for words u and v that end in the target or in learned weights."""
        target, learned = sp.Symbol("target"), sp.Symbol("learned")
        vectors = {BETA: target}
        if self.learner is not None:
            vectors |= {self.learner.weights: learned, self.learner.error: learned - target}
        entries = {**self.multiples, **vectors}
        product = sp.Poly(sp.expand(_product(left, entries) * _product(right, entries)), target, learned)
        gram = {(2, 0): self.energy, (1, 1): self.overlap, (0, 2): self.norm}
        return sp.Add(*(sp.factor(scale) * gram[powers] for powers, scale in product.terms() if scale))


def by_block(expression: Any, blocks: Sequence[Block], stage: Stage) -> sp.Expr:
    """Write traces over the stage's ``n = d/gamma`` rows, and forms, as sums over blocks."""
    dim = sp.Symbol("dim", positive=True)

    def value(atom: Any) -> Any:
        if isinstance(atom, Trace):
            parts = [block.weight * _product(atom.args[0], block.multiples) for block in blocks]
            return dim * sp.factor_terms(sp.Add(*parts))
        metric, left = atom.args[:2]
        parts = [_product(metric, block.multiples) * block.pair(left, atom.args[-1]) for block in blocks]
        return sp.factor_terms(sp.Add(*parts))

    found = {atom: value(atom) for atom in expression.atoms(Trace, Quadratic, Inner)}
    return expression.xreplace(found).subs(stage.samples, dim / stage.gamma)
