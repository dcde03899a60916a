"""A student that sees all its teacher sees, and more.

What it sees beyond its teacher enters by one number only, and only costs: the labels say nothing of it. The
student gains what a student of an isotropic world gains with more dimensions per row, by its penalty and its
rows, if and only if its teacher is under-regularised.
"""

from _render import story

if __name__ == "__main__":
    story("nested_features", __doc__)
