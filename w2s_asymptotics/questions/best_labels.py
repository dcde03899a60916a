"""The labels that a student learns the most from, which are not the truth.

Of labels `<m, x>` a fit by least squares keeps `S m`, and what it adds is linear in their energies: direction
by direction the risk is a parabola in m. For ridge, the derivation "best_labels".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..learners import GaussianEquivalent, Given, Learner
from ..records import Record
from ..worlds import Population
from .blocks import in_context
from .chain import Chain, check_chain

__all__ = ["BestLabels", "best_labels"]

_ENTRIES = 4_000_000


@dataclass(frozen=True, eq=False)
class BestLabels(Record):
    """The labels that a student learns the most from.

    Attributes
    ----------
    multiplier
        What the best labels keep of each direction of the target; the last axis runs over atoms.
    risk
        The student's excess risk on these labels, without noise.
    amplified
        Which directions the best labels amplify, `multiplier > 1`; for ridge those with `K < delta`, K what
        it loses of a direction and `delta = 1 - df2/n`.
    kept
        Of labels that keep or drop each direction, which to keep: for ridge where `K^2 < delta`.
    kept_risk
        The excess risk on these.
    truth_risk
        The excess risk on the truth, without noise.
    """

    multiplier: Any
    risk: Any
    amplified: Any
    kept: Any
    kept_risk: Any
    truth_risk: Any

    @property
    def labels(self) -> Given:
        """The best labels, to stand before the student in a chain."""
        return Given(multiplier=self.multiplier)

    @property
    def mask(self) -> Given:
        """The best labels of those that keep or drop each direction."""
        return Given(multiplier=np.where(self.kept, 1.0, 0.0)[()])


def best_labels(world: Population, student: Learner) -> BestLabels:
    """The noiseless labels on which this student's excess risk is least, direction by direction of Sigma.

    Parameters
    ----------
    world
        A population whose Sigma and the student's matrices commute: isotropic, atoms, or matrices for a
        student without matrices of its own.
    student
        Any learner by least squares. Its arguments may be arrays, which broadcast.

    Raises
    ------
    ValueError
        For networks, other losses, labels that are signs, symbols, and matrices that need not commute.

    Examples
    --------
    >>> from w2s_asymptotics import Population, Ridge, risk
    >>> s = np.arange(1, 501) ** -2.0
    >>> world = Population(s, signal=np.arange(1, 501) ** -1.5 / s)
    >>> best = best_labels(world, Ridge(gamma=2.5, lam=0.0))
    >>> [round(value, 5) for value in (best.truth_risk, best.risk, best.kept_risk)]
    [0.11937, 0.08325, 0.08966]
    >>> int(best.amplified.sum()), int(best.kept.sum())
    (126, 203)
    >>> round(risk(world, best.labels, Ridge(gamma=2.5, lam=0.0)), 5)
    0.08325
    """
    if not isinstance(world, Population):
        raise ValueError(f"best_labels needs a population such as Population([2, 1], ...), got {world!r}")
    chain = check_chain(world, (student,))
    if chain.symbolic:
        raise ValueError("best_labels takes numbers; derive('best_labels') gives them in symbols")
    if chain.matrices:
        raise ValueError("best_labels needs matrices that commute: give a joint spectrum of atoms")
    if not (student.least_squares and student.labels == "soft" and chain.linear):
        raise ValueError("best_labels needs a learner by least squares, and labels that are not signs")
    if any(each.labels != "taught" for each in getattr(student, "sources", ())):
        raise ValueError("best_labels needs a student all of whose rows are taught (best_labels.student)")
    multiplier, risk, amplified, kept, kept_risk, truth_risk = in_context(chain, _best)
    return BestLabels(multiplier, risk, _truths(amplified), _truths(kept), kept_risk, truth_risk)


def _truths(value: Any) -> Any:
    return np.asarray(value, dtype=float) > 0 if np.ndim(value) else bool(value > 0)


def _best(chain: Chain) -> tuple[Any, ...]:
    """With s the variance of a direction and a what a unit of label energy there adds to the risk.

    The risk is `sum e (s (S m - 1)^2 + a m^2)` and what the student's own noise adds.
    """
    spectrum, xp = chain.spectrum, chain.xp
    s, kept, lost, added, floor = _responses(chain)
    energy = spectrum.signal + 0 * kept
    curvature = s * kept * kept + added
    some = curvature > 0
    safe = xp.where(some, curvature, 1 + 0 * curvature)
    multiplier = xp.where(some, s * kept / safe, 1 + 0 * safe)
    least = xp.where(some, s * (added / safe), s + 0 * safe)
    true, dropped = s * (lost * lost) + added, s + 0 * added
    keeps = true < dropped
    masked = xp.where(keeps, true, dropped)

    def total(values: Any) -> Any:
        return spectrum.total(xp.product(values, energy)) + floor

    flags = (xp.where(each, 1 + 0 * s, 0 * s) for each in (added < s * kept * lost, keeps))
    amplified, keeps = flags
    return multiplier, total(least), amplified, keeps, total(masked), total(true)


def _responses(chain: Chain) -> tuple[Any, Any, Any, Any, Any]:
    """Of each direction its variance, what is kept and lost, and what a unit of energy adds; of none, too."""
    spectrum, (student,) = chain.spectrum, chain.learners
    own = spectrum.own(student)

    def fitted(energy: Any, noise: Any) -> Any:
        labels = GaussianEquivalent(0 * energy, 1 + 0 * energy, energy)
        return student.fit(own, own.energy(labels), own.noise_of(labels, own.number(noise)))

    def seen(fit: Any) -> Any:
        return spectrum.seen(fit.added) + spectrum.plain(fit.nonlinear)

    one = chain.xp.convert(1.0)
    if spectrum.single:
        fit = fitted(one, 0.0)
        return one, fit.kept, fit.lost, seen(fit), seen(fitted(0 * one, student.noise))
    count = len(spectrum.eigenvalues)
    quiet = fitted(0 * spectrum.eigenvalues, student.noise)
    between = (1,) * len(chain.shape)
    rows = max(1, _ENTRIES // max(1, count * int(np.prod(chain.shape))))
    added = []
    for start in range(0, count, rows):
        units = chain.xp.convert(np.eye(count)[start : start + rows])
        found = seen(fitted(units.reshape(-1, *between, count), 0.0))
        added.append(np.moveaxis(np.broadcast_to(found, (len(units), *chain.shape)), 0, -1))
    variances = spectrum.seen(chain.xp.convert(np.eye(count)))
    return variances, quiet.kept, quiet.lost, np.concatenate(added, axis=-1), seen(quiet)
