"""Every registered derivation holds; each of its steps, tampered with, does not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import mpmath
import numpy as np
import pytest
import sympy as sp
from sympy.core.relational import Relational

import w2s_asymptotics as w2s
from w2s_asymptotics.chains import derive
from w2s_asymptotics.proof.derivation import Derivation, Step, VerificationError
from w2s_asymptotics.theorems import derivations, title

GOLDEN = Path(__file__).parent / "golden_chains.json"


def tampered(expression):
    """The same claim, off by five percent."""
    if isinstance(expression, sp.And):
        return sp.And(tampered(expression.args[0]), *expression.args[1:], evaluate=False)
    off = sp.Rational(21, 20)
    if isinstance(expression, Relational):
        right = expression.rhs * off if expression.rhs != 0 else expression.rhs + sp.Rational(1, 20)
        left = expression.lhs if expression.lhs.free_symbols else expression.lhs * off
        return expression.func(left, right, evaluate=False)
    return expression * off if expression != 0 else sp.Rational(1, 20)


@pytest.mark.parametrize("name", derivations())
def test_derivation_holds_and_no_step_does_that_is_tampered_with(name):
    derivation = derive(name)
    report = derivation.verify()
    assert len(report.outcomes) == len(derivation.steps) and title(name) == derivation.title
    for step in derivation:
        claim = sp.Not(step.after) if step.after in (sp.true, sp.false) else tampered(step.after)
        assert not replace(step, after=claim).run().passed, step.name


def test_steps_must_join_up():
    derivation = derive("teacher_risk")
    second = derivation.steps[1]
    with pytest.raises(VerificationError, match="does not take up"):
        derivation.with_step(second.name, before=2 * second.before, after=2 * second.after).verify()


def test_the_last_step_must_end_at_the_result():
    derivation = derive("kappa_derivative")
    changed = Derivation(
        **{
            **{name: getattr(derivation, name) for name in derivation.__dataclass_fields__},
            "result": sp.S.One,
        }
    )
    with pytest.raises(VerificationError, match="does not end at the result"):
        changed.verify()


def test_a_step_cannot_use_what_nothing_proves():
    step: Step = derive("teacher_risk").steps[0]
    with pytest.raises(ValueError, match="which nothing before it proves"):
        derive("kappa_derivative").with_step("name it", uses=(step.name,))


def test_verification_names_the_step():
    derivation = derive("marchenko_pastur")
    with pytest.raises(VerificationError, match="clear the denominator"):
        derivation.with_step("clear the denominator", after=sp.Eq(sp.Symbol("x"), 0)).verify()


def golden_chains():
    return [pytest.param(case, id=case["name"]) for case in json.loads(GOLDEN.read_text())]


@pytest.mark.parametrize("case", golden_chains())
def test_chain_evaluates_to_the_golden_figure(case):
    world = w2s.Population.isotropic(noise=case["noise"])
    learners = [w2s.Ridge(**row) for row in case["learners"]]
    for depth, expected in enumerate(case["risks"], 1):
        assert float(derive(world, *learners[:depth]).result) == pytest.approx(float(expected), rel=1e-14)


@pytest.mark.parametrize("case", golden_chains())
def test_all_symbols_then_numbers(case):
    symbols, numbers = {}, {}

    def symbol(name, value):
        symbols[name] = sp.Symbol(name, nonnegative=True)
        numbers[symbols[name]] = sp.Rational(str(value))
        return symbols[name]

    world = w2s.Population.isotropic(signal=symbol("r2", 1), noise=symbol("v", case["noise"]))
    learners = [
        w2s.Ridge(**{key: symbol(f"{key}{place}", value) for key, value in row.items()})
        for place, row in enumerate(case["learners"])
    ]
    formula = w2s.risk(world, *learners)
    assert formula == derive(world, *learners).result
    with mpmath.workdps(40):
        value = formula.subs(numbers).evalf(30)
    assert abs(value / sp.Float(case["risks"][-1], 30) - 1) < 1e-19


@pytest.fixture(scope="module")
def long_chain():
    """Four generations, noise and true labels at several of them: no registered derivation."""
    world = w2s.Population.isotropic(signal=1.5, noise=0.25)
    learners = (
        w2s.Ridge(gamma=0.5, lam=0.02),
        w2s.Ridge(gamma=1.5, lam=0.3, noise=0.1, truth=0.3),
        w2s.Ridge(gamma=0.7, lam=0.1, noise=0.05),
        w2s.Ridge(gamma=0.9, lam=0.2, truth=0.5),
    )
    return world, learners


def test_a_chain_that_no_name_covers_verifies_and_evaluates(long_chain):
    world, learners = long_chain
    derivation = derive(world, *learners)
    derivation.verify()
    assert float(derivation.result) == pytest.approx(w2s.risk(world, *learners), rel=1e-13)


def test_derived_formula_and_kernel_agree_at_fifty_digits(long_chain):
    _, learners = long_chain
    with mpmath.workdps(50):
        exact = [
            w2s.Ridge(
                **{
                    name: mpmath.mpf(getattr(learner, name))
                    for name in ("gamma", "lam", "noise", "truth")
                    if getattr(learner, name)
                }
            )
            for learner in learners
        ]
        numeric = w2s.risk(w2s.Population.isotropic(signal=mpmath.mpf(1.5), noise=mpmath.mpf(0.25)), *exact)
        rational = [
            w2s.Ridge(
                **{
                    name: sp.Rational(getattr(learner, name))
                    for name in ("gamma", "lam", "noise", "truth")
                    if getattr(learner, name)
                }
            )
            for learner in learners
        ]
        symbolic = derive(
            w2s.Population.isotropic(signal=sp.Rational(3, 2), noise=sp.Rational(1, 4)), *rational
        ).result
        assert abs(mpmath.mpf(symbolic.evalf(50)) / numeric - 1) < mpmath.mpf(10) ** -47


def test_matrices_that_do_not_commute_are_derived_down_to_words():
    world = w2s.Population.from_matrices(np.diag([3.0, 1.0]), [1.0, 0.5], noise=0.2)
    derivation = derive(world, w2s.Ridge(gamma=0.7, lam=0.02, penalty=np.array([[1.0, 0.3], [0.3, 2.0]])))
    assert {str(letter) for letter in derivation.result.free_symbols} >= {"G_t", "Sigma", "Sigma_t", "beta_*"}
    derivation.verify()


HALF = sp.Rational(1, 2)


@pytest.mark.parametrize(
    ("world", "learners"),
    [
        (w2s.Population.isotropic(noise=0.5), (w2s.Ridge(1.0, 0.0),)),
        (w2s.Population.isotropic(noise=0.0), (w2s.Ridge(1.0, 0.0),)),
        (w2s.Population.isotropic(noise=0.5), (w2s.Ridge(0.5, 0.1), w2s.Ridge(1.0, 0.0))),
        (w2s.Population.isotropic(noise=0.5), (w2s.Ridge(1.0, 0.0), w2s.Ridge(0.5, 0.1))),
        (w2s.Population.isotropic(noise=0.5), (w2s.Ridge(2.0, 0.0), w2s.Ridge(0.5, 0.0))),
        (w2s.Population.isotropic(noise=0.5), (w2s.Ridge(0.5, 0.1, covariance=3.0, penalty=2.0),)),
        (
            w2s.Population.isotropic(noise=0.5),
            (w2s.Ridge(0.5, 0.1), w2s.Ridge(0.7, 0.2, truth=0.3, noise=0.1, penalty=2.0)),
        ),
    ],
)
def test_edges_of_the_domain(world, learners):
    derivation = derive(world, *learners)
    derivation.verify()
    assert float(derivation.result) == pytest.approx(w2s.risk(world, *learners), rel=1e-12, abs=1e-15)


def test_exact_irrational_numbers_evaluate():
    formula = derive(w2s.Population.isotropic(noise=HALF), w2s.Ridge(HALF, sp.sqrt(2))).result
    world = w2s.Population.isotropic(noise=0.5)
    assert float(formula) == pytest.approx(w2s.risk(world, w2s.Ridge(0.5, 2**0.5)), rel=1e-14)


def test_a_formula_compiles_to_numpy():
    gamma, lam = sp.symbols("gamma lam", positive=True)
    formula = derive(w2s.Population.isotropic(noise=HALF), w2s.Ridge(gamma, lam)).result
    lams = np.array([1e-3, 0.1, 10.0])
    expected = w2s.risk(w2s.Population.isotropic(noise=0.5), w2s.Ridge(0.5, lams))
    assert sp.lambdify((gamma, lam), formula)(0.5, lams) == pytest.approx(expected, rel=1e-13)


def test_wrong_noise_of_mixed_labels_is_caught():
    world = w2s.Population.isotropic(noise=0.5)
    chain = derive(world, w2s.Ridge(0.5, 0.1), w2s.Ridge(0.7, 0.2, truth=0.3, noise=0.1))
    step = chain.steps[-1]
    assert step.run().passed
    labels = world.noise * 0.3**2 + 0.1
    wrong = step.before.subs(sp.Symbol("noise_s", nonnegative=True), world.noise * 0.3 + 0.1)
    noise = {sp.Symbol("noise_s", nonnegative=True): labels * 1.5}
    model = replace(step.check.model, values={**step.check.model.values, **noise})
    assert (
        replace(step.check, model=model).run(step.before, step.after, 0).passed
    )  # the model mixes the noises itself
    assert not step.check.run(wrong, step.after, 0).passed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("no such result",), "there is no result named"),
        ((w2s.Population.isotropic(),), "at least one learner"),
        (("teacher_risk", w2s.Ridge(gamma=1, lam=1)), "either a name alone"),
        ((w2s.Population.isotropic(), "ridge"), "only chains of Ridge"),
        ((w2s.Population.isotropic(), w2s.Ridge(0.5, np.array([0.1, 0.2]))), "single numbers and symbols"),
        ((w2s.Population.isotropic(), w2s.Ridge(0.5, 0.1, penalty=[1.0, 2.0])), "single numbers and symbols"),
        ((w2s.Population.isotropic(), w2s.Ridge(samples=10, lam=0.1)), "finite dimension"),
        ((w2s.Population.isotropic(), w2s.Ridge(0.5, 0.1, covariance=0.0)), "covariance must be positive"),
        ((w2s.Population.isotropic(), w2s.Ridge(0.5, 0.1, truth=0.5)), "first learner"),
    ],
)
def test_bad_requests(arguments, message):
    with pytest.raises(ValueError, match=message):
        derive(*arguments)
