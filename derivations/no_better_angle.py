"""No student sees the target at a smaller angle than its teacher, where all directions are alike.

Turn the student's rows about its teacher: labels, loss and penalty stay as they are, so the student turns
with its rows, and what it has across the teacher points anywhere. Cosines multiply. What breaks it is
whatever tells directions apart: a spectrum, an aligned penalty, other features, true labels among the
teacher's.
"""

from _render import story

if __name__ == "__main__":
    story("no_better_angle", __doc__)
