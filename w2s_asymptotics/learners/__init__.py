"""Learners: each a map from one Gaussian equivalent to the next."""

from .equivalent import GaussianEquivalent, Geometry, Learner, Unweighted, aspect, check_order, with_lam
from .random_features import RandomFeatures
from .ridge import Ridge
from .self_distilled import SelfDistilled
from .spectral import GradientFlow, PrincipalComponents, Spectral
from .two_layer import TwoLayer, TwoLayerEquivalent

__all__ = [
    "GaussianEquivalent",
    "Geometry",
    "GradientFlow",
    "Learner",
    "PrincipalComponents",
    "RandomFeatures",
    "Ridge",
    "SelfDistilled",
    "Spectral",
    "TwoLayer",
    "TwoLayerEquivalent",
    "Unweighted",
    "aspect",
    "check_order",
    "with_lam",
]
