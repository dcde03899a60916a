"""The estimators: each file fits one learner from its definition, and registers itself for its class.

Nothing of the asymptotic theory is used. `estimator` finds the estimator of a learner; a learner of one's own
registers with `estimator.register` (see `estimator.py`).
"""

from .committee import CommitteeEstimator
from .convex import ConvexEstimator
from .estimator import Estimator, Fit, LinearFit, estimator
from .given import GivenEstimator
from .gradient_flow import GradientFlowEstimator
from .least_squares import Factorisation, Penalty, fit_ridge
from .pooled import PooledEstimator
from .principal_components import PrincipalComponentsEstimator
from .random_features import RandomFeaturesEstimator
from .ridge import RidgeEstimator
from .self_distilled import SelfDistilledEstimator
from .two_layer import TwoLayerEstimator

__all__ = [
    "CommitteeEstimator",
    "ConvexEstimator",
    "Estimator",
    "Factorisation",
    "Fit",
    "GivenEstimator",
    "GradientFlowEstimator",
    "LinearFit",
    "Penalty",
    "PooledEstimator",
    "PrincipalComponentsEstimator",
    "RandomFeaturesEstimator",
    "RidgeEstimator",
    "SelfDistilledEstimator",
    "TwoLayerEstimator",
    "estimator",
    "fit_ridge",
]
