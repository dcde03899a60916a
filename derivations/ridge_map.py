"""A ridge learner as a map of Gaussian equivalents.

To second order a fitted learner is a mean and a Gaussian. Fit ridge on labels produced by such a learner,
integrate the rows and the label noise out, and what comes back is again a mean and a Gaussian: shrunk by
S, blurred by tau^2. Chains of any length are compositions of this map.
"""

from _render import story

if __name__ == "__main__":
    story("ridge_map", __doc__)
