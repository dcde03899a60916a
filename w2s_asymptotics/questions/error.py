"""The zero-one error of a chain of learners."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arithmetic import HIGH
from ..learners import Learner
from ..worlds import Population
from .blocks import evaluate
from .chain import Chain, check_numbers, last_state

__all__ = ["error"]


def error(world: Population, *learners: Learner) -> Any:
    """How often the sign of what the last learner of a chain predicts is not that of the target.

    Against the noiseless decision `sign(<beta_*, x>)` it is `arccos(rho)/pi`, rho the correlation of the
    prediction with the target on the world's own covariates; what is nonlinear in a prediction counts as
    noise in it. It is computed from what lies along the target and what lies across it, so that small errors
    are exact to their last digits. A learner that predicts zero errs half of the time.

    Numbers as in `risk`, without symbols.

    >>> from w2s_asymptotics import Population, Ridge
    >>> world, teacher = Population.isotropic(labels="sign"), Ridge(gamma=0.5, lam=0.02)
    >>> for labels in ("soft", "hard"):
    ...     print(labels, round(error(world, teacher, Ridge(gamma=0.4, lam=0.1, labels=labels)), 5))
    soft 0.20295
    hard 0.25384
    """
    return evaluate(check_numbers(world, learners, "error"), _error)[0]


def _error(chain: Chain) -> tuple[Any]:
    spectrum, state = last_state(chain)
    along, across = spectrum.sides(state)
    if chain.xp is HIGH:
        import mpmath

        return (
            np.frompyfunc(lambda a, c: _share(mpmath.atan2(c, a) / mpmath.pi, a, c), 2, 1)(along, across),
        )
    nothing = np.equal(along, 0.0) & np.equal(across, 0.0)
    return (np.where(nothing, 0.5, np.arctan2(across, along) / np.pi)[()],)


def _share(angle: Any, along: Any, across: Any) -> Any:
    import mpmath

    return angle if along or across else mpmath.mpf(1) / 2
