r"""Ridge with a block of unpenalised features: project them out; and what Hermite features share.

Statement
    Among features [Z X] let the penalty on Z's coefficients vanish. The coefficients of X are then those of
    ridge on what the projection ``Pi``, off the columns of Z, leaves of X and of the labels: whatever of the
    labels lies in the span of Z does not reach them. For unit vectors at the overlap ``rho``, ``E[He_j(<u,
    x>) He_k(<v, x>)] = delta_jk k! rho^k``: features of different degrees share nothing, those of one degree
    ``rho^k``.

Proof
    Block elimination, exactly; the limit of a vanishing penalty; the generating function of Hermite
    polynomials.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import Identity, LimitOf
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.words.features import WEIGHTS
from w2s_asymptotics.words.gaussian import He, Mean, Moments
from w2s_asymptotics.words.matrices import Draw, evaluate, inverse
from w2s_asymptotics.words.words import letter

__all__ = ["derivation"]

_J, _H, _W, _y, _R, _X, _M, _R0, _Pi, _Z, _t, _r = (
    letter(name) for name in ("J", "H", "W'", "y", "R_mu", "X'", "M_mu", "R_0", "Pi", "Z", "t", "r")
)
_u, _v, _z1, _z2, _rho, _a, _b = sp.symbols("x_u x_v z_1 z_2 rho a b", real=True)
_mu = sp.Symbol("mu", positive=True)
_j, _k = sp.symbols("j k", integer=True, nonnegative=True)


@dataclass(frozen=True)
class RationalBlocks:
    """Reads words on rational blocks Z and X, in exact arithmetic; ``penalty`` is the one on Z, mu."""

    penalty: Any = sp.Rational(2, 7)

    def near(self, variable: Any, place: Any) -> RationalBlocks:
        """Return the same blocks at another penalty on Z."""
        return replace(self, penalty=place)

    def read(self, expression: Any, seed: int) -> tuple[Any, ...]:
        """Return the entries of a word."""
        penalty = Fraction(int(self.penalty.p), int(self.penalty.q))
        draw = self._draw(penalty, np.random.default_rng(seed))
        return tuple(
            sp.Rational(entry.numerator, entry.denominator) for entry in np.ravel(evaluate(expression, draw))
        )

    def _draw(self, penalty: Fraction, rng: np.random.Generator) -> Draw:
        rows, spikes, bulk, lam = 5, 2, 3, Fraction(3, 11)

        def drawn(*shape: int) -> Any:
            flat = [Fraction(int(value), 3) for value in rng.integers(-5, 6, int(np.prod(shape)))]
            return np.array(flat, dtype=object).reshape(shape)

        Z, X = drawn(rows, spikes), drawn(rows, bulk)
        together = np.concatenate([Z, X], axis=1)
        weights = np.diag(np.array([penalty] * spikes + [lam] * bulk, dtype=object))
        eye = np.eye(rows, dtype=int)
        left = eye - Z @ inverse(Z.T @ Z + penalty * np.eye(spikes, dtype=int)) @ Z.T
        projection = eye - Z @ inverse(Z.T @ Z) @ Z.T
        ridge = lam * np.eye(bulk, dtype=int)
        values = {
            _J: np.eye(spikes + bulk, dtype=int)[spikes:],
            _H: inverse(together.T @ together + weights),
            _W: together.T,
            _y: drawn(rows, 1),
            _R: inverse(X.T @ left @ X + ridge),
            _X: X.T,
            _M: left,
            _R0: inverse(X.T @ projection @ X + ridge),
            _Pi: projection,
            _Z: Z,
            _t: drawn(spikes, 1),
            _r: drawn(rows, 1),
        }
        return Draw(values, rows, X, WEIGHTS)

    def __str__(self) -> str:
        return "exact arithmetic on rational blocks"


def derivation() -> Derivation:
    """Derive the projection, and the overlaps of Hermite features."""
    account = Account()
    account.line(_J * _H * _W * _y).claim(
        "eliminate the block",
        "block elimination",
        _R * _X * _M * _y,
        Identity(model=RationalBlocks()),
        note=(
            r"$W = [Z\ X]$, $J$ selects the coefficients of $X$; $M_\mu = I - Z(Z'Z + \mu)^{-1}Z'$, "
            r"$R_\mu = (X'M_\mu X + \lambda)^{-1}$."
        ),
    )
    account.claim(
        "let its penalty vanish",
        r"$\mu \to 0$",
        _R0 * _X * _Pi * _y,
        LimitOf(_mu, 0, model=RationalBlocks()),
        note=r"The limit of infinitely strong features: $\Pi$ projects off the columns of $Z$.",
    )
    account.line(_R0 * _X * _Pi * (_Z * _t + _r)).claim(
        "what the bulk does not see",
        r"$\Pi Z = 0$",
        _R0 * _X * _Pi * _r,
        Identity(model=RationalBlocks()),
        uses=("let its penalty vanish",),
        note="What lies in the span of the unpenalised features never reaches the bulk.",
    )
    pair = {_u: _z1, _v: _rho * _z1 + sp.sqrt(1 - _rho**2) * _z2}
    degrees = tuple({_k: degree} for degree in range(7))
    account.line(Mean(sp.exp(_a * _u - _a**2 / 2 + _b * _v - _b**2 / 2))).claim(
        "generating function",
        "mean of the exponential of a linear form",
        sp.exp(_a * _b * _rho),
        Identity(model=Moments((_z1, _z2), pair)),
        note=r"$e^{ax - a^2/2} = \sum_k a^k \mathrm{He}_k(x)/k!$: its coefficients are the overlaps below.",
    )
    account.line(Mean(He(_j, _u) * He(_k, _v))).claim(
        "different degrees",
        "coefficient of the generating function",
        sp.S.Zero,
        Identity(
            at=tuple({_j: i, _k: j} for i in range(5) for j in range(5) if i != j),
            model=Moments((_z1, _z2), pair),
        ),
        uses=("generating function",),
        note=r"For $j \neq k$.",
    )
    account.line(Mean(He(_k, _u) * He(_k, _v))).claim(
        "one degree",
        "coefficient of the generating function",
        sp.factorial(_k) * _rho**_k,
        Identity(at=degrees, model=Moments((_z1, _z2), pair)),
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
