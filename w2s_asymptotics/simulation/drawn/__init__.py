"""Worlds at a finite dimension: what a simulation draws its rows and labels from."""

from .multi_index import NETWORKS, FiniteMultiIndex
from .population import DEFAULT_DIM, FiniteWorld, finite, plain_number

__all__ = ["DEFAULT_DIM", "NETWORKS", "FiniteMultiIndex", "FiniteWorld", "finite", "plain_number"]
