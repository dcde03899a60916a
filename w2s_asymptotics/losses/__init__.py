"""Convex losses, the labels they are given, and the Gaussian averages that decide what a learner learns."""
