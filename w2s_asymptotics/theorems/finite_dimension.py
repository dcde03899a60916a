r"""The mean of a ridge fit at a finite dimension, to order 1/d, in the isotropic Gaussian world.

Proved here from an identity that holds at every n and d (integration by parts in every entry of the rows) and
from ``marchenko_pastur``. Rows that look alike from all sides make a fit's mean a function of two numbers,
the means of tr R and of tr R^2; one linear equation gives what they have beyond their limits.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import sympy as sp

from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.calculus import DerivativeOf, Solves
from w2s_asymptotics.proof.checks import Identity
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.models.rows import Labels, Path, Signs
from w2s_asymptotics.proof.models.wishart import DIMENSION, VARIANCE, Turned, WishartSeries
from w2s_asymptotics.proof.tactics import Averages, Equal, Slope
from w2s_asymptotics.theorems import from_
from w2s_asymptotics.theorems.marchenko_pastur import SLOPE, M
from w2s_asymptotics.words.words import BETA, Quadratic, Stage, trace

__all__ = ["MEANING", "SIZE", "derivation"]

STAGE = Stage("t")
K, LAM, GAMMA = STAGE.kappa, STAGE.lam, STAGE.gamma
RESOLVENT, SQUARE = trace(STAGE.resolvent), trace(STAGE.resolvent**2)
FIRST, SECOND = sp.symbols("c_1 c_2", positive=True)
SIZE = sp.Symbol("D_t", positive=True)

MEANING = {
    M: 1 / ((1 + K) * (1 - GAMMA / (1 + K))),
    SLOPE: 1 / ((1 + K) * (1 - GAMMA / (1 + K))) ** 2 / (1 - GAMMA / (1 + K) ** 2),
    SIZE: 1 + K - GAMMA / (1 + K),
    LAM: K - GAMMA * K / (1 + K),
}
"""The limits of tr R/d and tr R^2/d, what the roots of kappa differ by, and lam: all in kappa."""

_expanded = {RESOLVENT: DIMENSION * M + FIRST, SQUARE: DIMENSION * SLOPE + SECOND}


def _identity(account: Account) -> sp.Eq:
    """What integration by parts says of the mean of tr R, at every n and d."""
    sample, resolvent, n = STAGE.sample_covariance, STAGE.resolvent, STAGE.samples
    explained = trace(sample * resolvent)
    series = Equal(WishartSeries(STAGE))
    resolved = account.line(explained).claim(
        "resolve the sample covariance",
        r"$\hat\Sigma R = I - \lambda R$",
        DIMENSION - LAM * RESOLVENT,
        series,
    )
    account.line(explained).claim(
        "integrate by parts",
        r"$\mathbb{E}\,x f(x) = \mathbb{E}\,f'(x)$ in every entry of X",
        RESOLVENT - (RESOLVENT * explained - LAM * VARIANCE + trace(sample * resolvent**2)) / n,
        series,
        note=r"Traces stand for their means over the rows; $\partial R = -R\,\partial\hat\Sigma\,R$. "
        r"The mean of $\mathrm{tr} R\,\mathrm{tr}\hat\Sigma R$ is the product of means less $\lambda v$.",
    )
    other = account.claim(
        "resolve it again",
        r"$\hat\Sigma R = I - \lambda R$",
        RESOLVENT - (RESOLVENT * resolved - LAM * VARIANCE + RESOLVENT - LAM * SQUARE) / n,
        series,
    )
    return sp.Eq(resolved, other)


def _corrections(account: Account, identity: sp.Eq) -> None:
    """The terms of order one of the means of tr R and tr R^2."""
    gap = (identity.lhs - identity.rhs).subs(STAGE.samples, DIMENSION / GAMMA)
    orders = sp.collect(sp.expand(gap.xreplace(_expanded)), DIMENSION, evaluate=False)
    whole = sp.Add(*(power * value for power, value in orders.items()))
    account.line(gap).claim(
        "sort by powers of d",
        r"$\mathrm{tr} R = d m + c_1$, $\mathrm{tr} R^2 = d m' + c_2$ in the mean, $n = d/\gamma$",
        whole,
        Identity(_expanded),
        uses=("resolve the sample covariance", "resolve it again"),
        note="The identity says that this is zero. The variance v of tr R stays bounded: by the Poincare "
        r"inequality of Gaussian measure $v \le \frac{4}{n}\mathbb{E}\,\mathrm{tr}\,R^4\hat\Sigma$.",
    )
    law = from_("marchenko_pastur", "resolvent").lhs
    account.line(orders[DIMENSION]).claim(
        "recognise the limit",
        "the equation of Marchenko and Pastur",
        sp.cancel(orders[DIMENSION] / law) * law,
        Identity(),
        uses=("sort by powers of d", "marchenko_pastur"),
        note="Of order d is a multiple of what vanishes at m.",
    )
    linear = sp.Eq(orders[sp.S.One], 0)
    account.line(linear).claim(
        "solve for the correction",
        "what is of order one vanishes",
        sp.Eq(FIRST, sp.solve(linear, FIRST)[0]),
        Solves(),
        uses=("sort by powers of d",),
        note="The rest is of order 1/d.",
    )
    first = account.line(account["solve for the correction"].rhs).claim(
        "write it by kappa",
        r"$\lambda m = \kappa/(1 + \kappa)$, $D = \kappa + \omega$",
        2 * GAMMA / (SIZE**2 * (1 + GAMMA + LAM + SIZE)),
        Identity(MEANING),
        uses=("marchenko_pastur",),
    )
    account.line(RESOLVENT).claim(
        "differentiate the resolvent",
        r"$dR/d\lambda = -R\Gamma R$, $\Gamma = I$",
        -trace(STAGE.resolvent * STAGE.penalty * STAGE.resolvent),
        Slope(Path(STAGE, moved={LAM: sp.S.One})),
    )
    account.line(-first).claim(
        "differentiate the correction",
        r"derivative in $\lambda$",
        first * (2 * (1 + GAMMA + LAM) + SIZE) / SIZE**2,
        DerivativeOf(LAM, K, MEANING),
        uses=("write it by kappa", "differentiate the resolvent"),
        note=r"$\mathrm{tr} R^2$ is minus the derivative of $\mathrm{tr} R$: this is $c_2$.",
    )
    x, y = sp.symbols("x y", positive=True)
    root = (y**2 - x**2) / 4
    account.line(first).claim(
        "write it by the edges",
        r"$x^2 = a + \lambda$, $y^2 = b + \lambda$, $a, b = (1 \mp \sqrt\gamma)^2$",
        (1 / x - 1 / y) ** 2 / 4,
        Identity({GAMMA: root**2, LAM: x**2 - (1 - root) ** 2, SIZE: x * y}),
        note=r"$D = \sqrt{(a + \lambda)(b + \lambda)}$.",
    )


def _means(account: Account) -> tuple[Any, Any, Any]:
    """What a fit keeps, its second moment and what noise adds, by the two traces."""
    turned, shrunk = Averages(Turned(STAGE)), (1 - LAM * STAGE.resolvent) * BETA
    rows = "the mean over rotations of the rows"
    energy = Quadratic(1, BETA)
    lost = account.line(LAM * Quadratic(STAGE.resolvent, BETA)).claim(
        "average what is lost",
        rows,
        LAM * RESOLVENT / DIMENSION * energy,
        turned,
        note=r"The fit to $f$ is $\hat\beta = (I - \lambda R) f$ and noise.",
    )
    moment = account.line(Quadratic(1, shrunk)).claim(
        "average the second moment",
        rows,
        energy * (1 - 2 * LAM * RESOLVENT / DIMENSION + LAM**2 * SQUARE / DIMENSION),
        turned,
    )
    account.line(Quadratic(1, STAGE.resolvent * STAGE.noise_vector)).claim(
        "average the noise",
        "mean over the noise",
        STAGE.noise / STAGE.samples * trace(STAGE.resolvent * STAGE.sample_covariance * STAGE.resolvent),
        Averages(Signs(STAGE, Labels(BETA))),
    )
    noise = account.claim(
        "resolve the noise",
        r"$R\hat\Sigma R = R - \lambda R^2$, $n = d/\gamma$",
        STAGE.noise * GAMMA / DIMENSION * (RESOLVENT - LAM * SQUARE),
        Equal(Turned(STAGE)),
    )
    return lost / energy, moment / energy, noise / STAGE.noise


def _fit(account: Account) -> dict[str, Any]:
    """What is kept, lost and added at dimension d."""
    lost, moment, noise = _means(account)
    given = {**{name: value.xreplace(MEANING) for name, value in _expanded.items()}, **MEANING}
    delta, kept = 1 - GAMMA / (1 + K) ** 2, 1 / (1 + K)
    moved = LAM * FIRST / DIMENSION
    forms = {"lost": K * kept + moved}
    account.line(lost).claim(
        "insert the expansion, for the mean",
        r"$\mathrm{tr} R = d m + c_1$",
        forms["lost"],
        Identity(given),
        uses=("average what is lost", "marchenko_pastur"),
        note="What is kept is one less this.",
    )
    forms["added per energy"] = GAMMA * kept**2 * (K * kept) ** 2 / delta + (
        LAM**2 * SECOND / DIMENSION - moved * (2 * K * kept + moved)
    )
    account.line(moment - (1 - lost) ** 2).claim(
        "insert the expansion, for the second moment",
        r"less the square of the mean",
        forms["added per energy"],
        Identity(given),
        uses=("average the second moment", "average what is lost", "marchenko_pastur"),
        note="At infinite d this is what the ridge map adds for each unit of energy of the labels.",
    )
    forms["added per noise"] = GAMMA * kept**2 / delta + GAMMA * (FIRST - LAM * SECOND) / DIMENSION
    account.line(noise).claim(
        "insert the expansion, for the noise",
        r"$\mathrm{tr} R^2 = d m' + c_2$",
        forms["added per noise"],
        Identity(given),
        uses=("resolve the noise", "marchenko_pastur"),
    )
    return forms


@cache
def derivation() -> Derivation:
    """Derive the corrections of order 1/d to what a ridge fit keeps, loses and adds."""
    account = Account()
    forms = _fit(account)
    _corrections(account, _identity(account))
    return Derivation(
        name="finite_dimension",
        title="The mean of a ridge fit at a finite dimension",
        statement=r"In d dimensions the mean of a ridge fit is that of its limit with "
        r"$\mathbb{E}\,\mathrm{tr}\,R = d m + c_1$ and $\mathbb{E}\,\mathrm{tr}\,R^2 = d m' + c_2$, "
        r"$c_1 = \frac{1}{4}\bigl((a + \lambda)^{-1/2} - (b + \lambda)^{-1/2}\bigr)^2$ and "
        r"$c_2 = -dc_1/d\lambda$, up to terms of order $1/d^2$ in what it keeps, loses and adds; so is the "
        "mean risk of every learner of a chain.",
        assumptions=(
            r"$\Sigma = \Gamma = I$, Gaussian rows, fresh at every stage; $n = d/\gamma$; $\lambda > 0$, or "
            r"$\lambda = 0$ away from $\gamma = 1$.",
            "The Poincare inequality of Gaussian measure, which bounds the variance of tr R.",
        ),
        sources=("Bai, Silverstein 2004 (the mean of linear statistics of a sample covariance).",),
        steps=tuple(account.steps),
        result=account["write it by the edges"],
        forms={
            "correction": account["write it by kappa"],
            "correction of the square": account["differentiate the correction"],
            **forms,
        },
        notation=(
            ("R_t", r"resolvent $(\hat\Sigma + \lambda I)^{-1}$; a trace stands for its mean over the rows"),
            ("v", r"the variance of $\mathrm{tr} R$ over the rows"),
            (r"m_t,\ m_t'", r"the limits of $\mathrm{tr} R/d$ and $\mathrm{tr} R^2/d$"),
            (
                "c_1, c_2",
                r"what the means of $\mathrm{tr} R$ and $\mathrm{tr} R^2$ have beyond $d m$, $d m'$",
            ),
            ("D_t", r"$\kappa + \omega$, what the two roots of the quadratic of $\kappa$ differ by"),
            ("a, b", r"the edges of the Marchenko-Pastur law"),
        ),
        uses=("marchenko_pastur",),
    )
