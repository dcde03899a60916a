r"""Where the first gradient step of a two-layer network points.

Statement
    The step on labels f of mean square E, whose linear part is l, moves every neuron along ``X'f/n``, up to
    what vanishes. In the proportional limit ``<X'f/n, b> = <l, b>`` for any fixed b and ``|X'f/n|^2 = |l|^2 +
    gamma_step E``, so that the unit vector v' along it has

        <v', b> = <l, b>/N,   N^2 = |l|^2 + gamma_step E.

    For true labels ``l = c_{e,1} b_e``: ``rho_t = c/sqrt(c^2 + gamma_step E[y^2])``, and the hard direction,
    whose link has no linear part, is not found: ``<v_t, b_h> = 0``.

Assumptions
    Gaussian covariates, fresh rows, small output, links with finite energy. That the step is rank one up to
    terms of vanishing operator norm is a theorem elsewhere (Ba et al. 2022); what its rank-one part is, its
    mean and its squared length are derived here; that the latter concentrate is checked on drawn data.

Proof
    Gaussian integration by parts for the mean; the exact mean of the squared length at every n and d, and
    then the limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from w2s_asymptotics.engine.checks import Identity, LimitOf
from w2s_asymptotics.engine.derivation import Derivation, Outcome
from w2s_asymptotics.engine.gaussian import GaussianMeans, He, Mean, coefficient_symbol
from w2s_asymptotics.engine.inner import Inner
from w2s_asymptotics.engine.words import letter
from w2s_asymptotics.notation import symbol
from w2s_asymptotics.theorems._isotropic import Account
from w2s_asymptotics.theorems._two_layer import c, c_easy, c_hard, gamma_step, k, noise, over, power, top

__all__ = ["derivation"]

_x, _x_e, _x_h, _x_o, _z, _e = sp.symbols("x x_e x_h x_o z epsilon", real=True)
_rows, _phi = sp.IndexedBase("x"), sp.IndexedBase("phi")
_i, _j = sp.symbols("i j", integer=True, positive=True)
_n, _d = symbol("samples"), sp.Symbol("d", integer=True, positive=True)
_G, _b = letter("g"), letter("b_e")
_m, _u, _s = sp.symbols("m u s", positive=True)
_TOPS = tuple({top: degree} for degree in (2, 3))


def _link(coefficients: sp.IndexedBase, place: Any, first: int = 1) -> Any:
    return over(coefficients[k] * He(k, place), first, top)


def _label(easy: Any, hard: Any) -> Any:
    return _link(c_easy, easy) + _link(c_hard, hard, 2)


@dataclass(frozen=True)
class GradientCloses:
    """The mean of ``before`` over drawn steps ``g = X'y/n`` tends to ``after``, and its spread vanishes.

    The relative gap extrapolates to zero in 1/d, and the variance falls at least like 1/d.
    """

    easy: tuple[float, ...] = (0.9, 0.3)
    hard: tuple[float, ...] = (0.0, 0.4)
    noise: float = 0.5
    gamma: float = 0.6
    dims: tuple[int, ...] = (40, 80, 160)
    tolerance: float = 0.03

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Draw steps at each dimension and fit the gap as intercept + slope/d."""
        energy = sum(
            float(sp.factorial(degree)) * value**2
            for link in (self.easy, self.hard)
            for degree, value in enumerate(link, 1)
        )
        limit = float(after.subs({c: self.easy[0], gamma_step: self.gamma, power: energy + self.noise}))
        along, norm = Inner(1, _G, _b), Inner(1, _G, _G)
        side = sp.lambdify((along, norm), before.xreplace({along: along, norm: norm}), "numpy")
        gaps, errors, spreads = [], [], []
        for dim in self.dims:
            values = side(*self._steps(dim, 32_000_000 // dim**2, np.random.default_rng((seed, dim))))
            gaps.append(values.mean() / limit - 1)
            errors.append(values.std() / np.sqrt(len(values)) / limit)
            spreads.append(values.var())
        design = np.array([[1.0, 1 / dim] for dim in self.dims]) / np.array(errors)[:, None]
        covariance = np.linalg.inv(design.T @ design)
        intercept = (covariance @ design.T @ (np.array(gaps) / np.array(errors)))[0]
        uncertainty = float(np.sqrt(covariance[0, 0]))
        falls = spreads[-1] / spreads[0] * self.dims[-1] / self.dims[0]
        passed = abs(intercept) <= max(5 * uncertainty, self.tolerance / 3)
        passed = passed and 4 * uncertainty <= self.tolerance and falls < 2
        return Outcome(
            bool(passed),
            f"relative gap at d = inf: {abs(intercept):.1e} +- {uncertainty:.1e}; variance times d at the "
            f"largest d, in that of the smallest: {falls:.2f}",
        )

    def _steps(self, dim: int, count: int, rng: np.random.Generator) -> tuple[Any, Any]:
        """Overlap with b_e and squared length of X'y/n, ``count`` times.

        Only the first two coordinates have to do with the labels: given these, the rest of X'y is Gaussian of
        variance |y|^2, exactly.
        """
        rows = round(dim / self.gamma)
        x = rng.standard_normal((count, rows, 2))
        easy, hard = x[..., 0], x[..., 1]
        labels = self.easy[0] * easy + self.easy[1] * (easy**2 - 1) + self.hard[1] * (hard**2 - 1)
        labels = labels + np.sqrt(self.noise) * rng.standard_normal((count, rows))
        known = np.einsum("cr,crk->ck", labels, x) / rows
        rest = rng.chisquare(dim - 2, count) * (labels**2).sum(axis=1) / rows**2
        return known[:, 0], (known**2).sum(axis=1) + rest

    def describe(self) -> str:
        """Say what closes the step."""
        return "the gap on drawn data closes like 1/d, and so does the variance"


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
    account.start(
        "gradient of a neuron",
        "chain rule",
        -sp.Derivative(loss, weights[0]) / _e,
        lambda _: full / 2,
        Identity(),
        note=r"Two rows in two dimensions, activation $\phi(t) = \phi_1 t + \phi_2 t^2 + \phi_3 t^3$, head "
        r"$\epsilon a$.",
    )
    account.then(
        "small output",
        r"$\epsilon \to 0$",
        lambda _: gradient / 2,
        LimitOf(_e, 0, at),
        note=r"A neuron moves along $a\,X'\mathrm{diag}(\phi'(Xw))\,y/n$.",
    )
    slope_of = over(k * _phi[k] * He(k - 1, _z), 1, top)
    standard = (_x_e, _x_h, _x_o)
    account.start(
        "mean move of a neuron",
        r"$w$ drawn independently of $b_e$",
        Mean(slope_of * _label(_x_e, _x_h) * _x_e),
        lambda _: _phi[1] * c_easy[1],
        GaussianMeans(standard, {_z: _x_o}, _TOPS),
        uses=("small output",),
        note=r"$\phi = \sum_k \phi_k \mathrm{He}_k$ and $\phi_1 = \mu_1$; overlaps $\langle w, b_e\rangle$ "
        r"are "
        r"of order $d^{-1/2}$. So the move is $\mu_1 a\,X'y/n$ up to what vanishes (cited).",
    )


def _mean(account: Account) -> None:
    """The mean of the step: integration by parts."""
    derivative = over(k * c_easy[k] * He(k - 1, _x), 1, top)
    parts = GaussianMeans((_x,), {}, _TOPS)
    account.start(
        "integrate by parts",
        r"$\mathbb{E}[x s(x)] = \mathbb{E}[s'(x)]$",
        Mean(_x * _link(c_easy, _x)),
        lambda _: Mean(derivative),
        parts,
        note=r"$\mathrm{He}_k' = k\,\mathrm{He}_{k-1}$.",
    )
    account.then("keep the constant", "Hermite polynomials have mean 0", lambda _: c_easy[1], parts)
    standard = (_x_e, _x_h, _x_o)
    label = _label(_x_e, _x_h)
    for name, place, result, note in (
        ("easy direction", _x_e, c_easy[1], r"$\langle \mathbb{E}[yx], b_e\rangle = c_{e,1} = c$."),
        ("hard direction", _x_h, sp.S.Zero, "The hard link starts at degree 2: it is not found."),
        ("every other direction", _x_o, sp.S.Zero, r"So $\mathbb{E}[yx] = c\,b_e$."),
    ):
        account.start(
            name,
            "integration by parts",
            Mean(label * place),
            lambda _, result=result: result,  # type: ignore[misc]
            GaussianMeans(standard, {}, _TOPS),
            uses=("integrate by parts",),
            note=note,
        )
    linear, other = sp.symbols("x_l x_v", real=True)
    function = linear + over(c_easy[k] * He(k, other), 2, top)
    account.start(
        "any labels",
        "integration by parts",
        Mean(function * _x_e),
        lambda _: _m,
        GaussianMeans(
            standard, {linear: _m * _x_e + _u * _x_h, other: _s * _x_e + sp.sqrt(1 - _s**2) * _x_o}, _TOPS
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
    exact = account.start(
        "squared length of the step",
        "rows are independent",
        Mean(step),
        lambda _: (1 - 1 / _n) * c_easy[1] ** 2 + own / _n + (_d - 2) * Mean(single**2) / _n,
        GaussianMeans((*drawn, _x_e, _x_h), {}, sizes),
        uses=("easy direction", "hard direction", "every other direction"),
        note=r"$x_{i,1}$ and $x_{i,2}$ stand for the easy and the hard coordinate of row i; label noise "
        r"adds its "
        r"variance to $\mathbb{E}[y^2]$.",
    )
    carried = over(sp.factorial(k) * c_easy[k] ** 2, 1, top) + over(sp.factorial(k) * c_hard[k] ** 2, 2, top)
    account.start(
        "mean square of true labels",
        "Hermite polynomials are orthogonal",
        Mean(single**2) + noise,
        lambda _: carried + noise,
        GaussianMeans((_x_e, _x_h), {}, _TOPS),
        note=r"$\mathbb{E}[y^2] = E_e + E_h + \sigma^2$.",
    )
    at = tuple(
        {c: sp.Rational(1, a), gamma_step: sp.Rational(a, 3), power: a + 1, _s: sp.Rational(7, a)}
        for a in (1, 2)
    )
    in_limit = exact.subs(
        {own: _s, Mean(single**2): power, c_easy[1]: c, _d: gamma_step * _n}, simultaneous=True
    )
    limit = account.start(
        "limit of the squared length",
        r"$n \to \infty$, $d = \gamma_{\mathrm{step}} n$",
        in_limit,
        lambda _: c**2 + gamma_step * power,
        LimitOf(_n, sp.oo, at),
        uses=("squared length of the step", "mean square of true labels"),
        note=r"$E = \mathbb{E}[y^2]$; s stands for the bounded mean of $y^2(x_e^2 + x_h^2)$.",
    )
    return limit


def derivation() -> Derivation:
    """Derive the direction: its mean, its length, and the overlap they leave."""
    account = Account()
    _network(account)
    _mean(account)
    length = _length(account)
    account.start(
        "overlap of the direction",
        r"$\langle g, b_e\rangle \to c$ over $|g| \to N$",
        Inner(1, _G, _b) / sp.sqrt(Inner(1, _G, _G)),
        lambda _: c / sp.sqrt(length),
        GradientCloses(),
        uses=("easy direction", "limit of the squared length"),
        note=r"$g = X'y/n$: both concentrate. This is $\rho_t$.",
    )
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
            "(cited: Ba et al. 2022, Proposition 2).",
            "Derived here: the rank-one part, its mean, the exact mean of its squared length. That both "
            "concentrate is checked on drawn data.",
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
        forms={"overlap of the direction": account.last, "squared length": length},
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
        ),
    )
