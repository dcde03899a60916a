"""Labels that are handed over, and which a student learns the most from."""

from dataclasses import replace

import mpmath
import numpy as np
import pytest
import sympy as sp

import w2s_asymptotics as w2s
from w2s_asymptotics.questions.best_labels import best_labels
from w2s_asymptotics.questions.gain import gain
from w2s_asymptotics.theorems import best_labels as theorem

J = np.arange(1, 501)
STEEP = w2s.Population(J**-2.0, signal=J**0.5)
WORLD = w2s.Population([2.0, 1.0, 0.3], signal=[1.0, 0.5, 0.5], weights=[0.2, 0.5, 0.3], noise=0.2)
PLAIN = w2s.Population.isotropic(signal=1.3, noise=0.3)
LEARNERS = [
    w2s.Ridge(gamma=0.7, lam=0.1, penalty=[1.0, 2.0, 0.5]),
    w2s.Ridge(gamma=1.7, lam=0.0, noise=0.1),
    w2s.Ridge(gamma=0.7, lam=0.1, covariance=[1.0, 3.0, 0.5]),
    w2s.Ridge(gamma=0.7, lam=0.1, features=[0, 2]),
    w2s.RandomFeatures(gamma=0.6, width=1.5, lam=0.1, activation="relu"),
    w2s.SelfDistilled(gamma=0.8, lams=(0.1, 0.3)),
    w2s.GradientFlow(gamma=0.8, time=2.0),
]


@pytest.mark.parametrize(
    ("lam", "figures"), [(0.0, (0.11937, 0.08325, 0.08966)), (1e-4, (0.15109, 0.12696, 0.13870))]
)
def test_the_published_example(lam, figures):
    student = w2s.Ridge(gamma=2.5, lam=lam)
    best = best_labels(STEEP, student)
    assert (best.truth_risk, best.risk, best.kept_risk) == pytest.approx(figures, abs=5e-6)
    for labels, found in (
        (w2s.Given(), best.truth_risk),
        (best.labels, best.risk),
        (best.mask, best.kept_risk),
    ):
        assert w2s.risk(STEEP, labels, student) == pytest.approx(found, rel=1e-13)


@pytest.mark.parametrize("student", LEARNERS, ids=lambda each: type(each).__name__)
def test_no_other_labels_are_better(student):
    best = best_labels(WORLD, student)
    assert w2s.risk(WORLD, best.labels, student) == pytest.approx(best.risk, rel=1e-12)
    for place in range(3):
        for step in (1e-3, -1e-3):
            moved = np.array(best.multiplier)
            moved[place] += step
            assert w2s.risk(WORLD, w2s.Given(multiplier=moved), student) >= best.risk * (1 - 1e-13)
    masks = [np.array([a, b, c]) for a in (0.0, 1.0) for b in (0.0, 1.0) for c in (0.0, 1.0)]
    risks = [w2s.risk(WORLD, w2s.Given(multiplier=mask), student) for mask in masks]
    assert best.kept_risk == pytest.approx(min(risks), rel=1e-12)
    assert (best.amplified == (best.multiplier > 1)).all()


def test_it_is_what_is_derived():
    student = w2s.Ridge(gamma=0.7, lam=0.1)
    found = best_labels(WORLD, student)
    fit = w2s.learned(WORLD, student).equivalent
    kept, lost = fit.multiplier, fit.bias
    delta = 1 - 0.7 * (WORLD.weights * kept**2).sum()
    form = w2s.derive("best_labels").forms["best labels"]
    names = (theorem.KEPT, theorem.LOST, theorem.STUDENT.delta)
    np.testing.assert_allclose(sp.lambdify(names, form)(kept, lost, delta), found.multiplier, rtol=1e-13)
    assert (found.amplified == (lost < delta)).all() and (found.kept == (lost**2 < delta)).all()


def test_kinds_of_number_and_of_world():
    with mpmath.workdps(40):
        high = best_labels(PLAIN, w2s.Ridge(gamma=mpmath.mpf("0.5"), lam=mpmath.mpf("0.1")))
    single = best_labels(PLAIN, w2s.Ridge(gamma=0.5, lam=0.1))
    assert float(high.risk) == pytest.approx(single.risk, rel=1e-14)
    assert single.amplified is True and single.mask == w2s.Given()
    lams = np.array([0.01, 0.1, 1.0])
    many = best_labels(WORLD, w2s.Ridge(gamma=0.5, lam=lams))
    one = best_labels(WORLD, w2s.Ridge(gamma=0.5, lam=0.1))
    assert many.multiplier.shape == (3, 3) and many.risk[1] == pytest.approx(one.risk, rel=1e-13)
    matrix = w2s.Population.from_matrices([[2.0, 0.5], [0.5, 1.0]], [1.0, 0.3], noise=0.1)
    student = w2s.Ridge(samples=5, lam=0.2)
    best = best_labels(matrix, student)
    assert w2s.risk(matrix, best.labels, student) == pytest.approx(best.risk, rel=1e-13)


def test_labels_in_the_middle_of_a_chain_and_the_gain():
    teacher, labels = (
        w2s.Ridge(gamma=0.5, lam=0.1),
        w2s.Given(multiplier=[1.0, 0.8, 0.2], spread=0.1, noise=0.2),
    )
    student = w2s.Ridge(gamma=0.6, lam=0.2)
    weak, strong = w2s.risks(WORLD, labels, student)
    assert gain(WORLD, labels, student) == pytest.approx(weak - strong, rel=1e-13)
    assert w2s.risk(WORLD, teacher, w2s.Given()) == pytest.approx(w2s.risk(WORLD, teacher), rel=1e-14)
    basis = np.linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))[0]
    matrix = w2s.Population.from_matrices(basis @ np.diag([0.5, 1.0, 2.0]) @ basis.T, [1.0, 0.5, 0.2])
    weighted = w2s.Ridge(samples=5, lam=0.2, penalty=1.0 * np.eye(3))  # the layout of matrices
    found = w2s.risk(matrix, labels, weighted)
    assert found == pytest.approx(w2s.risk(matrix, labels, replace(weighted, penalty=None)), rel=1e-12)


def test_simulation():
    chain = w2s.Given(multiplier=[1.2, 0.8, 0.2], spread=0.1, noise=0.2), w2s.Ridge(gamma=0.5, lam=0.1)
    found = w2s.simulate(WORLD, *chain, w2s.Given(multiplier=0.9), chain[1], dim=60, repetitions=60, seed=2)
    assert abs(found.z).max() < 4 and found.samples[0] == 0
    assert w2s.trend(WORLD, *chain, dims=(20, 40, 60), repetitions=40, seed=1).consistent()
    matrix = w2s.Population.from_matrices([[2.0, 0.5], [0.5, 1.0]], [1.0, 0.3])
    exact = w2s.simulate(matrix, w2s.Given(multiplier=[0.0, 0.5]), repetitions=2, seed=1)
    assert exact.mean == pytest.approx(exact.theory, rel=1e-14)
    curved = w2s.RandomFeatures(gamma=0.5, width=1.0, lam=0.1, activation="relu")
    with pytest.raises(ValueError, match="coefficients of a linear teacher"):
        w2s.simulate(PLAIN, curved, w2s.Given(), dim=20, repetitions=2, seed=1)


@pytest.mark.parametrize(
    ("ask", "match"),
    [
        (
            lambda: w2s.risk(WORLD, w2s.Given(multiplier=[1.0, 2.0])),
            "multiplier must be a number or a row of 3",
        ),
        (lambda: w2s.risk(PLAIN, w2s.Given(multiplier=[1.0, 2.0])), "one number in an isotropic world"),
        (lambda: w2s.Given(spread=-1.0), "spread must be >= 0"),
        (lambda: w2s.tune(WORLD, w2s.Given()), "which Given has not"),
        (lambda: w2s.derive(PLAIN, w2s.Given(), LEARNERS[1]), "no registered map"),
        (lambda: best_labels(WORLD, w2s.Convex(gamma=0.5, lam=0.1, loss="huber")), "least squares"),
        (lambda: best_labels(w2s.MultiIndex([1.0], "he2"), LEARNERS[0]), "needs a population"),
        (lambda: best_labels(PLAIN, w2s.Ridge(gamma=sp.Symbol("g"), lam=0.1)), "takes numbers"),
        (
            lambda: best_labels(
                w2s.Population.from_matrices(np.eye(2), [1, 0]),
                w2s.Ridge(samples=3, lam=0.1, penalty=np.eye(2)),
            ),
            "commute",
        ),
    ],
)
def test_what_is_refused(ask, match):
    with pytest.raises(ValueError, match=match):
        ask()


def test_a_student_with_other_labels_besides_is_refused():
    student = w2s.Pooled(sources=(w2s.Source(gamma=1.0), w2s.Source(gamma=2.0, labels="true")), lam=0.1)
    with pytest.raises(ValueError, match="all of whose rows are taught"):
        w2s.best_labels(w2s.Population.isotropic(noise=0.5), student)
