"""How far a student is from its teacher.

The gain of a student is its misfit and a term of its own; in the best mixture of both predictions the student
counts for more than half exactly where it wins, and a ridge student's misfit needs no truth.
"""

from _render import story

if __name__ == "__main__":
    story("misfit", __doc__)
