"""A two-layer student of a two-layer teacher: one map, applied twice, and three ways of fitting the head.

The teacher is the map at the truth, the student the map at the teacher. A head fitted to the teacher's labels
forgets the hard features that the student was born with; a retained head keeps them; a probe uses the
direction that the teacher's labels gave it, and true labels for everything else. The figures show each risk
against the teacher's rows, what is left of the easy and of the hard part, and where a retained head wins.
"""

from _render import story

if __name__ == "__main__":
    story("two_layer_heads", __doc__, gallery="plot_04_easy_and_hard")
