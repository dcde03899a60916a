"""Where repetitions run: in this process, in worker processes, or on an executor that a user hands in.

An executor is whatever has `submit(function, *arguments)` and returns futures: those of `concurrent.futures`
(threads or processes), joblib's (`joblib.externals.loky.get_reusable_executor()`), a Dask
`distributed.Client`; a `joblib.Parallel` will do, too. Jobs are handed out a few at a time and their results
taken in order, so memory does not grow with their number.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

__all__ = ["HINT", "check_executor", "importable", "in_order", "one_blas_thread", "places"]

HINT = "pip install w2s_asymptotics[simulate]"


def importable(package: str) -> bool:
    """Say whether an optional package is installed, without importing it."""
    return importlib.util.find_spec(package) is not None


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _OneThread:
    """Linear algebra on one thread while any thread of this process is inside.

    The limit belongs to the whole process: the first to enter sets it and the last to leave lifts it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._limits: contextlib.AbstractContextManager[Any] = contextlib.nullcontext()

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0 and importable("threadpoolctl"):
                pools = importlib.import_module("threadpoolctl")
                self._limits = pools.threadpool_limits(limits=1, user_api="blas")
                self._limits.__enter__()
            self._inside += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._limits.__exit__(None, None, None)
                self._limits = contextlib.nullcontext()


one_blas_thread = _OneThread()
"""Enter it so that rounding does not depend on how many threads there are."""


def check_executor(executor: Any, workers: int) -> None:
    """Refuse what cannot run jobs, and an executor beside a number of workers."""
    if executor is None:
        return
    if not (callable(getattr(executor, "submit", None)) or _parallel(executor)):
        raise ValueError(
            "executor must have a method submit, as those of concurrent.futures, joblib and Dask have, "
            f"got {executor!r}"
        )
    if workers > 1:
        raise ValueError(f"workers = {workers} and an executor were given: the executor has its own workers")


def _parallel(executor: Any) -> bool:
    return callable(executor) and type(executor).__module__.partition(".")[0] == "joblib"


def places(executor: Any, workers: int, jobs: int) -> int:
    """How many jobs can run at a time: never more than there are, nor more processes than cores.

    >>> places(None, 100_000, 3) <= 3
    True
    """
    if executor is None:
        return max(1, min(workers, jobs, cores()))
    if hasattr(executor, "nthreads"):  # a Dask client
        return max(1, sum(int(threads) for threads in executor.nthreads().values()))
    known = getattr(executor, "_max_workers", None) or getattr(executor, "n_jobs", None)
    return known if isinstance(known, int) and known > 0 else cores()


def in_order(
    function: Callable[..., Any], jobs: Iterable[tuple[Any, ...]], executor: Any, width: int
) -> Iterator[Any]:
    """Yield the results of jobs in their order, as they are done.

    >>> list(in_order(pow, [(2, 3), (3, 2)], None, 1))
    [8, 9]
    """
    if executor is None and width == 1:
        for job in jobs:
            yield function(*job)
    elif executor is None or _parallel(executor):
        from joblib import Parallel, delayed

        pool = Parallel(n_jobs=width, return_as="generator") if executor is None else executor
        yield from pool(delayed(function)(*job) for job in jobs)
    else:
        yield from _submitted(function, jobs, executor, 2 * width)


def _submitted(
    function: Callable[..., Any], jobs: Iterable[tuple[Any, ...]], executor: Any, most: int
) -> Iterator[Any]:
    """At most `most` jobs are under way; those not begun are cancelled where the reader stops."""
    waiting: deque[Any] = deque()
    try:
        for job in jobs:
            waiting.append(executor.submit(function, *job))
            if len(waiting) >= most:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()
