"""Two sets of features in an isotropic world: the derived closed forms, the library and drawn data agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

import w2s_asymptotics as w2s
from w2s_asymptotics.theorems import from_
from w2s_asymptotics.theorems import overlapping_features as theorem
from w2s_asymptotics.theorems._two_sets import STUDENT, TEACHER, c, e, h, q, rho, t, theta, u, v, w_s

SIGNAL, NOISE, GAMMA_T, GAMMA_S = 1.3, 0.4, 1.6, 0.7
SEEN_T, SEEN_S = [True, True, False, False], [True, False, True, False]


def world_of(overlap: float, first: float, second: float, noise: float = NOISE, tilt: Any = 1.0) -> Any:
    """Signal spread (evenly, but for ``tilt``) over coordinates that both see, one sees, or neither."""
    weights = np.array([overlap, first - overlap, second - overlap, 1 - first - second + overlap])
    return w2s.Population(np.ones(4), SIGNAL * weights * tilt, weights=weights, noise=noise)


def pair(first: float, second: float, keeps: tuple[float, float]) -> tuple[w2s.Ridge, w2s.Ridge]:
    """Teacher and student that keep these shares of a coordinate that they see."""
    return tuple(  # type: ignore[return-value]
        w2s.Ridge(gamma=gamma, lam=(1 / kept - 1) * (1 - gamma * share * kept), features=seen)
        for gamma, share, kept, seen in zip(
            (GAMMA_T, GAMMA_S), (first, second), keeps, (SEEN_T, SEEN_S), strict=True
        )
    )


def numbers(
    world: Any, shares: tuple[float, ...], keeps: tuple[float, float], gamma_s: float = GAMMA_S
) -> dict[Any, float]:
    """The letters of the theorem, the teacher's variance by its own formula."""
    overlap, first, second = shares
    values = {
        c: overlap, u: first - overlap, w_s: second - overlap, t: keeps[0], theta: keeps[1],
        h: second * gamma_s * keeps[1] ** 2, theorem.signal: SIGNAL, TEACHER.gamma: GAMMA_T,
        TEACHER.noise: world.noise, **dict(zip(e, world.signal, strict=True)),
    }  # fmt: skip
    values[v] = float(from_("overlapping_features", "variance of the teacher").subs(values))
    values[theorem.surplus] = values[v] - keeps[0] * (1 - keeps[0]) * SIGNAL
    values[theorem.surplus_c] = overlap * values[v] - keeps[0] * (1 - keeps[0]) * float(world.signal[0])
    return values


KEEPS = [(1.0, 1.0), (1.0, 0.8), (0.7, 0.6), (0.9, 0.95)]


@pytest.mark.parametrize("keeps", KEEPS, ids=str)
@pytest.mark.parametrize("shares", [(0.2, 0.5, 0.6), (0.5, 0.5, 0.8), (0.0, 0.4, 0.5)], ids=str)
def test_the_library_says_the_same(shares: tuple[float, ...], keeps: tuple[float, float]) -> None:
    for tilt in (1.0, np.array([0.3, 2.0, 1.1, 0.7])):
        world = world_of(*shares, tilt=tilt)
        before, after = w2s.risks(world, *pair(*shares[1:], keeps))
        values = numbers(world, shares, keeps)
        found = float(from_("overlapping_features", "gain times 1 - h, any signal").subs(values))
        assert before - after == pytest.approx(found / (1 - values[h]), rel=1e-11, abs=1e-13)
        if np.ndim(tilt) == 0:
            even = float(from_("overlapping_features", "gain").subs(values))
            assert even == pytest.approx(found / (1 - values[h]), rel=1e-11, abs=1e-13)
            if shares[0] == shares[1]:
                nested = from_("nested_features", "gain").subs(sp.Symbol("a", positive=True), shares[0])
                assert float(nested.subs(values)) == pytest.approx(even, rel=1e-12, abs=1e-14)


def test_drawn_data_say_the_same() -> None:
    world, learners = world_of(0.2, 0.5, 0.5), pair(0.5, 0.5, (0.95, 0.8))
    found = w2s.simulate(world, *learners, dim=120, repetitions=40, seed=2)
    assert np.abs(found.z).max() < 4
    gained = float(from_("overlapping_features", "gain").subs(numbers(world, (0.2, 0.5, 0.5), (0.95, 0.8))))
    assert np.diff(found.theory)[0] == pytest.approx(-gained, rel=5e-3)  # numbers of rows are whole
    assert abs(np.diff(found.mean)[0] + gained) < 4 * np.hypot(*found.standard_error)


def test_thresholds_without_penalties_are_where_nothing_is_gained() -> None:
    shares, b = (0.2, 0.4, 0.5), sp.Symbol("b", positive=True)
    values = {c: 0.2, u: 0.2, b: 0.5, TEACHER.gamma: GAMMA_T, STUDENT.gamma: GAMMA_S, theorem.signal: SIGNAL}
    least = float(from_("overlapping_features", "noise").rhs.subs(values))
    for noise, sign in ((0.99 * least, -1), (1.01 * least, 1)):
        world = world_of(*shares, noise=noise)
        verdict = w2s.compare(world, *pair(0.4, 0.5, (1.0, 1.0)))
        assert np.sign(verdict.gain) == sign
    world = world_of(*shares, noise=2 * least)
    values |= {v: numbers(world, shares, (1.0, 1.0))[v]}
    most = float(from_("overlapping_features", "pseudo-labels").rhs.subs(values))
    teacher = pair(0.4, 0.5, (1.0, 1.0))[0]
    at = w2s.Ridge(gamma=np.array([0.99, 1.01]) * most, lam=0.0, features=SEEN_S)
    assert (np.sign(w2s.compare(world, teacher, at).gain) == [1, -1]).all()
    assert w2s.compare(world, teacher, w2s.Ridge(gamma=1.0, lam=0, features=SEEN_T)).gain == pytest.approx(0)


@pytest.mark.parametrize("shares", [(0.2, 0.5, 0.6), (0.5, 0.5, 0.8)], ids=["overlapping", "nested"])
def test_the_balance_is_the_best_penalty(shares: tuple[float, ...]) -> None:
    world, (teacher, student) = world_of(*shares), pair(*shares[1:], (0.95, 0.9))
    best = w2s.tune(world, teacher, student).learner.lam
    values = numbers(world, shares, (0.95, 0.9)) | {theorem.G: shares[2] * GAMMA_S}
    norm, blind = (
        values[each] * values[v] + 0.95**2 * float(world.signal[place]) for place, each in enumerate((c, u))
    )
    balance = from_("overlapping_features", "balance").subs(
        {**values, theta: theta, theorem.RATIO: blind / norm}
    )
    stationary = balance.subs({rho[0]: 0.95 * float(world.signal[0]), q[0]: norm})
    free = stationary.lhs.subs({name: value for name, value in values.items() if name != theta})
    kept = float(sp.nsolve(free - stationary.rhs, theta, 0.8))
    assert best == pytest.approx((1 / kept - 1) * (1 - GAMMA_S * shares[2] * kept), rel=1e-5)


def test_many_pseudo_labels() -> None:
    for shares in ((0.2, 0.5, 0.6), (0.5, 0.5, 0.8)):
        world, (teacher, _) = world_of(*shares), pair(*shares[1:], (0.95, 0.9))
        tuned = w2s.tune(world, teacher, w2s.Ridge(gamma=1e-7, lam=0.1, features=SEEN_S))
        limit = from_("overlapping_features", "gain with many pseudo-labels").subs(
            numbers(world, shares, (0.95, 0.9))
        )
        assert w2s.risk(world, teacher) - tuned.risk == pytest.approx(float(limit), rel=1e-5)


def test_what_is_inherited_of_noise() -> None:
    """Ridgeless, on noise alone: d_ts + (d_t - d_ts) d_s/(n_s - d_s) of d_t, Dong and others' formula."""
    quiet, shares = 1e-9, (0.2, 0.5, 0.6)
    weights = np.array([0.2, 0.3, 0.4, 0.1])
    world = w2s.Population(np.ones(4), quiet * weights, weights=weights, noise=1.0)
    before, after = w2s.risks(world, *pair(*shares[1:], (1.0, 1.0)))
    d_s = shares[2] * GAMMA_S
    assert after / before == pytest.approx((0.2 + 0.3 * d_s / (1 - d_s)) / 0.5, rel=1e-7)
    share = from_("overlapping_features", "without penalties, what is inherited")
    assert float(share.subs({c: 0.2, u: 0.3, h: d_s})) / 0.5 == pytest.approx(after / before, rel=1e-7)


def test_an_optimal_teacher_is_not_beaten() -> None:
    for shares in ((0.2, 0.5, 0.6), (0.5, 0.5, 0.8)):
        world = world_of(*shares)
        best = w2s.tune(world, pair(*shares[1:], (0.9, 0.9))[0]).learner
        lam = GAMMA_T * (NOISE + (1 - shares[1]) * SIGNAL) / SIGNAL
        assert best.lam == pytest.approx(lam, rel=1e-6)
        students = w2s.Ridge(gamma=0.1, lam=np.geomspace(1e-6, 10, 30), features=SEEN_S)
        assert (w2s.compare(world, best, students).gain <= 0).all()
