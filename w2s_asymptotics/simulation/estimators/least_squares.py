"""Weighted ridge regression on given rows and labels, computed as a user would.

`beta = argmin (1/n)||y - X beta||^2 + lam beta' Gamma beta`, by the normal equations in whichever form is
smaller, with `U = X W` the rows in coordinates where the penalty is the identity (`W' Gamma W = I`):

* primal (`d <= n`): `beta = W (U'U/n + lam I)^{-1} U'y/n`, that is `(X'X/n + lam Gamma)^{-1} X'y/n`;
* dual (`d > n`):    `beta = W U' (U U'/n + lam I)^{-1} y/n`.

`lam = 0` is the limit `lam -> 0+`: among the least-squares solutions, the one of least `beta' Gamma beta`.
It, every lam too small for the normal equations to feel, and whole paths of lam come from one
factorisation (`Factorisation`). scikit-learn's `Ridge(alpha=n * lam, fit_intercept=False)` is the case
`Gamma = I`.

Paths take the arrays of any library that has `linalg` (numpy, torch, CuPy, JAX), and stay in it.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from ..drawn.rows import Matrix, Vector

__all__ = ["RANK_TOLERANCE", "Factorisation", "Penalty", "fit_ridge", "namespace_of"]

# Below this share of the largest singular value of the rows (times max(n, d), as in
# numpy.linalg.matrix_rank), a direction is rounding noise.
RANK_TOLERANCE = float(np.finfo(np.float64).eps)
# Below this share of the mean eigenvalue of the normal matrix, lam goes by the singular value decomposition.
NORMAL_EQUATIONS_TOLERANCE = 1e-5


def namespace_of(array: Any) -> Any:
    """The library that an array belongs to: what its `__array_namespace__` says, or torch.

    >>> namespace_of(np.ones(2)) is np
    True
    """
    if hasattr(array, "__array_namespace__"):
        return array.__array_namespace__()
    home = type(array).__module__.partition(".")[0]
    if home == "torch":
        return sys.modules["torch"]
    raise ValueError(f"a matrix of numpy, torch, CuPy or JAX is needed, got {type(array).__name__}")


@dataclass(frozen=True)
class Penalty:
    """A penalty matrix Gamma as an inverse root `W`, `W' Gamma W = I`.

    `root_inverse` is None for the identity, a vector for a diagonal Gamma, otherwise a matrix.
    """

    root_inverse: Vector | Matrix | None

    @classmethod
    def of(cls, gamma: Vector | Matrix | None) -> Penalty:
        """Take Gamma as None (identity), as positive weights `(d,)` or as a positive definite `(d, d)`."""
        if gamma is None:
            return cls(None)
        xp = namespace_of(gamma)
        if gamma.ndim == 1:
            return cls(1.0 / xp.sqrt(gamma))
        return cls(xp.linalg.inv(xp.linalg.cholesky(gamma)).T)

    def whiten(self, rows: Matrix) -> Matrix:
        """`X W`: the rows in the coordinates where the penalty is `||.||^2`."""
        if self.root_inverse is None:
            return rows
        return rows * self.root_inverse if self.root_inverse.ndim == 1 else rows @ self.root_inverse

    def restore(self, whitened: Matrix | Vector) -> Matrix | Vector:
        """`W u`, along the first axis: coefficients back in the original coordinates."""
        if self.root_inverse is None:
            return whitened
        if self.root_inverse.ndim == 1:
            return (whitened.T * self.root_inverse).T
        return self.root_inverse @ whitened


@dataclass(frozen=True)
class Factorisation:
    """The rows taken apart once: each further `lam` costs one matrix product.

    Along the principal directions a fit is `pull / (energy + n lam)`. `inward` are the factors that take
    labels to `pull`, `outward` those that take a fit to coefficients.
    """

    samples: int
    energies: Vector
    inward: tuple[Matrix, ...]
    outward: tuple[Matrix, ...]
    penalty: Penalty

    @classmethod
    def of(cls, rows: Matrix, penalty: Penalty, least: float = 0.0) -> Factorisation:
        """Factorise `rows` `(n, d)` under a penalty, for every `lam >= least`.

        The eigenvectors of the smaller normal matrix where `least` is large enough for them, else singular
        values.
        """
        xp, (samples, dim) = namespace_of(rows), rows.shape
        U = penalty.whiten(rows)
        rounding = float(xp.finfo(U.dtype).eps)
        mean = float(xp.sum(U * U)) / min(samples, dim)
        if samples * least > max(NORMAL_EQUATIONS_TOLERANCE, 4e4 * rounding) * mean:
            if dim <= samples:
                energies, V = xp.linalg.eigh(U.T @ U)
                return cls(samples, energies, (U.T, V.T), (V,), penalty)
            energies, V = xp.linalg.eigh(U @ U.T)
            return cls(samples, energies, (V.T,), (V, U.T), penalty)
        left, values, right = xp.linalg.svd(U, full_matrices=False)
        kept = values > rounding * max(samples, dim) * values[0]
        left, values, right = left[:, kept], values[kept], right[kept]
        return cls(samples, values**2, ((left * values).T,), (right.T,), penalty)

    def fit(self, labels: Vector, lams: Vector) -> Matrix:
        """Coefficients `(d, len(lams))` of the fits of `labels` `(n,)` at each `lam >= 0`."""
        pull = reduce(lambda vector, factor: factor @ vector, self.inward, labels)
        shrunk = pull[:, None] / (self.energies[:, None] + self.samples * lams)
        return self.penalty.restore(reduce(lambda fits, factor: factor @ fits, self.outward, shrunk))


def fit_ridge(rows: Matrix, labels: Vector, lam: float, penalty: Penalty) -> Vector:
    """Ridge coefficients `(d,)` of `labels` `(n,)` on `rows` `(n, d)` at one `lam >= 0`.

    >>> rows, labels = np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([1.0, 1.0])
    >>> fit_ridge(rows, labels, 0.5, Penalty.of(None))
    array([0.5, 0.4])
    """
    samples, dim = rows.shape
    whitened = penalty.whiten(rows)
    normal = (whitened.T @ whitened if dim <= samples else whitened @ whitened.T) / samples
    if lam <= NORMAL_EQUATIONS_TOLERANCE * float(np.trace(normal)) / len(normal):
        return Factorisation.of(rows, penalty).fit(labels, np.array([lam]))[:, 0]
    normal[np.diag_indices_from(normal)] += lam
    if dim <= samples:
        return penalty.restore(np.linalg.solve(normal, whitened.T @ labels / samples))
    return penalty.restore(whitened.T @ np.linalg.solve(normal, labels / samples))
