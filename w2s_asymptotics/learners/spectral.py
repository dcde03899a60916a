"""Gradient flow and principal components: learners that filter the spectrum of the sample covariance.

Both are `f(S_hat) X'y/n` and differ in f alone: `(1 - exp(-t x))/x` for gradient flow, `1/x` on the leading
directions for principal components. The derivation "spectral_filters" gives the map of equivalents of any
such learner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..arithmetic import is_symbolic
from ..spectrum.spectral_filters import Cut, Decay, Filter
from .equivalent import GaussianEquivalent, Geometry, Unweighted, validate

__all__ = ["GradientFlow", "PrincipalComponents", "Spectral"]


class Spectral(Unweighted):
    """What the learners of this file share: the map is that of their filter."""

    parameter: ClassVar[str]
    gamma: Any
    noise: Any
    samples: Any

    def __post_init__(self) -> None:
        validate(self, self.parameter, "noise")
        if is_symbolic([self.gamma, self.samples, self.noise, getattr(self, self.parameter)]):
            raise ValueError(
                f"{type(self).__name__} takes numbers: its risk is an integral over the sample's spectrum, "
                "which has no closed form; derive('spectral_filters') states it"
            )

    def filter(self, parameter: Any) -> Filter:
        """Its filter, at a converted value of its parameter."""
        raise NotImplementedError

    def complete(self, parameter: Any, gamma: Any, rank: Any) -> Any:
        """Where it fits all there is, the minimum-norm solution. `rank` is that of Sigma, over d."""
        raise NotImplementedError

    def first(self, geometry: Geometry) -> GaussianEquivalent:
        """The equivalent after learning from true labels."""
        return geometry.spectral(self, geometry.target(), geometry.noise() + geometry.scalar(self.noise))

    def after(self, teacher: GaussianEquivalent, geometry: Geometry) -> GaussianEquivalent:
        """The equivalent after learning from the labels of `teacher`."""
        return geometry.spectral(self, teacher, geometry.scalar(self.noise) + teacher.nonlinear)


@dataclass(frozen=True, eq=False)
class GradientFlow(Spectral):
    """Gradient flow on the squared error, stopped early: `d beta/dt = X'(y - X beta)/n` from `beta = 0`.

    No penalty: what regularises is the time. `t -> inf` is the minimum-norm solution, `t = 0` predicts zero;
    `1/t` acts much like the `lam` of `Ridge`. A step of gradient descent of size `eta` on the objective
    `||y - X b||^2/(2n)` is time `eta`.

    Parameters
    ----------
    gamma
        Aspect ratio `d/n > 0`. Exactly one of `gamma` and `samples` is given.
    time
        When it is stopped, `>= 0`; infinity is the minimum-norm limit.
    noise
        Variance of label noise added at this stage; for the first learner it adds to the population's.
    samples
        Number `n` of rows, in worlds of finite dimension.

    Notes
    -----
    In isotropic worlds accurate to the working precision, on floats, arrays and mpmath numbers; in other
    worlds, with floats, to about 1e-12 relative to the risk. The risk is an integral over the spectrum of the
    sample, without a closed form: symbols are refused.

    Source: Ali, Kolter, Tibshirani, arXiv:1810.10082 (gradient flow beside ridge).

    Examples
    --------
    >>> from w2s_asymptotics import Population, risk
    >>> round(risk(Population.isotropic(noise=0.5), GradientFlow(gamma=0.5, time=2.0)), 6)
    0.291208
    """

    gamma: Any = None
    time: Any = None
    noise: Any = 0.0
    samples: Any = None

    parameter: ClassVar[str] = "time"

    def filter(self, parameter: Any) -> Filter:
        """The residual decays at the rate of its eigenvalue."""
        return Decay(parameter)

    def complete(self, parameter: Any, gamma: Any, rank: Any) -> Any:
        """At infinity."""
        return np.equal(parameter, np.inf)


@dataclass(frozen=True, eq=False)
class PrincipalComponents(Spectral):
    """Principal component regression: least squares on the leading eigenvectors of the sample covariance.

    Parameters
    ----------
    gamma
        Aspect ratio `d/n > 0`. Exactly one of `gamma` and `samples` is given.
    components
        Share `k/d >= 0` of directions that are kept; from `min(1, 1/gamma)` on the minimum-norm solution.
    noise
        Variance of label noise added at this stage; for the first learner it adds to the population's.
    samples
        Number `n` of rows, in worlds of finite dimension.

    Notes
    -----
    In isotropic worlds accurate to the working precision, on floats, arrays and mpmath numbers. In other
    worlds, with floats, to about 1e-10 relative to the risk, wherever among the eigenvalues the threshold
    falls; a share that separates groups of sample eigenvalues separates them exactly. Symbols are refused.

    Source: Xu, Hsu, NeurIPS 2019, arXiv:1906.01139 (with the population's components).

    Examples
    --------
    >>> from w2s_asymptotics import Population, risk
    >>> round(risk(Population.isotropic(noise=0.5), PrincipalComponents(gamma=0.5, components=0.6)), 6)
    0.52296
    """

    gamma: Any = None
    components: Any = None
    noise: Any = 0.0
    samples: Any = None

    parameter: ClassVar[str] = "components"

    def filter(self, parameter: Any) -> Filter:
        """A projection."""
        return Cut(parameter)

    def complete(self, parameter: Any, gamma: Any, rank: Any) -> Any:
        """At the rank of the sample covariance."""
        return (np.greater_equal(parameter, rank) | np.greater_equal(gamma * parameter, 1)) & np.greater(
            parameter, 0
        )
