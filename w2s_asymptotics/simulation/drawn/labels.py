"""Labels drawn from the values of a linear function: itself, its sign, a probability, or draws from one."""

from __future__ import annotations

from math import erf, sqrt

import numpy as np

from .rows import Vector

__all__ = ["answers"]


def answers(z: Vector, kind: str, temperature: float, rng: np.random.Generator) -> Vector:
    """Labels that follow the values z.

    "linear" is z, "sign" its sign, "probability" `2 p - 1` with the logistic p of `z/temperature`;
    "logistic" and "probit" are 1 with their probabilities of that, else -1.

    >>> answers(np.array([-0.5, 2.0]), "sign", 1.0, np.random.default_rng(0))
    array([-1.,  1.])
    """
    if kind == "linear":
        return z
    if kind == "sign":
        return np.where(z > 0, 1.0, -1.0)
    scaled = z / temperature
    if kind == "probability":
        return np.asarray(np.tanh(scaled / 2))
    if kind == "logistic":
        share = np.exp(-np.logaddexp(0.0, -scaled))
    else:
        share = np.array([(1 + erf(value / sqrt(2))) / 2 for value in scaled])
    return np.where(rng.random(z.shape) < share, 1.0, -1.0)
