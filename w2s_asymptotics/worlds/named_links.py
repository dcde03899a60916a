"""Links known by name, with closed forms where they exist.

A derivative moves off the polynomial, `E s He_k = E s' He_(k-1)`, until the function is a Gaussian or a
point mass.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from .hermite_links import HermiteLink
from .link import MOST_DEGREES, Link

__all__ = ["NAMES", "NamedLink", "named"]


def at_zero(degree: int) -> int:
    """`He_k(0)`: 0 for odd k, `(-1)^m (2m - 1)!!` for k = 2m.

    >>> [at_zero(k) for k in range(7)]
    [1, 0, -1, 0, 3, 0, -15]
    """
    if degree % 2:
        return 0
    half = degree // 2
    size: int = math.factorial(degree) // (2**half * math.factorial(half))
    return -size if half % 2 else size


_erf_values = np.vectorize(math.erf, otypes=[float])


# Each takes a degree, the number one, and mpmath or sympy, and returns E s He_k.
def _relu(k: int, one: Any, m: Any) -> Any:
    return one / 2 if k == 1 else at_zero(k - 2) / m.sqrt(2 * m.pi)


def _abs(k: int, one: Any, m: Any) -> Any:
    return 0 * one if k == 1 else 2 * at_zero(k - 2) / m.sqrt(2 * m.pi)


def _sign(k: int, one: Any, m: Any) -> Any:
    return 2 * at_zero(k - 1) / m.sqrt(2 * m.pi)


def _erf(k: int, one: Any, m: Any) -> Any:
    return 2 / m.sqrt(3 * m.pi) * abs(at_zero(k - 1)) * (-2 * one / 3) ** ((k - 1) // 2)


def _gelu(k: int, one: Any, m: Any) -> Any:
    if k == 1:
        return one / 2
    if k % 2:
        return 0 * one
    half = k // 2 - 1  # derivatives of E s(z + t) = t Phi(u) + phi(u)/sqrt(2), u = t/sqrt(2), at t = 0
    size = math.factorial(2 * half) // math.factorial(half)
    return size * (-one / 4) ** half * (half + 3 * one / 2) / (2 * m.sqrt(m.pi))


_CLOSED: dict[str, tuple[Callable[[int, Any, Any], Any], Callable[[Any, Any], Any], Callable[[Any], Any]]] = {
    "relu": (
        _relu,
        lambda one, m: one / 2 - 1 / (2 * m.pi),
        lambda z: np.maximum(z, 0.0) - 1 / math.sqrt(2 * math.pi),
    ),
    "abs": (_abs, lambda one, m: 1 - 2 / m.pi, lambda z: np.abs(z) - math.sqrt(2 / math.pi)),
    "sign": (_sign, lambda one, m: one, np.sign),
    "erf": (_erf, lambda one, m: 2 / m.pi * m.asin(2 * one / 3), _erf_values),
    "gelu": (
        _gelu,
        lambda one, m: one / 3 + one / (2 * m.sqrt(3) * m.pi) - one / (4 * m.pi),
        lambda z: z * (0.5 + 0.5 * _erf_values(z / math.sqrt(2))) - 0.5 / math.sqrt(math.pi),
    ),
}


def _softplus(z: Any) -> Any:
    return np.logaddexp(0.0, z) - float(_average("softplus", 0, 20))


def _silu(z: Any) -> Any:
    return z * (0.5 + 0.5 * np.tanh(z / 2)) - float(_average("silu", 0, 20))


_SMOOTH: dict[str, Callable[[Any], Any]] = {
    "tanh": np.tanh,
    "sigmoid": lambda z: 0.5 * np.tanh(z / 2),
    "softplus": _softplus,
    "silu": _silu,
}
_EVEN = ("softplus", "silu")  # but for their linear part; the other smooth ones are odd but for a constant

NAMES: tuple[str, ...] = ("linear", *_CLOSED, *_SMOOTH, "he1", "he2", "...")
"""The known names; "heK" is the Hermite polynomial of degree K."""


def named(name: str, owner: str) -> Link:
    """The link of this name, or `ValueError`."""
    if not isinstance(name, str):
        raise ValueError(f"{owner.rpartition('.')[2]} must be a name here, got {name!r} ({owner})")
    if name == "linear":
        return HermiteLink((1.0,))
    order = name.removeprefix("he")
    if name.startswith("he") and order.isdecimal() and 1 <= int(order) <= MOST_DEGREES:
        return HermiteLink((0.0,) * (int(order) - 1) + (1.0,))
    if name not in _CLOSED and name not in _SMOOTH:
        raise ValueError(
            f"{owner.rpartition('.')[2]} must be one of {', '.join(NAMES)}, got {name!r} ({owner}; names are "
            "looked up, not evaluated: give other functions as coefficients, sympy expressions or functions)"
        )
    return NamedLink(name)


@dataclass(frozen=True, eq=False, repr=False)
class NamedLink(Link):
    """A link known by name."""

    name: str

    def _label(self) -> str:
        return self.name

    def _coefficient(self, degree: int) -> float:
        return float(_coefficient(self.name, degree, 20))

    def _precise(self, degree: int) -> Any:
        import mpmath

        return _coefficient(self.name, degree, mpmath.mp.dps + 5)

    def _exact(self, degree: int) -> Any:
        import sympy

        if self.name in _CLOSED:
            return _CLOSED[self.name][0](degree, sympy.S.One, sympy) / sympy.factorial(degree)
        return sympy.Float(_coefficient(self.name, degree, 50), 50)

    def _energy(self) -> float:
        return float(_energy(self.name, 20))

    def _precise_energy(self) -> Any:
        import mpmath

        return _energy(self.name, mpmath.mp.dps + 5)

    def _exact_energy(self) -> Any:
        import sympy

        if self.name in _CLOSED:
            return _CLOSED[self.name][1](sympy.S.One, sympy)
        return sympy.Float(_energy(self.name, 50), 50)

    def __call__(self, z: Any) -> Any:
        """The function less its mean, on an array of floats."""
        function = _CLOSED[self.name][2] if self.name in _CLOSED else _SMOOTH[self.name]
        return function(np.asarray(z, dtype=float))


@cache
def _coefficient(name: str, degree: int, digits: int) -> Any:
    import mpmath

    with mpmath.workdps(digits + 10):
        if name in _CLOSED:
            value = _CLOSED[name][0](degree, mpmath.mpf(1), mpmath)
        elif degree > 1 and (degree % 2 == 0) == (name not in _EVEN):
            value = mpmath.mpf(0)
        else:
            value = _average(name, degree, digits + 10)
        return value / mpmath.factorial(degree)


@cache
def _energy(name: str, digits: int) -> Any:
    import mpmath

    with mpmath.workdps(digits + 10):
        if name in _CLOSED:
            return _CLOSED[name][1](mpmath.mpf(1), mpmath)
        return _average(name, -1, digits + 10) - _average(name, 0, digits + 10) ** 2


@cache
def _average(name: str, degree: int, digits: int) -> Any:
    """`E s He_k`, or `E s^2` for degree -1, by the trapezoidal rule (s is analytic near the line)."""
    import mpmath

    with mpmath.workdps(digits):
        step = min(mpmath.mpf(1) / 4, mpmath.mpf(4) / digits)  # the nearest pole is at pi/2 or beyond
        reach = int(mpmath.sqrt(2 * digits * mpmath.log(10) + 20 + 10 * max(degree, 0)) / step)
        total = mpmath.mpf(0)
        for place in range(-reach, reach + 1):
            z = place * step
            value = {
                "tanh": lambda z: mpmath.tanh(z),
                "sigmoid": lambda z: mpmath.tanh(z / 2) / 2,
                "softplus": lambda z: max(z, 0) + mpmath.log1p(mpmath.exp(-abs(z))),
                "silu": lambda z: z / (1 + mpmath.exp(-z)),
            }[name](z)
            beside = value if degree < 0 else _hermite(degree, z)
            total += mpmath.npdf(z) * value * beside
        return total * step


def _hermite(degree: int, z: Any) -> Any:
    before, last = 0 * z, 1 + 0 * z
    for k in range(degree):
        before, last = last, z * last - k * before
    return last
