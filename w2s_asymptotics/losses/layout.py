"""Where the panels of Gaussian averages lie: how far out, how wide, and where kinks are crossed."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arithmetic import REAL, Namespace
from .normal import working_digits

if TYPE_CHECKING:
    from .labels import Labels
    from .loss import Loss

__all__ = ["NEAR", "crossings", "edges", "effort"]

NEAR = 9.0
"""How far out the normal law is followed at first: beyond, it has a mass of 2e-19."""

_FAR = 38.0  # to where it underflows
_SHARPEST = 1e-18  # a bend sharper than this is a jump


def effort(xp: Namespace, far: bool = False) -> tuple[int, float]:
    """Points on a panel, and how far out the normal law is followed."""
    if xp is REAL:
        return 12, _FAR if far else NEAR
    digits = working_digits()
    return int(0.55 * digits) + 6, 2.15 * float(np.sqrt(digits + 3))


def edges(reach: float, scale: float, xp: Namespace, folded: bool = False) -> Any:
    """Ends of panels out to `reach`: 1.5 wide, finer near 0 where something bends on the scale `scale`.

    0 always is an end, and so a jump there (scale 0) is met exactly.
    """
    sharp = 0 < scale < 1
    ends = _ends(reach, _rung(scale) if sharp else 1.0, folded)
    return ends if xp is REAL else xp.convert(ends)


def _rung(scale: float) -> float:
    """The scale rounded down to a ladder, so that a layout serves many fixed points."""
    return max(math.exp2(math.floor(4 * math.log2(scale)) / 4), _SHARPEST)


@lru_cache(maxsize=1024)
def _ends(reach: float, scale: float, folded: bool) -> Any:
    ends = [0.0]
    while ends[-1] < reach:
        coarse = 1.5 if ends[-1] < NEAR else 0.2 * ends[-1]
        ends.append(min(reach, ends[-1] + min(coarse, max(1.5 * scale, 0.35 * ends[-1]))))
    half = np.array(ends)
    found = half if folded else np.concatenate([-half[:0:-1], half])
    found.flags.writeable = False
    return found


def crossings(
    loss: Loss,
    labels: Labels,
    ends: Any,
    total: float,
    slant: float,
    spread: float,
    chi: float,
    xp: Namespace,
) -> Any:
    """Further ends where the mean of h given z passes a kink, as steeply as h given z is narrow."""
    if loss.name == "logistic":
        return ends
    reach = float(ends[-1])
    zs = np.linspace(0.0, reach, 2001)

    def gaps(z: Any) -> list[Any]:
        label = 2 * labels.probability(total * z) - 1
        return [slant * z - kink for kink in loss.kinks(label, chi)]

    found: list[float] = []
    offsets = spread / max(slant, 1e-300) * np.array([-8, -5, -3, -1.5, 0.0, 1.5, 3, 5, 8])
    for which, values in enumerate(gaps(zs)):
        for place in np.flatnonzero(values[:-1] * values[1:] < 0):
            low, high = zs[place], zs[place + 1]
            for _ in range(60):
                middle = (low + high) / 2
                same = gaps(middle)[which] * values[place] > 0
                low, high = (middle, high) if same else (low, middle)
            found += [float(low + offset) for offset in offsets]
    extra = np.array([z for z in found if 0 < z < reach])
    return np.sort(np.concatenate([ends, extra if xp is REAL else xp.convert(extra)]))
