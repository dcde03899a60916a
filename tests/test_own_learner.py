"""The learner that the documentation writes as an example stands in chains like any other."""

import runpy
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import w2s_asymptotics as w2s
from w2s_asymptotics.learners import Learner
from w2s_asymptotics.simulation.estimators import Penalty, fit_ridge

EXAMPLE = Path(__file__).parents[1] / "docs" / "examples" / "damped.py"
Damped: Any = runpy.run_path(str(EXAMPLE), run_name="damped")["Damped"]

WORLDS = {
    "isotropic": w2s.Population.isotropic(noise=0.5),
    "atoms": w2s.Population([1.0, 3.0], signal=[0.4, 0.6], noise=0.5),
    "matrices": w2s.Population.from_matrices(np.diag([1.0, 1.0, 3.0, 3.0]), [0.5, 0.4, 0.6, 0.3], noise=0.5),
}


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS.keys())
def test_without_damping_it_is_ridge(world: Any) -> None:
    ridge = w2s.Ridge(gamma=0.5, lam=0.1)
    assert w2s.risk(world, Damped(0.5, 0.1)) == pytest.approx(w2s.risk(world, ridge), rel=1e-14)
    assert w2s.risk(world, ridge, Damped(0.8, 0.3)) == pytest.approx(
        w2s.risk(world, ridge, w2s.Ridge(gamma=0.8, lam=0.3)), rel=1e-14
    )


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS.keys())
def test_damped_to_nothing_it_predicts_zero(world: Any) -> None:
    energy = w2s.risk(world, w2s.Ridge(gamma=0.5, lam=1e300))
    assert w2s.risk(world, w2s.Ridge(gamma=0.5, lam=0.1), Damped(0.8, 0.3, factor=0.0)) == pytest.approx(
        energy
    )


def test_it_is_what_is_fitted_to_drawn_data() -> None:
    world, teacher, student = WORLDS["isotropic"], w2s.Ridge(gamma=0.5, lam=0.01), Damped(0.8, 0.05, 0.8)
    dim, rng, none = 120, np.random.default_rng(1), Penalty.of(None)
    target = np.ones(dim) / np.sqrt(dim)
    risks = []
    for _ in range(40):
        rows = rng.standard_normal((2 * dim, dim))
        weak = fit_ridge(rows, rows @ target + np.sqrt(0.5) * rng.standard_normal(2 * dim), 0.01, none)
        fresh = rng.standard_normal((150, dim))
        strong = 0.8 * fit_ridge(fresh, fresh @ weak, 0.05, none)
        risks.append(((strong - target) ** 2).sum())
    z = (np.mean(risks) - w2s.risk(world, teacher, student)) / (np.std(risks, ddof=1) / np.sqrt(len(risks)))
    assert abs(z) < 4


def test_its_registered_estimator_is_simulated() -> None:
    world, teacher, student = WORLDS["isotropic"], w2s.Ridge(gamma=0.5, lam=0.01), Damped(0.8, 0.05, 0.8)
    found = w2s.simulate(world, teacher, student, dim=120, repetitions=60, seed=1)
    assert abs(found.z).max() < 4 and found.samples == (240, 150)
    assert found.theory[1] == w2s.risk(world, teacher, student)
    undamped = w2s.risk(world, teacher, Damped(0.8, 0.05, 1.0))
    assert abs(found.mean[1] - undamped) > 5 * found.standard_error[1]  # a wrong theory would be noticed
    for each in WORLDS.values():
        chain = Damped(0.5, 0.1, 0.5), w2s.Ridge(gamma=0.8, lam=0.3)
        assert w2s.simulate(each, *chain, repetitions=3, seed=1).mean.shape == (2,)
    threads = ThreadPoolExecutor(2)
    other = w2s.simulate(world, teacher, student, dim=120, repetitions=60, seed=1, executor=threads)
    np.testing.assert_array_equal(other.mean, found.mean)


def test_a_learner_without_an_estimator_is_told_how_to_register_one() -> None:
    @dataclass(frozen=True, eq=False)
    class Unfitted(Damped):  # type: ignore[misc]
        pass

    assert w2s.simulate(WORLDS["isotropic"], Unfitted(0.5, 0.1), dim=20, repetitions=2, seed=1)  # inherits

    @dataclass(frozen=True, eq=False)
    class Bare(Learner):
        gamma: float
        noise: float = 0.0
        samples: None = None

    learner = Bare(0.5)
    with pytest.raises(ValueError, match=r"no estimator of Bare: .*estimator\.register\(Bare\)"):
        w2s.simulate(WORLDS["isotropic"], learner, dim=20, repetitions=2, seed=1)


def test_questions_and_bad_input_treat_it_like_any_learner() -> None:
    world, teacher = WORLDS["isotropic"], w2s.Ridge(gamma=0.5, lam=0.01)
    assert w2s.compare(world, teacher, Damped(0.8, 0.05, 0.8)).student_wins
    assert w2s.tune(world, teacher, Damped(0.8, 0.0, 0.8)).risk < w2s.risk(world, teacher)
    assert w2s.risk(world, teacher, Damped(0.8, np.array([0.1, 0.2]), 0.8)).shape == (2,)
    with pytest.raises(ValueError, match=r"truth must be in \[0, 1\], got 1.5 \(Damped.truth"):
        Damped(0.8, 0.1, factor=1.5)
    with pytest.raises(ValueError, match="a chain consists of learners"):
        w2s.risk(world, Damped)


def test_its_own_arguments_broadcast_too() -> None:
    world, factors, lams = WORLDS["isotropic"], np.array([[0.2], [0.8]]), np.array([0.1, 0.2, 0.3])
    grid = w2s.risk(world, Damped(0.8, lams, factors))
    assert grid.shape == (2, 3)
    assert grid[1, 2] == pytest.approx(w2s.risk(world, Damped(0.8, 0.3, 0.8)), rel=1e-14)
    many = np.linspace(0.0, 1.0, 70_000)
    assert w2s.risk(world, Damped(0.8, 0.1, many))[-1] == pytest.approx(
        w2s.risk(world, w2s.Ridge(gamma=0.8, lam=0.1)), rel=1e-14
    )


def test_a_fit_of_its_own_is_not_taken_for_that_of_ridge() -> None:
    class Halved(w2s.Ridge):
        def fit(self, spectrum: Any, energy: Any, noise: Any) -> Any:
            return w2s.Ridge(gamma=self.gamma, lam=self.lam / 2).fit(spectrum, energy, noise)

    world, teacher = WORLDS["isotropic"], w2s.Ridge(gamma=0.5, lam=np.geomspace(1e-3, 1, 40)[:, None])
    found = w2s.risk(world, teacher, Halved(gamma=0.8, lam=np.linspace(0.1, 1, 50)))
    expected = w2s.risk(world, teacher, w2s.Ridge(gamma=0.8, lam=np.linspace(0.05, 0.5, 50)))
    np.testing.assert_allclose(found, expected, rtol=1e-14)
