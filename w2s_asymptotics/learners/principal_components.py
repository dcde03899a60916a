"""Principal component regression: `f(S_hat) X'y/n` with `f = h/x`, h = 1 on the leading directions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..arithmetic import Namespace
from ..kinds import Optional, Quantity, given
from ..spectrum.spectral_filters import Filter
from .spectral import Spectral

__all__ = ["Cut", "PrincipalComponents"]


@dataclass(frozen=True, eq=False)
class PrincipalComponents(Spectral):
    """Principal component regression: least squares on the leading eigenvectors of the sample covariance.

    Parameters
    ----------
    gamma
        Aspect ratio `d/n > 0`. Exactly one of `gamma` and `samples` is given.
    components
        Share `k/d` of directions that are kept, in [0, 1]; from `min(1, 1/gamma)` on the minimum-norm
        solution.
    noise
        Variance of label noise added at this stage; for the first learner it adds to the population's.
    samples
        Number `n` of rows, in worlds of finite dimension.
    features
        What it sees of the covariates (a matrix of features by covariates; a row of scales over atoms or
        coordinates, 0 for what is not seen; a mask; or the indices of what is seen). Default: all of them.
    dim
        The dimension d, if n and d are to be given in place of gamma, or results told in them, too.

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

    gamma: Optional = given(None)
    components: Quantity = given(None)
    noise: Quantity = given(0.0)
    samples: Optional = given(None)
    features: Any = None
    dim: Optional = given(None)

    parameter: ClassVar[str] = "components"

    def filter(self, parameter: Any) -> Filter:
        """A projection."""
        return Cut(parameter)

    def complete(self, parameter: Any, gamma: Any, rank: Any) -> Any:
        """At the rank of the sample covariance."""
        return (np.greater_equal(parameter, rank) | np.greater_equal(gamma * parameter, 1)) & np.greater(
            parameter, 0
        )


@dataclass(frozen=True, eq=False)
class Cut:
    """The projection on the leading directions, a share of the d there are: `h = 1` on them, else 0."""

    parameter: Any
    rate: float = 0.0

    @property
    def leading(self) -> Any:
        """The share."""
        return self.parameter

    def of(self, parameter: Any) -> Cut:
        """The projection on another share."""
        return Cut(parameter)

    def kept(self, x: Any, leads: Any, xp: Namespace) -> Any:
        """1 where it leads."""
        return xp.where(leads, 1 + 0 * x, 0 * x)

    def lost(self, x: Any, leads: Any, xp: Namespace) -> Any:
        """1 where it does not lead."""
        return xp.where(leads, 0 * x, 1 + 0 * x)

    def step(self, x: Any, y: Any, gap: Any, leads: Any, other_leads: Any, xp: Namespace) -> Any:
        """1, 0 or -1."""
        return self.kept(0 * gap, leads, xp) - self.kept(0 * gap, other_leads, xp)
