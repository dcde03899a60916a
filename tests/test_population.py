import numpy as np
import pytest
import sympy

from w2s_asymptotics import Population, Ridge, risk


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Population.isotropic(noise=-1), "noise must be >= 0, got -1"),
        (lambda: Population.isotropic(signal=float("nan")), "signal must be >= 0"),
        (lambda: Population([1, 2], [1]), "one entry per atom"),
        (lambda: Population([1, 2], [1, 2], [0.5, 0.4]), "weights must sum to 1"),
        (lambda: Population([1, -2], [1, 2]), "eigenvalues must be >= 0"),
        (lambda: Population([], []), "no values at all"),
        (lambda: Population.power_law(2.5, 1, 1, 0.1), "whole number"),
        (lambda: Population.from_matrices([[1, 2], [2, 1]], [1, 1]), "positive semidefinite"),
        (lambda: Population.from_matrices(np.eye(2), [1]), "beta must be a row of 2"),
        (lambda: Population.from_data(np.eye(3), [1, 2]), "N x d"),
        (lambda: Population.from_data([[np.nan], [1.0]], [1, 2]), "finite"),
    ],
)
def test_bad_worlds_cannot_be_built(build: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build()  # type: ignore[operator]


def test_isotropic_accepts_every_kind_of_number() -> None:
    sigma2 = sympy.Symbol("sigma2", positive=True)
    assert Population.isotropic(noise=sigma2).noise is sigma2
    assert Population.isotropic(noise=[0.1, 0.2]).noise.shape == (2,)
    assert Population.isotropic().dim is None


def test_power_law() -> None:
    world = Population.power_law(5, alpha=2, source=1, noise=0.1, signal=3.0)
    np.testing.assert_allclose(world.eigenvalues, np.arange(1.0, 6) ** -2)
    np.testing.assert_allclose(world.signal * np.arange(1.0, 6), world.signal[0])
    assert world.dim == 5 and world.signal.sum() == pytest.approx(3.0)


def test_a_data_set_taken_as_the_population() -> None:
    rng = np.random.default_rng(3)
    X, beta = rng.normal(size=(50, 3)) + 2.0, np.array([1.0, -1.0, 0.5])
    y = X @ beta + rng.normal(size=50) + 7.0
    world = Population.from_data(X, y)
    centred, target = X - X.mean(0), y - y.mean()
    np.testing.assert_allclose(world.covariance, centred.T @ centred / 50)
    assert world.noise + world.beta @ world.covariance @ world.beta == pytest.approx(np.mean(target**2))
    np.testing.assert_allclose(world.X.mean(0), 0, atol=1e-12)
    assert Population.from_data(X, y, noise=0.25).noise == 0.25
    assert world.signal.sum() == pytest.approx(world.beta @ world.beta)


def test_worlds_compare_by_value() -> None:
    assert Population([1, 2], [0.5, 0.5]) == Population([1, 2], [0.5, 0.5])
    assert Population([1, 2], [0.5, 0.5]) != Population([1, 2], [0.5, 0.6])
    assert len({Population.isotropic(), Population.isotropic(), Population.isotropic(noise=1)}) == 2


def test_a_uniform_density_against_its_closed_form() -> None:
    world = Population.density(lambda s: 0.5, (1.0, 3.0), signal=2.0, noise=0.3)
    assert world.signal.sum() == pytest.approx(2.0, rel=1e-14) and world.quadrature_error < 1e-12
    for k in (1e-3, 0.4, 10.0):
        df1 = (world.weights * world.eigenvalues / (world.eigenvalues + k)).sum()
        assert df1 == pytest.approx(1 - k / 2 * np.log((3 + k) / (1 + k)), rel=1e-13)
    sloped = Population.density(lambda s: 0.5, (1.0, 3.0), signal=lambda s: s)
    assert sloped.signal.sum() == pytest.approx(2.0, rel=1e-14)


@pytest.mark.parametrize("aspect", [0.2, 0.5, 0.9])
def test_a_marchenko_pastur_density_against_its_resolvent(aspect: float) -> None:
    low, high = (1 - np.sqrt(aspect)) ** 2, (1 + np.sqrt(aspect)) ** 2

    def density(s: float) -> float:
        return float(np.sqrt((high - s) * (s - low)) / (2 * np.pi * aspect * s))

    world = Population.density(density, (low, high), noise=0.3, nodes=400, edges=(0.5, 0.5))
    for k in (0.05, 1.0):
        m = (world.weights / (world.eigenvalues + k)).sum()
        assert aspect * k * m**2 + (1 - aspect + k) * m - 1 == pytest.approx(0, abs=1e-12)
    assert world.quadrature_error < 1e-4
    # The same risk from the quantiles of the spectrum, which is what eigenvalues of a large matrix are.
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((round(600 / aspect), 600))
    drawn = np.linalg.eigvalsh(rows.T @ rows / len(rows))
    sampled = Population(drawn, np.full(600, 1 / 600), noise=0.3)
    chain = Ridge(0.6, 0.02), Ridge(0.8, 0.2)
    assert risk(world, *chain) == pytest.approx(risk(sampled, *chain), rel=2e-2)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"density": lambda s: 0.4}, "integrate to 1, got 0.8|integrate to 1 over"),
        ({"density": lambda s: s - 1.5}, "nonnegative"),
        ({"support": (3.0, 1.0)}, "interval"),
        ({"nodes": 1}, "nodes must be"),
        ({"edges": (-1.5, 0.0)}, "edges must be"),
    ],
)
def test_densities_that_are_none(keywords: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Population.density(**{"density": lambda s: 0.5, "support": (1.0, 3.0)} | keywords)
