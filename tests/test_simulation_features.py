"""Learners that see a part of the covariates, or features of them, fitted literally, against the theory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from w2s_asymptotics import (
    GradientFlow,
    Population,
    PrincipalComponents,
    RandomFeatures,
    Ridge,
    SelfDistilled,
    risks,
    simulate,
    trend,
)
from w2s_asymptotics.simulation import penalty_path
from w2s_asymptotics.simulation.estimators.estimator import LinearFit, SeenFit

ATOMS = Population([3.0, 1.0, 0.4], [0.5, 0.3, 0.4], weights=[0.3, 0.3, 0.4], noise=0.3)
RNG = np.random.default_rng(4)
SQUARE = RNG.standard_normal((60, 90))
MATRICES = Population.from_matrices(SQUARE @ SQUARE.T / 90 + 0.1 * np.eye(60), np.ones(60) / 8, noise=0.2)
MIXING = RNG.standard_normal((40, 60)) / 8

CHAINS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "a mask, then scales": (
        ATOMS,
        (
            Ridge(gamma=0.5, lam=0.05, features=[True, False, True]),
            Ridge(gamma=0.8, lam=0.3, features=[1.0, 0.5, 2.0]),
        ),
    ),
    "indices, then all": (ATOMS, (Ridge(gamma=0.5, lam=0.05, features=[0, 2]), Ridge(gamma=0.8, lam=0.3))),
    "a matrix, with a penalty of its own": (
        MATRICES,
        (
            Ridge(gamma=0.5, lam=0.05, features=MIXING),
            Ridge(gamma=0.8, lam=0.3, features=MIXING[:30], penalty=np.linspace(1.0, 2.0, 30)),
        ),
    ),
    "every other learner": (
        ATOMS,
        (
            SelfDistilled(0.5, (0.1, 0.2), features=[1.0, 0.5, 0.0]),
            GradientFlow(0.6, 3.0, features=[1.0, 2.0, 0.5]),
            PrincipalComponents(0.5, 0.3, features=[1.0, 2.0, 0.5]),
            RandomFeatures(0.6, 2.0, 0.1, features=[0, 1]),
        ),
    ),
    "random features of a matrix of features": (
        MATRICES,
        (
            RandomFeatures(0.5, 2.0, 0.05, features=MIXING),
            RandomFeatures(0.4, 1.5, 0.1, features=MIXING[:20]),
            Ridge(gamma=0.8, lam=0.3),
        ),
    ),
}
# Random features beyond linear ones: their constants are those of what is seen of the rows.
BENT: dict[str, tuple[Any, Any]] = {
    "scales, a tail": (ATOMS, RandomFeatures(0.5, 2.0, 0.05, tail=0.3, features=[0.5, 1.0, 0.0])),
    "scales, an activation": (ATOMS, RandomFeatures(0.5, 2.0, 0.05, "erf", features=[0.5, 1.0, 0.0])),
    "a matrix, a tail": (MATRICES, RandomFeatures(0.5, 2.0, 0.05, tail=0.3, features=MIXING)),
    "a matrix, an activation": (MATRICES, RandomFeatures(0.5, 2.0, 0.05, "erf", features=MIXING)),
}


@pytest.mark.parametrize("name", CHAINS)
def test_measured_risks_agree_with_theory(name: str) -> None:
    world, chain = CHAINS[name]
    found = simulate(world, *chain, dim=120 if world is ATOMS else None, repetitions=60, seed=3)
    assert np.abs(found.z).max() < 4.5, str(found)


@pytest.mark.parametrize("name", BENT)
def test_random_features_bend_what_is_seen(name: str) -> None:
    world, learner = BENT[name]
    found = simulate(world, learner, dim=120 if world is ATOMS else None, repetitions=24, seed=3)
    assert found.mean == pytest.approx(found.theory, rel=0.06)


def test_the_deviation_vanishes_with_the_dimension() -> None:
    world, (blind, student) = CHAINS["a mask, then scales"]
    found = trend(world, blind, student, dims=(20, 40, 60), repetitions=200, seed=1)
    assert found.consistent(), str(found)
    sighted = np.array(risks(world, Ridge(gamma=0.5, lam=0.05), student))
    assert (np.abs(found.limit - sighted) > 4 * found.limit_error).all()  # what such a trend can tell apart


def test_a_learner_that_saw_everything_would_be_noticed() -> None:
    world, (blind, student) = CHAINS["indices, then all"]
    measured = simulate(world, blind, student, dim=120, repetitions=40, seed=3)
    sighted = simulate(world, Ridge(gamma=0.5, lam=0.05), student, dim=120, repetitions=2, seed=3)
    assert (abs(measured.mean - sighted.theory) > 5 * measured.standard_error).all()


def test_a_path_sees_what_its_learner_sees() -> None:
    world, (teacher, student) = CHAINS["a mask, then scales"]
    lams = [0.1, 0.3]
    path = penalty_path(world, teacher, student, lams=lams, dim=60, repetitions=4, seed=1)
    single = simulate(world, teacher, student, dim=60, repetitions=4, seed=1)
    np.testing.assert_allclose(path.mean[:, 1], single.mean, rtol=1e-10)


def test_a_fit_of_features_is_a_function_of_the_rows() -> None:
    rows = RNG.standard_normal((5, 60))
    fit = SeenFit(LinearFit(np.arange(40.0)), MIXING)
    np.testing.assert_allclose(fit.predict(rows), rows @ MIXING.T @ np.arange(40.0))


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="features must"):
        simulate(ATOMS, Ridge(gamma=0.5, lam=0.1, features=[0, 5]), dim=30, repetitions=2, seed=0)
    with pytest.raises(ValueError, match="features must have 60 columns here"):
        simulate(MATRICES, RandomFeatures(0.5, 2.0, 0.1, features=MIXING[:, :9]), repetitions=2, seed=0)
