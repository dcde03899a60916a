"""What a finite dimension does to the mean of a ridge fit.

Limits are for infinite dimensions, and simulations are not. With Gaussian rows that look alike from all sides
the mean of a fit knows them by two traces; integration by parts gives what these have beyond their limits,
and with it the slope in 1/d that every simulation of ridge shows.
"""

from _render import story

if __name__ == "__main__":
    story("finite_dimension", __doc__)
