"""Gaussian averages of a function against Hermite polynomials, by quadrature that adapts to kinks."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["adaptive_moments", "hermite_rows"]

_REACH = 14.0  # the Gaussian weight beyond is below 1e-43
_PANELS = 28
_NODES = 16
_DEEPEST = 40
_TOLERANCE = 1e-15
_MOST_PANELS = 20_000
_OUTER = 12.0  # beyond, a square-integrable function leaves nothing that would be seen
_UNRESOLVED = 0.01  # share of the second moment


def hermite_rows(z: Any, degree: int) -> Any:
    """Normalised Hermite polynomials `He_k/sqrt(k!)`, k = 0..degree, stacked along a first axis."""
    rows = [np.ones_like(z), z]
    for k in range(1, degree):
        rows.append((z * rows[k] - math.sqrt(k) * rows[k - 1]) / math.sqrt(k + 1))
    return np.stack(rows[: degree + 1])


def adaptive_moments(function: Callable[[Any], Any], degree: int) -> tuple[Any, float, float]:
    """`E s He_k/sqrt(k!)` for k = 0..degree, the energy `E s^2 - (E s)^2`, and an estimate of their error.

    Gauss-Legendre panels are halved wherever the halves disagree with the whole. Raises `ValueError` when
    the function does not return finite numbers, one per point, and when its second moment is infinite (or
    not to be told from infinite by quadrature).

    >>> moments, energy, error = adaptive_moments(np.abs, 2)
    >>> round(energy - (1 - 2 / math.pi), 12), error < 1e-12
    (0.0, True)
    """
    points, weights = np.polynomial.legendre.leggauss(_NODES)

    def integrals(low: Any, high: Any) -> Any:
        half = (high - low)[:, None] / 2
        z = (low + high)[:, None] / 2 + half * points
        values = _values(function, z)
        mass = half * weights * np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
        rows = [*(hermite_rows(z, degree) * values), values * values]
        return np.stack([(row * mass).sum(axis=1) for row in rows], axis=1)

    _check_tails(function)
    ends = np.linspace(-_REACH, _REACH, _PANELS + 1)
    low, high = ends[:-1], ends[1:]
    coarse = integrals(low, high)
    total, left = np.zeros(degree + 2), np.zeros(degree + 2)
    for depth in range(_DEEPEST):
        middle = (low + high) / 2
        first, second = integrals(low, middle), integrals(middle, high)
        gap = np.abs(first + second - coarse)
        done = (gap <= _TOLERANCE * (1 + np.abs(coarse))).all(axis=1) | (depth == _DEEPEST - 1)
        total += (first + second)[done].sum(axis=0)
        left += gap[done].sum(axis=0)
        if done.all():
            break
        if 2 * (~done).sum() > _MOST_PANELS:
            raise ValueError(f"{_NO_MOMENT}: {_MOST_PANELS} panels do not resolve it")
        more = ~done
        low, high = np.concatenate([low[more], middle[more]]), np.concatenate([middle[more], high[more]])
        coarse = np.concatenate([first[more], second[more]])
    moments, square = total[:-1], float(total[-1])
    if left[-1] > _UNRESOLVED * square:
        raise ValueError(f"{_NO_MOMENT}: it is singular")
    scale = math.sqrt(square) + square
    error = float(left.max() + 4 * np.finfo(float).eps * scale)
    return moments, square - float(moments[0]) ** 2, error


_NO_MOMENT = "a link needs a finite second moment under the Gaussian, and this function seems to have none"


def _check_tails(function: Callable[[Any], Any]) -> None:
    """Refuse a function whose square the Gaussian weight does not bring down by 14 standard deviations.

    >>> _check_tails(lambda z: np.exp(z**2 / 5))
    >>> _check_tails(lambda z: np.exp(z**2))
    Traceback (most recent call last):
        ...
    ValueError: a link needs a finite second moment under the Gaussian, and this function seems to have none:
    it grows too fast
    """
    for side in (-1.0, 1.0):
        z = side * np.linspace(1 / 16, _REACH, 113)
        with np.errstate(over="ignore", invalid="ignore"):
            values = np.abs(_returned(function, z).astype(float))
        if np.isinf(values[z * side >= _OUTER]).any():
            raise ValueError(f"{_NO_MOMENT}: it grows too fast")
        if not np.isfinite(values).all():
            continue  # refused, or not met, by the quadrature itself
        with np.errstate(divide="ignore"):
            weighed = 2 * np.log(values) - z * z / 2
        if weighed[np.abs(z) >= _OUTER].max() > max(weighed.max() + math.log(1e-4), -700.0):
            raise ValueError(f"{_NO_MOMENT}: it grows too fast")


def _returned(function: Callable[[Any], Any], z: Any) -> Any:
    """What a function returns for an array, or `ValueError` where it does not take arrays."""
    try:
        values = np.asarray(function(z))
    except (TypeError, ValueError) as error:
        raise ValueError(
            "a link given as a function takes an array of floats (np.sin, not math.sin; np.where, not if; or "
            f"np.vectorize(function)), and this one said: {error}"
        ) from error
    if values.shape != z.shape or values.dtype.kind not in "biuf":
        raise ValueError(
            "a link given as a function takes an array of floats and returns as many finite numbers, "
            f"got {type(values).__name__} of {values.dtype} of shape {values.shape} for {z.size} points"
        )
    return values


def _values(function: Callable[[Any], Any], z: Any) -> Any:
    with np.errstate(over="ignore", invalid="ignore"):
        values = _returned(function, z.ravel())
    if not np.isfinite(values).all():
        raise ValueError(
            "a link given as a function takes an array of floats and returns as many finite numbers, "
            f"got {values[~np.isfinite(values)][0]} at {z.ravel()[~np.isfinite(values)][0]:.6g}"
        )
    return values.astype(float).reshape(z.shape)
