"""Simulation: the actual estimators, fitted literally on drawn data, beside the theory.

Nothing of the theory is used to simulate: the records of worlds and learners are read, data are drawn,
normal equations solved, risks measured. The asymptotic risk enters only as the column that the measurements
are compared with. `estimator` is where the estimator of a learner of one's own is registered.
"""

from .estimators import Estimator, LinearFit, estimator
from .experiment import penalty_path, simulate
from .path import ridge_path
from .record import Simulation
from .trend import Trend, trend

__all__ = [
    "Estimator",
    "LinearFit",
    "Simulation",
    "Trend",
    "estimator",
    "penalty_path",
    "ridge_path",
    "simulate",
    "trend",
]
