"""The derived formulas of teacher and student, evaluated as printed, are the library's numbers."""

import itertools
from functools import cache
from typing import Any

import mpmath as mp
import pytest
import sympy as sp

import w2s_asymptotics as w2s
from w2s_asymptotics.chains import derive
from w2s_asymptotics.learners.hermite import hermite
from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.theorems import _two_layer as one
from w2s_asymptotics.theorems import _two_stage as two
from w2s_asymptotics.theorems import random_feature_bulk

EASY, HARD, NOISE = (1.0, 0.3, 0.1, 0.05), (0.0, 0.4, 0.2, 0.1), 0.3
LETTERS = (
    symbol("width"),
    symbol("gamma"),
    *sp.symbols("mu_1 mu_* C kappabar t m g_1 g_2 T_1", positive=True),
)


@cache
def named(name: str) -> Derivation:
    return derive(name)


@cache
def compiled(name: str) -> Any:
    """A form of the bulk as a function of its letters; of an equation, its right side."""
    form = named("random_feature_bulk").forms[name]
    return sp.lambdify(LETTERS, form.rhs if isinstance(form, sp.Eq) else form, "mpmath")


@cache
def bulk(psi: float, gamma: float, lam: float) -> dict[str, Any]:
    """The bulk's shares, from the printed scalar equation alone."""
    constants = hermite("relu", 1)
    square = constants.slope**2

    def at(log: Any) -> list[Any]:
        kappa = mp.exp(log)
        big_c = constants.tail + kappa
        known = [mp.mpf(psi), mp.mpf(gamma), constants.slope, mp.sqrt(constants.tail), big_c, kappa]
        known.append(big_c / square)
        known.append(compiled("resolvent of the weights")(*known, 0, 0, 0, 0))
        g1, g2 = known[-1] / square, -compiled("slope of the resolvent")(*known, 0, 0, 0) / square**2
        return [*known, g1, g2, g1 - big_c * g2]

    def excess(log: Any) -> Any:
        return compiled("penalty for features of order one")(*at(log)) - mp.mpf(lam) * psi

    values = at(mp.findroot(excess, (mp.mpf(-1), mp.mpf(3)), solver="anderson", tol=1e-60))
    kept, mean, B, D2, V1, W1 = (
        compiled(name)(*values)
        for name in (
            "kept",
            "energy of the mean",
            "error of the mean",
            "degrees of freedom",
            "noise learned",
            "noise in the nonlinear part",
        )
    )
    blur = constants.tail * values[-1]
    return {
        "a1": kept, "a2": mean + V1 * B / (1 - D2), "v": V1 / (1 - D2), "wb": blur + W1 * B / (1 - D2),
        "ws": W1 / (1 - D2), "B": B, "D2": D2,
    }  # fmt: skip


class Stage:
    """Numbers for the letters of `two_layer_heads`, filled in the order in which they are derived."""

    def __init__(self, degrees: tuple[int, int, int], quality: float) -> None:
        self.risks: dict[str, Any] = {}
        self.degrees = dict(zip((two.l_t, two.l_s, two.l_h), degrees, strict=True)) | {two.top: 4}
        self.values: dict[Any, Any] = {one.c: mp.mpf(EASY[0]), one.noise: mp.mpf(NOISE), two.quality: quality}
        coefficients = {one.c_easy: EASY, one.c_hard: HARD}
        self.links = {
            base[k]: sp.Float(row[k - 1], 40) for base, row in coefficients.items() for k in (1, 2, 3, 4)
        }
        for letter in (two.E_h, two.E_e, two.E_y, two.captured):
            self.values[letter] = self.of(two.ENERGIES[letter])

    def of(self, expression: Any) -> Any:
        spelled = expression.subs(self.degrees).doit().xreplace(self.links)
        return mp.mpf(sp.N(spelled.subs(self.values), 40))

    def form(self, name: str) -> Any:
        return self.of(named("two_layer_heads").forms[name])


def numbers(t: Any, s: Any, probe: float, degrees: tuple[int, int, int], quality: float) -> Stage:
    """All letters for a teacher and a student (step, gamma, width, lam) each."""
    stage = Stage(degrees, quality)
    values, form = stage.values, stage.form
    B, D2 = random_feature_bulk.B, random_feature_bulk.D2
    own, student, last = (bulk(*row) for row in ((t[2], t[1], t[3]), (s[2], s[1], s[3]), (s[2], probe, s[3])))
    shares = (one.a1, one.a2, one.v_b, one.w_b, one.w_s)
    values |= {letter: own[key] for letter, key in zip(shares, ("a1", "a2", "v", "wb", "ws"), strict=True)}
    values |= {B: own["B"], D2: own["D2"], two.step_t: mp.mpf(t[0]), two.step_s: mp.mpf(s[0])}
    for letter, name in (
        (two.rho_t, "direction of the teacher"),
        (two.noise_t, "label noise of the teacher"),
        (two.overlap_t, "overlap of the teacher"),
        (two.energy_t, "energy of the teacher"),
        (two.w_t, "nonlinear energy of the teacher"),
        (two.power_t, "mean square of the teacher's labels"),
    ):
        values[letter] = form(name)
    values[two.N_s] = mp.sqrt(form("length of the student's step"))
    shares = (two.a1_s, two.a2_s, two.v_s, two.wb_s, two.ws_s)
    values |= {
        letter: student[key] for letter, key in zip(shares, ("a1", "a2", "v", "wb", "ws"), strict=True)
    }
    for letter, name in (
        (two.rho_s, "direction of the student"),
        (one.q, "turn of the student"),
        (two.along_s, "teacher along the student's direction"),
        (two.left_s, "left for the student's bulk"),
        (two.noise_lab, "label noise of the student"),
        (two.overlap_m, "overlap of the student"),
        (two.energy_m, "energy of the student"),
        (two.w_m, "nonlinear energy of the student"),
        (two.easy_s, "easy error of the student"),
        (two.noise_p, "label noise of a probe"),
    ):
        values[letter] = form(name)
    risks = {name: form(name) for name in ("risk of the teacher", "labels head", "retained head")}
    values |= {B: last["B"], D2: last["D2"]}
    stage.risks = risks | {"probe head": form("probe head")}
    return stage


def learners(t: Any, s: Any, probe: float, degrees: Any, quality: float) -> tuple[Any, dict[str, Any]]:
    teacher = w2s.TwoLayer(t[0], t[1], t[2], t[3], "relu", degrees[0])
    heads: dict[str, dict[str, Any]] = {
        "labels head": {},
        "retained head": {"head": "retained", "quality": quality},
        "probe head": {"head": "probe", "gamma_probe": probe},
    }
    return teacher, {
        name: w2s.TwoLayer(s[0], s[1], s[2], s[3], "relu", degrees[1], degrees[2], **extra)
        for name, extra in heads.items()
    }


# relu has spikes of degree 1 and of even degree; the formulas speak of all degrees up to l.
SETTINGS: list[Any] = [
    ((0.5, 0.6, 2.0, 0.1), (0.3, 0.4, 4.0, 0.05), 0.8, (2, 2, 2), 0.7),
    ((2.0, 1.5, 0.5, 1e-2), (0.01, 3.0, 9.0, 2.0), 2.0, (1, 2, 2), 0.2),
]
WORLD = w2s.MultiIndex(EASY, HARD, NOISE)


@pytest.mark.parametrize("setting", SETTINGS)
def test_derived_formulas_are_the_risks(setting: Any) -> None:
    with mp.workdps(40):
        stage = numbers(*setting)
    teacher, students = learners(*setting)
    for name, student in students.items():
        of_teacher, of_student = w2s.risks(WORLD, teacher, student)
        assert of_teacher + NOISE == pytest.approx(float(stage.risks["risk of the teacher"]), rel=1e-13)
        assert of_student + NOISE == pytest.approx(float(stage.risks[name]), rel=1e-13)


def test_who_points_better() -> None:
    seen = []
    for step, setting in itertools.product((0.0, 0.1, 3.0), SETTINGS):
        t, s, *others = setting
        s = (step, *s[1:])
        with mp.workdps(40):
            stage = numbers(t, s, *others)
            claim = named("two_layer_winning").forms["points better"]
            better = stage.of(claim.lhs) > stage.of(claim.rhs)
            if step == 0:
                claim = named("two_layer_winning").forms["points better, unlimited labels"]
                assert better == (stage.of(claim.lhs) > stage.of(claim.rhs))
        teacher, students = learners(t, s, *others)
        ways = [w2s.alignment(WORLD, *chain) for chain in ((teacher,), (teacher, students["labels head"]))]
        assert better == (ways[1] > ways[0])
        seen.append(better)
    assert {*seen} == {True, False}


@pytest.mark.parametrize("step", [0.1, 0.3])
def test_quality_that_suffices(step: float) -> None:
    def risks(head: str, quality: float) -> Any:
        teacher, students = learners((0.05, 0.2, 9.0, 0.5), (step, 0.9, 1.0, 1.0), 1.0, (2, 2, 2), quality)
        return w2s.risks(WORLD, teacher, students[head])

    of_teacher, of_labels = risks("labels head", 0.0)
    enough = named("two_layer_winning").forms["quality that suffices"].rhs
    names = {each.name: each for each in enough.free_symbols}
    edge = float(enough.subs({names["Delta"]: of_labels - of_teacher, names["E_cap"]: 2 * HARD[1] ** 2}))
    assert 0 < edge < 1
    for quality in (edge * (1 - 1e-9), edge * (1 + 1e-9)):
        assert (risks("retained head", quality)[1] < of_teacher) == (quality > edge)


@pytest.mark.parametrize("setting", SETTINGS)
def test_probe_at_equal_bulks(setting: Any) -> None:
    t, s, _, *others = setting
    s = (s[0], *t[1:])
    with mp.workdps(40):
        stage = numbers(t, s, t[1], *others)
        claim = named("two_layer_winning").forms["probe head wins"]
        gain = stage.of(claim.lhs / (1 - random_feature_bulk.D2))
    teacher, students = learners(t, s, t[1], *others)
    of_teacher, of_probe = w2s.risks(WORLD, teacher, students["probe head"])
    assert of_teacher - of_probe == pytest.approx(float(gain), rel=1e-11)
