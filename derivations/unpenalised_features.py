"""Unpenalised features are projected out, and Hermite features of two directions overlap by a power.

A feature of diverging strength is one that the penalty does not see. Eliminating such a block leaves ridge on
what is orthogonal to it, so that the labels' component along it never reaches the rest.
"""

from _render import story

if __name__ == "__main__":
    story("unpenalised_features", __doc__)
