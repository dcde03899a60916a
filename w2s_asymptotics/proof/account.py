"""The one builder of steps: lines of argument, each step taking up what the one before left."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from w2s_asymptotics.proof.derivation import Check, Step

__all__ = ["Account"]


class Account:
    """Collects steps that join up.

    A step is *rewritten* (its move is applied to what the line has come to) or *claimed* (stated outright,
    and verified by its check alone). What it ``takes`` from earlier steps must stand in it as they left it.

    >>> import sympy as sp
    >>> from w2s_asymptotics.proof.checks import Identity
    >>> x, account = sp.Symbol("x"), Account()
    >>> account.line((x + 1) ** 2).rewrite("square", "expand", sp.expand, Identity())
    x**2 + 2*x + 1
    >>> account.claim("square it is", "complete the square", (x + 1) ** 2, Identity())
    (x + 1)**2
    """

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._opened: tuple[Any, ...] = ()

    def __getitem__(self, name: str) -> Any:
        """Return what the step of that name arrived at."""
        (found,) = (step.after for step in self.steps if step.name == name)
        return found

    @property
    def last(self) -> Any:
        """What the line has come to."""
        return self._opened[0] if self._opened else self.steps[-1].after

    def line(self, before: Any) -> Account:
        """Open a line of argument at ``before``."""
        self._opened = (before,)
        return self

    def rewrite(
        self,
        name: str,
        rule: str,
        move: Callable[[Any], Any],
        check: Check,
        uses: tuple[str, ...] = (),
        note: str = "",
        takes: tuple[str, ...] = (),
    ) -> Any:
        """Apply a move to what the line has come to; return what it leaves."""
        return self.claim(name, rule, move(self.last), check, uses, note, takes)

    def claim(
        self,
        name: str,
        rule: str,
        after: Any,
        check: Check,
        uses: tuple[str, ...] = (),
        note: str = "",
        takes: tuple[str, ...] = (),
    ) -> Any:
        """State what the line comes to; return it."""
        uses = (*uses, *(each for each in takes if each not in uses))
        opens = bool(self._opened)
        self.steps.append(Step(name, rule, self.last, after, check, uses, note, opens, takes))
        self._opened = ()
        return after

    def extend(self, steps: Iterable[Step]) -> None:
        """Take over steps that join up among themselves."""
        self.steps += steps
        self._opened = ()
