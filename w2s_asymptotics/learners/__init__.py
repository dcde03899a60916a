"""Learners: each a map from the Gaussian equivalent of its labels to its own, in one file."""

from ..spectrum.equivalent import Fit, GaussianEquivalent
from .committee import Committee
from .convex import Convex
from .given import Given
from .gradient_flow import GradientFlow
from .learner import Learner, Unweighted, aspect, check_order, with_lam
from .pooled import Pooled, Source
from .principal_components import PrincipalComponents
from .random_features import RandomFeatures
from .ridge import Ridge
from .self_distilled import SelfDistilled
from .spectral import Spectral
from .two_layer import TwoLayer

__all__ = [
    "Committee",
    "Convex",
    "Fit",
    "GaussianEquivalent",
    "Given",
    "GradientFlow",
    "Learner",
    "Pooled",
    "PrincipalComponents",
    "RandomFeatures",
    "Ridge",
    "SelfDistilled",
    "Source",
    "Spectral",
    "TwoLayer",
    "Unweighted",
    "aspect",
    "check_order",
    "with_lam",
]
