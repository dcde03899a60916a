"""The gain keeps its digits where teacher and student are as good as equal."""

import re
from dataclasses import replace

import mpmath
import numpy as np
import pytest

import w2s_asymptotics as w2s
from w2s_asymptotics.evaluate.gain import gain
from w2s_asymptotics.theorems import _ridge_stage, generate_javascript, generate_kernels

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
    assert gain(full, w2s.SelfDistilled(gamma=1.0, lams=(0.0,)), STUDENT) == 0.0  # no penalty to follow
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


@pytest.mark.parametrize("write", [generate_kernels.source, generate_javascript._gain])
def test_both_languages_write_the_one_gain(write, monkeypatch):
    share, removed, grown = _ridge_stage.gain()
    monkeypatch.setattr(_ridge_stage, "gain", lambda: (share, removed, grown.subs(_ridge_stage.LOST, 1)))
    assert not re.search(r"lost(\[i\])? \* \(multiplier(\[i\])? \* \(signal", write())
