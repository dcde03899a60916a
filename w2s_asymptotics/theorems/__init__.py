"""The registered results. Each lives in one file of this folder and is built by its function ``derivation``.

Being listed in :data:`REGISTRY` is all it takes to be found by :func:`derive`, verified by the tests,
rendered and documented.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from w2s_asymptotics.engine.derivation import Derivation

__all__ = ["REGISTRY", "derivations", "derive"]

REGISTRY: tuple[str, ...] = (
    "one_point",
    "two_point",
    "kappa_derivative",
    "marchenko_pastur",
    "ridge_map",
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
    "gradient_direction",
    "unpenalised_features",
    "two_layer_map",
    "two_layer_heads",
    "two_layer_winning",
    "finite_spikes",
    "spike_degrees",
)


def derivations() -> tuple[str, ...]:
    """Return the names of the registered results, each after those it rests on.

    >>> "compensation" in derivations()
    True
    """
    return REGISTRY


@cache
def _registered(name: str) -> Derivation:
    module = import_module(f"w2s_asymptotics.theorems.{name}")
    derivation: Derivation = module.derivation()
    return derivation


def derive(what: Any, *learners: Any) -> Derivation:
    """Derive a registered result by name, or the risk of any chain: ``derive(world, *learners)``.

    Parameters
    ----------
    what
        The name of a result (one of :func:`derivations`), or a world.
    learners
        With a world: the chain of learners, the first trained on true labels.

    Raises
    ------
    ValueError
        If the name is not registered, or the chain is empty or does not fit the world.

    Examples
    --------
    >>> derive("teacher_risk").title
    'Risk of a ridge teacher'

    A world and a chain of learners give the risk of the last, at their numbers:

    >>> from w2s_asymptotics.learners.ridge import Ridge
    >>> from w2s_asymptotics.worlds.population import Population
    >>> float(derive(Population.isotropic(signal=1, noise=0), Ridge(gamma=2, lam=0)).result)
    0.5
    """
    if isinstance(what, str):
        if learners:
            raise ValueError("derive takes either a name alone, or a world and its learners")
        if what not in REGISTRY:
            raise ValueError(
                f"there is no result named {what!r}; derivations() lists them: {', '.join(REGISTRY)}"
            )
        return _registered(what)
    from w2s_asymptotics.worlds import MultiIndex

    if isinstance(what, MultiIndex):
        from w2s_asymptotics.theorems.multi_index_chain import derive_networks

        return derive_networks(what, learners)
    from w2s_asymptotics.engine.chain import derive_chain
    from w2s_asymptotics.learners import Ridge

    if all(isinstance(learner, Ridge) for learner in learners):
        return derive_chain(what, learners)
    from w2s_asymptotics.theorems.mixed_chain import derive_mixed

    return derive_mixed(what, learners)
