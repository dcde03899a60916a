"""Two-layer learners fitted from their definition: a gradient step on the first layer, ridge on the second.

Two versions of what the step does to the features:

* `IdealTwoLayer`: the features of the initial first layer, and beside them, unpenalised, the polynomials
  `He_k(<v, x>)` that a diverging step leaves behind, `v` along `X'y/n` of centred labels; for a pre-trained
  learner also `He_k(<b_h, x>)`. This is what the asymptotic theory speaks of, at a finite dimension.
* `RealTwoLayer`: an actual network. The first layer moves by the actual gradient of the squared loss at
  small output; what was pre-trained is a change `u_h b_h'` of the first layer made before that. Its
  features are what it computes, all penalised alike.

Every fit of a second layer has an intercept. Three heads: fitted to the labels ("labels"); that, with the
hard features set to the coefficients they were pre-trained to ("retained"); fitted to true labels ("probe").
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...learners import TwoLayer
from ...learners.network import hard_spread, step_spread
from ..drawn.multi_index import FiniteMultiIndex
from ..drawn.population import plain_number
from ..drawn.rows import Matrix, Vector
from .activations import activation_of, derivative_of
from .estimator import Activation, Estimator, Fit, estimator
from .second_layer import Spikes, TwoLayerFit, direction_of, fit_head, projections

__all__ = ["IdealTwoLayer", "RealTwoLayer", "TwoLayerEstimator"]


@dataclass(frozen=True)
class TwoLayerEstimator(Estimator):
    """A two-layer learner in plain numbers; `samples` are the rows of its head.

    Attributes
    ----------
    lam
        Penalty of the second layer.
    features, activation
        Width of the first layer, and what it computes.
    step_samples
        Rows of the gradient step; no step is taken if `degrees` is empty.
    degrees, hard_degrees
        Degrees of the polynomials along the step's direction, and along `hard_direction`.
    head, retained
        "labels", "retained" or "probe"; and the coefficients of `hard_degrees` that "retained" keeps.
    """

    lam: float
    features: int
    activation: Activation
    step_samples: int
    degrees: tuple[int, ...]
    hard_direction: Vector
    hard_degrees: tuple[int, ...]
    head: str
    retained: Vector

    def learn(self, labeller: Fit | None, rng: np.random.Generator) -> Fit:
        """Take the step on one set of rows, fit the head on another."""
        first_layer = rng.standard_normal((self.features, self.source.dim)) / math.sqrt(self.source.dim)
        step = self.labelled(labeller, self.step_samples, rng) if self.degrees else None
        if self.head == "probe":
            head = self.source.draw(self.samples, rng)
        else:
            head = self.labelled(labeller, self.samples, rng)
        return self.trained(first_layer, step, head, rng)

    def actual(self, learner: Any, dim: int) -> Any:
        """The record with the rows and neurons that are simulated."""
        rows = "gamma_probe" if self.head == "probe" else "gamma"
        changes: dict[str, Any] = {rows: dim / self.samples, "width": self.features / dim}
        if self.step_samples:
            changes["gamma_step"] = dim / self.step_samples
        return replace(learner, **changes)

    def cells(self) -> int:
        """Rows of both fits, the first layer, features twice, and the smaller normal matrix twice."""
        rows, small = self.samples + self.step_samples, min(self.samples, self.features)
        return (rows + self.features) * self.source.dim + 2 * rows * self.features + 2 * small * small

    def trained(
        self,
        first_layer: Matrix,
        step: tuple[Matrix, Vector] | None,
        head: tuple[Matrix, Vector],
        rng: np.random.Generator,
    ) -> TwoLayerFit:
        """Train a network of this initial first layer on rows and labels of the step and of the head."""
        raise NotImplementedError


class IdealTwoLayer(TwoLayerEstimator):
    """The step's effect idealised: polynomials that it captures become features, unpenalised."""

    def trained(
        self,
        first_layer: Matrix,
        step: tuple[Matrix, Vector] | None,
        head: tuple[Matrix, Vector],
        rng: np.random.Generator,
    ) -> TwoLayerFit:
        """Fit random features and polynomials together."""
        hard = Spikes(self.hard_direction, self.hard_degrees, self.retained)
        free = (
            [] if step is None else [Spikes(direction_of(*step), self.degrees, np.zeros(len(self.degrees)))]
        )
        if self.head == "retained":
            fit = fit_head(first_layer, self.activation, self.lam, *head, free)
            return TwoLayerFit(
                fit.first_layer, fit.activation, fit.coefficients, fit.intercept, (*fit.spikes, hard)
            )
        return fit_head(first_layer, self.activation, self.lam, *head, [*free, hard])


@dataclass(frozen=True)
class RealTwoLayer(TwoLayerEstimator):
    """An actual network.

    Attributes
    ----------
    derivative
        The derivative of the activation.
    spread
        How far the step moves a neuron along the step's direction, the root of the mean square over neurons.
    hard_spread
        The same of the pre-trained change along the hard direction.
    """

    derivative: Activation
    spread: float
    hard_spread: float

    def trained(
        self,
        first_layer: Matrix,
        step: tuple[Matrix, Vector] | None,
        head: tuple[Matrix, Vector],
        rng: np.random.Generator,
    ) -> TwoLayerFit:
        """Pre-train along the hard direction, take the step, fit the head; then set what is retained."""
        second_layer, pretrained = rng.standard_normal((2, self.features))
        if self.hard_degrees:
            first_layer = first_layer + self.hard_spread * np.outer(pretrained, self.hard_direction)
        directions = [self.hard_direction]
        if step is not None:
            rows, labels = step
            direction = direction_of(rows, labels)
            slopes = self.derivative(rows @ first_layer.T)
            gradient = (slopes * np.outer(labels - labels.mean(), second_layer)).T @ rows
            size = self.spread * math.sqrt(self.features) / np.linalg.norm(gradient @ direction)
            first_layer = first_layer + size * gradient
            directions.append(direction)
        fit = fit_head(first_layer, self.activation, self.lam, *head, [])
        if self.head != "retained" or not self.hard_degrees:
            return fit
        kept = self.retained_head(first_layer, directions)
        level = float(projections(first_layer, self.activation, self.hard_direction, (0,))[:, 0] @ kept)
        return TwoLayerFit(first_layer, fit.activation, fit.coefficients + kept, fit.intercept - level)

    def retained_head(self, first_layer: Matrix, directions: Sequence[Vector]) -> Vector:
        """The least second layer that computes the retained polynomials, and none along the other directions.

        The network's polynomials of one direction are not orthogonal to those of another, as vectors over the
        neurons: both are even where the degree is even. Without the constraint the head would also
        compute polynomials of the step's direction.
        """
        degrees = tuple(range(1, max(self.hard_degrees) + 1))
        computed = [projections(first_layer, self.activation, each, degrees) for each in directions]
        wanted = np.zeros((len(directions), len(degrees)))
        wanted[0, [degree - 1 for degree in self.hard_degrees]] = self.retained
        return np.asarray(np.linalg.pinv(np.column_stack(computed).T, rcond=1e-3) @ wanted.ravel())


def _network(learner: TwoLayer, world: FiniteMultiIndex) -> TwoLayerEstimator:
    width = plain_number("width", learner.width)
    if not 0.5 <= width * world.dim < np.inf:
        raise ValueError(f"width = {width:g} gives no finite number of neurons at dim = {world.dim}")
    for name in ("gamma", "gamma_step", "quality"):  # also where they play no part
        plain_number(name, getattr(learner, name))
    if learner.step_exponent is not None:
        plain_number("step_exponent", learner.step_exponent)
    rows = "gamma_probe" if learner.head == "probe" else "gamma"
    quality = plain_number("quality", learner.quality)
    hard = [plain_number("hard", world.world.hard.coefficient(k)) for k in learner.hard_spikes]
    common: dict[str, Any] = {
        "source": world.source,
        "samples": world.rows_of(rows, getattr(learner, rows)),
        "lam": plain_number("lam", learner.lam),
        "noise": plain_number("noise", learner.noise),
        "truth": 0.0,
        "features": round(width * world.dim),
        "activation": activation_of(learner.activation, 0.0, 1.0) or np.asarray,
        "step_samples": world.rows_of("gamma_step", learner.gamma_step) if learner.spikes else 0,
        "degrees": learner.spikes,
        "hard_direction": world.source.hard_direction,
        "hard_degrees": learner.hard_spikes,
        "head": learner.head,
        "retained": quality * np.array(hard),
    }
    if world.network == "ideal":
        return IdealTwoLayer(**common)
    return RealTwoLayer(
        **common,
        derivative=derivative_of(learner.activation),
        spread=step_spread(learner, world.dim),
        hard_spread=hard_spread(learner, world.dim),
    )


@estimator.register
def _(learner: TwoLayer, world: Any) -> Estimator:
    if world.network is None:
        raise ValueError(f"TwoLayer networks learn in a MultiIndex world, got {world.world!r}")
    return _network(learner, world)
