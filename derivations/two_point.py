"""The deterministic equivalent of two resolvents.

A risk is quadratic in the learner, so it holds two copies of the same resolvent. Move the penalty a
little, Gamma + tC/lam: both sides of the one-point rule move, kappa with them, and the derivative at t =
0 is the rule for R C R. What the same rows share shows up as the factor 1/(1 - df2/n).
"""

from _render import story

if __name__ == "__main__":
    story("two_point", __doc__)
