"""The bulk of random features: one scalar equation, and what it makes of a signal and of noise.

In the isotropic world the two nested fixed points of random features become one equation for one number, with
a square root in it. Everything that is learned is linear in the energy of the signal and of the noise, and a
few scalars, rational in that number, say how.
"""

from _render import story

if __name__ == "__main__":
    story("random_feature_bulk", __doc__)
