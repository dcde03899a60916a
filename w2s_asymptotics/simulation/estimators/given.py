"""Labels that are handed over: the target, or what is taught, with its directions multiplied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...learners import Given
from ..drawn.population import plain_number
from ..drawn.rows import Matrix, Source, Vector
from .estimator import Estimator, Fit, LinearFit, SeenFit, estimator

__all__ = ["GivenEstimator"]


@dataclass(frozen=True)
class NoisyFit:
    """A linear function whose labels carry noise, drawn afresh for every row."""

    fit: LinearFit
    noise: float
    rng: np.random.Generator

    def predict(self, rows: Matrix) -> Vector:
        """Labels of rows `(n, d)`."""
        return np.asarray(self.fit.predict(rows) + np.sqrt(self.noise) * self.rng.standard_normal(len(rows)))

    def risks(self, source: Source, rng: np.random.Generator) -> tuple[float, float]:
        """Those of the function, and the noise."""
        excess, test = self.fit.risks(source, rng)
        return excess + self.noise, test + self.noise


@dataclass(frozen=True)
class GivenEstimator(Estimator):
    """What each direction is multiplied by, and the variance of what is added to its coefficient.

    `target` is what is multiplied where no one teaches; `basis` holds the directions, None for the
    coordinates.
    """

    target: Vector
    multiplier: Vector
    spread: Vector
    basis: Matrix | None

    def learn(self, labeller: Fit | None, rng: np.random.Generator) -> Fit:
        """Multiply the coefficients; no rows are drawn."""
        given = self.target if labeller is None else _coefficients(labeller, len(self.target))
        inside = given if self.basis is None else self.basis.T @ given
        inside = self.multiplier * inside + np.sqrt(self.spread) * rng.standard_normal(len(inside))
        fit = LinearFit(inside if self.basis is None else self.basis @ inside)
        return NoisyFit(fit, self.noise, rng.spawn(1)[0]) if self.noise else fit

    def actual(self, learner: Any, dim: int) -> Any:
        """The learner itself: nothing is rounded."""
        return learner


def _coefficients(labeller: Fit, dim: int) -> Vector:
    linear = labeller.fit if isinstance(labeller, (NoisyFit, SeenFit)) else labeller
    if not isinstance(linear, LinearFit):
        raise ValueError("Given multiplies the coefficients of a linear teacher, and what taught it is none")
    return linear.beta if isinstance(labeller, NoisyFit) else labeller.predict(np.eye(dim))


@estimator.register
def _(learner: Given, world: Any) -> Estimator:
    multiplier, spread = (world.weighting(name, getattr(learner, name)) for name in ("multiplier", "spread"))
    counts, basis = world.counts, None
    if counts is None:
        basis = np.linalg.eigh(world.world.covariance)[1]
    else:
        spread = spread / np.repeat(counts, counts)
    noise = plain_number("noise", learner.noise)
    parts = {"target": world.source.beta, "multiplier": multiplier, "spread": spread, "basis": basis}
    return GivenEstimator(world.source, 0, noise, 0.0, **parts)
