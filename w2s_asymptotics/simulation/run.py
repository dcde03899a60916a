"""Repetitions: each draws every learner's data afresh, fits the chain literally and measures each risk.

Repetition `i` has a generator of its own, the i-th child of the seed, and averages are taken in the order of
the repetitions; linear algebra runs on one thread (where threadpoolctl is installed). So the figures do not
depend, to the last bit, on the number of workers; a longer run begins with the repetitions of a shorter one.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from .data import Matrix, Source, Vector
from .fit import Factorisation, Penalty, fit_ridge
from .learned import Activation, Fit, LinearFit, fit_features

HINT = "pip install w2s_asymptotics[simulate]"
LONG_RUN_SECONDS = 3.0
LARGEST_BLOCK = 32  # repetitions handed to a worker at a time: what an interruption can lose per worker


@dataclass(frozen=True)
class Stage:
    """One learner in plain numbers (see `Ridge` for their meaning), and where its rows come from: ridge."""

    source: Source
    samples: int
    lam: float
    penalty: Penalty
    noise: float
    truth: float

    def labelled(self, labeller: Fit | None, samples: int, rng: np.random.Generator) -> tuple[Matrix, Vector]:
        """Draw fresh rows with their labels: the labeller's mixed with true ones, or true ones if None."""
        rows, truth = self.source.draw(samples, rng)
        labels = truth
        if labeller is not None:
            labels = (1.0 - self.truth) * labeller.predict(rows) + self.truth * truth
        return rows, labels + np.sqrt(self.noise) * rng.standard_normal(samples)

    def learn(self, labeller: Fit | None, rng: np.random.Generator) -> Fit:
        """Learn from fresh rows labelled by the learner before, or by the truth."""
        return self.fit(*self.labelled(labeller, self.samples, rng), rng)

    def fit(self, rows: Matrix, labels: Vector, rng: np.random.Generator) -> Fit:
        """Fit the learner to labelled rows."""
        return LinearFit(fit_ridge(rows, labels, self.lam, self.penalty))


@dataclass(frozen=True)
class RepeatedStage(Stage):
    """Fits at `lam`, then `later_lams`, on the same rows and, by the weights `own`, one another's labels."""

    later_lams: tuple[float, ...]
    own: tuple[float, ...]

    def fit(self, rows: Matrix, labels: Vector, rng: np.random.Generator) -> Fit:
        """Fit, label the same rows, fit again."""
        beta = fit_ridge(rows, labels, self.lam, self.penalty)
        for lam, own in zip(self.later_lams, self.own, strict=True):
            beta = fit_ridge(rows, own * (rows @ beta) + (1.0 - own) * labels, lam, self.penalty)
        return LinearFit(beta)


@dataclass(frozen=True)
class FeatureStage(Stage):
    """Ridge on `features` random features of the rows, drawn anew with every data set."""

    features: int = 1
    activation: Activation | None = None

    def fit(self, rows: Matrix, labels: Vector, rng: np.random.Generator) -> Fit:
        """Draw the features and fit their coefficients."""
        return fit_features(rows, labels, self.features, self.activation, self.lam, rng)


def repetition(
    source: Source, stages: Sequence[Stage], lams: Vector | None, seed: np.random.SeedSequence
) -> Matrix:
    """Excess and test risks `(2, learners, paths)` of one draw of all the data.

    `paths` is `len(lams)`, the penalties at which the last learner is fitted (from one factorisation), or 1
    if `lams` is None.
    """
    rng = np.random.default_rng(seed)
    labeller: Fit | None = None
    fits: list[Sequence[Fit]] = []
    for place, stage in enumerate(stages):
        if lams is not None and place == len(stages) - 1:
            rows, labels = stage.labelled(labeller, stage.samples, rng)
            path = Factorisation.of(rows, stage.penalty).fit(labels, lams)
            fits.append([LinearFit(beta) for beta in path.T])
        else:
            labeller = stage.learn(labeller, rng)
            fits.append([labeller])
    paths = 1 if lams is None else lams.size
    measured = np.empty((2, len(stages), paths))
    for place, learned in enumerate(fits):
        measured[:, place] = np.transpose([fit.risks(source, rng) for fit in learned])
    return measured


def _block(
    source: Source, stages: Sequence[Stage], lams: Vector | None, seeds: Sequence[np.random.SeedSequence]
) -> list[Matrix]:
    """Do several repetitions, in a worker process."""
    with one_blas_thread():
        return [repetition(source, stages, lams, seed) for seed in seeds]


def importable(package: str) -> bool:
    """Say whether an optional package is installed, without importing it."""
    return importlib.util.find_spec(package) is not None


def one_blas_thread() -> contextlib.AbstractContextManager[Any]:
    """Linear algebra on one thread, so that rounding does not depend on how many there are."""
    if not importable("threadpoolctl"):
        return contextlib.nullcontext()
    limits = importlib.import_module("threadpoolctl").threadpool_limits(limits=1, user_api="blas")
    return cast(contextlib.AbstractContextManager[Any], limits)


def _blocks(
    source: Source,
    stages: Sequence[Stage],
    lams: Vector | None,
    seeds: Sequence[np.random.SeedSequence],
    workers: int,
) -> Iterator[list[Matrix]]:
    """Yield the measurements of consecutive blocks of repetitions, in order, as they are done."""
    if workers == 1:
        for seed in seeds:
            yield [repetition(source, stages, lams, seed)]
        return
    from joblib import Parallel, delayed

    size = min(LARGEST_BLOCK, -(-len(seeds) // (8 * workers)))
    jobs = (delayed(_block)(source, stages, lams, seeds[at : at + size]) for at in range(0, len(seeds), size))
    yield from Parallel(n_jobs=workers, return_as="generator")(jobs)


def run(
    source: Source,
    stages: Sequence[Stage],
    lams: Vector | None,
    seed: np.random.SeedSequence,
    repetitions: int,
    workers: int,
    progress: bool | None,
) -> tuple[NDArray[np.float64], bool]:
    """Measure up to `repetitions` draws: `(done, 2, learners, paths)`, and whether Ctrl-C cut them short.

    An interruption keeps what is done; with fewer than two repetitions done there is nothing to report, and
    it propagates.
    """
    done: list[Matrix] = []
    interrupted = False
    with one_blas_thread(), Progress(repetitions, progress) as bar:
        try:
            for block in _blocks(source, stages, lams, seed.spawn(repetitions), workers):
                done.extend(block)
                bar.show(len(done))
        except KeyboardInterrupt:
            if len(done) < 2:
                raise
            interrupted = True
    return np.stack(done), interrupted


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
