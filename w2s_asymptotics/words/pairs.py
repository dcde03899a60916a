"""Letters of two fits to the same rows.

Two fits t and s share the rows, and with them ``Sigmahat``, ``Sigma``, ``Gamma``, the single row's ``P``
and the noise vector ``z``; each has its own ``lam``, ``kappa``, ``R``, ``G`` and ``Q`` (the resolvent
without that row). ``delta_ts`` is 1 - tr(G_t Sigma G_s Sigma)/n.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.words.words import Stage, letter

__all__ = [
    "COVARIANCE",
    "FITS",
    "NOISE",
    "PAIR",
    "PENALTY",
    "ROW",
    "SAMPLE",
    "SIZE",
    "Pair",
    "delta",
    "kept",
]

FITS = Stage("t"), Stage("s")
SAMPLE, COVARIANCE, PENALTY, ROW = letter("Sigmahat"), letter("Sigma"), letter("Gamma"), letter("P")
NOISE, SIZE = letter("z"), symbol("samples")
GAMMA, NOISE_VARIANCE = symbol("gamma"), symbol("noise")


def delta(first: Stage, second: Stage) -> sp.Symbol:
    """Return ``1 - tr(G Sigma G Sigma)/n`` of two fits.

    >>> delta(*FITS)
    delta_ts
    """
    return sp.Symbol(f"delta_{first.label}{second.label}", positive=True)


def kept(fit: Stage) -> sp.Symbol:
    """Return S = 1/(1 + kappa), what a fit keeps of a coefficient when Sigma = Gamma = I."""
    return sp.Symbol(f"S_{fit.label}", positive=True)


@dataclass(frozen=True)
class Pair:
    """The rows that two fits share, with the attributes by which a `Stage` names its own rows."""

    sample_covariance: sp.Symbol = SAMPLE
    covariance: sp.Symbol = COVARIANCE
    penalty: sp.Symbol = PENALTY
    row: sp.Symbol = ROW
    noise_vector: sp.Symbol = NOISE
    samples: sp.Symbol = SIZE
    gamma: sp.Symbol = GAMMA
    noise: sp.Symbol = NOISE_VARIANCE
    noisy: bool = True
    fits: tuple[Stage, ...] = FITS

    @property
    def deltas(self) -> dict[tuple[Stage, Stage], sp.Symbol]:
        """Return 1 - tr(G Sigma G Sigma)/n of every pair of the fits."""
        return {(i, j): delta(i, j) for i, j in combinations_with_replacement(self.fits, 2)}


PAIR = Pair()
