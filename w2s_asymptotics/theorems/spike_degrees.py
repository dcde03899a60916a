r"""Which polynomials of its direction a gradient step turns into unpenalised features.

Hermite polynomials of two directions, Gaussian moments, and ``finite_spikes``: beside a bulk of effective
regularisation nu, all but ``nu/(Q_k + nu)`` of a feature of strength Q_k is learned.
"""

from __future__ import annotations

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import Identity, LimitOf, SameSign
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.domain import Domain
from w2s_asymptotics.proof.models.gaussian import Moments
from w2s_asymptotics.proof.tactics import Equal
from w2s_asymptotics.theorems._two_layer import k, l_own
from w2s_asymptotics.words.gaussian import He, Mean

__all__ = ["derivation"]

_n, _gamma, _width = symbol("samples"), symbol("gamma"), symbol("width")
_alpha, _s, _p, _nu, _size, _more = sp.symbols("alpha s p nu C_k j", positive=True)
_r = sp.Symbol("r", positive=True)
_c = sp.IndexedBase("c")
_w, _v, _z1, _z2, _z = sp.symbols("x_w x_v z_1 z_2 z", real=True)
_DEGREES = tuple({k: degree} for degree in range(1, 6))
_GROWTH = 1 - k * (1 - 2 * _alpha)


def _at(*places: tuple[int, str]) -> tuple[dict[sp.Symbol, sp.Rational], ...]:
    """Degrees and exponents at which a limit is followed."""
    fixed = {_nu: sp.Rational(2, 3), _size: sp.Rational(3, 2)}
    return tuple({**fixed, k: sp.Integer(degree), _alpha: sp.Rational(alpha)} for degree, alpha in places)


def derivation() -> Derivation:
    """Derive the strength of each degree, and from which step on it diverges."""
    account = Account()
    account.line(Mean(_c[k] * He(k, _w) * He(k, _v)) / sp.factorial(k)).claim(
        "what a neuron computes",
        "Hermite polynomials of two directions",
        _c[k] * _r**k,
        Equal(Moments((_z1, _z2), {_w: _r * _z1 + sp.sqrt(1 - _r**2) * _z2, _v: _z1}, at=_DEGREES)),
        uses=("unpenalised_features",),
        note=(
            r"$x_w = \langle w, x\rangle$ with $\langle w, v\rangle = r$, $x_v = \langle v, x\rangle$: the "
            r"coefficient of $\mathrm{He}_k(\langle v, x\rangle)$ in the activation."
        ),
    )
    account.line(_p * Mean(sp.factorial(k) * (_c[k] * (_s * _z) ** k) ** 2)).claim(
        "strength",
        "Gaussian moments",
        _p * sp.factorial(k) * _c[k] ** 2 * sp.factorial2(2 * k - 1) * _s ** (2 * k),
        Equal(Moments((_z,), at=_DEGREES)),
        uses=("what a neuron computes",),
        note=r"Over p neurons with $r = sz$, $z$ standard: the entry $Q_k$ of the Gram matrix.",
    )
    account.claim(
        "insert the step",
        r"$s = n^{\alpha - 1/2}$, $p = \psi\gamma n$",
        _width * _gamma * sp.factorial(k) * _c[k] ** 2 * sp.factorial2(2 * k - 1) * _n**_GROWTH,
        Identity({_s: _n ** (_alpha - sp.S.Half), _p: _width * _gamma * _n}, at=_DEGREES),
        note=r"Neurons move little, $s \to 0$, and p of them together move far.",
    )
    strength = account.last
    account.line(sp.Gt(_GROWTH, 0, evaluate=False)).claim(
        "when it diverges",
        "solve for the exponent",
        sp.Gt(_alpha, (k - 1) / (2 * k), evaluate=False),
        SameSign(2 * k),
        uses=("insert the step",),
    )
    threshold = account.last
    account.line(sp.Lt(_GROWTH.subs(k, l_own + 1), 0, evaluate=False)).claim(
        "when the next vanishes",
        r"$k = l + 1$",
        sp.Lt(_alpha, l_own / (2 * l_own + 2), evaluate=False),
        SameSign(2 * l_own + 2),
        uses=("insert the step",),
        note=r"Degree $l$ diverges and degree $l + 1$ vanishes within $((l-1)/(2l),\, l/(2l+2))$.",
    )
    account.line((k + _more - 1) / (2 * (k + _more)) - (k - 1) / (2 * k)).claim(
        "lower degrees need less",
        "subtract",
        _more / (2 * k * (k + _more)),
        Identity(positive=Domain()),
        uses=("when it diverges",),
        note="Where a degree diverges so does every lower one, and where one vanishes every higher one.",
    )
    left = _nu / (_size * _n**_GROWTH + _nu)
    account.line(left).claim(
        "captured",
        r"$n \to \infty$, $\alpha > (k-1)/(2k)$",
        sp.S.Zero,
        LimitOf(_n, sp.oo, _at((1, "1/5"), (2, "9/25"), (3, "2/5"))),
        uses=("finite_spikes", "insert the step", "when it diverges"),
        note=r"What is not learned of a feature of strength $Q_k = C_k n^{1 - k(1 - 2\alpha)}$: nothing.",
    )
    account.line(left).claim(
        "not captured",
        r"$n \to \infty$, $\alpha < (k-1)/(2k)$",
        sp.S.One,
        LimitOf(_n, sp.oo, _at((2, "1/10"), (3, "1/4"), (4, "3/10"))),
        uses=("finite_spikes", "insert the step", "when it diverges"),
        note="All of it is left: it acts as label noise.",
    )
    account.line(_GROWTH.subs(k, l_own).subs(_alpha, l_own / (2 * l_own + 2))).claim(
        "growth at best",
        r"$k = l$, $\alpha = l/(2l + 2)$",
        1 / (l_own + 1),
        Identity(),
        uses=("insert the step", "when the next vanishes"),
        note=(
            r"At the upper end of its interval the last captured degree grows like $n^{1/(l+1)}$: real "
            "networks approach the limit slowly."
        ),
    )
    return Derivation(
        name="spike_degrees",
        title="Which degrees a gradient step captures",
        statement=r"After a step of size $n^\alpha$ the feature $\mathrm{He}_k(\langle v, x\rangle)$ has the "
        r"strength $Q_k = \psi\gamma\,k!\,c_k^2\,(2k-1)!!\,n^{1 - k(1 - 2\alpha)}$. For $\alpha$ in "
        r"$((l-1)/(2l),\, l/(2l+2))$ exactly the degrees $k \le l$ with $c_k \ne 0$ become unpenalised.",
        assumptions=(
            r"The step leaves $W_0 + rv'$ up to what vanishes, $r_j$ Gaussian (cited: Ba et al. 2022; Moniri "
            r"et al. 2024); neurons stay of length 1 in the limit, and what r has of the initial weights is "
            r"of order $d^{-1/2}$, less than $n^{\alpha - 1/2}$.",
            "Features of different degree are taken one by one: a Gram matrix whose correlations stay "
            "away from 1 has eigenvalues of the same orders.",
            r"Derived here: the strengths, and which of them diverge beside a bulk of fixed $\nu$.",
        ),
        sources=(
            "Moniri, Lee, Hassani, Dobriban: A theory of non-linear feature learning with one gradient step "
            "in two-layer neural networks, ICML 2024, arXiv:2310.07891 (the intervals).",
            "Ba, Erdogdu, Suzuki, Wang, Wu, Yang: High-dimensional asymptotics of feature learning: how one "
            "gradient step improves the representation, NeurIPS 2022, arXiv:2205.01445.",
        ),
        steps=tuple(account.steps),
        result=account.last,
        forms={"strength": strength, "threshold": threshold, "growth at best": account.last},
        notation=(
            ("c_k", "Hermite coefficients of the activation"),
            (r"r, s", r"how far a neuron moves along $v$, and the root of its mean square"),
            (r"\alpha", r"exponent of the step size $n^\alpha$"),
            ("l", "the highest degree captured"),
            (r"\nu", "effective regularisation of the weights, which stays as it is"),
        ),
        uses=("unpenalised_features", "finite_spikes"),
    )
