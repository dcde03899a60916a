"""Where chunks are computed: here, or on whatever has `submit` and returns futures.

That is every executor of `concurrent.futures`, joblib's (`joblib.externals.loky.get_reusable_executor()`) and
a Dask `distributed.Client`; a `joblib.Parallel` will do, too. Results come as they are done, in any order.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Any

__all__ = ["as_done", "check_executor", "places"]

Job = tuple[Any, ...]


def check_executor(executor: Any) -> None:
    """Refuse what cannot run jobs."""
    if executor is not None and not (callable(getattr(executor, "submit", None)) or _is(executor, "joblib")):
        raise ValueError(
            "executor must have a method submit, as those of concurrent.futures, joblib and Dask have, "
            f"got {executor!r}"
        )


def _is(executor: Any, package: str) -> bool:
    return type(executor).__module__.partition(".")[0] == package


def places(executor: Any) -> int:
    """How many jobs an executor does at a time.

    >>> places(None)
    1
    """
    if executor is None:
        return 1
    if _is(executor, "distributed"):
        return max(1, sum(int(threads) for threads in executor.nthreads().values()))
    known = getattr(executor, "_max_workers", None)
    return known if isinstance(known, int) and known > 0 else os.cpu_count() or 1


def as_done(function: Callable[..., Any], jobs: Iterator[Job], executor: Any) -> Iterator[tuple[Job, Any]]:
    """Yield each job with its result, as they are done; a few are handed out at a time.

    >>> list(as_done(pow, iter([(2, 3), (3, 2)]), None))
    [((2, 3), 8), ((3, 2), 9)]
    """
    if executor is None:
        for job in jobs:
            yield job, function(*job)
    elif callable(getattr(executor, "submit", None)):
        yield from _submitted(function, jobs, executor)
    else:
        from joblib import delayed

        yield from executor(delayed(_with_job)(function, job) for job in jobs)


def _with_job(function: Callable[..., Any], job: Job) -> tuple[Job, Any]:
    return job, function(*job)


def _submitted(function: Callable[..., Any], jobs: Iterator[Job], executor: Any) -> Iterator[tuple[Job, Any]]:
    """Twice as many under way as there are places; those not begun are cancelled where this stops."""
    done: SimpleQueue[Any] = SimpleQueue()
    waiting: dict[Any, Job] = {}
    options = (
        {"pure": False} if _is(executor, "distributed") else {}
    )  # Dask: no key to be made of the records

    def hand_out(count: int) -> None:
        for _, job in zip(range(count), jobs, strict=False):
            future = executor.submit(function, *job, **options)
            waiting[future] = job
            future.add_done_callback(done.put)

    try:
        hand_out(2 * places(executor))
        while waiting:
            future = done.get()
            result = future.result()
            yield waiting.pop(future), result
            hand_out(1)
    finally:
        for future in waiting:
            future.cancel()
