"""Simulations beside the theory: agreement in every world, reproducibility, interruption, bad input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy

from w2s_asymptotics.learners import Ridge
from w2s_asymptotics.simulation import (
    Simulation,
    Trend,
    executors,
    experiment,
    penalty_path,
    repetitions,
    simulate,
    trend,
)
from w2s_asymptotics.worlds import Population

ISOTROPIC = Population.isotropic(noise=0.5)
TEACHER, STUDENT = Ridge(gamma=0.5, lam=0.01), Ridge(gamma=0.8, lam=0.3)


def definite(dim: int, seed: int) -> np.ndarray:
    square = np.random.default_rng(seed).standard_normal((dim, 2 * dim))
    return square @ square.T / (2 * dim) + 0.1 * np.eye(dim)


def data_set(rows: int, dim: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(11)
    X = rng.standard_normal((rows, dim)) * np.linspace(0.3, 2.0, dim) + 5.0
    return X, X @ rng.standard_normal(dim) / 4 + rng.standard_normal(rows) + 2.0


ATOMS = Population([3.0, 1.0, 0.2], [0.5, 0.3, 0.7], weights=[0.2, 0.3, 0.5], noise=0.3)
MATRICES = Population.from_matrices(definite(80, 1), np.ones(80) / 9, noise=0.2)
DATA = Population.from_data(*data_set(2000, 60))

CASES: dict[str, tuple[Any, tuple[Ridge, ...], int | None]] = {
    "isotropic, teacher and student": (ISOTROPIC, (TEACHER, STUDENT), 120),
    "gamma not a divisor of dim": (ISOTROPIC, (Ridge(gamma=0.37, lam=0.2), Ridge(gamma=1.9, lam=0.01)), 61),
    "three generations, noise and truth at each": (
        ISOTROPIC,
        (
            TEACHER,
            Ridge(gamma=0.8, lam=0.3, truth=0.3, noise=0.2),
            Ridge(gamma=1.5, lam=0.1, truth=0.5, noise=0.1),
        ),
        120,
    ),
    "ridgeless, fewer rows than dimensions": (
        ISOTROPIC,
        (Ridge(gamma=2.0, lam=0), Ridge(gamma=3.0, lam=0)),
        120,
    ),
    "ridgeless, more rows than dimensions": (
        ISOTROPIC,
        (Ridge(gamma=0.5, lam=0), Ridge(gamma=0.3, lam=0.0)),
        120,
    ),
    "penalty and covariance of one number": (
        ISOTROPIC,
        (Ridge(gamma=0.5, lam=0.1, penalty=3, covariance=0.4),),
        120,
    ),
    "atoms, a penalty and a covariance at every stage": (
        ATOMS,
        (
            Ridge(gamma=0.5, lam=0.01, penalty=[1.0, 2.0, 0.5]),
            Ridge(
                gamma=1.8, lam=0.3, penalty=[0.3, 1.0, 2.0], covariance=[1.0, 2.0, 0.3], noise=0.1, truth=0.2
            ),
        ),
        203,
    ),
    "power law": (
        Population.power_law(100, alpha=1.0, source=1.2, noise=0.1),
        (Ridge(samples=250, lam=0.05), Ridge(samples=80, lam=0.1)),
        None,
    ),
    "matrices that do not commute": (
        MATRICES,
        (
            Ridge(samples=150, lam=0.1, penalty=definite(80, 2)),
            Ridge(gamma=1.3, lam=0.05, penalty=definite(80, 3), covariance=definite(80, 4)),
        ),
        None,
    ),
    "rows of a data set": (DATA, (Ridge(samples=150, lam=0.05), Ridge(samples=80, lam=0.1, truth=0.4)), None),
}


@pytest.mark.parametrize("name", CASES)
def test_measured_risks_agree_with_theory(name: str) -> None:
    world, learners, dim = CASES[name]
    result = simulate(world, *learners, dim=dim, repetitions=100, seed=20)
    assert result.mean.shape == result.z.shape == (len(learners),) and not result.interrupted
    assert np.abs(result.z).max() < 4, str(result)
    np.testing.assert_allclose(result.gamma, [result.dim / samples for samples in result.samples])
    np.testing.assert_allclose(result.test_mean, result.mean + world.noise, rtol=1e-9)


def test_a_wrong_theory_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    true = experiment.theory_of
    monkeypatch.setattr(experiment, "theory_of", lambda *given: 1.1 * true(*given))
    assert np.abs(simulate(ISOTROPIC, TEACHER, STUDENT, dim=120, repetitions=200, seed=2).z).min() > 5


def test_theory_is_evaluated_at_the_gamma_that_is_simulated() -> None:
    from w2s_asymptotics.questions.risk import risk

    result = simulate(ISOTROPIC, Ridge(gamma=0.9, lam=0.0), dim=21, repetitions=2, seed=0)
    assert result.samples == (23,) and result.gamma[0] == 21 / 23
    assert result.theory[0] == risk(ISOTROPIC, Ridge(gamma=21 / 23, lam=0.0))


def test_a_perfect_learner_has_no_z() -> None:
    result = simulate(Population.isotropic(), Ridge(gamma=0.5, lam=0), dim=40, repetitions=5, seed=0)
    assert result.mean[0] < 1e-25 and abs(result.z[0]) < 1e-6


def test_infinite_theory() -> None:
    result = simulate(ISOTROPIC, Ridge(gamma=1, lam=0), dim=20, repetitions=5, seed=0)
    assert np.isfinite(result.mean[0]) and result.theory[0] == np.inf and result.z[0] == -np.inf


def test_seeds() -> None:
    ask: Callable[..., Simulation] = lambda **options: simulate(  # noqa: E731
        ISOTROPIC, TEACHER, STUDENT, dim=30, repetitions=16, **options
    )
    first = ask(seed=3)
    np.testing.assert_array_equal(ask(seed=3).mean, first.mean)
    assert (ask(seed=4).mean != first.mean).all()
    sequence = np.random.SeedSequence(3)
    np.testing.assert_array_equal(ask(seed=sequence).mean, first.mean)
    np.testing.assert_array_equal(ask(seed=sequence).mean, first.mean)  # asking leaves the sequence as it was
    if executors.importable("joblib"):
        np.testing.assert_array_equal(ask(seed=3, workers=2).mean, first.mean)


@pytest.mark.parametrize("name", ["gamma not a divisor of dim", "matrices that do not commute"])
def test_a_path_is_one_simulation_per_penalty(name: str) -> None:
    world, learners, dim = CASES[name]
    lams = np.array([0.0, 1e-3, 0.2, 5.0])
    path = penalty_path(world, *learners, lams=lams, dim=dim, repetitions=6, seed=9)
    assert path.mean.shape == path.theory.shape == (len(learners), len(lams)) and path.lams is not None
    for place, lam in enumerate(lams):
        last = Ridge(**{**vars(learners[-1]), "lam": lam})
        single = simulate(world, *learners[:-1], last, dim=dim, repetitions=6, seed=9)
        np.testing.assert_allclose(path.mean[:, place], single.mean, rtol=1e-10)
        np.testing.assert_allclose(path.standard_error[:, place], single.standard_error, rtol=1e-9)
        np.testing.assert_allclose(path.theory[:, place], single.theory, rtol=1e-14)


def test_a_path_factorises_once_per_learner_and_repetition(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = {"svd": 0, "eigh": 0, "solve": 0}

    def count(name: str) -> None:
        true = getattr(np.linalg, name)

        def counted(*given: Any, **options: Any) -> Any:
            calls[name] += 1
            return true(*given, **options)

        monkeypatch.setattr(np.linalg, name, counted)

    for name in ("svd", "eigh", "solve"):
        count(name)
    teacher = Ridge(gamma=0.5, lam=1.0)
    for least, once in ((-4, {"eigh": 7, "svd": 0}), (-8, {"eigh": 0, "svd": 7})):
        calls.update(svd=0, eigh=0, solve=0)
        lams = np.logspace(least, 2, 50)
        penalty_path(ISOTROPIC, teacher, STUDENT, lams=lams, dim=20, repetitions=7, seed=0)
        assert calls == once | {"solve": 7}


def test_trend_resolves_what_a_single_dimension_cannot() -> None:
    """The ridgeless risk is sigma^2 d/(n-d-1): at gamma = 1/2, sigma^2/(d-1) above its limit sigma^2."""
    world = Population.isotropic(noise=1.0)
    result = trend(world, Ridge(gamma=0.5, lam=0), dims=(20, 40, 80), repetitions=1500, seed=5)
    assert isinstance(result, Trend) and result.consistent()
    assert result.simulations[0].z[0] > 4
    assert abs(result.slope[0] - 1.0) < 3 * result.slope_error[0] and result.slope_error[0] < 0.4
    assert not result.consistent(z=0.0)
    np.testing.assert_allclose(result.z, (result.limit - result.theory) / result.limit_error)


def test_trend_with_a_wrong_theory_is_inconsistent(monkeypatch: pytest.MonkeyPatch) -> None:
    true = experiment.theory_of
    for module in (experiment, __import__("w2s_asymptotics.simulation.trend", fromlist=["trend"])):
        monkeypatch.setattr(module, "theory_of", lambda *given: 1.1 * true(*given))
    assert not trend(ISOTROPIC, TEACHER, dims=(20, 40, 80), repetitions=600, seed=5).consistent()


def test_interruption_keeps_what_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    ask: Callable[[], Simulation] = lambda: simulate(ISOTROPIC, TEACHER, dim=20, repetitions=10, seed=1)  # noqa: E731
    true, calls = repetitions.repetition, []

    def interrupted_at(last: int) -> None:
        calls.clear()

        def repetition(*given: Any) -> Any:
            calls.append(given)
            if len(calls) > last:
                raise KeyboardInterrupt
            return true(*given)

        monkeypatch.setattr(repetitions, "repetition", repetition)

    interrupted_at(4)
    cut = ask()
    assert cut.interrupted and cut.repetitions == 4 and "interrupted" in str(cut)
    monkeypatch.setattr(repetitions, "repetition", true)
    four = simulate(ISOTROPIC, TEACHER, dim=20, repetitions=4, seed=1)
    np.testing.assert_array_equal(cut.mean, four.mean)
    interrupted_at(1)
    with pytest.raises(KeyboardInterrupt):
        ask()


def test_missing_extras_say_how_to_install_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (experiment, repetitions):
        monkeypatch.setattr(module, "importable", lambda package: False)
    options: dict[str, Any] = {"dim": 10, "repetitions": 2, "seed": 0}
    assert simulate(ISOTROPIC, TEACHER, **options).repetitions == 2
    for extra in ({"workers": 2}, {"progress": True}):
        with pytest.raises(ModuleNotFoundError, match=r"pip install w2s_asymptotics\[simulate\]"):
            simulate(ISOTROPIC, TEACHER, **options, **extra)


def test_progress(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm")
    simulate(ISOTROPIC, TEACHER, dim=10, repetitions=3, seed=0)
    assert capsys.readouterr().err == ""
    simulate(ISOTROPIC, TEACHER, dim=10, repetitions=3, seed=0, progress=True)
    assert "3/3" in capsys.readouterr().err


LAM = sympy.Symbol("lam", positive=True)
GOOD: dict[str, Any] = {"dim": 10, "repetitions": 2, "seed": 0}


@pytest.mark.parametrize(
    ("world", "learners", "options", "message"),
    [
        (ISOTROPIC, (), {}, "at least one learner"),
        (ISOTROPIC, ("ridge",), {}, "Ridge"),
        ("isotropic", (TEACHER,), {}, "Population"),
        (ISOTROPIC, (TEACHER,), {"dim": 0}, "dim must be a whole number >= 1"),
        (ISOTROPIC, (TEACHER,), {"dim": 10.0}, "dim must be a whole number"),
        (ISOTROPIC, (TEACHER,), {"repetitions": 1}, "repetitions must be a whole number >= 2"),
        (ISOTROPIC, (TEACHER,), {"workers": 0}, "workers must be"),
        (ISOTROPIC, (TEACHER,), {"seed": None}, "seed must be"),
        (ISOTROPIC, (TEACHER,), {"seed": -1}, "seed must be"),
        (ISOTROPIC, (TEACHER,), {"seed": 1.5}, "seed must be"),
        (ISOTROPIC, (Ridge(gamma=0.5, lam=LAM),), {}, "lam must be one number .* pass scalars"),
        (ISOTROPIC, (Ridge(gamma=0.5, lam=[0.1, 0.2]),), {}, "lam must be one number .* pass scalars"),
        (ISOTROPIC, (Ridge(gamma=np.array([0.5, 1.0]), lam=0.1),), {}, "gamma must be one number"),
        (Population.isotropic(noise=LAM), (TEACHER,), {}, "noise must be one number"),
        (Population.isotropic(signal=[1.0, 2.0]), (TEACHER,), {}, "signal must be one number"),
        (ISOTROPIC, (Ridge(gamma=0.5, lam=0.1, penalty=np.eye(10)),), {}, "penalty as a matrix"),
        (ISOTROPIC, (Ridge(gamma=50.0, lam=0.1),), {}, "no training row"),
        (ISOTROPIC, (Ridge(gamma=0.5, lam=0.1, truth=0.5),), {}, "truth"),
        (ATOMS, (Ridge(gamma=0.5, lam=0.1, penalty=[1.0, 2.0]),), {}, "one per atom"),
        (ATOMS, (TEACHER,), {"dim": 2}, "raise dim"),
        (MATRICES, (TEACHER,), {}, "dim must be left out or 80"),
        (MATRICES, (Ridge(samples=100, lam=0.1, penalty=np.eye(3)),), {"dim": None}, "80 x 80"),
        (MATRICES, (Ridge(samples=100.5, lam=0.1),), {"dim": None}, "samples must be a whole number"),
        (DATA, (Ridge(samples=100, lam=0.1, covariance=2.0),), {"dim": None}, "covariance"),
        (
            Population.from_data(*data_set(50, 3), noise=9.0),
            (TEACHER,),
            {"dim": None},
            "noise must be left out",
        ),
    ],
)
def test_bad_input_is_refused_before_any_work(
    monkeypatch: pytest.MonkeyPatch, world: Any, learners: Any, options: dict[str, Any], message: str
) -> None:
    monkeypatch.setattr(repetitions, "repetition", lambda *given: pytest.fail("work was done"))
    with pytest.raises(ValueError, match=message):
        simulate(world, *learners, **{**GOOD, **options})


def test_bad_paths_and_trends_are_refused() -> None:
    with pytest.raises(ValueError, match="lam must be >= 0"):
        penalty_path(ISOTROPIC, TEACHER, lams=[0.1, -1.0], **GOOD)
    with pytest.raises(ValueError, match="lams must be a row"):
        penalty_path(ISOTROPIC, TEACHER, lams=[], **GOOD)
    with pytest.raises(ValueError, match="3 different dimensions"):
        trend(ISOTROPIC, TEACHER, dims=(10, 20), seed=0)
    with pytest.raises(ValueError, match="leaves the dimension open"):
        trend(MATRICES, TEACHER, seed=0)
    with pytest.raises(ValueError, match="not by samples"):
        trend(ISOTROPIC, Ridge(samples=10, lam=0.1), seed=0)
    with pytest.raises(TypeError, match="seed"):
        simulate(ISOTROPIC, TEACHER, dim=10)  # type: ignore[call-arg]


def test_records_print_and_serialise() -> None:
    import json

    path = penalty_path(ISOTROPIC, TEACHER, STUDENT, lams=[0.1, 1.0], **GOOD)
    assert len(str(path).splitlines()) == 2 + 1 + 2 and "theory" in str(path)
    assert json.loads(json.dumps(path.as_dict()))["samples"] == [20, 12]
    result = trend(ISOTROPIC, TEACHER, dims=(5, 10, 20), repetitions=3, seed=0)
    assert "slope" in str(result) and json.loads(json.dumps(result.as_dict()))["dims"] == [5, 10, 20]
    with pytest.raises(ValueError, match="read-only"):
        path.mean[0] = 1.0
