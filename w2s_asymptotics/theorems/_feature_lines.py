"""Lines of argument about random features: the data go first, then the weights, then the spectrum is entered.

Nothing here is registered: ``random_features_map`` joins what these lines come to.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import Identity
from w2s_asymptotics.proof.derivation import Check
from w2s_asymptotics.proof.models.features import Features
from w2s_asymptotics.proof.models.gaussian import Moments
from w2s_asymptotics.proof.models.rows import Labels, Rows
from w2s_asymptotics.proof.models.spectra import Spectra, WordsOnSpectra
from w2s_asymptotics.proof.tactics import Closes, Equal
from w2s_asymptotics.theorems import ridge_map
from w2s_asymptotics.words import rules
from w2s_asymptotics.words.features import (
    BEST,
    FEATURES,
    LABELS,
    METRIC,
    MISSED,
    SHAPE,
    SIGMA,
    THETA,
    TRANSPOSED,
    WEIGHTS,
    F,
)
from w2s_asymptotics.words.gaussian import Mean
from w2s_asymptotics.words.spectrum import (
    DIMENSION,
    EIGENVALUE,
    ENERGY,
    WEIGHT,
    Total,
)
from w2s_asymptotics.words.spectrum import METRIC as ON_METRIC
from w2s_asymptotics.words.words import Quadratic, Trace, trace

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
    "Lines",
    "moments",
    "traces",
]

NU, KEPT, LOST, INVERSE = sp.symbols("nu S L G", positive=True)
KAPPA, OMEGA, GAMMA, WIDTH = symbol("kappa"), symbol("omega"), symbol("gamma"), symbol("width")
TAIL, NOISE, LAM, CURVED = symbol("tail"), symbol("noise"), symbol("lam"), sp.Symbol("E_in", nonnegative=True)
LEARNED, GAP, FREEDOM, VARIANCE, SEEN, PER_NU = sp.symbols("q g df_1 v t h", positive=True)
DELTA, RESIDUAL = WEIGHTS.delta, sp.Symbol("delta", positive=True)

MEANING: dict[Any, Any] = {
    VARIANCE: (NOISE + CURVED + Total(EIGENVALUE * LOST**2 * ENERGY) + SEEN * LEARNED) / RESIDUAL,
    RESIDUAL: OMEGA + GAMMA * (KAPPA / NU) * GAP / DELTA,
    SEEN: (Total(WEIGHT * EIGENVALUE * LOST**2) + TAIL) / (WIDTH * DELTA),
    PER_NU: (Total(WEIGHT * EIGENVALUE * INVERSE**2) + TAIL / NU**2) / (WIDTH * DELTA),
    LEARNED: Total(KEPT**2 * ENERGY),
    DELTA: KAPPA / NU + GAP / WIDTH,
    GAP: Total(WEIGHT * KEPT * LOST) + TAIL / NU,
    OMEGA: 1 - GAMMA * FREEDOM,
    KAPPA: NU * (1 - FREEDOM / WIDTH),
    FREEDOM: Total(WEIGHT * KEPT) + TAIL / NU,
}
"""What the named quantities of the map stand for, each in terms of those after it."""

SHARES: dict[Any, Any] = {KEPT: EIGENVALUE * INVERSE, LOST: NU * INVERSE, INVERSE: 1 / (EIGENVALUE + NU)}
"""What is kept of a coefficient on an atom, what is lost, and G."""

_H, _R, _k, _p = WEIGHTS.sample_covariance, WEIGHTS.resolvent, WEIGHTS.lam, WEIGHTS.samples
_P, _G = WEIGHTS.penalty, WEIGHTS.equivalent
_d, _n = DIMENSION, symbol("samples")
_z = sp.symbols("z_1 z_2", real=True)
_OUT = "one-point and two-point equivalents of the weights"
_ENTER = r"$\Sigma_w = I$, $\Gamma_w = \Sigma^{-1}$"


class Lines:
    """Lines of argument: each starts from an expression and is rewritten, step by step."""

    def __init__(self) -> None:
        self.account = Account()
        letters = {
            _G: KEPT, _P: 1 / EIGENVALUE, WEIGHTS.covariance: sp.S.One, METRIC: ON_METRIC, SIGMA: EIGENVALUE,
        }  # fmt: skip
        numbers = {
            WEIGHTS.kappa: NU, _k: KAPPA + TAIL / WIDTH, THETA: TAIL / WIDTH, _p: WIDTH * _d, _n: _d / GAMMA,
        }  # fmt: skip
        self.exact = Equal(Features())
        self.closes = Closes(Rows(WEIGHTS, Labels(LABELS), by=(NOISE, CURVED)))
        self.enters = Equal(WordsOnSpectra(letters, numbers, LABELS, SHARES))
        self.named = Equal(Spectra({**MEANING, **SHARES}))

    def start(self, topic: str, expression: Any, *uses: str) -> None:
        """Open a line about ``topic``."""
        self.topic, self.uses = topic, uses
        self.account.line(expression)

    def then(self, name: str, rule: str, after: Any, check: Check, note: str = "", *uses: str) -> Any:
        """Rewrite what the line has come to."""
        basis = (*self.uses, *uses, *(("one_point", "two_point") if check is self.closes else ()))
        self.uses = ()
        return self.account.claim(f"{name}, {self.topic}", rule, after, check, basis, note)

    def push(self, after: Any, note: str = "", rule: str = r"$G_zF\Sigma = FR_w$") -> Any:
        """Push the features through their resolvents: exact algebra."""
        return self.then("push the features through", rule, after, self.exact, note)

    def integrate(self, after: Any, note: str = "") -> Any:
        """Integrate the weights out."""
        return self.then("integrate the weights out", _OUT, after, self.closes, note)

    def enter(self, after: Any, note: str = "") -> Any:
        """Enter the joint spectrum."""
        return self.then("enter the spectrum", _ENTER, after, self.enters, note)

    def name(self, after: Any, rule: str = "definitions", note: str = "") -> Any:
        """Write it in the named quantities."""
        return self.then("name it", rule, after, self.named, note)


def _given_weights(label_noise: Any) -> tuple[Any, Any, Any]:
    """Read off ``ridge_map`` in feature space: the mean's form, the residual energy, the noise's word."""
    stage, moment = ridge_map.STAGE, ridge_map.derivation().result
    names = {
        stage.covariance: FEATURES, stage.penalty: sp.S.One, stage.equivalent: SHAPE,
        stage.kappa: KAPPA, stage.noise: label_noise + MISSED, ridge_map.MEAN: BEST,
    }  # fmt: skip
    settled = moment.xreplace({each: sp.S.Zero for each in moment.atoms(Trace) if each.has(ridge_map.SPREAD)})
    (mean,) = (each for each in settled.atoms(Quadratic) if each.has(ridge_map.METRIC))
    (word,) = settled.atoms(Trace)
    residual = settled.coeff(word) * stage.delta * stage.samples
    return mean.xreplace(names), sp.expand(residual).xreplace(names), word.xreplace(names)


def _out(word: Any) -> Any:
    """Integrate the weights out of a word: k R becomes nu G, R H R becomes G Sigma_w G/Delta."""
    pair = _G * WEIGHTS.covariance * _G / DELTA
    return sp.expand(sp.expand(word).subs(_R * _H * _R, pair).subs(_R, WEIGHTS.kappa / _k * _G))


def moments(lines: Lines) -> dict[str, Any]:
    """The lines about the first and second moments of what is learned, and about what is not explained."""
    lines.start("labels", Mean((sp.sqrt(NOISE) * _z[0] + sp.sqrt(CURVED) * _z[1]) ** 2))
    label_noise = lines.then(
        "gather what acts as noise", "independent", NOISE + CURVED, Equal(Moments(_z)),
        "Label noise, and what in the labels is not linear.",
    )  # fmt: skip
    form, residual, noisy = _given_weights(label_noise)
    in_features = F * METRIC * TRANSPOSED
    fitted = sp.expand(LABELS - _k * _P * _R * LABELS)
    blur, kept = LEARNED / (WIDTH * DELTA), Total(KEPT**2 * ENERGY)
    found: dict[str, Any] = {}

    lines.start("mean", TRANSPOSED * SHAPE * FEATURES * BEST, "ridge_map")
    lines.push(fitted, r"$R_w = (F'F + k\Sigma^{-1})^{-1}$, $k = \kappa + \theta$.")
    lines.integrate(_out(fitted), r"$\Sigma^{-1}$ is the penalty of the weights: $kR_w \simeq \nu G_w$.")
    lines.enter(KEPT, r"What multiplies f on an atom: $1 - \nu G = sG = S$.")

    lines.start("kept", form.xreplace({ridge_map.METRIC: in_features}), "ridge_map")
    quadratic = lines.push(Quadratic(METRIC, fitted), "A form A of the covariates is FAF' of the features.")
    lines.integrate(rules.integrate_data(quadratic, WEIGHTS))
    lines.enter(
        Total(ON_METRIC * KEPT**2 * ENERGY)
        + Total(ON_METRIC * WEIGHT * LOST**2) * kept / (WIDTH * DELTA),
        r"$\epsilon$ is the energy of f on an atom; $G_w = s/(s + \nu) = S$.",
    )  # fmt: skip
    found["kept"] = lines.name(Total(ON_METRIC * (KEPT**2 * ENERGY + WEIGHT * LOST**2 * blur)))

    squared = _R * _H * _R
    lines.start("not explained", residual, "ridge_map", "gather what acts as noise, labels")
    lines.push(
        label_noise + Quadratic(_P, _k * _R * LABELS) + THETA * Quadratic(squared, LABELS),
        r"$E_0$, what features cannot express, acts as label noise, and so does the bias.",
    )
    lines.integrate(
        label_noise
        + rules.integrate_data(Quadratic(_P, _k * _R * LABELS), WEIGHTS)
        + THETA * Quadratic(_out(squared), LABELS)
    )
    lines.enter(
        label_noise
        + Total(EIGENVALUE * LOST**2 * ENERGY)
        + (Total(WEIGHT * EIGENVALUE * LOST**2) + TAIL) * kept / (WIDTH * DELTA)
    )
    found["missed"] = lines.name(label_noise + Total(EIGENVALUE * LOST**2 * ENERGY) + SEEN * LEARNED)

    word = sp.expand(_P - _k * _P * _R * _P - KAPPA * _P * _R * _H * _R * _P)
    lines.start("noise", noisy.xreplace({ridge_map.METRIC: in_features}), "ridge_map")
    lines.push(trace(METRIC * word), r"$G_z\Sigma_zG_z = G_z - \kappa G_z^2$.")
    lines.integrate(trace(METRIC * _out(word)))
    lines.enter(_d * Total(ON_METRIC * WEIGHT * (INVERSE - KAPPA * INVERSE**2 / DELTA)))
    found["noise"] = lines.name(
        _d * Total(ON_METRIC * WEIGHT * (EIGENVALUE + SEEN) * INVERSE**2),
        r"$\nu - \kappa/\Delta = t$",
        "A sum of positive terms.",
    )

    lines.start("nonlinear mean", THETA * form.xreplace({ridge_map.METRIC: sp.S.One}), "ridge_map")
    lines.push(THETA * Quadratic(squared, LABELS))
    lines.integrate(THETA * Quadratic(_out(squared), LABELS))
    lines.enter(TAIL * kept / (WIDTH * DELTA))
    found["nonlinear mean"] = lines.name(TAIL * blur)
    return found


def traces(lines: Lines) -> dict[str, Any]:
    """The lines about traces in feature space: degrees of freedom, noise there, the fixed points."""
    _, _, noisy = _given_weights(NOISE)
    nu, covariance = WEIGHTS.kappa, WEIGHTS.covariance
    once, twice = Trace(_P * _R), Trace(_P * _R * _P * _R)
    crossed = trace(_P * _G * covariance * _G) * trace(covariance * _G * _P * _G) / (_p * DELTA)
    first, second = nu / _k * trace(_P * _G), nu**2 / _k**2 * (trace(_P * _G * _P * _G) + crossed)
    lines.start("trace", once)
    lines.integrate(first)
    lines.start("trace of the square", twice)
    lines.integrate(second)
    settled = Identity({twice: second, once: first})
    proved = tuple(f"integrate the weights out, {topic}" for topic in ("trace", "trace of the square"))

    def in_features(power: int, common: Any, count: Any, dim: Any, k: Any) -> Any:
        return (count - dim) / k**power + common  # beyond the common spectrum: directions of the tail alone

    flat, square = in_features(1, once, _p, _d, _k), in_features(2, twice, _p, _d, _k)
    k = KAPPA + TAIL / WIDTH
    on_flat = in_features(1, NU / k * Total(WEIGHT * INVERSE), WIDTH, 1, k)
    both = Total(WEIGHT * INVERSE**2) + Total(WEIGHT * KEPT * INVERSE) ** 2 / (WIDTH * DELTA)
    on_square = in_features(2, NU**2 / k**2 * both, WIDTH, 1, k)
    note = "Beyond the common spectrum, feature space has p - d directions of the tail alone."

    def line(topic: str, start: Any, in_words: Any, on_spectrum: Any, named: Any, *uses: str) -> Any:
        lines.start(topic, start, *uses)
        lines.then("compare the spectra", "equal spectra", in_words, lines.exact, note)
        after = in_words.subs({twice: second, once: first})
        lines.then("integrate the weights out", _OUT, after, settled, "", *proved)
        lines.enter(on_spectrum)
        return lines.name(named)

    tail, on_tail = THETA * (flat - KAPPA * square), TAIL / WIDTH * (on_flat - KAPPA * on_square)
    start = THETA * noisy.xreplace({ridge_map.METRIC: sp.S.One})
    found = {
        "nonlinear noise": line("nonlinear noise", start, tail, _d * on_tail, _d * TAIL * PER_NU, "ridge_map")
    }
    found["residual"] = line(
        "residual degrees of freedom",
        1 - trace(FEATURES * SHAPE * FEATURES * SHAPE) / _n,
        1 - (_p - 2 * KAPPA * flat + KAPPA**2 * square) / _n,
        1 - GAMMA * (WIDTH - 2 * KAPPA * on_flat + KAPPA**2 * on_square),
        MEANING[RESIDUAL],
    )
    lines.start("fixed point of the data", KAPPA * (1 - trace(FEATURES * SHAPE) / _n))
    lines.then(
        "compare the spectra", "equal spectra", KAPPA * (1 - (_p - KAPPA * flat) / _n), lines.exact, note
    )
    after = KAPPA * (1 - (_p - KAPPA * flat.subs(once, first)) / _n)
    lines.then("integrate the weights out", _OUT, after, Identity({once: first}), "", proved[0])
    lines.enter(KAPPA * (1 - GAMMA * (WIDTH - KAPPA * on_flat)))
    found["data"] = lines.name(
        KAPPA * (1 - GAMMA * FREEDOM),
        note=r"It equals $\lambda$: the fixed point of $\kappa$ given the weights.",
    )
    lines.start("fixed point of the weights", nu * (1 - trace(covariance * _G) / _p) - THETA)
    lines.enter(NU * (1 - Total(WEIGHT * KEPT) / WIDTH) - TAIL / WIDTH)
    found["weights"] = lines.name(
        NU * (1 - FREEDOM / WIDTH), note=r"It equals $k - \theta = \kappa$: the fixed point of $\nu$."
    )
    lines.start("share of the weights left", 1 - trace(covariance * _G * covariance * _G) / _p)
    lines.enter(1 - Total(WEIGHT * KEPT**2) / WIDTH)
    found["share"] = lines.name(MEANING[DELTA], r"$1 - \mathrm{df}_2/\psi$", "A sum of positive terms.")
    return found
