"""Losses whose slope is piecewise linear: squared, hinge, squared hinge, Huber, absolute, hard margin.

With a step chi, `p = prox(h) = argmin (p - h)^2/(2 chi) + loss(y, p)` and `g = (p - h)/chi = -loss'(y, p)`
are piecewise linear in h as well, in closed form: on a piece where `loss' = alpha + beta p` one has
`g = -(alpha + beta h)/(1 + chi beta)`; at a knot k, where the slope jumps, p = k on a whole interval of h
and `g = (k - h)/chi`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arithmetic import Namespace
from .normal import panels

__all__ = ["Grid", "Pieces", "Segments", "segment_grid"]


@dataclass(frozen=True)
class Grid:
    """Points `u` with weights, and there `pull` g, `stiffness` -dg/dh and `sway` dg/dy.

    Where u are the multiples of one number, the weight is that number.
    """

    u: Any
    weight: Any
    pull: Any
    stiffness: Any
    sway: Any


@dataclass(frozen=True)
class Pieces:
    """The slope of a loss in p for labels y: `alpha + beta p` between knots, and how all of it moves with y.

    Every entry is a number or an array over labels; `alpha`, `beta` and their moves have one entry more than
    `knots` and its moves.
    """

    knots: tuple[Any, ...]
    alpha: tuple[Any, ...]
    beta: tuple[Any, ...]
    knots_move: tuple[Any, ...]
    alpha_move: tuple[Any, ...]
    beta_move: tuple[Any, ...]

    @classmethod
    def of_residual(
        cls, label: Any, knots: tuple[Any, ...], alpha: tuple[Any, ...], beta: tuple[Any, ...]
    ) -> Pieces:
        """A function of the residual `p - label`, given by the slope of that function."""
        return cls(
            tuple(label + knot for knot in knots),
            tuple(a - b * label for a, b in zip(alpha, beta, strict=True)),
            beta,
            tuple(1 for _ in knots),
            tuple(-b for b in beta),
            tuple(0 for _ in beta),
        )

    @classmethod
    def of_margin(cls, label: Any, power: int) -> Pieces:
        """The expected loss `P f(p) + (1 - P) f(-p)` with `P = (1 + label)/2`.

        There `f(t) = max(1 - t, 0)^power/power`.
        """
        up, down, half = (1 + label) / 2, (1 - label) / 2, 0.5
        if power == 1:
            return cls((-1, 1), (-up, -label, down), (0, 0, 0), (0, 0), (-half, -1, -half), (0, 0, 0))
        return cls((-1, 1), (-up, -label, down), (up, 1, down), (0, 0), (-half, -1, -half), (half, 0, -half))


class Segments:
    """What the step makes of pieces: intervals of h with g and its derivatives, linear on each."""

    def __init__(self, edges: list[Any], rows: list[tuple[Any, Any, Any, Any]]) -> None:
        self.edges = edges
        self.rows = rows

    @classmethod
    def interpolating(cls, label: Any, margin: bool) -> Segments:
        """The limit of a large step, g in units of 1/chi: p is the label, or within its margin of 1."""
        return cls([1], [(1, 1, 0, 0), (0, 0, 0, 0)]) if margin else cls([], [(label, 1, 1, 0)])

    @classmethod
    def of(cls, pieces: Pieces, chi: Any) -> Segments:
        """The intervals of a proximal step of size chi."""
        edges: list[Any] = []
        rows: list[tuple[Any, Any, Any, Any]] = []  # g = first - second h, dg/dy = third + fourth h
        for i, (alpha, beta) in enumerate(zip(pieces.alpha, pieces.beta, strict=True)):
            scale = 1 + chi * beta
            moves = pieces.alpha_move[i], pieces.beta_move[i]
            sway = -(moves[0] - moves[1] * chi * alpha / scale) / scale
            rows.append((-alpha / scale, beta / scale, sway, -moves[1] / (scale * scale)))
            if i < len(pieces.knots):
                knot = pieces.knots[i]
                edges.append(knot + chi * (alpha + beta * knot))
                edges.append(knot + chi * (pieces.alpha[i + 1] + pieces.beta[i + 1] * knot))
                rows.append((knot / chi, 1 / chi, pieces.knots_move[i] / chi, 0))
        return cls(edges, rows)

    def table(self, shape: tuple[int, ...], dtype: Any) -> tuple[Any, Any]:
        """Edges `(..., edges)` and coefficients `(4, ..., intervals)` as arrays over labels of this shape."""

        def stacked(values: list[Any]) -> Any:
            if not values:
                return np.empty((*shape, 0), dtype=dtype)
            return np.stack([np.broadcast_to(np.asarray(v, dtype=dtype), shape) for v in values], axis=-1)

        return stacked(self.edges), np.stack(
            [stacked(list(column)) for column in zip(*self.rows, strict=True)]
        )


def segment_grid(segments: Segments, edges: Any, mean: Any, spread: Any, count: int, xp: Namespace) -> Grid:
    """A grid for `h = mean + spread u` between sorted `edges` of u, split where g has kinks.

    `mean` and `spread` have shape (rows, 1), `edges` (1 or rows, count).
    """
    dtype = np.asarray(mean).dtype
    shape = (np.shape(mean)[0],)
    kinks, coefficients = segments.table(shape, dtype)
    lowest, highest = edges[..., :1], edges[..., -1:]
    places = (kinks - mean) / spread
    places = xp.where(places < lowest, lowest, places)
    places = xp.where(places > highest, highest, places)
    edges = np.broadcast_to(edges, (*shape, edges.shape[-1]))
    u, weight = panels(np.sort(np.concatenate([edges, places], axis=-1), axis=-1), count, xp)
    h = mean + spread * u
    which = np.zeros(h.shape, dtype=np.intp)
    for i in range(kinks.shape[-1]):
        which += np.asarray(h > kinks[:, i : i + 1], dtype=np.intp)
    first, second, third, fourth = (np.take_along_axis(row, which, axis=-1) for row in coefficients)
    return Grid(u, weight, first - second * h, second, third + fourth * h)
