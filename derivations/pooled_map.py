"""Rows of several sources.

A few true labels beside many pseudo-labels, real rows kept among synthetic ones, rows of a shifted
covariance or of an older truth: each source pulls the fit by its rows, and disturbs it by the fit's own test
error on them.
"""

from _render import story

if __name__ == "__main__":
    story("pooled_map", __doc__)
