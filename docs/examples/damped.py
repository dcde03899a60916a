"""An example of a learner of one's own: ridge whose coefficients are multiplied by a factor.

`Damped` is its theory, `DampedEstimator` what is fitted to drawn data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from w2s_asymptotics.learners import Fit, Learner, Ridge
from w2s_asymptotics.notation import check
from w2s_asymptotics.simulation import Estimator, LinearFit, estimator


@dataclass(frozen=True, eq=False)
class Damped(Learner):
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

    def fit(self, spectrum: Any, energy: Any, noise: Any) -> Fit:
        """The fit of ridge, damped; the share that is lost is written without a cancelling difference."""
        kept, lost, added, _ = Ridge(self.gamma, self.lam).fit(spectrum, energy, noise)
        factor = spectrum.number(self.factor)
        return Fit(factor * kept, (1 - factor) + factor * lost, spectrum.xp.product(factor * factor, added))


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
