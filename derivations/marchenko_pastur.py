"""The Marchenko-Pastur resolvent, in (m, m') and in kappa.

With Sigma = Gamma = I the fixed point is a quadratic, its root the Marchenko-Pastur resolvent m(-lam).
Papers print m and m'; kappa with lam m = kappa/(1 + kappa) says the same and computes without
cancellation. Both come from the one quadratic.
"""

from _render import story

if __name__ == "__main__":
    story("marchenko_pastur", __doc__)
