"""The estimator itself: weighted ridge regression on given rows and labels, computed as a user would.

`beta = argmin (1/n)||y - X beta||^2 + lam beta' Gamma beta`, by the normal equations in whichever form is
smaller, with `U = X W` the rows in coordinates where the penalty is the identity (`W' Gamma W = I`):

* primal (`d <= n`): `beta = W (U'U/n + lam I)^{-1} U'y/n`, that is `(X'X/n + lam Gamma)^{-1} X'y/n`;
* dual (`d > n`):    `beta = W U' (U U'/n + lam I)^{-1} y/n`.

`lam = 0` is the limit `lam -> 0+`: among the least-squares solutions, the one of least `beta' Gamma beta`.
It, every lam too small for the normal equations to feel, and whole paths of lam come from one singular value
decomposition (`Factorisation`). scikit-learn's `Ridge(alpha=n * lam, fit_intercept=False)` is the case
`Gamma = I`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .data import Matrix, Vector

# Below this share of the largest singular value of the rows (times max(n, d), as in
# numpy.linalg.matrix_rank), a direction is rounding noise.
RANK_TOLERANCE = float(np.finfo(np.float64).eps)
# Below this share of the mean eigenvalue of the normal matrix, lam goes by the singular value decomposition.
NORMAL_EQUATIONS_TOLERANCE = 1e-5


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
        if gamma.ndim == 1:
            return cls(1.0 / np.sqrt(gamma))
        return cls(np.linalg.inv(np.linalg.cholesky(gamma)).T)

    def whiten(self, rows: Matrix) -> Matrix:
        """`X W`: the rows in the coordinates where the penalty is `||.||^2`."""
        if self.root_inverse is None:
            return rows
        return np.asarray(
            rows * self.root_inverse if self.root_inverse.ndim == 1 else rows @ self.root_inverse
        )

    def restore(self, whitened: Matrix | Vector) -> Matrix | Vector:
        """`W u`, along the first axis: coefficients back in the original coordinates."""
        if self.root_inverse is None:
            return whitened
        if self.root_inverse.ndim == 1:
            return np.asarray((whitened.T * self.root_inverse).T)
        return np.asarray(self.root_inverse @ whitened)


@dataclass(frozen=True)
class Factorisation:
    """Singular value decomposition of the whitened rows: each further `lam` costs one matrix product."""

    samples: int
    left: Matrix
    values: Vector
    right: Matrix
    penalty: Penalty

    @classmethod
    def of(cls, rows: Matrix, penalty: Penalty) -> Factorisation:
        """Factorise `rows` `(n, d)` under a penalty."""
        left, values, right = np.linalg.svd(penalty.whiten(rows), full_matrices=False)
        kept = values > RANK_TOLERANCE * max(rows.shape) * values[0]
        return cls(len(rows), left[:, kept], values[kept], right[kept], penalty)

    def fit(self, labels: Vector, lams: Vector) -> Matrix:
        """Coefficients `(d, len(lams))` of the fits of `labels` `(n,)` at each `lam >= 0`."""
        projected = self.left.T @ labels
        shrunk = (self.values * projected)[:, None] / (self.values[:, None] ** 2 + self.samples * lams)
        return self.penalty.restore(self.right.T @ shrunk)


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
