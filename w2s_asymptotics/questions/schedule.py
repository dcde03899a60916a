"""The best penalties of a chain: all of its learners tuned together, for the risk of the last.

Learner by learner, in turn, each is tuned for the risk of the last with the others as they are, until
nothing moves, from several starts: there can be several minima. In the isotropic world that is the quartic
of one student (`best_stages`), with the overlap weighted by what the later learners make of it: the
derivation named "penalty_schedule".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ..learners import GaussianEquivalent, Learner, ready
from ..records import Record
from ..worlds import MultiIndex, Population
from .chain import Chain, check_chain
from .risk import risk, risks
from .searched import axis_of, parameter_of, searched, with_parameter
from .together import searched_together
from .tune import best_stages, tune
from .winning import in_symbols

__all__ = ["TunedChain", "tune_all"]

_MOST_SWEEPS = 10_000
_MOST = 1e9  # a start's penalty, where the others have none
_TIED = 1e-12
_SEARCHED_SWEEPS = 20
_SEARCHED_TOLERANCE = 1e-7  # beyond this a search for a minimum finds rounding


@dataclass(frozen=True, eq=False)
class TunedChain(Record):
    """A chain at its best penalties, and the excess risk of each of its learners there.

    Attributes
    ----------
    learners
        The learners; those that have not just one parameter as they were given.
    risks
        Their excess risks, in order. The last is the least that can be had, the others need not be.
    note
        Where the best is a limit.
    """

    learners: tuple[Any, ...]
    risks: tuple[Any, ...]
    note: str = ""

    @property
    def values(self) -> tuple[Any, ...]:
        """The best penalty (time, share of components) of each learner; None where it was not tuned."""
        return tuple(
            getattr(learner, parameter_of(learner)) if _has_one(learner) else None
            for learner in self.learners
        )

    @property
    def risk(self) -> Any:
        """The excess risk of the last learner."""
        return self.risks[-1]

    def as_dict(self) -> dict[str, Any]:
        """The parameters' names and best values, the risks and the note."""
        return {
            "parameters": [parameter_of(learner) for learner in self.learners],
            "values": list(self.values),
            "risks": list(self.risks),
            "note": self.note,
        }

    def __str__(self) -> str:
        lines = []
        for place, learner in enumerate(self.learners):
            value = self.values[place]
            shown = "as given" if value is None else f"{parameter_of(learner)} = {value}"
            lines.append(f"{place + 1}: {shown}, excess risk {self.risks[place]}")
        return "\n".join([*lines, *([self.note] if self.note else [])])


def tune_all(world: Population | MultiIndex, *learners: Learner) -> TunedChain:
    """All learners of a chain at the penalties that together minimise the excess risk of the last.

    A learner that is best for itself is not the best one to learn from: with label noise at its student a
    teacher should be penalised less than is best for itself, and the noise of both left for the student's
    penalty. The penalties given play no part and may be
    left out. Learners without one are tuned as `tune` does; those with
    several are left as they are.

    For ridge in an isotropic world each penalty solves its equation to the working precision, on floats and
    mpmath numbers. There can be several minima: the best is taken of those to which several starts lead, each
    with almost all of the penalty at one learner. Elsewhere penalties and times are searched together, from
    the same starts, to about 1e-7; the risk is then as good as rounding. Chains with principal components are
    searched one learner after the other.

    Raises `ValueError` for symbols and for arrays.

    >>> from w2s_asymptotics import Population, Ridge
    >>> chain = Ridge(gamma=0.5), Ridge(gamma=0.5, noise=0.3)
    >>> best = tune_all(Population.isotropic(noise=0.3), *chain)
    >>> [round(lam, 6) for lam in best.values], round(best.risk, 6)  # alone the teacher would take 0.15
    ([0.038311, 0.256581], 0.364631)
    """
    learners = tuple(map(ready, learners))
    chain = check_chain(world, learners)
    if chain.symbolic:
        raise ValueError(f"tune_all takes numbers{in_symbols(world, 'penalty_schedule', 'the balance')}")
    if chain.shape:
        raise ValueError("tune_all takes single numbers, got arrays; ask at each point")
    links, note = _each_for_itself(world, learners)
    if not note:
        closed = chain.isotropic and chain.linear and all(learner.closed for learner in learners)
        with chain.xp.context():
            if closed:
                links = _best_of(world, [_balanced(world, start) for start in _starts(links)])
            else:
                links = _best_of(world, [_searched(world, start) for start in _starts(links)])
    return TunedChain(tuple(links), tuple(risks(world, *links)), note)


def _each_for_itself(world: Any, learners: tuple[Any, ...]) -> tuple[list[Any], str]:
    """Each learner tuned for its own risk, given those before, and a note at a limit."""
    links: list[Any] = []
    note = ""
    for learner in learners:
        if _has_one(learner):
            tuned = tune(world, *links, learner)
            links.append(tuned.learner)
            note = tuned.note
        else:
            links.append(learner)
    return links, note


def _has_one(learner: Any) -> bool:
    return hasattr(learner, parameter_of(learner)) and parameter_of(learner) != "own"


def _starts(links: list[Any]) -> list[list[Any]]:
    """The chain as it is, and with almost all of the penalty at each of its learners in turn.

    There may be a minimum for each learner that does most of it.
    """
    places = [place for place, learner in enumerate(links) if hasattr(learner, "lam")]
    starts = [list(links)]
    for most in places if len(places) > 1 else ():
        starts.append(list(links))
        for place in places:
            starts[-1][place] = with_parameter(links[place], _MOST if place == most else 0.0)
    return starts


def _best_of(world: Any, chains: list[list[Any]]) -> list[Any]:
    """The chain of least risk; the first where others are no better than by rounding."""
    least = [risk(world, *links) for links in chains]
    best = min(range(len(chains)), key=least.__getitem__)
    return chains[best if least[best] < least[0] * (1 - _TIED) else 0]


def _balanced(world: Any, links: list[Any]) -> list[Any]:
    chain = Chain(world, tuple(links))
    spectrum = chain.spectrum
    high = chain.high
    tolerance = 8 * chain.xp.epsilon
    for _ in range(_MOST_SWEEPS):
        moved = 0.0
        state: GaussianEquivalent | None = None
        for place, learner in enumerate(links):
            seen, noise = learner.labelled(state, spectrum)
            candidates = best_stages(learner, spectrum, seen, noise, _weight(links[place + 1 :], spectrum))
            best = _least(world, links, place, candidates)
            moved = max(moved, _change(learner.lam, best.lam))
            links[place] = best
            state = best.learn(state, spectrum)
        if not moved > tolerance:
            break
    return [_finished(learner, chain.xp) if high else learner for learner in links]


def _finished(learner: Any, xp: Any) -> Any:
    return with_parameter(learner, xp.finish(learner.lam))


def _least(world: Any, links: list[Any], place: int, candidates: list[Any]) -> Any:
    if len(candidates) == 1:
        return candidates[0]
    return min(candidates, key=lambda one: risk(world, *links[:place], one, *links[place + 1 :]))


def _weight(later: list[Any], spectrum: Any) -> Any:
    """How much the overlap counts beside the norm, for the last of these learners.

    The risk is `r^2 - 2 A rho + B q` plus what the later label noise adds; this is A/B. Each learner
    multiplies rho by a1 and q by a2 (`chain_recursion`); true labels mixed in by x move overlap into q.
    """
    weight: Any = 1.0
    for learner in reversed(later):
        true = spectrum.number(learner.truth)
        if true == 1:
            weight = 1.0
            continue
        own = spectrum.own(learner)
        alone = own.through(learner.fit(own, spectrum.signal, 0 * spectrum.signal), spectrum.target())
        a1, a2 = alone.multiplier, spectrum.norm(alone) / spectrum.signal
        weight = (weight * (a1 / a2) - true) / (1 - true)
    return weight


def _change(old: Any, new: Any) -> float:
    return float(abs(new - old) / new) if new else float(bool(old))


def _searched(world: Any, links: list[Any]) -> list[Any]:
    """A minimum from this start."""
    places = [place for place, learner in enumerate(links) if _has_one(learner)]
    if len(places) < 2 and places == [len(links) - 1]:
        return links
    if all(axis_of(world, links[place]).smooth for place in places):
        return searched_together(world, links, places)
    return _searched_in_turn(world, links, places)


def _searched_in_turn(world: Any, links: list[Any], places: list[int]) -> list[Any]:
    for _ in range(_SEARCHED_SWEEPS):
        moved = 0.0
        for place in places:
            old = getattr(links[place], parameter_of(links[place]))
            new, _, _ = searched(Chain(world, tuple(links)), place)
            links[place] = with_parameter(links[place], new)
            moved = max(moved, 0.0 if new == old else 1.0 if math.isinf(new) else _change(old, new))
        if not moved > _SEARCHED_TOLERANCE:
            break
    return links
