r"""When a two-layer student beats its two-layer teacher, head by head; and when it points better.

The formulas of ``two_layer_heads``, compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import Identity, LimitOf, SameSign
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.domain import within
from w2s_asymptotics.theorems import _two_stage as two
from w2s_asymptotics.theorems import random_feature_bulk, random_features, two_layer_heads
from w2s_asymptotics.theorems._isotropic import inserted
from w2s_asymptotics.theorems._two_layer import a1, a2, c, hard_energy, noise, over, v_b
from w2s_asymptotics.theorems._two_stage import kept_easy
from w2s_asymptotics.theorems.random_features_map import NU
from w2s_asymptotics.words.features import WEIGHTS

__all__ = ["derivation"]

_B, _D2 = random_feature_bulk.B, random_feature_bulk.D2
_easy_t, _gap = sp.Symbol("X_t", positive=True), sp.Symbol("Delta", real=True)
_OPEN = within(two.quality, 0, 1)


def _below(left: Any, right: Any) -> Any:
    return sp.Lt(left, right, evaluate=False)


def _above(left: Any, right: Any) -> Any:
    return sp.Gt(left, right, evaluate=False)


def _labels_and_retained(account: Account, heads: Mapping[str, Any]) -> dict[str, Any]:
    """Heads that see the teacher's labels, and may keep what pre-training taught them."""
    labels, retained = heads["labels head"], heads["retained head"]
    teacher = noise + two.E_h + _easy_t
    difference = {_gap: two.easy_s - _easy_t}
    beyond = two.quality * (2 - two.quality) * two.captured
    wins = account.line(_below(labels, teacher)).claim(
        "labels head wins",
        r"$\Delta = X_s - X_t$",
        _below(_gap, 0),
        SameSign(sp.S.One, difference),
        uses=("two_layer_heads",),
        note=r"$X_t = L_t - \sigma^2 - E_h$. The hard part is lost on both: only the easy part can help.",
    )
    account.line(_below(retained, teacher)).claim(
        "retained head wins",
        "insert",
        _below(_gap, beyond),
        SameSign(sp.S.One, difference),
        uses=("two_layer_heads",),
    )
    squared = account.claim(
        "in the quality",
        r"divide by $E_{\mathrm{cap}}$, complete the square",
        _below((1 - two.quality) ** 2, 1 - _gap / two.captured),
        SameSign(two.captured),
    )
    enough = account.claim(
        "quality that suffices",
        r"square root, for $0 < \Delta < E_{\mathrm{cap}}$",
        _above(two.quality, 1 - sp.sqrt(1 - _gap / two.captured)),
        SameSign(
            1 - two.quality + sp.sqrt(1 - _gap / two.captured),
            positive=within(two.quality, 0, 1, "high") & within(_gap, 0, two.captured),
        ),
        note=r"Both sides are decided for $\zeta$ in $(0, 1]$; at $\zeta = 0$ it is the labels head.",
    )
    account.line(1 - (1 - two.quality) ** 2).claim(
        "any quality where nothing is lost",
        r"$\Delta = 0$",
        two.quality * (2 - two.quality),
        Identity(positive=_OPEN),
        uses=("in the quality",),
        note="Every positive quality wins.",
    )
    account.line(two.captured * (1 - (1 - two.quality) ** 2) - _gap).claim(
        "always",
        r"$\Delta < 0$",
        beyond - _gap,
        Identity(positive=_OPEN & within(_gap, -sp.oo, 0)),
        uses=("retained head wins",),
        note="What wins on the easy part wins with any retained head.",
    )
    account.line(_gap - beyond).claim(
        "never",
        r"$\Delta \geq E_{\mathrm{cap}}$",
        two.captured * (1 - two.quality) ** 2 + (_gap - two.captured),
        Identity(positive=_OPEN & within(_gap, two.captured, sp.oo)),
        uses=("retained head wins",),
        note=r"At $\Delta = E_{\mathrm{cap}}$ a perfect head, $\zeta = 1$, draws level.",
    )
    for name, rule, given in (
        ("quality 0", r"$\zeta = 0$", {two.quality: 0}),
        ("no hard features", r"$l_h = 1$", {two.captured: over(hard_energy(), 2, 1)}),
    ):
        account.line(retained).claim(
            name,
            rule,
            labels,
            Identity(given),
            uses=("two_layer_heads",),
            note="The labels head.",
        )
    return {"labels head wins": wins, "retained head wins": squared, "quality that suffices": enough}


def _probe(account: Account, heads: Mapping[str, Any]) -> dict[str, Any]:
    """A head on true labels beside the direction that the teacher's labels gave."""
    probe, teacher = heads["probe head"], heads["risk of the teacher"]
    noises = {
        two.noise_t: heads["label noise of the teacher"],
        two.noise_p: heads["label noise of a probe"],
    }
    gained = kept_easy(two.rho_s, two.l_s) - kept_easy(two.rho_t, two.l_t)
    wins = account.line(_below(probe, teacher)).claim(
        "probe head wins",
        r"equal bulks, $1 - D_2 > 0$",
        _above(c**2 * _B * (two.rho_s**2 - two.rho_t**2) + gained + two.captured, 0),
        SameSign(1 / (1 - _D2), noises, within(_D2, 0, 1)),
        uses=("two_layer_heads",),
        note=(
            r"Equal width, penalty and $\gamma_{\mathrm{probe}} = \gamma_t$; with other bulks the two "
            "formulas are compared as they stand."
        ),
    )
    linear = {two.l_t: 1, two.l_s: 1}
    enough = account.line(_above(wins.lhs.subs(linear).doit(), 0)).claim(
        "probe head wins, linear features",
        r"$l_t = l_s = 1$: divide by $c^2B$",
        _above(two.rho_s**2, two.rho_t**2 - two.captured / (c**2 * _B)),
        SameSign(c**2 * _B),
        uses=("probe head wins",),
        note="Hard features make up for a worse direction.",
    )
    ahead = tuple({two.l_t: t, two.l_s: s} for t, s in ((1, 1), (1, 3), (2, 2), (3, 4)))
    account.line(wins.lhs).claim(
        "a probe that points better",
        r"$\rho_s > \rho_t$, $l_s \geq l_t$",
        c**2 * _B * (two.rho_s - two.rho_t) * (two.rho_s + two.rho_t)
        + kept_easy(two.rho_s, two.l_s)
        - kept_easy(two.rho_t, two.l_t)
        + two.captured,
        Identity(positive=within(two.rho_s, two.rho_t, sp.oo), at=ahead),
        uses=("probe head wins",),
        note=r"It always wins. At $\rho_s = \rho_t$ and $l_s = l_t$, without hard features, it draws level.",
    )
    control = probe.subs(
        {two.rho_s: 0, two.noise_p: two.noise_p + kept_easy(two.rho_s, two.l_s)}, simultaneous=True
    )
    account.line(control - probe).claim(
        "what the teacher's direction is worth",
        r"the control has $\rho_s = 0$",
        (c**2 * _B * two.rho_s**2 + kept_easy(two.rho_s, two.l_s)) / (1 - _D2),
        Identity(positive=within(_D2, 0, 1), at=ahead),
        uses=("two_layer_heads",),
        note=r"Without a direction $s_p^2$ keeps $\sum_k k!\,c_{e,k}^2\rho_s^{2k}$: the control loses.",
    )
    return {"probe head wins": wins, "probe head wins, linear features": enough}


def _direction(account: Account, heads: Mapping[str, Any]) -> dict[str, Any]:
    """Whether the teacher's labels point better than as many true labels."""
    length = heads["length of the student's step"]
    account.line(_above(heads["direction of the student"], two.rho_t)).claim(
        "points better",
        r"square, $N_s^2 = \Lambda_t + \gamma_{\mathrm{step}}E_t$",
        _above(two.overlap_t**2, two.rho_t**2 * length),
        SameSign(
            1 / (two.N_s * (two.overlap_t + two.rho_t * two.N_s)),
            {two.power_t: (two.N_s**2 - two.energy_t) / two.step_s},
        ),
        uses=("two_layer_heads",),
    )
    better = account.claim(
        "points better, in the teacher's terms",
        r"insert $o_t$",
        _above(heads["overlap of the teacher"] ** 2, two.rho_t**2 * length),
        SameSign(sp.S.One, {two.overlap_t: heads["overlap of the teacher"]}),
        note=(
            "The teacher has removed noise and the hard part from the labels. It does not follow that the "
            "student wins."
        ),
    )
    numbers = tuple(
        {
            c: sp.Rational(a, 2),
            two.E_y: sp.Rational(7, a),
            two.overlap_t: sp.Rational(1, a),
            two.energy_t: sp.Rational(3, a),
            two.power_t: a,
        }
        for a in (1, 2, 5)
    )
    account.line(heads["direction of the teacher"]).claim(
        "infinite data, teacher",
        r"$\gamma_{\mathrm{step}} \to 0$",
        sp.S.One,
        LimitOf(two.step_t, 0, numbers),
        uses=("two_layer_heads",),
        note="The easy direction is found.",
    )
    account.line(two.overlap_t / sp.sqrt(length)).claim(
        "infinite data, student",
        r"$\gamma_{\mathrm{step}} \to 0$",
        two.overlap_t / sp.sqrt(two.energy_t),
        LimitOf(two.step_s, 0, numbers),
        uses=("two_layer_heads",),
        note="The teacher's own linear part is found, and no more.",
    )
    left, rho = 1 - two.rho_t**2, two.rho_t
    unlimited = account.line(_above(better.lhs, (better.rhs).subs(two.step_s, 0))).claim(
        "points better, unlimited labels",
        r"$\gamma_{\mathrm{step}} = 0$ for the student, insert $o_t$ and $\Lambda_t$",
        _above(c**2 * left * (a1**2 * left + rho**2 * (2 * a1 - a2)), rho**2 * v_b * two.noise_t),
        SameSign(sp.S.One, {two.energy_t: heads["energy of the teacher"]}),
        uses=("points better, in the teacher's terms", "infinite data, student"),
        note="What the teacher's bulk adds to its direction, against the noise that it has learned.",
    )
    return {"points better": better, "points better, unlimited labels": unlimited}


def _without_direction(account: Account, heads: Mapping[str, Any]) -> dict[str, Any]:
    """The learner whose direction knows nothing, and the learner of infinite width."""
    teacher = heads["risk of the teacher"]
    alone = random_features.excess_risk().subs(
        {symbol("signal"): c**2, noise: two.noise_t, WEIGHTS.kappa: NU},
        simultaneous=True,
    )
    account.line(teacher.subs(two.rho_t, 0)).claim(
        "no direction",
        r"$\rho_t = 0$",
        alone + two.noise_t,
        Identity(random_feature_bulk.IN_NU),
        uses=("two_layer_heads", "random_features", "random_feature_bulk"),
        note=(
            r"Random features alone, with $r^2 = c^2$ and the label noise $s_t^2 = \sigma^2 + E_h + E_e - "
            r"c^2$: the test risk is the excess risk and the noise."
        ),
    )
    gamma, tail = symbol("gamma"), symbol("tail")
    at = tuple(
        {
            NU: sp.Rational(a, 3),
            gamma: sp.Rational(2, a),
            tail: sp.Rational(a, 5),
            c: a,
            two.rho_t: sp.Rational(1, a + 1),
            two.noise_t: sp.Rational(3, a),
        }
        for a in (1, 2, 7)
    )
    lost = c**2 * (1 - two.rho_t**2) * (NU / (1 + NU)) ** 2
    wide = account.line(inserted(teacher, random_feature_bulk.IN_NU)).claim(
        "infinite width",
        r"$\psi \to \infty$ at fixed $\nu$",
        (lost + two.noise_t) / (1 - gamma / (1 + NU) ** 2),
        LimitOf(symbol("width"), sp.oo, at),
        uses=("two_layer_heads", "random_feature_bulk"),
        note=r"Ridge on what the spikes leave, with the penalty $\lambda + \gamma T$.",
    )
    return {"infinite width": wide}


def derivation() -> Derivation:
    """Derive who wins, head by head, and the limits in which heads and learners agree."""
    account = Account()
    named: dict[str, Any] = {}
    for part in (_without_direction, _labels_and_retained, _probe, _direction):
        named |= part(account, two_layer_heads.formulas())
    return Derivation(
        name="two_layer_winning",
        title="When a two-layer student beats its teacher",
        statement=r"With $\Delta = X_s - X_t$: the labels head wins iff $\Delta < 0$; a retained head of "
        r"quality $\zeta$ always if $\Delta < 0$, iff $\zeta > 1 - \sqrt{1 - \Delta/E_{\mathrm{cap}}}$ where "
        r"$0 \leq \Delta < E_{\mathrm{cap}}$, never if $\Delta \geq E_{\mathrm{cap}}$; a probe with an "
        r"equal bulk iff $c^2B(\rho_s^2 - \rho_t^2)$, the easy energy gained and $E_{\mathrm{cap}}$ add up "
        r"to more than 0. Teacher labels point better than true ones iff "
        r"$c^2[\rho_t^2 + a_1(1 - \rho_t^2)]^2 > \rho_t^2(\Lambda_t + \gamma_{\mathrm{step}}E_t)$.",
        assumptions=(
            "Those of two layer heads. All conditions are exact in that model.",
            r"The penalty leaves $D_2 < 1$: risks are finite.",
        ),
        sources=("Moniri, Hassani: On the mechanisms of weak-to-strong generalization, arXiv:2505.18346.",),
        steps=tuple(account.steps),
        result=account.last,
        forms=named,
        notation=(
            (r"X_s, X_t", r"easy error of student and teacher, $X_t = L_t - \sigma^2 - E_h$"),
            (r"\Delta", "$X_s - X_t$, what the student loses on the easy part"),
            (r"\zeta", "quality of the retained head"),
            *two.TWO_STAGE_NOTATION,
        ),
        uses=("two_layer_heads", "random_feature_bulk", "random_features"),
    )
