"""Simulation: the actual estimators, fitted literally on drawn data, beside the theory.

Nothing of the theory is used to simulate: the records of worlds and learners are read, data are drawn,
normal equations solved, risks measured. The asymptotic risk enters only as the column that the measurements
are compared with.
"""

from .chain import penalty_path, simulate
from .record import Simulation
from .trend import Trend, trend

__all__ = ["Simulation", "Trend", "penalty_path", "simulate", "trend"]
