"""The registered results. Each lives in one file of this folder and is built by its function ``derivation``.

Being listed in :data:`REGISTRY` is all it takes to be found by `derive`, verified by the tests, rendered and
documented.
"""

from __future__ import annotations

import ast
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from inspect import getsource
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from w2s_asymptotics.proof.derivation import Derivation

__all__ = ["REGISTRY", "derivations", "from_", "registered", "title"]

REGISTRY: tuple[str, ...] = (
    "one_point",
    "two_point",
    "kappa_derivative",
    "marchenko_pastur",
    "finite_dimension",
    "ridge_map",
    "representation_map",
    "teacher_risk",
    "student_risk",
    "chain_recursion",
    "overlap_gap",
    "optimal_teacher",
    "threshold",
    "compensation",
    "optimal_student",
    "two_penalties",
    "self_distillation",
    "self_distilled_map",
    "spectral_filters",
    "random_features_map",
    "random_features",
    "random_feature_bulk",
    "generations",
    "penalty_schedule",
    "alignment",
    "teacher_balance",
    "aligned_student",
    "overlapping_features",
    "nested_features",
    "projected_labels",
    "no_better_angle",
    "gradient_direction",
    "shared_rows",
    "misfit",
    "pooled_map",
    "best_labels",
    "unpenalised_features",
    "two_layer_map",
    "two_layer_heads",
    "two_layer_winning",
    "finite_spikes",
    "spike_degrees",
    "convex_map",
)


def derivations() -> tuple[str, ...]:
    """Return the names of the registered results, each after those it rests on.

    >>> "compensation" in derivations()
    True
    """
    return REGISTRY


@cache
def registered(name: str) -> Derivation:
    """Return a registered result by its name; `ValueError` for another name.

    >>> registered("teacher_risk").title
    'Risk of a ridge teacher'
    """
    if name not in REGISTRY:
        near = get_close_matches(name, REGISTRY, 3, 0.6)
        hint = f"did you mean {' or '.join(near)}?" if near else f"known are {', '.join(REGISTRY)}"
        raise ValueError(f"there is no result named {name!r}; {hint} (derivations() lists them)")
    derivation: Derivation = import_module(f"w2s_asymptotics.theorems.{name}").derivation()
    return derivation


def title(name: str) -> str:
    """Return the title of a registered result; what its file states need not be derived for that.

    >>> title("marchenko_pastur")
    'The Marchenko-Pastur resolvent and the effective regularisation'
    """
    source = getsource(import_module(f"w2s_asymptotics.theorems.{name}"))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.keyword) and node.arg == "title" and isinstance(node.value, ast.Constant):
            return str(node.value.value)
    return registered(name).title


def from_(name: str, part: str) -> Any:
    """Return what a registered result proves: a form by its name, or what the step of that name arrives at.

    Premises that another result proves are taken from it, never written again.

    >>> from_("optimal_teacher", "optimal penalty")
    gamma*noise/signal
    """
    derivation = registered(name)
    if part in derivation.forms:
        return derivation.forms[part]
    for step in derivation.steps:
        if step.name == part:
            return step.after
    raise ValueError(f"{name} proves nothing by the name of {part!r}")
