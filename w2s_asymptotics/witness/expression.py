"""Reading an ordinary sympy matrix expression as a flow graph of signals.

`Reader.apply(e, v)` pushes a signal v, a linear combination of nodes, through the expression e. A product of
a Gaussian letter with a signal that is already random opens a node, and so does an inverse; sums and products
open none. The outcome are equations `sum_j L_ij z_j + b_i u = 0` and an output `sum_j c_j z_j + D u`, every
entry affine in the Gaussian letters, so that the expression is `D - c L^{-1} b`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp

from .words import FIXED, ONE, RANDOM, Letter, Polynomial, shorter

__all__ = ["INPUT", "Gaussian", "Reader", "UnsupportedError", "canonical", "scalar_polynomial"]

INPUT = "u"
"""The column of the input."""

Signal = dict[Any, Polynomial]


class UnsupportedError(ValueError):
    """An expression that is no rational function of matrices."""


@dataclass(frozen=True)
class Gaussian:
    """A matrix with jointly Gaussian centred entries, `E X_ia X_jb = rows_ij cols_ab`.

    Parameters
    ----------
    symbol
        The sympy `MatrixSymbol` that stands for it; its shape is of sympy symbols, such as `(n, d)`.
    cols
        Covariance of its columns, that is of each row as a vector: a sympy matrix; a scalar, which stands for
        that multiple of the identity; or None for the identity.
    rows
        The same for its rows.

    Examples
    --------
    >>> n, d = sp.symbols("n d", positive=True)
    >>> Gaussian(sp.MatrixSymbol("X", n, d), cols=sp.MatrixSymbol("Sigma", d, d)).cols
    Sigma
    """

    symbol: Any
    cols: Any = None
    rows: Any = None

    def __post_init__(self) -> None:
        if not isinstance(self.symbol, sp.MatrixSymbol):
            raise ValueError(f"symbol must be a sympy MatrixSymbol, got {self.symbol!r} (Gaussian.symbol)")
        if any(side == 1 for side in self.symbol.shape):
            raise ValueError(
                "symbol must be a matrix whose dimensions both grow: of a Gaussian vector, "
                f"write the covariance, got {self.symbol!r} of shape {self.symbol.shape} (Gaussian.symbol)"
            )
        for name, side in (("rows", self.symbol.rows), ("cols", self.symbol.cols)):
            value = getattr(self, name)
            if value is None:
                continue
            if not isinstance(value, (sp.MatrixExpr, sp.Expr, int, float)) or (
                isinstance(value, sp.MatrixExpr) and value.shape != (side, side)
            ):
                raise ValueError(
                    f"{name} must be a sympy matrix of shape ({side}, {side}), a scalar or None, "
                    f"got {value!r} (Gaussian.{name}: covariance of the {name})"
                )


def scalar_polynomial(expression: Any, aliases: dict[str, Any]) -> Polynomial:
    """A sympy scalar as a Laurent polynomial; a factor that is none is kept whole and named in `aliases`.

    >>> x, y = sp.symbols("x y")
    >>> print(scalar_polynomial((x + 1) ** 2 / (2 * y), {}))
    1/2 x^2 y^-1 + x y^-1 + 1/2 y^-1
    """
    result = Polynomial()
    terms = sp.Add.make_args(sp.expand(expression))
    for term in sorted(terms, key=sp.default_sort_key, reverse=True):
        coefficient, monomial = Fraction(1), ONE
        for base, exponent in sorted(term.as_powers_dict().items(), key=sp.default_sort_key):
            if base.is_Number and not base.is_Rational:
                base = sp.Rational(*float(base).as_integer_ratio())
            if base.is_Rational and exponent.is_Integer:
                coefficient *= Fraction(int(base.p), int(base.q)) ** int(exponent)
            elif base.is_Symbol and exponent.is_Integer:
                monomial = monomial * Polynomial.scalar(base.name, int(exponent))
            elif base.has(sp.Trace, sp.MatrixExpr, sp.I):
                raise UnsupportedError(
                    f"cannot read the scalar factor {base}: it must be real and free of matrices"
                )
            else:
                aliases[str(base**exponent)] = base**exponent
                monomial = monomial * Polynomial.scalar(str(base**exponent))
        result = result + monomial * shorter(coefficient)
    return result


class Reader:
    """The flow graph of one expression."""

    def __init__(self, gaussians: Iterable[Gaussian], general: Iterable[Any] = ()) -> None:
        self.gaussians = {each.symbol: each for each in gaussians}
        self.general = set(general)
        self.aliases: dict[str, Any] = {}
        self.spaces: list[str] = []
        self.rows: list[Signal] = []
        self._known: dict[Any, int] = {}

    def letter(self, symbol: Any) -> Letter:
        """The letter of a matrix symbol; square given matrices are symmetric unless said to be general."""
        rows, cols = map(str, symbol.shape)
        if symbol in self.gaussians:
            return Letter(symbol.name, rows, cols, RANDOM)
        return Letter(symbol.name, rows, cols, FIXED, rows == cols and symbol not in self.general)

    def apply(self, e: Any, turned: bool, signal: Signal) -> Signal:
        """The signal `e v`, or `e' v` where `turned`."""
        if not signal or e.is_ZeroMatrix:
            return {}
        if e.is_Identity:
            return signal
        if isinstance(e, sp.Transpose):
            return self.apply(e.arg, not turned, signal)
        if isinstance(e, sp.MatrixSymbol):
            return self._letter(e, turned, signal)
        if isinstance(e, sp.MatAdd):
            result: Signal = {}
            for part in e.args:
                result = _add(result, self.apply(part, turned, signal))
            return result
        if isinstance(e, sp.MatMul):
            scale, factors = e.as_coeff_matrices()
            for factor in factors if turned else reversed(factors):
                signal = self.apply(factor, turned, signal)
            number = scalar_polynomial(scale, self.aliases)
            return {node: number * value for node, value in signal.items()}
        if isinstance(e, sp.MatPow) and e.exp.is_Integer and e.exp != -1:
            base = e.base if e.exp > 0 else e.base.inv()
            for _ in range(abs(int(e.exp))):
                signal = self.apply(base, turned, signal)
            return signal
        if isinstance(e, (sp.Inverse, sp.MatPow)) and e.exp == -1:
            return self._inverse(e.base, turned, signal)
        raise UnsupportedError(
            f"cannot read {type(e).__name__} {e}: only symbols, sums, products, transposes, whole powers "
            "and inverses of matrices are rational"
        )

    def _letter(self, e: Any, turned: bool, signal: Signal) -> Signal:
        letter = self.letter(e)
        letter = letter.T if turned else letter
        if letter.kind == RANDOM:
            signal = self._open(signal, letter.cols)
        return {node: Polynomial.of(letter) * value for node, value in signal.items()}

    def _inverse(self, e: Any, turned: bool, signal: Signal) -> Signal:
        if 1 in e.shape:
            raise UnsupportedError(
                f"cannot invert {e} of shape {e.shape}: write it as a scalar outside the matrices"
            )

        def equation(node: int) -> Signal:
            return _add(self.apply(e, turned, {node: ONE}), signal, -1)

        symmetric = [each for each in e.atoms(sp.MatrixSymbol) if self.letter(each).symmetric]
        key = ("inverse", canonical(e, turned, symmetric), _frozen(signal))
        return {self._node(str(e.shape[0]), equation, key): ONE}

    def _open(self, signal: Signal, space: str) -> Signal:
        """Name the random part of a signal by a node, so that a Gaussian letter may act on it again."""
        random = {node: part for node, value in signal.items() if (part := value.random_part())}
        if not random:
            return signal
        fixed = {node: part for node, value in signal.items() if (part := value.fixed_part())}
        opened = self._node(space, lambda node: _add({node: ONE}, random, -1), ("node", _frozen(random)))
        return _add(fixed, {opened: ONE})

    def _node(self, space: str, equation: Callable[[int], Signal], key: Any) -> int:
        if key not in self._known:
            node = len(self.spaces)
            self._known[key] = node
            self.spaces.append(space)
            self.rows.append({})
            self.rows[node] = equation(node)
        return self._known[key]

    def covariances(self) -> dict[str, tuple[Polynomial, Polynomial]]:
        """Row and column covariance of each Gaussian letter."""
        return {
            symbol.name: (self._covariance(each.rows), self._covariance(each.cols))
            for symbol, each in self.gaussians.items()
        }

    def _covariance(self, value: Any) -> Polynomial:
        if value is None:
            return ONE
        if not isinstance(value, sp.MatrixExpr):
            return scalar_polynomial(sp.sympify(value), self.aliases)
        if any(symbol in self.gaussians for symbol in value.atoms(sp.MatrixSymbol)):
            raise UnsupportedError(f"cannot read the covariance {value}: it must not be random itself")
        signal = self.apply(value, False, {INPUT: ONE})
        if set(signal) - {INPUT}:
            raise UnsupportedError(
                f"cannot read the covariance {value}: name its inverses by a matrix of their own"
            )
        return signal.get(INPUT, Polynomial())


def _add(first: Signal, second: Signal, sign: int = 1) -> Signal:
    result = dict(first)
    for node, value in second.items():
        combined = result.get(node, Polynomial()) + (value if sign == 1 else -value)
        if combined:
            result[node] = combined
        else:
            result.pop(node, None)
    return result


def _frozen(signal: Signal) -> tuple[Any, ...]:
    return tuple(sorted((str(node), value.key()) for node, value in signal.items()))


def canonical(e: Any, turned: bool = False, symmetric: Collection[Any] = ()) -> tuple[Any, ...]:
    """What expressions of equal matrices share: transposes at the leaves, sums sorted.

    >>> A, B = (sp.MatrixSymbol(name, 2, 2) for name in "AB")
    >>> canonical((A * B).T) == canonical(B.T * A.T), canonical(A.T) == canonical(A)
    (True, False)
    >>> canonical(A.T, symmetric=[A]) == canonical(A)
    True
    """
    if isinstance(e, sp.Transpose):
        return canonical(e.arg, not turned, symmetric)
    if isinstance(e, sp.MatMul):
        scale, factors = e.as_coeff_matrices()
        ordered = reversed(factors) if turned else factors
        return ("product", str(scale), *(canonical(factor, turned, symmetric) for factor in ordered))
    if isinstance(e, sp.MatAdd):
        return ("sum", *sorted((canonical(part, turned, symmetric) for part in e.args), key=str))
    if isinstance(e, (sp.Inverse, sp.MatPow)):
        return ("power", str(e.exp), canonical(e.base, turned, symmetric))
    return (str(e), turned and not e.is_Identity and e not in symmetric)
