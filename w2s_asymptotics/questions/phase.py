"""Phase diagrams: the gain over any two parameters, and where it vanishes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import Any

import numpy as np

from ..arithmetic import is_high
from ..learners import Learner, ready
from ..records import Record, as_lists
from ..worlds import MultiIndex, Population
from ..worlds.population import IsotropicPopulation
from .chain import check_chain
from .gain import gain
from .roots import bracketed_roots

__all__ = ["PhaseDiagram", "phase_diagram"]

_OF_LEARNER = (
    *("gamma", "lam", "noise", "truth", "samples", "width", "tail", "time", "components"),
    *("gamma_step", "gamma_probe", "quality"),
)

Axis = tuple[str, Any]
Crossing = tuple[str, int, int]


@dataclass(frozen=True, eq=False)
class PhaseDiagram(Record):
    """Gains on a grid.

    Attributes
    ----------
    x_name, y_name
        Names of the two parameters.
    x, y
        Their values.
    gain
        Array of shape (len(y), len(x)); positive where the student wins.
    boundary
        Curves of zero gain, each an array of points (x, y), shape (k, 2).
    """

    x_name: str
    y_name: str
    x: Any
    y: Any
    gain: Any
    boundary: list[Any]

    def as_dict(self) -> dict[str, Any]:
        """The fields by name, arrays as lists."""
        return as_lists(self) | {"boundary": [curve.tolist() for curve in self.boundary]}

    def __str__(self) -> str:
        share = float(np.mean(self.gain > 0))
        size = f"{len(self.x)} x {len(self.y)}"
        return f"student wins on {share:.0%} of {size} values of {self.x_name}, {self.y_name}"


def phase_diagram(
    world: Population | MultiIndex, teacher: Learner, student: Learner, *, x: Axis, y: Axis
) -> PhaseDiagram:
    """The gain over two parameters, each given as a pair (name, increasing values).

    A parameter is `"teacher.lam"`, `"student.gamma"`, `"student.noise"`, `"student.truth"`, ..., or of the
    world `"noise"` and, where it is isotropic, `"signal"`; of networks also `"student.quality"`,
    `"teacher.gamma_step"`, `"student.gamma_probe"`, `"student.width"`. It may be of one atom, counted from 0:
    `"student.penalty.0"`, `"teacher.covariance.1"`, `"signal.0"`, `"eigenvalues.2"`. The boundary is found by
    solving for zero gain along every row and column of the grid where the sign changes, and joined into
    curves cell by cell. What is varied may be left out of the learners.

    >>> from w2s_asymptotics import Population, Ridge
    >>> world, learner = Population.isotropic(noise=0.5), Ridge(gamma=0.5)
    >>> lams = np.linspace(0.01, 1.0, 5)
    >>> diagram = phase_diagram(world, learner, learner, x=("student.lam", lams), y=("teacher.lam", lams))
    >>> diagram.gain.shape
    (5, 5)
    """
    (x_name, x_values), (y_name, y_values) = _axis(x, "x"), _axis(y, "y")
    if x_name == y_name:
        raise ValueError(f"x and y must be two different parameters, got {x_name!r} twice")
    check_chain(world, (ready(teacher), ready(student)))
    first = _with(_with((world, teacher, student), x_name, x_values[0]), y_name, y_values[0])
    if check_chain(first[0], first[1:]).symbolic:
        raise ValueError("phase_diagram takes numbers")

    def gain_at(at_x: Any, at_y: Any) -> Any:
        shape = np.broadcast_shapes(np.shape(at_x), np.shape(at_y))
        gains = np.empty(shape)
        for part, (value_x, value_y) in _parts((x_name, y_name), (at_x, at_y), shape):
            gains[part] = gain(*_with(_with((world, teacher, student), x_name, value_x), y_name, value_y))
        return gains

    gains = np.array(gain_at(x_values[None, :], y_values[:, None]))
    crossings = _crossings(gain_at, x_values, y_values, gains > 0)
    curves = [np.array([crossings[key] for key in path]) for path in _paths(crossings)]
    return PhaseDiagram(x_name, y_name, x_values, y_values, gains, curves)


def _axis(axis: Axis, which: str) -> tuple[str, Any]:
    if not (isinstance(axis, Sequence) and len(axis) == 2 and isinstance(axis[0], str)):
        raise ValueError(
            f"{which} must be a pair (name, values) such as ('student.lam', values), got {axis!r}"
        )
    values = np.array(axis[1])
    if (
        is_high(values)
        or values.dtype.kind not in "iuf"
        or values.ndim != 1
        or values.size < 2
        or not (np.diff(values) > 0).all()
    ):
        raise ValueError(f"{which} values must be at least two increasing numbers ({axis[0]})")
    return axis[0], values.astype(float)


def _of_atom(name: str) -> tuple[str, int] | None:
    """The row and the atom that a parameter such as "student.penalty.0" names, or None."""
    row, _, place = name.rpartition(".")
    return (row, int(place)) if row and place.isdecimal() else None


def _parts(
    names: tuple[str, str], values: tuple[Any, Any], shape: tuple[int, ...]
) -> Iterator[tuple[Any, tuple[Any, Any]]]:
    """The points in parts that one call can take: a parameter of one atom must have one value in each."""
    single = [_of_atom(name) is not None for name in names]
    if not any(single):
        yield ..., values
        return
    x, y = (np.broadcast_to(value, shape) for value in values)
    keys = np.stack([axis.ravel() for axis, alone in zip((x, y), single, strict=True) if alone], axis=1)
    _, group = np.unique(keys, axis=0, return_inverse=True)
    group = group.reshape(shape)
    for each in range(int(group.max()) + 1):
        part = group == each
        at = tuple(
            float(axis[part][0]) if alone else axis[part] for axis, alone in zip((x, y), single, strict=True)
        )
        yield part, (at[0], at[1])


def _with_atom(records: tuple[Any, Any, Any], row: str, place: int, value: float) -> tuple[Any, Any, Any]:
    """The world and the learners with one atom's entry of one row set."""
    world, teacher, student = records
    who, _, parameter = row.rpartition(".")
    count = np.size(world.eigenvalues)
    if isinstance(world, IsotropicPopulation) or not 0 <= place < count:
        raise ValueError(f"{row}.{place} names an atom, of which this world has {count}, counted from 0")

    def changed(current: Any, default: Any) -> Any:
        entries = np.array(np.broadcast_to(default if current is None else current, count), dtype=float)
        entries[place] = value
        return entries

    if who in ("", "world") and parameter in ("signal", "eigenvalues") and type(world) is Population:
        return replace(world, **{parameter: changed(getattr(world, parameter), None)}), teacher, student
    if who in ("teacher", "student") and parameter in ("penalty", "covariance"):
        learner = teacher if who == "teacher" else student
        _check_field(learner, parameter, f"{row}.{place}")
        default = 1.0 if parameter == "penalty" else world.eigenvalues
        learner = replace(learner, **{parameter: changed(getattr(learner, parameter), default)})
        return (world, learner, student) if who == "teacher" else (world, teacher, learner)
    raise ValueError(
        f"unknown parameter {row!r} of an atom; choose teacher or student .penalty or .covariance, "
        "or signal or eigenvalues of a world given by its atoms"
    )


def _check_field(learner: Any, parameter: str, name: str) -> None:
    if parameter not in (item.name for item in fields(learner)):
        raise ValueError(f"{type(learner).__name__} has no parameter {parameter!r}, asked for as {name!r}")


def _with(records: tuple[Any, Any, Any], name: str, value: Any) -> tuple[Any, Any, Any]:
    """The world and the learners with one parameter set."""
    atom = _of_atom(name)
    if atom is not None:
        return _with_atom(records, *atom, value)
    world, teacher, student = records
    who, _, parameter = name.rpartition(".")
    if who in ("", "world") and (
        parameter == "noise" or (parameter == "signal" and isinstance(world, IsotropicPopulation))
    ):
        return replace(world, **{parameter: value}), teacher, student
    if who not in ("teacher", "student") or parameter not in _OF_LEARNER:
        known = [
            "noise",
            "signal",
            *(f"{one}.{item}" for one in ("teacher", "student") for item in _OF_LEARNER),
        ]
        near = get_close_matches(name, known, 3, 0.5)
        near = near or [each for each in known if each.endswith(f".{name}")]
        raise ValueError(
            f"unknown parameter {name!r}; "
            + (f"did you mean {' or '.join(near)}?" if near else "give one such as 'student.lam' or 'noise'")
        )
    changes = {parameter: value}
    learner = teacher if who == "teacher" else student
    _check_field(learner, parameter, name)
    other = {"gamma": "samples", "samples": "gamma"}.get(parameter)
    if other in {each.name for each in fields(learner)}:  # networks have no samples
        changes[other] = None
    if who == "teacher":
        return world, replace(teacher, **changes), student
    return world, teacher, replace(student, **changes)


def _crossings(
    gain_at: Callable[[Any, Any], Any], x: Any, y: Any, wins: Any
) -> dict[Crossing, tuple[float, float]]:
    """Points of zero gain on the edges of the grid, by edge: ("x", row, column) or ("y", row, column)."""
    found: dict[Crossing, tuple[float, float]] = {}
    rows, columns = np.nonzero(wins[:, 1:] != wins[:, :-1])
    if len(rows):
        at = bracketed_roots(lambda value: gain_at(value, y[rows]), x[columns], x[columns + 1])
        found |= {
            ("x", j, i): (float(v), float(y[j]))
            for j, i, v in zip(rows.tolist(), columns.tolist(), at, strict=True)
        }
    rows, columns = np.nonzero(wins[1:] != wins[:-1])
    if len(rows):
        at = bracketed_roots(lambda value: gain_at(x[columns], value), y[rows], y[rows + 1])
        found |= {
            ("y", j, i): (float(x[i]), float(v))
            for j, i, v in zip(rows.tolist(), columns.tolist(), at, strict=True)
        }
    return found


def _paths(crossings: dict[Crossing, tuple[float, float]]) -> list[list[Crossing]]:
    """Join the crossings of each cell, and follow the joints from end to end (or around)."""
    joined: dict[Crossing, list[Crossing]] = {key: [] for key in crossings}
    cells = sorted({cell for _, j, i in crossings for cell in ((j, i), (j - 1, i), (j, i - 1))})
    for j, i in cells:
        edges = [
            key for key in (("x", j, i), ("y", j, i), ("x", j + 1, i), ("y", j, i + 1)) if key in crossings
        ]
        for one, other in zip(edges[::2], edges[1::2], strict=False):
            joined[one].append(other)
            joined[other].append(one)
    paths, seen = [], set()
    for start in sorted(crossings, key=lambda key: (len(joined[key]), key)):
        if start in seen:
            continue
        path, key = [], start
        while key not in seen:
            seen.add(key)
            path.append(key)
            key = next((near for near in joined[key] if near not in seen), start)
        if len(path) > 2 and start in joined[path[-1]]:
            path.append(start)
        paths.append(path)
    return paths
