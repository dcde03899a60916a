"""Self-distillation: several ridge fits on the same rows, each on the labels of the one before.

The sample covariance, and with it every fit, is shared, so the outcome is a combination of the ridge
resolvents `R_i` of one data set: `R_s S_hat R_t = (lam_s R_s - lam_t R_t)/(lam_s - lam_t)`, for k fits the
divided differences. Its second moments are those of the two-penalty rule (derivations "two_penalties",
"self_distillation").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..arithmetic import is_symbolic
from ..kinds import Optional, Quantity, given
from ..notation import check
from ..spectrum.equivalent import Fit
from .learner import Learner, validate
from .repeated_fits import repeated_fits
from .ridge import Ridge

__all__ = ["SelfDistilled"]


@dataclass(frozen=True, eq=False)
class SelfDistilled(Learner):
    """`len(lams)` ridge fits on the same fresh rows, each later one on the labels of the one before.

    Or on a mixture of these with the labels that the first fit saw.

    Parameters
    ----------
    gamma
        Aspect ratio `d/n > 0`. Exactly one of `gamma` and `samples` is given.
    lams
        Penalties `>= 0` of the fits, in order; they may be equal. The order matters only with `own`.
    noise
        Variance of noise added to the labels that the first fit sees, beyond the population's for a first
        learner.
    samples
        Number `n` of rows, in worlds of finite dimension.
    features
        What it sees of the covariates (a matrix of features by covariates; a row of scales over atoms or
        coordinates, 0 for what is not seen; a mask; or the indices of what is seen). Default: all of them.
    own
        Weights of a fit's own labels in those of the next, one for each later fit or one number for all; the
        rest of the weight is that of the labels which the first fit sees. Any real numbers: the best one may
        be negative or exceed 1 (`tune` finds it). Default: all labels are own. Penalties must then be > 0.
    dim
        The dimension d, if n and d are to be given in place of gamma, or results told in them, too.

    Examples
    --------
    >>> from w2s_asymptotics import Population, risk
    >>> round(risk(Population.isotropic(noise=0.5), SelfDistilled(gamma=0.8, lams=(0.01, 0.1, 0.4))), 8)
    0.44606364
    >>> mixed = SelfDistilled(gamma=0.8, lams=(0.01, 0.4), own=1.5)
    >>> round(risk(Population.isotropic(noise=0.5), mixed), 8)
    0.4268274
    """

    gamma: Optional = given(None)
    lams: tuple[Any, ...] = ()
    noise: Quantity = given(0.0)
    samples: Optional = given(None)
    own: Any = None
    features: Any = None
    dim: Optional = given(None)

    parameter: ClassVar[str] = "own"

    def __post_init__(self) -> None:
        validate(self, "noise")
        lams: Any = self.lams
        lams = lams.tolist() if isinstance(lams, np.ndarray) else lams
        if not isinstance(lams, (tuple, list)) or not lams or any(map(np.ndim, lams)):
            raise ValueError(
                f"lams must be a row of penalties, one per fit, got {self.lams!r} (SelfDistilled.lams)"
            )
        object.__setattr__(self, "lams", tuple(check("lam", lam, "SelfDistilled") for lam in lams))
        if self.own is not None:
            self._check_own()

    def _check_own(self) -> None:
        later = len(self.lams) - 1
        given = (self.own,) * later if np.ndim(self.own) == 0 else tuple(self.own)
        if len(given) != later or any(np.ndim(weight) for weight in given):
            raise ValueError(
                f"own must be a number, or one for each of the {later} later fits, got {self.own!r} "
                "(SelfDistilled.own)"
            )
        own = tuple(check("own", weight, "SelfDistilled") for weight in given)
        if is_symbolic([self.gamma, self.samples, self.noise, *self.lams, *own]):
            raise ValueError(
                "SelfDistilled with own takes numbers; derive('self_distillation') gives two fits in symbols"
            )
        if any(np.any(np.equal(lam, 0)) for lam in self.lams):
            raise ValueError("with own, every penalty must be > 0 (SelfDistilled.lams)")
        object.__setattr__(self, "own", own)

    @property
    def effective_lams(self) -> tuple[Any, ...]:
        """The penalties that matter: a ridgeless fit is a projection, which any other fit contains."""
        return tuple(lam for lam in self.lams if lam != 0) or (0.0,)

    def weights(self, count: int) -> tuple[Any, ...]:
        """The weights of own labels in the later of the effective fits."""
        return (1.0,) * (count - 1) if self.own is None else self.own

    def fit(self, spectrum: Any, energy: Any, noise: Any) -> Fit:
        """Kept `sum c_i S_i`, lost `sum c_i K_i` over the fits; added is a sum over pairs of them.

        S, K, G and omega are those of ridge at each penalty, `c_i = prod_(j != i) lam_i/(lam_i - lam_j)`
        (with `own`, `repeated_fits.mixed_coefficients`), and added is `sum_ij c_i c_j gamma w S_i G_j
        (noise + sum s K_i K_j energy)/(omega_i + gamma sum w S_i K_j)`. Of one fit that matters, ridge.
        """
        lams, gamma = self.effective_lams, spectrum.aspect(self)
        if len(lams) == 1:
            alone = Ridge(gamma=self.gamma, samples=self.samples, lam=lams[0])
            return alone.fit(spectrum, energy, noise)
        (s, w), own = spectrum.atoms, self.weights(len(lams))
        gamma, energy, noise = spectrum.lifted(gamma, energy, noise)
        parts = repeated_fits(lams, own, gamma, s, w, energy, noise, spectrum.xp)
        fit: Fit = spectrum.lowered(*parts)
        return fit
