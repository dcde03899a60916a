"""Writing derived expressions as code that neither underflows early nor meets ``0 * inf``.

Such code calls operators and the few functions of a namespace ``xp``, as the numeric kernels do. A `Writer`
knows of each symbol what can happen to it: it may vanish, be infinite, or divide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy as sp

from w2s_asymptotics.words.spectrum import Total

__all__ = ["Total", "Writer"]


class Writer:
    """Writes formulas as Python: products nested from the right (no early underflow), 0/0 left to ``xp``.

    Parameters
    ----------
    order
        Symbols in the order in which they stand in a product.
    divisors
        Symbols that may be 0 where they divide: the last factor becomes ``xp.quotient(factor, divisor)``.
    infinite
        Symbols that may be infinite, the last of their product: beside a factor that may vanish it is
        ``xp.product``.
    vanishing
        Symbols that may be 0 where another factor is infinite.
    ones
        Symbols that are 1 here, where there is one atom and a `Total` is its term.
    renamed
        Symbols that are others here.

    Examples
    --------
    >>> gamma, lost, delta = sp.symbols("gamma lost delta")
    >>> Writer(order=(gamma, lost), divisors=(delta,)).write(gamma * lost**2 / delta)
    'gamma * (lost * xp.quotient(lost, delta))'
    >>> Writer(order=(gamma, lost)).write(gamma * lost / (1 + delta))
    'gamma * lost / (1 + delta)'
    >>> Writer(order=(gamma, lost)).write(1 + Total(gamma * lost))
    '1 + (gamma * lost).sum(axis=-1, keepdims=True)'
    """

    def __init__(
        self,
        *,
        order: Sequence[Any],
        divisors: Sequence[Any] = (),
        infinite: Sequence[Any] = (),
        vanishing: Sequence[Any] = (),
        ones: Sequence[Any] = (),
        renamed: Mapping[Any, Any] | None = None,
    ) -> None:
        self.order, self.divisors, self.infinite = tuple(order), tuple(divisors), tuple(infinite)
        self.vanishing, self.ones = tuple(vanishing), tuple(ones)
        self.renamed = dict(renamed or {})

    def write(self, expression: Any) -> str:
        """Return one formula as Python source."""
        expression = sp.sympify(expression).subs(dict.fromkeys(self.ones, 1))
        if not self.ones:
            return self._write(expression)
        return self._write(expression.replace(Total, lambda term: term).subs(self.renamed))

    def _write(self, node: Any) -> str:
        if isinstance(node, Total):
            return f"({self._write(node.args[0])}).sum(axis=-1, keepdims=True)"
        if isinstance(node, sp.Add):
            return " + ".join(self._write(term) for term in sorted(node.args, key=self._rank))
        if isinstance(node, sp.Pow) and node.exp == -1 and node.base not in self.divisors:
            return f"1 / ({self._write(node.base)})"
        if isinstance(node, (sp.Mul, sp.Pow)):
            return self._product(node)
        return str(node)

    def _rank(self, term: Any) -> tuple[int, str]:
        return (2 * int(term.has(*self.infinite)) + int(bool(term.args)), str(term))

    def _product(self, node: Any) -> str:
        powers = dict(node.as_powers_dict())
        below = {item: -int(power) for item, power in powers.items() if power < 0}
        over = [item for item, power in below.items() for _ in range(power)]
        divided = [item for item in over if item in self.divisors]
        factors = [item for item in self.order for _ in range(max(0, int(powers.pop(item, 0))))]
        factors += [item for item, power in powers.items() for _ in range(max(0, int(power))) if item != 1]
        factors = factors or [sp.S.One]
        if factors[-1] in self.infinite and not over and set(self.vanishing) & set(factors):
            return self._beside_infinity(factors)
        spelled = [
            self._write(item) if not isinstance(item, sp.Add) else f"({self._write(item)})"
            for item in factors
        ]
        for item in over:
            if item in self.divisors:
                spelled[-1] = f"xp.quotient({spelled[-1]}, {item})"
            else:
                spelled[-1] += f" / {item}" if isinstance(item, sp.Symbol) else f" / ({self._write(item)})"
        if divided and set(self.vanishing) & set(factors[:-1]):
            return f"xp.product({self._nest(spelled[:-1])}, {spelled[-1]})"
        return self._nest(spelled)

    def _beside_infinity(self, factors: list[Any]) -> str:
        """A product whose last factor may be infinite and another one 0."""
        twice = next((item for item in self.vanishing if factors.count(item) > 1), None)
        if twice is None:
            return f"xp.product({self._nest([str(item) for item in factors[:-1]])}, {factors[-1]})"
        factors.remove(twice)  # a square could underflow where its product with the last does not
        return f"{twice} * xp.product({self._nest([str(item) for item in factors[:-1]])}, {factors[-1]})"

    def _nest(self, spelled: list[str]) -> str:
        *rest, last = spelled
        for item in reversed(rest):
            last = (
                f"{item} * ({last})"
                if "*" in last and not last.startswith(("xp.", "("))
                else f"{item} * {last}"
            )
        return last
