"""Stopping early, or keeping a few directions.

Ridge shrinks every direction of the sample by a factor of its eigenvalue. So do gradient flow and principal
components, by other factors; and any factor is a sum of ridges, if their penalties may be complex. Two
rules for two ridges on the same rows therefore price every such learner.
"""

from _render import story

if __name__ == "__main__":
    story("spectral_filters", __doc__)
