"""Two-layer networks: one gradient step on the first layer, ridge on the second.

`p = width d` neurons, `w_j ~ N(0, I/d)`. A full-batch gradient step of size `n^alpha` from small output adds
a rank one term along `v`, the normalised correlation of labels and rows. Its strength diverges, so that the
features `He_k(<v, x>)` of low degree become spikes that the penalty of the second layer does not see; what is
left of the features is a random-feature bulk (`RandomFeatures`). A pre-trained first layer carries such
spikes along the hard direction, too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..notation import QUANTITIES, check
from .equivalent import GaussianEquivalent, Geometry, Unweighted
from .hermite import check_activation, reaches

__all__ = ["HEADS", "TwoLayer", "TwoLayerEquivalent"]

HEADS = ("labels", "retained", "probe")
_MOST_DEGREES = 100


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


@dataclass(frozen=True, eq=False)
class TwoLayer(Unweighted):
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
        Name of phi ("relu", "erf", "tanh", ...; see `learners.hermite.ACTIVATIONS`).
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
    lam: Any
    activation: str = "relu"
    degree: int | None = None
    hard_degree: int = 0
    head: str = "labels"
    quality: Any = 1.0
    gamma_probe: Any = None
    step_exponent: float | None = None
    noise: Any = 0.0
    samples: ClassVar[Any] = None

    def __post_init__(self) -> None:
        for name in ("gamma_step", "gamma", "width", "lam", "quality", "noise"):
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

    def first(self, geometry: Geometry) -> TwoLayerEquivalent:
        """The equivalent after learning from true labels."""
        noise = geometry.noise() + geometry.scalar(self.noise)
        learned: TwoLayerEquivalent = geometry.two_layer(self, geometry.target(), noise)
        return learned

    def after(self, teacher: GaussianEquivalent, geometry: Geometry) -> TwoLayerEquivalent:
        """The equivalent after learning from the labels of `teacher`."""
        learned: TwoLayerEquivalent = geometry.two_layer(self, teacher, geometry.scalar(self.noise))
        return learned


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
