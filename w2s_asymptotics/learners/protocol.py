"""What a learner may ask of the world that it learns in."""

from __future__ import annotations

from typing import Any, Protocol

from ..spectrum.equivalent import Fit, GaussianEquivalent

__all__ = ["Spectrum"]


class Spectrum(Protocol):
    """What a learner is told of the world that it learns in: one atom, atoms or directions.

    `spectrum.layouts` and `spectrum.matrices` have the three; a fit is written for arrays whose last axis
    runs over atoms, and holds for each.
    """

    xp: Any
    noise: Any
    weights: Any
    eigenvalues: Any
    penalty: Any

    @property
    def atoms(self) -> tuple[Any, Any]:
        """Eigenvalues and weights along the last axis."""

    single: bool
    """Whether it is one atom, all of whose numbers broadcast."""

    commutes: bool
    """Whether shares of the target are shares of its directions: whether everything is elementwise."""

    def number(self, value: Any) -> Any:
        """A number of a learner, converted, shaped to stand beside the atoms."""

    def row(self, value: Any) -> Any:
        """A number for each atom, from one or as many."""

    def aspect(self, learner: Any) -> Any:
        """The aspect ratio d/n of a learner."""

    def lifted(self, *values: Any) -> list[Any]:
        """Numbers with an axis for the atoms."""

    def lowered(self, kept: Any, lost: Any, added: Any, nonlinear: Any = 0.0) -> Fit:
        """A fit from arrays with that axis."""

    def target(self) -> GaussianEquivalent:
        """The truth."""

    def energy(self, labels: GaussianEquivalent) -> Any:
        """The energy of the labels' coefficients on each atom."""

    def own(self, learner: Any) -> Spectrum:
        """The spectrum of a learner's own rows, penalty and features."""

    def parts(self, labels: GaussianEquivalent) -> tuple[Any, Any, Any]:
        """Multiplier, bias and Gaussian energy of labels, direction by direction."""

    def noise_of(self, labels: GaussianEquivalent, noise: Any) -> Any:
        """The noise in labels, all that the learner cannot see of them included."""

    labels: Any
    """What true labels are of the target: `losses.labels.Labels`, or None for the target itself."""

    def scaled(self, labels: GaussianEquivalent, factor: Any, nonlinear: Any) -> GaussianEquivalent:
        """Labels times a number, with another part that is not linear."""

    def variance_of(self, labels: GaussianEquivalent) -> Any:
        """The variance of the linear part of labels on these rows, shaped like a number."""

    def sides(self, learned: GaussianEquivalent) -> tuple[Any, Any]:
        """Of what is learned, as a vector of predictions, the parts along the target and across it."""

    def mixed(self, truth: Any, taught: GaussianEquivalent) -> GaussianEquivalent:
        """Labels of which a share is true."""

    def through(self, fit: Fit, labels: GaussianEquivalent) -> GaussianEquivalent:
        """The equivalent of what is learned."""

    def risk(self, learned: GaussianEquivalent) -> Any:
        """The excess risk of a learner."""

    def gain(
        self, fit: Fit, teacher: GaussianEquivalent, labels: GaussianEquivalent, truth: Any
    ) -> tuple[Any, Any]:
        """What a student takes from the excess risk of its teacher, and what it adds."""

    def misfit(self, fit: Fit, teacher: GaussianEquivalent, labels: GaussianEquivalent, truth: Any) -> Any:
        """How far a student is from its teacher."""
