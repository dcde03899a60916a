"""The kernel of random features is the derived map on any spectrum; at infinite width it is the ridge map."""

import mpmath
import numpy as np
import pytest
import sympy as sp

from w2s_asymptotics.arithmetic import HIGH
from w2s_asymptotics.learners.random_features import random_features
from w2s_asymptotics.learners.ridge import on_atoms
from w2s_asymptotics.spectrum.fixed_point import spectral_fixed_point
from w2s_asymptotics.spectrum.nested import nested_fixed_point
from w2s_asymptotics.theorems import random_features_map as derived
from w2s_asymptotics.words import spectrum

EIGENVALUES, WEIGHTS, ENERGY = ["3", "1", "0.25"], ["0.2", "0.3", "0.5"], ["0.3", "0.7", "0.1"]


def row(values):
    return np.array([mpmath.mpf(value) for value in values], dtype=object)


@pytest.mark.parametrize(
    ("gamma", "width", "lam", "tail"),
    [("0.5", "2", "0.1", "0.3"), ("1.7", "0.6", "0.02", "0"), ("0.6", "1.3", "1e-6", "0.1")],
)
def test_the_kernel_is_the_derived_map(gamma, width, lam, tail):
    with mpmath.workdps(40):
        s, w, energy = row(EIGENVALUES), row(WEIGHTS), row(ENERGY)
        numbers = [row([value]) for value in (lam, gamma, width, tail)]
        noise = row(["0.4"])  # of the labels, and of what in them is not linear: 0.25 and 0.15
        kept, lost, added, curved = random_features(*numbers, s, w, energy, noise, HIGH)
        nu = nested_fixed_point(*numbers, s, w, HIGH).nu[0]

        learned = derived.learned()
        point = {derived.NU: nu, derived.GAMMA: gamma, derived.WIDTH: width, derived.TAIL: tail}
        point |= {derived.NOISE: "0.25", derived.CURVED: "0.15", spectrum.COVARIANCE: 0}
        point = {name: sp.Float(mpmath.nstr(mpmath.mpf(value), 45), 45) for name, value in point.items()}
        rows = {
            name: [sp.Rational(value) for value in values]
            for name, values in (
                (spectrum.EIGENVALUE, EIGENVALUES),
                (spectrum.WEIGHT, WEIGHTS),
                (spectrum.ENERGY, ENERGY),
            )
        }

        def values(expression):
            for name, meaning in {**derived.MEANING, **derived.SHARES}.items():
                expression = expression.subs(name, meaning)
            return [mpmath.mpf(each) for each in spectrum.on_atoms(expression.subs(point), rows)]

        for found, expression in (
            (kept, learned.multiplier / spectrum.MULTIPLIER),
            (lost, derived.LOST),
            (added, learned.covariance),
            ([*curved] * 3, learned.nonlinear),
        ):
            for one, other in zip(found, values(expression), strict=True):
                assert abs(one - other) <= mpmath.mpf(10) ** -33 * abs(other)


@pytest.mark.parametrize(("gamma", "lam"), [("0.5", "0.1"), ("1.7", "0.02")])
def test_infinitely_many_linear_features_are_the_ridge_kernel(gamma, lam):
    with mpmath.workdps(40):
        s, w, energy, noise = row(EIGENVALUES), row(WEIGHTS), row(ENERGY), row(["0.4"])
        penalty, aspect, none = row([lam]), row([gamma]), row(["0"] * 3)
        wide = random_features(penalty, aspect, row(["inf"]), row(["0"]), s, w, energy, noise, HIGH)
        kappa, omega = spectral_fixed_point(penalty, aspect, s, 1 + none, w, HIGH)
        ridge = on_atoms(kappa, omega, aspect, s, 1 + none, w, energy, noise, HIGH)
        for one, other in zip(wide[:3], ridge, strict=True):
            assert max(abs(one / other - 1)) < mpmath.mpf(10) ** -36
        assert wide[3][0] == 0
