"""Worlds: what there is to learn."""

from .population import Population

__all__ = ["Population"]
