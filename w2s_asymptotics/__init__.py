"""Exact asymptotics of weak-to-strong generalisation.

Worlds say what there is to learn, learners who learns and in which order, questions what is asked.

>>> import w2s_asymptotics as w2s
>>> world = w2s.Population.isotropic(noise=0.5)
>>> round(w2s.risk(world, w2s.Ridge(gamma=0.5, lam=0.01)), 6)
0.463994
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .chains import derive
    from .learners import (
        Committee,
        Convex,
        Given,
        GradientFlow,
        Pooled,
        PrincipalComponents,
        RandomFeatures,
        Ridge,
        SelfDistilled,
        Source,
        TwoLayer,
    )
    from .questions.alignment import aligned_penalty, alignment
    from .questions.best_labels import best_labels
    from .questions.compare import compare
    from .questions.error import error
    from .questions.misfit import cross_risks, misfit
    from .questions.phase import phase_diagram
    from .questions.risk import learned, risk, risks
    from .questions.scaling import scaling
    from .questions.schedule import tune_all
    from .questions.tune import tune
    from .questions.winning import winning_interval
    from .serial import from_json
    from .simulation import simulate, trend
    from .sweeps import sweep
    from .theorems import derivations
    from .witness.expression import Gaussian
    from .witness.limit import limit
    from .worlds import MultiIndex, Population

__version__ = "0.1.0"

_HOMES = {
    "Committee": "learners",
    "Convex": "learners",
    "Gaussian": "witness.expression",
    "Given": "learners",
    "GradientFlow": "learners",
    "MultiIndex": "worlds",
    "Pooled": "learners",
    "Population": "worlds",
    "PrincipalComponents": "learners",
    "RandomFeatures": "learners",
    "Ridge": "learners",
    "SelfDistilled": "learners",
    "Source": "learners",
    "TwoLayer": "learners",
    "aligned_penalty": "questions.alignment",
    "alignment": "questions.alignment",
    "best_labels": "questions.best_labels",
    "compare": "questions.compare",
    "cross_risks": "questions.misfit",
    "derivations": "theorems",
    "derive": "chains",
    "error": "questions.error",
    "from_json": "serial",
    "learned": "questions.risk",
    "limit": "witness.limit",
    "misfit": "questions.misfit",
    "phase_diagram": "questions.phase",
    "risk": "questions.risk",
    "risks": "questions.risk",
    "scaling": "questions.scaling",
    "simulate": "simulation",
    "sweep": "sweeps",
    "trend": "simulation",
    "tune": "questions.tune",
    "tune_all": "questions.schedule",
    "winning_interval": "questions.winning",
}

__all__ = [
    "Committee",
    "Convex",
    "Gaussian",
    "Given",
    "GradientFlow",
    "MultiIndex",
    "Pooled",
    "Population",
    "PrincipalComponents",
    "RandomFeatures",
    "Ridge",
    "SelfDistilled",
    "Source",
    "TwoLayer",
    "__version__",
    "aligned_penalty",
    "alignment",
    "best_labels",
    "compare",
    "cross_risks",
    "derivations",
    "derive",
    "error",
    "from_json",
    "learned",
    "limit",
    "misfit",
    "phase_diagram",
    "risk",
    "risks",
    "scaling",
    "simulate",
    "sweep",
    "trend",
    "tune",
    "tune_all",
    "winning_interval",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
