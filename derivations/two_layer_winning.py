"""When a two-layer student beats its teacher: on the easy part, by what it was born with, by where it points.

A head fitted to the teacher's labels can only gain on the easy part. A retained head wins once its quality
makes up for what the easy part loses, and not at any quality if that is more than the hard features hold. A
probe compares two directions, and the teacher's labels may point better than the truth does, for they carry
less noise.
"""

from _render import story

if __name__ == "__main__":
    story("two_layer_winning", __doc__)
