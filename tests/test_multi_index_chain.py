"""Derived risks of chains of networks: what is printed is what runs, and every step can fail."""

import math
import pickle
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp

import w2s_asymptotics as w2s
from w2s_asymptotics.words.spelled import spelled, written_out

WORLD = w2s.MultiIndex([1, 0.3, 0.1], [0, 1, 0.2], 0.1)
TEACHER = w2s.TwoLayer(0.5, 0.6, 2.0, 0.1, degree=2)


def student(**more: Any) -> w2s.TwoLayer:
    given = {"gamma_step": 0.3, "gamma": 0.4, "width": 4.0, "lam": 0.05, "degree": 2, "hard_degree": 2} | more
    return w2s.TwoLayer(**given)


RETAINED = {"head": "retained", "quality": 0.7}
PROBE = {"head": "probe", "gamma_probe": 0.3}
TAUGHT = w2s.TwoLayer(0.2, 0.3, 1.0, 0.01, hard_degree=3, activation="erf", degree=3)
CHAINS = [
    (WORLD, (TEACHER,)),
    (WORLD, (TEACHER, student())),
    (WORLD, (TEACHER, student(**RETAINED, noise=0.2))),
    (WORLD, (TEACHER, student(**PROBE, noise=0.2))),
    (WORLD, (student(**PROBE), student(**RETAINED), TEACHER)),
    (WORLD, (TEACHER, student(), student(**PROBE), student(degree=4))),
    (w2s.MultiIndex("tanh", "he2", 0.3), (TAUGHT, student(activation="tanh", degree=3))),
    (w2s.MultiIndex("relu", [0], 0.0), (student(degree=4, activation="softplus"), student(degree=4))),
    (WORLD, (student(gamma_step=math.inf), student(gamma_step=0.0))),
    (WORLD, (TEACHER, student(gamma_step=math.inf, **PROBE))),
    (WORLD, (student(degree=0), student(width=math.inf), student(degree=0, **PROBE))),
    (WORLD, (student(activation="linear", lam=0.0), student(activation="linear", width=math.inf, lam=0.0))),
    (WORLD, (student(lam=0.0), student(gamma=3.0, lam=0.0, width=0.5))),
    (w2s.MultiIndex([-1, 0.3], [0, 1], 0.1), (TEACHER, student(lam=1e6))),
    (WORLD, (student(lam=1e-12, width=0.3), student(gamma=50.0, width=1e-3))),
]


@pytest.mark.parametrize(("world", "learners"), CHAINS)
def test_the_derived_risk_is_the_computed_one(world: Any, learners: Any) -> None:
    derivation = w2s.derive(world, *learners)
    assert float(derivation.result) == pytest.approx(w2s.risk(world, *learners), rel=1e-12)
    derivation.verify(1)


SYMBOLS = "noise c_e c_h step_t gamma_t lam_t step_s gamma_s width_s lam_s zeta probe"
NUMBERS = dict(
    zip(SYMBOLS.split(), (0.3, 0.8, 0.6, 0.5, 0.7, 0.1, 0.4, 1.3, 2.5, 0.2, 0.6, 0.9), strict=True)
)


def symbolic(head: str) -> tuple[Any, tuple[Any, Any], tuple[Any, Any]]:
    """A world and a chain in symbols, and the same in numbers."""
    symbols = {name: sp.Symbol(name, positive=True) for name in NUMBERS}

    def build(v: Any) -> tuple[Any, Any]:
        own = {"retained": {"quality": v["zeta"]}, "probe": {"gamma_probe": v["probe"]}}.get(head, {})
        teacher = w2s.TwoLayer(v["step_t"], v["gamma_t"], 2.0, v["lam_t"], degree=2)
        taught = w2s.TwoLayer(
            v["step_s"], v["gamma_s"], v["width_s"], v["lam_s"], degree=2, hard_degree=2, head=head, **own
        )
        return w2s.MultiIndex([v["c_e"], 0.3], [0, v["c_h"]], v["noise"]), (teacher, taught)

    return symbols, build(symbols), build(NUMBERS)


@pytest.mark.parametrize(
    "head", ["retained", *(pytest.param(head, marks=pytest.mark.slow) for head in ("labels", "probe"))]
)
def test_symbols_then_numbers(head: str) -> None:
    symbols, (world, learners), (numbers, computed) = symbolic(head)
    formula = w2s.risk(world, *learners)
    derivation = w2s.derive(world, *learners)
    assert formula == derivation.result
    unused = {"zeta": head != "retained", "probe": head != "probe", "gamma_s": head == "probe"}
    assert formula.free_symbols == {symbols[name] for name in NUMBERS if not unused.get(name)}
    value = formula.xreplace({symbols[name]: sp.Float(number) for name, number in NUMBERS.items()})
    assert float(value) == pytest.approx(w2s.risk(numbers, *computed), rel=1e-12)
    derivation.verify()


def test_substitution_and_slope() -> None:
    lam, quality = sp.symbols("lam quality", positive=True)
    formula = w2s.risk(WORLD, TEACHER, student(lam=lam, head="retained", quality=quality))
    assert float(formula.subs({lam: 0.05, quality: 0.7})) == pytest.approx(
        w2s.risk(WORLD, TEACHER, student(**RETAINED)), rel=1e-12
    )
    slope = float(formula.diff(lam).subs({lam: 0.05, quality: 0.7}))
    near = w2s.risk(WORLD, TEACHER, student(lam=np.array([0.05 - 1e-6, 0.05 + 1e-6]), **RETAINED))
    assert slope == pytest.approx((near[1] - near[0]) / 2e-6, rel=1e-6)


def test_exact_numbers_give_any_precision() -> None:
    half = sp.Rational(1, 2)
    exact = w2s.TwoLayer(half, half, sp.Integer(2), half)
    with mpmath.workdps(50):
        world = w2s.MultiIndex([mpmath.mpf(1)], [0, 1], mpmath.mpf(0.5))
        expected = w2s.risk(world, w2s.TwoLayer(0.5, 0.5, 2.0, 0.5))
        found = w2s.derive(w2s.MultiIndex([1], [0, 1], half), exact).result.evalf(50)
        assert abs(mpmath.mpf(found) / expected - 1) < mpmath.mpf(10) ** -45


def off(expression: Any) -> Any:
    return expression * sp.Rational(21, 20) if expression != 0 else sp.Rational(1, 20)


@pytest.mark.parametrize(
    "chain", [CHAINS[2], *(pytest.param(chain, marks=pytest.mark.slow) for chain in (CHAINS[3], CHAINS[9]))]
)
def test_every_step_can_fail(chain: Any) -> None:
    world, learners = chain
    derivation = w2s.derive(world, *learners)
    for step in derivation.steps:
        broken = derivation.with_step(step.name, after=off(step.after))
        (changed,) = [each for each in broken.steps if each.name == step.name]
        assert not changed.run().passed, step.name


def test_it_prints() -> None:
    derivation = w2s.derive(WORLD, TEACHER, student())
    assert "excess risk" in derivation.text() and "Mbar_s" in str(derivation.forms["excess risk"])
    assert derivation.latex().startswith(r"\documentclass")


@pytest.mark.parametrize(
    ("learners", "message"),
    [
        ((), "at least one learner"),
        ((w2s.Ridge(0.5, 0.1),), "TwoLayer does"),
        ((w2s.TwoLayer([0.1, 0.2], 0.5, 2.0, 0.1),), "single numbers and symbols"),
        ((w2s.TwoLayer(0.1, 0.5, 2.0, 0.0),), "infinite, or a limit"),
    ],
)
def test_bad_requests(learners: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        w2s.derive(WORLD, *learners)


def test_letters_that_know_what_they_stand_for() -> None:
    x, y = sp.symbols("x y", positive=True)
    inner = spelled("a_1", x + y)
    outer = spelled("b_1", inner**2 + x)
    assert str(outer) == "b_1" and sp.latex(outer**2) == "b_{1}^{2}"
    assert written_out(outer) == (x + y) ** 2 + x and outer.free_symbols == {x, y}
    assert written_out(outer.diff(x)) == 2 * (x + y) + 1 and outer.diff(x, 2) == 2
    assert outer.subs({x: 1, y: 2}) == 10 and written_out(outer.xreplace({x: y})) == 4 * y**2 + y
    assert outer == spelled("b_1", inner**2 + x) != spelled("b_1", inner**2)
    one = outer.subs(x, 1)
    assert str(one) == "b_1" and sp.latex(one**2) == "b_{1}^{2}" and one.subs(y, 2) == 10
    assert sp.lambdify((x, y), outer)(1.0, 2.0) == sp.lambdify(y, one)(2.0) == 10.0
    assert (1 / (1 + one)).diff(y).is_negative is not True and pickle.loads(pickle.dumps(outer)) == outer


def test_a_formula_in_one_symbol_can_be_examined() -> None:
    c = sp.Symbol("c", positive=True)
    formula = w2s.risk(w2s.MultiIndex([c], [0, 1], 0.5), TEACHER)
    assert formula.is_nonnegative is not False
    step = 1e-6
    worlds = [w2s.MultiIndex([value], [0, 1], 0.5) for value in (1 - step, 1 + step)]
    expected = (w2s.risk(worlds[1], TEACHER) - w2s.risk(worlds[0], TEACHER)) / (2 * step)
    assert float(formula.diff(c).subs(c, 1.0)) == pytest.approx(expected, rel=1e-6)
