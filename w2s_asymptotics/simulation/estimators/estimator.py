"""What every estimator is: a learner in plain numbers that draws its rows and is fitted to them.

Which estimator belongs to a learner is looked up by the learner's class, in `estimator`. Each file of this
folder registers its own; a learner written elsewhere registers in the same way:

>>> from dataclasses import dataclass
>>> from w2s_asymptotics import Population, Ridge
>>> from w2s_asymptotics.simulation.drawn import finite
>>> class Lazy(Ridge):
...     "Learns nothing."
>>> @dataclass(frozen=True)
... class LazyEstimator(Estimator):
...     def fit(self, rows, labels, rng):
...         return LinearFit(np.zeros(rows.shape[1]))
>>> @estimator.register
... def lazy(learner: Lazy, world: object) -> Estimator:
...     return LazyEstimator(**world.drawn(learner))
>>> world = finite(Population.isotropic(), 10, np.random.default_rng(0))
>>> estimator(Lazy(gamma=0.5, lam=0.1), world).samples
20
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import singledispatch
from typing import Any, ClassVar, Protocol

import numpy as np

from ...learners.learner import is_learner
from ..drawn.labels import answers
from ..drawn.rows import Matrix, Source, Vector

__all__ = ["Activation", "Estimator", "Fit", "LinearFit", "estimator"]

Activation = Callable[[Matrix], Matrix]


class Fit(Protocol):
    """A fitted learner."""

    def predict(self, rows: Matrix) -> Vector:
        """Labels of rows `(n, d)`."""
        ...

    def risks(self, source: Source, rng: np.random.Generator) -> tuple[float, float]:
        """Excess risk and test risk."""
        ...


@dataclass(frozen=True)
class LinearFit:
    """The function `<x, beta>`, whose risks are exact."""

    beta: Vector

    def predict(self, rows: Matrix) -> Vector:
        """Labels of rows `(n, d)`."""
        return np.asarray(rows @ self.beta)

    def risks(self, source: Source, rng: np.random.Generator) -> tuple[float, float]:
        """Excess risk and test risk, exact."""
        return source.excess_risk(self.beta), source.test_risk(self.beta)


def seen(rows: Matrix, features: Vector | Matrix | None) -> Matrix:
    """What features see of rows `(n, d)`.

    >>> seen(np.array([[1.0, 2.0]]), np.array([[1.0, 1.0], [1.0, -1.0], [0.0, 3.0]]))
    array([[ 3., -1.,  6.]])
    """
    if features is None:
        return rows
    return np.asarray(rows * features if features.ndim == 1 else rows @ features.T)


@dataclass(frozen=True)
class SeenFit:
    """A function of features of the rows."""

    fit: Fit
    features: Vector | Matrix

    def predict(self, rows: Matrix) -> Vector:
        """Labels of rows `(n, d)`."""
        return self.fit.predict(seen(rows, self.features))

    def risks(self, source: Source, rng: np.random.Generator) -> tuple[float, float]:
        """Exact where the function is linear, else over fresh rows."""
        if not isinstance(self.fit, LinearFit):
            return source.risks_of(self.predict, rng)
        diagonal = self.features.ndim == 1
        beta = self.features * self.fit.beta if diagonal else self.features.T @ self.fit.beta
        return LinearFit(np.asarray(beta)).risks(source, rng)


@dataclass(frozen=True)
class Estimator:
    """One learner in plain numbers, and where its rows come from.

    Attributes
    ----------
    source
        What rows and true labels are drawn from.
    samples
        Number of rows.
    noise
        Variance of the label noise added at this stage.
    truth
        Weight of true labels mixed into those of the learner before.
    view
        What it sees of the rows: a scale for each coordinate, a matrix (features by coordinates), or None for
        all of them. `fit` and `path` are handed what is seen.
    true_labels, labels
        What true labels and those it asks for are of the function that they follow (`drawn.labels`); it asks
        for its own of the truth where true labels are linear.
    temperature
        What that function is divided by before its probability is taken, for its own labels.
    """

    source: Source
    samples: int
    noise: float
    truth: float
    view: Vector | Matrix | None = field(default=None, kw_only=True)
    true_labels: str = field(default="linear", kw_only=True)
    labels: str = field(default="linear", kw_only=True)
    temperature: float = field(default=1.0, kw_only=True)
    fits_paths: ClassVar[bool] = False

    def labelled(self, labeller: Fit | None, samples: int, rng: np.random.Generator) -> tuple[Matrix, Vector]:
        """Draw fresh rows with their labels: the labeller's mixed with true ones, or true ones if None."""
        rows, truth = self.source.draw(samples, rng)
        named = labeller is None and self.true_labels != "linear"
        kind = self.true_labels if named else self.labels
        if kind != "linear":
            followed = truth if labeller is None else labeller.predict(rows)
            followed = followed + np.sqrt(self.noise) * rng.standard_normal(samples)
            given = answers(followed, kind, 1.0 if named else self.temperature, rng)
            return rows, given if labeller is None else (1.0 - self.truth) * given + self.truth * truth
        labels = truth
        if labeller is not None:
            labels = (1.0 - self.truth) * labeller.predict(rows) + self.truth * truth
        return rows, labels + np.sqrt(self.noise) * rng.standard_normal(samples)

    def learn(self, labeller: Fit | None, rng: np.random.Generator) -> Fit:
        """Learn from fresh rows labelled by the learner before, or by the truth."""
        rows, labels = self.labelled(labeller, self.samples, rng)
        return self._whole(self.fit(seen(rows, self.view), labels, rng))

    def learn_path(self, labeller: Fit | None, lams: Vector, rng: np.random.Generator) -> list[Fit]:
        """The same at every penalty, from the same rows."""
        rows, labels = self.labelled(labeller, self.samples, rng)
        return [self._whole(fit) for fit in self.path(seen(rows, self.view), labels, lams)]

    def _whole(self, fit: Fit) -> Fit:
        return fit if self.view is None else SeenFit(fit, self.view)

    def fit(self, rows: Matrix, labels: Vector, rng: np.random.Generator) -> Fit:
        """Fit the learner to labelled rows."""
        raise NotImplementedError(f"{type(self).__name__} does not say how it is fitted")

    def path(self, rows: Matrix, labels: Vector, lams: Vector) -> list[LinearFit]:
        """Fit the learner at every penalty, from one factorisation; for those that say `fits_paths`."""
        raise NotImplementedError(f"{type(self).__name__} has no path of penalties")

    def actual(self, learner: Any, dim: int) -> Any:
        """The learner's record with the numbers that are simulated, which rounding may have moved."""
        return replace(learner, gamma=dim / self.samples, samples=None)

    def cells(self) -> int:
        """How many numbers a fit holds at once: the rows, a copy, and the smaller normal matrix twice."""
        small = min(self.samples, self.source.dim)
        return 2 * self.samples * self.source.dim + 2 * small * small


@singledispatch
def estimator(learner: Any, world: Any) -> Estimator:
    """The estimator of a learner in a world at a finite dimension; `ValueError` where none is registered."""
    if not is_learner(learner):
        raise ValueError(f"simulate fits learners such as Ridge(gamma=0.5, lam=0.1), got {learner!r}")
    name = type(learner).__name__
    raise ValueError(
        f"simulate knows no estimator of {name}: give it one with "
        f"w2s_asymptotics.simulation.estimator.register({name})"
    )
