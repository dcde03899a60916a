"""A world and its learners at a finite dimension: from the records' fields to plain numbers.

What cannot be had exactly at a finite dimension is rounded (`n = dim / gamma`, the number of coordinates of
an atom), and the records are rewritten with the rounded values, so that theory and simulation speak of the
same problem.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arithmetic import is_symbolic
from ..learners import (
    GradientFlow,
    Learner,
    PrincipalComponents,
    RandomFeatures,
    Ridge,
    SelfDistilled,
    TwoLayer,
)
from ..worlds import Population
from ..worlds.population import DataPopulation, IsotropicPopulation, MatrixPopulation
from .data import (
    DataRows,
    GaussianRows,
    Matrix,
    Source,
    Vector,
    covariance_root,
    multiplicities,
    random_signal,
)
from .fit import Penalty
from .learned import activation_of
from .run import FeatureStage, RepeatedStage, Stage
from .spectral import ComponentsStage, FlowStage
from .two_layer import TwoLayerStage

DEFAULT_DIM = 200


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

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        return self.source.dim

    def weighting(self, name: str, value: Any) -> Vector | Matrix | None:
        """Expand a learner's `penalty` or `covariance` (number, per atom, matrix) to coordinates."""
        if value is None:
            return None
        array = plain_array(name, value)
        if array.ndim == 2:
            if self.counts is not None:
                raise ValueError(f"{name} as a matrix needs a from_matrices or from_data world")
            if array.shape != (self.dim, self.dim):
                raise ValueError(f"{name} must be {self.dim} x {self.dim} here, got shape {array.shape}")
            return array
        entries = self.dim if self.counts is None else len(self.counts)
        if array.shape not in ((), (1,), (entries,)):
            each = f"{entries} (one per {'coordinate' if self.counts is None else 'atom'})"
            raise ValueError(f"{name} must be one number or {each}, got shape {array.shape}")
        each_entry = np.broadcast_to(array, (entries,))
        return each_entry.copy() if self.counts is None else np.repeat(each_entry, self.counts)

    def stage(self, learner: Learner) -> Stage:
        """Reduce a learner to plain numbers."""
        if isinstance(learner, RandomFeatures):
            width = plain_number("width", learner.width)
            if not 0.5 <= width * self.dim < np.inf:
                raise ValueError(f"width = {width:g} gives no finite number of features at dim = {self.dim}")
            features = round(width * self.dim) or 1
            variance = float(np.sum(np.multiply(self.world.eigenvalues, self.world.weights)))
            return FeatureStage(
                **self._common(learner, plain_number("lam", learner.lam)),
                features=features,
                activation=activation_of(learner.activation, plain_number("tail", learner.tail), variance),
            )
        if isinstance(learner, SelfDistilled):
            first, *later = (plain_number("lams", lam) for lam in learner.lams)
            given = learner.own or (1.0,) * len(later)
            own = tuple(plain_number("own", weight) for weight in given)
            return RepeatedStage(**self._common(learner, first), later_lams=tuple(later), own=own)
        if isinstance(learner, GradientFlow):
            return FlowStage(**self._common(learner, 0.0), time=plain_number("time", learner.time))
        if isinstance(learner, PrincipalComponents):
            count = round(plain_number("components", learner.components) * self.dim)
            return ComponentsStage(**self._common(learner, 0.0), count=count)
        if isinstance(learner, TwoLayer):
            raise ValueError(f"TwoLayer networks learn in a MultiIndex world, got {self.world!r}")
        assert isinstance(learner, Ridge)
        return Stage(**self._common(learner, plain_number("lam", learner.lam)))

    def _common(self, learner: Learner, lam: float) -> dict[str, Any]:
        covariance = self.weighting("covariance", learner.covariance)
        return {
            "samples": samples_of(learner, self.dim),
            "lam": lam,
            "penalty": Penalty.of(self.weighting("penalty", learner.penalty)),
            "noise": plain_number("noise", learner.noise),
            "truth": plain_number("truth", learner.truth),
            "source": self.source if covariance is None else self.source.shifted(covariance_root(covariance)),
        }


def plain_number(name: str, value: Any) -> float:
    """Give `value` as a float; symbols and arrays have no place in a simulation.

    >>> plain_number("lam", [0.1, 0.2])
    Traceback (most recent call last):
        ...
    ValueError: lam must be one number to be simulated, got [0.1, 0.2]: pass scalars
    """
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
    samples = round(dim / gamma)
    if samples < 1:
        raise ValueError(f"gamma = {gamma:g} leaves no training row at dim = {dim}: raise dim")
    return samples


def actual(learners: Sequence[Any], stages: Sequence[Stage], dim: int) -> tuple[Any, ...]:
    """Rewrite the learners with the numbers of rows, features and components simulated."""
    rewritten = []
    for learner, stage in zip(learners, stages, strict=True):
        if isinstance(stage, TwoLayerStage):
            rewritten.append(_actual_network(learner, stage, dim))
            continue
        changes: dict[str, Any] = {"gamma": dim / stage.samples, "samples": None}
        if isinstance(stage, FeatureStage):
            changes["width"] = stage.features / dim
        if isinstance(stage, ComponentsStage):
            changes["components"] = stage.count / dim
        rewritten.append(replace(learner, **changes))
    return tuple(rewritten)


def _actual_network(learner: Any, stage: TwoLayerStage, dim: int) -> Any:
    rows = "gamma_probe" if stage.head == "probe" else "gamma"
    changes: dict[str, Any] = {rows: dim / stage.samples, "width": stage.features / dim}
    if stage.step_samples:
        changes["gamma_step"] = dim / stage.step_samples
    return replace(learner, **changes)


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
    rounded = Population(world.eigenvalues, world.signal, weights=counts / dim, noise=world.noise)
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
