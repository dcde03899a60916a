"""Gradient flow, stopped early: `f(S_hat) X'y/n` with `f = h/x`, `h = 1 - exp(-t x)`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..arithmetic import Namespace
from ..kinds import Optional, Quantity, given
from ..spectrum.spectral_filters import Filter
from .spectral import Spectral

__all__ = ["Decay", "GradientFlow"]


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
    features
        What it sees of the covariates (a matrix of features by covariates; a row of scales over atoms or
        coordinates, 0 for what is not seen; a mask; or the indices of what is seen). Default: all of them.
    dim
        The dimension d, if n and d are to be given in place of gamma, or results told in them, too.

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

    gamma: Optional = given(None)
    time: Quantity = given(None)
    noise: Quantity = given(0.0)
    samples: Optional = given(None)
    features: Any = None
    dim: Optional = given(None)

    parameter: ClassVar[str] = "time"

    def filter(self, parameter: Any) -> Filter:
        """The residual decays at the rate of its eigenvalue."""
        return Decay(parameter)

    def complete(self, parameter: Any, gamma: Any, rank: Any) -> Any:
        """At infinity."""
        return np.equal(parameter, np.inf)


@dataclass(frozen=True, eq=False)
class Decay:
    """Gradient flow for a time t: `g(x) = exp(-t x)`, what is left of a residual that decays at rate x."""

    parameter: Any
    leading: Any = None

    @property
    def rate(self) -> Any:
        """The time."""
        return self.parameter

    def of(self, parameter: Any) -> Decay:
        """Gradient flow for another time."""
        return Decay(parameter)

    def kept(self, x: Any, leads: Any, xp: Namespace) -> Any:
        """1 - exp(-t x)."""
        return -xp.expm1(-self.parameter * x)

    def lost(self, x: Any, leads: Any, xp: Namespace) -> Any:
        """exp(-t x)."""
        return xp.exp(-self.parameter * x)

    def step(self, x: Any, y: Any, gap: Any, leads: Any, other_leads: Any, xp: Namespace) -> Any:
        """exp(-t y) - exp(-t x), from the larger of the two and the gap."""
        least = xp.where(gap > 0, y + 0 * gap, x + 0 * gap)
        size = -xp.exp(-self.parameter * least) * xp.expm1(-self.parameter * abs(gap))
        return xp.where(gap > 0, size, -size)
