"""Teaching for those who come after.

A learner tuned for its own risk shrinks what its student is to learn, before the student's label noise
comes in. Tuned for the last of the chain, early ones should do with less of a penalty, or none, and suffer
for it.
"""

from _render import story

if __name__ == "__main__":
    story("penalty_schedule", __doc__)
