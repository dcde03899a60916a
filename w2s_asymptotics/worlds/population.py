"""Populations: Gaussian covariates with covariance Sigma, a linear target, and label noise.

`Population` is a joint spectrum of atoms; its constructors build the isotropic world (one atom), a power
law, worlds given by matrices, and a data set taken as the population.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ..arithmetic import is_high, is_symbolic
from ..losses.labels import TRUE_LABELS
from ..notation import as_array, check, is_symbol, symmetric
from ..records import Record
from .density import density_atoms
from .tables import centred, real_table

__all__ = [
    "DataPopulation",
    "DensityPopulation",
    "IsotropicPopulation",
    "MatrixPopulation",
    "Population",
    "PowerLawPopulation",
]


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
    labels
        What true labels make of z, the linear target with its noise: "linear" (z itself), "sign", "logistic"
        or "probit" (1 with that probability of z, else -1).

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
    labels: str = field(kw_only=True, default="linear", repr=False)

    def __post_init__(self) -> None:
        self._check_labels()
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

    def _check_labels(self) -> None:
        if self.labels not in TRUE_LABELS:
            raise ValueError(
                f"labels must be one of {', '.join(TRUE_LABELS)}, got {self.labels!r} "
                "(Population.labels: what true labels make of the linear target)"
            )

    def _row(self, name: str, value: Any) -> Any:
        checked = check(name, value, "Population")  # as given, before numpy makes one kind of it
        row = np.atleast_1d(np.asarray(checked))
        if row.ndim != 1 or not row.size:
            raise ValueError(f"{name} must be a row of numbers, one per atom, got shape {row.shape}")
        row.setflags(write=False)
        return row

    def _set(self, **values: Any) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @property
    def dim(self) -> int | None:
        """The dimension d of the covariates where it is finite, else None."""
        return None

    @staticmethod
    def isotropic(signal: Any = 1.0, noise: Any = 0.0, labels: str = "linear") -> IsotropicPopulation:
        """Sigma = I; `signal` is the energy `r^2` of the target, `noise` the variance of the label noise.

        Both may be floats, arrays, mpmath numbers or sympy expressions. `labels` as in `Population`.
        """
        return IsotropicPopulation(signal=signal, noise=noise, labels=labels)

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
    def density(
        density: Callable[[Any], Any],
        support: tuple[float, float],
        signal: Any = 1.0,
        noise: Any = 0.0,
        nodes: int = 64,
        edges: tuple[float, float] = (0.0, 0.0),
    ) -> DensityPopulation:
        """A continuous spectrum: `density(s)` on `support`, by Gaussian quadrature at `nodes` atoms.

        `signal` is the energy `r^2`, spread like the eigenvalues, or a function of s: the energy per unit of
        the spectral measure. `edges` are the exponents with which the density vanishes (1/2) or diverges
        (-1/2) at the ends of the support: the rule is then Gauss-Jacobi, which converges geometrically
        where Gauss-Legendre would not. `quadrature_error` estimates what is left.

        Raises `ValueError` for a density that does not integrate to 1, or is negative somewhere.

        >>> uniform = Population.density(lambda s: 0.5 + 0 * s, (1.0, 3.0), noise=0.1)
        >>> len(uniform.weights), round(float((uniform.weights * uniform.eigenvalues).sum()), 12)
        (64, 2.0)
        """
        return DensityPopulation(
            density=density, support=support, energy=signal, noise=noise, nodes=nodes, edges=edges
        )

    @staticmethod
    def from_matrices(
        covariance: Any, beta: Any, noise: Any = 0.0, labels: str = "linear"
    ) -> MatrixPopulation:
        """Covariance matrix Sigma (d x d) and target coefficients beta (d); nothing need commute.

        >>> Population.from_matrices(np.diag([2.0, 1.0]), [1.0, 0.0]).signal
        array([0., 1.])
        """
        return MatrixPopulation(covariance=covariance, beta=beta, noise=noise, labels=labels)

    @staticmethod
    def from_data(X: Any, y: Any, noise: Any = None) -> DataPopulation:
        """A data set taken as the population.

        `X` (N x d) and `y` (N) are centred; Sigma is `X'X/N`, the target is least squares (of minimum norm),
        the noise its residual variance unless given.
        """
        return DataPopulation(X=X, y=y, noise=noise)

    @staticmethod
    def from_representations(weak: Any, strong: Any, y: Any, noise: Any = None) -> RepresentationPopulation:
        """Two representations of the same inputs, and their labels, taken as the population.

        The covariates are those of both, `weak` (N x p) beside `strong` (N x q), with their joint covariance;
        `y` (N) and `noise` as in `from_data`. The world's `weak` and `strong` are the places of the two among
        the covariates, to hand to a learner's `features`: a teacher of a small model sees one, its student
        the other.

        >>> rng = np.random.default_rng(0)
        >>> inputs = rng.normal(size=(500, 6))
        >>> labels = inputs @ np.ones(6) + rng.normal(size=500)
        >>> world = Population.from_representations(inputs[:, :4], inputs, labels)
        >>> from w2s_asymptotics import Ridge, risks
        >>> teacher = Ridge(samples=8, lam=0.01, features=world.weak)
        >>> student = Ridge(samples=400, lam=0.3, features=world.strong)
        >>> [round(excess, 2) for excess in risks(world, teacher, student)]
        [4.48, 3.65]
        """
        return RepresentationPopulation(X=None, weak_rows=weak, strong_rows=strong, y=y, noise=noise)


@dataclass(frozen=True, eq=False)
class IsotropicPopulation(Population):
    """Sigma = I: one atom, whose `signal` and `noise` may be any kind of number, array or symbol."""

    eigenvalues: Any = field(init=False, default=1.0, repr=False)
    signal: Any = 1.0
    weights: Any = field(init=False, default=1.0, repr=False)
    noise: Any = 0.0

    def __post_init__(self) -> None:
        self._check_labels()
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
        dim, alpha, source = (
            check(name, value, "Population")
            for name, value in (("dim", self.dimension), ("alpha", self.alpha), ("source", self.source))
        )
        for name, value in (("dim", dim), ("alpha", alpha), ("source", source)):
            if np.ndim(value) or is_symbol(value):
                raise ValueError(f"{name} must be a single number, got {value!r} (Population.{name})")
        if dim != int(dim) or dim > _LARGEST_DIM:
            raise ValueError(
                f"dim must be a whole number up to {_LARGEST_DIM}, got {self.dimension!r} (Population.dim)"
            )
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
class DensityPopulation(Population):
    """A continuous spectral density, as the atoms of a Gaussian quadrature; see `Population.density`.

    `quadrature_error` is the difference that half as many nodes make to `df1` and to the energy held back,
    at kappa of the order of the mean eigenvalue and a thousandth of it: an estimate of the relative error.
    """

    eigenvalues: Any = field(init=False, default=None, repr=False)
    signal: Any = field(init=False, default=None, repr=False)
    weights: Any = field(init=False, default=None, repr=False)
    noise: Any = 0.0
    density: Callable[[Any], Any] = field(kw_only=True)  # type: ignore[assignment]
    support: tuple[float, float] = field(kw_only=True)
    energy: Any = field(kw_only=True, default=1.0)
    nodes: int = field(kw_only=True, default=64)
    edges: tuple[float, float] = field(kw_only=True, default=(0.0, 0.0))
    quadrature_error: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        eigenvalues, weights, signal, error = density_atoms(
            self.density, self.support, self.energy, self.nodes, self.edges
        )
        self._set(eigenvalues=eigenvalues, weights=weights, signal=signal, quadrature_error=error)
        super().__post_init__()


_LARGEST_DIM = 100_000_000


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
        beta = check("beta", np.atleast_1d(as_array("beta", self.beta, "Population")), "Population")
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
        if self.labels != "linear":
            raise ValueError(f"labels of a data set are its own, got {self.labels!r} (Population.labels)")
        X, y = (real_table(name, getattr(self, name), "Population.from_data") for name in ("X", "y"))
        if X.ndim != 2 or y.shape != X.shape[:1] or not X.size:
            raise ValueError(f"X must be N x d and y of length N, got shapes {X.shape} and {y.shape}")
        if not (np.isfinite(X).all() and np.isfinite(y).all()):
            raise ValueError("X and y must be finite (Population.from_data)")
        X, y = centred(X), centred(y)
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


@dataclass(frozen=True, eq=False)
class RepresentationPopulation(DataPopulation):
    """Two representations of the same inputs, side by side; see `Population.from_representations`.

    `weak` and `strong` are the places of the two among the covariates.
    """

    X: Any = field(kw_only=True, repr=False, default=None)
    weak_rows: Any = field(kw_only=True, repr=False)
    strong_rows: Any = field(kw_only=True, repr=False)
    weak: Any = field(init=False, default=None, repr=False)
    strong: Any = field(init=False, default=None, repr=False)

    def __post_init__(self) -> None:
        owner = "Population.from_representations"
        weak, strong = (
            real_table(name, rows, owner)
            for name, rows in (("weak", self.weak_rows), ("strong", self.strong_rows))
        )
        if weak.ndim != 2 or strong.ndim != 2 or len(weak) != len(strong):
            raise ValueError(
                "weak and strong must be two tables with a row for each input, got shapes "
                f"{weak.shape} and {strong.shape} (Population.from_representations)"
            )
        split = weak.shape[1]
        places = np.arange(split + strong.shape[1])
        joint = np.hstack([weak, strong])
        self._set(X=joint, weak=places[:split], strong=places[split:])
        self._set(weak_rows=joint[:, :split], strong_rows=joint[:, split:])
        super().__post_init__()
