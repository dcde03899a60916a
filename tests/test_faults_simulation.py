"""Requests that once took a machine's memory or processes are bounded or refused."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from w2s_asymptotics import Population, RandomFeatures, Ridge, cli
from w2s_asymptotics.simulation import executors, repetitions, simulate, trend
from w2s_asymptotics.simulation.bounds import memory

WORLD, STUDENT = Population.isotropic(noise=0.5), Ridge(gamma=0.8, lam=0.3)
HOW: dict[str, Any] = {"dim": 16, "repetitions": 41, "seed": 3}


def test_workers_are_bounded_by_repetitions_and_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    joblib = pytest.importorskip("joblib")
    asked: list[int] = []

    class Parallel:
        def __init__(self, n_jobs: int, return_as: str) -> None:
            asked.append(n_jobs)

        def __call__(self, jobs: Any) -> Iterator[Any]:
            return (function(*given, **named) for function, given, named in jobs)

    monkeypatch.setattr(joblib, "Parallel", Parallel)
    monkeypatch.setattr(executors, "cores", lambda: 64)
    simulate(WORLD, STUDENT, dim=8, repetitions=3, seed=1, workers=100_000)
    monkeypatch.setattr(executors, "cores", lambda: 2)
    simulate(WORLD, STUDENT, dim=8, repetitions=30, seed=1, workers=10**400)
    assert asked == [3, 2]


def test_endless_repetitions_take_no_memory_and_stop_at_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    tracemalloc = pytest.importorskip("tracemalloc")
    true, calls = repetitions.repetition, 0
    sizes: dict[int, int] = {}

    def counted(*given: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls in (50, 450):
            sizes[calls] = tracemalloc.get_traced_memory()[0]
        if calls > 450:
            raise KeyboardInterrupt
        return true(*given)

    monkeypatch.setattr(repetitions, "repetition", counted)
    tracemalloc.start()
    try:
        found = simulate(WORLD, STUDENT, dim=2, repetitions=10**11, seed=1)
    finally:
        tracemalloc.stop()
    assert found.interrupted and found.repetitions == 450
    assert sizes[450] - sizes[50] < 20_000
    monkeypatch.setattr(repetitions, "repetition", true)
    np.testing.assert_array_equal(found.mean, simulate(WORLD, STUDENT, dim=2, repetitions=450, seed=1).mean)


@pytest.mark.parametrize("dim", [1_000_000, 10**13, 10**400])
def test_a_dimension_that_does_not_fit_is_refused_before_anything_is_allocated(dim: int) -> None:
    if memory() is None:
        pytest.skip("this system does not say how much memory it has")
    with pytest.raises(ValueError, match=r"^dim = .* needs .* of memory at once .* there are .*: lower dim"):
        simulate(WORLD, STUDENT, dim=dim, repetitions=2, seed=0)


def test_the_memory_of_every_kind_of_learner_is_counted() -> None:
    if memory() is None:
        pytest.skip("this system does not say how much memory it has")
    with pytest.raises(ValueError, match=r"dim = 3000 needs .* TB"):
        simulate(WORLD, RandomFeatures(0.5, 1e6, 0.1), dim=3000, repetitions=2, seed=0)
    with pytest.raises(ValueError, match=r"dim = 1000000 needs 36 TB .*learner 2: 1250000 rows of 1000000"):
        simulate(WORLD, Ridge(5e3, 0.1), Ridge(0.8, 0.1), dim=1_000_000, repetitions=2, seed=0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"executor": "threads"}, "executor must have a method submit"),
        ({"executor": 4}, "executor must have a method submit"),
        ({"executor": ThreadPoolExecutor(1), "workers": 2}, "the executor has its own workers"),
        ({"progress": "yes"}, "progress must be True, False or None, got 'yes'"),
        ({"progress": 1}, "progress must be"),
        ({"repetitions": 10**400}, "repetitions must be a whole number up to 1e\\+15"),
    ],
)
def test_what_makes_no_sense_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        simulate(WORLD, STUDENT, **{**HOW, **options})


def test_the_command_line_refuses_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    if memory() is None:
        pytest.skip("this system does not say how much memory it has")
    pair = ["--gamma-t", "0.5", "--lam-t", "0.01", "--gamma-s", "0.8", "--lam-s", "0.3"]
    assert cli.run(["simulate", *pair, "--dim", "1000000"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("w2s: dim = 1000000 needs ") and error.count("\n") == 1


def test_a_ratio_beyond_all_bounds_and_dims_of_another_kind_are_refused() -> None:
    with pytest.raises(ValueError, match="countless rows of 20 numbers"):
        simulate(WORLD, Ridge(gamma=1e-300, lam=0.1), dim=20, seed=0)
    with pytest.raises(ValueError, match="more rows than there are numbers"):
        simulate(WORLD, Ridge(gamma=5e-324, lam=0.1), dim=20, seed=0)
    with pytest.raises(ValueError, match="dims must be a row"):
        trend(WORLD, STUDENT, dims=5, seed=0)  # type: ignore[arg-type]
