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
    from .evaluate.alignment import aligned_penalty, alignment
    from .evaluate.compare import compare
    from .evaluate.phase import phase_diagram
    from .evaluate.risk import learned, risk, risks
    from .evaluate.scaling import scaling
    from .evaluate.schedule import tune_all
    from .evaluate.tune import tune
    from .evaluate.winning import winning_interval
    from .learners import GradientFlow, PrincipalComponents, RandomFeatures, Ridge, SelfDistilled, TwoLayer
    from .simulation import simulate, trend
    from .theorems import derivations, derive
    from .worlds import MultiIndex, Population

__version__ = "0.1.0"

_HOMES = {
    "GradientFlow": "learners",
    "MultiIndex": "worlds",
    "Population": "worlds",
    "PrincipalComponents": "learners",
    "RandomFeatures": "learners",
    "Ridge": "learners",
    "SelfDistilled": "learners",
    "TwoLayer": "learners",
    "aligned_penalty": "evaluate.alignment",
    "alignment": "evaluate.alignment",
    "compare": "evaluate.compare",
    "derivations": "theorems",
    "derive": "theorems",
    "learned": "evaluate.risk",
    "phase_diagram": "evaluate.phase",
    "risk": "evaluate.risk",
    "risks": "evaluate.risk",
    "scaling": "evaluate.scaling",
    "simulate": "simulation",
    "trend": "simulation",
    "tune": "evaluate.tune",
    "tune_all": "evaluate.schedule",
    "winning_interval": "evaluate.winning",
}

__all__ = [
    "GradientFlow",
    "MultiIndex",
    "Population",
    "PrincipalComponents",
    "RandomFeatures",
    "Ridge",
    "SelfDistilled",
    "TwoLayer",
    "__version__",
    "aligned_penalty",
    "alignment",
    "compare",
    "derivations",
    "derive",
    "learned",
    "phase_diagram",
    "risk",
    "risks",
    "scaling",
    "simulate",
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
