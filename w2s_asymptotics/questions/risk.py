"""The risk of a chain of learners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, overload

from ..learners import GaussianEquivalent, Learner
from ..records import Record
from ..worlds import MultiIndex, Population
from .blocks import evaluate, in_context
from .chain import Chain, check_chain, last_state

__all__ = ["Directed", "Learned", "every_risk", "learned", "risk", "risks"]


@dataclass(frozen=True, eq=False)
class Learned(Record):
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


def risk(world: Population | MultiIndex, *learners: Learner, dim: Any = None) -> Any:
    """Excess risk of the last learner of a chain; the first is fitted on true labels.

    Parameters
    ----------
    world
        What there is to learn.
    learners
        The chain, in order: each learns from the labels of the one before it.
    dim
        A dimension, or an array that broadcasts with the others: the mean risk in so many dimensions, the
        limit and the term of order 1/d, for ridge in isotropic worlds (derived in "finite_dimension"); what
        is left is of order `1/d^2`. Default: the limit.

    Returns
    -------
    Any
        Floats give a float, arrays broadcast against one another, mpmath numbers give the working precision,
        and sympy expressions give a sympy expression.

    Raises
    ------
    ValueError
        For a chain with no learner, `truth` at the first, `samples` in a world without a dimension, shapes
        that do not match, or a `dim` too small for an expansion in 1/d.

    Examples
    --------
    >>> from w2s_asymptotics import Population, Ridge
    >>> world = Population.isotropic(noise=0.5)
    >>> round(risk(world, Ridge(gamma=0.5, lam=0.01), Ridge(gamma=0.8, lam=0.3)), 12)
    0.422012574048
    >>> round(risk(world, Ridge(gamma=0.5, lam=0.01), Ridge(gamma=0.8, lam=0.3), dim=40), 12)
    0.429557737441
    """
    chain = check_chain(world, learners, dim)
    if chain.symbolic:
        from ..chains import derive

        return derive(world, *learners).result
    return evaluate(chain, _last_risk)[0]


def risks(world: Population | MultiIndex, *learners: Learner, dim: Any = None) -> tuple[Any, ...]:
    """Excess risk of every learner of a chain, in one pass; `dim` as that of `risk`.

    >>> from w2s_asymptotics import Population, Ridge
    >>> chain = Ridge(gamma=0.5, lam=0.01), Ridge(gamma=0.8, lam=0.3)
    >>> [round(value, 6) for value in risks(Population.isotropic(noise=0.5), *chain)]
    [0.463994, 0.422013]
    """
    chain = check_chain(world, learners, dim)
    if chain.symbolic:
        return tuple(risk(world, *learners[: depth + 1]) for depth in range(len(learners)))
    return evaluate(chain, every_risk)


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
    chain = check_chain(world, learners)
    if chain.symbolic:
        raise ValueError("learned takes numbers; for symbols use derive(world, *learners)")
    if chain.matrices and chain.shape:
        raise ValueError("learned takes single numbers where penalties or covariances are matrices")
    if isinstance(world, MultiIndex):
        excess, overlap, norm, *equivalent, easy, hard, direction = in_context(chain, _directed)
        return Directed(excess, overlap, norm, GaussianEquivalent(*equivalent), easy, hard, direction)
    excess, overlap, norm, *equivalent = in_context(chain, _everything)
    return Learned(excess, overlap, norm, GaussianEquivalent(*equivalent))


def _last_risk(chain: Chain) -> tuple[Any, ...]:
    *before, last = chain.learners
    spectrum, teacher = chain.spectrum, None
    for learner in before:
        teacher = learner.learn(teacher, spectrum)
    at_once = last.risk_on_grid(teacher, spectrum)
    return (spectrum.risk(last.learn(teacher, spectrum)) if at_once is None else at_once,)


def every_risk(chain: Chain) -> tuple[Any, ...]:
    """The excess risk of each learner of a checked chain, for `blocks.evaluate`."""
    spectrum, state = chain.spectrum, None
    found = []
    for learner in chain.learners:
        at_once = learner.risk_on_grid(state, spectrum) if learner is chain.learners[-1] else None
        state = None if at_once is not None else learner.learn(state, spectrum)
        found.append(spectrum.risk(state) if at_once is None else at_once)
    return tuple(found)


def _everything(chain: Chain) -> tuple[Any, ...]:
    return _summary(*last_state(chain))


def _summary(spectrum: Any, last: Any) -> tuple[Any, ...]:
    summary = spectrum.risk(last), spectrum.overlap(last), spectrum.norm(last)
    last = spectrum.shown(last)
    return *summary, last.multiplier, last.bias, last.covariance, last.nonlinear


def _directed(chain: Chain) -> tuple[Any, ...]:
    spectrum, last = last_state(chain)
    return *_summary(spectrum, last), *spectrum.parts(last), spectrum.direction(last)
