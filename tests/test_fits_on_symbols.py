"""A learner's own fit, run on letters and on symbols: what it is called, and what is refused."""

import runpy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

import w2s_asymptotics as w2s
from w2s_asymptotics.arithmetic import solved
from w2s_asymptotics.chains.drawn import AtDraws
from w2s_asymptotics.chains.letters import Letters, World, lettered
from w2s_asymptotics.learners import Fit, Learner
from w2s_asymptotics.learners.learner import validate
from w2s_asymptotics.words.symbols import OnSymbols, Symbols, row

ISOTROPIC = w2s.Population.isotropic(noise=0.3)
ATOMS = w2s.Population([3.0, 1.0], [0.2, 0.8], [0.5, 0.5], noise=0.3)
ONE = World((sp.S.One,), (sp.S.One,), (sp.Symbol("e", positive=True),))


@dataclass(frozen=True, eq=False)
class Halved(Learner):
    """Ridge at half its penalty, which adds some energy of its own."""

    gamma: Any = None
    lam: Any = None
    noise: Any = 0.0
    samples: Any = None
    more: Any = 0

    def __post_init__(self) -> None:
        validate(self, "lam", "noise")

    def fit(self, spectrum: Any, energy: Any, noise: Any) -> Fit:
        kept, lost, added, _ = w2s.Ridge(self.gamma, self.lam / 2).fit(spectrum, energy, noise)
        return Fit(kept, lost, added * (1 + self.more))


@pytest.mark.parametrize("world", [ISOTROPIC, ATOMS])
def test_a_learner_of_one_s_own_gets_its_derivations(world: Any) -> None:
    chain = Halved(0.5, 0.2), w2s.RandomFeatures(0.7, 2.0, 0.1), Halved(1.5, 0.4, noise=0.1)
    derivation = w2s.derive(world, *chain)
    derivation.verify()
    assert float(derivation.result) == pytest.approx(w2s.risk(world, *chain), rel=1e-13)
    lam = sp.Symbol("lam", positive=True)
    formula = w2s.risk(world, Halved(0.5, lam), w2s.Ridge(0.7, 0.1))
    expected = w2s.risk(world, w2s.Ridge(0.5, 0.1), w2s.Ridge(0.7, 0.1))
    assert float(formula.subs(lam, 0.2)) == pytest.approx(expected, rel=1e-13)


def test_a_fit_that_is_no_registered_map_is_refused() -> None:
    damped: Any = runpy.run_path(str(Path(__file__).parents[1] / "docs" / "examples" / "damped.py"))["Damped"]
    assert float(w2s.derive(ISOTROPIC, damped(0.5, 0.1)).result) == pytest.approx(
        w2s.risk(ISOTROPIC, w2s.Ridge(0.5, 0.1)), rel=1e-14
    )
    for learner in (damped(0.5, 0.1, factor=0.8), Halved(0.5, 0.1, more=sp.Rational(1, 10**9))):
        with pytest.raises(ValueError, match=r"no registered map says what a fit of .*'ridge_map'"):
            w2s.derive(ISOTROPIC, learner)


def test_learners_that_say_why_not() -> None:
    for learner, why in (
        (w2s.GradientFlow(gamma=0.5, time=1.0), "integral over the sample's spectrum"),
        (w2s.PrincipalComponents(gamma=0.5, components=0.3), "integral over the sample's spectrum"),
    ):
        with pytest.raises(ValueError, match=f"only chains of Ridge.*{type(learner).__name__}: .*{why}"):
            w2s.derive(ISOTROPIC, learner, w2s.RandomFeatures(0.5, 2.0, 0.1))
    with pytest.raises(ValueError, match="own labels alone"):
        w2s.derive(ISOTROPIC, w2s.SelfDistilled(0.5, (0.1, 0.2), own=0.5))
    with pytest.raises(ValueError, match="only chains of Ridge and other learners can be derived, got 0.1"):
        w2s.derive(ISOTROPIC, 0.1)


def test_learners_that_do_not_see_all() -> None:
    for learner in (w2s.Ridge(0.5, 0.1, features=[0]), w2s.Ridge(0.5, 0.1, penalty=[1.0, np.inf])):
        for chain in ((learner,), (learner, w2s.RandomFeatures(0.5, 2.0, 0.1))):
            with pytest.raises(ValueError, match="learners that see all covariates"):
                w2s.derive(ATOMS, *chain)


def test_quantities_of_the_registered_map_keep_their_names() -> None:
    letters = Letters("t", ONE, curved=True)
    kept, lost, added, nonlinear = letters.fit(
        lettered(w2s.RandomFeatures(0.5, 2.0, 0.1, activation="relu"), "t", ONE)
    )
    assert [str(each[0]) for each in (kept, lost)] == ["S_t", "K_t"]
    names = {str(each) for each in added[0].free_symbols | nonlinear[0].free_symbols}
    assert names == {"K_t", "S_t", "gamma_t", "v_t", "t_t", "q_t", "Delta_t", "width_t", "tail_t", "nu_t"}
    plain = Letters("t", ONE, curved=False, naming=False).fit(lettered(w2s.Ridge(0.5, 0.1), "t", ONE))
    kappa = sp.Symbol("kappa_t", nonnegative=True)
    assert sp.simplify(plain.kept[0] * (1 + kappa)) == 1
    assert str(lettered(w2s.SelfDistilled(0.5, (0.1, 0.0, 0.2)), "t", ONE).lams) == "(lam_t,1, lam_t,2)"


def test_rows_of_expressions() -> None:
    xp, x = Symbols("t"), sp.Symbol("x")
    both = row([x, 0])
    assert list(both > 0) == [True, False] and list(row([sp.oo, x]) < np.inf) == [False, True]
    assert list(xp.quotient(both, row([0, 0]))) == [sp.zoo * x, 0]
    assert list(xp.product(row([0, x]), row([sp.oo, 2]))) == [0, 2 * x]
    assert list(xp.total(both + 1)) == [x + 2] and (both + 1).sum() == x + 2
    assert xp.any(both) and not xp.any(0.0) and list(xp.where(both > 0, 1, both)) == [1, 0]
    spectrum = OnSymbols([2, 1], [x, 1 - x], [1, 1], 0.5, None, xp)
    assert (
        spectrum.risk(spectrum.target()) == 0
        and spectrum.own(w2s.Ridge(0.5, 0.1, covariance=x)).eigenvalues[1] == x
    )


def test_a_namespace_is_asked_for_what_numbers_iterate() -> None:
    @solved
    def root(value: Any, xp: Any) -> Any:
        return value**0.5

    class Exact:
        def root(self, value: Any) -> Any:
            return sp.sqrt(value)

    assert root(2.0, None) == 2.0**0.5 and root(2, Exact()) == sp.sqrt(2)


def test_draws_see_a_difference() -> None:
    x, y = sp.symbols("x y", positive=True)
    check = AtDraws(lambda rng: ({x: sp.Float(int(rng.integers(1, 9)), 50)},) * 2, "x drawn")
    assert check.run(x * y, y * x, 1).passed
    assert not check.run(x * y, x * y * (1 + sp.Rational(1, 10**20)), 1).passed
    assert not check.run(x, y, 1).passed and not check.run(x, sp.oo, 1).passed
    assert check.run(sp.Integer(10) ** 30 * x, sp.oo, 1).passed and "x drawn" in check.describe()
