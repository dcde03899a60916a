"""The values a user gives for symbols: checked, and laid out for computing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np
import sympy as sp

from ..notation import is_mp
from .algebra import HIGH, REAL, Atoms, Dense, Numbers
from .tree import scalar_value, tree_value

__all__ = ["Values"]

Array = Any


class Values:
    """Numbers for scalars and dimensions, and rows over atoms or matrices for given matrices.

    Parameters
    ----------
    given
        By symbol or by name. A matrix may be an array, a row of eigenvalues or a number (a multiple of the
        identity); if one is an array, rows are diagonals.
    matrices
        The given matrix symbols of the expression.
    scalars
        Its scalar symbols, dimensions among them.
    dimensions
        All dimensions, as sympy expressions.
    general
        Square matrices that need not be symmetric.
    weights
        Of the atoms: a row, or rows by dimension. Default: equal.
    """

    def __init__(
        self,
        given: Mapping[Any, Any],
        matrices: Collection[Any],
        scalars: Collection[Any],
        dimensions: Iterable[Any],
        general: Collection[Any] = (),
        weights: Any = None,
    ) -> None:
        named = {key if isinstance(key, str) else key.name: value for key, value in given.items()}
        known = {symbol.name for symbol in [*matrices, *scalars]}
        if unknown := sorted(set(named) - known):
            raise ValueError(
                f"no symbol of the expression is named {', '.join(unknown)}: it has {_listed(known)}"
            )
        self.general = {symbol.name for symbol in general}
        self._matrices = {symbol.name: symbol for symbol in matrices}
        raw = {name: self._array(name, named[name]) for name in self._matrices if name in named}
        self.dense = any(np.ndim(value) == 2 for value in raw.values())
        self.numbers: Numbers = HIGH if any(map(_is_high, named.values())) else REAL
        self.known = {
            name: self._scalar(name, value) for name, value in named.items() if name not in self._matrices
        }
        if self.dense:
            self._sizes_from(raw)
        if missing := sorted(known - set(raw) - set(self.known)):
            raise ValueError(f"no value for {', '.join(missing)}: the expression has {_listed(known)}")
        self.sizes = {str(each): scalar_value(each, self.known) for each in dimensions}
        for name, size in self.sizes.items():
            if not size > 0:
                raise ValueError(f"the dimension {name} must be > 0, got {size!r}")
            self.known.setdefault(name, self.numbers.convert(size))
        self.layout: Atoms | Dense = self._dense(raw) if self.dense else self._atoms(raw, weights)

    def _array(self, name: str, value: Any) -> Array:
        array = np.asarray(value)
        if array.dtype.kind not in "iufO" or array.ndim > 2 or not array.size:
            raise ValueError(f"{name} must be a matrix, a row of eigenvalues or a number, got {value!r}")
        if not all(np.isfinite(float(item)) for item in array.flat):
            raise ValueError(f"{name} must be finite")
        if array.ndim == 2:
            self._check_matrix(name, array.astype(float))
        return array

    def _check_matrix(self, name: str, array: Array) -> None:
        symbol = self._matrices[name]
        square = array.shape[0] == array.shape[1]
        if (symbol.rows == symbol.cols) != square and not (
            symbol.shape[0].is_Integer and symbol.shape[1].is_Integer
        ):
            raise ValueError(f"{name} must be of shape {symbol.shape}, got {array.shape}")
        symmetric = symbol.rows == symbol.cols and name not in self.general
        if symmetric and np.abs(array - array.T).max() > 1e-8 * np.abs(array).max():
            raise ValueError(f"{name} is not symmetric: name it in limit(..., general=[{name}])")

    def _scalar(self, name: str, value: Any) -> Any:
        array = np.asarray(value)
        if array.ndim or array.dtype.kind not in "iufO" or isinstance(value, bool):
            raise ValueError(f"{name} must be a number, got {value!r}")
        number = self.numbers.convert(value)
        if not np.isfinite(float(number)):
            raise ValueError(f"{name} must be finite, got {value!r}")
        return number

    def _sizes_from(self, raw: Mapping[str, Array]) -> None:
        """Dimensions that the arrays tell, and that those which are given agree with them."""
        for name, array in raw.items():
            if array.ndim == 2:
                for side, size in zip(self._matrices[name].shape, array.shape, strict=True):
                    if side.is_Symbol:
                        self.known.setdefault(side.name, self.numbers.convert(size))
        for name, array in raw.items():
            for side, size in zip(self._matrices[name].shape, array.shape, strict=array.ndim == 2):
                try:
                    expected = scalar_value(side, self.known)
                except KeyError:
                    continue
                if expected != size:
                    raise ValueError(
                        f"{name} must be of shape {self._matrices[name].shape}, got {array.shape}"
                    )

    def _dense(self, raw: Mapping[str, Array]) -> Dense:
        values = {}
        for name, array in raw.items():
            rows, cols = (str(side) for side in self._matrices[name].shape)
            if array.ndim == 2:
                values[name] = self.numbers.convert(array)
            elif rows != cols:
                raise ValueError(f"{name} must be a matrix of shape {self._matrices[name].shape}")
            else:
                row = array if array.ndim else np.full(self._whole(rows), array)
                values[name] = self.numbers.convert(np.diag(row))
        sizes = {name: int(size) for name, size in self.sizes.items() if size == int(size)}
        return Dense(values, sizes, self.numbers)

    def _whole(self, space: str) -> int:
        size = self.sizes[space]
        if size != int(size):
            raise ValueError(
                f"the dimension {space} must be a whole number where matrices are given, got {size}"
            )
        return int(size)

    def _atoms(self, raw: Mapping[str, Array], weights: Any) -> Atoms:
        lengths = dict.fromkeys(self.sizes, 1)
        for name, array in raw.items():
            rows, cols = (str(side) for side in self._matrices[name].shape)
            if rows != cols:
                raise ValueError(f"{name} must be a matrix of shape {self._matrices[name].shape}")
            if array.ndim:
                if lengths[rows] not in (1, len(array)):
                    raise ValueError(
                        f"{name} must have {lengths[rows]} eigenvalues like the others, got {len(array)}"
                    )
                lengths[rows] = len(array)
        shares = {}
        for space, length in lengths.items():
            own = weights
            if isinstance(weights, Mapping):
                named = {str(key): value for key, value in weights.items()}
                own = named.get(space)
            if own is None or length == 1:
                shares[space] = self.numbers.convert([1] * length) / length
            else:
                shares[space] = self.numbers.convert(own)
            if len(shares[space]) != length:
                raise ValueError(f"weights must be one for each of the {length} atoms of {space}")
            if (shares[space] < 0).any() or abs(float(shares[space].sum()) - 1) > 1e-9:
                raise ValueError(f"weights must be >= 0 and sum to 1, got {own!r}")
        values = {}
        for name, array in raw.items():
            space = str(self._matrices[name].rows)
            values[name] = shares[space] * 0 + self.numbers.convert(array)
        return Atoms(values, shares, self.numbers)

    def space(self, name: str) -> str:
        """The dimension of a given square matrix."""
        return str(self._matrices[name].rows)

    def scalar(self, expression: Any) -> Any:
        """A sympy scalar in numbers."""
        return scalar_value(expression, self.known)

    def fixed(self, e: Any) -> Array:
        """A given matrix, or a sum or product of given matrices: an array, or the row of its eigenvalues."""
        if isinstance(e, sp.MatrixSymbol):
            return self.layout.values[e.name]
        if isinstance(self.layout, Dense):
            return tree_value(e, self.layout.values, self.scalar, lambda side: self.layout_size(side))
        rows = {name: np.diag(value) for name, value in self.layout.values.items()}
        return tree_value(e, rows, self.scalar, self.layout_size)

    def check_covariance(self, covariance: Any) -> None:
        """Refuse what is no covariance."""
        if isinstance(covariance, sp.MatrixExpr):
            value = np.asarray(self.fixed(covariance), dtype=float)
            row = np.linalg.eigvalsh((value + value.T) / 2) if value.ndim == 2 else value
        else:
            row = np.asarray([float(self.scalar(sp.sympify(covariance)))])
        if row.min() < -1e-10 * np.abs(row).max():
            raise ValueError(
                f"{covariance} must be positive semidefinite, got smallest eigenvalue {row.min():g} "
                "(Gaussian: covariance of rows or columns)"
            )

    def layout_size(self, side: Any) -> int:
        """The length of a dimension as it is laid out: its size, or its number of atoms."""
        if isinstance(self.layout, Dense):
            return self._whole(str(side))
        return len(self.layout.weights[str(side)])

    def replaced(self, numbers: Mapping[str, Any]) -> dict[str, Any]:
        """The scalars with other numbers for some of them."""
        return {**self.known, **numbers}


def _is_high(value: Any) -> bool:
    if is_mp(value):
        return True
    array = np.asarray(value)
    return array.dtype == object and any(is_mp(item) for item in array.flat)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
