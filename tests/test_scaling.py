"""Exponents of risks over sizes, against the source and capacity law of ridge."""

import numpy as np
import pytest

from w2s_asymptotics import Population, RandomFeatures, Ridge, scaling

SIZES = [40, 80, 160, 320]


@pytest.mark.parametrize(("alpha", "source"), [(1.5, 1.2), (2.0, 1.5), (1.5, 5.0)])
def test_noiseless_ridge_follows_the_source_and_capacity_law(alpha: float, source: float) -> None:
    """Without noise kappa ~ n^-alpha, and the bias falls with exponent min(alpha + source - 1, 2 alpha)."""
    world = Population.power_law(20_000, alpha=alpha, source=source)
    law = scaling(world, lambda n: Ridge(samples=n, lam=0.0), lambda n: Ridge(samples=n, lam=0.0), SIZES)
    expected = min(alpha + source - 1, 2 * alpha)
    assert law.teacher_exponent.value == pytest.approx(expected, rel=0.06)
    assert law.teacher_exponent.error < 0.04


def test_a_regularised_student_falls_faster_than_an_interpolating_teacher() -> None:
    world = Population.power_law(4000, alpha=1.5, source=1.2, noise=0.1)
    law = scaling(
        world, lambda n: Ridge(samples=n, lam=0.0), lambda n: Ridge(samples=n, lam=0.3 * n**-0.55), SIZES
    )
    assert law.faster
    assert law.better.size == len(SIZES)
    assert "exponent" in str(law)


def test_random_features_scale_with_their_width() -> None:
    """What p features cannot express falls like p^-min(alpha + source - 1, alpha): they project but once."""
    world = Population.power_law(2000, alpha=2.0, source=1.5)
    law = scaling(
        world,
        lambda n: RandomFeatures(gamma=2000 / (4 * n), width=n / 2000, lam=0.0),
        lambda n: RandomFeatures(gamma=2000 / (4 * n), width=4 * n / 2000, lam=1e-6),
        SIZES,
    )
    assert law.teacher_exponent.value == pytest.approx(2.0, rel=0.03)


@pytest.mark.parametrize("sizes", [[1, 2], [0, 1, 2], [[1, 2, 3]]])
def test_bad_sizes(sizes: object) -> None:
    with pytest.raises(ValueError, match="sizes must be at least three"):
        scaling(Population.isotropic(), lambda n: Ridge(1.0, 0.1), lambda n: Ridge(1.0, 0.1), sizes)


def test_an_infinite_risk_has_no_exponent() -> None:
    with pytest.raises(ValueError, match="positive and finite"):
        scaling(
            Population.isotropic(noise=1),
            lambda n: Ridge(1.0, 0.0),
            lambda n: Ridge(1.0, 0.1),
            np.arange(1, 5),
        )
