"""Learners: each a map from one Gaussian equivalent to the next."""

from .equivalent import GaussianEquivalent, Geometry, Learner
from .ridge import Ridge

__all__ = ["GaussianEquivalent", "Geometry", "Learner", "Ridge"]
