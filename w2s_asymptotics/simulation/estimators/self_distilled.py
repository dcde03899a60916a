"""Repeated ridge fits on the same rows, each on labels mixed from the fit before and those first given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...learners import SelfDistilled
from ..drawn.population import plain_number
from ..drawn.rows import Matrix, Vector
from .estimator import Estimator, Fit, LinearFit, estimator
from .least_squares import Penalty, fit_ridge

__all__ = ["SelfDistilledEstimator"]


@dataclass(frozen=True)
class SelfDistilledEstimator(Estimator):
    """Fits at each of `lams` on the same rows; `own` are the weights of the fit before in the labels."""

    lams: tuple[float, ...]
    own: tuple[float, ...]

    def fit(self, rows: Matrix, labels: Vector, rng: np.random.Generator) -> Fit:
        """Fit, label the same rows, fit again."""
        none = Penalty.of(None)
        first, *later = self.lams
        beta = fit_ridge(rows, labels, first, none)
        for lam, own in zip(later, self.own, strict=True):
            beta = fit_ridge(rows, own * (rows @ beta) + (1.0 - own) * labels, lam, none)
        return LinearFit(beta)


@estimator.register
def _(learner: SelfDistilled, world: Any) -> Estimator:
    lams = tuple(plain_number("lams", lam) for lam in learner.lams)
    own = tuple(plain_number("own", weight) for weight in learner.own or (1.0,) * (len(lams) - 1))
    return SelfDistilledEstimator(**world.drawn(learner), lams=lams, own=own)
