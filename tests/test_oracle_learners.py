"""Random features and repeated fits against an oracle that shares nothing with their kernels."""

import math
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from w2s_asymptotics import Population, RandomFeatures, Ridge, SelfDistilled, learned, risk
from w2s_asymptotics.arithmetic import HIGH, REAL
from w2s_asymptotics.witness.oracle import OracleStage, quadrature, textbook
from w2s_asymptotics.witness.oracle_learners import OracleFeatures, OracleRepeated

ALLOWED = 1e-14
SMALLEST, LARGEST = 1e-270, 1.7e308
NEAR_ONE = [1.0, 1 + 1e-12, 1 - 1e-12, 1 + 2.0**-52, 1 - 2.0**-53]

lams = st.one_of(st.just(0.0), st.floats(-300, 300).map(lambda p: 10.0**p), st.floats(1e-3, 10.0))
ratios = st.one_of(st.sampled_from(NEAR_ONE), st.floats(-6, 6).map(lambda p: 10.0**p), st.floats(0.1, 10.0))
tails = st.one_of(st.just(0.0), st.sampled_from([1e-300, 1e-12, 0.3, 1e3]), st.floats(0.0, 2.0))
noises = st.sampled_from([0.0, 1e-3, 0.5, 1e3])


def error(computed: Any, true: Any) -> float:
    """The relative error; of what lies outside the range of doubles, whether it is taken to the limit."""
    if true > LARGEST:
        return 0.0 if computed == math.inf else math.inf
    if true < SMALLEST:
        return 0.0 if 0 <= computed <= 2 * SMALLEST else math.inf
    return float(abs(mp.mpf(float(computed)) - true) / true) if math.isfinite(computed) else math.inf


def compare(stages: list[Any], learners: list[Any], noise: float) -> None:
    state, found = textbook(1, noise, stages), learned(Population.isotropic(noise=noise), *learners)
    for computed, true in (
        (found.risk, state.risk),
        (found.norm, state.q),
        (found.overlap, state.rho),
        (found.equivalent.nonlinear, state.nonlinear),
    ):
        assert error(computed, true) <= ALLOWED, (float(computed), true)


@settings(max_examples=40)
@given(ratios, st.one_of(ratios, st.just(math.inf), st.just(None)), lams, tails, noises)
@example(1e6, None, 1e-200, 0.0, 0.5)
@example(1e-4, math.inf, 1e-250, 1e-300, 0.5)
@example(0.3, 1e6, 0.0, 1e-300, 0.0)
@example(1 - 1e-12, 1 + 1e-12, 1e-255, 1e3, 0.5)
@example(0.5, None, 0.0, 0.3, 0.5)
@example(1.0, 1.0, 0.0, 0.0, 0.0)
@example(0.25, 4.0, 0.0, 1e-300, 0.5)
@example(0.3, 2.0, 0.0, 5e-324, 0.5)
@example(10.0, 0.1, 0.0, 0.0, 0.0)
def test_random_features(gamma: float, width: float | None, lam: float, tail: float, noise: float) -> None:
    width = 1 / gamma if width is None else width  # the resonance: as many features as samples
    taken: Any = width
    if lam == 0 and gamma * width == 1:  # up to rounding: as many features as samples
        with mp.workdps(4000):
            taken = 1 / mp.mpf(gamma)
    compare([OracleFeatures(gamma, taken, lam, tail)], [RandomFeatures(gamma, width, lam, tail=tail)], noise)


def several(base: float, kind: str, steps: list[int], others: list[float]) -> tuple[float, ...]:
    """Penalties that are equal, next to each other, close, or anything."""
    if kind == "others":
        return tuple(others[: len(steps)])
    gap = {"equal": 0.0, "next": 2.0**-52, "close": 1e-9}[kind]
    return tuple(base * (1 + step * gap) for step in steps)


@settings(max_examples=40)
@given(
    ratios,
    st.builds(
        several,
        lams,
        st.sampled_from(["equal", "next", "close", "others"]),
        st.lists(st.integers(0, 3), min_size=1, max_size=6),
        st.lists(lams, min_size=6, max_size=6),
    ),
    noises,
)
def test_repeated_fits(gamma: float, penalties: tuple[float, ...], noise: float) -> None:
    compare([OracleRepeated(gamma, penalties)], [SelfDistilled(gamma, penalties)], noise)


@settings(max_examples=20)
@given(st.randoms(use_true_random=False))
def test_chains_of_all_of_them(random: Any) -> None:
    stages: list[Any] = []
    learners: list[Any] = []
    for _ in range(3):
        gamma, lam, noise = random.uniform(0.1, 3.0), 10 ** random.uniform(-4, 2), random.choice([0.0, 0.2])
        kind = random.randrange(3)
        if kind == 0:
            stages.append(OracleStage(gamma, lam, noise))
            learners.append(Ridge(gamma, lam, noise=noise))
        elif kind == 1:
            width, tail = random.uniform(0.2, 4.0), random.choice([0.0, 0.3])
            stages.append(OracleFeatures(gamma, width, lam, tail, noise))
            learners.append(RandomFeatures(gamma, width, lam, tail=tail, noise=noise))
        else:
            stages.append(OracleRepeated(gamma, (lam, 0.3), noise))
            learners.append(SelfDistilled(gamma, (lam, 0.3), noise=noise))
    compare(stages, learners, 0.25)


@pytest.mark.parametrize(
    "stage",
    [
        OracleFeatures(0.5, 2.0, 0.1, 0.3),
        OracleFeatures(2.0, 0.5, 0.05),
        OracleFeatures(0.8, 0.6, 0.3, 1.5),
        OracleRepeated(0.5, (0.1,)),
        OracleRepeated(0.8, (0.1, 0.1, 0.1)),
        OracleRepeated(2.0, (0.2, 3.0)),
    ],
)
def test_both_routes_of_the_oracle_agree(stage: Any) -> None:
    closed, integrated = textbook(1, 0.3, [stage, stage]), quadrature(1, 0.3, [stage, stage], digits=20)
    for name in ("risk", "rho", "q", "nonlinear"):
        assert abs(getattr(closed, name) - getattr(integrated, name)) < 1e-9 * closed.risk, name


def test_an_infinite_teacher_leaves_an_infinite_student_and_no_nan() -> None:
    # Ridge has no response to nonlinear energy, and 0 times infinity would be NaN.
    state = textbook(1, 0.5, [OracleStage(1.0, 0.0), OracleStage(4.0, 0.03)])
    assert state.risk == state.q == mp.inf
    assert state.nonlinear == 0


def test_where_everything_is_square_no_penalty_is_the_limit_of_a_small_one() -> None:
    """As many rows as features and directions, no noise: a fit interpolates, but as lam -> 0 loses 1/3."""
    world = Population.isotropic()
    for lam in (0.0, 1e-60):
        assert risk(world, RandomFeatures(1.0, 1.0, lam)) == pytest.approx(1 / 3, rel=1e-14)
    assert float(textbook(1, 0, [OracleFeatures(1, 1, 0)]).risk) == pytest.approx(1 / 3, rel=1e-14)
    beside = risk(world, RandomFeatures([1.0, 0.5, 1.0, 1.0], [1.0, 1.0, 2.0, 0.5], 0.0))
    np.testing.assert_allclose(beside[:3], [1 / 3, 0.0, 0.0], rtol=1e-14)
    atoms = Population([3.0, 0.1], [0.5, 0.5])
    assert risk(atoms, RandomFeatures(1.0, 1.0, 0.0)) == pytest.approx(
        risk(atoms, RandomFeatures(1.0, 1.0, 1e-50)), rel=1e-12
    )


@pytest.mark.parametrize(("gamma", "width"), [(0.4, 2.5), (1 / 0.7, 0.7), (0.1, 10.0)])
def test_features_and_rows_that_differ_by_rounding_are_equally_many(gamma: float, width: float) -> None:
    world = Population.isotropic(noise=0.1)
    assert risk(world, RandomFeatures(gamma, width, 0.0, tail=0.2)) == np.inf
    assert risk(world, RandomFeatures(gamma, width * (1 + 1e-14), 0.0, tail=0.2)) < np.inf
    assert risk(world, RandomFeatures(gamma, width, 1e-9, tail=0.2)) < np.inf


def test_one_less_a_product_near_one_is_exact() -> None:
    rng = np.random.default_rng(0)
    a = 10.0 ** rng.uniform(-300, 300, 500)
    b = (1 + 10.0 ** rng.uniform(-17, 0, 500) * rng.choice([-1, 1], 500)) / a
    found = REAL.one_less_product(a, b)
    with mp.workdps(400):
        exact = [1 - mp.mpf(x) * mp.mpf(y) for x, y in zip(a, b, strict=True)]
        assert max(abs(value / true - 1) for value, true in zip(found, exact, strict=True)) < 2.0**-52
    x = mp.mpf(1) / 3
    assert HIGH.one_less_product(x, mp.mpf(3)) == 1 - mp.fmul(x, 3, exact=True) != 0
