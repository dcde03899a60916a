r"""Fits in letters: a learner's own `fit`, run on a symbol for every number, beside the registered map.

A learner of label k is given a letter for each of its parameters, and the letters eps_k (energy of its labels
on an atom) and n_k (their noise). What its fit asks for, a fixed point, says by which registered map it is
proved; quantities of that map keep their names in what the fit returns, wherever they turn up in it.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import sympy as sp

from w2s_asymptotics.learners.repeated_fits import repeated_coefficients
from w2s_asymptotics.notation import QUANTITIES, symbol
from w2s_asymptotics.proof.models.draws import unfolded
from w2s_asymptotics.spectrum.equivalent import Fit
from w2s_asymptotics.spectrum.nested import Nested
from w2s_asymptotics.theorems import random_features_map, ridge_map, self_distilled_map
from w2s_asymptotics.words import atoms
from w2s_asymptotics.words import spectrum as on
from w2s_asymptotics.words.pairs import FITS
from w2s_asymptotics.words.pairs import delta as delta_of
from w2s_asymptotics.words.pairs import kept as kept_by
from w2s_asymptotics.words.symbols import Asked, OnSymbols, Symbols, row

__all__ = ["Letters", "Registered", "World", "lettered", "named"]


def named(base: str, label: str, count: int, *index: int, sign: str = "nonnegative") -> sp.Symbol:
    """Return the symbol of a quantity of learner ``label``; its atoms are counted where there are several."""
    places = index if count > 1 else ()
    return sp.Symbol("_".join([base, *([label] if label else []), *map(str, places)]), **{sign: True})


@dataclass(frozen=True)
class World:
    """The letters of a chain's spectrum: eigenvalue, weight and energy of the target on each atom."""

    eigenvalues: tuple[Any, ...]
    weights: tuple[Any, ...]
    energies: tuple[Any, ...]

    def each(self, base: str, label: str = "", sign: str = "nonnegative") -> Any:
        """A letter per atom."""
        count = len(self.weights)
        return row([named(base, label, count, place, sign=sign) for place in range(1, count + 1)])

    def spectrum(self, xp: Symbols) -> OnSymbols:
        """The layout that learners are told of; the noise of true labels is part of their own."""
        return OnSymbols(self.eigenvalues, self.weights, self.energies, 0, None, xp)


@dataclass(frozen=True)
class Registered:
    """A registered map in letters.

    ``moment`` is the second moment of what is learned in any metric a, from labels of multiplier M and
    Gaussian energy c; ``meaning`` has its named quantities, each in terms of those after it, ``shares`` those
    that are kept and lost, ``fixed`` the equations of its fixed points, and ``roots`` the names of these (nu,
    1 - df1/width where there is a width, 1 - gamma df1).
    """

    source: str
    moment: Any
    kept: Any
    nonlinear: Any
    meaning: dict[Any, Any]
    fixed: tuple[tuple[Any, Any], ...]
    roots: tuple[tuple[Any, Any, Any], ...]
    shares: tuple[Any, ...] = ()

    def written(self, expression: Any) -> Any:
        """An expression of the map in its names but for what is kept and lost."""
        return sp.sympify(expression).xreplace({each: self.meaning[each] for each in self.shares})


def lettered(learner: Any, label: str, world: World) -> Any:
    """The learner with a letter for each of its numbers; what it has not, a tail or a truth of 0, it has not.

    >>> from w2s_asymptotics import Ridge
    >>> learner = lettered(Ridge(gamma=0.5, lam=0.1), "t", World((), (), ()))
    >>> learner.gamma, learner.lam, learner.noise, learner.truth
    (gamma_t, lam_t, noise_t, 0.0)
    """
    changes: dict[str, Any] = {"gamma": symbol("gamma", label), "noise": symbol("noise", label)}
    for name in (item.name for item in fields(learner) if item.name not in changes):
        value = getattr(learner, name)
        if name in ("penalty", "covariance") and value is not None:
            changes[name] = world.each("g" if name == "penalty" else "s", label, "positive")
        elif isinstance(value, tuple):
            given = [each for each in value if each != 0]
            parts = (symbol(name.removesuffix("s"), f"{label},{i}") for i in range(1, len(given) + 1))
            changes[name] = tuple(parts) if given else value
        elif name == "samples":
            changes[name] = None
        elif name in QUANTITIES and value is not None and not (isinstance(value, float) and value == 0.0):
            changes[name] = symbol(name, label)
    if "lams" in changes and len(changes["lams"]) == 1:
        changes["lams"] = (symbol("lam", label),)
    return replace(learner, **changes)


class Letters(Symbols):
    """The namespace of one learner's letters; with ``naming`` quantities of the map keep their names."""

    def __init__(self, label: str, world: World, *, curved: bool, naming: bool = True) -> None:
        super().__init__(label)
        self.world, self.curved, self.naming = world, curved, naming
        self.energy, self.noise = world.each("epsilon", label), named("n", label, 1)
        self.registered: Registered | None = None
        self._values: dict[Any, Any] = {}
        self._known: dict[Any, Any] = {}

    def fit(self, learner: Any) -> Fit:
        """The fit of a learner in letters."""
        spectrum = self.world.spectrum(self).own(learner)
        fit: Fit = learner.fit(spectrum, self.energy, row([self.noise]))
        return Fit(*(self.named(self.convert(np.atleast_1d(part))) for part in fit))

    def named(self, value: Any) -> Any:
        """What a quantity is called in the registered map, or itself: it is known by its value at a point."""
        if isinstance(value, np.ndarray):
            return row([self.named(each) for each in value])
        value = sp.sympify(value)
        if not self.naming:
            return value
        for each in value.free_symbols - set(self._values):
            self._values[each] = sp.Rational(zlib.crc32(each.name.encode()) % 997 + 1, 1009)
        return value if value.is_Atom else self._known.get(value.xreplace(self._values), value)

    def where(self, condition: Any, yes: Any, no: Any) -> Any:
        """What is chosen, by its name."""
        return self.named(super().where(condition, yes, no))

    def quotient(self, a: Any, b: Any) -> Any:
        """The quotient of what is named."""
        return self.named(super().quotient(self.named(a), self.named(b)))

    def total(self, values: Any) -> Any:
        """The sum by its name."""
        return self.named(super().total(values))

    def energies(self, activation: str, variance: Any) -> tuple[Any, Any]:
        """Of features in units where mu_1 = 1."""
        return sp.S.One, symbol("tail", self.label) if self.curved else sp.S.Zero

    def _proved_by(self, found: Registered) -> None:
        self.registered = found
        if not self.naming:
            return
        letters = {each for value in found.meaning.values() for each in sp.sympify(value).free_symbols}
        self.named(sp.Add(*(letters - set(found.meaning))) + sp.Symbol("any"))
        self._values = unfolded(found.meaning, self._values)
        self._known = {self._values[name]: name for name in reversed(list(found.meaning))}

    def _rows(self, s: Any) -> dict[Any, Any]:
        """The symbols of formulas on a spectrum, atom by atom."""
        return {
            on.EIGENVALUE: s, on.WEIGHT: self.world.weights, on.SIGNAL: self.world.energies,
            on.ENERGY: self.energy, on.MULTIPLIER: self.world.each("M"), on.COVARIANCE: self.world.each("c"),
            on.METRIC: self.world.each("a", sign="real"),
        }  # fmt: skip

    def _shares(self, label: str = "") -> tuple[Any, Any, Any]:
        """The letters S, K and G."""
        label = label or self.label
        return (
            *(self.world.each(base, label, "real") for base in "SK"),
            self.world.each("G", label, "positive"),
        )

    def spectral_fixed_point(self, lam: Any, gamma: Any, s: Any, g: Any, w: Any) -> tuple[Any, Any]:
        """The letters kappa and omega; proved by ``ridge_map``."""
        self.asked = Asked(lam, gamma, s, g, w)
        stage, rows, label = ridge_map.STAGE, self._rows(s), self.label
        kappa, omega, delta = (symbol(each, label) for each in ("kappa", "omega", "delta"))
        kept, lost, inverse = self._shares()
        spectrum = [
            atoms.Atom(weight, energy, {
                stage.covariance: s[j], stage.penalty: g[j], stage.equivalent: inverse[j],
                ridge_map.METRIC: rows[on.METRIC][j], ridge_map.MEAN: rows[on.MULTIPLIER][j],
                ridge_map.SPREAD: rows[on.COVARIANCE][j] / weight,
            })
            for j, (weight, energy) in enumerate(zip(w, self.world.energies, strict=True))
        ]  # fmt: skip
        names = {stage.kappa: kappa, stage.delta: delta, stage.gamma: gamma[0], stage.noise: self.noise}
        moment = atoms.over_atoms(ridge_map.derivation().result, (stage,), spectrum).xreplace(names)
        unexplained = named("v", label, 1)
        mean = ridge_map.mean_word().subs(ridge_map.LABELLED, 1)
        meaning = {
            unexplained: (self.noise + sp.Add(*(s * lost**2 * self.energy))) / delta,
            delta: omega + gamma[0] * sp.Add(*(w * kept * lost)),
            **{kept[j]: mean.subs(each.multiples, simultaneous=True) for j, each in enumerate(spectrum)},
            **dict(zip((*lost, *inverse), (*(kappa * g * inverse), *(1 / (s + kappa * g))), strict=True)),
        }
        fixed = (kappa * omega, lam[0]), (omega, 1 - gamma[0] * sp.Add(*(w * s / (s + kappa * g))))
        self._proved_by(
            Registered(
                "ridge_map", moment, kept, sp.S.Zero, meaning, fixed, ((kappa, None, omega),), (*kept, *lost)
            )
        )
        return row([kappa]), row([omega])

    def nested_fixed_point(self, lam: Any, gamma: Any, width: Any, tail: Any, s: Any, w: Any) -> Nested:
        """The letters nu, varpi and omega; proved by ``random_features_map``."""
        self.asked = Asked(lam, gamma, s, 1 + 0 * s, w, width, tail)
        own, label = random_features_map, self.label
        nu, left, omega = (named(each, label, 1) for each in ("nu", "varpi", "omega"))
        letters = (own.KEPT, own.LOST, own.INVERSE), self._shares()
        rows = self._rows(s) | dict(zip(*letters, strict=True))
        names = {own.NU: nu, own.KAPPA: nu * left, own.OMEGA: omega, own.GAMMA: gamma[0]}
        names |= {own.WIDTH: width[0], own.TAIL: tail[0], own.NOISE: self.noise, own.CURVED: sp.S.Zero}
        own_names = {
            own.VARIANCE: "v", own.RESIDUAL: "delta", own.SEEN: "t", own.PER_NU: "h", own.LEARNED: "q",
            own.DELTA: "Delta", own.GAP: "g",
        }  # fmt: skip
        names |= {each: named(base, label, 1, sign="positive") for each, base in own_names.items()}

        def at(expression: Any) -> list[Any]:
            return [value.xreplace(names) for value in on.on_atoms(expression, rows)]

        meaning = {names[each]: at(own.MEANING[each])[0] for each in own.MEANING if each in own_names}
        for each, share in zip(*letters, strict=True):
            meaning |= dict(zip(share, at(own.SHARES[each]), strict=True))
        freedom = sp.Add(*(w * s / (s + nu))) + tail[0] / nu
        fixed = (nu * left * omega, lam[0]), (left, 1 - freedom / width[0]), (omega, 1 - gamma[0] * freedom)
        moment, nonlinear = at(own.derivation().result)[0], at(own.learned().nonlinear)[0]
        kept = row(at(own.learned().multiplier / on.MULTIPLIER))
        shares = (*rows[own.KEPT], *rows[own.LOST])
        self._proved_by(
            Registered(
                "random_features_map", moment, kept, nonlinear, meaning, fixed, ((nu, left, omega),), shares
            )
        )
        return Nested(row([nu]), row([left]), row([omega]))

    def repeated_fits(
        self, lams: Sequence[Any], own: Sequence[Any], gamma: Any, s: Any, w: Any, energy: Any, noise: Any
    ) -> tuple[Any, Any, Any]:
        """Letters for every fit; proved by ``self_distilled_map``, pair by pair."""
        theorem, (first, last), places = self_distilled_map, FITS, range(1, len(lams) + 1)
        two = {fit: self._shares(fit.label) for fit in FITS}
        rows = self._rows(s)
        for fit, shares in two.items():
            rows |= dict(zip((kept_by(fit), theorem.lost(fit), theorem.inverse(fit)), shares, strict=True))

        def of_pair(expression: Any, i: int, j: int) -> list[Any]:
            """What is said of the two fits of the registered map, said of fits i and j."""
            changes: dict[Any, Any] = {theorem.GAMMA: gamma[0], theorem.NOISE_VARIANCE: self.noise}
            for base, of in (("v", theorem.unexplained), ("delta", delta_of)):
                name = named(base, f"{self.label},{i},{j}", 1, sign="positive")
                changes |= {of(first, last): name, of(first, first): name}
            for fit, place in ((first, i), (last, j)):
                letters = self._shares(f"{self.label},{place}")
                changes |= dict(zip(np.concatenate(two[fit]), np.concatenate(letters), strict=True))
                changes |= zip((fit.kappa, theorem.omega(fit)), self.roots(f",{place}"), strict=True)
            return [sp.sympify(value).xreplace(changes) for value in on.on_atoms(expression, rows)]

        weights = [named("c", f"{self.label},{place}", 1, sign="real") for place in places]
        moment, of = on.on_atoms(theorem.derivation().result, rows)[0], theorem.SHARES
        alone, mixed = (sp.diff(moment, of[first], of[each]) / 2 for each in FITS)
        meaning: dict[Any, Any] = dict(zip(weights, repeated_coefficients(lams), strict=True))
        total, kept = sp.S.Zero, 0 * s
        fixed: list[tuple[Any, Any]] = []
        roots: list[tuple[Any, Any, Any]] = []
        for j in places:
            for i in range(1, j + 1):
                times, pair = (1, (first, first)) if i == j else (2, (first, last))
                both = of_pair(alone if i == j else mixed, i, j)[0]
                total += times * weights[i - 1] * weights[j - 1] * both
                for name in (theorem.unexplained(*pair), delta_of(*pair)):
                    meaning[of_pair(name, i, j)[0]] = of_pair(theorem.MEANING[name], i, j)[0]
        for i in places:
            for name in (kept_by(first), theorem.lost(first), theorem.inverse(first)):
                meaning |= dict(zip(of_pair(name, i, i), of_pair(theorem.MEANING[name], i, i), strict=True))
            kappa, omega = self.roots(f",{i}")
            roots.append((kappa, None, omega))
            kept = kept + weights[i - 1] * row(of_pair(kept_by(first), i, i))
            fixed += [(kappa * omega, lams[i - 1]), (omega, 1 - gamma[0] * sp.Add(*(w * s / (s + kappa))))]
        self._proved_by(
            Registered("self_distilled_map", total, kept, sp.S.Zero, meaning, tuple(fixed), tuple(roots))
        )
        return super().repeated_fits(lams, own, gamma, s, w, energy, noise)

    def roots(self, place: str, *_: Any) -> tuple[Any, Any]:
        """The letters kappa and omega of one of several fits."""
        return symbol("kappa", self.label + place), symbol("omega", self.label + place)

    def _sources(self, energy: Any, noise: Any) -> Any:
        """All of the labels at once."""
        yield sp.S.One, energy, noise
