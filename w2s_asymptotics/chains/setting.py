"""What the derivations of chains share: their labels, what they are checked for, and their result by fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import sympy as sp

from w2s_asymptotics.learners import Learner, check_order
from w2s_asymptotics.learners.learner import is_learner
from w2s_asymptotics.words.symbols import Asked, OnSymbols, Symbols, whole
from w2s_asymptotics.worlds.population import IsotropicPopulation, Population

__all__ = ["at_parameters", "check_numbers", "label_variance", "labels_of", "rows_of"]


def labels_of(count: int) -> tuple[str, ...]:
    """Return the labels of the learners of a chain: t and s for a teacher and its student.

    >>> labels_of(1), labels_of(2), labels_of(3)
    (('t',), ('t', 's'), ('1', '2', '3'))
    """
    return ("t", "s")[:count] if count <= 2 else tuple(map(str, range(1, count + 1)))


def label_variance(place: int, learner: Learner, world: Population) -> sp.Expr:
    """Return the noise variance of a learner's labels: the world's, as far as they are true, and its own."""
    share = sp.S.One if place == 0 else sp.sympify(learner.truth) ** 2
    return share * whole(world.noise) + whole(learner.noise)


def check_numbers(world: Population, learners: Sequence[Any]) -> None:
    """Raise ``ValueError`` for a chain that is none, or of which an argument is not a single number."""
    if not learners:
        raise ValueError("derive needs at least one learner after the world")
    for learner in learners:
        if not (is_learner(learner) and is_dataclass(learner)):
            raise ValueError(f"only chains of Ridge and other learners can be derived, got {learner!r}")
    check_order(world, learners)
    isotropic = isinstance(world, IsotropicPopulation)
    single = [world.noise, *([world.signal] if isotropic else [])]
    for learner in learners:
        for name in (item.name for item in fields(learner)):
            value = getattr(learner, name)
            if isotropic or name not in ("penalty", "covariance"):
                single += value if isinstance(value, tuple) else (value,)
        hidden = np.asarray(1 if learner.penalty is None else learner.penalty, dtype=object)
        if learner.features is not None or any(each in (np.inf, sp.oo) for each in hidden.flat):
            raise ValueError(
                "derive takes learners that see all covariates; ask risk with numbers "
                f"({type(learner).__name__}.features, {type(learner).__name__}.penalty)"
            )
        if isotropic and learner.covariance == 0:
            raise ValueError("covariance must be positive in an isotropic world (Ridge.covariance)")
    if any(np.ndim(value) > 0 for value in single):
        raise ValueError("derive takes single numbers and symbols, got an array; ask risk at each point")


def rows_of(world: Population) -> tuple[tuple[Any, ...], ...]:
    """Return eigenvalues, weights and energies of the target; in the isotropic world of one atom."""
    count = int(np.size(world.eigenvalues))
    rows = (world.eigenvalues, world.weights, world.signal)
    return tuple(tuple(map(whole, np.broadcast_to(np.asarray(row, dtype=object), count))) for row in rows)


def at_parameters(
    world: Population, learners: Sequence[Learner], labels: Sequence[str]
) -> tuple[Any, tuple[Asked, ...]]:
    """Return the risk by the learners' fits on the user's numbers and symbols, and what these were asked of.

    Isotropic ridge without penalty, with as many rows as dimensions, is the limit of a vanishing kappa.
    """
    xp = Symbols("")
    eigenvalues, weights, energies = rows_of(world)
    spectrum = OnSymbols(eigenvalues, weights, energies, world.noise, world.dim, xp)
    state: Any = None
    asked = []
    for label, learner in zip(labels, learners, strict=True):
        xp.label = label
        state = learner.learn(state, spectrum)
        asked.append(xp.asked)
    result = spectrum.risk(state)
    isotropic = len(eigenvalues) == 1
    if xp.vanishing and isotropic:
        numbers = {each: sp.Dummy(positive=True) for each in result.atoms(sp.Function)}
        result = sp.nsimplify(result.xreplace(numbers), rational=True)
        for root in reversed(xp.vanishing):
            result = sp.limit(result, root, 0, "+")
        result = result.xreplace({name: each for each, name in numbers.items()})
    if result.has(sp.zoo, sp.nan) or (xp.vanishing and not isotropic):
        raise ValueError(
            "this chain has a fit without penalty with as many rows as dimensions, or as features: its risk "
            "is infinite or a limit, for which ask risk with numbers"
        )
    return result, tuple(asked)
