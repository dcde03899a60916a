r"""Risk of a ridge teacher, Sigma = Gamma = I.

Proved by the chain engine for a chain of one learner; the last steps bring it to the form that papers print.
Source of the statement: Dobriban, Wager 2018; Hastie, Montanari, Rosset, Tibshirani 2022.
"""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from w2s_asymptotics.chains.ridge import derive_chain
from w2s_asymptotics.learners.ridge import Ridge
from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.models.names import Names
from w2s_asymptotics.proof.tactics import Equal
from w2s_asymptotics.words import isotropic as formulas
from w2s_asymptotics.words.words import Stage
from w2s_asymptotics.worlds.population import Population

__all__ = ["derivation"]


def derivation() -> Derivation:
    """Derive the teacher's risk from the definition of the estimator."""
    stage = Stage("t")
    world = Population.isotropic(signal=symbol("signal"), noise=stage.noise)
    chain = derive_chain(world, (Ridge(gamma=stage.gamma, lam=stage.lam),))
    meaning = formulas.definitions(stage)
    account = Account()
    account.extend(chain.steps[:-1])
    by_kappa = account.last
    by_resolvent = chain.forms["resolvent"]
    common = _over_positive(by_kappa.subs(stage.delta, 1 - stage.gamma / (1 + stage.kappa) ** 2), stage)
    bias = sp.expand(by_resolvent).coeff(formulas.SIGNAL)
    variance = sp.expand(by_resolvent).coeff(stage.noise)
    printed = formulas.SIGNAL * _complete_square(bias, stage) + stage.noise * sp.factor_terms(variance)
    account.line(by_resolvent).claim(
        "complete the square",
        r"$1 + \gamma(m - \lambda m') = m'/m^2$",
        printed,
        Equal(Names(meaning)),
        uses=("marchenko_pastur",),
        note="Bias and variance, as papers print them.",
    )
    account.line(by_kappa).claim(
        "bring to a common denominator",
        r"$\delta = 1 - \gamma/(1 + \kappa)^2$",
        common,
        Equal(Names(meaning)),
        uses=("marchenko_pastur",),
        note=r"$D = (1 + \kappa)^2 - \gamma$ is the denominator.",
    )
    return replace(
        chain,
        name="teacher_risk",
        title="Risk of a ridge teacher",
        statement="A ridge teacher has the limiting excess risk "
        r"$(r^2\kappa^2 + \gamma\sigma^2)/((1 + \kappa)^2 - \gamma)$.",
        steps=tuple(account.steps),
        result=common,
        forms={"kappa": common, "resolvent": printed},
        definitions=(),
    )


def _over_positive(expression: sp.Expr, stage: Stage) -> sp.Expr:
    """Write a risk over the denominator D = (1 + kappa)^2 - gamma, which is positive."""
    top, bottom = sp.fraction(sp.cancel(sp.together(expression)))
    sign = sp.sign(sp.Poly(bottom, stage.kappa).LC())
    top, bottom = sp.expand(sign * top), sp.expand(sign * bottom)
    return top / (sp.factor(bottom + stage.gamma) - stage.gamma)


def _complete_square(bias: sp.Expr, stage: Stage) -> sp.Expr:
    """Rewrite the factor 1 + gamma (m - lam m') as m'/m^2 (derivation ``marchenko_pastur``)."""
    value, slope = symbol("m", stage.label), symbol("m_prime", stage.label)
    factor = 1 + stage.gamma * (value - stage.lam * slope)
    quotient, remainder = sp.div(sp.expand(bias), sp.expand(factor), stage.gamma)
    if remainder != 0:
        raise ValueError("the bias does not contain the factor 1 + gamma (m - lam m')")
    return sp.factor(quotient) * slope / value**2
