"""Writing derived expressions as JavaScript, for pages that compute what they show.

Closed forms go through sympy's own JavaScript printer. Maps of equivalents are arranged as the numeric
kernels are (`report/codegen.py`: no early underflow, no ``0 * inf``); what they ask of ``xp`` the page
provides, a sum over atoms is ``total(i => ...)``, and a row over atoms is read at ``[i]``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sympy as sp
from sympy.printing.jscode import JavascriptCodePrinter

from w2s_asymptotics.report.codegen import Total, Writer

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


class JavaScriptWriter(Writer):
    """A `Writer` of JavaScript; ``rows`` are the symbols that have one entry per atom.

    >>> gamma, lost, delta = sp.symbols("gamma lost delta")
    >>> writer = JavaScriptWriter(Writer(order=(gamma, lost), divisors=(delta,)), rows=(lost,))
    >>> writer.write(1 + gamma * Total(lost**2) / delta)
    '1 + gamma * xp.quotient(total(i => lost[i] * lost[i]), delta)'
    """

    def __init__(self, writer: Writer, rows: Iterable[Any] = ()) -> None:
        self.entries: Mapping[Any, Any] = {row: sp.Symbol(f"{row}[i]", positive=True) for row in rows}

        def entered(symbols: Sequence[Any]) -> list[Any]:
            return [self.entries.get(symbol, symbol) for symbol in symbols]

        super().__init__(
            order=entered(writer.order),
            divisors=entered(writer.divisors),
            infinite=entered(writer.infinite),
            vanishing=entered(writer.vanishing),
            ones=entered(writer.ones),
            renamed={old: entered([new])[0] for old, new in writer.renamed.items()},
        )

    def write(self, expression: Any) -> str:
        """Return one formula as JavaScript."""
        return super().write(sp.sympify(expression).subs(self.entries))

    def _write(self, node: Any) -> str:
        if isinstance(node, Total):
            return f"total(i => {self._write(node.args[0])})"
        if isinstance(node, (sp.Add, sp.Mul, sp.Pow)):
            return super()._write(node)
        return javascript(node)


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
