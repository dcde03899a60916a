"""`limit`: the deterministic limit of traces rational in Gaussian matrices, from a sympy expression."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from ..records import Record
from .account import Account
from .closed import Closed, short_slope
from .expression import Gaussian, UnsupportedError
from .part import Certificate, Part
from .simulate import Draws
from .tree import scalar_value
from .values import Values

__all__ = ["Derivative", "Gaussian", "Limit", "Simulated", "limit"]


def limit(expression: Any, gaussians: Iterable[Gaussian], general: Iterable[Any] = ()) -> Limit:
    r"""Find the deterministic limit of an expression in independent Gaussian matrices.

    All dimensions grow in proportion. The expression may invert whatever has an inverse, and given matrices
    need not commute. Nothing is assumed of the expression and no equivalent is looked up: a pencil is built
    from it, its operator-valued Dyson equation written, reduced, and solved on the branch that starts at the
    deterministic part.

    Parameters
    ----------
    expression
        A trace, `sympy.Trace(M)`; a scalar function of traces; a bilinear form `a.T * M * b`; or a matrix
        expression M, whose equivalent is then a word polynomial.
    gaussians
        The random matrices, as `Gaussian` records; every other matrix symbol is given.
    general
        Square given matrices that are not symmetric.

    Examples
    --------
    >>> n, d, lam = sp.symbols("n d lam", positive=True)
    >>> X, Sigma = sp.MatrixSymbol("X", n, d), sp.MatrixSymbol("Sigma", d, d)
    >>> resolvent = (X.T * X / n + lam * sp.Identity(d)).inv()
    >>> found = limit(sp.Trace(resolvent) / d, [Gaussian(X, cols=Sigma)])
    >>> print(found)
    G = (Sigma + kappa)^-1
    0 = d*kappa*tr[G Sigma]/n - kappa + lam
    f ~ kappa lam^-1 G
    tr f / dim = kappa*tr[G]/lam
    >>> round(found.evaluate({n: 80, d: 40, lam: 0.1, Sigma: np.diag(np.linspace(0.5, 2, 40))}), 6)
    1.378776
    """
    return Limit(expression, tuple(gaussians), tuple(general))


@dataclass(frozen=True)
class Simulated(Record):
    """Mean and standard error over draws, the limit, and how many standard errors lie between."""

    mean: float
    standard_error: float
    theory: float
    z: float
    repetitions: int


class Limit:
    """A limit, derived where it is first asked for; see `limit`."""

    def __init__(self, expression: Any, gaussians: tuple[Gaussian, ...], general: tuple[Any, ...]) -> None:
        if not isinstance(expression, (sp.MatrixExpr, sp.Expr)):
            raise ValueError(
                f"expression must be a sympy expression, got {type(expression).__name__} (limit.expression)"
            )
        for each in gaussians:
            if not isinstance(each, Gaussian):
                raise ValueError(f"gaussians must be Gaussian records, got {each!r} (limit.gaussians)")
        self.expression, self.gaussians, self.general = expression, gaussians, general
        self._is_matrix = isinstance(expression, sp.MatrixExpr) and expression.shape != (1, 1)
        traces = self._traces()
        self._places = {each: sp.Symbol(f"trace_{number + 1}") for number, each in enumerate(traces)}
        self.parts = tuple(Part(matrix, gaussians, general) for matrix in traces.values())
        self._symbols()
        for part in self.parts:
            _ = part.pencil, part.dyson

    def _traces(self) -> dict[Any, Any]:
        """The matrix of each trace, in order of appearance."""
        if isinstance(self.expression, sp.MatrixExpr):
            return {self.expression: self.expression}
        found = {
            each: each.arg for each in sp.preorder_traversal(self.expression) if isinstance(each, sp.Trace)
        }
        if not found or self.expression.subs(dict.fromkeys(found, 1)).atoms(sp.MatrixSymbol):
            raise UnsupportedError(
                f"expression must be a matrix or a function of traces, got {self.expression}"
            )
        return found

    def _symbols(self) -> None:
        """Collect the symbols, and refuse two of one name."""
        sources = [self.expression]
        for each in self.gaussians:
            sources += [each.symbol, *(value for value in (each.rows, each.cols) if value is not None)]
        used = {symbol for each in sources for symbol in sp.sympify(each).free_symbols}
        matrices = {symbol for symbol in used if isinstance(symbol, sp.MatrixSymbol)}
        used |= {symbol for each in matrices for side in each.shape for symbol in side.free_symbols}
        named: dict[str, Any] = {}
        for symbol in sorted(used, key=lambda each: (str(each), repr(type(each)))):
            if named.setdefault(symbol.name, symbol) != symbol:
                raise ValueError(
                    f"two symbols are named {symbol.name}: give them the same assumptions, or other names"
                )
        random = {each.symbol for each in self.gaussians}
        if len(random) < len(self.gaussians):
            raise ValueError("each Gaussian matrix must be named once (limit.gaussians)")
        self._matrices = [each for each in named.values() if each in matrices - random]
        self._scalars = [each for each in named.values() if each not in matrices]
        sides = [side for each in [*matrices, *self.expression.atoms(sp.Identity)] for side in each.shape]
        self._dimensions = sorted(set(sides), key=str)

    def _values(self, values: Mapping[Any, Any], weights: Any = None) -> Values:
        found = Values(values, self._matrices, self._scalars, self._dimensions, self.general, weights)
        for each in self.gaussians:
            for covariance in (each.rows, each.cols):
                if covariance is not None:
                    found.check_covariance(covariance)
        return found

    def _outer(self, values: Values, traces: Iterable[Any]) -> Any:
        """The expression at the limits of its traces, which are normalised."""
        known = dict(values.known)
        for part, (each, place), value in zip(self.parts, self._places.items(), traces, strict=True):
            size = values.scalar(part.expression.rows)
            known[place.name] = value * size
            if isinstance(each, sp.MatrixExpr):
                return value * size
        return scalar_value(self.expression.xreplace(self._places), known)

    def evaluate(self, values: Mapping[Any, Any], weights: Any = None, certify: bool = True) -> Any:
        """Evaluate the limit.

        Parameters
        ----------
        values
            By symbol or name: a number for every scalar and dimension; for given matrices an array, a number
            (a multiple of the identity) or, if no array is given, a row of eigenvalues of matrices that
            commute. A penalty of 0 stands for the limit. With mpmath numbers the result is one, at the
            working precision.
        weights
            Shares of the eigenvalues in a row: a row, or rows by dimension. Default: equal.
        certify
            Whether to refuse where an inverse may not exist.

        Returns
        -------
        A number; of a matrix expression the equivalent, an array or a row.
        """
        given = self._values(values, weights)
        if self._is_matrix:
            return self.parts[0].equivalent(given, certify)
        result = self._outer(given, [part.number(given, certify) for part in self.parts])
        return result if hasattr(result, "_mpf_") else float(result)

    def certificate(self, values: Mapping[Any, Any], weights: Any = None) -> tuple[Certificate, ...]:
        """Say for each trace why its inverses exist, or that this is not known."""
        given = self._values(values, weights)
        return tuple(part.certificate(given, given.known) for part in self.parts)

    def kappas(self, values: Mapping[Any, Any], weights: Any = None) -> dict[str, Any]:
        """Solve the fixed points: the value of each kappa of the short form."""
        given, found = self._values(values, weights), dict[str, Any]()
        for part in self.parts:
            found.update(part.short_values(given).kappas)
        return found

    def derivative(self, symbol: Any) -> Derivative:
        """Differentiate the limit in a scalar, the fixed points moving along.

        >>> n, d, lam = sp.symbols("n d lam", positive=True)
        >>> X = sp.MatrixSymbol("X", n, d)
        >>> found = limit(sp.Trace((X.T * X / n + lam * sp.Identity(d)).inv()) / d, [Gaussian(X)])
        >>> round(found.derivative(lam).evaluate({n: 80, d: 40, lam: 0.1}), 6)
        -3.452248
        """
        name = symbol if isinstance(symbol, str) else str(symbol)
        known = {each.name: each for each in self._scalars}
        if name not in known:
            raise ValueError(
                f"no scalar of the expression is named {name}: it has {', '.join(sorted(known))}"
            )
        return Derivative(self, known[name])

    def simulate(
        self, values: Mapping[Any, Any], repetitions: int = 50, seed: Any = 0, weights: Any = None
    ) -> Simulated:
        """Draw the Gaussian matrices and evaluate the expression as it stands; no theory enters."""
        if self._is_matrix:
            raise ValueError("simulate takes a trace or a bilinear form, not a matrix")
        if repetitions < 2:
            raise ValueError(f"repetitions must be a whole number >= 2, got {repetitions}")
        given = self._values(values, weights)
        draws, drawn = Draws(self.gaussians, given, seed), []
        for _ in range(repetitions):
            at = draws.evaluator()
            traces = (
                np.trace(at(part.expression)) / given.scalar(part.expression.rows) for part in self.parts
            )
            drawn.append(float(self._outer(given, traces)))
        mean, error = float(np.mean(drawn)), float(np.std(drawn, ddof=1) / np.sqrt(repetitions))
        theory = float(self.evaluate(values, weights))
        return Simulated(mean, error, theory, (mean - theory) / error if error else 0.0, repetitions)

    @cached_property
    def derivation(self) -> Account:
        """An account that can be printed, with its pencil, Dyson equation and short form."""
        return Account(self.expression, self._places, self.parts)

    def latex(self) -> str:
        """The short form in LaTeX."""
        return self.derivation.latex()

    def closed(
        self, values: Mapping[Any, Any], weights: Any = (1,), put: Mapping[Any, Any] | None = None
    ) -> Closed:
        """Put numbers or symbols for the given matrices, one for each atom (isotropic: 1); exact.

        >>> n, d, lam, gamma = sp.symbols("n d lam gamma", positive=True)
        >>> X = sp.MatrixSymbol("X", n, d)
        >>> found = limit(sp.Trace((X.T * X / n + lam * sp.Identity(d)).inv()) / d, [Gaussian(X)])
        >>> found.closed({}, put={n: d / gamma}).polynomial()
        [gamma*lam*y**2 - gamma*y + lam*y + y - 1]
        """
        if len(self.parts) != 1 or self._is_matrix:
            raise ValueError("a closed form is of one trace")
        return Closed(self.parts[0].reduced, values, weights, put)

    def __str__(self) -> str:
        return self.derivation.short()


class Derivative:
    """The derivative of a limit in one scalar."""

    def __init__(self, of: Limit, symbol: Any) -> None:
        if of._is_matrix:
            raise ValueError("derivative takes a trace or a bilinear form, not a matrix")
        self.limit, self.symbol = of, symbol

    def evaluate(self, values: Mapping[Any, Any], weights: Any = None) -> Any:
        """Evaluate the derivative, by implicit differentiation of the equations that give the limit."""
        of = self.limit
        given = of._values(values, weights)
        if given.dense and self.symbol.name in {str(each) for each in of._dimensions} - {
            str(side) for gaussian in of.gaussians for side in gaussian.symbol.shape
        }:
            raise ValueError(f"{self.symbol} is the size of a given matrix: it cannot move")
        known, slopes = dict(given.known), {}
        for part, (each, place) in zip(of.parts, of._places.items(), strict=True):
            size = given.scalar(part.expression.rows)
            growth = scalar_value(sp.diff(part.expression.rows, self.symbol), given.known)
            value = part.number(given)
            known[place.name] = value * size
            slopes[place] = part.slope(given, self.symbol.name) * size + value * growth
            if isinstance(each, sp.MatrixExpr):
                return slopes[place]
        outer = of.expression.xreplace(of._places)
        result = scalar_value(sp.diff(outer, self.symbol), known)
        for place, slope in slopes.items():
            result = result + scalar_value(sp.diff(outer, place), known) * slope
        return result if hasattr(result, "_mpf_") else float(result)

    @property
    def expressions(self) -> tuple[sp.Expr, ...]:
        """The derivative of each normalised trace, in the words of the short form."""
        return tuple(short_slope(part.reduced, self.symbol.name) for part in self.limit.parts)
