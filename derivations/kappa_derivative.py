"""How the effective regularisation answers to the penalty.

Differentiate kappa (1 - df1/n) = lam. The slope d kappa/d lam = 1/(1 - df2/n) is the factor by which
fluctuations of the fit exceed those of a fixed smoother; it diverges at the interpolation peak.
"""

from _render import story

if __name__ == "__main__":
    story("kappa_derivative", __doc__)
