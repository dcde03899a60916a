"""Activations as functions of arrays, and their derivatives; all of them can be sent to other processes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..drawn.rows import Matrix
from .estimator import Activation

__all__ = ["DERIVATIVES", "activation_of", "derivative_of"]

_GRID = np.linspace(-6.0, 6.0, 20_001)
_ERF = np.array([math.erf(value) for value in _GRID])


def _erf(values: Matrix) -> Matrix:
    """The error function, interpolated: to 5e-8, far below what a simulation resolves, and fast on arrays."""
    return np.asarray(np.interp(values, _GRID, _ERF))


def _relu(z: Matrix) -> Matrix:
    return np.maximum(z, 0.0)


def _sigmoid(z: Matrix) -> Matrix:
    return 0.5 + 0.5 * np.tanh(z / 2.0)


def _softplus(z: Matrix) -> Matrix:
    return np.logaddexp(z, 0.0)


def _normal_share(z: Matrix) -> Matrix:
    """The probability that a standard normal variable is below z."""
    return 0.5 + 0.5 * _erf(z / math.sqrt(2.0))


def _gelu(z: Matrix) -> Matrix:
    return z * _normal_share(z)


def _silu(z: Matrix) -> Matrix:
    return z * _sigmoid(z)


_FUNCTIONS: dict[str, Activation] = {
    "relu": _relu,
    "erf": _erf,
    "sign": np.sign,
    "tanh": np.tanh,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "gelu": _gelu,
    "silu": _silu,
}


@dataclass(frozen=True)
class Cubic:
    """`z + root (z^3 - 3 variance z)`: linear, and beside it the third Hermite polynomial."""

    root: float
    variance: float

    def __call__(self, z: Matrix) -> Matrix:
        """The function of an array."""
        return np.asarray(z + self.root * (z**3 - 3.0 * self.variance * z))


def activation_of(name: Any, tail: float, variance: float) -> Activation | None:
    """The function that a learner's activation names, or one with the given nonlinear energy; None if linear.

    A bare `tail` is simulated by `z + sqrt(tail) h(z)`, `h` the third Hermite polynomial for inputs of
    this variance, of energy 1 and uncorrelated with `z`. A function of arrays is taken as it is.
    """
    if name is None and tail == 0.0 or name == "linear":
        return None
    if name is None:
        return Cubic(math.sqrt(tail / (6.0 * variance**3)), variance)
    if isinstance(name, str):
        return _FUNCTIONS[name]
    function: Activation = name
    return function


def _step(z: Matrix) -> Matrix:
    return np.heaviside(z, 0.5)


def _bell(z: Matrix) -> Matrix:
    return np.asarray(2.0 / math.sqrt(math.pi) * np.exp(-(z**2)))


def _tanh_slope(z: Matrix) -> Matrix:
    return np.asarray(1.0 - np.tanh(z) ** 2)


def _sigmoid_slope(z: Matrix) -> Matrix:
    return np.asarray(0.25 - 0.25 * np.tanh(z / 2.0) ** 2)


def _gelu_slope(z: Matrix) -> Matrix:
    return np.asarray(_normal_share(z) + z * np.exp(-(z**2) / 2.0) / math.sqrt(2.0 * math.pi))


def _silu_slope(z: Matrix) -> Matrix:
    return np.asarray(_sigmoid(z) + z * _sigmoid_slope(z))


DERIVATIVES: dict[str, Activation] = {
    "linear": np.ones_like,
    "relu": _step,
    "erf": _bell,
    "tanh": _tanh_slope,
    "sigmoid": _sigmoid_slope,
    "softplus": _sigmoid,
    "gelu": _gelu_slope,
    "silu": _silu_slope,
}


def derivative_of(name: Any) -> Activation:
    """The derivative of an activation; `ValueError` for one that has none to take a gradient step by."""
    if not isinstance(name, str) or name not in DERIVATIVES:
        known = ", ".join(DERIVATIVES)
        raise ValueError(f"a real network needs an activation with a derivative ({known}), got {name!r}")
    return DERIVATIVES[name]
