"""A chain of students.

Each generation shrinks the overlap with the target by a1 and takes the energy q to a2 q plus its own
noise. Iterated without end, the target is forgotten and only the labels' noise remains.
"""

from _render import story

if __name__ == "__main__":
    story("chain_recursion", __doc__)
