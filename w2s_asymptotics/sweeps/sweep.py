"""`sweep`: questions over a grid of parameters, as an xarray.Dataset."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from math import prod
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Self

from ..learners import Learner
from ..worlds import MultiIndex, Population
from .dataset import HINT, dataset, identity, opened, require, saved, stored_chunk
from .executors import as_done, check_executor
from .plan import Plan, computed, planned
from .store import Folder, Memory

if TYPE_CHECKING:
    import xarray

__all__ = ["sweep"]

_PATIENCE = 3.0  # seconds that a sweep must be expected to take for its progress to be shown unasked


def sweep(
    world: Population | MultiIndex,
    *learners: Learner,
    over: Mapping[str, Sequence[Any]],
    ask: str | Sequence[str] = ("risks",),
    executor: Any = None,
    store: str | os.PathLike[str] | None = None,
    chunk: int | None = None,
    progress: bool | None = None,
) -> xarray.Dataset:
    """Ask questions over a grid of parameters, in chunks, on any executor; a killed sweep goes on.

    Parameters
    ----------
    world, learners
        As `risk` takes them; single numbers.
    over
        The values of every parameter by its name, such as `{"student.lam": values, "world.noise": values}`.
        Learners are "teacher" (the first), "student" (the last) or "learner1", "learner2", ...; entries of
        rows are counted from 0: "student.penalty.0". Names may be swept, too: "teacher.activation".
    ask
        One or several of "risk", "risks", "test_risk", "gain", "pgr", "ceiling", "overlap", "norm", "easy",
        "hard", "tuned lam", "tuned risk".
    executor
        What computes the chunks: anything that has `submit` and returns futures (threads or processes of
        `concurrent.futures`, joblib's, a Dask client), or a `joblib.Parallel`. Default: this process.
    store
        A folder, or a path ending in .nc (netCDF) or .zarr. Chunks are saved as they are done; called again
        after an interruption, `sweep` computes what is missing, and called on a finished one, nothing.
    chunk
        Points of a chunk, the unit of work and of what an interruption can lose. Default: 262,144 where the
        risk is a closed form, else 1,024.
    progress
        Whether to show a bar (needs tqdm). Default: on a terminal, where it takes long.

    Returns
    -------
    xarray.Dataset
        A variable per question; dimensions and coordinates are the parameters. Attributes hold world, chain
        and question as JSON, and the version of the library. From a store it is read when used.

    Raises
    ------
    ValueError
        For an unknown parameter or question, values outside a domain, or a store with another sweep.
    ModuleNotFoundError
        Without xarray, which the extra `sweep` installs.

    Examples
    --------
    >>> from w2s_asymptotics import Population, Ridge
    >>> found = sweep(
    ...     Population.isotropic(noise=0.5),
    ...     Ridge(gamma=0.5, lam=0.01),
    ...     Ridge(gamma=0.8, lam=0.3),
    ...     over={"teacher.gamma": [0.5, 2.0], "student.lam": [0.1, 0.3, 1.0]},
    ...     ask=("risks", "gain"),
    ... )
    >>> found["risks"].dims, found["gain"].shape
    (('learner', 'teacher.gamma', 'student.lam'), (2, 3))
    >>> round(float(found["gain"].sel({"teacher.gamma": 0.5, "student.lam": 0.3})), 6)
    0.041982
    """
    path = None if store is None else Path(store)
    require(path)
    check_executor(executor)
    if path is None:
        plan = planned(world, learners, over, ask, chunk)
        memory = Memory(plan)
        _fill(memory, range(plan.chunks), executor, progress)
        return dataset(plan, memory.arrays)
    single = path.suffix in (".nc", ".zarr")
    parts = path.with_name(f"{path.name}.parts") if single else path
    chunk = stored_chunk(parts) if chunk is None else chunk
    plan = planned(world, learners, over, ask, chunk)
    if single and path.exists():
        found = opened(path, plan)
        shutil.rmtree(parts, ignore_errors=True)  # left where the process was killed after its last chunk
        return found
    folder = Folder(parts, plan, identity(plan, chunk))
    with folder.alone():
        _fill(folder, [k for k in range(plan.chunks) if k not in folder.done], executor, progress)
        found = dataset(plan, folder.close())
        if not single:
            return found
        saved(found, path, plan)
        del found
        shutil.rmtree(parts)
    return opened(path, plan)


def _fill(kept: Memory, missing: Sequence[int], executor: Any, progress: bool | None) -> None:
    """Compute the chunks that are missing, and keep each as it is done."""
    plan = kept.plan
    with _Progress(plan, missing, progress) as bar:
        for (_, number), answers in as_done(computed, ((plan, number) for number in missing), executor):
            kept.put(number, answers)
            bar.advance(number)


class _Progress:
    """A tqdm bar over the points of a grid; `wanted` None shows it on a terminal where it takes long."""

    def __init__(self, plan: Plan, missing: Sequence[int], wanted: bool | None) -> None:
        installed = find_spec("tqdm") is not None
        if wanted and not installed:
            raise ModuleNotFoundError(f"progress=True needs tqdm: {HINT}")
        self.plan = plan
        self.before = plan.points - sum(map(self._size, missing))  # points that were there already
        self.patience = 0.0 if wanted else _PATIENCE
        self.allowed = installed and (sys.stderr.isatty() if wanted is None else wanted)
        self.bar: Any = None
        self.done = 0
        self.started = monotonic()

    def __enter__(self) -> Self:
        return self

    def advance(self, number: int) -> None:
        """Chunk `number` is done."""
        size = self._size(number)
        self.done += size
        expected = (monotonic() - self.started) * (self.plan.points - self.before) / self.done
        if self.bar is not None:
            self.bar.update(size)
        elif self.allowed and expected >= self.patience:
            from tqdm import tqdm

            at = self.before + self.done
            self.bar = tqdm(
                total=self.plan.points, initial=at, unit="point", unit_scale=True, file=sys.stderr
            )

    def _size(self, number: int) -> int:
        return prod(part.stop - part.start for part in self.plan.region(number))

    def __exit__(self, *error: object) -> None:
        if self.bar is not None:
            self.bar.close()
