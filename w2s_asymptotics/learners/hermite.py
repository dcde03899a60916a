"""The first Hermite coefficients of an activation: what a wide random layer makes of Gaussian input.

For `z ~ N(0, v)`, `phi(z) = mu_0 + mu_1 z + nonlinear part`, the last uncorrelated with the others and of
energy `tail = E phi^2 - mu_0^2 - v mu_1^2`. Closed forms where they exist, else the trapezoidal rule,
which converges faster than any power for functions analytic about the real line. A function of arrays will do
as well, by the quadrature of links, in double precision.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

from ..worlds.quadrature import adaptive_moments

__all__ = ["ACTIVATIONS", "Hermite", "check_activation", "closed_form", "hermite", "reaches"]


@dataclass(frozen=True)
class Hermite:
    """`mean = mu_0`, `slope = mu_1` and the energy `tail` of the nonlinear part, as mpmath numbers."""

    mean: Any
    slope: Any
    tail: Any


def _linear(v: Any, mp: Any) -> Hermite:
    return Hermite(mp.mpf(0), mp.mpf(1), mp.mpf(0))


def _relu(v: Any, mp: Any) -> Hermite:
    return Hermite(mp.sqrt(v / (2 * mp.pi)), mp.mpf(1) / 2, v * (mp.mpf(1) / 4 - 1 / (2 * mp.pi)))


def _erf(v: Any, mp: Any) -> Hermite:
    inside = 2 * v / (1 + 2 * v)
    return Hermite(mp.mpf(0), 2 / mp.sqrt(mp.pi * (1 + 2 * v)), 2 / mp.pi * (mp.asin(inside) - inside))


def _sign(v: Any, mp: Any) -> Hermite:
    return Hermite(mp.mpf(0), mp.sqrt(2 / (mp.pi * v)), 1 - 2 / mp.pi)


def _gelu(v: Any, mp: Any) -> Hermite:
    share, root = v / (1 + v), mp.sqrt(1 + 2 * v)
    mean = v / mp.sqrt(2 * mp.pi * (1 + v))
    # E phi^2 = v/4 + v asin(share)/(2 pi) + v share/(pi root), less v/4 and the mean's square.
    tail = v / (2 * mp.pi) * (mp.asin(share) + share * (2 - root) / root)
    return Hermite(mean, mp.mpf(1) / 2, tail)


def _by_quadrature(name: str) -> Callable[[Any, Any], Hermite]:
    def constants(v: Any, mp: Any) -> Hermite:
        function = {
            "tanh": mp.tanh,
            "sigmoid": lambda z: 1 / (1 + mp.exp(-z)),
            "softplus": lambda z: mp.log1p(mp.exp(z)) if z < 0 else z + mp.log1p(mp.exp(-z)),
            "silu": lambda z: z / (1 + mp.exp(-z)),
        }[name]
        root, digits = mp.sqrt(v), mp.mp.dps
        # The nearest pole of the integrand is at pi/(2 sqrt(v)), the weight below 10^-digits past `reach`.
        step = min(mp.mpf(1) / 4, mp.mpf(4) / (digits * max(mp.mpf(1), root)))
        reach = int(mp.sqrt(2 * digits * mp.log(10) + 20) / step)
        mean = slope = square = mp.mpf(0)
        for place in range(-reach, reach + 1):
            z = place * step
            weight = step * mp.npdf(z)
            value = function(root * z)
            mean, slope, square = (
                mean + weight * value,
                slope + weight * value * z,
                square + weight * value**2,
            )
        return Hermite(mean, slope / root, square - mean**2 - slope**2)

    return constants


_CONSTANTS: dict[str, Callable[[Any, Any], Hermite]] = {
    "linear": _linear,
    "relu": _relu,
    "erf": _erf,
    "sign": _sign,
    "tanh": _by_quadrature("tanh"),
    "sigmoid": _by_quadrature("sigmoid"),
    "softplus": _by_quadrature("softplus"),
    "gelu": _gelu,
    "silu": _by_quadrature("silu"),
}

ACTIVATIONS: tuple[str, ...] = tuple(_CONSTANTS)
"""Names of the known activations."""

_NO_SLOPE = 1e-24  # share of the energy below which a slope is rounding

_CLOSED = ("linear", "relu", "erf", "sign", "gelu")
_EVEN = ("relu", "softplus", "gelu", "silu")  # up to their linear part


def closed_form(name: str, variance: Any, functions: Any) -> Hermite | None:
    """The constants by the formula that `hermite` evaluates, or None where it is a quadrature.

    `functions` has mpf, sqrt, asin and pi of the wanted kind of number.
    """
    return _CONSTANTS[name](variance, functions) if name in _CLOSED else None


def reaches(name: str, degree: int) -> bool:
    """Whether the Hermite coefficient of this degree is not 0.

    Each known activation but the linear one is odd, up to a constant, with every odd coefficient nonzero, or
    even up to its linear part, with every even coefficient nonzero.

    >>> [degree for degree in range(1, 7) if reaches("relu", degree)]
    [1, 2, 4, 6]
    >>> [degree for degree in range(1, 7) if reaches("tanh", degree)]
    [1, 3, 5]
    """
    if degree == 1 or name == "linear":
        return degree == 1
    return (degree % 2 == 0) == (name in _EVEN)


def check_activation(name: Any, owner: str = "RandomFeatures") -> Any:
    """Return the name of a known activation or, for random features, a function; else raise `ValueError`.

    A function takes an array of floats, returns as many, and has a finite second moment under the Gaussian
    and a linear part.

    >>> check_activation("relu")
    'relu'
    >>> check_activation(lambda z: z / (1 + z**2))  # doctest: +ELLIPSIS
    <function <lambda> at ...>
    """
    if callable(name) and not isinstance(name, type) and owner == "RandomFeatures":
        found = _of_function(name, 1.0)
        if not found.slope**2 > _NO_SLOPE * (found.mean**2 + found.tail):
            raise ValueError(
                f"activation must have a linear part, and that of {getattr(name, '__name__', name)} is 0 "
                f"({owner}.activation): even features learn nothing of a linear target"
            )
        return name
    if not isinstance(name, str) or name not in _CONSTANTS:
        known = ", ".join(ACTIVATIONS)
        more = ", or a function of arrays" if owner == "RandomFeatures" else ""
        near = get_close_matches(name, ACTIVATIONS, 1) if isinstance(name, str) else []
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ValueError(f"activation must be one of {known}{more}, got {name!r}{hint} ({owner}.activation)")
    return name


def hermite(name: Any, variance: Any) -> Hermite:
    """The constants of an activation for input of this variance, at mpmath's working precision or 25 digits.

    Those of a function have the precision of floats.

    >>> float(hermite("relu", 1.0).slope), round(float(hermite("relu", 1.0).tail), 12)
    (0.5, 0.090845056908)
    >>> import numpy as np
    >>> float(hermite(np.tanh, 1.0).tail - hermite("tanh", 1.0).tail) < 1e-15
    True
    """
    import mpmath

    if not isinstance(name, str):
        return _of_function(name, float(variance))
    return _cached(name, mpmath.mpf(variance), max(25, mpmath.mp.dps + 5))


@cache
def _of_function(function: Callable[[Any], Any], variance: float) -> Hermite:
    """The same of a function of arrays; the energy of its nonlinear part is that of what is left of it."""
    import mpmath

    root = math.sqrt(variance)
    (mean, slope), _, _ = adaptive_moments(lambda z: function(root * z), 1)
    tail = adaptive_moments(lambda z: function(root * z) - mean - slope * z, 0)[1] if root else 0.0
    slope = slope / root if root else math.nan
    return Hermite(*(mpmath.mpf(float(value)) for value in (mean, slope, max(tail, 0.0))))


@cache
def _cached(name: str, variance: Any, digits: int) -> Hermite:
    import mpmath

    with mpmath.workdps(digits + 10):
        return _CONSTANTS[name](variance, mpmath)
