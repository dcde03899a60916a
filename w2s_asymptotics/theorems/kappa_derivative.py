r"""How the effective regularisation moves with the penalty.

Proved here, from the fixed point of ``one_point``, by differentiating in kappa.
"""

from __future__ import annotations

import sympy as sp

from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.models.rows import Path, Rows
from w2s_asymptotics.proof.tactics import Equal, Slope
from w2s_asymptotics.words.words import Stage, differentiate_equivalent, trace

__all__ = ["derivation"]


def derivation() -> Derivation:
    """Derive d lam/d kappa = 1 - df2/n."""
    stage = Stage("t", noisy=False)
    shape, covariance, penalty, k, n = (
        stage.equivalent,
        stage.covariance,
        stage.penalty,
        stage.kappa,
        stage.samples,
    )
    penalty_of = k - k * trace(covariance * shape) / n
    slope = (
        sp.diff(k, k) * (1 - trace(covariance * shape) / n)
        - k * trace(covariance * differentiate_equivalent(stage, penalty)) / n
    )
    algebra = Equal(Rows(stage))
    account = Account()
    account.line(penalty_of).claim(
        "differentiate the fixed point",
        "derivative in kappa",
        sp.expand(slope),
        Slope(Path(stage, moved={k: sp.S.One})),
        uses=("one_point",),
        note=r"The fixed point gives $\lambda$ as a function of $\kappa$; $dG/d\kappa = -G\Gamma G$.",
    )
    combined = account.claim(
        "combine the resolvents",
        r"$\kappa G\Gamma G = G - G\Sigma G$",
        1 - trace(covariance * shape * covariance * shape) / n,
        algebra,
        note=r"What is left is $1 - \mathrm{df}_2/n$, in $(0, 1]$ because "
        r"$\mathrm{df}_2 \leq \mathrm{df}_1 < n$.",
    )
    account.claim("name it", r"definition of $\delta$", stage.delta, algebra)
    return Derivation(
        name="kappa_derivative",
        title="How the effective regularisation moves with the penalty",
        statement=r"The derivative of $\lambda = \kappa(1 - \mathrm{df}_1/n)$ in $\kappa$ is "
        r"$\delta = 1 - \mathrm{df}_2/n$, "
        r"so that $d\kappa/d\lambda = 1/\delta$.",
        assumptions=(
            r"$\Sigma$ positive semidefinite and $\Gamma$ positive definite, not necessarily commuting.",
            r"$\lambda > 0$.",
        ),
        sources=("Simon, Dickens, Karkada, DeWeese, arXiv:2110.03922 (effective regularisation).",),
        steps=tuple(account.steps),
        result=stage.delta,
        forms={"kappa": combined},
        notation=(
            (r"\kappa_t", r"effective regularisation: $\kappa(1 - \mathrm{df}_1/n) = \lambda$"),
            ("G_t", r"$(\Sigma + \kappa\Gamma)^{-1}$"),
            (r"\delta_t", r"$1 - \mathrm{df}_2/n$, $\mathrm{df}_2 = \mathrm{tr}(\Sigma G\Sigma G)$"),
        ),
        uses=("one_point",),
    )
