"""The effective regularisation of a spectrum: the root kappa of `kappa (1 - gamma df1) = lam`."""

from __future__ import annotations

from typing import Any

from .kernels import fixed_point

__all__ = ["spectral_fixed_point"]

_MOST_STEPS = 10_000


def spectral_fixed_point(
    lam: Any, gamma: Any, eigenvalues: Any, penalty: Any, weights: Any, xp: Any
) -> tuple[Any, Any]:
    """The root kappa and omega = 1 - gamma df1, `df1 = sum w s/(s + kappa g)`; the last axis runs over atoms, whose weights sum to 1.

    The spectrum is replaced by the single atom that matches `df1` and its derivative at the current kappa,
    whose fixed point is a quadratic solved without cancellation, and so on until kappa no longer moves. This
    is Newton's method for `1/df1`, which is a concave function of kappa (a weighted harmonic mean of
    functions linear in it). The matching atom is its tangent and lies above it, so `df1` of the atom lies
    below `df1`, and its kappa below the root: from the first step on every iterate is a lower bound. At a
    lower bound the next one cannot be lower, so the iterates increase to the root, quadratically, from any
    start. One atom takes one step.

    At `lam = 0` with no more than full rank (`gamma sum_{s>0} w <= 1`) kappa is 0 and omega exactly what is
    left.
    """
    rank = xp.where(eigenvalues > 0, weights, 0 * weights).sum(axis=-1, keepdims=True)
    settled = ((lam == 0) & (gamma * rank <= 1)) | (rank == 0)
    bound = lam + gamma * (weights * (eigenvalues / penalty)).sum(axis=-1, keepdims=True)
    kappa = _one_atom(lam, gamma, eigenvalues, penalty, weights, xp.where(settled, 1 + 0 * bound, bound), xp)
    for _ in range(_MOST_STEPS):
        further = _one_atom(
            lam, gamma, eigenvalues, penalty, weights, xp.where(settled, 1 + 0 * bound, kappa), xp
        )
        moved = (further > kappa * (1 + 2 * xp.epsilon)) & ~settled
        kappa = xp.where(moved, further, kappa)
        if not moved.any():
            break
    kappa = xp.where(settled, lam + 0 * bound, kappa)
    left = xp.where(settled, 1 - gamma * rank, 0 * bound)
    return kappa, xp.where(lam > 0, xp.quotient(lam + 0 * bound, kappa), left)


def _one_atom(lam: Any, gamma: Any, eigenvalues: Any, penalty: Any, weights: Any, kappa: Any, xp: Any) -> Any:
    """The kappa of the one atom that matches df1 and its derivative at `kappa`.

    The atom has weight `1 - spread`, the squared mean over the mean square of `S = s/(s + kappa g)`, and
    penalty `slope`; its fixed point is the isotropic one with `lam` scaled by `slope`.
    """

    def mean(values: Any) -> Any:
        return (weights * values).sum(axis=-1, keepdims=True)

    scale = eigenvalues + kappa * penalty
    shrink, lost = eigenvalues / scale, kappa * penalty / scale
    largest = shrink.max(axis=-1, keepdims=True)
    largest = xp.where(largest > 0, largest, 1 + 0 * largest)
    relative = shrink / largest
    square = mean(relative * relative)
    square = xp.where(square > 0, square, 1 + 0 * square)
    # The deviations of S are those of 1 - S: take them from whichever is small.
    deviation = xp.where(mean(lost) < 0.5, lost - mean(lost), shrink - mean(shrink)) / largest
    spread = mean(deviation * deviation) / square
    slope = mean(relative * (penalty / (scale * largest))) / square
    slope = xp.where(slope > 0, slope, 1 + 0 * slope)
    scaled, _ = fixed_point(lam * slope, gamma, xp, spread)
    return scaled / slope
