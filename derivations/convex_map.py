"""Convex losses.

Whatever the loss, the learner is a ridge regression with a penalty, a multiplier and a noise of its own:
three averages of the loss over its labels decide them.
"""

from _render import story

if __name__ == "__main__":
    story("convex_map", __doc__)
