"""Fits on the same rows as a combination of ridge fits, step by step, for ``self_distilled_map``."""

from __future__ import annotations

import sympy as sp

from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import Identity, LimitOf
from w2s_asymptotics.proof.derivation import Step
from w2s_asymptotics.proof.models.names import Counts
from w2s_asymptotics.proof.models.rows import Meeting, Rows
from w2s_asymptotics.proof.tactics import Equal, Tends
from w2s_asymptotics.words.pairs import FITS, PAIR, PENALTY, SAMPLE
from w2s_asymptotics.words.words import letter

__all__ = ["FAR", "combination"]

BETWEEN = letter("V")
FAR = sp.Symbol("u", positive=True)
"""What goes to infinity where penalties meet."""
_COUNT = sp.Symbol("k", integer=True, positive=True)
_t, _s = FITS
_algebra = Equal(Rows(PAIR))


def combination() -> list[Step]:
    """Newton's recursion, its solution, and equal penalties: for any number of fits."""
    R, S, lam, mu = _t.resolvent, _s.resolvent, _t.lam, _s.lam
    x, own, others = sp.symbols("x lam_i P_i", positive=True)
    shared = (mu * S - lam * R) / (mu - lam)
    recursion = sp.expand(shared * BETWEEN)
    of_one, of_s = (own / (own - each) for each in (lam, mu))
    third = lam * (1 + 2 / FAR)
    three = (lam, lam * (1 + 1 / FAR), third)
    divided = sum(
        sp.prod([each / (each - other) for other in three if other != each]) / (x + each) for each in three
    )
    account = Account()
    account.line(S * SAMPLE * R).claim(
        "exchange two fits",
        "functions of one matrix",
        R * SAMPLE * S,
        _algebra,
        note=r"All fits are functions of $\Gamma^{-1/2}\hat\Sigma\Gamma^{-1/2}$; "
        "their order does not matter.",
    )
    account.line(S * SAMPLE * R * BETWEEN).claim(
        "take up the first and the last fit",
        r"$R_s\hat\Sigma R_t = (\lambda_sR_s - \lambda_tR_t)/"
        r"(\lambda_s - \lambda_t)$",
        recursion,
        _algebra,
        uses=("exchange two fits",),
        note=r"t is the first fit, s the last, V whatever stands between them, with a sample covariance to "
        r"its left (for two fits the identity): the outcome is "
        r"$(\lambda_s\,[\text{without the first}] - \lambda_t\,[\text{without the last}])"
        r"/(\lambda_s - \lambda_t)$, Newton's recursion of divided differences.",
    )
    account.line((mu * others * of_s - lam * others * of_one) / (mu - lam)).claim(
        "solve the recursion, a fit between",
        "partial fractions",
        others * of_one * of_s,
        Identity(),
        uses=("take up the first and the last fit",),
        note=r"$P_i = \prod_j \lambda_i/(\lambda_i - \lambda_j)$ over the others between first and last: by "
        r"induction $c_i = \prod_{j \ne i} \lambda_i/(\lambda_i - \lambda_j)$.",
    )
    account.line(-lam / (mu - lam) * others).claim(
        "solve the recursion, the first fit",
        "partial fractions",
        others * lam / (lam - mu),
        Identity(),
        uses=("take up the first and the last fit",),
        note="So it is, by symmetry, for the last.",
    )
    account.line(mu / (mu - lam) - lam / (mu - lam)).claim(
        "sum the shares",
        "the recursion, with 1 for every resolvent",
        sp.S.One,
        Identity(),
        uses=("take up the first and the last fit",),
        note="The shares of any number of fits sum to one.",
    )
    account.line(sp.expand(shared)).claim(
        "let two penalties meet",
        r"$\lambda_s \to \lambda_t$",
        R * SAMPLE * R,
        Tends(Meeting(PAIR)),
        uses=("take up the first and the last fit",),
        note=r"The divided difference becomes the derivative of $\lambda R$.",
    )
    account.claim(
        "write it as a derivative",
        r"$R' = -R\Gamma R$",
        R - lam * R * PENALTY * R,
        _algebra,
    )
    account.line(divided).claim(
        "let three penalties meet",
        r"penalties $\lambda$, $\lambda + \lambda/u$, $\lambda + 2\lambda/u$",
        x**2 / (x + lam) ** 3,
        LimitOf(FAR, sp.oo, ({x: sp.Rational(3, 7), lam: sp.Rational(2, 5)}, {x: 5, lam: sp.S.One})),
        note=r"On an eigenvalue x of $\Gamma^{-1/2}\hat\Sigma\Gamma^{-1/2}$: half the second derivative of "
        r"$\lambda^2/(x + \lambda)$.",
    )
    account.line(
        sp.Derivative(lam ** (_COUNT - 1) / (x + lam), (lam, _COUNT - 1)) / sp.factorial(_COUNT - 1)
    ).claim(
        "let all penalties meet",
        "Hermite, Genocchi: a divided difference becomes a derivative",
        x ** (_COUNT - 1) / (x + lam) ** _COUNT,
        Equal(Counts(_COUNT)),
        note=r"The product of k equal fits is a derivative of $\lambda^{k-1}R(\lambda)$, on any eigenvalue.",
    )
    return account.steps
