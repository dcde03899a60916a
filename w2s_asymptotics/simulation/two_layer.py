"""Two-layer learners fitted from their definition: a gradient step on the first layer, ridge on the second.

Two versions of what the step does to the features:

* `IdealStage`: the features of the initial first layer, and beside them, unpenalised, the polynomials
  `He_k(<v, x>)` that a diverging step leaves behind, `v` along `X'y/n` of centred labels; for a pre-trained
  learner also `He_k(<b_h, x>)`. This is what the asymptotic theory speaks of, at a finite dimension.
* `NetworkStage`: an actual network. The first layer moves by the actual gradient of the squared loss at
  small output; what was pre-trained is a change `u_h b_h'` of the first layer made before that. Its
  features are what it computes, all penalised alike.

Every fit of a second layer has an intercept. Three heads: fitted to the labels ("labels"); that, with the
hard features set to the coefficients they were pre-trained to ("retained"); fitted to true labels ("probe").
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from .data import Matrix, Source, Vector
from .fit import Penalty, fit_ridge
from .learned import Activation, Fit
from .run import Stage

__all__ = ["DERIVATIVES", "IdealStage", "NetworkStage", "TwoLayerFit", "TwoLayerStage", "derivative_of"]


@dataclass(frozen=True)
class Spikes:
    """The polynomial `sum_k coefficients_k He_(degrees_k)(<direction, x>)`."""

    direction: Vector
    degrees: tuple[int, ...]
    coefficients: Vector

    def columns(self, rows: Matrix) -> Matrix:
        """The polynomials of rows `(n, d)`, one column per degree."""
        highest = max(self.degrees, default=0)
        return _hermite(rows @ self.direction, highest)[:, list(self.degrees)]


@dataclass(frozen=True)
class TwoLayerFit:
    """The function `<phi(W x), a> + intercept`, and explicit polynomials beside it if any."""

    first_layer: Matrix
    activation: Activation
    coefficients: Vector
    intercept: float
    spikes: tuple[Spikes, ...] = ()

    def predict(self, rows: Matrix) -> Vector:
        """Labels of rows `(n, d)`."""
        labels = self.activation(rows @ self.first_layer.T) @ self.coefficients + self.intercept
        for each in self.spikes:
            labels = labels + each.columns(rows) @ each.coefficients
        return np.asarray(labels)

    def risks(self, source: Source, rng: np.random.Generator) -> tuple[float, float]:
        """Excess risk and test risk over fresh rows."""
        return source.risks_of(self.predict, rng)


@dataclass(frozen=True)
class TwoLayerStage(Stage):
    """A two-layer learner in plain numbers; `samples` are the rows of its head.

    Attributes
    ----------
    features, activation
        Width of the first layer, and what it computes.
    step_samples
        Rows of the gradient step; no step is taken if `degrees` is empty.
    degrees, hard_degrees
        Degrees of the polynomials along the step's direction, and along `hard_direction`.
    head, retained
        "labels", "retained" or "probe"; and the coefficients of `hard_degrees` that "retained" keeps.
    """

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

    def trained(
        self,
        first_layer: Matrix,
        step: tuple[Matrix, Vector] | None,
        head: tuple[Matrix, Vector],
        rng: np.random.Generator,
    ) -> TwoLayerFit:
        """Train a network of this initial first layer on rows and labels of the step and of the head."""
        raise NotImplementedError


class IdealStage(TwoLayerStage):
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
class NetworkStage(TwoLayerStage):
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


def _hermite(values: Vector, highest: int) -> Matrix:
    """The polynomials `He_0, ..., He_highest` of values `(n,)`, one column each."""
    return np.asarray(np.polynomial.hermite_e.hermevander(values, highest), dtype=np.float64)


def direction_of(rows: Matrix, labels: Vector) -> Vector:
    """The unit vector along `X'y/n`, of centred labels."""
    mean = rows.T @ (labels - labels.mean())
    return np.asarray(mean / np.linalg.norm(mean))


def fit_head(
    first_layer: Matrix,
    activation: Activation,
    lam: float,
    rows: Matrix,
    labels: Vector,
    spikes: Sequence[Spikes],
) -> TwoLayerFit:
    """Ridge on the features `sqrt(d/p) phi(W x)`; an intercept and the given polynomials without penalty.

    >>> rng = np.random.default_rng(0)
    >>> rows, first_layer = rng.standard_normal((30, 4)), rng.standard_normal((8, 4))
    >>> squares = Spikes(np.eye(4)[0], (2,), np.zeros(1))
    >>> fit = fit_head(first_layer, np.tanh, 0.1, rows, rows[:, 0] ** 2, [squares])
    >>> bool(np.allclose(fit.predict(rows), rows[:, 0] ** 2)), fit.spikes[0].coefficients.round(9)
    (True, array([1.]))
    """
    scale = math.sqrt(rows.shape[1] / len(first_layer))
    features = scale * activation(rows @ first_layer.T)
    free = np.column_stack([np.ones(len(rows)), *(each.columns(rows) for each in spikes)])
    basis = np.linalg.qr(free)[0]
    left = features - basis @ (basis.T @ features)
    coefficients = fit_ridge(left, labels - basis @ (basis.T @ labels), lam, Penalty.of(None))
    intercept, *rest = np.linalg.lstsq(free, labels - features @ coefficients, rcond=None)[0]
    fitted, place = [], 0
    for each in spikes:
        count = len(each.degrees)
        fitted.append(Spikes(each.direction, each.degrees, np.array(rest[place : place + count])))
        place += count
    return TwoLayerFit(first_layer, activation, scale * coefficients, float(intercept), tuple(fitted))


_NODES = np.linspace(-9.0, 9.0, 1201)  # 0 is one, where activations have their kink
_WEIGHTS = np.exp(-(_NODES**2) / 2) / np.exp(-(_NODES**2) / 2).sum()


def projections(
    first_layer: Matrix, activation: Activation, direction: Vector, degrees: Sequence[int]
) -> Matrix:
    """The coefficient of `He_k(<direction, x>)` in `phi(<w_j, x>)`: `(p, len(degrees))`.

    By the trapezoidal rule over `z = <w_j, x>/|w_j|`, given which `He_k(<direction, x>)` has mean
    `(<direction, w_j>/|w_j|)^k He_k(z)`.

    >>> layer = np.array([[2.0, 0.0], [0.0, 1.0]])
    >>> projections(layer, np.square, np.array([1.0, 0.0]), (0, 1, 2)).round(9) + 0.0
    array([[4., 0., 4.],
           [1., 0., 0.]])
    """
    norms = np.linalg.norm(first_layer, axis=1)
    values = activation(np.outer(norms, _NODES)) * _WEIGHTS
    along = (first_layer @ direction) / norms
    hermite = _hermite(_NODES, max(degrees))
    columns = [along**degree * (values @ hermite[:, degree]) / math.factorial(degree) for degree in degrees]
    return np.column_stack(columns)


DERIVATIVES: dict[str, Callable[[Matrix], Matrix]] = {
    "linear": np.ones_like,
    "relu": lambda z: np.heaviside(z, 0.5),
    "erf": lambda z: 2.0 / math.sqrt(math.pi) * np.exp(-(z**2)),
    "tanh": lambda z: 1.0 - np.tanh(z) ** 2,
    "sigmoid": lambda z: 0.25 - 0.25 * np.tanh(z / 2.0) ** 2,
    "softplus": lambda z: 0.5 + 0.5 * np.tanh(z / 2.0),
}


def derivative_of(name: str) -> Activation:
    """The derivative of an activation; `ValueError` for one that has none to take a gradient step by."""
    if name not in DERIVATIVES:
        known = ", ".join(DERIVATIVES)
        raise ValueError(f"a real network needs an activation with a derivative ({known}), got {name!r}")
    return DERIVATIVES[name]
