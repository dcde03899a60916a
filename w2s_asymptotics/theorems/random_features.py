r"""Risk of ridge on random features: what the map of ``random_features_map`` makes of the truth.

The first term of the isotropic risk is what the learner's mean misses; ``x = gamma psi (1 - 2 kappa/nu +
kappa^2/(nu^2 Delta))`` are the degrees of freedom per sample.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.models.spectra import OneAtom, Spectra
from w2s_asymptotics.proof.tactics import Equal
from w2s_asymptotics.theorems import random_features_map as learner
from w2s_asymptotics.words.features import WEIGHTS
from w2s_asymptotics.words.spectrum import COVARIANCE, EIGENVALUE, ENERGY, MULTIPLIER, SIGNAL, Total

__all__ = ["derivation", "excess_risk"]

_multiplier, _energy, _curved = sp.symbols("M_1 c_1 E_1", nonnegative=True)
_x = sp.Symbol("x", positive=True)
_TRUTH = {MULTIPLIER: sp.S.One, COVARIANCE: sp.S.Zero, learner.CURVED: sp.S.Zero, ENERGY: SIGNAL}
"""What labels a first learner's rows: the target itself."""
_FREEDOM = (
    symbol("gamma")
    * symbol("width")
    * (1 - 2 * learner.KAPPA / learner.NU + learner.KAPPA**2 / (learner.NU**2 * learner.DELTA))
)


def excess_risk() -> Any:
    """Return the risk in nu = kappa_w, kappa, gamma, width, tail, noise and signal."""
    nu, psi = WEIGHTS.kappa, symbol("width")
    kept = 1 / (1 + nu)
    delta = 1 - kept**2 / psi
    meaning = {
        learner.SEEN: ((1 - kept) ** 2 + symbol("tail")) / (psi * delta),
        learner.KEPT: kept,
        learner.LOST: 1 - kept,
        learner.DELTA: delta,
        learner.NU: nu,
    }
    return derivation().result.subs(meaning, simultaneous=True)


def derivation() -> Derivation:
    """Derive the risk: apply the map to the truth, and enter the isotropic world."""
    state = learner.learned()
    named = {**learner.MEANING, **_TRUTH, **learner.SHARES}
    truth = {each: value for each, value in _TRUTH.items() if each is not ENERGY}
    off = Total(EIGENVALUE * ((1 - _multiplier) ** 2 * SIGNAL + _energy)) + _curved
    learned = {
        _multiplier: state.multiplier.subs(truth),
        _energy: state.covariance.subs(truth),
        _curved: state.nonlinear.subs(truth),
    }
    applied = off.subs({**learned, 1 - _multiplier: learner.LOST}, simultaneous=True)
    test_risk = learner.VARIANCE - learner.NOISE
    missed = symbol("signal") * (learner.LOST**2 + learner.SEEN * learner.KEPT**2)
    in_freedom = (missed + learner.NOISE * _x) / (1 - _x)
    result = in_freedom.subs(_x, _FREEDOM)
    account = Account()
    account.line(learner.VARIANCE * learner.RESIDUAL - learner.NOISE).claim(
        "error of the mean",
        r"$\Sigma = I$",
        missed,
        Equal(OneAtom(named)),
        uses=("random_features_map",),
        note=r"What is missed of the signal, on one atom: $r^2(L^2 + tS^2)$.",
    )
    account.line(off).claim(
        "apply the map to the truth",
        "random_features_map",
        applied,
        Equal(Spectra({**learned, **named})),
        uses=("random_features_map",),
        note=r"The excess risk is read off the map at $M = 1$, $c = 0$; $1 - S = L$.",
    )
    account.claim(
        "gather",
        "collect",
        test_risk,
        Equal(Spectra(named)),
        uses=("random_features_map",),
        note="The test risk is the residual variance: what the fit cannot explain of fresh rows.",
    )
    account.claim(
        "enter the isotropic world",
        r"$\Sigma = I$",
        result,
        Equal(OneAtom(named)),
        note=r"One atom, $s = w = 1$; $x = \mathrm{df}_2/n$ of the features.",
    )
    return Derivation(
        name="random_features",
        title="Risk of ridge on random features",
        statement=r"The test risk is the residual variance of the map, on any spectrum. Where $\Sigma = I$ "
        r"the excess risk is $(r^2(L^2 + tS^2) + \sigma^2 x)/(1 - x)$ with $S = 1/(1+\nu)$, $L = 1 - S$, "
        r"$t = (L^2 + T)/(\psi\Delta)$, $\Delta = 1 - S^2/\psi$ and x the degrees of freedom per sample.",
        assumptions=(
            r"Gaussian rows and weights, $p/d \to \psi$, $d/n \to \gamma$; a linear target, a first learner.",
            r"Nonlinear features act as $Fx + u$ (Gaussian equivalence, cited); for linear features $u = 0$.",
        ),
        sources=(
            "Mei, Montanari: The generalization error of random features regression, 2022 "
            "(Gaussian equivalence, the asymptotic risk).",
        ),
        steps=tuple(account.steps),
        result=result,
        forms={"risk, on any spectrum": test_risk, "risk, isotropic": result, "error of the mean": missed},
        notation=(
            ("M_1, c_1, E_1", "multiplier, Gaussian and nonlinear energy of what is learned"),
            (r"\delta_w", r"$\Delta = 1 - \mathrm{df}_2/\psi$"),
            (r"\sum[\,\cdot\,]", "sum over the atoms of the joint spectrum"),
        ),
        definitions=tuple({**learner.MEANING, **learner.SHARES}.items()),
        uses=("random_features_map",),
    )
