"""Worlds: what there is to learn."""

from .multi_index import MultiIndex
from .population import Population

__all__ = ["MultiIndex", "Population"]
