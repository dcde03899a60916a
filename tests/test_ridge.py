import numpy as np
import pytest

from w2s_asymptotics import Population, Ridge, learned, risk


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"lam": 1}, "exactly one of gamma"),
        ({"gamma": 1, "samples": 5, "lam": 1}, "exactly one of gamma"),
        ({"gamma": 0, "lam": 1}, "gamma must be > 0"),
        ({"gamma": float("inf"), "lam": 1}, "gamma must be > 0"),
        ({"gamma": 1, "lam": 1, "truth": 1.5}, r"truth must be in \[0, 1\]"),
        ({"gamma": 1, "lam": 1, "noise": -1}, "noise must be >= 0"),
        ({"gamma": 1, "lam": 1, "penalty": [1, 0]}, "penalty must be > 0"),
        ({"gamma": 1, "lam": 1, "penalty": [[1, 2], [2, 1]]}, "positive definite"),
        ({"gamma": 1, "lam": 1, "covariance": [[1, 2], [2, 1]]}, "positive semidefinite"),
    ],
)
def test_bad_learners_cannot_be_built(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Ridge(**arguments)


ISOTROPIC = Population.isotropic(noise=0.3)
ATOMS = Population([3.0, 1.0, 0.25], signal=[0.2, 0.5, 0.3], noise=0.2)


@pytest.mark.parametrize(
    ("world", "chain", "message"),
    [
        (ISOTROPIC, (), "at least one learner"),
        (ISOTROPIC, (Ridge(1, 1, truth=0.1),), "truth must be 0 for the first"),
        (ISOTROPIC, (Ridge(samples=3, lam=1),), "finite dimension"),
        (ISOTROPIC, (Ridge(1, 1, penalty=[1, 2]),), "one positive number"),
        (ISOTROPIC, (Ridge([1, 2, 3], 1), Ridge(1, [1, 2])), r"learner 1.gamma \(3,\), learner 2.lam \(2,\)"),
        (ATOMS, (Ridge(1, 1, penalty=[1, 2]),), "row of 3, one per atom"),
        (ATOMS, (Ridge(1, 1, penalty=np.eye(3)),), "row of 3, one per atom"),
        (ISOTROPIC, ("ridge",), "consists of learners"),
        ("world", (Ridge(1, 1),), "must be a world"),
    ],
)
def test_chains_that_cannot_be_asked_about(world: object, chain: tuple[object, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        risk(world, *chain)  # type: ignore[arg-type]


def test_learners_compare_by_value() -> None:
    assert Ridge(0.5, [1, 2]) == Ridge(0.5, [1, 2])
    assert Ridge(0.5, [1, 2]) != Ridge(0.5, [1, 3])
    assert hash(Ridge(0.5, [1, 2])) == hash(Ridge(0.5, [1, 2]))


def chain(penalty: object, covariance: object) -> tuple[Ridge, ...]:
    return (
        Ridge(gamma=0.7, lam=0.02),
        Ridge(gamma=1.4, lam=0.1, penalty=penalty, noise=0.1),
        Ridge(gamma=0.9, lam=0.0, covariance=covariance, truth=0.3),
    )


def test_atoms_and_rotated_matrices_agree() -> None:
    penalty, covariance = np.array([0.5, 1.0, 2.0]), np.array([1.0, 2.0, 0.3])
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    rotated = Population.from_matrices(
        turn @ np.diag(ATOMS.eigenvalues) @ turn.T, turn @ np.sqrt(ATOMS.signal), noise=0.2
    )
    matrices = chain(turn @ np.diag(penalty) @ turn.T, turn @ np.diag(covariance) @ turn.T)
    for depth in (1, 2, 3):
        expected = risk(ATOMS, *chain(penalty, covariance)[:depth])
        assert risk(rotated, *matrices[:depth]) == pytest.approx(expected, rel=1e-12)
    one, other = learned(ATOMS, *chain(penalty, covariance)), learned(rotated, *matrices)
    assert other.overlap == pytest.approx(one.overlap, rel=1e-12)
    assert other.norm == pytest.approx(one.norm, rel=1e-12)


def test_matrices_that_do_not_commute_against_plain_linear_algebra() -> None:
    """theory: m' = S m, C' = S C S' + tau^2 G Sigma G/n with dense inverses and kappa by bisection."""
    rng = np.random.default_rng(1)
    d, gamma, noise = 6, 0.8, 0.3
    root, other = rng.normal(size=(2, d, d))
    sigma, penalty = root @ root.T / d, other @ other.T / d + np.eye(d)
    beta = rng.normal(size=d)
    n = d / gamma

    def stage(mean: np.ndarray, covariance: np.ndarray, lam: float, Gamma: np.ndarray, noise: float) -> tuple:
        low, high = 0.0, 1e6
        for _ in range(200):
            kappa = (low + high) / 2
            inverse = np.linalg.inv(sigma + kappa * Gamma)
            low, high = (kappa, high) if kappa * (1 - np.trace(sigma @ inverse) / n) < lam else (low, kappa)
        S = inverse @ sigma
        K = np.eye(d) - S
        unexplained = noise + mean @ K.T @ sigma @ K @ mean + np.trace(K.T @ sigma @ K @ covariance)
        tau2 = unexplained / (1 - np.trace(sigma @ inverse @ sigma @ inverse) / n)
        return S @ mean, S @ covariance @ S.T + tau2 * inverse @ sigma @ inverse / n

    mean, covariance = stage(beta, np.zeros((d, d)), 0.05, np.eye(d), noise)
    mean, covariance = stage(mean, covariance, 0.2, penalty, 0.0)
    expected = (mean - beta) @ sigma @ (mean - beta) + np.trace(sigma @ covariance)
    world = Population.from_matrices(sigma, beta, noise=noise)
    learners = Ridge(gamma, 0.05), Ridge(samples=n, lam=0.2, penalty=penalty)
    assert risk(world, *learners) == pytest.approx(expected, rel=1e-10)
    grid = risk(world, Ridge(gamma, [0.05, 0.1]), Ridge(gamma, 0.2, penalty=penalty))
    assert grid.shape == (2,) and grid[0] == pytest.approx(expected, rel=1e-10)


def test_scalar_penalty_and_covariance_rescale_the_isotropic_world() -> None:
    atom = Population([1.0], [1.0], noise=0.3)
    for learner in (Ridge(0.7, 0.2, penalty=3.0), Ridge(0.7, 0.2, covariance=2.0, penalty=0.5)):
        student = Ridge(1.2, 0.1, penalty=2.0, covariance=0.5, noise=0.2)
        assert risk(ISOTROPIC, learner, student) == pytest.approx(risk(atom, learner, student), rel=1e-13)


def test_directions_without_variance_are_never_learned() -> None:
    world = Population([0.0, 1.0], [0.4, 0.6], noise=0.1)
    end = learned(world, Ridge(gamma=1.0, lam=0.0))
    np.testing.assert_array_equal(end.equivalent.multiplier, [0.0, 1.0])
    assert risk(world, Ridge(gamma=2.0, lam=0.0)) == np.inf  # as many rows as directions
    assert risk(Population([0.0], [1.0], noise=1.0), Ridge(1.0, 0.0)) == 0.0
