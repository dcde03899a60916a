"""What a student of a two-layer network gains, part by part: on the easy link and on the hard one."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from ..spectrum.multi_index import MultiIndexSpectrum, TwoLayerEquivalent
from .blocks import evaluate
from .chain import Chain

__all__ = ["Parts", "parts", "total_gain"]


@dataclass(frozen=True)
class Parts:
    """A teacher and its student, part by part.

    The gain is `linear + curved + hard`: on the linear part, with noise and nonlinear energy; on the other
    degrees of the easy link; on the hard link. `given_up` is what a retained head must make up for, and
    `held` the energy that it could; it wins for a quality above `winning_quality`.
    """

    teacher_easy: Any
    teacher_hard: Any
    student_easy: Any
    student_hard: Any
    ceiling: Any
    gain: Any
    pgr: Any
    linear: Any
    curved: Any
    hard: Any
    given_up: Any
    held: Any
    winning_quality: Any
    teacher_direction: Any
    student_direction: Any


def parts(chain: Chain) -> Parts:
    """The parts of a teacher and its student in the multi-index world."""
    return Parts(*evaluate(chain, _parts))


def total_gain(chain: Chain) -> tuple[Any]:
    """The gain of a student over its teacher, for `blocks.evaluate`."""
    spectrum, weak, strong = _functions(chain)
    return (_signed(spectrum, weak, strong, sum(spectrum.gains(weak, strong))),)


def _functions(chain: Chain) -> tuple[MultiIndexSpectrum, TwoLayerEquivalent, TwoLayerEquivalent]:
    spectrum = MultiIndexSpectrum(chain.world, chain.xp)
    teacher, student = chain.learners
    weak = teacher.learn(None, spectrum)
    return spectrum, weak, student.learn(weak, spectrum)


def _signed(
    spectrum: MultiIndexSpectrum, weak: TwoLayerEquivalent, strong: TwoLayerEquivalent, gained: Any
) -> Any:
    """The gain; infinite where one of the two is, with the sign that it has on the way there."""
    xp, infinite = spectrum.xp, weak.infinite | strong.infinite
    if not xp.any(infinite):
        return gained
    sign = xp.where(gained > 0, 1.0, xp.where(gained < 0, -1.0, 0.0))
    return xp.where(infinite & (sign != 0), xp.where(sign > 0, math.inf, -math.inf), gained)


def _parts(chain: Chain) -> tuple[Any, ...]:
    spectrum, weak, strong = _functions(chain)
    xp, student = chain.xp, chain.learners[1]
    best = student.learn(None, spectrum)
    linear, curved, hard = spectrum.gains(weak, strong)
    gained, gap = linear + curved + hard, sum(spectrum.gains(weak, best))
    sign = xp.where(gained > 0, math.inf, xp.where(gained < 0, -math.inf, 0.0))
    ratio = xp.where(gap == 0, sign, gained / xp.where(gap == 0, 1 + 0 * gap, gap))
    without = replace(strong, hard=())
    given_up = -sum(spectrum.gains(weak, without))
    held = spectrum.held(strong)
    return (
        *spectrum.parts(weak), *spectrum.parts(strong), spectrum.risk(best),
        _signed(spectrum, weak, strong, gained), ratio,
        _signed(spectrum, weak, strong, linear), curved, hard,
        given_up, held, _winning_quality(given_up, held, xp),
        spectrum.direction(weak), spectrum.direction(strong),
    )  # fmt: skip


def _winning_quality(given_up: Any, held: Any, xp: Any) -> Any:
    """`1 - sqrt(1 - given_up/held)`, the root of `held (1 - (1 - z)^2) = given_up`; negative where all win.

    Infinite where none does.
    """
    left = xp.positive_part(held - given_up)
    root = xp.quotient(abs(given_up), held + xp.sqrt(held) * xp.sqrt(left))
    return xp.where(given_up < held, xp.where(given_up < 0, -root, root), math.inf)
