"""The oracle's stages for learners other than ridge, by routes that share nothing with their kernels.

Random features are ridge on p features of covariance `W W' + tail`, with the rows of `W` given: the weights
enter through `x`, the eigenvalues of `W'W`, alone, and these are `width` times Marchenko-Pastur of ratio
`1/width`. So there is one effective penalty k of the data, and no second one of the weights. Repeated fits
are one filter of the sample covariance, whose moments are integrals over the Marchenko-Pastur law: no
two-penalty rule.

`textbook` reduces the integrals to the resolvent, by partial fractions in which equal poles are moved apart;
it needs thousands of digits. `quadrature` integrates as defined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import mpmath as mp

from .oracle import Functionals, average

__all__ = ["OracleFeatures", "OracleRepeated"]

_DIGITS = 3600  # the stand-ins for no penalty and infinite width, and poles moved apart, lose this many
_NO_PENALTY = "1e-1200"  # beyond 1e-1000: at the resonance the risk diverges like its root
_INFINITE_WIDTH = "1e200"
_APART = 80


@dataclass(frozen=True)
class OracleFeatures:
    """Ridge on random features of slope 1 and this nonlinear tail."""

    gamma: Any
    width: Any
    lam: Any
    tail: Any = 0
    noise: Any = 0
    truth: Any = 0
    digits: ClassVar[int] = _DIGITS

    def textbook(self) -> Functionals:
        """The forms in the one scalar `k`, from the means of 1/(x + C) and its square, `C = tail + k`."""
        gamma, width, tail, lam = self._numbers()
        k = self._kappa()
        C = tail + k
        g1, g2 = _moments(C, width)
        rest = (width - 1) / C**2
        T1, A2 = g1 - C * g2, 1 - 2 * C * g1 + C**2 * g2
        B = tail * T1 + C**2 * g2
        D2 = gamma * (1 - 2 * k * g1 + k**2 * g2 + rest * tail**2)
        V1 = gamma * (1 - C * g1 - k * T1)
        W1 = gamma * tail * (g1 - k * g2 + rest * tail)
        a1, a2, v = 1 - C * g1, A2 + V1 * B / (1 - D2), V1 / (1 - D2)
        if self.width == mp.inf:
            return Functionals(a1, a2, v)
        return Functionals(a1, a2, v, tail * T1 + W1 * B / (1 - D2), W1 / (1 - D2))

    def quadrature(self) -> Functionals:
        """The ridge map on features of covariance `W W' + tail`, its traces integrated."""
        gamma, width, tail, lam = self._numbers()
        k = self._kappa()

        def mean(function: Any) -> Any:
            return average(lambda y: function(width * y), 1 / width)

        def over_features(function: Any) -> Any:
            return mean(function) + (width - 1) * function(mp.mpf(0))

        left = 1 - gamma * over_features(lambda x: (x + tail) ** 2 / (x + tail + k) ** 2)
        missed = mean(lambda x: (tail * x + (tail + k) ** 2) / (x + tail + k) ** 2)
        v = gamma * mean(lambda x: x * (x + tail) / (x + tail + k) ** 2) / left
        w = gamma * tail * over_features(lambda x: (x + tail) / (x + tail + k) ** 2) / left
        return Functionals(
            mean(lambda x: x / (x + tail + k)),
            mean(lambda x: x * x / (x + tail + k) ** 2) + v * missed,
            v,
            tail * mean(lambda x: x / (x + tail + k) ** 2) + w * missed,
            w,
        )

    def _numbers(self) -> tuple[Any, Any, Any, Any]:
        width = mp.mpf(self.width)
        lam = mp.mpf(self.lam) or mp.mpf(_NO_PENALTY)
        width = mp.mpf(_INFINITE_WIDTH) if width == mp.inf else width
        return mp.mpf(self.gamma), width, mp.mpf(self.tail), lam

    def _kappa(self) -> Any:
        """The root of `k (1 - df1/n) = lam width`: convex in k, so Newton's method falls to it from above."""
        gamma, width, tail, lam = self._numbers()
        lam = lam * width
        rank = gamma * (width if tail else min(width, 1))
        k = lam + gamma * width * (1 + tail)
        if rank < 1:
            k = min(k, lam / (1 - rank))
        while True:
            C = tail + k
            g1, g2 = _moments(C, width)
            rest = (width - 1) / C
            value = k * (1 - gamma * (1 - k * g1 + rest * tail)) - lam
            slope = 1 - gamma * (1 - 2 * k * g1 + k**2 * g2 + rest / C * tail**2)
            step = value / slope
            k = k - step
            if step <= k * mp.mpf(10) ** (-mp.mp.dps // 2):
                return k


def _moments(C: Any, width: Any) -> tuple[Any, Any]:
    """The means of `1/(x + C)` and `1/(x + C)^2`, from `C m^2 + (C + width - 1) m - 1 = 0`."""
    middle = C + width - 1
    m = (-middle + mp.sqrt(middle**2 + 4 * C)) / (2 * C)
    return m, (m * m + m) / (2 * C * m + middle)


@dataclass(frozen=True)
class OracleRepeated:
    """Ridge fits on the same rows, each on the labels of the one before."""

    gamma: Any
    lams: Sequence[Any]
    noise: Any = 0
    truth: Any = 0
    own: Sequence[Any] | None = None
    digits: ClassVar[int] = _DIGITS

    def textbook(self) -> Functionals:
        """Partial fractions of what is kept and of the product of two copies of it, poles moved apart."""
        gamma, lams = mp.mpf(self.gamma), self._lams()
        small, count = mp.mpf(10) ** -_APART, len(lams)
        copies = [lam * (1 + place * small) for place, lam in enumerate((*lams, *lams))]
        m = [_resolvent(gamma, lam) for lam in copies]
        entering = self._entering(count)
        kept = squared = per_noise = mp.mpf(0)
        for i, first in enumerate(entering):
            kept += first * (1 + mp.fdot(_residues(copies[i:count]), m[i:count]))
            for j, second in enumerate(entering):
                poles = [*copies[i:count], *copies[count + j :]]
                means = [*m[i:count], *m[count + j :]]
                residues = _residues(poles)
                squared += first * second * (1 + mp.fdot(residues, means))
                terms = zip(residues, means, poles, strict=True)
                per_noise -= first * second * mp.fsum(part * each / lam for part, each, lam in terms)
        return Functionals(kept, squared, gamma * per_noise)

    def quadrature(self) -> Functionals:
        """The means of the filter, its square, and what it makes of noise."""
        gamma, lams = mp.mpf(self.gamma), self._lams()
        own = [mp.mpf(weight) for weight in self.own or [1] * (len(lams) - 1)]

        def kept(x: Any) -> Any:
            filtered = x / (x + lams[0])
            for lam, weight in zip(lams[1:], own, strict=True):
                filtered = x / (x + lam) * (weight * filtered + 1 - weight)
            return filtered

        return Functionals(
            average(kept, gamma),
            average(lambda x: kept(x) ** 2, gamma),
            gamma * average(lambda x: kept(x) ** 2 / x if x else x, gamma),
        )

    def _entering(self, count: int) -> list[Any]:
        """The weights with which the first labels enter at each fit; 0 after the first without a mixture."""
        if self.own is None:
            return [mp.mpf(1)]
        own = [mp.mpf(0), *(mp.mpf(weight) for weight in self.own)]
        return [(1 - own[i]) * mp.fprod(own[i + 1 :]) for i in range(count)]

    def _lams(self) -> list[Any]:
        return [mp.mpf(lam) for lam in self.lams if lam] or [mp.mpf(_NO_PENALTY)]


def _residues(lams: Sequence[Any]) -> list[Any]:
    """The residues at `x = -lam_i` of `prod x/(x + lam_i)`."""
    return [
        -lam * mp.fprod(lam / (lam - other) for j, other in enumerate(lams) if j != i)
        for i, lam in enumerate(lams)
    ]


def _resolvent(gamma: Any, lam: Any) -> Any:
    middle = 1 - gamma + lam
    return (-middle + mp.sqrt(middle * middle + 4 * gamma * lam)) / (2 * gamma * lam)
