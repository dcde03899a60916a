"""Where answers are kept as they are computed: in memory, or in a folder from which a killed sweep goes on.

A folder has `plan.json` (what is asked), an array `.npy` per question, and `done.txt`: a line for every chunk
that is in the arrays, with the checksum of its numbers. A chunk is written first and noted then, so what is
noted is there; what a crash has left half written has no line or another checksum, and is computed again.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from .plan import Plan

__all__ = ["Folder", "Memory"]

_PLAN, _DONE = "plan.json", "done.txt"


class Memory:
    """Answers in arrays of this process."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.arrays: dict[str, Any] = {name: np.empty(plan.variable(name)) for name in plan.ask}

    def put(self, number: int, answers: dict[str, Any]) -> None:
        """Keep the answers of one chunk."""
        region = self.plan.region(number)
        for name, block in answers.items():
            self.arrays[name][self.plan.within(name, region)] = block


class Folder(Memory):
    """Answers in arrays on disk, and a list of the chunks that are there."""

    def __init__(self, path: Path, plan: Plan, asked: str) -> None:
        self.path, self.plan = path, plan
        if not (path / _PLAN).exists():
            self._begin(asked)
        found = (path / _PLAN).read_text(encoding="utf-8")
        if found != asked:
            raise ValueError(
                f"{path} holds another sweep: {_difference(found, asked)}; give another store, or remove it"
            )
        self.arrays = {name: np.load(self._array(name), mmap_mode="r+") for name in plan.ask}
        self.done = self._noted()

    def _array(self, name: str) -> Path:
        return self.path / f"{name.replace(' ', '_')}.npy"

    def _begin(self, asked: str) -> None:
        """Make the arrays, and last the plan: a folder without one is begun anew."""
        ours = {self._array(name).name for name in self.plan.ask} | {_DONE, f"{_PLAN}.new"}
        if self.path.exists() and (
            not self.path.is_dir() or {item.name for item in self.path.iterdir()} - ours
        ):
            raise ValueError(f"{self.path} is there already, and is no sweep: give another store")
        self.path.mkdir(parents=True, exist_ok=True)
        for name in self.plan.ask:
            np.lib.format.open_memmap(
                self._array(name), mode="w+", dtype=np.float64, shape=self.plan.variable(name)
            ).flush()
        (self.path / _DONE).write_text("", encoding="ascii")
        (self.path / f"{_PLAN}.new").write_text(asked, encoding="utf-8")
        os.replace(self.path / f"{_PLAN}.new", self.path / _PLAN)

    def _noted(self) -> set[int]:
        """The chunks that are there, each checked by its sum; a last line that breaks off does not count."""
        lines = (self.path / _DONE).read_bytes().split(b"\n")
        if lines[-1]:
            with (self.path / _DONE).open("ab") as file:
                file.write(b"\n")
        noted = dict(line.split() for line in lines[:-1] if len(line.split()) == 2)
        return {
            int(number)
            for number, mark in noted.items()
            if number.isdigit() and int(number) < self.plan.chunks and self._mark(int(number)) == mark
        }

    def _mark(self, number: int) -> bytes:
        """The checksum of a chunk as it is on disk."""
        region = self.plan.region(number)
        total = 0
        for name in self.plan.ask:
            block = self.arrays[name][self.plan.within(name, region)]
            total = zlib.crc32(np.ascontiguousarray(block).data, total)
        return b"%08x" % total

    def put(self, number: int, answers: dict[str, Any]) -> None:
        """Keep the answers of one chunk, then note it."""
        super().put(number, answers)
        descriptor = os.open(self.path / _DONE, os.O_WRONLY | os.O_APPEND)
        try:
            os.write(descriptor, b"%d %s\n" % (number, self._mark(number)))
        finally:
            os.close(descriptor)
        self.done.add(number)

    def close(self) -> dict[str, Any]:
        """Write what is still in memory, and give the arrays as they are on disk, for reading."""
        for array in self.arrays.values():
            array.flush()
        self.arrays = {name: np.load(self._array(name), mmap_mode="r") for name in self.plan.ask}
        return self.arrays

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes from the same folder, where the system can."""
        try:
            import fcntl
        except ModuleNotFoundError:
            yield
            return
        with (self.path / _DONE).open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise ValueError(f"another process is computing the sweep in {self.path}") from None
            yield


def _difference(found: str, asked: str) -> str:
    """What two plans differ in."""
    try:
        one, other = json.loads(found), json.loads(asked)
        names = [name for name in other if one.get(name) != other[name]]
    except (ValueError, AttributeError):
        return "its plan cannot be read"
    return f"it differs in {', '.join(names)}"
