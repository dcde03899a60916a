"""Distilling into oneself, on one's own data.

A second fit on the same rows, labelled by the first, is nothing but a combination of two ridges, one of them
with a negative share. Mix true labels back in, and the risk is a parabola in the weight of one's own: its
lowest point has a closed form, and may ask for more than all of one's own labels.
"""

from _render import story

if __name__ == "__main__":
    story("self_distillation", __doc__)
