"""The derivation of any chain of learners, by the engine and on the results that are registered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from w2s_asymptotics.proof.derivation import Derivation

__all__ = ["derive"]


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
        from w2s_asymptotics.theorems import registered

        return registered(what)
    from w2s_asymptotics.worlds import MultiIndex, Population

    if not isinstance(what, (MultiIndex, Population)):
        raise ValueError(
            f"derive takes the name of a result, as derivations() lists them, or a world and its learners, "
            f"got {what!r}"
        )
    if isinstance(what, MultiIndex):
        from w2s_asymptotics.chains.networks import derive_networks

        return derive_networks(what, learners)
    signs = getattr(what, "labels", "linear") != "linear"
    if signs or any(learner.labels != "soft" for learner in learners if hasattr(learner, "labels")):
        raise ValueError("labels that are signs, and convex losses, are computed with numbers, not derived")
    if all(getattr(learner, "closed", False) for learner in learners):
        from w2s_asymptotics.chains.ridge import derive_chain

        return derive_chain(what, learners)
    from w2s_asymptotics.chains.mixed import derive_mixed

    return derive_mixed(what, learners)
