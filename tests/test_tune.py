from typing import Any

import mpmath
import numpy as np
import pytest
import sympy

from w2s_asymptotics import (
    GradientFlow,
    Population,
    PrincipalComponents,
    Ridge,
    SelfDistilled,
    risk,
    tune,
)
from w2s_asymptotics.questions.risk import check_chain
from w2s_asymptotics.questions.tune import _searched

WORLD = Population.isotropic(noise=0.5)


def test_the_optimal_teacher_on_every_kind_of_number() -> None:
    assert tune(WORLD, Ridge(0.5, 0)).lam == 0.25
    assert tune(Population.isotropic(2.0, 0.5), Ridge(0.5, 0, noise=0.3, penalty=2.0)).lam == pytest.approx(
        0.1
    )
    np.testing.assert_allclose(tune(WORLD, Ridge([0.5, 1.0], 0)).lam, [0.25, 0.5])
    with mpmath.workdps(40):
        assert tune(WORLD, Ridge(mpmath.mpf("0.3"), 0)).lam == mpmath.mpf("0.3") / 2
    gamma = sympy.Symbol("gamma", positive=True)
    assert tune(WORLD, Ridge(gamma, 0)).lam == 0.5 * gamma


@pytest.mark.parametrize(
    "student", [Ridge(0.8, 0), Ridge(2.0, 0), Ridge(1.0, 0, noise=0.3), Ridge(0.5, 0, truth=0.4)]
)
@pytest.mark.parametrize("lam_t", [0.0, 0.01, 0.25, 1.0])
def test_a_tuned_student_beats_every_other_penalty(student: Ridge, lam_t: float) -> None:
    teacher = Ridge(0.5, lam_t)
    best = tune(WORLD, teacher, student)
    assert best.risk == risk(WORLD, teacher, best.learner)
    lams = np.r_[0.0, np.logspace(-8, 6, 3001)]
    others = risk(WORLD, teacher, Ridge(student.gamma, lams, noise=student.noise, truth=student.truth))
    assert best.risk <= others.min() * (1 + 1e-14)
    assert best.risk == pytest.approx(others.min(), rel=1e-4)


def test_no_penalty_helps_after_an_over_regularised_teacher() -> None:
    assert tune(WORLD, Ridge(0.5, 1.0), Ridge(0.8, 0.3)).lam == 0.0


def test_the_search_agrees_with_the_quartic() -> None:
    chain = Ridge(0.5, 0.01), Ridge(0.8, 0.3, noise=0.05), Ridge(1.2, 0.3, truth=0.2)
    closed, searched = tune(WORLD, *chain), _searched(check_chain(WORLD, chain))
    assert searched.lam == pytest.approx(closed.lam, rel=1e-8)
    assert searched.risk == pytest.approx(closed.risk, rel=1e-14)


def test_high_precision_student() -> None:
    with mpmath.workdps(50):
        best = tune(WORLD, Ridge(mpmath.mpf("0.5"), 0.01), Ridge(0.8, 0.3))
        step = mpmath.mpf(10) ** -15
        around = [
            risk(WORLD, Ridge(mpmath.mpf("0.5"), 0.01), Ridge(0.8, best.lam * (1 + k * step)))
            for k in (-1, 1)
        ]
        assert min(around) > best.risk
        assert abs(around[0] - around[1]) < (around[0] - best.risk) * mpmath.mpf(10) ** -10


@pytest.mark.parametrize("gamma_s", [0.01, 0.8, 1 - 1e-12, 1.0, 1.2, 50.0])
@pytest.mark.parametrize("lam_t", [0.0, 0.2, 0.2499999])
def test_the_best_penalty_keeps_its_digits(gamma_s: float, lam_t: float) -> None:
    best = tune(WORLD, Ridge(0.5, lam_t), Ridge(gamma_s, 0))
    with mpmath.workdps(60):
        exact = tune(WORLD, Ridge(mpmath.mpf(0.5), lam_t), Ridge(gamma_s, 0))
        assert best.lam == pytest.approx(float(exact.lam), rel=1e-7 if lam_t > 0.249 else 1e-13)
        assert best.risk == pytest.approx(float(exact.risk), rel=1e-14)


def test_arrays_are_tuned_point_by_point() -> None:
    best = tune(WORLD, Ridge(0.5, [0.01, 1.0]), Ridge([[0.8], [2.0]], 0.3))
    assert best.lam.shape == best.risk.shape == (2, 2)
    assert best.lam[1, 0] == tune(WORLD, Ridge(0.5, 0.01), Ridge(2.0, 0.3)).lam
    assert best.as_dict()["lam"] == best.lam.tolist()


def test_where_no_finite_penalty_is_best() -> None:
    for world in (Population.isotropic(0.0, 1.0), Population([1, 2], [0, 0], noise=1.0)):
        for chain in ((Ridge(0.5, 0.1),), (Ridge(0.5, 0.1), Ridge(0.8, 0.3))):
            best = tune(world, *chain)
            assert best.risk == pytest.approx(0.0, abs=1e-200)
            assert "no finite penalty" in best.note and "no finite penalty" in str(best)
    assert "infinite" in tune(WORLD, Ridge(1, 0), Ridge(0.5, 0.1)).note


def test_other_worlds() -> None:
    atoms = Population([3, 1], [0.2, 0.8], noise=1.0)
    best = tune(atoms, Ridge(0.8, 0.01), Ridge(0.8, 0.2, penalty=[1.0, 2.0]))
    others = risk(atoms, Ridge(0.8, 0.01), Ridge(0.8, np.logspace(-6, 4, 2001), penalty=[1.0, 2.0]))
    assert best.risk <= others.min()
    matrices = Population.from_matrices(np.diag([3.0, 1.0]), np.sqrt([0.2, 0.8]), noise=1.0)
    same = tune(matrices, Ridge(0.8, 0.01), Ridge(0.8, 0.2, penalty=np.diag([1.0, 2.0])))
    assert same.lam == pytest.approx(best.lam, rel=1e-8)
    assert tune(Population([3, 1], [0.2, 0.8]), Ridge(0.8, 1.0)).lam == 0.0
    with pytest.raises(ValueError, match="in symbols"):
        tune(WORLD, Ridge(0.5, 0.1), Ridge(sympy.Symbol("g", positive=True), 0.1))


SHARES = np.linspace(0.0, 1.0, 21)
TIMES = np.r_[0.0, np.geomspace(1e-2, 1e3, 40)]


ATOMS = Population([4.0, 0.5], [0.7, 0.3], noise=0.5)


@pytest.mark.parametrize(
    ("world", "before"),
    [
        (WORLD, ()),
        (WORLD, (Ridge(0.5, 0.01),)),
        pytest.param(ATOMS, (Ridge(0.5, 0.01),), marks=pytest.mark.slow),
    ],
    ids=["teacher", "student", "student on atoms"],
)
def test_the_best_time_and_the_best_share(world: Population, before: tuple[Ridge, ...]) -> None:
    learner: Any
    for learner, name, values in (
        (GradientFlow(0.8, 1.0), "time", TIMES),
        (PrincipalComponents(0.8, 0.3), "components", SHARES),
    ):
        best = tune(world, *before, learner)
        assert best.parameter == name and best.value == getattr(best.learner, name)
        assert best.risk == risk(world, *before, best.learner)
        others = risk(world, *before, type(learner)(0.8, values)).min()
        assert best.risk <= others * (1 + 1e-9)
        assert best.risk == pytest.approx(others, rel=1e-2)
        assert best.as_dict()[name] == best.value and str(best).startswith(f"{name} = ")
        assert not hasattr(best, "lam")


def test_where_stopping_at_once_or_never_is_best() -> None:
    assert tune(Population.isotropic(), GradientFlow(0.5, 1.0)).value == np.inf
    assert tune(Population.isotropic(), PrincipalComponents(0.5, 0.1)).value == 1.0
    for learner in (GradientFlow(0.5, 1.0), PrincipalComponents(0.5, 0.1)):
        best = tune(Population.isotropic(0.0, 1.0), learner)
        assert best.value == 0.0 and best.risk == 0.0 and "predicts zero" in best.note


def test_arrays_of_times_are_tuned_point_by_point() -> None:
    best = tune(WORLD, GradientFlow([0.5, 0.8], 1.0))
    assert best.value[1] == tune(WORLD, GradientFlow(0.8, 3.0)).value


def test_what_cannot_be_tuned() -> None:
    with pytest.raises(ValueError, match="needs at least two fits"):
        tune(WORLD, SelfDistilled(0.5, (0.1,)))
    with pytest.raises(ValueError, match="got arrays"):
        tune(WORLD, SelfDistilled([0.5, 0.6], (0.1, 0.2)))
    with pytest.raises(ValueError, match="searches with floats"):
        tune(WORLD, GradientFlow(mpmath.mpf("0.5"), 1.0))
