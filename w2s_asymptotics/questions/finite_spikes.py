"""Risks of actual two-layer networks at a finite dimension: a prediction closer to them than the limit.

At dimension d the spikes of a network have finite strength, which grows like a small power of d. The map of a
network with such spikes is that of the limit with each spike learned to the degree that its strength allows
(the derivation named "finite_spikes"), and with every Hermite degree of the features present, captured or
not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from ..learners import TwoLayer
from ..learners.finite_spikes import Beside, Layer, Spike, beside_spikes, network_layer
from ..learners.hermite import reaches
from ..learners.network import hard_spread, step_spread
from ..worlds import MultiIndex
from ..worlds.named_links import named
from .chain import check_chain

__all__ = ["finite_spike_risks"]


@dataclass(frozen=True)
class _Function:
    """A function of the multi-index world, in plain numbers: `overlap = <l, b_e>`, `along = <l, v>`.

    `easy` has the coefficients of `He_k(<v, x>)`, `hard` those of `He_k(<b_h, x>)`, for k >= 2.
    """

    overlap: float
    norm: float
    along: float
    direction: float
    easy: dict[int, float]
    hard: dict[int, float]
    nonlinear: float = 0.0
    spiked: float = field(init=False)

    def __post_init__(self) -> None:
        parts = (*self.easy.items(), *self.hard.items())
        object.__setattr__(self, "spiked", sum(math.factorial(k) * each**2 for k, each in parts))

    @property
    def energy(self) -> float:
        """The mean square."""
        return self.norm + self.spiked + self.nonlinear


def finite_spike_risks(
    world: MultiIndex, *learners: TwoLayer, dim: float, degrees: int = 12
) -> tuple[float, ...]:
    """Predict the risks of a chain of networks at dimension `dim`, as `simulate(network="real")` trains them.

    An approximation between the limit, which it tends to, and the network: the spikes have the strength that
    they have at this dimension, everything else is as in the limit. Neurons that differ in length are
    averaged.

    Parameters
    ----------
    world, *learners
        A `MultiIndex` and `TwoLayer` records, as for `risks`; single numbers only.
    dim
        Dimension d; `d/gamma_step` rows make the step, whose size `learners.network` states.
    degrees
        Hermite degrees that the features are resolved into, at least those that the learners capture. Where
        neurons move far, as for `degree=3` at d in the hundreds, many degrees are felt.

    Returns
    -------
    tuple of float
        Excess risks, in the order of the learners.

    Raises
    ------
    ValueError
        For a chain that `risks` refuses, an array or a symbol, or `degrees` too few.

    Examples
    --------
    >>> from w2s_asymptotics import MultiIndex, TwoLayer, risks
    >>> world = MultiIndex(easy=[1.0], hard=[0.0, 0.5], noise=0.2)
    >>> teacher = TwoLayer(gamma_step=0.5, gamma=0.5, width=2.0, lam=0.05)
    >>> near, far = (finite_spike_risks(world, teacher, dim=dim)[0] for dim in (400, 10**40))
    >>> bool(near > far), bool(abs(far / risks(world, teacher)[0] - 1) < 1e-9)
    (True, True)
    """
    check_chain(world, learners)
    for learner in learners:
        _check(learner, degrees)
    easy, hard = (
        {k: float(link.coefficient(k)) for k in range(2, degrees + 1) if not link.vanishes(k)}
        for link in (world.easy, world.hard)
    )
    slope = float(world.easy.coefficient(1))
    truth = _Function(slope, slope**2, slope, 1.0, easy, hard)
    beyond = max(float(world.energy) - truth.energy, 0.0)
    truth = replace(truth, nonlinear=beyond)
    state, noise, found = truth, float(world.noise), []
    for place, learner in enumerate(learners):
        added = float(learner.noise) + (noise if place == 0 else 0.0)
        state = _learned(learner, state, added, truth, noise, float(dim), degrees)
        found.append(_risk(state, truth))
    return tuple(found)


def _check(learner: TwoLayer, degrees: int) -> None:
    if not learner.directed:
        raise ValueError(f"finite_spike_risks takes TwoLayer learners, got {learner!r}")
    for name in ("gamma_step", "gamma", "width", "lam", "quality", "noise", "gamma_probe"):
        value = getattr(learner, name)
        if value is not None and not isinstance(value, float):
            raise ValueError(f"finite_spike_risks takes single numbers, got {name} = {value!r}")
    if not learner.gamma_step > 0:
        raise ValueError(f"finite_spike_risks needs a gamma_step above 0, got {learner.gamma_step:g}")
    most = max((0, *learner.spikes, *learner.hard_spikes))
    if degrees < most:
        raise ValueError(f"degrees must be at least {most}, which {learner!r} captures, got {degrees}")


def _learned(
    learner: TwoLayer, labels: _Function, noise: float, truth: _Function, own: float, dim: float, degrees: int
) -> _Function:
    """The function that a network learns from labels with this noise; `own` is the noise of true labels."""
    stepped = bool(learner.spikes)
    length = math.sqrt(labels.norm + learner.gamma_step * (labels.energy + noise))
    direction, turn, along = labels.overlap / length, labels.along / length, labels.norm / length
    gamma = learner.gamma
    if learner.head == "probe":
        labels, noise, gamma = truth, own, float(learner.gamma_probe)
        turn, along = direction, truth.overlap * direction
    if not stepped:
        direction = turn = along = 0.0
    layer = network_layer(
        named(learner.activation, "TwoLayer.activation"),
        partial(reaches, learner.activation),
        dim,
        step_spread(learner, int(dim)) if stepped else None,
        hard_spread(learner, int(dim)) if learner.hard_spikes else None,
        degrees,
    )
    targets = np.array([_target(labels, spike, turn, along) for spike in layer.spikes])
    left = max(labels.norm - along**2, 0.0)
    unexplained = max(labels.energy + noise - left - float(targets @ targets), 0.0)
    fit = beside_spikes(layer, targets, learner.lam, gamma, learner.width, left, unexplained)
    spikes, linear, nonlinear = targets - fit.left, fit.linear, fit.nonlinear
    if learner.head == "retained":
        held, more = _held(learner, layer, fit, truth)
        spikes, linear, nonlinear = spikes + held, linear + more[0], nonlinear + more[1]
    learned = dict(zip(layer.spikes, spikes.tolist(), strict=True))
    easy_along, hard_along = learned.pop((1, 0), 0.0), learned.pop((0, 1), 0.0)
    easy = {a: value / math.sqrt(math.factorial(a)) for (a, b), value in learned.items() if not b}
    hard = {b: value / math.sqrt(math.factorial(b)) for (a, b), value in learned.items() if not a}
    mixed = sum(value**2 for (a, b), value in learned.items() if a and b)
    return _Function(
        easy_along * direction + fit.kept * (labels.overlap - along * direction),
        easy_along**2 + hard_along**2 + linear,
        easy_along,
        direction,
        easy,
        hard,
        nonlinear + mixed,
    )


def _target(labels: _Function, spike: Spike, turn: float, along: float) -> float:
    """The coefficient of the labels on a spike of unit variance."""
    a, b = spike
    if a and b:
        return 0.0
    if spike == (1, 0):
        return along
    value = labels.easy.get(a, 0.0) * turn**a if a else labels.hard.get(b, 0.0)
    return math.sqrt(math.factorial(a + b)) * value


def _held(learner: TwoLayer, layer: Layer, fit: Beside, truth: _Function) -> tuple[Any, tuple[float, float]]:
    """What the retained head computes: the least one with these coefficients, and none along v."""
    held = [
        place for place, (a, b) in enumerate(layer.spikes) if not (a and b) and a + b <= learner.hard_degree
    ]
    wanted = np.array(
        [
            learner.quality * math.sqrt(math.factorial(b)) * truth.hard.get(b, 0.0) if b > 1 else 0.0
            for _, b in (layer.spikes[place] for place in held)
        ]
    )
    head = np.zeros(len(layer.spikes))
    scale = 1 / np.sqrt(np.diag(layer.gram)[held])  # strengths differ by powers of the dimension
    head[held] = scale * np.linalg.solve(
        scale[:, None] * layer.gram[np.ix_(held, held)] * scale, scale * wanted
    )
    computed = layer.gram @ head
    computed[held] = wanted
    own, crossed = float(head @ computed), float(computed @ fit.left)
    linear, nonlinear = (each[0] * own + each[1] * crossed for each in (fit.held_linear, fit.held_nonlinear))
    return computed, (linear, nonlinear)


def _risk(learned: _Function, truth: _Function) -> float:
    """Excess risk against the whole target."""
    total = (
        truth.norm - 2 * truth.overlap * learned.overlap + learned.norm + learned.nonlinear + truth.nonlinear
    )
    for k in {*truth.easy, *learned.easy}:
        value, size = learned.easy.get(k, 0.0), learned.direction**k
        gap = truth.easy.get(k, 0.0) - value * size
        total += math.factorial(k) * (gap**2 + value**2 * (1 - size**2))
    for k in {*truth.hard, *learned.hard}:
        total += math.factorial(k) * (truth.hard.get(k, 0.0) - learned.hard.get(k, 0.0)) ** 2
    return total
