r"""Where the first gradient step of a two-layer network points.

Gaussian integration by parts for the mean; the exact mean of the squared length at every n and d, and then
the limit.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import Identity, LimitOf
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.models.gaussian import Moments
from w2s_asymptotics.proof.tactics import Equal
from w2s_asymptotics.theorems._gradient_draws import EASY, OVERLAP, STEP, GradientCloses
from w2s_asymptotics.theorems._isotropic import inserted
from w2s_asymptotics.theorems._two_layer import (
    along,
    aside,
    c,
    c_easy,
    c_hard,
    energy,
    gamma_step,
    k,
    noise,
    over,
    power,
    top,
)
from w2s_asymptotics.words.gaussian import He, Mean, coefficient_symbol
from w2s_asymptotics.words.inner import Inner

__all__ = ["derivation"]

_x, _x_e, _x_h, _x_o, _z, _e = sp.symbols("x x_e x_h x_o z epsilon", real=True)
_rows, _phi = sp.IndexedBase("x"), sp.IndexedBase("phi")
_i, _j = sp.symbols("i j", integer=True, positive=True)
_n, _d = symbol("samples"), sp.Symbol("d", integer=True, positive=True)
_m = OVERLAP
_u, _s = sp.symbols("u s", positive=True)
_along, _square = sp.symbols("a N^2", positive=True)
_TOPS = tuple({top: degree} for degree in (2, 3))


def _link(coefficients: sp.IndexedBase, place: Any, first: int = 1) -> Any:
    return over(coefficients[k] * He(k, place), first, top)


def _label(easy: Any, hard: Any) -> Any:
    return _link(c_easy, easy) + _link(c_hard, hard, 2)


def _network(account: Account) -> None:
    """The gradient of a neuron, at small output."""
    targets = sp.symbols("y_1 y_2", real=True)
    weights, head = sp.symbols("w_1 w_2", real=True), sp.Symbol("a", positive=True)
    phi = [sp.Symbol(f"phi_{degree}", positive=True) for degree in (1, 2, 3)]

    def activation(place: Any) -> Any:
        return sum(value * place**power_ for power_, value in enumerate(phi, 1))

    places = [
        weights[0] * sp.Symbol(f"x_{i}1", real=True) + weights[1] * sp.Symbol(f"x_{i}2", real=True)
        for i in (1, 2)
    ]
    residuals = [y - _e * head * activation(place) for y, place in zip(targets, places, strict=True)]
    loss = sum(residual**2 for residual in residuals) / 4
    slope = sp.Symbol("t")
    derivative = sp.diff(activation(slope), slope)
    gradient = sum(
        y * head * derivative.subs(slope, place) * sp.Symbol(f"x_{i}1", real=True)
        for i, y, place in zip((1, 2), targets, places, strict=True)
    )
    letters = sorted((loss.free_symbols | {head}) - {_e}, key=str)
    at = tuple(
        {each: sp.Rational((shift + 3 * place) % 11 - 5, 7) for place, each in enumerate(letters)}
        for shift in (1, 4, 6)
    )
    full = sum(
        residual * head * derivative.subs(slope, place) * sp.Symbol(f"x_{i}1", real=True)
        for i, residual, place in zip((1, 2), residuals, places, strict=True)
    )
    account.line(-sp.Derivative(loss, weights[0]) / _e).claim(
        "gradient of a neuron",
        "chain rule",
        full / 2,
        Identity(),
        note=(
            r"Two rows in two dimensions, activation $\phi(t) = \phi_1 t + \phi_2 t^2 + \phi_3 t^3$, head "
            r"$\epsilon a$."
        ),
    )
    account.claim(
        "small output",
        r"$\epsilon \to 0$",
        gradient / 2,
        LimitOf(_e, 0, at),
        note=r"A neuron moves along $a\,X'\mathrm{diag}(\phi'(Xw))\,y/n$.",
    )
    slope_of = over(k * _phi[k] * He(k - 1, _z), 1, top)
    standard = (_x_e, _x_h, _x_o)
    account.line(Mean(slope_of * _label(_x_e, _x_h) * _x_e)).claim(
        "mean move of a neuron",
        r"$w$ drawn independently of $b_e$",
        _phi[1] * c_easy[1],
        Equal(Moments(standard, {_z: _x_o}, at=_TOPS)),
        uses=("small output",),
        note=(
            r"$\phi = \sum_k \phi_k \mathrm{He}_k$ and $\phi_1 = \mu_1$; overlaps $\langle w, b_e\rangle$ "
            r"are "
            r"of order $d^{-1/2}$. So the move is $\mu_1 a\,X'y/n$ up to what vanishes (cited)."
        ),
    )


def _mean(account: Account) -> None:
    """The mean of the step: integration by parts."""
    derivative = over(k * c_easy[k] * He(k - 1, _x), 1, top)
    parts = Equal(Moments((_x,), at=_TOPS))
    account.line(Mean(_x * _link(c_easy, _x))).claim(
        "integrate by parts",
        r"$\mathbb{E}[x s(x)] = \mathbb{E}[s'(x)]$",
        Mean(derivative),
        parts,
        note=r"$\mathrm{He}_k' = k\,\mathrm{He}_{k-1}$.",
    )
    account.claim(
        "keep the constant",
        "Hermite polynomials have mean 0",
        c_easy[1],
        parts,
    )
    standard = (_x_e, _x_h, _x_o)
    label = _label(_x_e, _x_h)
    for name, place, result, note in (
        ("easy direction", _x_e, c_easy[1], r"$\langle \mathbb{E}[yx], b_e\rangle = c_{e,1} = c$."),
        ("hard direction", _x_h, sp.S.Zero, "The hard link starts at degree 2: it is not found."),
        ("every other direction", _x_o, sp.S.Zero, r"So $\mathbb{E}[yx] = c\,b_e$."),
    ):
        account.line(Mean(label * place)).claim(
            name,
            "integration by parts",
            result,
            Equal(Moments(standard, at=_TOPS)),
            uses=("integrate by parts",),
            note=note,
        )
    linear, other = sp.symbols("x_l x_v", real=True)
    function = linear + over(c_easy[k] * He(k, other), 2, top)
    account.line(Mean(function * _x_e)).claim(
        "any labels",
        "integration by parts",
        _m,
        Equal(
            Moments(
                standard,
                {linear: _m * _x_e + _u * _x_h, other: _s * _x_e + sp.sqrt(1 - _s**2) * _x_o},
                at=_TOPS,
            )
        ),
        uses=("integrate by parts",),
        note=r"Of labels with linear part $l$ only $\langle l, b\rangle = m$ counts.",
    )


def _length(account: Account) -> Any:
    """The squared length of the step, exactly at every size, and its limit."""
    row = _label(_rows[_i, 1], _rows[_i, 2])
    step = sp.Sum((sp.Sum(row * _rows[_i, _j], (_i, 1, _n)) / _n) ** 2, (_j, 1, _d))
    single = _label(_x_e, _x_h)
    own = Mean(single**2 * (_x_e**2 + _x_h**2))
    sizes = tuple({_n: rows, _d: dim, top: 2} for rows, dim in ((1, 2), (2, 2), (2, 3)))
    drawn = tuple(coefficient_symbol(_rows[i, j]) for i in (1, 2) for j in (1, 2, 3))
    exact = account.line(Mean(step)).claim(
        "squared length of the step",
        "rows are independent",
        (1 - 1 / _n) * c_easy[1] ** 2 + own / _n + (_d - 2) * Mean(single**2) / _n,
        Equal(Moments((*drawn, _x_e, _x_h), at=sizes)),
        uses=("easy direction", "hard direction", "every other direction"),
        note=(
            r"$x_{i,1}$ and $x_{i,2}$ stand for the easy and the hard coordinate of row i; label noise "
            r"adds its "
            r"variance to $\mathbb{E}[y^2]$."
        ),
    )
    carried = over(sp.factorial(k) * c_easy[k] ** 2, 1, top) + over(sp.factorial(k) * c_hard[k] ** 2, 2, top)
    account.line(Mean(single**2) + noise).claim(
        "mean square of true labels",
        "Hermite polynomials are orthogonal",
        carried + noise,
        Equal(Moments((_x_e, _x_h), at=_TOPS)),
        note=r"$\mathbb{E}[y^2] = E_e + E_h + \sigma^2$.",
    )
    at = tuple(
        {c: sp.Rational(1, a), gamma_step: sp.Rational(a, 3), power: a + 1, _s: sp.Rational(7, a)}
        for a in (1, 2)
    )
    in_limit = exact.subs(
        {own: _s, Mean(single**2): power, c_easy[1]: c, _d: gamma_step * _n}, simultaneous=True
    )
    limit = account.line(in_limit).claim(
        "limit of the squared length",
        r"$n \to \infty$, $d = \gamma_{\mathrm{step}} n$",
        c**2 + gamma_step * power,
        LimitOf(_n, sp.oo, at),
        uses=("squared length of the step", "mean square of true labels"),
        note=r"$E = \mathbb{E}[y^2]$; s stands for the bounded mean of $y^2(x_e^2 + x_h^2)$.",
    )
    return limit


def _length_on_any_labels(account: Account) -> Any:
    """The squared length of the step on labels with linear part l, exactly and in the limit."""
    nonlinear = (c_easy, 1), (c_hard, 3)

    def label(places: Any) -> Any:
        beyond = (over(base[k] * He(k, places[axis - 1]), 2, top) for base, axis in nonlinear)
        return along * places[0] + sp.sqrt(aside) * places[1] + sp.Add(*beyond)

    row = label([_rows[_i, axis] for axis in (1, 2, 3)])
    step = sp.Sum((sp.Sum(row * _rows[_i, _j], (_i, 1, _n)) / _n) ** 2, (_j, 1, _d))
    standard = (_x_e, _x_o, _x_h)
    square = Mean(label(standard) ** 2)
    own = Mean(label(standard) ** 2 * (_x_e**2 + _x_o**2 + _x_h**2))
    drawn = tuple(coefficient_symbol(_rows[i, j]) for i in (1, 2) for j in (1, 2, 3, 4))
    exact = account.line(Mean(step)).claim(
        "squared length of the step, any labels",
        "rows are independent",
        (1 - 1 / _n) * (along**2 + aside) + own / _n + (_d - 3) * square / _n,
        Equal(
            Moments(
                (*drawn, *standard), at=tuple({_n: n, _d: d, top: 2} for n, d in ((1, 3), (2, 3), (2, 4)))
            )
        ),
        uses=("any labels",),
        note=(
            r"$f(x) = \ell x_v + \sqrt{A}\,x_\perp + \dots$, its linear part $l$ split along the direction "
            r"$v$ of its nonlinear features: $|l|^2 = \ell^2 + A$; $x_{i,1}$, $x_{i,2}$, $x_{i,3}$ are row i "
            r"along $v$, along the rest of $l$, along $b_h$. Label noise adds its variance to $E$."
        ),
    )
    at = tuple(
        {
            along: sp.Rational(1, a),
            aside: sp.Rational(a, 7),
            gamma_step: sp.Rational(a, 3),
            power: a + 1,
            _s: sp.Rational(7, a),
            energy: sp.Rational(1, a**2) + sp.Rational(a, 7),
        }
        for a in (1, 2)
    )
    return account.line(exact.subs({own: _s, square: power, _d: gamma_step * _n}, simultaneous=True)).claim(
        "limit of the squared length, any labels",
        r"$n \to \infty$, $d = \gamma_{\mathrm{step}} n$, $\Lambda = \ell^2 + A$",
        energy + gamma_step * power,
        LimitOf(_n, sp.oo, at),
        uses=("squared length of the step, any labels",),
        note=r"This is $N^2$.",
    )


def _overlap(account: Account, square: Any, along: str, length: str, aside: float) -> Any:
    """The overlap with the easy direction: that it concentrates, and of which two limits it is made."""
    what = "" if aside == 0 else ", any labels"
    parts = {_square: square, _along: account[along], c_easy[1]: c}
    account.line(Inner(1, STEP, EASY) / sp.sqrt(Inner(1, STEP, STEP))).claim(
        f"direction of the step{what}",
        "the ratio of the limits",
        inserted(_along / sp.sqrt(_square), parts),
        GradientCloses(aside=aside),
        uses=(along, length),
        note=r"$g = X'f/n$, f the labels: $\langle g, b_e\rangle$ and $|g|$ both concentrate.",
    )
    return account.line(_along / sp.sqrt(_square)).rewrite(
        f"overlap of the direction{what}",
        "insert the two limits",
        lambda e: inserted(e, parts),
        Identity(parts),
        takes=(along, length),
        note=r"This is $\rho_t$." if aside == 0 else "",
    )


def derivation() -> Derivation:
    """Derive the direction: its mean, its length, and the overlap they leave."""
    account = Account()
    _network(account)
    _mean(account)
    general = _length_on_any_labels(account)
    turned = _overlap(account, general, "any labels", "limit of the squared length, any labels", 0.7)
    length = _length(account)
    _overlap(account, length, "easy direction", "limit of the squared length", 0.0)
    return Derivation(
        name="gradient_direction",
        title="Where the first gradient step points",
        statement=r"The first step on true labels turns the first layer to a direction with $\rho_t = "
        r"\langle v_t, "
        r"b_e\rangle = c/\sqrt{c^2 + \gamma_{\mathrm{step}}\mathbb{E}[y^2]}$ and $\langle v_t, b_h\rangle "
        r"\to 0$; on "
        r"labels with linear part $l$ and mean square $E$, $\langle v', b\rangle = \langle l, b\rangle/N$ "
        r"with "
        r"$N^2 = \|l\|^2 + \gamma_{\mathrm{step}}E$.",
        assumptions=(
            r"$x \sim N(0, I_d)$, fresh rows, $d/n \to \gamma_{\mathrm{step}}$; $b_e \perp b_h$ unit "
            r"vectors; "
            "labels centred, links of finite energy, the hard one of information exponent at least 2.",
            "Small output before the step; what is left of it beyond rank one vanishes in operator norm "
            "(cited: Ba et al. 2022).",
            "Derived here: the rank-one part, its mean, the exact mean of its squared length, on true labels "
            "and on those of a learned function. That both concentrate is checked on drawn data.",
        ),
        sources=(
            "Ba, Erdogdu, Suzuki, Wang, Wu, Yang: High-dimensional asymptotics of feature learning: how one "
            "gradient "
            "step improves the representation, NeurIPS 2022, arXiv:2205.01445.",
            "Moniri, Lee, Hassani, Dobriban: A theory of non-linear feature learning with one gradient step "
            "in "
            "two-layer neural networks, ICML 2024, arXiv:2310.07891.",
        ),
        steps=tuple(account.steps),
        result=account.last,
        forms={
            "overlap of the direction": account.last,
            "squared length": length,
            "overlap of the direction, any labels": turned,
            "squared length, any labels": general,
        },
        notation=(
            ("c_e, c_h", "Hermite coefficients of the easy and of the hard link"),
            (
                "x_e, x_h, x_o",
                r"$x$ along $b_e$, along $b_h$, and along a third direction orthogonal to "
                "both",
            ),
            ("m", "the highest degree of the links"),
            ("E", "mean square of the labels, their noise included"),
            ("g", "$X'y/n$"),
            (r"\Lambda, m_b", r"$|l|^2$ and $\langle l, b_e\rangle$ of the labels' linear part $l$"),
        ),
    )
