"""Checks of scalar steps; none looks at how the step was found.

Each proves its step by exact algebra (a rational function that cancels to zero, a polynomial whose
coefficients are all positive) or, where a limit is taken or an interval claimed, at 60 digits on both sides
of its edges.

The effective regularisation is an algebraic function of (lam, gamma); with ``lam = kappa - gamma*kappa/(1 +
kappa)`` inserted everything is a rational function of (kappa, gamma), which ``cancel`` decides. Pass such
substitutions as ``given``.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import mpmath
import sympy as sp

from w2s_asymptotics.engine.derivation import Outcome

__all__ = [
    "DerivativeOf",
    "Follows",
    "Identity",
    "LimitOf",
    "PositiveForm",
    "SameSign",
    "SameTruth",
    "Solves",
    "SolvesRecurrence",
    "as_difference",
]


def as_difference(claim: Any) -> sp.Expr:
    """Return ``lhs - rhs`` of a relation, or the expression itself."""
    if isinstance(claim, sp.core.relational.Relational):
        return claim.lhs - claim.rhs
    return sp.sympify(claim)


def _insert(expression: Any, given: Mapping[Any, Any]) -> Any:
    """Insert in order: later replacements see what the earlier ones brought in."""
    for old, new in given.items():
        expression = expression.subs(old, new)
    return expression.doit() if isinstance(expression, sp.Basic) else expression


def _vanishes(expression: sp.Expr) -> bool:
    reduced = sp.cancel(sp.together(expression))
    return bool(reduced == 0 or sp.simplify(reduced) == 0)


@dataclass(frozen=True)
class Identity:
    """``before`` and ``after`` are the same function, once ``given`` is inserted into both."""

    given: Mapping[Any, Any] = field(default_factory=dict)

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Cancel the difference; for two equations, the difference of their residuals."""
        if isinstance(before, sp.core.relational.Relational) != isinstance(
            after, sp.core.relational.Relational
        ):
            return Outcome(False, "one side is a relation, the other an expression")
        difference = _insert(as_difference(before) - as_difference(after), self.given)
        passed = _vanishes(difference)
        return Outcome(passed, "the difference cancels to 0" if passed else "the two sides differ")

    def describe(self) -> str:
        """Say what closes the step."""
        return "the difference cancels identically"


@dataclass(frozen=True)
class Solves:
    """``after`` is ``Eq(unknown, expression)`` and satisfies the equation ``before`` identically."""

    given: Mapping[Any, Any] = field(default_factory=dict)

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Insert the solution and cancel."""
        if not isinstance(after, sp.Eq):
            return Outcome(False, "the solution is not an equation unknown = expression")
        residual = as_difference(before).subs(after.lhs, after.rhs)
        if not as_difference(before).has(after.lhs):
            return Outcome(False, f"{after.lhs} does not occur in the equation")
        passed = _vanishes(_insert(residual, self.given))
        return Outcome(
            passed, "the solution satisfies the equation" if passed else "the solution leaves a residual"
        )

    def describe(self) -> str:
        """Say what closes the step."""
        return "inserted into the equation, it cancels"


@dataclass(frozen=True)
class SameSign:
    """Two relations are equivalent: the differences of their sides agree up to a positive ``factor``.

    ``factor`` must be visibly positive: with ``positive`` inserted, a quotient of polynomials with positive
    coefficients.
    """

    factor: Any
    given: Mapping[Any, Any] = field(default_factory=dict)
    positive: Mapping[Any, Any] = field(default_factory=dict)

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Check kind, proportionality and the sign of the factor."""
        flipped = {sp.Lt: sp.Gt, sp.Gt: sp.Lt, sp.Le: sp.Ge, sp.Ge: sp.Le}
        sign = 1
        if type(before) is not type(after):
            if flipped.get(type(before)) is not type(after):
                return Outcome(False, f"a {type(before).__name__} cannot become a {type(after).__name__}")
            sign = -1
        difference = as_difference(before) - sign * self.factor * as_difference(after)
        if not _vanishes(_insert(difference, self.given)):
            return Outcome(False, "the sides are not proportional by the stated factor")
        if not has_positive_coefficients(_insert(sp.sympify(self.factor), {**self.given, **self.positive})):
            return Outcome(False, "the factor is not visibly positive")
        return Outcome(True, "equivalent, up to a positive factor")

    def describe(self) -> str:
        """Say what closes the step."""
        return "proportional by a positive factor"


def has_positive_coefficients(expression: Any) -> bool:
    """Whether an expression is a quotient of polynomials, in positive symbols, with positive coefficients."""
    if not all(symbol.is_positive for symbol in expression.free_symbols):
        return False
    for part in sp.fraction(sp.cancel(sp.together(expression))):
        if part == 0:
            return False
        symbols = sorted(part.free_symbols, key=str)
        coefficients = sp.Poly(part, *symbols).coeffs() if symbols else [part]
        if not all(coefficient.is_positive for coefficient in coefficients):
            return False
    return True


@dataclass(frozen=True)
class PositiveForm:
    """``before`` equals ``after``, and ``after`` is visibly positive once ``positive`` names the domain.

    ``positive`` inserts positive symbols that sweep the domain (``gamma: 1 + excess`` for gamma > 1); what
    results must be a quotient of polynomials whose coefficients are all positive.
    """

    given: Mapping[Any, Any] = field(default_factory=dict)
    positive: Mapping[Any, Any] = field(default_factory=dict)

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Check the identity and then the signs of all coefficients."""
        same = Identity(self.given).run(before, after, seed)
        if not same.passed:
            return same
        passed = has_positive_coefficients(_insert(as_difference(after), {**self.given, **self.positive}))
        return Outcome(passed, "every coefficient is positive" if passed else "a coefficient is not positive")

    def describe(self) -> str:
        """Say what closes the step."""
        return "identity, and every coefficient is positive on the domain"


@dataclass(frozen=True)
class LimitOf:
    """``after`` is the limit of ``before`` as ``variable`` tends to ``point`` from above, or to infinity.

    ``at`` fixes the other symbols; the gap must shrink in proportion to the distance (or to one of its
    roots).
    """

    variable: sp.Symbol
    point: Any
    at: tuple[Mapping[Any, Any], ...]

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Approach the point through 1e-8, 1e-16, 1e-24 and watch the gap vanish."""
        with mpmath.workdps(80):
            for values in self.at:
                target = as_difference(after).subs(values)
                gaps = []
                for power in (8, 16, 24):
                    step = sp.Rational(1, 10**power)
                    place = 1 / step if self.point == sp.oo else self.point + step
                    value = as_difference(before).subs({**values, self.variable: place}).evalf(60)
                    gaps.append(abs((value - target).evalf(60)))
                if not all(
                    bool(gap <= sp.Rational(1, 10 ** (power // 3)))
                    for gap, power in zip(gaps, (8, 16, 24), strict=True)
                ):
                    return Outcome(False, f"the gap does not vanish: {[str(sp.N(gap, 3)) for gap in gaps]}")
        return Outcome(True, "the gap vanishes along 1e-8, 1e-16, 1e-24")

    def describe(self) -> str:
        """Say what closes the step."""
        return "the gap vanishes at 60 digits"


@dataclass(frozen=True)
class DerivativeOf:
    """``after`` is the derivative of ``before`` in ``variable``, both functions of the parameter ``along``.

    ``given`` writes everything in the parameter, so that an implicit differentiation is checked by an
    explicit one.
    """

    variable: Any
    along: sp.Symbol
    given: Mapping[Any, Any] = field(default_factory=dict)

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Differentiate along the curve and cancel the difference."""
        rise, run = (
            sp.diff(_insert(sp.sympify(each), self.given), self.along) for each in (before, self.variable)
        )
        passed = _vanishes(rise / run - _insert(sp.sympify(as_difference(after)), self.given))
        return Outcome(
            passed, "the slope along the curve agrees" if passed else "the slope along the curve differs"
        )

    def describe(self) -> str:
        """Say what closes the step."""
        return "the slope along the parametrised curve cancels against it"


@dataclass(frozen=True)
class SolvesRecurrence:
    """``before`` is ``Eq(q(n), recursion in q(n - 1))`` and ``after`` is ``Eq(q(n), closed form)``.

    The recursion is run from ``q(0) = start`` on random rational coefficients, through n = 1 ... 6, and
    compared exactly.
    """

    start: sp.Symbol

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Run the recursion beside the closed form."""
        sequence = before.lhs.func
        (index,) = before.lhs.args
        draw = random.Random(seed)
        values: dict[Any, Any] = {}

        def number(expression: Any) -> Any:
            plain = sp.sympify(expression).doit()
            for symbol in sorted(plain.atoms(sp.Indexed) | (plain.free_symbols - {index}), key=str):
                if isinstance(symbol, sp.Indexed) or symbol.is_positive:
                    values.setdefault(symbol, sp.Rational(draw.randint(1, 60), draw.randint(61, 99)))
            return plain.subs(values)

        previous = number(self.start)
        for place in range(1, 7):
            previous = number(before.rhs.subs(index, place).subs(sequence(place - 1), previous))
            if number(after.rhs.subs(index, place)) != previous:
                return Outcome(False, f"the closed form leaves the recursion at n = {place}")
        return Outcome(True, "exact on random rationals for n = 1 ... 6")

    def describe(self) -> str:
        """Say what closes the step."""
        return "runs beside the recursion, exactly, on random rationals"


@dataclass(frozen=True)
class SameTruth:
    """Two statements about ``variable`` are true at the same places, on a domain of the other symbols.

    ``domain`` maps each other symbol to an expression in positive symbols, which are drawn at random; the
    probes are random places and the places a hair (1e-12) on either side of every edge that ``after`` names.
    ``given`` is inserted in ``before``.
    """

    variable: sp.Symbol
    domain: Mapping[Any, Any]
    within: Any = sp.true
    given: Mapping[Any, Any] = field(default_factory=dict)
    draws: int = 20

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Compare truth values; both must occur."""
        draw = random.Random(seed)
        names = [self.variable, *self.domain]
        claims = [_compiled(claim, names, self.given) for claim in (self.within, before, after)]
        comparisons = after.atoms(sp.core.relational.Relational)
        sides = [claim.rhs if claim.lhs == self.variable else claim.lhs for claim in comparisons]
        edges = [sp.lambdify(names[1:], side, "mpmath") for side in sides]
        hairs = [sign * mpmath.mpf(10) ** -power for sign in (-1, 1) for power in (1, 12)]
        seen = set()
        count = 0
        with mpmath.workdps(60):
            for _ in range(self.draws):
                values = self._draw(draw)
                places = [_logarithmic(draw) for _ in range(3)]
                places += [edge(*values) * (1 + hair) for edge in edges for hair in hairs]
                for place in places:
                    if mpmath.im(place) != 0 or place <= 0 or not claims[0](place, *values):
                        continue
                    stated = claims[1](place, *values)
                    if stated != claims[2](place, *values):
                        where = ", ".join(
                            f"{name} = {mpmath.nstr(value, 6)}"
                            for name, value in zip(names, (place, *values), strict=True)
                        )
                        return Outcome(False, f"they part at {where}")
                    seen.add(stated)
                    count += 1
        if seen != {True, False}:
            return Outcome(False, "the probes saw only one of true and false")
        return Outcome(True, f"the same truth at {count} places, both sides of every edge")

    def _draw(self, draw: random.Random) -> list[Any]:
        parts = {part for value in self.domain.values() for part in sp.sympify(value).free_symbols}
        positive = sorted(parts, key=str)
        chosen = [_logarithmic(draw) for _ in positive]
        return [mpmath.mpf(sp.lambdify(positive, value, "mpmath")(*chosen)) for value in self.domain.values()]

    def describe(self) -> str:
        """Say what closes the step."""
        return "the same truth value on both sides of every edge, at 50 digits"


def _logarithmic(draw: random.Random) -> Any:
    """Draw a number between 1/30 and 30, evenly in its logarithm."""
    return mpmath.mpf(10) ** draw.uniform(-1.5, 1.5)


def _compiled(claim: Any, names: Sequence[Any], given: Mapping[Any, Any]) -> Callable[..., bool]:
    """Return the truth of a statement as a function of numbers; where a side is not real, it is not true."""
    if isinstance(claim, sp.And):
        parts = [_compiled(part, names, given) for part in claim.args]
        return lambda *values: all(part(*values) for part in parts)
    if claim == sp.true:
        return lambda *values: True
    difference = sp.lambdify(names, _insert(as_difference(claim), given), "mpmath")
    rising = isinstance(claim, (sp.Gt, sp.Ge))

    def truth(*values: Any) -> bool:
        gap = difference(*values)
        return mpmath.im(gap) == 0 and bool(gap > 0 if rising else gap < 0)

    return truth


@dataclass(frozen=True)
class Follows:
    """The equation ``after`` holds identically once ``given``, the meaning of its symbols, is inserted."""

    given: Mapping[Any, Any]

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Insert the meanings into the difference of the sides and cancel."""
        if not isinstance(after, sp.Eq):
            return Outcome(False, "what follows must be an equation")
        if not any(after.has(symbol) for symbol in self.given):
            return Outcome(False, "the equation says nothing about the symbols that are given")
        passed = _vanishes(_insert(as_difference(after), self.given))
        return Outcome(passed, "holds identically" if passed else "does not hold")

    def describe(self) -> str:
        """Say what closes the step."""
        return "holds identically when the meanings are inserted"
