"""One matrix expression on its way from pencil to numbers; every stage is made once, when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from .algebra import REAL, Scope
from .branch import Raw, spectral_radius
from .continuation import NoBranchError
from .dyson import Dyson, System
from .evaluate import Solver
from .existence import Existence
from .expression import Gaussian
from .linearise import Pencil, linearise
from .merge import inlined, merged
from .reduce import Reduced, Reducer
from .scales import decouple, normalise
from .short import ShortValues
from .tree import scalar_value
from .values import Values

__all__ = ["Certificate", "NoLimitError", "Part"]

Array = Any


class NoLimitError(ValueError):
    """There is no limit to give, or none that can be vouched for."""


@dataclass(frozen=True)
class Certificate:
    """Why the inverses of an expression exist all along the path from its deterministic part.

    `radius` is None where that follows from the form of the expression; else it is the largest spectral
    radius found, below 1 as long as the mean square of the inverse stays finite, at the share `share`.
    """

    exists: bool
    reason: str
    radius: float | None = None
    share: float | None = None


class Part:
    """One matrix expression in given Gaussian matrices."""

    def __init__(self, expression: Any, gaussians: Sequence[Gaussian], general: Sequence[Any]) -> None:
        self.expression, self.gaussians, self.general = expression, tuple(gaussians), tuple(general)
        random = [each.symbol for each in self.gaussians]
        symbols = expression.atoms(sp.MatrixSymbol)
        symmetric = [
            each for each in symbols if each.rows == each.cols and each not in (*random, *self.general)
        ]
        self.existence = Existence(expression, random, symmetric)

    @cached_property
    def pencil(self) -> Pencil:
        """The pencil from which numbers are taken."""
        return normalise(linearise(self.expression, self.gaussians, self.general))

    @cached_property
    def short_pencil(self) -> Pencil:
        """The pencil of the formulas, with partial fractions."""
        return decouple(self.pencil)

    @cached_property
    def dyson(self) -> Dyson:
        """The Dyson equation of the pencil."""
        return Dyson(self.pencil)

    @cached_property
    def short_dyson(self) -> Dyson:
        """The Dyson equation of the formulas."""
        return Dyson(self.short_pencil)

    @cached_property
    def solver(self) -> Solver:
        """The merged equations, sorted for solving."""
        return Solver(merged(inlined(self.dyson.system)))

    @cached_property
    def merged(self) -> System:
        """The merged equations of the formulas."""
        return merged(inlined(self.short_dyson.system))

    @cached_property
    def reduced(self) -> Reduced:
        """The short form of the formulas."""
        space = self.pencil.shape[0] if self.is_square else None
        return Reducer(self.merged, space, self.short_pencil.aliases).result

    @property
    def is_square(self) -> bool:
        """Whether the expression has a trace."""
        return self.pencil.shape[0] == self.pencil.shape[1]

    def scope(self, values: Values, known: Mapping[str, Any], certify: bool = True) -> Scope:
        """Every unknown at given scalars; refused where an inverse may not exist."""
        if certify:
            found = self.certificate(values, known)
            if not found.exists:
                raise NoLimitError(found.reason)
        try:
            return self.solver.solve(values.layout, self._with_aliases(self.pencil, known))
        except NoBranchError as error:
            raise NoLimitError(f"no limit: {error}") from error

    def _with_aliases(self, pencil: Pencil, known: Mapping[str, Any]) -> dict[str, Any]:
        return {**known, **{name: scalar_value(value, known) for name, value in pencil.aliases.items()}}

    def certificate(self, values: Values, known: Mapping[str, Any]) -> Certificate:
        """Whether the inverses exist along the path, and why."""
        open_ = self.existence.doubtful(lambda each: scalar_value(each, known), values.fixed)
        if not open_:
            return Certificate(True, "every inverted matrix has a positive definite symmetric part")
        try:
            radius, share = spectral_radius(
                self.pencil, values.layout, self._with_aliases(self.pencil, known)
            )
        except NoBranchError as error:
            return Certificate(False, f"no limit: {error}")
        if radius < 1:
            return Certificate(
                True, "the mean square of the inverse stays finite along the path", radius, share
            )
        names = ", ".join(map(str, open_))
        reason = (
            f"no limit that can be vouched for: the inverse of {names} need not exist. With a share t = "
            f"{share:.3g} of the Gaussian part its mean square is no longer finite; "
            "give what is inverted a positive definite part, such as a ridge term"
        )
        return Certificate(False, reason, radius, share)

    def number(self, values: Values, certify: bool = True) -> Any:
        """The normalised trace of the equivalent."""

        def at(known: Mapping[str, Any]) -> Any:
            return self.solver.trace(self.scope(values, known, certify), self.pencil.shape[0])

        return self._at_zero(at, values)

    def equivalent(self, values: Values, certify: bool = True) -> Array:
        """The equivalent itself: a matrix, or a row over atoms."""

        def at(known: Mapping[str, Any]) -> Any:
            return self.scope(values, known, certify).matrix(self.solver.value, self.pencil.shape[0])

        return self._at_zero(at, values)

    def _at_zero(self, at: Any, values: Values) -> Any:
        """A function of the scalars, by its limit where scalars that inverses need are 0."""
        zeros = sorted(symbol.name for symbol in self.existence.scalars if values.known.get(symbol.name) == 0)
        if not zeros or not self.existence.doubtful(values.scalar, values.fixed):
            return at(values.known)

        def near(tiny: Any) -> Any:
            return at(values.replaced(dict.fromkeys(zeros, tiny)))

        if values.numbers is REAL:
            found = _settled(near(1e-25), near(1e-28), 1e-9)
            return _checked(_extrapolated(near) if found is None else found, zeros)
        import mpmath

        digits = mpmath.mp.dps
        with mpmath.workdps(3 * digits + 30):
            tinies = [mpmath.mpf(10) ** -(2 * digits + more) for more in (10, 13)]
            found = _settled(near(tinies[0]), near(tinies[1]), mpmath.mpf(10) ** (5 - digits))
        result = _checked(found, zeros)
        return +result if np.ndim(result) == 0 else values.numbers.convert(result)

    def raw(self, values: Values) -> float:
        """The normalised trace by the raw solver."""
        solver = Raw(self.dyson, values.layout, self._with_aliases(self.pencil, values.known))
        return solver.trace(solver.solve())

    def short_values(self, values: Values) -> ShortValues:
        """The short form in numbers."""
        known = self._with_aliases(self.short_pencil, values.known)
        return ShortValues(self.reduced, Solver(self.merged).solve(values.layout, known))

    def slope(self, values: Values, name: str) -> Any:
        """The derivative of the normalised trace in a scalar."""
        scope = self.scope(values, values.known)
        moves = {name: 1}
        for alias, value in self.pencil.aliases.items():
            change = sp.diff(value, next((s for s in value.free_symbols if s.name == name), sp.Symbol(name)))
            if change != 0:
                moves[alias] = scalar_value(change, values.known)
        return self.solver.slope(scope, moves, self.solver.normalised(self.pencil.shape[0]))


def _settled(first: Any, second: Any, close: Any) -> Any:
    """The limit of values at two tiny penalties, the second far smaller, if they say that there is one."""
    size, further = (np.max(np.abs(value)) for value in (first, second))
    if np.max(np.abs(first - second)) <= close * further:
        return second
    return 0 * second if further <= size / 2 else None  # it falls with the penalty


def _extrapolated(near: Callable[[float], Any]) -> Any:
    """The limit by Neville's scheme from penalties at which nothing cancels, if it settles."""
    penalties = [0.02 / 2**level for level in range(12)]
    row: list[Any] = []
    best, least = None, np.inf
    for level, penalty in enumerate(penalties):
        above, row = row, [near(penalty)]
        for order, value in enumerate(above, start=1):
            share = penalty / (penalties[level - order] - penalty)
            row.append(row[-1] + (row[-1] - value) * share)
            error = np.max(np.abs(row[-1] - row[-2])) + np.max(np.abs(row[-1] - value))
            if error < least:
                best, least = row[-1], error
    return best if best is not None and least <= 1e-8 * np.max(np.abs(best)) else None


def _checked(value: Any, zeros: Sequence[str]) -> Any:
    if value is None:
        raise NoLimitError(
            f"no limit as {', '.join(zeros)} -> 0 that can be told from values at small penalties: "
            "give a penalty > 0, or mpmath numbers"
        )
    return value
