"""Verdicts in ball arithmetic: what is proved is true, and what is not proved says so."""

import mpmath
import numpy as np
import pytest

import w2s_asymptotics as w2s
from w2s_asymptotics.questions.chain import check_chain

pytest.importorskip("flint")

from benchmarks.certified import checked  # noqa: E402
from w2s_asymptotics.questions.certified import certify  # noqa: E402
from w2s_asymptotics.questions.gain import gain  # noqa: E402
from w2s_asymptotics.spectrum.balls import BALLS, Ball, UndecidedError, working_digits  # noqa: E402

WORLD = w2s.Population.isotropic(noise=0.5)
ATOMS = w2s.Population([2.0, 0.5, 0.0], signal=[0.3, 0.7, 0.2], noise=0.4)
TEACHER = w2s.Ridge(gamma=0.5, lam=0.01)


def verdict(world, teacher, student):
    return certify(check_chain(world, (teacher, student)))


@pytest.mark.parametrize("world", [WORLD, ATOMS])
def test_the_gain_lies_in_its_enclosure(world):
    for lam in (1e-18, 0.3, 2.0, 1e6):
        for gamma in (0.3, 1.0, 1.8):
            student = w2s.Ridge(gamma=gamma, lam=lam, truth=0.1, noise=0.05)
            found = verdict(world, TEACHER, student)
            with mpmath.workdps(60):
                precise = w2s.Ridge(gamma=mpmath.mpf(gamma), lam=lam, truth=0.1, noise=0.05)
                exact = gain(world, TEACHER, precise)
            assert found.proved and found.lower <= exact <= found.upper
            assert found.student_wins == (exact > 0)


def test_no_proved_verdict_is_wrong():
    found = checked(60, seed=2)  # benchmarks/certified.py looks at 10,000
    assert not found["wrong"] and found["right"] == 60 and found["with 16 digits"] < 30


def test_what_has_no_sign_is_undecided():
    nothing = verdict(WORLD, TEACHER, w2s.Ridge(gamma=1e-300, lam=0.0))
    same = verdict(WORLD, w2s.Ridge(gamma=1.0, lam=0.0), TEACHER)
    assert not same.proved and not same.student_wins and "undecided" in str(same) and same.digits == 1000
    assert nothing.lower <= 0 <= nothing.upper


def test_a_comparison_that_is_open_is_not_guessed():
    with working_digits(20):
        third = BALLS.convert(1.0) / BALLS.convert(3.0)
        nothing = 3 * third - 1
        for compare in (lambda x: x < 0, lambda x: x == 0, lambda x: 1 / x, lambda x: x >= 0):
            with pytest.raises(UndecidedError):
                compare(nothing)
        assert third > 0.3 and third != 0.5 and not third >= 0.5 and abs(-third) <= 1
        assert isinstance(np.array([third]) * third + 1, np.ndarray) and isinstance(third**2 - 1, Ball)


def test_what_a_learner_does_not_see_is_no_division_by_nothing():
    world = w2s.Population([1.0, 0.5], signal=[1.0, 1.0], noise=0.3)
    found = verdict(world, w2s.Ridge(gamma=0.5, lam=0.0, features=[0]), w2s.Ridge(gamma=0.5, lam=0.1))
    assert not found.proved or found.student_wins
    idle = w2s.Population([1.0, 0.0], signal=[1.0, 0.0], noise=0.3)
    found = verdict(idle, w2s.Ridge(gamma=0.5, lam=0.0), w2s.Ridge(gamma=0.5, lam=0.2))
    exact = gain(idle, w2s.Ridge(gamma=0.5, lam=0.0), w2s.Ridge(gamma=0.5, lam=0.2))
    assert found.proved and found.lower <= exact <= found.upper
    found = verdict(ATOMS, w2s.Ridge(gamma=1.0, lam=0.0), TEACHER)
    assert found.proved and found.lower <= gain(ATOMS, w2s.Ridge(gamma=1.0, lam=0.0), TEACHER) <= found.upper


def test_arrays_and_what_is_refused():
    lams = np.array([[0.5, 0.55], [0.6, 0.65]])
    found = verdict(WORLD, TEACHER, w2s.Ridge(gamma=0.8, lam=lams))
    assert found.student_wins.tolist() == [[True, True], [False, False]] and found.proved.all()
    assert str(found) == "proved: student wins at 2 points, does not at 2; undecided at 0"
    for student in (w2s.GradientFlow(gamma=0.5, time=1.0), w2s.Ridge(gamma=0.5, lam=0.1, labels="hard")):
        with pytest.raises(ValueError, match="certified"):
            verdict(WORLD, TEACHER, student)


def test_compare_carries_the_certificate_through_a_file():
    found = w2s.compare(WORLD, TEACHER, w2s.Ridge(gamma=0.8, lam=0.3), certified=True)
    assert found.certificate.proved and "proved: student wins, with 16 digits" in str(found)
    assert w2s.from_json(found.to_json()) == found and found.as_dict()["certificate"]["student_wins"] is True
    assert w2s.compare(WORLD, TEACHER, w2s.Ridge(gamma=0.8, lam=0.3)).certificate is None
