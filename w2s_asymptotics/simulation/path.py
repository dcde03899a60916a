"""`ridge_path`: ridge fits on the same rows at many penalties, from one factorisation."""

from __future__ import annotations

from typing import Any

from .estimators.least_squares import Factorisation, Penalty, namespace_of

__all__ = ["ridge_path"]


def ridge_path(rows: Any, labels: Any, lams: Any, penalty: Any = None) -> Any:
    """Fit `argmin (1/n)||y - X b||^2 + lam b' Gamma b` at every penalty of a row, from one factorisation.

    Works in the library of the arrays that it is given (numpy, torch, CuPy, JAX), on their device and at
    their precision.

    Parameters
    ----------
    rows
        `X`, n x d, of floats.
    labels
        `y`, of length n.
    lams
        The penalties, `>= 0`; 0 is the fit of minimum norm.
    penalty
        Gamma: None (identity), positive weights of length d, or a positive definite d x d matrix.

    Returns
    -------
    array
        Coefficients, d x len(lams), of the kind of `rows`.

    Raises
    ------
    ValueError
        For shapes that do not fit, values that are not finite, and negative penalties.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> rows, labels = rng.standard_normal((30, 4)), rng.standard_normal(30)
    >>> path = ridge_path(rows, labels, [0.0, 0.1, 1.0])
    >>> direct = np.linalg.solve(rows.T @ rows / 30 + 0.1 * np.eye(4), rows.T @ labels / 30)
    >>> path.shape, bool(np.allclose(path[:, 1], direct))
    ((4, 3), True)
    """
    xp = namespace_of(rows)
    shape = tuple(rows.shape)
    if len(shape) != 2 or 0 in shape or tuple(getattr(labels, "shape", ())) != shape[:1]:
        given = getattr(labels, "shape", "?")
        raise ValueError(f"rows must be n x d and labels of length n, got shapes {shape} and {given}")
    if "float" not in str(rows.dtype):
        raise ValueError(f"rows must be an array of floats, got {rows.dtype}")
    like = {"dtype": rows.dtype, "device": rows.device} if hasattr(rows, "device") else {"dtype": rows.dtype}
    row = xp.asarray(lams, **like)
    if row.ndim != 1 or 0 in tuple(row.shape):
        raise ValueError(f"lams must be a row of penalties, got {lams!r}")
    if not bool(xp.all(xp.isfinite(row))) or float(row.min()) < 0:
        raise ValueError(f"lams must be finite and >= 0, got {lams!r}")
    if not (bool(xp.all(xp.isfinite(rows))) and bool(xp.all(xp.isfinite(labels)))):
        raise ValueError("rows and labels must be finite")
    metric = Penalty.of(None if penalty is None else xp.asarray(penalty, **like))
    return Factorisation.of(rows, metric, float(row.min())).fit(xp.asarray(labels, **like), row)
