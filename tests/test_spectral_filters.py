"""Gradient flow and principal components: every number by another route, limits, extremes, bad input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy

from w2s_asymptotics import (
    GradientFlow,
    Population,
    PrincipalComponents,
    RandomFeatures,
    Ridge,
    SelfDistilled,
    compare,
    learned,
    risk,
    simulate,
)
from w2s_asymptotics.arithmetic import HIGH, REAL
from w2s_asymptotics.learners.gradient_flow import Decay
from w2s_asymptotics.learners.principal_components import Cut
from w2s_asymptotics.learners.repeated_fits import repeated_fits
from w2s_asymptotics.spectrum.marchenko_pastur_averages import filter_averages
from w2s_asymptotics.spectrum.sample_spectrum import sample_spectrum
from w2s_asymptotics.spectrum.spectral_stage import AppliedFilter

EIGENVALUES, SIGNAL, WEIGHTS = (
    np.array([3.0, 1.0, 0.25]),
    np.array([0.2, 0.5, 0.3]),
    np.array([0.2, 0.3, 0.5]),
)
SPECTRUM = Population(EIGENVALUES, SIGNAL, weights=WEIGHTS, noise=0.25)
ISOTROPIC = Population.isotropic(noise=0.5)
ONE_ATOM = Population([1.0, 1.0], [0.4, 0.6], weights=[0.3, 0.7], noise=0.5)
GAMMAS = (0.1, 0.6, 1.0, 2.5, 30.0)


@dataclass(frozen=True)
class Fits:
    """Repeated ridge fits, `h = prod x/(x + lam)`, as a filter like any other."""

    parameter: tuple[float, ...]
    leading: Any = None
    rate: float = 0.0

    def kept(self, x: Any, leads: Any, xp: Any) -> Any:
        return np.prod([x / (x + lam) for lam in self.parameter], axis=0)

    def lost(self, x: Any, leads: Any, xp: Any) -> Any:
        return 1 - self.kept(x, leads, xp)

    def step(self, x: Any, y: Any, gap: Any, leads: Any, other_leads: Any, xp: Any) -> Any:
        return self.kept(x, leads, xp) - self.kept(y, leads, xp)


@pytest.mark.parametrize("lams", [(0.3,), (0.02, 0.3), (0.1, 0.4, 1.0)])
@pytest.mark.parametrize("gamma", GAMMAS)
def test_ridge_and_repeated_fits_are_filters_too(gamma: float, lams: tuple[float, ...]) -> None:
    applied = AppliedFilter(Fits(lams), gamma, EIGENVALUES, WEIGHTS)
    found = applied.kept, applied.lost, applied.added(SIGNAL, 0.25)
    if len(lams) > 1:
        expected = repeated_fits(
            lams,
            [1.0] * (len(lams) - 1),
            np.array([gamma]),
            EIGENVALUES,
            WEIGHTS,
            SIGNAL,
            np.array([0.25]),
            REAL,
        )
    else:
        state = learned(SPECTRUM, Ridge(gamma, lams[0])).equivalent
        expected = state.multiplier, state.bias, state.covariance
    for value, reference in zip(found, expected, strict=True):
        np.testing.assert_allclose(value, reference, rtol=1e-13)


@pytest.mark.parametrize(
    "chain", [(GradientFlow, 2.0), (PrincipalComponents, 0.3), (PrincipalComponents, 0.75)]
)
@pytest.mark.parametrize("gamma", [0.1, 0.6, 1.0, 1.25])
def test_one_atom_is_the_isotropic_world(gamma: float, chain: tuple[Any, float]) -> None:
    learner = chain[0](gamma, chain[1], noise=0.1)
    for learners in ((learner,), (Ridge(0.5, 0.01), learner), (learner, learner)):
        assert risk(ONE_ATOM, *learners) == pytest.approx(risk(ISOTROPIC, *learners), rel=1e-12)


def _mean(function: Any, gamma: Any, end: Any = mpmath.pi) -> Any:
    """Over the Marchenko-Pastur law by its density, `x = 1 + gamma + 2 sqrt(gamma) cos(angle)`; no atom."""

    def integrand(angle: Any) -> Any:
        x = 1 + gamma + 2 * mpmath.sqrt(gamma) * mpmath.cos(angle)
        return function(x) * 2 * mpmath.sin(angle) ** 2 / (mpmath.pi * x)

    return mpmath.quad(integrand, mpmath.linspace(0, end, 4), method="gauss-legendre")


@pytest.mark.parametrize(("gamma", "time"), [("0.5", "20"), ("1", "0.2"), ("2.5", "20")])
def test_gradient_flow_is_its_integral_at_fifty_digits(gamma: str, time: str) -> None:
    with mpmath.workdps(50):
        g, t, r2, noise = mpmath.mpf(gamma), mpmath.mpf(time), mpmath.mpf("1.3"), mpmath.mpf("0.4")
        world = Population.isotropic(signal=r2, noise=noise)
        null = max(1 - 1 / g, mpmath.mpf(0))
        squared = _mean(lambda x: mpmath.exp(-2 * t * x), g) + null
        per_noise = g * _mean(lambda x: mpmath.expm1(-t * x) ** 2 / x, g)
        expected = r2 * squared + noise * per_noise
        assert abs(risk(world, GradientFlow(g, t)) / expected - 1) < mpmath.mpf(10) ** -46
        lost = _mean(lambda x: mpmath.exp(-t * x), g) + null
        assert abs(learned(world, GradientFlow(g, t)).equivalent.bias / lost - 1) < mpmath.mpf(10) ** -46


@pytest.mark.parametrize(("gamma", "share"), [("0.5", "0.3"), ("1", "0.5"), ("2.5", "0.3")])
def test_principal_components_are_their_integral_at_forty_digits(gamma: str, share: str) -> None:
    with mpmath.workdps(40):
        g, c, noise = mpmath.mpf(gamma), mpmath.mpf(share), mpmath.mpf("0.4")
        end = mpmath.findroot(lambda angle: _mean(lambda x: x**0, g, angle) - c, 1.5)
        world = Population.isotropic(signal=mpmath.mpf(1), noise=noise)
        expected = 1 - c + noise * g * _mean(lambda x: 1 / x, g, end)
        assert abs(risk(world, PrincipalComponents(g, c)) / expected - 1) < mpmath.mpf(10) ** -34


@pytest.mark.parametrize("gamma", [1e-6, 1.0, 50.0])
def test_floats_have_all_digits_at_extremes(gamma: float) -> None:
    filters = [Decay(time) for time in (1e-200, 0.1, 100.0)]
    filters += [Cut(share) for share in (1e-9, 0.3, 0.9) if share < min(1, 1 / gamma)]
    for each in filters:
        with mpmath.workdps(25):
            reference = filter_averages(each.of(mpmath.mpf(each.parameter)), mpmath.mpf(gamma), HIGH)
        for value, exact in zip(filter_averages(each, gamma, REAL), reference, strict=True):
            assert abs(value - exact) <= 1e-13 * abs(exact) + 1e-300, (each, gamma)


def _contour(
    filter_at: Any, gamma: float, low: float, high: float, inside: Any, count: int = 400
) -> tuple[Any, Any, Any]:
    """Kept, and added per energy and noise, by resolvents at penalties on two circles around [low, high].

    `filter_at` is h(z) on the circles; `inside` whether 0 is encircled.
    """

    def resolvents(shift: float) -> tuple[Any, ...]:
        angle = 2 * np.pi * (np.arange(count) + shift) / count
        step = (high - low) / 2 * np.exp(1j * angle)
        z, kappas = (low + high) / 2 + step, []
        for point in z:
            # kappa (1 - gamma sum w s/(s + kappa)) = -z as a polynomial; the root in the half-plane of -z.
            others = [np.poly(-np.delete(EIGENVALUES, j)) for j in range(len(EIGENVALUES))]
            lower = sum(w * s * other for w, s, other in zip(WEIGHTS, EIGENVALUES, others, strict=True))
            whole = np.poly(-EIGENVALUES)
            left = np.polymul([1.0, 0.0], np.polysub(whole, gamma * lower))
            roots = np.roots(np.polyadd(left, point * whole))
            kappas.append(roots[np.argmax(roots.imag * -np.sign(point.imag))])
        kappa = np.array(kappas)
        # f(S) = (1/2 pi i) oint h(z)/z (z - S)^-1 dz: a combination of resolvents at lam = -z.
        return -z, kappa, -filter_at(z) / z * step / count, kappa[:, None] / (EIGENVALUES + kappa[:, None])

    (lam, kappa, share, G), (mu, nu, other, H) = resolvents(0.25), resolvents(0.75)
    kept = 0.0 + ((share[:, None]) * (1 - G)).sum(axis=0)
    # Second moments of R S = I - lam R, by the two-penalty rule, delta = (lam - mu)/(kappa - nu).
    rate = (kappa[:, None] - nu) / (lam[:, None] - mu)
    first, second = G / kappa[:, None], H / nu[:, None]
    unexplained = np.einsum("aj,bj,j->ab", G, H, EIGENVALUES * SIGNAL)
    pair = share[:, None] * other * rate
    moment = lambda word: np.einsum("ab,aj,bj->j", pair * word, first, second).real  # noqa: E731
    scale = gamma * WEIGHTS * EIGENVALUES
    return kept.real, scale * moment(unexplained), scale * moment(1.0)


@pytest.mark.parametrize("gamma", [0.3, 2.5])
def test_gradient_flow_is_a_contour_integral_of_two_resolvents(gamma: float) -> None:
    applied = AppliedFilter(Decay(1.5), gamma, EIGENVALUES, WEIGHTS)
    edge = float(3.0 * (1 + np.sqrt(gamma)) ** 2)
    kept, carried, per_noise = _contour(lambda z: -np.expm1(-1.5 * z), gamma, -0.5, edge, True)
    np.testing.assert_allclose(applied.kept, kept, rtol=1e-10)
    np.testing.assert_allclose(applied.carried(SIGNAL), carried, rtol=1e-9)
    np.testing.assert_allclose(applied.per_noise, per_noise, rtol=1e-9)


def test_a_threshold_in_a_gap_separates_exactly() -> None:
    gamma = 0.05
    edges = sample_spectrum(gamma, EIGENVALUES, WEIGHTS).edges
    assert len(edges) == 6
    applied = AppliedFilter(Cut(0.5), gamma, EIGENVALUES, WEIGHTS)
    kept, carried, per_noise = _contour(lambda z: 1.0, gamma, 0.45, 6.0, False)
    np.testing.assert_allclose(applied.kept, kept, rtol=1e-12)
    np.testing.assert_allclose(applied.carried(SIGNAL), carried, rtol=1e-10)
    np.testing.assert_allclose(applied.per_noise, per_noise, rtol=1e-11)
    assert WEIGHTS @ applied.kept == pytest.approx(0.5, rel=1e-14)


@pytest.mark.parametrize("gamma", [0.05, 0.6, 2.5])
def test_a_projection_has_its_trace_and_keeps_it_when_squared(gamma: float) -> None:
    for share in np.linspace(0.02, 0.98, 13) * min(1.0, 1 / gamma):
        applied = AppliedFilter(Cut(share), gamma, EIGENVALUES, WEIGHTS)
        assert WEIGHTS @ applied.kept == pytest.approx(share, rel=1e-11)
        # E P_jj = sum_k E P_jk^2: its own square, and what is carried to it from everywhere.
        squared = applied.kept**2 * WEIGHTS + applied.carried(WEIGHTS)
        np.testing.assert_allclose(squared, applied.kept * WEIGHTS, rtol=1e-10)


@pytest.mark.parametrize("world", [ISOTROPIC, SPECTRUM])
@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0])
def test_limits(world: Population, gamma: float) -> None:
    nothing = risk(world, Ridge(gamma, 1e300))
    everything = risk(world, Ridge(gamma, 0.0))
    for learner in (GradientFlow(gamma, 0.0), PrincipalComponents(gamma, 0.0)):
        assert risk(world, learner) == pytest.approx(nothing, rel=1e-14)
    for learner in (
        GradientFlow(gamma, np.inf),
        PrincipalComponents(gamma, min(1, 1 / gamma)),
        PrincipalComponents(gamma, 1.0),
    ):
        assert risk(world, learner) == everything
        assert risk(world, Ridge(0.5, 0.1), learner) == risk(world, Ridge(0.5, 0.1), Ridge(gamma, 0.0))
    if gamma != 1:
        assert risk(world, GradientFlow(gamma, 1e9)) == pytest.approx(everything, rel=1e-12)
        short = PrincipalComponents(gamma, (1 - 1e-9) * min(1, 1 / gamma))
        assert risk(world, short) == pytest.approx(everything, rel=1e-6)


@pytest.mark.parametrize("world", [ISOTROPIC, SPECTRUM])
def test_a_short_time_moves_along_the_gradient(world: Population) -> None:
    for time in (1e-9, 1e-12):
        kept = learned(world, GradientFlow(0.7, time)).equivalent.multiplier
        np.testing.assert_allclose(kept, time * np.asarray(world.eigenvalues), rtol=1e-8)


@pytest.mark.parametrize("world", [ISOTROPIC, SPECTRUM])
def test_time_is_about_one_over_lam_and_risk_at_most_a_fifth_above_ridge(world: Population) -> None:
    for lam in (0.05, 0.3, 1.0, 5.0):
        ratio = risk(world, GradientFlow(0.7, 1 / lam)) / risk(world, Ridge(0.7, lam))
        assert 0.8 < ratio < 1.6862  # Ali, Kolter, Tibshirani, theorem 3, bounds it from above


def test_arrays_broadcast_and_points_agree() -> None:
    gamma, time = np.array([0.5, 1.0, 2.0]), np.array([[0.0], [1.0], [np.inf]])
    for world in (ISOTROPIC, SPECTRUM):
        table = risk(world, GradientFlow(gamma, time, noise=np.array([0.1, 0.2, 0.3])), Ridge(0.5, 0.1))
        assert table.shape == (3, 3)
        one = risk(world, GradientFlow(2.0, 1.0, noise=0.3), Ridge(0.5, 0.1))
        assert table[1, 2] == pytest.approx(one, rel=1e-13)
        row = risk(world, RandomFeatures(0.5, 2.0, 0.1), PrincipalComponents(0.8, np.linspace(0, 1.0, 6)))
        assert row[1] == pytest.approx(
            risk(world, RandomFeatures(0.5, 2.0, 0.1), PrincipalComponents(0.8, 0.2)), rel=1e-13
        )


def test_infinite_labels_stay_infinite() -> None:
    for world in (ISOTROPIC, SPECTRUM):
        for learner in (GradientFlow(0.5, 1.0), PrincipalComponents(0.5, 0.5)):
            assert risk(world, Ridge(1.0, 0.0), learner) == np.inf
            assert np.isfinite(risk(world, learner, Ridge(0.5, 0.1)))


def test_matrices_are_atoms_when_they_commute_and_rows_may_be_counted() -> None:
    rng = np.random.default_rng(4)
    root = rng.standard_normal((8, 8))
    world = Population.from_matrices(root @ root.T / 8, rng.standard_normal(8), noise=0.3)
    plain = Ridge(0.5, 0.1)
    same = Ridge(0.5, 0.1, penalty=np.eye(8))
    for learner in (GradientFlow(samples=10, time=2.0), PrincipalComponents(samples=20, components=0.5)):
        assert risk(world, learner, same, learner) == pytest.approx(
            risk(world, learner, plain, learner), rel=1e-12
        )
    rank = Population([0.0, 2.0], [0.3, 0.7], noise=0.1)
    assert risk(rank, PrincipalComponents(0.5, 0.5)) == risk(rank, Ridge(0.5, 0.0))


def test_many_atoms_of_a_power_law() -> None:
    world = Population.power_law(dim=60, alpha=1.2, source=1.5, noise=0.1)
    flow = GradientFlow(samples=40, time=10.0)
    measured = simulate(world, flow, PrincipalComponents(samples=50, components=0.1), repetitions=60, seed=7)
    assert abs(measured.z).max() < 3.5


def test_early_stopping_repairs_a_teacher() -> None:
    verdict = compare(ISOTROPIC, GradientFlow(0.5, 50.0), GradientFlow(0.8, 3.0))
    assert verdict.student_wins and "student" in verdict.reason
    assert compare(ISOTROPIC, SelfDistilled(0.5, (0.1, 0.1)), PrincipalComponents(0.8, 0.5)).gain < 0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: risk(ISOTROPIC, GradientFlow(gamma=0.5)), "time is missing"),
        (lambda: GradientFlow(0.5, -1.0), "time must be >= 0"),
        (lambda: GradientFlow(0.5, np.nan), "time must be >= 0"),
        (lambda: GradientFlow(time=1.0), "GradientFlow needs exactly one of gamma"),
        (lambda: PrincipalComponents(0.5, -0.1), "components must be in"),
        (lambda: PrincipalComponents(0.5, np.inf), "components must be in"),
        (lambda: PrincipalComponents(0.0, 0.1), "gamma must be > 0"),
        (lambda: GradientFlow(0.5, sympy.Symbol("t", positive=True)), "no closed form"),
        (lambda: risk(SPECTRUM, GradientFlow(0.5, mpmath.mpf(1))), "with floats"),
    ],
)
def test_bad_input(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
