"""Deterministic equivalents of ridge resolvents, as numbers."""
