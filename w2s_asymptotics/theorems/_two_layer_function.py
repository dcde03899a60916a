r"""What of a two-layer learner's labels is not linear: mean square and noise; and its excess risk."""

from __future__ import annotations

from typing import Any

import sympy as sp

from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import Identity
from w2s_asymptotics.proof.models.gaussian import Moments
from w2s_asymptotics.proof.tactics import Equal
from w2s_asymptotics.theorems._two_layer import (
    C,
    M,
    along,
    aside,
    bias,
    c,
    c_easy,
    c_hard,
    easy_energy,
    hard_energy,
    k,
    l_hard,
    l_labels,
    l_own,
    noise,
    over,
    path,
    q,
    rho,
    top,
    w,
    z,
)
from w2s_asymptotics.words.gaussian import He, Mean

__all__ = ["POWERS", "nonlinear", "risk"]

_b, _side, _h = sp.symbols("x_b x_perp x_h", real=True)
_x_v, _x_l, _bare, _x_m, _x_new = sp.symbols("x_v x_l nu x_{l'} x_{v'}", real=True)
POWERS = tuple({k: degree} for degree in range(1, 7))

_DEGREES = tuple(
    {l_labels: t, l_own: own, l_hard: h, top: 4} for t, own, h in ((1, 1, 2), (3, 2, 3), (4, 4, 4))
)


def _function(degree: Any) -> Any:
    """The labelling function, in Gaussian variables."""
    easy = over(c_easy[k] * path**k * He(k, _x_v), 2, degree)
    hard = over(z[k] * c_hard[k] * He(k, _h), 2, top)
    return _x_l + easy + hard + sp.sqrt(w) * _bare


def nonlinear(account: Account) -> dict[str, Any]:
    """What is not linear in the covariates: the labels' mean square, their noise, the fidelity."""
    independent = (_b, _side, _h, _bare)
    means = Equal(Moments(independent, {_x_v: _b, _x_l: along * _b + sp.sqrt(aside) * _side}, at=_DEGREES))
    carried = over(easy_energy() * path ** (2 * k), 2, l_labels)
    hard = over(hard_energy() * z[k] ** 2, 2, top)
    square = account.line(Mean(_function(l_labels) ** 2) + noise).claim(
        "mean square of the labels",
        "Hermite polynomials are orthogonal",
        along**2 + aside + carried + hard + w + noise,
        means,
        uses=("unpenalised_features",),
        note=r"$x_v = \langle v, x\rangle$ and so on; $\ell^2 + A = \Lambda$. This is $E$.",
    )
    account.line(Mean(c_easy[k] * path**k * He(k, _x_v) * He(k, _x_new)) / sp.factorial(k)).claim(
        "path",
        "Hermite polynomials of two directions",
        c_easy[k] * (path * q) ** k,
        Equal(Moments((_b, _side), {_x_v: _b, _x_new: q * _b + sp.sqrt(1 - q**2) * _side}, at=POWERS)),
        uses=("unpenalised_features", "turn"),
        note=r"The coefficient of $\mathrm{He}_k(\langle v', x\rangle)$ in the labels: $p' = pq$.",
    )
    kept_again = over(easy_energy() * path ** (2 * k) * q ** (2 * k), 2, sp.Min(l_labels, l_own))
    kept_hard = over(hard_energy() * z[k] ** 2, 2, l_hard)
    unexplained = account.line(square - along**2 - aside - kept_again - kept_hard).claim(
        "label noise of the bulk",
        "subtract what the features express",
        noise
        + w
        + over(easy_energy() * path ** (2 * k) * (1 - q ** (2 * k)), 2, sp.Min(l_labels, l_own))
        + over(easy_energy() * path ** (2 * k), sp.Min(l_labels, l_own) + 1, l_labels)
        + over(hard_energy() * z[k] ** 2, l_hard + 1, top),
        Identity(at=_DEGREES),
        uses=("mean square of the labels", "path"),
        note=r"This is $s^2$.",
    )
    return {"power": square, "label_noise": unexplained}


def risk(account: Account) -> dict[str, Any]:
    """The distance of a function from the truth."""
    captured = over(c_easy[k] * path**k * He(k, _x_v), 2, l_own)
    learned = _x_m + captured + over(z[k] * c_hard[k] * He(k, _h), 2, l_hard) + sp.sqrt(w) * _bare
    truth = c * _b + over(c_easy[k] * He(k, _b), 2, top) + over(c_hard[k] * He(k, _h), 2, top)
    means = Equal(
        Moments(
            (_b, _side, _h, _bare),
            {_x_v: rho * _b + sp.sqrt(1 - rho**2) * _side, _x_m: c * M * _b + sp.sqrt(C) * _side},
            at=_DEGREES,
            given={bias: 1 - M},
        )
    )
    error = 1 - 2 * (path * rho) ** k + path ** (2 * k)
    beyond = over(easy_energy(), l_own + 1, top)
    hard = over(hard_energy() * (1 - z[k]) ** 2, 2, l_hard) + over(hard_energy(), l_hard + 1, top)
    distance = account.line(Mean((learned - truth) ** 2)).claim(
        "excess risk",
        "Hermite polynomials are orthogonal",
        c**2 * bias**2 + C + w + over(easy_energy() * error, 2, l_own) + beyond + hard,
        means,
        uses=("unpenalised_features",),
        note=r"$x_b = \langle b_e, x\rangle$, $x_v = \langle v, x\rangle$ with $v$ at the overlap $\rho$.",
    )
    positive = over(easy_energy() * ((1 - rho ** (2 * k)) + (rho**k - path**k) ** 2), 2, l_own)
    account.claim(
        "excess risk in positive terms",
        "complete the square, degree by degree",
        c**2 * bias**2 + C + w + positive + beyond + hard,
        Identity(at=_DEGREES),
    )
    return {"risk": account.last, "plain risk": distance}
