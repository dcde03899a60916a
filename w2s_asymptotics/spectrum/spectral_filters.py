"""Spectral filters: learners `f(S_hat) X'y/n`, which treat a direction of the sample by its eigenvalue alone.

A filter keeps the share `h(x) = x f(x)` of a direction of the sample covariance with eigenvalue x and loses
`g(x) = 1 - h(x)`. That is all it has to say of itself: the theory is common to all filters
(`marchenko_pastur_averages` where Sigma is the identity, `spectral_stage` elsewhere). Derived in the
derivation "spectral_filters".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, Self

from ..arithmetic import Namespace

__all__ = ["Cut", "Decay", "Filter"]


class Filter(Protocol):
    """What the theory asks of a filter; everything is elementwise.

    `leads` says which of the eigenvalues `x` are among the leading ones.
    """

    @property
    def parameter(self) -> Any:
        """Its one parameter, a number or an array."""

    @property
    def leading(self) -> Any:
        """The share of the d directions that lead; None where the filter does not ask."""

    @property
    def rate(self) -> Any:
        """It varies on the scale `1/rate` of eigenvalues; 0 where it has no scale of its own."""

    def of(self, parameter: Any) -> Self:
        """The same kind of filter with another parameter."""

    def kept(self, x: Any, leads: Any, xp: Namespace) -> Any:
        """h(x), without cancellation where it is small."""

    def lost(self, x: Any, leads: Any, xp: Namespace) -> Any:
        """g(x) = 1 - h(x), without cancellation where it is small."""

    def step(self, x: Any, y: Any, gap: Any, leads: Any, other_leads: Any, xp: Namespace) -> Any:
        """h(x) - h(y) for `gap` = x - y, without cancellation where they are close."""


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
