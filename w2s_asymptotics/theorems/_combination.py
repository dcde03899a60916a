"""Combinations `sum_i c_i R_i X'y/n` of two fits of one data set: the risk of any, rows and noise averaged.

Nothing here is registered: self-distillation, whose shares sum to one, and spectral filters, whose shares are
free, take their expressions from it and check every step of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.words.pairs import COVARIANCE, FITS, NOISE, PENALTY, SAMPLE, SIZE, delta, kept
from w2s_asymptotics.words.words import BETA, Quadratic, trace

__all__ = ["Combination"]

_signal, _noise, _gamma = symbol("signal"), symbol("noise"), symbol("gamma")


@dataclass(frozen=True)
class Combination:
    """The fits by their shares in the outcome."""

    shares: Mapping[Any, Any]

    @property
    def left(self) -> Any:
        """What the shares of the fits leave of the identity."""
        return 1 - sum(self.shares.values())

    def _pairs(self) -> list[tuple[Any, Any, Any]]:
        """The pairs of fits with the product of their shares, the mixed pair counted twice."""
        first, second = FITS
        pairs = ((first, first), (first, second), (second, second))
        return [(i, j, self.shares[i] * self.shares[j] * (1 if i == j else 2)) for i, j in pairs]

    def error(self) -> Any:
        """The outcome less beta_*, a word."""
        labels = SAMPLE * BETA + NOISE
        return sp.expand(sum(share * (fit.resolvent * labels) for fit, share in self.shares.items()) - BETA)

    def resolved(self) -> Any:
        """The same with the sample covariance resolved, `R Sigmahat = I - lam R Gamma`."""
        total = -self.left * BETA
        for fit, share in self.shares.items():
            total += share * (fit.resolvent * NOISE - fit.lam * fit.resolvent * PENALTY * BETA)
        return sp.expand(total)

    def averaged(self) -> Any:
        """The mean over the label noise of ||error||^2 with the rows still drawn.

        A quadratic form sees the symmetric part of its word, so the word need not be symmetric.
        """
        total = self.left**2 * Quadratic(COVARIANCE, BETA)
        for fit, share in self.shares.items():
            total += 2 * self.left * share * fit.lam * Quadratic(COVARIANCE * fit.resolvent * PENALTY, BETA)
        for i, j, share in self._pairs():
            word = PENALTY * i.resolvent * COVARIANCE * j.resolvent * PENALTY
            total += share * i.lam * j.lam * Quadratic(word, BETA)
            total += share * _noise / SIZE * trace(COVARIANCE * i.resolvent * SAMPLE * j.resolvent)
        return total

    def integrated(self) -> Any:
        """The same with the rows integrated out by the rules for one and for two penalties."""
        total = self.left**2 * Quadratic(COVARIANCE, BETA)
        for fit, share in self.shares.items():
            total += (
                2 * self.left * share * fit.kappa * Quadratic(COVARIANCE * fit.equivalent * PENALTY, BETA)
            )
        for i, j, share in self._pairs():
            spread = trace(COVARIANCE * i.equivalent * COVARIANCE * j.equivalent) / (SIZE * delta(i, j))
            word = PENALTY * i.equivalent * COVARIANCE * j.equivalent * PENALTY
            total += share * (i.kappa * j.kappa * Quadratic(word, BETA) * (1 + spread) + _noise * spread)
        return total

    def isotropic(self) -> Any:
        """The same where Sigma and Gamma are the identity, in S_t, S_s, gamma, noise and signal."""
        total = self.left**2 * _signal
        for fit, share in self.shares.items():
            total += 2 * self.left * share * (1 - kept(fit)) * _signal
        for i, j, share in self._pairs():
            lost = (1 - kept(i)) * (1 - kept(j)) * _signal
            spread = _gamma * kept(i) * kept(j) / (1 - _gamma * kept(i) * kept(j))
            total += share * (lost + spread * (_noise + lost))
        return total
