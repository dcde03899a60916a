"""The map of two-layer networks in the multi-index world, on numbers and arrays.

One map serves teachers, students and chains of any length: it turns the equivalent of what labels the data
into that of what is learned. The bulk of the features is `RandomFeatures` in an isotropic world whose target
is the part of the labels' linear part that the spikes do not hold, and whose noise is whatever the features
cannot explain.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from ..arithmetic import HIGH, Namespace
from ..learners import RandomFeatures, TwoLayer, TwoLayerEquivalent
from ..spectrum.two_layer_kernels import gradient_step, spike_error, spike_loss, two_layer_head
from ..worlds import MultiIndex
from ..worlds.links import Link
from .combined import one_atom_features

__all__ = ["MultiIndexGeometry"]


class _Energies:
    """The energies of a link by degree, in the numbers of a namespace."""

    def __init__(self, link: Link, xp: Namespace) -> None:
        self._link, self._xp = link, xp
        self._known: dict[int, Any] = {}

    def coefficient(self, degree: int) -> Any:
        """`c_k`."""
        exact = self._xp is HIGH
        return self._link.precise(degree) if exact else self._xp.convert(self._link.coefficient(degree))

    def of(self, degree: int) -> Any:
        """`k! c_k^2`."""
        if degree not in self._known:
            value = self.coefficient(degree)
            self._known[degree] = math.factorial(degree) * value * value
        return self._known[degree]

    def beyond(self, degrees: tuple[int, ...]) -> Any:
        """The energy of every other degree."""
        if self._link.finite:
            others = (k for k in range(1, self._link.degree + 1) if k not in degrees)
            return sum((self.of(k) for k in others), self._xp.convert(0.0))
        total = self._link.precise_energy() if self._xp is HIGH else self._xp.convert(self._link.energy)
        return self._xp.positive_part(total - sum(self.of(k) for k in degrees))


class MultiIndexGeometry:
    """The form that the map of equivalents takes in the multi-index world."""

    def __init__(self, world: MultiIndex, xp: Namespace) -> None:
        self.xp = xp
        self.easy, self.hard = _Energies(world.easy, xp), _Energies(world.hard, xp)
        slope = self.easy.coefficient(1)
        self.strength, self._sign = abs(slope), (1 if slope > 0 else -1)
        self._noise = xp.convert(world.noise)
        one, none = xp.convert(1.0), xp.convert(0.0)
        self._target = TwoLayerEquivalent(
            multiplier=one, bias=none, covariance=none, nonlinear=none,
            direction=one, off=none, along=self.strength, aside=none, path=one, gap=none, apart=none,
        )  # fmt: skip

    def target(self) -> TwoLayerEquivalent:
        """The truth."""
        return self._target

    def noise(self) -> Any:
        """The noise variance of true labels."""
        return self._noise

    def scalar(self, value: Any) -> Any:
        """A number or an array of numbers, converted."""
        return self.xp.convert(value)

    def two_layer(self, learner: TwoLayer, labels: TwoLayerEquivalent, noise: Any) -> TwoLayerEquivalent:
        """The equivalent of a network trained on labels that have the equivalent `labels` plus `noise`.

        Where its risk is infinite (without penalty, at the interpolation threshold) the equivalent is the
        limit of a vanishing penalty, so that what a later learner takes from it has its limit, too.
        """
        lam = self.scalar(learner.lam)
        learned = self._learned(learner, labels, noise, lam)
        size = learned.covariance + learned.nonlinear
        if (size < math.inf).all() if hasattr(size, "all") else size < math.inf:
            return learned
        infinite = ~(size < math.inf)
        tiny = self.scalar(self.xp.epsilon) ** 4
        learned = self._learned(learner, labels, noise, self.xp.where(infinite & (lam == 0), tiny, lam))
        return replace(learned, infinite=learned.infinite | infinite)

    def _learned(
        self, learner: TwoLayer, labels: TwoLayerEquivalent, noise: Any, lam: Any
    ) -> TwoLayerEquivalent:
        xp, probe = self.xp, learner.head == "probe"
        linear, step = self._linear(labels), self.scalar(learner.gamma_step)
        energy = noise + linear + self._beyond_linear(labels)
        tau, left, direction, off, cosine, turned, gap = gradient_step(
            self.strength, labels.multiplier, labels.covariance, labels.along, labels.aside, labels.apart,
            energy, step, xp,
        )  # fmt: skip
        silent = linear + xp.product(step, energy) == 0  # no labels to speak of: a random direction
        if xp.any(silent):
            tau, direction, cosine, gap = (
                xp.where(silent, 0 * linear, value) for value in (tau, direction, cosine, gap)
            )
        gamma, source = learner.gamma, labels
        if probe:  # the second layer sees the truth, of which the new direction is all that was learned
            gamma, source, noise = learner.gamma_probe, self._target, self._noise
            tau, left, cosine, turned, gap = direction * direction, off, direction, off, 0 * gap
        if 1 not in learner.spikes:
            tau, left = 0 * tau, 1 + 0 * left
        captured = tuple(k for k in learner.spikes if k > 1 and _has(source, k))
        unexplained = noise + source.nonlinear + self._missed(learner, source, captured, cosine, turned)
        features = RandomFeatures(gamma=gamma, width=learner.width, lam=lam, activation=learner.activation)
        kept, lost, added, nonlinear = one_atom_features(
            features, left * self._linear(source), unexplained, xp
        )
        multiplier, bias, covariance, along, aside, apart = two_layer_head(
            kept, lost, added, self.strength, source.multiplier, source.bias, source.covariance, source.apart,
            tau, left, xp,
        )  # fmt: skip
        return TwoLayerEquivalent(
            multiplier=multiplier, bias=bias, covariance=covariance, nonlinear=nonlinear,
            direction=direction, off=off, along=along, aside=aside,
            path=source.path * cosine, gap=gap, apart=apart,
            captured=captured, hard=self._hard_head(learner, source), infinite=source.infinite,
        )  # fmt: skip

    def _linear(self, state: TwoLayerEquivalent) -> Any:
        """`|l|^2`."""
        signal = state.multiplier * self.strength
        return signal * signal + state.covariance

    def _beyond_linear(self, state: TwoLayerEquivalent) -> Any:
        """The energy of everything but the linear part."""
        return state.nonlinear + self._spiked(state, ()) + self._hard_energy(state, ())

    def _missed(
        self,
        learner: TwoLayer,
        source: TwoLayerEquivalent,
        captured: tuple[int, ...],
        cosine: Any,
        turned: Any,
    ) -> Any:
        """The energy of the labels' Hermite parts that the spikes do not hold: it acts as label noise."""
        total = self._spiked(source, captured)
        for k in captured:
            total = total + self.easy.of(k) * source.path ** (2 * k) * spike_loss(cosine, turned, k)
        return total + self._hard_energy(source, () if learner.head == "retained" else learner.hard_spikes)

    def _spiked(self, state: TwoLayerEquivalent, without: tuple[int, ...]) -> Any:
        """The energy of the easy link's degrees from 2 on in a function, but for some."""
        if state.captured is None:
            return self.easy.beyond((1, *without))
        left = (k for k in state.captured if k not in without)
        return sum((self.easy.of(k) * state.path ** (2 * k) for k in left), self.xp.convert(0.0))

    def _hard_energy(self, state: TwoLayerEquivalent, without: tuple[int, ...]) -> Any:
        """The energy of the hard link in a function, but for some degrees."""
        if state.hard is None:
            return self.hard.beyond(without)
        left = ((k, share) for k, share in state.hard if k not in without)
        return sum((share * share * self.hard.of(k) for k, share in left), self.xp.convert(0.0))

    def _hard_head(self, learner: TwoLayer, source: TwoLayerEquivalent) -> tuple[tuple[int, Any], ...]:
        if learner.head == "retained":
            quality = self.scalar(learner.quality)
            return tuple((k, quality) for k in learner.hard_spikes)
        known = None if source.hard is None else dict(source.hard)
        return tuple(
            (k, self.xp.convert(1.0) if known is None else known[k])
            for k in learner.hard_spikes
            if known is None or k in known
        )

    def parts(self, state: TwoLayerEquivalent) -> tuple[Any, Any]:
        """The excess risk on the easy part of the target, noise included, and on the hard part."""
        easy, hard = self._linear_error(state), self.xp.convert(0.0)
        if state.captured is not None:
            easy = easy + self.easy.beyond((1, *state.captured))
            for k in state.captured:
                easy = easy + self._easy_error(state, k)
        if state.hard is not None:
            hard = hard + self.hard.beyond(tuple(k for k, _ in state.hard))
            for k, share in state.hard:
                hard = hard + self.hard.of(k) * (1 - share) ** 2
        return self.xp.where(state.infinite, math.inf, easy) if self.xp.any(state.infinite) else easy, hard

    def _linear_error(self, state: TwoLayerEquivalent) -> Any:
        """The error of the linear part, and the nonlinear energy."""
        lost = state.bias * self.strength
        return lost * lost + state.covariance + state.nonlinear

    def _easy_error(self, state: TwoLayerEquivalent, k: int) -> Any:
        """The error of a learned function on a degree of the easy link from 2 on."""
        if k not in (state.captured or ()):
            return self.easy.of(k)
        return self.easy.of(k) * spike_error(state.direction, state.off, state.path, state.gap, k)

    def gains(self, weak: TwoLayerEquivalent, strong: TwoLayerEquivalent) -> tuple[Any, Any, Any]:
        """How much less the second of two learned functions errs: the gain, part by part.

        On the linear part, noise and nonlinear energy included; on the other degrees of the easy link; on the
        hard link. What both miss alike does not enter. Of infinite functions, the gain of their limits.
        """
        missed = (weak.bias - strong.bias) * (weak.bias + strong.bias) * self.strength**2
        linear = missed + (weak.covariance - strong.covariance) + (weak.nonlinear - strong.nonlinear)
        curved = self.xp.convert(0.0)
        for k in sorted({*(weak.captured or ()), *(strong.captured or ())}):
            curved = curved + (self._easy_error(weak, k) - self._easy_error(strong, k))
        of_weak, of_strong = dict(weak.hard or ()), dict(strong.hard or ())
        hard, none = self.xp.convert(0.0), self.xp.convert(0.0)
        for k in sorted({*of_weak, *of_strong}):
            before, after = of_weak.get(k, none), of_strong.get(k, none)
            hard = hard + self.hard.of(k) * (after - before) * ((1 - after) + (1 - before))
        return linear, curved, hard

    def held(self, state: TwoLayerEquivalent) -> Any:
        """The energy of the degrees of the hard link that a learned function has features for."""
        return sum((self.hard.of(k) for k, _ in state.hard or ()), self.xp.convert(0.0))

    def risk(self, learned: TwoLayerEquivalent) -> Any:
        """Excess risk against the whole target."""
        easy, hard = self.parts(learned)
        return easy + hard

    def overlap(self, learned: TwoLayerEquivalent) -> Any:
        """`<l, c b_e>`: the overlap of the function's linear part with the target's."""
        return learned.multiplier * self.strength * self.strength

    def norm(self, learned: TwoLayerEquivalent) -> Any:
        """`|l|^2`."""
        return self._linear(learned)

    def direction(self, learned: TwoLayerEquivalent) -> Any:
        """`<v, b_e>`, with the sign of the easy link's first coefficient."""
        return self._sign * learned.direction


def _has(state: TwoLayerEquivalent, degree: int) -> bool:
    return state.captured is None or degree in state.captured
