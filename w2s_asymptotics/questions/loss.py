"""The loss of a chain of learners on fresh true labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arithmetic import HIGH, REAL, Namespace
from ..learners import Learner
from ..losses.labels import Labels
from ..losses.layout import edges, effort
from ..losses.loss import Loss
from ..losses.normal import normal_density, panels
from ..worlds import Population
from .blocks import evaluate
from .chain import Chain, check_numbers, last_state

__all__ = ["loss"]


def loss(world: Population, *learners: Learner, of: str | Loss | None = None) -> Any:
    """The expected loss of what the last learner of a chain predicts, on fresh rows with true labels.

    `of` is one of the losses of `Convex`; default: the loss that the last learner minimises, which is the
    squared one (half the squared residual) for all but `Convex`. In worlds with a linear target only losses
    of the residual have a meaning.

    Numbers as in `risk`, without symbols.

    >>> from w2s_asymptotics import Convex, Population
    >>> world, teacher = Population.isotropic(signal=4.0, labels="logistic"), Convex(gamma=0.5, lam=0.02)
    >>> for labels in ("soft", "hard"):
    ...     print(labels, round(loss(world, teacher, Convex(gamma=0.4, lam=0.03, labels=labels)), 5))
    soft 0.6428
    hard 0.78413
    """
    chain = check_numbers(world, learners, "loss")
    own = getattr(learners[-1], "objective", Loss("squared")) if of is None else of
    measure = own if isinstance(own, Loss) else Loss(str(own).replace("_", " "))
    if chain.spectrum.labels is None and not measure.of_residual:
        raise ValueError(
            f"the {measure.name} loss needs labels 1 and -1, and those of this world are linear: give the "
            'world labels="sign", "logistic" or "probit" (loss of true labels)'
        )
    return evaluate(chain, lambda each: _loss(each, measure))[0]


def _loss(chain: Chain, measure: Loss) -> tuple[Any]:
    spectrum, state = last_state(chain)
    xp = HIGH if chain.xp is HIGH else REAL
    along, across = spectrum.sides(state)
    truth, _ = spectrum.sides(spectrum.target())
    noise = np.asarray(spectrum.noise)
    noise = noise[..., 0] if noise.ndim else noise
    columns = np.broadcast_arrays(along, across, truth, noise)
    found = np.empty(columns[0].shape, dtype=columns[0].dtype)
    for at in np.ndindex(found.shape):
        a, s, rho, extra = (xp.convert(column[at]) for column in columns)
        found[at] = _mean(measure, spectrum.labels, a, s, rho, extra, xp)
    return (found[()],)


def _mean(
    measure: Loss, labels: Labels | None, along: Any, across: Any, rho: Any, noise: Any, xp: Namespace
) -> Any:
    """The mean over `h = along Z1 + across Z2` and a label that follows `rho Z1` and noise."""
    nodes, reach = effort(xp)
    if labels is None:
        spread, scale = xp.sqrt((rho - along) * (rho - along) + across * across + noise), np.inf
    else:
        spread = xp.sqrt(along * along + across * across)
        if not spread > 0:
            return measure.value(1, 0 * spread, xp)
        rest = rho * across / spread
        variance, tilt = rest * rest + noise, rho * along / spread
        scale = labels.width(variance) / float(abs(tilt)) if tilt else np.inf
    if not spread > 0:
        return 0 * spread
    ends = edges(reach, min(scale, 1 / float(spread)), xp)
    kinks = [sign * k / spread for k in (1, measure.threshold) for sign in (-1, 1)]
    inside = [kink for kink in kinks if -reach < kink < reach]
    u, weight = panels(np.sort(np.concatenate([ends, np.array(inside, dtype=ends.dtype)])), nodes, xp)
    mass = weight * normal_density(u, xp)
    if labels is None:
        return (mass * measure.value(0, spread * u, xp)).sum()
    share = labels.smoothed(tilt * u, variance, xp)[0]
    return 2 * (mass * share * measure.value(1, spread * u, xp)).sum()
