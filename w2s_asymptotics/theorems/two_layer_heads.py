r"""Teacher and student, two-layer networks both: the two-stage formulas, as compositions of one map.

``two_layer_map`` at the truth, then at the teacher; ``random_feature_bulk`` for what signal and noise cost.
A probe's direction is any unit vector at the overlap rho_s: in coordinates.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import sympy as sp

from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.models.gaussian import Vectors
from w2s_asymptotics.proof.tactics import Equal
from w2s_asymptotics.theorems import _two_layer as state
from w2s_asymptotics.theorems import _two_stage as two
from w2s_asymptotics.theorems import random_feature_bulk, two_layer_map
from w2s_asymptotics.theorems._two_layer import a1, a2, c, easy_energy, noise, over, v_b, w_b, w_s
from w2s_asymptotics.theorems._two_stage import composed, kept_easy
from w2s_asymptotics.words.inner import inner

__all__ = ["derivation", "formulas"]

_B, _D2 = random_feature_bulk.B, random_feature_bulk.D2
_TRUTH: dict[Any, Any] = {
    state.M: 1, state.bias: 0, state.C: 0, state.energy: c**2, state.along: c, state.aside: 0, state.path: 1,
    state.w: 0,
}  # fmt: skip
_TEACHER: dict[Any, Any] = {
    state.M: two.overlap_t / c,
    state.bias: 1 - two.overlap_t / c,
    state.C: two.energy_t - two.overlap_t**2,
    state.energy: two.energy_t,
    state.along: c * two.rho_t,
    state.aside: two.energy_t - c**2 * two.rho_t**2,
    state.path: two.rho_t,
    state.w: two.w_t,
    noise: 0,
}
"""What labels the rows: the truth, and the teacher as a state."""

_COSTS = {w_b: _B / (1 - _D2) - 1 + 2 * a1 - a2, w_s: 1 / (1 - _D2) - 1 - v_b}
"""What the shares of one bulk add up to (``random_feature_bulk``)."""


def _labelled(expression: Any, share: Any, degree: Any, hard_degree: Any, own: Any) -> Any:
    """The map's sums at the degrees of one stage, ``share`` of the hard link in its labels."""
    degrees = {state.l_labels: degree, state.l_hard: hard_degree, state.l_own: own}
    shared = expression.xreplace({state.z[state.k]: sp.sympify(share)})
    nothing = {term: sp.S.Zero for term in shared.atoms(sp.Sum) if term.function == 0}
    return shared.xreplace(nothing).subs(degrees, simultaneous=True)


def formulas() -> dict[str, Any]:
    """Return the printed formulas by name; each is what a step of the derivation arrives at."""
    return dict(_account()[1])


def _first_stage(account: Account) -> dict[str, Any]:
    """The teacher: the map at the truth."""
    forms = two_layer_map.forms()
    rho, left = two.rho_t, 1 - two.rho_t**2
    step = {state.N: c / rho, state.tau: rho**2, state.g: left, state.q: rho}
    bulk = {state.U: forms["added"], state.S: a1, state.label_noise: two.noise_t}
    at_truth = {**bulk, **_TRUTH, **step}
    power = account.line(_labelled(forms["power"], 1, two.top, 1, two.top)).claim(
        "true labels",
        r"$M = 1$, $C = w = 0$, $p = 1$: the truth",
        two.E_y,
        composed(_TRUTH),
        uses=("two_layer_map",),
        note=r"$\mathbb{E}[y^2] = E_e + E_h + \sigma^2$.",
    )
    direction = account.line(forms["direction"]).claim(
        "direction of the teacher",
        r"$N_t^2 = \Lambda + \gamma_{\mathrm{step}}E_y$",
        c / sp.sqrt(c**2 + two.step_t * power),
        composed(
            {state.N: sp.sqrt(forms["length"]), state.gamma_step: two.step_t, state.power: power, **_TRUTH}
        ),
        uses=("two_layer_map", "true labels"),
        note=r"This is $\rho_t$.",
    )
    account.line(forms["tau"]).claim(
        "share along the direction",
        r"$N_t = c/\rho_t$",
        rho**2,
        composed({state.N: c / rho, **_TRUTH}),
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
    unexplained = account.line(_labelled(forms["label_noise"], 1, two.top, 1, two.l_t)).claim(
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
    emitted = account.line(_labelled(forms["power"], 0, two.l_t, 1, two.l_t)).claim(
        "mean square of the teacher's labels",
        r"no noise, no hard part; $\ell^2 + A = \Lambda_t$",
        two.energy_t + kept_easy(rho, two.l_t) + two.w_t,
        composed(_TEACHER),
        uses=("two_layer_map", "energy of the teacher", "nonlinear energy of the teacher"),
        note=r"This is $E_t = \mathbb{E}[\hat{y}^2]$.",
    )
    learned = {two.overlap_t: overlap, two.energy_t: energy, two.w_t: nonlinear}
    risk = account.line(noise + _labelled(forms["plain risk"], 0, two.top, 1, two.l_t)).claim(
        "risk of the teacher",
        r"$1 - 2a_1 + a_2 + w_b = B/(1 - D_2)$, $v + w_s + 1 = 1/(1 - D_2)$",
        (_B * c**2 * left + two.noise_t) / (1 - _D2),
        composed({**_TEACHER_IN_RISK, **learned, **_COSTS, two.noise_t: unexplained}),
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


_TEACHER_IN_RISK = {
    **{key: _TEACHER[key] for key in (state.bias, state.C, state.path, state.w)},
    state.rho: two.rho_t,
}


def _second_stage(account: Account) -> dict[str, Any]:
    """The student: the map at the teacher."""
    forms = two_layer_map.forms()
    length = account.line(forms["length"]).claim(
        "length of the student's step",
        "the map at the teacher",
        two.energy_t + two.step_s * two.power_t,
        composed({state.gamma_step: two.step_s, state.power: two.power_t, **_TEACHER}),
        uses=("two_layer_map", "energy of the teacher", "mean square of the teacher's labels"),
        note=r"This is $N_s^2$.",
    )
    at_teacher: dict[Any, Any] = {**_TEACHER, state.N: two.N_s}
    found: dict[str, Any] = {"length of the student's step": length}
    for name, key, after, note in (
        ("direction of the student", "direction", two.overlap_t / two.N_s, r"This is $\rho_s$."),
        ("turn of the student", "turn", c * two.rho_t / two.N_s, r"This is $q = \langle v_s, v_t\rangle$."),
        (
            "teacher along the student's direction",
            "along",
            two.energy_t / two.N_s,
            r"This is $\ell_s = \langle l_t, v_s\rangle$.",
        ),
    ):
        found[name] = account.line(forms[key]).claim(
            name,
            "the map at the teacher",
            after,
            composed(at_teacher),
            uses=("two_layer_map", "length of the student's step"),
            note=note,
        )
    turned = {
        two.along_s: two.energy_t / two.N_s,
        two.rho_s: two.overlap_t / two.N_s,
        state.q: c * two.rho_t / two.N_s,
        state.g: 1 - two.energy_t / two.N_s**2,
        state.tau: two.energy_t / two.N_s**2,
    }
    found["left for the student's bulk"] = account.line(forms["unreached"]).claim(
        "left for the student's bulk",
        r"$g = 1 - \Lambda_t/N_s^2$",
        two.energy_t - two.along_s**2,
        composed({**turned, **at_teacher}),
        uses=("two_layer_map", "teacher along the student's direction"),
        note=r"This is $\beta_s^2$.",
    )
    found["label noise of the student"] = account.line(
        _labelled(forms["label_noise"], 0, two.l_t, two.l_h, two.l_s)
    ).claim(
        "label noise of the student",
        r"$p = \rho_t$, and nothing of the hard link in the labels",
        two.w_t + kept_easy(two.rho_t, two.l_t) - kept_easy(two.rho_t * state.q, two.l_m),
        composed({**turned, **at_teacher}),
        uses=("two_layer_map", "turn of the student"),
        note=r"This is $s_{lab}^2$: what of the teacher's features lies along $v_s$ is explained.",
    )
    bulk = {
        state.U: forms["added"],
        state.S: two.a1_s,
        a2: two.a2_s,
        v_b: two.v_s,
        w_b: two.wb_s,
        w_s: two.ws_s,
        state.label_noise: two.noise_lab,
    }
    student = {
        **bulk,
        two.left_s: two.energy_t - two.along_s**2,
        state.K: 1 - two.a1_s,
        **turned,
        **at_teacher,
    }
    found["overlap of the student"] = account.line(c * forms["multiplier"]).claim(
        "overlap of the student",
        "the map at the teacher",
        two.along_s * two.rho_s + two.a1_s * (two.overlap_t - two.along_s * two.rho_s),
        composed(student),
        uses=("two_layer_map", "direction of the student", "teacher along the student's direction"),
        note=r"This is $o_m$.",
    )
    found["energy of the student"] = account.line(c**2 * forms["multiplier"] ** 2 + forms["spread"]).claim(
        "energy of the student",
        "the map at the teacher",
        two.along_s**2 + two.a2_s * two.left_s + two.v_s * two.noise_lab,
        composed(student),
        uses=("two_layer_map", "left for the student's bulk", "label noise of the student"),
        note=r"This is $\Lambda_m$.",
    )
    found["nonlinear energy of the student"] = account.line(forms["nonlinear"]).claim(
        "nonlinear energy of the student",
        "the map at the teacher",
        two.wb_s * two.left_s + two.ws_s * two.noise_lab,
        composed(student),
        uses=("two_layer_map", "left for the student's bulk", "label noise of the student"),
        note=r"This is $w_m$.",
    )
    return found


def _heads(account: Account) -> dict[str, Any]:
    """The student's test risk, head by head."""
    risk = two_layer_map.forms()["plain risk"]
    in_risk = {
        state.bias: 1 - two.overlap_m / c,
        state.C: two.energy_m - two.overlap_m**2,
        state.w: two.w_m,
        state.path: two.rho_t * state.q,
        state.rho: two.rho_s,
    }
    without_hard = risk.xreplace({term: sp.S.Zero for term in risk.atoms(sp.Sum) if term.has(state.c_hard)})
    error = (two.rho_t * state.q) ** (2 * state.k) - 2 * (two.rho_t * state.q * two.rho_s) ** state.k
    names = ("overlap of the student", "energy of the student", "nonlinear energy of the student")
    easy = account.line(_labelled(without_hard, 0, two.l_t, two.l_h, two.l_m)).claim(
        "easy error of the student",
        r"$p = \rho_tq$ on the degrees that both have",
        (c**2 - 2 * c * two.overlap_m + two.energy_m + two.w_m + two.E_e - c**2)
        + over(easy_energy() * error, 2, two.l_m),
        composed(in_risk),
        uses=("two_layer_map", *names),
        note=r"This is $X_s$; $l_m = \min(l_t, l_s)$.",
    )
    given = {two.easy_s: easy, **in_risk}
    labels = account.line(noise + _labelled(risk, 0, two.l_t, two.l_h, two.l_m)).claim(
        "labels head",
        r"the labels have nothing of the hard link: $z_k = 0$",
        noise + two.E_h + two.easy_s,
        composed(given),
        uses=("two_layer_map", "easy error of the student"),
        note="The pre-trained hard features are forgotten.",
    )
    retained = account.line(noise + _labelled(risk, two.quality, two.l_t, two.l_h, two.l_m)).claim(
        "retained head",
        r"$z_k = \zeta$ for $k \le l_h$",
        labels - two.quality * (2 - two.quality) * two.captured,
        composed(given),
        uses=("labels head",),
        note=r"$1 - (1 - \zeta)^2 = \zeta(2 - \zeta)$.",
    )
    return {"easy error of the student": easy, "labels head": labels, "retained head": retained}


def _probe(account: Account) -> dict[str, Any]:
    """A head fitted to true labels beside any direction at the overlap rho_s."""
    forms = two_layer_map.forms()
    rho, left = two.rho_s, 1 - two.rho_s**2
    truth, fixed = c * state.b, state.turned_to
    added = sp.Symbol("U", positive=True)
    vectors = Equal(
        Vectors(
            {state.b: (1, 0, 0), fixed: (rho, sp.sqrt(1 - rho**2), 0), state.delta: (0, 0, sp.sqrt(added))},
            {added: (a2 - a1**2) * c**2 * left + v_b * two.noise_p},
        )
    )
    along = account.line(inner(1, truth, fixed)).claim(
        "truth along the student's direction",
        "in coordinates",
        c * rho,
        vectors,
        uses=("direction of the student",),
        note=r"Here $v'$ is fixed, at the overlap $\rho_s$, and the head sees the truth.",
    )
    unexplained = account.line(_labelled(forms["label_noise"], 1, two.top, two.l_h, two.l_s)).claim(
        "label noise of a probe",
        r"$q = \rho_s$; the hard features are there",
        noise + two.E_h - two.captured + two.E_e - c**2 - kept_easy(rho, two.l_s),
        composed({**_TRUTH, state.q: rho}),
        uses=("two_layer_map", "truth along the student's direction"),
        note=r"This is $s_p^2$.",
    )
    learned = sp.expand(along * fixed + a1 * (truth - along * fixed) + state.delta)
    overlap = account.line(inner(1, learned, state.b)).claim(
        "overlap of a probe",
        r"$l' = c\rho_sv' + a_1(cb_e - c\rho_sv') + \delta$",
        c * (rho**2 + a1 * left),
        vectors,
        uses=("truth along the student's direction",),
        note=r"The bulk sees $|\beta|^2 = c^2(1 - \rho_s^2)$.",
    )
    energy = account.line(inner(1, learned, learned)).claim(
        "energy of a probe",
        "in coordinates",
        c**2 * rho**2 + a2 * c**2 * left + v_b * two.noise_p,
        vectors,
        uses=("two_layer_map", "overlap of a probe", "label noise of a probe"),
        note=r"$\|\delta\|^2 = (a_2 - a_1^2)c^2(1 - \rho_s^2) + vs_p^2$.",
    )
    nonlinear = w_b * c**2 * left + w_s * two.noise_p
    risk = account.line(noise + _labelled(forms["plain risk"], 1, two.top, two.l_h, two.l_s)).claim(
        "probe head",
        "as for the teacher",
        (_B * c**2 * left + two.noise_p) / (1 - _D2),
        composed(
            {
                state.bias: 1 - overlap / c,
                state.C: energy - overlap**2,
                state.path: rho,
                state.rho: rho,
                state.w: nonlinear,
                **_COSTS,
                two.noise_p: unexplained,
            }
        ),
        uses=("two_layer_map", "random_feature_bulk", "overlap of a probe", "energy of a probe"),
        note=r"Scalars at $\gamma_{\mathrm{probe}}$; $\rho_s = 0$ is the control that saw no teacher.",
    )
    return {"label noise of a probe": unexplained, "probe head": risk}


@cache
def _account() -> tuple[dict[str, Any]]:
    account = Account()
    named: dict[str, Any] = {}
    for part in (_first_stage, _second_stage, _heads, _probe):
        named |= part(account)
    return account, named


def derivation() -> Derivation:
    """Derive the two-stage formulas: the map at the truth, then at the teacher, and the three heads."""
    account, named = _account()
    return Derivation(
        name="two_layer_heads",
        title="A two-layer student of a two-layer teacher, head by head",
        statement=r"Teacher: $L_t = [Bc^2(1 - \rho_t^2) + s_t^2]/(1 - D_2)$. A student that learns from its "
        r"labels: $\sigma^2 + E_h + X_s$; one that retains its head on the hard features at quality $\zeta$: "
        r"$\sigma^2 + E_h + X_s - \zeta(2 - \zeta)E_{\mathrm{cap}}$; one whose head is a probe on true "
        r"labels: $[Bc^2(1 - \rho_s^2) + s_p^2]/(1 - D_2)$. Its direction is $\rho_s = o_t/N_s$.",
        assumptions=(
            "Those of two layer map: fresh rows, diverging spikes, conditional Gaussian equivalence (cited "
            "there).",
            "The teacher has no hard features; the student's first layer carries "
            r"$\mathrm{He}_k(\langle b_h, x\rangle)$, $2 \le k \le l_h$, from pre-training.",
            "Where the activation lacks some degrees, all sums run over those that it has.",
        ),
        sources=("Moniri, Hassani: On the mechanisms of weak-to-strong generalization, arXiv:2505.18346.",),
        steps=tuple(account.steps),
        result=account.last,
        forms=named,
        notation=two.TWO_STAGE_NOTATION,
        uses=("two_layer_map", "random_feature_bulk"),
    )
