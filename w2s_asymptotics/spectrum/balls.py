"""Numbers that know how far off they are: ball arithmetic, by python-flint, for verdicts that are proved.

A `Ball` encloses the exact value of whatever was computed with it. A comparison that its width leaves open
raises `UndecidedError` instead of guessing, so that no branch of a kernel is taken on rounding. Floats and
mpmath numbers enter as the numbers that they exactly are.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np

from ..arithmetic import HIGH, _Arrays, _lift
from ..notation import is_mp
from .fixed_point import spectral_fixed_point

__all__ = ["BALLS", "Ball", "UndecidedError", "working_digits"]

HINT = "balls need python-flint: pip install 'w2s_asymptotics[certified]'"


class UndecidedError(ArithmeticError):
    """A comparison between numbers whose enclosures overlap."""


def _flint() -> Any:
    try:
        import flint
    except ModuleNotFoundError:
        raise ModuleNotFoundError(HINT) from None
    return flint


class Ball:
    """A real number known to lie in an interval; operators enclose their results."""

    __slots__ = ("enclosed",)

    def __init__(self, enclosed: Any) -> None:
        self.enclosed = enclosed

    def __add__(self, other: Any) -> Any:
        return _combined(self, other, lambda x, y: x + y)

    def __radd__(self, other: Any) -> Any:
        return self + other

    def __sub__(self, other: Any) -> Any:
        return _combined(self, other, lambda x, y: x - y)

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __mul__(self, other: Any) -> Any:
        return _combined(self, other, lambda x, y: x * y)

    def __rmul__(self, other: Any) -> Any:
        return self * other

    def __truediv__(self, other: Any) -> Any:
        return _combined(self, other, _ratio)

    def __rtruediv__(self, other: Any) -> Any:
        return _combined(self, other, lambda x, y: _ratio(y, x))

    def __pow__(self, power: int) -> Ball:
        return Ball(self.enclosed**power)

    def __neg__(self) -> Ball:
        return Ball(-self.enclosed)

    def __abs__(self) -> Ball:
        return Ball(abs(self.enclosed))

    def __lt__(self, other: Any) -> Any:
        return _decided(self, other, lambda x, y: x < y, lambda x, y: x >= y)

    def __le__(self, other: Any) -> Any:
        return _decided(self, other, lambda x, y: x <= y, lambda x, y: x > y)

    def __gt__(self, other: Any) -> Any:
        return _decided(self, other, lambda x, y: x > y, lambda x, y: x <= y)

    def __ge__(self, other: Any) -> Any:
        return _decided(self, other, lambda x, y: x >= y, lambda x, y: x < y)

    def __eq__(self, other: Any) -> Any:
        return _decided(self, other, lambda x, y: x == y, lambda x, y: x != y)

    def __ne__(self, other: Any) -> Any:
        return _decided(self, other, lambda x, y: x != y, lambda x, y: x == y)

    __hash__ = None  # type: ignore[assignment]

    def __float__(self) -> float:
        return float(self.enclosed)

    def __repr__(self) -> str:
        return str(self.enclosed)


def _combined(one: Ball, other: Any, operation: Any) -> Any:
    if isinstance(other, np.ndarray):
        return NotImplemented
    return Ball(operation(one.enclosed, _enclosed(other)))


def _decided(one: Ball, other: Any, holds: Any, fails: Any) -> Any:
    if isinstance(other, np.ndarray):
        return NotImplemented
    x, y = one.enclosed, _enclosed(other)
    if holds(x, y):
        return True
    if fails(x, y):
        return False
    raise UndecidedError(f"{x} and {y} overlap")


def _nothing(ball: Ball) -> bool:
    return bool(ball.enclosed.is_zero())


def _ratio(x: Any, y: Any) -> Any:
    if y.contains(0):
        raise UndecidedError(f"division by {y}")
    return x / y


def _enclosed(value: Any) -> Any:
    """The ball of a number; floats, integers and mpmath numbers are exact."""
    return (
        value.enclosed if isinstance(value, Ball) else _flint().arb(value if is_mp(value) else float(value))
    )


class _Balls(_Arrays):
    """Balls and arrays of them, at the working precision of python-flint."""

    plain = False

    epsilon = 0.0

    def context(self) -> AbstractContextManager[Any]:
        return np.errstate()

    def finish(self, value: Any) -> Any:
        return value

    def convert(self, value: Any) -> Any:
        return _lift(lambda x: x if isinstance(x, Ball) else Ball(_enclosed(x)))(value)

    def any(self, value: Any) -> bool:
        if isinstance(value, Ball):
            return not value.enclosed.is_zero()
        return isinstance(value, np.ndarray) or bool(value != 0)

    def sqrt(self, value: Any) -> Any:
        return _lift(lambda x: Ball(x.enclosed.sqrt()))(value)

    def root_of_square_plus(self, a: Any, b: Any) -> Any:
        return self.sqrt(a * a + b)

    def where(self, condition: Any, yes: Any, no: Any) -> Any:
        return HIGH.where(condition, yes, no)

    def quotient(self, a: Any, b: Any) -> Any:
        # Nothing is known of what is divided by a ball around 0: not a number, which no comparison decides.
        return _lift(lambda x, y: 0 * x if _nothing(x) and _nothing(y) else Ball(x.enclosed / y.enclosed))(
            a, b
        )

    def product(self, a: Any, b: Any) -> Any:
        return a * b

    def twice(self, value: Any, factor: Any) -> Any:
        return factor * factor * value

    def one_less_product(self, a: Any, b: Any) -> Any:
        return 1 - a * b

    def spectral_fixed_point(
        self, lam: Any, gamma: Any, eigenvalues: Any, penalty: Any, weights: Any
    ) -> tuple[Any, Any]:
        """An enclosure of kappa and omega, of one learner on atoms.

        `kappa (1 - gamma df1)` is convex in kappa and starts at 0, so it passes lam > 0, or 0 from below,
        once: where it is below lam on one side of an approximate root and above on the other, the root lies
        between.
        """
        rank = self.total(self.where(eigenvalues > 0, weights, 0 * weights))
        if lam[0] == 0 and (gamma * rank)[0] <= 1:
            return 0 * lam, 1 - gamma * rank
        flint = _flint()
        with _digits(flint.ctx.dps + 10):
            lam_, gamma_, s, g, w = (_midpoints(each) for each in (lam, gamma, eigenvalues, penalty, weights))
            near = Ball(_enclosed(spectral_fixed_point(lam_, gamma_, s, g, w, HIGH)[0][0]))

        def beyond(kappa: Ball) -> Any:
            df1 = self.total(weights * (eigenvalues / (eigenvalues + kappa * penalty)))
            return (kappa * (1 - gamma * df1) - lam)[0]

        for spare in (8, 16, 32):
            width = _flint().arb(2) ** (spare - flint.ctx.prec)
            low, high = (near * Ball(1 + sign * width) for sign in (-1, 1))
            if beyond(low).enclosed < 0 and beyond(high).enclosed > 0:
                root = Ball(low.enclosed.union(high.enclosed))
                kappa = np.array([root], dtype=object)
                df1 = self.total(weights * (eigenvalues / (eigenvalues + root * penalty)))
                return kappa, 1 - gamma * df1 if lam[0] == 0 else lam / kappa
        raise UndecidedError("no enclosure of kappa at this precision")


def _midpoints(values: Iterable[Any]) -> Any:
    import mpmath

    def number(ball: Ball) -> Any:
        mantissa, exponent = ball.enclosed.mid().man_exp()
        return mpmath.ldexp(mpmath.mpf(int(mantissa)), int(exponent))

    return np.array([number(each) for each in values], dtype=object)


@contextmanager
def _digits(count: int) -> Any:
    import mpmath

    with mpmath.workdps(count):
        yield


def working_digits(count: int) -> AbstractContextManager[Any]:
    """Where balls are computed with so many digits."""
    manager: AbstractContextManager[Any] = _flint().ctx.workdps(count)
    return manager


BALLS = _Balls()
