import math

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from w2s_asymptotics import Population, Ridge, learned, winning_interval
from w2s_asymptotics.questions.gain import gain
from w2s_asymptotics.questions.risk import check_chain
from w2s_asymptotics.questions.winning import _searched, excess_ratio


@settings(max_examples=120)
@given(st.floats(-1.5, 1.5), st.floats(-4, 1), st.floats(-1.5, 1.0), st.floats(0.05, 3))
def test_gain_vanishes_at_the_ends_and_is_positive_between(
    gamma_t: float, lam_t: float, gamma_s: float, noise: float
) -> None:
    world, teacher, gamma = Population.isotropic(noise=noise), Ridge(10**gamma_t, 10**lam_t), 10**gamma_s
    interval = winning_interval(world, teacher, Ridge(gamma, 1.0))
    lams = np.logspace(-8, 8, 400)
    gains = gain(world, teacher, Ridge(gamma, lams))
    if interval is None:
        assert (gains <= 1e-15).all()
        return
    lo, hi = interval
    inside = (lams > lo * 1.001) & (lams < hi * 0.999)
    outside = (lams < lo * 0.999) | (lams > hi * 1.001)
    assert (gains[inside] > 0).all() and (gains[outside] < 0).all()
    for end in (lo, hi):
        if 0 < end < math.inf:
            around = gain(world, teacher, Ridge(gamma, [end * (1 - 1e-9), end * (1 + 1e-9)]))
            assert around[0] * around[1] < 0 or abs(around).max() < 1e-14


@pytest.mark.parametrize(
    ("noise", "gamma_t", "lam_t", "gamma_s"),
    [(0.5, 0.5, 0.01, 0.8), (0.9, 0.6, 0.01, 1.3), (0.9, 0.6, 0.01, 1.0)],
)
def test_closed_form_and_search_agree(noise: float, gamma_t: float, lam_t: float, gamma_s: float) -> None:
    world, teacher, student = Population.isotropic(noise=noise), Ridge(gamma_t, lam_t), Ridge(gamma_s, 1.0)
    closed = winning_interval(world, teacher, student)
    searched = _searched(check_chain(world, (teacher, student)))
    assert closed is not None and searched is not None
    np.testing.assert_allclose(searched, closed, rtol=1e-9, atol=1e-12)
    with mpmath.workdps(40):
        exact = winning_interval(world, Ridge(mpmath.mpf(gamma_t), lam_t), student)
        assert exact is not None
        np.testing.assert_allclose([float(end) for end in exact], closed, rtol=1e-13)


def test_the_cases_of_the_compensation_theorem() -> None:
    world = Population.isotropic(noise=0.5)
    assert winning_interval(world, Ridge(0.5, 0.25), Ridge(0.1, 1)) is None  # exactly optimal
    assert winning_interval(world, Ridge(0.5, 5.0), Ridge(0.1, 1)) is None
    assert winning_interval(Population.isotropic(), Ridge(0.5, 0), Ridge(0.1, 1)) is None  # nothing to gain
    assert winning_interval(Population.isotropic(noise=2), Ridge(0.9, 0.001), Ridge(3, 1)) == (0.0, math.inf)
    assert winning_interval(world, Ridge(1, 0), Ridge(1, 1)) == (0.0, math.inf)
    assert winning_interval(Population.isotropic(0.0, 1.0), Ridge(0.5, 0.1), Ridge(2, 1)) == (0.0, math.inf)
    at_one = winning_interval(Population.isotropic(noise=0.9), Ridge(0.6, 0.01), Ridge(1, 1))
    assert at_one is not None and at_one[0] == 0.0


@pytest.mark.parametrize("gamma", [1.1, 2.0, 10.0])
def test_the_least_q_over_rho_of_an_overparameterised_student(gamma: float) -> None:
    least = 4 / (3 - math.sqrt(1 - 1 / gamma))
    k = gamma - 1 + math.sqrt(gamma * (gamma - 1))
    teacher = Ridge(0.5, 0.0)
    for factor, wins in ((1 - 1e-6, False), (1 + 1e-6, True)):
        # For a ridgeless teacher with gamma_t = 1/2, q/rho = 1 + sigma^2.
        world = Population.isotropic(noise=least * factor - 1)
        interval = winning_interval(world, teacher, Ridge(gamma, 1))
        assert (interval is not None) == wins
    assert interval is not None
    assert interval[0] < k * (1 - gamma / (1 + k)) < interval[1]


def test_excess_ratio_is_q_over_rho_less_one() -> None:
    for lam in (0.0, 0.01, 0.3, 2.0):
        world, teacher = Population.isotropic(2.0, 0.5), Ridge(0.7, lam, noise=0.1)
        state = learned(world, teacher)
        ratio = excess_ratio(check_chain(world, (teacher, teacher)))
        assert ratio == pytest.approx(state.norm / state.overlap - 1, rel=1e-11)


def test_units_of_penalty_and_covariance() -> None:
    world, teacher = Population.isotropic(noise=0.5), Ridge(0.5, 0.01)
    lo, hi = winning_interval(world, teacher, Ridge(0.8, 1)) or (0, 0)
    assert winning_interval(world, teacher, Ridge(0.8, 1, penalty=2.0)) == pytest.approx((lo, hi / 2))
    assert winning_interval(world, teacher, Ridge(0.8, 1, covariance=2.0)) == pytest.approx((lo, hi * 2))


def test_noise_and_truth_at_the_student() -> None:
    world, teacher = Population.isotropic(noise=0.5), Ridge(0.5, 0.01)
    lo, hi = winning_interval(world, teacher, Ridge(0.8, 1, noise=0.01)) or (0, 0)
    assert abs(gain(world, teacher, Ridge(0.8, [lo, hi], noise=0.01))).max() < 1e-13
    assert winning_interval(world, teacher, Ridge(0.8, 1, noise=10.0)) is None
    lo, hi = winning_interval(world, teacher, Ridge(0.8, 1, truth=0.3)) or (1, 0)
    assert lo == 0.0 and abs(gain(world, teacher, Ridge(0.8, hi, truth=0.3))) < 1e-13


def test_an_aligned_penalty_beats_an_optimal_teacher() -> None:
    world = Population([1, 1], [0.9, 0.1], weights=[0.2, 0.8], noise=0.3)
    teacher = Ridge(0.6, 0.6 * 0.3)
    assert winning_interval(world, teacher, Ridge(0.6, 1)) is None
    interval = winning_interval(world, teacher, Ridge(0.6, 1, penalty=[0.2, 3.0]))
    assert interval is not None and interval[0] == 0.0


def test_only_single_numbers() -> None:
    world = Population.isotropic(noise=0.5)
    with pytest.raises(ValueError, match="single numbers"):
        winning_interval(world, Ridge([0.5, 0.6], 0.01), Ridge(0.8, 1))
    with pytest.raises(ValueError, match="in symbols"):
        winning_interval(world, Ridge(sympy.Symbol("g", positive=True), 0.01), Ridge(0.8, 1))
