"""What the quantities of the one table mean, with formulas between dollars, as documents print it."""

from __future__ import annotations

from w2s_asymptotics.notation import QUANTITIES

__all__ = ["meaning"]

_RIDGE = r"$\frac{1}{n}\|y - Xb\|^2 + \lambda\, b'\Gamma b$"
_SAID = {
    "gamma": "aspect ratio $d/n$ of dimension to samples",
    "lam": f"ridge penalty, objective {_RIDGE}",
    "samples": "number $n$ of training rows, instead of $\\gamma = d/n$",
    "penalty": rf"weights $\Gamma$ of the penalty, objective {_RIDGE}",
    "features": "features $A x$ of the covariates $x$ that a learner sees",
    "covariance": r"covariance $\Sigma$ of a stage's covariates",
    "signal": r"energy of the target $\beta_*$, $\|\beta_*\|^2$",
    "eigenvalues": r"eigenvalues of the population covariance $\Sigma$",
    "weights": "share of the $d$ dimensions on each atom, summing to 1",
    "alpha": r"capacity exponent, eigenvalues $s_i = i^{-\alpha}$",
    "source": "source exponent, signal energies proportional to $i^{-a}$",
    "width": "features per dimension, $p/d$",
    "tail": r"energy per dimension of the features' nonlinear part, $\mu_*^2$",
    "coefficients": r"Hermite coefficients of a link, $s = \sum_k c_k \mathrm{He}_k$",
    "gamma_step": "$d/n$ of the rows of the gradient step; 0 is infinitely many rows, infinity none",
    "gamma_probe": "$d/n$ of the rows with true labels that the head is fitted to",
    "step_exponent": r"exponent of the step size $n^\alpha$, $0 < \alpha < 1/2$",
    "time": r"time at which gradient flow $d\beta/dt = X'(y - X\beta)/n$ is stopped",
    "components": "principal components kept, over the dimension, $k/d$",
    "kappa": r"effective regularisation, $\kappa(1 - \mathrm{df}_1/n) = \lambda$",
    "omega": r"$1 - \mathrm{df}_1/n = \lambda/\kappa$",
    "delta": r"$1 - \mathrm{df}_2/n = d\lambda/d\kappa$",
    "m": r"Marchenko-Pastur resolvent $m(-\lambda)$",
    "m_prime": r"derivative of the resolvent $m(z)$ at $z = -\lambda$",
}
"""The meanings that have formulas in them, typeset."""


def meaning(name: str) -> str:
    r"""Return what a quantity means, its formulas between dollars.

    >>> meaning("samples"), meaning("noise")
    ('number $n$ of training rows, instead of $\\gamma = d/n$', 'variance of the label noise')
    """
    return _SAID.get(name, QUANTITIES[name].meaning)
