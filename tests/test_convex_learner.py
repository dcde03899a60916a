"""Convex losses and labels that are signs, through the public names."""

import mpmath
import numpy as np
import pytest

import w2s_asymptotics as w2s
from w2s_asymptotics import Convex, Population, Ridge

LOGISTIC = Population.isotropic(signal=4.0, labels="logistic")
TEACHER = Convex(gamma=0.5, lam=0.02)


def test_errors_of_least_squares_on_signs() -> None:
    world, teacher = Population.isotropic(labels="sign"), Ridge(gamma=0.5, lam=0.02)
    assert w2s.error(world, teacher) == pytest.approx(0.20078, abs=5e-6)
    for labels, expected in (("soft", 0.20295), ("hard", 0.25384)):
        student = Ridge(gamma=0.4, lam=0.1, labels=labels)
        assert w2s.error(world, teacher, student) == pytest.approx(expected, abs=5e-6)


def test_a_logistic_teacher_and_its_students() -> None:
    teacher = w2s.learned(LOGISTIC, TEACHER)
    found = teacher.overlap / 2, teacher.norm**0.5, np.cos(np.pi * w2s.error(LOGISTIC, TEACHER))
    assert found == pytest.approx((1.85963, 2.81596, 0.66039), abs=6e-6)
    for labels, along, cosine in (("soft", 1.60312, 0.64500), ("hard", 2.21701, 0.58438)):
        student = Convex(gamma=0.4, lam=0.03, labels=labels)
        kept = w2s.learned(LOGISTIC, TEACHER, student).equivalent.multiplier / teacher.equivalent.multiplier
        assert kept * teacher.norm**0.5 == pytest.approx(along, abs=8e-6)
        assert np.cos(np.pi * w2s.error(LOGISTIC, TEACHER, student)) == pytest.approx(cosine, abs=6e-6)


def test_squared_loss_is_ridge() -> None:
    world = Population([2.0, 1.0, 0.3], signal=[0.2, 1.0, 0.5], noise=0.2)
    chains = [(c(gamma=0.5, lam=0.1), c(gamma=0.7, lam=0.2, noise=0.1)) for c in (Ridge, _squared)]
    assert w2s.risks(world, *chains[1]) == pytest.approx(w2s.risks(world, *chains[0]), rel=1e-9)


def _squared(**arguments: float) -> Convex:
    return Convex(loss="squared", **arguments)


def test_simulation_agrees() -> None:
    chain = TEACHER, Convex(gamma=0.4, lam=0.03, labels="hard"), Ridge(gamma=0.5, lam=0.1, labels="hard")
    assert np.abs(w2s.simulate(LOGISTIC, *chain, dim=120, repetitions=30, seed=3).z).max() < 4


def test_least_squares_on_drawn_labels_of_a_spectrum() -> None:
    one = w2s.error(LOGISTIC, Ridge(gamma=0.5, lam=np.array([0.1, 0.3])))
    spectrum = Population([1.0, 1.0], signal=[3.0, 1.0], labels="logistic")
    assert w2s.error(spectrum, Ridge(gamma=0.5, lam=np.array([0.1, 0.3]))) == pytest.approx(one, rel=1e-13)


@pytest.mark.slow
def test_a_chain_to_25_digits() -> None:
    found = []
    for digits in (27, 31):
        with mpmath.workdps(digits):
            half, small = mpmath.mpf("0.5"), mpmath.mpf("0.02")
            world = Population.isotropic(signal=mpmath.mpf(4), labels="logistic")
            chain = Convex(gamma=half, lam=small), Convex(gamma=half, lam=small, labels="hard")
            found.append(w2s.error(world, *chain))
    assert abs(found[0] / found[1] - 1) < 1e-25
    assert float(found[0]) == pytest.approx(
        w2s.error(LOGISTIC, TEACHER, Convex(gamma=0.5, lam=0.02, labels="hard")), rel=1e-13
    )


def test_the_loss_on_fresh_labels() -> None:
    # Half the squared residual; the mean of |y - h|; and drawn predictions of the teacher.
    world, ridge = Population.isotropic(noise=0.5), Ridge(gamma=0.5, lam=np.array([0.1, 1.0]))
    total = w2s.risk(world, ridge) + 0.5
    assert w2s.loss(world, ridge) == pytest.approx(total / 2, rel=1e-13)
    assert w2s.loss(world, ridge, of="absolute") == pytest.approx(np.sqrt(2 / np.pi * total), rel=1e-13)
    learned = w2s.learned(LOGISTIC, TEACHER)
    along, rng = learned.overlap / 2, np.random.default_rng(0)
    z, rest = rng.normal(size=(2, 400_000))
    h = along * z + np.sqrt(learned.norm - along**2) * rest
    y = np.where(rng.random(len(z)) < 1 / (1 + np.exp(-2 * z)), 1.0, -1.0)
    for name, values in (("logistic", np.logaddexp(0, -y * h)), ("hinge", np.maximum(1 - y * h, 0))):
        assert w2s.loss(LOGISTIC, TEACHER, of=name) == pytest.approx(values.mean(), rel=0.01)
    with pytest.raises(ValueError, match="needs labels 1 and -1"):
        w2s.loss(world, ridge, of="hinge")
    with pytest.raises(ValueError, match="labels must be one of|loss must be one of"):
        w2s.loss(world, ridge, of="cubic")


def test_questions_take_convex_learners() -> None:
    student = Convex(gamma=0.4, lam=0.03)
    answer = w2s.compare(LOGISTIC, TEACHER, student)
    assert answer.gain == pytest.approx(
        w2s.risk(LOGISTIC, TEACHER) - w2s.risk(LOGISTIC, TEACHER, student), rel=1e-9
    )
    assert answer.reason
    best = w2s.tune(LOGISTIC, TEACHER, student)
    assert best.risk <= w2s.risk(LOGISTIC, TEACHER, student)


def test_a_phase_diagram_of_convex_learners() -> None:
    x, y = np.array([0.01, 0.1, 1.0]), np.array([0.02, 0.2])
    student = Convex(gamma=0.4, lam=0.03)
    diagram = w2s.phase_diagram(LOGISTIC, TEACHER, student, x=("student.lam", x), y=("teacher.lam", y))
    one = w2s.compare(LOGISTIC, Convex(gamma=0.5, lam=0.2), Convex(gamma=0.4, lam=1.0)).gain
    assert diagram.gain[1, 2] == pytest.approx(one, rel=1e-12)


@pytest.mark.slow
def test_the_gap_to_theory_closes() -> None:
    student = Convex(gamma=0.4, lam=0.03, labels="hard")
    found = w2s.trend(LOGISTIC, TEACHER, student, dims=(20, 40, 80), repetitions=120, seed=1)
    assert np.abs(found.z).max() < 3.5


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="loss must be one of"):
        Convex(gamma=0.5, lam=0.1, loss="cubic")
    with pytest.raises(ValueError, match="labels must be one of"):
        Ridge(gamma=0.5, lam=0.1, labels="firm")
    with pytest.raises(ValueError, match="labels between -1 and 1"):
        w2s.risk(Population.isotropic(), TEACHER)
