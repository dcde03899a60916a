"""Cosines multiply where all directions are alike; what tells directions apart lowers a student's error."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sympy as sp

import w2s_asymptotics as w2s
from w2s_asymptotics.theorems import from_

SIGNS, TEACHER = w2s.Population.isotropic(labels="sign", noise=0.3), w2s.Ridge(gamma=0.5, lam=0.02)
STUDENTS: dict[str, Any] = {
    "ridge": w2s.Ridge(gamma=0.4, lam=0.1),
    "ridge, signs": w2s.Ridge(gamma=0.4, lam=0.1, labels="hard"),
    "ridge, label noise": w2s.Ridge(gamma=0.4, lam=0.1, noise=0.2),
    "gradient flow": w2s.GradientFlow(gamma=0.4, time=3.0),
    "repeated fits": w2s.SelfDistilled(gamma=0.4, lams=(0.1, 0.1)),
    "random features": w2s.RandomFeatures(gamma=0.4, width=2.0, lam=0.1),
    "logistic": w2s.Convex(gamma=0.4, lam=0.03),
    "logistic, signs": w2s.Convex(gamma=0.4, lam=0.03, labels="hard"),
    "hinge, signs": w2s.Convex(gamma=0.4, lam=0.03, loss="hinge", labels="hard"),
}


@pytest.mark.parametrize("kind", STUDENTS)
def test_no_student_has_a_lower_error_than_its_teacher(kind: str) -> None:
    teacher = w2s.error(SIGNS, TEACHER)
    assert w2s.error(SIGNS, TEACHER, STUDENTS[kind]) > teacher + 1e-4


def test_tuned_or_not() -> None:
    lams = np.geomspace(1e-6, 1e3, 40)
    for labels in ("soft", "hard"):
        errors = w2s.error(SIGNS, TEACHER, w2s.Ridge(gamma=0.4, lam=lams, labels=labels))
        assert (errors >= w2s.error(SIGNS, TEACHER) * (1 - 1e-12)).all()
    copy = w2s.Ridge(gamma=0.4, lam=0.0)
    assert w2s.error(SIGNS, TEACHER, copy) == pytest.approx(w2s.error(SIGNS, TEACHER), rel=1e-12)


@pytest.mark.parametrize("loss", ["squared", "logistic"])
def test_cosines_multiply_at_every_dimension(loss: str) -> None:
    """At d = 6, with few rows: the mean of the student's cosine with the target, the teacher given."""
    rng, dim, count, draws = np.random.default_rng(2), 6, 9, 4000
    teacher, target = np.eye(dim)[0], np.zeros(dim)
    target[:2] = 0.6, 0.8
    rows = rng.standard_normal((draws, count, dim))
    labels = np.sign(rows @ teacher + 0.5 * rng.standard_normal((draws, count)))
    student = np.zeros((draws, dim))
    for _ in range(12 if loss == "logistic" else 1):  # Newton's method
        outputs = np.einsum("rnd,rd->rn", rows, student)
        pull = labels - outputs if loss == "squared" else labels / (1 + np.exp(labels * outputs))
        bend = np.ones_like(outputs) if loss == "squared" else 0.25 / np.cosh(outputs / 2) ** 2
        slope = np.einsum("rn,rnd->rd", pull, rows) - 0.5 * student
        curve = np.einsum("rn,rnd,rne->rde", bend, rows, rows) + 0.5 * np.eye(dim)
        student += np.linalg.solve(curve, slope[..., None])[..., 0]
    student /= np.linalg.norm(student, axis=1, keepdims=True)
    gap = student @ target - 0.6 * student[:, 0]
    assert abs(gap.mean()) < 4 * gap.std() / draws**0.5
    across = (1 - student[:, 0] ** 2) * 0.64 / (dim - 1)  # the derived spread
    assert gap.var() == pytest.approx(across.mean(), rel=0.1)


def test_the_derived_error_is_the_library_s() -> None:
    learned = [
        w2s.error(SIGNS, TEACHER, student) for student in (STUDENTS["ridge"], STUDENTS["ridge, signs"])
    ]
    form = from_("no_better_angle", "error of the student")
    c_s, c_t = sp.symbols("c_s c_t", real=True)
    k = (0.4 + 0.1 - 1 + ((1 - 0.5) ** 2 + 0.4) ** 0.5) / 2
    kept, delta = 1 / (1 + k), 1 - 0.4 / (1 + k) ** 2
    for found, noise in zip(learned, (0.0, np.pi / 2 - 1), strict=True):
        norm = kept**2 + 0.4 * kept**2 * ((1 - kept) ** 2 + noise) / delta  # of a teacher of norm 1
        own = {c_s: kept / norm**0.5, c_t: np.cos(np.pi * w2s.error(SIGNS, TEACHER))}
        assert float(form.subs(own)) == pytest.approx(found, rel=1e-12)


WORLD = w2s.Population([1.0, 1.0], [1.0, 0.0], weights=[0.2, 0.8], noise=0.5)
UNEVEN = w2s.Population([1.0, 0.1], [1.0, 0.0], weights=[0.2, 0.8], noise=0.5)
PLAIN = w2s.Ridge(gamma=0.4, lam=0.3)
BREAKERS: dict[str, tuple[Any, Any, Any, float]] = {
    "nothing": (WORLD, TEACHER, PLAIN, -0.0096),
    "a spectrum": (UNEVEN, TEACHER, PLAIN, 0.0457),
    "an aligned penalty": (WORLD, TEACHER, replace(PLAIN, penalty=[1.0, 10.0]), 0.0690),
    "other features": (WORLD, TEACHER, replace(PLAIN, features=[True, False]), 0.0806),
    "true labels in the mix": (WORLD, TEACHER, replace(PLAIN, truth=0.3), 0.0312),
}


@pytest.mark.parametrize("kind", BREAKERS)
def test_what_breaks_it(kind: str) -> None:
    """Each assumption is needed: what a student's zero-one error is below its teacher's."""
    world, teacher, student, expected = BREAKERS[kind]
    gained = w2s.error(world, teacher) - w2s.error(world, teacher, student)
    assert gained == pytest.approx(expected, abs=5e-5)
    assert (gained > 0) == (kind != "nothing")
