"""A small model teaches a large one, outdoors: words and images, in a small and a large representation.

`study` predicts and measures. Training rows are drawn without replacement, the teacher's with their true
labels and other rows for the student, and errors are measured on all rows left over (`embeddings` has them).
Beside the theory of Gaussian rows stands that of rows of uneven length (`uneven_rows`), and what the drawn
rows themselves tell: the effective penalty and the teacher's error, held out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import w2s_asymptotics as w2s
from w2s_asymptotics.report import uneven_rows
from w2s_asymptotics.report.embeddings import Pair
from w2s_asymptotics.simulation.drawn.rows import covariance_root

__all__ = ["CASES", "Case", "HeldOut", "Measured", "Study", "held_out", "study"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """A teacher on `weak` columns, and a student of so many rows on all of the strong representation."""

    weak: int
    teacher_samples: int
    student_samples: int
    teacher_lam: float
    student_lam: float

    def learners(self, world: Any) -> tuple[w2s.Ridge, w2s.Ridge]:
        """Teacher and student in a world `from_representations`."""
        return (
            w2s.Ridge(samples=self.teacher_samples, lam=self.teacher_lam, features=world.weak),
            w2s.Ridge(samples=self.student_samples, lam=self.student_lam, features=world.strong),
        )


CASES = {
    "words": (
        Case(32, 300, 2000, 0.05, 0.05),
        Case(64, 300, 2000, 0.05, 0.05),
        Case(64, 300, 2000, 0.5, 0.2),
        Case(128, 200, 2000, 0.02, 0.2),
        Case(64, 1000, 3000, 0.1, 0.02),
        Case(64, 200, 3000, 0.01, 1.0),
        Case(32, 120, 3000, 0.01, 1.0),
    ),
    "digits": (
        Case(16, 100, 600, 0.01, 0.05),
        Case(16, 40, 600, 0.01, 0.5),
        Case(4, 40, 600, 0.01, 0.05),
    ),
    "digits-net": (Case(32, 100, 600, 0.01, 0.1), Case(32, 60, 600, 0.001, 1.0)),
    "mnist": (Case(49, 150, 2000, 0.01, 0.1), Case(49, 400, 2000, 0.01, 0.02)),
    "mnist-net": (Case(32, 100, 2000, 0.01, 0.1), Case(64, 150, 2000, 0.001, 1.0)),
}
"""Cases by pair."""


@dataclass(frozen=True)
class Measured:
    """Test errors of teacher and student in one case: predicted, measured, estimated; pairs are (t, s).

    `control` is the teacher's on elliptical rows of the data's lengths and covariance, and its error.
    """

    case: Case
    theory: tuple[float, float]
    uneven: tuple[float, float]
    mean: tuple[float, float]
    standard_error: tuple[float, float]
    control: tuple[float, float]
    kappa: float
    kappa_uneven: float
    kappa_held_out: float
    kappa_by_length: float
    cross_validation: float
    leave_one_out: float


@dataclass(frozen=True)
class Study:
    """All cases of a data set.

    `noise_by_length` is the residual variance weighted by the rows' squared lengths.
    """

    name: str
    rows: int
    columns: int
    noise: float
    noise_by_length: float
    repetitions: int
    cases: tuple[Measured, ...]

    def as_dict(self) -> dict[str, Any]:
        """The figures by name."""
        return asdict(self)

    def __str__(self) -> str:
        lines = [
            self.name,
            f"{self.rows} rows, {self.columns} columns; the best linear predictor has {self.noise:.4f}, "
            f"by length {self.noise_by_length:.4f}; "
            f"{self.repetitions} splits. Test errors, teacher and student:",
            "   k  n_t   n_s lam_t lam_s |    theory    | uneven rows  |            measured             ",
        ]
        for each in self.cases:
            case, (t, s), (t_error, s_error) = each.case, each.mean, each.standard_error
            lines.append(
                f"{case.weak:>4} {case.teacher_samples:>4} {case.student_samples:>5} "
                f"{case.teacher_lam:>5g} {case.student_lam:>5g} | {each.theory[0]:.3f}  {each.theory[1]:.3f} "
                f"| {each.uneven[0]:.3f}  {each.uneven[1]:.3f} "
                f"| {t:.3f} +- {t_error:.3f} {s:.3f} +- {s_error:.3f}"
            )
        lines.append(
            "what the teacher's rows tell:  GCV, leave-one-out, measured | control "
            "| kappa of the theory, of uneven rows; held out, by length"
        )
        lines += [
            f"{each.case.weak:>4} {each.case.teacher_samples:>4} {each.case.teacher_lam:>5g} | "
            f"{each.cross_validation:.3f} {each.leave_one_out:.3f} {each.mean[0]:.3f} | "
            f"{each.control[0]:.3f} +- {each.control[1]:.3f} | "
            f"{each.kappa:.4f} {each.kappa_uneven:.4f}; {each.kappa_held_out:.4f} {each.kappa_by_length:.4f}"
            for each in self.cases
        ]
        off = self.deviations()
        lines.append(
            "mean relative deviation from the measured errors: "
            + ", ".join(f"{name} {value:.1%}" for name, value in off.items())
        )
        return "\n".join(lines)

    def deviations(self) -> dict[str, float]:
        """Mean relative deviation of every prediction from the measured errors."""
        both = {"theory": [each.theory for each in self.cases], "uneven rows": [e.uneven for e in self.cases]}
        mean = np.array([each.mean for each in self.cases])
        found = {name: float(np.abs(np.array(value) / mean - 1).mean()) for name, value in both.items()}
        for name in ("cross_validation", "leave_one_out"):
            value = np.array([getattr(each, name) for each in self.cases])
            found[name.replace("_", " ") + " (teacher)"] = float(np.abs(value / mean[:, 0] - 1).mean())
        return found


class HeldOut(NamedTuple):
    """A ridge fit, and what its own rows tell of it."""

    coefficients: Array
    kappa: float
    kappa_by_length: float
    cross_validation: float
    leave_one_out: float


def held_out(rows: Array, labels: Array, lam: float) -> HeldOut:
    """Fit ridge, and estimate from its rows the effective penalty, and the test error, two ways each.

    A row of leverage h is left with `1 - h`. `kappa = lam/mean(1 - h)` takes rows to be alike, the other
    weighs each by its squared length. Generalised cross-validation divides the mean square residual by
    `mean(1 - h)^2`, leave-one-out each residual by its own `1 - h`.

    >>> rng = np.random.default_rng(0)
    >>> rows, labels = rng.normal(size=(40, 5)), rng.normal(size=40)
    >>> def missed(i):
    ...     others = np.delete(rows, i, 0), np.delete(labels, i)
    ...     return labels[i] - rows[i] @ held_out(*others, 0.5 * 40 / 39).coefficients
    >>> error = np.mean([missed(i) ** 2 for i in range(40)])
    >>> bool(np.isclose(held_out(rows, labels, 0.5).leave_one_out, error))
    True
    """
    samples, columns = rows.shape
    inverse = np.linalg.inv(rows.T @ rows / samples + lam * np.eye(columns))
    coefficients = inverse @ (rows.T @ labels / samples)
    left = 1.0 - np.sum((rows @ inverse) * rows, axis=1) / samples
    residual, share = labels - rows @ coefficients, float(left.mean())
    return HeldOut(
        coefficients,
        lam / share,
        lam / float(np.average(left, weights=(rows**2).sum(axis=1))),
        float(np.mean(residual**2)) / share**2,
        float(np.mean((residual / left) ** 2)),
    )


def study(
    load: Callable[[int], Pair], cases: Sequence[Case], *, repetitions: int = 60, seed: int = 0
) -> Study:
    """Predict and measure test errors of every case, over random splits of the rows.

    `load` makes the pair that has so many weak columns.
    """
    found = []
    for place, case in enumerate(cases):
        data = load(case.weak)
        lengths = (data.strong**2).sum(axis=1)
        world = w2s.Population.from_representations(data.weak, data.strong, data.y)
        learners, noise = case.learners(world), float(world.noise)
        rng = np.random.default_rng([seed, place])
        drawn = np.array([_split(data, case, rng) for _ in range(repetitions)])
        mean = drawn.mean(axis=0)
        error = drawn[:, :2].std(axis=0, ddof=1) / repetitions**0.5
        root = covariance_root(world.covariance)
        control = np.array([_control(world, root, learners[0], lengths, rng) for _ in range(repetitions)])
        theory = [noise + each for each in w2s.risks(world, *learners)]
        uneven = [noise + each for each in uneven_rows.risks(world, *learners, lengths=lengths)]
        found.append(
            Measured(
                case=case,
                theory=(theory[0], theory[1]),
                uneven=(uneven[0], uneven[1]),
                mean=(float(mean[0]), float(mean[1])),
                standard_error=(float(error[0]), float(error[1])),
                control=(float(control.mean()), float(control.std(ddof=1) / repetitions**0.5)),
                kappa=uneven_rows.kappa_of(world, learners[0]),
                kappa_uneven=uneven_rows.kappa_of(world, learners[0], lengths),
                kappa_held_out=float(mean[2]),
                kappa_by_length=float(mean[3]),
                cross_validation=float(mean[4]),
                leave_one_out=float(mean[5]),
            )
        )
    rows, columns = data.strong.shape
    residual = world.y - world.X @ world.beta
    by_length = float(np.average(residual**2, weights=lengths))
    return Study(data.name, rows, columns, noise, by_length, repetitions, tuple(found))


def _split(data: Pair, case: Case, rng: np.random.Generator) -> tuple[float, ...]:
    """Test errors of teacher and student of one split, and what the teacher's rows tell of it."""
    order = rng.permutation(len(data.y))
    ends = case.teacher_samples, case.teacher_samples + case.student_samples
    own, others, rest = order[: ends[0]], order[ends[0] : ends[1]], order[ends[1] :]
    teacher, *told = held_out(data.weak[own], data.y[own], case.teacher_lam)
    student = held_out(data.strong[others], data.weak[others] @ teacher, case.student_lam).coefficients
    errors = (
        float(np.mean((data.y[rest] - data.weak[rest] @ teacher) ** 2)),
        float(np.mean((data.y[rest] - data.strong[rest] @ student) ** 2)),
    )
    return *errors, *told


def _control(world: Any, root: Array, learner: Any, lengths: Array, rng: np.random.Generator) -> float:
    """Test error of a learner on drawn elliptical rows: Gaussian ones at lengths of the data's."""
    samples = int(learner.samples)
    scale = np.sqrt(rng.choice(lengths / lengths.mean(), size=samples))
    rows = scale[:, None] * (rng.standard_normal((samples, len(root))) @ root.T)
    labels = rows @ world.beta + np.sqrt(world.noise) * rng.standard_normal(samples)
    error = -world.beta
    error[learner.features] += held_out(rows[:, learner.features], labels, learner.lam).coefficients
    return float(world.noise + error @ world.covariance @ error)
