"""The literal estimators and the repetition machinery, on plain numbers and matrices."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import numpy as np
import pytest

import w2s_asymptotics
from w2s_asymptotics.simulation.drawn.rows import (
    DataRows,
    GaussianRows,
    covariance_root,
    multiplicities,
    random_signal,
)
from w2s_asymptotics.simulation.estimators import Factorisation, Penalty, RidgeEstimator, fit_ridge
from w2s_asymptotics.simulation.record import z_score
from w2s_asymptotics.simulation.repetitions import Moments, measured, repetition

ROOT = Path(w2s_asymptotics.__file__).parent
RNG = np.random.default_rng(7)


def penalties(dim: int) -> dict[str, np.ndarray | None]:
    square = RNG.standard_normal((dim, dim))
    return {
        "identity": None,
        "diagonal": RNG.uniform(0.5, 3.0, dim),
        "matrix": square @ square.T / dim + 0.2 * np.eye(dim),
    }


def as_matrix(penalty: np.ndarray | None, dim: int) -> np.ndarray:
    return np.eye(dim) if penalty is None else np.diag(penalty) if penalty.ndim == 1 else penalty


@pytest.mark.parametrize("kind", ["identity", "diagonal", "matrix"])
@pytest.mark.parametrize("samples", [12, 20, 31])
@pytest.mark.parametrize("lam", [1e-3, 0.3, 50.0])
def test_ridge_solves_the_normal_equations(kind: str, samples: int, lam: float) -> None:
    dim = 20
    penalty = penalties(dim)[kind]
    rows, labels = RNG.standard_normal((samples, dim)), RNG.standard_normal(samples)
    beta = fit_ridge(rows, labels, lam, Penalty.of(penalty))
    gradient = (rows.T @ rows / samples + lam * as_matrix(penalty, dim)) @ beta - rows.T @ labels / samples
    assert np.abs(gradient).max() < 1e-12 * (1 + lam)


@pytest.mark.parametrize("samples", [15, 40])
@pytest.mark.parametrize("lam", [1e-9, 0.02, 3.0])
def test_ridge_is_scikit_learn_with_alpha_n_lam(samples: int, lam: float) -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    rows, labels = RNG.standard_normal((samples, 25)), RNG.standard_normal(samples)
    theirs = (
        linear_model.Ridge(alpha=samples * lam, fit_intercept=False, solver="svd").fit(rows, labels).coef_
    )
    np.testing.assert_allclose(fit_ridge(rows, labels, lam, Penalty.of(None)), theirs, rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("kind", ["identity", "diagonal", "matrix"])
def test_lam_zero_interpolates_with_the_least_penalty(kind: str) -> None:
    samples, dim = 9, 20
    penalty = penalties(dim)[kind]
    rows, labels = RNG.standard_normal((samples, dim)), RNG.standard_normal(samples)
    beta = fit_ridge(rows, labels, 0.0, Penalty.of(penalty))
    np.testing.assert_allclose(rows @ beta, labels, atol=1e-12)
    null = np.linalg.svd(rows)[2][samples:]
    np.testing.assert_allclose(null @ as_matrix(penalty, dim) @ beta, 0.0, atol=1e-11)


def test_lam_zero_is_least_squares_when_there_are_enough_rows() -> None:
    rows, labels = RNG.standard_normal((40, 15)), RNG.standard_normal(40)
    np.testing.assert_allclose(
        fit_ridge(rows, labels, 0.0, Penalty.of(None)), np.linalg.lstsq(rows, labels)[0], atol=1e-12
    )


def test_a_tiny_lam_on_rank_deficient_rows_is_the_limit() -> None:
    rows = np.c_[RNG.standard_normal((30, 4)), np.zeros(30)]
    rows[:, 3] = rows[:, 0]
    labels = RNG.standard_normal(30)
    limit = fit_ridge(rows, labels, 0.0, Penalty.of(None))
    np.testing.assert_allclose(fit_ridge(rows, labels, 1e-300, Penalty.of(None)), limit, atol=1e-12)
    np.testing.assert_allclose(fit_ridge(rows, labels, 1e-12, Penalty.of(None)), limit, atol=1e-10)
    assert limit[4] == 0 and limit[0] == pytest.approx(limit[3])


def test_one_factorisation_gives_every_fit() -> None:
    lams = np.array([0.0, 1e-300, 1e-6, 1e-4, 0.1, 1e3])
    for kind in ("identity", "diagonal", "matrix"):
        penalty = Penalty.of(penalties(18)[kind])
        for samples in (10, 30):
            rows, labels = RNG.standard_normal((samples, 18)), RNG.standard_normal(samples)
            path = Factorisation.of(rows, penalty).fit(labels, lams)
            for column, lam in zip(path.T, lams, strict=True):
                np.testing.assert_allclose(column, fit_ridge(rows, labels, lam, penalty), rtol=0, atol=1e-10)


def test_covariance_of_the_rows_and_energy_of_the_signal() -> None:
    square = RNG.standard_normal((4, 4))
    covariance = square @ square.T
    source = GaussianRows(covariance_root(covariance), np.ones(4), 0.25)
    rows, labels = source.draw(200_000, np.random.default_rng(0))
    np.testing.assert_allclose(rows.T @ rows / len(rows), covariance, atol=0.05 * covariance.max())
    assert np.var(labels - rows @ np.ones(4)) == pytest.approx(0.25, rel=0.02)
    assert source.excess_risk(np.zeros(4)) == pytest.approx(covariance.sum()) == pytest.approx(source.energy)
    assert source.test_risk(np.ones(4)) == pytest.approx(0.25)
    beta = random_signal(np.array([2.0, 0.0]), np.array([3, 2]), np.random.default_rng(1))
    assert beta @ beta == pytest.approx(2.0, rel=1e-15) and not beta[3:].any()


@pytest.mark.parametrize("dim", [1, 3, 10, 101, 1000])
def test_multiplicities_sum_to_the_dimension(dim: int) -> None:
    weights = np.array([0.2, 0.3, 1 / 3, 1 / 6])
    counts = multiplicities(weights, dim)
    assert counts.sum() == dim and np.abs(counts - weights * dim).max() < 1


def test_data_rows_come_with_their_own_labels() -> None:
    rows, labels = RNG.standard_normal((50, 3)), np.arange(50.0)
    source = DataRows(rows, labels, np.zeros(3))
    drawn, with_labels = source.draw(500, np.random.default_rng(0))
    np.testing.assert_array_equal(drawn, rows[with_labels.astype(int)])
    assert len(set(with_labels)) > 45
    with pytest.raises(ValueError, match="from_data"):
        source.shifted(np.ones(3))


def test_repetitions_do_not_depend_on_workers_or_on_how_many_follow() -> None:
    pytest.importorskip("joblib")
    source = GaussianRows(np.ones(30), np.ones(30) / 5, 0.3)
    none = Penalty.of(None)
    chain = [
        RidgeEstimator(source, 45, noise=0.3, truth=0.0, lam=0.01, penalty=none),
        RidgeEstimator(source, 20, noise=0.1, truth=0.4, lam=0.2, penalty=none),
    ]

    def all_of(repetitions: int, workers: int) -> np.ndarray:
        return np.stack(list(measured(source, chain, None, np.random.SeedSequence(5), repetitions, workers)))

    alone = all_of(30, 1)
    np.testing.assert_array_equal(all_of(30, 2), alone)
    np.testing.assert_array_equal(all_of(7, 1), alone[:7])
    seeds = np.random.SeedSequence(5).spawn(30)
    for place in (0, 2, 29):
        np.testing.assert_array_equal(repetition(source, chain, None, seeds[place]), alone[place])
    assert len(np.unique(alone[:, 0, 0, 0])) == 30
    moments = Moments()
    for value in alone:
        moments.add(value)
    np.testing.assert_allclose(moments.mean, alone.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(
        moments.standard_error, alone.std(axis=0, ddof=1) / np.sqrt(len(alone)), rtol=1e-13
    )


def test_z_ignores_rounding_only() -> None:
    z = z_score(np.array([1e-31, 1e-12]), np.array([1e-33, 1e-14]), np.zeros(2), 1.0)
    assert abs(z[0]) < 1e-10 and z[1] == pytest.approx(100, rel=1e-3)


def imports(path: Path) -> set[str]:
    """Rooms of the package, other than simulation itself, that a file imports from."""
    found, depth = set(), len(path.relative_to(ROOT).parts)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == depth:
            found.add(node.module or "")
        assert not (isinstance(node, ast.ImportFrom) and not node.level and "w2s" in (node.module or ""))
    return found


@pytest.mark.parametrize("path", sorted((ROOT / "simulation").rglob("*.py")), ids=lambda path: path.name)
def test_estimators_share_nothing_with_the_theory_and_no_one_lists_the_learners(path: Path) -> None:
    rooms = {name.split(".")[0] for name in imports(path)}
    theory = {"questions"} if path.name == "experiment.py" else set()
    assert rooms <= {"arithmetic", "files", "learners", "notation", "records", "worlds"} | theory
    names = "Ridge|RandomFeatures|SelfDistilled|GradientFlow|PrincipalComponents|Spectral|TwoLayer"
    assert not re.search(rf"isinstance\([^)]*\b({names})\b", path.read_text())


def test_each_learner_is_fitted_in_one_file() -> None:
    texts = {path.name: path.read_text() for path in (ROOT / "simulation" / "estimators").glob("*.py")}
    for learner in (
        "Ridge",
        "RandomFeatures",
        "SelfDistilled",
        "GradientFlow",
        "PrincipalComponents",
        "TwoLayer",
    ):
        homes = [name for name, text in texts.items() if f"(learner: {learner}, world: Any)" in text]
        assert len(homes) == 1, learner
