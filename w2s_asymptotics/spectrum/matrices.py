"""The layout of a spectrum where nothing need commute: directions in which Sigma and Gamma are diagonal.

With `V' Gamma V = I` and `V' Sigma V = diag(l)` a fit is that of atoms `l` of equal weight. A world keeps the
bases it was asked for: one decomposition for each pair of Sigma and Gamma, whatever the penalties, questions
and stages.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..arithmetic import REAL
from .equivalent import Fit, GaussianEquivalent
from .layouts import scales_of

__all__ = ["Directions"]

_MOST_BASES = 16
_MOST_TURNS = 3


@dataclass(frozen=True, eq=False)
class _Basis:
    """Values `l`, basis `V`, its inverse, and `V' Sigma V` of the world's Sigma where it is not diag(l)."""

    values: Any
    vectors: Any
    inverse: Any
    metric: Any
    partial: bool = False
    turns: dict[Any, Any] = field(default_factory=dict)

    def turn(self, other: _Basis) -> Any:
        """What takes coordinates in another basis to those in this one; kept for the bases met last."""
        if other not in self.turns:
            if len(self.turns) >= _MOST_TURNS:
                self.turns.pop(next(iter(self.turns)))
            self.turns[other] = self.inverse @ other.vectors
        return self.turns[other]

    def weighed(self, matrix: Any) -> Any:
        """The world's Sigma in this basis, times a matrix."""
        return self.values[:, None] * matrix if self.metric is None else self.metric @ matrix

    def outside(self, columns: Any, sigma: Any) -> Any:
        """What of some vectors these directions do not hold."""
        left = columns - self.vectors @ (self.inverse @ columns)
        return (left * (sigma @ left)).sum(axis=0)

    @property
    def variances(self) -> Any:
        """The diagonal of the world's Sigma in this basis."""
        return self.values if self.metric is None else np.diag(self.metric)


@dataclass(frozen=True, eq=False)
class _Spread:
    """A covariance `V (sum_i A_i diag(a_i) A_i' + diag(own)) V'`: a term for what each fit added."""

    basis: _Basis
    own: Any
    factors: tuple[tuple[Any, Any], ...] = ()

    def seen_in(self, basis: _Basis) -> _Spread:
        """The same covariance in another basis; infinite energy is infinite in every direction."""
        if basis is self.basis:
            return self
        if not self._finite:
            return _Spread(basis, np.full(len(basis.values), np.inf))
        turn = basis.turn(self.basis)
        factors = [(turn @ matrix, energy) for matrix, energy in self.factors]
        if self.own.any():
            factors.append((turn, self.own))
        return _Spread(basis, np.zeros(len(basis.values)), tuple(factors))

    @property
    def _finite(self) -> bool:
        return bool(np.isfinite(self.own).all())

    def diagonal(self) -> Any:
        """The energy in each direction of the basis."""
        return self.own + sum((matrix * matrix) @ energy for matrix, energy in self.factors)

    def fitted(self, kept: Any, added: Any) -> _Spread:
        """What is kept of it, with what a fit adds."""
        own = kept * REAL.product(kept, self.own) + added
        factors = tuple((kept[:, None] * matrix, energy) for matrix, energy in self.factors)
        return _Spread(self.basis, own, factors)

    def times(self, factor: Any) -> _Spread:
        """The covariance times a number, of which 0 removes even an infinite one."""
        factors = tuple((matrix, factor * energy) for matrix, energy in self.factors)
        return _Spread(self.basis, REAL.product(factor, self.own), factors)

    def risk(self) -> Any:
        """Its trace with the world's Sigma."""
        total = REAL.product(self.basis.variances, self.own).sum()
        for matrix, energy in self.factors:
            total = total + (matrix * self.basis.weighed(matrix)).sum(axis=0) @ energy
        return total

    def taken(self, removed: Any) -> Any:
        """Its trace with `Sigma - (1-U) Sigma (1-U)`, `U = diag(removed)`: entries `u_i + (1 - u_i) u_j`."""
        left = 1 - removed
        total = REAL.product(self.basis.variances * ((1 + left) * removed), self.own).sum()
        for matrix, energy in self.factors:
            first = removed[:, None] * (matrix * self.basis.weighed(matrix))
            second = left[:, None] * matrix * self.basis.weighed(removed[:, None] * matrix)
            total = total + (first + second).sum(axis=0) @ energy
        return total

    def outside(self, basis: _Basis, sigma: Any) -> Any:
        """The energy of predictions that it has outside another basis."""
        if not self._finite:
            return np.inf
        total = basis.outside(self.basis.vectors, sigma) @ self.own
        for matrix, energy in self.factors:
            total = total + basis.outside(self.basis.vectors @ matrix, sigma) @ energy
        return total

    def matrix(self) -> Any:
        """The d x d matrix."""
        dense = np.diag(self.own)
        for factor, energy in self.factors:
            dense = dense + (factor * energy) @ factor.T
        return self.basis.vectors @ dense @ self.basis.vectors.T


class Directions:
    """A world of matrices, seen in the basis of one learner; equivalents are vectors and spreads."""

    xp = REAL
    labels: Any = None
    single = commutes = False

    def __init__(self, world: Any, basis: _Basis | None = None) -> None:
        self.world, self.dim = world, world.dim
        self.signal, self.noise = 1.0, self.number(world.noise)
        self._basis = basis or _basis_of(world, None, None, None)
        self.eigenvalues = self._basis.values
        count = len(self.eigenvalues)
        self.penalty, self.weights = np.ones(count), np.full(count, 1.0 / self.dim)
        spread = _Spread(self._basis, np.zeros(count))
        self._target = GaussianEquivalent(world.beta, np.zeros(self.dim), spread)

    def own(self, learner: Any) -> Directions:
        """The directions of a learner with its own covariance, penalty and features."""
        return Directions(
            self.world, _basis_of(self.world, learner.covariance, learner.penalty, learner.features)
        )

    def outside(self, labels: GaussianEquivalent) -> Any:
        """The energy of the labels that the learner cannot see, which is noise to it."""
        if not self._basis.partial:
            return 0.0
        sigma = self.world.covariance
        mean = self._basis.outside(labels.multiplier[:, None], sigma)
        return mean + labels.covariance.outside(self._basis, sigma)

    def number(self, value: Any) -> Any:
        """A number of a learner, as a row of one."""
        return np.asarray(value, dtype=float).reshape(1)

    def aspect(self, learner: Any) -> Any:
        """The aspect ratio d/n of a learner, from its number of rows where it has one."""
        return self.number(learner.gamma if learner.samples is None else self.dim / learner.samples)

    def row(self, value: Any) -> Any:
        """A number for each direction, from one or as many."""
        return np.asarray(value, dtype=float) + 0.0 * self.eigenvalues

    def lifted(self, *values: Any) -> list[Any]:
        """Numbers that already have an axis for directions."""
        return list(values)

    def lowered(self, kept: Any, lost: Any, added: Any, nonlinear: Any = 0.0) -> Fit:
        """The fit."""
        return Fit(kept, lost, added, nonlinear)

    @property
    def atoms(self) -> tuple[Any, Any]:
        """Eigenvalues and weights."""
        return self.eigenvalues, self.weights

    def target(self) -> GaussianEquivalent:
        """The truth."""
        return self._target

    def energy(self, labels: GaussianEquivalent) -> Any:
        """The energy of the labels' coefficients in each direction, mean and Gaussian part alike."""
        mean = self._basis.inverse @ labels.multiplier
        return mean * mean + self._seen(labels.covariance).diagonal()

    def noise_of(self, labels: GaussianEquivalent, noise: Any) -> Any:
        """The noise in labels, all that the learner cannot see of them included."""
        return noise + self.outside(labels) if self._basis.partial else noise

    def _seen(self, spread: _Spread) -> _Spread:
        known = self.__dict__.get("_known")
        if known is None or known[0] is not spread:
            known = self.__dict__["_known"] = spread, spread.seen_in(self._basis)
        seen: _Spread = known[1]
        return seen

    def mixed(self, truth: Any, taught: GaussianEquivalent) -> GaussianEquivalent:
        """Labels of which the share `truth` is true; what is nonlinear in the rest goes with it."""
        true = self.plain(truth)
        rest = 1 - true
        return GaussianEquivalent(
            true * self.world.beta + rest * taught.multiplier,
            rest * taught.bias,
            taught.covariance.times(rest * rest),
            REAL.product(rest * rest, taught.nonlinear),
        )

    def scaled(self, labels: GaussianEquivalent, factor: Any, nonlinear: Any) -> GaussianEquivalent:
        """Labels times a number, with another part that is not linear."""
        number = self.plain(factor)
        multiplier = labels.multiplier
        return GaussianEquivalent(
            number * multiplier,
            labels.bias + (1 - number) * multiplier,
            labels.covariance.times(number * number),
            self.plain(nonlinear),
        )

    def variance_of(self, labels: GaussianEquivalent) -> Any:
        """The variance of the linear part of labels on these rows, what is not seen of them included."""
        return self.number((self.eigenvalues * self.energy(labels)).sum() + self.outside(labels))

    def parts(self, labels: GaussianEquivalent) -> tuple[Any, Any, Any]:
        """Mean, bias and Gaussian energy of labels, as coordinates in these directions."""
        inverse, spread = self._basis.inverse, self._seen(labels.covariance)
        return inverse @ labels.multiplier, inverse @ labels.bias, spread.diagonal()

    def sides(self, learned: GaussianEquivalent) -> tuple[Any, Any]:
        """Of what is learned, as a vector of predictions, the parts along the target and across it."""
        beta, sigma = self.world.beta, self.world.covariance
        whole = float(beta @ sigma @ beta)
        mean = float(beta @ sigma @ learned.multiplier) / whole if whole > 0 else 0.0
        off = learned.multiplier - mean * beta
        away = float(off @ sigma @ off + learned.covariance.risk()) + learned.nonlinear
        return mean * np.sqrt(whole), np.sqrt(away)

    def through(self, fit: Fit, labels: GaussianEquivalent) -> GaussianEquivalent:
        """The equivalent of what is learned from these labels."""
        (kept, lost, added, nonlinear), given = fit, fit.given
        vectors, mean = self._basis.vectors, self._basis.inverse @ labels.multiplier
        bias = labels.bias + self._grown(lost, mean, labels)
        mean = kept * mean
        if np.any(given):
            true = self._basis.inverse @ self.world.beta
            mean = mean + given * true
            bias = vectors @ (kept * (self._basis.inverse @ labels.bias) + lost * true)
        return GaussianEquivalent(
            vectors @ mean,
            bias,
            self._seen(labels.covariance).fitted(kept, added),
            self.plain(nonlinear),
        )

    def _grown(self, lost: Any, mean: Any, labels: GaussianEquivalent) -> Any:
        """What the mean loses: shares of what the directions hold, and all else."""
        vectors = self._basis.vectors
        grown = vectors @ (lost * mean)
        return grown + (labels.multiplier - vectors @ mean) if self._basis.partial else grown

    def plain(self, value: Any) -> float:
        """The number without its axis."""
        number: float = np.asarray(value, dtype=float).item()
        return number

    def risk(self, learned: GaussianEquivalent) -> Any:
        """Excess risk on the world's own covariates."""
        squared = learned.bias @ self.world.covariance @ learned.bias
        return float(squared + learned.covariance.risk()) + learned.nonlinear

    def gain(
        self, fit: Fit, teacher: GaussianEquivalent, labels: GaussianEquivalent, truth: Any
    ) -> tuple[Any, Any]:
        """What a student takes from the excess risk of its teacher, and what it adds to it, as for atoms."""
        (_, lost, added, nonlinear), given = fit, fit.given
        true = self.plain(truth)
        grown = self._grown(lost, self._basis.inverse @ labels.multiplier, labels)
        both = self.world.covariance @ (self.through(fit, labels).bias + teacher.bias)
        removed = true + (1 - true) * lost + given
        back = true * teacher.bias
        if np.any(given):
            back = back + self._basis.vectors @ (given * (self._basis.inverse @ teacher.bias))
        taken = self._seen(teacher.covariance).taken(removed) + back @ both
        if self._basis.partial:
            taken = taken + teacher.covariance.outside(self._basis, self.world.covariance)
        new = REAL.product(self._basis.variances, added).sum() + grown @ both
        return float(taken) + self.plain(teacher.nonlinear), float(new) + self.plain(nonlinear)

    def misfit(self, fit: Fit, teacher: GaussianEquivalent, labels: GaussianEquivalent, truth: Any) -> Any:
        """How far a student is from its teacher, `E (f_s - f_t)^2`, as for atoms."""
        (_, lost, added, nonlinear), true = fit, self.plain(truth)
        moved = self._grown(lost, self._basis.inverse @ labels.multiplier, labels) - true * teacher.bias
        if np.any(fit.given):
            moved = moved - self._basis.vectors @ (fit.given * (self._basis.inverse @ teacher.bias))
        removed = true + (1 - true) * lost + fit.given
        spread = self._seen(teacher.covariance).fitted(removed, added).risk()
        if self._basis.partial:
            spread = spread + teacher.covariance.outside(self._basis, self.world.covariance)
        apart = moved @ self.world.covariance @ moved + spread
        return float(apart) + self.plain(nonlinear) + self.plain(teacher.nonlinear)

    def overlap(self, learned: GaussianEquivalent) -> Any:
        """<beta_*, beta>."""
        return float(self.world.beta @ learned.multiplier)

    def norm(self, learned: GaussianEquivalent) -> Any:
        """||beta||^2."""
        return float(learned.multiplier @ learned.multiplier + np.trace(learned.covariance.matrix()))

    def shown(self, learned: GaussianEquivalent) -> GaussianEquivalent:
        """The equivalent with its covariance as a matrix."""
        return replace(learned, covariance=learned.covariance.matrix())


def _basis_of(world: Any, covariance: Any, penalty: Any, features: Any) -> _Basis:
    """The basis of Sigma, Gamma and features; a world keeps those that it was asked for last."""
    bases: dict[Any, _Basis] = world.__dict__.setdefault("_bases", {})
    key = _content(covariance), _content(penalty), _content(features)
    found = bases.get(key)
    if found is None:
        found = bases[key] = _decomposed(world, covariance, penalty, features)
        if len(bases) > _MOST_BASES:
            bases.pop(next(iter(bases)))
    return found


def _content(value: Any) -> Any:
    if value is None or np.ndim(value) == 0:
        return value
    array = np.ascontiguousarray(value)
    return array.shape, array.dtype.str, hashlib.blake2b(array.tobytes()).digest()


def _decomposed(world: Any, covariance: Any, penalty: Any, features: Any) -> _Basis:
    dim, sigma = world.dim, world.covariance
    if covariance is not None:
        sigma = covariance if np.ndim(covariance) == 2 else np.diag(np.broadcast_to(covariance, dim) * 1.0)
    if np.ndim(penalty) == 1 and np.isinf(penalty).any():  # an infinite penalty on what is not to be used
        hidden = np.isinf(penalty)
        scales = np.ones(dim) if features is None else scales_of(features, dim)
        features, penalty = np.where(hidden, 0.0, scales), np.where(hidden, 1.0, penalty)
    if features is not None:
        return _seen_by(world, features, penalty)
    values, basis, inverse = _whitened(sigma, penalty)
    metric = None if covariance is None else basis.T @ world.covariance @ basis
    return _Basis(values, basis, inverse, metric)


def _whitened(sigma: Any, penalty: Any) -> tuple[Any, Any, Any]:
    """Values `l`, basis `V` with `V' Gamma V = I`, `V' Sigma V = diag(l)`, and the inverse of `V`."""
    dim = len(sigma)
    if np.ndim(penalty) == 2:
        root = np.linalg.cholesky(penalty)
        whitened = np.linalg.solve(root, np.linalg.solve(root, sigma).T)
        values, vectors = np.linalg.eigh((whitened + whitened.T) / 2)
        basis, inverse = np.linalg.solve(root.T, vectors), vectors.T @ root.T
    else:
        scale = np.sqrt(np.broadcast_to(1.0 if penalty is None else penalty, dim).astype(float))
        values, vectors = np.linalg.eigh(sigma / scale / scale[:, None])
        basis, inverse = vectors / scale[:, None], vectors.T * scale
    return np.where(values > dim * REAL.epsilon * values[-1], values, 0.0), basis, inverse


def _seen_by(world: Any, features: Any, penalty: Any) -> _Basis:
    """The directions `A'U` that features `A x` span, `U' A Sigma A' U = diag(l)`; those without variance go.

    Coordinates in them are Sigma-orthogonal projections.
    """
    sigma = world.covariance
    if np.ndim(features) == 1:  # of coordinates that are not seen no penalty speaks
        scales = scales_of(features, world.dim)
        seen = np.flatnonzero(scales)
        features = np.zeros((len(seen), world.dim))
        features[np.arange(len(seen)), seen] = scales[seen]
        if np.ndim(penalty) == 1:
            penalty = penalty[seen]
        elif np.ndim(penalty) == 2:
            penalty = penalty[np.ix_(seen, seen)]
    if not len(features):
        raise ValueError("features must show a learner something, got none (features)")
    values, vectors, _ = _whitened(features @ sigma @ features.T, penalty)
    there = values > 0
    values, basis = values[there], features.T @ vectors[:, there]
    return _Basis(values, basis, (basis / values).T @ sigma, None, partial=True)
