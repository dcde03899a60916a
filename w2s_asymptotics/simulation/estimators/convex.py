"""Convex losses as they are defined: the minimiser of the mean loss and a ridge penalty on drawn rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...learners import Convex
from ..convex import fit_convex
from ..drawn.population import plain_number
from ..drawn.rows import Matrix, Vector
from .estimator import Estimator, Fit, LinearFit, estimator

__all__ = ["ConvexEstimator"]


@dataclass(frozen=True)
class ConvexEstimator(Estimator):
    """One loss at the penalty `lam`, in the metric of `penalty`; `threshold` is that of Huber's loss."""

    lam: float
    loss: str
    threshold: float
    penalty: Vector | Matrix | None

    def fit(self, rows: Matrix, labels: Vector, rng: np.random.Generator) -> Fit:
        """Minimise by Newton's method, or by an interior point where the loss has a kink."""
        return LinearFit(fit_convex(rows, labels, self.lam, self.loss, self.penalty, self.threshold))


@estimator.register
def _(learner: Convex, world: Any) -> Estimator:
    drawn, loss = world.drawn(learner), learner.objective
    if drawn["labels"] == "linear" and not loss.of_residual:
        drawn["labels"] = "probability"
    return ConvexEstimator(
        **drawn,
        lam=plain_number("lam", learner.lam),
        loss=loss.name,
        threshold=float(loss.threshold),
        penalty=world.weighting("penalty", learner.penalty, drawn["view"]),
    )
