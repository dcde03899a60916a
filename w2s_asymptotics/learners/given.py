"""Labels that are handed over: what they keep of each direction of what they are labels of.

No data are seen: the map is the one that is given. First in a chain these are labels of the target; the
derivation "best_labels" says which a ridge student should be given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..notation import check
from ..spectrum.equivalent import Fit
from .learner import Learner, check_row

__all__ = ["Given"]


@dataclass(frozen=True, eq=False)
class Given(Learner):
    """Labels that are given: of each direction of the target, or of what its teacher learned, a multiple.

    Parameters
    ----------
    multiplier
        What the labels keep of each direction: a number, or one per atom (in worlds of matrices one per
        eigenvalue of Sigma, in ascending order). 1 is the truth, 0 leaves a direction out.
    spread
        Energy of independent Gaussian coefficients added on each atom: a number or one per atom.
    noise
        Variance of what the labels have besides, which is noise to whoever learns from them.

    Examples
    --------
    A student may do better with other labels than the truth:

    >>> from w2s_asymptotics import Population, Ridge, risk
    >>> world, student = Population([2.0, 1.0, 0.1], signal=[1.0, 0.5, 0.5]), Ridge(gamma=2.0, lam=0.1)
    >>> [round(risk(world, Given(multiplier=m), student), 4) for m in (1.0, (1.0, 1.0, 0.0))]
    [0.6966, 0.663]
    """

    multiplier: Any = 1.0
    spread: Any = 0.0
    noise: Any = 0.0

    gamma = None
    samples = None

    def __post_init__(self) -> None:
        for name in ("multiplier", "spread", "noise"):
            object.__setattr__(self, name, check(name, getattr(self, name), "Given"))

    def fit(self, spectrum: Any, energy: Any, noise: Any) -> Fit:
        """Kept m, lost 1 - m, added the spread; the rows' own noise is never seen."""
        kept, added = (spectrum.row(value) for value in (self.multiplier, self.spread))
        return Fit(kept, 1 - kept, added, spectrum.number(self.noise))

    def suits(self, world: Any) -> None:
        """Raise `ValueError` for rows that do not fit the atoms of a world."""
        for name in ("multiplier", "spread"):
            check_row(name, getattr(self, name), world, "Given")
