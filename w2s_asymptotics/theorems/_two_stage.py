r"""What the theorems on a two-layer teacher and its student share: letters and energies.

The teacher is trained on the truth, the student on the teacher's labels. Letters with the index t are the
teacher's, those with s the student's; m is the function that the student learns.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.checks import Identity
from w2s_asymptotics.theorems import _two_layer as state
from w2s_asymptotics.theorems._two_layer import c, easy_energy, hard_energy, noise, over

__all__ = [
    "DEGREES", "ENERGIES", "TEACHER", "TRUTH", "TWO_STAGE_NOTATION", "composed", "kept_easy", "labelled",
]  # fmt: skip

# Directions and outputs.
rho_t, rho_s = sp.symbols("rho_t rho_s", positive=True)
N_t, N_s, along_s = sp.symbols("N_t N_s ell_s", positive=True)
overlap_t, energy_t, w_t, power_t = sp.symbols("o_t Lambda_t w_t E_t", positive=True)
overlap_m, energy_m, w_m, left_s = sp.symbols("o_m Lambda_m w_m beta_s^2", positive=True)
easy_s = sp.Symbol("X_s", positive=True)
step_t, step_s = sp.symbols("gamma^step_t gamma^step_s", positive=True)
quality = symbol("quality")

# The student's bulk; the teacher's has the letters of ``_two_layer``.
a1_s, a2_s, v_s, wb_s, ws_s = sp.symbols("a_1^s a_2^s v^s w_b^s w_s^s", positive=True)

# Label noise of the bulks, and energies of the truth.
noise_t, noise_lab, noise_p = sp.symbols("s_t^2 s_lab^2 s_p^2", positive=True)
E_y, E_e, E_h, captured = sp.symbols("E_y E_e E_h E_cap", positive=True)

l_t, l_h, top = state.l_labels, state.l_hard, state.top
l_s = sp.Symbol("l_s", integer=True, positive=True)
l_m = sp.Min(l_t, l_s)

ENERGIES: dict[Any, Any] = {
    E_y: E_e + E_h + noise,
    E_e: c**2 + over(easy_energy(), 2, top),
    E_h: over(hard_energy(), 2, top),
    captured: over(hard_energy(), 2, l_h),
}
"""The energies of the truth, and what the student's first layer has of the hard link."""

DEGREES = tuple({l_t: t, l_s: s, l_h: h, top: 4} for t, s, h in ((1, 1, 1), (3, 2, 3), (2, 4, 2), (4, 4, 4)))
"""Degrees at which statements about all of them are decided: none, some, all captured; either one ahead."""


def kept_easy(overlap: Any, last: Any) -> Any:
    """Return the energy of the easy link's degrees from 2 to ``last`` at an overlap of directions."""
    return over(easy_energy() * overlap ** (2 * state.k), 2, last)


TRUTH: dict[Any, Any] = {
    state.M: 1, state.bias: 0, state.C: 0, state.energy: c**2, state.along: c, state.aside: 0, state.path: 1,
    state.w: 0,
}  # fmt: skip
TEACHER: dict[Any, Any] = {
    state.M: overlap_t / c,
    state.bias: 1 - overlap_t / c,
    state.C: energy_t - overlap_t**2,
    state.energy: energy_t,
    state.along: c * rho_t,
    state.aside: energy_t - c**2 * rho_t**2,
    state.path: rho_t,
    state.w: w_t,
    noise: 0,
}
"""What labels the rows: the truth, and the teacher as a state."""


def labelled(expression: Any, share: Any, degree: Any, hard_degree: Any, own: Any) -> Any:
    """The map's sums at the degrees of one stage, ``share`` of the hard link in its labels."""
    degrees = {state.l_labels: degree, state.l_hard: hard_degree, state.l_own: own}
    shared = expression.xreplace({state.z[state.k]: sp.sympify(share)})
    nothing = {term: sp.S.Zero for term in shared.atoms(sp.Sum) if term.function == 0}
    return shared.xreplace(nothing).subs(degrees, simultaneous=True)


def composed(meaning: Mapping[Any, Any]) -> Identity:
    """Both sides agree once the letters of one stage are what the stage before made them, at every degree.

    ``meaning`` says what each letter stands for, in letters further down or in given ones.
    """
    return Identity({**meaning, **ENERGIES}, at=DEGREES)


TWO_STAGE_NOTATION: tuple[tuple[str, str], ...] = (
    ("b_e, b_h", "unit vectors: directions of the easy and of the hard link"),
    ("v_t, v_s", "unit vectors: directions of the first steps of teacher and student"),
    ("f_t", "linear part of the teacher's function"),
    (r"c_{e,k}, c_{h,k}, c", r"Hermite coefficients of easy and hard link; $c = c_{e,1}$"),
    ("l_t, l_s, l_h", "degrees that the teacher captured, the student, and pre-training of the student"),
    (r"\gamma^{step}_t, \gamma^{step}_s", "$d/n$ of the rows of the two gradient steps"),
    (r"M, C, \Lambda, N, E, \ldots", "letters of two layer map, for which the stage's values are inserted"),
    (r"\rho_t, \rho_s", r"$\langle v_t, b_e\rangle$ and $\langle v_s, b_e\rangle$ of the two directions"),
    (r"o_t, \Lambda_t, w_t", r"$\langle f_t, b_e\rangle$, $\|f_t\|^2$, nonlinear energy of the teacher"),
    (r"o_m, \Lambda_m, w_m", "the same of what the student learns"),
    (
        r"N_s, q, \ell_s",
        r"length of the student's step, $\langle v_s, v_t\rangle$, $\langle f_t, v_s\rangle$",
    ),
    ("E_y, E_t", "mean squares of true and of the teacher's labels"),
    ("E_e, E_h", "energies of the easy and of the hard link"),
    (
        r"E_{\mathrm{cap}}",
        r"energy of the hard link's degrees from 2 to $l_h$, which the student's first layer carries",
    ),
    (r"s_t^2, s_{lab}^2, s_p^2", "label noise of the teacher's bulk, of the student's, of a probe's"),
    (
        r"a_1^s, a_2^s",
        r"shares of the student's bulk, likewise $v^s, w_b^s, w_s^s$; without s: the teacher's",
    ),
    ("B, D_2", "scalars of random feature bulk, of the fit in question"),
    ("m", "the highest degree of the links"),
)
