"""The layouts of a spectrum in which fits are computed: one atom (plain numbers), and atoms (the last axis).

A spectrum knows the target, the noise of true labels and what a number of a learner looks like beside them;
it turns a `Fit` into the next equivalent, and equivalents into risks and gains. `matrices` is the third
layout, where nothing need commute.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arithmetic import HIGH, REAL, Namespace
from .equivalent import Fit, GaussianEquivalent

__all__ = ["Atoms", "OneAtom", "scales_of"]


def scales_of(features: Any, count: int) -> Any:
    """The scales that a row of scales, a mask or a selection of indices gives to so many coordinates."""
    features = np.asarray(features)
    if features.dtype.kind in "iu":
        scales = np.zeros(count)
        scales[features] = 1.0
        return scales
    return features if features.dtype == object else features.astype(float)


class _Diagonal:
    """What both layouts share: everything is elementwise."""

    xp: Namespace
    penalty: Any
    signal: Any
    noise: Any
    dim: Any
    labels: Any = None

    def number(self, value: Any) -> Any:
        """A number or an array of numbers of a learner, shaped to stand beside the atoms."""
        raise NotImplementedError

    def total(self, values: Any) -> Any:
        """The sum over atoms."""
        raise NotImplementedError

    def aspect(self, learner: Any) -> Any:
        """The aspect ratio d/n of a learner, from its number of rows where it has one."""
        if learner.samples is None:
            return self.number(learner.gamma)
        return self.number(self.dim / np.asarray(learner.samples))

    def target(self) -> GaussianEquivalent:
        """The truth."""
        return self._target

    _target: GaussianEquivalent

    def energy(self, labels: GaussianEquivalent) -> Any:
        """The energy of the labels' coefficients on each atom, mean and Gaussian part alike."""
        if labels is self._target:
            return self.signal
        return labels.multiplier * labels.multiplier * self.signal + labels.covariance

    def outside(self, labels: GaussianEquivalent) -> Any:
        """The energy of the labels that the learner cannot see, which is noise to it."""
        return 0.0

    def noise_of(self, labels: GaussianEquivalent, noise: Any) -> Any:
        """The noise in labels, all that the learner cannot see of them included."""
        outside = self.outside(labels)
        return noise + outside if self.xp.any(outside) else noise

    def mixed(self, truth: Any, taught: GaussianEquivalent) -> GaussianEquivalent:
        """Labels of which the share `truth` is true; what is nonlinear in the rest goes with it."""
        true = self.number(truth)
        rest = 1 - true
        product = self.xp.product
        return GaussianEquivalent(
            true + rest * taught.multiplier,
            rest * taught.bias,
            product(rest * rest, taught.covariance),
            product(rest * rest, taught.nonlinear),
        )

    def scaled(self, labels: GaussianEquivalent, factor: Any, nonlinear: Any) -> GaussianEquivalent:
        """Labels times a number, with another part that is not linear."""
        multiplier = labels.multiplier
        return GaussianEquivalent(
            factor * multiplier,
            labels.bias + (1 - factor) * multiplier,
            self.xp.product(factor * factor, labels.covariance),
            nonlinear,
        )

    def variance_of(self, labels: GaussianEquivalent) -> Any:
        """The variance of the linear part of labels on these rows, shaped like a number."""
        raise NotImplementedError

    def sides(self, learned: GaussianEquivalent) -> tuple[Any, Any]:
        """Of what is learned, as a vector of predictions, the parts along the target and across it.

        What is across is a sum of squares: deviations of the multiplier from its mean over the target.
        """
        whole = self.seen(self.signal + 0 * learned.multiplier)
        some = whole > 0
        safe = self.xp.where(some, whole, 1 + 0 * whole)
        mean = self.seen(self.signal * learned.multiplier) / safe
        away = self.seen(self.signal * self.off(learned.multiplier, mean) ** 2 + learned.covariance)
        return mean * self.xp.sqrt(whole), self.xp.sqrt(away + self.plain(learned.nonlinear))

    def off(self, values: Any, mean: Any) -> Any:
        """What values on atoms have beyond a mean over atoms."""
        raise NotImplementedError

    def through(self, fit: Fit, labels: GaussianEquivalent) -> GaussianEquivalent:
        """The equivalent of what is learned from these labels."""
        kept, lost, added, nonlinear = fit
        if labels is self._target:
            return GaussianEquivalent(kept, lost, added, nonlinear)
        return GaussianEquivalent(
            kept * labels.multiplier,
            labels.bias + lost * labels.multiplier,
            self.carried(kept, labels.covariance) + added,
            nonlinear,
        )

    def carried(self, kept: Any, covariance: Any) -> Any:
        """What is kept of a covariance."""
        return kept * self.xp.product(kept, covariance)

    def risk(self, learned: GaussianEquivalent) -> Any:
        """Excess risk on the world's own covariates: squared bias, variance, and what is nonlinear."""
        linear = self.seen(learned.bias * (learned.bias * self.signal) + learned.covariance)
        return linear + self.plain(learned.nonlinear) if self.xp.any(learned.nonlinear) else linear

    def seen(self, energy: Any) -> Any:
        """What an energy of coefficients on each atom does to predictions on the world's own covariates."""
        raise NotImplementedError

    def gain(
        self, fit: Fit, teacher: GaussianEquivalent, labels: GaussianEquivalent, truth: Any
    ) -> tuple[Any, Any]:
        """What a student takes from the excess risk of its teacher, and what it adds to it.

        Of the teacher's bias b and energy c a student that keeps S and loses K = 1 - S, of labels with the
        share x of truth, takes `(1 + S (1 - x)) (x + K (1 - x)) c + x b (b + b') r^2`, b' its own bias, and
        adds `K M (b + b') r^2` and what its rows and its label noise do: sums of positive terms, in which a
        small K is not drowned by rounding.
        """
        kept, lost, added, nonlinear = fit
        product, true = self.xp.product, self.number(truth)
        taught = 1 - true
        both = self.signal * (labels.bias + lost * labels.multiplier + teacher.bias)
        taken = product((1 + kept * taught) * (true + lost * taught), teacher.covariance)
        taken = taken + true * (teacher.bias * both)
        added = lost * (labels.multiplier * both) + added
        return (
            self.seen(taken) + self.plain(teacher.nonlinear),
            self.seen(added) + self.plain(nonlinear),
        )

    def plain(self, value: Any) -> Any:
        """A number that stands beside the atoms, without their axis."""
        raise NotImplementedError

    def shown(self, learned: GaussianEquivalent) -> GaussianEquivalent:
        """The equivalent as users see it."""
        return learned

    def overlap(self, learned: GaussianEquivalent) -> Any:
        """The overlap rho = <beta_*, beta>."""
        return self.total(learned.multiplier * self.signal)

    def norm(self, learned: GaussianEquivalent) -> Any:
        """The norm q = ||beta||^2."""
        return self.total(self.energy(learned))


_TARGETS: dict[Namespace, GaussianEquivalent] = {}
"""The truth as plain numbers, by their kind."""


class OneAtom(_Diagonal):
    """Plain numbers: Sigma and Gamma are multiples of the identity.

    `variance` and `penalty` are those of a learner's own rows and penalty, None for 1. With `dim` fits are
    their means in so many dimensions, to order 1/d.
    """

    variance: Any = None
    penalty: Any = None

    def __init__(self, signal: Any, noise: Any, xp: Namespace, dim: Any = None) -> None:
        self.xp, self.dim = xp, dim
        self.signal, self.noise = xp.convert(signal), xp.convert(noise)
        if xp not in _TARGETS:
            _TARGETS[xp] = GaussianEquivalent(xp.convert(1.0), xp.convert(0.0), xp.convert(0.0))
        self._target = _TARGETS[xp]

    def own(self, learner: Any) -> OneAtom:
        """The spectrum that a learner with its own covariance and penalty sees."""
        covariance, penalty = learner.covariance, learner.penalty
        if covariance is None and penalty is None:
            return self
        own = OneAtom(self.signal, self.noise, self.xp, self.dim)
        own.variance = None if covariance is None else self.number(covariance)
        own.penalty = None if penalty is None else self.number(penalty)
        return own

    def number(self, value: Any) -> Any:
        """The number."""
        return self.xp.convert(value)

    def total(self, values: Any) -> Any:
        """The one value there is."""
        return values

    def plain(self, value: Any) -> Any:
        """The number."""
        return value

    def variance_of(self, labels: GaussianEquivalent) -> Any:
        """The energy of labels, by the variance of these rows."""
        energy = self.energy(labels)
        return energy if self.variance is None else self.variance * energy

    def off(self, values: Any, mean: Any) -> Any:
        """Nothing: there is one atom."""
        return 0 * values

    def lifted(self, *values: Any) -> list[Any]:
        """Numbers with an axis for atoms, of length 1."""
        xp = self.xp if self.xp is HIGH else REAL
        return [np.asarray(xp.convert(value))[..., None] for value in values]

    def lowered(self, kept: Any, lost: Any, added: Any, nonlinear: Any = 0.0) -> Fit:
        """A fit on lifted numbers, without their axis."""
        kept, lost, added = (value[..., 0] for value in (kept, lost, added))
        return Fit(kept, lost, added, nonlinear[..., 0] if np.ndim(nonlinear) else nonlinear)

    @property
    def atoms(self) -> tuple[Any, Any]:
        """Eigenvalue and weight of the one atom, lifted."""
        one, _ = self.lifted(1.0, 1.0)
        return one, one

    def seen(self, energy: Any) -> Any:
        """The energy."""
        return energy

    def carried(self, kept: Any, covariance: Any) -> Any:
        """What is kept of a covariance."""
        plain = self.xp.plain
        return self.xp.twice(covariance, kept) if plain else super().carried(kept, covariance)

    def in_units(self, lam: Any, noise: Any) -> tuple[Any, Any]:
        """Penalty and noise in units where variance and penalty weight are 1: `lam g/s` and `noise/s`."""
        if self.penalty is not None:
            lam = lam * self.penalty
        if self.variance is not None:
            lam, noise = lam / self.variance, noise / self.variance
        return lam, noise


class Atoms(_Diagonal):
    """Arrays whose last axis runs over atoms: Sigma, every Gamma and every learner's own Sigma commute."""

    def __init__(
        self, eigenvalues: Any, weights: Any, signal: Any, noise: Any, dim: int | None, xp: Namespace
    ) -> None:
        self.xp = xp
        self.eigenvalues, weights = xp.convert(eigenvalues), xp.convert(weights)
        self.weights = weights / weights.sum()
        self.variances = self._metric = self.eigenvalues
        self.squares: Any = None
        self.penalty = 1 + 0 * self.eigenvalues
        self.signal, self.noise = xp.convert(signal), self.number(noise)
        self.dim = dim
        none = 0 * self.eigenvalues
        self._target = GaussianEquivalent(1 + none, none, none)

    def own(self, learner: Any) -> Atoms:
        """The spectrum that a learner with its own covariance, penalty and features sees.

        Coefficients of features `a x` are those of x over a: the learner sees eigenvalues `a^2 s`. What it
        cannot see, where a is 0 or the penalty infinite, is noise to it.
        """
        covariance, penalty, features = learner.covariance, learner.penalty, learner.features
        if covariance is None and penalty is None and features is None:
            return self
        own = object.__new__(type(self))
        own.__dict__.update(self.__dict__)
        if covariance is not None:
            own.variances = own.eigenvalues = self.xp.convert(covariance) + 0 * self.eigenvalues
        if penalty is not None:
            own.penalty = self.xp.convert(penalty) + 0 * self.eigenvalues
        scales = None if features is None else self.xp.convert(scales_of(features, len(own.eigenvalues)))
        if penalty is not None and np.any(np.isinf(np.asarray(own.penalty, dtype=float))):
            hidden = np.isinf(np.asarray(own.penalty, dtype=float))
            scales = self.xp.where(hidden, 0 * own.eigenvalues, 1.0 if scales is None else scales)
            own.penalty = self.xp.where(hidden, 1 + 0 * own.eigenvalues, own.penalty)
        if scales is not None:
            own.squares = scales * scales
            own.eigenvalues = own.eigenvalues * own.squares
        return own

    def energy(self, labels: GaussianEquivalent) -> Any:
        """The energy of the labels' coefficients on each atom, mean and Gaussian part alike."""
        energy = super().energy(labels)
        if self.squares is None:
            return energy
        seen = self.squares > 0
        return self.xp.where(
            seen, energy / self.xp.where(seen, self.squares, 1 + 0 * self.squares), 0 * energy
        )

    def outside(self, labels: GaussianEquivalent) -> Any:
        """The energy of the labels that the learner cannot see, which is noise to it."""
        if self.squares is None:
            return 0.0
        energy = self.xp.product(self.variances, super().energy(labels))
        return self.xp.total(self.xp.where(self.squares > 0, 0 * energy, energy))

    def lowered(self, kept: Any, lost: Any, added: Any, nonlinear: Any = 0.0) -> Fit:
        """The fit, as a map of coefficients of the covariates."""
        return Fit(kept, lost, added if self.squares is None else self.squares * added, nonlinear)

    def number(self, value: Any) -> Any:
        """A number or an array with a last axis of length 1 for the atoms."""
        converted = self.xp.convert(value)
        return converted[..., None] if isinstance(converted, np.ndarray) else np.array([converted])

    def total(self, values: Any) -> Any:
        """The sum over the last axis."""
        return values.sum(axis=-1)

    def variance_of(self, labels: GaussianEquivalent) -> Any:
        """The energy of labels on these rows, what is not seen of them included."""
        return self.xp.total(self.xp.product(self.variances, super().energy(labels)))

    def off(self, values: Any, mean: Any) -> Any:
        """The deviations, atom by atom."""
        return values - np.asarray(mean)[..., None]

    def seen(self, energy: Any) -> Any:
        """Its sum over atoms, by the eigenvalues of the world."""
        return self.xp.product(self._metric, energy).sum(axis=-1)

    def plain(self, value: Any) -> Any:
        """The number without its axis."""
        return np.sum(np.atleast_1d(value), axis=-1)

    def lifted(self, *values: Any) -> list[Any]:
        """Numbers that already have an axis for atoms."""
        return list(values)

    @property
    def atoms(self) -> tuple[Any, Any]:
        """Eigenvalues and weights."""
        return self.eigenvalues, self.weights
