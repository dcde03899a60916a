"""The estimators themselves: convex losses with a ridge penalty, minimised on drawn rows.

`b = argmin (1/n) sum_i loss(y_i, x_i'b) + (lam/2) b' Gamma b`. The loss and its derivatives are written out
here in their own right, so that what is measured is evidence about the theory.

Smooth losses go by Newton's method with backtracking, in the coordinates where the penalty is the identity
and in whichever of primal and dual is smaller. The hinge and the absolute loss have a kink, at which
residuals come to rest: their dual, a quadratic form over a box, is minimised by an interior-point method.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from .drawn.rows import Matrix, Vector
from .estimators.least_squares import Penalty

__all__ = ["fit_convex"]

_MOST_STEPS = 300


def fit_convex(
    rows: Matrix,
    labels: Vector,
    lam: float,
    loss: str,
    penalty: Vector | Matrix | None = None,
    threshold: float = 1.0,
) -> Vector:
    """Coefficients `(d,)` of the minimiser on `rows` `(n, d)` and `labels` `(n,)`, at one `lam > 0`.

    >>> rows, labels = np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([1.0, -1.0])
    >>> fit_convex(rows, labels, 0.5, "squared")
    array([ 0.5, -0.4])
    """
    if not lam > 0:
        raise ValueError(f"lam must be > 0, got {lam} (ridge penalty of a simulated convex loss)")
    weighting = Penalty.of(penalty)
    design = weighting.whiten(rows)
    if loss in ("hinge", "absolute"):
        found = _boxed(design, labels, lam, loss)
    else:
        found = _newton(design, labels, lam, _smooth(loss, labels, threshold))
    return np.asarray(weighting.restore(found))


Smooth = Callable[[Vector], tuple[float, Vector, Vector]]


def _smooth(loss: str, y: Vector, threshold: float) -> Smooth:
    """The mean loss of predictions, and the slope and curvature of each row's."""

    def squared(p: Vector) -> tuple[float, Vector, Vector]:
        return float(np.mean((p - y) ** 2) / 2), p - y, np.ones_like(p)

    def logistic(p: Vector) -> tuple[float, Vector, Vector]:
        value = np.logaddexp(0.0, p) - (1 + y) / 2 * p
        up = np.exp(-np.logaddexp(0.0, -p))
        return float(np.mean(value)), up - (1 + y) / 2, up * (1 - up)

    def squared_hinge(p: Vector) -> tuple[float, Vector, Vector]:
        up, down = (1 + y) / 2, (1 - y) / 2
        one, other = np.maximum(1 - p, 0.0), np.maximum(1 + p, 0.0)
        value = (up * one**2 + down * other**2) / 2
        return float(np.mean(value)), down * other - up * one, up * (one > 0) + down * (other > 0)

    def huber(p: Vector) -> tuple[float, Vector, Vector]:
        away = np.abs(p - y)
        inside = away <= threshold
        value = np.where(inside, away**2 / 2, threshold * (away - threshold / 2))
        return float(np.mean(value)), np.clip(p - y, -threshold, threshold), inside.astype(float)

    known = {"squared": squared, "logistic": logistic, "squared hinge": squared_hinge, "huber": huber}
    if loss not in known:
        raise ValueError(f"loss must be one of {', '.join([*known, 'hinge', 'absolute'])}, got {loss!r}")
    return known[loss]


def _newton(rows: Matrix, y: Vector, lam: float, smooth: Smooth) -> Vector:
    """Newton's method; where the loss is flat on many rows, the penalty keeps the Hessian definite."""
    samples, dim = rows.shape
    b = np.zeros(dim)
    value, slope, curvature = smooth(rows @ b)
    for _ in range(_MOST_STEPS):
        objective = value + lam / 2 * float(b @ b)
        gradient = rows.T @ slope / samples + lam * b
        step = -_inverse_times(rows, curvature / samples, lam, gradient)
        descent = float(gradient @ step)
        if -descent <= 1e-13 * abs(objective):  # below what the objective shows; the last step squares it
            return np.asarray(b + step)
        length = 1.0
        while length > 1e-10:
            further = b + length * step
            found = smooth(rows @ further)
            if found[0] + lam / 2 * float(further @ further) <= objective + 1e-4 * length * descent:
                break
            length /= 2
        else:
            break
        b, (value, slope, curvature) = further, found
    return b


def _inverse_times(rows: Matrix, weights: Vector, lam: float, vector: Vector) -> Vector:
    """`(rows' diag(weights) rows + lam I)^{-1} vector`, in the smaller of the two dimensions."""
    samples, dim = rows.shape
    if dim <= samples:
        normal = (rows.T * weights) @ rows
        normal[np.diag_indices_from(normal)] += lam
        return np.asarray(np.linalg.solve(normal, vector))
    used = weights > 0
    part = rows[used] * np.sqrt(weights[used])[:, None]
    inner = part @ part.T
    inner[np.diag_indices_from(inner)] += lam
    return np.asarray((vector - part.T @ np.linalg.solve(inner, part @ vector)) / lam)


def _boxed(rows: Matrix, y: Vector, lam: float, loss: str) -> Vector:
    """Minimise `|rows' a|^2/(2 lam n^2) - c'a/n` over a box, `b = rows' a/(n lam)`, by a primal-dual method.

    The hinge has `0 <= y_i a_i <= 1` and `c = y`, the absolute loss `-1 <= a_i <= 1` and `c = y`.
    """
    samples = len(y)
    if loss == "hinge":
        if not np.isin(y, (-1.0, 1.0)).all():
            raise ValueError("labels of the hinge loss are 1 or -1 in a simulation")
        low, high = np.minimum(y, 0.0), np.maximum(y, 0.0)
    else:
        low, high = -np.ones(samples), np.ones(samples)
    scale = 1.0 / (lam * samples)
    a = (low + high) / 2
    under, over, below, above = a - low, high - a, np.ones(samples), np.ones(samples)
    for _ in range(_MOST_STEPS):
        residual = scale * (rows @ (rows.T @ a)) - y - below + above
        gap = float(under @ below + over @ above) / (2 * samples)
        close = float(np.abs(residual).max()) < 1e-9 * max(1.0, float(np.abs(y).max()))
        if (gap < 1e-12 and close) or gap < 1e-15:
            break
        step: list[Vector] = []
        aim = 0.0
        for corrector in (False, True):
            cross = (step[0] * step[1], -step[0] * step[2]) if corrector else (0.0, 0.0)
            left, right = aim - cross[0], aim - cross[1]
            weights = below / under + above / over
            push = -residual - below + above + left / under - right / over
            move = _box_solve(rows, scale, weights, push)
            first = (left - below * move) / under - below
            second = (right + above * move) / over - above
            step = [move, first, second]
            length = _longest([under, over, below, above], [move, -move, first, second])
            if not corrector:
                ahead = float((under + length * move) @ (below + length * first))
                ahead += float((over - length * move) @ (above + length * second))
                aim = gap * (max(ahead, 0.0) / (2 * samples * gap)) ** 3
        length *= 0.995
        a, under, over = a + length * step[0], under + length * step[0], over - length * step[0]
        below, above = below + length * step[1], above + length * step[2]
    return np.asarray(rows.T @ a * scale)


def _box_solve(rows: Matrix, scale: float, weights: Vector, push: Vector) -> Vector:
    """`(scale rows rows' + diag(weights))^{-1} push`."""
    samples, dim = rows.shape
    if samples <= dim:
        inner = scale * (rows @ rows.T)
        inner[np.diag_indices_from(inner)] += weights
        return np.asarray(np.linalg.solve(inner, push))
    inner = (rows.T / weights) @ rows * scale
    inner[np.diag_indices_from(inner)] += 1.0
    return np.asarray((push - scale * (rows @ np.linalg.solve(inner, rows.T @ (push / weights)))) / weights)


def _longest(values: Sequence[Vector], steps: Sequence[Vector]) -> float:
    """The longest step in (0, 1] that keeps every value positive."""
    ratios = [
        float(np.min(-value[step < 0] / step[step < 0], initial=np.inf))
        for value, step in zip(values, steps, strict=True)
    ]
    return min(1.0, *ratios)
