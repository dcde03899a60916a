"""The units of a user: n rows in d dimensions, and scikit-learn's `alpha = n lam`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..notation import check

__all__ = ["in_own_units", "rows_of", "with_dimension"]


def with_dimension(learner: Any, owner: str) -> None:
    """Make gamma = d/n of a number of rows where the dimension is said."""
    dim = check("dim", learner.dim, owner)
    if np.ndim(dim):
        raise ValueError(f"dim must be one number, got {learner.dim!r} ({owner}.dim)")
    object.__setattr__(learner, "dim", dim)
    if learner.gamma is None and learner.samples is not None:
        rows = check("samples", learner.samples, owner)
        object.__setattr__(learner, "gamma", dim / rows)
        object.__setattr__(learner, "samples", None)


def in_own_units(learner: Any, alpha: Any) -> None:
    """Set `lam = alpha/n` where the penalty is given in scikit-learn's units."""
    if alpha is None:
        return
    owner = type(learner).__name__
    if learner.lam is not None:
        raise ValueError(f"give lam, or alpha = n lam, not both ({owner}.alpha)")
    rows = rows_of(learner)
    if rows is None:
        raise ValueError(f"alpha = n lam needs n: give samples, or gamma and dim ({owner}.alpha)")
    try:
        checked = check("lam", alpha, owner)
    except ValueError as error:
        raise ValueError(str(error).replace("lam", "alpha", 1).replace(".lam", ".alpha")) from None
    object.__setattr__(learner, "lam", checked / check("samples", rows, owner))


def rows_of(learner: Any, dim: Any = None) -> Any:
    """The number n of rows of a learner in a world of dimension `dim`; None where no dimension is known.

    >>> from w2s_asymptotics import Ridge
    >>> rows_of(Ridge(gamma=0.25, lam=0.1, dim=500)), rows_of(Ridge(gamma=0.25, lam=0.1))
    (2000.0, None)
    """
    if learner.samples is not None:
        return learner.samples
    known = learner.dim if dim is None else dim
    return None if known is None or learner.gamma is None else known / learner.gamma
