"""How far a student is from its teacher, and what their predictions are worth together.

With the misfit `E (f_s - f_t)^2` and the gain `E_t - E_s`, the risk of `a f_s + (1 - a) f_t` is a parabola
in a, least at `a = (1 + gain/misfit)/2`: derivation "misfit". Members of a committee have cross risks of
their own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..learners import Learner
from ..learners.committee import members_of
from ..records import Record
from ..worlds import Population
from .blocks import evaluate
from .chain import Chain, check_chain
from .mixture import solved
from .risk import risk

__all__ = ["Misfit", "best_votes", "cross_risks", "misfit"]


@dataclass(frozen=True, eq=False)
class Misfit(Record):
    """A student beside its teacher; arrays where arguments are.

    Attributes
    ----------
    teacher, student
        Excess risks.
    gain
        `teacher - student`, put together without cancellation.
    misfit
        `E (f_s - f_t)^2`, how far the student is from its teacher.
    """

    teacher: Any
    student: Any
    gain: Any
    misfit: Any

    @property
    def cross(self) -> Any:
        """The cross risk `E (f_s - f_*)(f_t - f_*)`."""
        return (self.teacher + self.student - self.misfit) / 2

    @property
    def beyond(self) -> Any:
        """What the gain has beyond the misfit, `2 (cross - student)`: 0 for a projection."""
        return self.gain - self.misfit

    @property
    def weight(self) -> Any:
        """The weight of the student in the best mixture of both predictions, `(1 + gain/misfit)/2`.

        A student that repeats its teacher has the weight 1/2: any does.
        """
        same = self.misfit == 0
        if not np.ndim(same):
            return 0.5 if same else (1 + self.gain / self.misfit) / 2
        return np.where(same, 0.5, (1 + self.gain / np.where(same, 1.0, self.misfit)) / 2)

    @property
    def mixed(self) -> Any:
        """The excess risk of that mixture."""
        return self.teacher - self.misfit * self.weight**2


def misfit(world: Population, *learners: Learner) -> Misfit:
    """The last learner of a chain, fitted to fresh rows, beside the one that labels them.

    Parameters
    ----------
    world
        A population.
    *learners
        A chain of at least two; the last learns by least squares from labels that are its teacher's output.

    Raises
    ------
    ValueError
        For networks, chains of one, labels that are signs, other losses, and symbols.

    Examples
    --------
    >>> from w2s_asymptotics import Population, Ridge
    >>> found = misfit(Population.isotropic(noise=0.5), Ridge(gamma=0.5, lam=0.01), Ridge(gamma=0.8, lam=0.3))
    >>> round(found.gain, 6), round(found.misfit, 6), round(found.weight, 4), round(found.mixed, 6)
    (0.041982, 0.29158, 0.572, 0.368597)
    """
    chain = check_chain(world, learners)
    if not isinstance(world, Population):
        raise ValueError(f"misfit needs a population such as Population([2, 1], ...), got {world!r}")
    if len(learners) < 2:
        raise ValueError("misfit needs a student and what teaches it, got one learner")
    if chain.symbolic:
        raise ValueError("misfit takes numbers; derive('misfit') gives it in symbols")
    if not chain.linear or not all(each.least_squares and each.labels == "soft" for each in learners):
        raise ValueError("misfit needs learners by least squares, and labels that are not signs")
    return Misfit(*evaluate(chain, _beside))


def _beside(chain: Chain) -> tuple[Any, ...]:
    spectrum, (*before, student) = chain.spectrum, chain.learners
    state: Any = None
    for learner in before:
        state = learner.learn(state, spectrum)
    taken, added = student.gain(state, spectrum)
    strong = spectrum.risk(student.learn(state, spectrum))
    return spectrum.risk(state), strong, taken - added, student.misfit(state, spectrum)


def cross_risks(world: Population, *learners: Learner) -> Any:
    """The matrix of cross risks `E (f_i - f_*)(f_j - f_*)` of the members of the last learner, a `Committee`.

    >>> from w2s_asymptotics import Committee, Population, Ridge
    >>> halves = Population([2.0, 0.5], signal=[0.6, 0.4], noise=0.4)
    >>> pair = Ridge(gamma=240 / 300, lam=0.05), Ridge(gamma=240 / 400, lam=0.3)
    >>> cross_risks(halves, Committee(pair, shared=0.6)).round(5)
    array([[0.58883, 0.15287],
           [0.15287, 0.27897]])
    """
    committee = members_of(learners)
    count = len(committee.members)

    def of(*places: int) -> Any:
        votes = np.zeros(count)
        votes[list(places)] = 1 / len(places)
        return risk(world, *learners[:-1], replace(committee, weights=votes))

    alone = [of(i) for i in range(count)]
    rows = [
        [alone[i] if i == j else 2 * of(i, j) - (alone[i] + alone[j]) / 2 for j in range(count)]
        for i in range(count)
    ]
    return np.array(rows)


def best_votes(world: Population, *learners: Learner) -> Any:
    """The weights of the members of the last learner, of sum 1, at which its excess risk is least."""
    crossed = cross_risks(world, *learners)
    if crossed.ndim > 2:
        raise ValueError("tune takes single numbers for Committee, got arrays; ask at each point")
    rows = [list(row) for row in crossed]
    found = np.array(solved(rows, [1 + 0 * row[0] for row in rows]))
    return found / found.sum()
