"""Risks and their tuning against the best hand-written code of the same formulas, as ratios.

The rounds alternate between the two, so that both meet the same machine; the ratio is that of the fastest
rounds, and the yardstick is whichever hand-written variant (whole arrays, or blocks of some size) is
fastest here. The library is timed from the raw arrays on: records built, arguments validated. Matrices are
timed in units of one `numpy.linalg.eigh` of their size; searches are counted in evaluations of a risk.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import handwritten
import numpy as np
import pytest

import w2s_asymptotics as w2s
from w2s_asymptotics.questions import searched

ROUNDS = 15
GRID_ALLOWED = 1.0
UNRELATED_ALLOWED = 1.2
SCALAR_ALLOWED = 20.0
AGAIN_ALLOWED = 2.5
MOST_EVALUATIONS = 40

Task = Callable[[], Any]


def seconds(task: Task) -> float:
    """Processor time of one call, which others on the machine disturb least."""
    start = time.process_time()
    task()
    return time.process_time() - start


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

    compare("outer grid 1000 x 1000", benchmark, library, rivals, GRID_ALLOWED)


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

    compare("unrelated points", benchmark, library, rivals, UNRELATED_ALLOWED)


@pytest.mark.benchmark(group="one risk")
def test_one_risk(benchmark: Any) -> None:
    """One chain of two ridge learners, a thousand times, beside the bare formula in Python's own floats."""
    world = w2s.Population.isotropic(noise=0.5)
    chain = w2s.Ridge(gamma=0.5, lam=0.01), w2s.Ridge(gamma=0.8, lam=0.3)

    def library() -> list[float]:
        return [w2s.risk(world, *chain) for _ in range(1000)]

    def bare() -> list[float]:
        return [handwritten.one(0.5, 0.5, 0.01, 0.8, 0.3) for _ in range(1000)]

    compare("one risk, 1000 times", benchmark, library, {"bare formula": bare}, SCALAR_ALLOWED)


@pytest.mark.benchmark(group="matrices")
def test_matrices(benchmark: Any) -> None:
    """A chain of three on matrices that do not commute, d = 300: first, and again with other penalties."""
    dim, rng = 300, np.random.default_rng(1)
    sigma, one, other = (rows @ rows.T / (2 * dim) for rows in rng.normal(size=(3, dim, 2 * dim)))
    beta = rng.normal(size=dim) / dim**0.5
    yardstick = min(seconds(lambda: np.linalg.eigh(sigma)) for _ in range(5))

    def chain(lam: float) -> tuple[Any, ...]:
        learner = w2s.Ridge(gamma=0.5, lam=lam)
        return learner, replace(learner, penalty=one), replace(learner, penalty=other)

    first, again = [], []
    for _ in range(5):
        world, learners = w2s.Population.from_matrices(sigma, beta, noise=0.5), chain(0.1)
        first.append(seconds(partial(w2s.risk, world, *learners)))
        learners = chain(0.2)
        again.append(seconds(partial(w2s.risk, world, *learners)))
    benchmark.pedantic(partial(w2s.risk, world, *learners), rounds=5)
    print(
        f"\nmatrices, d = {dim}, three decompositions: {min(first) / yardstick:.1f} eigh; "
        f"again, other penalties: {min(again) / yardstick:.2f} (allowed {AGAIN_ALLOWED})"
    )
    assert min(again) <= AGAIN_ALLOWED * yardstick


@pytest.mark.benchmark(group="searches")
@pytest.mark.parametrize("atoms", [1000, 100_000])
def test_tuning_a_power_law(benchmark: Any, monkeypatch: pytest.MonkeyPatch, atoms: int) -> None:
    """The best penalty on many atoms: counted in penalties at which a risk is computed."""
    world, learner = (
        w2s.Population.power_law(atoms, alpha=1.3, source=1.5, noise=0.3),
        w2s.Ridge(gamma=2.0, lam=0.0),
    )
    counted, plain = [], vars(searched)["risk"]

    def counting(*chain: Any) -> Any:
        found = plain(*chain)
        counted.append(np.size(found))
        return found

    with monkeypatch.context() as patched:
        patched.setattr(searched, "risk", counting)
        w2s.tune(world, learner)
    benchmark.pedantic(partial(w2s.tune, world, learner), rounds=3)
    print(f"\ntune on {atoms} atoms: {sum(counted)} evaluations (allowed {MOST_EVALUATIONS})")
    assert sum(counted) <= MOST_EVALUATIONS


@pytest.mark.benchmark(group="searches")
def test_tuning_a_chain(benchmark: Any) -> None:
    """Three penalties together on three atoms, from four starts, in units of one risk of that chain."""
    world = w2s.Population([3.0, 1.0, 0.25], [0.4, 0.3, 0.3], noise=1.0)
    chain = (
        w2s.Ridge(gamma=0.8, lam=0.1),
        w2s.Ridge(gamma=0.7, lam=0.1, noise=0.2),
        w2s.Ridge(gamma=1.5, lam=0.1, noise=0.1),
    )
    one = min(seconds(partial(w2s.risk, world, *chain)) for _ in range(50))
    benchmark.pedantic(partial(w2s.tune_all, world, *chain), rounds=3)
    fastest = benchmark.stats.stats.min
    print(f"\ntune_all, three learners on three atoms: {fastest:.2f} s, {fastest / one:.0f} risks")
