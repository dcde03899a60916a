"""Inputs on which numbers once were wrong, nan, or without end: against 60 digits or a second route."""

from time import perf_counter
from typing import Any

import mpmath
import numpy as np
import pytest

from w2s_asymptotics import (
    GradientFlow,
    Population,
    PrincipalComponents,
    RandomFeatures,
    Ridge,
    SelfDistilled,
    risk,
)


@pytest.mark.parametrize(
    ("s", "gamma", "time"),
    [
        (0.023114381587888515, 0.9441008471578182, 5.887118398197899),
        (0.1, 2.0297687705044636, 39810.71705534986),
        (0.032421143510384706, 0.9999464572535425, 2.8632735277179457),
        (0.0003269915686853545, 1.0000002177942238, 145.523953241152),
        (0.00024732469894654115, 0.9999998591791026, 185400177.31601983),
    ],
)
def test_gradient_flow_on_an_atom_is_that_of_the_isotropic_world(s: float, gamma: float, time: float) -> None:
    found = risk(Population([s], [1.0], noise=0.5), GradientFlow(gamma=gamma, time=time))
    expected = risk(Population.isotropic(signal=s, noise=0.5), GradientFlow(gamma=gamma, time=time * s))
    assert found == pytest.approx(expected, rel=2e-12)


def test_a_spectrum_in_too_many_pieces_is_refused_before_anything_is_allocated() -> None:
    world = Population(np.linspace(1.0, 5.0, 50_000), np.ones(50_000))
    with pytest.raises(ValueError, match="fewer distinct eigenvalues"):
        risk(world, GradientFlow(gamma=1e-5, time=0.2))


def _high(values: list[float]) -> Any:
    return np.array([mpmath.mpf(float(value)) for value in values], dtype=object)


SPIKED = [
    ([1.0, 2.8e-9], [2**-21, 1 - 2**-21], 1e6, 0.00196),
    ([1.0, 1e-12], [2**-10, 1 - 2**-10], 1023.9999999, 1e-12),
    ([1.0, 0.0], [1 - 2**-20, 2**-20], 1 + 1.25 * 2**-20, 0.0),
    ([1.0, 0.0], [1 - 2**-30, 2**-30], 1 + 2**-30, 1e-9),
    ([2.3e-13], [1.0], 0.5, 1e300),
]


@pytest.mark.parametrize(("eigenvalues", "weights", "gamma", "lam"), SPIKED)
def test_ridge_on_spiked_spectra(
    eigenvalues: list[float], weights: list[float], gamma: float, lam: float
) -> None:
    signal = [1.0] * len(eigenvalues)
    found = risk(Population(eigenvalues, signal, weights=weights, noise=0.5), Ridge(gamma=gamma, lam=lam))
    with mpmath.workdps(60):
        world = Population(_high(eigenvalues), _high(signal), weights=_high(weights), noise=mpmath.mpf(0.5))
        true = risk(world, Ridge(gamma=mpmath.mpf(gamma), lam=mpmath.mpf(lam)))
        assert abs(found / true - 1) < 1e-14


def test_a_table_of_penalties_keeps_the_digits_that_single_ones_do() -> None:
    eigenvalues, share = np.append(1.0, 1e-12 * np.linspace(1, 2, 32)), 2.0**-10
    world = Population(eigenvalues, np.ones(33), weights=np.append(share, np.full(32, (1 - share) / 32)))
    lams = np.logspace(-13, -10, 400)
    found = risk(world, Ridge(gamma=1023.9999999, lam=lams))
    alone = [risk(world, Ridge(gamma=1023.9999999, lam=float(lam))) for lam in lams[::40]]
    np.testing.assert_allclose(found[::40], alone, rtol=2e-14)


@pytest.mark.parametrize("lams", [(1e300, 1e300), (1e300, 1e299), (1e300, 1e300, 1e300, 1e300)])
def test_huge_penalties_of_repeated_fits_predict_zero(lams: tuple[float, ...]) -> None:
    assert risk(Population([2.3e-13], [1.0], noise=0.5), SelfDistilled(gamma=0.5, lams=lams)) == 2.3e-13
    assert risk(Population.isotropic(noise=0.5), SelfDistilled(gamma=0.5, lams=lams)) == 1.0


def test_the_smallest_tail_is_like_a_small_one() -> None:
    found, expected = (
        risk(Population.isotropic(noise=0.5), RandomFeatures(gamma=0.3, width=2.0, lam=0.0, tail=tail))
        for tail in (5e-324, 1e-290)
    )
    assert found == expected


def test_a_rank_just_below_the_rows_is_finite() -> None:
    world = Population([1.0, 0.0], [1.0, 0.0], weights=[1 - 2.0**-40, 2.0**-40], noise=0.5)
    assert risk(world, Ridge(gamma=1 + 2.0**-40, lam=0.0)) == pytest.approx(0.5 * 2.0**80, rel=1e-11)


@pytest.mark.parametrize("learner", [{"components": 0.0}, {"time": 0.0}])
def test_nothing_kept_needs_no_integral(learner: dict[str, float]) -> None:
    kind = PrincipalComponents if "components" in learner else GradientFlow
    for world in (Population.isotropic(noise=0.5), Population([3.0, 1.0, 0.2], [0.2, 0.5, 0.3], noise=0.5)):
        start = perf_counter()
        found = risk(world, kind(gamma=0.5, **learner))
        assert found == pytest.approx(risk(world, Ridge(gamma=0.5, lam=1e300)), rel=1e-12)
        assert perf_counter() - start < 3.0
