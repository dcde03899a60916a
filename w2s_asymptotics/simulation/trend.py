"""`trend`: what the measured risks tend to as the dimension grows.

At dimension d the mean risk is `theory + slope/d + O(1/d^2)`. "Within so many standard errors of the theory"
therefore rejects true theorems at small d; the test is whether the deviation, extrapolated linearly in 1/d,
vanishes at 1/d = 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..records import Record, table
from .experiment import Seed, check_whole, prepare, seed_sequence, simulate, theory_of
from .record import Array, Simulation, z_score
from .store import Store

_FAR = 1e5
"""A dimension at which the mean risk is its limit and the term of order 1/d."""


@dataclass(frozen=True, eq=False)
class Trend(Record):
    """Simulations at several dimensions and their extrapolation; arrays have one entry per learner.

    Attributes
    ----------
    simulations
        One `Simulation` per dimension.
    dims
        The dimensions.
    theory
        The asymptotic risk at the ratios `gamma` asked for.
    limit, limit_error
        The measured risk extrapolated to infinite dimension, and its standard error.
    slope, slope_error
        The coefficient of `1/d` in the deviation from theory, and its standard error.
    predicted_slope
        The same coefficient as "finite_dimension" derives it, for ridge in isotropic worlds; elsewhere None.
    z
        `(limit - theory) / limit_error`.
    """

    simulations: tuple[Simulation, ...]
    dims: tuple[int, ...]
    theory: Array
    limit: Array
    limit_error: Array
    slope: Array
    slope_error: Array
    z: Array
    predicted_slope: Array | None = None

    def consistent(self, z: float = 4.0) -> bool:
        """Say whether every learner's extrapolated risk lies within `z` standard errors of the theory."""
        return bool(np.all(np.abs(self.z) <= z))

    def as_dict(self) -> dict[str, Any]:
        """Give the record in plain lists and numbers, for JSON."""
        names = ("theory", "limit", "limit_error", "slope", "slope_error", "z")
        plain: dict[str, Any] = {name: getattr(self, name).tolist() for name in names}
        predicted = None if self.predicted_slope is None else self.predicted_slope.tolist()
        plain |= {"predicted_slope": predicted}
        return plain | {"dims": list(self.dims), "simulations": [each.as_dict() for each in self.simulations]}

    def _repr_html_(self) -> str:
        head = ("learner", "dim", "measured", "+-", "theory", "z")
        return table("measured risks as the dimension grows", self._figures(), head)

    def _figures(self) -> Iterator[tuple[Any, ...]]:
        """Learner, dimension or "limit", and measured risk, error, theory and z."""
        for place in range(len(self.theory)):
            for each in self.simulations:
                columns = (each.mean, each.standard_error, each.theory, each.z)
                yield place + 1, each.dim, *(float(column[place]) for column in columns)
            limits = (self.limit, self.limit_error, self.theory, self.z)
            yield place + 1, "limit", *(float(each[place]) for each in limits)

    def __str__(self) -> str:
        lines = [f"{'learner':>7} {'dim':>8} {'measured':>12} {'+-':>10} {'theory':>12} {'z':>7}"]
        for learner, dim, mean, error, theory, z in self._figures():
            lines.append(f"{learner:>7} {dim:>8} {mean:>12.6g} {error:>10.2g} {theory:>12.6g} {z:>+7.2f}")
            if dim == "limit":
                slope, spread = self.slope[learner - 1], self.slope_error[learner - 1]
                line = f"{'':>7} {'slope':>8} {slope:>12.6g} {spread:>10.2g}"
                predicted = self.predicted_slope
                lines.append(line if predicted is None else f"{line} {predicted[learner - 1]:>12.6g}")
        return "\n".join(lines)


def trend(
    world: Any,
    *learners: Any,
    seed: Seed,
    dims: Sequence[int] = (50, 100, 200, 400),
    repetitions: int = 200,
    workers: int = 1,
    progress: bool | None = None,
    network: str = "ideal",
    executor: Any = None,
    store: str | Path | Store | None = None,
) -> Trend:
    """Simulate at several dimensions and extrapolate the risks to infinite dimension.

    The deviation `mean - theory` of each dimension, theory at the `gamma` actually simulated, is fitted by
    `intercept + slope/d` with weights `1/standard_error^2`. The world must leave the dimension open, and
    learners be given by `gamma`. The other arguments are those of `simulate`, `repetitions` those of each
    dimension. A `TwoLayer` chain with `network="real"` approaches the theory more slowly than `1/d`, so that
    its extrapolation is not expected to agree.

    Examples
    --------
    >>> from w2s_asymptotics.learners import Ridge
    >>> from w2s_asymptotics.worlds import Population
    >>> world = Population.isotropic(noise=0.5)
    >>> result = trend(world, Ridge(gamma=0.5, lam=0.1), dims=(20, 40, 80), repetitions=50, seed=1)
    >>> result.consistent()
    True
    >>> abs(result.slope - result.predicted_slope) < 4 * result.slope_error
    array([ True])
    """
    if not isinstance(dims, Iterable):
        raise ValueError(f"dims must be a row of at least 3 different dimensions, got {dims!r}")
    dims = tuple(dims)
    root = seed_sequence(seed)
    for dim in dims:
        check_whole("dims", dim, 1, "dimensions to simulate")
    if len(set(dims)) < 3:
        raise ValueError(f"dims must hold at least 3 different dimensions to show a trend, got {dims!r}")
    if getattr(world, "dim", None) is not None:
        raise ValueError("trend needs a world that leaves the dimension open (isotropic or atoms)")
    energy = max(prepare(world, learners, dim, root, network)[0].source.energy for dim in dims)
    if any(learner.gamma is None for learner in learners):
        raise ValueError("trend needs learners given by gamma, not by samples: gamma stays while dim grows")
    theory = theory_of(world, learners, None)[:, 0]
    how: dict[str, Any] = {"repetitions": repetitions, "workers": workers, "progress": progress}
    run = partial(simulate, world, *learners, network=network, executor=executor, store=store, **how)
    seeds = root.spawn(len(dims))
    simulations = tuple(run(dim=dim, seed=child) for dim, child in zip(dims, seeds, strict=True))
    deviation = np.array([each.mean - each.theory for each in simulations])
    error = np.array([each.standard_error for each in simulations])
    gap, gap_error, slope, slope_error = extrapolate(np.array(dims), deviation, error)
    return Trend(
        simulations=simulations,
        dims=dims,
        theory=theory,
        limit=theory + gap,
        limit_error=gap_error,
        slope=slope,
        slope_error=slope_error,
        z=z_score(theory + gap, gap_error, theory, energy),
        predicted_slope=_predicted(world, learners),
    )


def _predicted(world: Any, learners: Sequence[Any]) -> Array | None:
    """The term of order 1/d of each risk, where it is known."""
    from ..questions.risk import risks

    try:
        far = np.array(risks(world, *learners, dim=_FAR))
    except ValueError:
        return None
    slope: Array = _FAR * (far - np.array(risks(world, *learners)))
    return slope


def extrapolate(dims: Array, deviation: Array, error: Array) -> tuple[Array, Array, Array, Array]:
    """Fit `deviation = intercept + slope / dims`, weights `1 / error^2`, column by column.

    Returns intercept, its standard error, slope, its standard error, each with one entry per column.

    >>> dims = np.array([50.0, 100.0, 200.0])
    >>> fit = extrapolate(dims, (0.5 + 3 / dims)[:, None], np.full((3, 1), 0.1))
    >>> [round(float(each[0]), 6) for each in (fit[0], fit[2])]
    [0.5, 3.0]
    """
    columns = []
    for gap, sigma in zip(deviation.T, error.T, strict=True):
        sigma = np.maximum(sigma, np.finfo(float).tiny ** 0.5)  # a risk that is exactly zero has no spread
        design = np.column_stack([np.ones(len(dims)), 1.0 / dims]) / sigma[:, None]
        inverse = np.linalg.pinv(design)
        fitted, spread = inverse @ (gap / sigma), np.sqrt((inverse**2).sum(axis=1))
        columns.append((fitted[0], spread[0], fitted[1], spread[1]))
    intercept, intercept_error, slope, slope_error = np.array(columns).T
    return intercept, intercept_error, slope, slope_error
