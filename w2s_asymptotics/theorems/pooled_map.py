r"""Ridge on rows pooled from two sources, as a map of Gaussian equivalents.

The sources have covariances, labels, noise and weights of their own. One row is left out of either, as in
``one_point``; what a row moves is its residual, so that each source counts with its own test error ``tau^2``.
More sources are more terms of the same sums; one is ``ridge_map``.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.models.pooled import PooledRows, Signs
from w2s_asymptotics.proof.tactics import Averages, Closes, Equal
from w2s_asymptotics.words.pooled import (
    LAM,
    METRIC,
    PENALTY,
    RESOLVENT,
    SHAPE,
    SIZE,
    SOURCES,
    WEIGHTS,
)
from w2s_asymptotics.words.words import Quadratic, trace

__all__ = ["derivation"]

_R, _G = RESOLVENT, SHAPE
_CLOSES = Closes(PooledRows(), dims=(12, 24, 48))


def _sum(of_source: Any) -> Any:
    """A sum over the sources."""
    return sp.Add(*(of_source(source) for source in SOURCES))


def _fluctuation(metric: Any) -> Any:
    """What the residuals of every source add to a quadratic form."""
    return _sum(lambda b: b.pull**2 / (b.share * SIZE) * b.error * trace(metric * _G * b.covariance * _G))


def _shape(account: Account) -> None:
    """The equivalent of the resolvent, and the fixed point of the pulls."""
    algebra, asymptotic = Equal(PooledRows()), _CLOSES
    identity = sp.expand(_R * (_sum(lambda b: b.sample) + LAM * PENALTY) * _G)
    rest = LAM * _R * PENALTY * _G
    account.line(_G).claim(
        "insert the identity",
        r"$I = R(H_a + H_b + \lambda\Gamma)$",
        identity,
        algebra,
        note="We start from G and show that it is R; the pulls c are fixed below.",
    )
    account.claim(
        "look at one row of each source",
        "H is a mean over rows",
        _sum(lambda b: b.share * b.weight * _R * b.row * _G) + rest,
        Averages(Signs()),
        note=r"$H_b = w_bX_b'X_b/N$ and $P_b = xx'$ for one of the $p_bN$ rows x of source b.",
    )
    account.claim(
        "leave the rows out",
        "Sherman and Morrison",
        _sum(
            lambda b: b.share * b.weight * b.without_row * b.row * _G
            / (1 + b.weight * trace(b.row * b.without_row) / SIZE)
        ) + rest,
        algebra,
        note=r"$Q_b$ is the resolvent without the row, on which it does not depend.",
    )  # fmt: skip
    account.claim(
        "average over the rows",
        r"concentration of $x'Q_bx/N$",
        _sum(
            lambda b: b.share * b.weight * _R * b.covariance * _G
            / (1 + b.weight * trace(b.covariance * _R) / SIZE)
        ) + rest,
        asymptotic,
        note=r"x is independent of $Q_b$, and one row moves a trace by $O(1/N)$.",
    )  # fmt: skip
    account.claim(
        "name the pulls",
        r"$c_b = p_bw_b/(1 + w_b\mathrm{tr}(\Sigma_bR)/N)$",
        _sum(lambda b: b.pull * _R * b.covariance * _G) + rest,
        asymptotic,
        note="This is what c is; its fixed point is derived below.",
    )
    account.claim(
        "combine",
        r"$(c_a\Sigma_a + c_b\Sigma_b + \lambda\Gamma)G = I$",
        _R,
        algebra,
        note=r"Hence $R \simeq G$.",
    )
    for b in SOURCES:
        account.line(b.pull * (1 + b.weight * trace(b.covariance * _R) / SIZE)).claim(
            f"close the fixed point of source {b.label}",
            r"$R \simeq G$ under the trace",
            b.pull * (1 + b.weight * trace(b.covariance * _G) / SIZE),
            asymptotic,
            uses=("combine", "name the pulls"),
        )
        account.claim(
            f"state the fixed point of source {b.label}",
            r"$c_b(1 + w_bt_b) = p_bw_b$",
            b.share * b.weight,
            algebra,
            note=rf"$t_{b.label} = \mathrm{{tr}}(\Sigma_{b.label}G)/N$.",
        )


def _mean(account: Account) -> Any:
    """The mean of what is learned."""
    account.line(WEIGHTS).claim(
        "insert the estimator, for the mean",
        "normal equations",
        _sum(lambda b: _R * b.sample * b.labelled + _R * b.noise_vector),
        Equal(PooledRows()),
    )
    account.claim(
        "average the label noise, for the mean",
        "mean over the noise",
        _sum(lambda b: _R * b.sample * b.labelled),
        Averages(Signs()),
        note="The noise is centred.",
    )
    return account.claim(
        "average over the rows, for the mean",
        r"$RH_b \simeq c_bG\Sigma_b$",
        _sum(lambda b: b.pull * _G * b.covariance * b.labelled),
        _CLOSES,
        uses=("combine", "leave the rows out"),
        note="Every source pulls towards what labels it, by its own covariance.",
    )


def _noisy(metric: Any, vector: Any) -> Any:
    """A quadratic form of what is learned, in the mean over the noise."""
    return Quadratic(metric, sp.expand(vector)) + _sum(
        lambda b: b.noise * b.weight / SIZE * trace(metric * _R * b.sample * _R)
    )


def _second(account: Account, mean: Any) -> Any:
    """The test errors, and a quadratic form of what is learned."""
    fitted = _sum(lambda b: _R * b.sample * b.labelled)
    for a in SOURCES:
        account.line(a.noise + _noisy(a.covariance, fitted - a.labelled)).claim(
            f"leave a row of source {a.label} out",
            "the residual of a row that the fit has not seen",
            a.noise + Quadratic(a.covariance, sp.expand(mean - a.labelled)) + _fluctuation(a.covariance),
            _CLOSES,
            uses=("combine", "average over the rows, for the mean"),
            note=r"A row x of source b moves the fit by $(c_b/p_bN)\,Gx$ times its residual, whose variance "
            r"$\tau_b^2$ is the error of the fit without it on a fresh row.",
        )
        account.claim(
            f"solve for the test error of source {a.label}",
            "as many linear equations as sources",
            a.error,
            Equal(PooledRows()),
            note="Their matrix is that of Newton's method for the pulls, transposed.",
        )
    account.line(Quadratic(METRIC, WEIGHTS)).claim(
        "average the label noise",
        "mean over the noise",
        _noisy(METRIC, fitted),
        Averages(Signs()),
        note=r"$z_b$ is centred with covariance $w_b\sigma_b^2H_b/N$ given the rows.",
    )
    return account.claim(
        "integrate the rows out",
        "what every row moves",
        Quadratic(METRIC, mean) + _fluctuation(METRIC),
        _CLOSES,
        uses=tuple(f"solve for the test error of source {b.label}" for b in SOURCES),
        note="The moves of different rows are uncorrelated: their variances add up.",
    )


def derivation() -> Derivation:
    """Derive the shape, the mean, and a quadratic form in any symmetric matrix A."""
    account = Account()
    _shape(account)
    mean = _mean(account)
    result = _second(account, mean)
    return Derivation(
        name="pooled_map",
        title="Ridge on rows of two sources as a map of Gaussian equivalents",
        statement=r"Rows of two sources, shares $p_b$, weights $w_b$, labelled by functions $f_b$, give "
        r"ridge weights of mean $G(c_a\Sigma_af_a + c_b\Sigma_bf_b)$ and covariance "
        r"$\sum_b (c_b^2/p_bN)\,\tau_b^2\,G\Sigma_bG$, "
        r"$G = (c_a\Sigma_a + c_b\Sigma_b + \lambda\Gamma)^{-1}$, "
        r"$c_b(1 + w_b\mathrm{tr}(\Sigma_bG)/N) = p_bw_b$, and $\tau_b^2$ the test error of the fit on "
        r"fresh rows of source b.",
        assumptions=(
            r"Gaussian rows, of covariance $\Sigma_b$ in source b, independent between sources; $\Gamma$ "
            "positive definite; they need not commute.",
            r"The labels of source b are those of a linear function $f_b$ independent of the rows, plus "
            r"centred noise of variance $\sigma_b^2$; $\lambda > 0$.",
        ),
        sources=(
            "Jain, Montanari, Sasoglu, arXiv:2402.04376 (surrogate data).",
            "Dohmatob, Feng, Kempe, arXiv:2402.07712; arXiv:2410.04840 (real and synthetic rows mixed).",
        ),
        steps=tuple(account.steps),
        result=result,
        forms={"mean": mean, "second moment in the metric A": result},
        notation=(
            ("N, p_b, w_b", "number of all rows; share and weight in the loss of those of source b"),
            ("H_b", "$w_bX_b'X_b/N$"),
            ("R", r"resolvent $(H_a + H_b + \lambda\Gamma)^{-1}$"),
            ("G", r"$(c_a\Sigma_a + c_b\Sigma_b + \lambda\Gamma)^{-1}$"),
            ("P_b, Q_b", "$xx'$ for one row x of source b; the resolvent without it"),
            (r"f_b, z_b", "what labels the rows of source b; $w_bX_b'e_b/N$, e their noise"),
            (r"\beta", "the learned weights"),
            ("c_b", "pull of source b, what its rows count for"),
            (r"\tau_b^2", "test error of the fit on fresh rows of source b, noise included"),
            ("A", "any symmetric matrix: the map is read off as what it multiplies"),
        ),
    )
