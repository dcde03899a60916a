"""Effective regularisation at many `(lam, gamma)` of one spectrum: tabulate `lam(kappa)`, invert.

`df1` as a function of `v = log kappa` is analytic in the strip `|Im v| < pi` (its poles are at `kappa =
-s/g`), so on a panel one decade wide Chebyshev interpolation at m points errs like `5.6^-m`: m = 20 is near
double precision. A table of a few hundred kappas serves any number of penalties and aspect ratios.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["tabulated_root", "worth_tabulating"]

Array = NDArray[np.float64]

_ORDER = 20
_FEWEST_ATOMS = 16
_MOST_STEPS = 60
_MOST_PANELS = 600
_MANY, _CANCELS = 8.0, 16.0  # aspect ratios from which on, and how much, terms may exceed their sum


def worth_tabulating(
    lam: Any, gamma: Any, eigenvalues: Any, penalty: Any, weights: Any
) -> tuple[float, float] | None:
    """The range of kappa to tabulate, or None where solving point by point costs less."""
    points = np.broadcast(lam, gamma).size
    plain = np.ndim(eigenvalues) == np.ndim(penalty) == np.ndim(weights) == 1
    if not plain or len(eigenvalues) < _FEWEST_ATOMS or points < 4 * _ORDER:
        return None
    low, high = _range(np.asarray(lam), np.asarray(gamma), eigenvalues, penalty, weights)
    if not 1e-250 < low <= high < 1e250:
        return None
    panels = np.log10(high / low) + 2
    return (low, high) if _ORDER * panels <= 2 * points and panels <= _MOST_PANELS else None


def _range(
    lam: Array, gamma: Array, eigenvalues: Array, penalty: Array, weights: Array
) -> tuple[float, float]:
    """Bounds on every positive kappa of the points: (0, 0) where there is none.

    `s/(s + kappa g)` is concave in `s/g` and convex in `g/s`, so
    `1/(1 + kappa h) <= df1 <= 1/(1 + kappa/a)`, h the mean of `g/s` over them and a that of `s/g`.
    """
    varies = (eigenvalues > 0) & (weights > 0)
    if not varies.any():
        return 0.0, 0.0
    ratios, shares = eigenvalues[varies] / penalty[varies], weights[varies]
    inverse = shares / ratios
    kappas = np.maximum(lam, np.maximum(gamma - 1, 0.0) / (gamma * inverse.sum()))
    kappas = kappas[kappas > 0]
    if not kappas.size:
        return 0.0, 0.0
    return float(kappas.min()), float(lam.max() + gamma.max() * (shares * ratios).sum())


@cache
def _chebyshev() -> tuple[Array, Array]:
    """Points in [-1, 1], ascending, and the matrix that takes values there to Chebyshev coefficients."""
    angles = np.pi * (np.arange(_ORDER) + 0.5) / _ORDER
    matrix = 2.0 / _ORDER * np.cos(np.outer(np.arange(_ORDER), angles))
    matrix[0] /= 2.0
    return np.cos(angles)[::-1].copy(), matrix[:, ::-1].copy()


class _Table:
    """`df1`, `sum w (1 - S)/kappa` over the atoms with variance, and `df1 - df2`, each per dimension."""

    def __init__(self, eigenvalues: Array, penalty: Array, weights: Array, low: float, high: float) -> None:
        self.first = int(np.floor(np.log10(low)))
        panels = int(np.floor(np.log10(high))) - self.first + 1
        points, matrix = _chebyshev()
        exponents = self.first + np.arange(panels)[:, None] + (points + 1) / 2
        self.kappa = 10.0 ** exponents.ravel()
        varies = (eigenvalues > 0) & (weights > 0)
        ratios, shares = eigenvalues[varies] / penalty[varies], weights[varies]
        sizes = shares * ratios
        values = np.empty((3, panels * _ORDER))
        for start in range(0, len(self.kappa), _ORDER):
            part = slice(start, start + _ORDER)
            inverse = np.add.outer(self.kappa[part], ratios)
            np.divide(1.0, inverse, out=inverse)
            values[0, part], values[1, part] = inverse @ sizes, inverse @ shares
            inverse *= inverse
            values[2, part] = self.kappa[part] * (inverse @ sizes)
        self.shrink, self.held, self.slope = values
        self.coefficients = np.swapaxes(values.reshape(3, panels, _ORDER) @ matrix.T, 0, 1)

    def at(self, kappa: Array) -> Array:
        """The three functions at each kappa: Chebyshev sums on the panel it lies in."""
        place = np.log10(kappa) - self.first
        panel = np.clip(np.floor(place).astype(int), 0, len(self.coefficients) - 1)
        order = np.argsort(panel, kind="stable")
        basis = np.empty((_ORDER, len(kappa)))
        basis[0], basis[1] = 1.0, (2.0 * (place - panel) - 1.0)[order]
        twice = 2.0 * basis[1]
        for degree in range(2, _ORDER):
            np.multiply(twice, basis[degree - 1], out=basis[degree])
            basis[degree] -= basis[degree - 2]
        found = np.empty((3, len(kappa)))
        ends = np.cumsum(np.bincount(panel, minlength=len(self.coefficients))).tolist()
        for coefficients, start, end in zip(self.coefficients, [0, *ends], ends, strict=False):
            if start < end:
                found[:, order[start:end]] = coefficients @ basis[:, start:end]
        return found


def tabulated_root(
    lam: Any,
    gamma: Any,
    eigenvalues: Any,
    penalty: Any,
    weights: Any,
    settled: Any,
    within: tuple[float, float],
) -> tuple[Any, Any]:
    """The root kappa at every `(lam, gamma)`, all of them `within` a range; 1 where `settled`.

    And where it has lost digits, because `gamma df1` cancelled.

    `lam(kappa) = kappa (1 - gamma df1)` is convex, as `kappa df1` is a mean of concave functions. Bisection
    in the table finds the nodes about the root, where it increases; inverse cubic interpolation (Newton
    from the right where the left node is past the least value) starts Newton's method, which never passes the
    root from the right and comes to the right of it after one step. As `kappa lam'' <= 2 lam'`, a step of
    relative size e leaves an error below about e^2: a step below 1e-8 is the last.
    """
    shape = np.broadcast_shapes(np.shape(lam), np.shape(gamma))
    sought = ~np.broadcast_to(settled, shape)
    penalties, aspects = np.broadcast_to(lam, shape)[sought], np.broadcast_to(gamma, shape)[sought]
    table = _Table(eigenvalues, penalty, weights, *within)

    def at_node(node: Array) -> tuple[Array, Array, Array]:
        kappa = table.kappa[node]
        value = _penalty(kappa, table.shrink[node], table.held[node], aspects)
        return kappa, value, value / kappa + aspects * table.slope[node]

    right = _first_beyond(penalties, aspects, table)
    left = np.maximum(right - 1, 0)
    kappa = _between(penalties, at_node(left), at_node(right))
    moving: Any = slice(None)
    for _ in range(_MOST_STEPS):
        now, ratio = kappa[moving], aspects[moving]
        shrink, held, slope = table.at(now)
        value = _penalty(now, shrink, held, ratio)
        step = (value - penalties[moving]) / (value / now + ratio * slope)
        kappa[moving] = further = np.maximum(now - step, now / 2)
        large = np.abs(step) > 1e-8 * further
        if not large.any():
            break
        moving = np.flatnonzero(large) if isinstance(moving, slice) else moving[large]
    found, cancelled = np.ones(shape), np.zeros(shape, dtype=bool)
    found[sought] = kappa
    if aspects.size and aspects.max() > _MANY:
        shrink, held, slope = table.at(kappa)
        lost = kappa * held
        size = np.where(lost < shrink, abs(1.0 - aspects) + aspects * lost, 1.0 + aspects * shrink)
        cancelled[sought] = size > _CANCELS * (penalties / kappa + aspects * slope)
    return found, cancelled


def _penalty(kappa: Array, shrink: Array, held: Array, aspects: Array) -> Array:
    """lam(kappa) = kappa (1 - gamma df1), by what is lost where little is."""
    lost = kappa * held
    return np.asarray(
        kappa * np.where(lost < shrink, (1.0 - aspects) + aspects * lost, 1.0 - aspects * shrink)
    )


def _first_beyond(penalties: Array, aspects: Array, table: _Table) -> Any:
    """The first node whose lam exceeds the penalty, or the last node; lam rises from where it is positive."""
    count = len(table.kappa)
    if aspects.min() == aspects.max():
        values = _penalty(table.kappa, table.shrink, table.held, aspects[:1])
        return np.minimum(np.searchsorted(np.maximum.accumulate(values), penalties, side="right"), count - 1)
    left, right = np.full(penalties.shape, -1), np.full(penalties.shape, count - 1)
    for _ in range(count.bit_length()):
        middle = np.maximum((left + right) // 2, 0)
        kappa, shrink, held = table.kappa[middle], table.shrink[middle], table.held[middle]
        beyond = _penalty(kappa, shrink, held, aspects) > penalties
        right, left = np.where(beyond, middle, right), np.where(beyond, left, middle)
    return right


def _between(penalties: Array, left: tuple[Array, ...], right: tuple[Array, ...]) -> Array:
    """Between nodes (kappa, lam, slope): inverse cubic, or Newton from the right where that may fail."""
    (start, low, low_slope), (end, high, high_slope) = left, right
    newton = np.maximum(end - (high - penalties) / high_slope, start)
    usable = (low_slope > 0.1 * high_slope) & (low <= penalties) & (penalties <= high) & (high > low)
    rise = np.where(usable, high - low, 1.0)
    share = (penalties - low) / rise
    rest = 1.0 - share
    bend = rest * rise / np.where(usable, low_slope, 1.0) - share * rise / high_slope
    cubic = start + share**2 * (3.0 - 2.0 * share) * (end - start) + share * rest * bend
    return np.where(usable, np.clip(cubic, start, end), newton)
