"""The closed form of many generations against the chain it speaks of."""

import pytest
import sympy as sp

from w2s_asymptotics import Population, Ridge, risks
from w2s_asymptotics.chains import derive
from w2s_asymptotics.spectrum.marchenko_pastur import marchenko_pastur
from w2s_asymptotics.theorems import generations
from w2s_asymptotics.theorems.chain_recursion import energy_factor, overlap_factor


def chain(gamma: float, lam: float, noise: float, count: int) -> tuple[float, ...]:
    first = Ridge(gamma, lam)
    return risks(Population.isotropic(noise=noise), first, *[Ridge(gamma, lam, noise=noise)] * (count - 1))


@pytest.mark.parametrize(("gamma", "lam"), [(0.5, 0.1), (0.8, 0.01), (2.0, 0.3)])
def test_closed_form_is_the_chain(gamma: float, lam: float) -> None:
    kappa, noise = marchenko_pastur(lam, gamma).kappa, 0.3
    values = {
        "a_1": overlap_factor(kappa, gamma),
        "a_2": energy_factor(kappa, gamma),
        "w": gamma * noise / ((1 + kappa) ** 2 - gamma),
        "signal": 1.0,
    }
    for count, measured in enumerate(chain(gamma, lam, noise, 6), 1):
        formula = generations.risk_of_generation(count)
        named = {item: values[item.name] for item in formula.free_symbols}
        assert float(formula.subs(named)) == pytest.approx(measured, rel=1e-12)


def test_ridgeless_generations_collapse_linearly() -> None:
    for count, value in enumerate(chain(0.4, 0.0, 0.3, 7), 1):
        assert value == pytest.approx(count * 0.4 * 0.3 / 0.6, rel=1e-12)


def test_ridgeless_generations_with_few_rows_forget() -> None:
    formula = derive("generations").result
    for count, value in enumerate(chain(2.0, 0.0, 0.3, 5), 1):
        point = {"gamma": 2, "n": count, "w": sp.Rational(3, 10), "signal": 1}
        named = {item: point[item.name] for item in formula.free_symbols}
        assert float(formula.subs(named)) == pytest.approx(value, rel=1e-12)


def test_many_generations_tend_to_the_limit() -> None:
    gamma, lam, noise = 0.5, 0.5, 0.3
    kappa = marchenko_pastur(lam, gamma).kappa
    formula = derive("generations").forms["limit"]
    point = {"gamma": gamma, "kappa": kappa, "noise": noise, "signal": 1.0}
    limit = float(formula.subs({item: point[item.name] for item in formula.free_symbols}))
    assert chain(gamma, lam, noise, 80)[-1] == pytest.approx(limit, rel=1e-12)
