"""The effective regularisation of spectra, at its edges and against mpmath."""

import mpmath
import numpy as np
import pytest

from w2s_asymptotics import Population, Ridge, risk
from w2s_asymptotics.arithmetic import HIGH, REAL
from w2s_asymptotics.spectrum.fixed_point import spectral_fixed_point
from w2s_asymptotics.spectrum.tabulated import worth_tabulating


def solve(lam: object, gamma: object, s: object, g: object, w: object) -> tuple[np.ndarray, np.ndarray]:
    columns = [np.atleast_1d(np.asarray(value, dtype=float))[:, None] for value in (lam, gamma)]
    with REAL.context():
        kappa, omega = spectral_fixed_point(*columns, *(np.asarray(v, dtype=float) for v in (s, g, w)), REAL)
    return kappa[:, 0], omega[:, 0]


def test_as_many_rows_as_directions_with_variance() -> None:
    # 61 of 64 directions vary: 64/61 times 61/64 need not be 1 in floats, but the rank is met exactly.
    for rank, dim in ((61, 64), (7, 10), (53, 59), (1, 3)):
        s, ones = np.r_[np.zeros(dim - rank), np.linspace(0.1, 2.0, rank)], np.ones(dim)
        shares = np.full(dim, 1 / dim)
        kappa, omega = solve([0.0, 1e-300], [dim / rank] * 2, s, ones, shares)
        assert kappa[0] == omega[0] == 0.0
        assert 0 < kappa[1] < 1e-140 and omega[1] == pytest.approx(1e-300 / kappa[1])
    world = Population.from_matrices(np.diag(s), np.sqrt(s), noise=0.1)
    assert risk(world, Ridge(samples=1, lam=0)) == np.inf


def test_an_idle_atom_and_a_kappa_too_small_for_its_weight() -> None:
    kappa, omega = solve([1e-300], [0.5], [0.0, 1.0], [1e-30, 1.0], [0.5, 0.5])
    assert kappa[0] == pytest.approx(1e-300 / 0.75) and omega[0] == pytest.approx(0.75)
    assert solve(0.3, 2.0, [0.0, 0.0], [1.0, 1.0], [0.5, 0.5])[0] == 0.3


def test_a_tiny_penalty_at_full_rank_has_a_root_of_its_order() -> None:
    s, w = np.array([2.0, 0.5]), np.array([0.5, 0.5])
    for lam in (1e-12, 1e-100, 1e-300):
        kappa, _ = solve(lam, 1.0, s, [1.0, 1.0], w)
        # lam = kappa^2 sum w/s to first order
        assert kappa[0] == pytest.approx(np.sqrt(lam / (w / s).sum()), rel=1e-5)


@pytest.mark.parametrize("seed", range(4))
def test_the_table_agrees_with_the_iteration_and_with_mpmath(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = 30
    s, g = 10 ** rng.uniform(-2, 2, count), 10 ** rng.uniform(-1, 1, count)
    s[: 3 * seed] = 0.0
    w = rng.dirichlet(np.ones(count))
    lam, gamma = 10 ** rng.uniform(-6, 3, 1200), 10 ** rng.uniform(-1, 1, 1200)
    if seed == 3:
        gamma[:] = gamma[0]
    lam[0], gamma[0] = 0.0, 8.0
    lam[1], gamma[1] = 0.0, 0.2
    assert worth_tabulating(lam[:, None], gamma[:, None], s, g, w)
    kappa, omega = solve(lam, gamma, s, g, w)
    assert kappa[1] == 0.0 and omega[0] == 0.0
    for place in (0, *rng.integers(2, 1200, 30)):
        alone = solve(lam[place], gamma[place], s, g, w)
        assert kappa[place] == pytest.approx(alone[0][0], rel=2e-14)
        assert omega[place] == pytest.approx(alone[1][0], rel=2e-14)
    with mpmath.workdps(50):
        place = 7
        parts = [HIGH.convert(value) for value in (s, g, w)]
        parts[2] = parts[2] / parts[2].sum()
        point = [np.array([mpmath.mpf(float(value))]) for value in (lam[place], gamma[place])]
        exact, _ = spectral_fixed_point(*point, *parts, HIGH)
        assert abs(kappa[place] - exact[0]) <= 1e-13 * exact[0]
        df1 = sum(c * a / (a + exact[0] * b) for a, b, c in zip(*parts, strict=True))
        assert abs(exact[0] * (1 - point[1][0] * df1) - point[0][0]) < mpmath.mpf(10) ** -45


def test_a_curve_of_risks_is_that_of_single_calls() -> None:
    world = Population.power_law(200, 1.2, 1.0, 0.3)
    lams = np.geomspace(1e-4, 10, 400)
    curve = risk(world, Ridge(samples=80, lam=0.01), Ridge(samples=150, lam=lams))
    for place in (0, 57, 399):
        single = risk(world, Ridge(samples=80, lam=0.01), Ridge(samples=150, lam=float(lams[place])))
        assert curve[place] == pytest.approx(single, rel=1e-13)
