"""Mechanism 2: the alignment criterion, and penalties that follow the target."""

from __future__ import annotations

from dataclasses import replace

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

import w2s_asymptotics as w2s
from w2s_asymptotics.questions.gain import gain
from w2s_asymptotics.simulation.estimators import Penalty, fit_ridge
from w2s_asymptotics.theorems.aligned_student import closed_forms
from w2s_asymptotics.words.inner import slope_at_zero
from w2s_asymptotics.words.words import Quadratic, Stage, letter

positive = st.floats(0.05, 4.0)


@st.composite
def chains(draw: st.DrawFn) -> tuple[w2s.Population, w2s.Ridge, w2s.Ridge]:
    """Worlds of two or three atoms, a weighted teacher, and a student with more rows than dimensions."""
    count = draw(st.integers(2, 3))
    row = st.lists(positive, min_size=count, max_size=count)
    weights = np.array(draw(row))
    world = w2s.Population(draw(row), draw(row), weights / weights.sum(), draw(positive))
    teacher = w2s.Ridge(draw(st.floats(0.2, 2.0)), draw(st.floats(0.01, 1.0)), penalty=draw(row))
    return world, teacher, w2s.Ridge(draw(st.floats(0.1, 0.9)), 0.0, penalty=draw(row))


@given(chains())
@settings(max_examples=60, deadline=None)
def test_the_sign_of_the_slope_decides_small_penalties(chain) -> None:
    world, teacher, student = chain
    found = w2s.alignment(world, teacher)
    if abs(found.share(student)) > 1e-3:
        small = gain(world, teacher, replace(student, lam=1e-7 * (1 - student.gamma)))
        assert (small > 0) == (found.slope(student) > 0)


@given(chains())
@settings(max_examples=25, deadline=None)
def test_the_slope_is_the_derivative_of_the_risk_at_fifty_digits(chain) -> None:
    world, teacher, student = chain
    with mpmath.workdps(50):

        def high(values):
            return [mpmath.mpf(float(value)) for value in values]

        weights = high(world.weights[:-1])
        exact = w2s.Population(
            high(world.eigenvalues),
            high(world.signal),
            [*weights, 1 - sum(weights)],
            mpmath.mpf(world.noise),
        )
        first = w2s.Ridge(mpmath.mpf(teacher.gamma), mpmath.mpf(teacher.lam), penalty=high(teacher.penalty))
        second = w2s.Ridge(mpmath.mpf(student.gamma), mpmath.mpf(0), penalty=high(student.penalty))
        step = mpmath.mpf(10) ** -20
        rise = w2s.risk(exact, first, second) - w2s.risk(exact, first, replace(second, lam=step))
        slope = w2s.alignment(exact, first).slope(second)
        scale = (2 / (1 - second.gamma)) * sum(w2s.alignment(exact, first).fitted * second.penalty)
        assert abs(rise / step - slope) < mpmath.mpf(10) ** -14 * scale


@given(chains())
@settings(max_examples=25, deadline=None)
def test_the_bracket_of_the_theorem_is_what_the_record_holds(chain) -> None:
    world, teacher, _ = chain
    s, e, w, g = world.eigenvalues, world.signal, world.weights, teacher.penalty
    state = w2s.learned(world, teacher).equivalent
    # kappa from the multiplier s/(s + kappa g) of the first atom, tau^2 = risk + noise.
    kappa = s[0] * state.bias[0] / (state.multiplier[0] * g[0])
    residual = w2s.risk(world, teacher) + world.noise
    shape = 1 / (s + kappa * g)
    bracket = teacher.gamma * residual * w - kappa * g * e
    found = w2s.alignment(world, teacher)
    assert found.excess == pytest.approx(s * shape**2 * bracket, rel=1e-9, abs=1e-12)


def test_the_isotropic_world_is_the_case_of_equal_brackets() -> None:
    world = w2s.Population.isotropic(noise=0.5)
    for lam, sign in ((0.1, 1), (0.3, -1)):
        found = w2s.alignment(world, w2s.Ridge(0.5, lam))
        assert np.sign(found.excess[0]) == sign and found.share(w2s.Ridge(0.8, 0.1)) == sign
    tuned = w2s.alignment(world, w2s.Ridge(0.5, 0.25))
    assert not tuned.under[0] and not tuned.over[0]
    state = w2s.learned(world, w2s.Ridge(0.5, 0.1))
    assert w2s.alignment(world, w2s.Ridge(0.5, 0.1)).excess[0] == pytest.approx(state.norm - state.overlap)


TWO_BLOCKS = w2s.Population([1, 1], signal=[0.1, 0.9], weights=[0.4, 0.6], noise=0.5)


def _optimal_teacher() -> w2s.Ridge:
    return w2s.Ridge(gamma=0.5, lam=0.25)


def test_golden_two_blocks() -> None:
    teacher = _optimal_teacher()
    student = w2s.Ridge(0.8, 0.0, penalty=[1.8, 0.3])
    forms = closed_forms()
    # kappa^2 + (1 - 1/2 - 1/4) kappa - 1/4 = 0
    kappa = (np.sqrt(17) - 1) / 8
    values = {"kappa_t": kappa, "signal": 1.0, "w": 0.4, "e": 0.1, "gamma_s": 0.8, "g_1": 1.8, "g_2": 0.3}

    def number(expression):
        return float(expression.subs({item: values[item.name] for item in expression.free_symbols}))

    golden = 10 * kappa * 0.3 * 1.5 / (1 + kappa) ** 2
    assert number(forms["slope of the gain"]) == pytest.approx(golden, rel=1e-14)
    assert w2s.alignment(TWO_BLOCKS, teacher).slope(student) == pytest.approx(golden, rel=1e-12)
    assert golden == pytest.approx(36 * (np.sqrt(17) - 1) / (66 + 14 * np.sqrt(17)), rel=1e-14)
    assert golden == pytest.approx(0.90873457204967, rel=1e-13)
    most = kappa**2 * 0.09 / ((1 + kappa) ** 2 * (0.1 + 0.4 * kappa))
    assert number(forms["most"]) == pytest.approx(most, rel=1e-14)
    # A student of nearly unlimited data that leaves block 2 alone comes close to the most.
    best = w2s.tune(TWO_BLOCKS, teacher, w2s.Ridge(1e-6, 0.0, penalty=[1.0, 1e-9]))
    assert w2s.risk(TWO_BLOCKS, teacher) - best.risk == pytest.approx(most, rel=1e-5)


@given(st.floats(0.05, 0.95), st.floats(0.05, 0.95), st.floats(0.05, 3.0), st.floats(0.05, 3.0), positive)
@settings(max_examples=40, deadline=None)
def test_the_theorem_by_brute_force(w, e, gamma_t, gamma_s, heavier) -> None:
    world = w2s.Population([1, 1], signal=[e, 1 - e], weights=[w, 1 - w], noise=0.7)
    teacher = w2s.Ridge(gamma_t, gamma_t * 0.7)
    lams = np.geomspace(1e-6, 1e4, 60)
    assert (gain(world, teacher, w2s.Ridge(gamma_s, lams)) < 1e-14).all()
    state = w2s.learned(world, teacher).equivalent
    norm, overlap = state.multiplier**2 * world.signal + state.covariance, state.multiplier * world.signal
    bound = (np.maximum(norm - overlap, 0) ** 2 / norm).sum()
    assert (gain(world, teacher, w2s.Ridge(gamma_s, lams, penalty=[heavier, 1])) <= bound + 1e-12).all()
    if gamma_s < 0.95 and abs(w - e) > 0.02:
        student = w2s.Ridge(gamma_s, 1e-6 * (1 - gamma_s) ** 2, penalty=w2s.aligned_penalty(world))
        assert gain(world, teacher, student) > 0


@given(chains(), st.floats(0.0, 5.0))
@settings(max_examples=40, deadline=None)
def test_the_gain_in_what_is_taken_away(chain, lam) -> None:
    """sum 2 K (q - rho) - sum K^2 q/delta, each atom weighed by its eigenvalue."""
    world, teacher, student = chain
    student = replace(student, lam=lam)
    state, s = w2s.learned(world, teacher).equivalent, world.eigenvalues
    norm, overlap = state.multiplier**2 * world.signal + state.covariance, state.multiplier * world.signal
    taken = w2s.learned(world, student).equivalent.bias
    delta = 1 - student.gamma * (world.weights * (1 - taken) ** 2).sum()
    expected = (s * 2 * taken * (norm - overlap)).sum() - (s * taken**2 * norm).sum() / delta
    assert gain(world, teacher, student) == pytest.approx(expected, rel=1e-8, abs=1e-10)


def test_a_tuned_teacher_is_in_balance_with_its_own_penalty_times_what_it_keeps() -> None:
    world = w2s.Population([3.0, 1.0, 0.25], signal=[1.0, 0.1, 0.05], noise=0.5)
    teacher = w2s.tune(world, w2s.Ridge(0.5, 0.0, penalty=[1.0, 2.0, 0.5])).learner
    found = w2s.alignment(world, teacher)
    kept = w2s.learned(world, teacher).equivalent.multiplier
    assert abs(found.share(w2s.Ridge(0.5, 0.1, penalty=teacher.penalty * kept))) < 1e-9
    # So where Sigma is not isotropic even equal weights can improve on the best teacher with equal weights.
    best = w2s.tune(world, w2s.Ridge(0.5, 0.0)).learner
    assert w2s.compare(world, best, w2s.Ridge(0.5, 0.01)).student_wins


def test_a_student_may_win_far_out_where_small_penalties_lose() -> None:
    world = w2s.Population([1, 1], signal=[0.02, 2], weights=[0.9, 0.1], noise=3.0)
    teacher, student = w2s.Ridge(0.9, 0.01, penalty=[1, 500]), w2s.Ridge(0.5, 1e4, penalty=[0.001, 1])
    verdict = w2s.compare(world, teacher, student)
    assert w2s.alignment(world, teacher).slope(student) < 0 < verdict.gain
    assert gain(world, teacher, replace(student, lam=1e-4)) < 0
    assert "so a small lam_s hurts; student wins for lam_s in (" in verdict.reason


def test_simulation_of_the_coordinates() -> None:
    """E[beta_t (beta_t - beta_*)] per block, measured on fitted teachers; Sigma and Gamma are general."""
    dim, rows, repetitions, noise = 60, 90, 500, 0.8
    s, g, e = np.array([2.0, 1.0, 0.4]), np.array([0.5, 1.0, 3.0]), np.array([0.2, 0.5, 1.0])
    world = w2s.Population(s, signal=e, noise=noise)
    expected = w2s.alignment(world, w2s.Ridge(dim / rows, 0.15, penalty=g)).excess
    block = np.repeat(np.arange(3), dim // 3)
    target = np.sqrt(e[block] / (dim // 3))
    rng = np.random.default_rng(5)
    measured = []
    for _ in range(repetitions):
        X = rng.standard_normal((rows, dim)) * np.sqrt(s[block])
        labels = X @ target + np.sqrt(noise) * rng.standard_normal(rows)
        weights = fit_ridge(X, labels, 0.15, Penalty.of(g[block]))
        measured.append(np.bincount(block, weights * (weights - target)))
    mean, error = np.mean(measured, axis=0), np.std(measured, axis=0, ddof=1) / np.sqrt(repetitions)
    assert (np.abs(mean - expected) < 4 * error + 0.02 * np.abs(expected)).all()
    assert (error < 0.05 * np.abs(expected) + 0.01).all() and expected.min() < 0 < expected.max()


def test_aligned_penalty() -> None:
    world = w2s.Population([2, 1], signal=[0.3, 1.2], weights=[0.25, 0.75], noise=0.4)
    aligned = w2s.aligned_penalty(world)
    assert aligned == pytest.approx([1.25, 0.9375]) and (aligned * world.signal).sum() == pytest.approx(1.5)
    # With it the best teacher is the posterior mean, at lam = gamma sigma^2/r^2, and beats other weights.
    best = w2s.tune(world, w2s.Ridge(0.6, 0.0, penalty=aligned))
    assert best.lam == pytest.approx(0.6 * 0.4 / 1.5, rel=1e-8)
    for other in ([1.0, 1.0], [1.0, 0.9], [1.25, 0.7]):
        assert w2s.tune(world, w2s.Ridge(0.6, 0.0, penalty=other)).risk > best.risk
    assert w2s.aligned_penalty(w2s.Population.isotropic()) == 1.0
    assert w2s.aligned_penalty(world, smoothing=1) == pytest.approx([1, 1])


def test_aligned_penalty_of_matrices_is_diagonal_in_the_eigenbasis() -> None:
    rng = np.random.default_rng(2)
    basis = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    sizes, coefficients = np.array([0.5, 1.0, 2.0]), np.array([0.3, -1.0, 0.4])
    world = w2s.Population.from_matrices((basis * sizes) @ basis.T, basis @ coefficients, noise=0.2)
    expected = (basis * (coefficients @ coefficients / 3 / coefficients**2)) @ basis.T
    np.testing.assert_allclose(w2s.aligned_penalty(world), expected, rtol=1e-10)
    atoms = w2s.Population(sizes, coefficients**2, noise=0.2)
    teacher = w2s.Ridge(0.5, 0.1)
    same = [
        w2s.risk(each, teacher, w2s.Ridge(0.7, 0.05, penalty=w2s.aligned_penalty(each)))
        for each in (world, atoms)
    ]
    assert same[0] == pytest.approx(same[1], rel=1e-10)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: w2s.aligned_penalty(w2s.Population([1, 1], [0, 1])), "no signal on atom 1"),
        (lambda: w2s.aligned_penalty(w2s.Population([1, 1], [0, 0])), "has none"),
        (lambda: w2s.aligned_penalty(TWO_BLOCKS, smoothing=2), r"in \[0, 1\]"),
        (lambda: w2s.alignment(TWO_BLOCKS, w2s.Ridge(0.5, [0.1, 0.2])), "got arrays"),
        (lambda: w2s.alignment(TWO_BLOCKS, w2s.Ridge(sp.Symbol("g", positive=True), 0.1)), "takes numbers"),
        (
            lambda: w2s.alignment(TWO_BLOCKS, _optimal_teacher()).slope(w2s.Ridge(1.5, 0.1)),
            "needs gamma < 1",
        ),
        (
            lambda: w2s.alignment(TWO_BLOCKS, _optimal_teacher()).share(
                w2s.Ridge(0.5, 0.1, penalty=[1, 2, 3])
            ),
            "row of 2",
        ),
        (
            lambda: w2s.alignment(
                w2s.Population.from_matrices(np.eye(2), [1.0, 1.0]),
                w2s.Ridge(0.5, 0.1, penalty=[[2, 1], [1, 2]]),
            ),
            "need not commute",
        ),
    ],
)
def test_bad_requests(call, message) -> None:
    with pytest.raises(ValueError, match=message):
        call()


WORLD = w2s.Population([3, 1, 0.25], signal=[1, 0.1, 0.05], noise=0.5)


@pytest.mark.parametrize(
    ("teacher", "student", "told"),
    [
        (
            w2s.Ridge(0.5, 0.2),
            w2s.Ridge(0.5, 0.02, penalty=[0.2, 3, 3]),
            "teacher under-regularises atoms 2, 3 (s = 1, 0.25) and over-regularises atom 1 (s = 3); "
            "the student's penalty weighs them 3 against 0.2, so a small lam_s helps; "
            "student wins for lam_s in (0, 0.4418)",
        ),
        (
            w2s.Ridge(0.5, 2),
            w2s.Ridge(0.5, 0.02),
            "teacher under-regularises atom 3 (s = 0.25) and over-regularises atoms 1, 2 (s = 3, 1); "
            "the student's penalty weighs them 1 against 1, so a small lam_s hurts; "
            "student wins for no lam_s",
        ),
        (
            w2s.Ridge(0.5, 0.2),
            w2s.Ridge(1.5, 0.02, penalty=[1, 4, 5]),
            "teacher under-regularises atoms 2, 3 (s = 1, 0.25) and over-regularises atom 1 (s = 3); "
            "the student's penalty weighs them 4, 5 against 1; student wins for no lam_s",
        ),
    ],
)
def test_compare_tells_it_atom_by_atom(teacher, student, told) -> None:
    assert w2s.compare(WORLD, teacher, student).reason == told


def test_many_atoms_are_told_by_runs() -> None:
    world = w2s.Population.power_law(500, 1.5, 1.2, noise=0.3)
    reason = w2s.compare(world, w2s.Ridge(samples=800, lam=0.05), w2s.Ridge(samples=900, lam=0.002)).reason
    assert "-500 (s = 8.944e-05 to " in reason and len(reason) < 300


def test_a_term_without_second_order_contact_is_refused() -> None:
    stage = Stage("s")
    with pytest.raises(ValueError, match="does not vanish to second order"):
        slope_at_zero(stage.kappa * Quadratic(letter("A"), stage.equivalent * letter("b")), stage)


def test_the_figure_draws_what_it_is_given() -> None:
    plots = pytest.importorskip("w2s_asymptotics.report.plots")
    points = ([-1.0, 1.0], [-0.2, 0.1], [0.01, 0.01])
    axes = plots.alignment_curves(
        [-1, 0, 1], [("one", [-0.2, 0, 0.1])], [points], bound=0.3, ax=plots.new_axes()
    )
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "one",
        "most with any weights",
        "measured (± 2 s.e.)",
    ]
    assert axes.get_xlabel() == "alignment of the student's penalty"


def test_a_tuned_teacher_is_in_balance_where_nothing_commutes() -> None:
    rng = np.random.default_rng(8)
    roots = rng.standard_normal((2, 4, 4))
    covariance, penalty = (root @ root.T / 4 + 0.3 * np.eye(4) for root in roots)
    world = w2s.Population.from_matrices(covariance, rng.standard_normal(4), noise=0.6)
    teacher = w2s.tune(world, w2s.Ridge(0.7, 0.0, penalty=penalty)).learner

    def lam(kappa):
        return kappa * (1 - 0.7 * np.trace(covariance @ np.linalg.inv(covariance + kappa * penalty)) / 4)

    kappa = brentq(lambda k: lam(k) - teacher.lam, 1e-9, 1e3, xtol=1e-14)
    balanced = penalty @ np.linalg.inv(covariance + kappa * penalty) @ covariance
    step = 1e-6

    def slope(weights):
        return gain(world, teacher, w2s.Ridge(0.5, step, penalty=weights)) / step

    assert np.abs(balanced - balanced.T).max() < 1e-12
    assert abs(slope((balanced + balanced.T) / 2)) < 1e-3 < 0.02 < abs(slope(penalty))


def test_equal_weights_can_beat_an_optimal_teacher_where_eigenvalues_differ() -> None:
    """Case (a) of the compensation theorem is about Sigma = I: elsewhere a tuned teacher need not be safe."""
    world = w2s.Population([3.0, 1.0, 0.25], [1.0, 0.1, 0.05], noise=0.5)
    teacher = w2s.tune(world, w2s.Ridge(0.5, 0.0)).learner
    student = w2s.Ridge(0.5, 0.01)
    assert w2s.risk(world, teacher) - w2s.risk(world, teacher, student) == pytest.approx(0.00103876, rel=1e-5)
