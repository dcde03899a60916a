"""A multi-index world and its two-layer learners at a finite dimension, idealised or as real networks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..learners import TwoLayer
from ..learners.network import hard_spread, step_spread
from ..worlds import MultiIndex
from .data import Vector
from .finite import DEFAULT_DIM, finite, plain_number
from .fit import Penalty
from .learned import activation_of
from .multi_index import MultiIndexRows, orthonormal_pair
from .two_layer import IdealStage, NetworkStage, TwoLayerStage, derivative_of

__all__ = ["NETWORKS", "FiniteMultiIndex"]

NETWORKS = ("ideal", "real")


@dataclass(frozen=True)
class FiniteMultiIndex:
    """A multi-index world at a finite dimension; `network` says what its learners are simulated as."""

    world: MultiIndex
    source: MultiIndexRows
    network: str = "ideal"

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        return self.source.dim

    def stage(self, learner: Any) -> TwoLayerStage:
        """Reduce a learner to plain numbers."""
        if not isinstance(learner, TwoLayer):
            raise ValueError(f"a MultiIndex world takes TwoLayer learners, got {learner!r}")
        width = plain_number("width", learner.width)
        if not 0.5 <= width * self.dim < np.inf:
            raise ValueError(f"width = {width:g} gives no finite number of neurons at dim = {self.dim}")
        probe = learner.head == "probe"
        for name in ("gamma", "gamma_step", "quality"):  # also where they play no part
            plain_number(name, getattr(learner, name))
        steps = self._rows("gamma_step", learner.gamma_step) if learner.spikes else 0
        common: dict[str, Any] = {
            "source": self.source,
            "samples": self._rows(
                "gamma_probe" if probe else "gamma", learner.gamma_probe if probe else learner.gamma
            ),
            "lam": plain_number("lam", learner.lam),
            "penalty": Penalty.of(None),
            "noise": plain_number("noise", learner.noise),
            "truth": 0.0,
            "features": round(width * self.dim),
            "activation": activation_of(learner.activation, 0.0, 1.0) or np.asarray,
            "step_samples": steps,
            "degrees": learner.spikes,
            "hard_direction": self.source.hard_direction,
            "hard_degrees": learner.hard_spikes,
            "head": learner.head,
            "retained": self._retained(learner),
        }
        if self.network == "ideal":
            return IdealStage(**common)
        return NetworkStage(
            **common,
            derivative=derivative_of(learner.activation),
            spread=step_spread(learner, self.dim),
            hard_spread=hard_spread(learner, self.dim),
        )

    def _rows(self, name: str, gamma: Any) -> int:
        ratio = plain_number(name, gamma)
        if not 0 < ratio < np.inf or round(self.dim / ratio) < 2:
            raise ValueError(
                f"{name} = {ratio:g} gives no finite number of rows (2 or more) at dim = {self.dim}"
            )
        return round(self.dim / ratio)

    def _retained(self, learner: TwoLayer) -> Vector:
        quality = plain_number("quality", learner.quality)
        return np.array(
            [quality * plain_number("hard", self.world.hard.coefficient(k)) for k in learner.hard_spikes]
        )


@finite.register
def _(world: MultiIndex, dim: int | None, rng: np.random.Generator) -> FiniteMultiIndex:
    for value in (*world.easy.given, *world.hard.given):
        plain_number("a link's coefficient", value)
    easy, hard = orthonormal_pair(dim or DEFAULT_DIM, rng)
    slopes = tuple(plain_number("link", link.coefficient(1)) for link in (world.easy, world.hard))
    energies = tuple(plain_number("energy", link.energy) for link in (world.easy, world.hard))
    source = MultiIndexRows(
        easy_direction=easy,
        hard_direction=hard,
        easy=world.easy,
        hard=world.hard,
        slopes=(slopes[0], slopes[1]),
        energies=(energies[0], energies[1]),
        noise=plain_number("noise", world.noise),
    )
    return FiniteMultiIndex(world, source)
