r"""The teacher of the two-stage formulas: the map of a two-layer learner at the truth."""

from __future__ import annotations

from typing import Any

import sympy as sp

from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.theorems import _two_layer as state
from w2s_asymptotics.theorems import _two_stage as two
from w2s_asymptotics.theorems import random_feature_bulk, two_layer_map
from w2s_asymptotics.theorems._two_layer import a1, a2, c, noise, v_b, w_b, w_s
from w2s_asymptotics.theorems._two_stage import composed, kept_easy

__all__ = ["COSTS", "first_stage"]

_B, _D2 = random_feature_bulk.B, random_feature_bulk.D2
COSTS = {w_b: _B / (1 - _D2) - 1 + 2 * a1 - a2, w_s: 1 / (1 - _D2) - 1 - v_b}
"""What the shares of one bulk add up to (``random_feature_bulk``)."""

_TEACHER_IN_RISK = {
    **{key: two.TEACHER[key] for key in (state.bias, state.C, state.path, state.w)},
    state.rho: two.rho_t,
}


def first_stage(account: Account) -> dict[str, Any]:
    """The teacher: the map at the truth."""
    forms = two_layer_map.forms()
    rho, left = two.rho_t, 1 - two.rho_t**2
    step = {state.N: c / rho, state.tau: rho**2, state.g: left, state.q: rho}
    bulk = {state.U: forms["added"], state.S: a1, state.label_noise: two.noise_t}
    at_truth = {**bulk, **two.TRUTH, **step}
    power = account.line(two.labelled(forms["power"], 1, two.top, 1, two.top)).claim(
        "true labels",
        r"$M = 1$, $C = w = 0$, $p = 1$: the truth",
        two.E_y,
        composed(two.TRUTH),
        uses=("two_layer_map",),
        note=r"$\mathbb{E}[y^2] = E_e + E_h + \sigma^2$.",
    )
    direction = account.line(forms["direction"]).claim(
        "direction of the teacher",
        r"$N_t^2 = \Lambda + \gamma_{\mathrm{step}}E_y$",
        c / sp.sqrt(c**2 + two.step_t * power),
        composed(
            {state.N: sp.sqrt(forms["length"]), state.gamma_step: two.step_t, state.power: power, **two.TRUTH}
        ),
        uses=("two_layer_map", "true labels"),
        note=r"This is $\rho_t$.",
    )
    account.line(forms["tau"]).claim(
        "share along the direction",
        r"$N_t = c/\rho_t$",
        rho**2,
        composed({state.N: c / rho, **two.TRUTH}),
        uses=("direction of the teacher",),
    )
    account.line(forms["left"]).claim(
        "share left for the bulk",
        r"$\gamma_{\mathrm{step}}E_y = N_t^2 - c^2$",
        left,
        composed({state.power: (state.N**2 - c**2) / state.gamma_step, state.N: c / rho}),
        uses=("direction of the teacher",),
        note=r"The bulk sees $|\beta|^2 = c^2(1 - \rho_t^2)$.",
    )
    unexplained = account.line(two.labelled(forms["label_noise"], 1, two.top, 1, two.l_t)).claim(
        "label noise of the teacher",
        r"$q = \rho_t$",
        noise + two.E_h + two.E_e - c**2 - kept_easy(rho, two.l_t),
        composed(at_truth),
        uses=("two_layer_map", "direction of the teacher"),
        note=r"This is $s_t^2$: the teacher's features carry nothing of the hard link.",
    )
    shares = ("two_layer_map", "share along the direction", "share left for the bulk")
    along = account.line(forms["along"]).claim(
        "teacher along its direction",
        "insert",
        c * rho,
        composed(at_truth),
        uses=shares,
    )
    overlap = account.line(c * forms["multiplier"]).claim(
        "overlap of the teacher",
        "insert",
        c * (rho**2 + a1 * left),
        composed(at_truth),
        uses=shares,
        note=r"This is $o_t$.",
    )
    energy = account.line(c**2 * forms["multiplier"] ** 2 + forms["spread"]).claim(
        "energy of the teacher",
        r"$\|l\|^2 = c^2M^2 + C$",
        c**2 * rho**2 + a2 * c**2 * left + v_b * two.noise_t,
        composed({state.K: 1 - state.S, **at_truth}),
        uses=shares,
        note=r"This is $\Lambda_t$.",
    )
    nonlinear = account.line(forms["nonlinear"]).claim(
        "nonlinear energy of the teacher",
        "insert",
        w_b * c**2 * left + w_s * two.noise_t,
        composed(at_truth),
        uses=shares,
        note=r"This is $w_t$.",
    )
    emitted = account.line(two.labelled(forms["power"], 0, two.l_t, 1, two.l_t)).claim(
        "mean square of the teacher's labels",
        r"no noise, no hard part; $\ell^2 + A = \Lambda_t$",
        two.energy_t + kept_easy(rho, two.l_t) + two.w_t,
        composed(two.TEACHER),
        uses=("two_layer_map", "energy of the teacher", "nonlinear energy of the teacher"),
        note=r"This is $E_t = \mathbb{E}[\hat{y}^2]$.",
    )
    learned = {two.overlap_t: overlap, two.energy_t: energy, two.w_t: nonlinear}
    risk = account.line(noise + two.labelled(forms["plain risk"], 0, two.top, 1, two.l_t)).claim(
        "risk of the teacher",
        r"$1 - 2a_1 + a_2 + w_b = B/(1 - D_2)$, $v + w_s + 1 = 1/(1 - D_2)$",
        (_B * c**2 * left + two.noise_t) / (1 - _D2),
        composed({**_TEACHER_IN_RISK, **learned, **COSTS, two.noise_t: unexplained}),
        uses=(
            "two_layer_map",
            "random_feature_bulk",
            "label noise of the teacher",
            "overlap of the teacher",
            "energy of the teacher",
            "nonlinear energy of the teacher",
        ),
        note=r"This is $L_t$; it includes $\sigma^2$.",
    )
    return {
        "direction of the teacher": direction,
        "label noise of the teacher": unexplained,
        "teacher along its direction": along,
        "overlap of the teacher": overlap,
        "energy of the teacher": energy,
        "nonlinear energy of the teacher": nonlinear,
        "mean square of the teacher's labels": emitted,
        "risk of the teacher": risk,
    }
