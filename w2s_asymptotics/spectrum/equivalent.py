"""The two things that a chain is made of: what a learner has become, and what a fit does to its labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from ..records import Record

__all__ = ["Fit", "GaussianEquivalent", "PooledFit"]


@dataclass(frozen=True, eq=False)
class GaussianEquivalent(Record):
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


class Fit(NamedTuple):
    """What a fit does to the equivalent of its labels, direction by direction of its covariates.

    Labels `(M, b, c)` become `(kept M, b + lost M, kept^2 c + added)`.

    Attributes
    ----------
    kept, lost
        The shares of a coefficient that the mean keeps and loses; they sum to 1, and both are carried so that
        neither comes from a subtraction.
    added
        The Gaussian energy that fresh rows and label noise add.
    nonlinear
        The energy of what is learned that is not linear in the covariates.
    """

    kept: Any
    lost: Any
    added: Any
    nonlinear: Any = 0.0

    @property
    def given(self) -> Any:
        """The share of the target that comes from elsewhere than these labels: none."""
        return 0.0


class PooledFit(Fit):
    """What a fit does to labels that only some of its rows carry.

    Labels `(M, b, c)` become `(kept M + given, kept b + lost, kept^2 c + added)`; kept, given and lost sum to
    1, `given` being the share of the target that comes from the other rows.
    """

    _given: Any

    @property
    def given(self) -> Any:
        """The share of the target that comes from the other rows."""
        return self._given

    @classmethod
    def beside(cls, given: Any, fit: Fit) -> PooledFit:
        """A fit with what is given besides."""
        found = cls(*fit)
        found._given = given
        return found
