"""The estimators of convex losses: against scikit-learn, against optimality, and against theory like 1/d."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from w2s_asymptotics.losses.labels import Labels
from w2s_asymptotics.losses.loss import Loss
from w2s_asymptotics.simulation.convex import fit_convex
from w2s_asymptotics.simulation.drawn.labels import answers
from w2s_asymptotics.simulation.estimators.least_squares import Penalty, fit_ridge
from w2s_asymptotics.spectrum.convex import Atoms, convex_fit

SHAPES = [(120, 40), (40, 120)]
KINDS = {"linear": "linear", "hard": "sign", "sampled": "logistic"}


def problem(samples: int, dim: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(samples, dim))
    return rows, np.where(2 * rows[:, 0] + rng.normal(size=samples) > 0, 1.0, -1.0)


@pytest.mark.parametrize(("samples", "dim"), SHAPES)
@pytest.mark.parametrize("lam", [0.1, 1.0])
def test_against_scikit_learn(samples: int, dim: int, lam: float) -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    svm = pytest.importorskip("sklearn.svm")
    rows, labels = problem(samples, dim)
    cost = 1 / (samples * lam)
    rivals = {
        "logistic": linear_model.LogisticRegression(C=cost, fit_intercept=False, tol=1e-10, max_iter=10_000),
        "squared hinge": svm.LinearSVC(
            C=cost / 2, fit_intercept=False, tol=1e-10, max_iter=10**6, dual=False
        ),
        "hinge": svm.LinearSVC(
            C=cost, loss="hinge", fit_intercept=False, tol=1e-7, max_iter=10**6, dual=True
        ),
    }
    for name, rival in rivals.items():
        found = fit_convex(rows, labels, lam, name)
        assert found == pytest.approx(rival.fit(rows, labels).coef_[0], abs=1e-5 * np.abs(found).max())


@pytest.mark.parametrize(("samples", "dim"), SHAPES)
def test_squared_loss_is_ridge(samples: int, dim: int) -> None:
    rows, labels = problem(samples, dim)
    weights = np.linspace(0.5, 2.0, dim)
    ridge = fit_ridge(rows, labels, 0.1, Penalty.of(weights))
    assert fit_convex(rows, labels, 0.1, "squared", weights) == pytest.approx(ridge, abs=1e-12)


@pytest.mark.parametrize(("samples", "dim"), SHAPES)
@pytest.mark.parametrize("name", ["huber", "absolute"])
def test_robust_losses_are_at_their_minimum(samples: int, dim: int, name: str) -> None:
    rows, labels = problem(samples, dim)
    labels = labels + 3 * rows[:, 1] ** 3
    found = fit_convex(rows, labels, 0.1, name)

    def objective(b: np.ndarray) -> float:
        away = np.abs(labels - rows @ b)
        loss = away if name == "absolute" else np.where(away < 1, away**2 / 2, away - 0.5)
        return float(loss.mean() + 0.05 * b @ b)

    rng = np.random.default_rng(2)
    for size in (1e-4, 1e-2):
        for _ in range(20):
            assert objective(found + size * rng.normal(size=dim)) > objective(found)


def test_bad_input_is_refused() -> None:
    rows, labels = problem(10, 5)
    with pytest.raises(ValueError, match="lam must be > 0"):
        fit_convex(rows, labels, 0.0, "logistic")
    with pytest.raises(ValueError, match="loss must be one of"):
        fit_convex(rows, labels, 0.1, "cubic")
    with pytest.raises(ValueError, match="hinge loss are 1 or -1"):
        fit_convex(rows, labels / 2, 0.1, "hinge")


@dataclass(frozen=True)
class ConvexStage:
    """One learner of a chain: its aspect ratio, penalty and loss, and the labels it is given."""

    gamma: float
    lam: float
    loss: str = "logistic"
    labels: str = "sampled"


def chain_overlaps(
    root: np.ndarray,
    beta: np.ndarray,
    stages: Sequence[ConvexStage],
    rng: np.random.Generator,
    penalty: np.ndarray | None = None,
) -> np.ndarray:
    """The Gram matrix, under the covariance `diag(root^2)`, of target and coefficients of one chain."""
    found = [beta]
    for stage in stages:
        rows = rng.standard_normal((round(len(beta) / stage.gamma), len(beta))) * root
        labels = answers(rows @ found[-1], KINDS[stage.labels], 1.0, rng)
        found.append(fit_convex(rows, labels, stage.lam, stage.loss, penalty))
    scaled = np.stack(found) * root
    return scaled @ scaled.T


def theory(stages: list[ConvexStage], atoms: Atoms) -> tuple[float, float]:
    """Norm of the teacher and overlap of the student with its direction."""
    teacher = convex_fit(
        atoms, stages[0].lam, stages[0].gamma, Loss(stages[0].loss), Labels(stages[0].labels)
    )
    learnt = Atoms(
        atoms.eigenvalues, atoms.penalty, atoms.weights, atoms.energy * teacher.kept**2 + teacher.added
    )
    student = convex_fit(
        learnt, stages[1].lam, stages[1].gamma, Loss(stages[1].loss), Labels(stages[1].labels)
    )
    return float(np.sqrt(teacher.energy)), float(student.along)


def test_a_chain_approaches_theory_like_one_over_dimension() -> None:
    stages = [ConvexStage(0.5, 0.02), ConvexStage(0.4, 0.03, labels="hard")]
    one = np.ones(1)
    norm, along = theory(stages, Atoms(one, one, one, np.array([4.0])))
    gaps = []
    for dim, repeats in ((10, 300), (20, 200), (40, 100)):
        rng, target = np.random.default_rng(0), np.zeros(dim)
        target[0] = 2.0
        grams = [chain_overlaps(np.ones(dim), target, stages, rng) for _ in range(repeats)]
        norms = np.array([np.sqrt(gram[1, 1]) for gram in grams])
        overlaps = np.array([gram[1, 2] / np.sqrt(gram[1, 1]) for gram in grams])
        gaps.append((dim * (norms.mean() - norm), dim * norms.std() / np.sqrt(repeats)))
        assert abs(overlaps.mean() - along) < 4 * overlaps.std() / np.sqrt(repeats) + 0.4 / dim
    # dim times the gap is the same number, about -1.2, at every dimension
    for scaled, error in gaps:
        assert abs(scaled + 1.2) < 3 * error
    assert gaps[0][0] < -5 * gaps[0][1]


@pytest.mark.parametrize(
    ("loss", "labels"), [("hinge", "sampled"), ("huber", "linear"), ("squared hinge", "hard")]
)
def test_a_spectrum(loss: str, labels: str) -> None:
    dim, lam, gamma = 120, 0.05, 0.8
    rng = np.random.default_rng(5)
    s = np.r_[np.full(40, 2.0), np.full(80, 0.3)]
    g = np.r_[np.full(40, 1.0), np.full(80, 3.0)]
    beta = np.r_[np.full(40, np.sqrt(2.0 / 40 / 2.0)), np.full(80, np.sqrt(1.0 / 80 / 0.3))]
    atoms = Atoms(np.array([2.0, 0.3]), np.array([1.0, 3.0]), np.array([1, 2]) / 3, np.array([2.0, 1.0]))
    fit = convex_fit(atoms, lam, gamma, Loss(loss), Labels(labels))
    stages = [ConvexStage(gamma, lam, loss, labels)]
    grams = np.array([chain_overlaps(np.sqrt(s), beta, stages, rng, g) for _ in range(40)])
    for measured, exact in ((grams[:, 0, 1], fit.overlap), (grams[:, 1, 1], fit.energy)):
        assert abs(measured.mean() - exact) < 4 * measured.std() / np.sqrt(40) + 3 / dim
