"""The three forms of the one ridge map: numbers (isotropic), arrays over atoms, and matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arithmetic import REAL, Namespace, is_high
from ..learners import GaussianEquivalent, Ridge, aspect
from ..spectrum.fixed_point import spectral_fixed_point
from ..spectrum.kernels import (
    fixed_point,
    isotropic_first,
    isotropic_gain,
    isotropic_risk,
    isotropic_shares,
    isotropic_stage,
    spectral_gain,
    spectral_shares,
    spectral_stage,
    spectral_variance,
)
from ..worlds import MultiIndex, Population
from .blocks import Numbers
from .combined import CombinedAtoms, CombinedMatrices, CombinedOneAtom
from .multi_index import MultiIndexGeometry

__all__ = ["IsotropicGeometry", "MatrixGeometry", "SpectralGeometry", "check_shapes", "geometry_of"]


def geometry_of(numbers: Numbers) -> Any:
    """The form of the map of equivalents that a chain calls for."""
    if isinstance(numbers.world, MultiIndex):
        return MultiIndexGeometry(numbers.world, numbers.xp)
    if numbers.isotropic:
        return IsotropicGeometry(numbers.world, numbers.xp)
    if numbers.matrices:
        return MatrixGeometry(numbers.world, numbers.bases)
    return SpectralGeometry(numbers.world, numbers.xp)


def check_shapes(numbers: Numbers) -> None:
    """Raise `ValueError` when penalties or covariances do not fit the world, or arrays do not broadcast."""
    count = np.size(numbers.world.eigenvalues)
    for learner in numbers.learners:
        for name in ("penalty", "covariance"):
            if getattr(learner, name) is None:
                continue
            shape = np.shape(getattr(learner, name))
            if numbers.isotropic:
                if len(shape) > 0 or (name == "covariance" and learner.covariance == 0):
                    raise ValueError(
                        f"{name} must be one positive number in an isotropic world (Ridge.{name})"
                    )
            elif shape not in ((), (count,)) and not (numbers.matrices and shape == (count, count)):
                kind = (
                    f"row of {count} or a {count} x {count} matrix"
                    if numbers.matrices
                    else f"row of {count}, one per atom"
                )
                raise ValueError(f"{name} must be a number or a {kind}, got shape {shape} (Ridge.{name})")
    if numbers.matrices and any(is_high(value) for value in numbers.values):
        raise ValueError(
            "worlds of matrices are computed with floats; mpmath numbers need a joint spectrum of atoms"
        )
    _ = numbers.shape


class IsotropicGeometry(CombinedOneAtom):
    """Numbers: Sigma and Gamma are multiples of the identity."""

    def __init__(self, world: Population, xp: Namespace) -> None:
        self.xp = xp
        self.signal, self._noise = xp.convert(world.signal), xp.convert(world.noise)
        self._target = GaussianEquivalent(xp.convert(1.0), xp.convert(0.0), xp.convert(0.0))
        self._known: tuple[GaussianEquivalent, Any] | None = None

    def target(self) -> GaussianEquivalent:
        """The truth."""
        return self._target

    def noise(self) -> Any:
        """The noise variance of true labels."""
        return self._noise

    def scalar(self, value: Any) -> Any:
        """A number or an array of numbers, converted."""
        return self.xp.convert(value)

    def scaled(self, factor: Any, covariance: Any) -> Any:
        """`factor * covariance`."""
        return self.xp.product(factor, covariance)

    def _shares(self, learner: Ridge, noise: Any) -> tuple[Any, Any, Any, Any]:
        """S, K and what norm and noise add; penalty g and covariance s amount to `lam g/s` and `noise/s`."""
        gamma, lam = self.scalar(learner.gamma), self.scalar(learner.lam)
        if learner.covariance is not None:
            scale = self.scalar(learner.covariance)
            lam, noise = lam / scale, noise / scale
        if learner.penalty is not None:
            lam = lam * self.scalar(learner.penalty)
        kappa, omega = fixed_point(lam, gamma, self.xp)
        return isotropic_shares(kappa, omega, gamma, noise, self.xp)

    def ridge(self, learner: Ridge, labels: GaussianEquivalent, noise: Any) -> GaussianEquivalent:
        """One stage."""
        shares = self._shares(learner, noise)
        if labels is self._target:
            return GaussianEquivalent(*isotropic_first(shares, self.signal, self.xp))
        state = labels.multiplier, labels.bias, labels.covariance, self.norm(labels)
        return GaussianEquivalent(*isotropic_stage(shares, *state, self.xp))

    def ridge_risk(self, learner: Ridge, labels: GaussianEquivalent, noise: Any) -> Any:
        """The risk after one stage, without the equivalent."""
        if labels is self._target:
            return self.risk(self.ridge(learner, labels, noise))
        shares = self._shares(learner, noise)
        energy, norm = self._linear_risk(labels), self.norm(labels)
        return isotropic_risk(shares, labels.bias, energy, norm, self.signal, self.xp)

    def ridge_gain(
        self, learner: Ridge, teacher: GaussianEquivalent, labels: GaussianEquivalent, noise: Any
    ) -> tuple[Any, Any]:
        """What this student takes from the excess risk of its teacher, and what it adds."""
        taken, added = isotropic_gain(
            self._shares(learner, noise), self.scalar(learner.truth), teacher.bias, teacher.covariance,
            labels.multiplier, labels.bias, self.norm(labels), self.signal, self.xp,
        )  # fmt: skip
        return taken + teacher.nonlinear, added

    def risk(self, learned: GaussianEquivalent) -> Any:
        """Excess risk: squared bias, variance, and what is nonlinear."""
        linear = self._linear_risk(learned)
        return linear + learned.nonlinear if self.xp.any(learned.nonlinear) else linear

    def _linear_risk(self, learned: GaussianEquivalent) -> Any:
        """Squared bias and variance: a teacher's own risk, on which its student's builds; computed once."""
        if self._known is None or self._known[0] is not learned:
            self._known = learned, learned.bias * learned.bias * self.signal + learned.covariance
        return self._known[1]

    def overlap(self, learned: GaussianEquivalent) -> Any:
        """The overlap rho = <beta_*, beta>."""
        return learned.multiplier * self.signal

    def norm(self, learned: GaussianEquivalent) -> Any:
        """The norm q = ||beta||^2."""
        return learned.multiplier * learned.multiplier * self.signal + learned.covariance


class SpectralGeometry(CombinedAtoms):
    """Arrays whose last axis runs over atoms: Sigma, every Gamma and every stage's Sigma commute."""

    def __init__(self, world: Population, xp: Namespace) -> None:
        self.xp = xp
        self.eigenvalues, weights = xp.convert(world.eigenvalues), xp.convert(world.weights)
        self.weights = weights / weights.sum()
        self.signal, self._noise = xp.convert(world.signal), self.scalar(world.noise)
        self.dim = world.dim
        none = 0 * self.eigenvalues
        self._target = GaussianEquivalent(1 + none, none, none)

    def target(self) -> GaussianEquivalent:
        """The truth."""
        return self._target

    def noise(self) -> Any:
        """The noise variance of true labels."""
        return self._noise

    def scalar(self, value: Any) -> Any:
        """A number or array with a last axis of length 1 for the atoms."""
        converted = self.xp.convert(value)
        return converted[..., None] if isinstance(converted, np.ndarray) else np.array([converted])

    def scaled(self, factor: Any, covariance: Any) -> Any:
        """`factor * covariance`."""
        return self.xp.product(factor, covariance)

    def ridge(self, learner: Ridge, labels: GaussianEquivalent, noise: Any) -> GaussianEquivalent:
        """One stage, per atom."""
        gamma, eigenvalues, shares = self._fit(learner)
        state = labels.multiplier, labels.bias, labels.covariance, self.signal
        return GaussianEquivalent(
            *spectral_stage(shares, gamma, eigenvalues, self.weights, *state, noise, self.xp)
        )

    def ridge_gain(
        self, learner: Ridge, teacher: GaussianEquivalent, labels: GaussianEquivalent, noise: Any
    ) -> tuple[Any, Any]:
        """What this student takes from the excess risk of its teacher, and what it adds."""
        gamma, eigenvalues, shares = self._fit(learner)
        seen = labels.multiplier, labels.covariance, self.signal
        variance = spectral_variance(shares, gamma, eigenvalues, self.weights, *seen, noise, self.xp)
        taken, added = spectral_gain(
            shares, variance, self.scalar(learner.truth), teacher.bias, teacher.covariance,
            labels.multiplier, labels.bias, self.signal, self.eigenvalues, self.xp,
        )  # fmt: skip
        return taken + np.sum(np.atleast_1d(teacher.nonlinear), axis=-1), added

    def _fit(self, learner: Ridge) -> tuple[Any, Any, Any]:
        """The learner's aspect ratio, the eigenvalues of its Sigma, and its shares of every atom."""
        gamma, lam = self.scalar(aspect(learner, self.dim)), self.scalar(learner.lam)
        penalty = self._per_atom(learner.penalty, 1 + 0 * self.eigenvalues)
        eigenvalues = self._per_atom(learner.covariance, self.eigenvalues)
        kappa, omega = spectral_fixed_point(lam, gamma, eigenvalues, penalty, self.weights, self.xp)
        shares = spectral_shares(kappa, omega, gamma, eigenvalues, penalty, self.weights, self.xp)
        return gamma, eigenvalues, shares

    def _per_atom(self, value: Any, default: Any) -> Any:
        return default if value is None else self.xp.convert(value) + 0 * self.eigenvalues

    def ridge_risk(self, learner: Ridge, labels: GaussianEquivalent, noise: Any) -> Any:
        """The risk after one stage."""
        return self.risk(self.ridge(learner, labels, noise))

    def risk(self, learned: GaussianEquivalent) -> Any:
        """Excess risk on the world's own covariates."""
        squared = self.eigenvalues * (learned.bias * learned.bias * self.signal)
        linear = (squared + self.xp.product(self.eigenvalues, learned.covariance)).sum(axis=-1)
        return linear + np.sum(np.atleast_1d(learned.nonlinear), axis=-1)

    def overlap(self, learned: GaussianEquivalent) -> Any:
        """<beta_*, beta>."""
        return (learned.multiplier * self.signal).sum(axis=-1)

    def norm(self, learned: GaussianEquivalent) -> Any:
        """||beta||^2."""
        return (learned.multiplier * learned.multiplier * self.signal + learned.covariance).sum(axis=-1)


class MatrixGeometry(CombinedMatrices):
    """d x d matrices: nothing need commute. `multiplier` and `bias` are vectors, `covariance` a matrix."""

    def __init__(self, world: Any, bases: dict[tuple[int, int], Any]) -> None:
        self.sigma, self.beta, self.dim = world.covariance, world.beta, world.dim
        self._noise = self.scalar(world.noise)
        self._target = GaussianEquivalent(self.beta, np.zeros(self.dim), np.zeros((self.dim, self.dim)))
        self._bases = bases

    def target(self) -> GaussianEquivalent:
        """The truth."""
        return self._target

    def noise(self) -> Any:
        """The noise variance of true labels."""
        return self._noise

    def scalar(self, value: Any) -> Any:
        """A float."""
        number: float = np.asarray(value, dtype=float).item()
        return number

    def scaled(self, factor: Any, covariance: Any) -> Any:
        """`factor * covariance`."""
        return REAL.product(factor, covariance)

    def _basis(self, learner: Ridge) -> tuple[Any, Any, Any]:
        """Values `l`, basis `V` with `V' Gamma V = I`, `V' Sigma V = diag(l)`, and the inverse of `V`."""
        key = (id(learner.covariance), id(learner.penalty))
        known: tuple[Any, Any, Any] | None = self._bases.get(key)
        if known is None:
            sigma = self._matrix(learner.covariance, self.sigma)
            penalty = self._matrix(1.0 if learner.penalty is None else learner.penalty, self.sigma)
            root = np.linalg.cholesky(penalty)
            whitened = np.linalg.solve(root, np.linalg.solve(root, sigma).T)
            values, vectors = np.linalg.eigh((whitened + whitened.T) / 2)
            values = np.where(values > self.dim * REAL.epsilon * values[-1], values, 0.0)
            known = self._bases[key] = values, np.linalg.solve(root.T, vectors), vectors.T @ root.T
        return known

    def _matrix(self, value: Any, default: Any) -> Any:
        if value is None:
            return default
        return value if np.ndim(value) == 2 else np.diag(np.broadcast_to(value, self.dim).astype(float))

    def ridge(self, learner: Ridge, labels: GaussianEquivalent, noise: Any) -> GaussianEquivalent:
        """One stage, in the basis where Sigma and Gamma are both diagonal."""
        gamma, lam = (np.array([self.scalar(value)]) for value in (aspect(learner, self.dim), learner.lam))
        values, basis, inverse = self._basis(learner)
        ones, shares = np.ones(self.dim), np.full(self.dim, 1.0 / self.dim)
        kappa, omega = spectral_fixed_point(lam, gamma, values, ones, shares, REAL)
        mean = inverse @ labels.multiplier
        covariance = inverse @ labels.covariance @ inverse.T
        # The diagonal of the stage is that of atoms; a second row, of ones, brings S itself.
        none = np.zeros((2, self.dim))
        kept, lost, diagonal = spectral_stage(
            spectral_shares(kappa, omega, gamma, values, ones, shares, REAL), gamma, values, shares,
            np.stack([mean, ones]), none, np.stack([np.diag(covariance), none[1]]), 1.0, noise, REAL,
        )  # fmt: skip
        out = kept[1][:, None] * covariance * kept[1]
        np.fill_diagonal(out, diagonal[0])
        return GaussianEquivalent(basis @ kept[0], labels.bias + basis @ lost[0], basis @ out @ basis.T)

    def ridge_risk(self, learner: Ridge, labels: GaussianEquivalent, noise: Any) -> Any:
        """The risk after one stage."""
        return self.risk(self.ridge(learner, labels, noise))

    def risk(self, learned: GaussianEquivalent) -> Any:
        """Excess risk on the world's own covariates."""
        linear = float(learned.bias @ self.sigma @ learned.bias + (self.sigma * learned.covariance).sum())
        return linear + learned.nonlinear

    def overlap(self, learned: GaussianEquivalent) -> Any:
        """<beta_*, beta>."""
        return float(self.beta @ learned.multiplier)

    def norm(self, learned: GaussianEquivalent) -> Any:
        """||beta||^2."""
        return float(learned.multiplier @ learned.multiplier + np.trace(learned.covariance))
