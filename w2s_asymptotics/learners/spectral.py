"""Spectral filters of the sample covariance: what gradient flow and principal components share.

Both are `f(S_hat) X'y/n` and differ in f alone. The derivation "spectral_filters" gives the map of
equivalents of any such learner.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ..arithmetic import HIGH, is_symbolic
from ..spectrum.equivalent import Fit
from ..spectrum.layouts import OneAtom
from ..spectrum.marchenko_pastur_averages import filter_averages
from ..spectrum.spectral_filters import Filter
from ..spectrum.spectral_stage import spectral_stage
from .learner import Learner, validate
from .ridge import Ridge

__all__ = ["Spectral"]


class Spectral(Learner):
    """A learner that treats a direction of the sample by its eigenvalue alone."""

    parameter: ClassVar[str]

    def __post_init__(self) -> None:
        validate(self, self.parameter, "noise")
        if is_symbolic([self.gamma, self.samples, self.noise, getattr(self, self.parameter)]):
            raise ValueError(
                f"{type(self).__name__} takes numbers: its risk is an integral over the sample's spectrum, "
                "which has no closed form; derive('spectral_filters') states it"
            )

    def filter(self, parameter: Any) -> Filter:
        """Its filter, at a converted value of its parameter."""
        raise NotImplementedError

    def complete(self, parameter: Any, gamma: Any, rank: Any) -> Any:
        """Where it fits all there is, the minimum-norm solution. `rank` is that of Sigma, over d."""
        raise NotImplementedError

    def fit(self, spectrum: Any, energy: Any, noise: Any) -> Fit:
        """Kept and lost are means of `h(x)` and `g = 1 - h` over the eigenvalues x of the sample covariance.

        `h = 1 - exp(-t x)` for gradient flow; for principal components 1 on the leading share, else 0. On
        one atom the means are `E h` and `E g` over the Marchenko-Pastur law, and added is `Var h energy +
        gamma E[h^2/x] noise`. On atom j of several they weigh x by `s_j v/(pi x |s_j + kappa|^2)`, v =
        -Im kappa, kappa at `lam = -x`; what is added is the double integral of `spectrum.spectral_stage`.
        Where the filter fits all there is, it is ridgeless regression.
        """
        xp, aspect = spectrum.xp, spectrum.aspect(self)
        gamma, parameter = spectrum.lifted(aspect, spectrum.number(getattr(self, self.parameter)))
        s, w = spectrum.atoms
        rank = np.where(s > 0, w, 0 * w).sum()
        enough = parameter * (1 + 4 * xp.epsilon)  # shares that sum to 1 but for rounding are all there is
        whole = np.asarray(self.complete(enough, gamma, rank), dtype=bool)
        if whole.all():
            return self._ridgeless(spectrum, energy, noise)
        idle = np.asarray(parameter == 0, dtype=bool)  # nothing is kept
        some = 0.5 * xp.where(gamma > 1, 1 / gamma, 1 + 0 * gamma) * min(1.0, rank)  # stands for both
        filter = self.filter(xp.where(whole | idle, some, parameter))
        fitted = _filtered(filter, gamma, spectrum, energy, noise)
        if isinstance(spectrum, OneAtom):
            whole, idle = whole[..., 0], idle[..., 0]
        if idle.any():
            ends = 0 * fitted.kept, 1 + 0 * fitted.lost, 0 * fitted.added
            fitted = Fit(*(xp.where(idle, end, part) for end, part in zip(ends, fitted[:3], strict=True)))
        if not whole.any():
            return fitted
        limit = self._ridgeless(spectrum, energy, noise)
        return Fit(*(xp.where(whole, full, part) for full, part in zip(limit[:3], fitted[:3], strict=True)))

    def _ridgeless(self, spectrum: Any, energy: Any, noise: Any) -> Fit:
        return Ridge(gamma=self.gamma, samples=self.samples, lam=0.0).fit(spectrum, energy, noise)


def _filtered(filter: Filter, gamma: Any, spectrum: Any, energy: Any, noise: Any) -> Fit:
    """The fit of a filter short of that limit."""
    if isinstance(spectrum, OneAtom):
        averages = filter_averages(filter, gamma, spectrum.xp)
        kept, lost, spread, per_noise = (value[..., 0] for value in averages)
        product = spectrum.xp.product
        return Fit(kept, lost, product(spread, energy) + product(per_noise, noise))
    if spectrum.xp is HIGH:
        raise ValueError(
            "GradientFlow and PrincipalComponents are computed with floats outside the isotropic world"
        )
    s, w = spectrum.atoms
    fit: Fit = spectrum.lowered(*spectral_stage(filter, gamma, s, w, energy, noise))
    return fit
