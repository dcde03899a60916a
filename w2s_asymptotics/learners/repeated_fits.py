"""Fits that share their rows, added up: the divided differences of repeated ridge.

k fits on the same rows multiply the eigenvalue x of the sample covariance's inverse by `x^(k-1)/prod (x +
lam_i) = sum c_i/(x + lam_i)`, and second moments of the outcome are sums over pairs of fits: the derivation
named "self_distilled_map", which the kernels `share`, `fitted` and `pair` equal. With equal or close
penalties the sums cancel; they are then taken with as many digits as they lose, equal penalties being moved
apart by less than shows in the result.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..arithmetic import HIGH, REAL, is_high, solved
from ..spectrum.fixed_point import spectral_fixed_point

__all__ = [
    "fitted", "mixed_coefficients", "newton", "pair", "repeated_coefficients", "repeated_fits", "share",
]  # fmt: skip

_MOST_LOST = 16.0  # by what factor the terms of a sum may exceed it before more digits are taken
_GUARD = 8
_MOST_STEPS = 60
_MOST_DIGITS = 400  # a sum that has lost as many, beyond those of its shares, is zero


def repeated_coefficients(lams: Sequence[Any]) -> list[Any]:
    """The c_i of `x^(k-1)/prod (x + lam_i) = sum c_i/(x + lam_i)`, for different penalties; they sum to 1.

    >>> repeated_coefficients([1.0, 3.0])
    [-0.5, 1.5]
    """
    return [share(lam, (*lams[:place], *lams[place + 1 :])) for place, lam in enumerate(lams)]


def mixed_coefficients(lams: Sequence[Any], own: Sequence[Any]) -> list[Any]:
    """The same where each fit after the first sees its predecessor's labels by `own`, else the first's.

    The labels of the first enter at fit i with weight `(1 - own_i) own_(i+1) ... own_k`, and are then fitted
    from i on.

    >>> mixed_coefficients([1.0, 3.0], [0.5])
    [-0.25, 1.25]
    """
    totals = [0 * lam for lam in lams]
    ahead: Any = 1
    for start in reversed(range(len(lams))):
        entering = ahead * (1 - own[start - 1]) if start else ahead
        for place, coefficient in enumerate(repeated_coefficients(lams[start:]), start):
            totals[place] = totals[place] + entering * coefficient
        ahead = ahead * own[start - 1] if start else ahead
    return totals


@solved
def repeated_fits(
    lams: Sequence[Any],
    own: Sequence[Any],
    gamma: Any,
    eigenvalues: Any,
    weights: Any,
    energy: Any,
    noise: Any,
    xp: Any,
) -> tuple[Any, Any, Any]:
    """What k >= 2 fits on the same rows keep and lose of each atom, and the Gaussian energy they add there.

    `lams > 0`; `own` are the weights of a fit's own labels in the next one's; `energy` as in
    `random_features`. Relative accuracy is that of the arithmetic, a few units in the last place,
    however close the penalties.
    """
    finite = (energy < np.inf) & (noise < np.inf)
    seen = (xp.where(values < np.inf, values, 0 * gamma) for values in (energy, noise))
    numbers = [gamma, eigenvalues, weights, *seen]
    if xp is not HIGH and len(set(lams)) == len(lams) and _largest(lams, math.log10) < _GUARD:
        values, lost_factor = _sums([float(lam) for lam in lams], own, numbers, xp)
        if lost_factor < _MOST_LOST:
            return _with_infinite(values, finite, xp)
    values = _with_more_digits(lams, own, numbers, xp)
    return _with_infinite(values, finite, xp)


def _with_infinite(values: tuple[Any, Any, Any], finite: Any, xp: Any) -> tuple[Any, Any, Any]:
    kept, lost, added = values
    every = np.all(finite, axis=-1, keepdims=True)
    return kept, lost, xp.where(every, added, np.inf)


def _with_more_digits(
    lams: Sequence[Any], own: Sequence[Any], numbers: Sequence[Any], xp: Any
) -> tuple[Any, Any, Any]:
    import mpmath

    wanted = 17 if xp is not HIGH else mpmath.mp.dps
    digits = 2 * wanted + _GUARD
    with mpmath.workdps(digits):
        apart = _moved_apart([HIGH.convert(lam) for lam in lams], wanted + _GUARD)
        digits += 2 * math.ceil(_largest(apart, mpmath.log10))  # added is a sum over pairs of shares
    most = digits + _MOST_DIGITS
    while True:
        with mpmath.workdps(digits):
            apart = _moved_apart([HIGH.convert(lam) for lam in lams], wanted + _GUARD)
            gamma, eigenvalues, weights, energy, noise = (HIGH.convert(number) for number in numbers)
            weights = weights / weights.sum()  # they sum to 1 no better than what they came as
            values, factor = _sums(
                apart,
                [HIGH.convert(weight) for weight in own],
                [gamma, eigenvalues, weights, energy, noise],
                HIGH,
            )
            needed = wanted + _GUARD + math.ceil(mpmath.log10(factor))
        if needed <= digits or digits > most:
            break
        digits = needed + _GUARD
    kept, lost, added = (
        value.astype(float) if xp is not HIGH and is_high(value) else +value for value in values
    )
    return kept, lost, added


def _largest(lams: Sequence[Any], log: Any) -> Any:
    """The decimal logarithm of the largest share of a fit in the outcome, not below 0."""
    sizes = (sum(log(lam) - log(abs(lam - other)) for other in lams if other != lam) for lam in lams)
    return max(0, *sizes)


def _moved_apart(lams: Sequence[Any], digits: int) -> list[Any]:
    """The penalties, the j-th repetition of each larger by j parts in 10^digits."""
    import mpmath

    step = mpmath.mpf(10) ** -digits
    return [lam * (1 + list(lams[:place]).count(lam) * step) for place, lam in enumerate(lams)]


def _sums(
    lams: Sequence[Any], own: Sequence[Any], numbers: Sequence[Any], xp: Any
) -> tuple[tuple[Any, Any, Any], Any]:
    """Kept, lost and added, and by what factor the terms of these sums exceed them at the worst.

    That is judged atom by atom for what is lost; for what is kept and added, beside the largest atom.
    """
    gamma, eigenvalues, weights, energy, noise = numbers
    coefficients = mixed_coefficients(lams, own)
    fits = []
    for lam in lams:
        kappa, omega = _fixed_point(lam, gamma, eigenvalues, weights, xp)
        fits.append((omega, *fitted(kappa, eigenvalues)))
    kept = [c * fit[1] for c, fit in zip(coefficients, fits, strict=True)]
    lost = [c * fit[2] for c, fit in zip(coefficients, fits, strict=True)]
    added = []
    for i, fit in enumerate(fits):
        for j, (_, _, lost_j, inverse_j) in enumerate(fits[: i + 1]):
            times = coefficients[i] * coefficients[j] * (1 if i == j else 2)
            seen = gamma, eigenvalues, weights, energy, noise
            added.append(times * pair(*fit[:3], lost_j, inverse_j, *seen, xp))
    totals = tuple(sum(terms[1:], terms[0]) for terms in (kept, lost, added))
    sizes = tuple(sum((abs(term) for term in terms[1:]), abs(terms[0])) for terms in (kept, lost, added))
    factors = [
        _exceeds(sizes[0].max(axis=-1), totals[0].max(axis=-1)),
        _exceeds(sizes[1], totals[1]),
        _exceeds(*((eigenvalues * value).sum(axis=-1) for value in (sizes[2], totals[2]))),
    ]
    return (totals[0], totals[1], totals[2]), max(factors)


def _exceeds(size: Any, total: Any) -> Any:
    there = size > 0
    if not np.any(there):
        return 1.0
    total = np.where(there, abs(total), 1)
    return np.max(np.where(there, size, 0) / np.where(total > 0, total, np.finfo(float).tiny))


def _fixed_point(lam: Any, gamma: Any, eigenvalues: Any, weights: Any, xp: Any) -> tuple[Any, Any]:
    """Kappa and omega; with many digits, by Newton's method from the floating root where it can."""
    ones, at = 1 + 0 * eigenvalues, np.array([lam])
    if xp is HIGH:
        floats = [REAL.convert(value) for value in (at, gamma, eigenvalues, ones, weights)]
        rough = spectral_fixed_point(floats[0], floats[1], floats[2], floats[3], floats[4], REAL)
        if all((value > 1e-6).all() and (value < 1e6).all() for value in rough):
            kappa = HIGH.convert(rough[0])
            for _ in range(_MOST_STEPS):
                step = newton(kappa, lam, gamma, eigenvalues, weights, xp)
                kappa = kappa - step
                if (abs(step) < 1e12 * xp.epsilon * kappa).all():
                    return kappa, lam / kappa
    return spectral_fixed_point(at, gamma, eigenvalues, ones, weights, xp)


def share(lam: Any, others: Iterable[Any]) -> Any:
    """The share of a fit in the outcome, beside fits of these other penalties; all shares sum to 1."""
    found = 1 + 0 * lam
    for other in others:
        found = found * (lam / (lam - other))
    return found


def fitted(kappa: Any, s: Any) -> tuple[Any, Any, Any]:
    """What one fit keeps and loses of a coefficient on each atom, and G; the outcome is the sum by shares."""
    inverse = 1 / (s + kappa)
    return s * inverse, kappa * inverse, inverse


def pair(
    omega: Any, kept: Any, lost: Any, other_lost: Any, other_inverse: Any,
    gamma: Any, s: Any, w: Any, energy: Any, noise: Any, xp: Any,
) -> Any:  # fmt: skip
    """The Gaussian energy that a pair of fits adds to each atom, per product of their shares."""
    delta = omega + gamma * xp.total(w * (kept * other_lost))
    unexplained = xp.quotient(noise + xp.total(s * (lost * (other_lost * energy))), delta)
    return gamma * (w * (kept * (other_inverse * unexplained)))


def newton(kappa: Any, lam: Any, gamma: Any, s: Any, w: Any, xp: Any) -> Any:
    """The step of Newton's method for `kappa omega = lam`."""
    kept, lost, _ = fitted(kappa, s)
    omega = 1 - gamma * xp.total(w * kept)
    delta = omega + gamma * xp.total(w * (kept * lost))
    return (kappa * omega - lam) / delta
