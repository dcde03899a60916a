"""Derivations: steps, each with a rule and a check that can fail."""
