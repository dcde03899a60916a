"""Gradient flow and principal components, fitted literally, against the theory and its 1/d rate."""

import numpy as np
import pytest

from w2s_asymptotics import (
    GradientFlow,
    Population,
    PrincipalComponents,
    RandomFeatures,
    Ridge,
    simulate,
    trend,
)
from w2s_asymptotics.simulation.estimators.gradient_flow import flow_fit
from w2s_asymptotics.simulation.estimators.principal_components import components_fit

ISOTROPIC = Population.isotropic(noise=0.4)
SPECTRUM = Population([3.0, 1.0, 0.25], [0.2, 0.5, 0.3], weights=[0.2, 0.3, 0.5], noise=0.3)

CHAINS = {
    "flow, components, flow": (
        SPECTRUM,
        (GradientFlow(0.5, 2.0), PrincipalComponents(0.8, 0.4), GradientFlow(2.0, 4.0, noise=0.1)),
    ),
    "components before ridge and features": (
        SPECTRUM,
        (
            PrincipalComponents(2.0, 0.2),
            Ridge(0.5, 0.1),
            RandomFeatures(0.5, 2.0, 0.1),
            GradientFlow(0.4, 9.0),
        ),
    ),
    "isotropic": (
        ISOTROPIC,
        (PrincipalComponents(2.0, 0.2), GradientFlow(0.5, 2.0), PrincipalComponents(0.6, 0.5)),
    ),
}


@pytest.mark.parametrize("name", CHAINS)
def test_the_gap_to_the_theory_closes_like_one_over_d(name: str) -> None:
    world, chain = CHAINS[name]
    found = trend(world, *chain, dims=(20, 40, 80, 120), repetitions=100, seed=5)
    assert found.consistent(3.5), str(found)
    assert (found.limit_error < 0.05 * found.theory).all()


def test_matrices_and_data() -> None:
    rng = np.random.default_rng(0)
    root = rng.standard_normal((60, 60))
    world = Population.from_matrices(
        root @ root.T / 60 + 0.1 * np.eye(60), rng.standard_normal(60) / 8, noise=0.3
    )
    weighted = Ridge(0.5, 0.1, penalty=np.diag(np.linspace(1, 2, 60)))
    chain = GradientFlow(0.6, 3.0), PrincipalComponents(0.6, 0.3), weighted
    assert abs(simulate(world, *chain, repetitions=80, seed=3).z).max() < 3.5
    rows = rng.standard_normal((400, 20))
    data = Population.from_data(rows, rows @ rng.standard_normal(20) + rng.standard_normal(400))
    result = simulate(data, PrincipalComponents(0.1, 0.5), GradientFlow(0.1, 2.0), repetitions=40, seed=3)
    assert (abs(result.mean / result.theory - 1) < 0.15).all()


def test_a_wrong_theory_would_be_noticed() -> None:
    measured = simulate(ISOTROPIC, GradientFlow(0.5, 2.0), dim=150, repetitions=60, seed=2)
    longer = simulate(ISOTROPIC, GradientFlow(0.5, 10.0), dim=150, repetitions=2, seed=2)
    assert abs(measured.z[0]) < 3.5
    assert abs(measured.mean[0] - longer.theory[0]) > 5 * measured.standard_error[0]


def test_many_small_steps_of_gradient_descent_are_gradient_flow() -> None:
    rng = np.random.default_rng(1)
    rows, labels = rng.standard_normal((12, 5)), rng.standard_normal(12)
    errors = []
    for steps in (200, 400, 800):
        beta = np.zeros(5)
        for _ in range(steps):
            beta = beta + 2.0 / steps * (rows.T @ (labels - rows @ beta)) / 12
        errors.append(np.abs(beta - flow_fit(rows, labels, 2.0)).max())
    assert errors[2] < 1e-3
    assert errors[0] / errors[1] == pytest.approx(2.0, rel=0.02)
    assert errors[1] / errors[2] == pytest.approx(2.0, rel=0.02)


def test_all_components_and_all_time_are_least_squares() -> None:
    rng = np.random.default_rng(2)
    for shape in ((12, 5), (5, 12)):
        rows, labels = rng.standard_normal(shape), rng.standard_normal(shape[0])
        best = np.linalg.pinv(rows) @ labels
        for found in (
            components_fit(rows, labels, 5),
            flow_fit(rows, labels, np.inf),
            flow_fit(rows, labels, 1e9),
        ):
            np.testing.assert_allclose(found, best, rtol=1e-8)
        few = components_fit(rows, labels, 2)
        assert np.linalg.matrix_rank(np.stack([few, *np.linalg.svd(rows)[2][:2]]), tol=1e-10) == 2
    np.testing.assert_array_equal(components_fit(rows, labels, 0), 0.0)
