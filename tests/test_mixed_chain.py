"""Derived risks of chains of ridge, random features and repeated fits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp

from w2s_asymptotics import Population, RandomFeatures, Ridge, SelfDistilled, derive, risk
from w2s_asymptotics.chains.mixed import derive_mixed
from w2s_asymptotics.learners import GradientFlow
from w2s_asymptotics.learners.hermite import ACTIVATIONS, hermite
from w2s_asymptotics.words.activations import slope_of, tail_of
from w2s_asymptotics.words.nested import nu_atoms, rows_left, weights_left

LABEL, HALF = sp.core.symbol.Str("t"), sp.Rational(1, 2)
ISOTROPIC = Population.isotropic(signal=1.5, noise=0.25)
ATOMS = Population([3.0, 1.0, 0.2], [0.5, 0.3, 0.2], [0.2, 0.3, 0.5], noise=0.3)
lam, lam_2, gamma, gamma_2, width, tail, noise, signal = sp.symbols(
    "lam lam2 gamma gamma2 width tail noise signal", positive=True
)

CHAINS: dict[str, tuple[Any, ...]] = {
    "features": (ISOTROPIC, RandomFeatures(0.5, 2.0, 0.1, tail=0.3)),
    "features teach ridge": (ISOTROPIC, RandomFeatures(0.5, 2.0, 0.1, activation="relu"), Ridge(0.8, 0.3)),
    "ridge between": (
        ISOTROPIC, Ridge(0.5, 0.02), RandomFeatures(1.5, 0.7, 0.1), Ridge(0.7, 0.1, noise=0.05, truth=0.3),
    ),
    "two widths": (
        ISOTROPIC, RandomFeatures(0.5, 0.8, 0.0, activation="tanh"),
        RandomFeatures(0.6, 3.0, 0.2, tail=0.2, noise=0.1),
    ),
    "truth after features": (
        ISOTROPIC, RandomFeatures(0.5, 0.8, 0.1, activation="erf"), Ridge(0.6, 0.1, truth=0.4, penalty=2.0),
    ),
    "repeated": (ISOTROPIC, SelfDistilled(0.5, (0.1, 0.3))),
    "repeated, equal": (ISOTROPIC, SelfDistilled(0.5, (0.1, 0.1)), Ridge(0.7, 0.1)),
    "repeated, two of three": (
        ISOTROPIC, SelfDistilled(1.5, (0.1, 0.2, 0.1)), RandomFeatures(0.5, 2.0, 0.1, activation="erf"),
    ),
    "repeated, ridgeless": (
        ISOTROPIC, SelfDistilled(1.5, (0.1, 0.0, 0.1)), RandomFeatures(0.5, np.inf, 0.1, activation="sign"),
    ),
    "atoms": (ATOMS, RandomFeatures(0.5, 2.0, 0.1, activation="relu"), Ridge(0.8, 0.3)),
    "atoms, shifted": (
        ATOMS, Ridge(0.5, 0.02, penalty=[1.0, 2.0, 3.0]), RandomFeatures(1.5, 0.7, 0.1),
        Ridge(0.7, 0.1, noise=0.05, truth=0.3, covariance=[1.0, 1.0, 2.0]),
    ),
    "atoms, repeated": (ATOMS, SelfDistilled(0.5, (0.1, 0.3)), RandomFeatures(0.5, 2.0, 0.1, tail=0.1)),
    "an atom without variance": (
        Population([2.0, 0.0], [0.5, 0.5], [0.5, 0.5], noise=0.5),
        RandomFeatures(0.5, 2.0, 0.1, activation="relu"), Ridge(0.8, 0.3),
    ),
    "samples": (
        Population.power_law(dim=5, alpha=1.0, source=1.5, noise=0.1),
        RandomFeatures(samples=20, width=2.0, lam=0.1, activation="relu"), Ridge(samples=10, lam=0.3),
    ),
    "at the edge": (
        Population.isotropic(noise=0.5), SelfDistilled(1.0, (0.0, 0.0)),
        RandomFeatures(0.5, 2.0, 0.1, tail=0.2),
    ),
    "just inside": (
        Population.isotropic(), RandomFeatures(0.5, 2.0, 0.1, tail=0.2), Ridge(1.0, 0.0), Ridge(0.5, 0.1),
    ),
    "nothing to disturb": (
        Population.isotropic(), SelfDistilled(1.0, (0.0, 0.0)), RandomFeatures(0.5, 2.0, 0.1),
    ),
    "as many features as dimensions": (ISOTROPIC, RandomFeatures(0.5, 1.0, 0.0), Ridge(0.5, 0.1)),
    "matrices": (
        Population.from_matrices(np.array([[1.0, 0.3], [0.3, 2.0]]), [1.0, 0.5], noise=0.2),
        RandomFeatures(samples=4, width=1.5, lam=0.1), SelfDistilled(samples=3, lams=(0.2, 0.1)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHAINS)
def test_holds_and_evaluates_to_the_risk(name: str) -> None:
    world, *learners = CHAINS[name]
    derivation = derive(world, *learners)
    assert len(derivation.verify().outcomes) == 2 * len(learners) + 1
    assert float(derivation.result) == pytest.approx(risk(world, *learners), rel=1e-13)


@pytest.mark.parametrize("name", ["ridge between", "repeated, two of three", "atoms, repeated"])
def test_every_step_fails_when_tampered_with(name: str) -> None:
    world, *learners = CHAINS[name]
    for step in derive(world, *learners).steps:
        assert step.run(1).passed
        assert not step.check.run(step.before, step.after * (1 + sp.Rational(1, 10**6)), 1).passed
        part = sp.Add.make_args(step.after)[-1]
        assert not step.check.run(step.before, step.after + part / 10**6, 1).passed


def test_other_values_are_caught() -> None:
    world, *learners = CHAINS["two widths"]
    step = derive(world, *learners).steps[-1]
    for other in (
        (RandomFeatures(0.5, 0.8, 0.0, activation="erf"), learners[1]),
        (learners[0], replace(learners[1], width=3.001)),
        (learners[0], replace(learners[1], noise=0.1001)),
    ):
        assert not step.check.run(step.before, derive(world, *other).result, 0).passed


def exact(learner: Any, number: Any) -> Any:
    """The same learner, its floats turned into another kind of number."""
    changes: dict[str, Any] = {}
    for name in ("gamma", "width", "lam", "tail", "noise", "truth"):
        value = getattr(learner, name, None)
        if isinstance(value, float) and value not in (0.0, np.inf):
            changes[name] = number(value)
    if isinstance(learner, SelfDistilled):
        changes["lams"] = tuple(number(value) for value in learner.lams)
    return replace(learner, **changes)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ridge between", "two widths", "repeated, equal"])
def test_fifty_digits(name: str) -> None:
    _, *learners = CHAINS[name]
    with mpmath.workdps(50):
        world = Population.isotropic(signal=mpmath.mpf(1.5), noise=mpmath.mpf(0.25))
        numeric = risk(world, *(exact(learner, mpmath.mpf) for learner in learners))
    world = Population.isotropic(signal=sp.Rational(3, 2), noise=sp.Rational(1, 4))
    symbolic = derive(world, *(exact(learner, sp.Rational) for learner in learners)).result
    with mpmath.workdps(50):
        assert abs(mpmath.mpf(symbolic.evalf(55)) / numeric - 1) < mpmath.mpf(10) ** -46


def test_symbols_then_numbers_by_one_formula() -> None:
    world = Population.isotropic(signal=signal, noise=noise)
    chain = RandomFeatures(gamma, width, lam, tail=tail), Ridge(gamma_2, lam_2)
    formula = risk(world, *chain)
    derivation = derive(world, *chain)
    derivation.verify()
    assert formula == derivation.result and formula.has(nu_atoms)
    point = {signal: 1.5, noise: 0.25, gamma: 0.5, width: 2.0, lam: 0.1, tail: 0.3, gamma_2: 0.8, lam_2: 0.3}
    expected = risk(ISOTROPIC, RandomFeatures(0.5, 2.0, 0.1, tail=0.3), Ridge(0.8, 0.3))
    assert float(formula.subs(point)) == pytest.approx(expected, rel=1e-13)
    assert "nu_t" in derivation.text() and r"\varpi_{t}" in derivation.latex()
    assert r"\psi_{t}" in derivation.latex()


def same(left: sp.Expr, right: sp.Expr) -> bool:
    """Equal at 30 digits at a drawn rational point."""
    free = sorted(left.free_symbols | right.free_symbols, key=str)
    drawn = np.random.default_rng(1).integers(1, 60, len(free))
    point = {item: sp.Rational(int(value), 41) for item, value in zip(free, drawn, strict=True)}
    sides = [side.subs(point).evalf(35) for side in (left, right)]
    return bool(abs(sides[0] - sides[1]) < sp.Float("1e-30", 35) * abs(sides[0]))


WORLD = Population.isotropic(signal=signal, noise=noise)
STUDENT = Ridge(gamma_2, lam_2)


def test_infinitely_many_linear_features_are_ridge() -> None:
    formula = risk(WORLD, RandomFeatures(gamma, width, lam), STUDENT)
    ridge = risk(WORLD, Ridge(gamma, lam), STUDENT)
    limit = formula.subs(width, sp.oo)
    assert not limit.has(nu_atoms) and same(limit, ridge)
    assert same(risk(WORLD, RandomFeatures(gamma, np.inf, lam), STUDENT), ridge)
    atoms = [sp.symbols(f"{name}1:3", positive=True) for name in "sew"]
    world = Population(list(atoms[0]), list(atoms[1]), list(atoms[2]), noise=noise)
    wide = risk(world, RandomFeatures(gamma, width, lam), STUDENT).subs(width, sp.oo)
    assert same(wide, risk(world, Ridge(gamma, lam), STUDENT))


def test_ridge_alone_is_what_its_words_say() -> None:
    """The risk of a chain of ridge by responses, and by integrating the rows out of one word."""
    chain = (
        Ridge(gamma, lam),
        Ridge(gamma_2, lam_2, truth=width / 9, noise=tail),
        Ridge(HALF, sp.S.One, penalty=sp.Integer(2)),
    )
    atoms = Population([2, signal], [1, HALF], [HALF, HALF], noise=noise)
    for world, learners in ((WORLD, chain), (atoms, chain[:2])):
        assert same(derive_mixed(world, learners).result, derive(world, *learners).result)


def test_one_fit_is_ridge_and_a_ridgeless_one_is_no_other() -> None:
    ridge = risk(WORLD, Ridge(gamma, lam), STUDENT)
    assert same(risk(WORLD, SelfDistilled(gamma, (lam,)), STUDENT), ridge)
    assert same(risk(WORLD, SelfDistilled(gamma, (0, lam)), STUDENT), ridge)


def test_equal_penalties_are_the_limit_of_close_ones() -> None:
    apart = risk(WORLD, SelfDistilled(gamma, (lam, lam_2)))
    together = risk(WORLD, SelfDistilled(gamma, (lam, lam)))
    assert not together.has(sp.nan, sp.zoo)
    point = {signal: 1, noise: HALF, gamma: sp.Rational(6, 5), lam: sp.Rational(1, 3)}
    for power in (10, 20):
        close = apart.subs(lam_2, lam * (1 + sp.Rational(1, 10**power))).subs(point).evalf(30)
        assert abs(close / together.subs(point).evalf(30) - 1) < sp.Float(10) ** -power


def test_symbols_named_like_those_of_the_derivation() -> None:
    given = {"lam_t": "0.1", "lam_s": "0.4", "gamma_s": "0.7", "kappa_t": "0.3", "nu_s": "0.5", "s_1": "0.2"}
    numbers = {sp.Symbol(name, nonnegative=True): sp.Rational(value) for name, value in given.items()}
    a, b, c, d, e, f = numbers

    def chain(a: Any, b: Any, c: Any, d: Any, e: Any, f: Any) -> tuple[Any, ...]:
        world = Population.isotropic(signal=f, noise=e)
        return world, SelfDistilled(c, (b, a)), RandomFeatures(d, b, c, tail=a)

    derivation = derive(*chain(a, b, c, d, e, f))
    derivation.verify()
    found = derivation.result.xreplace(numbers)
    assert float(found) == pytest.approx(risk(*chain(*map(float, numbers.values()))), rel=1e-13)


@pytest.mark.parametrize("lams", [(0.1, 0.1001), (0.1, 0.1, 0.100001)])
@pytest.mark.parametrize("world", [ISOTROPIC, Population.isotropic(noise=noise)])
def test_close_penalties_given_as_floats(world: Population, lams: tuple[float, ...]) -> None:
    formula = derive(world, SelfDistilled(0.5, lams), Ridge(0.7, 0.1))
    formula.verify()
    number, where = formula.result.subs(noise, 0.25), Population.isotropic(world.signal, 0.25)
    expected = risk(where, SelfDistilled(0.5, lams), Ridge(0.7, 0.1))
    assert float(number) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize(
    "student",
    [RandomFeatures(gamma_2, width, lam_2, tail=tail), SelfDistilled(gamma_2, (lam_2, sp.Rational(1, 3)))],
)
def test_an_infinite_penalty_learns_nothing(student: Any) -> None:
    formula = risk(WORLD, Ridge(gamma, lam), student)
    point = {signal: 1, noise: HALF, gamma: HALF, lam: 1, width: 2, tail: HALF, gamma_2: sp.Rational(3, 2)}
    for power in (10, 20):
        left = formula.subs(point).subs(lam_2, sp.Integer(10) ** power).evalf(40)
        assert abs(left - 1) < 40 * sp.Float(10) ** -power


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_constants_of_activations(name: str) -> None:
    numbers = hermite(name, 1.0)
    for of, expected in ((slope_of, numbers.slope), (tail_of, numbers.tail)):
        found = of(sp.core.symbol.Str(name), sp.S.One)
        assert abs(found.evalf(25) - sp.Float(expected, 25)) < sp.Float("1e-23", 25)
    exact_ones = {"relu": HALF, "linear": 1, "sign": sp.sqrt(2 / sp.pi), "erf": 2 / sp.sqrt(3 * sp.pi)}
    if name in exact_ones:
        assert sp.simplify(slope_of(sp.core.symbol.Str(name), sp.S.One) - exact_ones[name]) == 0
    assert tail_of(sp.core.symbol.Str("relu"), 1) == sp.Rational(1, 4) - 1 / (2 * sp.pi)


def test_fixed_points_solve_their_equation_and_differentiate() -> None:
    arguments = (LABEL, lam, gamma, width, tail, 3, HALF, 1, HALF)
    point = {
        lam: sp.Rational(1, 7),
        gamma: sp.Rational(3, 4),
        width: sp.Rational(5, 4),
        tail: sp.Rational(1, 3),
    }
    numbers = [each(*arguments) for each in (nu_atoms, weights_left, rows_left)]
    nu, weights, rows = (each.subs(point).evalf(60) for each in numbers)
    assert abs(nu * weights * rows - point[lam]) < sp.Float("1e-55", 60)
    df1 = 3 * HALF / (3 + nu) + HALF / (1 + nu) + point[tail] / nu
    assert abs(1 - df1 / point[width] - weights) + abs(1 - point[gamma] * df1 - rows) < sp.Float("1e-55", 60)
    step = sp.Rational(1, 10**15)
    for number in numbers:
        for variable in (lam, gamma, width, tail):
            ahead, behind = (
                number.subs(point | {variable: point[variable] + sign * step}).evalf(50) for sign in (1, -1)
            )
            slope = number.diff(variable).subs(point).evalf(30)
            assert slope == pytest.approx((ahead - behind) / (2 * step), rel=1e-20)
    assert nu_atoms(LABEL, 0, HALF, 2, 0, 1, 1) == 0 and weights_left(LABEL, 0, HALF, 2, 0, 1, 1) == HALF


@pytest.mark.parametrize(
    ("learners", "message"),
    [
        ((RandomFeatures(0.5, 2.0, 0.1), GradientFlow(gamma=0.5, time=1.0)), "only chains of Ridge"),
        ((RandomFeatures(0.5, np.array([1.0, 2.0]), 0.1),), "single numbers and symbols"),
        ((RandomFeatures(samples=5, width=1.0, lam=0.1),), "finite dimension"),
        ((RandomFeatures(1.0, 2.0, 0.0),), "ask risk with numbers"),
        ((RandomFeatures(0.5, 1.0, 0.1, tail=0.2), Ridge(0.5, 0.1, covariance=2.0)), "covariance must be"),
    ],
)  # fmt: skip
def test_refusals(learners: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        derive(ISOTROPIC, *learners)
