"""Inputs on which numbers once were wrong, not a number, or without end: against 60 digits or a second route."""

import math

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


