"""Ridge as it is defined: `argmin (1/n)||y - X beta||^2 + lam beta' Gamma beta`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ...learners import Ridge
from ..drawn.population import plain_number
from ..drawn.rows import Matrix, Vector
from .estimator import Estimator, Fit, LinearFit, estimator
from .least_squares import Factorisation, Penalty, fit_ridge

__all__ = ["RidgeEstimator"]


@dataclass(frozen=True)
class RidgeEstimator(Estimator):
    """Ridge at the penalty `lam`, in the metric of `penalty`."""

    lam: float
    penalty: Penalty
    fits_paths: ClassVar[bool] = True

    def fit(self, rows: Matrix, labels: Vector, rng: np.random.Generator) -> Fit:
        """Solve the normal equations."""
        return LinearFit(fit_ridge(rows, labels, self.lam, self.penalty))

    def path(self, rows: Matrix, labels: Vector, lams: Vector) -> list[LinearFit]:
        """Factorise once, fit at every penalty."""
        fits = Factorisation.of(rows, self.penalty, float(lams.min())).fit(labels, lams)
        return [LinearFit(beta) for beta in fits.T]


@estimator.register
def _(learner: Ridge, world: Any) -> Estimator:
    drawn = world.drawn(learner)
    penalty = world.weighting("penalty", learner.penalty, drawn["view"])
    return RidgeEstimator(**drawn, lam=plain_number("lam", learner.lam), penalty=Penalty.of(penalty))
