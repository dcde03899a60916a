r"""Risk of ridge on random features, by integrating out the data and then the weights.

Statement (Sigma = I, features F x + u): with nu the effective regularisation of the weights, S = 1/(1 +
nu), L = 1 - S, psi = p/d, T the energy of the nonlinear tail, theta = T/psi and k = kappa + theta = nu (1
- S/psi),

    A = r^2 [theta L/k + kappa L^2/(k Delta)],                              Delta = 1 - S^2/psi,
    x = gamma [(psi - 1) theta^2/k^2 + 1 - 2 kappa L/k + kappa^2 L^2/(k^2 Delta)],

the excess risk is (A + noise x)/(1 - x), where kappa belongs to the data: kappa (1 - gamma (S + T/nu)) = lam.

Given the weights the learner is ridge in feature space (``ridge_map``). Pushing F through its resolvents
leaves resolvents of H = F'F, the sample covariance of the p weight vectors: a second ridge problem, with p
"rows" and the penalty k, to which ``one_point`` and ``two_point`` apply once more.

That nonlinear features act as F x + u, u Gaussian and independent of x, is the Gaussian equivalence
theorem, cited (Mei, Montanari 2022) and not proved here; for linear features u = 0 and nothing is cited.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from w2s_asymptotics.engine import isotropic as formulas
from w2s_asymptotics.engine.checks import Identity
from w2s_asymptotics.engine.derivation import Derivation, Outcome, Step
from w2s_asymptotics.engine.matrices import Draw, evaluate, inverse
from w2s_asymptotics.engine.matrix_checks import ClosesLikeOneOverD, Labels
from w2s_asymptotics.engine.words import BETA, Stage, Trace, letter, trace
from w2s_asymptotics.notation import symbol

__all__ = ["derivation", "excess_risk"]

WEIGHTS = Stage("w", noisy=False)
"""The weights as a ridge problem: H for the sample covariance, k for the penalty, nu for kappa, p for n."""

_F, _transposed, _shape, _features = (letter(name) for name in ("F", "F'", "G_z", "Sigma_z"))
_theta, _kappa = sp.Symbol("theta", nonnegative=True), symbol("kappa")
_gamma, _noise, _signal = symbol("gamma"), symbol("noise"), symbol("signal")
_p, _d = sp.symbols("p d", positive=True)
_A, _x, _bias, _missed = sp.symbols("A x B E_0", positive=True)


@dataclass(frozen=True)
class OnFeatures:
    """Both sides agree exactly for a rational p x d matrix F, in feature space and in the covariates'."""

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Evaluate both sides in exact arithmetic, for more and for fewer features than dimensions."""
        rng = np.random.default_rng(seed)
        for count, dim in ((4, 3), (2, 3)):
            entries = [Fraction(int(rng.integers(-4, 5)), 3) for _ in range(count * dim)]
            F = np.array(entries, dtype=object).reshape(count, dim)
            theta, kappa = Fraction(2, 7), Fraction(int(rng.integers(1, 9)), 11)
            eye, identity = np.eye(count, dtype=int), np.eye(dim, dtype=int)
            values = {
                _F: F,
                _transposed: F.T,
                _theta: theta,
                _kappa: kappa,
                WEIGHTS.lam: kappa + theta,
                _features: F @ F.T + theta * eye,
                _shape: inverse(F @ F.T + (theta + kappa) * eye),
                WEIGHTS.resolvent: inverse(F.T @ F + (theta + kappa) * identity),
                _p: Fraction(count),
                _d: Fraction(dim),
            }
            left, right = (evaluate(side, Draw(values, dim, F, WEIGHTS)) for side in (before, after))
            if np.any(left - right):
                return Outcome(False, f"the two sides differ for {count} features in {dim} dimensions")
        return Outcome(True, "equal for more and for fewer features than dimensions, exactly")

    def describe(self) -> str:
        """Say what closes the step."""
        return "exact on rational rectangular matrices"


def _integrated(word: Any) -> Any:
    """Integrate the weights out: k R becomes nu G, and k^2 R R its two-point equivalent."""
    R, G, covariance = WEIGHTS.resolvent, WEIGHTS.equivalent, WEIGHTS.covariance
    nu, k = WEIGHTS.kappa, WEIGHTS.lam
    spread = trace(covariance * G * G) / (WEIGHTS.samples * WEIGHTS.delta)
    both = nu**2 / k**2 * (G * G + spread * G * covariance * G)
    return sp.expand(sp.expand(word).subs(R**2, both).subs(R, nu / k * G))


def _in_shares() -> tuple[Any, Any]:
    """A/r^2 and tr(I - kappa R)^2/d where Sigma = I, in S and L = 1 - S of the weights, psi = 1/gamma_w."""
    lost, k = formulas.kept(WEIGHTS), WEIGHTS.lam
    squared = lost**2 / WEIGHTS.delta
    return _theta * lost / k + _kappa * squared / k, 1 - 2 * _kappa * lost / k + _kappa**2 * squared / k**2


def excess_risk() -> Any:
    """Return the risk in nu = kappa_w, kappa, gamma, psi = 1/gamma_w, the tail T = tail, noise and signal."""
    nu, psi, tail = WEIGHTS.kappa, symbol("width"), symbol("tail")
    share = 1 / (1 + nu)
    bias, freedom = _in_shares()
    theta, k = tail / psi, nu * (1 - share / psi)
    meaning = {
        formulas.kept(WEIGHTS): 1 - share,
        WEIGHTS.delta: 1 - share**2 / psi,
        WEIGHTS.lam: k,
        _theta: theta,
    }
    x = _gamma * ((psi - 1) * theta**2 / k**2 + freedom.subs(meaning))
    return (_signal * bias.subs(meaning) + _noise * x) / (1 - x)


def derivation() -> Derivation:
    """Derive the risk: data first, weights second."""
    R, k = WEIGHTS.resolvent, WEIGHTS.lam
    exact = OnFeatures()
    closes = ClosesLikeOneOverD(WEIGHTS, Labels(BETA))
    given_weights = (_bias + (_noise + _missed) * _x) / (1 - _x) + _missed
    gathered = (_bias + _missed + _noise * _x) / (1 - _x)
    error = 1 - 2 * _transposed * _shape * _F + _transposed * _shape * _features * _shape * _F
    bias_word = sp.expand(_theta * R + _kappa * k * R * R)
    freedom_word = sp.expand(1 - 2 * _kappa * R + _kappa**2 * R * R)
    per_dimension = _d - 2 * _kappa * Trace(R) + _kappa**2 * Trace(R**2) + (_p - _d) * _theta**2 / k**2
    bias, freedom = _in_shares()
    psi = symbol("width")
    joined = (_signal * bias + _noise * _x) / (1 - _x)
    expanded_x = _gamma * ((psi - 1) * _theta**2 / k**2 + freedom)
    result = joined.subs(_x, expanded_x)
    in_bias, in_freedom = _integrated(bias_word), _integrated(freedom_word)
    steps = (
        Step(
            "ridge in feature space",
            "gather",
            given_weights,
            gathered,
            Identity(),
            uses=("ridge_map",),
            note=r"Given the weights: bias $B$, unexplained energy $E_0$ (which acts as label noise), "
            r"$x = \mathrm{df}_2/n$ of the features.",
            starts=True,
        ),
        Step(
            "push the features through",
            r"$F'(FF' + k)^{-1}F = I - k(F'F + k)^{-1}$",
            _transposed * _shape * _F,
            sp.expand(1 - k * R),
            exact,
            note=r"$\Sigma_z = FF' + \theta$, $G_z = (\Sigma_z + \kappa)^{-1}$, $k = \kappa + \theta$, "
            r"$R_w = (F'F + k)^{-1}$.",
            starts=True,
        ),
        Step(
            "write the error by the weights",
            "push through, twice",
            error,
            bias_word,
            exact,
            uses=("push the features through",),
            note=r"$B + E_0$ as a form in $\beta_*$: all that the mean of the learner misses.",
            starts=True,
        ),
        Step(
            "write the degrees of freedom by the weights",
            "equal spectra",
            Trace(_features * _shape * _features * _shape),
            per_dimension,
            exact,
            note="Beyond the common spectrum, feature space has p - d directions of the tail alone.",
            starts=True,
        ),
        Step(
            "integrate the weights out of the error",
            "one-point and two-point equivalents of the weights",
            bias_word,
            in_bias,
            closes,
            uses=("one_point", "two_point", "write the error by the weights"),
            note=r"$F'F$ is the sample covariance of p weight vectors: $kR_w \simeq \nu G_w$.",
            starts=True,
        ),
        Step(
            "integrate the weights out of the degrees of freedom",
            "one-point and two-point equivalents of the weights",
            freedom_word,
            in_freedom,
            closes,
            uses=("one_point", "two_point", "write the degrees of freedom by the weights"),
            note="Under the trace; the identity stays.",
            starts=True,
        ),
        Step(
            "enter the isotropic world, error",
            r"$\Sigma = I$",
            in_bias,
            _two_point_form(bias),
            formulas.OnIdentities((WEIGHTS,), letter("Sigma")),
            uses=("integrate the weights out of the error",),
            note=r"$\nu G = L$; $1 + (S^2/\psi)/\Delta = 1/\Delta$.",
            starts=True,
        ),
        Step(
            "name the share left, error",
            r"$\Delta = 1 - S^2/\psi$",
            _two_point_form(bias),
            bias,
            Identity({WEIGHTS.delta: 1 - WEIGHTS.gamma * formulas.shrinkage(WEIGHTS) ** 2}),
        ),
        Step(
            "enter the isotropic world, degrees of freedom",
            r"$\Sigma = I$",
            in_freedom,
            _two_point_form(freedom),
            formulas.OnIdentities((WEIGHTS,), letter("Sigma")),
            uses=("integrate the weights out of the degrees of freedom",),
            starts=True,
        ),
        Step(
            "name the share left, degrees of freedom",
            r"$\Delta = 1 - S^2/\psi$",
            _two_point_form(freedom),
            freedom,
            Identity({WEIGHTS.delta: 1 - WEIGHTS.gamma * formulas.shrinkage(WEIGHTS) ** 2}),
        ),
        Step(
            "join",
            "insert the degrees of freedom",
            joined,
            result,
            Identity({_x: expanded_x}),
            uses=(
                "ridge in feature space",
                "name the share left, error",
                "name the share left, degrees of freedom",
            ),
            starts=True,
        ),
    )
    return Derivation(
        name="random_features",
        title="Risk of ridge on random features",
        statement=r"With $\nu(1 - S/\psi) = \kappa + \theta$, $\kappa(1 - \gamma(S + T/\nu)) = \lambda$, "
        r"$S = 1/(1+\nu)$, the excess risk is $(A + \sigma^2 x)/(1 - x)$, $A$ what the learner's mean misses "
        r"and $x$ the degrees of freedom per sample, both in closed form.",
        assumptions=(
            r"$\Sigma = I$; weights $w_j \sim N(0, I/d)$, $p/d \to \psi$, $d/n \to \gamma$.",
            r"Nonlinear features act as $Fx + u$ with $u$ Gaussian, independent of $x$, of variance "
            r"$\theta = T/\psi$ each (Gaussian equivalence, cited); for linear features $u = 0$.",
        ),
        sources=(
            "Mei, Montanari: The generalization error of random features regression, 2022 "
            "(Gaussian equivalence, the asymptotic risk).",
            "Defilippis, Loureiro, Misiakiewicz, arXiv:2405.15699 (random-feature equivalents).",
        ),
        steps=steps,
        result=result,
        forms={"risk": result, "error of the mean": bias, "degrees of freedom": freedom},
        notation=(
            ("F", r"$p \times d$, features $z = Fx + u$, rows $w_j\sqrt{d/p}$"),
            (r"\theta", r"$T/\psi$, variance of a feature's nonlinear part"),
            (r"\lambda_w", r"$k = \kappa + \theta$, the penalty that the weights see"),
            (r"\kappa_w", r"$\nu$, their effective regularisation"),
            (r"K_w", r"$L = \nu/(1+\nu)$"),
            (r"\delta_w", r"$\Delta = 1 - S^2/\psi$"),
        ),
        uses=("one_point", "two_point", "ridge_map"),
    )


def _two_point_form(in_shares: Any) -> Any:
    """Write 1/Delta as the words give it, 1 + (S^2/psi)/Delta."""
    share = formulas.shrinkage(WEIGHTS)
    return in_shares.subs(1 / WEIGHTS.delta, 1 + WEIGHTS.gamma * share**2 / WEIGHTS.delta)
