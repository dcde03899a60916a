"""The best penalty, time or share of components for the last learner of a chain."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..arithmetic import is_high
from ..learners import Learner, with_lam
from ..records import Record, shown
from ..worlds import MultiIndex, Population
from .chain import Chain, check_chain
from .misfit import best_votes
from .mixture import best_own
from .risk import risk
from .searched import LARGEST, axis_of, parameter_of, searched, with_parameter
from .winning import in_symbols

__all__ = ["Tuned", "best_stages", "tune"]

_INFINITE = "the teacher's risk is infinite, and the student's with every penalty"


@dataclass(frozen=True, eq=False)
class Tuned(Record):
    """The last learner at its best, its excess risk, and a note where the best is a limit."""

    learner: Any
    risk: Any
    note: str = ""

    @property
    def parameter(self) -> str:
        """What was varied: `lam`, or the `time`, `components` or `own` of a learner without one penalty."""
        return parameter_of(self.learner)

    @property
    def value(self) -> Any:
        """The best value of that."""
        return getattr(self.learner, self.parameter)

    @property
    def lam(self) -> Any:
        """The best penalty."""
        return self.learner.lam

    def as_dict(self) -> dict[str, Any]:
        """The best value by the name of what was varied, its risk and the note, arrays as lists."""
        value, excess = (
            value.tolist() if isinstance(value, np.ndarray) else value for value in (self.value, self.risk)
        )
        return {self.parameter: value, "risk": excess, "note": self.note}

    def __str__(self) -> str:
        note = f" ({self.note})" if self.note else ""
        value, risk = (
            shown(each) if isinstance(each, np.ndarray) else each for each in (self.value, self.risk)
        )
        return f"{self.parameter} = {value}, excess risk {risk}{note}"


def tune(world: Population | MultiIndex, *learners: Learner) -> Tuned:
    """The last learner of a chain at the penalty that minimises its excess risk; its own `lam` plays no part.

    Of a learner without a penalty it is the `time` (`GradientFlow`) or the `components`
    (`PrincipalComponents`) that is tuned, of `SelfDistilled` the mixture of `own` and first labels at its
    penalties, of a `Committee` its `weights`, of sum 1; the record's `parameter` and `value` say which, and
    the best one.

    An isotropic teacher has the closed form `gamma sigma^2/r^2`, on any kind of number. An isotropic
    student's risk is stationary at the roots of a quartic. In other worlds the minimum is bracketed on a
    grid of log lam and the derivative solved for. Where no finite penalty is best (a target without signal)
    the learner has lam = 1e300, which predicts zero to every digit, and the note says so.

    Raises `ValueError` for a learner that has not just one such parameter, and for mpmath numbers beyond
    isotropic ridge.

    >>> from w2s_asymptotics import Population, Ridge
    >>> tune(Population.isotropic(noise=0.5), Ridge(gamma=0.5, lam=0)).lam
    0.25
    >>> from w2s_asymptotics import GradientFlow
    >>> best = tune(Population.isotropic(noise=0.5), GradientFlow(gamma=0.5, time=1.0))
    >>> best.parameter, round(best.value, 5)
    ('time', 2.23716)
    """
    chain = check_chain(world, learners)
    before: list[Any] = list(learners[:-1])
    last: Any = learners[-1]
    if chain.isotropic and not before and chain.closed:
        return _teacher(chain)
    if chain.symbolic:
        known = in_symbols(world, "optimal_student", "the quartic")
        raise ValueError(f"tune takes numbers for {'networks' if not known else 'students'}{known}")
    if parameter_of(last) == "own":
        mixed = replace(last, own=best_own(chain))
        return Tuned(mixed, risk(world, *before, mixed))
    if parameter_of(last) == "weights":
        voted = replace(last, weights=best_votes(chain.world, *learners))
        return Tuned(voted, risk(world, *before, voted))
    chain = check_chain(world, (*before, with_parameter(last, axis_of(world, last).fullest)))
    shape = chain.shape
    if shape:
        points = [_one(chain.at(index, shape)) for index in np.ndindex(*shape)]
        values = np.array([point.value for point in points]).reshape(shape)
        risks = np.array([point.risk for point in points]).reshape(shape)
        notes = "; ".join(sorted({point.note for point in points if point.note}))
        return Tuned(with_parameter(last, values), risks, notes)
    return _one(chain)


def _one(chain: Chain) -> Tuned:
    closed = chain.isotropic and chain.linear and chain.learners[-1].closed
    return _isotropic_student(chain) if closed else _searched(chain)


def _teacher(chain: Chain) -> Tuned:
    """lam_* = gamma sigma^2 / r^2, in the units of the learner's own penalty."""
    world, learner = chain.world, chain.learners[-1]
    noise = world.noise + learner.noise
    unit = world.signal if learner.penalty is None else world.signal * learner.penalty
    if not chain.symbolic and np.any(unit == 0):
        if np.ndim(unit) or np.ndim(noise) or np.ndim(learner.gamma):
            raise ValueError("tune needs signal > 0 where arguments are arrays (Population.signal)")
        return _limit(chain) if noise else Tuned(with_lam(learner, 0.0), risk(world, with_lam(learner, 0.0)))
    best = with_lam(learner, learner.gamma * noise / unit)
    return Tuned(best, risk(world, best))


def _limit(chain: Chain) -> Tuned:
    *before, last = chain.learners
    best = with_lam(last, LARGEST)
    return Tuned(best, risk(chain.world, *before, best), _note(best))


def _isotropic_student(chain: Chain) -> Tuned:
    """The better of the stationary points of the risk, and `lam = 0`."""
    world, xp = chain.world, chain.xp
    *before, last = chain.learners
    spectrum, state = chain.spectrum, None
    for learner in before:
        state = learner.learn(state, spectrum)
    labels, noise = last.labelled(state, spectrum)
    if not labels.covariance < np.inf:
        return Tuned(last, xp.finish(xp.convert(math.inf)), _INFINITE)
    if not world.signal:
        return _limit(chain) if labels.covariance or noise else Tuned(last, risk(world, *before, last))
    candidates = best_stages(last, spectrum, labels, noise)
    tuned = [Tuned(learner, risk(world, *before, learner)) for learner in candidates]
    return min(tuned, key=lambda one: one.risk)


def best_stages(learner: Any, spectrum: Any, labels: Any, noise: Any, weight: Any = 1.0) -> list[Any]:
    """The ridge learner at the penalties that may be best on these labels: stationary points, and `lam = 0`.

    With rho and q the overlap and norm of the labels, s their noise, e = q - rho and t = 1 + kappa, the risk
    is `r^2 + (-2 rho t^2 + (q (1 + gamma) + gamma s) t - 2 gamma e)/(t^3 - gamma t)`. Its derivative has the
    sign of `rho t^4 - (q (1 + gamma) + gamma s) t^3 + gamma (rho + 3 e) t^2 - gamma^2 e`, which is expanded
    about the ridgeless t = max(1, gamma) so that a small best penalty keeps its digits. Later learners of a
    chain see `q - 2 weight rho` of what comes out, in place of `q - 2 rho`: the same with `weight rho`.
    """
    xp = spectrum.xp
    unit = 1.0 if learner.penalty is None else learner.penalty
    scale = 1.0 if learner.covariance is None else learner.covariance
    gamma = xp.convert(learner.gamma)
    overlap = spectrum.overlap(labels)
    # The multiplier M and the bias b of labels sum to 1, so q - rho = c - M b r^2.
    excess = labels.covariance - labels.multiplier * labels.bias * spectrum.signal - (weight - 1) * overlap
    quartic = _about_ridgeless(weight * overlap, excess, noise / scale, gamma)
    # The quartic has the sign of the derivative: where it is negative at u = 0, lam = 0 is not the best.
    candidates = [] if quartic[-1] < 0 else [with_lam(learner, 0.0)]
    for u in _real_roots(quartic, high=any(is_high(value) for value in quartic)):
        if u > 0:
            t = (1 if gamma <= 1 else gamma) + u
            candidates.append(with_lam(learner, u * ((abs(1 - gamma) + u) / t) * scale / unit))
    return candidates


def _about_ridgeless(rho: Any, e: Any, s: Any, gamma: Any) -> list[Any]:
    """Coefficients of the quartic in u, t = 1 + u for gamma <= 1 and t = gamma + u beyond, highest first."""
    if gamma <= 1:
        return [
            rho,
            rho * (3 - gamma) - e * (1 + gamma) - gamma * s,
            rho * (3 - 2 * gamma) - 3 * e - 3 * gamma * s,
            (1 - gamma) * (rho - 3 * e) - 3 * gamma * s,
            -(e * (1 - gamma) ** 2 + gamma * s),
        ]
    return [
        rho,
        rho * (3 * gamma - 1) - e * (1 + gamma) - gamma * s,
        gamma * (rho * (3 * gamma - 2) - 3 * gamma * e - 3 * gamma * s),
        gamma**2 * ((gamma - 1) * (rho - 3 * e) - 3 * gamma * s),
        -(gamma**2) * (e * (gamma - 1) ** 2 + gamma**2 * s),
    ]


def _real_roots(coefficients: list[Any], high: bool) -> list[Any]:
    """The real roots, each polished by Newton's method in the arithmetic of the coefficients."""
    found = np.roots([float(value) for value in coefficients])
    roots = []
    for start in found[abs(found.imag) < 1e-6 * abs(found)].real:
        t = coefficients[0] * 0 + float(start)
        for _ in range(60 if high else 4):
            value, slope = 0 * t, 0 * t
            for coefficient in coefficients:
                value, slope = value * t + coefficient, slope * t + value
            if not slope or not value:
                break
            t = t - value / slope
        roots.append(t)
    return roots


def _searched(chain: Chain) -> Tuned:
    value, least, finite = searched(chain)
    best = with_parameter(chain.learners[-1], value)
    if math.isinf(least):
        return Tuned(best, least, _INFINITE)
    return Tuned(best, risk(chain.world, *chain.learners[:-1], best), "" if finite else _note(best))


def _note(learner: Any) -> str:
    if parameter_of(learner) == "lam":
        return "no finite penalty is best: the risk falls to that of predicting zero as lam grows"
    return f"{parameter_of(learner)} = 0 is best: the learner predicts zero"
