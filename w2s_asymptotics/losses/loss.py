"""The losses by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arithmetic import REAL, Namespace
from ..records import Record
from .logistic import logistic_grid, logistic_prox, sigmoid, sigmoid_slope
from .piecewise import Grid, Pieces, Segments, segment_grid

__all__ = ["LOSSES", "Interpolating", "Loss"]

LOSSES = {
    "squared": "(p - y)^2/2",
    "logistic": "log(1 + exp(-y p))",
    "squared hinge": "max(1 - y p, 0)^2/2",
    "hinge": "max(1 - y p, 0)",
    "huber": "(p - y)^2/2 within the threshold of y, linear beyond",
    "absolute": "|p - y|",
}
RESIDUAL = ("squared", "huber", "absolute")


@dataclass(frozen=True, eq=False)
class Loss(Record):
    """A loss in a label y and a prediction p, convex in p.

    Losses of the residual (squared, Huber, absolute) take any label; the others take labels in [-1, 1], which
    stand for the expected loss over labels 1 and -1 of that mean.

    Parameters
    ----------
    name
        One of `LOSSES`.
    threshold
        Where Huber's loss turns linear, `> 0`.

    Examples
    --------
    >>> loss = Loss("hinge")
    >>> loss.prox(np.array([0.2, 0.9, 3.0]), 1.0, 0.5)
    array([0.7, 1. , 3. ])
    """

    name: str
    threshold: Any = 1.0

    def __post_init__(self) -> None:
        if self.name not in LOSSES:
            raise ValueError(
                f"loss must be one of {', '.join(LOSSES)}, got {self.name!r} (the loss to be minimised)"
            )
        if not self.threshold > 0:
            raise ValueError(f"threshold must be > 0, got {self.threshold} (where Huber's loss turns linear)")

    @property
    def of_residual(self) -> bool:
        """Whether the loss depends on `p - y` alone, and so takes any label."""
        return self.name in RESIDUAL

    def pieces(self, label: Any) -> Pieces:
        """The slope in p, piece by piece; the logistic loss has none."""
        if self.name == "squared":
            return Pieces.of_residual(label, (), (0,), (1,))
        if self.name == "absolute":
            return Pieces.of_residual(label, (0,), (-1, 1), (0, 0))
        if self.name == "huber":
            end = self.threshold
            return Pieces.of_residual(label, (-end, end), (-end, 0, end), (0, 1, 0))
        return Pieces.of_margin(label, 1 if self.name == "hinge" else 2)

    def segments(self, label: Any, chi: Any) -> Segments:
        """What a proximal step of size chi does, interval by interval of h."""
        return Segments.of(self.pieces(label), chi)

    def grid(
        self, label: Any, edges: Any, mean: Any, spread: Any, chi: Any, count: int, xp: Namespace
    ) -> Grid:
        """Points for averages over `h = mean + spread u`, u between sorted `edges`, split at kinks of g."""
        if self.name == "logistic":
            return logistic_grid((1 + label) / 2, edges, mean, spread, chi, count, xp)
        return segment_grid(self.segments(label[:, 0], chi), edges, mean, spread, count, xp)

    def kinks(self, label: Any, chi: Any) -> list[Any]:
        """The values of h at which g has a kink, for each label."""
        return [] if self.name == "logistic" else self.segments(label, chi).edges

    def prox(self, h: Any, label: Any, chi: Any, xp: Namespace = REAL) -> Any:
        """The proximal step `argmin_p (p - h)^2/(2 chi) + loss(label, p)`, elementwise."""
        h, label = np.broadcast_arrays(h, label)
        if self.name == "logistic":
            return logistic_prox(h, (1 + label) / 2, chi, xp)
        segments = self.segments(label, chi)
        kinks, (first, second, *_) = segments.table(h.shape, h.dtype if xp is not REAL else float)
        which = np.asarray(h[..., None] > kinks, dtype=np.intp).sum(axis=-1)[..., None]
        pull = [np.take_along_axis(row, which, axis=-1)[..., 0] for row in (first, second)]
        # On a flat piece h + chi (k - h)/chi: take the knot itself.
        flat = which[..., 0] % 2 == 1
        knot = chi * pull[0]
        return xp.where(flat, knot, h + chi * (pull[0] - pull[1] * h))

    def value(self, label: Any, p: Any, xp: Namespace = REAL) -> Any:
        """The loss of predictions p; of losses in margins, of a label 1 or -1.

        >>> Loss("hinge").value(1, np.array([-1.0, 3.0]))
        array([2., 0.])
        """
        away = abs(p - label)
        if self.name == "logistic":
            margin = label * p
            return xp.positive_part(-margin) + _log1p(xp.exp(-abs(margin)), xp)
        if self.name in ("hinge", "squared hinge"):
            short = xp.positive_part(1 - label * p)
            return short if self.name == "hinge" else short * short / 2
        if self.name == "absolute":
            return away
        square = away * away / 2
        if self.name == "squared":
            return square
        end = self.threshold
        return xp.where(away <= end, square, end * (away - end / 2))

    def slope(self, label: Any, p: Any, xp: Namespace = REAL) -> Any:
        """The derivative in p; at a knot the one from the right."""
        if self.name == "logistic":
            return sigmoid(p, xp) - (1 + label) / 2
        return self._linear(label, p, 1)

    def curvature(self, label: Any, p: Any, xp: Namespace = REAL) -> Any:
        """The second derivative in p, between knots."""
        if self.name == "logistic":
            return sigmoid_slope(p, xp)
        return self._linear(label, p, 2)

    def _linear(self, label: Any, p: Any, order: int) -> Any:
        pieces = self.pieces(label)
        which = sum((np.asarray(p >= knot, dtype=int) for knot in pieces.knots), np.zeros(np.shape(p), int))
        shape = np.broadcast_shapes(np.shape(p), np.shape(label))
        alpha, beta = (
            np.choose(which, [np.broadcast_to(np.asarray(v, dtype=float), shape) for v in row])
            for row in (pieces.alpha, pieces.beta)
        )
        return alpha + beta * p if order == 1 else beta


def _log1p(x: Any, xp: Namespace) -> Any:
    if xp is REAL:
        return np.log1p(x)
    import mpmath

    return np.frompyfunc(mpmath.log1p, 1, 1)(x)


@dataclass(frozen=True, eq=False)
class Interpolating(Loss):
    """The limit of a vanishing penalty where every label can be met: an endless step, g in units of 1/chi.

    Losses of the residual meet the label itself, the others a margin of 1.
    """

    def segments(self, label: Any, chi: Any) -> Segments:
        """A step to the label, or to its margin, whatever `chi`."""
        return Segments.interpolating(label, margin=not self.of_residual)

    def grid(
        self, label: Any, edges: Any, mean: Any, spread: Any, chi: Any, count: int, xp: Namespace
    ) -> Grid:
        """Points for averages, of the limit."""
        return segment_grid(self.segments(label[:, 0], chi), edges, mean, spread, count, xp)
