r"""Two ridge fits that share some of their rows: how what they learn is correlated.

Only the shared rows, o of them, correlate the fits: each moves both, by its residual in either. With all rows
shared it is ``two_penalties``, and one fit with itself ``ridge_map``. A committee is a sum over pairs.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.models.shared import SharedRows, SharedSigns
from w2s_asymptotics.proof.tactics import Averages, Closes, Equal
from w2s_asymptotics.words.inner import Inner
from w2s_asymptotics.words.shared import (
    COVARIANCE,
    FITS,
    LABELS,
    METRIC,
    NOISE,
    OVERLAP,
    PENALTY,
    SHARED,
    TOGETHER,
)
from w2s_asymptotics.words.words import trace

__all__ = ["derivation"]

_first, _last = FITS
_CLOSES = Closes(SharedRows(), dims=(12, 24, 48))


def _fitted(fit: Any) -> Any:
    return fit.resolvent * fit.sample_covariance * LABELS


def _noisy(metric: Any, left: Any, right: Any) -> Any:
    """A form of both fits in the mean over the noise."""
    spread = trace(metric * _last.resolvent * SHARED * _first.resolvent)
    return Inner(metric, left, right) + NOISE * OVERLAP * spread


def _common(metric: Any) -> Any:
    """What shared rows add to it."""
    return OVERLAP * TOGETHER * trace(metric * _last.equivalent * COVARIANCE * _first.equivalent)


def derivation() -> Derivation:
    """Derive the mean product of the residuals at a shared row, and a form in any symmetric matrix A."""
    account = Account()
    missed = [fit.kappa * fit.equivalent * PENALTY * LABELS for fit in FITS]
    learned = [fit.equivalent * COVARIANCE * LABELS for fit in FITS]
    errors = [_fitted(fit) - LABELS for fit in FITS]
    alone = NOISE + Inner(COVARIANCE, *missed)
    account.line(NOISE + _noisy(COVARIANCE, *errors)).claim(
        "leave a shared row out of both",
        "residuals of a row that neither fit has seen",
        alone + _common(COVARIANCE),
        _CLOSES,
        uses=("one_point",),
        note=r"A row x of $n$ moves a fit by $Gx/n$ times its residual; rows of one fit alone move it "
        r"independently of the other. $\tau_{ts}^2$ is the mean product of both residuals of a fresh row.",
    )
    account.claim(
        "solve for the product of the residuals",
        "linear equation",
        TOGETHER,
        Equal(SharedRows()),
        note=r"$\tau_{ts}^2(1 - r\,\mathrm{tr}(\Sigma G_t\Sigma G_s)) = \sigma^2 + f'K_t'\Sigma K_sf$.",
    )
    product = alone / (1 - OVERLAP * trace(COVARIANCE * _first.equivalent * COVARIANCE * _last.equivalent))
    account.line(TOGETHER).claim(
        "state the product of the residuals",
        "the same",
        product,
        Equal(SharedRows()),
    )
    account.line(Inner(METRIC, _first.weights, _last.weights)).claim(
        "insert the estimators",
        "normal equations",
        Inner(METRIC, *(sp.expand(_fitted(fit) + fit.resolvent * fit.noise_vector) for fit in FITS)),
        Equal(SharedRows()),
    )
    account.claim(
        "average the label noise",
        "mean over the noise",
        _noisy(METRIC, *map(_fitted, FITS)),
        Averages(SharedSigns()),
        note=r"Given the rows, $z_t$ and $z_s$ have the cross covariance $\sigma^2 "
        r"r\hat\Sigma$, $\hat\Sigma$ of "
        "the shared rows.",
    )
    result = account.claim(
        "integrate the rows out",
        "what every shared row moves",
        Inner(METRIC, *learned) + _common(METRIC),
        _CLOSES,
        uses=("one_point", "state the product of the residuals"),
        note="The means of two fits do not know of one another; shared rows add up.",
    )
    return Derivation(
        name="shared_rows",
        title="Two fits that share some of their rows",
        statement=r"Two ridge fits to labels of one function f, of $n_t$ and $n_s$ rows, $o$ "
        r"of them shared, have "
        r"means $S_tf$, $S_sf$ and the cross covariance $r\,\tau_{ts}^2\,G_t\Sigma G_s$, $r = o/(n_tn_s)$, "
        r"$\tau_{ts}^2 = (\sigma^2 + f'K_t'\Sigma K_sf)/(1 - r\,\mathrm{tr}(\Sigma G_t\Sigma G_s))$.",
        assumptions=(
            r"Gaussian rows with covariance $\Sigma$, independent but for those that are shared; $\Gamma$ "
            "positive definite, the same for both; they need not commute.",
            r"Labels of a linear function independent of the rows, and centred noise of "
            r"variance $\sigma^2$, the "
            r"same where a row is; $\lambda_t, \lambda_s > 0$.",
        ),
        sources=(
            "LeJeune, Javadi, Baraniuk, arXiv:1910.04743; Patil, Du, Kuchibhotla, arXiv:2210.11445 "
            "(ensembles of ridge fits).",
        ),
        steps=tuple(account.steps),
        result=result,
        forms={"second moment in the metric A": result, "product of the residuals": product},
        notation=(
            (r"\hat\Sigma_t, \hat\Sigma_s, \hat\Sigma", "samples of either fit, and of the rows they share"),
            ("r", "$o/(n_tn_s)$, o the number of shared rows"),
            ("R_t, R_s", r"resolvents $(\hat\Sigma_t + \lambda_t\Gamma)^{-1}$"),
            ("G_t, G_s", r"$(\Sigma + \kappa\Gamma)^{-1}$, each with the $\kappa$ of its fit"),
            (r"f, z_t, z_s", "what labels the rows; $X'e/n$ of either fit, e the noise"),
            (r"\beta_t, \beta_s", "the learned weights"),
            (r"\tau_{ts}^2", "mean product of the residuals of both fits at a fresh row"),
            ("A", "any symmetric matrix"),
        ),
        uses=("one_point",),
    )
