"""An example of a learner of one's own: ridge whose coefficients are multiplied by a factor.

`Damped` is its theory, `DampedEstimator` what is fitted to drawn data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from w2s_asymptotics.learners import GaussianEquivalent, Geometry, Ridge
from w2s_asymptotics.learners.equivalent import Unweighted
from w2s_asymptotics.notation import check
from w2s_asymptotics.simulation import Estimator, LinearFit, estimator


@dataclass(frozen=True, eq=False)
class Damped(Unweighted):
    """Ridge, then its coefficients times `factor`, a number in [0, 1]."""

    gamma: Any
    lam: Any
    factor: Any = 1.0
    noise: Any = 0.0
    samples: Any = None

    def __post_init__(self) -> None:
        for name in ("gamma", "lam", "noise"):
            object.__setattr__(self, name, check(name, getattr(self, name), "Damped"))
        # A share in [0, 1], as the weight of true labels is: the table of quantities says what that means.
        object.__setattr__(self, "factor", check("truth", self.factor, "Damped"))

    def first(self, geometry: Geometry) -> GaussianEquivalent:
        """The equivalent after learning from true labels."""
        return self._damped(Ridge(self.gamma, self.lam, noise=self.noise).first(geometry), geometry)

    def after(self, teacher: GaussianEquivalent, geometry: Geometry) -> GaussianEquivalent:
        """The equivalent after learning from the labels of `teacher`."""
        return self._damped(Ridge(self.gamma, self.lam, noise=self.noise).after(teacher, geometry), geometry)

    def _damped(self, fitted: GaussianEquivalent, geometry: Geometry) -> GaussianEquivalent:
        """`(m, C) -> (f m, f^2 C)`; the bias, `target - f m`, is written without a cancelling difference."""
        factor = geometry.scalar(self.factor)
        return GaussianEquivalent(
            factor * fitted.multiplier,
            (1 - factor) * geometry.target().multiplier + factor * fitted.bias,
            geometry.scaled(factor * factor, fitted.covariance),
        )


@dataclass(frozen=True)
class DampedEstimator(Estimator):
    """The same from its definition: solve the normal equations, multiply what comes out."""

    lam: float
    factor: float

    def fit(self, rows: Any, labels: Any, rng: np.random.Generator) -> LinearFit:
        """Fit the rows that were drawn."""
        normal = rows.T @ rows / len(rows) + self.lam * np.eye(rows.shape[1])
        return LinearFit(self.factor * np.linalg.solve(normal, rows.T @ labels / len(rows)))


@estimator.register(Damped)
def damped(learner: Damped, world: Any) -> Estimator:
    """Rows, noise and where they come from, `world.drawn` knows; the rest are numbers of the learner."""
    return DampedEstimator(**world.drawn(learner), lam=float(learner.lam), factor=float(learner.factor))
