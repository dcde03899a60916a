"""The state of a learner: the Gaussian equivalent of its coefficients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

__all__ = ["GaussianEquivalent", "Geometry", "Learner"]


@dataclass(frozen=True, eq=False)
class GaussianEquivalent:
    """In every second-order functional a learner behaves as `multiplier * beta_* + Gaussian`.

    Attributes
    ----------
    multiplier
        How much of the target the mean keeps: a number (isotropic), one per atom (the last axis), or the mean
        vector itself (matrices).
    bias
        The target less the mean, `1 - multiplier` (matrices: `beta_* - mean`), carried separately so that it
        never comes from a subtraction.
    covariance
        The energy of the Gaussian part: its trace (isotropic), its trace on each atom, or its d x d matrix.
    """

    multiplier: Any
    bias: Any
    covariance: Any


class Geometry(Protocol):
    """The form that the one ridge map takes in a world: numbers, arrays over atoms, or matrices."""

    def target(self) -> GaussianEquivalent:
        """The equivalent of the truth itself: all of the target, no Gaussian part."""

    def noise(self) -> Any:
        """The noise variance of true labels."""

    def scalar(self, value: Any) -> Any:
        """A number of a learner, shaped and converted for computing beside the equivalents of this world."""

    def scaled(self, factor: Any, covariance: Any) -> Any:
        """`factor * covariance`, where a factor of 0 removes even an infinite covariance."""

    def ridge(self, learner: Any, labels: GaussianEquivalent, noise: Any) -> GaussianEquivalent:
        """The equivalent of ridge fitted on labels that have the equivalent `labels` plus `noise`."""


class Learner(Protocol):
    """Whatever can stand in a chain: it turns the equivalent of its labels into its own."""

    def first(self, geometry: Geometry) -> GaussianEquivalent:
        """The equivalent after learning from true labels."""

    def after(self, teacher: GaussianEquivalent, geometry: Geometry) -> GaussianEquivalent:
        """The equivalent after learning from the labels of `teacher`."""
