r"""Labels that are a function of one projection, learned by least squares; the zero-one error.

Hermite coefficients and Gaussian integration by parts for what least squares sees of such labels; Plackett's
identity for the probability that two signs differ.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import Identity
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.domain import positive, said
from w2s_asymptotics.proof.models.gaussian import Moments
from w2s_asymptotics.proof.models.integrals import Integrals
from w2s_asymptotics.proof.models.representations import Representations
from w2s_asymptotics.proof.models.signs import FIRST, SignedRows
from w2s_asymptotics.proof.tactics import Closes, Equal
from w2s_asymptotics.theorems import from_, ridge_map
from w2s_asymptotics.theorems._isotropic import energy, overlap
from w2s_asymptotics.theorems._two_layer import k, over, top
from w2s_asymptotics.theorems.chain_recursion import energy_factor, noise_energy, overlap_factor
from w2s_asymptotics.words import representation as words
from w2s_asymptotics.words.gaussian import He, Mean
from w2s_asymptotics.words.words import BETA, Quadratic

__all__ = ["ANGLE", "derivation", "error"]

ANGLE = sp.Symbol("varrho", real=True)
"""The correlation of a prediction with the target."""
_coefficient = sp.IndexedBase("c")
_z, _o, _w = sp.symbols("z z_o z_w", real=True)
_a = sp.Symbol("a", positive=True)
_V, _N, _nu, _p = sp.symbols("V N nu p", positive=True)
_rho, _q = sp.symbols("rho_next q_next", positive=True)
_between = Integrals({ANGLE: (-1, 1)})
_TOPS = tuple({top: degree} for degree in (2, 3))


def _normal(place: Any) -> Any:
    return sp.exp(-(place**2) / 2) / sp.sqrt(2 * sp.pi)


def _line(integrand: Any) -> Any:
    return sp.Integral(integrand * _normal(_z), (_z, -sp.oo, sp.oo))


def error(cosine: Any) -> Any:
    """Return the zero-one error of a prediction by its correlation with the target.

    >>> error(sp.sqrt(2) / 2)
    1/4
    """
    return from_("projected_labels", "zero-one error").subs(ANGLE, cosine)


def _linear_part(account: Account) -> None:
    """What least squares sees of the labels: their first Hermite coefficient, and a rest like noise."""
    link = over(_coefficient[k] * He(k, _z), 1, top)
    rest = link - _coefficient[1] * _z
    account.line(Mean(link * _z)).claim(
        "linear part",
        "Hermite polynomials are orthogonal",
        _coefficient[1],
        Equal(Moments((_z,), at=_TOPS)),
        note=r"$g(z) = \mathbb{E}[y \mid z] = \sum_k c_k\mathrm{He}_k(z)$, z the projection with variance 1: "
        r"$c_1 = \mathbb{E}[yz]$, by parts $\mathbb{E}[g'(z)]$.",
    )
    turned = {_w: _a * _z + sp.sqrt(1 - _a**2) * _o}
    account.line(Mean(rest * _w)).claim(
        "the rest is uncorrelated with every direction",
        "Hermite polynomials are orthogonal",
        sp.S.Zero,
        Equal(Moments((_z, _o), turned, at=_TOPS)),
        uses=("linear part",),
        note=r"$z_w = az + \sqrt{1 - a^2}\,z_o$ is x along any direction, $z_o$ independent of z.",
    )
    account.line(Mean(rest**2 * _o**2)).claim(
        "its size is independent of the other directions",
        r"$\mathbb{E}z_o^2 = 1$",
        Mean(link**2) - _coefficient[1] ** 2,
        Equal(Moments((_z, _o), at=_TOPS)),
        uses=("linear part",),
        note=r"To second order it is noise of variance $\mathbb{E}y^2 - c_1^2$, which for signs is $1 - "
        r"c_1^2$.",
    )
    stage = ridge_map.STAGE
    mapped = from_("ridge_map", "gather the residual energy (t)").subs(
        {
            ridge_map.LABELLED: FIRST * BETA,
            ridge_map.METRIC: stage.covariance,
            stage.noise: 1 - FIRST**2,
        },
        simultaneous=True,
    )
    account.line(Quadratic(stage.covariance, stage.weights)).claim(
        "ridge on signs",
        r"$y = c_1z + $ noise of variance $1 - c_1^2$",
        mapped,
        Closes(SignedRows(stage)),
        uses=("ridge_map", "its size is independent of the other directions"),
        note=r"$\|\beta_*\|_\Sigma = 1$: the ridge map for labels $c_1\beta_*$ and that noise.",
    )


def _coefficients(account: Account) -> Any:
    """The first coefficient of signs, of signs of noisy values, of logistic draws, of flipped labels."""
    quadrature = Equal(Integrals())
    account.line(_line(sp.Abs(_z))).claim(
        "signs",
        r"$\mathbb{E}|z|$",
        sp.sqrt(2 / sp.pi),
        quadrature,
        uses=("linear part",),
        note=r"$y = \mathrm{sign}(z)$.",
    )
    ratio = sp.sqrt(_V / _N)
    account.line(_line(_z * sp.erf(ratio * _z / sp.sqrt(2)))).claim(
        "signs of noisy values, by parts",
        r"$\mathbb{E}[zg(z)] = \mathbb{E}[g'(z)]$",
        _line(2 * ratio * _normal(ratio * _z)),
        quadrature,
        uses=("linear part",),
        note=r"$y = \mathrm{sign}(\sqrt{V}z + \sqrt{N}e)$, e standard normal: $g(z) = 2\Phi(z\sqrt{V/N}) - "
        "1$. Draws by a probit link of temperature T are signs with $N = T^2$.",
    )
    noisy = account.claim(
        "signs of noisy values",
        "Gaussian integral",
        sp.sqrt(2 / sp.pi) * sp.sqrt(_V / (_V + _N)),
        quadrature,
    )
    sigmoid = 1 / (1 + sp.exp(-sp.sqrt(_V) * _z))
    account.line(_line(_z * (2 * sigmoid - 1))).claim(
        "logistic draws",
        r"$\mathbb{E}[zg(z)] = \mathbb{E}[g'(z)]$",
        _line(2 * sp.sqrt(_V) * sigmoid * (1 - sigmoid)),
        quadrature,
        uses=("linear part",),
        note="The label is 1 with probability $1/(1 + e^{-\\sqrt{V}z})$; no closed form.",
    )
    account.line((1 - _p) * _coefficient[1] - _p * _coefficient[1]).claim(
        "flipped labels",
        "with probability p the label is turned over",
        (1 - 2 * _p) * _coefficient[1],
        Identity(),
        uses=("linear part",),
    )
    return noisy


def _zero_one(account: Account) -> Any:
    """The probability that two signs differ."""
    inner = ANGLE * _z / sp.sqrt(1 - ANGLE**2)
    cdf = (1 + sp.erf(inner / sp.sqrt(2))) / 2

    def half(integrand: Any) -> Any:
        return sp.Integral(integrand * _normal(_z), (_z, 0, sp.oo))

    slope = sp.sqrt(1 - ANGLE**2)
    account.line(half(sp.diff(cdf, ANGLE))).claim(
        "slope of the orthant",
        "Gaussian integral",
        1 / (2 * sp.pi * slope),
        Equal(_between),
        note=r"The prediction is $\varrho z + \sqrt{1 - \varrho^2}z_o$ in units of its own: both are "
        r"positive with probability $\int_0^\infty \Phi(\varrho z/\sqrt{1 - \varrho^2})\phi(z)dz$, "
        r"differentiated in $\varrho$.",
    )
    both = account.line(half(cdf)).claim(
        "both positive",
        r"integrate from $\varrho = 0$, where it is 1/4",
        sp.Rational(1, 4) + sp.asin(ANGLE) / (2 * sp.pi),
        Equal(_between),
        uses=("slope of the orthant",),
    )
    return account.line(1 - 2 * both).claim(
        "zero-one error",
        r"$\arcsin\varrho + \arccos\varrho = \pi/2$",
        sp.acos(ANGLE) / sp.pi,
        Equal(_between),
        uses=("both positive",),
        note="Both are positive, or both negative, with one probability.",
    )


def _hard_labels(account: Account) -> Any:
    """What signs of a teacher are to a student: soft labels with noise, and what that costs."""
    share = account["signs of noisy values"].subs(_N, 0) ** 2 / _V
    account.line((1 - share * _V) / share).claim(
        "signs of a teacher",
        r"$k^2 = 2/(\pi V)$",
        (sp.pi / 2 - 1) * _V,
        Identity(positive=positive(_V)),
        uses=("signs of noisy values", "ridge on signs"),
        note=r"$V = \|\beta_t\|_\Sigma^2$ concentrates: divided by k, hard labels are soft ones with this "
        r"noise.",
    )
    soft = from_("representation_map", "of a function")
    hard = soft.subs(words.STAGE.noise, words.STAGE.noise + _nu)
    spread = sp.diff(sp.expand(soft), words.STAGE.noise)
    account.line(hard - soft).claim(
        "what hard labels cost",
        "the map is linear in the noise",
        _nu * spread,
        Equal(Representations()),
        uses=("representation_map", "signs of a teacher"),
        note=r"With $\nu = (\pi/2 - 1)V$: the mean of what is learned is that of soft labels, its energy "
        "larger. At one penalty hard labels have the larger error where the student is better than chance, "
        "whatever the spectrum, the penalty and the features.",
    )
    return account["signs of a teacher"]


def _errors(account: Account, added: Any) -> dict[str, Any]:
    """The zero-one errors of a teacher of signs and of its students, without spectrum."""
    gamma, kappa, noise = symbol("gamma"), symbol("kappa"), symbol("noise")
    of_student = {each: symbol(each.name, "s") for each in (gamma, kappa)}
    first, second = overlap_factor(kappa, gamma), energy_factor(kappa, gamma)
    shrunk, whole = first.subs(of_student) * overlap, second.subs(of_student) * energy
    noisy = noise_energy(kappa, gamma, noise).subs({**of_student, noise: added.subs(_V, energy)})
    found = {}
    for name, along, norm, note in (
        (
            "error of a teacher",
            FIRST * first,
            FIRST**2 * second + noise_energy(kappa, gamma, 1 - FIRST**2),
            r"Of labels with first coefficient $c_1$, $r = 1$.",
        ),
        ("error of a student of soft labels", shrunk, whole, r"$\rho$ and q are those of its teacher."),
        (
            "error of a student of hard labels",
            shrunk,
            whole + noisy,
            r"The same, with noise of variance $(\pi/2 - 1)q$ in its labels.",
        ),
    ):
        start = account["zero-one error"].subs(ANGLE, _rho / sp.sqrt(_q))
        found[name] = account.line(start).claim(
            name,
            r"$\varrho = \rho/\sqrt{q}$, insert the stage",
            sp.acos(along / sp.sqrt(norm)) / sp.pi,
            Identity({_rho: along, _q: norm}),
            uses=("zero-one error", "chain_recursion", "what hard labels cost"),
            note=note,
        )
    return found


@cache
def derivation() -> Derivation:
    """Derive the linear part of the labels, their coefficients, the zero-one error and the cost of signs."""
    account = Account()
    _linear_part(account)
    noisy = _coefficients(account)
    _zero_one(account)
    errors = _errors(account, _hard_labels(account))
    account.line(1 - 2 * account["both positive"]).claim(
        "state the zero-one error",
        "insert",
        account["zero-one error"],
        Equal(_between),
        uses=("both positive",),
    )
    return Derivation(
        name="projected_labels",
        title="Labels that are a function of one projection, and the zero-one error",
        statement=r"To least squares, labels that are a function of $z = \langle\beta_*, x\rangle/r$ and of "
        r"chance are $c_1z$ and noise of variance $\mathbb{E}y^2 - c_1^2$, $c_1 = \mathbb{E}[yz]$: for signs "
        rf"$c_1^2 = 2/\pi$, for signs of noisy values {said(noisy)} (V signal, N noise). A prediction of "
        r"correlation $\varrho$ with the target errs with probability $\arccos(\varrho)/\pi$. Hard labels of "
        r"a teacher are its soft ones with noise of variance $(\pi/2 - 1)\|\beta_t\|_\Sigma^2$: at one "
        "penalty their student, where better than chance, has the larger error, whatever the spectrum, the "
        "penalty and the features.",
        assumptions=(
            "Gaussian rows; least squares with a quadratic penalty; the error is against the noiseless "
            "decision.",
            r"Labels of finite variance that depend on x through z alone; the norm of a teacher "
            r"concentrates.",
        ),
        sources=(
            "Plackett 1954 (the slope of the orthant probability).",
            "Brillinger 1982; Plan, Vershynin, arXiv:1502.04071 (least squares on single-index labels).",
        ),
        steps=tuple(account.steps),
        result=account.last,
        forms={
            "zero-one error": account.last,
            "first coefficient of signs": account["signs"],
            "first coefficient of signs of noisy values": noisy,
            "noise in hard labels": account["signs of a teacher"],
            **errors,
        },
        notation=(
            ("c_k", r"Hermite coefficients of $\mathbb{E}[y \mid z]$"),
            ("z_o", "x along a direction orthogonal to the projection"),
            ("V, N", "variances of the linear function and of the noise before the sign"),
            (r"\varrho", "correlation of a prediction with the target"),
            ("p", "probability that a label is turned over"),
            (r"\nu", "variance of label noise"),
            (r"\rho, q", r"$\langle\beta_*, \beta_t\rangle$ and $\|\beta_t\|^2$ of a teacher, $r = 1$"),
        ),
        uses=("ridge_map", "representation_map", "chain_recursion"),
    )
