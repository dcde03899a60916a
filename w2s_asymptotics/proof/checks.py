"""Checks of scalar steps; none looks at how the step was found.

Each proves its step by exact algebra (a rational function that cancels to zero, a polynomial whose
coefficients are all positive on a `Domain` that is swept whole), but for limits, which are followed at 60
digits.

The effective regularisation is an algebraic function of (lam, gamma); with ``lam = kappa - gamma*kappa/(1 +
kappa)`` inserted everything is a rational function of (kappa, gamma), which ``cancel`` decides. Pass such
substitutions as ``given``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from w2s_asymptotics.proof.algebra import as_difference, equivalent, is_relation, plainly, vanishes
from w2s_asymptotics.proof.calculus import DerivativeOf, LimitOf, Solves
from w2s_asymptotics.proof.derivation import Check, Outcome, Step
from w2s_asymptotics.proof.domain import Domain, insert, is_visibly_positive

__all__ = ["DerivativeOf", "Identity", "LimitOf", "SameSign", "Solves", "as_difference"]


@dataclass(frozen=True)
class Identity(Check):
    """``before`` and ``after`` are the same function, once ``given`` is inserted into both.

    ``at`` lists the degrees at which a statement about all of them is decided, sums carried out. With
    ``positive``, ``after`` is moreover positive everywhere on that domain (not negative, if not ``strict``):
    there it is a quotient of polynomials with positive coefficients.
    """

    given: Mapping[Any, Any] = field(default_factory=dict)
    positive: Domain | None = None
    at: tuple[Mapping[Any, Any], ...] = ({},)
    strict: bool = True

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Cancel the difference; for two relations of one kind, the difference of their residuals."""
        if isinstance(after, sp.And):
            return self._joined(before, after, seed)
        if (is_relation(before) or is_relation(after)) and type(before) is not type(after):
            return Outcome(False, f"a {type(before).__name__} cannot become a {type(after).__name__}")
        if self.positive is not None:
            if is_relation(after):
                return Outcome(False, "a relation has no sign")
            if uncovered := self.positive.uncovered():
                return Outcome(False, f"the domain is not swept: {uncovered}")
        for values in self.at:
            place = f", at {values}" if values else ""
            left, right = (
                plainly(insert(as_difference(side), self.given), values) for side in (before, after)
            )
            if not vanishes(left - right):
                return Outcome(False, f"the two sides differ{place}")
            if self.positive is not None and not is_visibly_positive(
                insert(right, self.positive), self.strict
            ):
                return Outcome(False, f"a coefficient is not positive{place}")
        seen = "the difference cancels to 0" if self.positive is None else "every coefficient is positive"
        return Outcome(True, seen + (f", at {len(self.at)} choices of degrees" if len(self.at) > 1 else ""))

    def _joined(self, before: Any, after: sp.And, seed: int) -> Outcome:
        """Compare what ``And`` joins, part by part."""
        if not isinstance(before, sp.And) or len(before.args) != len(after.args):
            return Outcome(False, "the statements join different numbers of others")
        for part in after.args:
            if not any(self.run(other, part, seed).passed for other in before.args):
                return Outcome(False, f"nothing before is {part}")
        return Outcome(True, "the differences cancel to 0")

    def covers(self, symbol: sp.Symbol) -> sp.Set:
        """Return the values of a symbol for which the sign is decided."""
        if symbol in self.given:
            return sp.FiniteSet(self.given[symbol])
        return sp.S.EmptySet if self.positive is None else self.positive.covers(symbol)

    def describe(self) -> str:
        """Say what closes the step."""
        by_degree = ", degree by degree" if len(self.at) > 1 else ""
        if self.positive is None:
            return f"the difference cancels{by_degree or ' identically'}"
        sign = "every coefficient is positive" if self.strict else "no coefficient is negative"
        where = self.positive.text()
        return f"identity{by_degree}, and {sign}" + (f" wherever {where}" if where else "")

    def sign(self, step: Step) -> str:
        """Statements are equivalent, expressions equal."""
        return equivalent(super().sign(step))


@dataclass(frozen=True)
class SameSign(Check):
    """Two relations are equivalent: the differences of their sides agree up to a positive ``factor``.

    ``factor`` must be visibly positive on the domain ``positive``, once ``given`` is inserted. ``low < x``
    and ``x < high`` together count as ``(x - low)(x - high) < 0``, where ``high - low`` is visibly positive.
    """

    factor: Any
    given: Mapping[Any, Any] = field(default_factory=dict)
    positive: Domain = field(default_factory=Domain)

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Check kind, proportionality and the sign of the factor."""
        if uncovered := self.positive.uncovered():
            return Outcome(False, f"the domain is not swept: {uncovered}")
        if isinstance(after, sp.And):
            after, apart = _between(after)
            if after is None or not self._is_positive(apart):
                return Outcome(False, "only low < x < high, low below high, can be joined")
        flipped = {sp.Lt: sp.Gt, sp.Gt: sp.Lt, sp.Le: sp.Ge, sp.Ge: sp.Le}
        if not (is_relation(before) and is_relation(after)):
            return Outcome(False, "only relations have the same sign")
        sign = 1
        if type(before) is not type(after):
            if flipped.get(type(before)) is not type(after):
                return Outcome(False, f"a {type(before).__name__} cannot become a {type(after).__name__}")
            sign = -1
        difference = as_difference(before) - sign * self.factor * as_difference(after)
        if not vanishes(insert(difference, self.given)):
            return Outcome(False, "the sides are not proportional by the stated factor")
        if not self._is_positive(self.factor):
            return Outcome(False, "the factor is not visibly positive")
        return Outcome(True, "equivalent, up to a positive factor")

    def _is_positive(self, factor: Any) -> bool:
        inserted = insert(insert(sp.sympify(factor), self.given), self.positive)
        return is_visibly_positive(inserted) or is_visibly_positive(_without_roots(inserted))

    def covers(self, symbol: sp.Symbol) -> sp.Set:
        """Return the values of a symbol for which the two are equivalent."""
        return sp.FiniteSet(self.given[symbol]) if symbol in self.given else self.positive.covers(symbol)

    def describe(self) -> str:
        """Say what closes the step."""
        where = self.positive.text()
        return "proportional by a positive factor" + (f" wherever {where}" if where else "")

    def sign(self, step: Step) -> str:
        """Statements are equivalent, expressions equal."""
        return equivalent(super().sign(step))


def _between(claim: sp.And) -> tuple[Any, Any]:
    """Return ``(x - low)(x - high) < 0`` and ``high - low`` for ``low < x`` and ``x < high``."""
    pairs = [(each.lts, each.gts) for each in claim.args if isinstance(each, (sp.Lt, sp.Gt))]
    if len(pairs) != 2 or len(claim.args) != 2:
        return None, None
    for (low, x), (other, high) in (pairs, pairs[::-1]):
        if x == other:
            return sp.Lt((x - low) * (x - high), 0, evaluate=False), high - low
    return None, None


def _without_roots(expression: Any) -> Any:
    """Take the roots of what is a square."""
    return expression.replace(
        lambda part: part.is_Pow and part.exp in (sp.S.Half, -sp.S.Half),
        lambda part: sp.powdenest(sp.factor(sp.expand(part.base)) ** part.exp, force=False),
    )
