"""The risk of the student.

The student sees fresh rows labelled by the teacher. Integrate its rows out with the teacher held fixed,
then the teacher's: the risk is r^2 - 2 a1 rho + a2 q, in the teacher's overlap with the target and the
teacher's energy.
"""

from _render import story

if __name__ == "__main__":
    story("student_risk", __doc__)
