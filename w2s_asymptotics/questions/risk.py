"""The risk of a chain of learners."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

from ..arithmetic import is_symbolic
from ..learners import GaussianEquivalent, Learner, Ridge, TwoLayer, check_order
from ..learners.equivalent import is_learner
from ..records import Shown
from ..worlds import MultiIndex, Population
from .blocks import Numbers, evaluate, in_context
from .geometry import check_shapes, geometry_of

__all__ = ["Directed", "Learned", "check_chain", "every_risk", "learned", "risk", "risks"]


@dataclass(frozen=True, eq=False)
class Learned(Shown):
    """What the last learner of a chain has become.

    Attributes
    ----------
    risk
        Excess risk `E_x (f(x) - <beta_*, x>)^2`; test risk is this plus the noise of the world.
    overlap
        `rho = <beta_*, beta>`.
    norm
        `q = ||beta||^2`.
    equivalent
        Its Gaussian equivalent: multiplier of the target, bias, covariance energy.
    """

    risk: Any
    overlap: Any
    norm: Any
    equivalent: GaussianEquivalent


@dataclass(frozen=True, eq=False)
class Directed(Learned):
    """What the last two-layer network of a chain has become.

    As `Learned`, for the linear part l of the function, of which the target's is `c b_e`: the risk is that
    against the whole target, `overlap` is `<l, c b_e>`, `norm` is `|l|^2`. Besides:

    Attributes
    ----------
    easy, hard
        The parts of the risk: `risk = easy + hard`. Hard is what is missing of the hard link; everything
        else, what noise and the hard part of the labels did to the fit included, is easy.
    direction
        `<v, b_e>`, the overlap of its direction with the easy one.
    """

    easy: Any
    hard: Any
    direction: Any


def risk(world: Population | MultiIndex, *learners: Learner) -> Any:
    """Excess risk of the last learner of a chain; the first is fitted on true labels.

    Floats give a float, arrays broadcast against one another, mpmath numbers give the working precision, and
    sympy expressions give a sympy expression.

    Raises `ValueError` for a chain with no learner, `truth` at the first, `samples` in a world without a
    dimension, or shapes that do not match.

    >>> from w2s_asymptotics import Population, Ridge
    >>> world = Population.isotropic(noise=0.5)
    >>> round(risk(world, Ridge(gamma=0.5, lam=0.01), Ridge(gamma=0.8, lam=0.3)), 12)
    0.422012574048
    """
    numbers = check_chain(world, learners)
    if is_symbolic(numbers.values):
        from ..chains import derive

        return derive(world, *learners).result
    return evaluate(numbers, _last_risk)[0]


def risks(world: Population | MultiIndex, *learners: Learner) -> tuple[Any, ...]:
    """Excess risk of every learner of a chain, in one pass.

    >>> from w2s_asymptotics import Population, Ridge
    >>> chain = Ridge(gamma=0.5, lam=0.01), Ridge(gamma=0.8, lam=0.3)
    >>> [round(value, 6) for value in risks(Population.isotropic(noise=0.5), *chain)]
    [0.463994, 0.422013]
    """
    numbers = check_chain(world, learners)
    if is_symbolic(numbers.values):
        return tuple(risk(world, *learners[: depth + 1]) for depth in range(len(learners)))
    return evaluate(numbers, every_risk)


@overload
def learned(world: MultiIndex, *learners: Learner) -> Directed: ...


@overload
def learned(world: Population, *learners: Learner) -> Learned: ...


def learned(world: Population | MultiIndex, *learners: Learner) -> Learned:
    """What the last learner of a chain has become: risk, overlap with the target, norm, Gaussian equivalent.

    >>> from w2s_asymptotics import Population, Ridge
    >>> teacher = learned(Population.isotropic(noise=0.5), Ridge(gamma=0.5, lam=0.25))
    >>> round(teacher.overlap - teacher.norm, 12)  # at the optimal penalty gamma sigma^2 / r^2
    0.0
    """
    numbers = check_chain(world, learners)
    if is_symbolic(numbers.values):
        raise ValueError("learned takes numbers; for symbols use derive(world, *learners)")
    if numbers.matrices and numbers.shape:
        raise ValueError("learned takes single numbers where penalties or covariances are matrices")
    if isinstance(world, MultiIndex):
        excess, overlap, norm, *equivalent, easy, hard, direction = in_context(numbers, _directed)
        return Directed(excess, overlap, norm, GaussianEquivalent(*equivalent), easy, hard, direction)
    excess, overlap, norm, *equivalent = in_context(numbers, _everything)
    return Learned(excess, overlap, norm, GaussianEquivalent(*equivalent))


def _states(numbers: Numbers, count: int) -> tuple[Any, list[GaussianEquivalent]]:
    """The form of the ridge map, and the equivalents of the first `count` learners."""
    geometry = geometry_of(numbers)
    states: list[GaussianEquivalent] = []
    for learner in numbers.learners[:count]:
        states.append(learner.after(states[-1], geometry) if states else learner.first(geometry))
    return geometry, states


def _risk_after(learner: Any, states: list[GaussianEquivalent], geometry: Any) -> Any:
    """The risk of the last learner; of a ridge fit without its equivalent, which nobody asks for."""
    teacher = states[-1] if states else None
    if isinstance(learner, Ridge):
        return learner.risk(teacher, geometry)
    return geometry.risk(learner.first(geometry) if teacher is None else learner.after(teacher, geometry))


def _last_risk(numbers: Numbers) -> tuple[Any, ...]:
    geometry, states = _states(numbers, len(numbers.learners) - 1)
    return (_risk_after(numbers.learners[-1], states, geometry),)


def every_risk(numbers: Numbers) -> tuple[Any, ...]:
    """The excess risk of each learner of a checked chain, for `blocks.evaluate`."""
    geometry, states = _states(numbers, len(numbers.learners) - 1)
    before = [geometry.risk(state) for state in states]
    return *before, _risk_after(numbers.learners[-1], states, geometry)


def _everything(numbers: Numbers) -> tuple[Any, ...]:
    geometry, states = _states(numbers, len(numbers.learners))
    return _summary(geometry, states[-1])


def _summary(geometry: Any, last: GaussianEquivalent) -> tuple[Any, ...]:
    summary = geometry.risk(last), geometry.overlap(last), geometry.norm(last)
    return *summary, last.multiplier, last.bias, last.covariance, last.nonlinear


def _directed(numbers: Numbers) -> tuple[Any, ...]:
    geometry, states = _states(numbers, len(numbers.learners))
    return *_summary(geometry, states[-1]), *geometry.parts(states[-1]), geometry.direction(states[-1])


def check_chain(world: Population | MultiIndex, learners: Sequence[Learner]) -> Numbers:
    """The numbers of a chain, or a `ValueError` for one that cannot be asked about, before any work."""
    if not isinstance(world, (Population, MultiIndex)):
        raise ValueError(f"the first argument must be a world such as Population.isotropic(), got {world!r}")
    if not learners:
        raise ValueError("a chain needs at least one learner, got none")
    curved = False
    for learner in learners:
        if not is_learner(learner):
            raise ValueError(
                f"a chain consists of learners such as Ridge(gamma=0.5, lam=0.1), got {learner!r}"
            )
        if isinstance(learner, TwoLayer) != isinstance(world, MultiIndex):
            raise ValueError(
                f"{type(learner).__name__} does not learn in this world, {type(world).__name__}: "
                "TwoLayer networks go with MultiIndex, every other learner with Population"
            )
        if learner.covariance is not None and curved:
            raise ValueError(
                "covariance must be the world's after nonlinear features, whose energy belongs to it "
                "(Ridge.covariance)"
            )
        curved |= bool(getattr(learner, "nonlinear", False))
    check_order(world, learners)
    numbers = Numbers(world, tuple(learners))
    check_shapes(numbers)
    return numbers
