r"""What a convex loss learns is what ridge learns, with three numbers of its own.

The potential is imported. That its stationary point is a ridge map, that the squared loss gives ridge itself,
how chains compose and what a large or a vanishing penalty leaves follow from it by Stein's lemma and algebra.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import Identity, LimitOf, Solves
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.models.losses import (
    ALONG,
    BY_H,
    BY_Z,
    CHI,
    ENVELOPE,
    FIRST,
    PULL,
    RHO,
    SECOND,
    SPREAD,
    Losses,
)
from w2s_asymptotics.proof.tactics import Equal
from w2s_asymptotics.theorems import from_
from w2s_asymptotics.words.gaussian import Mean

__all__ = ["derivation"]

_gamma, _lam, _kappa, _noise = symbol("gamma"), symbol("lam"), symbol("kappa"), symbol("noise")
_V, _m, _q, _tau2 = sp.symbols("V m q tau^2", positive=True)
_active, _rate = sp.symbols("v c", positive=True)
_named = {_V: -Mean(BY_H), _m: Mean(BY_Z), _q: Mean(PULL**2)}
_penalty = _lam * (ALONG**2 + SPREAD**2) / 2 - _gamma * SPREAD**2 / (2 * CHI)


def _slopes(account: Account) -> None:
    """The slopes of the potential in its three unknowns."""
    in_model = Equal(Losses())
    averages = {mean: name for name, mean in _named.items()} | {Mean(BY_H): -_V}
    by_parts = {
        ALONG: (-Mean(PULL * FIRST), -RHO * Mean(BY_Z) - ALONG * Mean(BY_H)),
        SPREAD: (-Mean(PULL * SECOND), -SPREAD * Mean(BY_H)),
        CHI: (-Mean(PULL**2) / 2, None),
    }
    for variable, (envelope, stein) in by_parts.items():
        account.line(sp.Derivative(Mean(ENVELOPE), variable)).claim(
            f"slope in {variable}",
            r"envelope theorem: $dM = -g\,dh - \frac{1}{2} g^2\,d\chi$",
            envelope,
            in_model,
        )
        if stein is not None:
            account.claim(f"Stein's lemma in {variable}", "integrate by parts", stein, in_model)
        slope = account.last
        account.line(slope + sp.diff(_penalty, variable)).claim(
            f"whole slope in {variable}",
            r"$V = -\mathbb{E} g_h$, $m = \mathbb{E} g_z$, $q = \mathbb{E} g^2$",
            slope.xreplace(averages) + sp.diff(_penalty, variable),
            Identity(_named),
            uses=(account.steps[-1].name,),
            note="The slope of the whole potential, the averages named.",
        )


def _fixed_point(account: Account) -> None:
    """Where the three slopes vanish, and the same in the terms of ridge."""
    at_kappa = {_lam: _kappa * _V, _q: _tau2 * _V**2}
    account.line(sp.Eq(account["whole slope in a"], 0)).claim(
        "overlap", "solve for a", sp.Eq(ALONG, _m * RHO / (_lam + _V)), Solves(), takes=("whole slope in a",)
    )
    account.line(sp.Eq(sp.expand(account["whole slope in s"] / SPREAD), 0)).claim(
        "step", r"divide by s, solve for $\chi$", sp.Eq(CHI, _gamma / (_lam + _V)), Solves(),
        uses=("whole slope in s",),
    )  # fmt: skip
    account.line(sp.Eq(account["whole slope in chi"], 0)).claim(
        "pull", "solve for q", sp.Eq(_q, _gamma * SPREAD**2 / CHI**2), Solves(), takes=("whole slope in chi",)
    )
    account.line(account["overlap"].rhs).claim(
        "kept", r"$\lambda = \kappa V$", _m / _V * RHO / (1 + _kappa), Identity(at_kappa), uses=("overlap",),
        note=r"Ridge keeps $1/(1 + \kappa)$ of $\rho$, this learner $m/V$ times as much.",
    )  # fmt: skip
    account.line(_q * account["step"].rhs ** 2 / _gamma).claim(
        "added", r"$\lambda = \kappa V$, $\tau^2 = q/V^2$", _gamma * _tau2 / (1 + _kappa) ** 2,
        Identity(at_kappa), uses=("pull", "step"),
        note=r"$s^2 = \chi^2 q/\gamma$: what ridge adds, with a $\tau^2$ of its own.",
    )  # fmt: skip


def _squared(account: Account) -> None:
    """The squared loss, `p = (h + chi y)/(1 + chi)`: V = m = 1/(1 + chi), and the risk of ridge."""
    stiffness = 1 / (1 + CHI)
    step = account.line(account["step"].subs({_lam: _kappa * _V}).subs(_V, stiffness)).claim(
        "squared loss: its step", r"$V = 1/(1 + \chi)$", sp.Eq(CHI, _gamma / (1 + _kappa - _gamma)), Solves(),
        uses=("step",), note=r"$p = (h + \chi y)/(1 + \chi)$: $V = m = 1/(1 + \chi)$.",
    )  # fmt: skip
    ridge = {symbol(name, "t"): symbol(name) for name in ("gamma", "kappa", "noise")}
    account.line(_kappa * stiffness).claim(
        "squared loss: its penalty", r"$\lambda = \kappa V$",
        from_("marchenko_pastur", "enter the isotropic world").subs(ridge), Identity({CHI: step.rhs}),
        uses=("squared loss: its step", "marchenko_pastur"), note=r"The effective regularisation of ridge.",
    )  # fmt: skip
    kept, added = account["kept"].subs(_m, _V), account["added"]
    residual = account.line(sp.Eq(_tau2, (RHO - kept) ** 2 + added + _noise)).claim(
        "squared loss: its noise", r"solve for $\tau^2 = \mathbb{E}(y - h)^2$",
        sp.Eq(_tau2, (RHO**2 * _kappa**2 + _noise * (1 + _kappa) ** 2) / ((1 + _kappa) ** 2 - _gamma)),
        Solves(),
        uses=("kept",), takes=("added",), note=r"$m/V = 1$ and $q = V^2\,\mathbb{E}(y - h)^2$.",
    )  # fmt: skip
    risk = from_("teacher_risk", "kappa").subs(ridge).subs(symbol("signal"), RHO**2)
    account.line((RHO - kept) ** 2 + added).claim(
        "squared loss: its risk", "the risk of a ridge teacher", risk, Identity({_tau2: residual.rhs}),
        uses=("squared loss: its noise", "teacher_risk"), note=r"The signal is $\rho^2$.", takes=("added",),
    )  # fmt: skip


def _chain(account: Account) -> None:
    """A student's coefficients are `(a_s/rho_s) beta_t` and noise, `rho_s` the norm of its teacher's."""
    a, s = ({stage: sp.Symbol(f"{name}_{stage}", positive=True) for stage in "ts"} for name in "as")
    norms = {stage: sp.sqrt(a[stage] ** 2 + s[stage] ** 2) for stage in "ts"}
    account.line(a["s"] / norms["t"] * a["t"] / norms["s"]).claim(
        "compose", r"$\beta_s = (a_s/\lVert\beta_t\rVert)\,\beta_t + s_s u$",
        (a["s"] / norms["s"]) * (a["t"] / norms["t"]), Identity(), uses=("overlap",),
        note="The cosine of a student to the truth: its cosine to its teacher times the teacher's.",
    )  # fmt: skip


def _limits(account: Account) -> None:
    """A large penalty, and none where all labels can be met."""
    at = ({_V: sp.Rational(1, 4), _m: sp.Rational(2, 5), _q: sp.Rational(1, 4), RHO: 2, _gamma: 3},)
    account.line(_lam * account["overlap"].rhs).claim(
        "large penalty: overlap", r"$\lambda \to \infty$", RHO * _m, LimitOf(_lam, sp.oo, at),
        uses=("overlap",),
        note=r"$h \to 0$ and $V, m, q$ tend to averages at 0: $\lambda\beta = \frac{1}{n}\sum_i g_i x_i$, "
        "the averaging classifier.",
    )  # fmt: skip
    account.line(_lam**2 * _q * account["step"].rhs ** 2 / _gamma).claim(
        "large penalty: noise",
        r"$\lambda \to \infty$",
        _gamma * _q,
        LimitOf(_lam, sp.oo, at),
        uses=("pull", "step"),
    )
    vanishing = {_lam: _rate / CHI, _V: _active / CHI}
    account.line(account["step"].subs(vanishing)).claim(
        "vanishing penalty", r"$\lambda\chi \to c$, $V\chi \to v$", sp.Eq(_rate, _gamma - _active), Solves(),
        uses=("step",),
        note=r"Where every label can be met $\chi \to \infty$, and v is the share of rows on the margin. At "
        r"the separability threshold $v = \gamma$ and $c = 0$; beyond it the hard margin is learned.",
    )  # fmt: skip
    account.line(account["pull"].subs(_q, _q / CHI**2)).claim(
        "hard margin", r"$q \chi^2 \to \mathbb{E}\max(1 - yh, 0)^2$", sp.Eq(SPREAD**2, _q / _gamma), Solves(),
        uses=("pull",), note=r"Here q is the limit of $\chi^2\,\mathbb{E} g^2$.",
    )  # fmt: skip


@cache
def derivation() -> Derivation:
    """Derive the map of a convex loss from its scalar potential."""
    account = Account()
    for part in (_slopes, _fixed_point, _squared, _chain, _limits):
        part(account)
    result = account.line(account["step"].subs(_lam, _kappa * _V)).claim(
        "the map", r"$\lambda = \kappa V$", sp.Eq(CHI, _gamma / (_V * (1 + _kappa))), Solves(), uses=("step",)
    )
    return Derivation(
        name="convex_map",
        title="A convex loss as a ridge map",
        statement=r"A learner of a convex loss keeps $(m/V)/(1 + \kappa)$ of the function that its labels "
        r"follow and adds noise of energy $\gamma\tau^2/(1 + \kappa)^2$, as ridge does, with "
        r"$\kappa = \lambda/V$, "
        r"$\tau^2 = q/V^2$ and the multiplier $m/V$.",
        assumptions=(
            r"Gaussian rows, $\Sigma = \Gamma = I$; $d, n \to \infty$ with $d/n \to \gamma$. "
            "On a spectrum the same holds direction by direction.",
            r"Labels depend on the rows through $z = \langle x, \theta\rangle$, $\lVert\theta\rVert = \rho$.",
            r"Imported, the convex Gaussian min-max theorem (Thrampoulidis, Abbasi and Hassibi 2018, Theorem "
            r"1; Loureiro and others 2021, Theorem 1, for general covariance): a, s and $\chi$ concentrate "
            r"at the saddle point of $\mathbb{E} M + \frac{\lambda}{2}(a^2 + s^2) - \gamma s^2/(2\chi)$.",
        ),
        sources=(
            "Thrampoulidis, Abbasi, Hassibi 2018, doi:10.1109/TIT.2018.2840720.",
            "Loureiro and others 2021, arXiv:2102.08127.",
            "Candes and Sur 2020, arXiv:1804.09753 (separability).",
        ),
        steps=tuple(account.steps),
        result=result,
        forms={"overlap": account["kept"], "noise": account["added"], "step": result},
        notation=(
            (r"a, s", r"the learned coefficients along $\theta/\rho$, and the norm of the rest"),
            (r"h, Z_1, Z_2", r"$h = a Z_1 + s Z_2$, a prediction made without the row; $z = \rho Z_1$"),
            ("M", r"$\min_p (p - h)^2/(2\chi) + \ell(y, p)$, attained at the proximal step p"),
            ("g", r"$(p - h)/\chi$, the pull of the label; $g_h$, $g_z$ its derivatives"),
            ("V, m, q", r"$-\mathbb{E} g_h$, $\mathbb{E} g_z$, $\mathbb{E} g^2$"),
            (r"\chi", r"$\gamma/(\lambda + V)$, the length of the proximal step"),
            (r"\kappa", r"$\lambda/V$"),
            (r"c, v", r"the limits of $\lambda\chi$ and $V\chi$"),
        ),
        uses=("marchenko_pastur", "teacher_risk"),
    )
