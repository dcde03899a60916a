"""What a finite dimension does to the mean of a ridge fit on one atom, to order 1/d.

Rows are Gaussian and as many directions alike as there are dimensions, so the mean of a fit knows its rows by
`E tr R/d` and `E tr R^2/d` alone, of the sample covariance's resolvent R. Each is its limit plus a correction
over d: the derivation "finite_dimension" finds it from an identity that holds at every n and d.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .equivalent import Fit

__all__ = ["at_dimension", "corrections", "shift"]

_EXPANDS = 0.25
"""The largest correction, relative to the limit, at which an expansion in 1/d is believed."""


def corrections(size: Any, lam: Any, gamma: Any, xp: Any) -> tuple[Any, Any]:
    """What `E tr R` and `E tr R^2` have beyond d times their limits; `size` is kappa + omega.

    The first is `(1/sqrt(a + lam) - 1/sqrt(b + lam))^2/4` with the edges `a, b = (1 -+ sqrt(gamma))^2` of the
    Marchenko-Pastur law, whose geometric mean `sqrt((a + lam)(b + lam))` is `size`.
    """
    edges, square = 1 + gamma + lam, size * size
    first = xp.quotient(2 * gamma, square * (edges + size))
    return first, xp.product(first, xp.quotient(2 * edges + size, square))


def shift(lost: Any, size: Any, lam: Any, gamma: Any, dim: Any, xp: Any) -> tuple[Any, Any, Any]:
    """What a fit loses, and adds for a unit of energy and of noise, beyond its limit in `dim` dimensions."""
    first, second = corrections(size, lam, gamma, xp)
    moved = xp.product(lam, first) / dim
    energy = lam * xp.product(lam, second) / dim - moved * (2 * lost + moved)
    return moved, energy, gamma * (first - xp.product(lam, second)) / dim


def at_dimension(
    fit: Fit, size: Any, lam: Any, gamma: Any, energy: Any, noise: Any, dim: Any, xp: Any
) -> Fit:
    """The mean of a fit in `dim` dimensions, from its limit.

    Raises `ValueError` where a correction exceeds a quarter of the limit, as it does near an interpolation
    threshold: the expansion does not hold there.
    """
    moved, by_energy, by_noise = shift(fit.lost, size, lam, gamma, dim, xp)
    limit = xp.quotient(gamma * fit.kept, size)
    far = (abs(by_noise) > _EXPANDS * limit) | (
        abs(by_energy) > _EXPANDS * xp.product(limit, fit.lost * fit.lost)
    )
    if np.any(far & (size > 0)):
        raise ValueError(
            "dim is too small this close to an interpolation threshold: the correction of order 1/d is more "
            "than a quarter of what it corrects; give a larger dim or penalty, or simulate (risk.dim)"
        )
    change = xp.product(energy, by_energy)
    if xp.any(noise):
        change = change + noise * by_noise
    return Fit(fit.kept - moved, fit.lost + moved, fit.added + change)
