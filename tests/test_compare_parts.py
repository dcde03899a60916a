"""Which part of the target a student of a network wins, and the condition of each head, by other routes."""

import math
from typing import Any

import mpmath as mp
import numpy as np
import pytest

import w2s_asymptotics as w2s

WORLD = w2s.MultiIndex([1, 0.3], [0, 1, 0.2], 0.1)
TEACHER = w2s.TwoLayer(0.5, 0.6, 2.0, 0.1, degree=2)


def pupil(head: str = "labels", step: Any = 0.3, lam: float = 0.05, **more: Any) -> w2s.TwoLayer:
    extra = {"probe": {"gamma_probe": 0.4}}.get(head, {})
    return w2s.TwoLayer(step, 0.4, 4.0, lam, degree=2, hard_degree=2, head=head, **(extra | more))


@pytest.mark.parametrize("head", ["labels", "retained", "probe"])
def test_parts_add_up_to_the_risks(head: str) -> None:
    student = pupil(head)
    verdict = w2s.compare(WORLD, TEACHER, student)
    of_teacher, of_student = w2s.learned(WORLD, TEACHER), w2s.learned(WORLD, TEACHER, student)
    assert (verdict.teacher, verdict.ceiling) == (of_teacher.risk, w2s.risk(WORLD, student))
    assert verdict.student == pytest.approx(of_student.risk, rel=1e-15)
    assert (verdict.teacher_easy, verdict.teacher_hard) == (of_teacher.easy, of_teacher.hard)
    assert (verdict.student_easy, verdict.student_hard) == (of_student.easy, of_student.hard)
    assert verdict.easy_gain == pytest.approx(of_teacher.easy - of_student.easy, rel=1e-12)
    assert verdict.hard_gain == pytest.approx(of_teacher.hard - of_student.hard, abs=1e-15)
    assert verdict.gain == pytest.approx(verdict.easy_gain + verdict.hard_gain, rel=1e-14)
    assert verdict.pgr == pytest.approx(verdict.gain / (verdict.teacher - verdict.ceiling), rel=1e-12)
    assert verdict.student_wins is True and (verdict.winning_quality is None) == (head != "retained")


def test_a_teacher_that_knows_some_of_the_hard_part() -> None:
    teacher = w2s.TwoLayer(0.5, 0.6, 2.0, 0.1, hard_degree=2, head="retained", quality=0.4)
    inherits = w2s.compare(WORLD, teacher, pupil())
    assert inherits.hard_gain == pytest.approx(0, abs=1e-15)
    assert inherits.student_hard == pytest.approx(inherits.teacher_hard)
    forgets = w2s.compare(WORLD, teacher, w2s.TwoLayer(0.3, 0.4, 4.0, 0.05))
    assert forgets.hard_gain == pytest.approx(-2 * 0.4 * 1.6)
    assert "wins where it gives up less" in forgets.reason and "hard part lost" in forgets.reason


@pytest.mark.parametrize("share", [0.0, 0.5])
@pytest.mark.parametrize("step", [0.3, 3.0, 30.0])
def test_the_winning_quality_is_where_the_gain_changes_sign(step: float, share: float) -> None:
    teacher = w2s.TwoLayer(0.5, 0.6, 2.0, 0.1, degree=2, hard_degree=2, head="retained", quality=share)
    least = w2s.compare(WORLD, teacher, pupil("retained", step)).winning_quality
    qualities = np.linspace(0, 1, 101)
    gains = w2s.compare(WORLD, teacher, pupil("retained", step, quality=qualities)).gain
    assert ((gains > 0) == (qualities > least)).all()
    if 0 < least < 1:
        assert w2s.compare(WORLD, teacher, pupil("retained", step, quality=least)).gain == pytest.approx(
            0, abs=1e-14
        )


@pytest.mark.parametrize(
    ("step", "lam", "hard", "words"),
    [
        (0.3, 0.05, 1.0, "wins with any quality: Delta = -0.1272 < 0"),
        (3.0, 5e-4, 1.0, "wins for quality > 0.1035: Delta = 0.3924 of 2, the hard energy"),
        (3.0, 5e-4, 0.1, "wins with no quality: Delta = 0.408 must be below 0.02, the hard energy"),
    ],
)
def test_the_printed_threshold_and_its_limits(step: float, lam: float, hard: float, words: str) -> None:
    world, cap = w2s.MultiIndex([1, 0.3], [0, hard], 0.1), 2 * hard**2
    verdict = w2s.compare(world, TEACHER, pupil("retained", step, lam))
    delta = verdict.student_easy - verdict.teacher_easy
    expected = 1 - math.sqrt(1 - delta / cap) if delta < cap else math.inf
    assert verdict.winning_quality == pytest.approx(expected, rel=1e-12)
    assert words in verdict.reason


def test_a_small_loss_on_the_easy_part_keeps_its_digits_in_the_threshold() -> None:
    from w2s_asymptotics.arithmetic import REAL
    from w2s_asymptotics.questions.parts import _winning_quality

    assert _winning_quality(1e-20, 2.0, REAL) == pytest.approx(2.5e-21, rel=1e-14)
    assert _winning_quality(2.0, 2.0, REAL) == math.inf
    assert _winning_quality(0.0, 0.0, REAL) == math.inf
    assert _winning_quality(-1.0, 0.0, REAL) == -math.inf
    assert _winning_quality(-6.0, 2.0, REAL) == pytest.approx(-1.0)


def test_the_gain_does_not_see_what_both_miss() -> None:
    head = w2s.TwoLayer(1e-3, 0.4, 4.0, 1e-2, degree=2)
    easy, hard = [1e-4, 0.0, 0.0, 300.0], [0.0, 1e3]
    for student in (head, w2s.TwoLayer(1e-3, 0.4, 4.0, 10.0, degree=2)):
        gained = w2s.compare(w2s.MultiIndex(easy, hard, 0.1), TEACHER, student).gain
        with mp.workdps(50):
            world = w2s.MultiIndex(easy, hard, mp.mpf(0.1))
            exact = w2s.risk(world, TEACHER) - w2s.risk(world, TEACHER, student)
            verdict = w2s.compare(world, TEACHER, student)
            assert abs(verdict.gain / exact - 1) < mp.mpf(10) ** -40
        assert gained == pytest.approx(float(exact), rel=1e-11)


def test_words_of_each_head() -> None:
    denoised = w2s.compare(WORLD, TEACHER, pupil())
    assert "easy part won" in denoised.reason and "hard part as it was: 2.24" in denoised.reason
    assert "by the easy part alone: Delta = " in denoised.reason and "is < 0" in denoised.reason
    worse = w2s.compare(WORLD, TEACHER, pupil(lam=1e-6))
    assert not worse.student_wins and "is not < 0" in worse.reason
    probe = w2s.compare(WORLD, TEACHER, pupil("probe"))
    assert "a probe of true labels gains" in probe.reason and " 2 of the hard part" in probe.reason
    assert "no hard part" in w2s.compare(w2s.MultiIndex([1], [0], 0.1), TEACHER, pupil()).reason
    for verdict in (denoised, worse, probe):
        assert verdict.reason in str(verdict) and "(easy " in str(verdict)
        assert "<td>" in verdict._repr_html_() and "easy_gain" not in verdict._repr_html_()
        assert verdict.as_dict()["easy_gain"] == verdict.easy_gain


def test_arrays_are_points() -> None:
    steps, qualities = np.array([0.3, 30.0]), np.array([[0.0], [0.5], [1.0]])
    found = w2s.compare(WORLD, TEACHER, pupil("retained", steps, quality=qualities))
    assert found.reason.startswith(f"student wins at {(found.gain > 0).sum()} of 6 points; easy part won at ")
    for i, j in np.ndindex(3, 2):
        one = w2s.compare(WORLD, TEACHER, pupil("retained", steps[j], quality=qualities[i, 0]))
        for name in ("teacher", "student", "gain", "pgr", "ceiling", "easy_gain", "winning_quality"):
            assert getattr(found, name)[i, j] == pytest.approx(getattr(one, name), rel=1e-12)
    assert "quality" in found._repr_html_() and isinstance(found.as_dict()["hard_gain"], list)


def test_infinite_functions_gain_what_their_limits_do() -> None:
    singular = w2s.TwoLayer(0.5, 0.5, 2.0, 0.0)
    near = w2s.TwoLayer(0.5, 0.5, 2.0, 1e-40)
    student = pupil()
    verdict, close = (w2s.compare(WORLD, teacher, student) for teacher in (singular, near))
    assert verdict.teacher == verdict.student == verdict.gain == verdict.easy_gain == math.inf
    assert verdict.hard_gain == 0 and verdict.pgr == pytest.approx(close.pgr, rel=1e-9)
    verdict = w2s.compare(WORLD, TEACHER, singular)
    assert (verdict.gain, verdict.student_wins) == (-math.inf, False)
    assert w2s.compare(WORLD, singular, pupil("probe")).gain == math.inf
