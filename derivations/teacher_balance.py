"""Balance: what the best teacher leaves to be gained.

At its best penalty a teacher has nothing to gain from more or less of it. Written as an inner product of the
alignment criterion, this says against which penalty it is in balance: not its own, but its own times what it
keeps of each direction. Where the directions differ, that leaves room even for a student with equal weights.
"""

from _render import story

if __name__ == "__main__":
    story("teacher_balance", __doc__)
