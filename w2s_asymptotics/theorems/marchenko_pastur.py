r"""The Marchenko-Pastur resolvent and the effective regularisation, Sigma = Gamma = I.

Proved from ``one_point`` (whose G is 1/(1 + kappa) times the identity) and by differentiating the quadratic;
that the density of Marchenko and Pastur solves its equation is shown by residues, exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import DerivativeOf, Identity, LimitOf, SameSign, Solves
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.domain import positive, within
from w2s_asymptotics.proof.models.isotropic import Identities
from w2s_asymptotics.proof.models.rows import Labels, Rows
from w2s_asymptotics.proof.tactics import Closes, Equal
from w2s_asymptotics.theorems import from_
from w2s_asymptotics.words import isotropic as formulas
from w2s_asymptotics.words.words import BETA, Stage, letter, trace

__all__ = ["derivation", "quadratic", "residual_share", "resolvent_equation", "resolvent_in_kappa"]

STAGE = Stage("t", noisy=False)
K, LAM, GAMMA = STAGE.kappa, STAGE.lam, STAGE.gamma
M, SLOPE, OMEGA = symbol("m", "t"), symbol("m_prime", "t"), symbol("omega", "t")
_given = {LAM: K - GAMMA * K / (1 + K)}
_delta = 1 - GAMMA / (1 + K) ** 2
_positive_delta = OMEGA + GAMMA * K / (1 + K) ** 2
_on_identities = Equal(Identities((STAGE,), letter("Sigma")))


@dataclass(frozen=True)
class _Kappa:
    """The quadratic of kappa and its two roots."""

    equation: sp.Eq
    positive: Any
    negative: Any


def _flat(word: Any) -> Any:
    """Enter the isotropic world."""
    return formulas.in_kappa(formulas.isotropic(word, (STAGE,), letter("Sigma")), (STAGE,))


def _effective_regularisation(account: Account) -> _Kappa:
    """The quadratic of kappa, from the fixed point of ``one_point``, and its roots."""
    fixed = K - K * trace(STAGE.covariance * STAGE.equivalent) / STAGE.samples
    flat = account.line(fixed).rewrite(
        "enter the isotropic world",
        r"$\Sigma = \Gamma = I$",
        _flat,
        _on_identities,
        uses=("one_point",),
        note=r"$G = I/(1 + \kappa)$ and $\mathrm{tr}\,I/n = \gamma$ in the fixed point "
        r"$\kappa(1 - \mathrm{tr}\,\Sigma G/n) = \lambda$.",
    )
    cleared = account.line(sp.Eq(flat, LAM)).rewrite(
        "clear the denominator",
        "multiply by $1 + \\kappa$",
        lambda e: sp.Eq(sp.collect(sp.expand(sp.numer(sp.together(e.lhs - e.rhs))), K), 0),
        SameSign(1 / (1 + K), positive=positive(K)),
        note=r"The fixed point is a quadratic in $\kappa$.",
    )
    account.line(-cleared.lhs.subs(K, 0)).claim(
        "one root is positive",
        r"minus the value at $\kappa = 0$",
        LAM,
        Identity(positive=positive(LAM)),
        uses=("clear the denominator",),
        note=r"The product of the roots, $-\lambda$, is negative: they are real, and one is positive.",
    )
    low, high = sorted(sp.solve(cleared.lhs, K), key=lambda root: root.subs({LAM: 1, GAMMA: 1}))
    account.line(cleared).claim(
        "solve for kappa",
        "quadratic formula",
        sp.Eq(K, high),
        Solves(which="only positive", domain=positive(LAM)),
        uses=("clear the denominator", "one root is positive"),
    )
    account.line(sp.Eq(OMEGA, LAM / K)).claim(
        "name the other root",
        r"$\omega = \lambda/\kappa$",
        sp.Eq(OMEGA, -low),
        Identity({K: high}),
        uses=("solve for kappa",),
        note=r"Their product is $-\lambda$: $\omega = 1 - \mathrm{df}_1/n$ is minus the other.",
    )
    return _Kappa(cleared, high, low)


def _resolvent(account: Account, kappa: _Kappa) -> tuple[sp.Eq, sp.Eq]:
    """The resolvent m in kappa and its own equation."""
    account.line(LAM * trace(STAGE.resolvent) / STAGE.samples).claim(
        "trace the one-point equivalent",
        r"$\lambda R \simeq \kappa G$",
        K * trace(STAGE.equivalent) / STAGE.samples,
        Closes(Rows(STAGE, Labels(BETA))),
        uses=("one_point",),
        note=r"With $\Sigma = \Gamma = I$ the left side is $\gamma\lambda m$.",
    )
    flat = account.rewrite(
        "enter the isotropic world, traced",
        r"$G = I/(1 + \kappa)$",
        _flat,
        _on_identities,
    )
    resolvent = account.line(sp.Eq(GAMMA * LAM * M, flat)).rewrite(
        "define the resolvent",
        "division",
        lambda e: sp.Eq(M, sp.solve(e, M)[0]),
        Solves(),
        uses=("enter the isotropic world, traced",),
        note=r"$m = \frac{1}{d}\mathrm{tr}\,R$.",
    )
    of_m = {K: sp.solve(resolvent, K)[0]}
    inserted = kappa.equation.lhs.subs(of_m)
    eliminated = sp.collect(sp.expand(sp.cancel(sp.numer(sp.together(inserted)) / LAM)), M)
    in_m = account.line(kappa.equation).claim(
        "eliminate kappa",
        r"insert $\kappa = \lambda m/(1 - \lambda m)$",
        sp.Eq(eliminated, 0),
        SameSign(sp.factor(inserted / eliminated), of_m, within(M, 0, 1 / LAM) & positive(LAM)),
        uses=("clear the denominator", "define the resolvent"),
        note=r"The Marchenko-Pastur equation; $\lambda m = \kappa/(1 + \kappa) < 1$.",
    )
    return resolvent, in_m


def _density(account: Account, in_m: sp.Eq) -> None:
    """The Stieltjes transform of the Marchenko-Pastur density, by residues, solves the equation of m.

    With ``x = |1 + c z|^2`` on the unit circle, ``gamma = c^2`` and ``lam = (c - r)(1/r - c)``, the integral
    of the density over ``x + lam`` is the mean of ``-(z - 1/z)^2/(2 x (x + lam))``: a rational function.
    """
    z, c, r = sp.symbols("z c r", positive=True)
    lam = sp.expand((c - r) * (1 / r - c))
    integrand = -((z**2 - 1) ** 2) / (2 * c * z * (1 + c * z) * (z + c) * (z + r) * (z + 1 / r))
    for name, pole, mass, case in (
        ("integrate the density, more rows", -c, sp.S.Zero, "<"),
        ("integrate the density, fewer rows", -1 / c, (1 - 1 / c**2) / lam, ">"),
    ):
        residues = [sp.cancel(integrand * (z - at)).subs(z, at) for at in (sp.S.Zero, -r, pole)]
        account.line(in_m.lhs).claim(
            name,
            "residues",
            sp.S.Zero,
            Identity({M: sp.Add(*residues) + mass, LAM: lam, GAMMA: c**2}),
            uses=("eliminate kappa",),
            note=rf"For $\gamma {case} 1$: the Marchenko-Pastur density's $\int \rho(x)/(x + \lambda)\,dx$"
            r" satisfies it, with $x = |1 + cz|^2$ on the unit circle, $\gamma = c^2$, $\lambda = (c - r)(1/r"
            " - c)$.",
        )


def _slope(account: Account, kappa: _Kappa, resolvent: sp.Eq, in_m: sp.Eq) -> sp.Eq:
    """The derivative m', by differentiating the equation of m."""
    meaning = {M: resolvent.rhs, **_given}
    account.line(in_m).rewrite(
        "divide by m",
        "division",
        lambda e: sp.Eq(sp.expand(e.lhs / M), 0),
        SameSign(M, positive=positive(M)),
        uses=("eliminate kappa",),
    )
    slope = account.rewrite(
        "differentiate",
        r"derivative in $z = -\lambda$",
        _implicitly,
        DerivativeOf(-LAM, K, meaning, function=M, slope=SLOPE),
        note="Implicit differentiation, solved for $m'$.",
    )
    by_delta = account.line(slope.rhs).claim(
        "write the slope by delta",
        r"$\delta = 1 - \gamma/(1 + \kappa)^2$",
        resolvent.rhs**2 / _delta,
        Identity(meaning),
        uses=("eliminate kappa", "differentiate"),
        note=r"$m' = m^2/\delta$.",
    )
    account.line(_delta).claim(
        "write delta without cancellation",
        r"$1 = \omega + \gamma/(1 + \kappa)$",
        _positive_delta,
        Identity({OMEGA: LAM / K, **_given}),
        uses=("kappa_derivative", "name the other root"),
        note=r"$\delta = 1 - \mathrm{df}_2/n$ as a sum of nonnegative terms.",
    )
    account.line(M - LAM * SLOPE).claim(
        "combine m and its slope",
        r"$m' = m^2/\delta$",
        1 / ((1 + K) ** 2 * _delta),
        Identity({SLOPE: by_delta, **meaning}),
        uses=("write the slope by delta",),
        note=r"$m - \lambda m'$ is the derivative of $\lambda m$ in $\lambda$.",
    )
    account.line(1 + GAMMA * (M - LAM * SLOPE)).claim(
        "complete the square",
        r"$m'(1 - \lambda m)^2 = m^2 (m - \lambda m')$",
        SLOPE / M**2,
        Identity({SLOPE: by_delta, **meaning}),
        uses=("write the slope by delta",),
        note="The form in which the bias of a single fit is printed.",
    )
    return slope


def _implicitly(equation: sp.Eq) -> sp.Eq:
    """Differentiate the equation of m in z = -lam and solve for the slope."""
    argument = sp.Symbol("z", negative=True)
    as_function = sp.Function("m")(argument)
    moved = sp.diff(equation.lhs.subs({LAM: -argument, M: as_function}, simultaneous=True), argument)
    moved = moved.subs(sp.Derivative(as_function, argument), SLOPE).subs(
        {as_function: M, argument: -LAM}, simultaneous=True
    )
    return sp.Eq(SLOPE, sp.factor(sp.solve(moved, SLOPE)[0]))


def _without_penalty(account: Account, kappa: _Kappa) -> None:
    """Kappa as the penalty vanishes."""
    for name, limit, places, note in (
        ("n > d", sp.S.Zero, ("1/2", "9/10"), r"$\kappa \to 0$ and $\omega \to 1 - \gamma$."),
        ("n < d", GAMMA - 1, ("3/2", "4"), r"$\kappa \to \gamma - 1$ and $\omega \to 0$."),
    ):
        account.line(kappa.positive).claim(
            f"take the penalty to zero, {name}",
            "limit",
            limit,
            LimitOf(LAM, 0, tuple({GAMMA: sp.Rational(place)} for place in places)),
            uses=("solve for kappa",),
            note=note,
        )


@cache
def derivation() -> Derivation:
    """Derive m, m' and kappa from the one-point equivalent."""
    account = Account()
    kappa = _effective_regularisation(account)
    resolvent, in_m = _resolvent(account, kappa)
    slope = _slope(account, kappa, resolvent, in_m)
    _density(account, in_m)
    _without_penalty(account, kappa)
    account.line(kappa.equation).claim(
        "state the effective regularisation",
        "quadratic formula",
        sp.Eq(K, kappa.positive),
        Solves(which="only positive", domain=positive(LAM)),
        uses=("solve for kappa",),
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
        steps=tuple(account.steps),
        result=kappa.positive,
        forms={"kappa": sp.Eq(K, kappa.positive), "resolvent": in_m, "slope": slope},
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
        definitions=((sp.Symbol("delta_t"), _positive_delta),),
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
    return from_("marchenko_pastur", name)


def residual_share() -> sp.Expr:
    """Return delta = 1 - df2/n as the sum of nonnegative terms that is computed.

    >>> residual_share()
    gamma_t*kappa_t/(kappa_t + 1)**2 + omega_t
    """
    result: sp.Expr = derivation().definitions[0][1]
    return result
