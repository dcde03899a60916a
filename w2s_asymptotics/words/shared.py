"""Letters of two fits that share some of their rows.

The fits t and s have samples ``Sigmahat_t`` and ``Sigmahat_s`` of n_t and n_s rows, o of them the same,
whose own sample covariance is ``Sigmahat``; ``r = o/(n_t n_s)``. Sigma, Gamma and what labels the rows, f,
are common.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.words.pairs import COVARIANCE, FITS, PENALTY, SAMPLE
from w2s_asymptotics.words.words import letter

__all__ = ["COVARIANCE", "FITS", "LABELS", "METRIC", "NOISE", "OVERLAP", "PENALTY", "SHARED", "TOGETHER"]

SHARED, LABELS, METRIC = SAMPLE, letter("f"), letter("A")
OVERLAP = sp.Symbol("r", positive=True)
TOGETHER = sp.Symbol("tau^2_ts", real=True)
"""The mean product of the residuals of both fits at a shared row."""
NOISE: Any = symbol("noise")
