"""The model of ridge on a representation h = A x: rows, A, and everything else by its definition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from typing import Any, Literal

import numpy as np

from w2s_asymptotics.proof.models.draws import positive, rational
from w2s_asymptotics.proof.tactics import Model, Place, Run
from w2s_asymptotics.words.matrices import Draw, evaluate, inverse
from w2s_asymptotics.words.representation import (
    BEST,
    COVARIANCE,
    FEATURES,
    HIDING,
    LABELS,
    MEAN,
    METRIC,
    PENALTY,
    PROJECTED,
    RESOLVENT,
    SAMPLE,
    SEEN,
    SEEN_COVARIANCE,
    SEEN_SHAPE,
    SHAPE,
    SPREAD,
    STAGE,
)  # fmt: skip

__all__ = ["Representations"]

REGIMES = ((2.0, 0.1, 0.4), (0.4, 0.05, 0.4))
"""(n/d, lam, noise) of the Gaussian draws: more rows than features, and fewer."""
_SIGMA = np.array([[1.4, 0.3, 0.2], [0.3, 1.0, -0.4], [0.2, -0.4, 0.8]])
_TWO = np.array([[1.0, 0.4, 0.0], [0.2, -0.7, 1.1]])
"""Blocks of Sigma and A where rows are Gaussian: two features of three coordinates."""

_Values = dict[Any, Any]


def _followed(values: _Values, rank: int, hidden: Any) -> _Values:
    """What follows from A (whose first ``rank`` rows determine the others), Sigma, Gamma, kappa and n."""
    features, sigma, penalty, k = (values[each] for each in (FEATURES, COVARIANCE, PENALTY, STAGE.kappa))
    dim = len(sigma)
    seen = features @ sigma @ features.T
    shape = inverse(seen + k * penalty)
    best = 0 * features @ sigma
    best[:rank] = inverse(seen[:rank, :rank]) @ features[:rank] @ sigma
    found = features.T @ shape @ features
    share = found @ sigma
    values |= {
        SEEN: features.T,
        SEEN_COVARIANCE: seen,
        SEEN_SHAPE: shape,
        BEST: best,
        PROJECTED: best.T,
        SHAPE: found,
        STAGE.lam: k * (1 - np.trace(share) / values[STAGE.samples]),
        STAGE.delta: 1 - np.trace(share @ share) / values[STAGE.samples],
    }
    if hidden is not None:
        unseen = np.eye(dim, dtype=int) - features.T @ features
        values[HIDING] = inverse(sigma + k * (features.T @ penalty @ features + unseen / hidden))
    return values


def _fitted(values: _Values, rows: Any, noise: Any) -> _Values:
    """Ridge by its definition, on the features of these rows."""
    count, features = values[STAGE.samples], values[FEATURES]
    sample = rows.T @ rows / count
    resolvent = inverse(features @ sample @ features.T + values[STAGE.lam] * values[PENALTY])
    labels = rows @ values[LABELS] + noise
    return {
        **values,
        SAMPLE: sample,
        RESOLVENT: resolvent,
        STAGE.noise_vector: rows.T @ noise / count,
        STAGE.weights: features.T @ resolvent @ (features @ rows.T @ labels) / count,
    }


@dataclass(frozen=True)
class Representations(Model):
    """Rational A with fewer rows than columns, one with a dependent row, and (``picking``) a selection.

    ``over`` the signs of the noise, or two equally likely labelling functions, means are taken. With
    ``whole``, A is the identity. ``hidden`` is one over the penalty on what a selection does not pick.
    """

    over: Literal["", "noise", "labels"] = ""
    whole: bool = False
    hidden: Fraction | None = None

    drawn_as = "data"

    @property
    def where(self) -> str:
        """Say what A is."""
        if self.whole:
            return "where A is the identity, on rational matrices"
        if self.hidden is not None:
            return "where A picks coordinates, on rational matrices"
        means = {"noise": "over all sign vectors, ", "labels": "over a two-point distribution, "}
        return means.get(self.over, "") + "on rational matrices and features"

    def near(self, distance: Fraction) -> Representations:
        """Return the same draws with this for one over the penalty on what is hidden."""
        return replace(self, hidden=distance)

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Draw A, Sigma, Gamma, rows and labels."""
        rng = np.random.default_rng(seed)
        for count, kind in ((4, "plain"), (5, "dependent"), (3, "plain")):
            values, rows = self._drawn(rng, count, kind)
            spoken = {each for each in before.free_symbols | after.free_symbols if each.is_commutative}
            values = {**{each: positive(rng) for each in sorted(spoken, key=str)}, **values}
            for noise in self._noises(rng, count):
                for sign in (1, -1) if self.over == "labels" else (1,):
                    now = {**values, LABELS: values[MEAN] + sign * values[LABELS]}
                    yield Draw(_fitted(now, rows, noise), 3).at
            if self.over:
                break

    def _noises(self, rng: np.random.Generator, count: int) -> list[Any]:
        signs = list(product((1, -1), repeat=count))
        chosen = signs if self.over == "noise" else [signs[int(rng.integers(len(signs)))]]
        return [Fraction(3, 2) * np.array(each, dtype=object).reshape(count, 1) for each in chosen]

    def _drawn(self, rng: np.random.Generator, count: int, kind: str) -> tuple[_Values, Any]:
        """Draw exact values, and rows; of the labels, how far they are from their mean."""
        features, rank = rational(rng, 2, 3) + np.eye(2, 3, dtype=int) * Fraction(7), 2
        if self.whole:
            features, rank = np.eye(3, dtype=int) * Fraction(1), 3
        elif self.hidden is not None:
            features = np.eye(3, dtype=int)[[0, 2]] * Fraction(1)
        elif kind == "dependent":
            features = np.concatenate([features, rational(rng, 1, 2) @ features])
        root, weights, form = (
            rational(rng, 3, 3),
            rational(rng, len(features), len(features)),
            rational(rng, 3, 3),
        )
        deviation = rational(rng, 3, 1)
        values = {
            FEATURES: features,
            COVARIANCE: root @ root.T + np.eye(3, dtype=int) * Fraction(1),
            PENALTY: weights @ weights.T + np.eye(len(features), dtype=int) * Fraction(1),
            METRIC: form + form.T,
            STAGE.kappa: positive(rng),
            STAGE.samples: Fraction(count),
            STAGE.noise: Fraction(9, 4),
            MEAN: rational(rng, 3, 1),
            LABELS: deviation,
            SPREAD: deviation @ deviation.T,
        }
        return _followed(values, rank, self.hidden), rational(rng, count, 3)

    def runs(
        self, before: Any, after: Any, dims: Sequence[int], seed: int
    ) -> Iterator[tuple[str, Sequence[Run]]]:
        """Draw Gaussian rows in each regime, for one block of A and Sigma."""
        for place, (aspect, lam, noise) in enumerate(REGIMES):
            runs = [_Rows(before, after, dim, (aspect, lam, noise), (seed, place, dim)) for dim in dims]
            yield f"n/d = {aspect}", runs


class _Rows:
    """Gaps of two scalars over drawn rows, everything else held."""

    def __init__(
        self, before: Any, after: Any, dim: int, regime: tuple[float, ...], seed: tuple[int, ...]
    ) -> None:
        (aspect, lam, noise), copies = regime, dim // 3
        self.before, self.dim, self.rng = before, dim, np.random.default_rng(seed)
        eye = np.eye(copies)
        features, sigma = np.kron(eye, _TWO), np.kron(eye, _SIGMA)
        values = {
            FEATURES: features,
            COVARIANCE: sigma,
            PENALTY: np.kron(eye, [[1.0, 0.3], [0.3, 2.0]]),
            METRIC: np.kron(eye, np.diag([1.0, 0.6, 1.7])),
            STAGE.samples: float(round(aspect * dim)),
            STAGE.noise: noise,
            LABELS: np.kron(eye, [[0.9], [-0.5], [0.7]]) / np.sqrt(copies),
        }
        low, high = lam, lam + 20.0
        for _ in range(100):
            middle = (low + high) / 2
            values = _followed({**values, STAGE.kappa: middle}, len(features), None)
            low, high = (middle, high) if values[STAGE.lam] < lam else (low, middle)
        self.values, self.root = values, np.linalg.cholesky(sigma).T
        self.limit = float(evaluate(after, Draw(values, dim)))

    def draw(self, count: int) -> tuple[Any, Any]:
        """Draw rows; the noise stays what its mean makes of it."""
        gaps = np.array([[self._gap()] for _ in range(count)])
        return gaps, np.full(gaps.shape, abs(self.limit))

    def _gap(self) -> float:
        rows = self.rng.standard_normal((int(self.values[STAGE.samples]), self.dim)) @ self.root
        draw = Draw(_fitted(self.values, rows, np.zeros((len(rows), 1))), self.dim)
        return float(evaluate(self.before, draw)) - self.limit
