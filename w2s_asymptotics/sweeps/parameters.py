"""The parameters that a sweep may vary: "student.lam", "world.noise", "teacher.penalty.0", ..."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import Any

import numpy as np

from ..notation import QUANTITIES
from ..worlds.population import IsotropicPopulation

__all__ = ["Parameter", "parameter"]

_UNITS = {
    "noise": "y^2",
    "signal": "y^2/x^2",
    "lam": "x^2",
    "eigenvalues": "x^2",
    "covariance": "x^2",
    "time": "1/x^2",
    "samples": "rows",
}
_ROWS = ("penalty", "covariance", "eigenvalues", "weights", "lams", "own", "easy", "hard", "beta", "features")
_WORLD = -1


@dataclass(frozen=True, eq=False)
class Parameter:
    """One axis of a sweep.

    Attributes
    ----------
    name
        As the user wrote it, and the name of the dimension.
    values
        Its values, in the order given: numbers, or names such as those of activations.
    owner
        The place of its learner, -1 for the world.
    field
        The argument of that record.
    place
        The atom (or the fit) where it is one entry of a row, else None.
    broadcast
        Whether the questions take all values at once, as an array.
    """

    name: str
    values: Any
    owner: int
    field: str
    place: int | None
    broadcast: bool

    def into(self, world: Any, learners: tuple[Any, ...], value: Any) -> tuple[Any, tuple[Any, ...]]:
        """The world and the learners with this parameter at a value (or an array of values)."""
        record = world if self.owner == _WORLD else learners[self.owner]
        changes = {self.field: value if self.place is None else self._row(record, world, value)}
        other = {"gamma": "samples", "samples": "gamma"}.get(self.field)
        if other in {item.name for item in fields(record)}:
            changes[other] = None
        changed = replace(record, **changes)
        if self.owner == _WORLD:
            return changed, learners
        return world, (*learners[: self.owner], changed, *learners[self.owner + 1 :])

    def _row(self, record: Any, world: Any, value: Any) -> Any:
        row = getattr(record, self.field)
        if self.field in ("penalty", "covariance") and np.ndim(row) < 2:
            default = (1.0 if self.field == "penalty" else world.eigenvalues) if row is None else row
            row = np.array(np.broadcast_to(default, np.size(world.eigenvalues)), dtype=float)
        if np.ndim(row) != 1 or not 0 <= (self.place or 0) < len(row):
            raise ValueError(f"{self.name} names an entry of {self.field}, which has {np.size(row)} of them")
        entries = list(row)
        entries[self.place or 0] = value
        return tuple(entries) if isinstance(row, tuple) else np.array(entries)

    @property
    def attributes(self) -> dict[str, str]:
        """What the coordinate says of itself."""
        quantity = QUANTITIES.get({"lams": "lam"}.get(self.field, self.field))
        whose = "the world" if self.owner == _WORLD else f"learner {self.owner + 1}"
        found = {"long_name": f"{quantity.meaning if quantity else self.field}, of {whose}"}
        if self.values.dtype.kind in "fi":
            found["units"] = _UNITS.get({"lams": "lam"}.get(self.field, self.field), "1")
        return found


def parameter(name: str, values: Any, world: Any, learners: tuple[Any, ...]) -> Parameter:
    """The axis that a name and its values describe, every value checked by the record that will hold it."""
    owner, field, place = _read(name, len(learners))
    record = world if owner == _WORLD else learners[owner]
    arguments = [item.name for item in fields(record) if item.init]
    if field not in arguments:
        near = get_close_matches(field, arguments, 1)
        hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(arguments)}"
        raise ValueError(f"{type(record).__name__} has no parameter {field!r}, asked for as {name!r}; {hint}")
    if place is None and field in _ROWS:
        raise ValueError(f"{name!r} is a row: name one entry of it, counted from 0, such as '{name}.0'")
    row = _values(name, values)
    numeric = row.dtype.kind == "f" and field in QUANTITIES and place is None
    if owner == _WORLD:
        broadcast = numeric and (
            field == "noise" or (field == "signal" and isinstance(world, IsotropicPopulation))
        )
    else:
        broadcast = numeric
    found = Parameter(name, row, owner, field, place, broadcast)
    for value in (row,) if broadcast else row.tolist():
        found.into(world, learners, value)
    return found


def _read(name: Any, count: int) -> tuple[int, str, int | None]:
    """The owner, the argument and the entry that a name tells."""
    if not isinstance(name, str):
        raise ValueError(f"a parameter is named by text such as 'student.lam', got {name!r}")
    parts = name.split(".")
    place = int(parts.pop()) if len(parts) > 1 and parts[-1].isdecimal() else None
    who = parts.pop(0) if len(parts) > 1 else "world"
    number = who.removeprefix("learner")
    if len(parts) != 1 or not parts[0]:
        raise ValueError(f"unknown parameter {name!r}; write it as 'student.lam' or 'world.noise'")
    if who == "world":
        return _WORLD, parts[0], place
    if who == "teacher":
        return 0, parts[0], place
    if who == "student" and count > 1:
        return count - 1, parts[0], place
    if who.startswith("learner") and number.isdecimal() and 1 <= int(number) <= count:
        return int(number) - 1, parts[0], place
    known = ["world", "teacher", *(["student"] if count > 1 else [])]
    raise ValueError(
        f"unknown parameter {name!r}: of this chain there are {', '.join(known)} and "
        f"{', '.join(f'learner{k + 1}' for k in range(count))}"
    )


def _values(name: str, values: Any) -> Any:
    row = np.asarray(values)
    if row.ndim != 1 or not row.size:
        raise ValueError(f"{name} must have a row of values, got shape {row.shape}")
    if row.dtype.kind in "US" and all(isinstance(value, str) for value in row.tolist()):
        return row.astype(object)
    if row.dtype.kind not in "iuf":
        raise ValueError(f"the values of {name} must be numbers or names, got {values!r}")
    whole = row.dtype.kind in "iu" and name.rpartition(".")[2] in (
        "degree",
        "hard_degree",
        "dimension",
        "nodes",
    )
    found = row.astype(int if whole else float)
    found.setflags(write=False)
    return found
