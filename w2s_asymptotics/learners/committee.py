"""A committee of ridge fits, the rows of its members shared in part, as a map of Gaussian equivalents.

Two fits with n_i and n_j rows, o of them shared, have means `S_i f` and `S_j f` and the cross covariance
`r tau_ij^2 G_i Sigma G_j`, `r = o/(n_i n_j)`: only what both see of the same rows correlates them. The
derivation "shared_rows" proves it for fits of one penalty matrix. Bagging, a committee as a teacher, two
students of the same rows: sums over pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from ..arithmetic import is_symbolic
from ..notation import check
from ..spectrum.equivalent import Fit
from ..spectrum.fixed_point import spectral_fixed_point
from .learner import Learner
from .ridge import Ridge

__all__ = ["Committee"]


@dataclass(frozen=True, eq=False)
class Committee(Learner):
    """A weighted sum of ridge fits to labels of one teacher, on rows that they share in part.

    Parameters
    ----------
    members
        A row of `Ridge`, each with its `gamma` (or `samples`), `lam` and `penalty` (a number or one per
        atom).
    weights
        What each counts for, any real numbers: a row, or None for equal ones that sum to 1.
    shared
        Share of its rows, in [0, 1], that each member has in common with every other: two members share this
        share of the smaller one's rows. Subsamples of n out of N rows share `n/N`.
    noise
        Variance of label noise added at this stage; a shared row has the same for all.

    Examples
    --------
    >>> from w2s_asymptotics import Population, Ridge, risk
    >>> world, member = Population.isotropic(noise=0.5), Ridge(gamma=0.8, lam=0.01)
    >>> round(risk(world, member), 6)
    1.396717
    >>> [round(risk(world, Committee((member,) * 5, shared=share)), 6) for share in (1.0, 0.5, 0.0)]
    [1.396717, 0.514145, 0.280699]
    """

    members: tuple[Any, ...] = ()
    weights: Any = None
    shared: Any = 0.0
    noise: Any = 0.0

    parameter: ClassVar[str] = "weights"

    def __post_init__(self) -> None:
        given = self.members if isinstance(self.members, (tuple, list)) else ()
        if not given or not all(type(each) is Ridge for each in given):
            raise ValueError(f"members must be a row of Ridge, got {self.members!r} (Committee.members)")
        for each in given:
            plain = each.covariance is None and each.features is None and each.labels == "soft"
            if not plain or np.any(each.noise) or np.any(each.truth) or np.ndim(each.penalty) > 1:
                raise ValueError(
                    "members must have gamma or samples, lam and perhaps a penalty that is no matrix, and "
                    f"nothing else of their own, got {each!r} (Committee.members)"
                )
        object.__setattr__(self, "members", tuple(given))
        for name in ("shared", "noise"):
            object.__setattr__(self, name, check(name, getattr(self, name), "Committee"))
        if self.weights is not None:
            weights = check("votes", self.weights, "Committee")
            if np.shape(weights) != (len(given),):
                raise ValueError(
                    f"weights must be a row of {len(given)}, one for each member, got {self.weights!r} "
                    "(Committee.weights)"
                )
            object.__setattr__(self, "weights", weights)
        if is_symbolic([self.shared, self.noise, *(() if self.weights is None else self.weights)]) or any(
            is_symbolic(
                [each.gamma, each.samples, each.lam, *np.ravel(np.asarray(each.penalty, dtype=object))]
            )
            for each in given
        ):
            raise ValueError("Committee takes numbers; derive('shared_rows') states its map")

    @property
    def gamma(self) -> Any:
        """Aspect ratio d/n of the first member."""
        return self.members[0].gamma

    @property
    def samples(self) -> Any:
        """The number of rows of the first member that is given by it, else None."""
        return next((each.samples for each in self.members if each.samples is not None), None)

    @property
    def votes(self) -> Any:
        """The weights, equal ones if none are given."""
        return np.full(len(self.members), 1 / len(self.members)) if self.weights is None else self.weights

    def fit(self, spectrum: Any, energy: Any, noise: Any) -> Fit:
        """Kept `sum a_i S_i`, lost `sum a_i K_i + 1 - sum a_i`; added is a sum over pairs of members.

        S, K, G and omega are those of ridge, and added is `sum a_i a_j rho_ij w S_i G_j v_ij`, `v_ij = (noise
        + sum s K_i K_j energy)/delta_ij`, `delta_ij = 1 - rho_ij sum w S_i S_j`, rho the gamma of a member
        with itself and `shared min(gamma_i, gamma_j)` of two.
        """
        xp, (s, w) = spectrum.xp, spectrum.atoms
        energy, noise, shared = spectrum.lifted(energy, noise, spectrum.number(self.shared))
        fits = [_Member.of(each, spectrum) for each in self.members]
        votes = list(xp.convert(np.asarray(self.votes)))
        kept = sum(vote * fit.kept for vote, fit in zip(votes, fits, strict=True))
        lost = sum(vote * fit.lost for vote, fit in zip(votes, fits, strict=True))
        lost = lost + (1 - sum(votes)) if self.weights is not None else lost
        added = 0 * kept
        for i, one in enumerate(fits):
            for j, other in enumerate(fits[: i + 1]):
                both = pair(one, other, None if i == j else shared, s, w, energy, noise, xp)
                added = added + votes[i] * votes[j] * (1 if i == j else 2) * both
        found: Fit = spectrum.lowered(kept, lost, added)
        return found


class _Member(NamedTuple):
    """What one fit keeps and loses, G, omega and gamma."""

    kept: Any
    lost: Any
    inverse: Any
    omega: Any
    gamma: Any

    @classmethod
    def of(cls, member: Ridge, spectrum: Any) -> _Member:
        """Those of a ridge fit on a spectrum."""
        xp, (s, w) = spectrum.xp, spectrum.atoms
        gamma, lam = spectrum.lifted(spectrum.aspect(member), spectrum.number(member.lam))
        g = 1 + 0 * s if member.penalty is None else spectrum.lifted(spectrum.row(member.penalty))[0]
        kappa, omega = spectral_fixed_point(lam, gamma, s, g, w, xp)
        scale = s + kappa * g
        some = scale > 0
        inverse = xp.where(some, 1 / xp.where(some, scale, 1 + 0 * scale), 0 * scale)
        lost = xp.where(some, kappa * g * inverse, 1 + 0 * scale)
        return cls(s * inverse, lost, inverse, omega, gamma)


def pair(one: _Member, other: _Member, shared: Any, s: Any, w: Any, energy: Any, noise: Any, xp: Any) -> Any:
    """The Gaussian energy that two members have in common on each atom; of one with itself, shared is None.

    With i the member of more rows, `delta = 1 - shared + shared (omega_i + gamma_i sum w S_i K_j)`.
    """
    gamma = xp.where(one.gamma < other.gamma, one.gamma + 0 * other.gamma, other.gamma + 0 * one.gamma)
    larger = one.gamma < other.gamma
    delta = xp.where(
        larger,
        one.omega + gamma * xp.total(w * (one.kept * other.lost)),
        other.omega + gamma * xp.total(w * (other.kept * one.lost)),
    )
    if shared is not None:
        delta = (1 - shared) + shared * delta
        gamma = shared * gamma
    unexplained = noise + xp.total(s * (one.lost * xp.product(other.lost, energy)))
    return xp.product(gamma * (w * (one.kept * other.inverse)), xp.quotient(unexplained, delta))


def members_of(learners: Sequence[Any]) -> Committee:
    """The committee at the end of a chain; `ValueError` if there is none."""
    last = learners[-1] if learners else None
    if not isinstance(last, Committee):
        raise ValueError(f"this question is about a Committee at the end of a chain, got {last!r}")
    return last
