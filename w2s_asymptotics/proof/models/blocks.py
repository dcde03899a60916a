"""The model of ridge with a block of features whose penalty is ``mu``: rational blocks Z and X."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from w2s_asymptotics.proof.tactics import Model, Place
from w2s_asymptotics.words.matrices import Draw, evaluate, inverse
from w2s_asymptotics.words.words import letter

__all__ = ["LETTERS", "RationalBlocks"]

LETTERS = tuple(map(letter, ("J", "H", "W'", "y", "R_mu", "X'", "M_mu", "R_0", "Pi", "Z", "t", "r")))
"""Selection of X's coefficients, shape and rows of all features, labels, shape of X's, X, what the block
leaves at a penalty and without, Z, coefficients on Z, and what is left of labels."""

_MU = sp.Symbol("mu", positive=True)


@dataclass(frozen=True)
class RationalBlocks(Model):
    """Rational blocks Z and X; ``penalty`` is the one on the coefficients of Z."""

    penalty: Fraction = Fraction(2, 7)

    where = "on rational blocks"

    def near(self, distance: Fraction) -> RationalBlocks:
        """Return the same blocks at another penalty on Z."""
        return replace(self, penalty=distance)

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Draw the blocks; everything else by its definition."""
        rng = np.random.default_rng(seed)
        rows, spikes, bulk, lam = 5, 2, 3, Fraction(3, 11)

        def drawn(*shape: int) -> Any:
            flat = [Fraction(int(value), 3) for value in rng.integers(-5, 6, int(np.prod(shape)))]
            return np.array(flat, dtype=object).reshape(shape)

        Z, X, labels = drawn(rows, spikes), drawn(rows, bulk), drawn(rows, 1)
        together = np.concatenate([Z, X], axis=1)
        weights = np.diag(np.array([self.penalty] * spikes + [lam] * bulk, dtype=object))
        eye, ridge = np.eye(rows, dtype=int), lam * np.eye(bulk, dtype=int)
        left = eye - Z @ inverse(Z.T @ Z + self.penalty * np.eye(spikes, dtype=int)) @ Z.T
        projection = eye - Z @ inverse(Z.T @ Z) @ Z.T
        values = (
            np.eye(spikes + bulk, dtype=int)[spikes:],
            inverse(together.T @ together + weights),
            together.T,
            labels,
            inverse(X.T @ left @ X + ridge),
            X.T,
            left,
            inverse(X.T @ projection @ X + ridge),
            projection,
            Z,
            drawn(spikes, 1),
            drawn(rows, 1),
        )
        draw = Draw({_MU: self.penalty, **dict(zip(LETTERS, values, strict=True))}, rows)
        yield lambda side: evaluate(side, draw)
