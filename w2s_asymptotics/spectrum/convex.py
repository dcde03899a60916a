"""What a convex loss learns: a fixed point of three numbers, and the map of Gaussian equivalents it gives.

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

from ..arithmetic import HIGH, REAL, Namespace, is_high
from ..losses.averages import Averages, Joint, averages, calibrated, cluster_averages, linear_averages
from ..losses.labels import Labels
from ..losses.loss import Interpolating, Loss
from .newton import fixed_point_of, polished
from .separable import separability_threshold

__all__ = ["Atoms", "ConvexFit", "convex_fit", "hard_margin_fit"]

_LEAST = 1e-300  # stands for lam = 0 on the way there


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

    `kept` multiplies the coefficients that the labels follow; `added` is the energy of the noise on an atom,
    `lost = 1 - kept` is exact where kept is close to 1 by a known multiplier. `multiplier` (m/V), `kappa`
    and `tau2` (q/V^2) are the numbers of the equivalent ridge regression; the first two may be infinite where
    V is 0 to rounding, as for the hinge loss under a heavy penalty. `overlap` is `theta' Sigma b`, `energy`
    `b' Sigma b`. `error` estimates the relative error.
    """

    kept: Any
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


class _Problem:
    """The equations of one learner in one kind of number."""

    def __init__(
        self, atoms: Atoms, lam: Any, gamma: Any, loss: Loss, labels: Labels | None, noise: Any, xp: Namespace
    ) -> None:
        self.atoms, self.lam, self.gamma = atoms, lam, gamma
        self.loss, self.labels, self.noise, self.xp = loss, labels, noise, xp
        self.coarse = False
        self.total = atoms.energy.sum()
        self.rho = xp.sqrt(self.total)
        self.linear = labels is not None and labels.kind == "linear"
        self.calibrated = labels is not None and calibrated(loss, labels, noise)
        self.reach = self.rho / labels.temperature if self.calibrated and labels is not None else self.rho

    def averages(self, share: Any, across: Any, chi: Any) -> Averages:
        """V, m and q; for linear labels `across` is the standard deviation of what is left to learn."""
        if self.linear and self.labels is not None:
            left = across * across
            variances = [(part, left + noise) for part, noise in self.labels.noises(self.noise)]
            return linear_averages(self.loss, variances, chi, self.xp, self.coarse)
        along = self.along(share)
        if self.labels is None:
            spread = self.xp.sqrt(along * along + across * across)
            return cluster_averages(
                self.loss, self.noise, along * self.rho, spread, chi, self.xp, self.coarse
            )
        shortfall = 1 / (1 + share) if self.calibrated else None
        joint = Joint(along, across, self.rho, self.noise, shortfall)
        return averages(self.loss, self.labels, joint, chi, self.xp, self.coarse)

    def along(self, share: Any) -> Any:
        """The overlap a from the first unknown: a itself, or the odds that a part of z is learned."""
        return self.reach * share / (1 + share) if self.calibrated else share

    def response(self, stiffness: Any) -> tuple[Any, Any]:
        """R and the lost share `lam g/(V s + lam g)` of each atom."""
        scale = stiffness * self.atoms.eigenvalues + self.lam * self.atoms.penalty
        idle = scale == 0  # an atom without variance, unpenalised
        scale = self.xp.where(idle, 1 + 0 * scale, scale)
        lost = self.lam * self.atoms.penalty / scale
        return self.atoms.eigenvalues / scale, self.xp.where(idle, 1 + 0 * lost, lost)

    def state(self, values: Averages) -> tuple[Any, Any, Any]:
        """(a, s, chi) that V, m and q give; of a calibrated learner (a/(reach - a), s, chi)."""
        response, lost = self.response(values.stiffness)
        weights, energy = self.atoms.weights, self.atoms.energy
        chi = self.gamma * (weights * response).sum()
        noise = self.gamma * values.energy * (weights * response * response).sum()
        if self.linear:
            return self.rho, self.xp.sqrt((energy * lost * lost).sum() + noise), chi
        mean = (energy * response).sum() / self.total
        across = self.xp.sqrt(self.bent(values, response, lost) + noise)
        along = values.sway * self.rho * mean
        if self.calibrated:
            left = (energy * lost).sum() / self.total + values.gap * mean
            return along / self.reach / left, across, chi
        return along, across, chi

    def bent(self, values: Averages, response: Any, lost: Any) -> Any:
        """The energy of what is kept of z, apart from its part along z."""
        energy = self.atoms.energy
        away = (energy * lost).sum() / self.total
        # The deviations of R are those of the lost share over V: take them from whichever is small.
        if away < 0.5:
            deviation = (away - lost) / values.stiffness
        else:
            deviation = response - (energy * response).sum() / self.total
        return values.sway * values.sway * (energy * deviation * deviation).sum()

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

    def again(self, unknowns: Any) -> Any:
        """One round: V, m and q of the unknowns, and the unknowns from them."""
        return self.unknowns(self.state(self.averages(*self.values(unknowns))))

    def start(self) -> Any:
        """A first guess: labels fitted as by a squared loss with the curvature of this one at zero."""
        small, curvature = 1e-3, 1.0 if self.loss.of_residual else 0.3
        values = self.averages(small, small, small)
        stiffness = curvature
        for _ in range(200):
            chi = self.gamma * (self.atoms.weights * self.response(stiffness)[0]).sum()
            last, stiffness = stiffness, curvature / (1 + curvature * chi)
            if abs(stiffness - last) < 1e-2 * stiffness:
                break
        part = stiffness / curvature
        sway, energy = max(values.sway, 1e-3) * part, max(values.energy, 1e-6) * part * part
        if self.labels is None:  # what is learned lowers the pull at once
            sway = sway / (1 + sway * (self.atoms.energy * self.response(stiffness)[0]).sum())
        return self.unknowns(self.state(Averages(stiffness, sway, energy, stiffness / 2)))

    def fit(self, root: Any, error: float) -> ConvexFit:
        """What is learned at the fixed point."""
        first, across, chi = self.values(root)
        values = self.averages(first, across, chi)
        along = self.along(first)
        response, lost = self.response(values.stiffness)
        atoms, square = self.atoms, values.stiffness * values.stiffness
        kept = values.sway * response
        noise = self.gamma * values.energy * atoms.weights * response * response
        overlap = (atoms.energy * kept).sum()
        energy = (atoms.energy * kept * kept).sum() + noise.sum()
        if self.linear:
            along = overlap / self.rho
            across = self.xp.sqrt(self.bent(values, response, lost) + noise.sum())
        quotient: Callable[[Any, Any], Any] = self.xp.quotient
        return ConvexFit(
            kept=kept,
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

    def roughly(self, unknowns: Any) -> Any:
        """The same round to a few digits, at a fraction of the cost."""
        self.coarse = True
        try:
            return self.again(unknowns)
        finally:
            self.coarse = False

    def with_lam(self, lam: float) -> _Problem:
        """The same under another penalty."""
        return type(self)(self.atoms, lam, self.gamma, self.loss, self.labels, self.noise, self.xp)


def convex_fit(
    atoms: Atoms,
    lam: Any,
    gamma: Any,
    loss: Loss,
    labels: Labels | None,
    noise: Any = 0.0,
) -> ConvexFit:
    """What a learner with `n = d/gamma` fresh rows and penalty `lam Gamma` makes of its labels.

    `labels` follow z, linear in the covariates with energies `atoms.energy`, plus normal noise of variance
    `noise`; `labels = None` stands for a mixture of two clusters at `y mu`, with `atoms.energy` the parts of
    `mu' Sigma^{-1} mu` and `noise` the probability of a wrong label.

    *Existence and uniqueness.* The fixed point says that the gradient vanishes of a convex function: with
    `xi = -g' Sigma^{1/2} b/sqrt(n)`, minimise `min{E loss(y, p): E (p - h)^2 <= xi^2} + (lam/2) b' Gamma b`
    over b, `h = a Z1 + s Z2` linear in it. The constraint is a cone, so all of it is jointly convex, strictly
    for lam > 0: exactly one minimum, and exactly one fixed point. A point whose residual is zero is
    therefore *the* fixed point, however it was found.

    *Convergence.* Newton's method in the logarithms, from a guess, mostly arrives. Where it does not, the
    root is followed from a large penalty: there the labels are fitted from zero and the fixed point is
    explicit in the limit. The minimum of a strongly convex function is a nonsingular root of its gradient, so
    the fixed points form one smooth curve over lam, along which small enough steps always succeed; steps
    shrink where Newton fails and double where it does not.

    >>> one = Atoms(np.ones(1), np.ones(1), np.ones(1), np.array([1.7**2]))
    >>> fit = convex_fit(one, 0.13, 0.6, Loss("squared"), Labels(), 0.4)
    >>> round(float(fit.along), 12), round(float(fit.across), 12), round(float(fit.kappa), 12)
    (1.36, 0.566932965185, 0.25)
    """
    if not lam > 0:
        return _unpenalised(atoms, gamma, loss, labels, noise)
    return _solved(_Problem, atoms, lam, gamma, loss, labels, noise)


def _solved(
    kind: type[_Problem], atoms: Atoms, lam: Any, gamma: Any, loss: Loss, labels: Labels | None, noise: Any
) -> ConvexFit:
    numbers = (atoms.eigenvalues, atoms.penalty, atoms.weights, atoms.energy, lam, gamma, noise)
    xp = HIGH if any(is_high(np.asarray(v)) or is_high(v) for v in numbers) else REAL
    rough = kind(atoms_floats(atoms), float(lam), float(gamma), loss, labels, float(noise), REAL)
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        root, error = _root(rough)
        if xp is REAL:
            return rough.fit(root, error)
    with xp.context():
        exact = kind(
            atoms.converted(xp), xp.convert(lam), xp.convert(gamma), loss, labels, xp.convert(noise), xp
        )
        root = polished(rough.again, exact.again, root, xp)
        return exact.fit(root, float(xp.epsilon))


class _Limit(_Problem):
    """The limit `lam -> 0` where all labels can be met: chi grows like 1/lam, `lam chi` is unknown instead.

    In units where chi is 1 the penalty is that unknown, and it must make `tr(R)/n = 1`.
    """

    def averages(self, share: Any, across: Any, chi: Any) -> Averages:
        self.lam = chi
        return super().averages(share, across, 1 + 0 * chi)

    def state(self, values: Averages) -> tuple[Any, Any, Any]:
        first, across, trace = super().state(values)
        return first, across, self.lam * trace


def hard_margin_fit(atoms: Atoms, gamma: Any, labels: Labels | None, noise: Any = 0.0) -> ConvexFit:
    """The least `b' Gamma b` with `y x'b >= 1` on every row: hinge and squared hinge as `lam -> 0`.

    It has the direction of the logistic fit in that limit. Labels must be separable, that is gamma above
    `separability_threshold`.

    >>> one = Atoms(np.ones(1), np.ones(1), np.ones(1), np.array([4.0]))
    >>> fit = hard_margin_fit(one, 0.5, Labels("hard"))
    >>> round(float(fit.along / np.sqrt(fit.energy)), 6)
    0.829758
    """
    _separable(atoms, gamma, labels, noise, needed=True, what="a hard margin")
    return _solved(_Limit, atoms, 1.0, gamma, Interpolating("hinge"), labels, noise)


def _separable(atoms: Atoms, gamma: Any, labels: Labels | None, noise: Any, needed: bool, what: str) -> bool:
    plain = atoms_floats(atoms)
    aspect = float(gamma) * float(plain.weights[plain.eigenvalues > 0].sum())
    threshold = separability_threshold(labels, float(np.sqrt(plain.energy.sum())), float(noise))
    separable = aspect > threshold
    if needed and not separable:
        raise ValueError(
            f"gamma must be above the separability threshold {threshold:.6g} for {what}, got {aspect:.6g} "
            "(d/n over directions with variance)"
        )
    if separable and not needed and what == "logistic":
        raise ValueError(
            f"lam must be > 0 for the logistic loss at gamma = {aspect:.6g}, above the separability "
            f"threshold {threshold:.6g}: no finite fit exists; its direction as lam -> 0 is that of "
            "hard_margin_fit"
        )
    return separable


def _unpenalised(atoms: Atoms, gamma: Any, loss: Loss, labels: Labels | None, noise: Any) -> ConvexFit:
    """The limit `lam -> 0`."""
    if loss.of_residual or (labels is not None and labels.kind == "soft"):
        plain = atoms_floats(atoms)
        aspect = float(gamma) * float(plain.weights[plain.eigenvalues > 0].sum())
        if not loss.of_residual and aspect >= 1:
            raise ValueError(
                f"lam must be > 0 for the {loss.name} loss of soft labels at gamma = {aspect:.6g} >= 1 "
                "(d/n over directions with variance)"
            )
        if aspect == 1:
            raise ValueError(
                "lam must be > 0 at gamma = 1, where the fit without penalty has infinite energy"
            )
        meets = loss.of_residual and aspect > 1
    else:
        meets = _separable(atoms, gamma, labels, noise, needed=False, what=loss.name)
    if not meets:
        return _solved(_Problem, atoms, 0.0 * gamma, gamma, loss, labels, noise)
    return _solved(_Limit, atoms, 1.0, gamma, Interpolating(loss.name), labels, noise)


def atoms_floats(atoms: Atoms) -> Atoms:
    """The same in floats."""
    return Atoms(*(np.atleast_1d(np.asarray(v, dtype=float)) for v in vars(atoms).values()))


def _root(problem: _Problem) -> tuple[Any, float]:
    root, error = _direct(problem)
    return (root, error) if error < np.inf else _followed(problem)


def _direct(problem: _Problem) -> tuple[Any, float]:
    return fixed_point_of(problem.again, problem.start(), problem.roughly)


def _followed(problem: _Problem) -> tuple[Any, float]:
    """The root, followed from a large penalty by steps along its secant over log lam."""
    atoms = problem.atoms
    lam = (
        1e4
        * (1 + problem.gamma)
        * (1 + float(problem.total))
        * float((atoms.eigenvalues / atoms.penalty).max())
    )
    path: list[tuple[float, Any]] = []
    place, target, step = np.log(max(lam, problem.lam)), np.log(max(problem.lam, _LEAST)), 2.0
    ahead = problem.with_lam(float(np.exp(place))).start()
    while True:
        last = place == target
        here = problem if last else problem.with_lam(float(np.exp(place)))
        root, error = fixed_point_of(here.again, ahead, here.roughly)
        if error < np.inf:
            path.append((place, root))
            step *= 2.0
        elif path:
            step /= 4.0
        if last and error < np.inf:
            return root, error
        if not path or step < 1e-6:
            raise ArithmeticError(f"the fixed point was not found at lam = {np.exp(place):g}")
        before, root = path[-1]
        place = max(target, before - step)
        ahead = root
        if len(path) > 1:
            ahead = root + (root - path[-2][1]) * ((place - before) / (before - path[-2][0]))
