"""How far an actual network's neurons move: the steps that a `TwoLayer` stands for, at a finite dimension.

Simulation moves neurons so, and `questions.finite_spikes` says what follows.
"""

from __future__ import annotations

from .two_layer import TwoLayer

__all__ = ["hard_spread", "step_exponent", "step_spread"]

STEP = 2.0
"""Neurons move by `2 n^(alpha - 1/2)`, so that spikes clear the bulk at d in the hundreds."""


def step_exponent(degree: int, given: float | None = None) -> float:
    """The exponent alpha of a step that captures a degree: three quarters through its interval, or as given.

    >>> step_exponent(1), step_exponent(2)
    (0.1875, 0.3125)
    """
    if given is not None:
        return given
    low, high = (degree - 1) / (2 * degree), degree / (2 * degree + 2)
    return low + 0.75 * (high - low)


def step_spread(learner: TwoLayer, dim: int) -> float:
    """How far a neuron moves along v, root mean square: `2 n^(alpha - 1/2)`, n the rows of the step."""
    if not learner.spikes:
        return 0.0
    return _spread(step_exponent(learner.degree or 1, learner.step_exponent), learner, dim)


def hard_spread(learner: TwoLayer, dim: int) -> float:
    """The same along the hard direction, of a pre-training step on as many rows."""
    return _spread(step_exponent(learner.hard_degree), learner, dim) if learner.hard_spikes else 0.0


def _spread(alpha: float, learner: TwoLayer, dim: int) -> float:
    samples = dim / float(learner.gamma_step)
    return float(STEP * samples ** (alpha - 0.5))
