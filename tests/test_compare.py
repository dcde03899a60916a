import itertools
import pickle
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy

from w2s_asymptotics import (
    GradientFlow,
    Population,
    PrincipalComponents,
    Ridge,
    SelfDistilled,
    compare,
    from_json,
    risk,
    tune,
)
from w2s_asymptotics.questions.gain import gain

WORLD = Population.isotropic(noise=0.5)


def test_fields_of_one_comparison() -> None:
    teacher, student = Ridge(0.5, 0.01), Ridge(0.8, 0.3)
    verdict = compare(WORLD, teacher, student)
    assert verdict.teacher == risk(WORLD, teacher)
    assert verdict.student == risk(WORLD, teacher, student)
    assert verdict.ceiling == risk(WORLD, student)
    assert verdict.gain == pytest.approx(verdict.teacher - verdict.student, rel=1e-13)
    assert verdict.pgr == pytest.approx(verdict.gain / (verdict.teacher - verdict.ceiling), rel=1e-13)
    assert verdict.student_wins is True
    assert set(verdict.as_dict()) == {
        "teacher",
        "student",
        "gain",
        "pgr",
        "ceiling",
        "student_wins",
        "reason",
        "retuned",
        "best_student",
        "advice",
        "certificate",
    }
    assert verdict.reason in str(verdict)


UNDER, NOT_UNDER = "teacher under-regularised: lam_t <", "teacher not under-regularised: lam_t"
NOBODY = "no student of any size or penalty wins"


@pytest.mark.parametrize(
    ("noise", "teacher", "student", "reason"),
    [
        (0.5, Ridge(0.5, 0.01), Ridge(0.8, 0.3), f"{UNDER} 0.25; student wins for lam_s in (0, 0.5948)"),
        (0.5, Ridge(0.5, 0.25), Ridge(0.8, 0.3), f"{NOT_UNDER} = 0.25; {NOBODY}"),
        (0.5, Ridge(0.5, 0.30), Ridge(0.8, 0.3), f"{NOT_UNDER} > 0.25; {NOBODY}"),
        (
            0.1,
            Ridge(0.5, 0.01),
            Ridge(2.0, 0.3),
            f"{UNDER} 0.05, but too little for gamma_s = 2: q/rho = 1.076 must exceed 1.745; "
            "student wins for no lam_s",
        ),
        (
            2.0,
            Ridge(0.9, 0.001),
            Ridge(2.0, 0.3),
            f"{UNDER} 1.8, and no better than predicting zero; student wins for every lam_s > 0",
        ),
        (
            0.5,
            Ridge(0.5, 0.01),
            Ridge(0.8, 0.0),
            f"{UNDER} 0.25; student wins for lam_s in (0, 0.5948); at lam_s = 0 it repeats the teacher",
        ),
        (0.5, Ridge(0.5, 0.01), Ridge(0.8, 0.3, noise=0.01), "student wins for lam_s in (0.01013, 0.5763)"),
    ],
)
def test_reasons(noise: float, teacher: Ridge, student: Ridge, reason: str) -> None:
    assert compare(Population.isotropic(noise=noise), teacher, student).reason == reason


def test_arrays_give_arrays_and_an_aggregated_reason() -> None:
    verdict = compare(WORLD, Ridge(0.5, [0.01, 0.3]), Ridge(0.8, [[0.1], [0.3], [3.0]]))
    assert verdict.gain.shape == verdict.teacher.shape == verdict.pgr.shape == (3, 2)
    assert verdict.reason == "student wins at 2 of 6 points"
    assert verdict.as_dict()["student_wins"] == [[True, False], [True, False], [False, False]]


def test_a_small_penalty_does_not_drown_the_gain_in_rounding() -> None:
    teacher = Ridge(0.5, 0.01)
    small = gain(WORLD, teacher, Ridge(0.8, 1e-20))
    with mpmath.workdps(60):
        exact = risk(WORLD, Ridge(mpmath.mpf(0.5), 0.01)) - risk(
            WORLD, Ridge(mpmath.mpf(0.5), 0.01), Ridge(0.8, 1e-20)
        )
    assert small == pytest.approx(float(exact), rel=1e-13) and small > 0
    assert gain(WORLD, teacher, Ridge(0.8, 0.0)) == 0.0


def test_gain_is_the_difference_of_the_risks() -> None:
    for own, truth, lam in itertools.product([0.0, 0.2], [0.0, 0.3], [0.0, 0.1, 2.0]):
        teacher, student = Ridge(0.6, 0.02), Ridge(1.4, lam, noise=own, truth=truth)
        difference = risk(WORLD, teacher) - risk(WORLD, teacher, student)
        assert gain(WORLD, teacher, student) == pytest.approx(difference, rel=1e-12, abs=1e-15)


def test_infinite_risks_are_taken_as_limits() -> None:
    singular, student = Ridge(1, 0), Ridge(0.5, 0.1)
    verdict = compare(WORLD, singular, student)
    near = compare(WORLD, Ridge(1, 1e-24), student)
    assert verdict.teacher == verdict.student == verdict.gain == np.inf
    assert verdict.pgr == pytest.approx(near.pgr, rel=1e-8) and verdict.student_wins
    verdict = compare(WORLD, student, singular)
    assert (verdict.gain, verdict.pgr, verdict.ceiling, verdict.student_wins) == (0.0, 0.0, np.inf, False)
    assert gain(WORLD, singular, Ridge(0.5, 0)) == 0.0
    both = compare(WORLD, Ridge(1, [0.0, 0.1]), Ridge(0.5, 0.1, truth=0.5))
    assert np.isfinite(both.pgr).all()
    verdict = compare(WORLD, singular, PrincipalComponents(1, 1, noise=0.3))
    assert verdict.gain == verdict.pgr == -np.inf


def test_high_precision_and_symbols() -> None:
    with mpmath.workdps(40):
        verdict = compare(WORLD, Ridge(mpmath.mpf("0.5"), 0.01), Ridge(0.8, 0.3))
        assert isinstance(verdict.gain, mpmath.mpf) and verdict.student_wins is True
        assert verdict.gain == pytest.approx(verdict.teacher - verdict.student, rel=1e-38)
    with pytest.raises(ValueError, match="takes numbers"):
        compare(WORLD, Ridge(sympy.Symbol("g", positive=True), 0.01), Ridge(0.8, 0.3))


def test_other_geometries() -> None:
    atoms = Population([3, 1], [0.2, 0.8], noise=0.3)
    verdict = compare(atoms, Ridge(0.8, 0.01), Ridge(0.8, 0.2, penalty=[1.0, 2.0]))
    told, wins = verdict.reason.rsplit("; ", 1)
    assert verdict.student_wins and wins.startswith("student wins for lam_s in (0, ")
    assert told == (
        "teacher under-regularises every atom; the student's penalty weighs them 1, 2, so a small lam_s helps"
    )
    matrices = Population.from_matrices(np.diag([3.0, 1.0]), np.sqrt([0.2, 0.8]), noise=0.3)
    same = compare(matrices, Ridge(0.8, 0.01), Ridge(0.8, 0.2, penalty=np.diag([1.0, 2.0])))
    assert same.gain == pytest.approx(verdict.gain, rel=1e-12) and same.reason == wins


def test_no_interval_is_claimed_where_none_can_be_searched() -> None:
    atoms = Population([3, 1], [mpmath.mpf("0.2"), mpmath.mpf("0.8")], noise=0.3)
    verdict = compare(atoms, Ridge(0.8, 0.01), Ridge(0.8, 0.2, penalty=[1.0, 2.0]))
    assert verdict.student_wins
    assert verdict.reason.endswith("so a small lam_s helps; student beats the teacher")


def test_what_retuning_would_do_comes_before_the_reason() -> None:
    world = Population.isotropic(noise=0.6)
    teacher = Ridge.from_sklearn(alpha=20.0, n=2000, d=500)
    verdict = compare(world, teacher, Ridge(gamma=0.5, lam=0.1))
    assert verdict.retuned == tune(world, teacher) and verdict.retuned.lam == pytest.approx(0.15, rel=1e-14)
    assert verdict.best_student == tune(world, teacher, Ridge(gamma=0.5))
    assert verdict.advice.startswith("retuned (lam = 0.15, alpha = 300) the teacher has 0.1596; no student")
    assert str(verdict).splitlines()[-2:] == [verdict.advice, verdict.reason]
    assert verdict.as_dict()["retuned"]["lam"] == verdict.retuned.lam


@pytest.mark.parametrize(
    ("teacher", "student", "said"),
    [
        (Ridge(gamma=0.5, lam=0.25), Ridge(gamma=0.8, lam=0.1), "the teacher is at its best (lam = 0.25)"),
        (GradientFlow(gamma=0.5, time=20.0), Ridge(gamma=0.8, lam=0.1), "retuned (time = 2.237)"),
        (Ridge(gamma=0.5, lam=0.01), GradientFlow(gamma=0.8, time=2.0), "the best (time = "),
        (SelfDistilled(gamma=0.5, lams=(0.01, 0.1)), Ridge(gamma=0.8, lam=0.1), "retuned (own = "),
    ],
)
def test_advice_for_every_parameter(teacher: Any, student: Any, said: str) -> None:
    assert said in compare(WORLD, teacher, student).advice


def test_a_student_that_beats_its_teacher_at_its_best_is_told() -> None:
    blocks = Population([1, 1], signal=[0.1, 0.9], noise=0.5)
    verdict = compare(blocks, Ridge(gamma=0.5, lam=0.25), Ridge(gamma=0.8, lam=0.02, penalty=[5.0, 0.5556]))
    assert verdict.best_student.risk < verdict.retuned.risk
    assert verdict.advice.endswith("which is less")


def test_advice_waits_until_it_is_looked_at() -> None:
    verdict = compare(WORLD, Ridge(gamma=0.5, lam=0.01), Ridge(gamma=0.8, lam=0.3))
    assert "retuned" not in vars(verdict) and "Comparison(teacher=" in repr(verdict)
    assert pickle.loads(pickle.dumps(verdict)) == verdict == from_json(verdict.to_json())
    assert "retuned" in vars(verdict)
    arrays = compare(WORLD, Ridge(gamma=0.5, lam=[0.01, 0.1]), Ridge(gamma=0.8, lam=0.3))
    assert arrays.retuned is None and arrays.advice == ""
    with pytest.raises(AttributeError):
        _ = verdict.nothing
