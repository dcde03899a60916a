"""Links given as sympy expressions: exact Hermite coefficients where the integrals have a closed form.

On either half-line an expression made of powers, exponentials (trigonometric and hyperbolic functions among
them), `Abs`, `sign`, `Heaviside` and `Max` is a sum of terms `x^n exp(a x - b x^2)`, whose Gaussian
integrals follow by parts. Anything else is integrated by mpmath between its kinks, and the error is stated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import sympy as sp

from .expressions import function_of
from .link import DEGREES, Link
from .quadrature import adaptive_moments

__all__ = ["ExpressionLink", "exact_average"]

Terms = list[tuple[sp.Expr, int, sp.Expr, sp.Expr]]
"""Terms `factor p^n exp(a p - b p^2)` of a function on a half-line."""

_POINT = sp.Dummy("p", positive=True)
_DIGITS = 30
_PROBES = (0.3125, -0.3125, 1.8125, -1.8125, 4.1875, -4.1875, 60.0625, -60.0625, 120.0625, -120.0625)
_TINY = 1e-300
_UNRESOLVED = 1e-3  # share of the energy


def _terms(half: sp.Expr) -> Terms | None:
    """The function of `_POINT` as such terms, or None where it is not a sum of them."""
    if half.has(sp.sin, sp.cos, sp.sinh, sp.cosh):
        half = half.rewrite(sp.exp)
    found: Terms = []
    for term in sp.Add.make_args(sp.powsimp(sp.expand(half), force=True)):
        factor, power, exponent = sp.S.One, 0, sp.S.Zero
        for part in sp.Mul.make_args(term):
            base, order = part.as_base_exp()
            if not part.has(_POINT):
                factor *= part
            elif base == _POINT and order.is_Integer and order > 0:
                power += int(order)
            elif isinstance(part, sp.exp):
                exponent += part.args[0]
            else:
                return None
        shape = sp.expand(exponent)
        if not shape.is_polynomial(_POINT) or sp.degree(shape, _POINT) > 2:
            return None
        constant, a, b = (shape.coeff(_POINT, k) for k in range(3))
        found.append((factor * sp.exp(constant), power, a, -b))
    return found


def _half_integral(n: int, a: sp.Expr, b: sp.Expr) -> sp.Expr:
    """The integral of `p^n exp(a p - b p^2)` against the Gaussian density over p > 0, by parts."""
    scale = 1 / sp.sqrt(1 + 2 * b)
    slope = sp.expand(a * scale)
    values = [
        sp.exp(slope**2 / 2) * (1 + sp.erf(slope / sp.sqrt(2))) / 2,
        sp.S.Zero,
    ]
    values[1] = 1 / sp.sqrt(2 * sp.pi) + slope * values[0]
    for k in range(2, n + 1):
        values.append(slope * values[k - 1] + (k - 1) * values[k - 2])
    return scale ** (n + 1) * values[n]


def _whole_integral(n: int, a: sp.Expr, b: sp.Expr) -> sp.Expr:
    """The same over the whole line."""
    scale = 1 / sp.sqrt(1 + 2 * b)
    slope = sp.expand(a * scale)
    values = [sp.exp(slope**2 / 2), slope * sp.exp(slope**2 / 2)]
    for k in range(2, n + 1):
        values.append(slope * values[k - 1] + (k - 1) * values[k - 2])
    return scale ** (n + 1) * values[n]


@cache
def exact_average(expression: sp.Expr, variable: sp.Symbol, degree: int) -> sp.Expr | None:
    """`E s He_k` in closed form, or None where the integral is not among those known.

    >>> x = sp.Symbol("x")
    >>> exact_average(sp.cos(x), x, 2), exact_average(sp.Abs(x), x, 0)
    (-exp(-1/2), sqrt(2)/sqrt(pi))
    """
    right, left = expression.subs(variable, _POINT), expression.subs(variable, -_POINT)
    halves = [_terms(right), _terms(left)]
    if any(half is None for half in halves):
        return None
    smooth = sp.expand(right.subs(_POINT, -_POINT) - left) == 0
    polynomial = _hermite(degree)
    total = sp.S.Zero
    for side, half in zip((1, -1), halves[:1] if smooth else halves, strict=False):
        for factor, power, a, b in half or ():
            if (1 + 2 * b).is_positive is not True:
                raise ValueError(f"a link needs a finite energy, and {expression} grows too fast to have one")
            integral = _whole_integral if smooth else _half_integral
            total += sum(
                factor * coefficient * side**order * integral(power + order, a, b)
                for order, coefficient in enumerate(polynomial)
                if coefficient
            )
    return sp.expand(sp.expand(total, func=True))


def _hermite(degree: int) -> list[int]:
    """Coefficients of `He_k`, from the constant up."""
    before: list[int] = []
    last = [1]
    for k in range(degree):
        raised = [0, *last]
        for place, value in enumerate(before):
            raised[place] -= k * value
        before, last = last, raised
    return last


@dataclass(frozen=True, eq=False, repr=False)
class ExpressionLink(Link):
    """A link given by a sympy expression in one symbol."""

    expression: sp.Expr
    variable: sp.Symbol

    @staticmethod
    def of(expression: Any, owner: str) -> ExpressionLink:
        """Take an expression that has exactly one free symbol."""
        name = owner.rpartition(".")[2]
        if not isinstance(expression, sp.Expr):
            raise ValueError(f"{name} must be an expression in one symbol, got {expression} ({owner})")
        symbols = sorted(expression.free_symbols, key=str)
        if len(symbols) != 1:
            raise ValueError(
                f"{name} must be an expression in one symbol, got {expression} in "
                f"{[str(each) for each in symbols]} ({owner}; coefficients may be symbols: [c_1, c_2, ...])"
            )
        given = symbols[0]
        if given.is_extended_real is False or given.is_positive or given.is_negative or given.is_integer:
            raise ValueError(
                f"{name} must be an expression in a symbol that stands for any real number, and {given} is "
                f"declared to be less than that ({owner}): use sympy.Symbol({str(given)!r}, real=True)"
            )
        function_of(expression, given, arrays=True)
        variable = sp.Dummy(given.name, real=True)
        link = ExpressionLink(expression.subs(given, variable), variable)
        link._check_values(f"{name} must be a real function with a finite second moment", owner)
        return link

    def _check_values(self, wanted: str, owner: str) -> None:
        """Refuse what is not real, and what outgrows the Gaussian weight, from its values at a few points."""
        import mpmath

        function = function_of(self.expression, self.variable, arrays=False)
        with mpmath.workdps(20):
            weighed = []
            for point in _PROBES:
                value = _value(function, point)
                if value is None or mpmath.im(value) != 0:
                    raise ValueError(f"{wanted}, and {self.expression} is {value} at {point:g} ({owner})")
                weighed.append(2 * mpmath.log(abs(value) + _TINY) - mpmath.mpf(point) ** 2 / 2)
            for far, near in ((-1, -3), (-2, -4)):  # on each side, at 120 and at 60
                if weighed[far] >= weighed[near] or weighed[far] > -20:
                    raise ValueError(f"{wanted}, and {self.expression} grows too fast to have one ({owner})")

    def _contents(self) -> tuple[Any, ...]:
        """The expression in a symbol by which two of them can be compared."""
        return (self.expression.subs(self.variable, sp.Symbol(self.variable.name, real=True)),)

    def _label(self) -> str:
        return str(self.expression.xreplace({self.variable: sp.Symbol(self.variable.name)}))

    @cached_property
    def closed(self) -> bool:
        """Whether the coefficients and the energy have a closed form."""
        return all(
            exact_average(each, self.variable, 0) is not None for each in (self.expression, self._square)
        )

    @cached_property
    def _square(self) -> sp.Expr:
        return sp.expand(self.expression**2)

    def _exact(self, degree: int) -> sp.Expr:
        if not self.closed:
            return sp.Float(self.precise(degree), _DIGITS)
        value = exact_average(self.expression, self.variable, degree) / sp.factorial(degree)
        small = abs(sp.N(value, _DIGITS, maxn=200)) < sp.Float(10) ** (10 - _DIGITS)
        return sp.S.Zero if small else value

    def _exact_energy(self) -> sp.Expr:
        if not self.closed:
            return sp.Float(self.precise_energy(), _DIGITS)
        mean, square = (exact_average(each, self.variable, 0) for each in (self.expression, self._square))
        return sp.expand(square - sp.expand(mean) ** 2)

    def _precise(self, degree: int) -> Any:
        import mpmath

        if self.closed:
            return _number(self.exact(degree))
        value, _ = self._integrated(degree)
        scale = mpmath.sqrt(self._integrated(-1)[0])
        small = abs(value) <= scale * mpmath.mpf(10) ** (8 - _DIGITS) * mpmath.sqrt(mpmath.factorial(degree))
        return mpmath.mpf(0) if small else value / mpmath.factorial(degree)

    def _precise_energy(self) -> Any:
        if self.closed:
            return _number(self.exact_energy())
        return self._integrated(-1)[0] - self._integrated(0)[0] ** 2

    def _coefficient(self, degree: int) -> float:
        return float(self.precise(degree))

    def _energy(self) -> float:
        return float(self.precise_energy())

    @cached_property
    def error(self) -> float:
        """0 for a closed form, else mpmath's estimate for the listed degrees and the energy."""
        if self.closed:
            return 0.0
        return float(max(self._integrated(degree)[1] for degree in range(-1, DEGREES + 1)))

    def _integrated(self, degree: int) -> tuple[Any, Any]:
        """`E s He_k`, or `E s^2` for degree -1, by mpmath's quadrature between kinks, and its error."""
        return _by_quadrature(self.expression, self.variable, degree)

    def __call__(self, z: Any) -> Any:
        """The function less its mean, on an array of floats."""
        import mpmath

        function = function_of(self.expression, self.variable, arrays=True)
        mean = (
            _number(exact_average(self.expression, self.variable, 0))
            if self.closed
            else self._integrated(0)[0]
        )
        z = np.asarray(z, dtype=float)
        return np.broadcast_to(np.asarray(function(z), dtype=float), z.shape) - float(mpmath.mpf(mean))


def _value(function: Any, point: float) -> Any:
    """The value at a point, None where there is none."""
    import mpmath

    try:
        value = function(mpmath.mpf(point))
    except (ArithmeticError, ValueError, TypeError):
        return None
    return value if mpmath.isfinite(value) else None


def _number(value: sp.Expr) -> Any:
    """A real sympy number as an mpmath number at the working precision."""
    import mpmath

    digits = mpmath.mp.dps + 5
    return mpmath.mpf(sp.re(sp.N(value, digits, maxn=10 * digits))._to_mpmath(mpmath.mp.prec + 15))


@cache
def _check_moment(expression: sp.Expr, variable: sp.Symbol) -> None:
    """Refuse at once, in floats, what mpmath would try hard to integrate."""
    function = function_of(expression, variable, arrays=True)
    with np.errstate(all="ignore"):
        adaptive_moments(lambda z: np.broadcast_to(np.real_if_close(function(z)), z.shape), 0)


@cache
def _by_quadrature(expression: sp.Expr, variable: sp.Symbol, degree: int) -> tuple[Any, Any]:
    import mpmath

    _check_moment(expression, variable)
    function = function_of(expression, variable, arrays=False)
    coefficients = _hermite(degree)[::-1] if degree >= 0 else []
    with mpmath.workdps(_DIGITS + 10):

        def integrand(z: Any) -> Any:
            value = function(z)
            beside = mpmath.polyval(coefficients, z) if degree >= 0 else value
            return value * beside * mpmath.npdf(z)

        ends = sorted({-16, -8, -4, -2, 0, 2, 4, 8, 16, *_kinks(expression, variable)})
        value, error = mpmath.quad(integrand, [mpmath.mpf(end) for end in ends], error=True)
        resolved = degree >= 0 or error <= _UNRESOLVED * abs(value)
        if not mpmath.isfinite(value) or mpmath.im(value) != 0 or not resolved:
            raise ValueError(f"a link needs a finite energy and real values, and {expression} has not")
        return mpmath.re(value), error


def _kinks(expression: sp.Expr, variable: sp.Symbol) -> Sequence[Any]:
    """Where the arguments of `Abs`, `sign`, `Heaviside`, `Max`, `Min` and of conditions vanish, if linear."""
    arguments: list[sp.Expr] = [each.args[0] for each in expression.atoms(sp.Abs, sp.sign, sp.Heaviside)]
    arguments += [a - b for each in expression.atoms(sp.Max, sp.Min) for a in each.args for b in each.args]
    arguments += [each.lhs - each.rhs for each in expression.atoms(sp.core.relational.Relational)]
    found = []
    for argument in arguments:
        if argument.is_polynomial(variable) and sp.degree(argument, variable) == 1:
            root = -argument.coeff(variable, 0) / argument.coeff(variable, 1)
            found.append(float(root))
    return [root for root in found if abs(root) < 16]
