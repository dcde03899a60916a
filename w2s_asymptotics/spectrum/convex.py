"""What a convex loss learns: the fixed point of its equations, and the limits of no penalty."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arithmetic import HIGH, REAL, is_high
from ..losses.labels import Labels
from ..losses.loss import Interpolating, Loss
from .convex_equations import Atoms, ConvexFit, Limit, Problem
from .newton import fixed_point_of, polished
from .separable import separability_threshold

__all__ = ["Atoms", "ConvexFit", "convex_fit", "hard_margin_fit"]

_LEAST = 1e-300  # stands for lam = 0 on the way there


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
    return _solved(Problem, atoms, lam, gamma, loss, labels, noise)


def _solved(
    kind: type[Problem], atoms: Atoms, lam: Any, gamma: Any, loss: Loss, labels: Labels | None, noise: Any
) -> ConvexFit:
    numbers = (atoms.eigenvalues, atoms.penalty, atoms.weights, atoms.energy, lam, gamma, noise)
    xp = HIGH if any(is_high(np.asarray(v)) or is_high(v) for v in numbers) else REAL
    rough = kind(atoms_floats(atoms), float(lam), float(gamma), loss, labels, float(noise), REAL)
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        root, error = _root(rough)
        if xp is REAL:
            return rough.fit(root, error)
        jacobian = rough.round(root)[1]
    with xp.context():
        exact = kind(
            atoms.converted(xp), xp.convert(lam), xp.convert(gamma), loss, labels, xp.convert(noise), xp
        )
        root = polished(exact.again, jacobian, root, xp)
        return exact.fit(root, float(xp.epsilon))


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
    return _solved(Limit, atoms, 1.0, gamma, Interpolating("hinge"), labels, noise)


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
        return _solved(Problem, atoms, 0.0 * gamma, gamma, loss, labels, noise)
    return _solved(Limit, atoms, 1.0, gamma, Interpolating(loss.name), labels, noise)


def atoms_floats(atoms: Atoms) -> Atoms:
    """The same in floats."""
    return Atoms(*(np.atleast_1d(np.asarray(v, dtype=float)) for v in vars(atoms).values()))


def _root(problem: Problem) -> tuple[Any, float]:
    root, error = _direct(problem)
    return (root, error) if error < np.inf else _followed(problem)


def _direct(problem: Problem) -> tuple[Any, float]:
    return fixed_point_of(problem.round, problem.start())


def _followed(problem: Problem) -> tuple[Any, float]:
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
        root, error = fixed_point_of(here.round, ahead)
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
