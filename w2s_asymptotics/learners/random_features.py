"""Ridge on random features, linear or through an activation.

Features `sqrt(d/p) phi(<w_j, x>)`, `w_j ~ N(0, I/d)`, j = 1..p, `width = p/d`: the scaling of `lam` in
which `width -> inf` with linear features gives back ridge. By Gaussian equivalence (Mei, Montanari 2022)
`phi(<w, x>)` acts as `mu_0 + mu_1 <w, x>` plus independent noise of variance `mu_*^2`; an intercept
removes mu_0. The nonlinear part of what is learned carries an energy of its own, which a later learner
meets as label noise. The derivation named "random_features_map" proves the map by integrating out the data,
then the weights; the two nested effective regularisations are found in `spectrum.nested`.
"""

from __future__ import annotations

from dataclasses import InitVar, dataclass
from typing import Any

import numpy as np

from ..arithmetic import FAST, REAL, solved
from ..kinds import Optional, Quantity, given
from ..spectrum.equivalent import Fit
from ..spectrum.nested import nested_fixed_point
from .hermite import check_activation, hermite
from .learner import Learner, validate
from .units import in_own_units

__all__ = ["RandomFeatures", "mapped", "random_features"]

_SMALLEST = 1e-300


@dataclass(frozen=True, eq=False)
class RandomFeatures(Learner):
    """Ridge regression on `p = width d` random features of fresh rows.

    Parameters
    ----------
    gamma
        Aspect ratio `d/n > 0`. Exactly one of `gamma` and `samples` is given.
    width
        Features per dimension, `p/d > 0`; infinity is the limit of infinitely many.
    lam
        Ridge penalty `>= 0` on the features' coefficients; 0 is the minimum-norm limit.
    activation
        Name of phi ("relu", "erf", "tanh", ...; see `learners.hermite.ACTIVATIONS`); default linear. Its
        constants are those for input of variance `tr Sigma/d`.
    tail
        Instead of an activation: the energy `T` per dimension of the nonlinear part of features with `mu_1
        = 1`.
    noise
        Variance of label noise added at this stage; for the first learner it adds to the population's.
    samples
        Number `n` of rows, in worlds of finite dimension.
    features
        What it sees of the covariates (a matrix of features by covariates; a row of scales over atoms or
        coordinates, 0 for what is not seen; a mask; or the indices of what is seen). Default: all of them.
    dim
        The dimension d, if n and d are to be given in place of gamma, or results told in them, too.
    alpha
        The penalty in scikit-learn's units, `alpha = n lam`, in place of `lam`; it needs `samples`, or `dim`.

    Examples
    --------
    >>> from w2s_asymptotics import Population, risk
    >>> learner = RandomFeatures(gamma=0.5, width=2.0, lam=0.1, activation="relu")
    >>> round(risk(Population.isotropic(noise=0.1), learner), 6)
    0.476588
    """

    gamma: Optional = given(None)
    width: Quantity = given(None)
    lam: Quantity = given(None)
    activation: str | None = None
    tail: Quantity = given(0.0)
    noise: Quantity = given(0.0)
    samples: Optional = given(None)
    features: Any = None
    dim: Optional = given(None)
    alpha: InitVar[Any] = None

    def __post_init__(self, alpha: Any) -> None:
        in_own_units(self, alpha)
        validate(self, "width", "lam", "tail", "noise")
        if self.activation is not None:
            check_activation(self.activation)
            if not (isinstance(self.tail, float) and self.tail == 0.0):
                raise ValueError("RandomFeatures takes an activation or its tail, not both")

    @property
    def nonlinear(self) -> bool:
        """Whether the features have a part that is not linear in the covariates."""
        return self.activation not in (None, "linear") or bool(np.any(np.not_equal(self.tail, 0)))

    def fit(self, spectrum: Any, energy: Any, noise: Any) -> Fit:
        """Kept `S = s G`, lost `K = nu G`, `G = 1/(s + nu)`, nu the root of `nu omega varpi = lam`.

        `omega = 1 - gamma df1` and `varpi = 1 - df1/width`, `df1 = sum w S + T/nu` (T the tail). With `A
        = sum S^2 energy/(width Delta)`, `Delta = 1 - sum w S^2/width`, `h = (sum w s G^2 + T/nu^2)/(width
        Delta)`, `delta = omega + gamma varpi (df1 - sum w S^2)/Delta` and `tau^2 = (noise + sum s K^2
        energy + A (T + sum w s K^2))/delta` added is `w K^2 A + gamma w tau^2 (s G^2 + h K^2)`, the
        nonlinear energy `T (A + gamma tau^2 h)`. `mapped` has it, free of cancellation.
        """
        s, w = spectrum.atoms
        xp = spectrum.xp
        lam, width, tail = (spectrum.number(value) for value in (self.lam, self.width, self.tail))
        lam, gamma, width, tail, noise, energy = spectrum.lifted(
            lam, spectrum.aspect(self), width, tail, noise, energy
        )
        if self.activation is not None:  # in units where mu_1 = 1
            square, energy_beyond = energies(self.activation, (w * s).sum(), xp)
            lam, tail = lam / square, tail + energy_beyond / square
        fit: Fit = spectrum.lowered(*random_features(lam, gamma, width, tail, s, w, energy, noise, xp))
        return fit


@solved
def energies(activation: str, variance: Any, xp: Any) -> tuple[Any, Any]:
    """The squared slope of an activation, and the energy of its nonlinear part, for input of a variance."""
    constants = hermite(activation, variance)
    return xp.convert(constants.slope) ** 2, xp.convert(constants.tail)


def random_features(
    lam: Any, gamma: Any, width: Any, tail: Any, s: Any, w: Any, energy: Any, noise: Any, xp: Any
) -> tuple[Any, Any, Any, Any]:
    """What is kept and lost on each atom, the Gaussian energy added there, and the nonlinear energy.

    `energy` is that of the labelling function's coefficients on each atom, mean and Gaussian part alike;
    `noise` that of its nonlinear part and of the label noise, which the fit cannot tell apart.
    """
    if xp in (REAL, FAST):  # what is smaller leaves nothing of its quotients
        tail = xp.where((tail > 0) & (tail < _SMALLEST), _SMALLEST + 0 * tail, tail)
    lam = _just_positive(lam, gamma, width, tail, s, w, noise, xp)
    fixed = nested_fixed_point(lam, gamma, width, tail, s, w, xp)
    if not np.all(energy < np.inf):  # infinite energy over infinite width: as over any large width
        width = xp.where(width < np.inf, width, 1 / xp.epsilon**9 + 0 * gamma)
    point = fixed.nu, fixed.by_width, fixed.by_samples
    return mapped(*point, gamma, width, tail, s, w, energy, noise, xp)


def mapped(
    nu: Any, by_width: Any, by_samples: Any, gamma: Any, width: Any, tail: Any,
    s: Any, w: Any, energy: Any, noise: Any, xp: Any,
) -> tuple[Any, Any, Any, Any]:  # fmt: skip
    """What is kept and lost on each atom of eigenvalue s and weight w, and the energy added, nonlinear too.

    `by_width = 1 - df1/width` and `by_samples = 1 - gamma df1`; `energy` is that of the labels on each atom,
    `noise` that of their nonlinear part and of the label noise. Sums and products of nonnegative terms.
    """
    tail = tail + 0 * nu
    scale = s + nu
    inverse = xp.where(scale > 0, xp.quotient(1 + 0 * scale, scale), 0 * scale)
    kept = inverse * s
    lost = xp.where(scale > 0, inverse * nu, 1 + 0 * scale)
    tail_kept = xp.quotient(tail, nu)
    gap = tail_kept + xp.total(w * (lost * kept))
    spread = by_width + gap / width
    blurred = xp.quotient(xp.total(kept * xp.product(kept, energy)) / width, spread)
    own = lost * xp.product(w * lost, blurred)
    reach = tail + xp.total(w * (lost * (lost * s)))
    unexplained = noise + xp.total(lost * xp.product(lost * s, energy)) + xp.product(reach, blurred)
    residual = by_samples + gamma * (by_width * xp.quotient(gap, spread))
    variance = xp.quotient(unexplained, residual)
    seen = xp.quotient(reach / width, spread)
    bent = tail * xp.total(w * (kept * inverse)) + tail_kept * tail_kept
    added = own + xp.product(gamma * w * (inverse * (inverse * seen) + kept * inverse), variance)
    nonlinear = xp.product(tail, blurred) + xp.product(gamma * xp.quotient(bent / width, spread), variance)
    return kept, lost, added, nonlinear


def _just_positive(lam: Any, gamma: Any, width: Any, tail: Any, s: Any, w: Any, noise: Any, xp: Any) -> Any:
    """The penalty, or a negligible one where rows, features and directions are equally many, without noise.

    There the fit interpolates at `lam = 0` exactly, but loses a third of the signal as lam -> 0, which is
    what `lam = 0` means.
    """
    rank = xp.total(xp.where(s > 0, w + 0 * s, 0 * s))
    corner = (gamma * rank == 1) & (width + 0 * rank == rank) & (lam == 0) & (tail == 0) & (noise == 0)
    return xp.where(corner, lam + xp.epsilon**9 * s.max(), lam) if np.any(corner) else lam
