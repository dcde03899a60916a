r"""Self-distillation: a second ridge fit on the same rows, labelled by the first or by a mixture.

With ``Q_ij = gamma S_i S_j/(1 - gamma S_i S_j)`` the risk is a sum over pairs of fits, ``sum_ij c_i c_j [K_i
K_j r^2 + Q_ij (noise + K_i K_j r^2)]``: a quadratic in xi, the weight of the fit's own labels. It is least at
a xi in closed form, which may exceed 1 or be negative (Das, Sanghavi 2023; Dang, Patil, Rinaldo,
arXiv:2602.17565). Pure self-distillation is xi = 1, ridge is xi = 0.

Proved here on rational matrices that do not commute, down to ``two_penalties``; then Sigma = Gamma = I is
entered.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import Solves
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.models.isotropic import Identities
from w2s_asymptotics.proof.models.rows import Rows, Signs
from w2s_asymptotics.proof.tactics import Averages, Closes, Equal
from w2s_asymptotics.theorems._combination import Combination
from w2s_asymptotics.words.pairs import COVARIANCE, FITS, NOISE, NOISE_VARIANCE, PAIR, SAMPLE
from w2s_asymptotics.words.words import BETA, Quadratic

__all__ = ["derivation", "optimal_weight", "risk_of_mixture"]

WEIGHT = sp.Symbol("eta", real=True)
COEFFICIENT = sp.Symbol("c", real=True)
_first, _second = FITS
SHARES = {_first: COEFFICIENT, _second: 1 - COEFFICIENT}
"""The share of each fit: they sum to one."""
COMBINED = Combination(SHARES)


def risk_of_mixture(coefficient: Any = COEFFICIENT) -> sp.Expr:
    """Return the excess risk in S_t, S_s, gamma, noise and signal, for this share of the first fit."""
    return COMBINED.isotropic().subs(COEFFICIENT, coefficient)


def optimal_weight() -> sp.Expr:
    """Return the share c of the first fit at which the risk is least."""
    risk = risk_of_mixture()
    slope = sp.diff(risk, COEFFICIENT)
    return sp.factor(sp.solve(sp.together(slope), COEFFICIENT)[0])


def derivation() -> Derivation:
    """Derive the combination of ridges, the risk of the mixture, and the best weight."""
    R, S = _first.resolvent, _second.resolvent
    lam, mu = _first.lam, _second.lam
    algebra = Equal(Rows(PAIR))
    weight = {COEFFICIENT: -WEIGHT * lam / (mu - lam)}

    product = S * SAMPLE * R
    combined = sp.expand((mu * S - lam * R) / (mu - lam))
    first_fit = R * (SAMPLE * BETA + NOISE)
    mixed = sp.expand(S * ((1 - WEIGHT) * (SAMPLE * BETA + NOISE) + WEIGHT * SAMPLE * first_fit))
    shared = sp.expand(
        sum(SHARES[fit].subs(weight) * fit.resolvent * (SAMPLE * BETA + NOISE) for fit in FITS)
    )
    resolved, averaged, integrated = COMBINED.resolved(), COMBINED.averaged(), COMBINED.integrated()
    risk = risk_of_mixture()
    best = optimal_weight()
    account = Account()
    account.line(product).claim(
        "combine the resolvents",
        "partial fractions",
        combined,
        algebra,
        note=r"Both are functions of the same matrix $\Gamma^{-1/2}\hat\Sigma\Gamma^{-1/2}$.",
    )
    account.line(mixed).claim(
        "share the fits out",
        r"$R_s\hat\Sigma R_t = (\lambda_s R_s - \lambda_t R_t)/(\lambda_s - \lambda_t)$",
        shared,
        algebra,
        uses=("combine the resolvents",),
        note=r"Labels mixed with weight $\eta$ from the first fit's own: the outcome is "
        r"$c$ of the fit at $\lambda_t$ and $1 - c$ of the one at $\lambda_s$, "
        r"$c = -\eta\lambda_t/(\lambda_s - \lambda_t)$.",
    )
    account.line(COMBINED.error()).claim(
        "resolve the sample covariance",
        r"$R\hat\Sigma = I - \lambda R\Gamma$",
        resolved,
        algebra,
        note="The shares sum to one, so the target drops out of the error.",
    )
    account.line(Quadratic(COVARIANCE, resolved)).claim(
        "average the label noise",
        "mean over the noise",
        averaged,
        Averages(Signs(PAIR)),
        uses=("resolve the sample covariance",),
        note=r"$z$ is centred with covariance $\sigma^2\hat\Sigma/n$ given the rows.",
    )
    account.claim(
        "integrate the rows out",
        "deterministic equivalent of two penalties",
        integrated,
        Closes(Rows(PAIR, by=(NOISE_VARIANCE,)), tolerance=0.02),
        uses=("two_penalties",),
        note=r"Every pair of fits meets a $\delta_{ij}$ of its own.",
    )
    account.claim(
        "enter the isotropic world",
        r"$\Sigma = \Gamma = I$",
        risk,
        Equal(Identities((PAIR,), COVARIANCE)),
        note=r"$G = S$, $\kappa G = 1 - S$, $\delta_{ij} = 1 - \gamma S_iS_j$.",
    )
    account.line(sp.Eq(sp.diff(risk, COEFFICIENT), 0)).claim(
        "set the slope to zero",
        "derivative in c",
        sp.Eq(COEFFICIENT, best),
        Solves(),
        uses=("enter the isotropic world",),
        note="The best share of the first fit: a ratio of polynomials; it may leave [0, 1].",
    )
    return Derivation(
        name="self_distillation",
        title="Self-distillation and the optimal mixture of own and true labels",
        statement=r"Fitting again on the same rows combines two ridges, "
        r"$R_s\hat\Sigma R_t = (\lambda_s R_s - \lambda_t R_t)/(\lambda_s - \lambda_t)$. "
        r"The excess risk is a quadratic in the weight of the fit's own labels, and is least at a weight "
        "in closed form.",
        assumptions=(
            r"Gaussian rows with covariance $\Sigma$, the same for both fits; $\Gamma$ positive definite.",
            r"$\lambda_t \ne \lambda_s$, both positive: equal penalties by continuity.",
            r"The closed form in $\kappa$: $\Sigma = \Gamma = I$.",
        ),
        sources=(
            "Das, Sanghavi 2023; Pareek, Du, Oh 2024 (repeated self-distillation, weights beyond 1).",
            "Dang, Patil, Rinaldo, arXiv:2602.17565 (optimal mixture on the same data).",
        ),
        steps=tuple(account.steps),
        result=best,
        forms={"risk": risk, "best share of the first fit": best},
        notation=(
            (r"R_t, R_s", r"resolvents of the two fits, on the same rows"),
            ("c", r"share of the fit at $\lambda_t$; $1 - c$ that of the fit at $\lambda_s$"),
            (r"\eta", "weight of the first fit's labels in the second's"),
            ("S_t, S_s", r"$1/(1+\kappa)$ of the two penalties"),
            (r"\delta_{ts}", r"$1 - \mathrm{tr}(G_t\Sigma G_s\Sigma)/n$"),
        ),
        uses=("two_penalties",),
    )
