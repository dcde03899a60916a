"""Every learner may be given the number of its rows instead of d/n, where the world has a dimension."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from w2s_asymptotics import (
    Population,
    RandomFeatures,
    Ridge,
    SelfDistilled,
    compare,
    phase_diagram,
    risk,
    scaling,
    simulate,
    tune,
)

DIM, ROWS = 30, 48
LEARNERS: dict[str, Any] = {
    "ridge": Ridge(gamma=DIM / ROWS, lam=0.1),
    "features": RandomFeatures(gamma=DIM / ROWS, width=1.5, lam=0.1, activation="relu"),
    "repeated": SelfDistilled(gamma=DIM / ROWS, lams=(0.1, 0.3)),
    "one fit": SelfDistilled(gamma=DIM / ROWS, lams=(0.1,)),
}


def _data() -> Population:
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((400, DIM)) * np.geomspace(2.0, 0.2, DIM)
    return Population.from_data(rows, rows @ rng.standard_normal(DIM) + 0.3 * rng.standard_normal(400))


WORLDS = {
    "power law": Population.power_law(DIM, 1.2, 1.0, 0.1),
    "matrices": Population.from_matrices(np.diag(np.geomspace(3.0, 0.3, DIM)), np.ones(DIM), noise=0.2),
    "data": _data(),
}


def by_samples(learner: Any, rows: Any = ROWS) -> Any:
    return replace(learner, gamma=None, samples=rows)


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
@pytest.mark.parametrize("learner", LEARNERS.values(), ids=LEARNERS)
def test_rows_are_the_ratio(world: Population, learner: Any) -> None:
    other = Ridge(gamma=0.7, lam=0.2, penalty=np.eye(DIM) if world is WORLDS["matrices"] else None)
    for chain in ((learner,), (other, learner), (learner, other)):
        counted = [by_samples(each) if each is learner else each for each in chain]
        assert risk(world, *counted) == pytest.approx(risk(world, *chain), rel=1e-14)
    rows = np.array([20.0, ROWS, 90.0])
    curve = risk(world, by_samples(learner, rows))
    assert curve.shape == (3,) and curve[1] == pytest.approx(risk(world, learner), rel=1e-12)


@pytest.mark.parametrize("learner", LEARNERS.values(), ids=LEARNERS)
def test_a_world_without_a_dimension_cannot_count_rows(learner: Any) -> None:
    name = type(learner).__name__
    for world in (Population.isotropic(), Population([1.0, 2.0], [0.5, 0.5])):
        with pytest.raises(ValueError, match=rf"finite dimension.*\({name}\.samples\)"):
            risk(world, by_samples(learner))
    with pytest.raises(ValueError, match=f"{name} needs exactly one of gamma"):
        replace(learner, samples=10)
    with pytest.raises(ValueError, match=f"{name} needs exactly one of gamma"):
        replace(learner, gamma=None)
    with pytest.raises(ValueError, match="samples must be > 0"):
        by_samples(learner, -3)


def test_questions_take_counted_learners() -> None:
    world, teacher, student = WORLDS["power law"], LEARNERS["repeated"], LEARNERS["features"]
    counted = compare(world, by_samples(teacher), by_samples(student))
    assert counted.gain == pytest.approx(compare(world, teacher, student).gain, rel=1e-12)
    assert tune(world, by_samples(student)).lam == pytest.approx(tune(world, student).lam, rel=1e-6)
    axes = {
        "x": ("student.samples", np.array([30.0, ROWS])),
        "y": ("teacher.samples", np.array([20.0, ROWS])),
    }
    assert phase_diagram(world, teacher, student, **axes).gain[1, 1] == pytest.approx(counted.gain, rel=1e-12)
    law = scaling(
        world,
        lambda n: Ridge(samples=n, lam=0.05),
        lambda n: RandomFeatures(samples=n, width=2.0, lam=0.05),
        [10, 20, 40],
    )
    assert np.isfinite(law.student_exponent.value)


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_simulation_draws_that_many_rows(world: Population) -> None:
    chain = [by_samples(each) for each in LEARNERS.values()]
    found = simulate(world, *chain, repetitions=3, seed=1)
    assert found.samples == (ROWS,) * len(chain)
    np.testing.assert_array_equal(found.mean, simulate(world, *LEARNERS.values(), repetitions=3, seed=1).mean)
    with pytest.raises(ValueError, match="samples must be a whole number"):
        simulate(world, by_samples(LEARNERS["features"], 12.5), repetitions=3, seed=1)
