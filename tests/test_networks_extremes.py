"""Tuning, intervals and phase diagrams of networks by brute force; numbers at the edges of every domain."""

import itertools
import math
import random
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

import w2s_asymptotics as w2s

WORLD = w2s.MultiIndex([1, 0.3], [0, 1], 0.5)
TEACHER = w2s.TwoLayer(0.5, 0.6, 2.0, 0.02, degree=2)
HEADS: list[dict[str, Any]] = [
    {},
    {"head": "retained", "quality": 0.05, "hard_degree": 2},
    {"head": "probe", "gamma_probe": 3.0, "hard_degree": 2},
]
penalties = np.geomspace(1e-7, 1e5, 1201)


def student(lam: Any, **more: Any) -> w2s.TwoLayer:
    return w2s.TwoLayer(0.8, 0.9, 1.5, lam, degree=2, **more)


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("before", [(), (TEACHER,), (TEACHER, student(0.3))])
def test_the_tuned_penalty_is_the_best_of_a_fine_grid(head: Any, before: Any) -> None:
    found = w2s.tune(WORLD, *before, student(7.0, **head))
    risks = w2s.risk(WORLD, *before, student(penalties, **head))
    assert found.risk == w2s.risk(WORLD, *before, found.learner)
    assert found.risk <= risks.min() * (1 + 1e-12) and found.risk == pytest.approx(risks.min(), rel=1e-4)
    assert abs(math.log(found.lam / penalties[risks.argmin()])) < 0.03
    beside = w2s.risk(WORLD, *before, student(found.lam * np.array([0.999, 1.001]), **head))
    assert (beside > found.risk).all()


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_the_interval_is_where_the_gain_is_positive(head: Any, noise: float) -> None:
    world = w2s.MultiIndex([1, 0.3], [0, 1], noise)
    found = w2s.winning_interval(world, TEACHER, student(7.0, **head))
    gains = w2s.compare(world, TEACHER, student(penalties, **head)).gain
    if found is None:
        assert (gains <= 0).all()
        return
    low, high = found
    assert ((gains > 0) == ((low < penalties) & (high > penalties))).all()
    for end in (low, high):
        if 0 < end < math.inf:
            assert w2s.compare(world, TEACHER, student(end, **head)).gain == pytest.approx(0, abs=1e-12)


def test_an_infinite_teacher_loses_to_every_student_that_shrinks_enough() -> None:
    singular = w2s.TwoLayer(0.5, 0.5, 2.0, 0.0)
    student = w2s.TwoLayer(0.5, 0.5, 2.0, 0.1)
    low, high = w2s.winning_interval(WORLD, singular, student) or (math.inf, 0.0)
    gains = w2s.compare(WORLD, singular, w2s.TwoLayer(0.5, 0.5, 2.0, penalties)).gain
    assert set(gains.tolist()) <= {-math.inf, math.inf}
    assert ((gains > 0) == ((low < penalties) & (high > penalties))).all()
    assert w2s.tune(WORLD, singular, student).risk == math.inf


def test_a_phase_diagram_is_the_sign_of_the_gain() -> None:
    head = {"head": "retained", "quality": 0.05, "hard_degree": 2}
    qualities, steps = np.linspace(0, 1, 9), np.linspace(0.0, 40.0, 7)
    diagram = w2s.phase_diagram(
        WORLD,
        TEACHER,
        student(1e-3, **head),
        x=("student.quality", qualities),
        y=("student.gamma_step", steps),
    )
    for (j, step), (i, quality) in itertools.product(enumerate(steps), enumerate(qualities)):
        one = w2s.TwoLayer(step, 0.9, 1.5, 1e-3, degree=2, **(head | {"quality": quality}))
        difference = w2s.risk(WORLD, TEACHER) - w2s.risk(WORLD, TEACHER, one)
        assert diagram.gain[j, i] == pytest.approx(difference, rel=1e-11, abs=1e-13)
    (curve,) = diagram.boundary
    assert 0 < (diagram.gain > 0).sum() < diagram.gain.size
    for quality, step in curve:
        one = w2s.TwoLayer(step, 0.9, 1.5, 1e-3, degree=2, **(head | {"quality": quality}))
        verdict = w2s.compare(WORLD, TEACHER, one)
        assert min(verdict.winning_quality, 1.0) == pytest.approx(quality, abs=1e-7)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("student.quality", 'quality belongs to head="retained"'),
        ("student.truth", "TwoLayer has no parameter"),
        ("signal", "unknown parameter 'signal'"),
        ("student.penalty.0", "has no parameter 'penalty'"),
    ],
)
def test_parameters_that_networks_do_not_have(name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        w2s.phase_diagram(WORLD, TEACHER, student(0.1), x=(name, [0.1, 0.2]), y=("student.lam", [0.1, 0.2]))


def test_what_only_takes_numbers_says_so() -> None:
    c = sp.Symbol("c", positive=True)
    symbolic = w2s.MultiIndex([c], [0, 1])
    for question in (w2s.tune, w2s.winning_interval, w2s.compare):
        with pytest.raises(ValueError, match="takes numbers"):
            question(symbolic, TEACHER, student(0.1))
    exact = w2s.MultiIndex([mp.mpf(1)], [0, 1])
    for question in (w2s.tune, w2s.winning_interval):
        with pytest.raises(ValueError, match="searches with floats"):
            question(exact, TEACHER, student(0.1))
    with pytest.raises(ValueError, match="single numbers"):
        w2s.winning_interval(WORLD, w2s.TwoLayer([0.1, 0.2], 0.6, 2.0, 0.02), student(0.1))


WORLDS = [
    w2s.MultiIndex(easy, hard, noise)
    for easy in ([1], [1, 0.3], [1e-8, 1], [-1e6, 0, 1e-3], "tanh")
    for hard in ([0], [0, 1], [0, 1e-9, 1e4], "he2")
    for noise in (0.0, 0.1, 1e6)
]


def anything(draw: random.Random) -> w2s.TwoLayer:
    """A network at the edges of its domain, often at its interpolation threshold."""
    head = draw.choice(["labels", "retained", "probe"])
    own = {
        "retained": {"quality": draw.choice([0, 0.5, 1])},
        "probe": {"gamma_probe": draw.choice([1e-6, 0.5, 1e6])},
    }
    gamma = draw.choice([1e-8, 0.5, 1, 2, 1e8])
    return w2s.TwoLayer(
        draw.choice([0, 1e-300, 1e-12, 0.3, 1e12, 1e300, math.inf]),
        gamma,
        draw.choice([1e-6, 0.5, 1 / gamma, 1 / gamma, 2.0, 1e8, math.inf]),
        draw.choice([0, 0, 1e-300, 1e-12, 0.1, 1e12, 1e300]),
        activation=draw.choice(["relu", "tanh", "linear", "sign"]),
        degree=draw.choice([0, 1, 2, 4]),
        hard_degree=draw.choice([0, 2, 3]),
        head=head,
        **own.get(head, {}),
    )


@pytest.mark.parametrize("seed", range(5))
def test_no_answer_is_not_a_number(seed: int) -> None:
    draw = random.Random(seed)
    for length in (1, 2, 2, 3, 4) * 8:
        world, chain = draw.choice(WORLDS), [anything(draw) for _ in range(length)]
        learned = w2s.learned(world, *chain)
        figures = [*w2s.risks(world, *chain), learned.easy, learned.hard, learned.direction, learned.norm]
        assert abs(learned.direction) <= 1 + 1e-12
        if length == 2:
            verdict = w2s.compare(world, *chain)
            figures += [v for v in verdict.as_dict().values() if isinstance(v, float)]
            assert (verdict.gain > 0) == verdict.student_wins
        assert not any(math.isnan(figure) for figure in figures), (world, chain)
        assert min(figures[:length]) >= 0


def test_labels_that_underflow_point_nowhere_in_particular() -> None:
    nothing = w2s.TwoLayer(0.0, 0.5, 2.0, 1e300, degree=0)
    found = w2s.learned(WORLD, nothing, w2s.TwoLayer(0.0, 0.5, 2.0, 0.1, head="probe", gamma_probe=0.5))
    assert found.direction == 0
    control = w2s.TwoLayer(math.inf, 0.5, 2.0, 0.1, head="probe", gamma_probe=0.5)
    assert found.risk == w2s.risk(WORLD, TEACHER, control)
