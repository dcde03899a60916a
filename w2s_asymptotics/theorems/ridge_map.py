r"""Ridge regression as a map of Gaussian equivalents.

Proved here for a quadratic form in any matrix A, by integrating the rows out. The isotropic map, which the
library evaluates, is read off it: multiplier, bias and covariance energy of the learner's weights.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import sympy as sp

from w2s_asymptotics.chains.ridge import stage_steps
from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.models.rows import Labels, Rows, Signs, TwoPoints
from w2s_asymptotics.proof.tactics import Averages, Closes, Equal
from w2s_asymptotics.words import isotropic as formulas
from w2s_asymptotics.words.words import (
    BETA,
    Quadratic,
    Stage,
    letter,
    map_quadratics,
    quadratic,
    terms,
    trace,
    transpose,
)

__all__ = ["derivation", "isotropic_stage", "mean_word"]

STAGE = Stage("t")
METRIC, LABELLED, MEAN, SPREAD = letter("A"), letter("f"), letter("mu"), letter("C")


def _insert_equivalent(expression: sp.Expr) -> sp.Expr:
    """Average over f: the form of W f becomes its value at the mean plus a trace against the covariance."""

    def average(metric: sp.Expr, vector: sp.Expr) -> sp.Expr:
        ((letters, scale),) = terms(vector).items()
        word = sp.Mul(*letters[:-1])
        return quadratic(metric, scale * word * MEAN) + scale**2 * trace(
            transpose(word) * metric * word * SPREAD
        )

    return map_quadratics(expression, average)


def _mean(account: Account) -> None:
    """Derive the mean of the learned weights: S mu, S = G Sigma (``mean_word``)."""
    algebra = Equal(Rows(STAGE, Labels(LABELLED)))
    resolvent, penalty, shape = STAGE.resolvent, STAGE.penalty, STAGE.equivalent
    fitted = sp.expand(resolvent * (STAGE.sample_covariance * LABELLED + STAGE.noise_vector))
    noiseless = resolvent * STAGE.sample_covariance * LABELLED
    resolved = sp.expand((1 - STAGE.lam * resolvent * penalty) * LABELLED)
    equivalent = sp.expand((1 - STAGE.kappa * shape * penalty) * LABELLED)
    combined = equivalent.subs(shape * penalty, (1 - shape * STAGE.covariance) / STAGE.kappa)
    account.line(STAGE.weights).claim(
        "insert the estimator, for the mean", "normal equations", fitted, algebra
    )
    account.claim(
        "average the label noise, for the mean",
        "mean over the noise",
        noiseless,
        Averages(Signs(STAGE, Labels(LABELLED))),
        note="The noise is centred.",
    )
    account.claim(
        "resolve the sample covariance, for the mean",
        r"$R\hat\Sigma = I - \lambda R\Gamma$",
        resolved,
        algebra,
    )
    account.claim(
        "average over the rows, for the mean",
        r"$\lambda R \simeq \kappa G$",
        equivalent,
        Closes(Rows(STAGE, Labels(LABELLED))),
        uses=("one_point",),
    )
    account.claim(
        "combine the resolvents, for the mean",
        r"$I - \kappa G\Gamma = G\Sigma$",
        sp.expand(combined),
        algebra,
        note=r"The mean of what is learned is $S f$, $S = G\Sigma$.",
    )


def mean_word() -> sp.Expr:
    """Return the derived mean of the learned weights, a word in the labelling function f."""
    steps = {step.name: step.after for step in derivation().steps}
    word: sp.Expr = steps["combine the resolvents, for the mean"]
    return word


@cache
def derivation() -> Derivation:
    """Derive the map for a quadratic form of the learned weights in any symmetric matrix A."""
    account = Account()
    _mean(account)
    start = Quadratic(METRIC, STAGE.weights)
    account.extend(stage_steps(start, STAGE, Labels(LABELLED), LABELLED - BETA, starts=True))
    averaged = account.rewrite(
        "insert the Gaussian equivalent",
        "mean over f",
        _insert_equivalent,
        Averages(TwoPoints(STAGE, LABELLED, MEAN, SPREAD)),
        note=r"The labelling function f has mean $\mu$ and covariance C; "
        "a quadratic form sees no more of it.",
    )
    return Derivation(
        name="ridge_map",
        title="Ridge regression as a map of Gaussian equivalents",
        statement=r"A labelling function with Gaussian equivalent $(\mu, C)$ and label noise $\sigma^2$ "
        "give ridge weights with the equivalent "
        r"$(S\mu,\ S C S' + \tau^2\, G\Sigma G/n)$, $S = G\Sigma$, "
        r"$\tau^2$ the residual energy over $\delta$.",
        assumptions=(
            (
                r"Gaussian rows with covariance $\Sigma$, fresh at this stage; $\Gamma$ positive definite; "
                "they need not commute."
            ),
            (
                "The labels are those of a linear function f independent of the rows, "
                r"plus centred noise of variance $\sigma^2$."
            ),
        ),
        sources=(
            "Han, Xu, arXiv:2307.02044 (ridge as a Gaussian sequence model).",
            "Moniri, Hassani, arXiv:2505.18346 (the teacher-student setting).",
        ),
        steps=tuple(account.steps),
        result=averaged,
        forms={"second moment in the metric A": averaged},
        notation=(
            ("A", "any symmetric matrix: the map is read off as what it multiplies"),
            ("f", r"the labelling function's weights, of mean $\mu$ and covariance C"),
            (r"\beta_t", "the learned weights"),
            (
                r"\Sigma_t, \hat\Sigma_t",
                "covariance of the rows, and $X'X/n_t$ of those drawn",
            ),
            (r"z_t", r"$X'\varepsilon/n_t$ of the label noise $\varepsilon$"),
            (r"\lambda_t, \Gamma_t", "penalty, and its weights"),
            (r"\kappa_t", r"effective regularisation, $\kappa(1 - \mathrm{df}_1/n) = \lambda$"),
            (
                r"\mathrm{df}_1, \mathrm{df}_2",
                r"$\mathrm{tr}\, \Sigma G$ and $\mathrm{tr}\, \Sigma G\Sigma G$",
            ),
            ("R_t", r"resolvent $(\hat\Sigma + \lambda\Gamma)^{-1}$"),
            ("G_t", r"$(\Sigma + \kappa\Gamma)^{-1}$"),
            (r"\delta_t", r"$1 - \mathrm{df}_2/n$"),
            (r"\|v\|_A^2", "$v'Av$, in the mean over what is drawn"),
        ),
        uses=("one_point", "two_point"),
    )


@cache
def _stage_expressions() -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """The isotropic map in S, K and delta: mean Mu beta_*, covariance c/d times the identity."""
    multiplier, covariance = sp.Symbol("multiplier", positive=True), sp.Symbol("covariance", nonnegative=True)
    bias = sp.Symbol("bias", nonnegative=True)
    share, held = formulas.shrinkage(STAGE), formulas.kept(STAGE)
    second = derivation().result.subs(MEAN, multiplier * BETA)
    # tr(C W) = (c/d) tr(W), and the d of the trace is counted below.
    unit = second.subs({METRIC: 1, SPREAD: covariance})
    energy = formulas.isotropic(unit, (STAGE,), letter("Sigma"))
    mean = formulas.isotropic(
        quadratic(1, mean_word().subs(LABELLED, multiplier * BETA)), (STAGE,), letter("Sigma")
    )
    learned = mean_word().subs({LABELLED: multiplier, STAGE.equivalent: share, STAGE.covariance: 1})
    # S + K = 1: the learned bias 1 - S (1 - bias), written without a difference.
    unity = share + held
    return learned, sp.expand(unity - learned.subs(multiplier, 1 - bias)), sp.expand(energy - mean)


def isotropic_stage(
    signal: Any, noise: Any, gamma: Any, kappa: Any, multiplier: Any, bias: Any, covariance: Any
) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """Return (multiplier, bias, covariance energy) of what a ridge stage learns from the given equivalent.

    A first stage is given the target itself, (1, 0, 0); with kappa = 1 and gamma = 2 it keeps half of it:

    >>> none, one, two = sp.S.Zero, sp.S.One, sp.Integer(2)
    >>> isotropic_stage(one, none, gamma=two, kappa=one, multiplier=one, bias=none, covariance=none)
    (1/2, 1/2, 1/4)
    """
    delta = 1 - gamma / (1 + kappa) ** 2
    values = {
        formulas.shrinkage(STAGE): 1 / (1 + kappa),
        formulas.kept(STAGE): kappa / (1 + kappa),
        STAGE.delta: delta,
        STAGE.gamma: gamma,
        STAGE.noise: noise,
        symbol("signal"): signal,
        sp.Symbol("multiplier", positive=True): multiplier,
        sp.Symbol("bias", nonnegative=True): bias,
        sp.Symbol("covariance", nonnegative=True): covariance,
    }
    first, second, third = (expression.subs(values, simultaneous=True) for expression in _stage_expressions())
    return first, second, third
