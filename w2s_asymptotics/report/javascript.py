"""Writing derived expressions as JavaScript, for pages that compute what they show.

Closed forms go through sympy's own JavaScript printer. Maps of equivalents are arranged as the numeric
kernels are (no early underflow, no ``0 * inf``); what they ask of ``xp`` the page provides, a sum over atoms
is ``total(i => ...)``, and a row over atoms is read at ``[i]``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sympy as sp
from sympy.printing.jscode import JavascriptCodePrinter

from w2s_asymptotics.words.spectrum import Total

__all__ = ["JavaScript", "JavaScriptWriter", "function", "javascript"]


class JavaScript(JavascriptCodePrinter):
    """Sympy's printer, with squares as products (``Math.pow`` need not round correctly) and ``<`` in full."""

    def _print_Pow(self, node: Any) -> str:
        if node.exp == 2:
            base = self._print(node.base)
            return f"({base} * {base})" if node.base.is_Symbol else f"square({base})"
        if node.exp == -2:
            return f"1/{self._print_Pow(sp.Pow(node.base, 2, evaluate=False))}"
        return str(super()._print_Pow(node))

    def _print_And(self, node: Any) -> str:
        return " && ".join(f"({self._print(each)})" for each in node.args)


def javascript(expression: Any) -> str:
    """Print one closed form as JavaScript.

    >>> a, b = sp.symbols("a b")
    >>> javascript(sp.sqrt(a**2 + 4 * b))
    'Math.sqrt((a * a) + 4*b)'
    """
    return str(JavaScript().doprint(sp.sympify(expression)))


class JavaScriptWriter:
    """Writes maps of equivalents: products nested from the right (no early underflow), 0/0 left to ``xp``.

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
    rows
        Symbols that have one entry per atom.

    Examples
    --------
    >>> gamma, lost, delta = sp.symbols("gamma lost delta")
    >>> JavaScriptWriter(order=(gamma, lost), divisors=(delta,)).write(gamma * lost**2 / delta)
    'gamma * (lost * xp.quotient(lost, delta))'
    >>> JavaScriptWriter(order=(gamma, lost)).write(gamma * lost / (1 + delta))
    'gamma * lost / (1 + delta)'
    >>> JavaScriptWriter(order=(gamma, lost)).write(1 + Total(gamma * lost))
    '1 + total(i => gamma * lost)'
    >>> writer = JavaScriptWriter(order=(gamma, lost), divisors=(delta,), rows=(lost,))
    >>> writer.write(1 + gamma * Total(lost**2) / delta)
    '1 + gamma * xp.quotient(total(i => lost[i] * lost[i]), delta)'
    """

    def __init__(
        self,
        *,
        order: Iterable[Any],
        divisors: Iterable[Any] = (),
        infinite: Iterable[Any] = (),
        vanishing: Iterable[Any] = (),
        rows: Iterable[Any] = (),
    ) -> None:
        self.entries: Mapping[Any, Any] = {row: sp.Symbol(f"{row}[i]", positive=True) for row in rows}
        self.order, self.divisors, self.infinite, self.vanishing = (
            tuple(self.entries.get(symbol, symbol) for symbol in symbols)
            for symbols in (order, divisors, infinite, vanishing)
        )

    def write(self, expression: Any) -> str:
        """Return one formula as JavaScript."""
        return self._write(sp.sympify(expression).subs(self.entries))

    def _write(self, node: Any) -> str:
        if isinstance(node, Total):
            return f"total(i => {self._write(node.args[0])})"
        if isinstance(node, sp.Add):
            return " + ".join(self._write(term) for term in sorted(node.args, key=self._rank))
        if isinstance(node, sp.Pow) and node.exp == -1 and node.base not in self.divisors:
            return f"1 / ({self._write(node.base)})"
        if isinstance(node, (sp.Mul, sp.Pow)):
            return self._product(node)
        return javascript(node)

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


def function(name: str, arguments: Sequence[str], lines: Sequence[tuple[str, str]], returns: str) -> str:
    """Return the text of one function: named lines, then what it returns.

    >>> print(function("twice", ("a",), [("b", "2 * a")], "b"), end="")
    function twice(a) {
      const b = 2 * a;
      return b;
    }
    """
    body = "".join(f"  const {left} = {right};\n" for left, right in lines)
    return f"function {name}({', '.join(arguments)}) {{\n{body}  return {returns};\n}}\n"
