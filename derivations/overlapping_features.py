"""A teacher and a student that see different coordinates.

What the student is blind to it does not inherit, neither the teacher's variance there nor the signal. The
gain splits into that part and one from what both see; each hangs on whether the teacher is under-
regularised. From it follow the thresholds in label noise and in the number of pseudo-labels, the best
penalty and the gain as misfit.
"""

from _render import story

if __name__ == "__main__":
    story("overlapping_features", __doc__)
