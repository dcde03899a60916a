r"""Deterministic equivalent of two resolvents of the same data.

Proved here: perturb the penalty, Gamma -> Gamma + t C/lam, in the one-point equivalent and differentiate both
sides at t = 0; kappa depends on t through its fixed point, which is differentiated implicitly.
"""

from __future__ import annotations

import sympy as sp

from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import Solves
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.models.rows import Path, Rows
from w2s_asymptotics.proof.tactics import Closes, Equal, Slope
from w2s_asymptotics.words.words import Stage, differentiate_equivalent, letter, trace

__all__ = ["derivation"]

C = letter("C")
MOVES = sp.Symbol("kappadot", real=True)


def derivation() -> Derivation:
    """Derive the two-point equivalent from the one-point equivalent."""
    stage = Stage("t", noisy=False)
    shape, covariance, penalty, resolvent = stage.equivalent, stage.covariance, stage.penalty, stage.resolvent
    k, lam, n, delta = stage.kappa, stage.lam, stage.samples, stage.delta
    algebra, asymptotic = Equal(Rows(stage)), Closes(Rows(stage))
    moved = {k: MOVES, penalty: C / lam}

    direction = MOVES * penalty + k * C / lam
    right = sp.expand(MOVES * shape + k * differentiate_equivalent(stage, direction))
    combined = MOVES * shape * covariance * shape - k**2 / lam * shape * C * shape
    fixed_point = k - k * trace(covariance * shape) / n
    implicit = sp.expand(MOVES - trace(covariance * combined) / n)
    named = implicit.subs(trace(covariance * shape * covariance * shape), n * (1 - delta))
    (solution,) = sp.solve(sp.expand(named), MOVES)
    inserted = sp.expand(combined.subs(MOVES, solution))
    result = sp.expand(-lam * inserted)
    gamma_word = result.subs(C, penalty).subs(
        trace(covariance * shape * C * shape), trace(covariance * shape * penalty * shape)
    )
    noise_word = sp.expand((k * shape - gamma_word) / lam)
    noise_result = shape * covariance * shape / delta
    account = Account()
    account.line(k * shape).claim(
        "perturb the penalty, right side",
        "derivative in t",
        right,
        Slope(Path(stage, moved=moved)),
        uses=("one_point",),
        note=r"With $\Gamma + tC/\lambda$ for the penalty, $\lambda R(t) \simeq \kappa(t) G(t)$; "
        r"$dG = -G\,(d(\kappa\Gamma))\,G$, and $\dot\kappa$ is not known yet.",
    )
    account.claim(
        "combine the resolvents",
        r"$G - \kappa G\Gamma G = G\Sigma G$",
        combined,
        algebra,
    )
    account.line(fixed_point).claim(
        "differentiate the fixed point",
        "derivative in t",
        implicit,
        Slope(Path(stage, moved=moved)),
        uses=("one_point", "combine the resolvents"),
        note=r"$\kappa(t)(1 - \mathrm{tr}\,\Sigma G(t)/n) = \lambda$ for every t: "
        "its derivative, written here, is zero.",
    )
    account.line(sp.Eq(implicit, 0)).claim(
        "solve for the derivative of kappa",
        "linear equation",
        sp.Eq(MOVES, solution),
        Solves({delta: 1 - trace(covariance * shape * covariance * shape) / n}),
        note=r"With $\delta = 1 - \mathrm{tr}(\Sigma G\Sigma G)/n$.",
    )
    account.line(combined.subs(MOVES, solution)).claim(
        "insert the derivative of kappa",
        "substitution",
        inserted,
        algebra,
        uses=("combine the resolvents", "solve for the derivative of kappa"),
    )
    account.line(lam * resolvent).claim(
        "perturb the penalty, left side",
        "derivative in t",
        -lam * resolvent * C * resolvent,
        Slope(Path(stage, moved={penalty: C / lam})),
        note=r"The same derivative of the left side $\lambda R(t)$; $dR = -R\,C\,R\,dt$.",
    )
    account.claim(
        "equate the two sides",
        r"derivatives of $\lambda R(t) \simeq \kappa(t) G(t)$",
        inserted,
        asymptotic,
        uses=("one_point", "insert the derivative of kappa"),
        note="Both sides are analytic in t and the equivalence holds for every small t, "
        "so their derivatives are equivalent.",
    )
    account.line(resolvent * stage.sample_covariance * resolvent).claim(
        "resolve the noise word",
        r"$R\hat\Sigma R = R - \lambda R\Gamma R$",
        sp.expand(resolvent - lam * resolvent * penalty * resolvent),
        algebra,
    )
    account.claim(
        "apply both equivalents to it",
        r"one-point, and two-point with $C = \Gamma$",
        noise_word,
        asymptotic,
        uses=("one_point", "equate the two sides"),
    )
    account.claim(
        "combine its resolvents",
        r"$\kappa\,\mathrm{tr}(\Sigma G\Gamma G) = \mathrm{df}_1 - \mathrm{df}_2$",
        noise_result,
        algebra,
        note=r"The fixed point $\lambda = \kappa(1 - \mathrm{df}_1/n)$ turns the sum into $1/\delta$.",
    )
    account.line(lam**2 * resolvent * C * resolvent).claim(
        "state the equivalent",
        r"times $-\lambda$",
        result,
        asymptotic,
        uses=("equate the two sides",),
    )
    return Derivation(
        name="two_point",
        title="Deterministic equivalent of two resolvents",
        statement="For a deterministic symmetric $C$, "
        r"$\lambda^2 R C R \simeq \kappa^2 G\,[\,C + \Sigma\, (\mathrm{tr}(\Sigma G C G)/n)/\delta\,]\,G$; "
        r"consequently $R\hat\Sigma R \simeq G\Sigma G/\delta$.",
        assumptions=(
            (
                r"Rows are Gaussian (or sub-Gaussian with independent coordinates) with covariance $\Sigma$; "
                "$d/n$ stays bounded."
            ),
            (
                r"$\Sigma$, $\Gamma$ and $C$ are deterministic with bounded spectra and need not commute; "
                r"$\lambda > 0$."
            ),
        ),
        sources=(
            (
                "Dobriban, Wager 2018; Hastie, Montanari, Rosset, Tibshirani 2022 "
                "(derivative of the one-point law in a perturbation)."
            ),
        ),
        steps=tuple(account.steps),
        result=result,
        forms={"two-point": result, "noise": noise_result},
        notation=(
            ("R_t", r"resolvent $(\hat\Sigma + \lambda\Gamma)^{-1}$"),
            (
                "G_t",
                r"$(\Sigma + \kappa\Gamma)^{-1}$, $\kappa$ the effective regularisation of ``one_point''",
            ),
            ("C", "any deterministic symmetric matrix"),
            (r"\dot\kappa", r"derivative of $\kappa$ along the perturbation $\Gamma + tC/\lambda$"),
            (r"\delta_t", r"$1 - \mathrm{df}_2/n = 1 - \mathrm{tr}(\Sigma G\Sigma G)/n$"),
        ),
        uses=("one_point",),
    )
