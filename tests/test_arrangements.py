"""Numeric arrangements written by hand are those of the derived results."""

import mpmath
import pytest
import sympy as sp

from w2s_asymptotics import Population, Ridge, winning_interval
from w2s_asymptotics.notation import symbol
from w2s_asymptotics.questions.risk import check_chain
from w2s_asymptotics.questions.tune import _about_ridgeless
from w2s_asymptotics.questions.winning import excess_ratio
from w2s_asymptotics.theorems import compensation, optimal_student

GAMMA, KAPPA = symbol("gamma", "s"), symbol("kappa", "s")


@pytest.mark.parametrize("over", [False, True])
def test_the_quartic_of_tune_is_the_derived_one(over: bool) -> None:
    """In symbols, exactly: the polynomial about the ridgeless point is the derived one, shifted."""
    derived = optimal_student.stationary_polynomial()
    rho, e, noise, u = sp.symbols("rho e noise u", positive=True)
    free = {item.name: item for item in derived.as_expr().free_symbols}
    gamma = sp.Symbol("above", positive=True) + 1 if over else 1 / (1 + sp.Symbol("below", positive=True))
    by_hand = sp.Poly(_about_ridgeless(rho, e, noise, gamma), u).as_expr()
    start = gamma - 1 if over else 0
    names = {free["rho"]: rho, free["q"]: rho + e, GAMMA: gamma, KAPPA: start + u}
    names |= {item: noise for name, item in free.items() if name.startswith("noise")}
    ratio = sp.cancel(by_hand / derived.as_expr().subs(names, simultaneous=True))
    assert ratio.is_positive and not ratio.has(u)


@pytest.mark.parametrize(
    ("gamma_t", "lam_t", "noise"), [(0.5, 0.01, 0.5), (0.9, 0.001, 0.5), (0.6, 0.01, 0.9)]
)
@pytest.mark.parametrize("gamma_s", ["0.1", "0.8", "1", "1.3", "3"])
def test_the_interval_of_winning_is_the_derived_one(
    gamma_t: float, lam_t: float, noise: float, gamma_s: str
) -> None:
    forms = compensation.closed_forms()
    with mpmath.workdps(60):
        world, teacher = Population.isotropic(noise=noise), Ridge(mpmath.mpf(gamma_t), lam_t)
        student = Ridge(mpmath.mpf(gamma_s), 1.0)
        ratio = 1 + excess_ratio(check_chain(world, (teacher, student)))
        values = {sp.Symbol("Q", positive=True): sp.Float(ratio, 60), GAMMA: sp.Rational(gamma_s)}

        def at(name: str) -> mpmath.mpf:
            return mpmath.mpf(str(forms[name].subs(values).evalf(55)))

        interval = winning_interval(world, teacher, student)
        if ratio >= 2:
            assert interval == (0, mpmath.inf)
        elif float(gamma_s) < 1:
            assert interval is not None and interval[0] == 0
            assert abs(interval[1] / at("lam_bar") - 1) < mpmath.mpf(10) ** -48
            assert abs(interval[1] / at("lam_bar_below") - 1) < mpmath.mpf(10) ** -48
        elif interval is None:
            assert ratio <= at("min_t") * (1 + mpmath.mpf(10) ** -50)
        else:
            assert ratio > at("min_t")
            assert abs(interval[1] / at("lam_hi") - 1) < mpmath.mpf(10) ** -45
            assert abs(interval[0] - at("lam_lo")) < mpmath.mpf(10) ** -45
