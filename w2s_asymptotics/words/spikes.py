"""Letters of finitely many strong features beside random ones, and the checks of their elimination.

The features of a row are ``V s + F x + u``: to the random features of ``words/features.py`` come K functions
s, uncorrelated with each other and with everything else, of unit variance, that the columns of the p x K
matrix V spread over the p features. ``Q = V'V`` is their Gram matrix, ``b`` the coefficients of the labels on
them, and ``H = (V V' + Sigma_z + kappa)^{-1}`` the shape of ridge on all features together.

`OnSpikes` decides algebra exactly; `OverRotations` a mean over rotations of the feature space, which leave
the law of F as it is; `SpikesClose` what concentration leaves, on drawn F.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.derivation import Outcome
from w2s_asymptotics.proof.matrix_checks import extrapolate
from w2s_asymptotics.words.features import (
    BEST,
    FEATURES,
    LABELS,
    MISSED,
    SHAPE,
    SIGMA,
    THETA,
    TRANSPOSED,
    WEIGHTS,
    F,
)
from w2s_asymptotics.words.matrices import Draw, evaluate, inverse
from w2s_asymptotics.words.words import letter

__all__ = [
    "ACROSS", "GIVEN_WEIGHTS", "GRAM", "HELD", "JOINT", "SETTLED", "SHRINK", "SPIKES", "TARGETS", "OnSpikes",
    "OverRotations", "SpikesClose",
]  # fmt: skip

SPIKES, ACROSS, GRAM, TARGETS = letter("V"), letter("V'"), letter("Q"), letter("b")
JOINT, SHRINK = letter("H"), letter("P_V")
"""``H``, and ``P_V = (I + V'G_z V)^{-1}``, what is left of the labels on the spikes, given the weights."""
GIVEN_WEIGHTS, SETTLED = letter("tau_F"), letter("tau")
"""``P_V (b - V'G_z F Sigma f)``, and its limit ``(I + h Q)^{-1} b`` with ``h = tr G_z/p``."""
HELD = letter("a_V")
"""Fixed: ``V a_V`` is a second layer that is not fitted."""

_SAMPLES = symbol("samples")
_COUNT = 2


def _values(layer: Any, spikes: Any, sigma: Any, labels: Any, targets: Any, numbers: dict[Any, Any]) -> Any:
    """Everything else from its definition; ``numbers`` gives theta, kappa and n."""
    count = len(layer)
    eye, few = np.eye(count, dtype=int), np.eye(spikes.shape[1], dtype=int)
    theta, kappa = numbers[THETA], numbers[symbol("kappa")]
    features = layer @ sigma @ layer.T + theta * eye
    shape, gram = inverse(features + kappa * eye), spikes.T @ spikes
    shrink, trace = inverse(few + spikes.T @ shape @ spikes), np.trace(shape) / count
    best = inverse(features) @ layer @ sigma @ labels
    return {
        **numbers,
        F: layer,
        TRANSPOSED: layer.T,
        SIGMA: sigma,
        LABELS: labels,
        TARGETS: targets,
        HELD: targets[::-1],
        SPIKES: spikes,
        ACROSS: spikes.T,
        GRAM: gram,
        FEATURES: features,
        SHAPE: shape,
        JOINT: inverse(spikes @ spikes.T + features + kappa * eye),
        SHRINK: shrink,
        GIVEN_WEIGHTS: shrink @ (targets - spikes.T @ shape @ layer @ sigma @ labels),
        SETTLED: inverse(few + trace * gram) @ targets,
        WEIGHTS.samples: count if layer.dtype == float else Fraction(count),
        BEST: best,
        MISSED: (labels * (sigma @ labels)).sum() - (best * (features @ best)).sum(),
    }


def _exact(rng: np.random.Generator, count: int, dim: int) -> tuple[Any, ...]:
    def rational(rows: int, columns: int) -> Any:
        entries = [Fraction(int(rng.integers(-4, 5)), 3) for _ in range(rows * columns)]
        return np.array(entries, dtype=object).reshape(rows, columns)

    root = rational(dim, dim)
    sigma = root @ root.T + np.eye(dim, dtype=int) * Fraction(1)
    numbers = {THETA: Fraction(2, 7), symbol("kappa"): Fraction(5, 11), _SAMPLES: Fraction(7)}
    matrices = rational(count, dim), rational(count, _COUNT), sigma, rational(dim, 1), rational(_COUNT, 1)
    return (*matrices, numbers)


@dataclass(frozen=True)
class OnSpikes:
    """Both sides agree exactly for rational F and V."""

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Evaluate both sides in exact arithmetic, for more and for fewer features than dimensions."""
        rng = np.random.default_rng(seed)
        for count, dim in ((4, 3), (2, 3)):
            drawn = _exact(rng, count, dim)
            draw = Draw(_values(*drawn), dim, drawn[0], WEIGHTS)
            if np.any(evaluate(before, draw) - evaluate(after, draw)):
                return Outcome(False, f"the two sides differ for {count} features in {dim} dimensions")
        return Outcome(True, "equal for more and for fewer features than dimensions, exactly")

    def describe(self) -> str:
        """Say what closes the step."""
        return "exact on rational rectangular matrices"


@dataclass(frozen=True)
class OverRotations:
    """The mean of ``before`` over rotations of feature space (F becomes gF) is ``after``, exactly.

    The rotations are the permutations around a circle with every choice of signs: a group without a common
    invariant direction, so that the mean of ``g'Gg`` over it is a multiple of the identity.
    """

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Average over the group in exact arithmetic."""
        count, dim = 3, 2
        layer, *rest = _exact(np.random.default_rng(seed), count, dim)
        turned = [
            np.roll(layer, shift, axis=0) * np.array(signs)[:, None]
            for shift in range(count)
            for signs in product((1, -1), repeat=count)
        ]
        means = []
        for side in (before, after):
            values = [evaluate(side, Draw(_values(each, *rest), dim, each, WEIGHTS)) for each in turned]
            means.append(sum(values[1:], values[0]))
        equal = not np.any(means[0] - means[1])
        return Outcome(equal, f"the means over {len(turned)} rotations are equal" if equal else "they differ")

    def describe(self) -> str:
        """Say what closes the step."""
        return "the mean over a group of rotations, exactly"


@dataclass(frozen=True)
class SpikesClose:
    """The gap of two scalars on drawn F, for one V and Sigma, extrapolates to zero in 1/d.

    As in `ClosesLikeOneOverD`: the intercept of the relative gap as a function of 1/d must lie within five
    standard errors of zero, or within a third of the tolerance.
    """

    dims: tuple[int, ...] = (12, 24, 48)
    tolerance: float = 0.03

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Draw the weights at each dimension and fit the mean relative gap as intercept + slope/d."""
        holds, details = True, []
        for place, (width, aspect) in enumerate(((2.0, 1.5), (0.5, 3.0))):
            runs = [_Weights(before, after, dim, width, aspect, (seed, place, dim)) for dim in self.dims]
            repetitions = 60
            while True:
                for each in runs:
                    each.extend(repetitions)
                intercept, uncertainty = (float(value[0]) for value in extrapolate(runs))
                if 4 * uncertainty <= self.tolerance or len(runs[0].gaps) >= 8_000:
                    break
                repetitions *= 2
            allowed = max(5 * uncertainty, self.tolerance / 3)
            holds &= abs(intercept) <= allowed and 4 * uncertainty <= self.tolerance
            details.append(f"{abs(intercept):.1e} +- {uncertainty:.1e} at p/d = {width}")
        return Outcome(holds, "relative gap at d = inf: " + "; ".join(details))

    def describe(self) -> str:
        """Say what closes the step."""
        return "the gap on drawn weights closes like 1/d"


class _Weights:
    """Relative gaps at one dimension, over drawn weights."""

    def __init__(
        self, before: Any, after: Any, dim: int, width: float, aspect: float, seed: tuple[int, ...]
    ) -> None:
        self.sides, self.dim, self.rng = (before, after), dim, np.random.default_rng(seed)
        self.count, root = round(width * dim), np.array([[1.4, 0.0], [0.5, 0.8]])
        spikes = np.zeros((self.count, _COUNT))
        spikes[:_COUNT] = root.T
        sigma = np.diag(np.tile([0.6, 1.4], dim // 2))
        numbers = {THETA: 0.3, symbol("kappa"): 0.5, _SAMPLES: aspect * dim}
        labels = np.full((dim, 1), dim**-0.5)
        self.fixed = (spikes, sigma, labels, np.array([[0.9], [-0.7]]), numbers)
        self.gaps: list[float] = []

    def extend(self, repetitions: int) -> None:
        """Draw fresh weights that many times."""
        for _ in range(repetitions):
            layer = self.rng.standard_normal((self.count, self.dim)) / np.sqrt(self.count)
            gap = size = 0.0
            for each in (layer, -layer):  # both are as likely, and what is odd in F averages out
                draw = Draw(_values(each, *self.fixed), self.dim, each, WEIGHTS)
                left, right = (float(evaluate(side, draw)) for side in self.sides)
                gap, size = gap + left - right, size + abs(right)
            self.gaps.append(gap / size)

    def mean(self) -> tuple[Any, Any]:
        """The mean gap and its standard error, as arrays of one entry."""
        gaps = np.array([self.gaps])
        return gaps.mean(axis=1), gaps.std(axis=1, ddof=1) / np.sqrt(len(self.gaps)) + 1e-15
