"""Tactics: what is compared in a model, whatever the model is.

A model draws *places*: functions that give every expression of a step its value, a number, an array or an
expression in fewer names. A tactic says how the two sides of the step must compare there:

============  ==============================================================
`Equal`       at every place both sides agree
`Averages`    over places that are equally likely, both sides agree in the mean
`Tends`       as the model comes near, the gap between them vanishes
`Slope`       ``after`` is the derivative of ``before`` as the model moves
`Closes`      the gap on drawn data extrapolates to zero in 1/d
============  ==============================================================

The models are in `proof/models/`, one file each.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

import numpy as np
import sympy as sp

from w2s_asymptotics.proof.checks import Identity
from w2s_asymptotics.proof.derivation import Check, Outcome, Step
from w2s_asymptotics.words.tex import formula_tex

__all__ = ["Averages", "Closes", "Equal", "Model", "Moving", "Place", "Run", "Sampled", "Slope", "Tends"]

Place = Callable[[Any], Any]
"""Gives an expression its value."""


class Model(Protocol):
    """Draws places; ``where`` names them as a phrase: "on rational matrices"."""

    @property
    def tolerance(self) -> float:
        """How far apart equal values may be, relative to the first; zero where values are exact."""
        return 0.0

    @property
    def where(self) -> str:
        """Say where both sides are evaluated."""

    def places(self, before: Any, after: Any, seed: int) -> Iterable[Place]:
        """Draw places at which everything in the two sides has a value."""


class Moving(Model, Protocol):
    """A model that depends on a distance."""

    def near(self, distance: Fraction) -> Model:
        """Return the same draws at this distance from where the model stands."""


def _spread(value: Any, like: Any) -> Any:
    """A number stands for that multiple of the identity where the other side is a matrix."""
    if isinstance(like, np.ndarray) and not isinstance(value, np.ndarray):
        return value * np.eye(len(like), dtype=int)
    return value


def _gap(left: Any, right: Any) -> Any:
    return _spread(left, right) - _spread(right, left)


def _size(value: Any) -> Any:
    return max(abs(entry) for entry in value.flat) if isinstance(value, np.ndarray) else abs(value)


def _agree(left: Any, right: Any, tolerance: float) -> bool:
    """Whether two values agree; expressions that still have names in them must cancel."""
    if any(isinstance(side, sp.Basic) and not side.is_number for side in (left, right)):
        return Identity().run(left, right, 0).passed
    gap = _gap(left, right)
    if tolerance:
        return bool(left == right or _size(gap) <= tolerance * _size(left))
    return gap.is_zero is True if isinstance(gap, sp.Basic) else not np.any(gap)


@dataclass(frozen=True)
class Equal(Check):
    """Both sides agree at every place of the model."""

    model: Model

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Compare the two sides at one place after the other."""
        count = 0
        for at in self.model.places(before, after, seed):
            left, right, count = at(before), at(after), count + 1
            if not _agree(left, right, self.model.tolerance):
                return Outcome(False, f"the two sides differ {self.model.where}{_values(left, right)}")
        exactly = f"to {self.model.tolerance:.0e}" if self.model.tolerance else "exactly"
        return Outcome(True, f"equal at {count} place{'s' * (count > 1)} {self.model.where}, {exactly}")

    def describe(self) -> str:
        """Say what closes the step."""
        return f"{'agrees' if self.model.tolerance else 'exact'} {self.model.where}"


def _values(left: Any, right: Any) -> str:
    """Two numbers that differ, as the message of a failure shows them."""
    if any(isinstance(side, np.ndarray) for side in (left, right)):
        return ""
    shown = [f"{float(side):.12g}" for side in (left, right) if not getattr(side, "free_symbols", None)]
    return f": {' and '.join(shown)}" if len(shown) == 2 else ""


@dataclass(frozen=True)
class Averages(Check):
    """The means of both sides over the places of the model agree exactly; one side is the same at all."""

    model: Model

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Average in exact arithmetic."""
        places = list(self.model.places(before, after, seed))
        sides = [[at(side) for at in places] for side in (before, after)]
        if not any(all(not np.any(value - values[0]) for value in values[1:]) for values in sides):
            return Outcome(False, "both sides change from place to place: neither is a mean")
        left, right = (sum(values[1:], values[0]) / len(values) for values in sides)
        passed = not np.any(_gap(left, right))
        return Outcome(
            passed, f"the mean of {len(places)} places {'agrees exactly' if passed else 'differs'}"
        )

    def describe(self) -> str:
        """Say what closes the step."""
        return f"exact mean {self.model.where}"

    def sign(self, step: Step) -> str:
        """The two sides are equal in the mean."""
        return r"\overset{\mathbb{E}}{=}"


@dataclass(frozen=True)
class Tends(Check):
    """The gap between the two sides vanishes as the model comes nearer, in proportion to the distance.

    It must be tiny at a distance of 1e-12, and a millionfold smaller at 1e-18, in exact arithmetic.
    """

    model: Moving

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Measure the gap at both distances."""
        near, nearer = (
            self.model.near(Fraction(1, 10**power)).places(before, after, seed) for power in (12, 18)
        )
        worst = 0.0
        for places in zip(near, nearer, strict=True):
            first, second = (_size(_gap(at(before), at(after))) for at in places)
            worst = max(worst, float(first))
            if not (first * 10**8 < 1 and second * 10**5 <= first):
                shown = f"{float(first):.1e} and {float(second):.1e}"
                return Outcome(False, f"the gap does not vanish: {shown} at 1e-12 and 1e-18")
        return Outcome(True, f"the gap vanishes in proportion, from {worst:.0e} at a distance of 1e-12")

    def describe(self) -> str:
        """Say what closes the step."""
        return f"the gap vanishes {self.model.where}"


class Curve(Moving, Protocol):
    """A model that moves along a curve."""

    @property
    def variable(self) -> Any:
        """What the derivative is taken in: a letter that moves too, or None for the distance itself."""

    @property
    def along(self) -> str:
        """Name the variable, as LaTeX, and the point if it is a special one."""


@dataclass(frozen=True)
class Slope(Check):
    """``after`` is the derivative of ``before`` along a curve through the model.

    Central differences in exact arithmetic, at distances 1e-15 and 1e-16: the gap must be tiny and shrink a
    hundredfold, as it does for the derivative alone.
    """

    curve: Curve

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Compare the differences with the claimed derivative."""

        def place(distance: Fraction) -> Place:
            (at,) = self.curve.near(distance).places(before, after, seed)
            return at

        claimed, gaps = place(Fraction(0))(after), []
        for distance in (Fraction(1, 10**15), Fraction(1, 10**16)):
            ahead, behind = place(distance), place(-distance)
            letter = self.curve.variable
            run = 2 * distance if letter is None else ahead(letter) - behind(letter)
            gaps.append(_size(_gap((ahead(before) - behind(before)) / run, claimed)))
        passed = gaps[0] * 10**18 <= 1 and gaps[1] * 50 <= gaps[0]
        shown = " and ".join(f"{float(gap):.0e}" for gap in gaps)
        return Outcome(bool(passed), f"differences at 1e-15 and 1e-16 miss it by {shown}")

    def describe(self) -> str:
        """Say what closes the step."""
        return f"exact differences converge to it quadratically, {self.curve.where}"

    def sign(self, step: Step) -> str:
        """The second side is the derivative of the first."""
        return rf"\xrightarrow{{\,d/d {self.curve.along}\,}}"


class Run(Protocol):
    """Draws at one dimension."""

    dim: int

    def draw(self, count: int) -> tuple[Any, Any]:
        """Draw so often; return, draw by draw and entry by entry, the gap and the size of the second side."""


class Sampled(Protocol):
    """A model of random data of growing dimension; ``drawn_as`` says what is drawn."""

    @property
    def drawn_as(self) -> str:
        """Say what is drawn."""

    def runs(
        self, before: Any, after: Any, dims: Sequence[int], seed: int
    ) -> Iterable[tuple[str, Sequence[Run]]]:
        """For each regime its name and a run for every dimension, all else held."""


@dataclass(frozen=True)
class Closes(Check):
    """The mean gap over drawn data extrapolates to zero in 1/d, in every regime and entry.

    The intercept of the gap, relative to the second side, as a function of 1/d must lie within five of its
    standard errors of zero (or within a third of the tolerance, which covers the next order). Data are drawn
    until each standard error is a quarter of the tolerance, so that a constant that is off by twice the
    tolerance fails whatever the seed.
    """

    model: Sampled
    dims: tuple[int, ...] = (18, 36, 72)
    tolerance: float = 0.03

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Draw at each dimension and fit the relative gap as intercept + slope/d."""
        holds, details = True, []
        for regime, runs in self.model.runs(before, after, self.dims, seed):
            samples = [_Sample(run) for run in runs]
            more = 40
            while True:
                for sample in samples:
                    sample.extend(max(more * self.dims[0] // sample.run.dim, 8))
                intercept, uncertainty = _extrapolate(samples)
                known = 4 * uncertainty.max() <= self.tolerance or samples[0].count >= 10_000
                if known or (abs(intercept) > 10 * uncertainty + self.tolerance).any():
                    break  # a gap that large is not going to close
                wanted = 1.1 * (4 * uncertainty.max() / self.tolerance) ** 2 - 1
                more = math.ceil(samples[0].count * min(wanted, 3.0))
            allowed = np.maximum(5 * uncertainty, self.tolerance / 3)
            holds &= bool((abs(intercept) <= allowed).all() and 4 * uncertainty.max() <= self.tolerance)
            details.append(f"{abs(intercept).max():.1e} +- {uncertainty.max():.1e} at {regime}")
        return Outcome(holds, "relative gap at d = inf: " + "; ".join(details))

    def describe(self) -> str:
        """Say what closes the step."""
        return f"the gap on drawn {self.model.drawn_as} closes like 1/d"

    def sign(self, step: Step) -> str:
        """The two sides are asymptotically equivalent."""
        return r"\simeq"


class _Sample:
    """What has been drawn at one dimension."""

    def __init__(self, run: Run) -> None:
        self.run, self.count = run, 0
        self.stacks: list[tuple[Any, Any]] = []

    def extend(self, repetitions: int) -> None:
        self.stacks.append(self.run.draw(repetitions))
        self.count += repetitions

    def mean(self) -> tuple[Any, Any]:
        """The mean relative gap and its standard error, entry by entry."""
        gaps, sizes = (np.concatenate(stack) for stack in zip(*self.stacks, strict=True))
        scale = sizes.mean(axis=0)
        scale = np.where(scale > 0, scale, scale.max())
        return gaps.mean(axis=0) / scale, gaps.std(axis=0, ddof=1) / np.sqrt(len(gaps)) / scale + 1e-15


def _extrapolate(samples: Sequence[_Sample]) -> tuple[Any, Any]:
    """Weighted least squares of each entry's gap on 1/d: the intercepts and their standard errors."""
    means = [sample.mean() for sample in samples]
    intercepts, errors = [], []
    for entry in range(len(means[0][0])):
        gaps = np.array([mean[entry] for mean, _ in means])
        spreads = np.array([spread[entry] for _, spread in means])
        design = np.array([[1.0, 1.0 / sample.run.dim] for sample in samples]) / spreads[:, None]
        covariance = np.linalg.inv(design.T @ design)
        fit = covariance @ design.T @ (gaps / spreads)
        intercepts.append(fit[0])
        errors.append(np.sqrt(covariance[0, 0]))
    return np.array(intercepts), np.array(errors)


def derivative_in(*variables: Any, at: str = "") -> str:
    r"""Return the LaTeX of what a derivative is taken in, ``t`` where several letters move at once.

    >>> derivative_in(sp.Symbol("kappa_s"), at=" = 0")
    '\\kappa_{s},\\ \\kappa_{s} = 0'
    """
    name = formula_tex(variables[0]) if len(variables) == 1 else "t"
    return rf"{name},\ {name}{at}" if at else name
