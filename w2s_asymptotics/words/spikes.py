"""Letters of finitely many strong features beside random ones.

The features of a row are ``V s + F x + u``: to the random features of ``words/features.py`` come K functions
s, uncorrelated with each other and with everything else, of unit variance, that the columns of the p x K
matrix V spread over the p features. ``Q = V'V`` is their Gram matrix, ``b`` the coefficients of the labels on
them, and ``H = (V V' + Sigma_z + kappa)^{-1}`` the shape of ridge on all features together.
"""

from __future__ import annotations

from w2s_asymptotics.words.words import letter

__all__ = [
    "ACROSS", "GIVEN_WEIGHTS", "GRAM", "HELD", "JOINT", "SETTLED", "SHRINK", "SPIKES", "TARGETS",
]  # fmt: skip

SPIKES, ACROSS, GRAM, TARGETS = letter("V"), letter("V'"), letter("Q"), letter("b")
JOINT, SHRINK = letter("H"), letter("P_V")
"""``H``, and ``P_V = (I + V'G_z V)^{-1}``, what is left of the labels on the spikes, given the weights."""
GIVEN_WEIGHTS, SETTLED = letter("tau_F"), letter("tau")
"""``P_V (b - V'G_z F Sigma f)``, and its limit ``(I + h Q)^{-1} b`` with ``h = tr G_z/p``."""
HELD = letter("a_V")
"""Fixed: ``V a_V`` is a second layer that is not fitted."""
