"""Letters of ridge on a representation h = A x of the covariates.

In the space of h the learner is ridge with covariance ``Sigma_h = A Sigma A'`` and penalty ``Gamma``. ``P``
takes the weights of a function of x to those of the best function of h: ``Sigma_h P = A Sigma``. In the
coordinates of x all is said by ``G = A' G_h A``.
"""

from __future__ import annotations

from w2s_asymptotics.words.words import Stage, letter

__all__ = [
    "BEST", "COVARIANCE", "FEATURES", "HIDING", "LABELS", "MEAN", "METRIC", "PENALTY", "PROJECTED",
    "RESOLVENT", "SAMPLE", "SEEN", "SEEN_COVARIANCE", "SEEN_SHAPE", "SHAPE", "SPREAD", "STAGE",
]  # fmt: skip

STAGE = Stage("t")
"""The learner: its weights as those of x, its noise vector X'e/n, and its numbers."""
FEATURES, SEEN = letter("A"), letter("A'")
COVARIANCE, SAMPLE, PENALTY, METRIC = (letter(each) for each in ("Sigma", "Sigmahat", "Gamma", "M"))
SEEN_COVARIANCE, SEEN_SHAPE, RESOLVENT = letter("Sigma_h"), letter("G_h"), letter("R_h")
SHAPE, HIDING = letter("G"), letter("G_w")
"""``A' G_h A``, and ``(Sigma + kappa W)^{-1}`` with a penalty W that hides what A does not pick."""
LABELS, MEAN, SPREAD = letter("f"), letter("mu"), letter("C")
BEST, PROJECTED = letter("P"), letter("P'")
