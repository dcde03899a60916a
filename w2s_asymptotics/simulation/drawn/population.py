"""A population at a finite dimension: from the records' fields to plain numbers.

What cannot be had exactly at a finite dimension is rounded (`n = dim / gamma`, the number of coordinates of
an atom), and the records are rewritten with the rounded values, so that theory and simulation speak of the
same problem.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ...arithmetic import is_symbolic
from ...learners import Learner
from ...worlds import Population
from ...worlds.population import DataPopulation, IsotropicPopulation, MatrixPopulation
from .rows import (
    DataRows,
    GaussianRows,
    Matrix,
    Source,
    Vector,
    covariance_root,
    multiplicities,
    random_signal,
)

__all__ = ["DEFAULT_DIM", "FiniteWorld", "finite", "plain_array", "plain_number", "samples_of"]

DEFAULT_DIM = 200

_OWN_LABELS = {None: "linear", "soft": "linear", "hard": "sign", "sampled": "logistic"}


@dataclass(frozen=True)
class FiniteWorld:
    """A world at a finite dimension.

    Attributes
    ----------
    world
        The record that the theory is to be evaluated at (atom weights as rounded).
    source
        What the simulation draws from.
    counts
        Coordinates per atom; None in worlds of matrices and data, where weightings are given per coordinate.
    """

    world: Population
    source: Source
    counts: NDArray[np.int64] | None
    network: ClassVar[str | None] = None

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        return self.source.dim

    def weighting(self, name: str, value: Any, view: Any = None) -> Vector | Matrix | None:
        """Expand a learner's `penalty` or `covariance` (number, per atom, matrix) to coordinates.

        Where the learner's `view` of the rows is a matrix, to its features instead.
        """
        if value is None:
            return None
        array = plain_array(name, value)
        if array.ndim == 2:
            if self.counts is not None:
                raise ValueError(f"{name} as a matrix needs a from_matrices or from_data world")
            size = self.dim if view is None or view.ndim == 1 else len(view)
            if array.shape != (size, size):
                raise ValueError(f"{name} must be {size} x {size} here, got shape {array.shape}")
            return array
        entries = self.dim if self.counts is None else len(self.counts)
        if view is not None and view.ndim == 2:
            entries = len(view)
        if array.shape not in ((), (1,), (entries,)):
            each = f"{entries} (one per {'coordinate' if self.counts is None else 'atom'})"
            raise ValueError(f"{name} must be one number or {each}, got shape {array.shape}")
        each_entry = np.broadcast_to(array, (entries,))
        return each_entry.copy() if self.counts is None else np.repeat(each_entry, self.counts)

    def seen(self, features: Any) -> Vector | Matrix | None:
        """Expand a learner's `features` (matrix, scales, mask, indices) to coordinates."""
        if features is None:
            return None
        if np.ndim(features) == 2:
            if self.counts is not None:
                raise ValueError("features as a matrix need a from_matrices or from_data world")
            matrix = plain_array("features", features)
            if matrix.shape[1] != self.dim:
                raise ValueError(f"features must have {self.dim} columns here, got shape {matrix.shape}")
            return matrix
        entries = self.dim if self.counts is None else len(self.counts)
        row = np.asarray(features)
        if row.dtype.kind in "iu":  # names of what is seen
            if row.max() >= entries:
                raise ValueError(f"features must name coordinates or atoms below {entries}, got {row.max()}")
            row = np.isin(np.arange(entries), row)
        if row.shape != (entries,):
            raise ValueError(f"features must have {entries} entries here, got shape {row.shape}")
        scales = plain_array("features", row)
        return scales if self.counts is None else np.repeat(scales, self.counts)

    def drawn(self, learner: Any) -> dict[str, Any]:
        """Reduce to plain numbers what every learner has: rows, noise, and where they come from."""
        covariance = self.weighting("covariance", learner.covariance)
        return {
            "samples": samples_of(learner, self.dim),
            "noise": plain_number("noise", learner.noise),
            "truth": plain_number("truth", learner.truth),
            "view": self.seen(learner.features),
            "true_labels": self.world.labels,
            "labels": _OWN_LABELS[learner.labels],
            "temperature": plain_number("temperature", learner.temperature),
            "source": self.source if covariance is None else self.source.shifted(covariance_root(covariance)),
        }

    def variance(self, view: Vector | Matrix | None = None) -> float:
        """Trace of the covariance of what a learner's `view` shows of the rows, per coordinate of theirs."""
        world: Any = self.world
        if view is None:
            return float(np.sum(np.multiply(world.eigenvalues, world.weights)))
        if view.ndim == 2:
            return float(np.sum((view @ world.covariance) * view)) / self.dim
        if self.counts is None:
            each = np.diag(world.covariance)
        else:
            each = np.repeat(plain_array("eigenvalues", world.eigenvalues), self.counts)
        return float(each @ view**2) / self.dim


def plain_number(name: str, value: Any) -> float:
    """Give `value` as a float; symbols and arrays have no place in a simulation.

    >>> plain_number("lam", [0.1, 0.2])
    Traceback (most recent call last):
        ...
    ValueError: lam must be one number to be simulated, got [0.1, 0.2]: pass scalars
    """
    if value is None:
        raise ValueError(f"{name} is missing: give a number to be simulated")
    if is_symbolic([value]) and not value.is_number or np.ndim(value) > 0:
        raise ValueError(f"{name} must be one number to be simulated, got {value!r}: pass scalars")
    return float(value)


def plain_array(name: str, value: Any) -> NDArray[np.float64]:
    """Give `value` as an array of floats, refusing symbols."""
    array = np.asarray(value)
    if is_symbolic(array.flat):
        raise ValueError(f"{name} must be numbers to be simulated, got {value!r}: pass scalars")
    return array.astype(float)


def samples_of(learner: Learner, dim: int) -> int:
    """Count the rows of a learner: its `samples`, or `dim / gamma` rounded."""
    if learner.samples is not None:
        samples = plain_number("samples", learner.samples)
        if samples != int(samples) or samples < 1:
            raise ValueError(f"samples must be a whole number >= 1, got {learner.samples!r}")
        return int(samples)
    gamma = plain_number("gamma", learner.gamma)
    if not dim / gamma < np.inf:
        raise ValueError(f"gamma = {gamma:g} asks for more rows than there are numbers: raise gamma")
    samples = round(dim / gamma)
    if samples < 1:
        raise ValueError(f"gamma = {gamma:g} leaves no training row at dim = {dim}: raise dim")
    return samples


@singledispatch
def finite(world: Any, dim: int | None, rng: np.random.Generator) -> Any:
    """Take a world at dimension `dim`; `rng` draws the target's direction where the world leaves it open."""
    raise ValueError(f"simulate needs a Population or a MultiIndex as its world, got {world!r}")


@finite.register
def _(world: Population, dim: int | None, rng: np.random.Generator) -> FiniteWorld:
    dim = _fixed(world, dim) if world.dim is not None else dim or DEFAULT_DIM
    weights, energies = plain_array("weights", world.weights), plain_array("signal", world.signal)
    counts = multiplicities(weights / weights.sum(), dim)
    if np.any((counts == 0) & (energies > 0)):
        raise ValueError(f"dim = {dim} leaves an atom that carries signal without a coordinate: raise dim")
    root = np.sqrt(np.repeat(plain_array("eigenvalues", world.eigenvalues), counts))
    source = GaussianRows(root, random_signal(energies, counts, rng), plain_number("noise", world.noise))
    rounded = Population(
        world.eigenvalues, world.signal, weights=counts / dim, noise=world.noise, labels=world.labels
    )
    return FiniteWorld(rounded, source, counts)


@finite.register
def _(world: IsotropicPopulation, dim: int | None, rng: np.random.Generator) -> FiniteWorld:
    counts = np.array([dim or DEFAULT_DIM])
    beta = random_signal(np.array([plain_number("signal", world.signal)]), counts, rng)
    source = GaussianRows(np.ones(beta.size), beta, plain_number("noise", world.noise))
    return FiniteWorld(world, source, counts)


@finite.register
def _(world: MatrixPopulation, dim: int | None, rng: np.random.Generator) -> FiniteWorld:
    _fixed(world, dim)
    source = GaussianRows(covariance_root(world.covariance), world.beta, plain_number("noise", world.noise))
    return FiniteWorld(world, source, None)


@finite.register
def _(world: DataPopulation, dim: int | None, rng: np.random.Generator) -> FiniteWorld:
    _fixed(world, dim)
    source = DataRows(world.X, world.y, world.beta)
    residual, rounding = source.test_risk(world.beta), 1e-12 * float(np.mean(world.y**2))
    if not np.isclose(plain_number("noise", world.noise), residual, rtol=1e-6, atol=rounding):
        raise ValueError(
            f"noise must be left out of a from_data world to be simulated, got {world.noise!r}: the labels"
            f" are the data set's own, of residual variance {residual:.6g}"
        )
    return FiniteWorld(world, source, None)


def _fixed(world: Population, dim: int | None) -> int:
    """Return the world's own dimension, which `dim` may repeat but not change."""
    if dim is not None and dim != world.dim:
        raise ValueError(f"dim must be left out or {world.dim}, the dimension of this world, got {dim}")
    assert world.dim is not None
    return world.dim
