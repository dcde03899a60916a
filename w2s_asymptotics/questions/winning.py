"""For which penalties a student beats its teacher."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..learners import Learner, ready, with_lam
from ..worlds import MultiIndex, Population
from .chain import Chain, check_chain
from .gain import gain, near_ridgeless
from .risk import learned
from .roots import bracketed_roots

__all__ = ["excess_ratio", "is_plain", "winning_interval"]

_NEGLIGIBLE = 1e-12  # a gain below this share of the teacher's risk is rounding


def winning_interval(
    world: Population | MultiIndex, teacher: Learner, student: Learner
) -> tuple[Any, Any] | None:
    """The open interval (lo, hi) of `lam_s` on which this student beats the teacher; None if there is none.

    The student's own `lam` plays no part and may be left out. For isotropic ridge without label noise or
    true labels at the student the ends are the closed forms of the compensation theorem. Otherwise they are
    roots of the gain in log lam, searched where the learner says (`sought`); an end beyond it is reported as
    0 or inf, and of several intervals the one with the largest gain is returned.

    >>> from w2s_asymptotics import Population, Ridge
    >>> world, teacher = Population.isotropic(noise=0.5), Ridge(gamma=0.5, lam=0.01)
    >>> lo, hi = winning_interval(world, teacher, Ridge(gamma=0.8, lam=0.3))
    >>> lo, round(hi, 6)
    (0.0, 0.594843)
    >>> winning_interval(world, Ridge(gamma=0.5, lam=0.3), Ridge(gamma=0.8, lam=0.3)) is None
    True
    """
    chain = check_chain(world, (teacher, ready(student)))
    if chain.symbolic:
        raise ValueError(f"winning_interval takes numbers{in_symbols(world, 'compensation', 'it')}")
    chain = check_chain(world, (teacher, with_lam(student, 0.0)))
    if chain.shape:
        raise ValueError("winning_interval takes single numbers, got arrays; ask at each point")
    if not is_plain(chain):
        return _searched(chain)
    with chain.xp.context():
        ends = _closed_form(chain)
    return ends and tuple(chain.xp.finish(end) for end in ends)


def in_symbols(world: Population | MultiIndex, name: str, what: str) -> str:
    """Where to find in symbols what is only computed for numbers; of networks, nowhere."""
    return "" if isinstance(world, MultiIndex) else f"; derive({name!r}) gives {what} in symbols"


def is_plain(chain: Chain) -> bool:
    """Whether this is isotropic ridge whose student sees the teacher's labels and nothing else."""
    student = chain.learners[-1]
    if not chain.closed:
        return False
    return chain.isotropic and bool(np.all(student.noise == 0)) and bool(np.all(student.truth == 0))


def excess_ratio(chain: Chain) -> Any:
    """`q/rho - 1` of an isotropic teacher, through `q - rho = (m - lam m')(gamma sigma^2 - lam r^2)`.

    It is positive iff the teacher is under-regularised; inf without signal, where the teacher is noise alone.
    """
    world, teacher = chain.world, chain.learners[0]
    state = learned(world, teacher)
    xp = chain.xp
    gamma, lam = xp.convert(teacher.gamma), unit_lam(chain, 0)
    noise = world.noise + teacher.noise
    if teacher.covariance is not None:
        noise = noise / teacher.covariance
    short = xp.convert(gamma * noise - lam * world.signal)
    if not short:
        return 0 * short
    if not world.signal:
        return short * math.inf
    shrink = state.equivalent.multiplier
    # delta = 1 - df2/n, with S = 1/(1 + kappa) the multiplier of a first learner and 1 - S its bias.
    omega = lam * shrink / state.equivalent.bias if lam else max(1 - gamma, 0 * gamma)
    delta = omega + gamma * state.equivalent.bias * shrink
    return shrink * (short / world.signal) / delta if delta else short * math.inf


def unit_lam(chain: Chain, position: int) -> Any:
    """The penalty of a learner of an isotropic world in units where Sigma = Gamma = I."""
    learner = chain.learners[position]
    lam = chain.xp.convert(learner.lam)
    return lam * _unit(learner)


def _unit(learner: Any) -> Any:
    weight = 1.0 if learner.penalty is None else learner.penalty
    return weight if learner.covariance is None else weight / learner.covariance


def _closed_form(chain: Chain) -> tuple[Any, Any] | None:
    """The compensation theorem, with e = q/rho - 1 and f = 1 - e.

    The student wins iff `f k^2 - (3e - 1) k - 2e (1 - gamma) < 0` at its kappa k; with `k = gamma - 1 + u`
    and `g = gamma - 1 >= 0` this is `f u^2 - (3e - 1 - 2 f g) u + f g gamma < 0`, and `lam = k u/(1 + k)`.
    """
    xp = chain.xp
    student = chain.learners[-1]
    e, gamma = excess_ratio(chain), xp.convert(student.gamma)
    zero, f, unit = 0 * gamma, 1 - e, _unit(student)
    if e <= 0:
        return None
    if f <= 0:
        return zero, zero + math.inf
    if gamma < 1:
        b, c = 3 * e - 1, 2 * e * (1 - gamma)
        root = xp.root_of_square_plus(b, 4 * (f * c))
        k = (b + root) / (2 * f) if b >= 0 else 2 * c / (root - b)
        return zero, k * ((1 - gamma + k) / (1 + k)) / unit
    g = gamma - 1
    b = 3 * e - 1 - 2 * f * g
    geometric = xp.sqrt(g * gamma)
    inside = (b - 2 * f * geometric) * (b + 2 * f * geometric)
    if b <= 0 or inside <= 0:
        return None
    high = (b + xp.sqrt(inside)) / (2 * f)
    low = g * gamma / high
    lo, hi = (u * ((g + u) / (gamma + u)) / unit for u in (low, high))
    return lo, hi


def _searched(chain: Chain) -> tuple[Any, Any] | None:
    """Sign changes of the gain on a grid of log lam, each then solved for."""
    if chain.high:
        raise ValueError("outside the closed form winning_interval searches with floats, got mpmath numbers")
    world, (teacher, student) = chain.world, chain.learners
    if isinstance(world, Population) and not math.isfinite(learned(world, teacher).risk):
        teacher = near_ridgeless(teacher)

    def gain_at(log_lam: Any) -> Any:
        return gain(world, teacher, with_lam(student, np.exp(log_lam)))

    grid = log_lam_grid(world, student)
    gains = gain_at(grid)
    teacher_risk = learned(world, teacher).risk
    infinite = not math.isfinite(teacher_risk)
    if infinite and not isinstance(world, MultiIndex):
        return 0.0, math.inf
    negligible = 0.0 if infinite else _NEGLIGIBLE * teacher_risk
    if gains.max() <= negligible:
        # A narrow interval can hide between grid points: look at the best of them closely.
        at = int(np.argmax(gains))
        near = np.linspace(grid[max(at - 1, 0)], grid[min(at + 1, len(grid) - 1)], 65)
        grid = np.union1d(grid, near)
        gains = gain_at(grid)
    wins = gains > negligible
    if not wins.any():
        return None
    best = int(np.argmax(gains))
    first, last = best, best
    while first > 0 and gains[first - 1] > 0:
        first -= 1
    while last < len(grid) - 1 and gains[last + 1] > 0:
        last += 1
    decided = np.abs(gains[:first]) > negligible
    lo, hi = 0.0, math.inf
    if decided.any():
        lo = float(np.exp(bracketed_roots(gain_at, grid[first - 1 : first], grid[first : first + 1])[0]))
    if last < len(grid) - 1:
        hi = float(np.exp(bracketed_roots(gain_at, grid[last : last + 1], grid[last + 1 : last + 2])[0]))
    return lo, hi


def log_lam_grid(world: Population | MultiIndex, learner: Any, count: int | None = None) -> Any:
    """Logarithms of penalties to be searched, in the units of the world and of the learner."""
    low, high, points = learner.sought
    sizes = np.asarray(world.eigenvalues, dtype=float) * np.asarray(world.weights, dtype=float)
    own = np.ones(1) if learner.penalty is None else np.asarray(learner.penalty, dtype=float)
    weight = float(np.trace(own)) / len(own) if own.ndim == 2 else float(own.mean())
    scale = float(sizes.sum()) / weight
    return math.log(scale) + np.linspace(math.log(low), math.log(high), count or points)
