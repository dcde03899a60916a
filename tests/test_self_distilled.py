"""Repeated fits on the same rows: figures, limits, accuracy for close penalties, bad input."""

import itertools

import mpmath
import numpy as np
import pytest
import sympy as sp

from w2s_asymptotics import Population, Ridge, SelfDistilled, risk, winning_interval
from w2s_asymptotics.learners.repeated_fits import repeated_coefficients
from w2s_asymptotics.spectrum.marchenko_pastur import marchenko_pastur
from w2s_asymptotics.theorems import self_distillation

ATOMS = ([3.0, 1.0, 0.25], [0.2, 0.5, 0.3], [0.2, 0.3, 0.5])
SPECTRUM = Population(ATOMS[0], ATOMS[1], weights=ATOMS[2], noise=0.25)
ISOTROPIC = Population.isotropic(noise=0.5)


def test_golden_figures() -> None:
    assert risk(SPECTRUM, SelfDistilled(0.6, (0.02, 0.3))) == pytest.approx(0.18983659741333437136, rel=1e-14)
    for order in itertools.permutations((0.01, 0.1, 0.4)):
        assert risk(ISOTROPIC, SelfDistilled(0.8, order)) == pytest.approx(0.44606364255572556311, rel=1e-14)


@pytest.mark.parametrize("lam", [0.0, 0.3])
@pytest.mark.parametrize("gamma", [0.5, 2.0])
def test_one_fit_is_ridge_and_ridgeless_fits_are_projections(lam: float, gamma: float) -> None:
    for world in (ISOTROPIC, SPECTRUM):
        ridge = risk(world, Ridge(gamma, lam))
        for lams in ((lam,), (0.0, lam), (lam, 0.0, 0.0)):
            assert risk(world, SelfDistilled(gamma, lams)) == ridge


def test_an_infinite_penalty_predicts_zero_and_a_small_one_changes_little() -> None:
    assert risk(ISOTROPIC, SelfDistilled(0.5, (0.1, 1e200))) == pytest.approx(1.0, rel=1e-14)
    assert risk(ISOTROPIC, SelfDistilled(0.5, (0.1, 1e-14))) == pytest.approx(
        risk(ISOTROPIC, Ridge(0.5, 0.1)), rel=1e-12
    )


@pytest.mark.parametrize(
    "lams",
    [
        *itertools.combinations_with_replacement((1e-300, 1e-9, 0.1, 0.1 + 1e-13, 0.11, 2.0, 1e150), 2),
        (0.1,) * 3,
        (1e-3,) * 4,
        (0.1, 0.1, 0.2, 0.2),
        (1e-6, 0.1, 0.2, 1e6),
    ],
)
def test_close_and_equal_penalties_keep_full_accuracy(lams: tuple[float, ...]) -> None:
    for gamma in (0.3, 1.0, 2.5):
        value = risk(SPECTRUM, SelfDistilled(gamma, lams))
        with mpmath.workdps(60):
            eigenvalues, signal, weights = (np.array([mpmath.mpf(each) for each in row]) for row in ATOMS)
            world = Population(eigenvalues, signal, weights=weights, noise=mpmath.mpf(0.25))
            reference = risk(world, SelfDistilled(mpmath.mpf(gamma), tuple(map(mpmath.mpf, lams))))
        assert abs(value / reference - 1) < 1e-14, gamma


@pytest.mark.parametrize(
    "lams", [(0.1,) * 20, tuple(0.1 * (1 + 1e-9 * i) for i in range(24)), (0.1, 0.4) * 8]
)
def test_many_fits_keep_full_accuracy(lams: tuple[float, ...]) -> None:
    """Against the average over the spectrum of a sample with twice as many rows as columns."""
    angle = np.arange(1, 401) * np.pi / 401
    x = 1.5 + 2 * np.sqrt(0.5) * np.cos(angle)
    mass = 2 / 401 * np.sin(angle) ** 2 / x
    kept = np.prod([x / (x + lam) for lam in lams], axis=0)
    average = np.sum(mass * ((1 - kept) ** 2 + 0.25 * kept**2 / x))
    assert risk(ISOTROPIC, SelfDistilled(0.5, lams)) == pytest.approx(average, rel=1e-14)


def test_fits_mixed_again_and_again_are_one_ridge() -> None:
    """Labels half own: the limit is ridge at twice the penalty (Borup and Andersen, arXiv:2102.13088)."""
    mixed = risk(ISOTROPIC, SelfDistilled(0.5, (0.1,) * 24, own=0.5))
    assert mixed == pytest.approx(risk(ISOTROPIC, Ridge(0.5, 0.2)), rel=1e-8)


def test_equal_penalties_are_the_limit_of_different_ones() -> None:
    with mpmath.workdps(50):
        lam, step = mpmath.mpf("0.1"), mpmath.mpf("1e-12")
        world = Population.isotropic(signal=mpmath.mpf(1), noise=mpmath.mpf("0.5"))
        middle = risk(world, SelfDistilled(mpmath.mpf("0.8"), (lam, lam)))
        around = risk(world, SelfDistilled(mpmath.mpf("0.8"), (lam - step, lam + step)))
        assert abs(middle - around) < 10 * step**2


def test_coefficients_are_partial_fractions() -> None:
    lams = [0.3, 1.0, 2.5]
    for x in (0.2, 1.7):
        combined = sum(c / (x + lam) for c, lam in zip(repeated_coefficients(lams), lams, strict=True))
        assert combined == pytest.approx(x**2 / np.prod([x + lam for lam in lams]), rel=1e-13)


def test_arrays_broadcast() -> None:
    gammas = np.array([0.3, 0.8, 2.0])
    noise = np.array([[0.0], [0.2]])
    for lams in ((0.1, 0.4), (0.1, 0.1)):
        table = risk(ISOTROPIC, Ridge(0.5, 0.1), SelfDistilled(gammas, lams, noise=noise))
        assert table.shape == (2, 3)
        one = risk(ISOTROPIC, Ridge(0.5, 0.1), SelfDistilled(0.8, lams, noise=0.2))
        assert table[1, 1] == pytest.approx(one, rel=1e-14)


def test_questions_about_one_penalty_are_refused() -> None:
    with pytest.raises(ValueError, match="SelfDistilled"):
        winning_interval(ISOTROPIC, Ridge(0.5, 0.1), SelfDistilled(0.5, (0.1, 0.2)))


@pytest.mark.parametrize(
    "lams", [(), 0.1, (0.1, np.array([0.1, 0.2])), np.array(0.1), (0.1, -0.1), (0.1, float("nan")), "ab"]
)
def test_bad_penalties(lams: object) -> None:
    with pytest.raises(ValueError, match="lam"):
        SelfDistilled(0.5, lams)


def test_kernel_is_the_derived_risk() -> None:
    gamma, noise = mpmath.mpf("0.8"), mpmath.mpf("0.5")
    with mpmath.workdps(40):
        lams = mpmath.mpf("0.05"), mpmath.mpf("0.4")
        kept = [1 / (1 + marchenko_pastur(lam, gamma).kappa) for lam in lams]
        own = -lams[0] / (lams[1] - lams[0])
        symbols = {"S_t": kept[0], "S_s": kept[1], "gamma": gamma, "noise": noise, "signal": mpmath.mpf(1)}
        formula = self_distillation.risk_of_mixture(sp.Symbol("share"))
        names = sorted(formula.free_symbols, key=str)
        derived = sp.lambdify(names, formula, "mpmath")(
            *(own if str(name) == "share" else symbols[str(name)] for name in names)
        )
        value = risk(Population.isotropic(signal=mpmath.mpf(1), noise=noise), SelfDistilled(gamma, lams))
        assert abs(derived / value - 1) < mpmath.mpf(10) ** -36


def test_the_best_mixture_is_better_than_its_neighbours_and_may_exceed_one() -> None:
    share = sp.Symbol("share")
    weights = []
    for values in ((0.9, 0.5, 0.5, 0.5), (0.95, 0.9, 0.8, 2.0)):
        point = dict(zip(("S_t", "S_s", "gamma", "noise"), values, strict=True)) | {"signal": 1.0}

        def at(expression: sp.Expr, point: dict[str, float] = point) -> sp.Expr:
            return expression.subs({name: point.get(str(name), name) for name in expression.free_symbols})

        curve, best = (
            at(self_distillation.risk_of_mixture(share)),
            float(at(self_distillation.optimal_weight())),
        )
        least = curve.subs(share, best)
        assert all(curve.subs(share, best + step) > least for step in (-0.01, 0.01))
        lams = [(1 / s - 1) * (1 - point["gamma"] * s) for s in values[:2]]
        weights.append(best * (lams[0] - lams[1]) / lams[0])
    assert max(weights) > 1


@pytest.mark.parametrize("lams", [(0.5, 2.0, 3.0), (0.25, 1.0, 2.0, 5.0), (1.5, 0.5, 4.0, 3.0, 2.0)])
def test_any_number_of_fits_is_the_combination_on_rational_matrices(lams: tuple[float, ...]) -> None:
    penalties = [sp.Rational(lam) for lam in lams]
    rows, root = sp.Matrix(3, 3, [1, 2, 0, -1, 3, 1, 2, 0, 5]), sp.Matrix(3, 3, [2, 1, 0, 0, 1, 1, 1, 0, 1])
    sample, penalty = rows.T * rows, root.T * root
    resolvents = [(sample + lam * penalty).inv() for lam in penalties]
    product = resolvents[0]
    for resolvent in resolvents[1:]:
        product = resolvent * sample * product
    shares = repeated_coefficients(penalties)
    terms = (share * resolvent for share, resolvent in zip(shares, resolvents, strict=True))
    assert (sum(terms, sp.zeros(3, 3)) - product).expand() == sp.zeros(3, 3)
    assert sum(shares) == 1


@pytest.mark.parametrize("lams", [(1e-8, 1e-8), (1e-8,) * 3, (1e-8, 1e-8 * (1 + 1e-9), 1e-8)])
@pytest.mark.parametrize("gamma", [0.5, 2.0, 20.3])
def test_weights_that_sum_to_one_only_roughly_do_no_harm(gamma: float, lams: tuple[float, ...]) -> None:
    expected = risk(Population.isotropic(noise=0.5), SelfDistilled(gamma, lams))
    for seed in range(4):
        weights = np.random.default_rng(seed).random(3)
        weights /= weights.sum()
        split = Population([1.0] * 3, weights, weights=weights, noise=0.5)
        assert risk(split, SelfDistilled(gamma, lams)) == pytest.approx(expected, rel=1e-14)
