r"""Deterministic equivalent of two resolvents of the same data with different penalties.

Equal penalties give back ``two_point``. Proved here by leaving one row out of both resolvents, as
``one_point`` is; polarising ``two_point`` would not do, since its two resolvents are one.
"""

from __future__ import annotations

import sympy as sp

from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import Solves
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.models.rows import EachRow, Rows
from w2s_asymptotics.proof.tactics import Averages, Closes, Equal
from w2s_asymptotics.words.pairs import COVARIANCE, FITS, PAIR, PENALTY, ROW, SAMPLE, SIZE, delta
from w2s_asymptotics.words.words import letter, trace

__all__ = ["derivation"]

C = letter("C")
SPREAD = sp.Symbol("T", real=True)


def derivation() -> Derivation:
    """Derive the two-penalty equivalent from the one-point equivalent."""
    first, second = FITS
    R, S, G, H = first.resolvent, second.resolvent, first.equivalent, second.equivalent
    Q, without = first.without_row, second.without_row
    k, h, lam, mu = first.kappa, second.kappa, first.lam, second.lam
    gap = delta(first, second)
    algebra, asymptotic = Equal(Rows(PAIR)), Closes(Rows(PAIR), tolerance=0.02)

    start = lam * mu * R * C * S
    split = sp.expand(mu * k * G * (C * S + (lam / k * COVARIANCE - SAMPLE) * R * C * S))
    one_row = sp.expand(split.subs(SAMPLE, ROW))
    own, other = (1 + trace(ROW * each) / SIZE for each in (Q, without))
    seen = ROW * Q * C * without / own - ROW * Q * C * without * ROW * without / (SIZE * own * other)
    removed = sp.expand(mu * k * G * (C * S + lam / k * COVARIANCE * R * C * S - seen))
    spread = trace(COVARIANCE * R * C * S) / SIZE
    leave, both = (1 + trace(COVARIANCE * each) / SIZE for each in (R, S))
    mean = COVARIANCE * R * C * S / leave - spread / (leave * both) * COVARIANCE * S
    averaged = sp.expand(mu * k * G * (C * S + lam / k * COVARIANCE * R * C * S - mean))
    named = sp.expand(mu * k * G * C * S + lam * mu**2 / h * spread * G * COVARIANCE * S)
    inserted = sp.expand(k * h * G * C * H + lam * mu * spread * G * COVARIANCE * H)
    closed = sp.expand(SPREAD - k * h * trace(COVARIANCE * G * C * H) / SIZE - SPREAD * (1 - gap))
    (solution,) = sp.solve(closed, SPREAD)
    result = sp.expand(k * h * G * C * H + solution * G * COVARIANCE * H)
    noise_start = R * SAMPLE * S
    noise_split = sp.expand(R - mu * R * PENALTY * S)
    noise_result = G * COVARIANCE * H / gap
    account = Account()
    account.line(start).claim(
        "expand about the equivalent",
        r"$\lambda R = \kappa G + \kappa G\,(\frac{\lambda}{\kappa}\Sigma - \hat\Sigma)\,R$",
        split,
        algebra,
        note=r"From $(\hat\Sigma + \lambda_t\Gamma)R_t = I$ and $(\Sigma + \kappa_t\Gamma)G_t = I$.",
    )
    account.claim(
        "look at one row",
        r"$\hat\Sigma$ is a mean over rows",
        one_row,
        Averages(EachRow(PAIR)),
        note=r"$P = xx'$ for one of the n rows x: all rows contribute alike.",
    )
    account.claim(
        "leave the row out of both",
        "Sherman and Morrison, twice",
        removed,
        algebra,
        note=r"$Q = (\hat\Sigma - xx'/n + \lambda\Gamma)^{-1}$, once for each penalty.",
    )
    account.claim(
        "average over the row",
        r"concentration of $x'Q_tx/n$ and $x'Q_tCQ_sx/n$",
        averaged,
        Closes(Rows(PAIR)),
        note=r"x is independent of both Q: each form is close to its trace against $\Sigma$.",
    )
    account.claim(
        "name the effective regularisations",
        r"$1 + \mathrm{tr}(\Sigma R)/n \simeq \kappa/\lambda$",
        named,
        asymptotic,
        uses=("one_point",),
        note="Two of the terms cancel; what is left is linear in the traced word.",
    )
    account.claim(
        "apply the one-point equivalent",
        r"$\lambda_s R_s \simeq \kappa_s G_s$",
        inserted,
        asymptotic,
        uses=("one_point",),
    )
    account.line(sp.Eq(closed, 0)).claim(
        "close the trace",
        "linear equation",
        sp.Eq(SPREAD, solution),
        Solves(),
        uses=("apply the one-point equivalent",),
        note=r"The trace of both sides against $\Sigma/n$, with "
        r"$T = \lambda_t\lambda_s\,\mathrm{tr}(\Sigma R_tCR_s)/n$ and "
        r"$\mathrm{tr}(\Sigma G_t\Sigma G_s)/n = 1 - \delta_{ts}$.",
    )
    account.line(noise_start).claim(
        "resolve the noise word",
        r"$R_t\hat\Sigma R_s = R_t - \lambda_s R_t\Gamma R_s$",
        noise_split,
        algebra,
    )
    account.claim(
        "apply the equivalents to it",
        r"one-point, and this rule with $C = \Gamma$",
        noise_result,
        asymptotic,
        uses=("one_point", "close the trace"),
        note=r"As $\kappa_s\,\mathrm{tr}(\Sigma G_t\Gamma G_s)/n = \mathrm{tr}(\Sigma G_t)/n - 1 "
        r"+ \delta_{ts}$.",
    )
    account.line(start).claim(
        "state the equivalent",
        "insert the trace",
        result,
        asymptotic,
        uses=("apply the one-point equivalent", "close the trace"),
    )
    return Derivation(
        name="two_penalties",
        title="Deterministic equivalent of two resolvents with different penalties",
        statement="For a deterministic symmetric $C$ and two penalties on the same data, "
        r"$\lambda_t\lambda_s R_t C R_s \simeq "
        r"\kappa_t\kappa_s G_t\,[\,C + \Sigma\,(\mathrm{tr}(\Sigma G_t C G_s)/n)/\delta_{ts}\,]\,G_s$, "
        r"$\delta_{ts} = 1 - \mathrm{tr}(G_t\Sigma G_s\Sigma)/n$; "
        r"consequently $R_t\hat\Sigma R_s \simeq G_t\Sigma G_s/\delta_{ts}$.",
        assumptions=(
            (
                r"Rows are Gaussian (or sub-Gaussian with independent coordinates) with covariance $\Sigma$; "
                "$d/n$ stays bounded."
            ),
            (
                r"$\Sigma$, $\Gamma$ and $C$ are deterministic with bounded spectra and need not commute; "
                r"$\lambda_t, \lambda_s > 0$."
            ),
        ),
        sources=("Marchenko, Pastur 1967; Silverstein, Bai 1995 (concentration of quadratic forms).",),
        steps=tuple(account.steps),
        result=result,
        forms={"two penalties": result, "noise": noise_result},
        notation=(
            (r"R_t, R_s", r"resolvents $(\hat\Sigma + \lambda\Gamma)^{-1}$ of the same rows"),
            (r"Q_t, Q_s", "the same without one row x, $P = xx'$"),
            (r"G_t, G_s", r"$(\Sigma + \kappa\Gamma)^{-1}$, each with the $\kappa$ of its $\lambda$"),
            ("C", "any deterministic symmetric matrix"),
            (r"\delta_{ts}", r"$1 - \mathrm{tr}(G_t\Sigma G_s\Sigma)/n$"),
        ),
        uses=("one_point",),
    )
