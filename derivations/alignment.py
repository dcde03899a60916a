"""Alignment: at first order in its penalty, what a student gains is an inner product.

A student that hardly shrinks repeats its teacher. Which direction to leave it in? The one where the teacher
overshoots. Coordinate by coordinate the noise that the teacher fitted stands against the signal that it gave
up; where noise prevails, the coordinate is under-regularised, and a penalty that weighs it more helps.
"""

from _render import story

if __name__ == "__main__":
    story("alignment", __doc__)
