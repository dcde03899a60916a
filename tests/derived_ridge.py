"""The kernels of ridge, its fixed point and the layouts beside what derivations give for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any
from unittest import mock

import sympy as sp
from symbolic_kernels import ABOVE, OTHERWISE, ROOT, SYMBOLS, Grid, Pair

from w2s_asymptotics.learners import ridge
from w2s_asymptotics.notation import symbol
from w2s_asymptotics.spectrum import fixed_point, layouts, marchenko_pastur
from w2s_asymptotics.spectrum.equivalent import Fit, GaussianEquivalent, PooledFit
from w2s_asymptotics.theorems import _ridge_stage as stage
from w2s_asymptotics.theorems import marchenko_pastur as spectral_law
from w2s_asymptotics.theorems import random_features_map as features
from w2s_asymptotics.theorems import registered
from w2s_asymptotics.words.words import Trace


def _vieta() -> list[Pair]:
    """Kappa and -omega are the roots of the derived quadratic, gamma (1 - missing) for gamma."""
    law, half, gamma = spectral_law.STAGE, sp.Symbol("half", positive=True), stage.GAMMA
    pairs = []
    for linear in (2 * half, -2 * half):  # either sign of the linear coefficient
        lam = ROOT**2 - half**2
        missing = (linear + lam - 1 + gamma) / gamma
        for aspect, share, rank in (
            (1 - lam - linear, None, 1 - lam - linear),
            (gamma, missing, gamma * (1 - missing)),
        ):
            kappa, omega, size = fixed_point.fixed_point(lam, aspect, SYMBOLS, share)
            roots = (law.kappa - kappa) * (law.kappa + omega)
            there = {law.gamma: rank, law.lam: lam, ROOT: half + ABOVE}
            pairs.append(Pair(roots, spectral_law.quadratic().lhs, there))
            pairs.append(Pair(size, kappa + omega, there))
    return pairs


def _resolvent() -> list[Pair]:
    law = spectral_law.STAGE
    steps = {step.name: step.after for step in spectral_law.derivation().steps}
    found = marchenko_pastur.resolvent(law.kappa, spectral_law.OMEGA, law.gamma, SYMBOLS)
    lam = law.kappa * spectral_law.OMEGA
    # 1 = omega + gamma/(1 + kappa), the fixed point
    given = {law.lam: lam, spectral_law.OMEGA: 1 - law.gamma / (1 + law.kappa)}
    derived = (
        spectral_law.residual_share(),
        spectral_law.resolvent_in_kappa().rhs,
        steps["write the slope by delta"],
    )
    return [Pair(one, other, given) for one, other in zip(found, derived, strict=True)]


_NORM = stage.MULTIPLIER**2 * stage.SIGNAL + stage.COVARIANCE
_LABELS = GaussianEquivalent(stage.MULTIPLIER, stage.BIAS, stage.COVARIANCE)
_SHARES = {
    stage.SHRINK: stage.EIGENVALUES * stage.INVERSE,
    stage.LOST: stage.KAPPA * stage.PENALTY * stage.INVERSE,
    stage.BIAS: 1 - stage.MULTIPLIER,
    stage.INVERSE: 1 / (stage.EIGENVALUES + stage.KAPPA * stage.PENALTY),
}
_SIZE = stage.KAPPA + stage.OMEGA
_SHARE = sp.Symbol("share", positive=True)
_POOLED = PooledFit.beside(_SHARE, Fit(stage.SHRINK, 1 - stage.SHRINK - _SHARE, stage.VARIANCE))
_ONE = {
    **dict.fromkeys((stage.EIGENVALUES, stage.PENALTY, stage.WEIGHTS), sp.S.One),
    stage.OMEGA: 1 - stage.GAMMA / (1 + stage.KAPPA),  # the fixed point
}


def _ridge_map(found: GaussianEquivalent, meaning: Mapping[Any, Any]) -> list[Pair]:
    mean, carried, residual, spread = stage.learned()
    derived = mean, stage.bias(mean), carried + spread * residual / stage.delta()
    given = {**_SHARES, **meaning}
    return [
        Pair(one, other, given, 1 if meaning else 2)
        for one, other in zip((found.multiplier, found.bias, found.covariance), derived, strict=True)
    ]


def _one_atom() -> list[Pair]:
    """The fit of ridge where s = g = w = 1, composed with its labels."""
    one = layouts.OneAtom(stage.SIGNAL, 0, SYMBOLS)
    labels = one.energy(_LABELS), stage.NOISE
    fit = Fit(*ridge.on_one_atom(stage.KAPPA, _SIZE, stage.GAMMA, *labels, SYMBOLS))
    return [*_ridge_map(one.through(fit, _LABELS), _ONE), *_given(one)]


def _given(one: layouts.OneAtom) -> list[Pair]:
    """A fit to rows of several sources: of the truth it is given a share besides."""
    learned = one.through(_POOLED, _LABELS)
    mean = stage.SHRINK * stage.MULTIPLIER + _SHARE
    bias = {stage.BIAS: 1 - stage.MULTIPLIER}
    return [
        Pair(learned.multiplier, mean),
        Pair(learned.bias, 1 - mean, bias),
        Pair(learned.covariance, stage.SHRINK**2 * stage.COVARIANCE + stage.VARIANCE),
    ]


def _grid_risk() -> list[Pair]:
    """The risk of that fit, grouped for a grid of teachers by students."""
    error = stage.BIAS**2 * stage.SIGNAL + stage.COVARIANCE
    mean, carried, residual, spread = stage.learned()
    derived = stage.bias(mean) ** 2 * stage.SIGNAL + carried + spread * residual / stage.delta()
    labels = stage.NOISE, stage.BIAS, error, _NORM, stage.SIGNAL
    found = ridge.grid_risk(stage.KAPPA, _SIZE, stage.GAMMA, *labels, Grid())
    return [Pair(found, derived, {**_SHARES, **_ONE}, 1)]


def _own_spectrum() -> list[Pair]:
    """Where Sigma is s and Gamma is g: kappa g/s, at the penalty lam g/s and the noise over s."""
    s, g, k = stage.EIGENVALUES, stage.PENALTY, stage.KAPPA
    given: list[Any] = []

    def solved(lam: Any, gamma: Any, xp: Any) -> tuple[Any, Any, Any]:
        given.extend((lam, gamma))
        return k * g / s, stage.OMEGA, k * g / s + stage.OMEGA

    learner = SimpleNamespace(covariance=s, penalty=g, features=None)
    own = layouts.OneAtom(stage.SIGNAL, 0, SYMBOLS).own(learner)
    with mock.patch.object(ridge, "fixed_point", solved):
        fitted = ridge.Ridge(gamma=stage.GAMMA, lam=stage.LAM)
        fit = fitted.fit(own, own.energy(_LABELS), stage.NOISE)
    equation = registered("one_point").forms["fixed point"]
    (trace,) = equation.rhs.atoms(Trace)
    on_atom = (equation.lhs - equation.rhs).xreplace(
        {trace: stage.STAGE.samples * stage.GAMMA * s * stage.INVERSE}
    )
    on_atom = on_atom.subs({stage.STAGE.kappa: k, stage.STAGE.lam: stage.LAM})
    law = spectral_law.STAGE
    scaled = {law.kappa: k * g / s, law.lam: given[0], law.gamma: given[1]}
    quadratic = spectral_law.quadratic().lhs.xreplace(scaled)
    return [
        Pair(quadratic, on_atom * (g / s) * (1 + k * g / s), _SHARES, 1),
        *_ridge_map(
            own.through(fit, _LABELS),
            {stage.WEIGHTS: sp.S.One, stage.OMEGA: 1 - stage.GAMMA / (1 + k * g / s)},
        ),
    ]


def _atoms() -> list[Pair]:
    kept, lost, added = ridge.on_atoms(
        stage.KAPPA, stage.OMEGA, stage.GAMMA, stage.EIGENVALUES, stage.PENALTY, stage.WEIGHTS,
        _NORM, stage.NOISE, SYMBOLS,
    )  # fmt: skip
    learned = layouts.OneAtom(stage.SIGNAL, 0, SYMBOLS).through(Fit(kept, lost, added), _LABELS)
    # Without variance and without kappa: what is derived at s = 0.
    idle = ridge.on_atoms(0, 1, stage.GAMMA, 0, stage.PENALTY, stage.WEIGHTS, _NORM, stage.NOISE, OTHERWISE)
    mean = stage.learned()[0]
    nothing = {**_SHARES, stage.EIGENVALUES: sp.S.Zero}
    return [
        *_ridge_map(learned, {}),
        Pair(kept + lost, 1, _SHARES),
        Pair(idle[0] * stage.MULTIPLIER, mean, nothing),
        Pair(1 - idle[1] * stage.MULTIPLIER, 1 - stage.MULTIPLIER + mean, nothing),
        Pair(idle[2], 0),
    ]


def _gain() -> list[Pair]:
    """What a student of labels with a share of truth takes and adds: the gain is their difference."""
    one = layouts.OneAtom(stage.SIGNAL, 0, SYMBOLS)
    earlier, held, truth, added = stage.EARLIER, stage.HELD, stage.TRUTH, stage.VARIANCE
    curved, learned_curved = sp.symbols("curved learned_curved", positive=True)
    teacher = GaussianEquivalent(1 - earlier, earlier, held, curved)
    labels = one.mixed(truth, teacher)
    fit = Fit(stage.SHRINK, 1 - stage.SHRINK, added, learned_curved)
    found = layouts.OneAtom.gain(one, fit, teacher, labels, truth)
    taken, removed, grown = stage.gain()
    after = stage.bias(stage.learned()[0]).subs(stage.BIAS, stage.TAUGHT * earlier)
    both = (earlier + after) * stage.SIGNAL
    given = {
        stage.LOST: 1 - stage.SHRINK,
        stage.MULTIPLIER: truth + stage.TAUGHT * (1 - earlier),
        stage.TAUGHT: 1 - truth,
    }
    risks = one.risk(teacher) - one.risk(one.through(fit, labels))
    pooled = one.gain(_POOLED, teacher, teacher, sp.S.Zero)
    return [
        Pair(pooled[0] - pooled[1], one.risk(teacher) - one.risk(one.through(_POOLED, teacher))),
        Pair(found[0], taken * held + removed * both + curved, given),
        Pair(found[1], grown * both + added + learned_curved, given),
        Pair(found[0] - found[1], risks, given),
    ]


def _labels() -> list[Pair]:
    """What labels are, with a share x of truth: `x (b_* + z) + (1 - x) teacher + own noise`."""
    world, truth, own = symbol("noise", "world"), stage.TRUTH, features.NOISE
    one = layouts.OneAtom(stage.SIGNAL, world, SYMBOLS)
    teacher = GaussianEquivalent(1 - stage.BIAS, stage.BIAS, stage.COVARIANCE, features.CURVED)
    learner = ridge.Ridge(gamma=0.5, lam=0.1, noise=own, truth=truth)
    found, noise = learner.labelled(teacher, one)
    plain = ridge.Ridge(gamma=0.5, lam=0.1, noise=own)
    return [
        Pair(found.bias, 1 - found.multiplier),
        Pair(found.bias, (1 - truth) * stage.BIAS),
        Pair(found.covariance, (1 - truth) ** 2 * stage.COVARIANCE),
        Pair(found.nonlinear, (1 - truth) ** 2 * features.CURVED),
        Pair(noise, truth**2 * world + (1 - truth) ** 2 * features.CURVED + own),
        Pair(plain.labelled(teacher, one)[1], own + features.CURVED),
        Pair(plain.labelled(None, one)[1], own + world),
    ]


RIDGE: dict[str, Callable[[], list[Pair]]] = {
    "fixed_point": _vieta,
    "resolvent": _resolvent,
    "on_one_atom": _one_atom,
    "grid_risk": _grid_risk,
    "own_spectrum": _own_spectrum,
    "on_atoms": _atoms,
    "labels": _labels,
    "gain": _gain,
}
