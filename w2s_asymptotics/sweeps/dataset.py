"""A finished sweep as an xarray.Dataset that says what was asked, and as a file of its own."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..serial.records import plain
from .asked import QUESTIONS
from .plan import Plan

if TYPE_CHECKING:
    import xarray

__all__ = ["HINT", "dataset", "identity", "opened", "require", "saved", "stored_chunk"]

HINT = "pip install 'w2s_asymptotics[sweep]'"
_LONGEST = 30_000  # characters of an attribute: netCDF takes no more than 64 kB in all


def require(path: Path | None) -> None:
    """Raise `ModuleNotFoundError` with one line of advice where a package is missing."""
    needs = ["xarray"]
    if path is not None:
        needs += {".nc": ["h5netcdf", "h5py"], ".zarr": ["zarr"]}.get(path.suffix, [])
    for package in needs:
        if find_spec(package) is None:
            what = "sweep" if package == "xarray" else f"a store ending in {path.suffix if path else ''}"
            raise ModuleNotFoundError(f"{what} needs {package}: {HINT}")


def _version() -> str:
    return str(import_module(__package__.partition(".")[0]).__version__)


def _asked(plan: Plan) -> dict[str, Any]:
    """World, chain and question, as JSON has them."""
    return {
        "world": plain(plan.world),
        "chain": [plain(learner) for learner in plan.learners],
        "question": {"sweep over": [axis.name for axis in plan.axes], "ask": list(plan.ask)},
    }


def identity(plan: Plan, chunk: int | None) -> str:
    """Everything that the answers depend on, as JSON: what a store must agree in to be gone on with."""
    values = {axis.name: plain(axis.values.tolist()) for axis in plan.axes}
    rest = {"values": values, "chunk": chunk, "block": list(plan.block), "library": _version()}
    return json.dumps(_asked(plan) | rest, allow_nan=False)


def stored_chunk(folder: Path) -> int | None:
    """The `chunk` of a sweep that a folder has begun: it is gone on with in the same chunks."""
    try:
        found = json.loads((folder / "plan.json").read_text(encoding="utf-8"))["chunk"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, int) else None


def _attributes(plan: Plan) -> dict[str, Any]:
    """World, chain and question; of what is too long for an attribute, its type and checksum."""
    found = {
        "title": f"{', '.join(plan.ask)} over {', '.join(axis.name for axis in plan.axes)}",
        "library": f"w2s_asymptotics {_version()}",
    }
    for name, value in _asked(plan).items():
        text = json.dumps(value, allow_nan=False)
        if len(text) > _LONGEST:
            kinds = value["type"] if isinstance(value, dict) else [each["type"] for each in value]
            mark = hashlib.sha256(text.encode()).hexdigest()
            text = json.dumps({"type": kinds, "sha256 of its JSON": mark})
        found[name] = text
    return found


def dataset(plan: Plan, arrays: dict[str, Any]) -> xarray.Dataset:
    """The answers with their dimensions, coordinates, units and attributes."""
    import xarray

    dims = [axis.name for axis in plan.axes]
    variables = {}
    for name in plan.ask:
        question = QUESTIONS[name]
        own = ["learner", *dims] if question.per_learner else dims
        variables[name] = (own, arrays[name], {"long_name": question.meaning, "units": question.units})
    coordinates: dict[str, Any] = {axis.name: (axis.name, axis.values, axis.attributes) for axis in plan.axes}
    if any(QUESTIONS[name].per_learner for name in plan.ask):
        places = np.arange(1, len(plan.learners) + 1)
        coordinates["learner"] = ("learner", places, {"long_name": "place in the chain"})
    return xarray.Dataset(variables, coordinates, _attributes(plan))


def saved(found: xarray.Dataset, path: Path, plan: Plan) -> None:
    """Write a dataset to .nc or .zarr, whole or not at all."""
    new = path.with_name(f"{path.name}.new")
    if new.is_dir():
        shutil.rmtree(new)
    if path.suffix == ".nc":
        found.to_netcdf(new, engine="h5netcdf")
    else:
        parts = {name: {"chunks": _chunks(plan, name)} for name in plan.ask}
        found.to_zarr(new, mode="w", zarr_format=2, consolidated=True, encoding=parts)
    os.replace(new, path)


def _chunks(plan: Plan, name: str) -> tuple[int, ...]:
    return (len(plan.learners), *plan.block) if QUESTIONS[name].per_learner else plan.block


def opened(path: Path, plan: Plan) -> xarray.Dataset:
    """The dataset in a file, read when used, if it is the answer to this sweep."""
    import xarray

    if path.suffix == ".nc":
        found = xarray.open_dataset(path, engine="h5netcdf")
    else:
        found = xarray.open_zarr(path, chunks=None, consolidated=True)
    wanted = _attributes(plan)
    differing = [name for name in wanted if found.attrs.get(name) != wanted[name]]
    differing += [
        axis.name
        for axis in plan.axes
        if axis.name not in found.coords or found[axis.name].values.tolist() != axis.values.tolist()
    ]
    if differing:
        found.close()
        raise ValueError(f"{path} holds another sweep: it differs in {', '.join(differing)}")
    return found
