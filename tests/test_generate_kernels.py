"""The committed kernels are what the derivations generate, and the derivations decide what they are."""

from dataclasses import replace

import pytest
import sympy as sp

from w2s_asymptotics.theorems import (
    generate_kernels,
    generate_random_features,
    generate_repeated,
    marchenko_pastur,
    random_features_map,
    ridge_map,
    self_distilled_map,
)
from w2s_asymptotics.theorems.generated import GENERATED, generator


@pytest.mark.parametrize("name", GENERATED)
def test_committed_modules_are_current(name):
    module = generator(name)
    assert module.path().read_text(encoding="utf-8") == module.source()


def test_the_ridge_map_decides_the_stage(monkeypatch):
    derived = ridge_map.derivation()
    stage = ridge_map.STAGE
    changed = replace(derived, result=derived.result.subs(stage.noise, 3 * stage.noise))
    monkeypatch.setattr(ridge_map, "derivation", lambda: changed)
    assert "unexplained = 3 * noise + " in generate_kernels.source()


def test_the_quadratic_decides_the_fixed_point(monkeypatch):
    equation = marchenko_pastur.quadratic()
    stage = marchenko_pastur.STAGE
    doubled = sp.Eq(equation.lhs.subs(stage.gamma, 2 * stage.gamma), 0)
    monkeypatch.setattr(marchenko_pastur, "quadratic", lambda: doubled)
    assert "1 - gamma) + (2 * gamma * missing - gamma - lam)" in generate_kernels.source()


def test_the_map_of_random_features_decides_their_kernel(monkeypatch):
    meaning = random_features_map.MEANING
    current = generate_random_features.path().read_text(encoding="utf-8")
    for name in ("RESIDUAL", "GAP", "SEEN", "PER_NU", "LEARNED"):
        quantity = getattr(random_features_map, name)
        with monkeypatch.context() as patched:
            patched.setattr(random_features_map, "MEANING", {**meaning, quantity: 3 * meaning[quantity]})
            assert generate_random_features.source() != current
    changed = {random_features_map.OMEGA: 1 - 2 * random_features_map.GAMMA * random_features_map.FREEDOM}
    monkeypatch.setattr(random_features_map, "MEANING", {**meaning, **changed})
    with pytest.raises(ValueError, match="is not"):
        generate_random_features.source()


def test_the_map_of_repeated_fits_decides_their_kernel(monkeypatch):
    meaning, current = self_distilled_map.MEANING, generate_repeated.path().read_text(encoding="utf-8")
    first, second = self_distilled_map.SHARES
    for name in (
        self_distilled_map.omega(first),
        self_distilled_map.unexplained(first, second),
        self_distilled_map.lost(first),
        self_distilled_map.inverse(first),
    ):
        with monkeypatch.context() as patched:
            patched.setattr(self_distilled_map, "MEANING", {**meaning, name: 3 * meaning[name]})
            assert generate_repeated.source() != current
    derived = self_distilled_map.derivation()
    own = next(each for each in derived.steps if each.name == "solve the recursion, a fit between")
    wrong = derived.with_step(own.name, after=2 * own.after)
    monkeypatch.setattr(self_distilled_map, "derivation", lambda: wrong)
    with pytest.raises(ValueError, match="is not a product over the other fits"):
        generate_repeated.source()
