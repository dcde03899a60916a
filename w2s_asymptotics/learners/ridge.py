"""Ridge regression as a map of Gaussian equivalents.

Ridge with penalty `lam Gamma` on `n = d/gamma` fresh rows, labelled by a function with equivalent `(m, C)`
and noise of variance `sigma^2`, returns `(S m, S C S' + tau^2 G Sigma G / n)` where `G = (Sigma + kappa
Gamma)^{-1}`, `S = G Sigma`, `K = I - S` and `tau^2 = (sigma^2 + m' K'Sigma K m + tr K'Sigma K C) / (1 -
df2/n)`. The derivation named "ridge map" proves it by integrating out the data set; the geometry of the
world says which form it takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..notation import QUANTITIES, check, symmetric
from ..records import Record
from .equivalent import GaussianEquivalent, Geometry, validate

__all__ = ["Ridge"]


@dataclass(frozen=True, eq=False)
class Ridge(Record):
    """Ridge regression, `argmin (1/n)||y - X b||^2 + lam b' Gamma b` (scikit-learn's `alpha` is `n * lam`).

    Parameters
    ----------
    gamma
        Aspect ratio `d/n > 0`. Exactly one of `gamma` and `samples` is given.
    lam
        Ridge penalty `>= 0`, always given; 0 is the minimum-norm limit.
    penalty
        Gamma: one positive weight, one per atom, or a positive definite matrix. Default: the identity.
    noise
        Variance of label noise added at this stage; for the first learner it adds to the population's.
    truth
        Weight in [0, 1] of true labels mixed into a student's labels. The first learner's are true already.
    covariance
        A stage's own Sigma (covariate shift): a number, one per atom, or a matrix. Default: the world's.
    samples
        Number `n` of rows, in worlds of finite dimension.

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

    def __post_init__(self) -> None:
        validate(self, "lam", "noise", "truth")
        for name, positive in (("penalty", True), ("covariance", False)):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _weighting(name, getattr(self, name), positive))

    def first(self, geometry: Geometry) -> GaussianEquivalent:
        """The equivalent after learning from true labels."""
        return geometry.ridge(self, *self._true_labels(geometry))

    def _true_labels(self, geometry: Geometry) -> tuple[GaussianEquivalent, Any]:
        return geometry.target(), geometry.noise() + geometry.scalar(self.noise)

    def risk(self, teacher: GaussianEquivalent | None, geometry: Geometry) -> Any:
        """The excess risk after learning from `teacher`, or from true labels when there is none."""
        labels = self._true_labels(geometry) if teacher is None else self.labels(teacher, geometry)
        return geometry.ridge_risk(self, *labels)

    def after(self, teacher: GaussianEquivalent, geometry: Geometry) -> GaussianEquivalent:
        """The equivalent after learning from the labels of `teacher`, mixed with true ones by `truth`."""
        return geometry.ridge(self, *self.labels(teacher, geometry))

    def labels(self, teacher: GaussianEquivalent, geometry: Geometry) -> tuple[GaussianEquivalent, Any]:
        """The equivalent of the labels this learner sees when it follows `teacher`, and their noise variance.

        With weight x of true labels: `x (1, 0, 0) + (1 - x) (M, b, .)`, covariance `(1 - x)^2 c`, noise `x^2
        sigma^2`; a nonlinear part of the teacher's labels counts as noise.
        """
        noise = geometry.scalar(self.noise)
        if isinstance(self.truth, float) and self.truth == 0.0:
            return teacher, noise + teacher.nonlinear
        true = geometry.scalar(self.truth)
        taught = 1 - true
        target = geometry.target()
        mixed = GaussianEquivalent(
            true * target.multiplier + taught * teacher.multiplier,
            taught * teacher.bias,
            geometry.scaled(taught * taught, teacher.covariance),
        )
        return mixed, true * true * geometry.noise() + geometry.scaled(
            taught * taught, teacher.nonlinear
        ) + noise


def _weighting(name: str, value: Any, positive: bool) -> Any:
    """A number, a row of numbers or a symmetric (semi)definite matrix."""
    if np.ndim(value) < 2:
        return check(name, value, "Ridge")
    matrix = symmetric(name, value, "Ridge")
    lowest = float(np.linalg.eigvalsh(matrix)[0])
    scale = float(np.abs(matrix).max())
    if lowest < -1e-10 * scale or (positive and lowest <= 1e-14 * scale):
        kind = "positive definite" if positive else "positive semidefinite"
        meaning = QUANTITIES[name].meaning
        raise ValueError(
            f"{name} must be {kind}, got smallest eigenvalue {lowest:g} (Ridge.{name}: {meaning})"
        )
    return matrix
