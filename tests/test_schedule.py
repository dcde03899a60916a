"""All penalties of a chain tuned together, against brute force and what can be said in closed form."""

from dataclasses import replace

import mpmath
import numpy as np
import pytest
import sympy

from w2s_asymptotics import (
    GradientFlow,
    Population,
    Ridge,
    SelfDistilled,
    derive,
    risk,
    risks,
    tune,
    tune_all,
)
from w2s_asymptotics.questions.schedule import _searched
from w2s_asymptotics.spectrum.marchenko_pastur import marchenko_pastur

WORLD = Population.isotropic(noise=0.3)
ATOMS = Population([3.0, 0.5], [0.7, 0.3], noise=0.3)


def generations(gamma: float, noise: float, count: int, truth: float = 0.0) -> list[Ridge]:
    return [Ridge(gamma, 0.0), *[Ridge(gamma, 0.0, noise=noise, truth=truth)] * (count - 1)]


@pytest.mark.parametrize("gammas", [(0.5, 0.5), (0.9, 2.0), (3.0, 0.2), (1.0, 1.0)])
@pytest.mark.parametrize("noise", [0.01, 0.3, 5.0])
def test_no_pair_of_penalties_is_better(gammas: tuple[float, float], noise: float) -> None:
    best = tune_all(WORLD, Ridge(gammas[0], 7.0), Ridge(gammas[1], 7.0, noise=noise))
    assert best.risks == risks(WORLD, *best.learners) and best.risk == best.risks[-1]
    lams = np.r_[0.0, np.geomspace(1e-6, 1e5, 400)]
    others = risk(WORLD, Ridge(gammas[0], lams[:, None]), Ridge(gammas[1], lams, noise=noise))
    assert best.risk <= others.min() * (1 + 1e-14)
    assert best.risk == pytest.approx(others.min(), rel=1e-3)


def test_no_three_penalties_are_better() -> None:
    best = tune_all(WORLD, *generations(0.6, 0.2, 3, truth=0.3))
    lams = np.r_[0.0, np.geomspace(1e-3, 10.0, 30)]
    first, second, third = np.meshgrid(lams, lams, lams)
    chain = Ridge(0.6, first), *(Ridge(0.6, lam, noise=0.2, truth=0.3) for lam in (second, third))
    others = risk(WORLD, *chain).min()
    assert best.risk <= others and best.risk == pytest.approx(others, rel=5e-3)


@pytest.mark.slow
def test_no_pair_is_better_on_atoms() -> None:
    best = tune_all(ATOMS, *generations(0.6, 0.2, 2))
    lams = np.r_[0.0, np.geomspace(1e-3, 10.0, 60)]
    others = risk(ATOMS, Ridge(0.6, lams[:, None]), Ridge(0.6, lams, noise=0.2)).min()
    assert best.risk <= others and best.risk == pytest.approx(others, rel=5e-3)


def test_random_changes_do_not_improve_five_generations() -> None:
    best = tune_all(WORLD, *generations(0.8, 0.1, 5))
    rng = np.random.default_rng(3)
    factors = np.exp(rng.normal(0.0, np.geomspace(1e-4, 5.0, 20_000), (5, 20_000)))
    others = risk(
        WORLD,
        *(
            Ridge(0.8, lam * factor, noise=0.1 * (place > 0))
            for place, (lam, factor) in enumerate(zip(best.values, factors, strict=True))
        ),
    )
    assert best.risk <= others.min()


def test_the_search_finds_the_same() -> None:
    chain = [
        Ridge(0.7, 0.2),
        Ridge(1.5, 0.2, noise=0.2, penalty=2.0),
        Ridge(0.5, 0.2, truth=0.2, covariance=3.0),
    ]
    best = tune_all(WORLD, *chain)
    other = _searched(WORLD, [replace(each, lam=0.3) for each in chain])
    assert [learner.lam for learner in other] == pytest.approx(best.values, rel=1e-5)
    assert risk(WORLD, *other) == pytest.approx(best.risk, rel=1e-13)


def test_a_teacher_is_penalised_less_than_is_best_for_itself_iff_its_student_regularises() -> None:
    alone = tune(WORLD, Ridge(0.5, 0.0)).lam
    assert tune_all(WORLD, *generations(0.5, 0.3, 2)).values[0] < 0.3 * alone
    assert tune_all(WORLD, *generations(0.5, 0.0, 4)).values == (alone, 0.0, 0.0, 0.0)


def test_with_many_rows_the_last_penalty_stands_for_all() -> None:
    gamma, count = 1e-9, 6
    best = tune_all(WORLD, *generations(gamma, 0.3, count))
    assert best.values[:-1] == (0.0,) * (count - 1)
    assert best.values[-1] == pytest.approx(count * gamma * 0.3, rel=1e-6)


def test_more_digits() -> None:
    with mpmath.workdps(40):
        chain = Ridge(mpmath.mpf("0.5"), 0.0), Ridge(0.5, 0.0, noise=0.3)
        best = tune_all(WORLD, *chain)
        near = [
            risk(WORLD, Ridge(mpmath.mpf("0.5"), best.values[0] * (1 + step)), best.learners[1])
            for step in (mpmath.mpf("1e-15"), -mpmath.mpf("1e-15"))
        ]
        assert min(near) > best.risk
    floats = tune_all(WORLD, *generations(0.5, 0.3, 2))
    assert floats.values == pytest.approx([float(lam) for lam in best.values], rel=1e-13)


def test_records_and_learners_without_one_parameter() -> None:
    best = tune_all(WORLD, SelfDistilled(0.5, (0.1, 0.2)), Ridge(0.5, 0.0, noise=0.3))
    assert best.values[0] is None and "as given" in str(best)
    assert best.values[1] == tune(WORLD, *best.learners).lam
    assert best.as_dict()["risks"] == list(best.risks)
    only = tune_all(WORLD, GradientFlow(0.5, 1.0))
    assert only.values[0] == tune(WORLD, GradientFlow(0.5, 1.0)).value


def test_limits_and_refusals() -> None:
    assert "no finite penalty" in tune_all(Population.isotropic(0.0, 1.0), *generations(0.5, 0.3, 2)).note
    with pytest.raises(ValueError, match="in symbols"):
        tune_all(WORLD, Ridge(sympy.Symbol("g", positive=True), 0.0))
    with pytest.raises(ValueError, match="single numbers"):
        tune_all(WORLD, Ridge([0.5, 0.6], 0.0))
    with pytest.raises(ValueError, match="at least one learner"):
        tune_all(WORLD)


@pytest.mark.parametrize("gamma", [0.5, 0.9, 2.0])
def test_every_penalty_is_in_the_derived_balance(gamma: float) -> None:
    best = tune_all(WORLD, *generations(gamma, 0.3, 3))
    balance = derive("penalty_schedule").forms["balance"]
    gap = sympy.lambdify(sorted(balance.free_symbols, key=str), balance.lhs - balance.rhs, "math")
    names = [item.name for item in sorted(balance.free_symbols, key=str)]
    rho, q, weights = [1.0], [1.0], [1.0]
    stages = []
    for lam in best.values:
        kappa = marchenko_pastur(lam, gamma).kappa
        D = (1 + kappa) ** 2 - gamma
        a1, a2 = 1 / (1 + kappa), (1 + gamma * kappa**2 / D) / (1 + kappa) ** 2
        rho.append(a1 * rho[-1])
        q.append(a2 * q[-1] + gamma * 0.3 / D)
        stages.append((kappa, a1 / a2))
    for _, ratio in reversed(stages[1:]):
        weights.insert(0, weights[0] * ratio)
    for place, lam in enumerate(best.values):
        point = {"gamma": gamma, "kappa": stages[place][0], "lam": lam, "noise": 0.3}
        point |= {"rho": rho[place], "q": q[place], "w": weights[place]}
        value = gap(*(point[name] for name in names))
        assert (value >= 0) if lam == 0.0 else abs(value) < 1e-9


def test_the_least_of_several_minima_is_found() -> None:
    """Either the second learner does most, or the last: both are minima, the latter the lower by 8e-5."""
    world = Population.isotropic(signal=0.111, noise=0.0)
    chain = Ridge(1.0, 0.0, noise=7.62), Ridge(1.24, 0.0, noise=0.232), Ridge(2.91, 0.0)
    best = tune_all(world, *chain)
    assert best.values == pytest.approx((0.774, 0.174, 134.8), rel=2e-3)
    other = [replace(one, lam=lam) for one, lam in zip(chain, (1.306, 62.62, 0.0286), strict=True)]
    assert best.risk < risk(world, *other) * (1 - 7e-5)
    for place, lam in enumerate((1.306, 62.62, 0.0286)):  # a minimum, too: no learner alone improves it
        for factor in (0.9, 1.1):
            moved = [*other]
            moved[place] = replace(other[place], lam=lam * factor)
            assert risk(world, *moved) > risk(world, *other)
