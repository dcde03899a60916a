"""The one table of quantities: symbol, LaTeX, domain, meaning, typical values.

Everything that needs to know what a quantity is reads this table: the records validate their arguments with
`check`, the derivations take their sympy symbols from `symbol`, the documents take their LaTeX, the tests
draw their values from `typical`.
"""

from __future__ import annotations

from typing import Any, TypeGuard

import numpy as np

from .quantity import Quantity, ends, first_outside, ordinary, symbol_allowed

__all__ = ["QUANTITIES", "Quantity", "as_array", "check", "is_mp", "is_symbol", "symbol", "symmetric"]


_OBJECTIVE = "(1/n)||y-Xb||^2 + lam b'Gamma b"

QUANTITIES: dict[str, Quantity] = {
    quantity.name: quantity
    for quantity in (
        Quantity(
            "gamma",
            r"\gamma",
            "aspect ratio d/n of dimension to samples",
            open_low=True,
            typical=(0.3, 0.5, 0.8, 1.5, 3.0),
        ),
        Quantity(
            "lam", r"\lambda", f"ridge penalty, objective {_OBJECTIVE}", typical=(0.01, 0.1, 0.3, 1.0, 2.5)
        ),
        Quantity(
            "samples",
            "n",
            "number n of training rows, instead of gamma = d/n",
            open_low=True,
            typical=(50, 200, 1000),
        ),
        Quantity(
            "penalty",
            r"\Gamma",
            f"weights Gamma of the penalty, objective {_OBJECTIVE}",
            open_low=True,
            finite=False,
        ),
        Quantity("features", "A", "features A x of the covariates x that a learner sees", low=None),
        Quantity("covariance", r"\Sigma", "covariance Sigma of a stage's covariates"),
        Quantity("noise", r"\sigma^2", "variance of the label noise", typical=(0.1, 0.25, 0.5, 2.0)),
        Quantity(
            "truth",
            r"\xi",
            "weight of true labels mixed into a student's labels",
            high=1.0,
            typical=(0.1, 0.4, 0.8),
        ),
        Quantity(
            "own",
            r"\eta",
            "weight of a fit's own labels in those of the next on the same rows",
            low=None,
            typical=(0.5, 1.0, 1.3),
        ),
        Quantity(
            "shared",
            r"o/n",
            "share of its rows that a member has in common with others",
            high=1.0,
            typical=(0.2, 0.6),
        ),
        Quantity("votes", "a", "what the members of a committee count for", low=None),
        Quantity(
            "weight", r"w_b", "weight of a source's rows in the loss", open_low=True, typical=(0.5, 2.0)
        ),
        Quantity("multiplier", "m", "what given labels keep of each direction", low=None, typical=(0.5, 1.2)),
        Quantity(
            "spread", "c", "energy of independent Gaussian coefficients on each atom", typical=(0.1, 0.3)
        ),
        Quantity("signal", "r^2", "energy of the target beta_*, ||beta_*||^2"),
        Quantity("eigenvalues", "s", "eigenvalues of the population covariance Sigma"),
        Quantity(
            "weights",
            "w",
            "share of the d dimensions on each atom, summing to 1",
            high=1.0,
            typical=(0.25, 0.5),
        ),
        Quantity("beta", r"\beta_*", "coefficients of the target", low=None),
        Quantity("alpha", r"\alpha", "capacity exponent, eigenvalues s_i = i^-alpha", typical=(1.0, 1.5)),
        Quantity(
            "source",
            "a",
            "source exponent, signal energies proportional to i^-source",
            low=None,
            typical=(1.0, 2.0),
        ),
        Quantity("dim", "d", "dimension of the covariates", low=1.0, typical=(50, 200)),
        Quantity(
            "width",
            r"\psi",
            "features per dimension, p/d",
            open_low=True,
            finite=False,
            typical=(0.5, 2.0, 5.0),
        ),
        Quantity(
            "tail", "T", "energy per dimension of the features' nonlinear part, mu_*^2", typical=(0.1, 0.5)
        ),
        Quantity("coefficients", "c", "Hermite coefficients of a link, s = sum_k c_k He_k", low=None),
        Quantity(
            "gamma_step",
            r"\gamma_{\mathrm{step}}",
            "d/n of the rows of the gradient step; 0 is infinitely many rows, inf none",
            finite=False,
            typical=(0.1, 0.5, 2.0),
        ),
        Quantity(
            "gamma_probe",
            r"\gamma_{\mathrm{probe}}",
            "d/n of the rows with true labels that the head is fitted to",
            open_low=True,
            typical=(0.3, 0.8, 2.0),
        ),
        Quantity(
            "quality",
            r"\zeta",
            "share of the hard link's captured coefficients that the pre-trained head has",
            high=1.0,
            typical=(0.3, 0.7, 1.0),
        ),
        Quantity(
            "step_exponent",
            r"\alpha",
            "exponent of the step size n^alpha, alpha in (0, 1/2)",
            typical=(0.1, 0.3),
        ),
        Quantity(
            "time",
            "t",
            "time at which gradient flow d beta/dt = X'(y - X beta)/n is stopped",
            finite=False,
            typical=(0.5, 2.0, 10.0),
        ),
        Quantity(
            "temperature", "T", "what an output is divided by before its probability is taken", open_low=True
        ),
        Quantity(
            "components",
            "k/d",
            "principal components kept, over the dimension, k/d",
            high=1.0,
            typical=(0.1, 0.3, 0.6),
        ),
        Quantity(
            "kappa", r"\kappa", "effective regularisation, kappa (1 - df1/n) = lam", typical=(0.1, 0.5, 1.5)
        ),
        Quantity("omega", r"\omega", "1 - df1/n = lam/kappa", high=1.0, typical=(0.2, 0.6, 0.9)),
        Quantity("delta", r"\delta", "1 - df2/n = dlam/dkappa", high=1.0, typical=(0.3, 0.7, 0.95)),
        Quantity("m", "m", "Marchenko-Pastur resolvent m(-lam)", typical=(0.5, 1.5)),
        Quantity("m_prime", "m'", "derivative of the resolvent m(z) at z = -lam", typical=(0.5, 1.5)),
    )
}


def is_symbol(value: object) -> bool:
    """Is `value` a sympy expression? Decided without importing sympy."""
    return hasattr(value, "free_symbols") and hasattr(value, "subs")


def is_mp(value: object) -> bool:
    """Is `value` an mpmath real number? Decided without importing mpmath."""
    return hasattr(value, "_mpf_")


def _is_array(value: object) -> TypeGuard[Any]:
    return isinstance(value, (list, tuple, np.ndarray))


def check(name: str, value: Any, owner: str) -> Any:
    """Return `value` ready for computing if it lies in the domain of the quantity `name`.

    Numbers become floats, sequences read-only arrays; mpmath numbers and sympy expressions are kept as they
    are (a sympy expression is refused only when its assumptions put it outside the domain).

    Raises `ValueError` naming the argument `owner.name`, its domain and its meaning; text is never evaluated.

    >>> check("lam", 1, "Ridge")
    1.0
    >>> check("lam", -0.1, "Ridge")
    Traceback (most recent call last):
        ...
    ValueError: lam must be >= 0, got -0.1 (Ridge.lam: ridge penalty, objective (1/n)||y-Xb||^2 + lam b'Gamma
    b)
    """
    quantity = QUANTITIES[name]
    where = f"({owner}.{name}: {quantity.meaning})"
    if value is None:
        raise ValueError(f"{name} is missing: give a number or an array {quantity.domain} {where}")
    if getattr(value, "dims", ()) or hasattr(value, "index") and hasattr(value, "to_numpy"):
        raise ValueError(
            f"{name} must be a plain array: the labels of a {type(value).__name__} would be dropped, and its "
            f"values joined by place; give its .values, or vary {name} by sweep(), which labels {where}"
        )
    if _is_array(value):
        _check_entries(name, value, quantity, where)
        if _holds_symbols(value):
            return _checked_one_by_one(name, value, owner)
    if is_symbol(value):
        ready, inside = value, _is_expression(value) and symbol_allowed(quantity, value)
    elif is_mp(value):
        ready, inside = value, quantity.contains(value)
    elif isinstance(value, (bool, np.bool_, str, bytes, complex)):
        ready, inside = value, False
    else:
        ready = _real(value)
        inside = ready is not None and (
            ordinary(quantity, ready) or all(bool(quantity.contains(end)) for end in ends(ready))
        )
    if not inside:
        shown = first_outside(quantity, ready) if _is_array(ready) else value
        raise ValueError(f"{name} must be {quantity.domain}, got {_short(shown)}{_hint(name, shown)} {where}")
    return ready


def as_array(name: str, value: Any, owner: str) -> Any:
    """The array that a list is, or `ValueError` for rows of several lengths and for masked arrays.

    >>> as_array("beta", [[1], [1, 2]], "Population")
    Traceback (most recent call last):
        ...
    ValueError: beta must be numbers in rows of one length, got [[1], [1, 2]] (Population.beta)
    """
    if isinstance(value, np.ma.MaskedArray):
        raise ValueError(
            f"{name} must not be a masked array: give the values that are there ({owner}.{name})"
        )
    try:
        return np.asarray(value)
    except (ValueError, OverflowError):
        raise ValueError(
            f"{name} must be numbers in rows of one length, got {_short(value)} ({owner}.{name})"
        ) from None


def _check_entries(name: str, value: Any, quantity: Quantity, where: str) -> None:
    """Refuse what numpy would make numbers of, or fail on in its own words."""
    if isinstance(value, np.ma.MaskedArray):
        raise ValueError(f"{name} must not be a masked array: give the values that are there {where}")
    entries = value if isinstance(value, np.ndarray) else _rectangular(name, value, where)
    if not entries.size:
        raise ValueError(f"{name} must be {quantity.domain}, got no values at all {where}")
    if entries.dtype == object:
        odd = (bool, np.bool_, str, bytes, complex, type(None))
        found = next((entry for entry in entries.flat if isinstance(entry, odd)), 0)
        if isinstance(found, odd):
            raise ValueError(
                f"{name} must be {quantity.domain}, got {_short(found)} among its values {where}"
            )


def _rectangular(name: str, value: Any, where: str) -> Any:
    """The entries of a list as they are, not as what they have in common."""
    try:
        plain = np.asarray(value)
        return np.array(value, dtype=object) if plain.dtype.kind not in "iuf" or _any_truth(value) else plain
    except (ValueError, OverflowError):
        raise ValueError(
            f"{name} must be numbers in rows of one length, got {_short(value)} {where}"
        ) from None


def _any_truth(value: Any) -> bool:
    """Whether there is a truth value among the entries of a list, however deep."""
    kinds = set(map(type, value))
    if not kinds.isdisjoint((bool, np.bool_)):
        return True
    return not kinds.isdisjoint((list, tuple)) and any(
        _any_truth(part) for part in value if isinstance(part, (list, tuple))
    )


def _is_expression(value: Any) -> bool:
    """Whether this is a sympy expression for a number, not a matrix or a relation."""
    return hasattr(value, "is_real") and not (
        getattr(value, "is_Relational", False) or getattr(value, "is_Boolean", False)
    )


def _short(value: Any) -> str:
    """What was given, cut where it is long."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**300:
        return "a whole number beyond the range of floats"
    shown = repr(value)
    return shown if len(shown) <= 200 else shown[:197] + "..."


def _hint(name: str, value: Any) -> str:
    if isinstance(value, (str, bytes)):
        return " (text, not a number)"
    if isinstance(value, (bool, np.bool_)):
        return " (a truth value, not a number)"
    if isinstance(value, complex):
        return " (a complex number)"
    if getattr(getattr(value, "dtype", None), "kind", "") in ("U", "S", "T"):
        return " (text, not numbers)"
    if name == "components" and isinstance(value, (int, float)) and value > 1:
        return " (it is the share of directions that are kept, not their number: give k/d)"
    return ""


def _holds_symbols(value: Any) -> bool:
    array = np.asarray(value)
    return array.dtype == object and any(is_symbol(item) for item in array.flat)


def _checked_one_by_one(name: str, value: Any, owner: str) -> Any:
    """A read-only array of numbers and sympy expressions."""
    array = np.array(value, dtype=object)
    for index in np.ndindex(*array.shape):
        array[index] = check(name, array[index], owner)
    array.setflags(write=False)
    return array


def symmetric(name: str, value: Any, owner: str) -> Any:
    """Return `value` as a read-only symmetric matrix of floats, or raise `ValueError`.

    >>> symmetric("covariance", [[1, 0], [0, 2]], "Ridge")
    array([[1., 0.],
           [0., 2.]])
    """
    try:
        matrix = None if isinstance(value, np.ma.MaskedArray) else _real(value)
    except ValueError:  # rows of several lengths
        matrix = None
    if matrix is None or np.ndim(matrix) != 2 or matrix.shape[0] != matrix.shape[1] or matrix.dtype != float:
        raise ValueError(
            f"{name} must be a square matrix of numbers ({owner}.{name}: {QUANTITIES[name].meaning})"
        )
    if not np.isfinite(matrix).all() or np.abs(matrix - matrix.T).max(initial=0.0) > 1e-8 * np.abs(
        matrix
    ).max(initial=0.0):
        raise ValueError(f"{name} must be finite and symmetric ({owner}.{name}: {QUANTITIES[name].meaning})")
    return matrix


def _real(value: Any) -> Any:
    """A float, or a read-only view or copy of floats or mpmath numbers; None for anything else."""
    array = np.asarray(value).view()
    if array.dtype == object and array.size and all(is_mp(item) for item in array.flat):
        array.setflags(write=False)
        return array
    if array.dtype.kind not in "iufO":
        return None
    try:
        array = array.astype(float, copy=False)
    except (TypeError, ValueError, OverflowError):
        return None
    if not array.ndim:
        return float(array)
    array.setflags(write=False)
    return array


def symbol(name: str, index: object = None) -> Any:
    """The sympy symbol of a quantity, carrying the assumptions of its domain.

    >>> symbol("gamma", "t"), symbol("gamma", "t").is_positive
    (gamma_t, True)
    """
    import sympy

    quantity = QUANTITIES[name]
    label = name if index is None else f"{name}_{index}"
    if quantity.low is None:
        return sympy.Symbol(label, real=True)
    if quantity.open_low or quantity.low > 0:
        return sympy.Symbol(label, positive=True)
    return sympy.Symbol(label, nonnegative=True)
