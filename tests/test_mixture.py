"""Repeated fits on mixtures of own and first labels: oracle, simulation, the best mixture."""

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

from w2s_asymptotics import Population, Ridge, SelfDistilled, derive, risk, simulate, tune
from w2s_asymptotics.spectrum.marchenko_pastur import marchenko_pastur
from w2s_asymptotics.theorems.self_distillation import optimal_weight
from w2s_asymptotics.witness.oracle import quadrature, textbook
from w2s_asymptotics.witness.oracle_learners import OracleRepeated

WORLD = Population.isotropic(noise=0.5)
ATOMS = Population([3.0, 0.5], [0.7, 0.3], noise=0.5)
MIXED = [((0.01, 0.4), (1.5,)), ((0.01, 0.1, 0.4), (0.5, -1.3)), ((0.2, 0.2), (0.7,)), ((1e-9, 1e3), (-4.0,))]


@pytest.mark.parametrize("gamma", [0.1, 1.0, 3.0])
@pytest.mark.parametrize(("lams", "own"), MIXED)
def test_against_the_oracle(gamma: float, lams: tuple[float, ...], own: tuple[float, ...]) -> None:
    true = textbook(1, 0.5, [OracleRepeated(gamma, lams, own=own)]).risk
    assert risk(WORLD, SelfDistilled(gamma, lams, own=own)) == pytest.approx(float(true), rel=1e-13)


def test_both_routes_of_the_oracle_agree() -> None:
    stage = OracleRepeated(0.8, (0.05, 0.3, 0.3), own=(0.5, 1.7))
    assert mp.almosteq(textbook(1, 0.5, [stage]).risk, quadrature(1, 0.5, [stage]).risk, rel_eps=1e-12)


def test_special_weights() -> None:
    fits = SelfDistilled(0.8, (0.01, 0.4), own=1.0)
    assert fits.own == (1.0,)
    assert risk(WORLD, fits) == pytest.approx(risk(WORLD, SelfDistilled(0.8, (0.01, 0.4))), rel=1e-15)
    for world in (WORLD, ATOMS):
        afresh = SelfDistilled(0.8, (0.01, 0.2, 0.4), own=(0.7, 0.0))
        assert risk(world, afresh) == pytest.approx(risk(world, Ridge(0.8, 0.4)), rel=1e-13)


@pytest.mark.parametrize("world", [WORLD, ATOMS], ids=["one", "two"])
def test_the_fits_themselves(world: Population) -> None:
    student = SelfDistilled(0.8, (0.05, 0.1, 0.4), noise=0.1, own=(0.5, -1.3))
    run = simulate(world, Ridge(0.5, 0.05), student, dim=100, repetitions=60, seed=2)
    assert abs(run.z[1]) < 4


@pytest.mark.parametrize("world", [WORLD, ATOMS], ids=["one", "two"])
@pytest.mark.parametrize("lams", [(0.05, 0.4), (0.3, 0.1), (0.02, 0.2, 0.6)])
def test_no_mixture_is_better(world: Population, lams: tuple[float, ...]) -> None:
    chain = Ridge(0.5, 0.05), SelfDistilled(0.8, lams, noise=0.2)
    best = tune(world, *chain)
    assert best.parameter == "own" and best.value == best.learner.own
    rng = np.random.default_rng(0)
    for scale in (1e-3, 0.1, 1.0):
        for _ in range(8):
            own = tuple(np.asarray(best.value) + scale * rng.standard_normal(len(lams) - 1))
            other = SelfDistilled(0.8, lams, noise=0.2, own=own)
            assert risk(world, chain[0], other) >= best.risk * (1 - 1e-14)


@pytest.mark.parametrize("gamma", [0.5, 2.0])
def test_the_best_weight_is_the_derived_one(gamma: float) -> None:
    lam, mu = 0.02, 0.5
    point = {"gamma": gamma, "noise": 0.5, "signal": 1.0}
    kept = [1 / (1 + marchenko_pastur(each, gamma).kappa) for each in (lam, mu)]
    share = optimal_weight()
    names = {str(item): item for item in share.free_symbols}
    given = {names[name]: value for name, value in point.items() if name in names}
    shrinks = sorted((name for name in names if name.startswith("S")), key=lambda name: "t" not in name)
    given |= {names[name]: value for name, value in zip(shrinks, kept, strict=True)}
    weight = -float(share.subs(given)) * (mu - lam) / lam
    best = tune(WORLD, SelfDistilled(gamma, (lam, mu)))
    assert best.value[0] == pytest.approx(weight, rel=1e-9)
    with mp.workdps(40):
        assert float(tune(WORLD, SelfDistilled(mp.mpf(gamma), (lam, mu))).value[0]) == pytest.approx(weight)


def test_bad_input() -> None:
    for own in ((0.5, 0.5), "half", float("nan"), [[0.5]]):
        with pytest.raises(ValueError, match="own"):
            SelfDistilled(0.8, (0.1, 0.2), own=own)
    with pytest.raises(ValueError, match="every penalty must be > 0"):
        SelfDistilled(0.8, (0.1, 0.0), own=0.5)
    with pytest.raises(ValueError, match="takes numbers"):
        SelfDistilled(sp.Symbol("g", positive=True), (0.1, 0.2), own=0.5)
    with pytest.raises(ValueError, match="own labels alone"):
        derive(WORLD, SelfDistilled(0.8, (0.1, 0.2), own=0.5))
