"""The gain keeps its digits where teacher and student are as good as equal."""

import re
from dataclasses import replace

import mpmath
import numpy as np
import pytest
from derived_kernels import COMPARISONS
from symbolic_kernels import differs

import w2s_asymptotics as w2s
from w2s_asymptotics.questions.gain import gain
from w2s_asymptotics.report import generate_javascript
from w2s_asymptotics.theorems import _ridge_stage

WORLD = w2s.Population([2.0, 0.7, 0.0], signal=[0.3, 1.1, 0.2], weights=[0.25, 0.65, 0.1], noise=0.4)
PLAIN = w2s.Population.isotropic(signal=1.3, noise=0.4)
TEACHER = w2s.Ridge(gamma=0.7, lam=0.02)
STUDENT = w2s.Ridge(gamma=0.6, lam=0.1)
CASES = [
    (world, replace(STUDENT, gamma=gamma, lam=lam, **more))
    for world, own in ((WORLD, {"penalty": [2.0, 0.4, 1.0]}), (PLAIN, {}))
    for gamma in (0.6, 1.6)
    for lam in (0.0, 1e-18, 0.3, 1e9)
    for more in ({}, own, {"truth": 0.3}, {"truth": 1e-12}, {"noise": 1e-9}, {"truth": 1.0, "noise": 0.1})
]


def high(learner):
    """The same learner, its penalty one of mpmath's numbers."""
    return replace(learner, lam=mpmath.mpf(learner.lam))


def test_every_digit_of_the_gain():
    for world, student in CASES:
        found = gain(world, TEACHER, student)
        with mpmath.workdps(60):
            chain = high(TEACHER), high(student)
            weak, strong = w2s.risk(world, *chain[:1]), w2s.risk(world, *chain)
            exact = weak - strong
            if abs(exact) < mpmath.mpf(10) ** -45:
                assert abs(found) < 1e-45
            else:
                assert found == exact or abs(found / exact - 1) < 2e-13, (world, student)


def test_a_ridge_student_of_any_teacher():
    teacher = w2s.RandomFeatures(gamma=0.5, width=2.0, lam=0.1, tail=0.3)
    world = replace(WORLD, eigenvalues=[2.0, 0.7, 0.1])
    for place, student in ((world, replace(STUDENT, truth=0.2)), (PLAIN, STUDENT), (world, STUDENT)):
        expected = w2s.risk(place, teacher) - w2s.risk(place, teacher, student)
        assert gain(place, teacher, student) == pytest.approx(expected, rel=1e-13)
    shifted = replace(STUDENT, covariance=[1.0, 3.0, 0.5])
    expected = w2s.risk(world, TEACHER) - w2s.risk(world, TEACHER, shifted)
    assert gain(world, TEACHER, shifted) == pytest.approx(expected, rel=1e-13)


def test_a_teacher_of_infinite_risk():
    peak = w2s.Ridge(gamma=1.0, lam=0.0)
    assert gain(PLAIN, peak, STUDENT) == np.inf
    assert gain(PLAIN, peak, replace(STUDENT, lam=0.0)) == 0.0
    full = w2s.Population([4.0, 0.05], signal=[0.3, 0.7], weights=[0.3, 0.7], noise=0.4)
    assert gain(full, peak, replace(STUDENT, truth=1.0)) == np.inf
    assert gain(full, w2s.SelfDistilled(gamma=1.0, lams=(0.0,)), STUDENT) == np.inf
    every = w2s.PrincipalComponents(gamma=1.0, components=1.0)
    assert gain(full, every, STUDENT) == 0.0  # no penalty to follow
    for student, low in (
        (w2s.Ridge(gamma=0.6, lam=np.array([0.0, 0.1, 10.0])), 0.0),
        (w2s.Ridge(gamma=5.0, lam=np.array([0.05, 0.1, 10.0])), 0.06378386511521),
        (w2s.Ridge(gamma=5.0, lam=np.array([0.1, 25.0, 30.0]), penalty=[0.01, 30.0]), 25.575036386875),
        (w2s.RandomFeatures(gamma=0.6, width=2.0, lam=np.array([0.1, 1.0])), None),
    ):
        near = gain(full, w2s.Ridge(gamma=1.0, lam=1e-100), student)
        expected = np.select([near > 0, near < 0], [np.inf, -np.inf])
        assert (gain(full, peak, student) == expected).all()
        if low is not None:
            assert w2s.winning_interval(full, peak, replace(student, lam=1.0)) == (
                pytest.approx(low, rel=1e-12),
                np.inf,
            )


@pytest.mark.parametrize("world", [PLAIN, w2s.Population([1.0, 0.3], signal=[0.6, 0.5], noise=0.4)])
@pytest.mark.parametrize("gamma", [0.6, 1.0])
def test_a_student_that_repeats_an_infinite_teacher_adds_its_own_noise(world, gamma):
    student = w2s.Ridge(gamma=gamma, lam=0.0, noise=0.2)
    near = gain(world, w2s.Ridge(gamma=1.0, lam=1e-100), student)
    assert near == (-np.inf if gamma == 1 else pytest.approx(-0.3, rel=1e-12))
    for peak in (w2s.Ridge(gamma=1.0, lam=0.0), w2s.SelfDistilled(gamma=1.0, lams=(0.0, 0.0))):
        assert gain(world, peak, student) == near


@pytest.mark.parametrize("world", [PLAIN, w2s.Population([1.0, 0.3], signal=[0.6, 0.5], noise=0.4)])
def test_what_is_nonlinear_in_an_infinite_teacher_can_outweigh_what_is_taken(world):
    peak = w2s.RandomFeatures(gamma=2.5, width=0.4, lam=0.0, tail=0.2)
    for gamma, expected in ((0.4, np.inf), (0.5, 0.0), (0.9, -np.inf)):
        near = gain(world, replace(peak, lam=1e-10), w2s.Ridge(gamma=gamma, lam=0.0))
        assert near == pytest.approx(0, abs=1e-8) if expected == 0 else near * expected == np.inf
        assert gain(world, peak, w2s.Ridge(gamma=gamma, lam=0.0)) == expected


@pytest.mark.parametrize("world", [PLAIN, w2s.Population([1.0, 0.3], signal=[0.6, 0.5], noise=0.4)])
@pytest.mark.parametrize(
    "student",
    [
        w2s.SelfDistilled(gamma=2.5, lams=(0.1, 0.1)),
        w2s.SelfDistilled(gamma=0.4, lams=(0.1, 0.7), noise=0.2),
        w2s.RandomFeatures(gamma=0.2, width=np.inf, lam=0.0, noise=0.2),
        w2s.RandomFeatures(gamma=3.0, width=np.inf, lam=0.1, tail=0.4),
    ],
)
def test_every_student_of_an_infinite_teacher_is_infinite_and_none_warns(world, student):
    for peak in (w2s.Ridge(gamma=1.0, lam=0.0), w2s.RandomFeatures(gamma=2.5, width=0.4, lam=0.0, tail=0.4)):
        assert w2s.risk(world, peak, student) == np.inf
    verdict = w2s.compare(world, TEACHER, w2s.SelfDistilled(gamma=1.0, lams=(0.0, 0.0), noise=0.2))
    assert verdict.gain == -np.inf
    assert np.isfinite(verdict.pgr)


def test_both_languages_have_the_one_gain(monkeypatch):
    assert not any(map(differs, COMPARISONS["gain"]()))
    share, removed, grown = _ridge_stage.gain()
    monkeypatch.setattr(_ridge_stage, "gain", lambda: (share, removed, grown.subs(_ridge_stage.LOST, 1)))
    assert any(map(differs, COMPARISONS["gain"]()))
    assert not re.search(r"lost(\[i\])? \* \(multiplier(\[i\])? \* \(signal", generate_javascript._gain())
