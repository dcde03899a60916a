"""Ridge on a representation of the covariates, as a map of Gaussian equivalents.

A small model and a large one see different features of the same inputs. What a learner does not see of its
labels is uncorrelated with what it sees, so it is label noise; with that the ridge map holds in the space
of features, and is written back into that of the covariates, where it no longer matters whether features
repeat one another.
"""

from _render import story

if __name__ == "__main__":
    story("representation_map", __doc__)
