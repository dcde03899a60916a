"""When labels can be separated, and what is learned beyond: the limit of no penalty.

A logistic fit without penalty exists only while no hyperplane separates the labels: below the aspect ratio
`threshold = min_t E max(-(t y Z1 + Z2), 0)^2` (Candes and Sur 2020, arXiv:1804.09753, where it is found for
the linear world; the same cone decides for two clusters). Whatever the covariance, rows are separable with
their whitened selves, so only the strength of the signal enters. Beyond, the limit `lam -> 0` of logistic,
hinge and squared hinge has the direction of the hard margin, `min b' Gamma b` with `y_i x_i'b >= 1`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..arithmetic import REAL
from ..losses.labels import Labels
from ..losses.layout import edges, effort
from ..losses.normal import normal_cdf, normal_density, panels

__all__ = ["separability_threshold"]


def separability_threshold(labels: Labels | None, rho: float, noise: float = 0.0) -> float:
    """The aspect ratio d/n above which fresh rows with such labels can be separated by a hyperplane.

    `rho` is the standard deviation of z under the labels, to which normal noise of variance `noise` is added;
    for two clusters (`labels = None`) it is the root of `mu' Sigma^{-1} mu`, and `noise` the probability of a
    wrong label. Labels that are signs of z itself always can: their threshold is 0. Labels without signal
    can above 1/2.

    >>> round(separability_threshold(Labels("sampled"), 1e-9), 6)
    0.5
    >>> separability_threshold(Labels("hard"), 1.0)
    0.0
    """
    if labels is not None and not labels.binary:
        raise ValueError(f"only labels 1 and -1 can be separated, got {labels.kind} labels")
    if labels is not None and labels.kind == "hard" and not labels.flip and not noise:
        return 0.0
    if labels is None:
        return _least(lambda t: _clusters(t, rho, noise))
    nodes, reach = effort(REAL)
    scale = labels.width(noise) / rho if rho > 0 else np.inf
    first, weight = panels(edges(reach, scale, REAL), nodes)
    share = labels.probability(rho * first)
    if noise:
        share = replace(labels, flip=0.0).smoothed(rho * first, noise)[0]
    share = labels.flip + (1 - 2 * labels.flip) * share
    mass = 2 * weight * normal_density(first) * share
    return _least(lambda t: float((mass * _square(-t * first)).sum()))


def _square(mean: Any) -> Any:
    """`E max(mean + Z, 0)^2`, a sum of positive terms where mean >= 0; its complement elsewhere is small."""
    return (1 + mean * mean) * normal_cdf(mean) + mean * normal_density(mean)


def _clusters(t: float, rho: float, flip: float) -> float:
    # h = t rho + sqrt(1 + t^2) Z for the right label, in units of what is orthogonal to the signal.
    scale = float(np.sqrt(1 + t * t))
    right, wrong = (float(_square(sign * t * rho / scale)) for sign in (-1, 1))
    return (1 + t * t) * ((1 - flip) * right + flip * wrong)


def _least(function: Any) -> float:
    """The minimum over t >= 0 of a convex function, by golden section in a bracket."""
    low, high = 0.0, 1.0
    while function(high) < function(high / 2) and high < 1e12:
        high *= 2.0
    ratio = (np.sqrt(5.0) - 1) / 2
    left, right = high - ratio * (high - low), low + ratio * (high - low)
    values = [function(left), function(right)]
    for _ in range(200):
        if high - low <= 1e-9 * high:
            break
        if values[0] < values[1]:
            high, right = right, left
            left = high - ratio * (high - low)
            values = [function(left), values[0]]
        else:
            low, left = left, right
            right = low + ratio * (high - low)
            values = [values[1], function(right)]
    return float(min(values))
