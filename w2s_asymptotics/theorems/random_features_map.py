r"""Ridge on random features as a map of Gaussian equivalents, for any spectrum of Sigma.

Features are z = F x + u, the rows of F drawn with variance I/p, u of variance theta = T/psi; nu is the
effective regularisation of the weights, kappa that of the data given the weights, and on an atom G = 1/(s +
nu), S = s G, L = nu G.

The data go first: given the weights the learner is ridge in feature space (``ridge_map``). Pushing F through
its resolvents leaves those of H = F'F, the sample covariance of p weight vectors, with penalty Sigma^{-1}: a
second ridge problem, with p rows, to which ``one_point`` and ``two_point`` apply once more. This holds for
matrices that do not commute, and for weights of any covariance; then the spectrum is entered.

That nonlinear features act as F x + u, u Gaussian and independent of x, is the Gaussian equivalence
theorem, cited (Mei, Montanari 2022) and not proved here; for linear features u = 0 and nothing is cited.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import sympy as sp

from w2s_asymptotics.proof.derivation import Derivation, Step
from w2s_asymptotics.proof.models.spectra import Spectra
from w2s_asymptotics.proof.tactics import Equal, Tends
from w2s_asymptotics.theorems._feature_lines import (
    CURVED,
    DELTA,
    FREEDOM,
    GAMMA,
    GAP,
    INVERSE,
    KAPPA,
    KEPT,
    LAM,
    LEARNED,
    LOST,
    MEANING,
    NOISE,
    NU,
    OMEGA,
    PER_NU,
    RESIDUAL,
    SEEN,
    SHARES,
    TAIL,
    VARIANCE,
    WIDTH,
    Lines,
    moments,
    traces,
)
from w2s_asymptotics.words.spectrum import (
    COVARIANCE,
    DIMENSION,
    EIGENVALUE,
    ENERGY,
    MULTIPLIER,
    SIGNAL,
    WEIGHT,
    Total,
)
from w2s_asymptotics.words.spectrum import METRIC as ON_METRIC

__all__ = [
    "CURVED",
    "DELTA",
    "FREEDOM",
    "GAMMA",
    "GAP",
    "INVERSE",
    "KAPPA",
    "KEPT",
    "LAM",
    "LEARNED",
    "LOST",
    "MEANING",
    "NOISE",
    "NU",
    "OMEGA",
    "PER_NU",
    "RESIDUAL",
    "SEEN",
    "SHARES",
    "TAIL",
    "VARIANCE",
    "WIDTH",
    "Learned",
    "derivation",
    "learned",
]


@dataclass(frozen=True)
class Learned:
    """What is learned, atom by atom: multiplier, Gaussian energy, and the energy of its nonlinear part."""

    multiplier: Any
    covariance: Any
    nonlinear: Any


def learned() -> Learned:
    """Return the map, in the named quantities of ``MEANING`` and ``SHARES``; read off the derivation.

    >>> learned().multiplier
    M*S
    """
    steps = {step.name: step.after for step in derivation().steps}
    moment = steps["insert the Gaussian equivalent"].args[0]
    return Learned(
        steps["enter the spectrum, mean"] * MULTIPLIER,
        sp.expand(moment.coeff(ON_METRIC) - (KEPT * MULTIPLIER) ** 2 * SIGNAL),
        steps["join, nonlinear energy"],
    )


@cache
def derivation() -> Derivation:
    """Derive the map: data first, weights second."""
    lines = Lines()
    found = moments(lines) | traces(lines)
    blur, noisy = LEARNED / (WIDTH * DELTA), VARIANCE * GAMMA
    noise = found["missed"] / RESIDUAL * GAMMA / DIMENSION
    lines.start(
        "nonlinear energy",
        found["nonlinear mean"] + noise * found["nonlinear noise"],
    )
    nonlinear = lines.then(
        "join", "mean and noise", TAIL * blur + noisy * PER_NU * TAIL, lines.named, "",
        "name it, nonlinear mean", "name it, nonlinear noise", "name it, not explained",
    )  # fmt: skip
    lines.start("second moment", found["kept"] + noise * found["noise"])
    own = WEIGHT * LOST**2 * blur
    added = noisy * WEIGHT * (EIGENVALUE + SEEN) * INVERSE**2
    lines.then(
        "join", "mean and noise", Total(ON_METRIC * (KEPT**2 * ENERGY + own + added)), lines.named, "",
        "name it, kept", "name it, not explained", "name it, noise", "name it, residual degrees of freedom",
    )  # fmt: skip
    up, down = (MULTIPLIER * sp.sqrt(SIGNAL) + sign * sp.sqrt(COVARIANCE) for sign in (1, -1))
    result = Total(ON_METRIC * (KEPT**2 * (MULTIPLIER**2 * SIGNAL + COVARIANCE) + own + added))
    lines.account.claim(
        "insert the Gaussian equivalent", "mean over f", result,
        Equal(Spectra({ENERGY: sp.expand((up**2 + down**2) / 2)})),
        note=r"Labels of mean $M\beta_*$ and Gaussian energy c have the energy $\epsilon = M^2e + c$.",
    )  # fmt: skip
    limits = _limits(result, nonlinear)
    return Derivation(
        name="random_features_map",
        title="Ridge on random features as a map of Gaussian equivalents",
        statement=r"With $\nu(1 - \mathrm{df}_1/\psi) = \kappa$ and "
        r"$\kappa(1 - \gamma\,\mathrm{df}_1) = \lambda$, labels of multiplier M, "
        r"Gaussian energy c and nonlinear energy $E_{in}$ on an atom give "
        r"$M' = SM$, $c' = S^2c + wL^2q/(\psi\Delta) + v\gamma w(s + t)G^2$ and the nonlinear energy "
        r"$T(q/(\psi\Delta) + v\gamma h)$.",
        assumptions=(
            r"Gaussian rows with covariance $\Sigma$; weights $w_j \sim N(0, I/d)$; "
            r"$p/d \to \psi$, $d/n \to \gamma$.",
            r"Nonlinear features act as $Fx + u$ with $u$ Gaussian, independent of $x$, of variance "
            r"$\theta = T/\psi$ each (Gaussian equivalence, cited); for linear features $u = 0$.",
            "The labels are those of a function independent of the rows and the weights, plus centred noise; "
            "its nonlinear part, uncorrelated with linear functions, acts as noise (Gaussian equivalence).",
        ),
        sources=(
            "Mei, Montanari: The generalization error of random features regression, 2022 "
            "(Gaussian equivalence, the asymptotic risk).",
            "Defilippis, Loureiro, Misiakiewicz, arXiv:2405.15699 (random-feature equivalents).",
        ),
        steps=(*limits, *lines.account.steps),
        result=result,
        forms={
            "multiplier, on an atom": KEPT,
            "second moment in the metric A": result,
            "nonlinear energy": nonlinear,
            "infinitely many linear features, second moment": limits[0].after,
        },
        notation=(
            ("F", r"$p \times d$, features $z = Fx + u$, rows $w_j\sqrt{d/p}$"),
            (r"\theta", r"$T/\psi$, variance of a feature's nonlinear part, $T = \mu_*^2$ where $\mu_1 = 1$"),
            (r"\lambda_w,\ \kappa_w", r"$k = \kappa + \theta$, the penalty of the weights; $\nu$"),
            (r"\Gamma_w,\ \Sigma_w", r"$\Sigma^{-1}$, their penalty matrix; I, their covariance"),
            (r"\delta_w", r"$\Delta = 1 - \mathrm{df}_2/\psi$"),
            (r"\sum[\,\cdot\,]", "sum over the atoms of the joint spectrum"),
            ("s, w, e", "on an atom: eigenvalue, share of the dimensions, energy of the target"),
            (r"M, c, \epsilon", "multiplier and Gaussian energy of the labels, and all of their energy"),
            ("a", "the atom of any metric A: the map is read off as what it multiplies"),
        ),
        definitions=tuple({**MEANING, **SHARES}.items()),
        uses=("one_point", "two_point", "ridge_map"),
    )  # fmt: skip


def _limits(moment: Any, nonlinear: Any) -> tuple[Step, ...]:
    """The limits of the map: many linear features are ridge, an infinite penalty learns nothing."""
    meaning = {**MEANING, **SHARES}
    linear = moment.subs(VARIANCE, MEANING[VARIANCE]).subs(RESIDUAL, MEANING[RESIDUAL]).subs(TAIL, 0)
    missed = NOISE + CURVED + Total(EIGENVALUE * LOST**2 * ENERGY)
    ridge = GAMMA * WEIGHT * EIGENVALUE * INVERSE**2 * missed / (OMEGA + GAMMA * Total(WEIGHT * KEPT * LOST))
    wide = Total(ON_METRIC * (KEPT**2 * (MULTIPLIER**2 * SIGNAL + COVARIANCE) + ridge))
    without = {key: value.subs(TAIL, 0) for key, value in meaning.items()}
    return (
        Step(
            "let the width go to infinity", r"$T = 0$, $\psi \to \infty$: $\nu = \kappa$", linear, wide,
            Tends(Spectra(without, WIDTH)), ("ridge_map",),
            "The ridge map, exactly, with its effective regularisation.", starts=True,
        ),
        Step(
            "let the penalty go to infinity, second moment", r"$\nu \to \infty$", moment, sp.S.Zero,
            Tends(Spectra(meaning, NU)), (), "Nothing is learned.", starts=True,
        ),
        Step(
            "let the penalty go to infinity, nonlinear energy", r"$\nu \to \infty$", nonlinear, sp.S.Zero,
            Tends(Spectra(meaning, NU)), starts=True,
        ),
    )  # fmt: skip
