"""The state of a learner: the Gaussian equivalent of its coefficients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, is_dataclass, replace
from typing import Any, ClassVar, Protocol

import numpy as np

from ..notation import check
from ..records import Record, Shown

__all__ = [
    "GaussianEquivalent",
    "Geometry",
    "Learner",
    "Unweighted",
    "aspect",
    "check_order",
    "is_learner",
    "validate",
    "with_lam",
]


@dataclass(frozen=True, eq=False)
class GaussianEquivalent(Shown):
    """In every second-order functional a learner behaves as `multiplier * beta_* + Gaussian`.

    Attributes
    ----------
    multiplier
        How much of the target the mean keeps: a number (isotropic), one per atom (the last axis), or the mean
        vector itself (matrices).
    bias
        The target less the mean, `1 - multiplier` (matrices: `beta_* - mean`), carried separately so that it
        never comes from a subtraction.
    covariance
        The energy of the Gaussian part: its trace (isotropic), its trace on each atom, or its d x d matrix.
    nonlinear
        The energy of the function's part that is not linear in the covariates, uncorrelated with the
        linear one: 0 but for nonlinear random features. A fit to such labels meets it as label noise.
    """

    multiplier: Any
    bias: Any
    covariance: Any
    nonlinear: Any = 0.0


class Geometry(Protocol):
    """The form that the one ridge map takes in a world: numbers, arrays over atoms, or matrices."""

    def target(self) -> GaussianEquivalent:
        """The equivalent of the truth itself: all of the target, no Gaussian part."""

    def noise(self) -> Any:
        """The noise variance of true labels."""

    def scalar(self, value: Any) -> Any:
        """A number of a learner, shaped and converted for computing beside the equivalents of this world."""

    def scaled(self, factor: Any, covariance: Any) -> Any:
        """`factor * covariance`, where a factor of 0 removes even an infinite covariance."""

    def ridge(self, learner: Any, labels: GaussianEquivalent, noise: Any) -> GaussianEquivalent:
        """The equivalent of ridge fitted on labels that have the equivalent `labels` plus `noise`."""

    def ridge_risk(self, learner: Any, labels: GaussianEquivalent, noise: Any) -> Any:
        """The excess risk of that fit, where the equivalent itself is not needed."""

    def filtered(self, learner: Any, labels: GaussianEquivalent, noise: Any) -> GaussianEquivalent:
        """The equivalent of several fits on the same rows; `noise` includes the nonlinear energy."""

    def random_features(self, learner: Any, labels: GaussianEquivalent, noise: Any) -> GaussianEquivalent:
        """The equivalent of ridge on random features; `noise` includes the nonlinear energy."""

    def two_layer(self, learner: Any, labels: Any, noise: Any) -> Any:
        """The equivalent of a two-layer network, in the multi-index world; `noise` is that of the labels."""

    def spectral(self, learner: Any, labels: GaussianEquivalent, noise: Any) -> GaussianEquivalent:
        """The equivalent of a spectral filter; `noise` includes the nonlinear energy."""

    def risk(self, learned: GaussianEquivalent) -> Any:
        """The excess risk of a learner."""


class Learner(Protocol):
    """Whatever can stand in a chain: it turns the equivalent of its labels into its own."""

    @property
    def gamma(self) -> Any:
        """Aspect ratio d/n, or None."""

    @property
    def noise(self) -> Any:
        """Variance of label noise added at this stage."""

    @property
    def penalty(self) -> Any:
        """Weights of its penalty; None for the identity."""

    @property
    def covariance(self) -> Any:
        """Covariance of its own rows; None for the world's."""

    @property
    def truth(self) -> Any:
        """Weight of true labels mixed into a student's."""

    @property
    def samples(self) -> Any:
        """Number of rows, or None."""

    def first(self, geometry: Geometry) -> GaussianEquivalent:
        """The equivalent after learning from true labels."""

    def after(self, teacher: GaussianEquivalent, geometry: Geometry) -> GaussianEquivalent:
        """The equivalent after learning from the labels of `teacher`."""


class Unweighted(Record):
    """What learners other than `Ridge` leave at its default, whatever their parameters."""

    penalty: ClassVar[Any] = None
    covariance: ClassVar[Any] = None
    truth: ClassVar[Any] = 0.0


def validate(learner: Any, *names: str) -> None:
    """Check these arguments of a frozen record, and that exactly one of gamma and samples is given.

    >>> from w2s_asymptotics import SelfDistilled
    >>> SelfDistilled(lams=(0.1, 0.2))
    Traceback (most recent call last):
        ...
    ValueError: SelfDistilled needs exactly one of gamma (= d/n) and samples (= n)
    """
    owner = type(learner).__name__
    if (learner.gamma is None) == (learner.samples is None):
        raise ValueError(f"{owner} needs exactly one of gamma (= d/n) and samples (= n)")
    for name in (*names, "samples" if learner.gamma is None else "gamma"):
        object.__setattr__(learner, name, check(name, getattr(learner, name), owner))


def aspect(learner: Learner, dim: int | None) -> Any:
    """The aspect ratio d/n of a learner, from its samples where the world has a dimension."""
    return learner.gamma if dim is None or learner.samples is None else dim / np.asarray(learner.samples)


def is_learner(value: object) -> bool:
    """Whether a value can stand in a chain: a record with the two methods of a learner, whoever wrote it.

    >>> from w2s_asymptotics import Ridge
    >>> is_learner(Ridge(gamma=0.5, lam=0.1)), is_learner(Ridge), is_learner(0.1)
    (True, False, False)
    """
    methods = (getattr(value, name, None) for name in ("first", "after"))
    return is_dataclass(value) and not isinstance(value, type) and all(map(callable, methods))


def check_order(world: Any, learners: Sequence[Learner]) -> None:
    """Raise `ValueError` where learners do not fit the world, or the first is given truth to mix in."""
    for learner in learners:
        if learner.samples is not None and world.dim is None:
            raise ValueError(
                "samples needs a world of finite dimension; give gamma = d/n instead "
                f"({type(learner).__name__}.samples)"
            )
    first = learners[0].truth
    if not (isinstance(first, float) and first == 0.0):
        raise ValueError("truth must be 0 for the first learner, whose labels are true already (Ridge.truth)")


def with_lam(learner: Any, lam: Any) -> Any:
    """Return the learner at another penalty; `ValueError` for one that has not just one.

    >>> from w2s_asymptotics import Ridge
    >>> with_lam(Ridge(gamma=0.5, lam=0.1), 0.2).lam
    0.2
    """
    if not hasattr(learner, "lam"):
        raise ValueError(
            f"this question varies lam, which {type(learner).__name__} has not: give it a learner with one"
        )
    return replace(learner, lam=lam)
