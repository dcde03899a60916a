"""When the teacher is too long.

Is the teacher's energy q more than its overlap rho with the target? The difference has one factor with a
sign, gamma sigma^2 - lam r^2: it is too long exactly when it is regularised less than is best.
"""

from _render import story

if __name__ == "__main__":
    story("overlap_gap", __doc__)
