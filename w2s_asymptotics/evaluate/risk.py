"""The risk of a chain of learners."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from ..arithmetic import HIGH, Namespace, is_high, is_symbolic, namespace
from ..learners import GaussianEquivalent, Ridge
from ..worlds import Population
from ..worlds.population import IsotropicPopulation, MatrixPopulation
from .geometry import IsotropicGeometry, MatrixGeometry, SpectralGeometry

__all__ = ["Learned", "learned", "risk"]


@dataclass(frozen=True, eq=False)
class Learned:
    """What the last learner of a chain has become.

    Attributes
    ----------
    risk
        Excess risk `E_x (f(x) - <beta_*, x>)^2`; test risk is this plus the noise of the world.
    overlap
        `rho = <beta_*, beta>`.
    norm
        `q = ||beta||^2`.
    equivalent
        Its Gaussian equivalent: multiplier of the target, bias, covariance energy.
    """

    risk: Any
    overlap: Any
    norm: Any
    equivalent: GaussianEquivalent


def risk(world: Population, *learners: Ridge) -> Any:
    """Excess risk of the last learner of a chain; the first is fitted on true labels.

    Floats give a float, arrays broadcast against one another, mpmath numbers give the working precision, and sympy
    expressions give a sympy expression.

    Raises `ValueError` for a chain with no learner, `truth` at the first, `samples` in a world without a dimension,
    or shapes that do not match.

    >>> from w2s_asymptotics import Population, Ridge
    >>> round(risk(Population.isotropic(noise=0.5), Ridge(gamma=0.5, lam=0.01), Ridge(gamma=0.8, lam=0.3)), 12)
    0.422012574048
    """
    check_chain(world, learners)
    if is_symbolic(_values(world, learners)):
        from ..theorems import derive

        return derive(world, *learners).result
    return _evaluate(world, learners).risk


def learned(world: Population, *learners: Ridge) -> Learned:
    """The last learner of a chain: its risk, overlap with the target, norm and Gaussian equivalent."""
    check_chain(world, learners)
    return _evaluate(world, learners)


def check_chain(world: Population, learners: Sequence[Ridge]) -> None:
    """Raise `ValueError` for a chain that cannot be asked about, before any work."""
    if not isinstance(world, Population):
        raise ValueError(f"the first argument must be a world such as Population.isotropic(), got {world!r}")
    if not learners:
        raise ValueError("a chain needs at least one learner, got none")
    for learner in learners:
        if not isinstance(learner, Ridge):
            raise ValueError(f"a chain consists of learners such as Ridge(gamma=0.5, lam=0.1), got {learner!r}")
        if learner.samples is not None and world.dim is None:
            raise ValueError("samples needs a world of finite dimension; give gamma = d/n instead (Ridge.samples)")
    first = learners[0].truth
    if not (isinstance(first, float) and first == 0.0):
        raise ValueError("truth must be 0 for the first learner, whose labels are true already (Ridge.truth)")


def _values(world: Population, learners: Sequence[Ridge]) -> Iterator[Any]:
    for record in (world, *learners):
        for item in fields(record):
            value = getattr(record, item.name)
            if isinstance(value, np.ndarray) and value.dtype == object:
                yield value
                yield from value.flat
            elif value is not None:
                yield value


def _evaluate(world: Population, learners: Sequence[Ridge]) -> Learned:
    xp = namespace(_values(world, learners))
    return _chain(world, learners, xp)


def _chain(world: Population, learners: Sequence[Ridge], xp: Namespace) -> Learned:
    geometry = IsotropicGeometry(world, xp) if isinstance(world, IsotropicPopulation) else SpectralGeometry(world, xp)
    state = learners[0].first(geometry)
    for learner in learners[1:]:
        state = learner.after(state, geometry)
    return Learned(_plain(geometry.risk(state)), _plain(geometry.overlap(state)), _plain(geometry.norm(state)), state)


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, np.floating) else value
