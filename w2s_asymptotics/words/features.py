"""Letters of ridge on random features z = F x + u.

``F`` is p x d, u has variance theta; ``Sigma_z = F Sigma F' + theta`` is the covariance of the features and
``G_z = (Sigma_z + kappa)^{-1}``, so that in feature space the learner is ridge with the identity for penalty.
The weights are a ridge problem themselves (`WEIGHTS`), with H = F'F for sample covariance, p for n, the
penalty k = kappa + theta, the penalty matrix Sigma^{-1}, nu for kappa.
"""

from __future__ import annotations

import sympy as sp

from w2s_asymptotics.words.words import Stage, letter

__all__ = [
    "BEST", "FEATURES", "LABELS", "METRIC", "MISSED", "SHAPE", "SIGMA", "THETA", "TRANSPOSED", "WEIGHTS", "F",
]  # fmt: skip

WEIGHTS = Stage("w", noisy=False)
F, TRANSPOSED, SHAPE, FEATURES = (letter(name) for name in ("F", "F'", "G_z", "Sigma_z"))
SIGMA, METRIC = letter("Sigma"), letter("A")
LABELS, BEST = letter("f"), letter("beta_z")
"""The weights of the function that labels the rows, and the best that features can do for it."""
THETA, MISSED = sp.Symbol("theta", nonnegative=True), sp.Symbol("E_0", nonnegative=True)
"""The variance of a feature's nonlinear part, and the energy that the best coefficients miss."""
