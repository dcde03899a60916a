"""What may be given for a quantity, as type checkers see it; at run time records check the values themselves.

A field annotated `Quantity` takes a `Value` where a record is built, `Optional` also None. Read from a
record it is of any type: a number where a number was given, an array where an array was.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np

__all__ = ["Expression", "Optional", "Precise", "Quantity", "Value", "given"]


class Expression(Protocol):
    """A sympy expression, as far as types go: sympy has none."""

    @property
    def free_symbols(self) -> Any:
        """The symbols in it."""

    def subs(self, *replaced: Any) -> Any:
        """The expression with others in place of these."""


class Precise(Protocol):
    """An mpmath number."""

    _mpf_: Any


Value: TypeAlias = "float | np.ndarray[Any, Any] | Sequence[float | Sequence[float]] | Expression | Precise"
"""A number, an array or a row of numbers, a sympy expression or an mpmath number."""

if TYPE_CHECKING:

    class Quantity:
        """A field that must be a value where it is given."""

        def __get__(self, record: Any, owner: Any = None) -> Any: ...

        def __set__(self, record: Any, value: Value) -> None: ...

    class Optional:
        """A field that may be None: another one says the same."""

        def __get__(self, record: Any, owner: Any = None) -> Any: ...

        def __set__(self, record: Any, value: Value | None) -> None: ...

else:
    Quantity = Optional = Any


def given(default: Any) -> Any:
    """Return the default of a field, of whichever type.

    >>> given(0.0)
    0.0
    """
    return default
