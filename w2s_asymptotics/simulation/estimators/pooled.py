"""Ridge on rows of several sources, each labelled by its own, stacked with the roots of their weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...learners import Pooled
from ...learners.learner import is_learner
from ..drawn.population import plain_number, samples_of
from ..drawn.rows import Matrix, Source, Vector, covariance_root
from .estimator import Estimator, Fit, estimator
from .least_squares import Penalty
from .ridge import RidgeEstimator

__all__ = ["PooledEstimator"]


@dataclass(frozen=True)
class _Part:
    """One source: its rows, who labels them ("taught", "true" or one of the others), weight, noise."""

    rows: Source
    samples: int
    labels: str | int
    weight: float
    noise: float


@dataclass(frozen=True)
class PooledEstimator(RidgeEstimator):
    """Ridge on the rows of every part; `others` are the learners besides, each fitted to rows of its own."""

    parts: tuple[_Part, ...]
    others: tuple[Estimator, ...]

    def labelled(self, labeller: Fit | None, samples: int, rng: np.random.Generator) -> tuple[Matrix, Vector]:
        """Draw the rows of every source, label them, and weigh them."""
        learned = [each.learn(None, rng) for each in self.others]
        every, given = [], []
        for part in self.parts:
            rows, labels = part.rows.draw(part.samples, rng)
            teacher = learned[part.labels] if isinstance(part.labels, int) else labeller
            if part.labels != "true" and teacher is not None:
                labels = teacher.predict(rows)
            labels = labels + np.sqrt(self.noise + part.noise) * rng.standard_normal(part.samples)
            every.append(np.sqrt(part.weight) * rows)
            given.append(np.sqrt(part.weight) * labels)
        return np.concatenate(every), np.concatenate(given)

    def actual(self, learner: Any, dim: int) -> Any:
        """The record with the ratios that are simulated."""
        sources = (
            replace(each, gamma=dim / part.samples, samples=None)
            for each, part in zip(learner.sources, self.parts, strict=True)
        )
        return replace(learner, sources=tuple(sources))


@estimator.register
def _(learner: Pooled, world: Any) -> Estimator:
    others: list[Any] = []
    parts = []
    for each in learner.sources:
        labels = each.labels
        if is_learner(labels):
            if labels not in others:
                others.append(labels)
            labels = others.index(labels)
        covariance = world.weighting("covariance", each.covariance)
        rows = world.source if covariance is None else world.source.shifted(covariance_root(covariance))
        weight, noise = (plain_number(name, getattr(each, name)) for name in ("weight", "noise"))
        parts.append(_Part(rows, samples_of(each, world.dim), labels, weight, noise))
    return PooledEstimator(
        world.source,
        sum(part.samples for part in parts),
        plain_number("noise", learner.noise),
        0.0,
        lam=plain_number("lam", learner.lam),
        penalty=Penalty.of(world.weighting("penalty", learner.penalty)),
        parts=tuple(parts),
        others=tuple(estimator(each, world) for each in others),
    )
