"""Fits that share rows, and students beside their teachers."""

from dataclasses import replace

import mpmath
import numpy as np
import pytest
import sympy as sp

import w2s_asymptotics as w2s
from w2s_asymptotics import Committee, Given, Pooled, Ridge, Source
from w2s_asymptotics.proof.models.shared import _shaped
from w2s_asymptotics.questions.gain import gain
from w2s_asymptotics.questions.misfit import best_votes, cross_risks, misfit
from w2s_asymptotics.simulation.experiment import prepare
from w2s_asymptotics.words import shared as letters
from w2s_asymptotics.words.matrices import Draw, evaluate

HALVES = w2s.Population([2.0, 0.5], signal=[0.6, 0.4], noise=0.4)
PAIR = Ridge(gamma=240 / 300, lam=0.05), Ridge(gamma=240 / 400, lam=0.3)
COMMITTEE = Committee(PAIR, weights=[0.35, 0.65], shared=0.6)
STUDENT = Ridge(gamma=240 / 350, lam=0.1)
WORLD = w2s.Population([2.0, 1.0, 0.3], signal=[1.0, 0.5, 0.5], weights=[0.2, 0.5, 0.3], noise=0.2)
PLAIN = w2s.Population.isotropic(signal=1.3, noise=0.4)
TEACHER = Ridge(gamma=0.5, lam=0.05)


def test_the_published_figures():
    found = misfit(HALVES, COMMITTEE, STUDENT)
    assert cross_risks(HALVES, COMMITTEE)[0, 1] == pytest.approx(0.15287, abs=5e-6)
    assert (found.teacher, found.student) == pytest.approx((0.25955, 0.29358), abs=5e-6)
    assert (found.cross, found.misfit) == pytest.approx((0.25616, 0.04081), abs=5e-6)


@pytest.mark.parametrize("world", [WORLD, PLAIN], ids=["atoms", "isotropic"])
@pytest.mark.parametrize("lam", [0.0, 1e-9, 0.2])
@pytest.mark.parametrize("gamma", [0.4, 3.0])
def test_fits_to_the_same_rows_are_one(world, lam, gamma):
    ridge = Ridge(gamma=gamma, lam=lam)
    expected = w2s.risk(world, TEACHER, ridge)
    for committee in (Committee((ridge,)), Committee((ridge,) * 3, shared=1.0)):
        assert w2s.risk(world, TEACHER, committee) == pytest.approx(expected, rel=1e-14)
        assert gain(world, TEACHER, committee) == pytest.approx(gain(world, TEACHER, ridge), rel=1e-12)
    apart, between = (w2s.risk(world, Committee((ridge,) * 3, shared=share)) for share in (0.0, 0.5))
    assert apart < between < w2s.risk(world, ridge)


def test_two_penalties_on_the_same_rows():
    """A second fit on the labels of the first, on its rows, is a combination of two ridges."""
    first, last = 0.1, 0.4
    shares = [first / (first - last), last / (last - first)]
    committee = Committee((Ridge(gamma=0.7, lam=first), Ridge(gamma=0.7, lam=last)), shares, shared=1.0)
    repeated = w2s.SelfDistilled(gamma=0.7, lams=(first, last))
    for world in (WORLD, PLAIN):
        assert w2s.risk(world, TEACHER, committee) == pytest.approx(
            w2s.risk(world, TEACHER, repeated), rel=1e-12
        )


def test_kinds_of_number_arrays_and_files():
    with mpmath.workdps(40):
        members = tuple(replace(each, lam=mpmath.mpf(each.lam)) for each in PAIR)
        exact = w2s.risk(HALVES, Committee(members, weights=[0.35, 0.65], shared=0.6))
    assert w2s.risk(HALVES, COMMITTEE) == pytest.approx(float(exact), rel=4e-15)
    lams, shared = np.array([0.0, 0.1, 1.0]), np.array([[0.0], [0.5]])
    many = Committee((Ridge(gamma=0.8, lam=lams), PAIR[1]), shared=shared)
    one = Committee((Ridge(gamma=0.8, lam=0.1), PAIR[1]), shared=0.5)
    for world in (HALVES, PLAIN):
        found = w2s.risk(world, many)
        assert found.shape == (2, 3) and found[1, 1] == pytest.approx(w2s.risk(world, one), rel=1e-14)
        assert cross_risks(world, many).shape == (2, 2, 2, 3)
    assert w2s.from_json(COMMITTEE.to_json()) == COMMITTEE
    weighted = replace(one, members=(replace(PAIR[0], penalty=[1.0, 3.0]), PAIR[1]))
    assert w2s.risk(HALVES, weighted, STUDENT) != w2s.risk(HALVES, one, STUDENT)


def test_the_best_weights():
    best = w2s.tune(HALVES, COMMITTEE)
    assert best.parameter == "weights" and best.value.sum() == pytest.approx(1.0)
    for step in (1e-3, -1e-3):
        moved = replace(COMMITTEE, weights=best.value + [step, -step])
        assert w2s.risk(HALVES, moved) > best.risk
    crossed = cross_risks(HALVES, COMMITTEE)
    assert best.risk == pytest.approx(best.value @ crossed @ best.value, rel=1e-13)
    assert best_votes(HALVES, replace(COMMITTEE, weights=None)) == pytest.approx(best.value)


def test_it_is_what_is_derived():
    world = w2s.Population([2.0, 1.0, 0.5, 0.1], signal=[1.0, 0.5, 0.5, 0.2], noise=0.3)
    counts, lams, overlap, dim = (8, 5), (0.1, 0.4), 3, 4
    members = tuple(Ridge(gamma=dim / n, lam=lam) for n, lam in zip(counts, lams, strict=True))
    sigma, f = np.diag(world.eigenvalues), np.sqrt(world.signal)[:, None]
    values = {letters.COVARIANCE: sigma, letters.PENALTY: np.eye(dim), letters.LABELS: f, letters.NOISE: 0.3}
    values |= {letters.OVERLAP: overlap / (counts[0] * counts[1]), letters.METRIC: sigma}
    for fit, n, lam in zip(letters.FITS, counts, lams, strict=True):
        low, high = 0.0, 100.0
        for _ in range(200):
            kappa = (low + high) / 2
            below = kappa * (1 - np.trace(sigma @ np.linalg.inv(sigma + kappa * np.eye(dim))) / n) < lam
            low, high = (kappa, high) if below else (low, kappa)
        values[fit.kappa] = kappa
    values = _shaped(values)
    second = evaluate(w2s.derive("shared_rows").result, Draw(values, dim))
    means = [values[fit.equivalent] @ sigma @ f for fit in letters.FITS]
    expected = second - sum((mean * (sigma @ f)).sum() for mean in means) + (f * (sigma @ f)).sum()
    found = cross_risks(world, Committee(members, shared=overlap / min(counts)))
    assert found[0, 1] == pytest.approx(expected, rel=1e-11)


def test_the_misfit_is_an_identity():
    sources = Source(0.8), Source(2.0, labels="true")
    students = [
        STUDENT,
        replace(STUDENT, truth=0.3, noise=0.1),
        Pooled(sources, lam=0.1),
        w2s.RandomFeatures(gamma=0.6, width=1.5, lam=0.1, activation="relu"),
        w2s.GradientFlow(gamma=0.8, time=2.0),
        Given(multiplier=0.5),
    ]
    for student in students:
        found = misfit(PLAIN, TEACHER, student)
        assert found.gain == pytest.approx(gain(PLAIN, TEACHER, student))
        assert found.beyond == pytest.approx(2 * (found.cross - found.student), abs=1e-14)
        assert found.mixed <= min(found.teacher, found.student) and (found.weight > 0.5) == (found.gain > 0)
    seen = replace(STUDENT, features=[0, 2])
    for world, student in ((WORLD, seen), (WORLD, replace(STUDENT, covariance=[1.0, 2.0, 3.0]))):
        assert misfit(world, TEACHER, student).misfit > 0
    quiet = misfit(PLAIN, TEACHER, STUDENT)
    labels = w2s.learned(PLAIN, TEACHER)
    fit = w2s.learned(PLAIN, STUDENT).equivalent
    delta = 1 - STUDENT.gamma * fit.multiplier**2
    assert quiet.misfit == pytest.approx(fit.bias**2 * labels.norm / delta, rel=1e-13)


def test_the_misfit_on_matrices():
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((8, 8))
    world = w2s.Population.from_matrices(rows @ rows.T / 8, rng.standard_normal(8), noise=0.1)
    teacher, student = Ridge(samples=10, lam=0.1), Ridge(samples=7, lam=0.05, truth=0.2)
    layout = replace(student, penalty=np.eye(8))
    plain, same = misfit(world, teacher, student), misfit(world, teacher, layout)
    assert same.misfit == pytest.approx(plain.misfit, rel=1e-11)
    pooled = Pooled((Source(samples=6), Source(samples=4, labels="true")), lam=0.03)
    pair = misfit(world, teacher, pooled), misfit(world, teacher, replace(pooled, penalty=np.eye(8)))
    assert pair[0].misfit == pytest.approx(pair[1].misfit, rel=1e-10)
    some = misfit(world, teacher, Ridge(samples=7, lam=0.05, features=rows[:3]))
    assert some.misfit > 0 and some.mixed <= min(some.teacher, some.student)


def measured(world, learners, dim, repetitions, seed):
    """What each repetition has: errors of every learner, and members of a committee at the start."""
    root = np.random.SeedSequence(seed)
    finite, estimators = prepare(world, learners, dim, root)
    found = []
    for child in root.spawn(repetitions):
        rng, labeller, errors = np.random.default_rng(child), None, []
        for each in estimators:
            labeller = each.learn(labeller, rng)
            errors.append(finite.source.root * (labeller.beta - finite.source.beta))
        found.append(np.array(errors) @ np.array(errors).T)
    return np.array(found)


def test_simulation():
    found = w2s.simulate(HALVES, COMMITTEE, STUDENT, dim=120, repetitions=60, seed=1)
    assert abs(found.z).max() < 4
    triple = Committee((Ridge(gamma=0.8, lam=0.05),) * 3, shared=0.4)
    assert w2s.trend(PLAIN, triple, dims=(20, 40, 60), repetitions=80, seed=1).consistent()
    forms = measured(HALVES, (COMMITTEE, STUDENT), 120, 60, 2)
    theory = misfit(HALVES, COMMITTEE, STUDENT)
    apart = forms[:, 0, 0] + forms[:, 1, 1] - 2 * forms[:, 0, 1]
    for drawn, expected in ((forms[:, 0, 1], theory.cross), (apart, theory.misfit)):
        assert abs(drawn.mean() - expected) < 4 * drawn.std(ddof=1) / np.sqrt(len(drawn)) + 0.02 * expected


@pytest.mark.parametrize(
    ("ask", "match"),
    [
        (lambda: Committee(()), "members must be a row of Ridge"),
        (lambda: Committee((Given(),)), "members must be a row of Ridge"),
        (lambda: Committee((replace(STUDENT, noise=0.1),)), "nothing else of their own"),
        (lambda: Committee(PAIR, weights=[1.0]), "weights must be a row of 2"),
        (lambda: Committee(PAIR, shared=1.5), "shared must be"),
        (lambda: Committee((replace(STUDENT, lam=sp.Symbol("l")),)), "takes numbers"),
        (lambda: cross_risks(PLAIN, STUDENT), "about a Committee"),
        (lambda: w2s.tune(PLAIN, Committee(PAIR, shared=np.array([0.1, 0.2]))), "single numbers"),
        (lambda: misfit(PLAIN, STUDENT), "needs a student"),
        (lambda: misfit(PLAIN, TEACHER, replace(STUDENT, lam=sp.Symbol("l"))), "takes numbers"),
        (lambda: misfit(PLAIN, TEACHER, replace(STUDENT, labels="hard")), "not signs"),
        (lambda: misfit(PLAIN, TEACHER, w2s.Convex(gamma=0.5, lam=0.1, loss="huber")), "least squares"),
        (lambda: w2s.derive(PLAIN, Committee(PAIR)), "no registered map"),
    ],
)
def test_what_is_refused(ask, match):
    with pytest.raises(ValueError, match=match):
        ask()


def test_a_student_that_repeats_its_teacher_has_any_weight():
    world = w2s.Population.isotropic(noise=0.5)
    found = w2s.misfit(world, w2s.Ridge(gamma=0.5, lam=0.1), w2s.Ridge(gamma=0.5, lam=0.0))
    assert (found.misfit, found.weight, found.mixed) == (0.0, 0.5, found.teacher)
    several = w2s.misfit(world, w2s.Ridge(gamma=0.5, lam=0.1), w2s.Ridge(gamma=0.5, lam=np.array([0.0, 0.2])))
    assert several.weight[0] == 0.5 and several.weight[1] == (1 + several.gain[1] / several.misfit[1]) / 2
