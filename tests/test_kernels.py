"""Every kernel is the expression that its derivation derives, and neither can change alone."""

from __future__ import annotations
import __future__

import ast
import copy
import inspect
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any

import derived_kernels as derived
import pytest
import sympy as sp
from derived_kernels import COMPARISONS
from symbolic_kernels import cancels, differs

from w2s_asymptotics.learners import random_features, repeated_fits, ridge, two_layer
from w2s_asymptotics.spectrum import (
    finite_dimension,
    fixed_point,
    layouts,
    marchenko_pastur,
    multi_index,
    nested,
)
from w2s_asymptotics.theorems import (
    _ridge_stage,
    random_features_map,
    ridge_map,
    self_distilled_map,
    two_layer_map,
)
from w2s_asymptotics.theorems import marchenko_pastur as law


def decided(*names: str) -> bool:
    """Whether all of these comparisons hold; what no longer has the derived form does not."""
    try:
        return not any(differs(pair) for name in names for pair in COMPARISONS[name]())
    except (ValueError, ZeroDivisionError, StopIteration):
        return False


@pytest.mark.parametrize("name", COMPARISONS)
def test_the_kernel_is_the_derived_expression(name: str) -> None:
    for pair in COMPARISONS[name]():
        assert not differs(pair)
        if name != "finite_spikes":
            assert cancels(pair)


# --- a kernel that is wrong anywhere is noticed ---

KERNELS: list[tuple[Any, str, tuple[str, ...]]] = [
    (fixed_point, "fixed_point", ("fixed_point",)),
    (marchenko_pastur, "resolvent", ("resolvent",)),
    (ridge, "on_one_atom", ("on_one_atom",)),
    (ridge, "_shares", ("on_one_atom", "grid_risk")),
    (ridge, "grid_risk", ("grid_risk",)),
    (layouts.OneAtom, "in_units", ("own_spectrum",)),
    (ridge, "on_atoms", ("on_atoms",)),
    (layouts._Diagonal, "through", ("on_one_atom",)),
    (layouts._Diagonal, "carried", ("on_one_atom",)),
    (layouts._Diagonal, "energy", ("on_one_atom",)),
    (layouts._Diagonal, "mixed", ("labels",)),
    (layouts._Diagonal, "risk", ("gain",)),
    (layouts._Diagonal, "gain", ("gain",)),
    (finite_dimension, "corrections", ("finite_dimension",)),
    (finite_dimension, "shift", ("finite_dimension",)),
    (nested, "factors", ("factors",)),
    (nested, "overshoot", ("overshoot",)),
    (random_features, "mapped", ("mapped",)),
    (repeated_fits, "share", ("share",)),
    (repeated_fits, "fitted", ("repeated_fits",)),
    (repeated_fits, "pair", ("repeated_fits",)),
    (repeated_fits, "newton", ("newton",)),
    (two_layer, "_share", ("gradient_step",)),
    (two_layer, "gradient_step", ("gradient_step",)),
    (two_layer, "two_layer_head", ("two_layer_head",)),
    (multi_index, "spike_loss", ("spikes",)),
    (multi_index, "spike_error", ("spikes",)),
]


def _is_shape(node: ast.AST) -> bool:
    """A term `0 * x`, which gives another its shape."""
    return isinstance(node, ast.BinOp) and isinstance(node.left, ast.Constant) and node.left.value == 0


def _formulas(node: ast.AST, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where in a syntax tree operations are, but for conditions, which choose a branch, and shapes."""
    if _is_shape(node) or isinstance(node, ast.Compare):
        return
    if isinstance(node, ast.BinOp):
        yield path
    for name, value in ast.iter_fields(node):
        if name in ("test", "annotation", "returns", "args") and not isinstance(node, ast.Call):
            continue
        for place, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.AST):
                yield from _formulas(child, (*path, (name, place)))


def _replaced(tree: ast.AST, path: tuple[Any, ...], change: Any) -> Any:
    tree = copy.deepcopy(tree)
    node = tree
    for name, place in path[:-1]:
        node = getattr(node, name) if place is None else getattr(node, name)[place]
    name, place = path[-1]
    if place is None:
        setattr(node, name, change(getattr(node, name)))
    else:
        getattr(node, name)[place] = change(getattr(node, name)[place])
    return tree


def _mutants(function: Any) -> Iterator[tuple[str, Any]]:
    """The function with one operation scaled by 1.001, or with one of its two sides dropped."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    yield "leave it", _built(function, tree)
    for path in _formulas(tree):
        node: Any = tree
        for name, place in path:
            node = getattr(node, name) if place is None else getattr(node, name)[place]
        changes = [("scale", _scaled)]
        if not _is_shape(node.right):
            changes.append(("drop the right of", lambda old: old.left))
        if isinstance(node.op, (ast.Add, ast.Mult)) and not _is_shape(node.left):
            changes.append(("drop the left of", lambda old: old.right))
        for verb, change in changes:
            yield f"{verb} {ast.unparse(node)}", _built(function, _replaced(tree, path, change))


def _scaled(old: Any) -> Any:
    return ast.BinOp(ast.BinOp(ast.Constant(1001), ast.Mult(), old), ast.Div(), ast.Constant(1000))


def _built(function: Any, tree: Any) -> Any:
    """The function of a syntax tree, among the names of the original's module."""
    space: dict[str, Any] = {}
    flags = __future__.annotations.compiler_flag
    exec(compile(ast.fix_missing_locations(tree), "mutant", "exec", flags=flags), function.__globals__, space)  # noqa: S102
    return space[function.__name__]


@pytest.mark.parametrize(("owner", "name", "comparisons"), KERNELS, ids=[each[1] for each in KERNELS])
def test_a_wrong_kernel_is_noticed(
    owner: ModuleType, name: str, comparisons: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    _hold_still(monkeypatch)
    survivors = []
    for label, mutant in _mutants(getattr(owner, name)):
        monkeypatch.setattr(owner, name, mutant)
        survivors += [label] * decided(*comparisons)
    assert survivors == ["leave it"]


def _hold_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read the derivations once where only kernels change."""
    stage, features = _ridge_stage, random_features_map
    for owner, name in (
        *((stage, each) for each in ("learned", "gain", "delta")),
        *((law, each) for each in ("quadratic", "derivation")),
        (features, "learned"),
    ):
        value = getattr(owner, name)()
        monkeypatch.setattr(owner, name, lambda value=value: value)


# --- a derivation that says otherwise is noticed ---


def test_the_ridge_map_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    ridge_kernels = ("on_one_atom", "grid_risk", "own_spectrum", "on_atoms")
    whole = ridge_map.derivation()
    for change in ({ridge_map.STAGE.noise: 3 * ridge_map.STAGE.noise}, {ridge_map.MEAN: 2 * ridge_map.MEAN}):
        changed = replace(whole, result=whole.result.xreplace(change))
        with monkeypatch.context() as patched:
            patched.setattr(ridge_map, "derivation", lambda changed=changed: changed)
            assert not any(decided(name) for name in ridge_kernels)
    share = law.residual_share()
    monkeypatch.setattr(law, "residual_share", lambda: share.subs(law.STAGE.gamma, 2 * law.STAGE.gamma))
    assert not any(decided(name) for name in (*ridge_kernels, "resolvent"))


def test_the_marchenko_pastur_law_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    equation, stage = law.quadratic(), law.STAGE
    for letter in (stage.gamma, stage.lam):
        with monkeypatch.context() as patched:
            doubled = sp.Eq(equation.lhs.subs(letter, 2 * letter), 0)
            patched.setattr(law, "quadratic", lambda doubled=doubled: doubled)
            assert not decided("fixed_point") and not decided("own_spectrum")
    whole = law.derivation()
    for name in ("write the slope by delta", "define the resolvent"):
        (step,) = (each for each in whole.steps if each.name == name)
        after = 2 * step.after if name.startswith("write") else sp.Eq(step.after.lhs, 2 * step.after.rhs)
        changed = whole.with_step(name, after=after)
        with monkeypatch.context() as patched:
            arrived = {each.name: each.after for each in changed.steps}
            patched.setattr(law, "derivation", lambda changed=changed: changed)
            patched.setattr(law, "from_", lambda _, what, arrived=arrived: arrived[what])
            assert not decided("resolvent")


@pytest.mark.parametrize("place", range(len(random_features_map.MEANING)))
def test_the_map_of_random_features_decides(place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    meaning = random_features_map.MEANING
    name = list(meaning)[place]
    monkeypatch.setattr(random_features_map, "MEANING", {**meaning, name: 3 * meaning[name]})
    assert not decided("mapped", "factors", "overshoot")


def test_what_is_nonlinear_in_the_labels_is_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    meaning, curved = random_features_map.MEANING, random_features_map.CURVED
    for energy in (0, 2 * curved):
        less = {
            **meaning,
            random_features_map.VARIANCE: meaning[random_features_map.VARIANCE].subs(curved, energy),
        }
        with monkeypatch.context() as patched:
            patched.setattr(random_features_map, "MEANING", less)
            assert not decided("mapped")
    labels = derived.random_features.RandomFeatures.labelled

    def forgetful(self: Any, teacher: Any, spectrum: Any) -> Any:
        return labels(self, replace(teacher, nonlinear=0), spectrum)

    monkeypatch.setattr(derived.random_features.RandomFeatures, "labelled", forgetful)
    assert not decided("mapped")


def test_the_moments_of_random_features_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    learned = random_features_map.learned()
    for field in ("multiplier", "covariance", "nonlinear"):
        changed = replace(learned, **{field: 2 * getattr(learned, field)})
        with monkeypatch.context() as patched:
            patched.setattr(random_features_map, "learned", lambda changed=changed: changed)
            assert not decided("mapped")


def test_finite_spikes_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = derived.registered("finite_spikes")
    changed = replace(whole, forms={**whole.forms, "test risk": 2 * whole.forms["test risk"]})
    results = {"finite_spikes": changed}
    original = derived.registered
    monkeypatch.setattr(derived, "registered", lambda name: results.get(name) or original(name))
    assert not decided("finite_spikes")


def test_the_map_of_repeated_fits_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    meaning = self_distilled_map.MEANING
    for name in meaning:
        with monkeypatch.context() as patched:
            patched.setattr(self_distilled_map, "MEANING", {**meaning, name: 3 * meaning[name]})
            assert not decided("repeated_fits", "newton"), name
    whole = self_distilled_map.derivation()
    for name, kernel in (
        ("solve the recursion, a fit between", "share"),
        ("enter the spectrum, for the mean", "repeated_fits"),
        ("say what is lost", "repeated_fits"),
    ):
        (step,) = (each for each in whole.steps if each.name == name)
        changed = whole.with_step(name, after=2 * step.after)
        with monkeypatch.context() as patched:
            patched.setattr(self_distilled_map, "derivation", lambda changed=changed: changed)
            assert not decided(kernel)
    changed = replace(whole, result=2 * whole.result)
    monkeypatch.setattr(self_distilled_map, "derivation", lambda: changed)
    assert not decided("repeated_fits")


def test_the_map_of_networks_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    forms = two_layer_map.forms()
    for names, kernel in (
        (("tau", "left", "direction", "missed", "turn", "turned", "gap", "length"), "gradient_step"),
        (("multiplier", "bias", "spread", "aside", "apart", "along"), "two_layer_head"),
        (("one degree turned", "behind"), "spikes"),
    ):
        for name in names:
            with monkeypatch.context() as patched:
                patched.setattr(two_layer_map, "forms", lambda name=name: {**forms, name: 2 * forms[name]})
                assert not decided(kernel), name
