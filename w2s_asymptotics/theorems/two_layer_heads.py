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
from w2s_asymptotics.theorems import _two_layer_teacher as teacher
from w2s_asymptotics.theorems import _two_stage as two
from w2s_asymptotics.theorems import random_feature_bulk, two_layer_map
from w2s_asymptotics.theorems._two_layer import a1, a2, c, easy_energy, noise, over, v_b, w_b, w_s
from w2s_asymptotics.theorems._two_stage import composed, kept_easy
from w2s_asymptotics.words.inner import inner

__all__ = ["derivation", "formulas"]

_B, _D2 = random_feature_bulk.B, random_feature_bulk.D2


def formulas() -> dict[str, Any]:
    """Return the printed formulas by name; each is what a step of the derivation arrives at."""
    return dict(_account()[1])


def _second_stage(account: Account) -> dict[str, Any]:
    """The student: the map at the teacher."""
    forms = two_layer_map.forms()
    length = account.line(forms["length"]).claim(
        "length of the student's step",
        "the map at the teacher",
        two.energy_t + two.step_s * two.power_t,
        composed({state.gamma_step: two.step_s, state.power: two.power_t, **two.TEACHER}),
        uses=("two_layer_map", "energy of the teacher", "mean square of the teacher's labels"),
        note=r"This is $N_s^2$.",
    )
    at_teacher: dict[Any, Any] = {**two.TEACHER, state.N: two.N_s}
    found: dict[str, Any] = {"length of the student's step": length}
    for name, key, after, note in (
        ("direction of the student", "direction", two.overlap_t / two.N_s, r"This is $\rho_s$."),
        ("turn of the student", "turn", c * two.rho_t / two.N_s, r"This is $q = \langle v_s, v_t\rangle$."),
        (
            "teacher along the student's direction",
            "along",
            two.energy_t / two.N_s,
            r"This is $\ell_s = \langle f_t, v_s\rangle$.",
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
        two.labelled(forms["label_noise"], 0, two.l_t, two.l_h, two.l_s)
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
    easy = account.line(two.labelled(without_hard, 0, two.l_t, two.l_h, two.l_m)).claim(
        "easy error of the student",
        r"$p = \rho_tq$ on the degrees that both have",
        (c**2 - 2 * c * two.overlap_m + two.energy_m + two.w_m + two.E_e - c**2)
        + over(easy_energy() * error, 2, two.l_m),
        composed(in_risk),
        uses=("two_layer_map", *names),
        note=r"This is $X_s$; $l_m = \min(l_t, l_s)$.",
    )
    given = {two.easy_s: easy, **in_risk}
    labels = account.line(noise + two.labelled(risk, 0, two.l_t, two.l_h, two.l_m)).claim(
        "labels head",
        r"the labels have nothing of the hard link: $z_k = 0$",
        noise + two.E_h + two.easy_s,
        composed(given),
        uses=("two_layer_map", "easy error of the student"),
        note="The pre-trained hard features are forgotten.",
    )
    retained = account.line(noise + two.labelled(risk, two.quality, two.l_t, two.l_h, two.l_m)).claim(
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
    unexplained = account.line(two.labelled(forms["label_noise"], 1, two.top, two.l_h, two.l_s)).claim(
        "label noise of a probe",
        r"$q = \rho_s$; the hard features are there",
        noise + two.E_h - two.captured + two.E_e - c**2 - kept_easy(rho, two.l_s),
        composed({**two.TRUTH, state.q: rho}),
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
    risk = account.line(noise + two.labelled(forms["plain risk"], 1, two.top, two.l_h, two.l_s)).claim(
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
                **teacher.COSTS,
                two.noise_p: unexplained,
            }
        ),
        uses=("two_layer_map", "random_feature_bulk", "overlap of a probe", "energy of a probe"),
        note=r"Scalars at $\gamma_{\mathrm{probe}}$; $\rho_s = 0$ is the control that saw no teacher.",
    )
    return {"label noise of a probe": unexplained, "probe head": risk}


@cache
def _account() -> tuple[Account, dict[str, Any]]:
    account = Account()
    named: dict[str, Any] = {}
    for part in (teacher.first_stage, _second_stage, _heads, _probe):
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
