"""Learners in the units of a user: n, d and scikit-learn's alpha; what a question chooses is left out."""

from __future__ import annotations

import inspect
import warnings
from typing import Any

import numpy as np
import pytest
import sympy

from w2s_asymptotics import (
    GradientFlow,
    MultiIndex,
    Population,
    PrincipalComponents,
    RandomFeatures,
    Ridge,
    SelfDistilled,
    TwoLayer,
    compare,
    derive,
    from_json,
    phase_diagram,
    risk,
    simulate,
    tune,
    tune_all,
    winning_interval,
)
from w2s_asymptotics.learners import rows_of
from w2s_asymptotics.simulation import penalty_path

WORLD = Population.isotropic(noise=0.5)
TEACHER = Ridge(gamma=0.5, lam=0.01)


def test_ridge_from_scikit_learns_arguments() -> None:
    learner = Ridge.from_sklearn(alpha=5.0, n=2000, d=500, noise=0.1)
    assert (learner.gamma, learner.lam, learner.noise, rows_of(learner)) == (0.25, 0.0025, 0.1, 2000.0)
    assert learner == Ridge(alpha=5.0, samples=2000, dim=500, noise=0.1)
    assert risk(WORLD, learner) == risk(WORLD, Ridge(gamma=0.25, lam=0.0025, noise=0.1))
    assert from_json(learner.to_json()) == learner
    n, d, alpha = sympy.symbols("n d alpha", positive=True)
    assert Ridge.from_sklearn(alpha=alpha, n=n, d=d).lam == alpha / n


def test_its_alpha_is_that_of_scikit_learn() -> None:
    from sklearn.linear_model import Ridge as SklearnRidge

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 5)), rng.normal(size=60)
    lam = Ridge.from_sklearn(alpha=7.0, n=60, d=5).lam
    ours = np.linalg.solve(x.T @ x / 60 + lam * np.eye(5), x.T @ y / 60)
    assert SklearnRidge(alpha=7.0, fit_intercept=False).fit(x, y).coef_ == pytest.approx(ours, rel=1e-12)


def test_rows_in_worlds_that_have_a_dimension() -> None:
    world = Population.power_law(50, 1.5, 1.0, 0.1)
    by_alpha = Ridge(alpha=4.0, samples=25)
    assert risk(world, by_alpha) == pytest.approx(risk(world, Ridge(gamma=2.0, lam=0.16)), rel=1e-14)
    assert risk(world, Ridge(alpha=4.0, samples=25, dim=50)) == pytest.approx(
        risk(world, by_alpha), rel=1e-14
    )
    with pytest.raises(ValueError, match="dim must be that of the world, 50"):
        risk(world, Ridge(gamma=2.0, lam=0.1, dim=40))


@pytest.mark.parametrize(
    "learner",
    [
        RandomFeatures(samples=100, dim=50, alpha=10.0, width=2.0),
        SelfDistilled(samples=100, dim=50, lams=(0.1, 0.1)),
        GradientFlow(samples=100, dim=50, time=2.0),
        PrincipalComponents(samples=100, dim=50, components=0.4),
    ],
    ids=lambda learner: type(learner).__name__,
)
def test_every_learner_counts_rows(learner: Any) -> None:
    assert learner.gamma == 0.5 and rows_of(learner) == 100
    assert getattr(learner, "lam", 0.1) == 0.1
    assert risk(WORLD, learner) > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"alpha": -5, "samples": 20, "dim": 5}, r"alpha must be >= 0, got -5 \(Ridge.alpha"),
        ({"alpha": "5", "samples": 20, "dim": 5}, "alpha must be >= 0, got '5'"),
        ({"alpha": 5, "samples": "x", "dim": 5}, "samples must be > 0"),
        ({"alpha": 5, "samples": 20, "dim": [5, 6]}, "dim must be one number"),
        ({"alpha": 5, "samples": 20, "dim": 0}, "dim must be >= 1"),
        ({"alpha": 5, "gamma": 0.5}, "alpha = n lam needs n"),
        ({"alpha": 5, "gamma": 0.5, "lam": 1, "dim": 5}, "not both"),
    ],
)
def test_units_that_make_no_sense(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Ridge(**arguments)


def test_what_is_tuned_may_be_left_out() -> None:
    student = Ridge(gamma=0.8)
    assert tune(WORLD, Ridge(gamma=0.5)).lam == 0.25
    assert tune(WORLD, TEACHER, student) == tune(WORLD, TEACHER, Ridge(gamma=0.8, lam=3.0))
    assert tune(WORLD, GradientFlow(gamma=0.5)).value == pytest.approx(2.237156, rel=1e-5)
    assert winning_interval(WORLD, TEACHER, student) == winning_interval(
        WORLD, TEACHER, Ridge(gamma=0.8, lam=0.3)
    )
    assert tune_all(WORLD, Ridge(gamma=0.5), student).risk < 0.35
    networks = MultiIndex(easy=[1.0], hard="he2", noise=0.5)
    assert tune(networks, TwoLayer(gamma_step=0.1, gamma=0.5, width=2.0)).lam > 0
    path = penalty_path(WORLD, TEACHER, student, lams=[0.1, 0.2], dim=20, repetitions=2, seed=0)
    assert path.theory.shape == (2, 2)


def test_what_is_varied_may_be_left_out() -> None:
    values = [0.1, 0.3]
    axes: dict[str, Any] = {"x": ("student.lam", values), "y": ("teacher.lam", values)}
    diagram = phase_diagram(WORLD, Ridge(gamma=0.5), Ridge(gamma=0.8), **axes)
    assert diagram.gain[0, 1] == pytest.approx(
        compare(WORLD, Ridge(gamma=0.5, lam=0.1), Ridge(gamma=0.8, lam=0.3)).gain, rel=1e-12
    )
    with pytest.raises(ValueError, match="lam is missing"):
        phase_diagram(WORLD, Ridge(gamma=0.5), Ridge(gamma=0.8), x=axes["x"], y=("noise", values))


@pytest.mark.parametrize("ask", [risk, compare, derive, lambda *chain: simulate(*chain, dim=20, seed=0)])
def test_every_other_question_asks_for_it(ask: Any) -> None:
    with pytest.raises(ValueError, match="lam is missing"):
        ask(WORLD, TEACHER, Ridge(gamma=0.5))


def test_arguments_by_position_are_told_how_they_were_read() -> None:
    with pytest.warns(FutureWarning, match=r"read as Ridge\(gamma=0.01, lam=0.5\); give each by its name"):
        Ridge(0.01, 0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Ridge(gamma=0.01, lam=0.5)
    assert list(inspect.signature(Ridge).parameters)[:2] == ["gamma", "lam"]
