r"""The Marchenko-Pastur resolvent and the effective regularisation, Sigma = Gamma = I.

Statement: m = lim (1/d) tr (Sigmahat + lam I)^{-1} solves gamma lam m^2 + (1 - gamma + lam) m - 1 = 0, with
lam m = kappa/(1 + kappa) and kappa the positive root of kappa^2 + (1 - gamma - lam) kappa - lam = 0; -omega
is the other root, omega = lam/kappa. With delta = omega + gamma kappa/(1 + kappa)^2, m' = m^2/delta and m -
lam m' = 1/((1 + kappa)^2 delta).

Proved here from ``one_point`` (whose G is 1/(1 + kappa) times the identity) and by differentiating the
quadratic.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.checks import (
    Eliminates,
    Identity,
    ImplicitDerivative,
    LimitOf,
    PositiveForm,
    SameSign,
    Solves,
    as_difference,
)
from w2s_asymptotics.proof.derivation import Derivation, Outcome, Step
from w2s_asymptotics.proof.models.isotropic import Identities
from w2s_asymptotics.proof.models.rows import Labels, Rows
from w2s_asymptotics.proof.tactics import Closes, Equal
from w2s_asymptotics.words import isotropic as formulas
from w2s_asymptotics.words.words import BETA, Stage, letter, trace

__all__ = ["derivation", "quadratic", "residual_share", "resolvent_equation", "resolvent_in_kappa"]

STAGE = Stage("t", noisy=False)
K, LAM, GAMMA = STAGE.kappa, STAGE.lam, STAGE.gamma
M, SLOPE, OMEGA = symbol("m", "t"), symbol("m_prime", "t"), symbol("omega", "t")


@dataclass(frozen=True)
class AgainstTheDensity:
    """The step holds by ``algebra``, and the integral of 1/(x + lam) against the density solves ``after``."""

    algebra: SameSign

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Check the algebra, integrate the density at 30 digits and insert the integral into the equation."""
        same = self.algebra.run(before, after, seed)
        if not same.passed:
            return same
        rng = np.random.default_rng(seed)
        worst = mpmath.mpf(0)
        with mpmath.workdps(30):
            for _ in range(4):
                lam, gamma = (
                    mpmath.mpf(int(rng.integers(2, 60))) / 37,
                    mpmath.mpf(int(rng.integers(5, 90))) / 41,
                )
                edges = [(1 - mpmath.sqrt(gamma)) ** 2, (1 + mpmath.sqrt(gamma)) ** 2]

                def mass(x: Any, lam: Any = lam, gamma: Any = gamma, edges: Any = edges) -> Any:
                    spread = mpmath.sqrt(max((edges[1] - x) * (x - edges[0]), 0))
                    return spread / (2 * mpmath.pi * gamma * x) / (x + lam)

                integral = (
                    mpmath.quad(mass, [edges[0], sum(edges) / 2, edges[1]]) + max(1 - 1 / gamma, 0) / lam
                )
                values = {M: sp.Float(integral, 30), LAM: sp.Float(lam, 30), GAMMA: sp.Float(gamma, 30)}
                worst = max(worst, abs(mpmath.mpf(as_difference(after).subs(values))))
        return Outcome(
            bool(worst < 1e-12), f"the integral of the density leaves a residual of {float(worst):.0e}"
        )

    def describe(self) -> str:
        """Say what closes the step."""
        return f"{self.algebra.describe()}; the integral of the Marchenko-Pastur density solves it"


@cache
def derivation() -> Derivation:
    """Derive m, m' and kappa from the one-point equivalent."""
    shape, covariance, n = STAGE.equivalent, STAGE.covariance, STAGE.samples
    labels = Labels(BETA)
    on_identities = Equal(Identities((STAGE,), letter("Sigma")))
    given = {LAM: K - GAMMA * K / (1 + K)}

    fixed = K - K * trace(covariance * shape) / n
    flat = formulas.in_kappa(formulas.isotropic(fixed, (STAGE,), letter("Sigma")), (STAGE,))
    equation = sp.Eq(flat, LAM)
    cleared = sp.Eq(sp.collect(sp.expand(sp.numer(sp.together(flat - LAM))), K), 0)
    roots = sp.solve(cleared.lhs, K)
    (positive,) = [root for root in roots if root.subs({LAM: 1, GAMMA: 1}) > 0]
    (negative,) = [root for root in roots if root.subs({LAM: 1, GAMMA: 1}) < 0]

    traced = K * trace(shape) / n
    traced_flat = formulas.in_kappa(formulas.isotropic(traced, (STAGE,), letter("Sigma")), (STAGE,))
    resolvent = sp.Eq(M, sp.solve(sp.Eq(GAMMA * LAM * M, traced_flat), M)[0])
    of_m = sp.solve(resolvent, K)[0]
    eliminated = sp.cancel(sp.numer(sp.together(cleared.lhs.subs(K, of_m))) / LAM)
    in_m = sp.Eq(sp.collect(sp.expand(eliminated), M), 0)
    divided = sp.Eq(sp.expand(in_m.lhs / M), 0)
    argument = sp.Symbol("z", negative=True)
    as_function = sp.Function("m")(argument)
    moved = sp.diff(divided.lhs.subs({LAM: -argument, M: as_function}, simultaneous=True), argument)
    moved = moved.subs(sp.Derivative(as_function, argument), SLOPE).subs(
        {as_function: M, argument: -LAM}, simultaneous=True
    )
    slope = sp.Eq(SLOPE, sp.factor(sp.solve(moved, SLOPE)[0]))
    delta = 1 - GAMMA / (1 + K) ** 2
    positive_delta = OMEGA + GAMMA * K / (1 + K) ** 2
    meaning = {M: resolvent.rhs, **given}
    steps = (
        Step(
            "enter the isotropic world",
            r"$\Sigma = \Gamma = I$",
            fixed,
            flat,
            on_identities,
            uses=("one_point",),
            note=r"$G = I/(1 + \kappa)$ and $\mathrm{tr}\,I/n = \gamma$ in the fixed point "
            r"$\kappa(1 - \mathrm{tr}\,\Sigma G/n) = \lambda$.",
            starts=True,
        ),
        Step(
            "clear the denominator",
            "multiply by $1 + \\kappa$",
            equation,
            cleared,
            SameSign(1 / (1 + K), positive={K: sp.Symbol("k", positive=True)}),
            note=r"The fixed point is a quadratic in $\kappa$.",
            starts=True,
        ),
        Step(
            "one root is positive",
            r"minus the value at $\kappa = 0$",
            -cleared.lhs.subs(K, 0),
            LAM,
            PositiveForm(positive={LAM: sp.Symbol("l", positive=True)}),
            uses=("clear the denominator",),
            note=r"The product of the roots, $-\lambda$, is negative: they are real, and one is positive.",
            starts=True,
        ),
        Step(
            "solve for kappa",
            "quadratic formula",
            cleared,
            sp.Eq(K, positive),
            Solves(which="only positive"),
            uses=("clear the denominator", "one root is positive"),
            starts=True,
        ),
        Step(
            "name the other root",
            r"$\omega = \lambda/\kappa$",
            sp.Eq(OMEGA, LAM / K),
            sp.Eq(OMEGA, -negative),
            Identity({K: positive}),
            uses=("solve for kappa",),
            note=r"Their product is $-\lambda$: $\omega = 1 - \mathrm{df}_1/n$ is minus the other.",
            starts=True,
        ),
        Step(
            "trace the one-point equivalent",
            r"$\lambda R \simeq \kappa G$",
            LAM * trace(STAGE.resolvent) / n,
            traced,
            Closes(Rows(STAGE, labels)),
            uses=("one_point",),
            note=r"With $\Sigma = \Gamma = I$ the left side is $\gamma\lambda m$.",
            starts=True,
        ),
        Step(
            "enter the isotropic world, traced",
            r"$G = I/(1 + \kappa)$",
            traced,
            traced_flat,
            on_identities,
        ),
        Step(
            "define the resolvent",
            "division",
            sp.Eq(GAMMA * LAM * M, traced_flat),
            resolvent,
            Solves(),
            note=r"$m = \frac{1}{d}\mathrm{tr}\,R$.",
            starts=True,
        ),
        Step(
            "eliminate kappa",
            r"resultant of $m = \kappa/(\lambda(1 + \kappa))$ and the quadratic of $\kappa$",
            resolvent,
            in_m,
            Eliminates(K, cleared),
            uses=("clear the denominator",),
            note="The Marchenko-Pastur equation.",
        ),
        Step(
            "divide by m",
            "division, and the density",
            in_m,
            divided,
            AgainstTheDensity(SameSign(M, positive={M: sp.Symbol("q", positive=True)})),
            note=r"The Marchenko-Pastur density's $\int \rho(x)/(x + \lambda)\,dx$ satisfies it.",
        ),
        Step(
            "differentiate",
            r"derivative in $z = -\lambda$",
            divided,
            slope,
            ImplicitDerivative(M, -LAM, SLOPE, K, meaning),
            note="Implicit differentiation, solved for $m'$.",
        ),
        Step(
            "write the slope by delta",
            r"$\delta = 1 - \gamma/(1 + \kappa)^2$",
            slope.rhs,
            resolvent.rhs**2 / delta,
            Identity(meaning),
            uses=("eliminate kappa", "differentiate"),
            note=r"$m' = m^2/\delta$.",
            starts=True,
        ),
        Step(
            "write delta without cancellation",
            r"$1 = \omega + \gamma/(1 + \kappa)$",
            delta,
            positive_delta,
            Identity({OMEGA: LAM / K, **given}),
            uses=("kappa_derivative", "name the other root"),
            note=r"$\delta = 1 - \mathrm{df}_2/n$ as a sum of nonnegative terms.",
            starts=True,
        ),
        Step(
            "combine m and its slope",
            r"$m' = m^2/\delta$",
            M - LAM * SLOPE,
            1 / ((1 + K) ** 2 * delta),
            Identity({SLOPE: resolvent.rhs**2 / delta, **meaning}),
            note=r"$m - \lambda m'$ is the derivative of $\lambda m$ in $\lambda$.",
            starts=True,
        ),
        Step(
            "complete the square",
            r"$m'(1 - \lambda m)^2 = m^2 (m - \lambda m')$",
            1 + GAMMA * (M - LAM * SLOPE),
            SLOPE / M**2,
            Identity({SLOPE: resolvent.rhs**2 / delta, **meaning}),
            note="The form in which the bias of a single fit is printed.",
            starts=True,
        ),
        Step(
            "take the penalty to zero, n > d",
            "limit",
            positive,
            sp.S.Zero,
            LimitOf(LAM, 0, ({GAMMA: sp.Rational(1, 2)}, {GAMMA: sp.Rational(9, 10)})),
            uses=("solve for kappa",),
            note=r"$\kappa \to 0$ and $\omega \to 1 - \gamma$.",
            starts=True,
        ),
        Step(
            "take the penalty to zero, n < d",
            "limit",
            positive,
            GAMMA - 1,
            LimitOf(LAM, 0, ({GAMMA: sp.Rational(3, 2)}, {GAMMA: sp.Integer(4)})),
            uses=("solve for kappa",),
            note=r"$\kappa \to \gamma - 1$ and $\omega \to 0$.",
            starts=True,
        ),
        Step(
            "state the effective regularisation",
            "quadratic formula",
            cleared,
            sp.Eq(K, positive),
            Solves(which="only positive"),
            uses=("solve for kappa",),
            starts=True,
        ),
    )
    return Derivation(
        name="marchenko_pastur",
        title="The Marchenko-Pastur resolvent and the effective regularisation",
        statement=r"In the isotropic world $m(-\lambda)$, $m'$ and $\kappa$ are algebraic functions of "
        r"$(\lambda, \gamma)$, tied by $\lambda m = \kappa/(1 + \kappa)$ "
        r"and $m' = m^2/\delta$, $\delta = \omega + \gamma\kappa/(1 + \kappa)^2$.",
        assumptions=(
            r"$\Sigma = \Gamma = I$; $d/n \to \gamma$; $\lambda > 0$, and $\lambda \to 0$ as a limit.",
        ),
        sources=(
            "Marchenko, Pastur 1967.",
            "Dobriban, Wager 2018; Hastie, Montanari, Rosset, Tibshirani 2022.",
        ),
        steps=steps,
        result=positive,
        forms={"kappa": sp.Eq(K, positive), "resolvent": in_m, "slope": slope},
        notation=(
            (
                r"m_t,\ m_t'",
                (
                    r"$m(-\lambda) = \lim \frac{1}{d}\mathrm{tr}(\hat\Sigma + \lambda I)^{-1}$ and its "
                    r"derivative in $z = -\lambda$"
                ),
            ),
            (r"\kappa_t", "effective regularisation, the positive root"),
            (r"\omega_t", r"$\lambda/\kappa = 1 - \mathrm{df}_1/n$, minus the other root"),
            (r"\gamma_t,\ n_t", "$d/n$; number of rows"),
        ),
        definitions=((sp.Symbol("delta_t"), positive_delta),),
        uses=("one_point", "kappa_derivative"),
    )


def quadratic() -> sp.Eq:
    """Return the quadratic whose positive root is kappa and whose other root is -omega.

    >>> quadratic()
    Eq(kappa_t**2 + kappa_t*(-gamma_t - lam_t + 1) - lam_t, 0)
    """
    return _left_by("clear the denominator")


def resolvent_in_kappa() -> sp.Eq:
    """Return the resolvent m in the effective regularisation.

    >>> resolvent_in_kappa()
    Eq(m_t, kappa_t/(lam_t*(kappa_t + 1)))
    """
    return _left_by("define the resolvent")


def resolvent_equation() -> sp.Eq:
    """Return the Marchenko-Pastur equation, which m solves.

    >>> resolvent_equation()
    Eq(gamma_t*lam_t*m_t**2 + m_t*(-gamma_t + lam_t + 1) - 1, 0)
    """
    return _left_by("eliminate kappa")


def _left_by(name: str) -> sp.Eq:
    (step,) = [step for step in derivation().steps if step.name == name]
    equation: sp.Eq = step.after
    return equation


def residual_share() -> sp.Expr:
    """Return delta = 1 - df2/n as the sum of nonnegative terms that is computed.

    >>> residual_share()
    gamma_t*kappa_t/(kappa_t + 1)**2 + omega_t
    """
    result: sp.Expr = derivation().definitions[0][1]
    return result
