"""The deterministic equivalent of one resolvent.

Ridge never uses the sample covariance but through its resolvent R = (Sigmahat + lam Gamma)^{-1}. Over the
draw of the rows, lam R behaves like kappa G with G = (Sigma + kappa Gamma)^{-1}: sampling noise acts as
extra regularisation, and kappa > lam says how much. The fixed point kappa (1 - tr(Sigma G)/n) = lam comes
from taking one row out.
"""

from _render import story

if __name__ == "__main__":
    story("one_point", __doc__)
