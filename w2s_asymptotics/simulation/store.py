"""What unfinished simulations had done, kept in a file for the next run of the same.

An entry is found by its seed and by what the first repetition measures, which is done again and must come
out the same to the last bit: another world, chain, dimension or version has no part in it.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from ..files import write_beside
from .repetitions import Moments

__all__ = ["Store", "key_of"]


def key_of(seed: np.random.SeedSequence, first: Any) -> str:
    """The name of an entry: the seed, and the figures of the first repetition to the last bit."""
    digest = hashlib.sha256(np.ascontiguousarray(first, dtype=float).tobytes())
    digest.update(repr((seed.entropy, seed.spawn_key, np.shape(first))).encode())
    return digest.hexdigest()


class Store:
    """A JSON file of the moments of simulations, by their keys; written when `save` is called."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.entries: dict[str, Any] = {}
        if self.path.exists():
            try:
                self.entries = dict(json.loads(self.path.read_text(encoding="utf-8")))
            except (ValueError, TypeError):
                raise ValueError(f"{self.path}: not a file of unfinished simulations") from None
        self.found = bool(self.entries)  # whether there is anything to go on from

    def get(self, key: str, repetitions: int) -> Moments | None:
        """What was done of a simulation, if that is no more than is asked for now."""
        found = self.entries.get(key)
        if found is None or found["count"] > repetitions:
            return None
        return Moments(found["count"], *(np.array(found[name]) for name in ("mean", "squares", "first")))

    def put(self, key: str, moments: Moments) -> None:
        """Keep what is done; floats are written so that they are read back to the last bit."""
        self.entries[key] = {
            "count": moments.count,
            "mean": np.asarray(moments.mean).tolist(),
            "squares": np.asarray(moments.squares).tolist(),
            "first": np.asarray(moments.first).tolist(),
        }

    def save(self) -> None:
        """Write the file, whole or not at all."""
        write_beside(self.path, json.dumps(self.entries))

    def remove(self) -> None:
        """Forget the file, once there is nothing unfinished."""
        self.path.unlink(missing_ok=True)
