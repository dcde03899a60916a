"""Two-layer networks: one gradient step on the first layer, ridge on the second.

`p = width d` neurons, `w_j ~ N(0, I/d)`. A full-batch gradient step of size `n^alpha` from small output adds
a rank one term along `v`, the normalised correlation of labels and rows. Its strength diverges, so that the
features `He_k(<v, x>)` of low degree become spikes that the penalty of the second layer does not see; what is
left of the features is a random-feature bulk (`RandomFeatures`). A pre-trained first layer carries such
spikes along the hard direction, too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from ..kinds import Optional, Quantity, given
from ..notation import QUANTITIES, check
from ..spectrum.layouts import OneAtom
from ..spectrum.multi_index import MultiIndexSpectrum, TwoLayerEquivalent, spike_loss
from .hermite import check_activation, reaches
from .learner import Learner
from .random_features import RandomFeatures

__all__ = ["HEADS", "TwoLayer", "gradient_step", "two_layer_head"]

HEADS = ("labels", "retained", "probe")
_MOST_DEGREES = 100


@dataclass(frozen=True, eq=False)
class TwoLayer(Learner):
    """A two-layer network after one gradient step, its second layer fitted by ridge; only with `MultiIndex`.

    Each fit uses fresh rows: `n_step = d/gamma_step` for the gradient step, `n = d/gamma` for the second
    layer.

    Parameters
    ----------
    gamma_step
        `d/n >= 0` of the gradient step; 0 is infinitely many rows, infinity a random direction.
    gamma
        `d/n > 0` of the rows that the second layer is fitted to, labelled like those of the step.
    width
        Neurons per dimension, `p/d > 0`; infinity is the limit of infinitely many.
    lam
        Ridge penalty `>= 0` of the second layer on features `sqrt(d/p) phi(<w_j, x>)`, the scaling of
        `RandomFeatures`; for features of order one this is the penalty `lam width`.
    activation
        Name of phi ("relu", "erf", "gelu", ...; see `learners.hermite.ACTIVATIONS`), or a function of arrays.
    degree
        The highest degree l of the spikes along the learned direction; 0 leaves the first layer as it was
        drawn. A spike of degree k is there only where phi has a k-th Hermite coefficient: an odd phi has
        odd spikes only, "relu" and "softplus" those of degree 1 and even degree (see `spikes`). Default 1.
    hard_degree
        The highest degree of the spikes along the hard direction that the first layer carries from
        pre-training; 0 or 1 for none. Of the degrees from 2 on, those that phi has (see `hard_spikes`).
    head
        "labels": all of the second layer is fitted to the labels. "retained": the hard spikes keep the
        pre-trained coefficients, `quality` times the true ones, and the rest is fitted to the labels (where
        these have a hard part, it acts as noise). "probe": the second layer is fitted to `d/gamma_probe`
        fresh rows with true labels, and only the direction comes from the labels; `gamma` plays no part.
    quality
        In [0, 1], only with `head="retained"`.
    gamma_probe
        `d/n > 0` of the rows with true labels, only with `head="probe"`.
    step_exponent
        Instead of `degree`: the exponent alpha of the step size `n^alpha`, in `((l-1)/(2l), l/(2l+2))` for
        degree l.
    noise
        Variance of noise added to the labels of this learner, of both fits; for the first learner it adds to
        the world's. True labels of a probe have the world's noise alone.

    Examples
    --------
    >>> TwoLayer(gamma_step=0.2, gamma=0.5, width=2.0, lam=0.1, activation="relu", degree=4).spikes
    (1, 2, 4)
    >>> TwoLayer(gamma_step=0.2, gamma=0.5, width=2.0, lam=0.1, step_exponent=0.3).degree
    2
    """

    gamma_step: Any
    gamma: Any
    width: Any
    lam: Quantity = given(None)
    activation: Any = "relu"
    degree: int | None = None
    hard_degree: int = 0
    head: str = "labels"
    quality: Quantity = given(1.0)
    gamma_probe: Optional = given(None)
    step_exponent: float | None = None
    noise: Quantity = given(0.0)
    samples = None
    directed: ClassVar[bool] = True

    def __post_init__(self) -> None:
        needed = ("gamma_step", "gamma", "width", "quality", "noise")
        if self.lam is None:
            self._set("missing", "lam")
        for name in needed if self.missing else (*needed, "lam"):
            self._set(name, check(name, getattr(self, name), "TwoLayer"))
        check_activation(self.activation, "TwoLayer")
        self._set("degree", self._spike_degree())
        self._set("hard_degree", _whole("hard_degree", self.hard_degree))
        if self.head not in HEADS:
            raise ValueError(f"head must be one of {', '.join(HEADS)}, got {self.head!r} (TwoLayer.head)")
        if self.head != "retained" and not (isinstance(self.quality, float) and self.quality == 1.0):
            raise ValueError(
                f'quality belongs to head="retained", got head={self.head!r} '
                f"(TwoLayer.quality: {QUANTITIES['quality'].meaning})"
            )
        if (self.head == "probe") != (self.gamma_probe is not None):
            needs = "needs" if self.head == "probe" else "takes no"
            raise ValueError(
                f"head={self.head!r} {needs} gamma_probe "
                f"(TwoLayer.gamma_probe: {QUANTITIES['gamma_probe'].meaning})"
            )
        if self.head == "probe":
            self._set("gamma_probe", check("gamma_probe", self.gamma_probe, "TwoLayer"))

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    def _spike_degree(self) -> int:
        given = None if self.degree is None else _whole("degree", self.degree)
        if self.step_exponent is None:
            return 1 if given is None else given
        self._set("step_exponent", check("step_exponent", self.step_exponent, "TwoLayer"))
        if not isinstance(self.step_exponent, float):
            raise ValueError(
                f"step_exponent must be a single number, got {self.step_exponent!r} (TwoLayer.step_exponent)"
            )
        found = degree_of_step(self.step_exponent)
        if given not in (None, found):
            raise ValueError(
                f"step_exponent {self.step_exponent:g} makes degree {found}, got degree {given} "
                "(TwoLayer.degree; give one of the two)"
            )
        return found

    @property
    def spikes(self) -> tuple[int, ...]:
        """The degrees of the spikes along the learned direction, those up to `degree` that phi has."""
        return tuple(k for k in range(1, (self.degree or 0) + 1) if reaches(self.activation, k))

    @property
    def hard_spikes(self) -> tuple[int, ...]:
        """The degrees of the spikes along the hard direction, those from 2 to `hard_degree` that phi has."""
        return tuple(k for k in range(2, self.hard_degree + 1) if reaches(self.activation, k))

    def learn(self, teacher: Any, spectrum: MultiIndexSpectrum) -> TwoLayerEquivalent:
        """The state after learning from the labels of a teacher, or from true labels.

        Where its risk is infinite (without penalty, at the interpolation threshold) it is the limit of a
        vanishing penalty, so that what a later learner takes from it has its limit, too.
        """
        own = spectrum.number(self.noise)
        labels: Any = spectrum.target() if teacher is None else teacher
        noise = spectrum.noise + own if teacher is None else own
        lam = spectrum.number(self.lam)
        learned = _learned(self, labels, noise, lam, spectrum)
        size = learned.covariance + learned.nonlinear
        if (size < math.inf).all() if hasattr(size, "all") else size < math.inf:
            return learned
        infinite = ~(size < math.inf)
        tiny = spectrum.number(spectrum.xp.epsilon) ** 4
        lam = spectrum.xp.where(infinite & (lam == 0), tiny, lam)
        learned = _learned(self, labels, noise, lam, spectrum)
        return replace(learned, infinite=learned.infinite | infinite)


def _learned(
    learner: TwoLayer, labels: TwoLayerEquivalent, noise: Any, lam: Any, spectrum: MultiIndexSpectrum
) -> TwoLayerEquivalent:
    """One gradient step, then the head: spikes hold the labels along v, random features fit the rest.

    Of the labels' linear part the share tau lies along the new direction and is kept whole; of the rest,
    `left = 1 - tau`, the bulk keeps S and loses K (`RandomFeatures.fit` on one atom): the multiplier M
    becomes `(tau + left S) M`, the bias grows by `left K M`.
    """
    xp, probe = spectrum.xp, learner.head == "probe"
    linear, step = spectrum.linear(labels), spectrum.number(learner.gamma_step)
    energy = noise + linear + spectrum.beyond_linear(labels)
    tau, left, direction, off, cosine, turned, gap = gradient_step(
        spectrum.strength, labels.multiplier, labels.covariance, labels.along, labels.aside, labels.apart,
        energy, step, xp,
    )  # fmt: skip
    silent = linear + xp.product(step, energy) == 0  # no labels to speak of: a random direction
    if xp.any(silent):
        tau, direction, cosine, gap = (
            xp.where(silent, 0 * linear, value) for value in (tau, direction, cosine, gap)
        )
    gamma, source = learner.gamma, labels
    if probe:  # the second layer sees the truth, of which the new direction is all that was learned
        gamma, source, noise = learner.gamma_probe, spectrum.target(), spectrum.noise
        tau, left, cosine, turned, gap = direction * direction, off, direction, off, 0 * gap
    if 1 not in learner.spikes:
        tau, left = 0 * tau, 1 + 0 * left
    captured = tuple(k for k in learner.spikes if k > 1 and _has(source, k))
    unexplained = noise + source.nonlinear + _missed(learner, source, captured, cosine, turned, spectrum)
    bulk = RandomFeatures(gamma=gamma, width=learner.width, lam=lam, activation=learner.activation)
    one = OneAtom(1.0, 0.0, xp)
    kept, lost, added, nonlinear = bulk.fit(one, left * spectrum.linear(source), unexplained)
    multiplier, bias, covariance, along, aside, apart = two_layer_head(
        kept, lost, added, spectrum.strength, source.multiplier, source.bias, source.covariance, source.apart,
        tau, left, xp,
    )  # fmt: skip
    return TwoLayerEquivalent(
        multiplier=multiplier, bias=bias, covariance=covariance, nonlinear=nonlinear,
        direction=direction, off=off, along=along, aside=aside,
        path=source.path * cosine, gap=gap, apart=apart,
        captured=captured, hard=_hard_head(learner, source, spectrum), infinite=source.infinite,
    )  # fmt: skip


def _missed(
    learner: TwoLayer,
    source: TwoLayerEquivalent,
    captured: tuple[int, ...],
    cosine: Any,
    turned: Any,
    spectrum: MultiIndexSpectrum,
) -> Any:
    """The energy of the labels' Hermite parts that the spikes do not hold: it acts as label noise."""
    total = spectrum.spiked(source, captured)
    for k in captured:
        total = total + spectrum.easy.of(k) * source.path ** (2 * k) * spike_loss(cosine, turned, k)
    return total + spectrum.hard_energy(source, () if learner.head == "retained" else learner.hard_spikes)


def _hard_head(
    learner: TwoLayer, source: TwoLayerEquivalent, spectrum: MultiIndexSpectrum
) -> tuple[tuple[int, Any], ...]:
    """By degree, the share of the hard link's coefficient that the head holds."""
    if learner.head == "retained":
        quality = spectrum.number(learner.quality)
        return tuple((k, quality) for k in learner.hard_spikes)
    known = None if source.hard is None else dict(source.hard)
    return tuple(
        (k, spectrum.xp.convert(1.0) if known is None else known[k])
        for k in learner.hard_spikes
        if known is None or k in known
    )


def _has(state: TwoLayerEquivalent, degree: int) -> bool:
    return state.captured is None or degree in state.captured


def _share(part: Any, rest: Any, xp: Any) -> Any:
    """`part/(part + rest)`, where either may be 0 or infinite; 1 where both are 0."""
    return 1 / (1 + xp.quotient(rest, part))


def gradient_step(
    strength: Any, multiplier: Any, covariance: Any, along: Any, aside: Any, apart: Any,
    energy: Any, gamma_step: Any, xp: Any,
) -> tuple[Any, Any, Any, Any, Any, Any, Any]:  # fmt: skip
    """The new direction v' from labels with linear part l, previous direction v and this energy.

    The gradient step on labels adds noise of energy `gamma_step E[labels^2]` to l, which fixes v'. Returns
    `<l, v'>^2/|l|^2` and its complement, `<v', b_e>` and `1 - <v', b_e>^2`, `<v', v>` and its complement
    `1 - <v', v>^2`, and the new gap.
    """
    signal = multiplier * strength
    explained = signal * signal
    linear = covariance + explained
    blur = xp.product(gamma_step, energy)
    size = xp.sqrt(blur + linear)
    return (
        _share(linear, blur, xp),
        _share(blur, linear, xp),
        xp.quotient(signal, size),
        _share(blur + covariance, explained, xp),
        xp.quotient(along, size),
        _share(aside + blur, along * along, xp),
        xp.quotient(apart, size),
    )


def two_layer_head(
    kept: Any, lost: Any, added: Any,
    strength: Any, multiplier: Any, bias: Any, covariance: Any, apart: Any, tau: Any, left: Any, xp: Any,
) -> tuple[Any, Any, Any, Any, Any, Any]:  # fmt: skip
    """The linear part of the new function: multiplier, bias, covariance, along, aside, apart.

    The bulk keeps `kept` and loses `lost` of what it is given, `left` of the labels' linear part, and adds
    Gaussian energy `added`; `tau = 1 - left` of the linear part lies along the new direction and is kept
    whole.
    """
    signal = multiplier * strength
    explained = signal * signal
    linear = covariance + explained
    turned = lost * (lost * (left * (tau * explained)))
    return (
        kept * (left * multiplier) + tau * multiplier,
        bias + lost * (left * multiplier),
        added + kept * (kept * (left * covariance)) + tau * covariance + turned,
        xp.sqrt(tau * linear),
        added + kept * (kept * (left * linear)),
        tau * apart + kept * (left * signal),
    )


def degree_of_step(exponent: float) -> int:
    """The degree l with `(l-1)/(2l) < exponent < l/(2l+2)`; between the intervals nothing is known.

    >>> degree_of_step(0.2), degree_of_step(0.26), degree_of_step(0.46)
    (1, 2, 12)
    >>> degree_of_step(0.25)
    Traceback (most recent call last):
        ...
    ValueError: step_exponent must be in (0, 1/2) and none of 1/4, 1/3, 3/8, ..., l/(2l+2), got 0.25
    (TwoLayer.step_exponent: exponent of the step size n^alpha, alpha in (0, 1/2))
    """
    odds = 2 * exponent / (1 - 2 * exponent) if 0 < exponent < 0.5 else 0.0
    if not 0 < odds < _MOST_DEGREES or abs(odds - round(odds)) < 1e-9 * max(odds, 1.0):
        raise ValueError(
            f"step_exponent must be in (0, 1/2) and none of 1/4, 1/3, 3/8, ..., l/(2l+2), got {exponent:g} "
            f"(TwoLayer.step_exponent: {QUANTITIES['step_exponent'].meaning})"
        )
    return math.floor(odds) + 1


def _whole(name: str, value: Any) -> int:
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or not 0 <= value <= _MOST_DEGREES:
        raise ValueError(
            f"{name} must be a whole number from 0 to {_MOST_DEGREES}, got {value!r} (TwoLayer.{name})"
        )
    return int(value)
