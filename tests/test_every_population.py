"""`tune` and `winning_interval` in every kind of population, against brute force over the penalty."""

from functools import cache
from typing import Any

import numpy as np
import pytest

from w2s_asymptotics import Population, Ridge, risk, tune, winning_interval
from w2s_asymptotics.questions.gain import gain


def rotated(seed: int, dim: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    basis = np.linalg.qr(rng.standard_normal((dim, dim)))[0]
    return (basis * np.linspace(0.3, 2.0, dim)) @ basis.T


@cache
def settings() -> dict[str, tuple[Any, Ridge, Ridge]]:
    rng = np.random.default_rng(2)
    rows = rng.standard_normal((80, 6)) @ rotated(4, 6)
    labels = rows @ rng.standard_normal(6) + rng.standard_normal(80)
    return {
        "atoms": (
            Population([3, 1, 0.25], [0.2, 0.5, 0.3], [0.2, 0.3, 0.5], noise=0.4),
            Ridge(0.7, 0.005),
            Ridge(0.9, 1.0, penalty=[0.5, 1, 2]),
        ),
        "covariate shift": (
            Population([3, 1], [0.4, 0.6], noise=0.4),
            Ridge(0.6, 0.01),
            Ridge(0.6, 1.0, covariance=[1.0, 2.0]),
        ),
        "power law": (
            Population.power_law(60, 1.2, 1.0, noise=0.3),
            Ridge(samples=80, lam=1e-4),
            Ridge(samples=70, lam=1.0),
        ),
        "density": (
            Population.density(lambda s: 0.5, (1.0, 3.0), noise=0.4, nodes=16),
            Ridge(0.7, 0.005),
            Ridge(0.9, 1.0),
        ),
        "matrices": (
            Population.from_matrices(rotated(0, 8), np.full(8, 0.4), noise=0.4),
            Ridge(0.7, 0.005, penalty=rotated(1, 8)),
            Ridge(0.8, 1.0, penalty=rotated(2, 8), covariance=rotated(3, 8)),
        ),
        "data": (
            Population.from_data(rows, labels),
            Ridge(samples=12, lam=0.001),
            Ridge(samples=10, lam=1.0),
        ),
    }


def at(student: Ridge, lam: float) -> Ridge:
    own = {"gamma": student.gamma} if student.samples is None else {"samples": student.samples}
    return Ridge(**own, lam=lam, penalty=student.penalty, covariance=student.covariance)


@pytest.mark.parametrize("name", list(settings()))
def test_tune_beats_every_penalty_of_a_grid(name: str) -> None:
    world, teacher, student = settings()[name]
    lams = np.r_[0.0, np.geomspace(1e-5, 1e3, 121)]
    for chain in ((), (teacher,)):
        best = tune(world, *chain, student)
        assert best.risk == pytest.approx(risk(world, *chain, at(student, best.lam)), rel=1e-12)
        others = [risk(world, *chain, at(student, float(lam))) for lam in lams]
        assert best.risk <= min(others) * (1 + 1e-12) and best.risk == pytest.approx(min(others), rel=2e-2)


@pytest.mark.parametrize("name", list(settings()))
def test_the_interval_is_where_brute_force_finds_a_gain(name: str) -> None:
    world, teacher, student = settings()[name]
    interval = winning_interval(world, teacher, student)
    lams = np.geomspace(1e-6, 1e4, 101)
    gains = np.array([gain(world, teacher, at(student, float(lam))) for lam in lams])
    assert interval is not None, gains.max()
    lo, hi = interval
    inside = (lams > lo * 1.001) & (lams < hi * 0.999)
    outside = (lams < lo * 0.999) | (lams > hi * 1.001)
    assert (gains[inside] > 0).all() and (gains[outside] <= 0).all() and inside.any()
    for end in (lo, hi):
        if 0 < end < np.inf:
            assert abs(gain(world, teacher, at(student, end))) < 1e-9 * risk(world, teacher)
