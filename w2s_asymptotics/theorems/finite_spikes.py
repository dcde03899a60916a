r"""Ridge on random features beside finitely many strong ones of finite strength.

Given the weights this is ridge in feature space (``ridge_map``). The strong features are eliminated by
block inversion, exactly; the law of F does not change when feature space is rotated, so that V meets only
the traces of G_z; these are degrees of freedom, which ``random_features_map`` has derived.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import Identity
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.models.features import Features, Rotations
from w2s_asymptotics.proof.models.spectra import Spectra, WordsOnSpectra
from w2s_asymptotics.proof.tactics import Averages, Closes, Equal, Tends
from w2s_asymptotics.theorems import random_features_map as bulk
from w2s_asymptotics.words.features import (
    BEST,
    FEATURES,
    LABELS,
    MISSED,
    SHAPE,
    SIGMA,
    THETA,
    TRANSPOSED,
    WEIGHTS,
    F,
)
from w2s_asymptotics.words.inner import inner
from w2s_asymptotics.words.spectrum import DIMENSION, EIGENVALUE, ENERGY, SIGNAL, Total
from w2s_asymptotics.words.spikes import (
    ACROSS,
    GIVEN_WEIGHTS,
    GRAM,
    HELD,
    JOINT,
    SETTLED,
    SHRINK,
    SPIKES,
    TARGETS,
)
from w2s_asymptotics.words.words import Quadratic, Trace, letter, trace

__all__ = ["derivation"]

_p, _n, _k, _nu = WEIGHTS.samples, symbol("samples"), symbol("kappa"), bulk.NU
_flat, _square = Trace(FEATURES * SHAPE), Trace(FEATURES * SHAPE * FEATURES * SHAPE)
_one, _two = Trace(SHAPE), Trace(SHAPE * SHAPE)
_left, _scale = letter("L_Q"), sp.Symbol("x", positive=True)
_named = Equal(
    Spectra({_p: bulk.WIDTH * DIMENSION, _n: DIMENSION / bulk.GAMMA, **bulk.MEANING, **bulk.SHARES})
)


def _elimination(account: Account) -> Any:
    """Ridge in feature space with the spikes eliminated: exact algebra. Return what the fit leaves."""
    crossed = SPIKES * TARGETS + F * SIGMA * LABELS
    fitted = sp.expand(JOINT * crossed)
    eliminated = sp.expand(TARGETS - SHRINK * TARGETS + SHRINK * ACROSS * SHAPE * F * SIGMA * LABELS)
    account.line(sp.expand(ACROSS * fitted)).claim(
        "eliminate the strong features",
        "block inversion",
        eliminated,
        Equal(Features()),
        uses=("ridge_map",),
        note=(
            r"Given the weights, ridge in feature space learns $H\,\mathbb{E}[zy]$ with "
            r"$H = (VV' + \Sigma_z + \kappa)^{-1}$; $P_V = (I + V'G_zV)^{-1}$. This is what it learns "
            "of them."
        ),
    )
    account.claim(
        "name what is left",
        r"$\tau_F = P_V(b - V'G_zF\Sigma f)$",
        TARGETS - GIVEN_WEIGHTS,
        Equal(Features()),
    )
    account.line(
        Quadratic(1, TARGETS - sp.expand(ACROSS * fitted))
        + Quadratic(SIGMA, LABELS - sp.expand(TRANSPOSED * fitted))
        + THETA * Quadratic(1, fitted)
    ).claim(
        "what the fit leaves",
        "insert and expand",
        Quadratic(1, GIVEN_WEIGHTS)
        + Quadratic(SHAPE - _k * SHAPE * SHAPE, SPIKES * GIVEN_WEIGHTS)
        - 2 * _k * inner(SHAPE * SHAPE, SPIKES * GIVEN_WEIGHTS, F * SIGMA * LABELS)
        + MISSED
        + _k**2 * Quadratic(FEATURES, SHAPE * BEST),
        Equal(Features()),
        uses=("name what is left",),
        note="The last two terms are what random features alone leave.",
    )
    return account.last


def _rotations(account: Account, left: Any) -> Any:
    """The law of F does not change when feature space is rotated: V meets traces. Return what is left."""
    for name, word, after in (
        ("once", ACROSS * SHAPE * SPIKES, _one / _p * GRAM),
        ("twice", ACROSS * SHAPE * SHAPE * SPIKES, _two / _p * GRAM),
        ("across", ACROSS * SHAPE * F * SIGMA * LABELS, sp.S.Zero),
        ("twice across", ACROSS * SHAPE * SHAPE * F * SIGMA * LABELS, sp.S.Zero),
    ):
        account.line(word).claim(
            f"rotate feature space, {name}",
            "the rotations of F",
            after,
            Averages(Rotations()),
        )
    rotated = tuple(f"rotate feature space, {name}" for name in ("once", "twice", "across", "twice across"))
    learned_wrongly = (
        Quadratic(SHAPE - _k * SHAPE * SHAPE, SPIKES * GIVEN_WEIGHTS),
        -2 * _k * inner(SHAPE * SHAPE, SPIKES * GIVEN_WEIGHTS, F * SIGMA * LABELS),
    )
    for name, given_weights, after in (
        ("not learned, in the mean", Quadratic(1, GIVEN_WEIGHTS), Quadratic(1, SETTLED)),
        (
            "learned wrongly, in the mean",
            sp.Add(*learned_wrongly),
            (_one - _k * _two) / _p * Quadratic(GRAM, SETTLED),
        ),
    ):
        account.line(given_weights).claim(
            name,
            "concentration about the mean over rotations",
            after,
            Closes(Features(), dims=(12, 24, 48)),
            uses=rotated,
        )
    account.line(left).claim(
        "meet traces alone",
        "concentration about the mean over rotations",
        Quadratic(1, SETTLED)
        + (_one - _k * _two) / _p * Quadratic(GRAM, SETTLED)
        + MISSED
        + _k**2 * Quadratic(FEATURES, SHAPE * BEST),
        Closes(Features(), dims=(12, 24, 48)),
        uses=("what the fit leaves", "not learned, in the mean", "learned wrongly, in the mean"),
        note=r"$\tau = (I + h_1Q)^{-1}b$ with $h_1 = \mathrm{tr}\,G_z/p$.",
    )
    settled = account.last
    joint = sp.expand((SPIKES * ACROSS + FEATURES) * JOINT)
    account.line(_k * (1 - trace(joint) / _n)).claim(
        "the fixed point does not move",
        "K features are few",
        _k * (1 - _flat / _n),
        Closes(Features(), dims=(12, 24, 48)),
        note=r"A matrix of rank K moves these traces by $O(K)$, out of n.",
    )
    account.line(1 - trace(sp.expand(joint * joint)) / _n).claim(
        "nor do the degrees of freedom",
        "K features are few",
        1 - _square / _n,
        Closes(Features(), dims=(12, 24, 48)),
    )
    return settled


def _traces(account: Account) -> dict[Any, Any]:
    """The traces of G_z, from the degrees of freedom that random_features_map has derived."""
    freedom = {_flat: _n * bulk.GAMMA * bulk.FREEDOM, _square: _n * (1 - bulk.RESIDUAL)}
    lines = (
        ("trace", _one / _p, (1 - _flat / _p) / _k, 1 / _nu, r"$h_1$: what a strong feature has to exceed."),
        (
            "trace left",
            (_one - _k * _two) / _p,
            (_flat - _square) / (_p * _k),
            bulk.SEEN / _nu**2,
            r"$h_1 - \kappa h_2$, positive: what is learned wrongly with a strong feature's weights.",
        ),
    )
    for name, start, in_freedom, named, note in lines:
        account.line(start).claim(
            name,
            r"$\Sigma_zG_z = I - \kappa G_z$",
            in_freedom,
            Equal(Features()),
        )
        account.rewrite(
            f"insert degrees of freedom, {name}",
            r"$\mathrm{df}_1$ and $\mathrm{df}_2$ of the features",
            lambda now: now.subs(freedom),
            Identity(freedom),
            uses=("random_features_map",),
        )
        account.claim(
            f"name it, {name}",
            "definitions",
            named,
            _named,
            note=note,
        )
    known = {_two: (_one - _p * bulk.SEEN / _nu**2) / _k, _one: _p / _nu}
    account.line(_two / _p).claim(
        "trace of the square",
        "from both",
        (1 / _nu - bulk.SEEN / _nu**2) / _k,
        Identity(known),
        uses=("name it, trace", "name it, trace left"),
    )
    account.claim(
        "name it, trace of the square",
        "definitions",
        1 / (_nu**2 * bulk.DELTA),
        _named,
        note=r"$h_2$. The weights $G_zV\tau$ give the function nonlinear energy $\theta h_2\,\tau'Q\tau$.",
    )
    return known


def _spectrum(account: Account) -> None:
    """Along the eigenvectors of Q, and as they grow."""
    shares, spikes = bulk.SHARES, {_left: bulk.LOST, GRAM: EIGENVALUE}
    on_spectrum = Total(bulk.LOST**2 * ENERGY) + bulk.SEEN * Total(bulk.KEPT * bulk.LOST * ENERGY) / _nu
    account.line(Quadratic(1, _left * TARGETS) + bulk.SEEN / _nu**2 * Quadratic(GRAM, _left * TARGETS)).claim(
        "along the eigenvectors",
        r"$\tau = L_Qb$, $L_Q = (I + Q/\nu)^{-1}$",
        on_spectrum,
        Equal(WordsOnSpectra(spikes, {}, TARGETS, shares)),
        uses=("name it, trace", "name it, trace left"),
        note=r"Eigenvalues s of Q; here $\epsilon$ is the square of b on an eigenvector.",
    )
    account.claim(
        "as atoms of a spectrum",
        r"$\epsilon = s\,e$",
        Total(EIGENVALUE * bulk.LOST**2 * SIGNAL) + bulk.SEEN * Total(bulk.KEPT**2 * SIGNAL),
        Equal(Spectra({ENERGY: EIGENVALUE * SIGNAL, **shares})),
        note="What random_features_map says of atoms with these eigenvalues, energies e and no share w.",
    )
    scaled = _scale * EIGENVALUE
    grown = {bulk.KEPT: scaled / (scaled + _nu), bulk.LOST: _nu / (scaled + _nu)}
    account.line(on_spectrum).claim(
        "let the strength go to infinity",
        r"$Q \to xQ$, $x \to \infty$",
        sp.S.Zero,
        Tends(Spectra(grown, _scale)),
        uses=("along the eigenvectors", "unpenalised_features"),
        note="Nothing is left: unpenalised features are learned entirely, and cost nothing.",
    )


def _beside(account: Account) -> None:
    """A second layer that is held fixed beside the fit."""
    account.line(2 * inner(FEATURES, SPIKES * HELD, SHAPE * SPIKES * SETTLED)).claim(
        "held beside",
        r"$\Sigma_zG_z = I - \kappa G_z$",
        2 * inner(1, SPIKES * HELD, SPIKES * SETTLED)
        - 2 * _k * inner(SHAPE, SPIKES * HELD, SPIKES * SETTLED),
        Equal(Features()),
        note=r"The energy that a second layer $Va_V$ shares with the fit, but for the strong features.",
    )
    account.claim(
        "rotate feature space, held beside",
        "the rotations of F",
        2 * (1 - _k * _one / _p) * inner(GRAM, HELD, SETTLED),
        Averages(Rotations()),
    )
    account.claim(
        "name it, held beside",
        r"$h_1 = 1/\nu$",
        2 * (1 - _k / _nu) * inner(GRAM, HELD, SETTLED),
        Identity({_one: _p / _nu}),
        uses=("name it, trace",),
    )


@cache
def derivation() -> Derivation:
    """Derive the risk beside strong features of finite strength."""
    account = Account()
    settled = _rotations(account, _elimination(account))
    known = _traces(account)
    _spectrum(account)
    _beside(account)
    bulk_missed = Total(EIGENVALUE * bulk.LOST**2 * ENERGY) + bulk.SEEN * bulk.LEARNED
    spikes = Quadratic(1, SETTLED) + bulk.SEEN / _nu**2 * Quadratic(GRAM, SETTLED)
    missed = account.line(settled).claim(
        "insert the traces",
        "random_features_map, and the traces",
        bulk_missed + spikes,
        Identity({MISSED: bulk_missed - _k**2 * Quadratic(FEATURES, SHAPE * BEST), **known}),
        uses=("random_features_map", "meet traces alone", "name it, trace", "name it, trace left"),
        note="A sum of nonnegative terms.",
    )
    account.line((bulk.NOISE + bulk.CURVED + missed) / (1 - _square / _n)).claim(
        "test risk",
        r"$\delta = 1 - \mathrm{df}_2/n$",
        (bulk.NOISE + bulk.CURVED + missed) / bulk.RESIDUAL,
        Identity({_square: _n * (1 - bulk.RESIDUAL)}),
        uses=(
            "random_features_map",
            "insert the traces",
            "the fixed point does not move",
            "nor do the degrees of freedom",
        ),
        note="The residual variance given the weights, which is the test risk (ridge_map).",
    )
    return Derivation(
        name="finite_spikes",
        title="Random features beside strong ones of finite strength",
        statement=r"K features of Gram matrix Q beside random ones are learned up to "
        r"$\tau = (I + Q/\nu)^{-1}b$ of their coefficients b, and add $|\tau|^2 + (t/\nu^2)\,\tau'Q\tau$ to "
        r"what the fit leaves, but nothing to $\kappa$ or its degrees of freedom; for $Q \to \infty$ they "
        r"are unpenalised.",
        assumptions=(
            r"Features $z = Vs + Fx + u$ with $\mathbb{E}ss' = I$, s uncorrelated with $x$ and $u$; F and u "
            r"as in random features map, whose fixed points these are; K stays fixed as $d \to \infty$.",
            "Ridge in feature space sees no more of the rows than their covariance (ridge map). Of rows "
            "whose strong features are polynomials of a Gaussian this is not proved here; simulation checks "
            "it.",
            r"V is independent of F, whose law rotations of feature space leave as it is: exactly so for "
            r"Gaussian weights.",
            r"Derived here: the elimination and all traces, exactly; that $V'G_zV$ concentrates about its "
            r"mean over rotations is checked on drawn weights.",
        ),
        sources=(
            "Moniri, Lee, Hassani, Dobriban: A theory of non-linear feature learning with one gradient step "
            "in two-layer neural networks, ICML 2024, arXiv:2310.07891 (spikes beside a bulk).",
            "Cui, Pesce, Dandi, Krzakala, Lu, Zdeborova, Loureiro: Asymptotics of feature learning in "
            "two-layer networks after one gradient-step, ICML 2024, arXiv:2402.04980 (finite strength).",
        ),
        steps=tuple(account.steps),
        result=account.last,
        forms={"test risk": account.last, "what the fit leaves": missed},
        notation=(
            ("V, Q", r"$p \times K$, the strong features' weights, and $Q = V'V$"),
            ("b", "coefficients of the labels on the strong features"),
            (r"\tau", r"$(I + Q/\nu)^{-1}b$, what is not learned of them; $\tau_F$ given the weights"),
            ("a_V", r"fixed: $Va_V$ is a second layer held beside the fit"),
            (
                "F",
                r"$p \times d$, features $Fx + u$ of covariance $\Sigma_z$; $G_z = (\Sigma_z + \kappa)^{-1}$",
            ),
            ("H", r"$(VV' + \Sigma_z + \kappa)^{-1}$"),
            (r"\delta_w", r"$\Delta = 1 - \mathrm{df}_2/\psi$"),
            (r"\sum[\,\cdot\,]", "sum over the atoms of a spectrum: eigenvalue s, share w, energies"),
        ),
        definitions=tuple({**bulk.MEANING, **bulk.SHARES}.items()),
        uses=("ridge_map", "random_features_map", "unpenalised_features"),
    )
