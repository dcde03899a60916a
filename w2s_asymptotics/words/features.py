"""Letters of ridge on random features z = F x + u, and the exact check of their algebra.

``F`` is p x d, u has variance theta; ``Sigma_z = F Sigma F' + theta`` is the covariance of the features and
``G_z = (Sigma_z + kappa)^{-1}``, so that in feature space the learner is ridge with the identity for penalty.
The weights are a ridge problem themselves (`WEIGHTS`), with H = F'F for sample covariance, p for n, the
penalty k = kappa + theta, the penalty matrix Sigma^{-1}, nu for kappa.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.derivation import Outcome
from w2s_asymptotics.words.matrices import Draw, evaluate, inverse
from w2s_asymptotics.words.spectrum import DIMENSION
from w2s_asymptotics.words.words import Stage, letter

__all__ = [
    "BEST", "FEATURES", "LABELS", "METRIC", "MISSED", "SHAPE", "SIGMA", "THETA", "TRANSPOSED", "WEIGHTS", "F",
    "OnFeatures",
]  # fmt: skip

WEIGHTS = Stage("w", noisy=False)
F, TRANSPOSED, SHAPE, FEATURES = (letter(name) for name in ("F", "F'", "G_z", "Sigma_z"))
SIGMA, METRIC = letter("Sigma"), letter("A")
LABELS, BEST = letter("f"), letter("beta_z")
"""The weights of the function that labels the rows, and the best that features can do for it."""
THETA, MISSED = sp.Symbol("theta", nonnegative=True), sp.Symbol("E_0", nonnegative=True)
"""The variance of a feature's nonlinear part, and the energy that the best coefficients miss."""


@dataclass(frozen=True)
class OnFeatures:
    """Both sides agree exactly for a rational p x d matrix F, in feature space and in the covariates'."""

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Evaluate both sides in exact arithmetic, for more and for fewer features than dimensions."""
        rng = np.random.default_rng(seed)
        for count, dim in ((4, 3), (2, 3)):
            draw = _draw(rng, count, dim)
            left, right = (evaluate(side, draw) for side in (before, after))
            if np.any(left - right):
                return Outcome(False, f"the two sides differ for {count} features in {dim} dimensions")
        return Outcome(True, "equal for more and for fewer features than dimensions, exactly")

    def describe(self) -> str:
        """Say what closes the step."""
        return "exact on rational rectangular matrices"


def _rational(rng: np.random.Generator, rows: int, columns: int) -> Any:
    entries = [Fraction(int(rng.integers(-4, 5)), 3) for _ in range(rows * columns)]
    return np.array(entries, dtype=object).reshape(rows, columns)


def _draw(rng: np.random.Generator, count: int, dim: int) -> Draw:
    """Draw F, Sigma, A, f and numbers; everything else from its definition."""
    layer, root, form = _rational(rng, count, dim), _rational(rng, dim, dim), _rational(rng, dim, dim)
    labels, sigma = _rational(rng, dim, 1), root @ root.T + np.eye(dim, dtype=int)
    theta, kappa = Fraction(2, 7), Fraction(int(rng.integers(1, 9)), 11)
    eye, k, penalty = np.eye(count, dtype=int), kappa + theta, inverse(sigma)
    features = layer @ sigma @ layer.T + theta * eye
    best = inverse(features) @ layer @ sigma @ labels
    values = {
        F: layer,
        TRANSPOSED: layer.T,
        SIGMA: sigma,
        METRIC: form + form.T,
        LABELS: labels,
        THETA: theta,
        symbol("kappa"): kappa,
        FEATURES: features,
        SHAPE: inverse(features + kappa * eye),
        BEST: best,
        MISSED: (labels * (sigma @ labels)).sum() - (best * (features @ best)).sum(),
        WEIGHTS.lam: k,
        WEIGHTS.penalty: penalty,
        WEIGHTS.sample_covariance: layer.T @ layer,
        WEIGHTS.resolvent: inverse(layer.T @ layer + k * penalty),
        WEIGHTS.samples: Fraction(count),
        DIMENSION: Fraction(dim),
        symbol("samples"): Fraction(7),
    }
    return Draw(values, dim, layer, WEIGHTS)
