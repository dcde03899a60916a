"""What a large sweep costs: time per point, by size of chunk and by executor, on disk and over a network.

`python benchmarks/sweep.py --points 1e8` measures a sweep of that many points into a folder and prints a plan
for a billion. With fewer points it takes less long and says so.
"""

from __future__ import annotations

import argparse
import pickle
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np

import w2s_asymptotics as w2s
from w2s_asymptotics.sweeps.plan import computed, planned

WORLD = w2s.Population.isotropic(noise=0.5)
CHAIN = w2s.Ridge(gamma=0.5, lam=0.01), w2s.Ridge(gamma=0.8, lam=0.3)
BILLION = 1e9


def grid(points: float) -> dict[str, Any]:
    """Four parameters with about as many values each."""
    side = max(2, round(points**0.25))
    return {
        "teacher.gamma": np.linspace(0.1, 2.0, side),
        "student.gamma": np.linspace(0.1, 2.0, max(2, round(points / side**3))),
        "teacher.lam": np.geomspace(1e-3, 10.0, side),
        "student.lam": np.geomspace(1e-3, 10.0, side),
    }


def chunks() -> None:
    """Time per point of one chunk in this process, by its size."""
    print(f"{'points':>12} {'ns per point':>14} {'ms per chunk':>14} {'bytes sent':>11} {'received':>10}")
    for size in (2**10, 2**14, 2**16, 2**18, 2**20, 2**22):
        plan = planned(WORLD, CHAIN, grid(1e7), "gain", size)
        answers = computed(plan, 0)
        count = answers["gain"].size
        times = []
        for number in range(1, 1 + max(3, min(20, 2**20 // count))):
            start = perf_counter()
            computed(plan, number % plan.chunks)
            times.append(perf_counter() - start)
        best = sorted(times)[len(times) // 2]
        sent, received = len(pickle.dumps((plan, 0))), len(pickle.dumps(answers))
        print(f"{count:12,} {1e9 * best / count:14.1f} {1e3 * best:14.2f} {sent:11,} {received:10,}")


@contextmanager
def pool(kind: str, workers: int) -> Iterator[Any]:
    """An executor by name."""
    if kind == "here":
        yield None
    elif kind == "threads":
        with ThreadPoolExecutor(workers) as executor:
            yield executor
    elif kind == "processes":
        with ProcessPoolExecutor(workers) as executor:
            list(executor.map(abs, range(2 * workers)))  # started before the clock
            yield executor
    else:
        dask: Any = import_module("distributed")
        with (
            dask.LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster,
            dask.Client(cluster) as client,
        ):
            yield client


def measured(points: float, kind: str, workers: int, store: Path | None) -> tuple[float, float]:
    """Seconds per point of a whole sweep, and of this process's processor time."""
    over = grid(points)
    count = int(np.prod([len(values) for values in over.values()]))
    with pool(kind, workers) as executor:
        start, cpu = perf_counter(), process_time()
        found = w2s.sweep(WORLD, *CHAIN, over=over, ask="gain", executor=executor, store=store)
        taken, cpu = perf_counter() - start, process_time() - cpu
    found.close()
    where = "in memory" if store is None else "in a folder"
    mine = f"; {1e9 * cpu / count:.0f} ns of processor" if kind in ("here", "threads") else ""
    of = "1 worker" if kind == "here" else f"{workers} workers"
    print(f"{kind:>9}, {of}, {where}: {count:,} points in {taken:.1f} s, {1e9 * taken / count:.0f} ns{mine}")
    return taken / count, cpu / count


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=float, default=1e6, help="of the long sweep (default: 1e6)")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--executors", default="here,threads,processes", help="of these and dask")
    parser.add_argument("--folder", type=Path, help="for the long sweep (default: a temporary one)")
    given = parser.parse_args()
    w2s.sweep(WORLD, *CHAIN, over=grid(16.0), ask="gain")  # imports before the clock
    chunks()
    print()
    short = min(given.points, 1e7)
    cost = {kind: measured(short, kind, given.workers, None)[0] for kind in given.executors.split(",")}
    best = min(cost, key=lambda kind: cost[kind])
    folder = Path(tempfile.mkdtemp(dir=given.folder))
    try:
        per_point, cpu = measured(given.points, best, given.workers, folder / "sweep")
        start = perf_counter()
        w2s.sweep(WORLD, *CHAIN, over=grid(given.points), ask="gain", store=folder / "sweep").close()
        print(f"opened again, every chunk's checksum verified, in {perf_counter() - start:.1f} s")
    finally:
        shutil.rmtree(folder)
    plan = planned(WORLD, CHAIN, grid(BILLION), "gain", None)
    size = int(np.prod(plan.block))
    print(f"\nA billion points, at {1e9 * per_point:.0f} ns each ({given.points:g} measured):")
    print(f"  time      {BILLION * per_point / 60:.1f} min on {given.workers} workers of this machine")
    print(f"  chunks    {plan.chunks:,} of {size:,} points, {1e3 * per_point * size * given.workers:.0f} ms")
    print(f"  disk      {8 * plan.points / 1e9:.1f} GB for each question")
    sent = len(pickle.dumps((plan, 0)))
    print(f"  network   {sent:,} bytes to a worker and {8 * size / 1e6:.1f} MB back, a chunk and question;")
    if best in ("here", "threads"):  # else the time was spent in other processes
        rate = 8 / cpu / 1e6
        print(f"            {rate:.0f} MB/s from a core of its own: 10 Gbit/s carry {1250 / rate:.0f}")


if __name__ == "__main__":
    main()
