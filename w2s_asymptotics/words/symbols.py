"""Fits on symbols: the namespace and the layout in which a learner's own `fit` runs on sympy expressions.

What numbers find by iteration are numbers with a name: `kappa_atoms` (`words.algebraic`), `nu_atoms`
(`words.nested`) and the constants of activations. Fits on the same rows are the divided difference of
`lam^(k-1) f(lam)` over their penalties, of pairs in both arguments: where penalties are equal a derivative.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from w2s_asymptotics.learners.repeated_fits import fitted, pair, share
from w2s_asymptotics.spectrum.equivalent import Fit, GaussianEquivalent
from w2s_asymptotics.spectrum.layouts import Atoms
from w2s_asymptotics.spectrum.nested import Nested
from w2s_asymptotics.words.activations import slope_of, tail_of
from w2s_asymptotics.words.algebraic import kappa_atoms, omega_atoms
from w2s_asymptotics.words.nested import nu_atoms, rows_left, weights_left

__all__ = ["Asked", "OnSymbols", "Row", "Symbols", "precisely", "row", "whole"]

_DIGITS = 20  # beyond those that a sum over pairs of fits loses


def whole(value: Any) -> Any:
    """Return a number or expression; whole numbers, which come as floats, as integers, which cancel.

    >>> whole(2.0), whole(0.25) * 2, whole(np.inf)
    (2, 0.500000000000000, oo)
    """
    return sp.Integer(int(value)) if isinstance(value, float) and value.is_integer() else sp.sympify(value)


def precisely(value: Any, digits: int) -> Any:
    """Return an expression, its floating-point numbers carried to this many digits."""
    return value.xreplace({number: sp.Float(number, digits) for number in value.atoms(sp.Float)})


class Row(np.ndarray[Any, Any]):
    """Expressions along the atoms, none negative: what is not 0 is larger, what is not infinite smaller."""

    def __gt__(self, other: Any) -> Any:
        """Which are not 0."""
        return np.array([each != 0 for each in self], dtype=bool)

    def __lt__(self, other: Any) -> Any:
        """Which are not infinite."""
        return np.array([each != sp.oo for each in self], dtype=bool)

    def sum(self, axis: Any = None, *_: Any, keepdims: bool = False, **__: Any) -> Any:  # type: ignore[override]
        """The sum, an expression."""
        total = sp.Add(*self)
        return row([total]) if keepdims else total


def row(values: Sequence[Any]) -> Any:
    """Return expressions as a row."""
    found = np.empty(len(values), dtype=object)
    found[:] = [sp.sympify(value) for value in values]
    return found.view(Row)


def _each(function: Any, *rows: Any) -> Any:
    """Apply a function along rows, the shorter ones and single numbers repeated."""
    return row([function(*each) for each in np.broadcast(*(np.asarray(one, dtype=object) for one in rows))])


class Asked(NamedTuple):
    """What a fixed point was asked of: penalties, aspect ratio, rows over the atoms, width and tail."""

    lams: Sequence[Any]
    gamma: Sequence[Any]
    s: Sequence[Any]
    g: Sequence[Any]
    w: Sequence[Any]
    width: Sequence[Any] = (sp.oo,)
    tail: Sequence[Any] = (sp.S.Zero,)

    @property
    def flat(self) -> tuple[Any, ...]:
        """All of it, one after the other."""
        return tuple(value for part in self for value in part)


class Symbols:
    """Expressions, as kernels ask for them; `label` names the numbers that are found for a learner.

    `vanishing` collects symbols that stand for a kappa which tends to 0 together with its omega; `asked` is
    what the last fixed point was asked of.
    """

    epsilon = 0
    plain = True

    def __init__(self, label: str) -> None:
        self.label = label
        self.vanishing: list[Any] = []
        self.asked = Asked((), (), (), (), ())

    def convert(self, value: Any) -> Any:
        """An expression, or a row of them."""
        return row([whole(each) for each in value]) if np.ndim(value) else whole(value)

    def where(self, condition: Any, yes: Any, no: Any) -> Any:
        """`yes` where the condition holds."""
        return _each(lambda holds, one, other: one if holds else other, condition, yes, no)

    def quotient(self, a: Any, b: Any) -> Any:
        """The quotient, 0/0 = 0."""
        return _each(lambda over, under: over / under if over != 0 else sp.S.Zero, a, b)

    def product(self, a: Any, b: Any) -> Any:
        """The product, 0 times infinity = 0."""
        return _each(lambda one, other: sp.S.Zero if 0 in (one, other) else one * other, a, b)

    def total(self, values: Any) -> Any:
        """The sum over atoms."""
        return values.sum(keepdims=True)

    def any(self, value: Any) -> bool:
        """Whether anything is not 0."""
        return any(each != 0 for each in np.atleast_1d(np.asarray(value, dtype=object)))

    def named(self, value: Any) -> Any:
        """What a quantity is called: here, itself."""
        return value

    def energies(self, activation: str, variance: Any) -> tuple[Any, Any]:
        """The constants of an activation."""
        name = sp.core.symbol.Str(activation)
        return slope_of(name, variance) ** 2, tail_of(name, variance)

    def spectral_fixed_point(self, lam: Any, gamma: Any, s: Any, g: Any, w: Any) -> tuple[Any, Any]:
        """Kappa and omega; where both are 0, of as many rows as dimensions, as they vanish."""
        self.asked = Asked(lam, gamma, s, g, w)
        kappa, omega = self.roots("", lam[0], gamma[0], s, g, w)
        if kappa == omega == 0:
            kappa = sp.Dummy("kappa", positive=True)
            self.vanishing.append(kappa)
            omega = gamma[0] * sp.Add(*(w * (kappa * g / (s + kappa * g))))
        return row([kappa]), row([omega])

    def roots(self, place: str, lam: Any, gamma: Any, s: Any, g: Any, w: Any) -> tuple[Any, Any]:
        """Kappa and omega of one of several fits."""
        name = sp.core.symbol.Str(self.label + place)
        flat = [value for atom in zip(s, g, w, strict=True) for value in atom]
        return kappa_atoms(name, lam, gamma, *flat), omega_atoms(name, lam, gamma, *flat)

    def nested_fixed_point(self, lam: Any, gamma: Any, width: Any, tail: Any, s: Any, w: Any) -> Nested:
        """Nu and its two factors."""
        self.asked = Asked(lam, gamma, s, 1 + 0 * s, w, width, tail)
        flat = [value for atom in zip(s, w, strict=True) for value in atom]
        arguments = (sp.core.symbol.Str(self.label), lam[0], gamma[0], width[0], tail[0], *flat)
        return Nested(*(row([each(*arguments)]) for each in (nu_atoms, weights_left, rows_left)))

    def repeated_fits(
        self, lams: Sequence[Any], own: Sequence[Any], gamma: Any, s: Any, w: Any, energy: Any, noise: Any
    ) -> tuple[Any, Any, Any]:
        """What fits on the same rows keep, lose and add: divided differences over their penalties."""
        lams = [whole(lam) for lam in lams]
        self.asked = Asked(lams, gamma, s, 1 + 0 * s, w)
        if lost := _lost_digits(lams):  # floating-point numbers are then carried to more digits
            lams = [precisely(lam, lost) for lam in lams]
            gamma, s, w, energy, noise = (
                _each(lambda each: precisely(each, lost), part) for part in (gamma, s, w, energy, noise)
            )
        nodes = [
            _Node(self, place, lams, gamma, s, w) for place, lam in enumerate(lams) if lam not in lams[:place]
        ]
        kept, lost_, added = (0 * s for _ in range(3))
        for node in nodes:
            kept, lost_ = kept + node.met(node.kept), lost_ + node.met(node.lost)
        for factor, energy_, noise_ in self._sources(energy, noise):
            for place, last in enumerate(nodes):
                for first in nodes[: place + 1]:
                    twin = last.twin if first is last else last
                    both = pair(first.omega, first.kept, first.lost, twin.lost, twin.inverse,
                                gamma, s, w, energy_, noise_, self)  # fmt: skip
                    times = 1 if first is last else 2
                    added = added + times * (factor * twin.met(first.met(both)))
        return kept, lost_, added

    def _sources(self, energy: Any, noise: Any) -> Iterator[tuple[Any, Any, Any]]:
        """What is added is linear in the energies and the noise of the labels: one after the other."""
        for place, each in enumerate(energy):
            yield each, row([int(other == place) for other in range(len(energy))]), row([0])
        yield noise[0], 0 * energy, row([1])


class _Node:
    """Fits of one penalty among those on the same rows: its part of a divided difference."""

    def __init__(self, xp: Symbols, place: int, lams: Sequence[Any], gamma: Any, s: Any, w: Any) -> None:
        self._given = xp, place, lams, gamma, s, w
        self.lam, self.times = lams[place], lams.count(lams[place])
        self._at = sp.Dummy("lam", positive=True)
        others = [lam for lam in lams if lam != self.lam]
        power = self._at ** (self.times - 1) / sp.factorial(self.times - 1)
        self.weight = share(self._at, others) * power
        kappa, omega = xp.roots(f",{place + 1}", self._at, gamma[0], s, 1 + 0 * s, w)
        self.omega = row([omega])
        self.kept, self.lost, self.inverse = (xp.named(each) for each in fitted(row([kappa]), s))

    @property
    def twin(self) -> _Node:
        """The same node, for the second of two arguments."""
        return _Node(*self._given)

    def met(self, values: Any) -> Any:
        """The derivative of `lam^(k-1)` times a function of the penalty, over the distances to the others."""

        def at(value: Any) -> Any:
            slope = sp.diff(self.weight * value, self._at, self.times - 1) if self.times > 1 else value
            weight = 1 if self.times > 1 else self._given[0].named(self.weight.xreplace(there))
            return weight * slope.xreplace(there)

        there = {self._at: self.lam}
        return _each(at, values)


def _lost_digits(lams: Sequence[Any]) -> int:
    """To how many digits floats are carried in a sum over pairs of fits, close or equal as penalties are."""
    known = [float(lam) for lam in lams if lam.has(sp.Float) and lam.is_number]
    gaps = [abs(x - y) / max(x, y) for i, x in enumerate(known) for y in known[:i]]
    if not min(gaps, default=1.0) < 0.5:
        return 0
    apart = min((gap for gap in gaps if gap > 0), default=1.0)
    return 2 * (len(lams) - 1) * max(1, math.ceil(-math.log10(apart))) + _DIGITS


class OnSymbols(Atoms):
    """Rows of expressions over the atoms; weights are taken as they come."""

    def __init__(
        self, eigenvalues: Any, weights: Any, signal: Any, noise: Any, dim: int | None, xp: Symbols
    ) -> None:
        self.xp: Any = xp
        self.eigenvalues, self.weights, self.signal = map(xp.convert, (eigenvalues, weights, signal))
        self.variances = self._metric = self.eigenvalues
        self.noise, self.dim, self.squares = self.number(noise), dim, None
        none = 0 * self.eigenvalues
        self.penalty = 1 + none
        self._target = GaussianEquivalent(1 + none, none, none, self.number(0))

    def own(self, learner: Any) -> OnSymbols:
        """The spectrum that a learner with its own covariance and penalty sees."""
        own = object.__new__(OnSymbols)
        own.__dict__.update(self.__dict__)
        for name, value in (("eigenvalues", learner.covariance), ("penalty", learner.penalty)):
            if value is not None:
                setattr(own, name, self.xp.convert(value) + 0 * self.eigenvalues)
        return own

    def number(self, value: Any) -> Any:
        """A row of one."""
        return row([self.xp.convert(value)])

    def aspect(self, learner: Any) -> Any:
        """The aspect ratio, exactly."""
        return self.number(learner.gamma if learner.samples is None else self.dim / whole(learner.samples))

    def through(self, fit: Fit, labels: GaussianEquivalent) -> GaussianEquivalent:
        """The equivalent of what is learned; nothing nonlinear is 0, a whole number."""
        nonlinear = row([whole(each) for each in np.atleast_1d(np.asarray(fit.nonlinear, dtype=object))])
        return super().through(fit._replace(nonlinear=nonlinear), labels)
