"""Rows pooled from several sources: the fixed point, and what their residuals add to one another.

Source b has the share p_b of the N rows, a weight w_b and its own eigenvalues s_b. With `G = 1/(sum_b p_b q_b
s_b + lam g)` and `t_b = gamma sum w s_b G` the pull of its rows is `q_b = w_b/(1 + w_b t_b)`. Derived in
"pooled_map".

*One solution, and Newton's method finds it from above.* The map `q -> f(q) = w/(1 + w t(q))` is increasing
and concave (a weighted harmonic mean of functions linear in q), and positive at 0 for lam > 0. So `h(q) = q -
f` is convex, `h(w) >= 0`, and where h >= 0 the matrix `h' = 1 - J` has `h' q >= f - J q > 0` by concavity: an
M-matrix, whose inverse is not negative. Steps of Newton's method therefore decrease and stay above every
solution; they converge quadratically, and to all solutions at once, so there is one.

Nothing cancels: `(1 - J) q` is `h + f_b (1/(1 + w_b t_b) + f_b gamma sum w s_b G K)`, `K = lam g G`; from the
entries beside the diagonal and these sums of rows elimination needs no subtraction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

__all__ = ["Pulls", "pooled_fixed_point", "residuals", "shared", "solved_by_sums"]

_MOST_STEPS = 3000


class Pulls(NamedTuple):
    """Pulls q, the fraction `1/(1 + w t)` that they leave of w, `f = w/(1 + w t)`, G and `K = lam g G`.

    At the fixed point q is f.
    """

    pulls: list[Any]
    left: list[Any]
    targets: list[Any]
    inverse: Any
    lost: Any


def _at(
    pulls: Sequence[Any], lam: Any, gamma: Any, shares: Sequence[Any], weights: Sequence[Any],
    variances: Sequence[Any], g: Any, w: Any, xp: Any,
) -> Pulls:  # fmt: skip
    """The quantities that follow from some pulls."""
    held = lam * g
    for pull, share, s in zip(pulls, shares, variances, strict=True):
        held = held + share * pull * s
    inverse = 1 / held
    left = [
        1 / (1 + weight * (gamma * xp.total(w * (s * inverse))))
        for weight, s in zip(weights, variances, strict=True)
    ]
    targets = [weight * each for weight, each in zip(weights, left, strict=True)]
    return Pulls(list(pulls), left, targets, inverse, lam * g * inverse)


def shared(
    found: Pulls, gamma: Any, shares: Sequence[Any], variances: Sequence[Any], w: Any, xp: Any
) -> tuple[Any, Any, Any]:
    """`J_ba q_a` and `(1 - J) q`, by which `(1 - J) diag(q)` is known without a difference; and `f - J q`.

    `J_ba = f_b^2 gamma p_a sum w (s_b G) (s_a G)`.
    """
    parts = [s * found.inverse for s in variances]
    beside = [
        [
            target * gamma * xp.total(w * ((target * one) * ((share * each) * other)))
            for each, share, other in zip(found.pulls, shares, parts, strict=True)
        ]
        for target, one in zip(found.targets, parts, strict=True)
    ]
    ahead = [
        target * (left + target * gamma * xp.total(w * (part * found.lost)))
        for target, left, part in zip(found.targets, found.left, parts, strict=True)
    ]
    gaps = [pull - target for pull, target in zip(found.pulls, found.targets, strict=True)]
    sums = [each + xp.where(gap > 0, gap, 0 * gap) for each, gap in zip(ahead, gaps, strict=True)]
    return beside, sums, ahead


def residuals(
    found: Pulls, right: Sequence[Any], gamma: Any, shares: Sequence[Any], variances: Sequence[Any], w: Any,
    xp: Any,
) -> list[Any]:  # fmt: skip
    """The solution y of `(1 - J)' y = right`: what the rows of every source leave unexplained."""
    beside, sums, _ = shared(found, gamma, shares, variances, w, xp)
    places = range(len(sums))
    columns = [
        solved_by_sums(
            beside, sums, [1 + 0 * each if place == k else 0 * each for place, each in enumerate(sums)]
        )
        for k in places
    ]
    return [
        sum(xp.product(column[place], found.pulls[place] * right[place]) for place in places)
        for column in columns
    ]


def solved_by_sums(beside: Sequence[Sequence[Any]], sums: Sequence[Any], right: Sequence[Any]) -> list[Any]:
    """The solution of `A x = right` for A with entries `-beside` off the diagonal and these sums of rows.

    With nothing negative on the right elimination adds positive numbers only (Grassmann, Taksar, Heyman).

    >>> solved_by_sums([[0.0, 1.0], [2.0, 0.0]], [1.0, 1.0], [1.0, 3.0])
    [1.5, 2.0]
    """
    count = len(sums)
    rows, sums, right = [list(row) for row in beside], list(sums), list(right)
    pivots: list[Any] = []
    for k in range(count):
        pivot = sums[k]
        for j in range(k + 1, count):
            pivot = pivot + rows[k][j]
        pivots.append(pivot)
        for i in range(k + 1, count):
            factor = rows[i][k] / pivot
            for j in range(k + 1, count):
                rows[i][j] = rows[i][j] + factor * rows[k][j]
            sums[i], right[i] = sums[i] + factor * sums[k], right[i] + factor * right[k]
    found: list[Any] = [None] * count
    for k in reversed(range(count)):
        total = right[k]
        for j in range(k + 1, count):
            total = total + rows[k][j] * found[j]
        found[k] = total / pivots[k]
    return found


def pooled_fixed_point(
    lam: Any, gamma: Any, shares: Sequence[Any], weights: Sequence[Any], variances: Sequence[Any], g: Any,
    w: Any, xp: Any,
) -> Pulls:  # fmt: skip
    """The pulls of the sources, for lam > 0; the last axis runs over atoms."""
    pulls = [weight + 0 * lam * gamma for weight in weights]
    given = lam, gamma, shares, weights, variances, g, w, xp
    for _ in range(_MOST_STEPS):
        found = _at(pulls, *given)
        beside, sums, ahead = shared(found, gamma, shares, variances, w, xp)
        ratios = solved_by_sums(beside, sums, ahead)  # (1 - J) times the next pulls is f - J q
        pulls = [pull * ratio for pull, ratio in zip(pulls, ratios, strict=True)]
        if not any((abs(1 - ratio) > 4 * xp.epsilon).any() for ratio in ratios):
            break
    found = _at(pulls, *given)
    return found._replace(pulls=found.targets)
