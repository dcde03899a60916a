"""A derivation: real rewrites of real expressions, each naming its rule and carrying a check that can fail.

A :class:`Step` takes an expression ``before`` to an expression ``after``. What licenses it is ``check``,
which looks at nothing but those two expressions: an algebraic step must hold exactly on rational matrices or
rational numbers, an asymptotic step must close like 1/d on drawn data. A :class:`Derivation` is a sequence of
steps together with its setting; :meth:`Derivation.verify` runs every check, and that each step takes up what
the one before left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any, Protocol

import sympy as sp
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanAtom, BooleanFunction

__all__ = ["Check", "Derivation", "Outcome", "Report", "Step", "VerificationError"]


@dataclass(frozen=True)
class Outcome:
    """What a check saw: whether it holds, and the figure that says how well."""

    passed: bool
    detail: str


class Check(Protocol):
    """Licenses a step; sees only its two expressions. Every check derives from this class."""

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Decide whether ``before`` may be rewritten to ``after``."""

    def describe(self) -> str:
        """Return, in one phrase, what closes the step (printed beside it)."""

    def sign(self, step: Step) -> str:
        """Return the LaTeX of the relation between the two sides that this check establishes."""
        stated = isinstance(step.after, (Relational, BooleanFunction, BooleanAtom))
        return r"\Longrightarrow" if stated else "="


class VerificationError(AssertionError):
    """A step of a derivation does not hold; the message names it and what its check saw."""


@dataclass(frozen=True)
class Step:
    """One rewrite: ``before`` becomes ``after`` by ``rule``; ``check`` decides whether it may.

    ``starts`` marks the first step of a line of argument (a definition, or a claim that rests on the steps it
    ``uses``); every other step must take up exactly what the step before it left. What the steps named in
    ``takes`` arrived at must stand, as it is, in ``before`` or be what the check inserts for a letter.
    """

    name: str
    rule: str
    before: Any
    after: Any
    check: Check
    uses: tuple[str, ...] = ()
    note: str = ""
    starts: bool = False
    takes: tuple[str, ...] = ()

    def run(self, seed: int = 0) -> Outcome:
        """Run this step's check."""
        return self.check.run(self.before, self.after, seed)

    def holds(self, part: Any) -> bool:
        """Whether an expression stands in what this step takes up, or is inserted for a letter."""
        return bool(self.before.has(part)) or part in getattr(self.check, "given", {}).values()


@dataclass(frozen=True)
class Report:
    """What :meth:`Derivation.verify` saw, a line per step."""

    name: str
    outcomes: tuple[tuple[str, Outcome], ...]

    def __str__(self) -> str:
        lines = [f"{self.name}: {len(self.outcomes)} steps hold"]
        lines += [f"  {step}: {outcome.detail}" for step, outcome in self.outcomes]
        return "\n".join(lines)


@dataclass(frozen=True)
class Derivation:
    """A result with the steps that lead to it.

    ``result`` is the expression that the library evaluates; ``forms`` holds it as it is printed, by name
    (``"kappa"``: in the effective regularisation, ``"resolvent"``: in the Marchenko-Pastur m and m'), and
    ``definitions`` what the symbols of the forms stand for. ``cases`` names the steps that decide a symbol's
    values between them: the domains of their checks must leave no positive value out.
    """

    name: str
    title: str
    statement: str
    assumptions: tuple[str, ...]
    sources: tuple[str, ...]
    steps: tuple[Step, ...]
    result: Any
    forms: Mapping[str, Any] = field(default_factory=dict)
    notation: tuple[tuple[str, str], ...] = ()
    definitions: tuple[tuple[Any, Any], ...] = ()
    uses: tuple[str, ...] = ()
    cases: Mapping[Any, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = [step.name for step in self.steps]
        if len(set(names)) != len(names):
            raise ValueError(f"derivation {self.name}: step names must differ, got {names}")
        for position, step in enumerate(self.steps):
            known = {*names[:position], *self.uses}
            if not {*step.uses, *step.takes} <= known:
                unproved = sorted({*step.uses, *step.takes} - known)
                raise ValueError(
                    f"step {self.name}/{step.name} uses {unproved}, which nothing before it proves"
                )

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def verify(self, seed: int = 0) -> Report:
        """Run the check of every step, and that the steps join up and end at the result.

        Raises :class:`VerificationError`, naming the step, at the first that fails.
        """
        outcomes = []
        for position, step in enumerate(self.steps):
            if not step.starts and (position == 0 or step.before != self.steps[position - 1].after):
                raise VerificationError(
                    f"{self.name}/{step.name}: does not take up what the step before it left"
                )
            for earlier in self.steps[:position]:
                if earlier.name in step.takes and not step.holds(_taken(earlier.after)):
                    raise VerificationError(
                        f"{self.name}/{step.name}: what {earlier.name} arrived at is not in it"
                    )
            outcome = step.run(seed)
            if not outcome.passed:
                raise VerificationError(f"{self.name}/{step.name} ({step.rule}): {outcome.detail}")
            outcomes.append((step.name, outcome))
        if self.steps and not _closes(self.steps[-1].after, self.result):
            raise VerificationError(f"{self.name}: the last step does not end at the result")
        for form, expression in self.forms.items():
            if not self._establishes(expression):
                raise VerificationError(f"{self.name}: no step arrives at its form {form!r}")
        for symbol, names in self.cases.items():
            left = self._left_open(symbol, names)
            if left != sp.S.EmptySet:
                raise VerificationError(f"{self.name}: no case decides {symbol} in {left}")
        return Report(self.name, tuple(outcomes))

    def _left_open(self, symbol: Any, names: tuple[str, ...]) -> sp.Set:
        """Return the positive values of a symbol that no step of these decides."""
        left: sp.Set = sp.Interval.open(0, sp.oo)
        for step in self.steps:
            if step.name in names and step.before.has(symbol):
                left = left - step.check.covers(symbol)  # type: ignore[attr-defined]
        return left

    def _establishes(self, claim: Any) -> bool:
        """Whether a claim is all of what a step arrives at, or equates the ends of a line of argument.

        Of what a step has solved for one letter, the other side alone will do; a part of a side will not.
        """
        for place, step in enumerate(self.steps):
            if claim == step.after or (_solved(step.after) and claim == step.after.rhs):
                return True
            if not isinstance(claim, sp.Eq) or step.before not in claim.args:
                continue
            for later in self.steps[place:]:
                if later is not step and later.starts:
                    break
                if {step.before, later.after} == set(claim.args):
                    return True
        return False

    def with_step(self, name: str, **changes: Any) -> Derivation:
        """Return a copy with one step changed (how the tests tamper)."""
        return replace(
            self, steps=tuple(replace(step, **changes) if step.name == name else step for step in self.steps)
        )

    def latex(
        self,
        *,
        fragment: bool = False,
        environment: str = "theorem",
        symbols: Mapping[str, str] | None = None,
        labels: bool = False,
    ) -> str:
        r"""Return the result as LaTeX: an article that stands on its own, or a part to paste into a paper.

        Parameters
        ----------
        fragment
            Only what the symbols mean, the theorem and its proof; its first line says what it needs.
            Otherwise an article, which also lists the check of every step.
        environment
            The theorem environment: "theorem", "lemma", "proposition", ...
        symbols
            Other letters, as LaTeX by the symbol's name here: ``{"kappa": r"\tau", "gamma_s": r"\phi"}``. A
            name without subscript stands for the letter with any.
        labels
            Number displays as the paper does, with labels such as ``eq:compensation:chi`` to refer to;
            otherwise from (1) within the proof.

        Returns
        -------
        str
            The LaTeX source.

        Raises
        ------
        ValueError
            For a symbol that the result does not have, or a letter that another symbol has.

        Examples
        --------
        >>> from w2s_asymptotics import derive
        >>> text = derive("overlap_gap").latex(fragment=True, environment="lemma", symbols={"rho": "s"})
        >>> text.splitlines()[-1], r"\rho" in text, r"\begin{lemma}" in text
        ('\\end{proof}', False, True)
        """
        printer = import_module("w2s_asymptotics.report.paper")
        write = printer.fragment if fragment else printer.document
        text: str = write(self, environment=environment, symbols=symbols or {}, labels=labels)
        return text

    def __repr__(self) -> str:
        return f"<derivation {self.name}: {self.title}, {len(self.steps)} steps>"

    def _repr_latex_(self) -> str:
        text: str = _printer().summary(self)
        return text

    def text(self) -> str:
        """Return the derivation as plain text, for a terminal."""
        lines = [self.title, "=" * len(self.title), "", plain(self.statement), ""]
        lines += [f"Assumption: {plain(assumption)}" for assumption in self.assumptions]
        for number, step in enumerate(self.steps, 1):
            lines += [
                "",
                f"{number}. {step.name} [{plain(step.rule)}; checked: {plain(step.check.describe())}]",
            ]
            lines += [f"   {plain(step.note)}"] if step.note else []
            lines += [f"     {step.before}", f"  -> {step.after}"]
        lines += ["", "Result:"]
        results = self.forms or {"": self.result}
        lines += [f"  {plain(form)}: {expression}" for form, expression in results.items()]
        lines += [f"  where {name} = {meaning}" for name, meaning in self.definitions]
        lines += ["", *(f"Source: {plain(source)}" for source in self.sources)]
        return "\n".join(lines)


def _printer() -> Any:
    """The LaTeX printer: by name, since it stands above what it prints."""
    return import_module("w2s_asymptotics.report.article")


def plain(text: str) -> str:
    r"""Text whose ``$...$`` is spelled out for a terminal.

    >>> plain(r"the penalty $\lambda_{t} \leq \frac{1}{2}$")
    'the penalty lambda_t <= (1)/(2)'
    """
    return re.sub(r"\$([^$]+)\$", lambda found: _spelled(found.group(1)), text)


def _spelled(formula: str) -> str:
    """Formula source with its commands replaced by their names."""
    formula, nested = re.sub(r"\\(?:mathrm|operatorname|text|mathbb)\{([^{}]*)\}", r"\1", formula), ""
    while formula != nested:  # from the inside out
        nested = formula
        formula = re.sub(r"\\sqrt\{([^{}]*)\}", r"sqrt(\1)", formula)
        formula = re.sub(r"\\[td]?frac\{([^{}]*)\}\{([^{}]*)\}", r"(\1)/(\2)", formula)
    formula = re.sub(r"\\sqrt\\?(\w+)", r"sqrt(\1)", formula)
    formula = re.sub(r"\\(hat|bar|dot)\{?\\?([A-Za-z]+)\}?", r"\2_\1", formula)
    formula = re.sub(r"\\(?:left|right|[,;:! ])", "", formula)
    for command, sign in (
        ("leq", "<="),
        ("geq", ">="),
        ("le", "<="),
        ("ge", ">="),
        ("to", "->"),
        ("simeq", "~"),
        ("infty", "inf"),
    ):
        formula = re.sub(rf"\\{command}\b", sign, formula)
    formula = re.sub(r"(?<=[\w})])\\(?=[A-Za-z])", r" \\", formula)
    return re.sub(r"\\([A-Za-z]+)", r"\1", formula).replace("{", "").replace("}", "")


def _taken(claim: Any) -> Any:
    """Return what is taken from a step: of what is solved for a letter, the other side."""
    return claim.rhs if _solved(claim) else claim


def _solved(claim: Any) -> bool:
    """Whether a relation says what one letter is, or exceeds."""
    return isinstance(claim, Relational) and bool(claim.lhs.is_Symbol)


def _closes(last: Any, result: Any) -> bool:
    return bool(last == result or (isinstance(last, sp.Eq) and result == last.rhs))
