r"""What an optimally tuned teacher is in balance with.

At the best penalty of the teacher a student with ``Gamma_s = A`` neither gains nor loses at first order:
where the matrices commute, A is the teacher's weights times what it keeps, ``g_{t,i} S_i``. In the isotropic
world A is a multiple of I, and no student with equal weights can win: case (a) of ``compensation``. Where
Sigma is not, ``Gamma_s = I`` differs from A in the directions of small variance, and a student with equal
weights can improve on the best teacher with equal weights.

The teacher's risk in words is differentiated in kappa with ``ddelta/dkappa = 2 tr(Sigma G Sigma G Gamma
G)/n``; then ``I - kappa Gamma G = Sigma G``.
"""

from __future__ import annotations

import sympy as sp

from w2s_asymptotics.chains.ridge import stage_steps
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.models.rows import Labels, Path, Rows
from w2s_asymptotics.proof.tactics import Equal, Slope
from w2s_asymptotics.theorems import registered
from w2s_asymptotics.theorems.alignment import STUDENT, TEACHER
from w2s_asymptotics.words.inner import inner
from w2s_asymptotics.words.words import BETA, Quadratic, letter, trace

__all__ = ["derivation"]

_k, _G, _Sigma, _Gamma = TEACHER.kappa, TEACHER.equivalent, TEACHER.covariance, TEACHER.penalty
_delta, _n = TEACHER.delta, TEACHER.samples


def derivation() -> Derivation:
    """Derive the slope of the teacher's risk as an inner product of the criterion."""
    labels = Labels(BETA)
    algebra = Equal(Rows(TEACHER, labels))
    test = letter("Sigma")
    account = Account()
    account.extend(stage_steps(Quadratic(test, TEACHER.error), TEACHER, labels, sp.S.Zero, starts=True))
    learned, risk = account.steps[-1].name, account.last.subs(test, _Sigma)
    missed = _G * _Gamma * BETA
    residual = TEACHER.noise + _k**2 * Quadratic(_Sigma, missed)
    short = residual / _delta - TEACHER.noise
    account.line(risk).claim(
        "the risk is what the residual energy exceeds the noise by",
        r"$\mathrm{tr}(\Sigma G\Sigma G)/n = 1 - \delta$",
        short,
        algebra,
        uses=(learned,),
        note=r"Tested on covariates like its own, $E_t = \tau^2 - \sigma^2$.",
    )
    kept = _G * _Sigma * missed
    slope = 2 * _k * inner(_Sigma, missed, kept) / _delta - 2 * residual * trace(
        _Sigma * _G * _Sigma * _G * _Gamma * _G
    ) / (_n * _delta**2)
    account.claim(
        "differentiate",
        r"$dG/d\kappa = -G\Gamma G$ and $I - \kappa G\Gamma = G\Sigma$",
        slope,
        Slope(Path(TEACHER, moved={TEACHER.kappa: sp.S.One})),
        note=r"With $d\delta/d\kappa = 2\,\mathrm{tr}(\Sigma G\Sigma G\Gamma G)/n$.",
    )
    own = _Gamma * _G * _Sigma
    words = registered("alignment").forms["in words"].subs(STUDENT.penalty, own)
    recognised = sp.expand(-2 * words / _delta)
    account.claim(
        "recognise the criterion",
        r"$\Gamma G\Sigma = \Sigma G\Gamma$",
        recognised,
        algebra,
        uses=("alignment",),
        note=r"The inner product of the alignment criterion with $\Gamma_s = \Gamma G\Sigma$. At the "
        r"teacher's "
        "best penalty it vanishes.",
    )
    return Derivation(
        name="teacher_balance",
        title="What a tuned teacher is in balance with",
        statement=r"The slope of a ridge teacher's risk is $dE_t/d\kappa_t = -\frac{2}{\delta_t}E\langle "
        r"A\beta_t, "
        r"\beta_t - \beta_*\rangle$ with $A = \Gamma G\Sigma = (\Gamma^{-1} + \kappa\Sigma^{-1})^{-1}$: "
        r"at its best "
        r"penalty the teacher is in balance against the penalty $A$, not against its own.",
        assumptions=(
            r"$\Sigma$ and $\Gamma$ positive definite; they need not commute. Test covariates as in "
            r"training.",
            r"$\lambda_t > 0$; $d, n \to \infty$ in proportion.",
        ),
        sources=("This derivation; the setting is that of Moniri, Hassani, arXiv:2505.18346.",),
        steps=tuple(account.steps),
        result=recognised,
        forms={"slope of the teacher's risk": slope, "as the criterion": recognised},
        notation=(
            (r"\kappa_t", "effective regularisation"),
            ("G_t", r"$(\Sigma + \kappa\Gamma)^{-1}$"),
            (r"\delta_t", r"$1 - \mathrm{df}_2/n = d\lambda/d\kappa$"),
        ),
        uses=("one_point", "two_point", "alignment"),
    )
