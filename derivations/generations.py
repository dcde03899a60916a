"""Learning from one's predecessors, for ever.

Each generation labels the rows of the next. The risk of the n-th has a closed form: with a penalty the
target is forgotten geometrically, without one the label noise of all generations piles up, one equal
portion each.
"""

from _render import story

if __name__ == "__main__":
    story("generations", __doc__)
