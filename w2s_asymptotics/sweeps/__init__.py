"""Sweeps: questions asked over a grid of parameters, in chunks, on any executor, resumable."""

from .asked import QUESTIONS
from .sweep import sweep

__all__ = ["QUESTIONS", "sweep"]
