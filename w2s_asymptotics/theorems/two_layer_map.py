r"""What a two-layer learner makes of the function that labels its data.

Statement
    With ``N^2 = Lambda + gamma_step E``, ``g = gamma_step E/N^2`` and ``tau = Lambda/N^2 = 1 - g`` (``E``
    the mean square of the labels), one gradient step turns the first layer to v', and ridge on the second
    layer learns the function whose state is

        rho = c M/N,  q = <v', v> = ell/N,  M' = M (tau + S g),  Mbar' = Mbar + M K g,
        C' = C (tau + S^2 g) + c^2 M^2 K^2 g tau + U,  ell' = Lambda/N,  A' = S^2 g Lambda + U,
        p' = p q,  epsilon' = eta/N,  eta' = S g c M + tau eta,  w' = w_b g Lambda + w_s s^2,

    where ``U = (a_2 - a_1^2) g Lambda + v s^2`` is what the bulk adds and ``s^2`` all energy of the labels
    that its features cannot express. Its excess risk is

        c^2 Mbar'^2 + C' + w' + sum_k k! c_{e,k}^2 [(1 - rho^{2k}) + (rho^k - p'^k)^2] + what it lacks.

    Every term is nonnegative: teachers, students, students of students are compositions, and nothing cancels.

Assumptions
    The step is the one of ``gradient_direction``; the features that Moniri et al. find are unpenalised, and
    the bulk sees what they leave (``unpenalised_features``); the bulk is ridge on random features,
    ``random_feature_bulk``.

Proof
    Inner products of the vectors involved, in coordinates; means of Hermite polynomials by exact Gaussian
    moments.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import sympy as sp

from w2s_asymptotics.proof.checks import Identity
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.theorems import _two_layer as state
from w2s_asymptotics.theorems import random_feature_bulk
from w2s_asymptotics.theorems._isotropic import Account
from w2s_asymptotics.theorems._two_layer import (
    COORDINATES,
    GIVEN,
    C,
    K,
    M,
    N,
    S,
    U,
    along,
    apart,
    aside,
    bias,
    c,
    c_easy,
    c_hard,
    easy_energy,
    energy,
    g,
    gamma_step,
    gap,
    hard_energy,
    k,
    l_hard,
    l_labels,
    l_own,
    noise,
    over,
    path,
    power,
    q,
    rho,
    tau,
    top,
    turned,
    w,
    z,
)
from w2s_asymptotics.words.gaussian import AtDegrees, GaussianMeans, He, Mean, OnVectors
from w2s_asymptotics.words.inner import inner

__all__ = ["derivation", "forms"]

_vectors = OnVectors(COORDINATES, GIVEN)
_fresh = {g: GIVEN[g], tau: GIVEN[tau], N: GIVEN[N]}
_b, _side, _h = sp.symbols("x_b x_perp x_h", real=True)
_x_v, _x_l, _bare, _x_m, _x_new = sp.symbols("x_v x_l nu x_{l'} x_{v'}", real=True)


_j = sp.Symbol("j", integer=True, nonnegative=True)
_POWERS = tuple({k: degree} for degree in range(1, 7))


def forms() -> dict[str, Any]:
    """Return the map's expressions by name, which the kernels are proved equal to."""
    return dict(_account()[1])


def _direction(account: Account) -> dict[str, Any]:
    """The gradient step, in inner products."""
    step = account.start(
        "length of the step",
        r"$\xi$ is orthogonal to all that came before",
        inner(1, state.linear + state.xi, state.linear + state.xi),
        lambda _: energy + gamma_step * power,
        _vectors,
        uses=("gradient_direction",),
        note=r"$v' = (l + \xi)/N$ with $\|\xi\|^2 = \gamma_{\mathrm{step}}E$; this is $N^2$.",
    )
    direction = account.start(
        "direction",
        "in coordinates",
        inner(1, state.turned_to, state.b),
        lambda _: c * M / N,
        _vectors,
        uses=("length of the step",),
        note=r"This is $\rho$.",
    )
    not_met = account.start(
        "what the direction misses",
        r"insert $N^2$",
        1 - direction**2,
        lambda _: (C + gamma_step * power) / N**2,
        Identity({N: GIVEN[N], energy: GIVEN[energy]}),
        uses=("direction",),
        note=r"$\bar{\rho} = 1 - \rho^2$, without a difference.",
    )
    turn = account.start(
        "turn",
        "in coordinates",
        inner(1, state.turned_to, state.v),
        lambda _: along / N,
        _vectors,
        uses=("length of the step",),
        note=r"This is $q$.",
    )
    apart = account.start(
        "what the turn loses",
        r"insert $N^2$, $\Lambda = \ell^2 + A$",
        1 - turn**2,
        lambda _: (aside + gamma_step * power) / N**2,
        Identity({N: GIVEN[N], energy: along**2 + aside}),
        uses=("turn",),
        note=r"This is $\bar{q}$.",
    )
    new_along = account.start(
        "along the new direction",
        "in coordinates",
        inner(1, state.linear, state.turned_to),
        lambda _: energy / N,
        _vectors,
        uses=("length of the step",),
        note="Learned entirely, as the features along $v'$ are unpenalised.",
    )
    return {
        "length": step,
        "direction": direction,
        "missed": not_met,
        "turn": turn,
        "turned": apart,
        "along": new_along,
        "left": GIVEN[g],
        "tau": GIVEN[tau],
    }


def _linear(account: Account) -> dict[str, Any]:
    """The linear part of what the head learns."""
    left = state.linear - energy / N * state.turned_to
    learned = sp.expand(energy / N * state.turned_to + S * left + state.delta)
    unreached = account.start(
        "what is left for the bulk",
        "in coordinates",
        inner(1, left, left),
        lambda _: g * energy,
        _vectors,
        uses=("along the new direction",),
        note=r"The bulk sees $l - \langle l, v'\rangle v'$.",
    )
    overlap = account.start(
        "overlap with the easy direction",
        r"$l' = \langle l, v'\rangle v' + S(l - \langle l, v'\rangle v') + \delta$",
        inner(1, learned, state.b),
        lambda _: c * M * (tau + S * g),
        _vectors,
        uses=("along the new direction",),
        note=r"$\delta$ is the Gaussian part that the bulk adds, of energy $U$.",
    )
    multiplier = account.start(
        "multiplier",
        "divide by c",
        overlap / c,
        lambda _: M * (tau + S * g),
        Identity(),
        uses=("overlap with the easy direction",),
    )
    new_bias = account.start(
        "bias",
        r"$M = 1 - \bar{M}$, $\tau = 1 - g$, $K = 1 - S$",
        1 - multiplier,
        lambda _: bias + M * K * g,
        Identity({bias: 1 - M, tau: 1 - g, K: 1 - S}),
        uses=("multiplier",),
    )
    squared = account.start(
        "norm",
        "in coordinates",
        inner(1, learned, learned),
        lambda _: energy**2 / N**2 + S**2 * g * energy + U,
        _vectors,
        uses=("what is left for the bulk",),
    )
    off = account.start(
        "beside the new direction",
        r"subtract $\langle l', v'\rangle^2$",
        squared - inner(1, learned, state.turned_to) ** 2,
        lambda _: S**2 * g * energy + U,
        _vectors,
        uses=("norm",),
    )
    spread = account.start(
        "spread",
        r"subtract $\langle l', b_e\rangle^2$",
        squared - overlap**2,
        lambda _: C * (tau + S**2 * g) + c**2 * M**2 * K**2 * g * tau + U,
        Identity({**_fresh, energy: GIVEN[energy], K: 1 - S}),
        uses=("norm", "overlap with the easy direction"),
        note=r"With $\tau = 1 - g = \Lambda/N^2$: a sum of positive terms.",
    )
    return {
        "unreached": unreached,
        "multiplier": multiplier,
        "bias": new_bias,
        "aside": off,
        "spread": spread,
    }


_DEGREES = tuple(
    {l_labels: t, l_own: own, l_hard: h, top: 4} for t, own, h in ((1, 1, 2), (3, 2, 3), (4, 4, 4))
)


def _function(degree: Any) -> Any:
    """The labelling function, in Gaussian variables."""
    easy = over(c_easy[k] * path**k * He(k, _x_v), 2, degree)
    hard = over(z[k] * c_hard[k] * He(k, _h), 2, top)
    return _x_l + easy + hard + sp.sqrt(w) * _bare


def _nonlinear(account: Account) -> dict[str, Any]:
    """What is not linear in the covariates: the labels' mean square, their noise, the fidelity."""
    independent = (_b, _side, _h, _bare)
    means = GaussianMeans(independent, {_x_v: _b, _x_l: along * _b + sp.sqrt(aside) * _side}, _DEGREES)
    carried = over(easy_energy() * path ** (2 * k), 2, l_labels)
    hard = over(hard_energy() * z[k] ** 2, 2, top)
    square = account.start(
        "mean square of the labels",
        "Hermite polynomials are orthogonal",
        Mean(_function(l_labels) ** 2) + noise,
        lambda _: along**2 + aside + carried + hard + w + noise,
        means,
        uses=("unpenalised_features",),
        note=r"$x_v = \langle v, x\rangle$ and so on; $\ell^2 + A = \Lambda$. This is $E$.",
    )
    account.start(
        "path",
        "Hermite polynomials of two directions",
        Mean(c_easy[k] * path**k * He(k, _x_v) * He(k, _x_new)) / sp.factorial(k),
        lambda _: c_easy[k] * (path * q) ** k,
        GaussianMeans((_b, _side), {_x_v: _b, _x_new: q * _b + sp.sqrt(1 - q**2) * _side}, _POWERS),
        uses=("unpenalised_features", "turn"),
        note=r"The coefficient of $\mathrm{He}_k(\langle v', x\rangle)$ in the labels: $p' = pq$.",
    )
    kept_again = over(easy_energy() * path ** (2 * k) * q ** (2 * k), 2, sp.Min(l_labels, l_own))
    kept_hard = over(hard_energy() * z[k] ** 2, 2, l_hard)
    unexplained = account.start(
        "label noise of the bulk",
        "subtract what the features express",
        square - along**2 - aside - kept_again - kept_hard,
        lambda _: (
            noise
            + w
            + over(easy_energy() * path ** (2 * k) * (1 - q ** (2 * k)), 2, sp.Min(l_labels, l_own))
            + over(easy_energy() * path ** (2 * k), sp.Min(l_labels, l_own) + 1, l_labels)
            + over(hard_energy() * z[k] ** 2, l_hard + 1, top)
        ),
        AtDegrees(_DEGREES),
        uses=("mean square of the labels", "path"),
        note=r"This is $s^2$.",
    )
    return {"power": square, "label_noise": unexplained}


def _risk(account: Account) -> dict[str, Any]:
    """The distance of a function from the truth."""
    captured = over(c_easy[k] * path**k * He(k, _x_v), 2, l_own)
    learned = _x_m + captured + over(z[k] * c_hard[k] * He(k, _h), 2, l_hard) + sp.sqrt(w) * _bare
    truth = c * _b + over(c_easy[k] * He(k, _b), 2, top) + over(c_hard[k] * He(k, _h), 2, top)
    means = GaussianMeans(
        (_b, _side, _h, _bare),
        {_x_v: rho * _b + sp.sqrt(1 - rho**2) * _side, _x_m: c * M * _b + sp.sqrt(C) * _side},
        _DEGREES,
        {bias: 1 - M},
    )
    error = 1 - 2 * (path * rho) ** k + path ** (2 * k)
    beyond = over(easy_energy(), l_own + 1, top)
    hard = over(hard_energy() * (1 - z[k]) ** 2, 2, l_hard) + over(hard_energy(), l_hard + 1, top)
    distance = account.start(
        "excess risk",
        "Hermite polynomials are orthogonal",
        Mean((learned - truth) ** 2),
        lambda _: c**2 * bias**2 + C + w + over(easy_energy() * error, 2, l_own) + beyond + hard,
        means,
        uses=("unpenalised_features",),
        note=r"$x_b = \langle b_e, x\rangle$, $x_v = \langle v, x\rangle$ with $v$ at the overlap $\rho$.",
    )
    positive = over(easy_energy() * ((1 - rho ** (2 * k)) + (rho**k - path**k) ** 2), 2, l_own)
    account.then(
        "excess risk in positive terms",
        "complete the square, degree by degree",
        lambda _: c**2 * bias**2 + C + w + positive + beyond + hard,
        AtDegrees(_DEGREES),
    )
    return {"risk": account.last, "plain risk": distance}


@cache
def _account() -> tuple[Account, dict[str, Any]]:
    account = Account()
    named: dict[str, Any] = {}
    for part in (_direction, _linear, _nonlinear, _bulk, _gaps, _risk):
        named |= part(account)
    return account, named


def _bulk(account: Account) -> dict[str, Any]:
    """What the bulk makes of what is left: its response, at the energies that reach it."""
    response = {step.name: step.after for step in random_feature_bulk.derivation().steps}
    left = state.linear - energy / N * state.turned_to
    reaches = {random_feature_bulk.beta: inner(1, left, left)}
    linear = response["linear energy by shares"] - S**2 * random_feature_bulk.beta
    added = account.start(
        "added by the bulk",
        r"$\beta^2 = g\Lambda$, $S = a_1$",
        linear.subs(reaches),
        lambda _: (state.a2 - S**2) * g * energy + state.v_b * state.label_noise,
        _vectors,
        uses=("random_feature_bulk", "what is left for the bulk", "label noise of the bulk"),
        note=r"This is $U$, the energy of $\delta$: what the linear part has beyond its mean $a_1\beta$.",
    )
    nonlinear = account.start(
        "nonlinear energy",
        r"$\beta^2 = g\Lambda$",
        response["nonlinear energy by shares"].subs(reaches),
        lambda _: state.w_b * g * energy + state.w_s * state.label_noise,
        _vectors,
        uses=("random_feature_bulk", "what is left for the bulk", "label noise of the bulk"),
        note=r"This is $w'$.",
    )
    return {"added": added, "nonlinear": nonlinear}


def _gaps(account: Account) -> dict[str, Any]:
    """How far the path stays behind the direction, and powers of either, without differences."""
    gap_after = account.start(
        "gap",
        r"$\rho' = cM/N$, $p' = p\ell/N$",
        c * M / N - path * along / N,
        lambda _: apart / N,
        Identity({apart: c * M - path * along}),
        uses=("direction", "path"),
        note=r"$\epsilon' = \rho' - p'$, with $\eta = cM - p\ell \geq 0$: it starts at 0, ...",
    )
    apart_after = account.start(
        "what gaps are made of",
        r"insert $M'$, $\ell'$ and $p'$",
        c * M * (tau + S * g) - path * along / N * (energy / N),
        lambda _: S * g * c * M + tau * apart,
        Identity({apart: c * M - path * along, tau: energy / N**2}),
        uses=("multiplier", "along the new direction", "path"),
        note=r"... and stays nonnegative. This is $\eta'$.",
    )
    turned_once = account.start(
        "one degree turned",
        "geometric sum",
        1 - q ** (2 * k),
        lambda _: turned * sp.Sum(q ** (2 * _j), (_j, 0, k - 1)),
        AtDegrees(_POWERS, {turned: 1 - q**2}),
        uses=("what the turn loses",),
        note=r"Likewise $1 - \rho^{2k}$ in $\bar{\rho}$.",
    )
    behind = account.start(
        "one degree behind",
        "geometric sum",
        rho**k - path**k,
        lambda _: gap * sp.Sum(rho**_j * path ** (k - 1 - _j), (_j, 0, k - 1)),
        AtDegrees(_POWERS, {gap: rho - path}),
        uses=("gap",),
    )
    return {"gap": gap_after, "apart": apart_after, "one degree turned": turned_once, "behind": behind}


def derivation() -> Derivation:
    """Derive the map of states, and the excess risk of a state."""
    account, named = _account()
    return Derivation(
        name="two_layer_map",
        title="What a two-layer learner makes of the function that labels its data",
        statement=r"One gradient step and ridge on the second layer turn the state of the labelling "
        r"function into "
        r"$M' = M(\tau + Sg)$, $C' = C(\tau + S^2g) + c^2M^2K^2g\tau + U$, $\ell' = \Lambda/N$, "
        r"$A' = S^2g\Lambda + U$, $p' = pq$, $w' = w_b g\Lambda + w_s s^2$ with $N^2 = \Lambda + "
        r"\gamma_{\mathrm{step}}E$, $g = \gamma_{\mathrm{step}}E/N^2$, $\rho = cM/N$ and $q = \ell/N$; its "
        "excess risk is a sum of nonnegative terms.",
        assumptions=(
            r"$x \sim N(0, I_d)$; labels $f(x) + \varepsilon$ with $f$ a function of the state below; every "
            "fit uses fresh rows, whose numbers grow in proportion to d, and every network a first layer of "
            "its own: what labels the rows is independent of both.",
            r"The step leaves $W_0 + uv'$ up to what vanishes (cited in gradient direction); the features "
            r"$\mathrm{He}_k(\langle v', x\rangle)$, $k \le l$, become spikes of diverging strength (cited: "
            "Moniri et al. 2024): the limit in which they are unpenalised.",
            "Given the spikes, the remaining random features act as linear ones plus independent noise "
            "(conditional Gaussian equivalence, cited: Dandi et al. 2023, Cui et al. 2024), so that the bulk "
            "is that of random feature bulk. Nothing of this is proved here; simulation checks it.",
            "Derived here: everything that follows from these.",
        ),
        sources=(
            "Moniri, Lee, Hassani, Dobriban: A theory of non-linear feature learning with one gradient step "
            "in two-layer neural networks, ICML 2024, arXiv:2310.07891.",
            "Dandi, Krzakala, Loureiro, Pesce, Stephan: How two-layer neural networks learn, one (giant) "
            "step at a time, arXiv:2305.18270.",
            "Cui, Pesce, Dandi, Krzakala, Lu, Zdeborova, Loureiro: Asymptotics of feature learning in "
            "two-layer networks after one gradient-step, ICML 2024, arXiv:2402.04980.",
        ),
        steps=tuple(account.steps),
        result=account.last,
        forms={
            "direction": named["direction"],
            "bias": named["bias"],
            "spread": named["spread"],
            "beside the new direction": named["aside"],
            "label noise of the bulk": named["label_noise"],
            "added by the bulk": named["added"],
            "nonlinear energy": named["nonlinear"],
            "mean square of the labels": named["power"],
            "excess risk": named["risk"],
        },
        notation=state.STATE_NOTATION,
        uses=("gradient_direction", "unpenalised_features", "random_feature_bulk"),
    )
