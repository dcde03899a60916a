"""What a student should be told.

The labels that a ridge student learns the most from are not the truth: directions that it keeps well are
amplified, those that it mostly loses are dimmed, and a teacher that leaves them out can beat the truth.
"""

from _render import story

if __name__ == "__main__":
    story("best_labels", __doc__)
