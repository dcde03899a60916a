"""Two penalties, one data set.

Fit the same rows twice, with different penalties, and ask how the two fits fluctuate together. Leaving one
row out of both resolvents at once answers it: the rule has the shape of the one for a single penalty, with
a delta of its own for the pair.
"""

from _render import story

if __name__ == "__main__":
    story("two_penalties", __doc__)
