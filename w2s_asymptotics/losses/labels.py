"""What labels are, given the linear function that they follow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arithmetic import REAL, Namespace
from ..records import Record
from .logistic import sigmoid, sigmoid_slope
from .normal import normal_cdf, normal_density, working_digits

__all__ = ["KINDS", "TRUE_LABELS", "Labels"]

KINDS = {
    "linear": "y = z, the linear function itself with its noise",
    "hard": "y = sign(z)",
    "sampled": "y = 1 with probability link(z/temperature), else -1",
    "soft": "y = 2 link(z/temperature) - 1: the probability itself, as a label between -1 and 1",
}
LINKS = ("logistic", "probit")


@dataclass(frozen=True, eq=False)
class Labels(Record):
    """Labels as a function of z, a linear function of the covariates with Gaussian noise, and of chance.

    Parameters
    ----------
    kind
        One of `KINDS`.
    link
        "logistic" or "probit": the probability of label 1 of sampled and soft labels, a function of z.
    temperature
        What z is divided by first, `> 0`.
    flip
        Probability in [0, 1/2) with which a label is turned into its negative (hard and sampled labels).
    outliers
        Share and variance of outliers: with that probability a linear label has further noise of that
        variance.

    Examples
    --------
    >>> Labels("sampled").probability(np.array([0.0, 2.0]))
    array([0.5       , 0.88079708])
    """

    kind: str = "linear"
    link: str = "logistic"
    temperature: Any = 1.0
    flip: Any = 0.0
    outliers: tuple[Any, Any] = (0.0, 0.0)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"labels must be one of {', '.join(KINDS)}, got {self.kind!r} (what labels are)")
        if self.link not in LINKS:
            raise ValueError(
                f"link must be one of {', '.join(LINKS)}, got {self.link!r} (the probability of label 1)"
            )
        if not self.temperature > 0:
            raise ValueError(f"temperature must be > 0, got {self.temperature} (what z is divided by)")
        if not 0 <= self.flip < 0.5:
            raise ValueError(
                f"flip must be in [0, 0.5), got {self.flip} (probability that a label is turned over)"
            )
        if self.flip and self.kind not in ("hard", "sampled"):
            raise ValueError(f"flip is for hard and sampled labels, got {self.kind} labels")
        share, variance = self.outliers
        if not (0 <= share <= 1 and variance >= 0):
            raise ValueError(f"outliers must be a share in [0, 1] and a variance >= 0, got {self.outliers}")
        if share and self.kind != "linear":
            raise ValueError(f"outliers are for linear labels, got {self.kind} labels")

    @property
    def binary(self) -> bool:
        """Whether every label is 1 or -1."""
        return self.kind in ("hard", "sampled")

    def noises(self, noise: Any) -> list[tuple[Any, Any]]:
        """Shares and variances of the noise of linear labels."""
        share, variance = self.outliers
        return [(1 - share, noise), (share, noise + variance)] if share else [(1, noise)]

    def probability(self, z: Any, xp: Namespace = REAL) -> Any:
        """The probability of label 1 given z, before any flip."""
        if self.kind == "hard":
            return xp.where(z > 0, 1 + 0 * z, 0 * z)
        return (sigmoid if self.link == "logistic" else normal_cdf)(z / self.temperature, xp)

    def slope(self, z: Any, xp: Namespace = REAL) -> Any:
        """The derivative of `probability` in z, of sampled and soft labels."""
        derivative = sigmoid_slope if self.link == "logistic" else normal_density
        return derivative(z / self.temperature, xp) / self.temperature

    def smoothed(
        self, mean: Any, variance: Any, xp: Namespace = REAL, spacing: Any = None
    ) -> tuple[Any, Any, Any]:
        """Probability of label 1 and its two derivatives in the mean, z normal; flips included.

        Means that are multiples of a `spacing` take less.

        The probit link and the sign (its limit at temperature 0) keep their form under Gaussian averages.
        """
        if np.ndim(variance) and self.kind != "hard" and self.link == "logistic":
            mean, variance = np.broadcast_arrays(mean, variance)
            points = [self.smoothed(m, v, xp) for m, v in zip(mean.flat, variance.flat, strict=True)]
            value, slope, bend = (np.array(row).reshape(mean.shape) for row in zip(*points, strict=True))
            return value, slope, bend
        if self.kind == "hard" or self.link == "probit":
            extra = 0 if self.kind == "hard" else self.temperature * self.temperature
            width = xp.sqrt(variance + extra)
            away = mean / width
            value, slope = normal_cdf(away, xp), normal_density(away, xp) / width
            bend = -away * slope / width
        else:
            scale = self.temperature
            value, slope, bend = _smoothed_sigmoid(
                mean / scale, xp.sqrt(variance) / scale, xp, None if spacing is None else spacing / scale
            )
            slope, bend = slope / scale, bend / (scale * scale)
        kept = 1 - 2 * self.flip
        return self.flip + kept * value, kept * slope, kept * bend

    def width(self, variance: Any) -> float:
        """The scale in the mean on which the smoothed probability bends."""
        own = 0.0 if self.kind == "hard" else float(self.temperature)
        return float(np.sqrt(float(variance) + own * own))


TRUE_LABELS: dict[str, Labels | None] = {
    "linear": None,
    "sign": Labels("hard"),
    "logistic": Labels("sampled"),
    "probit": Labels("sampled", link="probit"),
}
"""What true labels of a world may be, by name: the linear target itself (None), or a function of it."""

_WIDE = 6.0


def _smoothed_sigmoid(mean: Any, width: Any, xp: Namespace, spacing: Any) -> tuple[Any, Any, Any]:
    """The averages of `sigmoid(mean + width W)` and of its two derivatives over a standard normal W.

    The trapezoidal rule, whose error is `exp(-2 pi a/step)` for a function analytic within a of the real
    line: over W, where the poles lie at `pi/width`; for a wide normal over the threshold that the sigmoid is
    the distribution function of, where they lie at pi.
    """
    digits = 16 if xp is REAL else working_digits()
    if width <= _WIDE:
        narrow = 8.57 / ((digits + 3) * float(width)) if width > 0 else np.inf
        # The weight of a tail e^x is largest a width away from the centre.
        reach = 2.15 * np.sqrt(digits + 1) + float(width)
        step = min(narrow, 2.93 / np.sqrt(digits + 3))
        if spacing is not None and float(spacing) > 0 and width > 0:
            return _on_lattice(mean, width, spacing, step, reach, xp)
        points = _trapezoid(step, reach, xp)
        weights = (points[1] - points[0]) * normal_density(points, xp)
        return _totals(_sigmoids(np.asarray(mean)[..., None] + width * points, xp), weights)
    points = _trapezoid(8.57 / (digits + 3), 2.4 * digits + 2, xp)
    weights = (points[1] - points[0]) * sigmoid_slope(points, xp)
    away = (np.asarray(mean)[..., None] - points) / width
    value, slope = normal_cdf(away, xp), normal_density(away, xp) / width
    return _totals((value, slope, -away * slope / width), weights)


def _on_lattice(
    mean: Any, width: Any, spacing: Any, step: float, reach: float, xp: Namespace
) -> tuple[Any, Any, Any]:
    """The same where means are multiples of a spacing: points of all of them fall on one lattice."""
    parts = max(1, math.ceil(float(spacing) / (step * float(width))))
    fine = spacing / parts
    every = max(1, math.floor(step * float(width) / float(fine)))  # points of the lattice to a step
    steps = math.ceil(reach * float(width) / (every * float(fine)))
    offsets = every * np.arange(-steps, steps + 1)
    centres = parts * np.rint(np.asarray(mean / spacing, dtype=float)).astype(int)
    first = centres.min() + offsets[0]
    lattice = xp.convert(np.arange(first, centres.max() + offsets[-1] + 1)) * fine
    where = centres[..., None] + offsets - first
    weights = normal_density(xp.convert(offsets) * (fine / width), xp) * (every * fine / width)
    return _totals([row[where] for row in _sigmoids(lattice, xp)], weights)


def _sigmoids(x: Any, xp: Namespace) -> tuple[Any, Any, Any]:
    """The sigmoid and its two derivatives."""
    small = xp.exp(-abs(x))
    share = 1 / (1 + small)
    low = small * share
    slope, positive = low * share, np.asarray(x > 0, dtype=bool)
    bend = xp.where(positive, slope, -slope) * (low - share)
    return xp.where(positive, share, low), slope, bend


def _totals(rows: Sequence[Any], weights: Any) -> tuple[Any, Any, Any]:
    value, slope, bend = (row @ weights for row in rows)
    return value, slope, bend


def _trapezoid(step: float, reach: float, xp: Namespace) -> Any:
    count = int(np.ceil(reach / step))
    return xp.convert(np.arange(-count, count + 1)) * xp.convert(step)
