"""However often one learns from oneself.

Each further fit on the same rows takes a divided difference: the outcome is a sum of ridge fits with shares
of either sign that add up to one, and where penalties meet it is a derivative. What remains of the labels,
and what noise is added, is a sum over pairs of fits, each pair with noise of its own. One fit is ridge again,
and a ridgeless one drops out.
"""

from _render import story

if __name__ == "__main__":
    story("self_distilled_map", __doc__)
