r"""Deterministic equivalent of the resolvent of a sample covariance.

Proved here by leaving one row out (Sherman and Morrison) and the concentration of quadratic forms; the
concentration itself is a theorem of the literature (Marchenko, Pastur; Silverstein, Bai), checked here to
close like 1/d.
"""

from __future__ import annotations

import sympy as sp

from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.models.rows import EachRow, Rows
from w2s_asymptotics.proof.tactics import Averages, Closes, Equal
from w2s_asymptotics.words.words import Stage, trace

__all__ = ["derivation"]


def derivation() -> Derivation:
    """Derive the one-point equivalent and the fixed point of kappa."""
    stage = Stage("t", noisy=False)
    shape, covariance, penalty, resolvent = stage.equivalent, stage.covariance, stage.penalty, stage.resolvent
    sample, row, without = stage.sample_covariance, stage.row, stage.without_row
    k, lam, n = stage.kappa, stage.lam, stage.samples
    algebra, asymptotic = Equal(Rows(stage)), Closes(Rows(stage))

    start = k * shape
    identity = sp.expand(k * (resolvent * sample + lam * resolvent * penalty) * shape)
    one_row = identity.subs(sample, row)
    removed = identity.subs(resolvent * sample, without * row / (1 + trace(row * without) / n))
    averaged = identity.subs(
        resolvent * sample, resolvent * covariance / (1 + trace(covariance * resolvent) / n)
    )
    named = sp.expand(averaged.subs(trace(covariance * resolvent), n * (k / lam - 1)))
    combined = sp.expand(
        named.subs(resolvent * penalty * shape, (resolvent - resolvent * covariance * shape) / k)
    )
    fixed_start = lam * (1 + trace(covariance * resolvent) / n)
    fixed_end = lam + k * trace(covariance * shape) / n
    account = Account()
    account.line(start).claim(
        "insert the identity",
        r"$I = R\hat\Sigma + \lambda R\Gamma$",
        identity,
        algebra,
        note=r"We start from $\kappa G$ and show that it is $\lambda R$; $\kappa$ is fixed below.",
    )
    account.claim(
        "look at one row",
        r"$\hat\Sigma$ is a mean over rows",
        one_row,
        Averages(EachRow(stage)),
        note=r"$P = xx'$ for one of the n rows x: all rows contribute alike.",
    )
    account.claim(
        "leave the row out",
        "Sherman and Morrison",
        removed,
        algebra,
        note=r"$Q = (\hat\Sigma - xx'/n + \lambda\Gamma)^{-1}$ does not depend on the row x.",
    )
    account.claim(
        "average over the row",
        r"concentration of $x'Qx/n$",
        averaged,
        asymptotic,
        note=r"x is independent of Q: $x'Qx/n \simeq \mathrm{tr}(\Sigma Q)/n$, "
        "and one row moves the trace by $O(1/n)$.",
    )
    account.claim(
        "name the effective regularisation",
        r"$\kappa = \lambda(1 + \mathrm{tr}(\Sigma R)/n)$",
        named,
        asymptotic,
        note="This is what kappa is; its fixed point is derived below.",
    )
    account.claim(
        "combine",
        r"$(\Sigma + \kappa\Gamma)G = I$",
        combined,
        algebra,
        note=r"Hence $\lambda R \simeq \kappa G$.",
    )
    account.line(fixed_start).claim(
        "close the fixed point",
        r"$\lambda R \simeq \kappa G$ under the trace",
        fixed_end,
        asymptotic,
        uses=("combine", "name the effective regularisation"),
        note=r"The definition of $\kappa$, with the equivalent inserted into the trace.",
    )
    account.claim(
        "state the fixed point",
        r"$\kappa(1 - \mathrm{df}_1/n) = \lambda$",
        k,
        algebra,
    )
    return Derivation(
        name="one_point",
        title="Deterministic equivalent of one resolvent",
        statement=r"$\lambda R \simeq \kappa G$, with $\kappa$ the positive solution of "
        r"$\kappa(1 - \mathrm{tr}(\Sigma G)/n) = \lambda$.",
        assumptions=(
            (
                r"Rows are Gaussian (or sub-Gaussian with independent coordinates) with covariance $\Sigma$; "
                "$d/n$ stays bounded."
            ),
            (
                r"$\Sigma$ and $\Gamma$ are deterministic with bounded spectra and need not commute; "
                r"$\Gamma$ positive definite; $\lambda > 0$."
            ),
        ),
        sources=(
            (
                "Marchenko, Pastur 1967; Silverstein, Bai 1995 "
                "(concentration of quadratic forms, existence of the limit)."
            ),
            "Simon, Dickens, Karkada, DeWeese, arXiv:2110.03922 (kappa as effective regularisation).",
        ),
        steps=tuple(account.steps),
        result=k,
        forms={
            "equivalent": sp.Eq(lam * resolvent, k * shape, evaluate=False),
            "fixed point": sp.Eq(k, fixed_end, evaluate=False),
        },
        notation=(
            (r"\hat\Sigma_t", "sample covariance of the n rows"),
            ("R_t", r"resolvent $(\hat\Sigma + \lambda\Gamma)^{-1}$"),
            ("P_t", "$xx'$ for one row x"),
            ("Q_t", r"resolvent without that row"),
            ("G_t", r"$(\Sigma + \kappa\Gamma)^{-1}$"),
            (r"\kappa_t", "effective regularisation"),
        ),
    )
