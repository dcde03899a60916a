"""Which polynomials of its direction a gradient step turns into unpenalised features.

A neuron that moves by r along a direction computes the polynomial of degree k there with a coefficient of
order r^k: higher degrees are weaker, and how many outgrow the penalty depends on the exponent of the step.
"""

from _render import story

if __name__ == "__main__":
    story("spike_degrees", __doc__)
