"""The best mixture of own and first labels for repeated fits on the same rows.

The outcome is a sum `p_1 F_1 + ... + p_k F_k`, `F_i` fitting the first labels from fit i on and `p_i` the
weight with which they enter there; the p_i sum to 1. The risk is a quadratic form in p, so its least value
solves linear equations, whose coefficients are risks of mixtures. For two fits this is the weight that the
derivation named "self_distillation" gives in closed form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from .chain import Chain
from .risk import risk

__all__ = ["best_own", "solved"]


def best_own(chain: Chain) -> tuple[Any, ...]:
    """The weights of own labels at which the risk of the last learner, a `SelfDistilled`, is least."""
    *before, last = chain.learners
    count = len(last.lams)
    if count < 2:
        raise ValueError("tune varies own, which needs at least two fits (SelfDistilled.lams)")
    if chain.shape:
        raise ValueError("tune takes single numbers for SelfDistilled, got arrays; ask at each point")

    def excess(*entering: int) -> Any:
        return risk(chain.world, *before, replace(last, own=_entering_at(count, entering)))

    zero = chain.xp.convert(0.0)
    form = [[zero] * count for _ in range(count)]
    for i in range(count):
        form[i][i] = excess(i)
    for i in range(count):
        for j in range(i):
            form[i][j] = form[j][i] = 2 * excess(j, i) - (form[i][i] + form[j][j]) / 2
    # Least p'Qp with sum p = 1, from the fit that sees own labels alone: p = e_1 + sum_i>1 x_i (e_i - e_1).
    rows = [
        [form[i][j] - form[i][0] - form[0][j] + form[0][0] for j in range(1, count)] for i in range(1, count)
    ]
    moves = solved(rows, [form[0][0] - form[i][0] for i in range(1, count)])
    return _weights(moves)


def _entering_at(count: int, places: Sequence[int]) -> tuple[float, ...]:
    """Own weights with which first labels enter at one place alone, or at two equally."""
    first, *second = places
    weights = [1.0] * count
    weights[first] = 0.0
    for place in second:
        weights[place] = 0.5
    return tuple(weights[1:])


def solved(matrix: list[list[Any]], right: list[Any]) -> list[Any]:
    """Gaussian elimination, the largest pivot first, in the arithmetic of the entries."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    size = len(rows)
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(rows[row][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        if not rows[column][column]:  # the risk does not depend on what is left: as given, all labels own
            for rest in range(column, size):
                rows[rest] = [0 * value for value in rows[rest]]
                rows[rest][rest] = 1 + rows[rest][rest]
            break
        for row in range(size):
            if row != column:
                factor = rows[row][column] / rows[column][column]
                rows[row] = [a - factor * b for a, b in zip(rows[row], rows[column], strict=True)]
    return [rows[place][size] / rows[place][place] for place in range(size)]


def _weights(entering: list[Any]) -> tuple[Any, ...]:
    """The own weights with which first labels enter like this: `p_i = (1 - own_i) own_(i+1) ...`, i > 1."""
    own: list[Any] = []
    ahead: Any = 1
    for weight in reversed(entering):
        own.insert(0, 1 - weight / ahead)
        ahead = ahead * own[0]
        if not ahead:
            return (*(0 * ahead for _ in range(len(entering) - len(own))), *own)
    return tuple(own)
