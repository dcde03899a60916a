r"""Ridge on random features where Sigma = I: one scalar equation, and the linear response of the bulk.

The map of ``random_features_map`` on one atom, where the resolvent of the weights is explicit: ``t = nu
(psi - S)`` and ``t m = 1 - S = nu/(1 + nu)``, whose elimination of nu leaves a quadratic.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import DerivativeOf, Identity, LimitOf, SameSign, Solves
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.domain import positive, within
from w2s_asymptotics.proof.models.spectra import OneAtom
from w2s_asymptotics.proof.tactics import Equal
from w2s_asymptotics.theorems import random_features_map as learner
from w2s_asymptotics.theorems._isotropic import inserted
from w2s_asymptotics.theorems._two_layer import a1, a2, label_noise, v_b, w_b, w_s
from w2s_asymptotics.words.spectrum import ENERGY, METRIC

__all__ = ["IN_NU", "SCALARS", "derivation"]

_psi, _gamma, _lam = symbol("width"), symbol("gamma"), symbol("lam")
_nu, _S, _L, _tail = learner.NU, learner.KEPT, learner.LOST, learner.TAIL
_kappa, _delta, _residual = learner.KAPPA, learner.DELTA, learner.RESIDUAL
_mu1, _mu, _C, _bar = sp.symbols("mu_1 mu_* C kappabar", positive=True)
_t, _m, _g1, _g2 = sp.symbols("t m g_1 g_2", positive=True)
_slope = sp.Symbol("m'", negative=True)
_T1, A2, B, D2, V1, W1 = sp.symbols("T_1 A_2 B D_2 V_1 W_1", positive=True)
beta = sp.Symbol("beta^2", positive=True)

_blur = _S**2 / (_psi * _delta)
_seen = (_L**2 + _tail) / (_psi * _delta)
_per_nu = (_S**2 + _tail / _nu**2) / (_psi * _delta)

SCALARS: dict[Any, Any] = {
    A2: _S**2 + _L**2 * _blur,
    B: _L**2 + _seen * _S**2,
    V1: _gamma * _S**2 * (1 + _seen),
    W1: _gamma * _tail * _per_nu,
    D2: 1 - _residual,
}
"""The bulk's scalars in the quantities of ``random_features_map``, on one atom."""

_MAP: dict[Any, Any] = {
    _residual: 1 - _gamma * (_S + _tail / _nu) + _gamma * (_kappa / _nu) * (_S * _L + _tail / _nu) / _delta,
    _delta: 1 - _S**2 / _psi,
    _kappa: _nu * (1 - (_S + _tail / _nu) / _psi),
    _L: 1 - _S,
}
IN_NU: dict[Any, Any] = {**SCALARS, **_MAP, _S: 1 / (1 + _nu)}
"""The same, in nu, psi, gamma and T alone; each is written in those after it."""

_DICTIONARY: dict[Any, Any] = {
    **SCALARS,
    **_MAP,
    _T1: _g1 - _C * _g2,
    _g1: _m / _mu1**2,
    _g2: -_slope / _mu1**4,
    _C: _mu1**2 * _t,
    _bar: _mu1**2 * (_t - _tail),
    _mu: _mu1 * sp.sqrt(_tail),
    _slope: -(_m**2 + _m) / (2 * _t * _m + _t + _psi - 1),
    _m: _S / (_psi - _S),
    _t: _nu * (_psi - _S),
    _S: 1 / (1 + _nu),
}
"""What every letter stands for, each in terms of those after it; in the end nu, psi, gamma and T."""


def _equation(account: Account) -> None:
    """The scalar equation, from the two fixed points of the map."""
    share = sp.Eq(_t * _m, _nu / (1 + _nu))
    account.line(_psi * _kappa + _tail).claim(
        "fixed point of the weights",
        r"$\nu(1 - \mathrm{df}_1/\psi) = \kappa$",
        _nu * (_psi - _S),
        Identity(_DICTIONARY),
        uses=("random_features_map",),
        note=(
            r"This is $t$: $\bar\kappa = \psi\mu_1^2\kappa$ is the penalty for features of order one, "
            r"$T = \mu_*^2/\mu_1^2$ and $C = \mu_*^2 + \bar\kappa = \mu_1^2t$."
        ),
    )
    in_resolvent = {_nu: sp.solve(share, _nu)[0]}
    quadratic = account.line(sp.Eq(_nu * (_psi - 1 / (1 + _nu)), _t)).claim(
        "eliminate nu",
        r"$tm = 1 - S = \nu/(1 + \nu)$",
        sp.Eq(_t * _m**2 + (_t + _psi - 1) * _m - 1, 0),
        SameSign(_t / (1 - _t * _m), in_resolvent, within(_m, 0, 1 / _t)),
        uses=("fixed point of the weights",),
        note="The resolvent m of the weights satisfies a quadratic.",
    )
    account.claim(
        "solve for m",
        "the only positive root",
        sp.Eq(_m, (-(_t + _psi - 1) + sp.sqrt((_t + _psi - 1) ** 2 + 4 * _t)) / (2 * _t)),
        Solves(which="only positive"),
    )
    account.line(quadratic).claim(
        "slope of m",
        "differentiate the quadratic",
        sp.Eq(_slope, -(_m**2 + _m) / (2 * _t * _m + _t + _psi - 1)),
        DerivativeOf(
            _t,
            _nu,
            {_m: _DICTIONARY[_m], _t: _DICTIONARY[_t], _S: 1 / (1 + _nu)},
            function=_m,
            slope=_slope,
        ),
        uses=("eliminate nu",),
    )
    account.line(_psi * _mu1**2 * _kappa * (1 - _gamma * (_S + _tail / _nu))).claim(
        "fixed point of the data",
        r"times $\psi\mu_1^2$",
        _bar * (1 - _gamma * (1 - _bar * _g1 + (_psi - 1) * _mu**2 / _C)),
        Identity(_DICTIONARY),
        uses=("random_features_map", "eliminate nu"),
        note=(
            r"$\kappa(1 - \gamma\,\mathrm{df}_1)$ is the penalty on features of slope 1, $\lambda/\mu_1^2$: "
            r"this equals $\lambda\psi$, and is the one equation for $\bar\kappa$."
        ),
    )


def _scalars(account: Account) -> None:
    """Each scalar of the bulk in g_1, g_2 and kappabar."""
    tail = (_psi - 1) * _mu**2 / _C**2
    for name, before, after, note in (
        ("kept", _S, 1 - _C * _g1, r"This is $a_1$."),
        ("blur", _blur, _mu1**2 * _T1, r"$T_1 = g_1 - Cg_2$; on the left $S^2/(\psi\Delta)$."),
        ("energy of the mean", SCALARS[A2], 1 - 2 * _C * _g1 + _C**2 * _g2, r"This is $A_2$."),
        ("error of the mean", SCALARS[B], _mu**2 * _T1 + _C**2 * _g2, r"This is $B$."),
        ("noise learned", SCALARS[V1], _gamma * (1 - _C * _g1 - _bar * _T1), r"This is $V_1$."),
        (
            "noise in the nonlinear part",
            SCALARS[W1],
            _gamma * _mu**2 * (_g1 - _bar * _g2 + tail),
            r"This is $W_1$.",
        ),
        (
            "degrees of freedom",
            1 - _residual,
            _gamma * (1 - 2 * _bar * _g1 + _bar**2 * _g2 + _mu**2 * tail),
            r"This is $D_2$.",
        ),
    ):
        account.line(before).claim(
            name,
            "insert the dictionary",
            after,
            Identity(_DICTIONARY),
            uses=("fixed point of the weights", "solve for m", "slope of m"),
            note=note,
        )


def _response(account: Account) -> None:
    """What is learned of labels with linear energy beta^2 and noise s^2, from the map on one atom."""
    on_labels = {learner.CURVED: 0, learner.NOISE: label_noise, ENERGY: beta}
    named = learner.MEANING
    steps = {step.name: step.after for step in learner.derivation().steps}
    nonlinear = _mu**2 * _T1 + W1 * B / (1 - D2)
    check = Equal(
        OneAtom({_mu: _mu1 * sp.sqrt(_tail), _T1: _blur / _mu1**2, **SCALARS, **named, **learner.SHARES})
    )

    def spelled(expression: Any) -> Any:
        """Write it in sums over the atoms, so that no name of the map remains but Delta and delta."""
        for each in (learner.VARIANCE, learner.SEEN, learner.PER_NU, learner.LEARNED):
            expression = expression.subs(each, named[each])
        return expression.subs(on_labels)

    lines: tuple[tuple[str, Any, Any, dict[Any, Any], Any, tuple[str, ...]], ...] = (
        ("test risk", learner.VARIANCE, (B * beta + label_noise) / (1 - D2), {}, "", ("degrees of freedom",)),
        (
            "linear energy",
            steps["join, second moment"].subs(METRIC, 1),
            (A2 + V1 * B / (1 - D2)) * beta + V1 / (1 - D2) * label_noise,
            {a2: A2 + V1 * B / (1 - D2), v_b: V1 / (1 - D2)},
            a2 * beta + v_b * label_noise,
            ("energy of the mean", "noise learned"),
        ),
        (
            "nonlinear energy",
            steps["join, nonlinear energy"],
            nonlinear * beta + W1 / (1 - D2) * label_noise,
            {w_b: nonlinear, w_s: W1 / (1 - D2)},
            w_b * beta + w_s * label_noise,
            ("blur", "noise in the nonlinear part"),
        ),
    )
    for name, before, on_one, shares, gathered, uses in lines:
        account.line(spelled(before)).claim(
            name,
            r"one atom, $s = w = 1$",
            on_one,
            check,
            uses=("random_features_map", "error of the mean", *uses),
            note=r"$\epsilon = \beta^2$, and all that is not linear counts as noise: $s^2$.",
        )
        if shares:
            text = ", ".join(f"${sp.latex(key)}$" for key in shares)
            account.claim(
                f"{name} by shares",
                f"name {text}",
                gathered,
                Identity(shares),
                note=(
                    ", ".join(f"${sp.latex(key)} = {sp.latex(value)}$" for key, value in shares.items()) + "."
                ),
            )


def _identities(account: Account) -> None:
    """What the shares add up to."""
    shares = {
        a1: _S,
        a2: A2 + V1 * B / (1 - D2),
        v_b: V1 / (1 - D2),
        w_b: _mu**2 * _T1 + W1 * B / (1 - D2),
        w_s: W1 / (1 - D2),
    }
    in_nu = {**shares, **_DICTIONARY}
    names = ("linear energy by shares", "nonlinear energy by shares")
    account.line(V1 + W1).claim(
        "degrees of freedom add up",
        "insert the dictionary",
        D2,
        Identity(_DICTIONARY),
        uses=("noise learned", "noise in the nonlinear part", "degrees of freedom"),
    )
    account.line(1 - 2 * a1 + a2 + w_b).claim(
        "what the signal costs",
        "insert the dictionary",
        B / (1 - D2),
        Identity(in_nu),
        uses=(*names, "kept"),
    )
    account.line(v_b + w_s + 1).claim(
        "what noise costs",
        r"$V_1 + W_1 = D_2$",
        1 / (1 - D2),
        Identity(in_nu),
        uses=(*names, "degrees of freedom add up"),
    )
    beyond = _L**2 * _blur + V1 * B / (1 - D2)
    account.line(a2 - a1**2).claim(
        "added to what is kept",
        r"$A_2 = S^2 + L^2S^2/(\psi\Delta)$",
        beyond,
        Identity({a2: shares[a2], a1: _S, A2: SCALARS[A2]}, positive=within(D2, 0, 1) & positive(_delta)),
        uses=(*names, "kept"),
        note="A sum of positive terms.",
    )


def _limits(account: Account) -> None:
    """Infinite width: ridge with the penalty lam + gamma T."""
    at = tuple(
        {_nu: sp.Rational(a, 3), _gamma: sp.Rational(2, a), _tail: sp.Rational(a, 5)} for a in (1, 2, 7)
    )

    one = 1 / (1 + _nu)
    penalty = _kappa * (1 - _gamma * (_S + _tail / _nu))
    for name, before, after, note in (
        (
            "penalty at infinite width",
            penalty,
            _nu * (1 - _gamma * one) - _gamma * _tail,
            r"Ridge of penalty $\lambda + \gamma T$, $\nu$ its effective regularisation.",
        ),
        ("error at infinite width", SCALARS[B], (1 - one) ** 2, r"The bias of ridge: $B \to L^2$."),
        ("freedom at infinite width", 1 - _residual, _gamma * one**2, r"$D_2 \to \gamma S^2$."),
        ("noise at infinite width", SCALARS[V1], _gamma * one**2, r"$V_1 \to D_2$: all noise is linear."),
    ):
        account.line(inserted(before, IN_NU)).claim(
            name,
            r"$\psi \to \infty$ at fixed $\nu$",
            after,
            LimitOf(_psi, sp.oo, at),
            uses=("fixed point of the data", "error of the mean", "degrees of freedom", "noise learned"),
            note=note,
        )


@cache
def derivation() -> Derivation:
    """Derive the scalar equation, the scalars, the response and what they add up to."""
    account = Account()
    _equation(account)
    _scalars(account)
    _limits(account)
    _response(account)
    _identities(account)
    steps = {step.name: step.after for step in account.steps}
    return Derivation(
        name="random_feature_bulk",
        title="The bulk of random features: one scalar equation",
        statement=r"Where $\Sigma = I$, ridge on random features is one scalar equation for "
        r"$\bar\kappa$; of labels with linear part $\beta$ and noise $s^2$ it learns a linear part of "
        r"overlap $a_1\beta^2$ and energy $a_2\beta^2 + vs^2$ and a nonlinear part of energy "
        r"$w_b\beta^2 + w_ss^2$, at the test risk $(B\beta^2 + s^2)/(1 - D_2)$.",
        assumptions=(
            r"Those of random features map, on one atom: $x \sim N(0, I_d)$, $p/d \to \psi$, "
            r"$d/n \to \gamma$, Gaussian equivalence of the features (cited there).",
        ),
        sources=(
            "Mei, Montanari: The generalization error of random features regression, 2022 "
            "(Gaussian equivalence, the asymptotic risk).",
        ),
        steps=tuple(account.steps),
        result=account.last,
        forms={
            "resolvent of the weights": steps["solve for m"],
            "slope of the resolvent": steps["slope of m"],
            "penalty for features of order one": steps["fixed point of the data"],
            **{
                name: steps[name]
                for name in (
                    "kept",
                    "energy of the mean",
                    "error of the mean",
                    "degrees of freedom",
                    "noise learned",
                    "noise in the nonlinear part",
                    "test risk",
                    "linear energy",
                    "nonlinear energy",
                )
            },
        },
        notation=(
            (r"\mu_1, \mu_*", r"slope and nonlinear energy of the activation, $T = \mu_*^2/\mu_1^2$"),
            (r"\nu, \kappa", "the two effective regularisations of random features map"),
            (r"S, L", r"$1/(1 + \nu)$, the share kept, and $1 - S$"),
            (r"\delta_w, \delta", r"$\Delta = 1 - S^2/\psi$, and $1 - D_2$"),
            (r"\bar\kappa, C, t", r"$\psi\mu_1^2\kappa$, $\mu_*^2 + \bar\kappa$, $C/\mu_1^2$"),
            ("m, m'", r"resolvent of the weights, as a function of $t$, and its slope"),
            (r"g_1, g_2", r"$m/\mu_1^2$, $-m'/\mu_1^4$"),
            (r"\beta^2, s^2", "energy of the labels' linear part, and of all the rest"),
        ),
        uses=("random_features_map",),
    )
