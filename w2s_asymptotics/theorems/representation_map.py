r"""Ridge on a representation of the covariates, as a map of Gaussian equivalents.

A learner sees ``h = A x`` and not x. Its labels are split into what h can say and a rest that is uncorrelated
with h, so that they are labels of h with more noise; the ridge map does the rest, and the matrix
``Sigma_h = A Sigma A'``, singular or not, goes.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import sympy as sp

from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.models.representations import Representations
from w2s_asymptotics.proof.tactics import Averages, Closes, Equal, Tends
from w2s_asymptotics.theorems import from_, ridge_map
from w2s_asymptotics.words.representation import (
    BEST,
    COVARIANCE,
    FEATURES,
    HIDING,
    LABELS,
    MEAN,
    METRIC,
    PENALTY,
    RESOLVENT,
    SAMPLE,
    SEEN,
    SEEN_COVARIANCE,
    SEEN_SHAPE,
    SHAPE,
    SPREAD,
    STAGE,
)  # fmt: skip
from w2s_asymptotics.words.words import Quadratic, Trace, quadratic, trace

__all__ = ["derivation"]

_n, _k, _noise = STAGE.samples, STAGE.kappa, STAGE.noise
_algebra = Equal(Representations())
_seen = BEST * LABELS
_rest = LABELS - SEEN * _seen
_missed = sp.expand(LABELS - SHAPE * COVARIANCE * LABELS)


def _in_features(word: Any) -> Any:
    """Write what ``ridge_map`` proves in the letters of the features."""
    stage = ridge_map.STAGE
    return word.subs(
        {
            stage.covariance: SEEN_COVARIANCE,
            stage.penalty: PENALTY,
            stage.equivalent: SEEN_SHAPE,
            ridge_map.METRIC: FEATURES * METRIC * SEEN,
            ridge_map.LABELLED: _seen,
            stage.noise: _noise + Quadratic(COVARIANCE, _rest),
        },
        simultaneous=True,
    )


def _estimator(account: Account) -> Any:
    """The fit, its labels split into what the features can say and a rest."""
    fit = SEEN * RESOLVENT * FEATURES
    account.line(STAGE.weights).claim(
        "insert the estimator",
        "normal equations",
        sp.expand(fit * (SAMPLE * LABELS + STAGE.noise_vector)),
        _algebra,
        note=r"Ridge on $h = Ax$, its weights written as those of x; $R_h = (A\hat\Sigma A' + "
        r"\lambda\Gamma)^{-1}$.",
    )
    account.claim(
        "split the labels",
        r"$f = A'Pf + (f - A'Pf)$",
        fit * (SAMPLE * SEEN * _seen + SAMPLE * _rest + STAGE.noise_vector),
        _algebra,
        note=r"$\Sigma_h P = A\Sigma$: $Pf$ is what h can say of f at best; $X(f - A'Pf)$ stands beside the "
        "noise.",
    )
    account.line(FEATURES * COVARIANCE * _rest).claim(
        "the rest is uncorrelated with the features",
        r"$\Sigma_h P = A\Sigma$",
        sp.S.Zero,
        _algebra,
        note="Where rows are Gaussian it is independent of what is seen: label noise.",
    )
    return sp.expand(fit * SAMPLE * LABELS)


def _averaged(account: Account, mean: Any) -> Any:
    """The second moment by the ridge map in the space of features."""
    fit = SEEN * RESOLVENT * FEATURES
    account.line(Quadratic(METRIC, STAGE.weights)).claim(
        "average the label noise",
        "mean over the noise",
        quadratic(METRIC, mean) + _noise * trace(METRIC * fit * SAMPLE * fit) / _n,
        Averages(Representations("noise")),
        uses=("insert the estimator",),
    )
    return account.claim(
        "apply the ridge map to the features",
        r"$f \to Pf$, $\sigma^2 \to \sigma^2 + \|f - A'Pf\|_\Sigma^2$",
        _in_features(from_("ridge_map", "gather the residual energy (t)")),
        Closes(Representations()),
        uses=("ridge_map", "split the labels", "the rest is uncorrelated with the features"),
        note=r"What is not seen enters as label noise of its own variance.",
    )


def _in_covariates(account: Account, whole: Any) -> Any:
    """The same without the space of features: in G = A' G_h A."""
    account.line(SEEN * SEEN_SHAPE * SEEN_COVARIANCE * _seen).claim(
        "mean",
        r"$\Sigma_h P = A\Sigma$, $G = A'G_hA$",
        SHAPE * COVARIANCE * LABELS,
        _algebra,
        note=r"So $S = G\Sigma$.",
    )
    missed = _noise + Quadratic(COVARIANCE, _rest)
    missed += _k**2 * Quadratic(SEEN_COVARIANCE, SEEN_SHAPE * PENALTY * _seen)
    account.line(missed).claim(
        "what is not seen and what is held back",
        "Pythagoras",
        _noise + Quadratic(COVARIANCE, _missed),
        _algebra,
        uses=("the rest is uncorrelated with the features",),
        note=r"The two are orthogonal in $\Sigma$, and their sum is $Kf$, $K = I - S$.",
    )
    for name, before, after in (
        (
            "fixed point",
            _k * (1 - trace(SEEN_COVARIANCE * SEEN_SHAPE) / _n),
            _k * (1 - trace(SHAPE * COVARIANCE) / _n),
        ),
        (
            "delta",
            1 - trace(SEEN_COVARIANCE * SEEN_SHAPE * SEEN_COVARIANCE * SEEN_SHAPE) / _n,
            1 - trace(SHAPE * COVARIANCE * SHAPE * COVARIANCE) / _n,
        ),
    ):
        account.line(before).claim(
            name,
            r"$\mathrm{tr}\,\Sigma_h G_h = \mathrm{tr}\,G\Sigma$",
            after,
            _algebra,
            uses=("one_point", "ridge_map"),
            note=r"This is $\lambda$."
            if name == "fixed point"
            else r"This is $\delta = 1 - \mathrm{tr}(S^2)/n$.",
        )
    mapped = Quadratic(METRIC, SHAPE * COVARIANCE * LABELS)
    mapped += (
        (_noise + Quadratic(COVARIANCE, _missed))
        * trace(METRIC * SHAPE * COVARIANCE * SHAPE)
        / (STAGE.delta * _n)
    )
    return account.line(whole).claim(
        "map of a function",
        r"$G = A'G_hA$",
        mapped,
        _algebra,
        uses=("apply the ridge map to the features", "mean", "what is not seen and what is held back"),
    )


def _special_cases(account: Account, mapped: Any) -> None:
    """All features, and a penalty without end on what is not seen."""
    stage = ridge_map.STAGE
    plain = from_("ridge_map", "gather the residual energy (t)").subs(
        {
            stage.covariance: COVARIANCE,
            stage.penalty: PENALTY,
            stage.equivalent: SHAPE,
            ridge_map.METRIC: METRIC,
            ridge_map.LABELLED: LABELS,
        },
        simultaneous=True,
    )
    account.line(mapped).claim(
        "see everything",
        "$A = I$",
        plain,
        Equal(Representations(whole=True)),
        uses=("ridge_map", "map of a function"),
        note=r"$K = \kappa G\Gamma$ then, and only then: this is the ridge map.",
    )
    hidden = Tends(Representations())
    account.line(HIDING).claim(
        "hide by a penalty",
        r"$W = A'\Gamma A + w(I - A'A)$, $w \to \infty$",
        SHAPE,
        hidden,
        note=r"A picks coordinates; $G_w = (\Sigma + \kappa W)^{-1}$ is the G of a learner that sees all, "
        "and on what A leaves out has a penalty that grows without end.",
    )
    account.line(_k * (1 - trace(HIDING * COVARIANCE) / _n)).claim(
        "hide by a penalty, the fixed point",
        r"$w \to \infty$",
        _k * (1 - trace(SHAPE * COVARIANCE) / _n),
        hidden,
        uses=("hide by a penalty", "fixed point"),
        note=r"An unseen coordinate is the limit of an infinite penalty on it, at the same $\lambda$.",
    )


@cache
def derivation() -> Derivation:
    """Derive the map of what is learned from features, and its special cases."""
    account = Account()
    mean = _estimator(account)
    mapped = _in_covariates(account, _averaged(account, mean))
    _special_cases(account, mapped)
    lost = 1 - SHAPE * COVARIANCE
    kept = SHAPE * COVARIANCE
    energy = Quadratic(COVARIANCE, sp.expand(lost * MEAN))
    energy += Trace((1 - COVARIANCE * SHAPE) * COVARIANCE * lost * SPREAD)
    second = Quadratic(METRIC, kept * MEAN) + Trace(COVARIANCE * SHAPE * METRIC * kept * SPREAD)
    second += (_noise + energy) * trace(METRIC * SHAPE * COVARIANCE * SHAPE) / (STAGE.delta * _n)
    account.line(mapped).claim(
        "insert the Gaussian equivalent",
        "mean over f",
        second,
        Averages(Representations("labels")),
        uses=("map of a function",),
        note=r"The labelling function f has mean $\mu$ and covariance C.",
    )
    return Derivation(
        name="representation_map",
        title="Ridge on a representation of the covariates",
        statement=r"A learner that sees $h = Ax$, A of any rank, has with $G = A'(A\Sigma A' + "
        r"\kappa\Gamma)^{-1}A$, $S = G\Sigma$ and $K = I - S$ the Gaussian equivalent $(S\mu,\ S C S' + "
        r"\tau^2 G\Sigma G/n)$ of labels $(\mu, C)$ with noise $\sigma^2$: $\lambda = \kappa(1 - "
        r"\mathrm{tr}\,S/n)$, $\delta = 1 - \mathrm{tr}(S^2)/n$, $\tau^2 = (\sigma^2 + \mu'K'\Sigma K\mu + "
        r"\mathrm{tr}\,CK'\Sigma K)/\delta$. What it does not see of its labels acts as label noise; to see "
        "all is the ridge map; not to see a coordinate is the limit of an infinite penalty on it.",
        assumptions=(
            r"Gaussian rows with covariance $\Sigma$, fresh at this stage; $\Gamma$ positive definite, as "
            "large as there are features; A fixed, its rows dependent or not.",
            r"The labels are those of a linear function f of x independent of the rows, plus centred noise.",
        ),
        sources=("Derived here from the ridge map.",),
        steps=tuple(account.steps),
        result=second,
        forms={"second moment in the metric M": second, "of a function": mapped},
        notation=(
            ("A, h", "the features, $h = Ax$; $A'$ the transpose"),
            (
                r"\Sigma_h, G_h, R_h",
                r"$A\Sigma A'$, $(\Sigma_h + \kappa\Gamma)^{-1}$, $(A\hat\Sigma A' + "
                r"\lambda\Gamma)^{-1}$",
            ),
            ("P", r"$\Sigma_h P = A\Sigma$: what the features can say at best of a function"),
            ("G", r"$A'G_hA$"),
            ("M", "any symmetric matrix: the map is read off as what it multiplies"),
            ("f", r"weights of the labelling function, of mean $\mu$ and covariance C"),
            (r"\delta_t", r"$1 - \mathrm{tr}(S^2)/n$"),
        ),
        uses=("one_point", "ridge_map"),
    )
