"""The best teacher.

Differentiate the teacher's risk along lam: the derivative vanishes at lam_* = gamma sigma^2/r^2 and
nowhere else. It is the line that the phase diagram turns on.
"""

from _render import story

if __name__ == "__main__":
    story("optimal_teacher", __doc__)
