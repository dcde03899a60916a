"""Learners: each a map from one Gaussian equivalent to the next."""

from .equivalent import GaussianEquivalent, Geometry, Learner, Unweighted, aspect, check_order, with_lam
from .random_features import RandomFeatures
from .ridge import Ridge
from .self_distilled import SelfDistilled

__all__ = [
    "GaussianEquivalent",
    "Geometry",
    "Learner",
    "RandomFeatures",
    "Ridge",
    "SelfDistilled",
    "Unweighted",
    "aspect",
    "check_order",
    "with_lam",
]
