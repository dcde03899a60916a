"""Monte Carlo of an expression itself: draw the Gaussian matrices, evaluate the sympy tree. No theory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sympy as sp

from .algebra import Dense
from .expression import Gaussian
from .tree import tree_value
from .values import Values

__all__ = ["Draws"]

Array = Any


class Draws:
    """Draws of the Gaussian matrices at given values."""

    def __init__(self, gaussians: Sequence[Gaussian], values: Values, seed: Any) -> None:
        self._values, self._gaussians = values, gaussians
        self._rng = np.random.default_rng(seed)
        self._sizes = {name: int(size) for name, size in values.sizes.items() if size == int(size)}
        self._given = {name: self._matrix(name) for name in values.layout.values}
        self._roots = {
            (each.symbol.name, side): self._root(getattr(each, side))
            for each in gaussians
            for side in ("rows", "cols")
        }

    def _matrix(self, name: str) -> Array:
        """A given matrix; of a row over atoms the diagonal matrix with their shares of the dimension."""
        layout = self._values.layout
        value = np.asarray(layout.values[name], dtype=float)
        if isinstance(layout, Dense):
            return value
        space = self._values.space(name)
        size = self._sizes.get(space, 0)
        counts = np.asarray(layout.weights[space], dtype=float) * size
        whole = np.rint(counts).astype(int)
        if not size or np.abs(counts - whole).max() > 1e-6:
            raise ValueError(f"the dimension {space} must be whole, and each atom have a whole share of it")
        return np.diag(np.repeat(value, whole))

    def _size(self, side: Any) -> int:
        if str(side) not in self._sizes:
            raise ValueError(f"the dimension {side} must be a whole number in a simulation")
        return self._sizes[str(side)]

    def _root(self, covariance: Any) -> Array:
        """A square root of a covariance: a matrix or a number."""
        if covariance is None:
            return np.asarray(1.0)
        if not isinstance(covariance, sp.MatrixExpr):
            return np.sqrt(np.asarray(float(self._values.scalar(sp.sympify(covariance)))))
        matrix = tree_value(covariance, self._given, self._scalar, self._size)
        if np.ndim(matrix) == 0:
            return np.sqrt(matrix)
        eigenvalues, basis = np.linalg.eigh((matrix + matrix.T) / 2)
        return (basis * np.sqrt(np.maximum(eigenvalues, 0))) @ basis.T

    def _scalar(self, expression: Any) -> float:
        return float(self._values.scalar(expression))

    def matrices(self) -> dict[str, Array]:
        """The given matrices and one draw of the Gaussian ones, by name."""
        result = dict(self._given)
        for each in self._gaussians:
            name, shape = each.symbol.name, tuple(map(self._size, each.symbol.shape))
            drawn = self._rng.standard_normal(shape)
            left, right = self._roots[name, "rows"], self._roots[name, "cols"]
            drawn = left @ drawn if left.ndim else left * drawn
            result[name] = drawn @ right if right.ndim else drawn * right
        return result

    def evaluator(self) -> Callable[[Any], Array]:
        """A function from expressions to their matrices at one draw."""
        drawn, known = self.matrices(), dict[Any, Array]()
        return lambda expression: tree_value(expression, drawn, self._scalar, self._size, known)
