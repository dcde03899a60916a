"""The mean risk at a finite dimension, beside exact moments and the estimators themselves."""

import mpmath
import numpy as np
import pytest
import sympy as sp

import w2s_asymptotics as w2s
from w2s_asymptotics.proof.models.wishart import moment

WORLD = w2s.Population.isotropic(noise=0.5)
TEACHER, STUDENT = w2s.Ridge(gamma=0.5, lam=0.01), w2s.Ridge(gamma=0.8, lam=0.3)


def test_without_penalty_it_is_the_first_order_of_the_mean_of_an_inverse_wishart():
    # noise d/(n - d - 1) with more rows, and the energy (1 - n/d) missed with fewer
    for dim in (200.0, 1e4):
        rows = dim / 0.5
        found = w2s.risk(WORLD, w2s.Ridge(gamma=0.5, lam=0.0), dim=dim)
        assert found == pytest.approx(0.5 * dim / (rows - dim - 1), rel=8 / dim**2)
        rows = dim / 2.0
        found = w2s.risk(WORLD, w2s.Ridge(gamma=2.0, lam=0.0), dim=dim)
        assert found == pytest.approx(0.5 + 0.5 * rows / (dim - rows - 1), rel=8 / dim**2)


def exact(n, d, lam, noise):
    """The mean risk from exact moments, a series in 1/lam."""
    rows, columns = sp.symbols("n d", positive=True)
    means = [moment(k).subs({rows: n, columns: d}) / sp.Integer(n) ** k for k in range(6)]
    first = sum((-1) ** k * means[k] / lam ** (k + 1) for k in range(6)) / d
    second = sum((-1) ** k * (k + 1) * means[k] / lam ** (k + 2) for k in range(6)) / d
    return float(lam**2 * second + noise * sp.Rational(d, n) * (first - lam * second))


def test_large_penalties_agree_with_exact_moments_at_finite_n():
    for n, d in ((40, 20), (20, 40), (30, 30)):
        learner = w2s.Ridge(gamma=d / n, lam=500.0)
        truth = exact(n, d, sp.Integer(500), sp.Rational(1, 2))
        plain, corrected = (w2s.risk(WORLD, learner, dim=dim) for dim in (None, d))
        assert abs(corrected - truth) < 1e-6 * truth < 0.02 * abs(plain - truth) + 1e-6 * truth


def corrected_and_measured(world, *chain, dim, repetitions):
    measured = w2s.simulate(world, *chain, dim=dim, repetitions=repetitions, seed=4)
    return np.array(w2s.risks(world, *chain, dim=dim)), measured


def test_at_forty_dimensions_it_is_what_is_measured():
    world = w2s.Population.isotropic(noise=1.0)
    for chain in ((w2s.Ridge(gamma=0.5, lam=0.001),), (w2s.Ridge(gamma=2.5, lam=0.02), STUDENT)):
        found, measured = corrected_and_measured(world, *chain, dim=40, repetitions=600)
        assert (abs(found - measured.mean) < 4 * measured.standard_error).all()


def averaged(chain, dim, draws):
    """The mean risks from drawn singular values: over rotations of the rows and the noise they are exact."""
    rng, energy, along, risks = np.random.default_rng(5), 1.0, 1.0, []
    for place, learner in enumerate(chain):
        rows = round(dim / learner.gamma)
        values = np.linalg.svd(rng.standard_normal((draws, rows, dim)) / np.sqrt(rows), compute_uv=False) ** 2
        shrunk = values / (values + learner.lam)
        kept, square = (each.sum() / (draws * dim) for each in (shrunk, shrunk**2))
        noise = (shrunk / (values + learner.lam)).sum() / (draws * rows)
        x = learner.truth
        energy = square * ((1 - x) ** 2 * energy + 2 * x * (1 - x) * along + x**2)
        true = 1.0 if place == 0 else x**2
        energy += noise * (learner.noise + true * WORLD.noise)
        along = kept * ((1 - x) * along + x)
        risks.append(energy - 2 * along + 1)
    return np.array(risks)


@pytest.mark.parametrize(
    "chain",
    [
        (w2s.Ridge(gamma=0.5, lam=0.0),),
        (w2s.Ridge(gamma=0.5, lam=0.01), w2s.Ridge(gamma=0.625, lam=0.03)),
        (w2s.Ridge(gamma=2.0, lam=0.03), w2s.Ridge(gamma=0.5, lam=0.01, truth=0.3, noise=0.2)),
    ],
)
def test_two_percent_become_two_per_mille(chain):
    measured = averaged(chain, 40, 1500)
    off = abs(np.array(w2s.risks(WORLD, *chain)) / measured - 1)
    assert (off > 0.012).all()
    assert (abs(np.array(w2s.risks(WORLD, *chain, dim=40)) / measured - 1) < 0.002).all()


def test_a_chain_of_any_numbers():
    plain = w2s.risks(WORLD, TEACHER, STUDENT)
    dims = np.array([40.0, 80.0, 1e12])
    several = w2s.risks(WORLD, TEACHER, STUDENT, dim=dims)
    for place, dim in enumerate(dims):
        single = w2s.risks(WORLD, TEACHER, STUDENT, dim=dim)
        assert [values[place] for values in several] == pytest.approx(single, rel=1e-15)
    assert [values[-1] for values in several] == pytest.approx(plain, rel=1e-11)
    assert w2s.risk(WORLD, TEACHER, STUDENT, dim=40) == pytest.approx(several[1][0], rel=1e-15)
    precise = w2s.risk(WORLD, TEACHER, w2s.Ridge(gamma=mpmath.mpf("0.8"), lam=mpmath.mpf("0.3")), dim=40)
    assert isinstance(precise, mpmath.mpf) and float(precise) == pytest.approx(several[1][0], rel=1e-14)
    lams = np.geomspace(0.01, 1e8, 400)
    grid = w2s.risk(WORLD, w2s.Ridge(gamma=0.5, lam=lams[:, None]), w2s.Ridge(gamma=0.8, lam=lams), dim=60)
    at = w2s.risk(WORLD, w2s.Ridge(gamma=0.5, lam=lams[7]), w2s.Ridge(gamma=0.8, lam=lams[300]), dim=60)
    assert grid.shape == (400, 400) and grid[7, 300] == pytest.approx(at, rel=1e-14)


def test_units_do_not_matter():
    own = w2s.Ridge(gamma=0.5, lam=0.02, covariance=4.0, penalty=0.5)
    like = w2s.risk(w2s.Population.isotropic(noise=0.5 / 4), w2s.Ridge(gamma=0.5, lam=0.02 * 0.5 / 4), dim=50)
    assert w2s.risk(WORLD, own, dim=50) == pytest.approx(like, rel=1e-14)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: w2s.risk(WORLD, w2s.Ridge(gamma=1.0, lam=1e-6), dim=40), "too small"),
        (lambda: w2s.risk(WORLD, TEACHER, dim=0.5), "dim must be >= 1"),
        (lambda: w2s.risk(WORLD, TEACHER, dim="forty"), "dim must be"),
        (lambda: w2s.risk(w2s.Population([1, 2], [1, 1]), TEACHER, dim=40), "isotropic"),
        (lambda: w2s.risk(WORLD, w2s.GradientFlow(gamma=0.5, time=2.0), dim=40), "corrects ridge"),
        (lambda: w2s.risk(WORLD, w2s.Ridge(gamma=0.5, lam=sp.Symbol("l")), dim=40), "finite_dimension"),
        (lambda: w2s.risk(WORLD, w2s.Ridge(gamma=[0.5, 0.6], lam=0.1), dim=[40, 50, 60]), "risk.dim"),
    ],
)
def test_what_makes_no_sense_is_refused(ask, message):
    with pytest.raises(ValueError, match=message):
        ask()


def test_at_the_peak_it_is_infinite_or_nothing():
    assert w2s.risk(WORLD, w2s.Ridge(gamma=1.0, lam=0.0), dim=40) == np.inf
    assert w2s.risk(w2s.Population.isotropic(), w2s.Ridge(gamma=1.0, lam=0.0), dim=40) == 0.0


def test_a_trend_shows_the_slope_that_is_predicted():
    result = w2s.trend(WORLD, TEACHER, STUDENT, dims=(20, 40, 80), repetitions=100, seed=2)
    assert (abs(result.slope - result.predicted_slope) < 4 * result.slope_error).all()
    expected = [0.384439, 0.302658]
    assert result.predicted_slope == pytest.approx(expected, rel=1e-4)
    assert "0.384" in str(result) and result.as_dict()["predicted_slope"] == result.predicted_slope.tolist()
    other = w2s.trend(WORLD, w2s.GradientFlow(gamma=0.5, time=2.0), dims=(8, 12, 16), repetitions=4, seed=2)
    assert other.predicted_slope is None
