"""Ridge on random features, linear or through an activation.

Features `sqrt(d/p) phi(<w_j, x>)`, `w_j ~ N(0, I/d)`, j = 1..p, `width = p/d`: the scaling of `lam` in
which `width -> inf` with linear features gives back ridge. By Gaussian equivalence (Mei, Montanari 2022)
`phi(<w, x>)` acts as `mu_0 + mu_1 <w, x>` plus independent noise of variance `mu_*^2`; an intercept
removes mu_0. The nonlinear part of what is learned carries an energy of its own, which a later learner
meets as label noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .equivalent import GaussianEquivalent, Geometry, Unweighted, validate
from .hermite import check_activation

__all__ = ["RandomFeatures"]


@dataclass(frozen=True, eq=False)
class RandomFeatures(Unweighted):
    """Ridge regression on `p = width d` random features of fresh rows.

    Parameters
    ----------
    gamma
        Aspect ratio `d/n > 0`. Exactly one of `gamma` and `samples` is given.
    width
        Features per dimension, `p/d > 0`; infinity is the limit of infinitely many.
    lam
        Ridge penalty `>= 0` on the features' coefficients; 0 is the minimum-norm limit.
    activation
        Name of phi ("relu", "erf", "tanh", ...; see `learners.hermite.ACTIVATIONS`); default linear. Its
        constants are those for input of variance `tr Sigma/d`.
    tail
        Instead of an activation: the energy `T` per dimension of the nonlinear part of features with `mu_1
        = 1`.
    noise
        Variance of label noise added at this stage; for the first learner it adds to the population's.
    samples
        Number `n` of rows, in worlds of finite dimension.

    Examples
    --------
    >>> from w2s_asymptotics import Population, risk
    >>> learner = RandomFeatures(gamma=0.5, width=2.0, lam=0.1, activation="relu")
    >>> round(risk(Population.isotropic(noise=0.1), learner), 6)
    0.476588
    """

    gamma: Any = None
    width: Any = None
    lam: Any = None
    activation: str | None = None
    tail: Any = 0.0
    noise: Any = 0.0
    samples: Any = None

    def __post_init__(self) -> None:
        validate(self, "width", "lam", "tail", "noise")
        if self.activation is not None:
            check_activation(self.activation)
            if not (isinstance(self.tail, float) and self.tail == 0.0):
                raise ValueError("RandomFeatures takes an activation or its tail, not both")

    @property
    def nonlinear(self) -> bool:
        """Whether the features have a part that is not linear in the covariates."""
        return self.activation not in (None, "linear") or bool(np.any(np.not_equal(self.tail, 0)))

    def first(self, geometry: Geometry) -> GaussianEquivalent:
        """The equivalent after learning from true labels."""
        return geometry.random_features(
            self, geometry.target(), geometry.noise() + geometry.scalar(self.noise)
        )

    def after(self, teacher: GaussianEquivalent, geometry: Geometry) -> GaussianEquivalent:
        """The equivalent after learning from the labels of `teacher`."""
        return geometry.random_features(self, teacher, geometry.scalar(self.noise) + teacher.nonlinear)
