"""Two-layer networks as maps: one gradient step, then ridge beside the spikes that it made.

What a network learns is a linear part, a direction, a path to it and a rest that acts as noise. Teachers,
students and students of students are compositions of one map, and each risk is a sum of positive terms.
"""

from _render import story

if __name__ == "__main__":
    story("two_layer_map", __doc__)
