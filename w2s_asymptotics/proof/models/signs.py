"""The model of least squares on signs: rows of growing dimension, and the map that they close to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.tactics import Run
from w2s_asymptotics.words.matrices import Draw, evaluate
from w2s_asymptotics.words.words import BETA, Stage

__all__ = ["FIRST", "SignedRows"]

FIRST = sp.Symbol("c_1", positive=True)
"""The first Hermite coefficient of the labels as a function of the projection."""
REGIMES = ((1.6, 0.1, 0.0), (0.6, 0.05, 0.15))
"""(n/d, lam, flip) of the draws."""


@dataclass(frozen=True)
class SignedRows:
    """Gaussian rows of covariance Sigma whose labels are signs of ``<beta_*, x>``, a share of them flipped.

    ``beta_*`` has ``Sigma``-norm 1 and Gamma is the identity; a ridge fit by its definition.
    """

    stage: Stage

    drawn_as = "data with signs for labels"

    def runs(
        self, before: Any, after: Any, dims: Sequence[int], seed: int
    ) -> Iterator[tuple[str, Sequence[Run]]]:
        """Draw rows in each regime."""
        for place, regime in enumerate(REGIMES):
            runs = [_Signed(self.stage, before, after, dim, regime, (seed, place, dim)) for dim in dims]
            yield f"n/d = {regime[0]}", runs


class _Signed:
    """Gaps of two scalars over drawn rows."""

    def __init__(
        self,
        stage: Stage,
        before: Any,
        after: Any,
        dim: int,
        regime: tuple[float, ...],
        seed: tuple[int, ...],
    ) -> None:
        aspect, self.lam, self.flip = regime
        self.stage, self.before, self.dim, self.rng = stage, before, dim, np.random.default_rng(seed)
        self.count = round(aspect * dim)
        self.scale = np.tile([1.5, 0.5], dim // 2) ** 0.5
        target = np.tile([1.0, 0.6], dim // 2)
        self.target = target / np.linalg.norm(self.scale * target)
        sigma, low, high = self.scale**2, self.lam, self.lam + 20.0
        for _ in range(100):
            kappa = (low + high) / 2
            short = kappa * (1 - (sigma / (sigma + kappa)).sum() / self.count) < self.lam
            low, high = (kappa, high) if short else (low, kappa)
        self.values = {
            stage.covariance: np.diag(sigma),
            stage.penalty: np.eye(dim),
            stage.equivalent: np.diag(1 / (sigma + kappa)),
            stage.kappa: kappa,
            stage.samples: float(self.count),
            stage.delta: 1 - ((sigma / (sigma + kappa)) ** 2).sum() / self.count,
            BETA: self.target[:, None],
            symbol("signal"): 1.0,
            FIRST: (1 - 2 * self.flip) * (2 / np.pi) ** 0.5,
        }
        self.limit = float(evaluate(after, Draw(self.values, dim)))

    def draw(self, count: int) -> tuple[Any, Any]:
        """Fit the signs of so many data sets."""
        at_once = max(1, 2**15 // (self.count * self.dim))
        stacks = [min(at_once, count - done) for done in range(0, count, at_once)]
        gaps = np.concatenate([self._gaps(stack) for stack in stacks])[:, None]
        return gaps, np.full(gaps.shape, abs(self.limit))

    def _gaps(self, count: int) -> Any:
        rows = self.rng.standard_normal((count, self.count, self.dim)) * self.scale
        flips = np.where(self.rng.random((count, self.count)) < self.flip, -1, 1)
        labels = (np.sign(rows @ self.target) * flips)[..., None]
        across = rows.transpose(0, 2, 1)
        normal = across @ rows / self.count + self.lam * np.eye(self.dim)
        weights = np.linalg.solve(normal, across @ labels / self.count)
        return (
            evaluate(self.before, Draw({**self.values, self.stage.weights: weights}, self.dim)) - self.limit
        )
