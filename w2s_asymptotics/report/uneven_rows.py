r"""Ridge on rows of uneven length, which real embeddings have: what the theory of Gaussian rows leaves out.

A row is `x = sqrt(q) z`, z Gaussian of covariance Sigma and q >= 0 of mean 1, independent of z (elliptical
rows). Long rows pull hardest on a fit; in the limit each counts by what is left of it once it is fitted,

    m = E[q/(1 + q s)],   s = tr(Sigma G)/n,   G = A'(m A Sigma A' + lam)^{-1} A,

so that kappa = lam/m, `S = m G Sigma`, `K = I - S`, and labels of mean `mean`, Gaussian part C and noise give

    mean -> S mean,   C -> S C S' + a G Sigma G/n,   a = E[q (noise + q Q)/(1 + q s)^2],
    Q = mean' K' Sigma K mean + tr(C K' Sigma K) + a tr(G Sigma G Sigma)/n.

At q = 1 this is the map of Gaussian rows: `1/(1 + s) = m`, and `a = m^2 (noise + Q)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Labels", "fitted", "kappa_of", "risks"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Labels:
    """A learner as labeller: mean and Gaussian part of its coefficients, and label noise."""

    mean: Array
    spread: Array
    noise: float

    def excess(self, beta: Array, sigma: Array) -> float:
        """Excess risk against the target `beta`."""
        error = self.mean - beta
        return float(error @ sigma @ error + np.sum(sigma * self.spread))


def fitted(labels: Labels, sigma: Array, learner: Any, lengths: Array) -> Labels:
    """Ridge on rows whose squared lengths, in units of their mean, are spread like `lengths`.

    `learner` is a `Ridge` with `samples` and a penalty, and `features` that are None, a mask or places.
    """
    values, directions = _seen(sigma, learner)
    weight, held = _weight(values, learner, lengths)
    noise = labels.noise + learner.noise
    inverse = (directions / (weight * values + learner.lam)) @ directions.T
    kept = weight * inverse @ sigma
    lost = np.eye(len(sigma)) - kept
    missed = float(labels.mean @ lost.T @ sigma @ lost @ labels.mean)
    missed += float(np.sum((lost @ labels.spread) * (sigma @ lost)))
    share = lengths / (1.0 + lengths * held) ** 2 / learner.samples
    smoothed = inverse @ sigma
    reach = float(np.sum(smoothed * smoothed.T))
    taken = missed + reach * float(share.mean()) * noise
    error = taken / (1.0 - reach * float((share * lengths).mean()))
    added = float(np.mean(share * (noise + lengths * error)))
    spread = kept @ labels.spread @ kept.T + added * smoothed @ inverse
    return Labels(kept @ labels.mean, spread, 0.0)


def risks(world: Any, *learners: Any, lengths: Array | Sequence[float]) -> list[float]:
    """Excess risk of each learner of a chain of `Ridge`s on rows of uneven length.

    >>> from w2s_asymptotics import Population, Ridge
    >>> world = Population.from_matrices(np.diag([2.0, 1.0, 0.5]), np.ones(3), noise=0.3)
    >>> teacher, student = Ridge(samples=6, lam=0.1, features=[0, 1]), Ridge(samples=9, lam=0.2)
    >>> [round(risk, 3) for risk in risks(world, teacher, student, lengths=[1.0])]
    [0.834, 0.894]
    >>> [round(risk, 3) for risk in risks(world, teacher, student, lengths=[0.2, 0.4, 2.4])]
    [1.02, 1.097]
    """
    q = np.asarray(lengths, dtype=float)
    if q.ndim != 1 or not (np.isfinite(q).all() and (q >= 0).all() and q.sum() > 0):
        raise ValueError("lengths must be a row of finite numbers >= 0, not all 0: the rows' squared lengths")
    q = q / q.mean()
    sigma, beta = world.covariance, world.beta
    labels, found = Labels(beta, np.zeros_like(sigma), float(world.noise)), []
    for learner in learners:
        labels = fitted(labels, sigma, learner, q)
        found.append(labels.excess(beta, sigma))
    return found


def kappa_of(world: Any, learner: Any, lengths: Array | None = None) -> float:
    """The effective penalty of a `Ridge`, on Gaussian rows or on rows of uneven length."""
    q = np.ones(1) if lengths is None else lengths / lengths.mean()
    return float(learner.lam / _weight(_seen(world.covariance, learner)[0], learner, q)[0])


def _seen(sigma: Array, learner: Any) -> tuple[Array, Array]:
    """Variances and directions of what a learner sees of the covariates."""
    places = np.arange(len(sigma)) if learner.features is None else np.asarray(learner.features)
    if places.dtype.kind == "b":
        places = np.flatnonzero(places)
    elif places.ndim != 1 or places.dtype.kind not in "iu":
        raise ValueError("features must be the places or a mask of what is seen, on rows of uneven length")
    values, vectors = np.linalg.eigh(sigma[np.ix_(places, places)])
    directions = np.zeros((len(sigma), len(places)))
    directions[places] = vectors
    return np.maximum(values, 0.0), directions


def _weight(values: Array, learner: Any, lengths: Array) -> tuple[float, float]:
    """The weight m that a row keeps in the mean, and s, by bisection on a logarithmic scale."""
    if learner.penalty is not None or learner.covariance is not None or learner.truth != 0:
        raise ValueError("penalty, covariance and truth must be left out on rows of uneven length (Ridge)")
    if not learner.lam > 0:
        raise ValueError(f"lam must be > 0 on rows of uneven length, got {learner.lam!r} (Ridge.lam)")

    def held(weight: float) -> float:
        return float((values / (weight * values + learner.lam)).sum() / learner.samples)

    low, high = 1e-15, 1.0
    for _ in range(100):
        weight = float(np.sqrt(low * high))
        if float(np.mean(lengths / (1.0 + lengths * held(weight)))) > weight:
            low = weight
        else:
            high = weight
    return weight, held(weight)
