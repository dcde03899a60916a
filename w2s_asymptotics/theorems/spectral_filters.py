r"""Spectral filters: any learner ``f(Sigmahat) X'y/n``, from the two-penalty rule.

A filter is a combination ``f = sum_i c_i R(lam_i)`` of resolvents of one data set, on a contour around the
spectrum by Cauchy's formula, so its mean needs ``one_point`` and its second moments ``two_penalties``. Of the
isotropic risk ``r^2 (E g)^2`` is the squared bias and ``r^2 Var g`` Gaussian energy. Gradient flow is
``f = (1 - exp(-t x))/x``, principal components ``f = 1/x`` above a threshold, ridge ``f = 1/(x + lam)``.

Proved here with two resolvents, which is all that a sum of pairs ever meets.
"""

from __future__ import annotations

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import Identity
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.models.isotropic import Identities
from w2s_asymptotics.proof.models.law import EIGENVALUE, EigenvalueLaw
from w2s_asymptotics.proof.models.rows import Rows, Signs
from w2s_asymptotics.proof.tactics import Averages, Closes, Equal
from w2s_asymptotics.theorems._combination import Combination
from w2s_asymptotics.words.pairs import COVARIANCE, FITS, NOISE_VARIANCE, PAIR, delta
from w2s_asymptotics.words.words import Quadratic

__all__ = ["derivation"]

X, TIME = EIGENVALUE, symbol("time")
SHARES = {fit: sp.Symbol(f"c_{fit.label}", real=True) for fit in FITS}
COMBINED = Combination(SHARES)
_signal, _noise, _gamma = symbol("signal"), symbol("noise"), symbol("gamma")


def _averages() -> sp.Expr:
    """The risk as an average over the Marchenko-Pastur law, its atom at 0 included."""
    f = sum(share / (X + fit.lam) for fit, share in SHARES.items())
    g = 1 - X * f
    low, high = (1 - sp.sqrt(_gamma)) ** 2, (1 + sp.sqrt(_gamma)) ** 2
    density = sp.sqrt((high - X) * (X - low)) / (2 * sp.pi * _gamma * X)
    bulk = sp.Integral(density * (_signal * g**2 + _gamma * _noise * X * f**2), (X, low, high))
    return bulk + _signal * sp.Max(0, 1 - 1 / _gamma)


def derivation() -> Derivation:
    """Derive the risk of any spectral filter."""
    algebra = Equal(Rows(PAIR))
    first, second = FITS
    flow = (1 - sp.exp(-TIME * X)) / X
    resolved, averaged, integrated = COMBINED.resolved(), COMBINED.averaged(), COMBINED.integrated()
    isotropic, averages = COMBINED.isotropic(), _averages()
    account = Account()
    account.line(sp.Derivative(flow, TIME)).claim(
        "solve the gradient flow",
        r"$\frac{d}{dt}\beta = X'y/n - \hat\Sigma\beta$, one direction at a time",
        1 - X * flow,
        Identity(),
        note=r"$\beta = f(\hat\Sigma)X'y/n$ with $f(x) = (1 - e^{-tx})/x$, which is 0 at $t = 0$. "
        r"Principal components have $f(x) = 1/x$ above a threshold and 0 below it.",
    )
    account.line(COMBINED.error()).claim(
        "resolve the sample covariance",
        r"$R\hat\Sigma = I - \lambda R\Gamma$",
        resolved,
        algebra,
        note=r"By Cauchy's formula a filter is a sum of resolvents, $f(\hat\Sigma) = \sum_i c_iR_i$ with "
        r"$\lambda_i = -z_i$ on a contour around the spectrum: what is quadratic in it "
        "is a sum over pairs.",
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
        "deterministic equivalents of one and of two penalties",
        integrated,
        Closes(Rows(PAIR, by=(*SHARES.values(), NOISE_VARIANCE)), tolerance=0.02),
        uses=("one_point", "two_penalties"),
    )
    account.claim(
        "enter the isotropic world",
        r"$\Sigma = \Gamma = I$",
        isotropic,
        Equal(Identities((PAIR,), COVARIANCE)),
        note=r"$G = S$, $\kappa G = 1 - S$, $\delta_{ij} = 1 - \gamma S_iS_j$.",
    )
    account.line(first.lam - second.lam).claim(
        "recognise a divided difference",
        r"$\lambda = \kappa(1 - \mathrm{tr}(\Sigma G)/n)$ at both penalties",
        (first.kappa - second.kappa) * delta(first, second),
        algebra,
        note=r"So $1/\delta_{ts}$ is the divided difference of $\kappa$: on the real axis, where "
        r"$\kappa$ jumps, a double contour integral becomes one over pairs of eigenvalues, "
        "smooth where they meet.",
    )
    account.line(isotropic).claim(
        "average over the eigenvalues",
        r"$\frac{1}{(x+\lambda_t)(x+\lambda_s)} = \frac{1}{\lambda_s-\lambda_t}"
        r"\left(\frac{1}{x+\lambda_t} - \frac{1}{x+\lambda_s}\right)$",
        averages,
        Equal(EigenvalueLaw(FITS)),
        uses=("enter the isotropic world", "recognise a divided difference"),
        note="The double sum over pairs is a single average over the Marchenko-Pastur law. It is a sum "
        r"over pairs, hence holds for every filter: $r^2\,E g^2 + \gamma\sigma^2\,E x f^2$, "
        "$g = 1 - xf$.",
    )
    return Derivation(
        name="spectral_filters",
        title="Risk of any spectral filter: gradient flow and principal components",
        statement=r"A learner $f(\hat\Sigma)X'y/n$ has, in the isotropic world, the excess risk "
        r"$r^2\,E\,g(x)^2 + \gamma\sigma^2\,E\,x f(x)^2$, $g = 1 - xf$, averaged over the Marchenko-Pastur "
        r"law; elsewhere its second moments are double sums of the two-penalty rule, whose "
        r"$\delta_{ts} = (\lambda_t - \lambda_s)/(\kappa_t - \kappa_s)$.",
        assumptions=(
            r"Gaussian rows with covariance $\Sigma$; $\Gamma$ positive definite (for the learners, $I$).",
            r"$f$ is analytic around the spectrum, or a limit of such, as a threshold is: the rules of one "
            r"and of two penalties are then used at complex $\lambda$, to which both sides continue.",
            r"The average over the law: $\Sigma = \Gamma = I$.",
        ),
        sources=(
            "Ali, Kolter, Tibshirani, arXiv:1810.10082 (risk of gradient flow).",
            "Silverstein, Choi 1995 (the spectrum on the real axis); Ledoit, Peche 2011 (eigenvectors).",
        ),
        steps=tuple(account.steps),
        result=averages,
        forms={"risk": averages},
        notation=(
            (r"R_t, R_s", "resolvents at two of the penalties, on the same rows"),
            ("c_t, c_s", "coefficients of the resolvents"),
            ("S_t, S_s", r"$1/(1+\kappa)$ at the two penalties"),
            (r"\delta_{ts}", r"$1 - \mathrm{tr}(G_t\Sigma G_s\Sigma)/n$"),
            ("x", "eigenvalue of the sample covariance"),
        ),
        uses=("one_point", "two_penalties"),
    )
