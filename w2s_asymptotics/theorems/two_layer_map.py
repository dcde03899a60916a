r"""What a two-layer learner makes of the function that labels its data.

Inner products of the vectors involved, in coordinates; means of Hermite polynomials by exact Gaussian
moments.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import sympy as sp

from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import Identity
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.models.gaussian import Vectors
from w2s_asymptotics.proof.tactics import Equal
from w2s_asymptotics.theorems import _two_layer as state
from w2s_asymptotics.theorems import _two_layer_function as function
from w2s_asymptotics.theorems import random_feature_bulk
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
    energy,
    g,
    gamma_step,
    gap,
    k,
    path,
    power,
    q,
    rho,
    tau,
    turned,
)
from w2s_asymptotics.words.inner import inner

__all__ = ["derivation", "forms"]

_vectors = Equal(Vectors(COORDINATES, GIVEN))
_fresh = {g: GIVEN[g], tau: GIVEN[tau], N: GIVEN[N]}


_j = sp.Symbol("j", integer=True, nonnegative=True)


def forms() -> dict[str, Any]:
    """Return the map's expressions by name, which the kernels are proved equal to."""
    return dict(_account()[1])


def _direction(account: Account) -> dict[str, Any]:
    """The gradient step, in inner products."""
    step = account.line(inner(1, state.linear + state.xi, state.linear + state.xi)).claim(
        "length of the step",
        r"$\xi$ is orthogonal to all that came before",
        energy + gamma_step * power,
        _vectors,
        uses=("gradient_direction",),
        note=r"$v' = (l + \xi)/N$ with $\|\xi\|^2 = \gamma_{\mathrm{step}}E$; this is $N^2$.",
    )
    direction = account.line(inner(1, state.turned_to, state.b)).claim(
        "direction",
        "in coordinates",
        c * M / N,
        _vectors,
        uses=("length of the step",),
        note=r"This is $\rho$.",
    )
    not_met = account.line(1 - direction**2).claim(
        "what the direction misses",
        r"insert $N^2$",
        (C + gamma_step * power) / N**2,
        Identity({N: GIVEN[N], energy: GIVEN[energy]}),
        uses=("direction",),
        note=r"$\bar{\rho} = 1 - \rho^2$, without a difference.",
    )
    turn = account.line(inner(1, state.turned_to, state.v)).claim(
        "turn",
        "in coordinates",
        along / N,
        _vectors,
        uses=("length of the step",),
        note=r"This is $q$.",
    )
    apart = account.line(1 - turn**2).claim(
        "what the turn loses",
        r"insert $N^2$, $\Lambda = \ell^2 + A$",
        (aside + gamma_step * power) / N**2,
        Identity({N: GIVEN[N], energy: along**2 + aside}),
        uses=("turn",),
        note=r"This is $\bar{q}$.",
    )
    new_along = account.line(inner(1, state.linear, state.turned_to)).claim(
        "along the new direction",
        "in coordinates",
        energy / N,
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
    unreached = account.line(inner(1, left, left)).claim(
        "what is left for the bulk",
        "in coordinates",
        g * energy,
        _vectors,
        uses=("along the new direction",),
        note=r"The bulk sees $l - \langle l, v'\rangle v'$.",
    )
    overlap = account.line(inner(1, learned, state.b)).claim(
        "overlap with the easy direction",
        r"$l' = \langle l, v'\rangle v' + S(l - \langle l, v'\rangle v') + \delta$",
        c * M * (tau + S * g),
        _vectors,
        uses=("along the new direction",),
        note=r"$\delta$ is the Gaussian part that the bulk adds, of energy $U$.",
    )
    multiplier = account.line(overlap / c).claim(
        "multiplier",
        "divide by c",
        M * (tau + S * g),
        Identity(),
        uses=("overlap with the easy direction",),
    )
    new_bias = account.line(1 - multiplier).claim(
        "bias",
        r"$M = 1 - \bar{M}$, $\tau = 1 - g$, $K = 1 - S$",
        bias + M * K * g,
        Identity({bias: 1 - M, tau: 1 - g, K: 1 - S}),
        uses=("multiplier",),
    )
    squared = account.line(inner(1, learned, learned)).claim(
        "norm",
        "in coordinates",
        energy**2 / N**2 + S**2 * g * energy + U,
        _vectors,
        uses=("what is left for the bulk",),
    )
    off = account.line(squared - inner(1, learned, state.turned_to) ** 2).claim(
        "beside the new direction",
        r"subtract $\langle l', v'\rangle^2$",
        S**2 * g * energy + U,
        _vectors,
        uses=("norm",),
    )
    spread = account.line(squared - overlap**2).claim(
        "spread",
        r"subtract $\langle l', b_e\rangle^2$",
        C * (tau + S**2 * g) + c**2 * M**2 * K**2 * g * tau + U,
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


@cache
def _account() -> tuple[Account, dict[str, Any]]:
    account = Account()
    named: dict[str, Any] = {}
    for part in (_direction, _linear, function.nonlinear, _bulk, _gaps, function.risk):
        named |= part(account)
    return account, named


def _bulk(account: Account) -> dict[str, Any]:
    """What the bulk makes of what is left: its response, at the energies that reach it."""
    response = {step.name: step.after for step in random_feature_bulk.derivation().steps}
    left = state.linear - energy / N * state.turned_to
    reaches = {random_feature_bulk.beta: inner(1, left, left)}
    linear = response["linear energy by shares"] - S**2 * random_feature_bulk.beta
    added = account.line(linear.subs(reaches)).claim(
        "added by the bulk",
        r"$\beta^2 = g\Lambda$, $S = a_1$",
        (state.a2 - S**2) * g * energy + state.v_b * state.label_noise,
        _vectors,
        uses=("random_feature_bulk", "what is left for the bulk", "label noise of the bulk"),
        note=r"This is $U$, the energy of $\delta$: what the linear part has beyond its mean $a_1\beta$.",
    )
    nonlinear = account.line(response["nonlinear energy by shares"].subs(reaches)).claim(
        "nonlinear energy",
        r"$\beta^2 = g\Lambda$",
        state.w_b * g * energy + state.w_s * state.label_noise,
        _vectors,
        uses=("random_feature_bulk", "what is left for the bulk", "label noise of the bulk"),
        note=r"This is $w'$.",
    )
    return {"added": added, "nonlinear": nonlinear}


def _gaps(account: Account) -> dict[str, Any]:
    """How far the path stays behind the direction, and powers of either, without differences."""
    gap_after = account.line(c * M / N - path * along / N).claim(
        "gap",
        r"$\rho' = cM/N$, $p' = p\ell/N$",
        apart / N,
        Identity({apart: c * M - path * along}),
        uses=("direction", "path"),
        note=r"$\epsilon' = \rho' - p'$, with $\eta = cM - p\ell \geq 0$: it starts at 0.",
    )
    apart_after = account.line(c * M * (tau + S * g) - path * along / N * (energy / N)).claim(
        "what gaps are made of",
        r"insert $M'$, $\ell'$ and $p'$",
        S * g * c * M + tau * apart,
        Identity({apart: c * M - path * along, tau: energy / N**2}),
        uses=("multiplier", "along the new direction", "path"),
        note=r"It stays nonnegative. This is $\eta'$.",
    )
    turned_once = account.line(1 - q ** (2 * k)).claim(
        "one degree turned",
        "geometric sum",
        turned * sp.Sum(q ** (2 * _j), (_j, 0, k - 1)),
        Identity({turned: 1 - q**2}, at=function.POWERS),
        uses=("what the turn loses",),
        note=r"Likewise $1 - \rho^{2k}$ in $\bar{\rho}$.",
    )
    behind = account.line(rho**k - path**k).claim(
        "one degree behind",
        "geometric sum",
        gap * sp.Sum(rho**_j * path ** (k - 1 - _j), (_j, 0, k - 1)),
        Identity({gap: rho - path}, at=function.POWERS),
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
