"""Simulations on executors: the same figures everywhere, bounded resources, interruption and continuation."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from w2s_asymptotics import MultiIndex, Population, RandomFeatures, Ridge, TwoLayer
from w2s_asymptotics.simulation import executors, penalty_path, repetitions, simulate, trend

WORLD = Population.isotropic(noise=0.5)
TEACHER, STUDENT = RandomFeatures(0.5, 1.5, 0.1, activation="gelu"), Ridge(gamma=0.8, lam=0.3)
HOW: dict[str, Any] = {"dim": 16, "repetitions": 41, "seed": 3}


def joblibs() -> Any:
    return pytest.importorskip("joblib.externals.loky").get_reusable_executor(2)


def joblib_parallel() -> Any:
    return pytest.importorskip("joblib").Parallel(n_jobs=2)


EXECUTORS: dict[str, Callable[[], Any]] = {
    "threads": lambda: ThreadPoolExecutor(3),
    "processes": lambda: ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")),
    "joblib": joblibs,
    "joblib.Parallel": joblib_parallel,
}


@pytest.mark.parametrize("name", EXECUTORS)
def test_figures_do_not_depend_on_the_executor(name: str) -> None:
    alone = simulate(WORLD, TEACHER, STUDENT, **HOW)
    executor = EXECUTORS[name]()
    found = simulate(WORLD, TEACHER, STUDENT, **HOW, executor=executor)
    for field in ("mean", "standard_error", "test_mean", "z"):
        np.testing.assert_array_equal(getattr(found, field), getattr(alone, field))
    if name == "processes":
        world = MultiIndex("silu", "he2", 0.1)
        chain = (TwoLayer(0.1, 0.3, 2.0, 0.1, activation="silu"),)
        for network in ("ideal", "real"):
            one, other = (
                simulate(world, *chain, dim=12, repetitions=5, seed=1, network=network, executor=each)
                for each in (None, executor)
            )
            np.testing.assert_array_equal(one.mean, other.mean)
    if hasattr(executor, "shutdown"):
        executor.shutdown()


def test_trends_and_paths_take_executors() -> None:
    with ThreadPoolExecutor(2) as pool:
        one, other = (
            trend(WORLD, STUDENT, dims=(8, 16, 24), repetitions=5, seed=2, executor=each)
            for each in (None, pool)
        )
        np.testing.assert_array_equal(one.limit, other.limit)
        lams = [0.0, 0.1, 1.0]
        one_path, other_path = (
            penalty_path(WORLD, STUDENT, lams=lams, dim=16, repetitions=5, seed=2, executor=each)
            for each in (None, pool)
        )
        np.testing.assert_array_equal(one_path.mean, other_path.mean)


def test_a_dask_cluster_of_two_workers() -> None:
    distributed = pytest.importorskip("distributed", reason="Dask distributed is not installed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=2, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        assert executors.places(client, 1, 100) == 4
        found = simulate(WORLD, TEACHER, STUDENT, **HOW, executor=client)
    np.testing.assert_array_equal(found.mean, simulate(WORLD, TEACHER, STUDENT, **HOW).mean)


class Counting(Executor):
    """Runs each job when its result is asked for, and counts those that wait."""

    def __init__(self) -> None:
        self.waiting = self.most = self.jobs = 0

    def submit(self, function: Any, /, *arguments: Any, **named: Any) -> Future[Any]:
        self.jobs += 1
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        counter, future = self, Future[Any]()

        def result(timeout: float | None = None) -> Any:
            counter.waiting -= 1
            return function(*arguments)

        future.result = result  # type: ignore[method-assign]
        return future


def test_only_a_few_jobs_are_under_way() -> None:
    counting = Counting()
    found = simulate(WORLD, STUDENT, dim=4, repetitions=3000, seed=1, executor=counting)
    assert found.repetitions == 3000 and counting.jobs > 90
    assert counting.most <= 2 * executors.cores()


def test_ctrl_c_keeps_what_an_executor_had_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "cores", lambda: 2)
    cancelled = []

    class Interrupted(Counting):
        def submit(self, function: Any, /, *arguments: Any, **named: Any) -> Future[Any]:
            future = super().submit(function, *arguments)
            true, job = future.result, self.jobs

            def result(timeout: float | None = None) -> Any:
                if job == 4:
                    raise KeyboardInterrupt
                return true()

            future.result = result  # type: ignore[method-assign]
            future.cancel = lambda: cancelled.append(job) is None  # type: ignore[method-assign]
            return future

    cut = simulate(WORLD, STUDENT, dim=8, repetitions=160, seed=1, executor=Interrupted())
    assert cut.interrupted and cut.repetitions == 30  # three blocks of 160/(8 * 2)
    assert cancelled == [5, 6, 7]
    np.testing.assert_array_equal(cut.mean, simulate(WORLD, STUDENT, dim=8, repetitions=30, seed=1).mean)


def interrupted_after(monkeypatch: pytest.MonkeyPatch, last: int) -> list[int]:
    true, calls = repetitions.repetition, [0]

    def counted(*given: Any) -> Any:
        calls[0] += 1
        if calls[0] > last:
            raise KeyboardInterrupt
        return true(*given)

    monkeypatch.setattr(repetitions, "repetition", counted)
    return calls


def test_an_interrupted_run_is_continued_to_the_same_figures(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole = simulate(WORLD, TEACHER, STUDENT, **HOW)
    store = tmp_path / "unfinished.json"
    with monkeypatch.context() as patch:
        interrupted_after(patch, 11)
        cut = simulate(WORLD, TEACHER, STUDENT, **HOW, store=store)
    assert cut.interrupted and cut.repetitions == 11
    with monkeypatch.context() as patch:
        calls = interrupted_after(patch, 10**6)
        again = simulate(WORLD, TEACHER, STUDENT, **HOW, store=store)
        assert calls == [1 + 30]  # the first once more, to find the entry
    assert not again.interrupted
    for field in ("mean", "standard_error", "z", "test_mean"):
        np.testing.assert_array_equal(getattr(again, field), getattr(whole, field))
    with monkeypatch.context() as patch:  # finished: only the first repetition is done again
        calls = interrupted_after(patch, 10**6)
        simulate(WORLD, TEACHER, STUDENT, **HOW, store=store)
        assert calls == [1]
    other = simulate(WORLD, TEACHER, Ridge(gamma=0.8, lam=0.31), **HOW, store=store)
    assert other.mean[1] != whole.mean[1] and len(json.loads(store.read_text())) == 2


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.json").write_text("[1, 2")
    with pytest.raises(ValueError, match="not a file of unfinished simulations"):
        simulate(WORLD, STUDENT, **HOW, store=tmp_path / "notes.json")
