"""Checks of solutions, limits and derivatives."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import mpmath
import sympy as sp

from w2s_asymptotics.proof.algebra import as_difference, is_relation, vanishes
from w2s_asymptotics.proof.derivation import Check, Outcome, Step
from w2s_asymptotics.proof.domain import Domain, insert, is_visibly_positive
from w2s_asymptotics.words.tex import formula_tex

__all__ = ["DerivativeOf", "LimitOf", "Solves"]


@dataclass(frozen=True)
class Solves(Check):
    """``after`` is ``Eq(unknown, expression)`` and satisfies the equation ``before`` identically.

    Where the equation is quadratic in the unknown, ``which`` names the root: the larger or the smaller one,
    or the only positive one (``domain`` is where the product of both is negative). With ``start`` the
    unknown is a sequence that begins there, ``before`` its recursion, and induction proves the closed form.
    """

    given: Mapping[Any, Any] = field(default_factory=dict)
    which: Literal["largest", "smallest", "only positive", ""] = ""
    domain: Domain = field(default_factory=Domain)
    start: Any = None

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Insert the solution and cancel; of two roots, compare it with the other."""
        if not isinstance(after, sp.Eq):
            return Outcome(False, "the solution is not an equation unknown = expression")
        if is_relation(before) and not isinstance(before, sp.Eq):
            return Outcome(False, f"a {type(before).__name__} is not an equation")
        if self.start is not None:
            return self._by_induction(before, after)
        equation = as_difference(before)
        if not equation.has(after.lhs) or after.rhs.has(after.lhs):
            return Outcome(False, f"{after.lhs} must occur in the equation and not in its solution")
        if not vanishes(insert(equation.subs(after.lhs, after.rhs), self.given)):
            return Outcome(False, "the solution leaves a residual")
        unknown = sp.Dummy("unknown")
        named = sp.numer(sp.cancel(sp.together(insert(equation.subs(after.lhs, unknown), self.given))))
        degree = sp.degree(named, unknown)
        if degree == 1:
            return Outcome(True, "the only solution: the equation is linear")
        if degree > 2 or not self.which:
            return Outcome(False, "the equation has several roots, and nothing says which")
        return self._of_two(sp.Poly(named, unknown).all_coeffs(), after.rhs, seed)

    def _of_two(self, coefficients: Any, root: Any, seed: int) -> Outcome:
        """The root less the other is plus or minus the root of the discriminant: of one sign throughout."""
        leading, middle, last = coefficients
        if uncovered := self.domain.uncovered():
            return Outcome(False, f"the domain is not swept: {uncovered}")
        if self.which == "only positive" and not is_visibly_positive(insert(-last / leading, self.domain)):
            return Outcome(False, "the equation need not have one positive root")
        discriminant, beyond = middle**2 - 4 * leading * last, 2 * root + middle / leading
        draw = random.Random(seed)
        seen: set[Any] = set()
        while len(seen) < 8:
            place = self.domain.draw((discriminant + beyond).free_symbols, draw)
            if bool(insert(discriminant, place) > 0):
                value = sp.N(insert(beyond, place), 40)
                if bool((value < 0) if self.which != "smallest" else (value > 0)):
                    return Outcome(False, f"it is not the {self.which} root at {place}")
                seen.add(tuple(place.items()))
        return Outcome(True, f"satisfies the equation; the {self.which} of two roots")

    def _by_induction(self, before: Any, after: Any) -> Outcome:
        if not (isinstance(before, sp.Eq) and after.lhs == before.lhs):
            return Outcome(False, "the closed form must be an equation for what the recursion defines")
        sequence, (index,) = before.lhs.func, before.lhs.args
        if not vanishes(sp.sympify(after.rhs.subs(index, 0)).doit() - self.start):
            return Outcome(False, "the closed form does not begin at the start")
        following = before.rhs.subs(sequence(index - 1), after.rhs.subs(index, index - 1))
        difference = _last_split_off(after.rhs, index) - following
        if not vanishes(sp.expand(difference, power_exp=True)):
            return Outcome(False, "the closed form leaves the recursion")
        return Outcome(True, "it begins at the start and satisfies the recursion: induction")

    def describe(self) -> str:
        """Say what closes the step."""
        if self.start is not None:
            return "induction: it begins at the start, and inserted into the recursion it cancels"
        if self.which:
            return f"inserted into the equation, it cancels; it is the {self.which} root"
        return "inserted into the equation, it cancels"


def _last_split_off(expression: Any, index: Any) -> Any:
    """Split the last term off every sum up to the index, and the last factor off every product."""

    def split(part: Any) -> Any:
        term, (running, first, last) = part.function, part.limits[0]
        rest = part.func(term, (running, first, last - 1))
        at_last = _last_split_off(term.subs(running, last), index)
        return rest + at_last if isinstance(part, sp.Sum) else rest * at_last

    found = {
        part: split(part)
        for part in expression.atoms(sp.Sum, sp.Product)
        if len(part.limits) == 1 and part.limits[0][2] == index
    }
    return expression.xreplace(found)


@dataclass(frozen=True)
class LimitOf(Check):
    """``after`` is the limit of ``before`` as ``variable`` tends to ``point`` from above, or to infinity.

    ``at`` fixes the other symbols; the gap must shrink in proportion to the distance (or to one of its
    roots).
    """

    variable: sp.Symbol
    point: Any
    at: tuple[Mapping[Any, Any], ...] = ({},)

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Approach the point through 1e-8, 1e-16, 1e-24 and watch the gap vanish."""
        if is_relation(before) or is_relation(after):
            return Outcome(False, "a relation has no limit")
        powers = (8, 16, 24)
        with mpmath.workdps(80):
            for values in self.at:
                gaps = [self._gap(before, after, values, power) for power in powers]
                if not all(
                    bool(gap <= sp.Rational(1, 10 ** (power // 3)))
                    for gap, power in zip(gaps, powers, strict=True)
                ):
                    return Outcome(False, f"the gap does not vanish: {[str(sp.N(gap, 3)) for gap in gaps]}")
        return Outcome(True, "the gap vanishes along 1e-8, 1e-16, 1e-24")

    def _gap(self, before: Any, after: Any, values: Mapping[Any, Any], power: int) -> Any:
        distance = sp.Rational(1, 10**power)
        place = 1 / distance if self.point == sp.oo else self.point + distance
        target = sp.sympify(after).subs(values)
        value = sp.sympify(before).subs({**values, self.variable: place}).evalf(60)
        return abs((value - target).evalf(60))

    def describe(self) -> str:
        """Say what closes the step."""
        return "the gap vanishes at 60 digits"

    def sign(self, step: Step) -> str:
        """Return an arrow that names the limit."""
        return rf"\xrightarrow{{{formula_tex(self.variable)} \to {formula_tex(sp.sympify(self.point))}}}"


@dataclass(frozen=True)
class DerivativeOf(Check):
    """``after`` is the derivative of ``before`` in ``variable``, both functions of the parameter ``along``.

    ``given`` writes everything in the parameter, so that an implicit differentiation is checked by an
    explicit one. Where ``before`` is an equation, it must define ``function``, the parametrised curve solve
    it, and ``after`` be ``Eq(slope, ...)``.
    """

    variable: Any
    along: sp.Symbol
    given: Mapping[Any, Any] = field(default_factory=dict)
    function: Any = None
    slope: sp.Symbol | None = None

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Differentiate along the curve and cancel the difference."""
        if self.function is not None:
            if not (isinstance(before, sp.Eq) and isinstance(after, sp.Eq) and after.lhs == self.slope):
                return Outcome(False, f"it must take an equation to {self.slope} = ...")
            if not before.has(self.function) or not vanishes(insert(as_difference(before), self.given)):
                return Outcome(False, "the curve does not solve the equation")
            before, after = self.function, after.rhs
        if is_relation(before) or is_relation(after):
            return Outcome(False, "a relation has no slope")
        rise, run = (
            sp.diff(insert(sp.sympify(each), self.given), self.along) for each in (before, self.variable)
        )
        passed = vanishes(rise / run - insert(sp.sympify(after), self.given))
        return Outcome(
            passed, "the slope along the curve agrees" if passed else "the slope along the curve differs"
        )

    def describe(self) -> str:
        """Say what closes the step."""
        solved = "" if self.function is None else "the curve solves the equation, and "
        return f"{solved}the slope along the parametrised curve cancels against it"

    def sign(self, step: Step) -> str:
        """Return an arrow that names the variable; between equations, what follows."""
        if self.function is not None:
            return super().sign(step)
        return rf"\xrightarrow{{\,d/d {formula_tex(self.variable)}\,}}"
