"""Repetitions: each draws every learner's data afresh, fits the chain literally and measures each risk.

Repetition `i` has a generator of its own, the i-th child of the seed, and averages are taken in the order of
the repetitions; linear algebra runs on one thread (where threadpoolctl is installed). So the figures do not
depend, to the last bit, on where and on how many workers they run; a longer run begins with the repetitions
of a shorter one. Means and spreads are carried along, so memory does not grow with the number of repetitions.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import numpy as np

from .drawn.rows import Matrix, Source, Vector
from .estimators import Estimator, Fit
from .executors import HINT, importable, in_order, one_blas_thread, places

__all__ = ["Moments", "Progress", "measured", "repetition", "run"]

LONG_RUN_SECONDS = 3.0
LARGEST_BLOCK = 32  # repetitions handed to a worker at a time: what an interruption can lose per worker


def repetition(
    source: Source, estimators: Sequence[Estimator], lams: Vector | None, seed: np.random.SeedSequence
) -> Matrix:
    """Excess and test risks `(2, learners, paths)` of one draw of all the data.

    `paths` is `len(lams)`, the penalties at which the last learner is fitted (from one factorisation), or 1
    if `lams` is None.
    """
    rng = np.random.default_rng(seed)
    labeller: Fit | None = None
    fits: list[Sequence[Fit]] = []
    for place, each in enumerate(estimators):
        if lams is not None and place == len(estimators) - 1:
            fits.append(each.learn_path(labeller, lams, rng))
        else:
            labeller = each.learn(labeller, rng)
            fits.append([labeller])
    paths = 1 if lams is None else lams.size
    risks = np.empty((2, len(estimators), paths))
    for place, learned in enumerate(fits):
        risks[:, place] = np.transpose([fit.risks(source, rng) for fit in learned])
    return risks


def _child(seed: np.random.SeedSequence, place: int) -> np.random.SeedSequence:
    """The child that `seed.spawn` would give at this place, without its elders.

    >>> seed = np.random.SeedSequence(7)
    >>> bool((_child(seed, 2).generate_state(4) == seed.spawn(3)[2].generate_state(4)).all())
    True
    """
    return np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, place), pool_size=seed.pool_size)


def _block(
    source: Source,
    estimators: Sequence[Estimator],
    lams: Vector | None,
    seed: np.random.SeedSequence,
    first: int,
    last: int,
) -> list[Matrix]:
    """Do consecutive repetitions, in a worker."""
    with one_blas_thread:
        return [repetition(source, estimators, lams, _child(seed, place)) for place in range(first, last)]


def measured(
    source: Source,
    estimators: Sequence[Estimator],
    lams: Vector | None,
    seed: np.random.SeedSequence,
    repetitions: int,
    workers: int = 1,
    executor: Any = None,
    start: int = 0,
) -> Iterator[Matrix]:
    """Yield what each repetition measures, in their order, from number `start` on."""
    width = places(executor, workers, repetitions - start)
    size = 1
    if executor is not None or width > 1:
        size = max(1, min(LARGEST_BLOCK, -(-(repetitions - start) // (8 * width))))
    jobs = (
        (source, estimators, lams, seed, first, min(first + size, repetitions))
        for first in range(start, repetitions, size)
    )
    for block in in_order(_block, jobs, executor, width):
        yield from block


@dataclass
class Moments:
    """Mean and spread of what was measured so far, taken up one repetition at a time."""

    count: int = 0
    mean: Any = 0.0
    squares: Any = 0.0
    first: Any = None

    def add(self, value: Matrix) -> None:
        """Take up one repetition (Welford's recurrence: no cancellation)."""
        if self.first is None:
            self.first = value
        self.count += 1
        step = value - self.mean
        self.mean = self.mean + step / self.count
        self.squares = self.squares + step * (value - self.mean)

    @property
    def standard_error(self) -> Any:
        """The standard error of the mean."""
        return np.sqrt(self.squares / (self.count - 1) / self.count)


def run(
    source: Source,
    estimators: Sequence[Estimator],
    lams: Vector | None,
    seed: np.random.SeedSequence,
    repetitions: int,
    workers: int = 1,
    progress: bool | None = None,
    executor: Any = None,
    done: Moments | None = None,
) -> tuple[Moments, bool]:
    """Measure up to `repetitions` draws: their moments, and whether Ctrl-C cut them short.

    An interruption keeps what is done; with fewer than two repetitions done there is nothing to report, and
    it propagates. `done` are the moments of a run that was cut short, which is continued.
    """
    moments = Moments() if done is None else done
    interrupted = False
    with one_blas_thread, Progress(repetitions, progress) as bar:
        try:
            values = measured(source, estimators, lams, seed, repetitions, workers, executor, moments.count)
            for value in values:
                moments.add(value)
                bar.show(moments.count)
        except KeyboardInterrupt:
            if moments.count < 2:
                raise
            interrupted = True
    return moments, interrupted


class Progress:
    """A tqdm bar over `total` repetitions.

    `wanted` None shows it only on a terminal, once the run is seen to take seconds, and never misses tqdm.
    """

    def __init__(self, total: int, wanted: bool | None) -> None:
        installed = importable("tqdm")
        if wanted and not installed:
            raise ModuleNotFoundError(f"progress=True needs tqdm: {HINT}")
        self.total = total
        self.patience = 0.0 if wanted else LONG_RUN_SECONDS
        self.allowed = installed and (sys.stderr.isatty() if wanted is None else wanted)
        self.bar: Any = None
        self.started = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def show(self, done: int) -> None:
        """Report that `done` repetitions are done."""
        expected = (time.monotonic() - self.started) * self.total / done
        if self.bar is None and self.allowed and expected >= self.patience:
            from tqdm import tqdm

            self.bar = tqdm(total=self.total, unit="repetition", file=sys.stderr)
        if self.bar is not None:
            self.bar.update(done - self.bar.n)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if self.bar is not None:
            self.bar.close()
