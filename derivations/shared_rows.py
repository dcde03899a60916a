"""Fits that share their rows.

Two ridge fits that have some of their rows in common are correlated by these alone. Bagging, a committee as a
teacher and two students of the same rows are sums over pairs of such fits.
"""

from _render import story

if __name__ == "__main__":
    story("shared_rows", __doc__)
