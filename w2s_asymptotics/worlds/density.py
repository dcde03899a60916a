"""The atoms that stand for a continuous spectral density, by Gaussian quadrature."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..notation import check

__all__ = ["density_atoms"]

_MOST_NODES = 2000


def density_atoms(
    density: Callable[[Any], Any],
    support: tuple[float, float],
    energy: Any,
    nodes: int,
    edges: tuple[float, float],
) -> tuple[Any, Any, Any, float]:
    """Eigenvalues, weights, energies and an estimate of the relative error, by half as many nodes.

    The arguments are those of `Population.density`, and checked here.
    """
    if not callable(density):
        raise ValueError(f"density must be a function of an eigenvalue, got {density!r}")
    ends, exponents = _pair("support", support), _pair("edges", edges)
    low, high = (check("eigenvalues", end, "Population.density") for end in ends)
    if not low < high:
        raise ValueError(f"support must be an interval (low, high), got {support!r}")
    if not (isinstance(nodes, int) and 4 <= nodes <= _MOST_NODES):
        raise ValueError(
            f"nodes must be a whole number from 4 to {_MOST_NODES}, got {nodes!r} (Population.density)"
        )
    if not all(edge > -1 for edge in exponents):
        raise ValueError(f"edges must be exponents > -1, got {edges!r} (Population.density)")

    def atoms(count: int) -> tuple[Any, Any, Any]:
        """Gauss-Jacobi with the exponents of the edges."""
        points, shares = _gauss_jacobi(count, *exponents[::-1])
        s = low + (high - low) * (1 + points) / 2
        singular = (1 - points) ** exponents[1] * (1 + points) ** exponents[0]
        values = np.array([_value(density, each, "density") for each in s])
        w = (high - low) / 2 * shares * values / singular
        if callable(energy):
            return s, w, w * np.array([_value(energy, each, "signal") for each in s])
        return s, w, w / w.sum() * check("signal", energy, "Population.density")

    (s, w, e), coarse = atoms(nodes), atoms(nodes // 2)
    gaps = [abs(_held(s, w, e, k) / _held(*coarse, k) - 1) for k in (s @ w / w.sum(), 1e-3 * (s @ w))]
    total = float(w.sum())
    if not (w >= 0).all() or abs(total - 1.0) > max(1e-9, 10 * abs(total - float(coarse[1].sum()))):
        raise ValueError(
            f"density must be nonnegative and integrate to 1 over its support, got {total:.12g} "
            "(Population.density; more nodes, or the exponents of the edges, make the quadrature finer)"
        )
    return s, w / total, e, float(np.max(gaps))


def _pair(name: str, value: Any) -> tuple[float, float]:
    """Two real numbers."""
    plain = isinstance(value, (tuple, list, np.ndarray)) and len(value) == 2
    if not plain or any(
        isinstance(end, (bool, str, complex))
        or (isinstance(end, int) and abs(end) >= 10**300)
        or np.ndim(end)
        or not np.isreal(end)
        or hasattr(end, "subs")
        for end in value
    ):
        raise ValueError(f"{name} must be a pair of numbers, got {repr(value)[:80]} (Population.density)")
    return float(value[0]), float(value[1])


def _value(function: Any, at: Any, name: str) -> float:
    """A function's value at an eigenvalue, a float."""
    value = function(float(at))
    if isinstance(value, (str, complex)) or np.ndim(value):
        raise ValueError(f"{name} must return a real number, got {value!r} (Population.density)")
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name} must return a real number, got {value!r} (Population.density)") from None


def _held(s: Any, w: Any, e: Any, kappa: float) -> Any:
    """The functionals of the spectrum that risks are made of, at one kappa."""
    keep = s / (s + kappa)
    return np.array([w @ keep, w @ keep**2, e @ (1 - keep) ** 2 + np.finfo(float).tiny])


def _gauss_jacobi(count: int, alpha: float, beta: float) -> tuple[Any, Any]:
    """Nodes and weights for `(1-x)^alpha (1+x)^beta` on [-1, 1] (Golub, Welsch 1969)."""
    k = np.arange(1, count, dtype=float)
    total = alpha + beta
    diagonal = np.empty(count)
    diagonal[0] = (beta - alpha) / (total + 2)
    diagonal[1:] = (beta**2 - alpha**2) / ((2 * k + total) * (2 * k + total + 2))
    squared = 4 * k * (k + alpha) * (k + beta) * (k + total)
    with np.errstate(divide="ignore", invalid="ignore"):
        squared /= (2 * k + total) ** 2 * (2 * k + total + 1) * (2 * k + total - 1)
    # At k = 1 the factors k + total and 2k + total - 1 are one and the same.
    squared[0] = 4 * (1 + alpha) * (1 + beta) / ((2 + total) ** 2 * (3 + total))
    off = np.sqrt(squared)
    nodes, vectors = np.linalg.eigh(np.diag(diagonal) + np.diag(off, 1) + np.diag(off, -1))
    mass = 2 ** (total + 1) * math.gamma(alpha + 1) * math.gamma(beta + 1) / math.gamma(total + 2)
    return nodes, mass * vectors[0] ** 2
