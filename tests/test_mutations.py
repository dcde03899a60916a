"""Small mistakes in the source of a theorem: each must be found when the result is verified.

Every mutation is one replacement in one file, the sort of mistake that a proof must not survive: a premise a
little off, a domain that is smaller than the claim, a form that is only part of what is proved.
"""

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
import sympy as sp

import w2s_asymptotics
from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.checks import Identity
from w2s_asymptotics.proof.derivation import Outcome, VerificationError
from w2s_asymptotics.theorems import registered
from w2s_asymptotics.theorems.threshold import threshold

FOLDER = Path(w2s_asymptotics.__file__).parent / "theorems"

MUTATIONS = [
    # Domains smaller than the claim.
    ("compensation", "within(Q, 0, 1) & _students", "within(Q, 0, sp.Rational(1, 2)) & _students"),
    ("compensation", "within(Q, 1, 2) & _students", "within(Q, sp.Rational(3, 2), 2) & _students"),
    ("compensation", "within(Q, 2, sp.oo) & _students", "within(Q, 3, sp.oo) & _students"),
    ("_winning_penalties", "sp.Lt(_gamma, 1, evaluate=False)", "sp.Lt(_gamma, 1 / sp.S(2), evaluate=False)"),
    ("_winning_penalties", "{_gamma: 1 - _a * _b, CHI: _b - _a}", "{_gamma: 1 - _a * _b, CHI: _b + _a}"),
    ("_winning_penalties", "{_gamma: 1 - _a * _b,", "{_gamma: 1 - 2 * _a * _b,"),
    ("threshold", "within(_gamma, 0, 1)", "within(_gamma, 0, 1 / sp.S(2))"),
    ("optimal_student", "(1 + _kappa) / (1 + _kappa + _w)", "(1 + _kappa) / (2 + _kappa + _w)"),
    ("_two_blocks", "more: 1 / (1 + p)}", "more: 1 / (2 + p)}"),
    ("two_layer_winning", "within(_gap, 0, two.captured)", "within(_gap, 0, 2 * two.captured)"),
    # Features, labels of one projection, angles.
    ("representation_map", "_noise + Quadratic(COVARIANCE, _rest),", "_noise,"),
    ("overlapping_features", "surplus_c: c * v - t", "surplus_c: c * v - 2 * t"),
    ("overlapping_features", 'within(G, 0, 1, "high")', 'within(G, 0, sp.Rational(1, 2), "high")'),
    ("nested_features", "_gamma, G), evaluate=False", "_gamma, 2 * G), evaluate=False"),
    ("projected_labels", "stage.noise: 1 - FIRST**2", "stage.noise: 1 - FIRST"),
    ("no_better_angle", "_c_s: first * energy", "_c_s: first * overlap"),
    # Forms that are part of what is proved.
    ("aligned_student", '"gain": gain', '"gain": gain.args[0]'),
    ("optimal_student", '"gain": gain', '"gain": gain.args[0]'),
    ("penalty_schedule", '"overshoot handed on": out', '"overshoot handed on": out.args[-1]'),
    # Premises a little off.
    ("aligned_student", "balanced = sp.Eq(sp.Add(", "balanced = sp.Eq(1.01 * sp.Add("),
    ("aligned_student", "shared.rhs", "1.01 * shared.rhs"),
    ("_two_blocks", "TEACHER.noise: sp.solve(best, TEACHER.noise)[0]",
     "TEACHER.noise: sp.solve(best, TEACHER.noise)[0] * sp.Rational(101, 100)"),
    ("penalty_schedule", '_q_next: from_("chain_recursion", "energy_recursion")',
     '_q_next: from_("chain_recursion", "energy_recursion").subs(_noise, sp.Rational(101, 100) * _noise)'),
    ("penalty_schedule", "_B * _q_next + _later", "_B * _q_next + 2 * _later"),
    ("penalty_schedule", "_c: _c2, _s: _s2", "_c: _c2, _s: sp.Rational(101, 100) * _s2"),
    ("optimal_student", "{_E_t: incoming_risk(), _E_s: risk, overlap: stationary.rhs}",
     "{_E_t: incoming_risk(), _E_s: risk.subs(_noise, 0), overlap: stationary.rhs}"),
    ("chain_recursion", "_a2 * energy + _w,", "_a2 * energy + 2 * _w,"),
    ("chain_recursion", "e.rhs.subs(energy, q(_n - 1))", "2 * e.rhs.subs(energy, q(_n - 1))"),
    ("chain_recursion", "e.rhs.subs({new: old", "2 * e.rhs.subs({new: old"),
    ("gradient_direction", "{_square: square,", "{_square: square * sp.Rational(199, 200),"),
    ("gradient_direction", "_along: account[along]", "_along: sp.Rational(201, 200) * account[along]"),
    ("marchenko_pastur", "mass, LAM: lam", "sp.Rational(101, 100) * mass, LAM: lam"),
    ("marchenko_pastur", "sp.expand((c - r) * (1 / r - c))", "sp.expand((c - r) * (1 / r + c))"),
    ("_two_layer_teacher",
     "c / sp.sqrt(c**2 + two.step_t * power)", "c / sp.sqrt(c**2 + two.step_s * power)"),
    ("random_feature_bulk", "1 - 2 * _C * _g1 + _C**2 * _g2", "1 - 2 * _C * _g1 + 1.001 * _C**2 * _g2"),
    ("finite_dimension", "LAM * VARIANCE + trace(", "2 * LAM * VARIANCE + trace("),
    ("finite_dimension", "FIRST - LAM * SECOND) / D", "FIRST - sp.Float(0.999) * LAM * SECOND) / D"),
    ("spike_degrees", "sp.factorial2(2 * k - 1)", "sp.factorial2(2 * k + 1)"),
    ("convex_map", "_gamma * SPREAD**2 / (2 * CHI)", "_gamma * SPREAD**2 / (3 * CHI)"),
    ("convex_map", "-RHO * Mean(BY_Z) - ALONG", "-RHO * Mean(BY_Z) - 1.001 * ALONG"),
    ("convex_map", "(RHO - kept) ** 2 + added + _noise", "(RHO - kept) ** 2 + added + 1.001 * _noise"),
]  # fmt: skip


PARTS = {
    "_winning_penalties": ("compensation", "penalties"),
    "_two_blocks": ("aligned_student", "blocks"),
    "_two_layer_teacher": ("two_layer_heads", "teacher"),
}
"""Which theorem a part belongs to, and the name that it goes by there."""


class Trusted:
    """Stands in for a check whose step is as it was."""

    def __init__(self, check):
        self.check = check

    def run(self, before, after, seed):
        return Outcome(True, "as it was")

    def __getattr__(self, name):
        return getattr(self.check, name)


def mutated(file: str, old: str, new: str) -> ModuleType:
    """The module as its source would make it after one replacement."""
    source = (FOLDER / f"{file}.py").read_text()
    assert old in source, f"{file} no longer holds {old!r}"
    module = ModuleType(f"w2s_asymptotics.theorems.{file}")
    exec(compile(source.replace(old, new), f"{file}.py", "exec"), module.__dict__)
    return module


def derived(file: str, old: str, new: str):
    """The derivation after a mutation, the checks of unchanged steps taken on trust."""
    module = mutated(file, old, new)
    if file in PARTS:
        name, known_as = PARTS[file]
        host = mutated(name, "def derivation()", "def derivation()")
        host.__dict__[known_as] = module
        changed = host.derivation()
    else:
        name, changed = file, module.derivation()
    proved = {step.name: step for step in registered(name)}

    def as_it_was(step):
        before = proved.get(step.name)
        return before is not None and all(
            repr(getattr(step, part)) == repr(getattr(before, part)) for part in ("before", "after", "check")
        )

    steps = (replace(step, check=Trusted(step.check)) if as_it_was(step) else step for step in changed)
    return replace(changed, steps=tuple(steps))


SAMPLED = 3
"""Of so many mutations one is tried by `make test`; all of them by `make test-all`."""


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        pytest.param(*mutation, marks=[pytest.mark.sweep] if place % SAMPLED else [])
        for place, mutation in enumerate(MUTATIONS)
    ],
)
def test_a_mistake_in_a_theorem_is_found(file, old, new):
    with pytest.raises((VerificationError, ValueError, IndexError)):
        derived(file, old, new).verify()


def test_the_mutants_are_verified_as_they_are_written():
    name = "optimal_student"
    derived(name, "def derivation()", "def derivation()").verify()


def test_a_stage_sweeps_every_gamma():
    gamma, kappa = symbol("gamma", "s"), symbol("kappa", "s")
    whole = import_module("w2s_asymptotics.theorems._isotropic").everywhere(kappa, gamma)
    half = mutated("_isotropic", "(1 + kappa) / (1 + _ratio)", "(1 + kappa) / (2 + _ratio)")
    claim = threshold(kappa, gamma) - 1
    assert Identity(positive=whole).run(claim, sp.factor(claim), 0).passed
    outcome = Identity(positive=half.everywhere(kappa, gamma)).run(claim, sp.factor(claim), 0)
    assert not outcome.passed and "does not reach every place" in outcome.detail
