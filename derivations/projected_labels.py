"""Labels that are a function of one projection, learned by least squares, and the zero-one error.

To second order a sign is a multiple of the projection and noise beside it; so are draws by a probability
and flipped labels. Two signs differ as often as the angle between their directions says. A student of its
teacher's signs is a student of the teacher's outputs with noise in them: at one penalty it errs more often.
"""

from _render import story

if __name__ == "__main__":
    story("projected_labels", __doc__)
