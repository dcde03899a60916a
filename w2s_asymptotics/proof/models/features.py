"""Models of random features, strong ones beside them: F, and everything else by its definition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.models.draws import positive
from w2s_asymptotics.proof.tactics import Model, Place, Run
from w2s_asymptotics.words.features import (
    BEST,
    FEATURES,
    LABELS,
    METRIC,
    MISSED,
    SHAPE,
    SIGMA,
    THETA,
    TRANSPOSED,
    WEIGHTS,
    F,
)
from w2s_asymptotics.words.matrices import Draw, inverse
from w2s_asymptotics.words.spectrum import DIMENSION
from w2s_asymptotics.words.spikes import (
    ACROSS,
    GIVEN_WEIGHTS,
    GRAM,
    HELD,
    JOINT,
    SETTLED,
    SHRINK,
    SPIKES,
    TARGETS,
)

__all__ = ["Features", "Rotations"]

SIZES = ((4, 3), (2, 3))
"""(p, d): more features than dimensions, and fewer."""
REGIMES = ((2.0, 1.5), (0.5, 3.0))
"""(p/d, n/d) of the drawn weights."""
_COUNT = 2  # strong features
_KAPPA, _SAMPLES = symbol("kappa"), symbol("samples")

_Drawn = dict[Any, Any]
"""Values of what everything else is made of: Sigma, A, V, f, b, theta, kappa, n."""


def _values(layer: Any, drawn: _Drawn) -> _Drawn:
    """Everything by its definition, for the weights F in ``layer``, or in each of a stack."""
    (count, dim), across = layer.shape[-2:], layer.swapaxes(-2, -1)
    sigma, spikes, labels, targets = (drawn[each] for each in (SIGMA, SPIKES, LABELS, TARGETS))
    theta, kappa = drawn[THETA], drawn[_KAPPA]
    eye, few, penalty = np.eye(count, dtype=int), np.eye(spikes.shape[1], dtype=int), inverse(sigma)
    features = layer @ sigma @ across + theta * eye
    shape, gram = inverse(features + kappa * eye), spikes.T @ spikes
    shrink, trace = inverse(few + spikes.T @ shape @ spikes), np.trace(shape, axis1=-2, axis2=-1) / count
    best = inverse(features) @ layer @ sigma @ labels
    whole = float if layer.dtype == float else Fraction
    return {
        **drawn,
        F: layer,
        TRANSPOSED: across,
        HELD: targets[::-1],
        ACROSS: spikes.T,
        GRAM: gram,
        FEATURES: features,
        SHAPE: shape,
        JOINT: inverse(spikes @ spikes.T + features + kappa * eye),
        SHRINK: shrink,
        GIVEN_WEIGHTS: shrink @ (targets - spikes.T @ shape @ layer @ sigma @ labels),
        SETTLED: inverse(few + np.multiply.outer(trace, gram)) @ targets,
        BEST: best,
        MISSED: (labels * (sigma @ labels)).sum() - (best * (features @ best)).sum(axis=(-2, -1)),
        WEIGHTS.lam: kappa + theta,
        WEIGHTS.penalty: penalty,
        WEIGHTS.sample_covariance: across @ layer,
        WEIGHTS.resolvent: inverse(across @ layer + (kappa + theta) * penalty),
        WEIGHTS.samples: whole(count),
        DIMENSION: whole(dim),
    }


def _exact(rng: np.random.Generator, count: int, dim: int) -> tuple[Any, _Drawn]:
    """Draw rational F, Sigma, A, V, f, b and numbers."""

    def rational(rows: int, columns: int) -> Any:
        entries = [Fraction(int(rng.integers(-4, 5)), 3) for _ in range(rows * columns)]
        return np.array(entries, dtype=object).reshape(rows, columns)

    layer, root, form = rational(count, dim), rational(dim, dim), rational(dim, dim)
    drawn = {
        SIGMA: root @ root.T + np.eye(dim, dtype=int) * Fraction(1),
        METRIC: form + form.T,
        SPIKES: rational(count, _COUNT),
        LABELS: rational(dim, 1),
        TARGETS: rational(_COUNT, 1),
        THETA: Fraction(2, 7),
        _KAPPA: Fraction(int(rng.integers(1, 9)), 11),
        _SAMPLES: Fraction(7),
    }
    return layer, drawn


@dataclass(frozen=True)
class Features(Model):
    """Rational F and V, in feature space and in the covariates'; or drawn F of growing dimension."""

    where = "on rational rectangular matrices"
    drawn_as = "weights"

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Draw more and fewer features than dimensions."""
        rng = np.random.default_rng(seed)
        for count, dim in SIZES:
            values = _values(*_exact(rng, count, dim))
            spoken = {each for each in before.free_symbols | after.free_symbols if each.is_commutative}
            rest = {each: positive(rng) for each in sorted(spoken - set(values), key=str)}
            yield Draw({**values, **rest}, dim).at

    def runs(
        self, before: Any, after: Any, dims: Sequence[int], seed: int
    ) -> Iterator[tuple[str, Sequence[Run]]]:
        """Draw F in each regime, for one V and Sigma."""
        for place, (width, aspect) in enumerate(REGIMES):
            yield (
                f"p/d = {width}",
                [_Weights(before, after, dim, width, aspect, (seed, place, dim)) for dim in dims],
            )


@dataclass(frozen=True)
class Rotations(Model):
    """The same with F turned by every element of a group of rotations of feature space.

    They are the permutations around a circle with every choice of signs: a group without a common invariant
    direction, so that the mean of ``g'Gg`` over it is a multiple of the identity.
    """

    where = "over a group of rotations, on rational matrices"

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Turn the drawn F."""
        count, dim = 3, 2
        layer, drawn = _exact(np.random.default_rng(seed), count, dim)
        for shift, signs in product(range(count), product((1, -1), repeat=count)):
            yield Draw(_values(np.roll(layer, shift, axis=0) * np.array(signs)[:, None], drawn), dim).at


class _Weights:
    """Gaps of two scalars at one dimension, over drawn weights."""

    def __init__(
        self, before: Any, after: Any, dim: int, width: float, aspect: float, seed: tuple[int, ...]
    ) -> None:
        self.sides, self.dim, self.rng = (before, after), dim, np.random.default_rng(seed)
        self.count, root = round(width * dim), np.array([[1.4, 0.0], [0.5, 0.8]])
        spikes = np.zeros((self.count, _COUNT))
        spikes[:_COUNT] = root.T
        self.drawn = {
            SIGMA: np.diag(np.tile([0.6, 1.4], dim // 2)),
            METRIC: np.eye(dim),
            SPIKES: spikes,
            LABELS: np.full((dim, 1), dim**-0.5),
            TARGETS: np.array([[0.9], [-0.7]]),
            THETA: 0.3,
            _KAPPA: 0.5,
            _SAMPLES: aspect * dim,
        }

    def draw(self, count: int) -> tuple[Any, Any]:
        """Draw F so often, and take -F beside it: both are as likely, and what is odd in F averages out."""
        at_once = max(1, 2**15 // (self.count * self.dim))
        stacks = [min(at_once, count - done) for done in range(0, count, at_once)]
        gaps, sizes = zip(*map(self._draw, stacks), strict=True)
        return np.concatenate(gaps), np.concatenate(sizes)

    def _draw(self, count: int) -> tuple[Any, Any]:
        layer = self.rng.standard_normal((count, self.count, self.dim)) / np.sqrt(self.count)
        gap = size = np.zeros(count)
        for each in (layer, -layer):
            draw = Draw(_values(each, self.drawn), self.dim)
            left, right = map(draw.at, self.sides)
            gap, size = gap + left - right, size + abs(right)
        return gap[:, None], size[:, None]
