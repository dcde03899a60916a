"""Self-distillation: several ridge fits on the same rows, each on the labels of the one before.

The sample covariance, and with it every fit, is shared, so the outcome is a combination of the ridge
resolvents `R_i` of one data set: `R_s S_hat R_t = (lam_s R_s - lam_t R_t)/(lam_s - lam_t)`, for k fits the
divided differences. Its second moments are those of the two-penalty rule (derivations "two_penalties",
"self_distillation").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..notation import check
from .equivalent import GaussianEquivalent, Geometry, Unweighted, validate

__all__ = ["SelfDistilled"]


@dataclass(frozen=True, eq=False)
class SelfDistilled(Unweighted):
    """`len(lams)` ridge fits on the same fresh rows, each later one on the labels of the one before.

    Parameters
    ----------
    gamma
        Aspect ratio `d/n > 0`. Exactly one of `gamma` and `samples` is given.
    lams
        Penalties `>= 0` of the fits, in order (the outcome does not depend on it); they may be equal.
    noise
        Variance of noise added to the labels that the first fit sees, beyond the population's for a first
        learner.
    samples
        Number `n` of rows, in worlds of finite dimension.

    Examples
    --------
    >>> from w2s_asymptotics import Population, risk
    >>> round(risk(Population.isotropic(noise=0.5), SelfDistilled(gamma=0.8, lams=(0.01, 0.1, 0.4))), 8)
    0.44606364
    """

    gamma: Any = None
    lams: tuple[Any, ...] = ()
    noise: Any = 0.0
    samples: Any = None

    def __post_init__(self) -> None:
        validate(self, "noise")
        if np.ndim(self.lams) != 1 or not len(self.lams):
            raise ValueError(
                f"lams must be a row of penalties, one per fit, got {self.lams!r} (SelfDistilled.lams)"
            )
        object.__setattr__(self, "lams", tuple(check("lam", lam, "SelfDistilled") for lam in self.lams))

    @property
    def effective_lams(self) -> tuple[Any, ...]:
        """The penalties that matter: a ridgeless fit is a projection, which any other fit contains."""
        return tuple(lam for lam in self.lams if lam != 0) or (0.0,)

    def first(self, geometry: Geometry) -> GaussianEquivalent:
        """The equivalent after learning from true labels."""
        return geometry.filtered(self, geometry.target(), geometry.noise() + geometry.scalar(self.noise))

    def after(self, teacher: GaussianEquivalent, geometry: Geometry) -> GaussianEquivalent:
        """The equivalent after learning from the labels of `teacher`."""
        return geometry.filtered(self, teacher, geometry.scalar(self.noise) + teacher.nonlinear)
