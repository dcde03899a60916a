"""The estimators that reuse rows or draw features, fitted literally, against the theory and its 1/d rate."""

import math

import numpy as np
import pytest

from w2s_asymptotics import Population, RandomFeatures, Ridge, SelfDistilled, simulate, trend
from w2s_asymptotics.simulation import penalty_path
from w2s_asymptotics.simulation.drawn.rows import GaussianRows
from w2s_asymptotics.simulation.estimators import Penalty, SelfDistilledEstimator, fit_ridge
from w2s_asymptotics.simulation.estimators.activations import activation_of
from w2s_asymptotics.simulation.estimators.random_features import fit_features

ISOTROPIC = Population.isotropic(noise=0.3)
SPECTRUM = Population([3.0, 1.0, 0.25], [0.2, 0.5, 0.3], weights=[0.2, 0.3, 0.5], noise=0.3)

CHAINS = {
    "repeated fits, and again as a student": (
        SPECTRUM,
        (SelfDistilled(0.6, (0.02, 0.3)), SelfDistilled(0.8, (0.1, 0.1, 0.1), noise=0.1)),
    ),
    "repeated fits on a mixture": (
        SPECTRUM,
        (Ridge(0.5, 0.05), SelfDistilled(0.8, (0.05, 0.1, 0.4), noise=0.1, own=(0.5, -1.3))),
    ),
    "ridge between random features": (
        SPECTRUM,
        (RandomFeatures(0.75, 0.8, 0.02), Ridge(0.5, 0.1), RandomFeatures(0.6, 2.0, 0.05)),
    ),
    "relu features, then repeated fits": (
        ISOTROPIC,
        (RandomFeatures(0.5, 2.0, 0.1, activation="relu"), SelfDistilled(0.6, (0.2, 0.4))),
    ),
    "tanh features of two widths": (
        ISOTROPIC,
        (
            RandomFeatures(0.75, 0.8, 0.1, activation="tanh"),
            RandomFeatures(0.6, 2.5, 0.05, activation="tanh"),
        ),
    ),
    "cubic features": (ISOTROPIC, (RandomFeatures(0.75, 1.5, 0.2, tail=0.3), Ridge(0.5, 0.1))),
}


@pytest.mark.parametrize("name", CHAINS)
def test_the_gap_to_the_theory_closes_like_one_over_d(name: str) -> None:
    world, chain = CHAINS[name]
    found = trend(world, *chain, dims=(20, 40, 80, 120), repetitions=100, seed=5)
    assert found.consistent(3.5), str(found)
    assert (found.limit_error < 0.12 * found.theory).all()


def test_a_wrong_theory_would_be_noticed() -> None:
    world, chain = CHAINS["repeated fits, and again as a student"]
    measured = simulate(world, *chain, dim=150, repetitions=80, seed=2)
    unrepeated = simulate(world, Ridge(0.6, 0.02), dim=150, repetitions=80, seed=2)
    assert abs(measured.z[0]) < 3.5
    assert measured.mean[0] < unrepeated.theory[0] - 5 * measured.standard_error[0]


def test_repeated_fits_relabel_the_same_rows() -> None:
    rng = np.random.default_rng(0)
    source = GaussianRows(np.ones(6), np.ones(6), 0.2)
    rows, labels = source.draw(10, rng)
    stage = SelfDistilledEstimator(source, 10, noise=0.0, truth=0.0, lams=(0.1, 0.3), own=(1.0,))
    first = fit_ridge(rows, labels, 0.1, Penalty.of(None))
    second = np.linalg.solve(rows.T @ rows / 10 + 0.3 * np.eye(6), rows.T @ (rows @ first) / 10)
    np.testing.assert_allclose(stage.fit(rows, labels, rng).predict(np.eye(6)), second, rtol=1e-10)


def test_features_solve_their_own_normal_equations() -> None:
    rng = np.random.default_rng(1)
    rows, labels = rng.standard_normal((12, 5)), rng.standard_normal(12)
    activation = activation_of("relu", 0.0, 1.0)
    assert activation is not None
    fit = fit_features(rows, labels, 7, activation, 0.2, rng)
    features = np.sqrt(5 / 7) * np.maximum(rows @ fit.directions.T, 0.0)
    design = np.column_stack([features, np.ones(12)])
    penalty = np.diag([0.2] * 7 + [0.0])
    best = np.linalg.solve(design.T @ design / 12 + penalty, design.T @ labels / 12)
    np.testing.assert_allclose(fit.predict(rows), design @ best, rtol=1e-10)


@pytest.mark.parametrize("variance", [0.5, 2.0])
def test_a_bare_tail_is_simulated_with_that_energy(variance: float) -> None:
    activation = activation_of(None, 0.3, variance)
    assert activation is not None
    nodes, weights = np.polynomial.hermite_e.hermegauss(20)
    weights = weights / weights.sum()
    z = np.sqrt(variance) * nodes
    assert weights @ (activation(z) * z) / variance == pytest.approx(1.0)
    assert weights @ (activation(z) - z) ** 2 == pytest.approx(0.3)


def test_what_cannot_be_simulated_is_refused() -> None:
    with pytest.raises(ValueError, match="no finite number of features"):
        simulate(ISOTROPIC, RandomFeatures(0.5, np.inf, 0.1), dim=20, seed=1)
    with pytest.raises(ValueError, match="Ridge as its last learner"):
        penalty_path(ISOTROPIC, SelfDistilled(0.5, (0.1, 0.2)), lams=[0.1], dim=20, seed=1)


def test_the_interpolated_error_function_is_close() -> None:
    activation = activation_of("erf", 0.0, 1.0)
    assert activation is not None
    places = np.linspace(-8.0, 8.0, 997)
    np.testing.assert_allclose(activation(places), [math.erf(place) for place in places], rtol=0, atol=1e-7)
