"""The effective regularisation of a spectrum: the root kappa of `kappa (1 - gamma df1) = lam`."""

from __future__ import annotations

from typing import Any

from ..evaluate.kernels import fixed_point

__all__ = ["spectral_fixed_point"]

_MOST_STEPS = 10_000


def spectral_fixed_point(
    lam: Any, gamma: Any, eigenvalues: Any, penalty: Any, weights: Any, xp: Any
) -> tuple[Any, Any]:
    """kappa and omega = 1 - gamma df1, `df1 = sum w s/(s + kappa g)`; the last axis runs over atoms.

    The spectrum is replaced by the single atom that matches `df1` and its derivative at the current kappa, whose
    fixed point is a quadratic solved without cancellation, and so on until kappa no longer moves. This is Newton's
    method for `1/df1`, which is a concave function of kappa (a weighted harmonic mean of functions linear in it).
    The matching atom is its tangent and lies above it, so `df1` of the atom lies below `df1`, and its kappa below the
    root: from the first step on every iterate is a lower bound. At a lower bound the next one cannot be lower, so
    the iterates increase to the root, quadratically, from any start. One atom takes one step.

    At `lam = 0` with no more than full rank (`gamma sum_{s>0} w <= 1`) kappa is 0 and omega exactly what is left.
    """
    positive = eigenvalues > 0
    zero = 0 * (eigenvalues + penalty)
    rank = xp.where(positive, weights, 0 * weights).sum(axis=-1, keepdims=True)
    ratio = xp.quotient(eigenvalues + zero, penalty)
    kappa = lam + gamma * (weights * ratio).sum(axis=-1, keepdims=True)
    settled = (lam == 0) & (gamma * rank <= 1)
    missing = 1 - weights.sum(axis=-1, keepdims=True)
    for step in range(_MOST_STEPS):
        scale = eigenvalues + kappa * penalty
        shrink = eigenvalues / scale
        lost = kappa * penalty / scale
        df1 = (weights * shrink).sum(axis=-1, keepdims=True)
        df2 = (weights * shrink * shrink).sum(axis=-1, keepdims=True)
        mean = (weights * lost).sum(axis=-1, keepdims=True)
        spread = (weights * (lost - mean) ** 2).sum(axis=-1, keepdims=True) / df2
        slope = (weights * shrink * (penalty / scale)).sum(axis=-1, keepdims=True) / df2
        # The atom has weight 1 - spread and penalty `slope`; its df1 matches at kappa.
        matched = _one_atom(lam, gamma, spread + missing, slope, xp)
        moved = matched > kappa * (1 + 2 * xp.epsilon)
        first = step == 0
        kappa = xp.where(moved | first, matched, kappa)
        if not first and not (moved & ~settled).any():
            break
    kappa = xp.where(settled, 0 * kappa, kappa)
    omega = xp.where(lam > 0, xp.quotient(lam + 0 * kappa, kappa), xp.where(settled, 1 - gamma * rank, 0 * kappa))
    return kappa, omega


def _one_atom(lam: Any, gamma: Any, spread: Any, slope: Any, xp: Any) -> Any:
    """kappa of one atom of weight 1 - spread and penalty `slope`: the isotropic fixed point, rescaled."""
    scaled, _ = fixed_point(lam * slope, gamma, xp, spread)
    return scaled / slope
