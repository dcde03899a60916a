"""A world and its learners as numbers: of which kind and shape, and whether they make sense together."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cache, cached_property
from typing import Any, NamedTuple

import numpy as np

from ..arithmetic import HIGH, REAL, Namespace, is_high, is_symbolic
from ..learners import check_order
from ..learners.learner import is_learner
from ..losses.labels import TRUE_LABELS
from ..notation import check
from ..records import Record
from ..spectrum.layouts import Atoms, OneAtom
from ..spectrum.matrices import Directions
from ..spectrum.multi_index import MultiIndexSpectrum
from ..worlds import MultiIndex, Population
from ..worlds.links import Link
from ..worlds.population import IsotropicPopulation, MatrixPopulation

__all__ = ["Chain", "check_chain", "check_numbers", "last_state"]

_Path = tuple[Any, ...]

SPREAD = 16
"""Points for each entry of the largest argument, from which on most of the work is on rows and columns."""

_MODERATE = 1e-30, 1e30
"""Between these, and at 0, no product of a chain of `_SHORT` learners overflows or underflows."""

_SHORT = 3

_ROWS = frozenset({"penalty", "covariance", "features", "lams", "own", "weights", "multiplier", "spread"})
"""Arguments that are rows or matrices, one entry an atom or a fit; all others broadcast."""


class _Kind(NamedTuple):
    """What the arguments of one record are."""

    symbolic: bool
    high: bool
    scalar: bool
    """Floats of moderate size, and nothing else."""


def _kind(record: Any) -> _Kind:
    """What a record is made of; found once and kept with it."""
    found: _Kind | None = record.__dict__.get("_kind")
    if found is None:
        values = list(_given(record))
        scalar = all(
            type(value) is float and (value == 0.0 or _MODERATE[0] < abs(value) < _MODERATE[1])
            for value in values
        )
        found = _Kind(is_symbolic(values), any(map(is_high, values)), scalar)
        record.__dict__["_kind"] = found
    return found


def _given(record: Any) -> Iterator[Any]:
    """Every argument that was given, and the entries of arrays of objects, of tuples and of links."""
    for name in _names(record.__class__):
        value = getattr(record, name)
        if value is None or isinstance(value, str):
            continue
        yield value
        if isinstance(value, np.ndarray) and value.dtype == object:
            yield from value.flat
        if isinstance(value, tuple):
            for each in value:
                yield from _given(each) if isinstance(each, Record) else (each,)
        if isinstance(value, Link):
            yield from value.given


@dataclass(eq=False)
class Chain:
    """A world and its learners, ready for computing."""

    world: Any
    learners: tuple[Any, ...]
    dim: Any = None
    """The finite dimension whose mean risk is asked for; None for the limit."""

    @cached_property
    def isotropic(self) -> bool:
        """Whether Sigma and Gamma are multiples of the identity, so that every argument broadcasts."""
        return isinstance(self.world, (IsotropicPopulation, MultiIndex))

    @cached_property
    def matrices(self) -> bool:
        """Whether a stage has a Sigma or Gamma that need not commute with the world's."""
        if not isinstance(self.world, MatrixPopulation):
            return False
        own = [value for each in self.learners for value in (each.penalty, each.covariance, each.features)]
        return any(np.ndim(value) for value in own)

    @cached_property
    def symbolic(self) -> bool:
        """Whether an argument is a sympy expression."""
        return _kind(self.world).symbolic or any(_kind(learner).symbolic for learner in self.learners)

    @cached_property
    def high(self) -> bool:
        """Whether an argument is an mpmath number."""
        return _kind(self.world).high or any(_kind(learner).high for learner in self.learners)

    @cached_property
    def scalar(self) -> bool:
        """Whether it is all single floats of moderate size, in a world of one atom, for ridge to fit."""
        world = self.world
        if type(world) is not IsotropicPopulation or len(self.learners) > _SHORT or not _kind(world).scalar:
            return False
        if self.dim is not None and type(self.dim) is not float:
            return False
        return self.closed and all(_kind(learner).scalar for learner in self.learners)

    @property
    def linear(self) -> bool:
        """Whether true labels are the linear target and its noise, of which the theorems speak."""
        return bool(getattr(self.world, "labels", "linear") == "linear")

    @cached_property
    def closed(self) -> bool:
        """Whether it is ridge throughout, on labels that are what is taught."""
        return self.linear and all(learner.closed for learner in self.learners)

    @property
    def recordable(self) -> bool:
        """Whether its formulas can be recorded: ridge on one atom, at points that are not those of a grid."""
        return (
            type(self.world) is IsotropicPopulation
            and self.xp is REAL
            and self.spread <= SPREAD
            and self.closed
        )

    @cached_property
    def xp(self) -> Namespace:
        """The namespace these numbers are computed in."""
        return HIGH if self.high else REAL

    @property
    def spectrum(self) -> Any:
        """What the learners are told of the world."""
        spectrum = self._spectrum
        if not self.linear:
            spectrum.labels = TRUE_LABELS[self.world.labels]
        return spectrum

    @property
    def _spectrum(self) -> Any:
        world = self.world
        if type(world) is IsotropicPopulation:
            return OneAtom(world.signal, world.noise, self.xp, self.dim)
        if isinstance(world, MultiIndex):
            return MultiIndexSpectrum(world, self.xp)
        if self.matrices:
            return Directions(world)
        return Atoms(world.eigenvalues, world.weights, world.signal, world.noise, world.dim, self.xp)

    def varying(self) -> Iterator[tuple[int, _Path, Any]]:
        """The arguments that broadcast: (-1 for the world or the position of the learner, path, value).

        Position -2 is the chain's own, its dimension.
        """
        if self.dim is not None:
            yield -2, ("dim",), self.dim
        for name in ("signal", "noise"):
            if name == "noise" or self.isotropic:
                yield -1, (name,), getattr(self.world, name, None)
        for position, learner in enumerate(self.learners):
            for path, value in _broadcast(learner):
                yield position, path, value

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """The shape that the arguments broadcast to."""
        shapes = [value.shape for _, _, value in self.varying() if isinstance(value, np.ndarray)]
        try:
            return np.broadcast_shapes(*shapes)
        except ValueError:
            named = ", ".join(
                f"{('risk', 'world')[position] if position < 0 else f'learner {position + 1}'}"
                f".{'.'.join(map(str, path))} {np.shape(value)}"
                for position, path, value in self.varying()
                if np.shape(value)
            )
            raise ValueError(
                f"the arrays of a chain must broadcast against one another, got shapes {named}"
            ) from None

    @cached_property
    def spread(self) -> float:
        """How many points there are for each entry of the largest argument."""
        sizes = [np.size(value) for _, _, value in self.varying()]
        return math.prod(self.shape) / max(sizes)

    def with_values(self, change: Callable[[Any], Any]) -> Chain:
        """The same chain with `change` applied to each argument that broadcasts."""
        world, learners, dim = self.world, list(self.learners), self.dim
        for position, path, value in self.varying():
            if np.ndim(value):
                if position < -1:
                    dim = change(value)
                elif position < 0:
                    world = _replaced(world, path, change(value))
                else:
                    learners[position] = _replaced(learners[position], path, change(value))
        changed = Chain(world, tuple(learners), dim)
        changed.__dict__["xp"] = self.xp
        return changed

    def computed_by(self, xp: Namespace) -> Chain:
        """The same chain, computed in another namespace."""
        changed = Chain(self.world, self.learners)
        changed.__dict__.update(self.__dict__)
        changed.__dict__["xp"] = xp
        return changed

    def at(self, index: tuple[int, ...], shape: tuple[int, ...]) -> Chain:
        """The chain at one point of the broadcast shape."""

        def pick(value: Any) -> Any:
            picked = np.broadcast_to(value, shape)[index]
            return float(picked) if isinstance(picked, np.floating) else picked

        return self.with_values(pick)


@cache
def _names(record: Any) -> tuple[str, ...]:
    return tuple(item.name for item in fields(record))


@cache
def _varying(record: Any) -> tuple[str, ...]:
    return tuple(name for name in _names(record) if name not in _ROWS)


def _broadcast(record: Any) -> Iterator[tuple[_Path, Any]]:
    """The arguments of a record that broadcast, those of records within it included, by their paths."""
    for name in _varying(record.__class__):
        value = getattr(record, name)
        if isinstance(value, Record):
            yield from (((name, *path), found) for path, found in _broadcast(value))
        elif isinstance(value, tuple) and value and isinstance(value[0], Record):
            for place, each in enumerate(value):
                yield from (((name, place, *path), found) for path, found in _broadcast(each))
        else:
            yield (name,), value


def _replaced(record: Any, path: _Path, value: Any) -> Any:
    """A copy of a frozen record with one value changed; it has been validated as part of the whole."""
    name, *rest = path
    if rest and isinstance(record, tuple):
        return (*record[:name], _replaced(record[name], tuple(rest), value), *record[name + 1 :])
    copy = object.__new__(type(record))
    copy.__dict__.update(record.__dict__)
    copy.__dict__[name] = _replaced(getattr(record, name), tuple(rest), value) if rest else value
    copy.__dict__.pop("_kind", None)
    return copy


def check_chain(world: Any, learners: Sequence[Any], dim: Any = None) -> Chain:
    """The chain of a world and its learners; a `ValueError`, before any work, for one that makes no sense."""
    if not isinstance(world, (Population, MultiIndex)):
        raise ValueError(f"the first argument must be a world such as Population.isotropic(), got {world!r}")
    if not learners:
        raise ValueError("a chain needs at least one learner, got none")
    curved, networks = False, isinstance(world, MultiIndex)
    for learner in learners:
        if isinstance(learner, (list, tuple)):
            raise ValueError(
                "learners are given one by one, got a list of them: unpack it with *, "
                "as in risk(world, *learners)"
            )
        if not is_learner(learner):
            raise ValueError(
                f"a chain consists of learners such as Ridge(gamma=0.5, lam=0.1), got {learner!r}"
            )
        if learner.directed != networks:
            raise ValueError(
                f"{type(learner).__name__} does not learn in this world, {type(world).__name__}: "
                "TwoLayer networks go with MultiIndex, every other learner with Population"
            )
        if learner.covariance is not None and curved:
            raise ValueError(
                "covariance must be the world's after nonlinear features, whose energy belongs to it "
                "(Ridge.covariance)"
            )
        curved = curved or bool(learner.nonlinear)
    check_order(world, learners)
    chain = Chain(world, tuple(learners), None if dim is None else check("dim", dim, "risk"))
    if dim is not None:
        _check_finite(chain)
    if not chain.scalar:
        _check_shapes(chain)
    return chain


def check_numbers(world: Any, learners: Sequence[Any], asked: str) -> Chain:
    """The chain of a question about numbers in a world with a linear target."""
    if isinstance(world, MultiIndex):
        raise ValueError(f"{asked} needs a linear target, a Population, got a MultiIndex world")
    chain = check_chain(world, learners)
    if chain.symbolic:
        raise ValueError(f"{asked} takes numbers, not symbols")
    return chain


def last_state(chain: Chain) -> tuple[Any, Any]:
    """The spectrum, and the equivalent of the last learner."""
    spectrum, state = chain.spectrum, None
    for learner in chain.learners:
        state = learner.learn(state, spectrum)
    return spectrum, state


def _check_finite(chain: Chain) -> None:
    """Raise `ValueError` where the mean at a finite dimension is not known."""
    if type(chain.world) is not IsotropicPopulation or not chain.closed:
        raise ValueError(
            "dim corrects ridge in isotropic worlds, on labels that are what is taught; without dim risk "
            "gives the limit of every chain, and simulate measures it at any dimension (risk.dim)"
        )
    if chain.symbolic or is_symbolic([chain.dim]):
        raise ValueError('dim takes numbers; derive("finite_dimension") has the formulas (risk.dim)')


def _check_features(chain: Chain, learner: Any, count: int, owner: str) -> None:
    """Raise `ValueError` when features do not fit the world."""
    features, shape = learner.features, np.shape(learner.features)
    if chain.isotropic:
        raise ValueError(
            "features need a world whose coordinates differ, and all of an isotropic one are alike: give its "
            f"atoms, such as Population([1, 1], signal=[0.5, 0.5]) ({owner}.features)"
        )
    if len(shape) == 2 and not (isinstance(chain.world, MatrixPopulation) and shape[1] == count):
        raise ValueError(
            f"a matrix of features needs a world of matrices with as many covariates, got shape {shape} "
            f"where there are {count} ({owner}.features)"
        )
    named = features.dtype.kind in "iu"
    if len(shape) == 1 and (features.max() >= count if named else shape != (count,)):
        raise ValueError(
            f"features must be a row of {count}, or indices below {count}, got {features!r} "
            f"({owner}.features)"
        )
    if learner.covariance is not None:
        raise ValueError(f"features and a covariance of its own do not go together ({owner}.features)")


def _check_shapes(chain: Chain) -> None:
    """Raise `ValueError` when a learner's own does not fit the world, or arrays do not broadcast."""
    count = np.size(chain.world.eigenvalues)
    for learner in chain.learners:
        owner = type(learner).__name__
        if learner.features is not None:
            _check_features(chain, learner, count, owner)
        for name in ("penalty", "covariance"):
            if getattr(learner, name) is None:
                continue
            shape = np.shape(getattr(learner, name))
            rows = len(learner.features) if np.ndim(learner.features) == 2 and name == "penalty" else count
            if chain.isotropic:
                if len(shape) > 0 or (name == "covariance" and learner.covariance == 0):
                    raise ValueError(
                        f"{name} must be one positive number in an isotropic world ({owner}.{name})"
                    )
            elif shape not in ((), (rows,)) and not (chain.matrices and shape == (rows, rows)):
                kind = (
                    f"row of {rows} or a {rows} x {rows} matrix"
                    if chain.matrices
                    else f"row of {rows}, one per atom"
                )
                raise ValueError(f"{name} must be a number or a {kind}, got shape {shape} ({owner}.{name})")
    if chain.matrices and chain.high:
        raise ValueError(
            "worlds of matrices are computed with floats; mpmath numbers need a joint spectrum of atoms"
        )
    _ = chain.shape
