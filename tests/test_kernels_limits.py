"""The branches of kernels that symbols do not see: exact limits, and 50 digits beside floats."""

import mpmath
import numpy as np
import pytest
import sympy as sp

from w2s_asymptotics.arithmetic import HIGH, REAL
from w2s_asymptotics.learners.finite_spikes import Layer, beside_spikes
from w2s_asymptotics.learners.random_features import mapped, random_features
from w2s_asymptotics.learners.ridge import Ridge, on_atoms, on_one_atom
from w2s_asymptotics.learners.two_layer import gradient_step
from w2s_asymptotics.spectrum.fixed_point import fixed_point, spectral_fixed_point
from w2s_asymptotics.spectrum.layouts import OneAtom
from w2s_asymptotics.spectrum.marchenko_pastur import resolvent
from w2s_asymptotics.spectrum.nested import factors, nested_fixed_point
from w2s_asymptotics.theorems import finite_spikes, random_features_map

PENALTIES = (0.0, 1e-140, 1e-18, 0.3, 1e140)
ASPECTS = (1e-8, 0.5, 1.0, 1 + 2**-40, 3.0, 1e8)


def near(found, exact):
    return found == exact or abs(found / exact - 1) < 4e-15


@pytest.mark.parametrize("gamma", ASPECTS)
def test_the_fixed_point_and_the_fit_of_one_atom(gamma):
    for lam in PENALTIES:
        values = []
        for xp in (REAL, HIGH):
            with mpmath.workdps(50), xp.context():
                here, penalty = xp.convert(gamma), xp.convert(lam)
                kappa, omega, size = fixed_point(penalty, here, xp)
                values.append((kappa, omega, *resolvent(kappa, omega, here, xp)))
                for noise in (0.0, 0.7):
                    labels = xp.convert(0.9), xp.convert(noise)
                    values[-1] += on_one_atom(kappa, size, here, *labels, xp)
        for found, exact in zip(*values, strict=True):
            assert near(found, exact), (lam, found, exact)
    kappa, omega, _ = fixed_point(0.0, gamma, REAL)
    assert (kappa, omega) == (max(gamma - 1, 0.0), max(1 - gamma, 0.0))


def test_nothing_and_infinity_on_one_atom():
    # As many rows as dimensions without penalty: infinite noise, but nothing where labels have none.
    assert on_one_atom(0.0, 0.0, 1.0, 1.0, 0.5, REAL) == (1.0, 0.0, np.inf)
    assert on_one_atom(0.0, 0.0, 1.0, 1.0, 0.0, REAL) == (1.0, 0.0, 0.0)
    for lam, added in ((0.0, 0.0), (0.1, np.inf)):  # infinite labels, of which nothing is lost
        with REAL.context():
            assert Ridge(gamma=0.5, lam=lam).fit(OneAtom(1.0, 0.0, REAL), np.inf, 0.0).added == added


def test_an_atom_without_variance_and_labels_of_infinite_energy():
    row = np.array([2.0, 0.0])
    for kappa, omega in ((0.0, 0.75), (0.5, 0.8)):
        fit = on_atoms(np.array([kappa]), np.array([omega]), np.array([0.5]), row, np.ones(2), np.ones(2) / 2,
                       np.array([1.0, np.inf]), np.array([0.1]), REAL)  # fmt: skip
        assert fit[0][1] == 0.0 and fit[1][1] == 1.0
        assert np.isfinite(fit[2]).all()  # its rows have none of it
    kappa, omega = spectral_fixed_point(np.zeros(1), np.array([0.5]), row, np.ones(2), np.ones(2) / 2, REAL)
    assert kappa[0] == 0.0 and omega[0] == 0.75


@pytest.mark.parametrize("gamma", [0.4, 1.0, 2.5])
@pytest.mark.parametrize("lam", [0.0, 1e-18, 0.3])
def test_features_at_the_edges(gamma, lam):
    s, w, energy, noise = np.array([2.0, 0.5]), np.array([0.25, 0.75]), np.array([0.3, 0.9]), np.array([0.7])
    for width, tail in ((0.7, 0.0), (2.7, 0.4), (1e9, 1e-12)):
        arguments = [np.array([value]) for value in (lam, gamma, width, tail)]
        with REAL.context():
            found = random_features(*arguments, s, w, energy, noise, REAL)
        with mpmath.workdps(50):
            numbers = [HIGH.convert(value) for value in (*arguments, s, w, energy, noise)]
            exact = random_features(*numbers, HIGH)
        for one, other in zip(found, exact, strict=True):
            for value, expected in zip(np.ravel(one), np.ravel(other), strict=False):
                assert value == expected or abs(value / expected - 1) < 1e-13


def test_infinitely_many_features_and_no_nu():
    s, w, energy = np.array([2.0, 0.5]), np.array([0.25, 0.75]), np.array([0.3, 0.9])
    for lam, gamma in ((0.3, 0.8), (0.0, 1.7), (0.0, 0.8)):
        lam, gamma, noise, none = (np.array([value]) for value in (lam, gamma, 0.7, 0.0))
        kappa, omega = spectral_fixed_point(lam, gamma, s, np.ones(2), w, REAL)
        ridge = on_atoms(kappa, omega, gamma, s, np.ones(2), w, energy, noise, REAL)
        many = mapped(kappa, np.ones(1), omega, gamma, np.array([np.inf]), none, s, w, energy, noise, REAL)
        for one, other in zip(many, (*ridge, none), strict=True):
            assert one == pytest.approx(other, rel=1e-14)
    assert factors(0.0, 0.0, 1.0, REAL) == (0.0, 0.0)


def test_a_step_on_no_labels_and_on_infinite_ones():
    for blur in (0.0, np.inf):
        step = gradient_step(1.0, 0.5, 0.2, 0.3, 0.36, 0.1, 1.0, blur, REAL)
        assert step[:2] == ((0.0, 1.0) if blur else (1.0, 0.0))
        assert np.isfinite([float(value) for value in step]).all()
    assert gradient_step(1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5, REAL)[2] == 0.0


def test_features_beside_spikes_are_the_derived_ones():
    gram, targets = np.array([[3.0, 0.4], [0.4, 0.8]]), np.array([0.6, 0.5])
    lam, gamma, width, tail, energy, noise = 0.1, 0.5, 2.0, 0.3, 0.7, 0.2
    found = beside_spikes(Layer(((1, 0), (3, 0)), gram, 1.0, tail), targets, lam, gamma, width, energy, noise)
    columns = (np.array([value]) for value in (lam, gamma, width, tail, 1.0, 1.0))
    nu = float(nested_fixed_point(*columns, REAL).nu[0])
    left = np.linalg.solve(np.eye(2) + gram / nu, targets)
    missed, strength = left @ left, left @ gram @ left
    map_, settled = random_features_map, finite_spikes.derivation().forms["test risk"]
    given = {**map_.MEANING, **map_.SHARES}
    quadratic = {
        each: missed if each.args[0] == 1 else strength for each in settled.atoms(finite_spikes.Quadratic)
    }
    held = finite_spikes.Total(map_.KEPT**2 * map_.ENERGY) + strength / nu**2
    settled, learned = settled.xreplace(quadratic), map_.learned()
    numbers = {map_.GAMMA: gamma, map_.WIDTH: width, map_.TAIL: tail, map_.NU: nu, map_.NOISE: noise,
               map_.CURVED: 0, map_.EIGENVALUE: 1, map_.WEIGHT: 1, map_.ENERGY: energy,
               map_.COVARIANCE: energy}  # fmt: skip
    for derived, value in ((learned.covariance, found.linear), (learned.nonlinear, found.nonlinear)):
        whole = sp.expand(derived).xreplace({map_.LEARNED: held, map_.VARIANCE: settled})
        for name, meaning in given.items():
            whole = whole.xreplace({name: sp.sympify(meaning)})
        whole = whole.replace(finite_spikes.Total, lambda each: each).subs(numbers)
        assert value == pytest.approx(float(whole), rel=1e-12)
    assert found.left == pytest.approx(left, rel=1e-12)
    freedom = (1 / (1 + nu) + tail / nu) / width
    assert found.held_linear[1] + found.held_nonlinear[1] == pytest.approx(2 * freedom, rel=1e-12)
