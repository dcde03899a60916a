"""An aligned student: the optimally tuned teacher is not the end.

One penalty for all directions is a compromise: at its optimum the teacher shrinks the directions that hold
much of the target too much and the others too little. No student that shrinks evenly can mend that; one
whose penalty follows the target does. How much it can gain is a square over a sum.
"""

from _render import story

if __name__ == "__main__":
    story("aligned_student", __doc__)
