"""The gain of every learner keeps its digits, whatever class says what it is."""

from dataclasses import replace

import mpmath
import numpy as np
import pytest

import w2s_asymptotics as w2s
from w2s_asymptotics.questions.gain import gain


def _matrices():
    rng = np.random.default_rng(3)
    covariance, penalty = (root @ root.T / 5 + 0.2 * np.eye(5) for root in rng.normal(size=(2, 5, 5)))
    return w2s.Population.from_matrices(covariance, rng.normal(size=5), noise=0.5), penalty


MATRICES, PENALTY = _matrices()
PLAIN = w2s.Population.isotropic(signal=1.3, noise=0.5)
ATOMS = w2s.Population([2.0, 0.7, 0.0], signal=[0.3, 1.1, 0.2], weights=[0.25, 0.65, 0.1], noise=0.5)
WORLDS = {"one atom": PLAIN, "atoms": ATOMS, "matrices": MATRICES}
TEACHERS = {
    "ridge": w2s.Ridge(gamma=0.5, lam=0.01),
    "random features": w2s.RandomFeatures(gamma=0.5, width=2.0, lam=0.1, tail=0.3),
    "repeated fits": w2s.SelfDistilled(gamma=0.5, lams=(0.01, 0.1)),
    "gradient flow": w2s.GradientFlow(gamma=0.5, time=3.0),
    "principal components": w2s.PrincipalComponents(gamma=0.5, components=0.6),
}


def coincident(gamma, lam):
    """Learners that are ridge at this penalty."""
    yield w2s.Ridge(gamma=gamma, lam=lam)
    yield w2s.Ridge(gamma=gamma, lam=lam, truth=np.zeros(1))
    yield w2s.SelfDistilled(gamma=gamma, lams=(lam,))
    yield w2s.RandomFeatures(gamma=gamma, width=np.inf, lam=lam)
    if lam == 0:
        yield w2s.GradientFlow(gamma=gamma, time=np.inf)
        yield w2s.PrincipalComponents(gamma=gamma, components=1.0)
        yield w2s.SelfDistilled(gamma=gamma, lams=(0.0, 0.0))


@pytest.mark.parametrize("teacher", TEACHERS)
@pytest.mark.parametrize("place", WORLDS)
def test_learners_that_are_the_same_gain_the_same(place, teacher):
    world, taught = WORLDS[place], TEACHERS[teacher]
    if world is MATRICES and teacher == "ridge":
        taught = replace(taught, penalty=PENALTY)  # does not commute
    for gamma, lam in ((0.8, 0.0), (0.8, 1e-18), (1.7, 0.0), (1.7, 1e-9), (0.6, 0.05)):
        gained = [np.ravel(gain(world, taught, student))[0] for student in coincident(gamma, lam)]
        first = gained[0]
        for student, other in zip(coincident(gamma, lam), gained, strict=True):
            assert other == first or abs(other / first - 1) < 3e-14, student


@pytest.mark.parametrize("place", WORLDS)
def test_learners_that_are_the_same_have_the_same_verdict(place):
    world = WORLDS[place]
    for lam in (0.0, 1e-18, 0.3):
        verdicts = [w2s.compare(world, TEACHERS["ridge"], each).student_wins for each in coincident(0.8, lam)]
        assert len({bool(np.all(wins)) for wins in verdicts}) == 1


def test_the_three_students_that_repeat_their_teacher_but_for_a_little():
    world, teacher = w2s.Population.isotropic(noise=0.5), w2s.Ridge(gamma=0.5, lam=0.01)
    for student in (
        w2s.Ridge(gamma=0.8, lam=1e-18),
        w2s.SelfDistilled(gamma=0.8, lams=(1e-18,)),
        w2s.RandomFeatures(gamma=0.8, width=np.inf, lam=1e-18),
    ):
        verdict = w2s.compare(world, teacher, student)
        assert verdict.gain == pytest.approx(4.447493593370204e-18, rel=1e-14)
        assert verdict.student_wins


def high(learner):
    """The same learner, its penalties of mpmath's numbers."""
    if isinstance(learner, w2s.SelfDistilled):
        return replace(learner, lams=tuple(map(mpmath.mpf, learner.lams)))
    name = learner.parameter
    return replace(learner, **{name: mpmath.mpf(getattr(learner, name))})


CLOSE = [
    w2s.Ridge(gamma=0.8, lam=1e-16, noise=1e-18),
    w2s.SelfDistilled(gamma=0.8, lams=(1e-18, 1e-17)),
    w2s.SelfDistilled(gamma=0.8, lams=(1e-9, 1e-9)),
    w2s.SelfDistilled(gamma=0.8, lams=(0.1, 0.4)),
    w2s.SelfDistilled(gamma=0.8, lams=(1e-7, 1e-6), own=0.5),
    w2s.RandomFeatures(gamma=0.8, width=1e9, lam=1e-18),
    w2s.RandomFeatures(gamma=0.8, width=np.inf, lam=1e-12, tail=1e-12),
    w2s.RandomFeatures(gamma=0.6, width=3.0, lam=1e-12),
    w2s.RandomFeatures(gamma=0.6, width=3.0, lam=1e-12, tail=0.1),
    w2s.RandomFeatures(gamma=1.5, width=0.7, lam=0.1, tail=0.1),
]


@pytest.mark.parametrize("place", ["one atom", "atoms"])
@pytest.mark.parametrize("teacher", ["ridge", "random features", "repeated fits"])
def test_close_pairs_at_sixty_digits(place, teacher):
    world, taught = WORLDS[place], TEACHERS[teacher]
    for student in CLOSE:
        found = gain(world, taught, student)
        with mpmath.workdps(60):
            chain = high(taught), high(student)
            exact = w2s.risk(world, *chain[:1]) - w2s.risk(world, *chain)
            assert abs(found / exact - 1) < 4e-13, student


@pytest.mark.parametrize(
    "student",
    [w2s.GradientFlow(gamma=0.2, time=40.0), w2s.PrincipalComponents(gamma=0.5, components=1 - 1e-9)],
)
def test_spectral_students_that_nearly_repeat_their_teacher(student):
    """A flow run for long, and all but a few of the components: next to ridgeless regression."""
    found, teacher = gain(PLAIN, TEACHERS["ridge"], student), TEACHERS["ridge"]
    with mpmath.workdps(30):
        chain = high(teacher), high(student)
        exact = w2s.risk(PLAIN, *chain[:1]) - w2s.risk(PLAIN, *chain)
        assert abs(exact) < 1e-6 and abs(found / exact - 1) < 2e-13
