"""Advice for two embeddings, few labels and many rows without one: what to fit, and with which penalty."""
