"""A real network's features at finite strength: their spikes, and ridge on random features beside these.

Neurons that have moved along a direction v compute `He_k(<v, x>)` with a strength that grows with the
dimension; what else they compute is a random-feature bulk. The derivation named "finite_spikes" shows that
such spikes are what atoms of the covariates' spectrum would be that take up no share of the dimensions: here
are the atoms, which `random_features` then fits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.polynomial.hermite_e import hermegauss, hermevander

from ..arithmetic import REAL
from ..spectrum.nested import nested_fixed_point
from .random_features import random_features

__all__ = ["Beside", "Layer", "Spike", "beside_spikes", "network_layer"]

Array = np.ndarray[Any, np.dtype[np.float64]]
Spike = tuple[int, int]
"""Degrees a and b of the feature `He_a(<v, x>) He_b(<b_h, x>)/sqrt(a! b!)`."""

_HALF, _HALF_WEIGHTS = np.polynomial.legendre.leggauss(240)
_PLACES = np.concatenate([-6.0 * (1 - _HALF[::-1]), 6.0 * (1 + _HALF)])  # 0, where kinks are, is an edge
_DENSITY = np.concatenate([_HALF_WEIGHTS[::-1], _HALF_WEIGHTS]) * np.exp(-(_PLACES**2) / 2)
_DENSITY = _DENSITY / _DENSITY.sum()
_NEURONS, _SHARES = hermegauss(30)
_SHARES = _SHARES / _SHARES.sum()


@dataclass(frozen=True, eq=False)
class Layer:
    """What a first layer computes: spikes, their Gram matrix where the bulk has slope 1, and the bulk.

    Attributes
    ----------
    spikes, gram
        The features by degree, and `Q = V'V` in units in which a coefficient of the bulk has strength 1.
    slope, tail
        `mu_1` and `mu_*^2/mu_1^2` of the bulk: whatever energy the features have beyond their spikes.
    """

    spikes: tuple[Spike, ...]
    gram: Array
    slope: float
    tail: float


def network_layer(
    activation: Callable[[Array], Array],
    reached: Callable[[int], bool],
    dim: float,
    spread: float | None,
    hard_spread: float | None,
    degrees: int,
) -> Layer:
    """The features of a layer whose neurons have moved along v, and along b_h, by so much (root mean square).

    Neurons differ in `<w, v>`, of variance `spread^2 + 1/d`, and so in length; their moments are averaged.
    `reached` says which derivatives of the activation have a mean that is not 0. None: there is no such
    direction. Spikes have degree `degrees` at most.

    >>> layer = network_layer(np.tanh, lambda k: k % 2 == 1, 400.0, 0.3, None, 4)
    >>> layer.spikes, layer.gram.shape, bool(layer.gram[0, 0] > 10 * layer.gram[1, 1])
    (((1, 0), (3, 0)), (2, 2), True)
    """
    moved, moved_hard = (_along(each, dim) for each in (spread, hard_spread))
    easy, hard = (each.ravel() for each in np.meshgrid(moved, moved_hard, indexing="ij"))
    law = np.outer(*(_SHARES if each.size > 1 else np.ones(1) for each in (moved, moved_hard))).ravel()
    rest = 1.0 - sum(each is not None for each in (spread, hard_spread)) / dim
    length = np.sqrt(rest + easy**2 + hard**2)
    values = activation(np.outer(length, _PLACES))
    hermite = hermevander(_PLACES, max(degrees, 1))
    means = [(values * _DENSITY) @ hermite[:, k] / length**k for k in range(hermite.shape[1])]
    spikes = tuple(
        (a, b)
        for a in range(degrees + 1 if spread is not None else 1)
        for b in range(degrees + 1 - a if hard_spread is not None else 1)
        if a + b and reached(a + b)
    )
    columns = np.array(
        [
            easy**a * hard**b * means[a + b] / math.sqrt(math.factorial(a) * math.factorial(b))
            for a, b in spikes
        ]
    ).reshape(len(spikes), law.size)
    linear = means[1] ** 2 * rest
    nonlinear = (values**2) @ _DENSITY - means[0] ** 2 - linear - (columns**2).sum(axis=0)
    odd = np.array(spikes, dtype=int).reshape(len(spikes), 2) % 2  # neurons are symmetric in both directions
    alike = np.all(odd[:, None] == odd[None], axis=2)
    square = float(law @ linear)
    return Layer(
        spikes,
        np.where(alike, dim / square * (columns * law) @ columns.T, 0.0),
        math.sqrt(square),
        max(float(law @ nonlinear), 0.0) / square,
    )


def _along(spread: float | None, dim: float) -> Array:
    return np.zeros(1) if spread is None else _NEURONS * math.sqrt(spread**2 + 1.0 / dim)


@dataclass(frozen=True, eq=False)
class Beside:
    """What ridge makes of labels beside spikes.

    Attributes
    ----------
    left
        `tau`: what it does not learn of each spike.
    kept
        The share of the bulk's part of the labels that it keeps.
    linear, nonlinear
        The energies of what the bulk puts out: of its linear part, that of what it keeps included.
    held_linear, held_nonlinear
        What a second layer `V a` adds to these energies, per `a'Q a` and (twice) per `a'Q tau`.
    """

    left: Array
    kept: float
    linear: float
    nonlinear: float
    held_linear: tuple[float, float]
    held_nonlinear: tuple[float, float]


def beside_spikes(
    layer: Layer, targets: Array, lam: float, gamma: float, width: float, energy: float, noise: float
) -> Beside:
    """Fit labels with these coefficients on the spikes; `energy` is left for the bulk, `noise` for nothing.

    >>> layer = network_layer(np.tanh, lambda k: k % 2 == 1, 400.0, 0.3, None, 1)
    >>> fit = beside_spikes(layer, np.ones(1), lam=0.1, gamma=0.5, width=2.0, energy=0.5, noise=0.1)
    >>> bool(0 < fit.left[0] < 0.1 and fit.kept < 1 - fit.left[0])
    True
    """
    penalty, aspect, neurons, tail, one = (
        np.array([each]) for each in (lam / layer.slope**2, gamma, width, layer.tail, 1.0)
    )
    fixed = nested_fixed_point(penalty, aspect, neurons, tail, one, one, REAL)  # spikes do not move it
    nu = float(fixed.nu[0])
    resolved = np.eye(len(targets)) + layer.gram / nu
    scale = 1 / np.sqrt(np.diag(resolved))
    left = scale * np.linalg.solve(scale[:, None] * resolved * scale, scale * targets)
    missed = float(left @ left)
    strength = float(left @ layer.gram @ left) / missed if missed > 0 else 0.0
    # One atom stands for all of them: that of the same |tau|^2 and tau'Q tau.
    lost = nu / (strength + nu)
    kept, _, added, nonlinear = random_features(
        penalty,
        aspect,
        neurons,
        tail,
        np.array([1.0, strength]),
        np.array([1.0, 0.0]),
        np.array([energy, missed / (strength * lost**2) if strength > 0 else 0.0]),
        np.array([noise + (0.0 if strength > 0 else missed)]),
        REAL,
    )
    both, curved = float(1 - fixed.by_width[0]), layer.tail / (width * nu)
    return Beside(
        left,
        float(kept[0]),
        float(kept[0] ** 2 * energy + added[0]),
        float(nonlinear[0]),
        (1.0 / width, 2 * (both - curved)),
        (layer.tail / width, 2 * curved),
    )
