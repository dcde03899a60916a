"""The multi-index world: an easy and a hard function of two directions of isotropic covariates.

`x ~ N(0, I_d)` and `y = s_e(<b_e, x>) + s_h(<b_h, x>) + eps`, `b_e` and `b_h` orthogonal unit vectors. The
information exponent of a link is the least degree of its Hermite expansion: 1 for the easy one, which
has a linear part; at least 2 for the hard one, which has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ..notation import check
from ..records import Record
from .links import Link, as_link

__all__ = ["MultiIndex"]


@dataclass(frozen=True, eq=False)
class MultiIndex(Record):
    """A target `easy(<b_e, x>) + hard(<b_h, x>)`, means removed, with label noise.

    Parameters
    ----------
    easy, hard
        A link each: a row of Hermite coefficients `[c_1, c_2, ...]` (index 0 is degree 1; probabilists'
        `He_k`, energy `k! c_k^2`), a name ("relu", "tanh", "erf", "abs", "he2", "he3", ...), a sympy
        expression in one symbol, or a function of arrays. Kept as `Link` records, which know their
        coefficients, energy and information exponent, exactly or to a stated error.
    noise
        Variance `sigma^2` of the label noise.

    Raises
    ------
    ValueError
        If the easy link has no linear part or the hard link has one, saying how to mend it; for an
        unknown name (text is looked up, never evaluated) or a value outside its domain.

    Examples
    --------
    >>> world = MultiIndex(easy=[1.0, 0.3], hard="he2", noise=0.1)
    >>> world.easy_exponent, world.hard_exponent, round(world.energy, 12)
    (1, 2, 3.18)
    >>> MultiIndex(easy="tanh", hard="relu")
    Traceback (most recent call last):
        ...
    ValueError: hard must have information exponent at least 2, got c_1 = 0.5 (MultiIndex.hard): its linear
    part is easy to learn; subtract it, as in lambda z: s(z) - 0.5 * z or with coefficients [0, c_2, ...]
    """

    easy: Any
    hard: Any
    noise: Any = 0.0
    eigenvalues: ClassVar[float] = 1.0
    weights: ClassVar[float] = 1.0

    def __post_init__(self) -> None:
        for name in ("easy", "hard"):
            object.__setattr__(self, name, as_link(getattr(self, name), f"MultiIndex.{name}"))
        object.__setattr__(self, "noise", check("noise", self.noise, "MultiIndex"))
        if self.easy.vanishes(1):
            raise ValueError(
                f"easy must have information exponent 1, got c_1 = 0 for {self.easy.label} "
                "(MultiIndex.easy): without a linear part no single gradient step finds its direction; "
                "add one, as in lambda z: z + s(z) or with coefficients [1, c_2, ...], "
                "or give it as the hard link"
            )
        if not self.hard.vanishes(1):
            slope = self.hard.coefficient(1)
            shown = f"{slope:.6g}" if isinstance(slope, float) else str(slope)
            raise ValueError(
                f"hard must have information exponent at least 2, got c_1 = {shown} (MultiIndex.hard): its "
                f"linear part is easy to learn; subtract it, as in lambda z: s(z) - {shown} * z "
                "or with coefficients [0, c_2, ...]"
            )

    @property
    def dim(self) -> None:
        """The dimension d of the covariates is left open."""
        return None

    @property
    def easy_exponent(self) -> int | None:
        """The information exponent of the easy link, 1."""
        return _exponent(self.easy)

    @property
    def hard_exponent(self) -> int | None:
        """The information exponent of the hard link, at least 2; None for a hard link that is zero."""
        return _exponent(self.hard)

    @property
    def energy(self) -> Any:
        """The energy `E_e + E_h` of the target, without noise."""
        return self.easy.energy + self.hard.energy


def _exponent(link: Link) -> int | None:
    return link.information_exponent
