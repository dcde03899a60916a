"""Deriving the risk of a chain of ridge, random features and repeated fits, whatever chain it is handed.

A learner is a map of Gaussian equivalents. The registered maps are written as responses, which depend on the
learner alone (`_response`); the excess risk of the last learner is then followed back through them, one
learner at a time, down to the truth, and the responses are inserted at the parameters (`_response_values`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from w2s_asymptotics.chains import response as response
from w2s_asymptotics.chains.response import Response, Rows
from w2s_asymptotics.chains.response_values import Stage, precisely
from w2s_asymptotics.chains.ridge import label_variance, whole
from w2s_asymptotics.learners import Learner, RandomFeatures, Ridge, SelfDistilled, aspect, check_order
from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.derivation import Check, Derivation, Outcome, Step
from w2s_asymptotics.proof.models.atoms import digits_of
from w2s_asymptotics.proof.models.names import Names
from w2s_asymptotics.proof.tactics import Equal
from w2s_asymptotics.words.activations import slope_of, tail_of
from w2s_asymptotics.worlds.population import IsotropicPopulation, Population

__all__ = ["derive_mixed"]

_LEARNERS = (Ridge, RandomFeatures, SelfDistilled)


@dataclass(frozen=True)
class _Labels:
    """What labels a learner's rows: multiplier, bias and Gaussian energy by atom, nonlinear energy, noise."""

    multiplier: tuple[Any, ...]
    bias: tuple[Any, ...]
    covariance: tuple[Any, ...]
    nonlinear: Any
    noise: Any

    def energy(self, rows: Rows) -> list[Any]:
        """Return all of the energy, by atom."""
        parts = zip(self.multiplier, rows.energies, self.covariance, strict=True)
        return [m**2 * e + c for m, e, c in parts]


@dataclass(frozen=True)
class _State:
    """The symbols of what a learner has learned."""

    rows: Rows
    label: str
    curved: bool

    @property
    def multiplier(self) -> tuple[sp.Symbol, ...]:
        return self.rows.each("M", self.label, "real")

    @property
    def bias(self) -> tuple[sp.Symbol, ...]:
        return self.rows.each("b", self.label, "real")

    @property
    def covariance(self) -> tuple[sp.Symbol, ...]:
        return self.rows.each("c", self.label)

    @property
    def nonlinear(self) -> Any:
        return sp.Symbol(f"E_{self.label}", nonnegative=True) if self.curved else sp.S.Zero

    def learned(self, links: Response, labels: _Labels) -> dict[Any, Any]:
        """What the responses make of the labels: the symbols of the state, by those of the labels."""
        seen, atoms = labels.energy(self.rows), range(self.rows.count)
        found: dict[Any, Any] = {bias: 1 - m for bias, m in zip(self.bias, self.multiplier, strict=True)}
        for j in atoms:
            found[self.multiplier[j]] = links.kept[j] * labels.multiplier[j]
            found[self.covariance[j]] = (
                links.kept[j] ** 2 * labels.covariance[j] + links.by_noise[j] * labels.noise
            )
            found[self.covariance[j]] += sp.Add(*(links.added(j, i) * seen[i] for i in atoms))
        if self.curved:
            bent = sp.Add(*(each * energy for each, energy in zip(links.bent, seen, strict=True)))
            found[self.nonlinear] = bent + links.bent_by_noise * labels.noise
        return found


@dataclass(frozen=True)
class _Risk:
    """The excess risk by a state: ``mean`` in its multipliers and biases, and weights of its energies."""

    mean: Any
    weights: tuple[Any, ...]
    nonlinear: Any

    def expression(self, covariance: Sequence[Any], nonlinear: Any) -> Any:
        """Return the risk."""
        spread = sp.Add(*(a * c for a, c in zip(self.weights, covariance, strict=True)))
        return self.mean + spread + self.nonlinear * nonlinear

    def before(self, state: _State, links: Response, labels: _Labels, truth: Any) -> _Risk:
        """Return the risk by what labelled the rows, of which a share ``truth`` was true."""
        rows, taught = state.rows, (1 - truth) ** 2
        atoms = range(rows.count)
        by_noise = sp.Add(*(a * b for a, b in zip(self.weights, links.by_noise, strict=True)))
        by_noise += self.nonlinear * links.bent_by_noise
        by_energy = [
            sp.Add(*(self.weights[j] * links.added(j, i) for j in atoms)) + self.nonlinear * links.bent[i]
            for i in atoms
        ]
        follows: dict[Any, Any] = {}
        for j, (m, bias) in enumerate(zip(labels.multiplier, labels.bias, strict=True)):
            follows |= {state.multiplier[j]: links.kept[j] * m, state.bias[j]: bias + links.lost[j] * m}
        mean = self.mean.xreplace(follows) + by_noise * links.noise
        mean += sp.Add(
            *(f * e * m**2 for f, e, m in zip(by_energy, rows.energies, labels.multiplier, strict=True))
        )
        weights = [
            taught * (a * s**2 + f) for a, s, f in zip(self.weights, links.kept, by_energy, strict=True)
        ]
        return _Risk(mean, tuple(weights), taught * by_noise)


def _labels(rows: Rows, links: Response, before: _State | None, truth: Any) -> _Labels:
    if before is None:
        one, none = (sp.S.One,) * rows.count, (sp.S.Zero,) * rows.count
        return _Labels(one, none, none, sp.S.Zero, links.noise)
    return _Labels(
        tuple(truth + (1 - truth) * m for m in before.multiplier),
        tuple((1 - truth) * bias for bias in before.bias),
        tuple((1 - truth) ** 2 * c for c in before.covariance),
        (1 - truth) ** 2 * before.nonlinear,
        links.noise + (1 - truth) ** 2 * before.nonlinear,
    )


@dataclass(frozen=True)
class AtParameters(Check):
    """``after`` is ``before`` with its values: equal at 30 digits, every fixed point found by bisection."""

    stages: tuple[Stage, ...]
    spectrum: Mapping[Any, Any]
    scalars: Mapping[Any, Any]

    def run(self, before: Any, after: Any, seed: int) -> Outcome:
        """Evaluate both sides at drawn values of what is free in the parameters."""
        rng = np.random.default_rng(seed)
        given = [*self.spectrum.values(), *self.scalars.values()]
        for stage in self.stages:
            given += [*stage.parameters.values(), *stage.lams]
        given = [sp.sympify(value) for value in given]
        free = set().union(sp.sympify(after).free_symbols, *(value.free_symbols for value in given))
        point = {each: sp.Rational(int(rng.integers(1, 40)), 41) for each in sorted(free, key=str)}
        digits = max(stage.digits() for stage in self.stages)
        numbers = {
            name: sp.sympify(value).subs(point).evalf(digits)
            for name, value in {**self.spectrum, **self.scalars}.items()
        }
        for stage in self.stages:
            numbers |= stage.bisected(self.spectrum, point, digits)
        left, right = sp.sympify(before).xreplace(numbers), sp.sympify(after).subs(point).evalf(40)
        if right == sp.oo:
            return Outcome(
                bool(left > sp.Float(10) ** 20), f"infinite, where bisection finds {sp.N(left, 3)}"
            )
        tolerance = digits_of(given)
        if not abs(left - right) <= tolerance * abs(left):
            return Outcome(False, f"inserted values give {sp.N(left, 12)}, the formula {sp.N(right, 12)}")
        return Outcome(True, "agrees with the formula at the inserted values")

    def describe(self) -> str:
        """Say what closes the step."""
        return "agrees at drawn values, fixed points found by bisection"


def derive_mixed(world: Population, learners: Sequence[Learner]) -> Derivation:
    """Derive the excess risk of the last of ``learners``, each a ridge, random-feature or repeated fit.

    The result is a formula in the user's own numbers and symbols, and in the fixed points of each learner as
    numbers with names, stated in the definitions. Raises ``ValueError`` for a chain that does not fit.

    >>> chain = RandomFeatures(gamma=0.5, width=2, lam=0.1, activation="relu"), Ridge(gamma=0.8, lam=0.3)
    >>> round(float(derive_mixed(Population.isotropic(noise=0.1), chain).result), 10)
    0.6006548905
    """
    _check(world, learners)
    rows, spectrum = _rows(world, learners)
    names = {1: ("t",), 2: ("t", "s")}.get(len(learners), tuple(map(str, range(1, len(learners) + 1))))
    stages, scalars, truths = [], dict(spectrum), []
    for place, (label, learner) in enumerate(zip(names, learners, strict=True)):
        stage = _stage(world, learner, label, rows, spectrum)
        stages.append(stage)
        mixed = place > 0 and learner.truth != 0
        truths.append(symbol("truth", label) if mixed else sp.S.Zero)
        scalars[symbol("noise", label)] = label_variance(place, learner, world)
        scalars |= {symbol("truth", label): whole(learner.truth)} if mixed else {}
    lost = max(stage.lost_digits() for stage in stages)
    if lost:  # close penalties cancel: floating-point numbers are then carried to more digits
        stages = [stage.at_precision(lost + 20) for stage in stages]
        spectrum, scalars = (
            {k: precisely(v, lost + 20) for k, v in row.items()} for row in (spectrum, scalars)
        )
    steps = [_of_learner(stage) for stage in stages]
    states = [_State(rows, stage.label, stage.response.curved) for stage in stages]
    missed = zip(rows.eigenvalues, rows.energies, states[-1].bias, strict=True)
    risk = _Risk(sp.Add(*(s * e * b**2 for s, e, b in missed)), rows.eigenvalues, sp.S.One)
    expression = risk.expression(states[-1].covariance, states[-1].nonlinear)
    for place in range(len(stages) - 1, -1, -1):
        links, state = stages[place].response, states[place]
        before = states[place - 1] if place else None
        labels = _labels(rows, links, before, truths[place])
        risk = risk.before(state, links, labels, truths[place])
        after = risk.expression(before.covariance, before.nonlinear) if before else risk.mean
        meaning = state.learned(links, labels)
        meaning |= {lost: 1 - kept for lost, kept in zip(links.lost, links.kept, strict=True)}
        meaning |= dict(zip(before.bias, (1 - m for m in before.multiplier), strict=True)) if before else {}
        taught = f"learner {before.label}" if before else "the target"
        taught += ", mixed with true labels" if truths[place] != 0 else ""
        steps.append(
            Step(
                f"go back from learner {state.label} to what labelled its rows",
                r"$b = 1 - M$, $c' = S^2c + A\epsilon + Bv$, $E' = C\epsilon + Dv$",
                expression, after, Equal(Names(meaning, draws=3)),
                (f"write the map of learner {state.label} as responses",),
                f"Its rows are labelled by {taught}.",
                starts=place == len(stages) - 1,
            )
        )  # fmt: skip
        expression = after
    values: dict[Any, Any] = {**spectrum, **scalars}
    for stage in stages:
        values |= stage.responses(spectrum)
    result = _limit(expression, values, stages)
    steps.append(
        Step(
            "insert the values", "the responses at the parameters, fixed points by name", expression, result,
            AtParameters(tuple(stages), spectrum, scalars),
            note="Every fixed point is the number that the equations below define; equal penalties of "
            "repeated fits are limits, derivatives in the penalty.",
        )
    )  # fmt: skip
    return _record(stages, steps, result, expression, scalars)


def _limit(expression: Any, values: dict[Any, Any], stages: Sequence[Stage]) -> Any:
    """Insert the values; where isotropic ridge without penalty has as many rows as dimensions, as a limit.

    There kappa and omega = kappa/(1 + kappa) vanish together.
    """
    small: list[Any] = []
    for stage in stages:
        root = sp.Dummy("kappa", positive=True)
        found = stage.at_the_edge(root)
        values |= found
        small += [root] if found else []
    result = expression.xreplace(values)
    if small:
        numbers = {each: sp.Dummy(positive=True) for each in result.atoms(sp.Function)}
        result = sp.nsimplify(result.xreplace(numbers), rational=True)
        for root in reversed(small):
            result = sp.limit(result, root, 0, "+")
        result = result.xreplace({name: each for each, name in numbers.items()})
    if result.has(sp.zoo, sp.nan):
        raise ValueError(
            "this chain has a fit without penalty at which degrees of freedom run out: its risk is infinite "
            "or a limit, for which ask risk with numbers"
        )
    return result


def _of_learner(stage: Stage) -> Step:
    links = stage.response
    return Step(
        f"write the map of learner {links.label} as responses",
        r"$M' = SM$, $c' = S^2c + A\epsilon + Bv$, $E' = C\epsilon + Dv$",
        links.registered, links.linear, Equal(Names(links.meaning, draws=3)), (links.source,),
        "What the registered map makes of labels with multiplier M, Gaussian energy c and noise v, tested by "
        "a number $a_j$ on the second moment, $u_j$ on the multiplier of each atom, $a_0$ on the nonlinear "
        "energy.",
        starts=True,
    )  # fmt: skip


def _check(world: Population, learners: Sequence[Learner]) -> None:
    """Raise ``ValueError`` for a chain whose risk cannot be derived."""
    for learner in learners:
        if not isinstance(learner, _LEARNERS):
            known = "Ridge, RandomFeatures and SelfDistilled learners"
            raise ValueError(f"only chains of {known} can be derived, got {type(learner).__name__}")
    check_order(world, learners)
    single = [world.noise]
    isotropic = isinstance(world, IsotropicPopulation)
    single += [world.signal] if isotropic else []
    for learner in learners:
        single += [learner.gamma, learner.samples, learner.noise, learner.truth]
        single += learner.lams if isinstance(learner, SelfDistilled) else ()
        single += [learner.lam] if isinstance(learner, Ridge) else []
        single += [learner.lam, learner.width, learner.tail] if isinstance(learner, RandomFeatures) else []
        own = [learner.penalty, learner.covariance]
        single += own if isotropic else []
        if any(np.ndim(value) > 1 for value in own):
            raise ValueError(
                "derive needs penalties and covariances that commute beside random features and repeated fits"
            )
    if any(np.ndim(value) > 0 for value in single):
        raise ValueError("derive takes single numbers and symbols, got an array; ask risk at each point")
    curved = False
    for learner in learners:
        if learner.covariance is not None and curved:
            raise ValueError("covariance must be the world's after nonlinear features (Ridge.covariance)")
        curved |= isinstance(learner, RandomFeatures) and learner.nonlinear


def _row(value: Any, count: int) -> list[Any]:
    return [whole(item) for item in np.broadcast_to(np.asarray(value, dtype=object), count)]


def _rows(world: Population, learners: Sequence[Learner]) -> tuple[Rows, dict[Any, Any]]:
    """The symbols of the spectrum and their values; one atom with s = w = 1 in the isotropic world.

    Atoms without variance have no part in it, unless a learner's own covariance gives them one.
    """
    if isinstance(world, IsotropicPopulation):
        return Rows((sp.S.One,), (sp.S.One,), (symbol("signal"),)), {symbol("signal"): whole(world.signal)}
    size = int(np.size(world.eigenvalues))
    s, w, e = (_row(value, size) for value in (world.eigenvalues, world.weights, world.signal))
    if all(learner.covariance is None for learner in learners) and any(each != 0 for each in s):
        there = [place for place in range(size) if s[place] != 0]
        s, w, e = ([row[place] for place in there] for row in (s, w, e))
    blank = Rows((), tuple(w), ())
    rows = Rows(blank.each("s"), blank.each("w", sign="positive"), blank.each("e"))
    values = dict(zip((*rows.eigenvalues, *rows.weights, *rows.energies), (*s, *w, *e), strict=True))
    return rows, values


def _stage(world: Population, learner: Any, label: str, rows: Rows, spectrum: dict[Any, Any]) -> Stage:
    """A learner's response with its values; those of its own penalties, covariance join the spectrum."""
    gamma = aspect(learner, None) if learner.samples is None else world.dim / whole(learner.samples)
    parameters: dict[Any, Any] = {symbol("gamma", label): whole(gamma)}
    ones = (sp.S.One,) * rows.count
    if isinstance(learner, Ridge):
        own = []
        for base, value, default in (
            ("s", learner.covariance, rows.eigenvalues), ("g", learner.penalty, ones),
        ):  # fmt: skip
            symbols = default if value is None else rows.each(base, label, "positive")
            spectrum |= {} if value is None else dict(zip(symbols, _row(value, rows.count), strict=True))
            own.append(symbols)
        parameters[symbol("lam", label)] = whole(learner.lam)
        return Stage(response.ridge(label, rows, *own), parameters, (whole(learner.lam),), *own)
    if isinstance(learner, SelfDistilled):
        if learner.own is not None:
            raise ValueError(
                "derive takes repeated fits on their own labels alone (SelfDistilled.own); "
                "derive('self_distillation') gives two fits on a mixture"
            )
        lams = tuple(whole(lam) for lam in learner.effective_lams)
        if len(lams) == 1:
            parameters[symbol("lam", label)] = lams[0]
            links = response.ridge(label, rows, rows.eigenvalues, ones)
        else:
            links = response.repeated(label, rows, len(lams))
        return Stage(links, parameters, lams, rows.eigenvalues, ones)
    lam, tail = whole(learner.lam), whole(learner.tail)
    if learner.activation is not None:
        name = sp.core.symbol.Str(learner.activation)
        variance = rows.total(rows.eigenvalues).xreplace(spectrum)
        slope = slope_of(name, variance)
        lam, tail = lam / slope**2, tail_of(name, variance) / slope**2
    parameters |= {symbol("width", label): _width(learner.width), symbol("lam", label): lam}
    curved = tail != 0
    parameters |= {symbol("tail", label): tail} if curved else {}
    links = response.features(label, rows, curved=curved)
    return Stage(links, parameters, (lam,), rows.eigenvalues, ones)


def _width(value: Any) -> Any:
    return sp.oo if value == np.inf else whole(value)


def _record(
    stages: Sequence[Stage], steps: Sequence[Step], result: Any, general: Any, given: Mapping[Any, Any]
) -> Derivation:
    """Dress the steps as a derivation: its setting in words, its notation, its sources."""
    names = ", ".join(stage.label for stage in stages)
    printed: dict[Any, Any] = {}
    for stage in stages:
        printed |= dict(stage.response.meaning)
        printed |= dict(stage.fixed_points())
        printed |= {name: value for name, value in stage.given().items() if name != value}
    printed |= {name: value for name, value in given.items() if name != value}
    kinds = sorted({stage.response.source for stage in stages})
    return Derivation(
        name="chain_" + "_".join(stage.label for stage in stages),
        title=f"Risk at the end of a chain of {len(stages)} learners"
        if len(stages) > 1
        else "Risk of a learner",
        statement=f"The limiting excess risk of the last of the learners {names}, each fitted to fresh rows "
        "that the learner before it labels (the first: the target), by composing their maps of Gaussian "
        "equivalents.",
        assumptions=(
            r"Covariates are Gaussian; rows, and random features, are fresh at every stage.",
            r"Dimension, sample sizes and widths grow together, $d/n_k \to \gamma_k$, $p_k/d \to \psi_k$.",
            r"Label noise is centred, independent of the rows, of variance $\sigma_k^2$.",
            "Nonlinear features act as linear ones plus independent noise, and what is learned that is not "
            "linear acts as noise on the labels of the next learner (Gaussian equivalence, cited).",
            "All matrices are diagonal in one basis: a joint spectrum of atoms.",
        ),
        sources=(
            "Moniri, Hassani, arXiv:2505.18346 (the setting).",
            "Mei, Montanari: The generalization error of random features regression, 2022 "
            "(Gaussian equivalence).",
        ),
        steps=tuple(steps),
        result=result,
        forms={"by responses": general, "risk": result},
        notation=NOTATION,
        definitions=tuple(printed.items()),
        uses=tuple(kinds),
    )


NOTATION: tuple[tuple[str, str], ...] = (
    ("M_k, b_k, c_k", "multiplier of the target, bias $1 - M_k$, Gaussian energy of learner k"),
    ("E_k", "energy of what learner k has learned that is not linear"),
    (r"\epsilon, v", r"energy $M^2e + c$ of the labels on an atom; all of their noise"),
    ("S_k, K_k", "what learner k keeps and loses of a coefficient"),
    ("A_k, B_k", "Gaussian energy that learner k adds per energy, per noise variance of its labels"),
    ("C_k, D_k", "nonlinear energy per energy, per noise variance of its labels"),
    (r"\kappa_k,\ \omega_k", r"effective regularisation and $\lambda_k/\kappa_k = 1 - \mathrm{df}_1/n_k$"),
    (
        r"\nu_k,\ \varpi_k",
        r"effective regularisation of random features; $1 - \mathrm{df}_1/p_k$ of their weights",
    ),
    (r"\gamma_k,\ \psi_k,\ T_k", "$d/n_k$; features per dimension; energy of their nonlinear part"),
    (r"\sigma_k^2,\ \xi_k", "variance of learner k's label noise; weight of true labels among its labels"),
)
