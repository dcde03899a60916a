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
from typing import Any, Literal

import mpmath
import sympy as sp

from w2s_asymptotics.proof.derivation import Check, Outcome, Step
from w2s_asymptotics.words.tex import formula_tex

__all__ = [
    "DerivativeOf",
    "Eliminates",
    "Identity",
    "ImplicitDerivative",
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
    if _is_relation(claim):
        return claim.lhs - claim.rhs
    return sp.sympify(claim)


def _insert(expression: Any, given: Mapping[Any, Any]) -> Any:
    """Insert in order: later replacements see what the earlier ones brought in."""
    for old, new in given.items():
        expression = expression.subs(old, new)
    return expression.doit() if isinstance(expression, sp.Basic) else expression


def _is_relation(claim: Any) -> bool:
    return isinstance(claim, sp.core.relational.Relational)


def _differs_at_a_point(expression: sp.Expr) -> bool:
    """Whether an expression is far from zero at one rational place, which spares the algebra."""
    if not expression.is_commutative or expression.atoms(sp.core.function.AppliedUndef, sp.Indexed):
        return False
    draw = random.Random(1)
    place = {
        each: sp.Rational(draw.randint(10, 99), draw.randint(10, 99))
        for each in sorted(expression.free_symbols, key=str)
    }
    value = expression.subs(place).evalf(30)
    return bool(value.is_number and value.is_finite and abs(value) > sp.Float(10) ** -12)


def _vanishes(expression: sp.Expr) -> bool:
    if _differs_at_a_point(expression):
        return False
    reduced = sp.cancel(sp.together(expression))
    return bool(reduced == 0 or sp.simplify(reduced) == 0)


@dataclass(frozen=True)
class Identity(Check):
    """``before`` and ``after`` are the same function, once ``given`` is inserted into both."""

    given: Mapping[Any, Any] = field(default_factory=dict)

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Cancel the difference; for two relations of one kind, the difference of their residuals."""
        if (_is_relation(before) or _is_relation(after)) and type(before) is not type(after):
            return Outcome(False, f"a {type(before).__name__} cannot become a {type(after).__name__}")
        difference = _insert(as_difference(before) - as_difference(after), self.given)
        passed = _vanishes(difference)
        return Outcome(passed, "the difference cancels to 0" if passed else "the two sides differ")

    def describe(self) -> str:
        """Say what closes the step."""
        return "the difference cancels identically"

    def sign(self, step: Step) -> str:
        """Statements are equivalent, expressions equal."""
        return _equivalent(super().sign(step))


@dataclass(frozen=True)
class Solves(Check):
    """``after`` is ``Eq(unknown, expression)`` and satisfies the equation ``before`` identically.

    Where the equation is not linear in the unknown, ``which`` names the root: the largest or the smallest
    real one, or the only positive one. ``domain`` maps the other symbols to expressions in positive symbols,
    in order; at random rational places of it the real roots are counted exactly.
    """

    given: Mapping[Any, Any] = field(default_factory=dict)
    which: Literal["largest", "smallest", "only positive", ""] = ""
    domain: Mapping[Any, Any] = field(default_factory=dict)

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Insert the solution and cancel; where the equation has several roots, count them around it."""
        if not isinstance(after, sp.Eq):
            return Outcome(False, "the solution is not an equation unknown = expression")
        if _is_relation(before) and not isinstance(before, sp.Eq):
            return Outcome(False, f"a {type(before).__name__} is not an equation")
        equation = as_difference(before)
        if not equation.has(after.lhs) or after.rhs.has(after.lhs):
            return Outcome(False, f"{after.lhs} must occur in the equation and not in its solution")
        if not _vanishes(_insert(equation.subs(after.lhs, after.rhs), self.given)):
            return Outcome(False, "the solution leaves a residual")
        unknown = sp.Dummy("unknown")
        named = equation.subs(after.lhs, unknown)
        if self.which:
            return self._singled_out(named, unknown, after.rhs, seed)
        if sp.expand(sp.numer(sp.cancel(sp.together(_insert(named, self.given))))).diff(unknown, 2) != 0:
            return Outcome(False, "the equation has several roots, and nothing says which")
        return Outcome(True, "the only solution: the equation is linear")

    def _singled_out(self, equation: Any, unknown: sp.Dummy, root: Any, seed: int) -> Outcome:
        draw = random.Random(seed)
        places = 8
        for _ in range(places):
            positive = {
                each: sp.Rational(draw.randint(1, 60), draw.randint(1, 40))
                for each in sorted((equation.free_symbols | root.free_symbols) - {unknown}, key=str)
            }
            hidden = {part for value in self.domain.values() for part in sp.sympify(value).free_symbols}
            positive |= {
                each: sp.Rational(draw.randint(1, 60), draw.randint(1, 40))
                for each in sorted(hidden - set(positive), key=str)
            }
            inserted, value = (_insert(_insert(each, self.domain), positive) for each in (equation, root))
            polynomial = sp.Poly(sp.numer(sp.together(inserted)), unknown)
            roots = sorted(set(polynomial.real_roots()))
            if self.which == "only positive":
                roots = [each for each in roots if each > 0]
            if not roots or (self.which == "only positive" and len(roots) > 1):
                return Outcome(False, f"the equation has {len(roots)} {self.which} roots at {positive}")
            wanted = roots[0] if self.which == "smallest" else roots[-1]
            if not abs(sp.N(wanted - value, 40)) < sp.Float(10) ** -30 * (1 + abs(sp.N(wanted, 40))):
                return Outcome(False, f"it is not the {self.which} root at {positive}")
        return Outcome(True, f"satisfies the equation; the {self.which} root at {places} rational places")

    def describe(self) -> str:
        """Say what closes the step."""
        if self.which:
            return f"inserted into the equation, it cancels; it is the {self.which} root"
        return "inserted into the equation, it cancels"


@dataclass(frozen=True)
class Eliminates(Check):
    """``after`` is what the equations ``before`` and ``equation`` leave when ``unknown`` is eliminated.

    Their resultant in ``unknown`` must be ``after`` up to a constant and powers of nonnegative symbols, which
    vanish nowhere that both equations have a meaning.
    """

    unknown: sp.Symbol
    equation: sp.Eq

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Compute the resultant and compare."""
        if not (isinstance(before, sp.Eq) and isinstance(after, sp.Eq)):
            return Outcome(False, "elimination takes equations to an equation")
        first, second = (sp.numer(sp.together(as_difference(each))) for each in (before, self.equation))
        if not (first.has(self.unknown) and second.has(self.unknown)) or after.has(self.unknown):
            return Outcome(False, f"{self.unknown} must occur in both equations and not in what is left")
        quotient = sp.cancel(sp.resultant(first, second, self.unknown) / as_difference(after))
        passed = quotient != 0 and all(
            len(sp.Add.make_args(sp.expand(part))) == 1
            and all(each.is_nonnegative for each in part.free_symbols)
            for part in sp.fraction(quotient)
        )
        return Outcome(
            passed, "the resultant, up to powers of symbols" if passed else "it is not the resultant"
        )

    def describe(self) -> str:
        """Say what closes the step."""
        return "equal to the resultant"


@dataclass(frozen=True)
class SameSign(Check):
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
        if not (_is_relation(before) and _is_relation(after)):
            return Outcome(False, "only relations have the same sign")
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

    def sign(self, step: Step) -> str:
        """Statements are equivalent, expressions equal."""
        return _equivalent(super().sign(step))


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
class PositiveForm(Check):
    """``before`` equals ``after``, and ``after`` is visibly positive once ``positive`` names the domain.

    ``positive`` inserts positive symbols that sweep the domain (``gamma: 1 + excess`` for gamma > 1); what
    results must be a quotient of polynomials whose coefficients are all positive.
    """

    given: Mapping[Any, Any] = field(default_factory=dict)
    positive: Mapping[Any, Any] = field(default_factory=dict)

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Check the identity and then the signs of all coefficients."""
        if _is_relation(after):
            return Outcome(False, "a relation has no sign")
        same = Identity(self.given).run(before, after, seed)
        if not same.passed:
            return same
        passed = has_positive_coefficients(_insert(as_difference(after), {**self.given, **self.positive}))
        return Outcome(passed, "every coefficient is positive" if passed else "a coefficient is not positive")

    def describe(self) -> str:
        """Say what closes the step."""
        return "identity, and every coefficient is positive on the domain"


@dataclass(frozen=True)
class LimitOf(Check):
    """``after`` is the limit of ``before`` as ``variable`` tends to ``point`` from above, or to infinity.

    ``at`` fixes the other symbols; the gap must shrink in proportion to the distance (or to one of its
    roots).
    """

    variable: sp.Symbol
    point: Any
    at: tuple[Mapping[Any, Any], ...]

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Approach the point through 1e-8, 1e-16, 1e-24 and watch the gap vanish."""
        if _is_relation(before) or _is_relation(after):
            return Outcome(False, "a relation has no limit")
        with mpmath.workdps(80):
            for values in self.at:
                target = sp.sympify(after).subs(values)
                gaps = []
                for power in (8, 16, 24):
                    step = sp.Rational(1, 10**power)
                    place = 1 / step if self.point == sp.oo else self.point + step
                    value = sp.sympify(before).subs({**values, self.variable: place}).evalf(60)
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

    def sign(self, step: Step) -> str:
        """The second side is the limit of the first."""
        return rf"\xrightarrow{{{formula_tex(self.variable)} \to {formula_tex(sp.sympify(self.point))}}}"


@dataclass(frozen=True)
class DerivativeOf(Check):
    """``after`` is the derivative of ``before`` in ``variable``, both functions of the parameter ``along``.

    ``given`` writes everything in the parameter, so that an implicit differentiation is checked by an
    explicit one.
    """

    variable: Any
    along: sp.Symbol
    given: Mapping[Any, Any] = field(default_factory=dict)

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Differentiate along the curve and cancel the difference."""
        if _is_relation(before) or _is_relation(after):
            return Outcome(False, "a relation has no slope")
        rise, run = (
            sp.diff(_insert(sp.sympify(each), self.given), self.along) for each in (before, self.variable)
        )
        passed = _vanishes(rise / run - _insert(sp.sympify(after), self.given))
        return Outcome(
            passed, "the slope along the curve agrees" if passed else "the slope along the curve differs"
        )

    def describe(self) -> str:
        """Say what closes the step."""
        return "the slope along the parametrised curve cancels against it"

    def sign(self, step: Step) -> str:
        """The second side is the derivative of the first."""
        return rf"\xrightarrow{{\,d/d {formula_tex(self.variable)}\,}}"


@dataclass(frozen=True)
class ImplicitDerivative(Check):
    """``after`` is ``Eq(slope, ...)``, the derivative of a function that the equation ``before`` defines.

    ``given`` writes ``function`` and ``variable`` in the parameter ``along``: a curve that must solve
    ``before``, and whose slope must be ``after``.
    """

    function: Any
    variable: Any
    slope: sp.Symbol
    along: sp.Symbol
    given: Mapping[Any, Any]

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Check that the curve solves the equation, then differentiate along it."""
        if not (isinstance(before, sp.Eq) and isinstance(after, sp.Eq) and after.lhs == self.slope):
            return Outcome(False, f"it must take an equation to {self.slope} = ...")
        if not before.has(self.function) or not _vanishes(_insert(as_difference(before), self.given)):
            return Outcome(False, "the curve does not solve the equation")
        explicit = DerivativeOf(self.variable, self.along, self.given)
        return explicit.run(self.function, after.rhs, seed)

    def describe(self) -> str:
        """Say what closes the step."""
        return "the curve solves the equation, and its slope cancels against it"


@dataclass(frozen=True)
class SolvesRecurrence(Check):
    """``before`` is ``Eq(q(n), recursion in q(n - 1))`` and ``after`` is ``Eq(q(n), closed form)``.

    The recursion is run from ``q(0) = start`` on random rational coefficients to n = 30, and compared exactly
    at n = 0 ... 6 and at three larger n.
    """

    start: sp.Symbol

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Run the recursion beside the closed form."""
        if not (isinstance(before, sp.Eq) and isinstance(after, sp.Eq) and after.lhs == before.lhs):
            return Outcome(False, "the closed form must be an equation for what the recursion defines")
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

        compared = {*range(7), *draw.sample(range(7, 31), 3)}
        value = number(self.start)
        for place in range(max(compared) + 1):
            if place:
                value = number(before.rhs.subs(index, place).subs(sequence(place - 1), value))
            if place in compared and number(after.rhs.subs(index, place)) != value:
                return Outcome(False, f"the closed form leaves the recursion at n = {place}")
        return Outcome(True, f"exact on random rationals for n = {', '.join(map(str, sorted(compared)))}")

    def describe(self) -> str:
        """Say what closes the step."""
        return "runs beside the recursion, exactly, on random rationals"


@dataclass(frozen=True)
class SameTruth(Check):
    """Two statements about ``variable`` are true at the same places, on a domain of the other symbols.

    ``domain`` maps each other symbol to an expression in positive symbols, which are drawn at random; the
    probes are random places, every edge that ``after`` names, and the places a hair (1e-12) on either side of
    it. ``given`` is inserted in both. Statements are strict or weak inequalities, and what ``And`` joins of
    them; where two sides agree to 40 of 60 digits they count as equal.
    """

    variable: sp.Symbol
    domain: Mapping[Any, Any]
    within: Any = sp.true
    given: Mapping[Any, Any] = field(default_factory=dict)
    draws: int = 20

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Compare truth values; both must occur."""
        if not all(map(_is_inequality, (self.within, before, after))):
            return Outcome(False, "only inequalities, and what And joins of them, can be probed")
        draw = random.Random(seed)
        names = [self.variable, *self.domain]
        claims = [_compiled(claim, names, self.given) for claim in (self.within, before, after)]
        comparisons = sorted(after.atoms(sp.core.relational.Relational), key=str)
        sides = [claim.rhs if claim.lhs == self.variable else claim.lhs for claim in comparisons]
        edges = [sp.lambdify(names[1:], side, "mpmath") for side in sides]
        hairs = [0, *(sign * mpmath.mpf(10) ** -power for sign in (-1, 1) for power in (1, 12))]
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
        return Outcome(True, f"the same truth at {count} places, on every edge and on both sides of it")

    def _draw(self, draw: random.Random) -> list[Any]:
        parts = {part for value in self.domain.values() for part in sp.sympify(value).free_symbols}
        positive = sorted(parts, key=str)
        chosen = [_logarithmic(draw) for _ in positive]
        return [mpmath.mpf(sp.lambdify(positive, value, "mpmath")(*chosen)) for value in self.domain.values()]

    def describe(self) -> str:
        """Say what closes the step."""
        return "the same truth value on every edge and on both sides of it"

    def sign(self, step: Step) -> str:
        """Statements are equivalent, expressions equal."""
        return _equivalent(super().sign(step))


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
    sides = [sp.lambdify(names, _insert(side, given), "mpmath") for side in (claim.lhs, claim.rhs)]
    rising = isinstance(claim, (sp.Gt, sp.Ge))
    weak = isinstance(claim, (sp.Ge, sp.Le))

    def truth(*values: Any) -> bool:
        left, right = (side(*values) for side in sides)
        if mpmath.im(left) != 0 or mpmath.im(right) != 0:
            return False
        if abs(left - right) <= mpmath.mpf(10) ** -40 * (1 + abs(left) + abs(right)):
            return weak
        return bool(left > right if rising else left < right)

    return truth


def _equivalent(sign: str) -> str:
    """Where a check works both ways, statements are not implied but equivalent."""
    return {r"\Longrightarrow": r"\Longleftrightarrow"}.get(sign, sign)


def _is_inequality(claim: Any) -> bool:
    if isinstance(claim, sp.And):
        return all(map(_is_inequality, claim.args))
    return claim == sp.true or isinstance(claim, (sp.Gt, sp.Ge, sp.Lt, sp.Le))
