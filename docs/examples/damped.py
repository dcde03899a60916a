"""An example of a learner of one's own: ridge whose coefficients are multiplied by a factor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from w2s_asymptotics.learners import Fit, Learner, Ridge
from w2s_asymptotics.notation import check


@dataclass(frozen=True, eq=False)
class Damped(Learner):
    """Ridge, then its coefficients times `factor`, a number in [0, 1]."""

    gamma: Any
    lam: Any
    factor: Any = 1.0
    noise: Any = 0.0
    samples: Any = None

    def __post_init__(self) -> None:
        for name in ("gamma", "lam", "noise"):
            object.__setattr__(self, name, check(name, getattr(self, name), "Damped"))
        # A share in [0, 1], as the weight of true labels is: the table of quantities says what that means.
        object.__setattr__(self, "factor", check("truth", self.factor, "Damped"))

    def fit(self, spectrum: Any, energy: Any, noise: Any) -> Fit:
        """The fit of ridge, damped; the share that is lost is written without a cancelling difference."""
        kept, lost, added, _ = Ridge(self.gamma, self.lam).fit(spectrum, energy, noise)
        factor = spectrum.number(self.factor)
        return Fit(factor * kept, (1 - factor) + factor * lost, spectrum.xp.product(factor * factor, added))
