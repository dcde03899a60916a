r"""The responses of a learner at its parameters: fixed points as numbers with names.

Of k fits on the same rows a response is the divided difference of ``lam^(k-1) f(lam)`` over their penalties,
of pairs in both arguments; where penalties are equal it is a derivative there (``self_distilled_map``). Along
lam, ``dkappa/dlam = 1/delta`` and ``domega/dkappa = gamma sum w s/(s + kappa)^2``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import mpmath
import sympy as sp

from w2s_asymptotics.chains.response import Response
from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.models.draws import unfolded
from w2s_asymptotics.theorems.self_distilled_map import omega as omega_of
from w2s_asymptotics.words.algebraic import kappa_atoms, omega_atoms
from w2s_asymptotics.words.nested import nu_atoms, rows_left, weights_left
from w2s_asymptotics.words.pairs import FITS, delta

__all__ = ["Stage", "precisely"]

_APART = 45  # digits at which equal penalties are told apart, to check their limit


@dataclass(frozen=True)
class Stage:
    """One learner of a chain: its response, the values of its parameters and its spectrum's symbols.

    ``parameters`` gives gamma, and width and tail where it has them, by symbol; ``lams`` its penalties (one,
    but for repeated fits), ``eigenvalues`` and ``penalties`` the symbols on the atoms of its rows.
    """

    response: Response
    parameters: Mapping[Any, Any]
    lams: tuple[Any, ...]
    eigenvalues: tuple[Any, ...]
    penalties: tuple[Any, ...]

    @property
    def label(self) -> str:
        """Return the label."""
        return self.response.label

    @property
    def _nested(self) -> bool:
        return self.response.source == "random_features_map"

    @property
    def _gamma(self) -> sp.Symbol:
        return symbol("gamma", self.label)

    def _features(self) -> tuple[sp.Symbol, ...]:
        return tuple(sp.Symbol(f"{each}_{self.label}", nonnegative=True) for each in ("nu", "varpi", "omega"))

    def fixed_points(self) -> list[tuple[Any, Any]]:
        """Return the equations (left side, right side) of kappa and omega of every fit, or of nu."""
        rows, gamma = self.response.rows, self._gamma
        if self._nested:
            nu, weights, data = self._features()
            tail = symbol("tail", self.label) if self.response.curved else sp.S.Zero
            freedom = rows.total([s / (s + nu) for s in self.eigenvalues]) + tail / nu
            return [
                (nu * weights * data, symbol("lam", self.label)),
                (weights, 1 - freedom / symbol("width", self.label)),
                (data, 1 - gamma * freedom),
            ]
        found = []
        for place in self.places:
            kappa, omega = symbol("kappa", place), symbol("omega", place)
            freedom = rows.total(
                [s / (s + kappa * g) for s, g in zip(self.eigenvalues, self.penalties, strict=True)]
            )
            found += [(kappa * omega, symbol("lam", place)), (omega, 1 - gamma * freedom)]
        return found

    def given(self) -> dict[Any, Any]:
        """Return the parameters by symbol, penalties included."""
        lams = zip((symbol("lam", place) for place in self.places), self.lams, strict=True)
        return {**self.parameters, **dict(lams)}

    @property
    def places(self) -> tuple[str, ...]:
        """Return the labels of its fits."""
        if self.response.of_fits:
            return tuple(f"{self.label},{place}" for place in range(1, len(self.lams) + 1))
        return (self.label,)

    def responses(self, spectrum: Mapping[Any, Any]) -> dict[Any, Any]:
        """Return the responses at the parameters, fixed points by name; ``spectrum`` gives s, w, e, g."""
        values = {**spectrum, **self.parameters}
        numbers = [self._at(each, values) for each in (*self.eigenvalues, *self.response.rows.weights)]
        count = self.response.rows.count
        sizes, weights = numbers[:count], numbers[count:]
        penalties = [self._at(each, values) for each in self.penalties]
        gamma, label = self.parameters[self._gamma], sp.core.symbol.Str(self.label)
        if self._nested:
            width, tail = (
                self.parameters.get(symbol(each, self.label), sp.S.Zero) for each in ("width", "tail")
            )
            flat = [value for pair in zip(sizes, weights, strict=True) for value in pair]
            arguments = (label, self.lams[0], gamma, width, tail, *flat)
            nested = (each(*arguments) for each in (nu_atoms, weights_left, rows_left))
            return unfolded(
                self.response.meaning, {**values, **dict(zip(self._features(), nested, strict=True))}
            )
        flat = [value for atom in zip(sizes, penalties, weights, strict=True) for value in atom]
        if not self.response.of_fits:
            arguments = (label, self.lams[0], gamma, *flat)
            names = (symbol(each, self.label) for each in ("kappa", "omega"))
            roots = dict(zip(names, (kappa_atoms(*arguments), omega_atoms(*arguments)), strict=True))
            return unfolded(self.response.meaning, {**values, **roots})
        return self._divided(values, flat)

    def at_the_edge(self, root: Any) -> dict[Any, Any]:
        """Return the responses of isotropic ridge by its kappa where lam = 0 and gamma = 1, else none."""
        whole = self.eigenvalues == self.penalties == (sp.S.One,) and self.response.rows.weights == (
            sp.S.One,
        )
        gamma = self.parameters[self._gamma]
        if self._nested or not whole or not (self.lams == (0,) and (gamma - 1).is_zero):
            return {}
        names = {symbol("kappa", self.label): root, symbol("omega", self.label): root / (1 + root)}
        return unfolded(self.response.meaning, {**self.parameters, **names})

    def _at(self, item: Any, values: Mapping[Any, Any]) -> Any:
        return sp.sympify(item).xreplace(values)

    def _divided(self, values: Mapping[Any, Any], flat: Sequence[Any]) -> dict[Any, Any]:
        """Responses of repeated fits: divided differences over the penalties, derivatives where they meet."""
        nodes: list[tuple[Any, int]] = []
        for lam in self.lams:
            place = next((i for i, (node, _) in enumerate(nodes) if sp.expand(node - lam) == 0), None)
            if place is None:
                nodes.append((lam, 1))
            else:
                nodes[place] = (nodes[place][0], nodes[place][1] + 1)
        gamma = self.parameters[self._gamma]
        roots = []
        for lam, _ in nodes:
            name = sp.core.symbol.Str(self.places[self.lams.index(lam)])
            roots.append([each(name, lam, gamma, *flat) for each in (kappa_atoms, omega_atoms)])
        if nodes == [(self.lams[0], 2)] and len(flat) == 3 and all(value == 1 for value in flat):
            return self._two_equal(values, *roots[0])
        first, last = FITS
        points = [(node, *at) for (node, _), at in zip(nodes, roots, strict=True)]
        # The user's symbols may be named like those of the two fits: keep them apart until all is inserted.
        apart = {sp.Dummy("lam"): node for node, _ in nodes}
        nodes = [(name, times) for name, (_, times) in zip(apart, nodes, strict=True)]
        found: dict[Any, Any] = {}
        for name, of_fits in self._of_fits().items():
            total = sp.S.Zero
            for i, point in enumerate(points):
                one = self._at_node(of_fits, first, nodes, i)
                there = {**values, **apart, **dict(zip(self._of(first), point, strict=True))}
                if not self._names(last) & of_fits.free_symbols:
                    total += one.xreplace(self._named(there, first))
                    continue
                for j, other in enumerate(points):
                    known = {**there, **dict(zip(self._of(last), other, strict=True))}
                    term = self._at_node(one, last, nodes, j)
                    total += term.xreplace(self._named(known, first, last))
            found[name] = total
        return found

    def _two_equal(self, values: Mapping[Any, Any], kappa: Any, omega: Any) -> dict[Any, Any]:
        """The responses of two fits of equal penalty, on one atom: quotients of sums of positive terms."""
        first, last = FITS
        (lam, k, left), gone, nodes = self._of(first), sp.Dummy("gone"), [(first.lam, len(self.lams))]
        lost = values[self._gamma] / (1 + kappa)  # 1 - omega
        given = {lam: k * left, k: k, left: left, self._gamma: (1 - left) * (1 + k)}
        given |= dict(zip(self._of(last), (k * left, k, left), strict=True))
        found: dict[Any, Any] = {}
        for name, of_fits in self._of_fits().items():
            met = self._at_node(of_fits, first, nodes, 0)
            if self._names(last) & of_fits.free_symbols:
                met = self._at_node(met, last, nodes, 0)
            met = met.xreplace(self._named(given, first, last))
            over, under = sp.fraction(sp.factor(met))
            terms = _between(over, k, left, gone) / _between(under, k, left, gone)
            found[name] = terms.xreplace({k: kappa, left: omega, gone: lost})
        return found

    @staticmethod
    def _of(fit: Any) -> tuple[Any, Any, Any]:
        return fit.lam, fit.kappa, omega_of(fit)

    def _row(self, base: str, fit: Any) -> tuple[Any, ...]:
        return self.response.rows.each(base, fit.label, "positive")

    def _names(self, fit: Any) -> set[Any]:
        return {*self._of(fit), *self._row("G", fit)}

    def _of_fits(self) -> dict[Any, Any]:
        """What responses are sums of, by G, kappa, omega and the deltas of the two fits."""
        basis = self.response.basis
        plain = {name: basis[name] for fit in FITS for base in "SK" for name in self._row(base, fit)}
        return {name: sp.sympify(value).xreplace(plain) for name, value in self.response.of_fits.items()}

    def _named(self, values: Mapping[Any, Any], *fits: Any) -> dict[Any, Any]:
        """Every name by kappa and omega."""
        rows, meaning = self.response.rows, {}
        for fit in fits:
            kept_lost = [s * k for s, k in zip(self._row("S", fit), self._row("K", fit), strict=True)]
            meaning[delta(fit, fit)] = omega_of(fit) + self._gamma * rows.total(kept_lost)
        shapes = {name for fit in fits for base in "SKG" for name in self._row(base, fit)}
        if len(fits) == len(FITS):
            shapes.add(delta(*fits))
        return unfolded({**meaning, **{k: v for k, v in self.response.basis.items() if k in shapes}}, values)

    def _at_node(self, term: Any, fit: Any, nodes: Sequence[tuple[Any, int]], place: int) -> Any:
        """What a node adds to the divided difference, as a function of its penalty and fixed point."""
        term = term * self._newton(fit, nodes, place)
        for _ in range(nodes[place][1] - 1):
            slopes = self._slopes(fit)
            term = sp.Add(*(sp.diff(term, name) * slope for name, slope in slopes.items()))
        return term

    def _newton(self, fit: Any, nodes: Sequence[tuple[Any, int]], place: int) -> Any:
        """What multiplies f(lam) at a node of the divided difference of lam^(k-1) f(lam)."""
        weight = fit.lam ** (len(self.lams) - 1) / sp.factorial(nodes[place][1] - 1)
        return weight / sp.Mul(
            *((fit.lam - lam) ** times for i, (lam, times) in enumerate(nodes) if i != place)
        )

    def _slopes(self, fit: Any) -> dict[Any, Any]:
        """The derivatives in the penalty of a fit of everything that depends on it."""
        rows, own, gamma = self.response.rows, self._row("G", fit), self._gamma
        (other,) = (each for each in FITS if each is not fit)
        lam, kappa, omega = self._of(fit)
        below = delta(fit, fit)

        def total(*powers: Any) -> Any:
            return gamma * rows.total([sp.Mul(*each) for each in zip(*powers, strict=True)])

        s, squares = self.eigenvalues, [g**2 for g in own]
        moved = {kappa: sp.S.One, omega: total(s, squares), below: 2 * total(s, s, squares, own)}
        moved |= {delta(*FITS): total(s, s, squares, self._row("G", other)), **{g: -(g**2) for g in own}}
        return {lam: sp.S.One, **{name: slope / below for name, slope in moved.items()}}

    def lost_digits(self) -> int:
        """Return how many digits a sum over pairs of fits loses, close as their penalties are."""
        lams = [float(lam) for lam in self.lams if lam.is_number]
        gaps = [abs(x - y) / max(x, y) for i, x in enumerate(lams) for y in lams[:i] if x != y]
        return (
            2 * (len(self.lams) - 1) * math.ceil(-math.log10(min(gaps))) if min(gaps, default=1) < 0.5 else 0
        )

    def at_precision(self, digits: int) -> Stage:
        """Return the stage with floating-point numbers as they are, but computed with to this many digits."""
        parameters = {name: precisely(value, digits) for name, value in self.parameters.items()}
        return replace(self, parameters=parameters, lams=tuple(precisely(lam, digits) for lam in self.lams))

    def digits(self) -> int:
        """Return how many digits the check of the values needs."""
        return 70 + (2 * _APART + 10) * (len(self.lams) - 1)

    def bisected(self, spectrum: Mapping[Any, Any], point: Mapping[Any, Any], digits: int) -> dict[Any, Any]:
        """Return the responses as numbers by a route of its own: bisection, equal penalties moved apart.

        ``point`` gives what is free in the parameters and the values of the spectrum.
        """
        with mpmath.workdps(digits):

            def number(item: Any) -> Any:
                value = sp.sympify(item).subs(point)
                return mpmath.inf if value == sp.oo else mpmath.mpf(value.evalf(digits))

            values = {name: number(value) for name, value in self.parameters.items()}
            rows = (self.eigenvalues, self.penalties, self.response.rows.weights)
            atoms = list(
                zip(*([number(spectrum.get(each, each)) for each in row] for row in rows), strict=True)
            )
            lams = [number(lam) for lam in self.lams]
            lams = [lam * (1 + lams[:i].count(lam) * mpmath.mpf(10) ** -_APART) for i, lam in enumerate(lams)]
            fixed_points = self._nested_root if self._nested else self._roots
            found = fixed_points(values, atoms, lams)
            numbers = {name: _float(value, digits) for name, value in {**values, **found}.items()}
            given = {name: _float(number(value), digits) for name, value in spectrum.items()}
            return unfolded(self.response.meaning, {**given, **numbers})

    def _nested_root(
        self, values: Mapping[Any, Any], atoms: Sequence[Any], lams: Sequence[Any]
    ) -> dict[Any, Any]:
        width, gamma = values[symbol("width", self.label)], values[self._gamma]
        tail = values.get(symbol("tail", self.label), 0)

        def brackets(nu: Any) -> tuple[Any, Any]:
            df1 = sum(w * s / (s + nu) for s, _, w in atoms) + tail / nu
            return 1 - df1 / width, 1 - gamma * df1

        def left(nu: Any) -> Any:
            weights, rows = brackets(nu)
            return nu * weights * rows if min(weights, rows) > 0 else -1

        nu = _bisected(left, lams[0])
        return dict(zip(self._features(), (nu, *brackets(nu)), strict=True))

    def _roots(self, values: Mapping[Any, Any], atoms: Sequence[Any], lams: Sequence[Any]) -> dict[Any, Any]:
        gamma = values[self._gamma]

        def omega(kappa: Any) -> Any:
            return 1 - gamma * sum(w * s / (s + kappa * g) for s, g, w in atoms)

        found: dict[Any, Any] = {}
        for place, lam in zip(self.places, lams, strict=True):
            kappa = _bisected(lambda kappa: kappa * omega(kappa), lam)
            found |= {symbol("kappa", place): kappa, symbol("omega", place): omega(kappa)}
            found[symbol("lam", place)] = lam
        return found


def precisely(value: Any, digits: int) -> Any:
    """Return an expression, its floating-point numbers carried to this many digits."""
    return value.xreplace({number: sp.Float(number, digits) for number in value.atoms(sp.Float)})


def _between(expression: Any, kappa: Any, omega: Any, gone: Any) -> Any:
    """A polynomial in kappa and omega, in 0 <= omega <= 1, with ``gone`` for 1 - omega."""
    sign, factors = sp.factor_list(expression)
    for factor, times in factors:
        total = sp.S.Zero
        for (power,), of_omega in sp.Poly(factor, kappa).terms():
            bent = sp.Poly(of_omega, omega)
            degree = bent.degree() if of_omega != 0 else 0
            terms = (value * omega**j * (omega + gone) ** (degree - j) for (j,), value in bent.terms())
            parts = sp.Poly(sp.expand(sp.Add(*terms)), omega, gone)
            total += kappa**power * sp.Add(*(value * omega**i * gone**j for (i, j), value in parts.terms()))
        sign *= total**times
    return sign


def _float(value: Any, digits: int) -> Any:
    return sp.oo if value == mpmath.inf else sp.Float(value, digits)


def _bisected(left: Any, lam: Any) -> Any:
    """The root of an increasing function, in the logarithm, at the working precision."""
    low, high = mpmath.mpf(-150), mpmath.mpf(150)
    for _ in range(mpmath.mp.prec + 20):
        middle = (low + high) / 2
        low, high = (low, middle) if left(mpmath.exp(middle)) > lam else (middle, high)
    return mpmath.exp(high)
