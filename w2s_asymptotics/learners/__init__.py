"""Learners: each a map from the Gaussian equivalent of its labels to its own, in one file."""

from ..spectrum.equivalent import Fit, GaussianEquivalent
from .convex import Convex
from .gradient_flow import GradientFlow
from .learner import Learner, Unweighted, aspect, check_order, ready, with_lam
from .principal_components import PrincipalComponents
from .random_features import RandomFeatures
from .ridge import Ridge
from .self_distilled import SelfDistilled
from .spectral import Spectral
from .two_layer import TwoLayer
from .units import rows_of

__all__ = [
    "Convex",
    "Fit",
    "GaussianEquivalent",
    "GradientFlow",
    "Learner",
    "PrincipalComponents",
    "RandomFeatures",
    "Ridge",
    "SelfDistilled",
    "Spectral",
    "TwoLayer",
    "Unweighted",
    "aspect",
    "check_order",
    "ready",
    "rows_of",
    "with_lam",
]
