"""Effective regularisation: the root kappa of `kappa (1 - gamma df1) = lam`, on one atom and on a spectrum.

Derived in "one_point" and "marchenko_pastur".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arithmetic import FAST, REAL, solved
from .tabulated import tabulated_root, worth_tabulating

__all__ = ["fixed_point", "spectral_fixed_point"]

_MOST_STEPS = 10_000
_ROUNDING = 1e-9  # by less than this, weights sum to 1


def fixed_point(lam: Any, gamma: Any, xp: Any, missing: Any = None) -> tuple[Any, Any, Any]:
    """Kappa, omega = 1 - df1/n and their sum, of one atom.

    Kappa and -omega are the roots of `x^2 + a x - lam = 0`, `a = 1 - gamma - lam`; what they differ by is
    `(1 + kappa) delta`, as differentiating the equation in lam shows. `missing` is the share of dimensions
    that carry no variance: gamma counts only for the others.
    """
    half = (1 - gamma - lam if missing is None else (1 - gamma) + (gamma * missing - lam)) / 2
    size = abs(half)
    root = xp.root_of_square_plus(half, lam)
    smaller = xp.quotient(lam, size + root)
    return smaller + (size - half), smaller + (size + half), root + root


@solved
def spectral_fixed_point(
    lam: Any, gamma: Any, eigenvalues: Any, penalty: Any, weights: Any, xp: Any
) -> tuple[Any, Any]:
    """The root kappa and omega = 1 - gamma df1, `df1 = sum w s/(s + kappa g)`.

    The last axis runs over atoms, whose weights sum to 1, or to less where there are others without variance;
    `lam` and `gamma` have length 1 on it.

    The spectrum is replaced by the single atom that matches `df1` and its derivative at the current kappa,
    whose fixed point is a quadratic solved without cancellation, and so on until kappa no longer moves.

    *Convergence.* `1/df1` is a concave function of kappa: a weighted harmonic mean of functions linear in it.
    For one atom it is linear, so the matching atom is its tangent: Newton's method for `1/df1`. A tangent
    lies above a concave function, so `df1` of the atom lies below `df1`, `kappa (1 - gamma df1)` above, and
    its root below the root sought: from the first step on every iterate is a lower bound. At a lower bound
    kappa the left side of the fixed point is at most lam, for the spectrum and the atom alike since they
    agree there, so the next iterate is no lower. The iterates increase, are bounded, and their limit is a
    root, the only positive one since `kappa (1 - gamma df1)` is convex and starts at 0; the step has the
    slope of the function at the root, so convergence is quadratic. One atom takes one step.

    Atoms without variance only thin the others out: the problem is that of the rest, of rank `v = sum_{s>0}
    w`, at `gamma v`, which counts as 1 where it is 1 to the rounding of
    `(1 - gamma) + gamma (1 - v)`. At `lam = 0` and `gamma v <= 1` kappa is 0
    and omega `1 - gamma v`. Many penalties on one spectrum of floats are read off a table (`tabulated`).
    """
    missing = xp.total(xp.where(eigenvalues > 0, 0 * weights, weights))
    left = 1 - xp.total(weights + 0 * eigenvalues)
    thinned = left > _ROUNDING
    missing = xp.where(thinned, left + missing, missing)
    rank = xp.total(xp.where(eigenvalues > 0, weights, 0 * weights))
    close = abs((1 - gamma) + gamma * missing) <= 4 * xp.epsilon * gamma * xp.where(thinned, 1.0, missing)
    aspect = xp.where(missing > 0, xp.where(close, 1 + 0 * gamma, gamma * rank), gamma + 0 * rank)
    idle = rank == 0
    share = xp.where(eigenvalues > 0, weights, 0 * weights)
    share = share / xp.where((missing > 0) & (rank > 0), rank, 1 + 0 * rank)
    short = xp.where(missing > 0.5, xp.one_less_product(gamma, rank), (1 - gamma) + gamma * missing)
    short = xp.where(close, 0 * short, short)
    settled = ((lam == 0) & (short >= 0)) | idle
    within = worth_tabulating(lam, aspect, eigenvalues, penalty, share) if xp in (REAL, FAST) else None
    if within is not None:
        kappa, lost = tabulated_root(lam, aspect, eigenvalues, penalty, share, settled, within)
        if lost.any():
            at = (np.broadcast_to(value, lost.shape)[lost][:, None] for value in (kappa, lam, gamma, close))
            root, penalties, ratio, near = at
            seen = eigenvalues, penalty, weights, near
            kappa[lost] = _polished(root, penalties, ratio, *seen, xp)[:, 0]
    else:
        kappa = _increasing(lam, aspect, eigenvalues, penalty, share, settled, xp)
        kappa = _polished(kappa, lam, gamma, eigenvalues, penalty, weights, settled | close, xp)
    kappa = xp.where(settled, lam + 0 * aspect, kappa)
    left = xp.where(settled, xp.where(idle, 1 + 0 * short, short), 0 * aspect)
    return kappa, xp.where(lam > 0, xp.quotient(lam + 0 * aspect, kappa), left)


def _increasing(
    lam: Any, gamma: Any, eigenvalues: Any, penalty: Any, weights: Any, settled: Any, xp: Any
) -> Any:
    """The limit of the increasing iterates; anything where `settled`."""
    bound = lam + gamma * xp.total(weights * (eigenvalues / penalty))
    settled = settled | (bound == lam)  # kappa lies between the two
    start = xp.where(settled, 1 + 0 * bound, bound)
    known, lam = bound == lam, xp.where(settled, 1 + 0 * bound, lam + 0 * bound)
    kappa = _one_atom(lam, gamma, eigenvalues, penalty, weights, start, xp)
    for _ in range(_MOST_STEPS):
        at = xp.where(settled, 1 + 0 * bound, kappa)
        further = _one_atom(lam, gamma, eigenvalues, penalty, weights, at, xp)
        moved = (further > kappa * (1 + 2 * xp.epsilon)) & ~settled
        kappa = xp.where(moved, further, kappa)
        if not moved.any():
            break
    return xp.where(known, bound, kappa)


def _polished(
    kappa: Any, lam: Any, gamma: Any, eigenvalues: Any, penalty: Any, weights: Any, settled: Any, xp: Any
) -> Any:
    """Kappa after a step of Newton's method with all digits of `omega = 1 - gamma df1`.

    A few large atoms among many small ones can make `gamma df1` cancel. With W the weight of the atoms that
    are mostly kept, omega is `(1 - gamma W)`, and what is lost of these less what is kept of the others.
    """
    at = xp.where(settled, 1 + 0 * kappa, kappa)
    scale = xp.where(eigenvalues > 0, eigenvalues + at * penalty, 1 + 0 * (eigenvalues + at))
    kept, lost = eigenvalues / scale, xp.where(eigenvalues > 0, at * penalty / scale, 1 + 0 * scale)
    mostly = kept > lost
    none = 0 * (weights + kept)
    inside, outside = (xp.total(xp.where(mostly == most, weights + none, none)) for most in (True, False))
    first = xp.where(outside < inside, (1 - gamma) + gamma * outside, xp.one_less_product(gamma, inside))
    omega = first + gamma * xp.total(weights * xp.where(mostly, lost, -kept))
    delta = omega + gamma * xp.total(weights * (lost * kept))
    step = (lam - at * omega) / xp.where(delta > 0, delta, 1 + 0 * delta)
    small = (delta > 0) & (abs(step) < 1e-3 * at)  # a step beyond is no correction of rounding
    return xp.where(small & ~settled, at + step, kappa)


def _one_atom(lam: Any, gamma: Any, eigenvalues: Any, penalty: Any, weights: Any, kappa: Any, xp: Any) -> Any:
    """The kappa of the one atom that matches df1 and its derivative at `kappa`.

    The atom has weight `1 - spread`, the squared mean over the mean square of `S = s/(s + kappa g)`, and
    penalty `slope`; its fixed point is the isotropic one with `lam` scaled by `slope`.
    """

    def mean(values: Any) -> Any:
        return xp.total(weights * values)

    # An atom without variance has S = 0 whatever kappa is, even one too small for kappa g to be a number.
    varies = eigenvalues > 0
    scale = xp.where(varies, eigenvalues + kappa * penalty, 1 + 0 * (eigenvalues + kappa))
    shrink, lost = eigenvalues / scale, xp.where(varies, kappa * penalty / scale, 1 + 0 * scale)
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
    scaled, _, _ = fixed_point(lam * slope, gamma, xp, spread)
    return scaled / slope
