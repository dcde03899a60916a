"""Letters of a fit to the pooled rows of two sources, a and b.

Of N rows the share p_b is source b's, each of weight w_b in the loss; ``H_b`` is ``w_b X_b'X_b/N``, ``f_b``
what labels these rows, ``z_b`` their noise ``w_b X_b'e_b/N``; ``P_b`` is one of their rows, ``Q_b`` the
resolvent without it. ``R`` is ``(H_a + H_b + lam Gamma)^{-1}`` and ``G`` its deterministic shape,
``(c_a Sigma_a + c_b Sigma_b + lam Gamma)^{-1}``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.words.words import letter

__all__ = ["LAM", "METRIC", "PENALTY", "RESOLVENT", "SHAPE", "SIZE", "SOURCES", "WEIGHTS", "Rows"]

RESOLVENT, SHAPE, PENALTY, METRIC, WEIGHTS = map(letter, ("R", "G", "Gamma", "A", "beta"))
LAM, SIZE = symbol("lam"), sp.Symbol("N", positive=True)


@dataclass(frozen=True)
class Rows:
    """The letters and numbers of one source, by its label."""

    label: str

    def _letter(self, name: str) -> sp.Symbol:
        return letter(f"{name}_{self.label}")

    def _number(self, name: str) -> sp.Symbol:
        return sp.Symbol(f"{name}_{self.label}", positive=True)

    @property
    def covariance(self) -> sp.Symbol:
        """Return Sigma of these rows."""
        return self._letter("Sigma")

    @property
    def sample(self) -> sp.Symbol:
        """Return ``w X'X/N``."""
        return self._letter("H")

    @property
    def row(self) -> sp.Symbol:
        """Return ``xx'`` of one row."""
        return self._letter("P")

    @property
    def without_row(self) -> sp.Symbol:
        """Return the resolvent without that row."""
        return self._letter("Q")

    @property
    def labelled(self) -> sp.Symbol:
        """Return the weights of what labels these rows."""
        return self._letter("f")

    @property
    def noise_vector(self) -> sp.Symbol:
        """Return ``w X'e/N``."""
        return self._letter("z")

    @property
    def share(self) -> sp.Symbol:
        """Return the share p of the rows."""
        return self._number("p")

    @property
    def weight(self) -> sp.Symbol:
        """Return the weight w of a row in the loss."""
        return self._number("w")

    @property
    def pull(self) -> sp.Symbol:
        """Return c, what the rows count for in the shape."""
        return self._number("c")

    @property
    def noise(self) -> Any:
        """Return the variance of the label noise."""
        return symbol("noise", self.label)

    @property
    def error(self) -> sp.Symbol:
        """Return tau^2, the test error of the fit on fresh rows of this source."""
        return self._number("tau^2")


SOURCES = Rows("a"), Rows("b")
