"""Which directions a teacher under-regularises, and penalties that follow the target.

Derived in `alignment` and `aligned_student`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arithmetic import is_symbolic
from ..learners import Ridge, aspect
from ..records import Record
from ..worlds import MultiIndex, Population
from ..worlds.population import IsotropicPopulation, MatrixPopulation
from .chain import Chain, check_chain
from .phrases import phrase, short
from .risk import learned

__all__ = ["Alignment", "aligned_penalty", "alignment", "in_words"]

_BALANCED = 1e-10  # differences below this share are rounding
_LISTED = 4


def aligned_penalty(world: Population, smoothing: float = 0.0) -> Any:
    """The Bayes-aligned penalty `g_i = r^2 w_i/e_i`: one over the target's energy per dimension.

    It is normalised so that the target itself is penalised as by the identity, `sum_i e_i g_i = r^2`; for a
    target drawn with these energies, ridge with this penalty is the posterior mean at the usual
    `lam = gamma sigma^2/r^2`.

    Parameters
    ----------
    world
        A population. Atoms give one weight per atom; a world of matrices or of data gives the matrix that is
        diagonal in the eigenbasis of Sigma (of a repeated eigenvalue, in the basis that `numpy.linalg.eigh`
        returns); the isotropic world gives 1.
    smoothing
        In [0, 1]: this share of the signal is taken to be spread evenly over all dimensions,
        `e_i -> (1 - smoothing) e_i + smoothing r^2 w_i`. Needed where an atom holds no signal, whose weight
        would be infinite; 1 gives the identity.

    Raises
    ------
    ValueError
        If some atom holds no signal and `smoothing` is 0, or there is no signal at all.

    Examples
    --------
    >>> world = Population([1, 1], signal=[0.2, 0.8], noise=0.5)
    >>> aligned_penalty(world)
    array([2.5  , 0.625])

    A student that uses it beats the optimal teacher, which none with equal weights can:

    >>> from w2s_asymptotics import compare, tune
    >>> teacher = tune(world, Ridge(gamma=0.5, lam=0)).learner
    >>> compare(world, teacher, Ridge(gamma=0.5, lam=0.03, penalty=aligned_penalty(world))).student_wins
    True
    >>> compare(world, teacher, Ridge(gamma=0.5, lam=0.03)).student_wins
    False
    """
    if not isinstance(smoothing, (int, float)) or not 0 <= smoothing <= 1:
        raise ValueError(f"smoothing must be in [0, 1], got {smoothing!r}")
    if not isinstance(world, Population):
        raise ValueError(f"aligned_penalty needs a population such as Population([1, 1], ...), got {world!r}")
    if isinstance(world, IsotropicPopulation):
        return 1.0
    weights, signal = np.asarray(world.weights), np.asarray(world.signal)
    if is_symbolic([*weights, *signal]):
        raise ValueError("aligned_penalty takes numbers; see derive('aligned_student') for symbols")
    total = signal.sum()
    if not total > 0:
        raise ValueError("aligned_penalty needs a target with some signal, and this world has none")
    energies = (1 - smoothing) * signal + smoothing * total * weights
    empty = [str(place + 1) for place, energy in enumerate(energies) if not energy > 0]
    if empty:
        shown = ", ".join(empty[:5]) + (", ..." if len(empty) > 5 else "")
        raise ValueError(
            f"no signal on atom {shown}: the aligned weight would be infinite; "
            "give smoothing > 0, the share of the signal to spread evenly"
        )
    aligned = total * weights / energies
    if not isinstance(world, MatrixPopulation):
        return aligned
    basis = np.linalg.eigh(world.covariance)[1]
    matrix = (basis * aligned) @ basis.T
    return (matrix + matrix.T) / 2


@dataclass(frozen=True, eq=False)
class Alignment(Record):
    """How far a teacher overshoots, atom by atom.

    Attributes
    ----------
    eigenvalues
        `s_i` of the atoms.
    fitted
        Energy of the noise that the teacher fitted on each atom; for ridge `s_i G_i^2 gamma tau^2 w_i`.
    lost
        Its overlap with the signal that it gave up, `<E beta_t, beta_* - E beta_t>`; for ridge
        `s_i G_i^2 kappa g_i e_i`.
    """

    eigenvalues: Any
    fitted: Any
    lost: Any

    @property
    def excess(self) -> Any:
        """`E <beta_t, beta_t - beta_*>` on each atom: `fitted - lost`."""
        return self.fitted - self.lost

    @property
    def under(self) -> Any:
        """Which atoms the teacher under-regularises, having fitted more noise than it lost signal.

        Where the two agree to ten digits an atom is taken to be in balance.
        """
        return (self.excess > _BALANCED * (self.fitted + self.lost)) | np.isinf(
            np.asarray(self.excess, dtype=float)
        )

    @property
    def over(self) -> Any:
        """Which atoms the teacher over-regularises."""
        return self.excess < -_BALANCED * (self.fitted + self.lost)

    def slope(self, student: Ridge) -> Any:
        """The derivative of the gain in `lam_s` at 0, `2/(1 - gamma_s) sum_i g_{s,i} excess_i`.

        Positive: the student wins for all small penalties; negative: for none of them. It is the derivative
        for students with noiseless labels of the teacher's, rows of the world's covariance, and gamma_s < 1.

        >>> world = Population([1, 1], signal=[0.2, 0.8], noise=0.5)
        >>> found = alignment(world, Ridge(gamma=0.5, lam=0.25))
        >>> student = Ridge(gamma=0.5, lam=0, penalty=aligned_penalty(world))
        >>> print(f"{found.slope(student):.12f}")
        0.454367286025
        """
        if student.gamma is None or not student.gamma < 1:
            raise ValueError(f"the slope at lam = 0 needs gamma < 1, got {student.gamma!r} (Ridge.gamma)")
        return 2 / (1 - student.gamma) * (_weights(student, self.excess) * self.excess).sum()

    def share(self, student: Ridge) -> Any:
        """Alignment in [-1, 1]: what the student's penalty puts on under- less over-regularised atoms.

        `sum_i g_{s,i} excess_i / sum_i g_{s,i} |excess_i|`, and 0 for a teacher in balance on every atom.
        """
        weighed = _weights(student, self.excess) * self.excess
        total = abs(weighed).sum()
        if np.isinf(float(total)):  # a teacher at its interpolation peak fitted infinite noise
            return 1.0
        return weighed.sum() / total if total > 0 else 0.0


def alignment(world: Any, *learners: Any) -> Any:
    """How far a teacher overshoots on each atom; in a `MultiIndex` world, where a chain's direction points.

    In a population, an `Alignment` for its one learner: it decides what a student's penalty should weigh. In
    a `MultiIndex` world, for a chain of any length, the overlap of the last learner's direction with `b_e`.

    Raises `ValueError` for symbols, chains that do not fit, and in a population for more than one learner,
    arrays of values, and matrices that do not commute.

    >>> world = Population([1, 1], signal=[0.2, 0.8], noise=0.5)
    >>> found = alignment(world, Ridge(gamma=0.5, lam=0.25))
    >>> found.under, found.over
    (array([ True, False]), array([False,  True]))
    >>> from w2s_asymptotics import MultiIndex, TwoLayer
    >>> layers = TwoLayer(gamma_step=0.5, gamma=0.5, width=2.0, lam=0.1)
    >>> f"{alignment(MultiIndex(easy=[1.0], hard='he2', noise=0.5), layers):.6f}"  # c/sqrt(c^2 + 3.5/2)
    '0.603023'
    """
    if isinstance(world, MultiIndex):
        directed: Any = learned(world, *learners)
        return directed.direction
    if len(learners) != 1:
        raise ValueError(f"alignment in a population is that of one teacher, got {len(learners)} learners")
    teacher = learners[0]
    chain = check_chain(world, (teacher,))
    if chain.symbolic:
        raise ValueError("alignment takes numbers; derive('alignment') gives the criterion in symbols")
    if chain.shape:
        raise ValueError("alignment takes single numbers, got arrays; ask at each point")
    if chain.matrices:
        raise ValueError(
            "alignment is read atom by atom, and these matrices need not commute; "
            "derive('alignment') gives the criterion for matrices"
        )
    state = learned(world, teacher).equivalent
    lost = state.multiplier * state.bias * world.signal
    return Alignment(*(np.atleast_1d(value) for value in (world.eigenvalues, state.covariance, lost)))


def _weights(student: Ridge, like: Any) -> Any:
    weights = np.asarray(1.0 if student.penalty is None else student.penalty)
    if weights.shape not in ((), like.shape):
        raise ValueError(
            f"penalty must be a number or a row of {len(like)}, got shape {weights.shape} (Ridge.penalty)"
        )
    return weights + np.zeros_like(like)


def in_words(chain: Chain) -> str:
    """Say which atoms a ridge teacher under- and over-regularises, and how its student's penalty weighs them.

    Empty where there are no atoms to speak of: other learners, isotropic worlds, matrices, arrays of values.
    """
    world, (teacher, student) = chain.world, chain.learners
    plain = all(each.features is None for each in (teacher, student))
    if not (chain.closed and plain) or chain.isotropic or chain.matrices or chain.shape:
        return ""
    found = alignment(world, teacher)
    weights = _weights(student, found.excess)
    sides = [
        (verb, where)
        for verb, where in (("under-regularises", found.under), ("over-regularises", found.over))
        if where.any()
    ]
    if not sides:
        return phrase("in balance on every atom")
    regularises = " and ".join(phrase(verb, atoms=_atoms(where, found.eigenvalues)) for verb, where in sides)
    against = " against ".join(_values(weights[where]) for _, where in sides)
    pronoun = "them" if len(sides) > 1 or sides[0][1].sum() > 1 else "it"
    told = phrase("weighs", regularises=regularises, pronoun=pronoun, against=against)
    plain = student.noise == 0 and student.truth == 0 and student.covariance is None
    if not plain or aspect(student, world.dim) >= 1:
        return told
    share = found.share(student)
    if abs(share) < _BALANCED:
        return phrase("in balance", told=told)
    return phrase("helps" if share > 0 else "hurts", told=told)


def _atoms(where: Any, eigenvalues: Any) -> str:
    """Name atoms by number, runs of them by their ends, and say their eigenvalues."""
    if where.all() and len(where) > 1:
        return phrase("every atom")
    places = np.flatnonzero(where) + 1
    runs = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
    names = []
    for run in runs:
        names += [f"{run[0]}-{run[-1]}"] if len(run) > 2 else [str(place) for place in run]
    shown = ", ".join(names[:_LISTED])
    if len(names) > _LISTED:
        shown += f", ... ({len(places)} atoms)"
    many = "atoms" if len(places) > 1 else "one atom"
    return phrase(many, names=shown, values=_values(eigenvalues[where]))


def _values(values: Any) -> str:
    """List a few values; of many, or of equal ones, say the range."""
    low, high = short(values.min()), short(values.max())
    if low == high:
        return low
    if len(values) <= _LISTED:
        return ", ".join(short(value) for value in values)
    return f"{low} to {high}"
