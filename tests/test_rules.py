"""The rules that integrate a data set out are the theorems that prove them, exactly.

And their check sees what is wrong.
"""

import numpy as np
import pytest
import sympy as sp

from w2s_asymptotics.chains import derive
from w2s_asymptotics.proof.models.drawn import draw_exact
from w2s_asymptotics.theorems import derivations
from w2s_asymptotics.theorems.two_point import C
from w2s_asymptotics.words import rules
from w2s_asymptotics.words.words import Quadratic, Stage, Trace, letter, trace, transpose

STAGE = Stage("t")
A, LEFT, U, V = letter("A"), letter("B"), letter("f"), letter("mu")


def value(expression, seed=0):
    symbols = expression.free_symbols | {A, LEFT, U, V}
    return draw_exact(STAGE, symbols, np.random.default_rng(seed)).at(expression)


def test_the_fluctuation_is_the_two_point_theorem():
    """Without a fixed part, the rule on lam R C R is the theorem with C = B'AB, on non-commuting rational
    matrices.
    """
    vector = STAGE.lam * LEFT * STAGE.resolvent * V
    around = sp.expand(transpose(LEFT) * A * LEFT)
    theorem = derive("two_point").result.subs(C, around)
    inside = trace(STAGE.covariance * STAGE.equivalent * around * STAGE.equivalent)
    theorem = theorem.replace(Trace, lambda word: inside if word.has(A) else Trace(word))
    assert value(rules.integrate_data(Quadratic(A, vector), STAGE)) == value(Quadratic(theorem, V))


def test_the_mean_is_the_one_point_theorem():
    """The cross term of a fixed part and lam R is what the one-point theorem makes of it."""
    form = derive("one_point").forms["equivalent"]
    assert form == sp.Eq(STAGE.lam * STAGE.resolvent, STAGE.kappa * STAGE.equivalent, evaluate=False)
    whole = rules.integrate_data(Quadratic(A, U + STAGE.lam * LEFT * STAGE.resolvent * V), STAGE)
    apart = rules.integrate_data(Quadratic(A, STAGE.lam * LEFT * STAGE.resolvent * V), STAGE)
    moved = STAGE.kappa * LEFT * STAGE.equivalent * V
    cross = Quadratic(A, U + moved) - Quadratic(A, moved)
    assert value(whole - apart) == value(cross)


def test_the_noise_word_is_the_corollary():
    word = STAGE.resolvent * STAGE.sample_covariance * STAGE.resolvent
    corollary = derive("two_point").forms["noise"]
    assert value(rules.integrate_data(Trace(A * word), STAGE)) == value(
        trace(A * corollary * STAGE.delta) / STAGE.delta
    )


def mutations(after):
    """Wrong versions of an integrated expression: the noise gone or doubled, a factor off."""
    noise, delta = STAGE.noise, STAGE.delta
    yield "noise dropped", after.subs(noise, 0)
    yield "noise doubled", after.subs(noise, 2 * noise)
    yield "noise negative", after.subs(noise, -noise)
    yield "delta gone", after.subs(delta, 1)
    yield "kappa off", after.subs(STAGE.kappa, STAGE.kappa * sp.Rational(11, 10))


@pytest.mark.parametrize("name", ["ridge_map", "teacher_risk", "student_risk"])
def test_the_asymptotic_check_sees_a_wrong_term(name):
    step = next(step for step in derive(name) if step.name == "integrate the rows out (t)")
    for what, wrong in mutations(step.after):
        if wrong != step.after:
            assert not step.check.run(step.before, wrong, 0).passed, what


def reordered(word):
    shape, covariance = STAGE.equivalent, STAGE.covariance
    yield word.subs(shape * C * shape, C * shape**2)
    yield word.subs(shape * covariance * shape, shape**2 * covariance)
    yield word.subs(shape * covariance * shape, shape * STAGE.penalty * shape)


def test_the_asymptotic_check_sees_the_order_of_letters():
    step = next(step for step in derive("two_point") if step.name == "state the equivalent")
    for wrong in reordered(step.after):
        assert wrong != step.after
        assert not step.check.run(step.before, wrong, 0).passed, wrong


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_true_steps_hold_for_every_seed(seed):
    for name in ("ridge_map", "teacher_risk"):
        derive(name).verify(seed)


def test_residuals_of_unequal_gain_are_refused():
    expression = 2 * STAGE.noise + STAGE.kappa**2 * Quadratic(STAGE.covariance, STAGE.equivalent * U)
    with pytest.raises(ValueError, match="same gain"):
        rules.factor_residuals(expression, STAGE)


def test_what_a_derivation_uses_comes_before_it():
    names = derivations()
    for place, name in enumerate(names):
        assert set(derive(name).uses) <= set(names[:place]), name
