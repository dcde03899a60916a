"""Where the eigenvalues of a sample covariance lie, and quadrature nodes that resolve a filter on them.

On the spectrum kappa, continued to the penalty `lam = -x - i0`, is complex. Its path is explicit in `u = -Re
kappa`: with `v = |Im kappa|`, `gamma sum w s^2/((s - u)^2 + v^2) = 1` wherever a `v > 0` solves it (the
imaginary part of `lam = kappa (1 - gamma sum w s/(s + kappa))` vanishes), else u lies in a gap. Then

    x = |kappa|^2 gamma sum w s/|s + kappa|^2,    dx/du = 2 (v^2 A^2 + B^2)/A,

`A = gamma sum w s^2/|s + kappa|^4`, `B = gamma sum w s^2 (s - u)/|s + kappa|^4`, in positive terms, and the
eigenvectors have energy `s_j v/(pi x |s_j + kappa|^2) dx` on atom j (Silverstein, Choi 1995; Ledoit, Peche
2011). With gamma v > 1, v the rank of Sigma, there are null directions as well: kappa(0) > 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from ..arithmetic import REAL
from .fixed_point import spectral_fixed_point

__all__ = ["Nodes", "SampleSpectrum", "sample_spectrum"]

_PANEL = 12
_TOLERANCE = 1e-14
_ROUNDING = 5e-14
_MOST = 6000
_LEAST = 4  # eigenvalues to a panel, at the least, from which on it is not even tried
_GRADED = 8.0
_NARROWEST = 1e-16
_DEEPEST = 50
_BISECTIONS = 110
_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(_PANEL)


@dataclass(frozen=True, eq=False)
class Nodes:
    """Eigenvalues of the sample with quadrature weights (`dx` included), kappa there, and which lead."""

    x: Any
    weight: Any
    kappa: Any
    leads: Any

    def energy(self, eigenvalues: Any) -> Any:
        """What the eigenvectors at each node (first axis) have on each atom; over all nodes at most 1."""
        size = abs(eigenvalues + self.kappa[:, None]) ** 2
        scale = self.weight * abs(self.kappa.imag) / (np.pi * self.x)
        return eigenvalues * scale[:, None] / size


@dataclass(frozen=True, eq=False)
class SampleSpectrum:
    """The spectrum of sample covariances of aspect ratio gamma.

    Of Sigma the distinct eigenvalues `s > 0` and their weights; of the sample the edges, in u.
    `null` is kappa(0), which is 0 unless there are null directions beyond those of Sigma.
    """

    gamma: float
    eigenvalues: Any
    weights: Any
    edges: Any
    null: float

    def kappa(self, low: Any, high: Any, angle: Any) -> Any:
        """`-u - iv` in an interval, at `u = (low + high)/2 - (high - low)/2 cos(angle)`.

        `1/sum(...)` is concave in v^2, so Newton's method increases to the root from below. Two more steps
        take the residual beside the nearest edge, where v = 0: this keeps all digits of a small v.
        """
        from_low, from_high = (high - low) * np.sin(angle / 2) ** 2, (high - low) * np.cos(angle / 2) ** 2
        edge = np.where(from_low < from_high, low, high)
        offset = np.where(from_low < from_high, from_low, -from_high)
        u = edge + offset
        numerator = self.gamma * self.weights * self.eigenvalues**2
        distance, at_edge = self.eigenvalues - u[..., None], self.eigenvalues - edge[..., None]
        square = distance * distance
        height = np.max(numerator - square, axis=-1, initial=0.0)
        for _ in range(_BISECTIONS):
            below = 1 / np.maximum(square + height[..., None], np.finfo(float).tiny)
            total = (numerator * below).sum(axis=-1)
            further = height + np.maximum((total - 1) * total / (numerator * below * below).sum(axis=-1), 0.0)
            if not (further > height * (1 + 4e-16)).any():
                break
            height = further
        change = offset[..., None] * (distance + at_edge)
        for _ in range(2):
            below = 1 / np.maximum(square + height[..., None], np.finfo(float).tiny)
            residual = (numerator * below / at_edge**2 * (change - height[..., None])).sum(axis=-1)
            height = np.maximum(height + residual / (numerator * below * below).sum(axis=-1), 0.0)
        return -u - 1j * np.sqrt(height)

    def at(self, kappa: Any) -> tuple[Any, Any]:
        """The eigenvalue x and dx/du."""
        distance = self.eigenvalues + kappa.real[..., None]
        square = distance * distance + (kappa.imag**2)[..., None]
        first = (self.gamma * self.weights * self.eigenvalues / square).sum(axis=-1)
        fourth = self.gamma * self.weights * self.eigenvalues**2 / square**2
        A, B = fourth.sum(axis=-1), (fourth * distance).sum(axis=-1)
        return abs(kappa) ** 2 * first, 2 * (kappa.imag**2 * A + B * (B / A))

    def share_above(self, kappa: Any) -> Any:
        """The share of the d directions with larger eigenvalues: a closed form, exact at edges."""
        kappa = kappa.conj()
        atoms = self.eigenvalues + kappa[..., None]
        aspect = self.gamma * self.weights.sum()
        turns = (aspect - 1) * np.angle(kappa) - self.gamma * (self.weights * np.angle(atoms)).sum(axis=-1)
        pull = (self.gamma * self.weights * self.eigenvalues * (1 / atoms).imag).sum(axis=-1)
        return (1 + (turns + pull) / np.pi) / self.gamma

    def cut(self, share: float) -> tuple[int, float]:
        """The interval and the angle above which this share of the directions lies.

        In a gap, the angle 0 of the interval above it.
        """
        masses = np.array([self.weights[self.eigenvalues > low].sum() for low in self.edges[::2]])
        exact = np.flatnonzero(abs(masses[1:] - share) <= 8 * np.finfo(float).eps)
        if exact.size:
            return int(exact[0]) + 1, 0.0
        place = int(np.flatnonzero(masses > share)[-1]) if (masses > share).any() else 0
        ends = 0.0, np.pi
        for _ in range(10):
            angles = np.linspace(*ends, 65)
            kappa = self.kappa(self.edges[2 * place], self.edges[2 * place + 1], angles[1:-1])
            above = int(np.sum(self.share_above(kappa) > share))
            ends = angles[above], angles[above + 1]
        return place, float(ends[0] + ends[1]) / 2

    def nodes(self, resolve: Callable[[Nodes], Any], share: float | None) -> Nodes:
        """Nodes of Gauss panels, split until each resolves the functions `resolve` (nodes, functions).

        An interval is run through by the angle of `kappa`, in which nothing is singular at its edges. With a
        share, panels end where it is reached.
        """
        place, angle = (len(self.edges), 0.0) if share is None else self.cut(share)
        panels = []
        for index, (low, high) in enumerate(zip(self.edges[::2], self.edges[1::2], strict=True)):
            ends = self._ends_of_panels(index)
            if index == place and angle > 0:
                ends = np.unique([*ends, angle])
            for start, end in zip(ends[:-1], ends[1:], strict=True):
                panels.append((low, high, start, end, index > place or (index == place and start >= angle)))
        rows = np.array(panels)
        found, totals, count = [], 0.0, 0
        _check_room(len(rows))
        nodes = self._panels(rows)
        integrals = _integrals(nodes, resolve)
        for depth in range(_DEEPEST):
            middle = (rows[:, 2] + rows[:, 3]) / 2
            halves = np.repeat(rows, 2, axis=0)
            halves[::2, 3], halves[1::2, 2] = middle, middle
            finer = self._panels(halves)
            parts = _integrals(finer, resolve)
            both = parts[::2] + parts[1::2]
            size = totals + abs(both).sum(axis=0)
            change = abs(both - integrals)
            # What changes by as little beside the panel's own integral is rounding, which no panel mends.
            bad = (change > np.maximum(_TOLERANCE * size, _ROUNDING * abs(both))).any(axis=1)
            bad &= depth < _DEEPEST - 1
            count += len(rows) + int(bad.sum())
            _check_room(count)
            found.append(_some(nodes, ~bad))
            count -= 2 * int(bad.sum())
            totals = totals + abs(both[~bad]).sum(axis=0)
            if not bad.any():
                break
            again = np.repeat(bad, 2)
            rows, nodes, integrals = halves[again], _some(finer, again), parts[again]
        return Nodes(*(np.concatenate([getattr(part, name) for part in found]) for name in _FIELDS))

    def _ends_of_panels(self, index: int) -> Any:
        """Where to part an interval at first: finely at an end that is close to 0 or to another interval.

        A feature as narrow as that distance could fall between the nodes of wide panels, unseen.
        """
        low, high = self.edges[2 * index : 2 * index + 2]
        below = min(abs(low), low - self.edges[2 * index - 1] if index else np.inf)
        above = self.edges[2 * index + 2] - high if 2 * index + 2 < len(self.edges) else np.inf
        least = (min(max(distance / (high - low), _NARROWEST), 1.0) for distance in (below, above))
        near, far = (_GRADED ** np.arange(np.log(angle) / np.log(_GRADED), 0) for angle in least)
        return np.unique([0.0, *near, *(np.pi - far), np.pi])

    def _panels(self, rows: Any) -> Nodes:
        """Nodes of panels (edges of the interval, angles from and to, whether it leads), in their order."""
        low, high, start, end, leads = (rows[:, [column]] for column in range(5))
        half = (end - start) / 2
        angle = (start + end) / 2 + half * _POINTS
        kappa = self.kappa(low, high, angle)
        x, slope = self.at(kappa)
        weight = half * _WEIGHTS * (high - low) / 2 * np.sin(angle) * slope
        return Nodes(x.ravel(), weight.ravel(), kappa.ravel(), np.repeat(leads.ravel() > 0, _PANEL))


_FIELDS = ("x", "weight", "kappa", "leads")


def _check_room(panels: int) -> None:
    """Raise `ValueError` where more nodes are asked for than a double integral over them has room for."""
    if panels * _PANEL > _MOST:
        raise ValueError(
            f"the spectrum of the sample covariance needs more than {_MOST} points of quadrature, in too "
            "many intervals, or too narrow ones: give fewer distinct eigenvalues, merging close ones "
            "(Population.eigenvalues), or a gamma that is not as small"
        )


def _integrals(nodes: Nodes, resolve: Callable[[Nodes], Any]) -> Any:
    values = resolve(nodes)
    return values.reshape(-1, _PANEL, values.shape[1]).sum(axis=1)


def _some(nodes: Nodes, panels: Any) -> Nodes:
    chosen = np.repeat(panels, _PANEL)
    return Nodes(*(getattr(nodes, name)[chosen] for name in _FIELDS))


def sample_spectrum(gamma: float, eigenvalues: Any, weights: Any) -> SampleSpectrum:
    """The spectrum of the sample for atoms `s >= 0` of Sigma with these weights; at least one is positive.

    >>> sample_spectrum(0.25, np.array([1.0]), np.array([1.0])).edges
    array([0.5, 1.5])
    """
    return _sample_spectrum(float(gamma), tuple(eigenvalues.tolist()), tuple(weights.tolist()))


@lru_cache(maxsize=64)
def _sample_spectrum(gamma: float, eigenvalues: Any, weights: Any) -> SampleSpectrum:
    s, place = np.unique(eigenvalues, return_inverse=True)
    w = np.bincount(place, weights=weights)
    there = (s > 0) & (w > 0)
    s, w = s[there], w[there]
    _check_room(len(s) // _LEAST)
    ones, at = np.ones(len(s)), np.array([gamma])
    # Shares are those of all d directions: the missing ones stand at 0.
    values, shares = np.append(0.0, s), np.append(max(1.0 - w.sum(), 0.0), w)
    kappa, _ = spectral_fixed_point(np.zeros(1), at, values, np.append(1.0, ones), shares, REAL)
    edges = _edges(gamma, s, w)
    if abs(gamma * w.sum() - 1) <= 4 * np.finfo(float).eps:
        edges[0] = 0.0
    return SampleSpectrum(gamma, s, w, edges, float(kappa[0]))


def _edges(gamma: float, s: Any, w: Any) -> Any:
    """The ends of the intervals of u on which `gamma sum w s^2/(s - u)^2` exceeds 1."""
    numerator = gamma * w * s * s

    def exceeds(u: Any) -> Any:
        return (numerator / np.maximum((s - u[:, None]) ** 2, np.finfo(float).tiny)).sum(axis=1) > 1

    def slope(u: Any) -> Any:
        return (numerator / (s - u[:, None]) ** 3).sum(axis=1)

    def bisected(low: Any, high: Any, is_high: Callable[[Any], Any]) -> Any:
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2
            right = is_high(middle)
            low, high = np.where(right, low, middle), np.where(right, middle, high)
        return (low + high) / 2

    reach = 2 * np.sqrt(numerator.sum())
    # Between two atoms alone the least value is (p^(1/3) + q^(1/3))^3/(distance)^2: a gap needs it below 1.
    cubes = np.cbrt(numerator)
    wide = np.flatnonzero((cubes[1:] + cubes[:-1]) ** 3 < np.diff(s) ** 2)
    lowest = bisected(s[wide], s[wide + 1], lambda u: slope(u) > 0)
    gaps = ~exceeds(lowest)
    lowest, wide = lowest[gaps], wide[gaps]
    starts = np.append(s[0] - reach, lowest), np.append(s[0], s[wide + 1])
    ends = np.append(s[wide], s[-1]), np.append(lowest, s[-1] + reach)
    rising = bisected(starts[0], starts[1], exceeds)
    falling = bisected(ends[0], ends[1], lambda u: ~exceeds(u))
    return np.stack([rising, falling], axis=1).ravel()
