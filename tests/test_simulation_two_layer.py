"""Two-layer networks fitted literally, idealised and real, against the asymptotic theory."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from w2s_asymptotics import MultiIndex, Population, Ridge, TwoLayer, simulate, trend
from w2s_asymptotics.simulation import penalty_path
from w2s_asymptotics.simulation.drawn.multi_index import controlled_mean

WORLD = MultiIndex(easy=[1.0, 0.3], hard="he2", noise=0.2)
TEACHER = TwoLayer(gamma_step=0.1, gamma=0.2, width=1.5, lam=0.1)
LABELS = TwoLayer(gamma_step=0.2, gamma=0.3, width=2.0, lam=0.1, degree=2)
RETAINED = replace(LABELS, hard_degree=2, head="retained", quality=0.8)
PROBE = replace(LABELS, hard_degree=2, head="probe", gamma_probe=0.25)
HEADS = {"labels": LABELS, "retained": RETAINED, "probe": PROBE}


@pytest.mark.parametrize("head", HEADS)
def test_the_idealised_networks_tend_to_the_theory(head: str) -> None:
    found = trend(WORLD, TEACHER, HEADS[head], dims=(24, 48, 96), repetitions=60, seed=4)
    assert found.consistent(3.5), str(found)
    assert (found.limit_error < 0.07 * found.theory).all(), str(found)


def test_a_wrong_theory_would_be_noticed() -> None:
    measured = simulate(WORLD, TEACHER, PROBE, dim=96, repetitions=30, seed=2)
    fewer_rows = simulate(WORLD, TEACHER, replace(PROBE, gamma_probe=0.4), dim=96, repetitions=2, seed=2)
    unlearned = simulate(WORLD, TEACHER, replace(PROBE, hard_degree=0), dim=96, repetitions=2, seed=2)
    for other in (fewer_rows, unlearned):
        assert abs(measured.mean[1] - other.theory[1]) > 5 * measured.standard_error[1]
    assert abs(measured.mean[1] - measured.theory[1]) < 0.1 * measured.theory[1]


def test_a_chain_of_three_with_noise_added_to_labels() -> None:
    chain = replace(TEACHER, noise=2.0), replace(RETAINED, noise=1.0), LABELS
    found = simulate(WORLD, *chain, dim=96, repetitions=30, seed=3)
    assert (abs(found.mean / found.theory - 1) < 0.06).all(), str(found)
    quiet = simulate(WORLD, TEACHER, RETAINED, LABELS, dim=96, repetitions=2, seed=3)
    assert (abs(found.mean - quiet.theory) > 5 * found.standard_error).all()


def test_without_a_step_the_networks_are_random_features() -> None:
    found = simulate(WORLD, replace(TEACHER, degree=0), dim=96, repetitions=30, seed=3)
    assert abs(found.mean[0] / found.theory[0] - 1) < 0.05


@pytest.mark.parametrize("network", ["ideal", "real"])
def test_the_figures_do_not_depend_on_the_workers(network: str) -> None:
    runs = [
        simulate(WORLD, TEACHER, RETAINED, dim=20, repetitions=6, seed=5, workers=workers, network=network)
        for workers in (1, 2)
    ]
    np.testing.assert_array_equal(runs[0].mean, runs[1].mean)
    assert runs[0].samples == (100, 67)
    np.testing.assert_array_equal(runs[0].gamma, [0.2, 20 / 67])


def test_the_theory_is_that_of_the_rounded_sizes() -> None:
    from w2s_asymptotics import risk

    found = simulate(WORLD, TEACHER, PROBE, dim=7, repetitions=2, seed=0)
    teacher = replace(TEACHER, gamma_step=7 / 70, gamma=7 / 35, width=10 / 7)
    student = replace(PROBE, gamma_step=7 / 35, gamma_probe=7 / 28, width=14 / 7)
    assert found.theory[1] == risk(WORLD, teacher, student)
    assert found.samples == (35, 28)


def test_real_networks_share_the_draw_but_not_the_features() -> None:
    ideal, real = (
        simulate(WORLD, TEACHER, PROBE, dim=40, repetitions=20, seed=5, network=network)
        for network in ("ideal", "real")
    )
    np.testing.assert_array_equal(ideal.theory, real.theory)
    assert real.mean[0] == pytest.approx(ideal.mean[0], rel=0.1)
    # Spikes of finite strength are penalised: the hard feature is learned, but not at once.
    assert ideal.mean[1] < real.mean[1] < 0.6 * real.mean[0]


def test_a_retained_head_without_hard_features_is_that_of_labels() -> None:
    bare = replace(TEACHER, head="retained")
    for network in ("ideal", "real"):
        runs = [
            simulate(WORLD, each, dim=16, repetitions=3, seed=5, network=network) for each in (TEACHER, bare)
        ]
        np.testing.assert_array_equal(runs[0].mean, runs[1].mean)


REFUSED: dict[str, tuple[Any, tuple[Any, ...], dict[str, Any], str]] = {
    "another network": (WORLD, (TEACHER,), {"network": "actual"}, "network must be one of ideal, real"),
    "no network": (
        Population.isotropic(),
        (Ridge(0.5, 0.1),),
        {"network": "real"},
        "needs a MultiIndex world",
    ),
    "two-layer in a population": (Population.isotropic(), (TEACHER,), {}, "learn in a MultiIndex world"),
    "ridge in a multi-index world": (WORLD, (Ridge(0.5, 0.1),), {}, "takes TwoLayer learners"),
    "an array": (WORLD, (replace(TEACHER, lam=np.array([0.1, 0.2])),), {}, "lam must be one number"),
    "an array of no effect": (
        WORLD,
        (TEACHER, replace(PROBE, gamma=np.array([0.1, 0.2]))),
        {},
        "gamma must be one number",
    ),
    "infinitely many rows": (
        WORLD,
        (replace(TEACHER, gamma_step=0.0),),
        {},
        "gamma_step = 0 gives no finite",
    ),
    "hardly any rows": (WORLD, (replace(TEACHER, gamma=30.0),), {}, "gamma = 30 gives no finite"),
    "infinitely many neurons": (WORLD, (replace(TEACHER, width=np.inf),), {}, "width = inf gives no finite"),
    "no derivative": (
        WORLD,
        (replace(TEACHER, activation="sign"),),
        {"network": "real"},
        "needs an activation with a derivative",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_is_refused(name: str) -> None:
    world, chain, options, message = REFUSED[name]
    with pytest.raises(ValueError, match=message):
        simulate(world, *chain, dim=30, repetitions=2, seed=0, **options)


def test_the_others_that_simulate_refuse_too() -> None:
    with pytest.raises(ValueError, match="needs a Ridge as its last"):
        penalty_path(WORLD, TEACHER, lams=[0.1], seed=0)
    with pytest.raises(ValueError, match="network must be"):
        trend(WORLD, TEACHER, seed=0, network="actual")


def test_a_controlled_mean_is_unbiased_and_tight() -> None:
    rng = np.random.default_rng(0)
    means: Any = []
    for _ in range(400):
        z = rng.standard_normal((200, 2))
        values = (z[:, 0] ** 2 - 1) ** 2 + z[:, 1]
        square = z[:, 0] ** 2 - 1
        means.append((controlled_mean(values, np.column_stack([square, square**2 - 2])), values.mean()))
    means = np.array(means)
    error = means.std(axis=0, ddof=1) / 20
    assert (abs(means.mean(axis=0) - 2.0) < 3.5 * error).all()
    assert error[0] < 0.3 * error[1]
