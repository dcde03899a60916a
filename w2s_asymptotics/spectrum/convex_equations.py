"""The equations of a convex learner: from V, m and q to what is learned and back, with their derivatives.

The learner minimises `(1/n) sum_i loss(y_i, x_i'b) + (lam/2) b' Gamma b`. With V, m and q of
`losses.averages` and `R = Sigma (V Sigma + lam Gamma)^{-1}`, the coefficients are `m R theta` and
independent noise of covariance `q (V Sigma + lam Gamma)^{-1} Sigma (V Sigma + lam Gamma)^{-1}/n`, where

    rho a = m theta' Sigma R theta,   a^2 + s^2 = m^2 theta' R' Sigma R theta + q tr(R^2)/n,   chi = tr(R)/n.

With `kappa = lam/V` this is the map of ridge, its kept part times `m/V` and its noise `tau^2 = q/V^2`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arithmetic import REAL, Namespace
from ..losses.averages import Averages, Joint, averages, calibrated, cluster_averages, linear_averages
from ..losses.labels import Labels
from ..losses.loss import Loss

__all__ = ["Atoms", "ConvexFit", "Limit", "Problem"]

_TINY = 1e-30  # of an imaginary step


@dataclass(frozen=True)
class Atoms:
    """A spectrum with what is learned on it: eigenvalues s, penalty g and weight w of each atom, energy of z.

    All four are arrays of one length; `energy` is `theta' Sigma theta`, atom by atom, of the linear function
    that the labels follow.
    """

    eigenvalues: Any
    penalty: Any
    weights: Any
    energy: Any

    def converted(self, xp: Namespace) -> Atoms:
        """The same in another kind of number."""
        return Atoms(*(np.atleast_1d(xp.convert(v)) for v in vars(self).values()))


@dataclass(frozen=True)
class ConvexFit:
    """What is learned, atom by atom and in all.

    `kept` multiplies the coefficients that the labels follow, `lost` is one less that, to all digits where a
    learner can meet its labels; `added` is the energy of the noise on an atom. `multiplier` (m/V), `kappa`
    and `tau2` (q/V^2) are the numbers of the equivalent ridge regression; the first two may be infinite where
    V is 0 to rounding, as for the hinge loss under a heavy penalty. `overlap` is `theta' Sigma b`, `energy`
    `b' Sigma b`. `error` estimates the relative error.
    """

    kept: Any
    lost: Any
    added: Any
    overlap: Any
    energy: Any
    along: Any
    across: Any
    chi: Any
    stiffness: Any
    sway: Any
    pull: Any
    kappa: Any
    multiplier: Any
    tau2: Any
    error: float


class Problem:
    """The equations of one learner in one kind of number."""

    def __init__(
        self, atoms: Atoms, lam: Any, gamma: Any, loss: Loss, labels: Labels | None, noise: Any, xp: Namespace
    ) -> None:
        self.atoms, self.lam, self.gamma = atoms, lam, gamma
        self.loss, self.labels, self.noise, self.xp = loss, labels, noise, xp
        self.known: tuple[Any, Averages] | None = None
        self.total = atoms.energy.sum()
        self.rho = xp.sqrt(self.total)
        self.linear = labels is not None and labels.kind == "linear"
        self.calibrated = labels is not None and calibrated(loss, labels, noise)
        self.reach = self.rho / labels.temperature if self.calibrated and labels is not None else self.rho

    def averages(self, share: Any, across: Any, chi: Any) -> Averages:
        """V, m and q, with slopes by the logarithms of the unknowns.

        For linear labels `across` is the standard deviation of what is left to learn.
        """
        if self.linear and self.labels is not None:
            left = across * across
            variances = [(part, left + noise) for part, noise in self.labels.noises(self.noise)]
            found = linear_averages(self.loss, variances, chi, self.xp)
            return self.in_logarithms(found, [[0, 0, 0], [0, 2 * left, 0], [0, 0, chi]])
        along = self.along(share)
        moved = along / (1 + share) if self.calibrated else along
        if self.labels is None:
            spread = self.xp.sqrt(along * along + across * across)
            found = cluster_averages(self.loss, self.noise, along * self.rho, spread, chi, self.xp)
            by_along = [along * self.rho, along * along / spread, 0]
            return self.in_logarithms(found, [by_along, [0, across * across / spread, 0], [0, 0, chi]])
        shortfall = 1 / (1 + share) if self.calibrated else None
        joint = Joint(along, across, self.rho, self.noise, shortfall)
        found = averages(self.loss, self.labels, joint, chi, self.xp)
        return self.in_logarithms(found, [[moved, 0, 0], [0, across, 0], [0, 0, chi]])

    def in_logarithms(self, found: Averages, moved: Any) -> Averages:
        """The averages with slopes by the logarithms, given what these move."""
        return found._replace(slopes=np.array(moved) @ found.slopes)

    def along(self, share: Any) -> Any:
        """The overlap a from the first unknown: a itself, or the odds that a part of z is learned."""
        return self.reach * share / (1 + share) if self.calibrated else share

    def response(self, stiffness: Any, lam: Any) -> tuple[Any, Any]:
        """R and the lost share `lam g/(V s + lam g)` of each atom."""
        scale = stiffness * self.atoms.eigenvalues + lam * self.atoms.penalty
        idle = scale == 0  # an atom without variance, unpenalised
        scale = self.xp.where(idle, 1 + 0 * scale, scale)
        lost = lam * self.atoms.penalty / scale
        return self.atoms.eigenvalues / scale, self.xp.where(idle, 1 + 0 * lost, lost)

    def state(self, stiffness: Any, sway: Any, energy: Any, gap: Any, lam: Any) -> list[Any]:
        """(a, s, chi) that V, m and q give; of a calibrated learner (a/(reach - a), s, chi).

        What is given has a last axis of length 1, for atoms, and so has what is returned.
        """
        total = self.xp.total
        response, lost = self.response(stiffness, lam)
        weights, aims = self.atoms.weights, self.atoms.energy
        chi = self.gamma * total(weights * response)
        noise = self.gamma * energy * total(weights * response * response)
        if self.linear:
            return [self.rho + 0 * chi, self.xp.sqrt(total(aims * lost * lost) + noise), chi]
        mean = total(aims * response) / self.total
        across = self.xp.sqrt(sway * sway * self.bent(stiffness, response, lost) + noise)
        along = sway * self.rho * mean
        if self.calibrated:
            left = total(aims * lost) / self.total + gap * mean
            return [along / self.reach / left, across, chi]
        return [along, across, chi]

    def bent(self, stiffness: Any, response: Any, lost: Any) -> Any:
        """The energy of R z, apart from its part along z."""
        energy, total = self.atoms.energy, self.xp.total
        away = total(energy * lost) / self.total
        # The deviations of R are those of the lost share over V: take them from whichever is small.
        if np.real(away).flat[0] < 0.5:
            deviation = (away - lost) / stiffness
        else:
            deviation = response - total(energy * response) / self.total
        return total(energy * deviation * deviation)

    def unknowns(self, state: tuple[Any, Any, Any]) -> Any:
        """The logarithms of the unknowns, of which the first is left out where it is known."""
        values = state[1:] if self.linear else state
        if self.xp is REAL:
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.log(np.array([float(v) for v in values]))
        import mpmath

        return np.array([mpmath.log(v) for v in values], dtype=object)

    def values(self, unknowns: Any) -> tuple[Any, Any, Any]:
        """The unknowns from their logarithms."""
        found = list(self.xp.exp(unknowns))
        first, across, chi = [self.rho, *found] if self.linear else found
        return first, across, chi

    def at(self, unknowns: Any) -> Averages:
        """V, m and q of the unknowns; the last ones are remembered."""
        if self.known is None or self.known[0] is not unknowns:
            self.known = unknowns, self.averages(*self.values(unknowns))
        return self.known[1]

    def again(self, unknowns: Any) -> Any:
        """One round: V, m and q of the unknowns, and the unknowns from them."""
        values = self.at(unknowns)
        given = [np.array([value]) for value in (*values[:4], self.lam)]
        return self.unknowns(tuple(value[0] for value in self.state(*given)))

    def round(self, unknowns: Any) -> tuple[Any, Any]:
        """One round in floats with its Jacobian, by imaginary steps, which are exact to rounding."""
        values = self.at(unknowns)
        moved = np.column_stack([values.slopes, self.penalty_moved()]) * _TINY
        given = np.array([*values[:4], self.lam], dtype=complex) + 1j * np.vstack([0 * moved[:1], moved])
        found = np.array([value[:, 0] for value in self.state(*(column[:, None] for column in given.T))])
        with np.errstate(divide="ignore", invalid="ignore"):
            logarithms = np.log(found[1:] if self.linear else found)
        jacobian = logarithms[:, 1:].imag / _TINY
        return logarithms[:, 0].real, jacobian[:, 1:] if self.linear else jacobian

    def penalty_moved(self) -> Any:
        """The derivatives of lam by the logarithms of the unknowns."""
        return np.zeros(3)

    def start(self) -> Any:
        """A first guess: labels fitted as by a squared loss with the curvature of this one at zero."""
        small, curvature = 1e-3, 1.0 if self.loss.of_residual else 0.3
        values = self.averages(small, small, small)
        stiffness = curvature
        for _ in range(200):
            chi = self.gamma * (self.atoms.weights * self.response(stiffness, self.lam)[0]).sum()
            last, stiffness = stiffness, curvature / (1 + curvature * chi)
            if abs(stiffness - last) < 1e-2 * stiffness:
                break
        part = stiffness / curvature
        sway, energy = max(values.sway, 1e-3) * part, max(values.energy, 1e-6) * part * part
        if self.labels is None:  # what is learned lowers the pull at once
            sway = sway / (1 + sway * (self.atoms.energy * self.response(stiffness, self.lam)[0]).sum())
        given = [np.array([value]) for value in (stiffness, sway, energy, stiffness / 2, self.lam)]
        return self.unknowns(tuple(value[0] for value in self.state(*given)))

    def fit(self, root: Any, error: float) -> ConvexFit:
        """What is learned at the fixed point."""
        first, across, chi = self.values(root)
        values = self.at(root)
        along = self.along(first)
        response, lost = self.response(values.stiffness, self.lam)
        atoms, square = self.atoms, values.stiffness * values.stiffness
        kept = values.sway * response
        noise = self.gamma * values.energy * atoms.weights * response * response
        overlap = (atoms.energy * kept).sum()
        energy = (atoms.energy * kept * kept).sum() + noise.sum()
        if self.linear:
            along = overlap / self.rho
            bent = self.bent(values.stiffness, response, lost)[0]
            across = self.xp.sqrt(values.sway * values.sway * bent + noise.sum())
        quotient: Callable[[Any, Any], Any] = self.xp.quotient
        # 1 - m R = (lam g + (V - m) s)/(V s + lam g); of labels at temperature 1 the gap is V - m.
        plain = self.labels is None or self.labels.temperature == 1
        gap = values.gap if plain else values.stiffness - values.sway
        return ConvexFit(
            kept=kept,
            lost=lost + gap * response,
            added=noise,
            overlap=overlap,
            energy=energy,
            along=along,
            across=across,
            chi=chi,
            stiffness=values.stiffness,
            sway=values.sway,
            pull=values.energy,
            kappa=quotient(self.lam, values.stiffness),
            multiplier=quotient(values.sway, values.stiffness),
            tau2=quotient(values.energy, square),
            error=error,
        )

    def with_lam(self, lam: float) -> Problem:
        """The same under another penalty."""
        return type(self)(self.atoms, lam, self.gamma, self.loss, self.labels, self.noise, self.xp)


class Limit(Problem):
    """The limit `lam -> 0` where all labels can be met: chi grows like 1/lam, `lam chi` is unknown instead.

    In units where chi is 1 the penalty is that unknown, and it must make `tr(R)/n = 1`.
    """

    def averages(self, share: Any, across: Any, chi: Any) -> Averages:
        """V, m and q, and the penalty from what stands for chi."""
        self.lam = chi
        found = super().averages(share, across, 1 + 0 * chi)
        found.slopes[2] = 0 * chi
        return found

    def penalty_moved(self) -> Any:
        """The penalty is the last unknown."""
        return np.array([0.0, 0.0, self.lam])

    def state(self, stiffness: Any, sway: Any, energy: Any, gap: Any, lam: Any) -> list[Any]:
        """(a, s) and the penalty times `tr(R)/n`."""
        first, across, trace = super().state(stiffness, sway, energy, gap, lam)
        return [first, across, lam * trace]
