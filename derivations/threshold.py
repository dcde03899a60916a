"""How long is long enough.

A student shrinks. Shrinking helps when the teacher is too long, q/rho above a threshold t(kappa, gamma)
between 1 and 2. The threshold, its bounds and its least value are read off the closed form.
"""

from _render import story

if __name__ == "__main__":
    story("threshold", __doc__)
