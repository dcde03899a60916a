r"""What the theorems on two-layer learners share: the state of a function, its letters and coordinates.

The function is ``<l, x> + sum_k c_{e,k} p^k He_k(<v, x>) + sum_k z_k c_{h,k} He_k(<b_h, x>)`` plus a
nonlinear part that nothing later can use. Its state, in parts that never cancel (of the truth, in brackets):

================  =======================================================================  ===========
``M``, ``Mbar``   ``<l, b_e> = c M``, ``Mbar = 1 - M``                                     (1 and 0)
``C``             energy of l orthogonal to b_e, so that ``Lambda = |l|^2 = c^2 M^2 + C``  (0)
``ell``, ``A``    ``<l, v>``, and the energy of l orthogonal to its own direction v        (c and 0)
``p``             product of the overlaps of successive directions, from b_e to v          (1)
``rho, rhobar``   ``<v, b_e>`` and ``1 - rho^2``                                           (1 and 0)
``epsilon, eta``  ``rho - p``, and ``c M - p ell``                                         (0 and 0)
``w``             energy of the nonlinear part                                             (0)
================  =======================================================================  ===========

Reversing b_e makes c positive, which is assumed throughout.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.words.words import letter

__all__ = ["STATE_NOTATION"]

# The state of the labelling function.
c = sp.Symbol("c", positive=True)
M, bias = sp.symbols("M Mbar", positive=True)
C, energy, along, aside = sp.symbols("C Lambda ell A", positive=True)
path, gap, apart = sp.symbols("p epsilon eta", positive=True)
rho, missed = sp.symbols("rho rhobar", positive=True)
w = sp.Symbol("w", nonnegative=True)

# The step: E is the mean square of the labels it is taken on.
gamma_step = symbol("gamma", "step")
power, N = sp.symbols("E N", positive=True)
q, turned = sp.symbols("q qbar", positive=True)
g, tau = sp.symbols("g tau", positive=True)

# The head: shares S = a_1 and K = 1 - S of the bulk, added energy U, effective label noise s^2.
S, K, U = sp.symbols("S K U", positive=True)
a1, a2, v_b, w_b, w_s = sp.symbols("a_1 a_2 v w_b w_s", positive=True)
label_noise = sp.Symbol("s^2", positive=True)
noise = symbol("noise")

# Degrees.
k = sp.Symbol("k", integer=True, positive=True)
l_labels, l_own, l_hard, top = sp.symbols("l_t l l_h m", integer=True, positive=True)
c_easy, c_hard, z = sp.IndexedBase("c_e"), sp.IndexedBase("c_h"), sp.IndexedBase("z")

# Vectors.
linear, v, b, xi, turned_to, delta = (letter(name) for name in ("l", "v", "b_e", "xi", "v'", "delta"))


def easy_energy(degree: Any = k) -> Any:
    """Return the energy k! c_{e,k}^2 of one degree of the easy link."""
    return sp.factorial(degree) * c_easy[degree] ** 2


def hard_energy(degree: Any = k) -> Any:
    """Return the energy k! c_{h,k}^2 of one degree of the hard link."""
    return sp.factorial(degree) * c_hard[degree] ** 2


def over(term: Any, first: Any, last: Any) -> Any:
    """Return the sum of a term over the degrees from first to last."""
    return sp.Sum(term, (k, first, last))


_u, _x, _y = sp.symbols("u x y", real=True)

COORDINATES: dict[Any, tuple[Any, ...]] = {
    b: (1, 0, 0, 0, 0),
    linear: (c * M, _u, 0, 0, 0),
    v: (_x, _y, sp.sqrt(1 - _x**2 - _y**2), 0, 0),
    xi: (0, 0, 0, sp.sqrt(gamma_step * power), 0),
    turned_to: (c * M / N, _u / N, 0, sp.sqrt(gamma_step * power) / N, 0),
    delta: (0, 0, 0, 0, sp.sqrt(U)),
}
"""All configurations: l and v arbitrary, xi and delta independent of everything before them."""

GIVEN: dict[Any, Any] = {
    g: gamma_step * power / N**2,
    tau: energy / N**2,
    missed: (C + gamma_step * power) / N**2,
    aside: energy - along**2,
    along: c * M * _x + _u * _y,
    N: sp.sqrt(energy + gamma_step * power),
    energy: c**2 * M**2 + C,
    C: _u**2,
    bias: 1 - M,
    K: 1 - S,
}
"""What the letters of the state stand for in these coordinates."""

STATE_NOTATION: tuple[tuple[str, str], ...] = (
    ("l, v", r"linear part of the labelling function, and the direction of its nonlinear features"),
    ("c", r"$c_{e,1}$, positive without loss of generality"),
    (r"M, \bar{M}", r"$\langle l, b_e\rangle = cM$, $\bar{M} = 1 - M$"),
    ("C", r"energy of $l$ orthogonal to $b_e$"),
    (r"\Lambda", r"$\|l\|^2 = c^2M^2 + C$"),
    (r"\ell, A", r"$\langle l, v\rangle$, and the energy of $l$ orthogonal to $v$"),
    (
        "p",
        r"the function carries $c_{e,k}\,p^k\,\mathrm{He}_k(\langle v, x\rangle)$ for the degrees it "
        r"captured",
    ),
    (r"\epsilon, \eta", r"$\rho - p$, and $cM - p\ell$"),
    ("w", "energy of the nonlinear part that acts as label noise"),
    ("E", "mean square of the labels, their noise included"),
    (r"N, v'", r"length of the step $l + \xi$, and the new direction"),
    (r"g, \tau", r"$\gamma_{\mathrm{step}}E/N^2$ and $\Lambda/N^2 = 1 - g$"),
    (r"q, \bar{q}", r"$\langle v', v\rangle$, $\bar{q} = 1 - q^2$"),
    (r"\rho, \bar{\rho}", r"$\langle v', b_e\rangle$, $\bar{\rho} = 1 - \rho^2$"),
    ("S, K", r"shares that the bulk keeps and loses, $S = a_1$, $K = 1 - a_1$"),
    ("U", r"energy that the bulk adds, $(a_2 - a_1^2)\,g\Lambda + v s^2$"),
)
