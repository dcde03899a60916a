"""Spectral filters: learners `f(S_hat) X'y/n`, which treat a direction of the sample by its eigenvalue alone.

A filter keeps the share `h(x) = x f(x)` of a direction of the sample covariance with eigenvalue x and loses
`g(x) = 1 - h(x)`. That is all it has to say of itself: the theory is common to all filters
(`marchenko_pastur_averages` where Sigma is the identity, `spectral_stage` elsewhere). Derived in the
derivation "spectral_filters".
"""

from __future__ import annotations

from typing import Any, Protocol, Self

from ..arithmetic import Namespace

__all__ = ["Filter"]


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
