"""Ridge regression as a map of Gaussian equivalents.

Ridge with penalty `lam Gamma` on `n = d/gamma` fresh rows, labelled by a function with equivalent `(m, C)`
and noise of variance `sigma^2`, returns `(S m, S C S' + tau^2 G Sigma G / n)` where `G = (Sigma + kappa
Gamma)^{-1}`, `S = G Sigma`, `K = I - S` and `tau^2 = (sigma^2 + m' K'Sigma K m + tr K'Sigma K C) / (1 -
df2/n)`. The derivation named "ridge_map" proves it by integrating out the data set.

The kernels run on every kind of number, symbols included: a test feeds them symbols and compares them with
the derived expressions. Every quantity is a sum or a product of nonnegative terms, so nothing cancels; limits
at `lam = 0` are exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arithmetic import FAST, is_symbolic
from ..notation import QUANTITIES, as_array, check, symmetric
from ..spectrum.equivalent import Fit
from ..spectrum.finite_dimension import at_dimension
from ..spectrum.fixed_point import fixed_point, spectral_fixed_point
from ..spectrum.layouts import OneAtom
from .answers import check_labels
from .learner import Learner, validate

__all__ = ["Ridge", "grid_risk", "on_atoms", "on_one_atom", "weighting"]


@dataclass(frozen=True, eq=False)
class Ridge(Learner):
    """Ridge regression, `argmin (1/n)||y - X b||^2 + lam b' Gamma b` (scikit-learn's `alpha` is `n * lam`).

    Parameters
    ----------
    gamma
        Aspect ratio `d/n > 0`. Exactly one of `gamma` and `samples` is given.
    lam
        Ridge penalty `>= 0`, always given; 0 is the minimum-norm limit.
    penalty
        Gamma: one positive weight, one per atom (infinity for one that is not to be used), or a positive
        definite matrix. Default: the identity.
    noise
        Variance of label noise added at this stage; for the first learner it adds to the population's.
    truth
        Weight in [0, 1] of true labels mixed into a student's labels. The first learner's are true already.
    covariance
        A stage's own Sigma (covariate shift): a number, one per atom, or a matrix. Default: the world's.
    samples
        Number `n` of rows, in worlds of finite dimension.
    features
        What it sees of the covariates (a matrix of features by covariates; a row of scales over atoms or
        coordinates, 0 for what is not seen; a mask; or the indices of what is seen). Default: all of them.
    labels
        What a student learns from: the output of its teacher ("soft"), its sign ("hard"), or 1 and -1 drawn
        with the logistic probability of its output ("sampled"); noise comes before the sign. Of the first
        learner it is the truth that these follow, in worlds whose own labels are linear.

    Examples
    --------
    >>> Ridge(gamma=0.5, lam=0.01).lam
    0.01
    """

    gamma: Any = None
    lam: Any = None
    penalty: Any = None
    noise: Any = 0.0
    truth: Any = 0.0
    covariance: Any = None
    samples: Any = None
    features: Any = None
    labels: Any = "soft"

    @property
    def closed(self) -> bool:
        """Whether its labels are what it is taught, of which the theorems speak."""
        return bool(self.labels == "soft")

    def __post_init__(self) -> None:
        check_labels(self.labels, "Ridge")
        validate(self, "lam", "noise", "truth")
        for name, positive in (("penalty", True), ("covariance", False)):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, weighting(name, getattr(self, name), positive))

    def fit(self, spectrum: Any, energy: Any, noise: Any) -> Fit:
        """Kept `S = s G`, lost `K = kappa g G`, added `gamma w S G (noise + sum s K^2 energy)/delta`."""
        xp, lam, gamma = spectrum.xp, spectrum.number(self.lam), spectrum.aspect(self)
        if isinstance(spectrum, OneAtom):
            lam, noise = spectrum.in_units(lam, noise)
            kappa, _, size = fixed_point(lam, gamma, xp)
            limit = Fit(*on_one_atom(kappa, size, gamma, energy, noise, xp))
            if spectrum.dim is None:
                return limit
            return at_dimension(limit, size, lam, gamma, energy, noise, spectrum.number(spectrum.dim), xp)
        (s, w), g = spectrum.atoms, spectrum.penalty
        kappa, omega = spectral_fixed_point(lam, gamma, s, g, w, xp)
        fit: Fit = spectrum.lowered(*on_atoms(kappa, omega, gamma, s, g, w, energy, noise, xp))
        return fit

    def risk_on_grid(self, teacher: Any, spectrum: Any) -> Any:
        """On one atom a grid is one product of narrow matrices."""
        xp = spectrum.xp
        if xp is not FAST or teacher is None or not self.closed or not isinstance(spectrum, OneAtom):
            return None
        if spectrum.dim is not None:
            return None
        labels, noise = self.labelled(teacher, spectrum)
        own = spectrum.own(self)
        gamma, (lam, noise) = own.aspect(self), own.in_units(own.number(self.lam), noise)
        if not xp.is_grid((lam, gamma, noise), labels.bias + labels.covariance):
            return None
        state = labels.bias, spectrum.risk(labels), spectrum.energy(labels), spectrum.signal
        kappa, _, size = fixed_point(lam, gamma, xp)
        return grid_risk(kappa, size, gamma, noise, *state, xp)


def on_one_atom(kappa: Any, size: Any, gamma: Any, energy: Any, noise: Any, xp: Any) -> tuple[Any, Any, Any]:
    """S, K and the energy added where s = g = w = 1; `size` is kappa + omega."""
    kept, lost, ratio = _shares(kappa, size, gamma, xp)
    unexplained = xp.product(lost, xp.product(lost, energy))
    if xp.any(noise):
        unexplained = noise + unexplained
    return kept, lost, xp.twice(xp.product(ratio, unexplained), kept)


def _shares(kappa: Any, size: Any, gamma: Any, xp: Any) -> tuple[Any, Any, Any]:
    """S, K and gamma/delta, `delta = size/(1 + kappa)`."""
    kept = 1 / (1 + kappa)
    return kept, kappa * kept, xp.quotient(gamma, size * kept)


def grid_risk(
    kappa: Any, size: Any, gamma: Any, noise: Any, bias: Any, error: Any, norm: Any, signal: Any, xp: Any
) -> Any:
    """The excess risk after a fit, linear in what is known of the labels.

    That is their bias b, squared error `b^2 r^2 + c` and norm `M^2 r^2 + c`: for a column of teachers and a
    row of students a product of two narrow matrices.
    """
    kept, lost, ratio = _shares(kappa, size, gamma, xp)
    square = kept * kept
    own = lost * (lost * signal) + square * (ratio * noise)
    per_norm, per_bias = square * (ratio * (lost * lost)), lost * (kept * (signal * 2))
    return xp.over_grid(((square, error), (per_norm, norm), (per_bias, bias), (own, 1.0)))


def on_atoms(
    kappa: Any, omega: Any, gamma: Any, s: Any, g: Any, w: Any, energy: Any, noise: Any, xp: Any
) -> tuple[Any, Any, Any]:
    """S, K and the energy added on each atom of eigenvalue s, penalty g and weight w, along the last axis."""
    scale = s + kappa * g
    inverse = xp.where(scale > 0, xp.quotient(1 + 0 * scale, scale), 0 * scale)
    kept = s * inverse
    lost = xp.where(scale > 0, kappa * g * inverse, 1 + 0 * scale)
    delta = omega + gamma * xp.total(w * (lost * kept))
    unexplained = noise + xp.total(lost * xp.product(lost * s, energy))
    return kept, lost, xp.product(gamma * (w * (kept * inverse)), xp.quotient(unexplained, delta))


def _floats(value: Any) -> Any:
    return np.asarray(value, dtype=float)


def weighting(name: str, value: Any, positive: bool, owner: str = "Ridge") -> Any:
    """A number, a row of numbers (infinite ones for what is not to be used) or a (semi)definite matrix."""
    if as_array(name, value, owner).ndim < 2:
        ready = check(name, value, owner)
        if not is_symbolic(np.ravel(np.asarray(ready, dtype=object))) and np.all(np.isinf(_floats(ready))):
            raise ValueError(f"{name} must not be infinite everywhere, got {value!r} ({owner}.{name})")
        return ready
    matrix = symmetric(name, value, owner)
    lowest = float(np.linalg.eigvalsh(matrix)[0])
    scale = float(np.abs(matrix).max())
    if lowest < -1e-10 * scale or (positive and lowest <= 1e-14 * scale):
        kind = "positive definite" if positive else "positive semidefinite"
        meaning = QUANTITIES[name].meaning
        raise ValueError(
            f"{name} must be {kind}, got smallest eigenvalue {lowest:g} ({owner}.{name}: {meaning})"
        )
    return matrix
