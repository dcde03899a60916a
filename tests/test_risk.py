import itertools
import subprocess
import sys

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2s_asymptotics import Population, Ridge, learned, risk, risks
from w2s_asymptotics.arithmetic import HIGH, REAL
from w2s_asymptotics.questions import blocks
from w2s_asymptotics.spectrum.fixed_point import spectral_fixed_point
from w2s_asymptotics.spectrum.marchenko_pastur import marchenko_pastur
from w2s_asymptotics.witness.oracle import OracleStage, quadrature, resolvent, textbook

TOLERANCE = 1e-14
LAMS = [0.0, 1e-300, 1e-150, 1e-30, 1e-12, 1e-3, 0.1, 1.0, 30.0, 1e12, 1e150, 1e300]
GAMMAS = [1e-6, 0.3, 0.999, 1 - 1e-12, 1.0, 1 + 1e-12, 1.001, 2.0, 1e3, 1e6]

lams = st.sampled_from(LAMS) | st.floats(-12, 6).map(lambda power: 10.0**power)
gammas = st.sampled_from(GAMMAS) | st.floats(-6, 6).map(lambda power: 10.0**power)


def close(value: float, exact: object, what: object) -> None:
    if exact == mpmath.inf:
        assert value == np.inf, what
        return
    if abs(exact) < 1e-290:  # below the range of floats, or nearly
        assert abs(value) <= 1e-289, what
        return
    assert abs(mpmath.mpf(value) - exact) <= TOLERANCE * abs(exact), (what, value, exact)


GOLDEN = [
    (0.5, [Ridge(0.5, 0.01), Ridge(0.8, 0.3)], ["0.46399410423299001941", "0.42201257404771239179"]),
    (2.0, [Ridge(0.9, 0.001), Ridge(2.0, 0.5)], ["15.182520283834044687", "4.6903805189065875191"]),
    (0.5, [Ridge(0.5, 0.05), Ridge(0.5, 0)], ["0.37305732889071841874"] * 2),
    (0.1, [Ridge(2.0, 0), Ridge(3.0, 0)], ["0.6", "0.86666666666666666667"]),
    (
        0.25,
        [Ridge(0.5, 0.02), Ridge(1.5, 0.3, noise=0.1), Ridge(0.5, 0.1, noise=0.05)],
        ["0.21860083637584227952", "0.55543915054282889164", "0.59497128173351340687"],
    ),
    (
        0.25,
        [Ridge(0.5, 0.02), Ridge(0.7, 0.2, truth=0.4)],
        ["0.21860083637584227952", "0.19999995097434904769"],
    ),
]


@pytest.mark.parametrize(("noise", "learners", "expected"), GOLDEN)
def test_golden_figures(noise: float, learners: list[Ridge], expected: list[str]) -> None:
    for world in (Population.isotropic(noise=noise), Population([1.0], [1.0], noise=noise)):
        for depth, figure in enumerate(expected, 1):
            assert risk(world, *learners[:depth]) == pytest.approx(float(figure), rel=1e-14)
        np.testing.assert_allclose(
            risks(world, *learners), [float(figure) for figure in expected], rtol=1e-14
        )


@pytest.mark.parametrize(
    ("penalty", "expected"), [([0.2, 3.0], 0.21445293692749385447), ([3.0, 0.2], 0.38415054293189665333)]
)
def test_golden_weighted_penalty(penalty: list[float], expected: float) -> None:
    world = Population([1, 1], [0.9, 0.1], weights=[0.2, 0.8], noise=0.3)
    assert risk(world, Ridge(0.6, 0.2), Ridge(0.6, 0.05, penalty=penalty)) == pytest.approx(
        expected, rel=1e-13
    )


def test_golden_covariate_shift() -> None:
    world = Population([3, 1, 0.25], [0.2, 0.5, 0.3], weights=[0.2, 0.3, 0.5], noise=0.2)
    student = Ridge(0.9, 0.05, covariance=[1.0, 1.0, 1.0])
    assert risk(world, Ridge(0.7, 0.02), student) == pytest.approx(0.29690699306185697269, rel=1e-13)


@pytest.mark.parametrize("gamma", GAMMAS)
def test_resolvent_against_the_quadratic(gamma: float) -> None:
    for lam in LAMS[1:]:
        value = marchenko_pastur(lam, gamma)
        kappa, m, m_prime = resolvent(gamma, lam)
        close(value.kappa, kappa, (gamma, lam))
        close(value.m, m, (gamma, lam))
        if m_prime < 1e300:
            close(value.m_prime, m_prime, (gamma, lam))
        with mpmath.workdps(1300):
            close(value.omega, 1 - mpmath.mpf(gamma) / (1 + kappa), (gamma, lam))
            close(value.delta, 1 - mpmath.mpf(gamma) / (1 + kappa) ** 2, (gamma, lam))


@settings(max_examples=250)
@given(
    gammas,
    lams,
    gammas,
    lams,
    st.sampled_from([0.0, 0.1, 2.0]),
    st.sampled_from([0.3, 1.0]),
    st.sampled_from([0.0, 0.4]),
    st.sampled_from([0.0, 0.2]),
)
def test_double_precision_against_the_oracle(
    gamma_t: float,
    lam_t: float,
    gamma_s: float,
    lam_s: float,
    noise: float,
    signal: float,
    truth: float,
    own: float,
) -> None:
    world = Population.isotropic(signal, noise)
    chain = Ridge(gamma_t, lam_t), Ridge(gamma_s, lam_s, noise=own, truth=truth)
    stages = OracleStage(gamma_t, lam_t), OracleStage(gamma_s, lam_s, own, truth)
    for depth in (1, 2):
        exact = textbook(signal, noise, stages[:depth])
        value = learned(world, *chain[:depth])
        if mpmath.isnan(exact.risk) or exact.risk == mpmath.inf:
            assert value.risk == np.inf
            continue
        close(value.risk, exact.risk, chain)
        close(value.overlap, exact.rho, chain)
        close(value.norm, exact.q, chain)


def test_the_oracles_agree_with_each_other_and_with_50_digits() -> None:
    stages = OracleStage(0.5, 0.02), OracleStage(1.5, 0.3, 0.1, 0.25), OracleStage(0.7, 0.1)
    closed, integrated = textbook(1, 0.25, stages), quadrature(1, 0.25, stages)
    assert abs(closed.risk - integrated.risk) < 1e-25
    with mpmath.workdps(50):
        world = Population.isotropic(noise=mpmath.mpf("0.25"))
        chain = Ridge(0.5, mpmath.mpf(0.02)), Ridge(1.5, 0.3, noise=0.1, truth=0.25), Ridge(0.7, 0.1)
        value = risk(world, *chain)
        assert isinstance(value, mpmath.mpf)
        assert abs(value - closed.risk) <= mpmath.mpf(10) ** -49 * closed.risk
        array = risk(world, Ridge(np.array([mpmath.mpf("0.5"), mpmath.mpf(1)]), 0.02))
        assert abs(array[0] - textbook(1, 0.25, stages[:1]).risk) < mpmath.mpf(10) ** -49


def test_exact_limits() -> None:
    world, silent = Population.isotropic(noise=0.5), Population.isotropic()
    singular = Ridge(1, 0)
    assert risk(world, singular) == np.inf
    assert risk(silent, singular) == 0.0
    assert risk(world, singular, Ridge(0.5, 0)) == np.inf
    assert risk(world, singular, Ridge(2, 1e300)) == np.inf
    assert risk(world, singular, Ridge(0.5, 0, truth=1)) == 0.5
    assert risk(world, Ridge(0.5, 0), singular) == 0.5  # interpolates the teacher, exactly
    assert risk(world, Ridge(0.5, 0)) == 0.5
    assert risk(world, Ridge(2, 0)) == 1.0
    assert marchenko_pastur(0, 3).kappa == 2.0 and marchenko_pastur(0, 3).omega == 0.0
    atoms = Population([1.0, 2.0], [0.5, 0.5], noise=0.5)
    assert risk(atoms, singular) == risk(atoms, singular, Ridge(0.5, 0)) == np.inf
    assert risk(atoms, singular, Ridge(0.5, 0, truth=1)) == 0.5


def test_arrays_broadcast_and_tiles_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    world = Population.isotropic(noise=np.array([0.1, 0.5]))
    teacher = Ridge(np.array([0.5, 1.0, 2.0])[:, None], np.array([0.0, 0.1, 1.0, 5.0])[:, None, None])
    student = Ridge(0.8, 0.3)
    whole = risk(world, teacher, student)
    assert whole.shape == (4, 3, 2)
    monkeypatch.setattr(blocks, "BLOCK", 2)
    np.testing.assert_array_equal(risk(world, teacher, student), whole)
    for i, j, k in itertools.product(range(4), range(3), range(2)):
        single = Population.isotropic(noise=float(world.noise[k]))
        point = risk(single, Ridge(teacher.gamma[j, 0], teacher.lam[i, 0, 0]), student)
        assert whole[i, j, k] == point or whole[i, j, k] == pytest.approx(point, rel=1e-15)


def test_atoms_broadcast() -> None:
    world = Population([3, 1], [0.5, 0.5], noise=[0.1, 0.2, 0.3])
    grid = risk(world, Ridge(0.5, [[0.1], [0.2]]), Ridge(0.8, 0.3, penalty=[1, 2]))
    assert grid.shape == (2, 3)
    single = Population([3, 1], [0.5, 0.5], noise=0.3)
    assert grid[1, 2] == pytest.approx(
        risk(single, Ridge(0.5, 0.2), Ridge(0.8, 0.3, penalty=[1, 2])), rel=1e-14
    )
    assert risk(world, Ridge(0.5, 0.1)).shape == (3,)


@settings(max_examples=60)
@given(lams, st.sampled_from([0.3, 0.9, 1.0, 1 + 1e-9, 1.5, 1e3]), st.integers(0, 10**6))
def test_kappa_of_a_spectrum_against_40_digits(lam: float, gamma: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 12))
    spectrum = 10 ** rng.uniform(-4, 4, count), 10 ** rng.uniform(-2, 2, count), rng.dirichlet(np.ones(count))
    kappa, omega = spectral_fixed_point(np.array([lam]), np.array([gamma]), *spectrum, REAL)
    with mpmath.workdps(40):
        exact = [HIGH.convert(np.array(values, dtype=float)) for values in ([lam], [gamma], *spectrum)]
        exact[4] = exact[4] / exact[4].sum()
        kappa_, omega_ = spectral_fixed_point(*exact, HIGH)
        df1 = (exact[4] * exact[2] / (exact[2] + kappa_ * exact[3])).sum()
        assert abs(kappa_[0] * (1 - gamma * df1) - lam) <= 1e-30 * (lam + kappa_[0])
        assert abs(kappa[0] - kappa_[0]) <= 5e-14 * kappa_[0]
        assert abs(omega[0] - omega_[0]) <= 5e-14 * omega_[0] or gamma == 1.0


def test_many_equal_atoms_are_one_atom() -> None:
    world, many = Population.isotropic(noise=0.4), Population(np.ones(7), np.full(7, 1 / 7), noise=0.4)
    chain = Ridge(0.5, 0.01), Ridge(1.3, 0.2, noise=0.1), Ridge(0.9, 0.0, truth=0.2)
    np.testing.assert_allclose(risks(many, *chain), risks(world, *chain), rtol=1e-14)


def test_numbers_never_import_sympy() -> None:
    program = (
        "import sys, w2s_asymptotics as w2s\n"
        "world, learner = w2s.Population.isotropic(noise=0.5), w2s.Ridge(gamma=0.5, lam=0.1)\n"
        "w2s.risk(world, learner, learner); w2s.compare(world, learner, learner)\n"
        "w2s.tune(world, learner, learner)\n"
        "w2s.winning_interval(world, learner, w2s.Ridge(gamma=0.5, lam=0.1, noise=0.1))\n"
        "assert not {'sympy', 'scipy', 'matplotlib', 'mpmath'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)


def test_noise_of_the_world_along_an_axis_of_its_own() -> None:
    """A column of teachers by a row of students, the world's noise along a third axis that varies fastest."""
    noises, gammas, lams = np.array([0.1, 0.5]), np.linspace(0.2, 2.0, 5), np.logspace(-2, 1, 7)
    teacher = Ridge(gamma=gammas.reshape(-1, 1, 1), lam=0.01)
    grid = risk(Population.isotropic(noise=noises), teacher, Ridge(gamma=0.8, lam=lams.reshape(-1, 1)))
    assert grid.shape == (5, 7, 2)
    chain = Ridge(gamma=gammas[3], lam=0.01), Ridge(gamma=0.8, lam=lams[2])
    at = risk(Population.isotropic(noise=0.5), *chain)
    assert grid[3, 2, 1] == pytest.approx(at, rel=1e-13)
