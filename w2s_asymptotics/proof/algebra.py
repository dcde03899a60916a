"""Exact algebra that the checks of scalar steps share."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import sympy as sp

from w2s_asymptotics.words.gaussian import coefficient_symbol

__all__ = ["as_difference", "equivalent", "is_relation", "plainly", "vanishes"]


def as_difference(claim: Any) -> sp.Expr:
    """Return ``lhs - rhs`` of a relation, or the expression itself."""
    if is_relation(claim):
        return claim.lhs - claim.rhs
    return sp.sympify(claim)


def plainly(expression: Any, values: Mapping[Any, Any]) -> Any:
    """Insert degrees, carry out sums, and make every indexed coefficient a symbol of its own.

    Without degrees, coefficients stay as they are: the index may still run.
    """
    inserted = sp.sympify(expression).subs(values).doit()
    if not values:
        return inserted
    return inserted.xreplace({each: coefficient_symbol(each) for each in inserted.atoms(sp.Indexed)})


def is_relation(claim: Any) -> bool:
    """Whether it compares two sides."""
    return isinstance(claim, sp.core.relational.Relational)


_OPEN = (sp.core.function.AppliedUndef, sp.Indexed, sp.Sum, sp.Product)
"""What has no value at a place."""


def _differs_at_a_point(expression: sp.Expr) -> bool:
    """Whether an expression is far from zero at one rational place, which spares the algebra."""
    if not expression.is_commutative or expression.atoms(*_OPEN):
        return False
    draw = random.Random(1)
    place = {
        each: sp.Rational(draw.randint(10, 99), draw.randint(10, 99))
        for each in sorted(expression.free_symbols, key=str)
    }
    value = expression.subs(place).evalf(30)
    return bool(value.is_number and value.is_finite and abs(value) > sp.Float(10) ** -12)


def vanishes(expression: Any) -> bool:
    """Whether an expression is zero identically."""
    if _differs_at_a_point(expression):
        return False
    reduced = sp.cancel(sp.together(expression))
    return bool(reduced == 0 or sp.simplify(reduced) == 0)


def equivalent(sign: str) -> str:
    """Where a check works both ways, statements are not implied but equivalent."""
    return {r"\Longrightarrow": r"\Longleftrightarrow"}.get(sign, sign)
