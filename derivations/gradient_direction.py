"""Where the first gradient step points: labels correlated with rows, a sum of a direction and of noise.

Only the linear part of what labels the rows survives the average over rows; everything else, label noise and
hard parts alike, lengthens the step at right angles. That ratio is the alignment of the first layer.
"""

from _render import story

if __name__ == "__main__":
    story("gradient_direction", __doc__)
