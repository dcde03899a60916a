"""`simulate` and `penalty_path`: a chain of learners, fitted literally on drawn data, beside the theory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..learners import Learner, ready, with_lam
from ..notation import check
from .bounds import check_dim, check_estimators
from .drawn import NETWORKS, FiniteMultiIndex, FiniteWorld, finite
from .drawn.rows import Vector
from .estimators import Estimator, estimator
from .executors import HINT, check_executor, importable
from .record import Array, Simulation, z_score
from .repetitions import measured, run
from .store import Store, key_of

MOST = 10**15  # of anything that is counted

Seed = int | np.random.SeedSequence


def simulate(
    world: Any,
    *learners: Any,
    seed: Seed,
    dim: int | None = None,
    repetitions: int = 100,
    workers: int = 1,
    progress: bool | None = None,
    network: str = "ideal",
    executor: Any = None,
    store: str | Path | Store | None = None,
) -> Simulation:
    """Draw data, fit every learner of the chain on the labels of the one before, and measure excess risks.

    Parameters
    ----------
    world
        A `Population` or a `MultiIndex`. Rows of a `from_data` world are drawn with replacement from the data
        set itself, with the data set's own labels.
    *learners
        `Ridge` and the other learners' records, learners of your own whose estimator is registered, or, in a
        `MultiIndex` world, `TwoLayer` records, in order: the first is fitted on true labels, each later one
        on fresh rows labelled by the one before (mixed with true labels as its `truth` says), with its own
        label `noise` added.
    seed
        A whole number or a `numpy.random.SeedSequence`. The same seed gives the same figures to the last bit,
        however many workers there are.
    dim
        Dimension d; a world of finite dimension brings its own, in the others 200 is taken. `n = d/gamma` is
        rounded and the theory is evaluated at the rounded values.
    repetitions
        Independent draws of all the data, at least 2.
    workers
        Processes (needs joblib when above 1); no more are started than there are repetitions or cores.
    progress
        True or False to show a bar or not; None shows one on a terminal when the run will take seconds.
    network
        What `TwoLayer` learners are simulated as. "ideal": random features and, unpenalised, the polynomials
        of the step's direction that a diverging step leaves behind, which is what the theory is about.
        "real": networks whose first layer moves by the gradient of the squared loss, by
        `2 n^(alpha - 1/2)` a neuron (`step_exponent`, or three quarters through the interval of `degree`);
        all their features are penalised, and they approach the theory slowly, like spikes of size
        `n^(1/(2 degree + 2))` at best.
    executor
        Instead of `workers`: an executor to run on, such as those of `concurrent.futures`, joblib's or a Dask
        `Client`. The figures do not depend on it.
    store
        A file that keeps what was done when Ctrl-C cuts the run short; the same call continues from there,
        to the same figures.

    Returns
    -------
    Simulation
        Mean, standard error, theory and z-score of each learner's excess risk. After Ctrl-C, of the
        repetitions done by then, marked `interrupted`.

    Raises
    ------
    ValueError
        For an argument outside its domain, a symbol or an array of values, before any work.
    ModuleNotFoundError
        When `workers > 1` or `progress=True` need a package that is not installed.

    Examples
    --------
    >>> from w2s_asymptotics.learners import Ridge
    >>> from w2s_asymptotics.worlds import Population
    >>> world = Population.isotropic(noise=0.5)
    >>> teacher, student = Ridge(gamma=0.5, lam=0.01), Ridge(gamma=0.8, lam=0.3)
    >>> result = simulate(world, teacher, student, dim=60, repetitions=20, seed=1)
    >>> result.samples, bool(abs(result.z).max() < 4)
    ((120, 75), True)

    >>> from w2s_asymptotics import MultiIndex, TwoLayer
    >>> world = MultiIndex(easy=[1.0], hard="he2", noise=0.2)
    >>> teacher = TwoLayer(gamma_step=0.1, gamma=0.2, width=2.0, lam=0.1)
    >>> student = TwoLayer(gamma_step=0.2, gamma=0.3, width=2.0, lam=0.1, hard_degree=2, head="retained")
    >>> result = simulate(world, teacher, student, dim=30, repetitions=20, seed=1)
    >>> bool(result.mean[1] < result.mean[0])
    True
    """
    how = _How(dim, repetitions, seed, workers, progress, network, executor, store)
    return _measure(world, learners, None, how)


def penalty_path(
    world: Any,
    *learners: Any,
    lams: Sequence[float] | Array,
    seed: Seed,
    dim: int | None = None,
    repetitions: int = 100,
    workers: int = 1,
    progress: bool | None = None,
    executor: Any = None,
    store: str | Path | Store | None = None,
) -> Simulation:
    """Simulate the last learner at every penalty of `lams`, from one factorisation per repetition.

    The data drawn are those of `simulate` with the same seed, so the figures are those of one call per
    penalty. The risks of the record have shape `(learners, len(lams))`; the other arguments are those of
    `simulate`. The `lam` of the last learner itself is not used.

    Examples
    --------
    >>> from w2s_asymptotics.learners import Ridge
    >>> from w2s_asymptotics.worlds import Population
    >>> teacher, student = Ridge(gamma=0.5, lam=0.01), Ridge(gamma=0.8, lam=0.0)
    >>> world = Population.isotropic(noise=0.5)
    >>> path = penalty_path(world, teacher, student, lams=[0.0, 0.1, 1.0], dim=40, repetitions=10, seed=1)
    >>> path.mean.shape
    (2, 3)
    """
    path = np.atleast_1d(np.asarray(lams))
    if path.ndim != 1 or not path.size:
        raise ValueError(f"lams must be a row of penalties, got shape {np.shape(lams)}")
    for lam in path:
        check("lam", lam, "penalty_path")
    how = _How(dim, repetitions, seed, workers, progress, "ideal", executor, store)
    return _measure(world, (*learners[:-1], *map(ready, learners[-1:])), path.astype(float), how)


_FAR = 1e5
"""A dimension at which the mean risk is its limit and the term of order 1/d."""


def theory_of(world: Any, learners: Sequence[Learner], lams: Vector | None) -> Array:
    """Evaluate the asymptotic risk of every learner `(learners, paths)`, for comparison only."""
    from ..questions.risk import risk, risks

    paths = 1 if lams is None else lams.size
    table = np.repeat(np.array(risks(world, *learners), dtype=float)[:, None], paths, axis=1)
    if lams is not None:
        last = (with_lam(learners[-1], float(lam)) for lam in lams)
        table[-1] = [float(risk(world, *learners[:-1], learner)) for learner in last]
    return table


def slope_of(world: Any, learners: Sequence[Learner]) -> Array | None:
    """The term of order 1/d of the mean risk of every learner, where it is known."""
    from ..questions.risk import risks

    try:
        far = np.array(risks(world, *learners, dim=_FAR))
    except ValueError:
        return None
    slope: Array = _FAR * (far - np.array(risks(world, *learners)))
    return slope


@dataclass(frozen=True)
class _How:
    """How a simulation is run, as it was asked for."""

    dim: int | None
    repetitions: int
    seed: Seed
    workers: int
    progress: bool | None
    network: str
    executor: Any
    store: str | Path | Store | None

    def checked(self) -> np.random.SeedSequence:
        """Refuse what makes no sense, and return the seed."""
        root = seed_sequence(self.seed)
        check_whole("repetitions", self.repetitions, 2, "a standard error needs two")
        check_whole("workers", self.workers, 1, "processes that share the repetitions", most=None)
        check_executor(self.executor, self.workers)
        if self.workers > 1 and not importable("joblib"):
            raise ModuleNotFoundError(f"workers > 1 needs joblib: {HINT}")
        if self.progress is not None and not isinstance(self.progress, bool):
            raise ValueError(f"progress must be True, False or None, got {self.progress!r}")
        return root


def _measure(world: Any, learners: Sequence[Any], lams: Vector | None, how: _How) -> Simulation:
    """Validate, run and summarise."""
    root = how.checked()
    finite_world, estimators = prepare(world, learners, how.dim, root, how.network)
    if lams is not None and not estimators[-1].fits_paths:
        raise ValueError("penalty_path needs a Ridge as its last learner, or one whose estimator fits paths")
    dim, source = finite_world.dim, finite_world.source
    pairs = zip(learners, estimators, strict=True)
    theory = theory_of(finite_world.world, [each.actual(learner, dim) for learner, each in pairs], lams)
    kept = how.store if how.store is None or isinstance(how.store, Store) else Store(how.store)
    done = None
    if kept is not None and kept.found:
        done = kept.get(key_of(root, next(measured(source, estimators, lams, root, 1))), how.repetitions)
    moments, interrupted = run(
        source, estimators, lams, root, how.repetitions, how.workers, how.progress, how.executor, done
    )
    if kept is not None:
        kept.put(key_of(root, moments.first), moments)
        if kept is not how.store:
            kept.save()
    mean, error = moments.mean, moments.standard_error
    z = z_score(mean[0], error[0], theory, source.energy)

    def shaped(table: Array) -> Array:
        table = table[:, 0] if lams is None else table
        table.setflags(write=False)
        return table

    return Simulation(
        mean=shaped(mean[0]),
        standard_error=shaped(error[0]),
        theory=shaped(theory),
        z=shaped(z),
        test_mean=shaped(mean[1]),
        test_standard_error=shaped(error[1]),
        gamma=np.array([dim / each.samples if each.samples else np.inf for each in estimators]),
        samples=tuple(each.samples for each in estimators),
        repetitions=moments.count,
        dim=dim,
        seed=root.entropy,
        lams=lams,
        interrupted=interrupted,
    )


def prepare(
    world: Any, learners: Sequence[Any], dim: int | None, root: np.random.SeedSequence, network: str = "ideal"
) -> tuple[FiniteWorld | FiniteMultiIndex, list[Estimator]]:
    """Check a world and a chain, and take them at a finite dimension."""
    if network not in NETWORKS:
        raise ValueError(f"network must be one of {', '.join(NETWORKS)}, got {network!r}")
    if not learners:
        raise ValueError("simulate needs at least one learner after the world")
    if dim is not None:
        check_whole("dim", dim, 1, "dimension of the covariates", most=None)
        check_dim(dim)
    finite_world: FiniteWorld | FiniteMultiIndex = finite(world, dim, np.random.default_rng(root))
    if isinstance(finite_world, FiniteMultiIndex):
        finite_world = replace(finite_world, network=network)
    elif network != "ideal":
        raise ValueError(f"network={network!r} needs a MultiIndex world and TwoLayer learners, got {world!r}")
    estimators = [estimator(learner, finite_world) for learner in learners]
    check_estimators(estimators, finite_world.dim)
    return finite_world, estimators


def seed_sequence(seed: Any) -> np.random.SeedSequence:
    """Take a seed; a `SeedSequence` is copied, because spawning from it would change it for the next call."""
    if isinstance(seed, np.random.SeedSequence):
        return np.random.SeedSequence(seed.entropy, spawn_key=seed.spawn_key, pool_size=seed.pool_size)
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ValueError(f"seed must be a whole number >= 0 or a numpy.random.SeedSequence, got {seed!r}")
    return np.random.SeedSequence(int(seed))


def check_whole(name: str, value: Any, least: int, meaning: str, most: int | None = MOST) -> None:
    """Refuse a value that is not a whole number of at least `least`, or above `most`."""
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or value < least:
        raise ValueError(f"{name} must be a whole number >= {least}, got {value!r} ({name}: {meaning})")
    if most is not None and value > most:
        raise ValueError(f"{name} must be a whole number up to {most:g} ({name}: {meaning})")
