"""Ridge on random features: figures, limits, accuracy, composition, bad input."""

import itertools

import mpmath
import numpy as np
import pytest
import sympy as sp

from w2s_asymptotics import Population, RandomFeatures, Ridge, SelfDistilled, learned, risk, risks, tune
from w2s_asymptotics.arithmetic import HIGH
from w2s_asymptotics.learners.hermite import ACTIVATIONS, hermite
from w2s_asymptotics.spectrum.nested import nested_fixed_point
from w2s_asymptotics.theorems import random_features as derived

ATOMS = ([3.0, 1.0, 0.25], [0.2, 0.5, 0.3], [0.2, 0.3, 0.5])
ISOTROPIC = Population.isotropic(noise=0.3)
SPECTRUM = Population(ATOMS[0], ATOMS[1], weights=ATOMS[2], noise=0.3)


def exact(value: object) -> object:
    return np.array([mpmath.mpf(item) for item in value]) if isinstance(value, list) else mpmath.mpf(value)


def exact_world(isotropic: bool) -> Population:
    if isotropic:
        return Population.isotropic(signal=mpmath.mpf(1), noise=mpmath.mpf(0.3))
    return Population(exact(ATOMS[0]), exact(ATOMS[1]), weights=exact(ATOMS[2]), noise=mpmath.mpf(0.3))


def test_golden_figures() -> None:
    world = Population(ATOMS[0], ATOMS[1], weights=ATOMS[2], noise=0.1)
    chain = RandomFeatures(0.75, 0.8, 0.02), RandomFeatures(0.6, 2.0, 0.05)
    np.testing.assert_allclose(
        risks(world, *chain), (0.31203657177191339112, 0.29643075252389986357), rtol=1e-13
    )
    chain = RandomFeatures(0.75, 0.8, 0.02, tail=0.3), RandomFeatures(0.6, 3.0, 0.05, tail=0.3)
    for one in (Population.isotropic(noise=0.1), Population([1.0], [1.0], noise=0.1)):
        np.testing.assert_allclose(
            risks(one, *chain), (1.2317259676874248425, 1.2297885988266643061), rtol=1e-13
        )


@pytest.mark.parametrize("isotropic", [True, False])
@pytest.mark.parametrize("gamma", [1e-4, 0.3, 1.0, 1e3])
def test_double_precision_against_sixty_digits(isotropic: bool, gamma: float) -> None:
    world = ISOTROPIC if isotropic else SPECTRUM
    for width, lam, tail in itertools.product(
        [2e-3, 0.5, 1.0, 3.3, 1e5, np.inf], [0.0, 1e-300, 1e-10, 0.1, 1e10], [0.0, 1e-12, 0.3]
    ):
        value = risk(world, RandomFeatures(gamma, width, lam, tail=tail))
        with mpmath.workdps(60):
            precise = RandomFeatures(*(exact(each) for each in (gamma, width, lam)), tail=exact(tail))
            reference = risk(exact_world(isotropic), precise)
        if reference == mpmath.inf:
            assert value == np.inf
        else:
            assert abs(value / reference - 1) < 1e-12, (gamma, width, lam, tail)


def test_nested_fixed_point_solves_both_equations() -> None:
    with mpmath.workdps(50):
        eigenvalues, weights = exact(ATOMS[0]), exact(ATOMS[2])
        for gamma, width, lam, tail in itertools.product(
            (0.3, 2.5), (0.5, 4.0), (0.0, 1e-8, 0.7), (0.0, 0.2)
        ):
            numbers = [np.array([exact(each)]) for each in (lam, gamma, width, tail)]
            found = nested_fixed_point(*numbers, eigenvalues, weights, HIGH)
            if not found.nu[0]:
                continue
            df1 = (weights * eigenvalues / (eigenvalues + found.nu)).sum() + tail / found.nu[0]
            kappa = found.nu[0] * (1 - df1 / width)
            assert abs(kappa - found.nu[0] * found.by_width[0]) < 1e-45
            assert abs(kappa * (1 - gamma * df1) - lam) < 1e-45


@pytest.mark.parametrize("world", [ISOTROPIC, SPECTRUM])
@pytest.mark.parametrize("lam", [0.0, 1e-9, 0.2, 5.0])
@pytest.mark.parametrize("gamma", [0.4, 1.7])
def test_infinitely_many_linear_features_are_ridge(world: Population, lam: float, gamma: float) -> None:
    assert risk(world, RandomFeatures(gamma, np.inf, lam)) == pytest.approx(
        risk(world, Ridge(gamma, lam)), rel=1e-13
    )
    wide = [
        risk(world, RandomFeatures(gamma, width, lam)) - risk(world, Ridge(gamma, lam))
        for width in (1e3, 1e4)
    ]
    assert wide[0] == pytest.approx(10 * wide[1], rel=0.02, abs=1e-14)


def test_an_infinite_penalty_predicts_zero_and_enough_linear_features_without_penalty_are_least_squares() -> (
    None
):
    assert risk(ISOTROPIC, RandomFeatures(0.5, 2.0, 1e200)) == 1.0
    for width in (1.0, 1.5, 40.0):
        assert risk(SPECTRUM, RandomFeatures(0.5, width, 0.0)) == pytest.approx(
            risk(SPECTRUM, Ridge(0.5, 0.0)), rel=1e-13
        )


def test_double_descent_in_width_and_in_samples() -> None:
    assert risk(ISOTROPIC, RandomFeatures(2.0, 0.5, 0.0)) == np.inf
    near = risk(ISOTROPIC, RandomFeatures(2.0, np.array([0.1, 0.49, 0.51, 5.0]), 0.0))
    assert near[1] > 5 * near[0] and near[2] > 5 * near[3]
    near = risk(ISOTROPIC, RandomFeatures(np.array([0.1, 1.9, 2.1, 10.0]), 0.5, 0.0))
    assert near[1] > 3 * near[0] and near[2] > 3 * near[3]


def test_nonlinear_energy_is_label_noise_to_the_next_learner() -> None:
    teacher = RandomFeatures(0.5, 2.0, 0.1, tail=0.3)
    state = learned(ISOTROPIC, teacher).equivalent
    assert state.nonlinear > 0
    plain = learned(ISOTROPIC, Ridge(0.5, 0.1))
    assert plain.equivalent.nonlinear == 0
    lost = 1 - learned(ISOTROPIC, Ridge(0.6, 0.2)).equivalent.multiplier
    student = learned(ISOTROPIC, teacher, Ridge(0.6, 0.2, noise=0.1))
    added = student.equivalent.covariance - (1 - lost) ** 2 * state.covariance
    unexplained = 0.1 + state.nonlinear + lost**2 * (state.multiplier**2 + state.covariance)
    per_noise = learned(Population.isotropic(noise=1.0, signal=0.0), Ridge(0.6, 0.2)).equivalent.covariance
    assert added == pytest.approx(unexplained * per_noise, rel=1e-12)


def test_chains_mix_learners_worlds_and_shapes() -> None:
    chain = RandomFeatures(0.5, 1.5, 0.1, tail=0.2), SelfDistilled(0.3, (0.1, 0.3)), Ridge(0.5, 0.1)
    matrices = Population.from_matrices(np.diag([3.0, 1.0, 1.0, 0.25]), [1.0, 0.5, 0.2, 0.1], noise=0.1)
    weighted = Ridge(0.5, 0.1, penalty=np.eye(4))
    assert risk(matrices, *chain[:2], weighted) == pytest.approx(risk(matrices, *chain), rel=1e-12)
    widths = np.array([[0.5], [1.0], [2.0]])
    table = risk(
        ISOTROPIC, RandomFeatures(np.array([0.4, 0.9]), widths, 0.1, activation="relu"), Ridge(0.5, 0.1)
    )
    assert table.shape == (3, 2)
    one = risk(ISOTROPIC, RandomFeatures(0.9, 2.0, 0.1, activation="relu"), Ridge(0.5, 0.1))
    assert table[2, 1] == pytest.approx(one, rel=1e-14)


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("variance", [0.3, 1.0, 4.0])
def test_hermite_constants_against_adaptive_quadrature(name: str, variance: float) -> None:
    functions = {
        "linear": lambda z: z,
        "relu": lambda z: max(z, 0),
        "erf": mpmath.erf,
        "sign": mpmath.sign,
        "tanh": mpmath.tanh,
        "sigmoid": lambda z: 1 / (1 + mpmath.exp(-z)),
        "softplus": lambda z: mpmath.log(1 + mpmath.exp(z)),
        "gelu": lambda z: z * mpmath.ncdf(z),
        "silu": lambda z: z / (1 + mpmath.exp(-z)),
    }
    root, phi = mpmath.sqrt(variance), functions[name]

    def mean(function: object) -> object:
        return mpmath.quad(lambda z: function(root * z) * mpmath.npdf(z), [-12, -6, -2, 0, 2, 6, 12])

    constants = hermite(name, variance)
    mu = mean(phi)
    slope = mean(lambda z: phi(z) * z) / variance
    assert abs(constants.mean - mu) < 1e-13
    assert abs(constants.slope - slope) < 1e-13
    assert abs(constants.tail - (mean(lambda z: phi(z) ** 2) - mu**2 - variance * slope**2)) < 1e-13


def test_activation_amounts_to_its_constants() -> None:
    constants = hermite("relu", 1.0)
    slope, tail = float(constants.slope), float(constants.tail)
    assert risk(ISOTROPIC, RandomFeatures(0.5, 2.0, 0.1, activation="relu")) == pytest.approx(
        risk(ISOTROPIC, RandomFeatures(0.5, 2.0, 0.1 / slope**2, tail=tail / slope**2)), rel=1e-14
    )


def test_tuning_finds_the_least_risk() -> None:
    best = tune(ISOTROPIC, RandomFeatures(0.5, 1.5, 0.1), RandomFeatures(0.5, 3.0, 0.1))
    around = risk(
        ISOTROPIC, RandomFeatures(0.5, 1.5, 0.1), RandomFeatures(0.5, 3.0, best.lam * np.array([0.9, 1.1]))
    )
    assert (around > best.risk).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"width": 0.0}, "width must be > 0"),
        ({"tail": -1.0}, "tail must be >= 0"),
        ({"activation": "step(x)"}, "activation must be one of linear, relu"),
        ({"activation": "relu", "tail": 0.1}, "activation or its tail, not both"),
        ({"lam": float("nan")}, "lam must be >= 0"),
    ],
)
def test_bad_input(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RandomFeatures(**({"gamma": 0.5, "width": 2.0, "lam": 0.1} | arguments))


def test_kernel_is_the_derived_risk() -> None:
    formula = derived.excess_risk()
    names = sorted(formula.free_symbols, key=str)
    evaluate = sp.lambdify(names, formula, "mpmath")
    for nu, gamma, width, tail in ((0.4, 0.5, 2.0, 0.3), (1.5, 0.6, 0.8, 0.0), (0.8, 1.1, 3.0, 0.2)):
        with mpmath.workdps(40):
            nu, gamma, width, tail = map(mpmath.mpf, (nu, gamma, width, tail))
            df1 = 1 / (1 + nu) + tail / nu
            kappa = nu * (1 - df1 / width)
            lam = kappa * (1 - gamma * df1)
            assert lam > 0
            values = {"kappa_w": nu, "kappa": kappa, "gamma": gamma, "width": width, "tail": tail}
            values |= {"noise": mpmath.mpf("0.3"), "signal": mpmath.mpf(1)}
            expected = evaluate(*(values[str(name)] for name in names))
            world = Population.isotropic(signal=values["signal"], noise=values["noise"])
            value = risk(world, RandomFeatures(gamma, width, lam, tail=tail))
            assert abs(value / expected - 1) < mpmath.mpf(10) ** -36


def test_symbolic_limits_of_the_derived_risk() -> None:
    formula = derived.excess_risk()
    nu, kappa, gamma, width, tail, noise, signal = (
        next(item for item in formula.free_symbols if item.name == name)
        for name in ("kappa_w", "kappa", "gamma", "width", "tail", "noise", "signal")
    )
    linear = formula.subs(tail, 0)
    wide = sp.limit(linear.subs(kappa, nu * (1 - 1 / (1 + nu) / width)), width, sp.oo)
    teacher = (signal * nu**2 + gamma * noise) / ((1 + nu) ** 2 - gamma)
    assert sp.cancel(wide - teacher) == 0
    shrunk = sp.limit(formula.subs(kappa, nu * (1 - (1 / (1 + nu) + tail / nu) / width)), nu, sp.oo)
    assert sp.simplify(shrunk - signal) == 0


def test_a_shift_of_the_covariates_after_nonlinear_features_is_refused() -> None:
    shifted = Ridge(0.5, 0.1, covariance=[1.0, 1.0, 1.0])
    assert risk(SPECTRUM, RandomFeatures(0.5, 2.0, 0.1), shifted) > 0
    with pytest.raises(ValueError, match="covariance must be the world's"):
        risk(SPECTRUM, RandomFeatures(0.5, 2.0, 0.1, activation="relu"), shifted)
