"""A weighted sum of ridge fits, whose members share a core of rows and have the rest for themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...learners import Committee
from ..drawn.population import plain_array, plain_number, samples_of
from ..drawn.rows import Matrix, Vector
from .estimator import Estimator, Fit, LinearFit, estimator
from .least_squares import Penalty, fit_ridge

__all__ = ["CommitteeEstimator"]


@dataclass(frozen=True)
class CommitteeEstimator(Estimator):
    """Ridge fits of so many rows each, of which a member takes the first `common` of the core.

    `samples` counts all rows: the core, and those that each has alone.
    """

    counts: tuple[int, ...]
    common: tuple[int, ...]
    lams: tuple[float, ...]
    penalties: tuple[Penalty, ...]
    votes: Vector

    def fit(self, rows: Matrix, labels: Vector, rng: np.random.Generator) -> Fit:
        """Fit every member to its rows, and add them up."""
        fits = self.members(rows, labels)
        return LinearFit(np.asarray(self.votes @ fits))

    def members(self, rows: Matrix, labels: Vector) -> Matrix:
        """The coefficients of every member, one row each."""
        core, fits = max(self.common), []
        start = core
        for count, common, lam, penalty in zip(
            self.counts, self.common, self.lams, self.penalties, strict=True
        ):
            alone = np.arange(start, start + count - common)
            start += count - common
            own = np.concatenate([np.arange(common), alone])
            fits.append(fit_ridge(rows[own], labels[own], lam, penalty))
        return np.array(fits)

    def actual(self, learner: Any, dim: int) -> Any:
        """The record with the ratios that are simulated."""
        members = (
            replace(each, gamma=dim / count, samples=None)
            for each, count in zip(learner.members, self.counts, strict=True)
        )
        return replace(learner, members=tuple(members))


@estimator.register
def _(learner: Committee, world: Any) -> Estimator:
    counts = tuple(samples_of(each, world.dim) for each in learner.members)
    shared = plain_number("shared", learner.shared)
    common = tuple(round(shared * count) for count in counts)
    drawn = world.drawn(learner.members[0]) | {"noise": plain_number("noise", learner.noise)}
    drawn["samples"] = max(common) + sum(counts) - sum(common)
    return CommitteeEstimator(
        **drawn,
        counts=counts,
        common=common,
        lams=tuple(plain_number("lam", each.lam) for each in learner.members),
        penalties=tuple(Penalty.of(world.weighting("penalty", each.penalty)) for each in learner.members),
        votes=plain_array("weights", learner.votes),
    )
