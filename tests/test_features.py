"""Learners that see a part of the covariates, or features of them, against the map as it is written."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import w2s_asymptotics as w2s
from w2s_asymptotics.questions.gain import gain

DIM = 6
RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(DIM, 2 * DIM))
SIGMA, BETA = ROWS @ ROWS.T / (2 * DIM), RNG.normal(size=DIM)
FEATURES = RNG.normal(size=(3, DIM))
WORLD = w2s.Population.from_matrices(SIGMA, BETA, noise=0.5)

DIAGONAL, TARGET = np.array([3.0, 2.0, 1.0, 0.5]), np.array([1.0, 0.5, 0.7, 0.2])
ATOMS = w2s.Population(DIAGONAL, TARGET**2, noise=0.4)
MATRICES = w2s.Population.from_matrices(np.diag(DIAGONAL), TARGET, noise=0.4)
LEARNERS: dict[str, Callable[..., Any]] = {
    "ridge": lambda **own: w2s.Ridge(gamma=0.7, lam=0.1, **own),
    "ridgeless": lambda **own: w2s.Ridge(gamma=1.3, lam=0.0, **own),
    "random features": lambda **own: w2s.RandomFeatures(gamma=0.7, lam=0.1, width=2.0, tail=0.1, **own),
    "repeated fits": lambda **own: w2s.SelfDistilled(gamma=0.7, lams=(0.1, 0.3), **own),
    "gradient flow": lambda **own: w2s.GradientFlow(gamma=0.7, time=2.0, **own),
    "principal components": lambda **own: w2s.PrincipalComponents(gamma=0.7, components=0.3, **own),
}


def mapped(mean: Any, spread: Any, noise: float, learner: Any, seen: Any, penalty: Any) -> tuple[Any, Any]:
    """One ridge fit by the map as it is written, in matrices: G = A' (A Sigma A' + kappa Gamma)^{-1} A."""
    samples = DIM / learner.gamma

    def inverse(kappa: float) -> Any:
        return seen.T @ np.linalg.inv(seen @ SIGMA @ seen.T + kappa * penalty) @ seen

    low, high = 1e-12, 1e6
    for _ in range(200):
        kappa = (low * high) ** 0.5
        above = kappa * (1 - np.trace(inverse(kappa) @ SIGMA) / samples) > learner.lam
        low, high = (low, kappa) if above else (kappa, high)
    G = inverse(kappa)
    S = G @ SIGMA
    K = np.eye(DIM) - S
    missed = noise + mean @ K.T @ SIGMA @ K @ mean + np.trace(spread @ K.T @ SIGMA @ K)
    scale = missed / (1 - np.trace(S @ S) / samples)
    return S @ mean, S @ spread @ S.T + scale * G @ SIGMA @ G / samples


def excess(mean: Any, spread: Any) -> float:
    return float((mean - BETA) @ SIGMA @ (mean - BETA) + np.trace(SIGMA @ spread))


def test_a_chain_of_features_is_the_map_composed() -> None:
    teacher = w2s.Ridge(gamma=0.5, lam=0.1, features=[0, 2, 3])
    student = w2s.Ridge(gamma=0.8, lam=0.2, features=FEATURES, penalty=[1.0, 2.0, 3.0])
    last = w2s.Ridge(gamma=0.8, lam=0.2, noise=0.1)
    every, none = np.eye(DIM), np.zeros((DIM, DIM))
    weak = mapped(BETA, none, 0.5, teacher, every[[0, 2, 3]], np.eye(3))
    strong = mapped(*weak, 0.0, student, FEATURES, np.diag([1.0, 2.0, 3.0]))
    final = mapped(*strong, 0.1, last, every, every)
    expected = [excess(*each) for each in (weak, strong, final)]
    assert w2s.risks(WORLD, teacher, student, last) == pytest.approx(expected, rel=1e-13)
    assert gain(WORLD, teacher, student) == pytest.approx(expected[0] - expected[1], rel=1e-13)
    true = replace(student, truth=0.3, penalty=None)
    mixed = mapped(0.3 * BETA + 0.7 * weak[0], 0.49 * weak[1], 0.045, true, FEATURES, np.eye(3))
    assert gain(WORLD, teacher, true) == pytest.approx(expected[0] - excess(*mixed), rel=1e-13)


@pytest.mark.parametrize("own", [[0, 2], [1.0, 0.0, 2.0, 0.5], [True, False, True, True]], ids=str)
@pytest.mark.parametrize("kind", LEARNERS)
def test_atoms_and_matrices_agree(kind: str, own: Any) -> None:
    learner, after = LEARNERS[kind](features=own), w2s.Ridge(gamma=0.5, lam=0.2, penalty=[1.0, 2.0, 3.0, 4.0])
    for chain in ((learner,), (learner, after), (after, learner)):
        one, other = w2s.risks(MATRICES, *chain), w2s.risks(ATOMS, *chain)
        assert one == pytest.approx(other, rel=2e-12)
    assert gain(MATRICES, after, learner) == pytest.approx(gain(ATOMS, after, learner), rel=1e-11)


def test_what_is_not_seen_acts_as_noise() -> None:
    seen = w2s.Population(DIAGONAL[:2], TARGET[:2] ** 2, noise=0.4 + DIAGONAL[2:] @ TARGET[2:] ** 2)
    part = w2s.Ridge(gamma=0.7, lam=0.1, features=[0, 1])
    alone = w2s.risk(seen, replace(part, gamma=0.35, features=None))
    assert w2s.risk(ATOMS, part) == pytest.approx(alone + DIAGONAL[2:] @ TARGET[2:] ** 2, rel=1e-14)


def test_an_infinite_penalty_hides() -> None:
    hidden = w2s.Ridge(gamma=0.7, lam=0.1, penalty=[1.0, np.inf, 2.0, 3.0])
    seen = w2s.Ridge(gamma=0.7, lam=0.1, penalty=[1.0, 1.0, 2.0, 3.0], features=[0, 2, 3])
    near = w2s.Ridge(gamma=0.7, lam=0.1, penalty=[1.0, 1e14, 2.0, 3.0])
    for world in (ATOMS, MATRICES):
        assert w2s.risk(world, hidden) == pytest.approx(w2s.risk(world, seen), rel=1e-14)
        assert w2s.risk(world, hidden) == pytest.approx(w2s.risk(world, near), rel=1e-12)
        assert w2s.risk(world, replace(hidden, lam=0.0)) == pytest.approx(
            w2s.risk(world, replace(seen, lam=0.0)), rel=1e-14
        )


def test_scaled_features_are_a_penalty() -> None:
    scaled = w2s.Ridge(gamma=0.7, lam=0.1, features=[1.0, 2.0, 0.5, 3.0])
    weighed = w2s.Ridge(gamma=0.7, lam=0.1, penalty=[1.0, 0.25, 4.0, 1 / 9])
    assert w2s.risk(ATOMS, scaled) == pytest.approx(w2s.risk(ATOMS, weighed), rel=1e-14)
    assert w2s.risk(MATRICES, scaled) == pytest.approx(w2s.risk(ATOMS, weighed), rel=1e-13)


def test_seeing_all_is_seeing_all() -> None:
    for kind, learner in LEARNERS.items():
        for own in (np.eye(4), [0, 1, 2, 3], np.ones(4)):
            found = w2s.risk(MATRICES, learner(features=own))
            assert found == pytest.approx(w2s.risk(MATRICES, learner()), rel=1e-11), kind


def test_every_question_takes_features() -> None:
    weak, strong = w2s.Ridge(gamma=0.7, lam=0.01, features=[0, 1]), w2s.Ridge(gamma=0.3, lam=0.05)
    verdict = w2s.compare(ATOMS, weak, strong)
    assert verdict.gain == pytest.approx(verdict.teacher - verdict.student, rel=1e-10)
    assert w2s.tune(ATOMS, weak, strong).risk <= verdict.student
    lams = np.linspace(0.01, 1.0, 4)
    diagram = w2s.phase_diagram(ATOMS, weak, strong, x=("student.lam", lams), y=("teacher.lam", lams))
    assert diagram.gain.shape == (4, 4)
    assert w2s.winning_interval(ATOMS, weak, strong) is not None or not verdict.student_wins


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ([0, 0], "must not name a coordinate twice"),
        ("a", "must be a matrix, a row of scales"),
        ([[1.0, np.nan]], "features must be a finite real number"),
        ([9], "indices below 4"),
        ([1.0, 2.0], "must be a row of 4"),
        (np.eye(3), "needs a world of matrices"),
    ],
)
def test_bad_features_are_refused(own: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        w2s.risk(ATOMS, w2s.Ridge(gamma=0.5, lam=0.1, features=own))


def test_where_features_make_no_sense() -> None:
    with pytest.raises(ValueError, match="need a world whose coordinates differ"):
        w2s.risk(w2s.Population.isotropic(), w2s.Ridge(gamma=0.5, lam=0.1, features=[0]))
    with pytest.raises(ValueError, match="do not go together"):
        w2s.risk(ATOMS, w2s.Ridge(gamma=0.5, lam=0.1, features=[0], covariance=2.0))
    with pytest.raises(ValueError, match="infinite everywhere"):
        w2s.Ridge(gamma=0.5, lam=0.1, penalty=[np.inf, np.inf])


def test_two_representations_of_the_same_inputs() -> None:
    rng = np.random.default_rng(3)
    inputs = rng.normal(size=(400, 5))
    labels = inputs @ np.array([1.0, 0.5, 0.2, 0.7, 0.1]) + 0.3 * rng.normal(size=400)
    world = w2s.Population.from_representations(inputs[:, :2], inputs, labels)
    assert world.weak.tolist() == [0, 1] and world.strong.tolist() == [2, 3, 4, 5, 6]
    plain = w2s.Population.from_data(inputs, labels)
    teacher, student = w2s.Ridge(samples=30, lam=0.05), w2s.Ridge(samples=200, lam=0.1)
    seen = replace(teacher, features=world.weak), replace(student, features=world.strong)
    expected = w2s.risks(plain, replace(teacher, features=[0, 1]), student)
    assert w2s.risks(world, *seen) == pytest.approx(expected, rel=1e-10)
    assert replace(world, noise=0.5).weak.tolist() == [0, 1]
    with pytest.raises(ValueError, match="a row for each input"):
        w2s.Population.from_representations(inputs[:10], inputs, labels)
