"""Compensation: when a ridge student beats its ridge teacher.

The three threads meet. A teacher at or above the best penalty is beaten by no ridge student of any size.
Below it, an under-parameterised student wins for every small enough penalty; an over-parameterised one
shrinks already at lam = 0, and wins on an interval of penalties, if anywhere.
"""

from _render import story

if __name__ == "__main__":
    story("compensation", __doc__)
