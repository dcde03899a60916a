"""The best student.

Along the student's penalty the risk is a rational function of kappa. Its stationary points are the roots
of a polynomial; with a great many rows, or hardly any, the best student and its gain take simple forms.
"""

from _render import story

if __name__ == "__main__":
    story("optimal_student", __doc__)
