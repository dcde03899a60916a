"""A million (teacher, student) risks: the library against the best hand-written numpy of the same formulas.

The rounds alternate between the two, so that both meet the same machine; the ratio is that of the fastest
rounds, and the yardstick is whichever hand-written variant (whole arrays, or blocks of some size) is
fastest here. The library is timed from the raw arrays on: records built, arguments validated.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import handwritten
import numpy as np
import pytest

import w2s_asymptotics as w2s

ROUNDS = 15
ALLOWED = 1.5

Task = Callable[[], Any]


def seconds(task: Task) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    task()
    return time.perf_counter() - start


def compare(
    name: str, benchmark: Any, ours: Task, rivals: dict[str, Task], allowed: float | None = None
) -> None:
    """Time `ours` in alternation with the fastest of `rivals`, check that risks agree, print the ratio."""
    rival = min(rivals, key=lambda key: min(seconds(rivals[key]) for _ in range(5)))
    times: list[float] = []
    benchmark.pedantic(
        ours, setup=lambda: times.append(seconds(rivals[rival])), rounds=ROUNDS, warmup_rounds=2
    )
    for mine, theirs in zip(ours(), rivals[rival](), strict=True):
        np.testing.assert_allclose(np.ravel(mine), np.ravel(theirs), rtol=1e-13)
    fastest, yardstick = benchmark.stats.stats.min, min(times)
    ratio = fastest / yardstick
    bar = f" (allowed {allowed})" if allowed else ""
    print(
        f"\n{name}: library {1e3 * fastest:.1f} ms, hand-written ({rival}) {1e3 * yardstick:.1f} ms, "
        f"ratio {ratio:.2f}{bar}"
    )
    assert allowed is None or ratio <= allowed


@pytest.mark.benchmark(group="million risks")
def test_outer_grid(benchmark: Any) -> None:
    """1000 penalties of the teacher by 1000 of the student, one world."""
    lams = np.geomspace(1e-3, 10.0, 1000)
    noise, gamma_t, gamma_s = 0.5, 0.5, 0.8
    rivals: dict[str, Task] = {
        f"{rows or 1000} rows at a time": partial(
            handwritten.outer, noise, gamma_t, lams, gamma_s, lams, rows
        )
        for rows in (None, 4, 16, 64)
    }

    def library() -> tuple[Any, Any]:
        world = w2s.Population.isotropic(noise=noise)
        teacher, student = w2s.Ridge(gamma=gamma_t, lam=lams[:, None]), w2s.Ridge(gamma=gamma_s, lam=lams)
        return w2s.risk(world, teacher), w2s.risk(world, teacher, student)

    compare("outer grid 1000 x 1000", benchmark, library, rivals, ALLOWED)


@pytest.mark.benchmark(group="million risks")
def test_unrelated_points(benchmark: Any) -> None:
    """A million points that share no parameter."""
    rng = np.random.default_rng(20250523)
    n = 1_000_000
    noise, gamma_t, gamma_s = rng.uniform(0.0, 2.0, n), *rng.uniform(0.1, 3.0, (2, n))
    lam_t, lam_s = 10.0 ** rng.uniform(-3.0, 1.0, (2, n))
    signal = rng.uniform(0.5, 2.0, n)
    points = signal, noise, gamma_t, lam_t, gamma_s, lam_s
    rivals: dict[str, Task] = {
        f"blocks of {block or n}": partial(handwritten.unrelated, *points, block)
        for block in (None, 4_000, 16_000, 64_000)
    }

    def library() -> tuple[Any, Any]:
        world = w2s.Population.isotropic(signal=signal, noise=noise)
        return w2s.risks(world, w2s.Ridge(gamma=gamma_t, lam=lam_t), w2s.Ridge(gamma=gamma_s, lam=lam_s))

    compare("unrelated points", benchmark, library, rivals)
