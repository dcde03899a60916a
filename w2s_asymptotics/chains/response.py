r"""What a learner does to the Gaussian equivalent of its labels, as linear responses, atom by atom.

Every registered map has one form. Labels of multiplier M, Gaussian energy c, energy ``epsilon = M^2 e + c``
and noise v (that of a nonlinear part included) give, on atom j,

    M'_j = S_j M_j,   c'_j = S_j^2 c_j + sum_i A_ji epsilon_i + B_j v,   E' = sum_i C_i epsilon_i + D v,

E' the energy of what is learned that is not linear. The responses A, B, C, D are read off the registered
derivations of ridge, of random features and of repeated fits; they depend on the learner alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from w2s_asymptotics.learners.repeated_fits import repeated_coefficients
from w2s_asymptotics.notation import symbol
from w2s_asymptotics.theorems import random_features_map, ridge_map, self_distilled_map
from w2s_asymptotics.words import atoms
from w2s_asymptotics.words.pairs import FITS
from w2s_asymptotics.words.pairs import delta as pair_delta
from w2s_asymptotics.words.pairs import kept as pair_kept
from w2s_asymptotics.words.spectrum import (
    COVARIANCE,
    EIGENVALUE,
    ENERGY,
    METRIC,
    MULTIPLIER,
    SIGNAL,
    WEIGHT,
    on_atoms,
)

_PAIRS = ((FITS[0], FITS[0]), (FITS[0], FITS[1]), (FITS[1], FITS[1]))

__all__ = ["Response", "Rows", "features", "named", "repeated", "ridge"]


def named(base: str, label: str, count: int, *index: int, sign: str = "nonnegative") -> sp.Symbol:
    """Return the symbol of a quantity of learner ``label``; its atoms are counted where there are several."""
    places = index if count > 1 else ()
    return sp.Symbol("_".join([base, *([label] if label else []), *map(str, places)]), **{sign: True})


@dataclass(frozen=True)
class Rows:
    """The spectrum of a chain: what eigenvalue, weight and energy of the target are on each atom."""

    eigenvalues: tuple[Any, ...]
    weights: tuple[Any, ...]
    energies: tuple[Any, ...]

    @property
    def count(self) -> int:
        """Return the number of atoms."""
        return len(self.weights)

    def each(self, base: str, label: str = "", sign: str = "nonnegative") -> tuple[sp.Symbol, ...]:
        """Return a symbol per atom."""
        return tuple(named(base, label, self.count, place, sign=sign) for place in range(1, self.count + 1))

    def total(self, values: Sequence[Any]) -> Any:
        """Return the sum over atoms of weights times values."""
        return sp.Add(*(w * value for w, value in zip(self.weights, values, strict=True)))

    @property
    def tested(self) -> dict[Any, tuple[Any, ...]]:
        """Return the symbols of labels and metric, atom by atom."""
        return {
            EIGENVALUE: self.eigenvalues, WEIGHT: self.weights, SIGNAL: self.energies,
            MULTIPLIER: self.each("M"), COVARIANCE: self.each("c"), METRIC: self.each("a", sign="real"),
        }  # fmt: skip


@dataclass(frozen=True)
class Response:
    """One learner: symbols of what it keeps, loses and adds, what they stand for, and where it is proved.

    ``registered`` is what the registered map makes of the labels, tested by a number for each part of it;
    ``meaning`` gives every name in those after it, down to parameters and fixed points. Responses of repeated
    fits are sums over fits, or pairs of them, of what ``of_fits`` says, in the symbols of the two ``FITS``;
    ``basis`` says what these stand for.
    """

    label: str
    rows: Rows
    source: str
    registered: Any
    meaning: Mapping[Any, Any]
    curved: bool = False
    of_fits: Mapping[Any, Any] = field(default_factory=dict)
    basis: Mapping[Any, Any] = field(default_factory=dict)

    @property
    def noise(self) -> sp.Symbol:
        """Return the variance of the label noise."""
        return symbol("noise", self.label)

    @property
    def kept(self) -> tuple[sp.Symbol, ...]:
        """Return S, what is kept of a coefficient."""
        return self.rows.each("S", self.label, "real")

    @property
    def lost(self) -> tuple[sp.Symbol, ...]:
        """Return K = 1 - S."""
        return self.rows.each("K", self.label, "real")

    def added(self, j: int, i: int) -> sp.Symbol:
        """Return A_ji, what energy of the labels on atom i adds on atom j (atoms counted from 0)."""
        return named("A", self.label, self.rows.count, j + 1, i + 1)

    @property
    def by_noise(self) -> tuple[sp.Symbol, ...]:
        """Return B, what label noise adds."""
        return self.rows.each("B", self.label)

    @property
    def bent(self) -> tuple[Any, ...]:
        """Return C, what energy of the labels adds to the nonlinear part; 0 where there is none."""
        return self.rows.each("C", self.label) if self.curved else (sp.S.Zero,) * self.rows.count

    @property
    def bent_by_noise(self) -> Any:
        """Return D, what label noise adds to the nonlinear part."""
        return named("D", self.label, 1) if self.curved else sp.S.Zero

    @property
    def linear(self) -> Any:
        """What is learned, tested in the same way, by the responses."""
        return tested(self.rows, self.moments(), self.kept, self.nonlinear())

    def moments(self) -> list[Any]:
        """Return the second moment on every atom, by the responses."""
        seen = [m**2 * e + c for m, e, c in self._labels()]
        return [
            s**2 * seen[j]
            + sp.Add(*(self.added(j, i) * each for i, each in enumerate(seen)))
            + b * self.noise
            for j, (s, b) in enumerate(zip(self.kept, self.by_noise, strict=True))
        ]

    def nonlinear(self) -> Any:
        """Return the nonlinear energy, by the responses."""
        seen = [m**2 * e + c for m, e, c in self._labels()]
        bent = sp.Add(*(each * energy for each, energy in zip(self.bent, seen, strict=True)))
        return bent + self.bent_by_noise * self.noise

    def _labels(self) -> list[tuple[Any, Any, Any]]:
        rows = self.rows.tested
        return list(zip(rows[MULTIPLIER], rows[SIGNAL], rows[COVARIANCE], strict=True))


def tested(rows: Rows, moments: Sequence[Any], kept: Sequence[Any], nonlinear: Any) -> Any:
    """Second moments, multipliers and nonlinear energy, each times a number of its own."""
    metric, multiplier = rows.each("a", sign="real"), rows.each("M")
    dual = rows.each("u", sign="real")
    total = sp.Add(*(a * moment for a, moment in zip(metric, moments, strict=True)))
    total += sp.Add(*(u * s * m for u, s, m in zip(dual, kept, multiplier, strict=True)))
    return total + sp.Symbol("a_0", real=True) * nonlinear


def _read_off(
    blank: Response, moments: Sequence[Any], squared: Sequence[Any], nonlinear: Any
) -> dict[Any, Any]:
    """The responses, as what the registered map makes of unit energy on one atom, and of unit noise."""
    rows = blank.rows
    mean, spread = rows.each("M"), rows.each("c")

    def at(expression: Any, place: int | None) -> Any:
        values = dict.fromkeys((*mean, *spread), sp.S.Zero) | {blank.noise: sp.S.Zero}
        values[blank.noise if place is None else spread[place]] = sp.S.One
        return sp.sympify(expression).xreplace(values)

    found: dict[Any, Any] = {}
    for j, moment in enumerate(moments):
        for i in range(rows.count):
            found[blank.added(j, i)] = at(moment, i) - (squared[j] if i == j else 0)
        found[blank.by_noise[j]] = at(moment, None)
    if blank.curved:
        found |= {blank.bent[i]: at(nonlinear, i) for i in range(rows.count)}
        found[blank.bent_by_noise] = at(nonlinear, None)
    return found


def ridge(label: str, rows: Rows, eigenvalues: Sequence[Any], penalties: Sequence[Any]) -> Response:
    """Return the response of ridge, read off ``ridge_map``."""
    stage, count = ridge_map.STAGE, rows.count
    tests, inverse = rows.tested, rows.each("G", label, "positive")
    spectrum = [
        atoms.Atom(
            rows.weights[j], rows.energies[j],
            {
                stage.covariance: eigenvalues[j], stage.penalty: penalties[j], stage.equivalent: inverse[j],
                ridge_map.METRIC: tests[METRIC][j], ridge_map.MEAN: tests[MULTIPLIER][j],
                ridge_map.SPREAD: tests[COVARIANCE][j] / rows.weights[j],
            },
        )
        for j in range(count)
    ]  # fmt: skip
    kappa, omega, gamma, delta = (symbol(each, label) for each in ("kappa", "omega", "gamma", "delta"))
    names = {stage.kappa: kappa, stage.delta: delta, stage.gamma: gamma}
    names[stage.noise] = symbol("noise", label)
    moment = atoms.over_atoms(ridge_map.derivation().result, (stage,), spectrum).xreplace(names)
    moments = [moment.xreplace(_unit(tests[METRIC], j)) for j in range(count)]
    kept = [s * g for s, g in zip(eigenvalues, inverse, strict=True)]
    lost = [kappa * penalty * g for penalty, g in zip(penalties, inverse, strict=True)]
    blank = Response(label, rows, "ridge_map", tested(rows, moments, kept, 0), {})
    shapes = [
        1 / (s + kappa * penalty) if s != 0 else 1 / (kappa * penalty)
        for s, penalty in zip(eigenvalues, penalties, strict=True)
    ]
    meaning = {
        **_read_off(blank, moments, [each**2 for each in kept], 0),
        delta: omega + gamma * rows.total([s * k for s, k in zip(kept, lost, strict=True)]),
        **dict(zip((*blank.kept, *blank.lost), (*kept, *lost), strict=True)),
        **dict(zip(inverse, shapes, strict=True)),
    }
    return Response(label, rows, "ridge_map", blank.registered, meaning)


def _unit(symbols: Sequence[Any], place: int) -> dict[Any, Any]:
    return {each: sp.S.One if j == place else sp.S.Zero for j, each in enumerate(symbols)}


def features(label: str, rows: Rows, *, curved: bool) -> Response:
    """Return the response of ridge on random features, read off ``random_features_map``."""
    own, count = random_features_map, rows.count
    inverse = rows.each("G", label, "positive")
    blank = Response(label, rows, "random_features_map", sp.S.Zero, {}, curved)
    tests = {**rows.tested, own.KEPT: blank.kept, own.LOST: blank.lost, own.INVERSE: inverse}
    nu = sp.Symbol(f"nu_{label}", nonnegative=True)
    left = sp.Symbol(f"varpi_{label}", nonnegative=True)
    names = {
        own.NU: nu, own.KAPPA: nu * left, own.OMEGA: symbol("omega", label),
        own.GAMMA: symbol("gamma", label),
        own.WIDTH: symbol("width", label), own.TAIL: symbol("tail", label) if curved else sp.S.Zero,
        own.NOISE: blank.noise, own.CURVED: sp.S.Zero,
        own.DELTA: sp.Symbol(f"Delta_{label}", positive=True), own.RESIDUAL: symbol("delta", label),
        own.SEEN: sp.Symbol(f"t_{label}", nonnegative=True),
        own.PER_NU: sp.Symbol(f"h_{label}", nonnegative=True),
    }  # fmt: skip

    def on_rows(expression: Any) -> list[Any]:
        for each in (own.VARIANCE, own.LEARNED, own.GAP):
            expression = expression.xreplace({each: own.MEANING[each]})
        expression = expression.xreplace({ENERGY: MULTIPLIER**2 * SIGNAL + COVARIANCE})
        return [value.xreplace(names) for value in on_atoms(expression, tests)]

    moment = on_rows(own.derivation().result)[0]
    moments = [moment.xreplace(_unit(tests[METRIC], j)) for j in range(count)]
    kept = blank.kept
    nonlinear = on_rows(own.learned().nonlinear)[0]
    meaning = _read_off(blank, moments, [each**2 for each in kept], nonlinear)
    for each in (own.RESIDUAL, own.SEEN, *((own.PER_NU,) if curved else ()), own.DELTA):
        meaning[names[each]] = on_rows(own.MEANING[each])[0]
    for each, symbols in ((own.KEPT, kept), (own.LOST, blank.lost), (own.INVERSE, inverse)):
        meaning |= dict(zip(symbols, on_rows(own.SHARES[each]), strict=True))
    registered = tested(rows, moments, kept, nonlinear)
    return Response(label, rows, "random_features_map", registered, meaning, curved)


def repeated(label: str, rows: Rows, fits: int) -> Response:
    """Return the response of fits on the same rows, read off ``self_distilled_map`` pair by pair."""
    own, places = self_distilled_map, range(1, fits + 1)
    first, last = FITS
    blank = Response(label, rows, "self_distilled_map", sp.S.Zero, {})
    of_fit = {(base, fit): rows.each(base, fit.label, "positive") for base in "SKG" for fit in FITS}
    tests = dict(rows.tested)
    for fit in FITS:
        tests |= {pair_kept(fit): of_fit["S", fit], own.lost(fit): of_fit["K", fit]}
        tests |= {own.inverse(fit): of_fit["G", fit]}
    names = {own.GAMMA: symbol("gamma", label), own.NOISE_VARIANCE: blank.noise}
    unexplained = {each: own.MEANING[each] for each in (own.unexplained(*pair) for pair in _PAIRS)}
    between = pair_delta(first, last)

    def on_rows(expression: Any) -> list[Any]:
        expression = expression.xreplace(unexplained).xreplace({ENERGY: MULTIPLIER**2 * SIGNAL + COVARIANCE})
        return [value.xreplace(names) for value in on_atoms(expression, tests)]

    def of_pair(expression: Any, i: int, j: int) -> Any:
        """What is said of the two fits of the registered map, said of fits i and j."""
        apart = sp.Symbol(f"delta_{label},{i},{j}", positive=True)
        changes: dict[Any, Any] = {between: apart, pair_delta(first, first): apart}
        for fit, place in ((first, i), (last, j)):
            own_label = f"{label},{place}"
            for base in "SKG":
                own_row = rows.each(base, own_label, "positive")
                changes |= dict(zip(of_fit[base, fit], own_row, strict=True))
            changes |= {fit.kappa: symbol("kappa", own_label), own.omega(fit): symbol("omega", own_label)}
        return sp.sympify(expression).xreplace(changes)

    shares = [sp.Symbol(f"c_{label},{place}", real=True) for place in places]
    couples = [(i, j) for j in places for i in range(1, j + 1)]

    def summed(pair: Any, alone: Any) -> Any:
        """The sum over pairs of fits, of which the mixed ones count twice."""
        return sp.Add(
            *(
                shares[i - 1] * shares[j - 1] * (of_pair(alone, i, i) if i == j else 2 * of_pair(pair, i, j))
                for i, j in couples
            )
        )

    def outcome(base: str) -> list[Any]:
        parts = (rows.each(base, f"{label},{place}", "positive") for place in places)
        return [sp.Add(*map(sp.Mul, shares, column)) for column in zip(*parts, strict=True)]

    moment = on_rows(own.derivation().result)[0]
    mixed = sp.diff(moment, own.SHARES[first], own.SHARES[last]) / 2
    alone = sp.diff(moment, own.SHARES[first], 2) / 2
    units = [_unit(tests[METRIC], j) for j in range(rows.count)]
    moments = [summed(mixed.xreplace(unit), alone.xreplace(unit)) for unit in units]
    both_keep = [s * t for s, t in zip(of_fit["S", first], of_fit["S", last], strict=True)]
    pairs = _read_off(blank, [mixed.xreplace(unit) for unit in units], both_keep, 0)
    meaning = {each: summed(value, value) for each, value in pairs.items()}
    meaning |= dict(zip((*blank.kept, *blank.lost), (*outcome("S"), *outcome("K")), strict=True))
    below = on_rows(own.MEANING[between])[0]
    meaning |= {of_pair(between, i, j): of_pair(below, i, j) for i, j in couples}
    basis: dict[Any, Any] = {}
    for each, row in ((pair_kept, "S"), (own.lost, "K"), (own.inverse, "G")):
        for fit in FITS:
            basis |= dict(zip(of_fit[row, fit], on_rows(own.MEANING[each(fit)]), strict=True))
    for place in places:
        meaning |= {
            of_pair(name, place, place): of_pair(value, place, place) for name, value in basis.items()
        }
    lams = [symbol("lam", f"{label},{place}") for place in places]
    meaning |= dict(zip(shares, repeated_coefficients(lams), strict=True))
    fitted = {**pairs, **{blank.kept[j]: of_fit["S", first][j] for j in range(rows.count)}}
    fitted |= {blank.lost[j]: of_fit["K", first][j] for j in range(rows.count)}
    registered = tested(rows, moments, outcome("S"), 0)
    return Response(
        label,
        rows,
        "self_distilled_map",
        registered,
        meaning,
        of_fits=fitted,
        basis={between: below, **basis},
    )
