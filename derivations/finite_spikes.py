"""Strong features of finite strength beside random ones: how far they are from being unpenalised.

A gradient step leaves spikes whose strength grows slowly with the dimension. Eliminated by block inversion,
they meet the random features in a single number, the effective regularisation nu of the weights: a spike of
strength q is learned to q/(q + nu). At finite strength the risk is closer to a real network's than the limit.
"""

from _render import story

if __name__ == "__main__":
    story("finite_spikes", __doc__)
