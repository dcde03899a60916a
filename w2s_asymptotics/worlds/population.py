"""Populations: Gaussian covariates with covariance Sigma, a linear target, and label noise.

`Population` is a joint spectrum of atoms; its constructors build the isotropic world (one atom), a power
law, worlds given by matrices, and a data set taken as the population.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ..arithmetic import is_high, is_symbolic
from ..notation import check, symmetric
from ..records import Record

__all__ = ["DataPopulation", "IsotropicPopulation", "MatrixPopulation", "Population", "PowerLawPopulation"]


@dataclass(frozen=True, eq=False)
class Population(Record):
    """A joint spectrum of atoms.

    Parameters
    ----------
    eigenvalues
        `s_i >= 0`, the eigenvalue of Sigma on atom i.
    signal
        Energy of `beta_*` on atom i; they sum to `r^2`.
    weights
        Share of the d dimensions on atom i, summing to 1. Default: equal shares.
    noise
        Variance `sigma^2` of the label noise.

    Raises
    ------
    ValueError
        For a value outside its domain, mismatched lengths, or weights that do not sum to 1.

    Examples
    --------
    >>> world = Population([3.0, 1.0], signal=[0.5, 0.5], noise=0.2)
    >>> world.weights
    array([0.5, 0.5])
    >>> Population.isotropic(noise=0.5).signal
    1.0
    """

    eigenvalues: Any
    signal: Any
    weights: Any = None
    noise: Any = 0.0

    def __post_init__(self) -> None:
        eigenvalues = self._row("eigenvalues", self.eigenvalues)
        count = len(eigenvalues)
        weights = np.full(count, 1.0 / count) if self.weights is None else self._row("weights", self.weights)
        signal = self._row("signal", self.signal)
        if not len(signal) == len(weights) == count:
            raise ValueError(
                "eigenvalues, signal and weights must have one entry per atom, "
                f"got lengths {count}, {len(signal)}, {len(weights)}"
            )
        if not is_symbolic(weights.flat) and abs(float(weights.sum()) - 1.0) > 1e-9:
            raise ValueError(f"weights must sum to 1, got {float(weights.sum())!r} (Population.weights)")
        self._set(
            eigenvalues=eigenvalues,
            signal=signal,
            weights=weights,
            noise=check("noise", self.noise, "Population"),
        )

    def _row(self, name: str, value: Any) -> Any:
        row = np.atleast_1d(np.asarray(value))
        if row.ndim != 1 or not row.size:
            raise ValueError(f"{name} must be a row of numbers, one per atom, got shape {row.shape}")
        return check(name, row, "Population")

    def _set(self, **values: Any) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @property
    def dim(self) -> int | None:
        """The dimension d of the covariates where it is finite, else None."""
        return None

    @staticmethod
    def isotropic(signal: Any = 1.0, noise: Any = 0.0) -> IsotropicPopulation:
        """Sigma = I; `signal` is the energy `r^2` of the target, `noise` the variance of the label noise.

        Both may be floats, arrays, mpmath numbers or sympy expressions.
        """
        return IsotropicPopulation(signal=signal, noise=noise)

    @staticmethod
    def power_law(
        dim: int, alpha: float, source: float, noise: Any = 0.0, signal: float = 1.0
    ) -> PowerLawPopulation:
        """`s_i = i^-alpha` for i = 1..dim, energies proportional to `i^-source` summing to `signal`.

        >>> Population.power_law(4, alpha=1, source=0, noise=0.1).signal
        array([0.25, 0.25, 0.25, 0.25])
        """
        return PowerLawPopulation(dimension=dim, alpha=alpha, source=source, noise=noise, energy=signal)

    @staticmethod
    def from_matrices(covariance: Any, beta: Any, noise: Any = 0.0) -> MatrixPopulation:
        """Covariance matrix Sigma (d x d) and target coefficients beta (d); nothing need commute.

        >>> Population.from_matrices(np.diag([2.0, 1.0]), [1.0, 0.0]).signal
        array([0., 1.])
        """
        return MatrixPopulation(covariance=covariance, beta=beta, noise=noise)

    @staticmethod
    def from_data(X: Any, y: Any, noise: Any = None) -> DataPopulation:
        """A data set taken as the population.

        `X` (N x d) and `y` (N) are centred; Sigma is `X'X/N`, the target is least squares (of minimum norm),
        the noise its residual variance unless given.
        """
        return DataPopulation(X=X, y=y, noise=noise)


@dataclass(frozen=True, eq=False)
class IsotropicPopulation(Population):
    """Sigma = I: one atom, whose `signal` and `noise` may be any kind of number, array or symbol."""

    eigenvalues: Any = field(init=False, default=1.0, repr=False)
    signal: Any = 1.0
    weights: Any = field(init=False, default=1.0, repr=False)
    noise: Any = 0.0

    def __post_init__(self) -> None:
        self._set(**{name: check(name, getattr(self, name), "Population") for name in ("signal", "noise")})


@dataclass(frozen=True, eq=False)
class PowerLawPopulation(Population):
    """The source and capacity world of the scaling-law papers; see `Population.power_law`."""

    eigenvalues: Any = field(init=False, default=None, repr=False)
    signal: Any = field(init=False, default=None, repr=False)
    weights: Any = field(init=False, default=None, repr=False)
    noise: Any = 0.0
    dimension: int = field(kw_only=True)
    alpha: float = field(kw_only=True)
    source: float = field(kw_only=True)
    energy: float = field(kw_only=True, default=1.0)

    def __post_init__(self) -> None:
        dim = check("dim", self.dimension, "Population")
        if dim != int(dim):
            raise ValueError(f"dim must be a whole number, got {self.dimension!r} (Population.dim)")
        alpha, source = check("alpha", self.alpha, "Population"), check("source", self.source, "Population")
        index = np.arange(1, int(dim) + 1, dtype=float)
        shares = index**-source
        energy = check("signal", self.energy, "Population")
        self._set(dimension=int(dim), eigenvalues=index**-alpha, signal=energy * shares / shares.sum())
        super().__post_init__()

    @property
    def dim(self) -> int:
        """The dimension d of the covariates."""
        return self.dimension


@dataclass(frozen=True, eq=False)
class MatrixPopulation(Population):
    """A world given by its covariance matrix and target vector; see `Population.from_matrices`.

    `eigenvalues` and `signal` are those of Sigma and of the target in the eigenbasis of Sigma.
    """

    eigenvalues: Any = field(init=False, default=None, repr=False)
    signal: Any = field(init=False, default=None, repr=False)
    weights: Any = field(init=False, default=None, repr=False)
    noise: Any = 0.0
    covariance: Any = field(kw_only=True)
    beta: Any = field(kw_only=True)

    def __post_init__(self) -> None:
        covariance = symmetric("covariance", self.covariance, "Population")
        beta = check("beta", np.atleast_1d(np.asarray(self.beta)), "Population")
        if is_high(beta) or beta.shape != covariance.shape[:1]:
            raise ValueError(f"beta must be a row of {len(covariance)} floats, got shape {np.shape(beta)}")
        eigenvalues, basis = np.linalg.eigh(covariance)
        if eigenvalues[0] < -1e-10 * max(abs(eigenvalues[-1]), 1e-300):
            raise ValueError(
                f"covariance must be positive semidefinite, got smallest eigenvalue {eigenvalues[0]:g} "
                "(Population.covariance: covariance Sigma of the covariates)"
            )
        negligible = eigenvalues <= len(eigenvalues) * np.finfo(float).eps * eigenvalues[-1]
        self._set(
            covariance=covariance,
            beta=beta,
            eigenvalues=np.where(negligible, 0.0, eigenvalues),
            signal=(basis.T @ beta) ** 2,
        )
        super().__post_init__()

    @property
    def dim(self) -> int:
        """The dimension d of the covariates."""
        return len(self.beta)


@dataclass(frozen=True, eq=False)
class DataPopulation(MatrixPopulation):
    """A data set taken as the population; `X` and `y` are kept, centred, for simulations to draw from."""

    noise: Any = None
    covariance: Any = field(init=False, default=None, repr=False)
    beta: Any = field(init=False, default=None, repr=False)
    X: Any = field(kw_only=True, repr=False)
    y: Any = field(kw_only=True, repr=False)

    def __post_init__(self) -> None:
        X, y = np.array(self.X, dtype=float), np.array(self.y, dtype=float)
        if X.ndim != 2 or y.shape != X.shape[:1] or not X.size:
            raise ValueError(f"X must be N x d and y of length N, got shapes {X.shape} and {y.shape}")
        if not (np.isfinite(X).all() and np.isfinite(y).all()):
            raise ValueError("X and y must be finite (Population.from_data)")
        X, y = X - X.mean(axis=0), y - y.mean()
        beta = np.linalg.lstsq(X, y, rcond=None)[0]
        residual = float(np.mean((y - X @ beta) ** 2))
        noise = residual if self.noise is None else self.noise
        for rows in (X, y):
            rows.setflags(write=False)
        self._set(X=X, y=y, covariance=X.T @ X / len(X), beta=beta, noise=noise)
        super().__post_init__()

    @cached_property
    def rows(self) -> int:
        """The number N of rows."""
        return len(self.X)
