"""Learners built on several resolvents, in the forms of a world: repeated fits, filters, random features.

Each keeps and loses a share of the target on every atom, and adds Gaussian energy there; a mixin per geometry
says how its equivalents are laid out over the atoms and back.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arithmetic import HIGH, REAL, Namespace
from ..learners import GaussianEquivalent, RandomFeatures, Ridge, SelfDistilled, Spectral, aspect
from ..learners.hermite import hermite
from ..spectrum.filters import filtered_stage
from ..spectrum.marchenko_pastur_averages import filter_averages
from ..spectrum.random_features import random_features_stage
from ..spectrum.spectral_filters import Filter
from ..spectrum.spectral_stage import spectral_stage

__all__ = ["PLAIN", "CombinedAtoms", "CombinedMatrices", "CombinedOneAtom", "one_atom_features"]

PLAIN = Ridge(gamma=1.0, lam=1.0)
"""A learner without a penalty or a covariance of its own: its basis is that of Sigma."""


def _through(
    stage: tuple[Any, Any, Any], labels: GaussianEquivalent, xp: Namespace, nonlinear: Any = 0.0
) -> GaussianEquivalent:
    kept, lost, added = stage
    return GaussianEquivalent(
        kept * labels.multiplier,
        labels.bias + lost * labels.multiplier,
        xp.product(kept * kept, labels.covariance) + added,
        nonlinear,
    )


def _of_activation(learner: RandomFeatures, variance: Any, scalar: Any, xp: Namespace) -> tuple[Any, Any]:
    """The penalty and the tail in units where `mu_1 = 1`, for covariates of this variance per dimension."""
    lam, tail = scalar(learner.lam), scalar(learner.tail)
    if learner.activation is None:
        return lam, tail
    constants = hermite(learner.activation, variance)
    square = scalar(xp.convert(constants.slope)) ** 2
    return lam / square, scalar(xp.convert(constants.tail)) / square


def _lifted(value: Any, xp: Namespace) -> Any:
    return np.asarray(xp.convert(value))[..., None]


def one_atom_features(
    learner: RandomFeatures, energy: Any, noise: Any, xp: Namespace
) -> tuple[Any, Any, Any, Any]:
    """What random features keep and lose of an isotropic target of this energy, and what they add to it.

    The last two are the Gaussian and the nonlinear energy added; `noise` is all that they cannot express.
    """
    lam, tail = _of_activation(learner, 1.0, lambda value: _lifted(value, xp), xp)
    one, gamma, width, signal, variance = (
        _lifted(value, xp) for value in (1.0, learner.gamma, learner.width, energy, noise)
    )
    stage = random_features_stage(lam, gamma, width, tail, one, one, signal, variance, xp)
    kept, lost, added, nonlinear = (value[..., 0] for value in stage)
    return kept, lost, added, nonlinear


class _Combined:
    """What the mixins ask of the geometry that they are mixed into."""

    xp: Namespace
    dim: Any

    def ridge(self, learner: Ridge, labels: GaussianEquivalent, noise: Any) -> GaussianEquivalent:
        """One ridge stage."""
        raise NotImplementedError

    def norm(self, learned: GaussianEquivalent) -> Any:
        """||beta||^2."""
        raise NotImplementedError

    def scalar(self, value: Any) -> Any:
        """A number of a learner, converted."""
        raise NotImplementedError

    def filtered(self, learner: SelfDistilled, labels: GaussianEquivalent, noise: Any) -> GaussianEquivalent:
        """The equivalent of several ridge fits on the same rows."""
        lams = learner.effective_lams
        if len(lams) == 1:
            return self.ridge(Ridge(gamma=learner.gamma, lam=lams[0], samples=learner.samples), labels, noise)
        return self._repeated(lams, learner, labels, noise)

    def _repeated(
        self, lams: tuple[Any, ...], learner: SelfDistilled, labels: GaussianEquivalent, noise: Any
    ) -> GaussianEquivalent:
        raise NotImplementedError

    def spectral(self, learner: Spectral, labels: GaussianEquivalent, noise: Any) -> GaussianEquivalent:
        """The equivalent of a spectral filter; where it fits all there is, of ridgeless regression."""
        gamma, parameter = (
            self._lifted(value) for value in (aspect(learner, self.dim), getattr(learner, learner.parameter))
        )
        whole = np.asarray(learner.complete(parameter, gamma, self._rank()), dtype=bool)
        if whole.all():
            return self._ridgeless(learner, labels, noise)
        filter = learner.filter(self.xp.where(whole, 0 * gamma, parameter))
        fitted = self._filtered(filter, gamma, labels, noise)
        if not whole.any():
            return fitted
        limit, whole = self._ridgeless(learner, labels, noise), self._lowered(whole)
        return GaussianEquivalent(
            *(
                self.xp.where(whole, getattr(limit, name), getattr(fitted, name))
                for name in ("multiplier", "bias", "covariance")
            )
        )

    def _ridgeless(self, learner: Spectral, labels: GaussianEquivalent, noise: Any) -> GaussianEquivalent:
        return self.ridge(Ridge(gamma=learner.gamma, lam=0.0, samples=learner.samples), labels, noise)

    def _rank(self) -> Any:
        """The rank of Sigma, over d."""
        raise NotImplementedError

    def _lifted(self, value: Any) -> Any:
        """A number or array of a learner, with a last axis for the atoms."""
        raise NotImplementedError

    def _lowered(self, value: Any) -> Any:
        """A value with that axis, as it stands beside equivalents."""
        raise NotImplementedError

    def _filtered(
        self, filter: Filter, gamma: Any, labels: GaussianEquivalent, noise: Any
    ) -> GaussianEquivalent:
        """The equivalent of a filter short of that limit."""
        raise NotImplementedError


class CombinedOneAtom(_Combined):
    """Numbers: one atom, whose axis is put on and taken off."""

    dim = None

    def _rank(self) -> Any:
        return 1

    def _lowered(self, value: Any) -> Any:
        return value[..., 0]

    def _filtered(
        self, filter: Filter, gamma: Any, labels: GaussianEquivalent, noise: Any
    ) -> GaussianEquivalent:
        averages = filter_averages(filter, gamma, self.xp)
        kept, lost, spread, per_noise = (value[..., 0] for value in averages)
        product = self.xp.product
        added = product(spread, self.norm(labels)) + product(per_noise, noise)
        return _through((kept, lost, added), labels, self.xp)

    def _repeated(
        self, lams: tuple[Any, ...], learner: SelfDistilled, labels: GaussianEquivalent, noise: Any
    ) -> GaussianEquivalent:
        one, gamma, energy, variance = (
            self._lifted(value) for value in (1.0, learner.gamma, self.norm(labels), noise)
        )
        kept, lost, added = filtered_stage(
            lams, learner.weights(len(lams)), gamma, one, one, energy, variance, self.xp
        )
        return _through((kept[..., 0], lost[..., 0], added[..., 0]), labels, self.xp)

    def random_features(
        self, learner: RandomFeatures, labels: GaussianEquivalent, noise: Any
    ) -> GaussianEquivalent:
        """The equivalent of ridge on random features."""
        *stage, nonlinear = one_atom_features(learner, self.norm(labels), noise, self.xp)
        return _through((stage[0], stage[1], stage[2]), labels, self.xp, nonlinear)

    def _lifted(self, value: Any) -> Any:
        return _lifted(value, self.xp)


class CombinedAtoms(_Combined):
    """Arrays whose last axis runs over atoms."""

    eigenvalues: Any
    weights: Any
    signal: Any
    dim: int | None

    def _repeated(
        self, lams: tuple[Any, ...], learner: SelfDistilled, labels: GaussianEquivalent, noise: Any
    ) -> GaussianEquivalent:
        gamma, energy = self.scalar(aspect(learner, self.dim)), self._energy(labels)
        stage = filtered_stage(
            lams, learner.weights(len(lams)), gamma, self.eigenvalues, self.weights, energy, noise, self.xp
        )
        return _through(stage, labels, self.xp)

    def random_features(
        self, learner: RandomFeatures, labels: GaussianEquivalent, noise: Any
    ) -> GaussianEquivalent:
        """The equivalent of ridge on random features."""
        variance = (self.weights * self.eigenvalues).sum(axis=-1)
        lam, tail = _of_activation(learner, variance, self.scalar, self.xp)
        gamma, width = self.scalar(aspect(learner, self.dim)), self.scalar(learner.width)
        energy = self._energy(labels)
        kept, lost, added, nonlinear = random_features_stage(
            lam, gamma, width, tail, self.eigenvalues, self.weights, energy, noise, self.xp
        )
        return _through((kept, lost, added), labels, self.xp, nonlinear)

    def _energy(self, labels: GaussianEquivalent) -> Any:
        return labels.multiplier * labels.multiplier * self.signal + labels.covariance

    def _rank(self) -> Any:
        return np.where(self.eigenvalues > 0, self.weights, 0 * self.weights).sum()

    def _lifted(self, value: Any) -> Any:
        return self.scalar(value)

    def _lowered(self, value: Any) -> Any:
        return value

    def _filtered(
        self, filter: Filter, gamma: Any, labels: GaussianEquivalent, noise: Any
    ) -> GaussianEquivalent:
        if self.xp is HIGH:
            raise ValueError(
                "GradientFlow and PrincipalComponents are computed with floats outside the isotropic world"
            )
        energy = self._energy(labels)
        stage = spectral_stage(filter, gamma, self.eigenvalues, self.weights, energy, noise)
        return _through(stage, labels, self.xp)


class CombinedMatrices(_Combined):
    """d x d matrices, in the eigenbasis of Sigma."""

    dim: int

    def _basis(self, learner: Ridge) -> tuple[Any, Any, Any]:
        raise NotImplementedError

    def _repeated(
        self, lams: tuple[Any, ...], learner: SelfDistilled, labels: GaussianEquivalent, noise: Any
    ) -> GaussianEquivalent:
        values, basis, shares, energy = self._rotated(labels)
        gamma, variance = (np.array([self.scalar(value)]) for value in (aspect(learner, self.dim), noise))
        stage = filtered_stage(
            lams, learner.weights(len(lams)), gamma, values, shares, energy, variance, REAL
        )
        return self._rotated_back(stage, basis, labels)

    def random_features(
        self, learner: RandomFeatures, labels: GaussianEquivalent, noise: Any
    ) -> GaussianEquivalent:
        """The equivalent of ridge on random features."""
        values, basis, shares, energy = self._rotated(labels)

        def scalar(value: Any) -> Any:
            return np.array([self.scalar(value)])

        lam, tail = _of_activation(learner, float(values.mean()), scalar, REAL)
        gamma, width = scalar(aspect(learner, self.dim)), scalar(learner.width)
        kept, lost, added, nonlinear = random_features_stage(
            lam, gamma, width, tail, values, shares, energy, scalar(noise), REAL
        )
        return self._rotated_back((kept, lost, added), basis, labels, float(nonlinear[0]))

    xp = REAL

    def _rank(self) -> Any:
        return np.mean(self._basis(PLAIN)[0] > 0)

    def _lifted(self, value: Any) -> Any:
        return np.array([self.scalar(value)])

    def _filtered(
        self, filter: Filter, gamma: Any, labels: GaussianEquivalent, noise: Any
    ) -> GaussianEquivalent:
        values, basis, shares, energy = self._rotated(labels)
        stage = spectral_stage(filter, gamma, values, shares, energy, np.array([noise]))
        return self._rotated_back(stage, basis, labels)

    def _rotated(self, labels: GaussianEquivalent) -> tuple[Any, Any, Any, Any]:
        """Eigenvalues and eigenbasis of Sigma, equal shares, the energy of the labels on each direction."""
        values, basis, _ = self._basis(PLAIN)
        mean, covariance = basis.T @ labels.multiplier, basis.T @ labels.covariance @ basis
        return values, basis, np.full(self.dim, 1.0 / self.dim), mean**2 + np.diag(covariance)

    def _rotated_back(
        self, stage: tuple[Any, Any, Any], basis: Any, labels: GaussianEquivalent, nonlinear: float = 0.0
    ) -> GaussianEquivalent:
        kept, lost, added = stage
        shrink = (basis * kept) @ basis.T
        grown = (basis * lost) @ (basis.T @ labels.multiplier)
        carried = shrink @ labels.covariance @ shrink
        return GaussianEquivalent(
            shrink @ labels.multiplier, labels.bias + grown, carried + (basis * added) @ basis.T, nonlinear
        )
