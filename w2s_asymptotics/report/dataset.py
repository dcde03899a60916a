"""A real data set taken as the population: what theory predicts for learners on its rows, and what they do.

`Population.from_data` gives the world (the data's covariance, least-squares target and residual variance);
the simulation draws training sets from the data's own rows with their own labels. Rows are not Gaussian and
the residual is not independent noise, so agreement is a finding here, not a theorem:
`Study.largest_deviation` states how far they are apart. A control with Gaussian rows of the same
covariance, target and noise tells the two reasons for a deviation apart: finite size, or the data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import w2s_asymptotics as w2s
from w2s_asymptotics.report.tables import read_csv, read_npz
from w2s_asymptotics.simulation import Simulation, penalty_path
from w2s_asymptotics.simulation.store import Store

__all__ = ["BUNDLED", "FEATURES", "Curve", "DataSet", "Study", "bundled", "digits", "load", "study"]

Array = NDArray[np.float64]
TEACHER_SHARES = (1.0, 2.0, 4.0)  # the range of a survey, in rows per dimension
TEACHER_SHARE = 2.0  # the teacher sees two rows per dimension
STUDENT_SHARES = (0.75, 1.5, 3.0)
TEACHER_PENALTY = 0.01  # in units of the mean eigenvalue: under-regularised
PENALTIES = np.geomspace(1e-3, 10.0, 17)  # the students', in the same units


@dataclass(frozen=True, eq=False)
class DataSet:
    """Rows `X` (N x d), a numeric target `y` (N), and what they are in words."""

    name: str
    X: Array
    y: Array


BUNDLED = ("digits", "diabetes", "breast_cancer")
FEATURES = ("raw", "relu")
LIFTED = 128  # random ReLU features
_TARGETS = {
    "digits": "Handwritten digits (scikit-learn), target: parity of the digit, ±1",
    "diabetes": "Diabetes (scikit-learn), target: disease progression after a year, standardised",
    "breast_cancer": "Breast cancer (scikit-learn), columns standardised, target: benign or malignant, ±1",
}


def digits() -> DataSet:
    """Load scikit-learn's handwritten digits: pixels in [0, 1], target +1 for even digits, -1 for odd."""
    return bundled("digits")


def bundled(name: str, features: str = "raw", seed: int = 0) -> DataSet:
    """Load a data set that comes with scikit-learn, as it is or lifted by random ReLU features.

    Lifted rows are `relu(W x)`, x the standardised row and W `LIFTED` rows drawn from N(0, I/d) by `seed`.

    Raises `ValueError` for an unknown name, `ModuleNotFoundError` without scikit-learn.
    """
    if name not in BUNDLED or features not in FEATURES:
        raise ValueError(
            f"data sets are {', '.join(BUNDLED)}, features {', '.join(FEATURES)}; got {name!r}, {features!r}"
        )
    try:
        from sklearn import datasets
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"the {name} need {error.name}: pip install 'w2s_asymptotics[data]', or give --data FILE",
            name=error.name,
        ) from error
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    if name == "digits":
        X, y = X / 16.0, np.where(y % 2 == 0, 1.0, -1.0)
    elif name == "diabetes":
        y = _standardised(y)
    else:
        X, y = _standardised(X), np.where(y == 1, 1.0, -1.0)
    if features == "raw":
        return DataSet(_TARGETS[name], X, y)
    weights = np.random.default_rng(seed).standard_normal((X.shape[1], LIFTED)) / np.sqrt(X.shape[1])
    lifted = np.maximum(_standardised(X) @ weights, 0.0)
    return DataSet(f"{_TARGETS[name]}; {LIFTED} random ReLU features", lifted, y)


def _standardised(columns: Array) -> Array:
    spread = columns.std(axis=0)
    return np.asarray((columns - columns.mean(axis=0)) / np.where(spread > 0, spread, 1.0))


def load(path: str | Path) -> DataSet:
    """Read a data set: `.npz` with arrays `X` and `y`, or `.csv` with the target in the last column.

    A `.csv` may have a header. Raises `ValueError` naming the place for anything that is not a table of
    finite numbers; nothing in a file is executed.
    """
    source = Path(path)
    if source.suffix == ".npz":
        arrays = read_npz(source, ("X", "y"))
        X, y = arrays["X"], arrays["y"]
    elif source.suffix == ".csv":
        table = read_csv(source)
        X, y = table[:, :-1], table[:, -1]
    else:
        raise ValueError(f"{source.name}: a data set is a .csv or a .npz file")
    if X.ndim != 2 or y.shape != X.shape[:1] or X.shape[1] == 0:
        raise ValueError(
            f"{source.name}: X must be N x d and y of length N, got shapes {X.shape} and {y.shape}"
        )
    if len(X) < 3:
        raise ValueError(f"{source.name}: {len(X)} rows are too few to stand for a population")
    if not (np.isfinite(X).all() and np.isfinite(y).all()):
        raise ValueError(f"{source.name}: every number must be finite")
    if not (np.ptp(y) > 0 and np.ptp(X, axis=0).any()):
        raise ValueError(f"{source.name}: the target and at least one column must vary")
    return DataSet(source.name, X, y)


@dataclass(frozen=True, eq=False)
class Curve:
    """One student's excess risk along penalties: predicted, measured, and in the Gaussian control."""

    samples: int
    lams: Array
    theory: Array
    mean: Array
    standard_error: Array
    control_mean: Array
    control_error: Array
    predicted_best: float
    predicted_risk: float

    @property
    def measured_best(self) -> float:
        """Penalty of the grid with the least measured risk."""
        return float(self.lams[np.argmin(self.mean)])

    @property
    def measured_risk(self) -> float:
        """Least measured risk on the grid."""
        return float(self.mean.min())


@dataclass(frozen=True, eq=False)
class Study:
    """Theory and measurement on a data set: a teacher, and students of several sizes along penalties."""

    name: str
    rows: int
    dim: int
    noise: float
    energy: float
    teacher_samples: int
    teacher_lam: float
    teacher_theory: float
    teacher_mean: float
    teacher_error: float
    control_teacher_mean: float
    control_teacher_error: float
    curves: tuple[Curve, ...]
    repetitions: int

    @property
    def largest_deviation(self) -> float:
        """Largest `|measured - predicted| / predicted` over the teacher and every point of every curve."""
        return float(np.max(self._deviations(control=False)))

    @property
    def median_deviation(self) -> float:
        """Median of the same."""
        return float(np.median(self._deviations(control=False)))

    @property
    def largest_control_deviation(self) -> float:
        """Largest relative deviation of the Gaussian control."""
        return float(np.max(self._deviations(control=True)))

    def __str__(self) -> str:
        lines = [
            f"teacher on n_t = {self.teacher_samples} rows, lam_t = {self.teacher_lam:.4g}: "
            f"predicted {self.teacher_theory:.4f}, "
            f"measured {self.teacher_mean:.4f} +- {self.teacher_error:.4f}, "
            f"Gaussian control {self.control_teacher_mean:.4f} +- {self.control_teacher_error:.4f}",
            "    n_s     lam_s  predicted   measured       +-    control       +-",
        ]
        for curve in self.curves:
            columns = (
                curve.lams, curve.theory, curve.mean, curve.standard_error,
                curve.control_mean, curve.control_error,
            )  # fmt: skip
            lines += [
                f"  {curve.samples:>5} {lam:9.3g} {theory:10.4f} {mean:10.4f} {error:8.4f} "
                f"{control:10.4f} {control_error:8.4f}"
                for lam, theory, mean, error, control, control_error in list(zip(*columns, strict=True))[::4]
            ]
            lines.append(
                f"  {curve.samples:>5} best lam_s: predicted {curve.predicted_best:.3g} "
                f"(risk {curve.predicted_risk:.4f}), measured {curve.measured_best:.3g} "
                f"(risk {curve.measured_risk:.4f})"
            )
        lines.append(
            f"  largest relative deviation {self.largest_deviation:.1%} "
            f"(median {self.median_deviation:.1%}), "
            f"of the Gaussian control {self.largest_control_deviation:.1%}"
        )
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """The figures by name, curves as lists."""
        found = {item.name: getattr(self, item.name) for item in fields(self)}
        found["curves"] = [vars(curve) for curve in self.curves]
        return found | {
            "largest_deviation": self.largest_deviation,
            "median_deviation": self.median_deviation,
            "largest_control_deviation": self.largest_control_deviation,
        }

    def _deviations(self, control: bool) -> Array:
        teacher = self.control_teacher_mean if control else self.teacher_mean
        points = [np.array([abs(teacher / self.teacher_theory - 1.0)])]
        points += [
            np.abs((curve.control_mean if control else curve.mean) / curve.theory - 1.0)
            for curve in self.curves
        ]
        return np.concatenate(points)


def study(
    data: DataSet,
    *,
    repetitions: int = 100,
    seed: int = 0,
    workers: int = 1,
    student_shares: Sequence[float] = STUDENT_SHARES,
    teacher_share: float = TEACHER_SHARE,
    store: Store | None = None,
) -> Study:
    """Compare theory with learners trained on rows of the data set, a teacher and students of several sizes.

    Sizes are set in rows per dimension and penalties in units of the mean eigenvalue of the data's
    covariance, so that the same study makes sense for any data set.
    """
    world = w2s.Population.from_data(data.X, data.y)
    dim = data.X.shape[1]
    unit = float(np.trace(world.covariance)) / dim
    teacher = w2s.Ridge(samples=max(2, round(teacher_share * dim)), lam=TEACHER_PENALTY * unit)
    lams = PENALTIES * unit
    gaussian = w2s.Population.from_matrices(world.covariance, world.beta, noise=world.noise)
    curves, paths, controls = [], [], []
    for place, share in enumerate(student_shares):
        student = w2s.Ridge(samples=max(2, round(share * dim)), lam=float(lams[0]))
        run: dict[str, Any] = {"lams": lams, "seed": seed + place, "repetitions": repetitions}
        run |= {"workers": workers, "store": store}
        path = complete(penalty_path(world, teacher, student, **run))
        control = complete(penalty_path(gaussian, teacher, student, **run))
        best = w2s.tune(world, teacher, student)
        paths.append(path)
        controls.append(control)
        curves.append(
            Curve(
                samples=path.samples[-1],
                lams=lams,
                theory=path.theory[-1],
                mean=path.mean[-1],
                standard_error=path.standard_error[-1],
                control_mean=control.mean[-1],
                control_error=control.standard_error[-1],
                predicted_best=float(best.learner.lam),
                predicted_risk=float(best.risk),
            )
        )
    return Study(
        name=data.name,
        rows=len(data.X),
        dim=dim,
        noise=float(world.noise),
        energy=float(world.beta @ world.covariance @ world.beta),
        teacher_samples=paths[0].samples[0],
        teacher_lam=float(teacher.lam),
        teacher_theory=float(paths[0].theory[0, 0]),
        teacher_mean=_pooled(paths)[0],
        teacher_error=_pooled(paths)[1],
        control_teacher_mean=_pooled(controls)[0],
        control_teacher_error=_pooled(controls)[1],
        curves=tuple(curves),
        repetitions=min(path.repetitions for path in (*paths, *controls)),
    )


def complete(simulation: Simulation) -> Simulation:
    """Pass a finished simulation on; one that Ctrl-C cut short ends the whole report."""
    if simulation.interrupted:
        raise KeyboardInterrupt
    return simulation


def _pooled(paths: Sequence[Simulation]) -> tuple[float, float]:
    """Mean and standard error of the teacher's risk over several independent runs."""
    means = np.array([path.mean[0, 0] for path in paths])
    errors = np.array([path.standard_error[0, 0] for path in paths])
    return float(means.mean()), float(np.sqrt((errors**2).sum()) / len(errors))
