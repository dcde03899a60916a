r"""Ridge with a block of unpenalised features: project them out; and what Hermite features share.

Block elimination, exactly; the limit of a vanishing penalty; the generating function of Hermite
polynomials.
"""

from __future__ import annotations

import sympy as sp

from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.models.blocks import LETTERS, RationalBlocks
from w2s_asymptotics.proof.models.gaussian import Moments
from w2s_asymptotics.proof.tactics import Equal, Tends
from w2s_asymptotics.words.gaussian import He, Mean

__all__ = ["derivation"]

_u, _v, _z1, _z2, _rho, _a, _b = sp.symbols("x_u x_v z_1 z_2 rho a b", real=True)
_J, _H, _W, _y, _R, _X, _M, _R0, _Pi, _Z, _t, _r = LETTERS
_j, _k = sp.symbols("j k", integer=True, nonnegative=True)


def derivation() -> Derivation:
    """Derive the projection, and the overlaps of Hermite features."""
    account = Account()
    account.line(_J * _H * _W * _y).claim(
        "eliminate the block",
        "block elimination",
        _R * _X * _M * _y,
        Equal(RationalBlocks()),
        note=(
            r"$W = [Z\ X]$, $J$ selects the coefficients of $X$; $M_\mu = I - Z(Z'Z + \mu)^{-1}Z'$, "
            r"$R_\mu = (X'M_\mu X + \lambda)^{-1}$."
        ),
    )
    account.claim(
        "let its penalty vanish",
        r"$\mu \to 0$",
        _R0 * _X * _Pi * _y,
        Tends(RationalBlocks()),
        note=r"The limit of infinitely strong features: $\Pi$ projects off the columns of $Z$.",
    )
    account.line(_R0 * _X * _Pi * (_Z * _t + _r)).claim(
        "what the bulk does not see",
        r"$\Pi Z = 0$",
        _R0 * _X * _Pi * _r,
        Equal(RationalBlocks()),
        uses=("let its penalty vanish",),
        note="What lies in the span of the unpenalised features never reaches the bulk.",
    )
    pair = {_u: _z1, _v: _rho * _z1 + sp.sqrt(1 - _rho**2) * _z2}
    degrees = tuple({_k: degree} for degree in range(7))
    account.line(Mean(sp.exp(_a * _u - _a**2 / 2 + _b * _v - _b**2 / 2))).claim(
        "generating function",
        "mean of the exponential of a linear form",
        sp.exp(_a * _b * _rho),
        Equal(Moments((_z1, _z2), pair)),
        note=r"$e^{ax - a^2/2} = \sum_k a^k \mathrm{He}_k(x)/k!$: its coefficients are the overlaps below.",
    )
    account.line(Mean(He(_j, _u) * He(_k, _v))).claim(
        "different degrees",
        "coefficient of the generating function",
        sp.S.Zero,
        Equal(
            Moments((_z1, _z2), pair, at=tuple({_j: i, _k: j} for i in range(5) for j in range(5) if i != j))
        ),
        uses=("generating function",),
        note=r"For $j \neq k$.",
    )
    account.line(Mean(He(_k, _u) * He(_k, _v))).claim(
        "one degree",
        "coefficient of the generating function",
        sp.factorial(_k) * _rho**_k,
        Equal(Moments((_z1, _z2), pair, at=degrees)),
        uses=("generating function",),
    )
    return Derivation(
        name="unpenalised_features",
        title="Unpenalised features are projected out",
        statement=r"The bulk sees what the projection off the unpenalised features leaves; Hermite features "
        r"of two "
        r"directions at the overlap $\rho$ share $k!\,\rho^k$ in one degree and nothing in different ones.",
        assumptions=(
            "Block elimination is exact for finite matrices. That finitely many unpenalised features, being "
            "uncorrelated with the bulk, cost it nothing in the proportional limit is not proved here; "
            "simulation checks it.",
        ),
        sources=("Mehler 1866 (the generating function of Hermite polynomials).",),
        steps=tuple(account.steps),
        result=account.last,
        forms={"one degree": account.last},
        notation=(
            ("Z, X", "the unpenalised and the other features of the rows"),
            (r"\rho", r"$\langle u, v\rangle$ of unit vectors, $x_u = \langle u, x\rangle$"),
        ),
    )
