"""The state of two-layer networks, and how far their functions are from a multi-index target.

Networks keep a state of their own: besides a linear part with a Gaussian energy, a direction and the Hermite
features of that direction.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ..arithmetic import HIGH, Namespace
from ..worlds import MultiIndex
from ..worlds.links import Link
from .equivalent import GaussianEquivalent

__all__ = ["MultiIndexSpectrum", "TwoLayerEquivalent", "spike_error", "spike_loss"]


@dataclass(frozen=True, eq=False)
class TwoLayerEquivalent(GaussianEquivalent):
    """What a function of the multi-index world amounts to: a Gaussian equivalent, features of a direction.

    The linear part of the function is `multiplier * c b_e + Gaussian`, of energy `covariance`, as everywhere;
    c is the first coefficient of the easy link. Beyond it the function has `He_k(<v, x>)` for the `captured`
    degrees, with coefficients `c_k path^k`, a share of each degree of the hard link, and a `nonlinear` rest.
    Every field is carried as a sum of nonnegative terms (signs as for c > 0).

    Attributes
    ----------
    direction, off
        `<v, b_e>` and `1 - <v, b_e>^2`.
    along, aside
        `<l, v>` of the linear part l, and `|l|^2 - <l, v>^2`.
    path
        The product of the overlaps of successive directions, from b_e to v.
    gap, apart
        `direction - path`, and `multiplier c - path along`, from which the next gap follows.
    captured
        Degrees `k >= 2` of the easy link that are still there; None for all of them (the truth).
    hard
        By degree, the share of the hard link's coefficient that is there; None for all of it.
    infinite
        Whether the function's energy is infinite; the other fields are then limits of a vanishing penalty.
    """

    direction: Any = 1.0
    off: Any = 0.0
    along: Any = 0.0
    aside: Any = 0.0
    path: Any = 1.0
    gap: Any = 0.0
    apart: Any = 0.0
    captured: tuple[int, ...] | None = None
    hard: tuple[tuple[int, Any], ...] | None = None
    infinite: Any = False


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


class MultiIndexSpectrum:
    """The multi-index world, as networks are told of it: what their functions err, part by part."""

    labels: Any = None

    def __init__(self, world: MultiIndex, xp: Namespace) -> None:
        self.xp = xp
        self.easy, self.hard = _Energies(world.easy, xp), _Energies(world.hard, xp)
        slope = self.easy.coefficient(1)
        self.strength, self._sign = abs(slope), (1 if slope > 0 else -1)
        self.noise = xp.convert(world.noise)
        one, none = xp.convert(1.0), xp.convert(0.0)
        self._target = TwoLayerEquivalent(
            multiplier=one, bias=none, covariance=none, nonlinear=none,
            direction=one, off=none, along=self.strength, aside=none, path=one, gap=none, apart=none,
        )  # fmt: skip

    def target(self) -> TwoLayerEquivalent:
        """The truth."""
        return self._target

    def number(self, value: Any) -> Any:
        """A number or an array of numbers, converted."""
        return self.xp.convert(value)

    def linear(self, state: TwoLayerEquivalent) -> Any:
        """The energy `|l|^2` of the linear part."""
        signal = state.multiplier * self.strength
        return signal * signal + state.covariance

    def beyond_linear(self, state: TwoLayerEquivalent) -> Any:
        """The energy of everything but the linear part."""
        return state.nonlinear + self.spiked(state, ()) + self.hard_energy(state, ())

    def spiked(self, state: TwoLayerEquivalent, without: tuple[int, ...]) -> Any:
        """The energy of the easy link's degrees from 2 on in a function, but for some."""
        if state.captured is None:
            return self.easy.beyond((1, *without))
        left = (k for k in state.captured if k not in without)
        return sum((self.easy.of(k) * state.path ** (2 * k) for k in left), self.xp.convert(0.0))

    def hard_energy(self, state: TwoLayerEquivalent, without: tuple[int, ...]) -> Any:
        """The energy of the hard link in a function, but for some degrees."""
        if state.hard is None:
            return self.hard.beyond(without)
        left = ((k, share) for k, share in state.hard if k not in without)
        return sum((share * share * self.hard.of(k) for k, share in left), self.xp.convert(0.0))

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

    def shown(self, learned: GaussianEquivalent) -> GaussianEquivalent:
        """The equivalent as users see it."""
        return learned

    def overlap(self, learned: TwoLayerEquivalent) -> Any:
        """`<l, c b_e>`: the overlap of the function's linear part with the target's."""
        return learned.multiplier * self.strength * self.strength

    def norm(self, learned: TwoLayerEquivalent) -> Any:
        """`|l|^2`."""
        return self.linear(learned)

    def direction(self, learned: TwoLayerEquivalent) -> Any:
        """`<v, b_e>`, with the sign of the easy link's first coefficient."""
        return self._sign * learned.direction


def spike_loss(cosine: Any, turned: Any, degree: int) -> Any:
    """`1 - cosine^(2 degree)`: the share of the energy of `He_k(<v, x>)` that `He_k(<v', x>)` misses."""
    square = cosine * cosine
    total = 0 * square
    for _ in range(degree):
        total = 1 + square * total
    return turned * total


def spike_error(direction: Any, off: Any, path: Any, gap: Any, degree: int) -> Any:
    """`1 - 2 path^k direction^k + path^(2k)`: how `path^k He_k(<v, x>)` misses `He_k(<b_e, x>)`, / k!."""
    total, power = 0 * gap, 1 + 0 * direction
    for _ in range(degree):
        total = total * path + power
        power = power * direction
    behind = gap * total
    return spike_loss(direction, off, degree) + behind * behind
