"""The risk of the teacher.

The first learner sees true labels. Its risk splits into what kappa shrinks away and what noise puts in,
both over D = (1 + kappa)^2 - gamma.
"""

from _render import story

if __name__ == "__main__":
    story("teacher_risk", __doc__)
