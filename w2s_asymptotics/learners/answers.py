"""Labels that are signs: what least squares makes of them.

By Gaussianity `y = k f + (what is uncorrelated with every linear function)`, f linear in covariates. Of
variance v, with Gaussian noise of variance n before the sign, `k = E[y f]/v` and the rest has the variance
`1 - k^2 v`: to a fit by least squares it is label noise, exactly in the limit. Of signs
`k^2 = (2/pi)/(v + n)`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arithmetic import HIGH, REAL
from ..losses.labels import Labels
from ..spectrum.equivalent import GaussianEquivalent

__all__ = ["OWN_LABELS", "check_labels", "turned"]

OWN_LABELS: dict[str, Labels | None] = {"soft": None, "hard": Labels("hard"), "sampled": Labels("sampled")}
"""What a learner may ask of its teacher: its output, its sign, or draws from its probability."""


def check_labels(value: Any, owner: str) -> None:
    """Raise `ValueError` for a name that is none.

    >>> check_labels("firm", "Ridge")
    Traceback (most recent call last):
        ...
    ValueError: labels must be one of soft, hard, sampled, got 'firm' (Ridge.labels: what it learns from)
    """
    if not isinstance(value, str) or value not in OWN_LABELS:
        raise ValueError(
            f"labels must be one of {', '.join(OWN_LABELS)}, got {value!r} "
            f"({owner}.labels: what it learns from)"
        )


def turned(
    kind: Labels, followed: GaussianEquivalent, inside: Any, spectrum: Any, own: Any
) -> GaussianEquivalent:
    """The best linear description of labels 1 and -1 that follow a function with some noise."""
    xp, variance = HIGH if spectrum.xp is HIGH else REAL, own.variance_of(followed)
    spread = variance + inside
    some = spread > 0
    slope = _slope(kind, xp.where(some, spread, 1 + 0 * spread), xp)
    factor = xp.where(some, 2 * slope, 0 * slope)
    answers: GaussianEquivalent = spectrum.scaled(followed, factor, 1 - factor * factor * variance)
    return answers


def _slope(kind: Labels, spread: Any, xp: Any) -> Any:
    """The slope of the probability of label 1 at a half; number by number where it has no closed form."""
    if kind.kind == "hard" or kind.link == "probit":
        return kind.smoothed(0 * spread, spread, xp)[1]
    flat = np.asarray(spread).reshape(-1)
    slopes = [kind.smoothed(0 * flat[:1], each, xp)[1][0] for each in flat]
    return np.array(slopes, dtype=flat.dtype).reshape(np.shape(spread))[()]
