"""Kernels beside the expressions that the derivations give for them.

A kernel is written once and runs on every kind of number. Fed with symbols it returns a formula, and that is
compared here with what a registered derivation derives. Each entry of `COMPARISONS` calls a kernel through
the module that holds it and reads the other side off a derivation at the time of the call, so that a test may
tamper with either. `SYMBOLS` takes the regular branch of everything: the others are compared with limits.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from unittest import mock

import sympy as sp

from w2s_asymptotics.learners import random_features, repeated_fits, ridge, two_layer
from w2s_asymptotics.notation import symbol
from w2s_asymptotics.spectrum import fixed_point, layouts, marchenko_pastur, multi_index, nested
from w2s_asymptotics.spectrum.equivalent import Fit, GaussianEquivalent
from w2s_asymptotics.theorems import _ridge_stage as stage
from w2s_asymptotics.theorems import _two_layer as network
from w2s_asymptotics.theorems import marchenko_pastur as spectral_law
from w2s_asymptotics.theorems import random_features_map as features
from w2s_asymptotics.theorems import registered, two_layer_map
from w2s_asymptotics.theorems import self_distilled_map as repeated
from w2s_asymptotics.words.pairs import FITS, delta, kept
from w2s_asymptotics.words.spectrum import COVARIANCE, EIGENVALUE, ENERGY, METRIC, ON_ATOM, WEIGHT, on_atoms
from w2s_asymptotics.words.spectrum import Total as TotalOverAtoms
from w2s_asymptotics.words.spikes import GRAM, SETTLED
from w2s_asymptotics.words.words import Quadratic, Trace

ROWS = (*ON_ATOM, stage.EIGENVALUES, stage.PENALTY, stage.WEIGHTS, stage.SIGNAL, stage.MULTIPLIER,
        stage.BIAS, stage.COVARIANCE, stage.HELD, stage.EARLIER)  # fmt: skip
LEFT, ROOT, SLACK, RATIO, ABOVE = sp.symbols("left root slack ratio above", positive=True)


class Symbols:
    """The regular branch of what a kernel asks for besides operators, on sympy's symbols."""

    plain = False
    epsilon = sp.S.Zero
    convert = staticmethod(sp.sympify)
    sqrt = staticmethod(sp.sqrt)
    total = staticmethod(TotalOverAtoms)
    quotient = staticmethod(lambda a, b: sp.sympify(a) / b)
    product = staticmethod(lambda a, b: a * b)
    twice = staticmethod(lambda value, factor: factor**2 * value)
    where = staticmethod(lambda condition, yes, no: yes)
    root_of_square_plus = staticmethod(lambda a, b: sp.sqrt(sp.expand(a**2 + b)))
    any = staticmethod(lambda value: value != 0)
    is_grid = staticmethod(lambda row, column: False)


class Grid(Symbols):
    """A grid of rows by columns."""

    is_grid = staticmethod(lambda row, column: True)
    over_grid = staticmethod(lambda pairs: sum(row * sp.nsimplify(column) for row, column in pairs))


class Otherwise(Symbols):
    """The other branch of every choice."""

    where = staticmethod(lambda condition, yes, no: no)


SYMBOLS, OTHERWISE = Symbols(), Otherwise()


class Pair(NamedTuple):
    """What a kernel returned, what is derived, and what the symbols of both stand for, in that order."""

    found: Any
    derived: Any
    meaning: Mapping[Any, Any] = {}
    atoms: int = 2

    def difference(self, point: Mapping[Any, Any] = {}) -> Any:
        """Found less derived, with symbols replaced by what they stand for, and the rest by numbers."""
        gap = (sp.sympify(self.found) - sp.sympify(self.derived)).xreplace(point)
        for name, value in self.meaning.items():
            gap = gap.xreplace({name: sp.sympify(value).xreplace(point)})
        return sp.nsimplify(gap, rational=True) if gap.has(sp.Float) else gap

    @property
    def free(self) -> list[Any]:
        """The symbols that stand for themselves."""
        sides = (self.found, self.derived, *self.meaning.values())
        found = set().union(*(sp.sympify(side).free_symbols for side in sides))
        return sorted(found - set(self.meaning), key=str)


def differs(pair: Pair) -> bool:
    """Whether the two sides differ at random rational points, on a spectrum of two atoms."""
    draw = random.Random(1)

    def number() -> Any:
        return sp.Rational(draw.randint(1, 500), 503)

    rows = {name: [number() for _ in range(pair.atoms)] for name in (EIGENVALUE, *pair.free) if name in ROWS}
    gap = pair.difference({name: number() for name in pair.free if name not in ROWS})
    return any(
        not value.is_Rational and sp.expand(value) != 0 or value.is_Rational and value != 0
        for value in on_atoms(gap, rows)
    )


def cancels(pair: Pair) -> bool:
    """Whether the difference cancels identically where there is one atom."""
    one = on_atoms(pair.difference(), {EIGENVALUE: [EIGENVALUE]})[0]
    return bool(sp.cancel(sp.together(one)) == 0)


def _vieta() -> list[Pair]:
    """Kappa and -omega are the roots of the derived quadratic, gamma (1 - missing) for gamma."""
    law, half, gamma = spectral_law.STAGE, sp.Symbol("half", positive=True), stage.GAMMA
    pairs = []
    for linear in (2 * half, -2 * half):  # either sign of the linear coefficient
        lam = ROOT**2 - half**2
        missing = (linear + lam - 1 + gamma) / gamma
        for aspect, share, rank in (
            (1 - lam - linear, None, 1 - lam - linear),
            (gamma, missing, gamma * (1 - missing)),
        ):
            kappa, omega = fixed_point.fixed_point(lam, aspect, SYMBOLS, share)
            roots = (law.kappa - kappa) * (law.kappa + omega)
            there = {law.gamma: rank, law.lam: lam, ROOT: half + ABOVE}
            pairs.append(Pair(roots, spectral_law.quadratic().lhs, there))
    return pairs


def _resolvent() -> list[Pair]:
    law = spectral_law.STAGE
    steps = {step.name: step.after for step in spectral_law.derivation().steps}
    found = marchenko_pastur.resolvent(law.kappa, spectral_law.OMEGA, law.gamma, SYMBOLS)
    lam = law.kappa * spectral_law.OMEGA
    # 1 = omega + gamma/(1 + kappa), the fixed point
    given = {law.lam: lam, spectral_law.OMEGA: 1 - law.gamma / (1 + law.kappa)}
    derived = (
        spectral_law.residual_share(),
        spectral_law.resolvent_in_kappa().rhs,
        steps["write the slope by delta"],
    )
    return [Pair(one, other, given) for one, other in zip(found, derived, strict=True)]


_NORM = stage.MULTIPLIER**2 * stage.SIGNAL + stage.COVARIANCE
_LABELS = GaussianEquivalent(stage.MULTIPLIER, stage.BIAS, stage.COVARIANCE)
_SHARES = {
    stage.SHRINK: stage.EIGENVALUES * stage.INVERSE,
    stage.LOST: stage.KAPPA * stage.PENALTY * stage.INVERSE,
    stage.BIAS: 1 - stage.MULTIPLIER,
    stage.INVERSE: 1 / (stage.EIGENVALUES + stage.KAPPA * stage.PENALTY),
}
_ONE = dict.fromkeys((stage.EIGENVALUES, stage.PENALTY, stage.WEIGHTS), sp.S.One)


def _ridge_map(found: GaussianEquivalent, meaning: Mapping[Any, Any]) -> list[Pair]:
    mean, carried, residual, spread = stage.learned()
    derived = mean, stage.bias(mean), carried + spread * residual / stage.delta()
    given = {**_SHARES, **meaning}
    return [
        Pair(one, other, given, 1 if meaning else 2)
        for one, other in zip((found.multiplier, found.bias, found.covariance), derived, strict=True)
    ]


def _one_atom() -> list[Pair]:
    """The fit of ridge where s = g = w = 1, composed with its labels."""
    kept, lost, from_energy, floor = ridge.on_one_atom(
        stage.KAPPA, stage.OMEGA, stage.GAMMA, stage.NOISE, SYMBOLS
    )
    one = layouts.OneAtom(stage.SIGNAL, 0, SYMBOLS)
    fit = Fit(kept, lost, SYMBOLS.twice(from_energy * one.energy(_LABELS) + floor, kept))
    return _ridge_map(one.through(fit, _LABELS), _ONE)


def _one_atom_risk() -> list[Pair]:
    """The risk of that fit, grouped for a grid of teachers by students."""
    shares = ridge.on_one_atom(stage.KAPPA, stage.OMEGA, stage.GAMMA, stage.NOISE, SYMBOLS)
    error = stage.BIAS**2 * stage.SIGNAL + stage.COVARIANCE
    mean, carried, residual, spread = stage.learned()
    derived = stage.bias(mean) ** 2 * stage.SIGNAL + carried + spread * residual / stage.delta()
    given = {**_SHARES, **_ONE}
    return [
        Pair(ridge.risk_on_one_atom(shares, stage.BIAS, error, _NORM, stage.SIGNAL, xp), derived, given, 1)
        for xp in (SYMBOLS, Grid())
    ]


def _own_spectrum() -> list[Pair]:
    """Where Sigma is s and Gamma is g: kappa g/s, at the penalty lam g/s and the noise over s."""
    s, g, k = stage.EIGENVALUES, stage.PENALTY, stage.KAPPA
    given: list[Any] = []

    def solved(lam: Any, gamma: Any, xp: Any) -> tuple[Any, Any]:
        given.extend((lam, gamma))
        return k * g / s, stage.OMEGA

    own = layouts.OneAtom(stage.SIGNAL, 0, SYMBOLS).own(s, g)
    with mock.patch.object(ridge, "fixed_point", solved):
        fit = ridge.ridge_fit(own, stage.LAM, stage.GAMMA, own.energy(_LABELS), stage.NOISE)
    equation = registered("one_point").forms["fixed point"]
    (trace,) = equation.rhs.atoms(Trace)
    on_atom = (equation.lhs - equation.rhs).xreplace(
        {trace: stage.STAGE.samples * stage.GAMMA * s * stage.INVERSE}
    )
    on_atom = on_atom.subs({stage.STAGE.kappa: k, stage.STAGE.lam: stage.LAM})
    law = spectral_law.STAGE
    scaled = {law.kappa: k * g / s, law.lam: given[0], law.gamma: given[1]}
    quadratic = spectral_law.quadratic().lhs.xreplace(scaled)
    return [
        Pair(quadratic, on_atom * (g / s) * (1 + k * g / s), _SHARES, 1),
        *_ridge_map(own.through(fit, _LABELS), {stage.WEIGHTS: sp.S.One}),
    ]


def _atoms() -> list[Pair]:
    kept, lost, added = ridge.on_atoms(
        stage.KAPPA, stage.OMEGA, stage.GAMMA, stage.EIGENVALUES, stage.PENALTY, stage.WEIGHTS,
        _NORM, stage.NOISE, SYMBOLS,
    )  # fmt: skip
    learned = layouts.OneAtom(stage.SIGNAL, 0, SYMBOLS).through(Fit(kept, lost, added), _LABELS)
    # Without variance and without kappa: what is derived at s = 0.
    idle = ridge.on_atoms(0, 1, stage.GAMMA, 0, stage.PENALTY, stage.WEIGHTS, _NORM, stage.NOISE, OTHERWISE)
    mean = stage.learned()[0]
    nothing = {**_SHARES, stage.EIGENVALUES: sp.S.Zero}
    return [
        *_ridge_map(learned, {}),
        Pair(kept + lost, 1, _SHARES),
        Pair(idle[0] * stage.MULTIPLIER, mean, nothing),
        Pair(1 - idle[1] * stage.MULTIPLIER, 1 - stage.MULTIPLIER + mean, nothing),
        Pair(idle[2], 0),
    ]


def _gain() -> list[Pair]:
    """What a student of labels with a share of truth takes and adds: the gain is their difference."""
    one = layouts.OneAtom(stage.SIGNAL, 0, SYMBOLS)
    earlier, held, truth, added = stage.EARLIER, stage.HELD, stage.TRUTH, stage.VARIANCE
    curved, learned_curved = sp.symbols("curved learned_curved", positive=True)
    teacher = GaussianEquivalent(1 - earlier, earlier, held, curved)
    labels = one.mixed(truth, teacher)
    fit = Fit(stage.SHRINK, 1 - stage.SHRINK, added, learned_curved)
    found = layouts.OneAtom.gain(one, fit, teacher, labels, truth)
    taken, removed, grown = stage.gain()
    after = stage.bias(stage.learned()[0]).subs(stage.BIAS, stage.TAUGHT * earlier)
    both = (earlier + after) * stage.SIGNAL
    given = {
        stage.LOST: 1 - stage.SHRINK,
        stage.MULTIPLIER: truth + stage.TAUGHT * (1 - earlier),
        stage.TAUGHT: 1 - truth,
    }
    risks = one.risk(teacher) - one.risk(one.through(fit, labels))
    return [
        Pair(found[0], taken * held + removed * both + curved, given),
        Pair(found[1], grown * both + added + learned_curved, given),
        Pair(found[0] - found[1], risks, given),
    ]


def _factors() -> list[Pair]:
    """The factor that vanishes first solves the quadratic `nu (kappa/nu) omega = lam`; and the other."""
    meaning = features.MEANING
    by_width, by_samples = meaning[features.KAPPA] / features.NU, meaning[features.OMEGA]
    steps = {step.name: step.after for step in features.derivation().steps}
    left = (ROOT**2 - SLACK**2) / (4 * RATIO)  # the discriminant is a square
    share, other = nested.factors(left, SLACK, RATIO, SYMBOLS)
    pairs = [Pair(share * other, left)]
    lam, kappa = (steps[f"name it, fixed point of the {each}"] for each in ("data", "weights"))
    product = {features.KAPPA: kappa, features.OMEGA: by_samples}
    pairs.append(Pair(lam, features.NU * by_width * by_samples, product))
    many = features.GAMMA * features.WIDTH
    for first, second, most, ratio in (
        (by_width, by_samples, features.WIDTH, many),
        (by_samples, by_width, 1 / features.GAMMA, 1 / many),
    ):
        given = {features.FREEDOM: most * (1 - share), ROOT: SLACK + ABOVE}
        given |= {SLACK: 1 - RATIO, RATIO: ratio}
        pairs += [Pair(share, first, given), Pair(other, second, given)]
    return pairs


def _overshoot() -> list[Pair]:
    """df1 less `most (1 - share)`, written in two ways, and its slope in log nu."""
    share, most, rank = sp.symbols("share most rank", positive=True)
    freedom = features.MEANING[features.FREEDOM]
    in_nu = {**features.SHARES, features.INVERSE: features.SHARES[features.INVERSE]}
    derived = freedom - most * (1 - share)
    quadratic = share * (SLACK + RATIO * share) - LEFT  # d left = -left d log nu moves the share
    moved = most * LEFT / sp.diff(quadratic, share)
    inside = freedom.args
    fall = moved
    for term in inside:
        for name, value in in_nu.items():
            term = term.xreplace({name: value})
        slope = term.replace(
            TotalOverAtoms, lambda each: TotalOverAtoms(features.NU * sp.diff(each, features.NU))
        ) if term.has(TotalOverAtoms) else features.NU * sp.diff(term, features.NU)  # fmt: skip
        fall = fall - slope
    pairs = []
    for xp, here in ((OTHERWISE, {}), (SYMBOLS, {rank: TotalOverAtoms(WEIGHT)})):
        found, falls = nested.overshoot(
            features.NU, LEFT, share, SLACK, RATIO, most, rank - most, features.TAIL,
            EIGENVALUE, WEIGHT, rank, xp,
        )  # fmt: skip
        pairs += [Pair(found, derived, {**in_nu, **here}), Pair(falls, fall, {**in_nu, **here})]
    return pairs


def _random_features() -> list[Pair]:
    """The whole map, with as much noise as the learner finds in labels of nonlinear energy E_in."""
    learned, meaning = features.learned(), {**features.MEANING, **features.SHARES}
    noise = _noise_in_labels()
    energy = features.MULTIPLIER**2 * features.SIGNAL + COVARIANCE
    kept_, lost, added, nonlinear = random_features.mapped(
        features.NU, features.KAPPA / features.NU, features.OMEGA, features.GAMMA, features.WIDTH,
        features.TAIL, EIGENVALUE, WEIGHT, energy, noise, SYMBOLS,
    )  # fmt: skip
    given = {**meaning, ENERGY: energy}
    through = kept_**2 * COVARIANCE + added
    missed = sp.expand(meaning[features.VARIANCE] * features.RESIDUAL)
    idle = random_features.mapped(
        0, 1, 1, features.GAMMA, features.WIDTH, 0, 0, WEIGHT, energy, noise, OTHERWISE
    )
    return [
        Pair(noise, missed.as_independent(TotalOverAtoms, features.SEEN, as_Add=True)[0]),
        Pair(idle[0], features.SHARES[features.KEPT], {EIGENVALUE: sp.S.Zero}),
        Pair(idle[1], 1),
        Pair(kept_ * features.MULTIPLIER, learned.multiplier, given),
        Pair(lost, features.LOST, given),
        Pair(through, learned.covariance, given),
        Pair(nonlinear, learned.nonlinear, given),
    ]


def _noise_in_labels() -> Any:
    """What a learner with label noise finds in the labels of a teacher that is nonlinear."""
    one = layouts.OneAtom(features.SIGNAL, symbol("noise", "world"), SYMBOLS)
    learner = random_features.RandomFeatures(gamma=0.5, width=1.0, lam=0.1, noise=features.NOISE)
    return learner.labels(GaussianEquivalent(features.MULTIPLIER, 0, COVARIANCE, features.CURVED), one)[1]


def _labels() -> list[Pair]:
    """What labels are, with a share x of truth: `x (b_* + z) + (1 - x) teacher + own noise`."""
    world, truth, own = symbol("noise", "world"), stage.TRUTH, features.NOISE
    one = layouts.OneAtom(stage.SIGNAL, world, SYMBOLS)
    teacher = GaussianEquivalent(1 - stage.BIAS, stage.BIAS, stage.COVARIANCE, features.CURVED)
    learner = ridge.Ridge(gamma=0.5, lam=0.1, noise=own, truth=truth)
    found, noise = learner.labels(teacher, one)
    plain = ridge.Ridge(gamma=0.5, lam=0.1, noise=own)
    return [
        Pair(found.bias, 1 - found.multiplier),
        Pair(found.bias, (1 - truth) * stage.BIAS),
        Pair(found.covariance, (1 - truth) ** 2 * stage.COVARIANCE),
        Pair(found.nonlinear, (1 - truth) ** 2 * features.CURVED),
        Pair(noise, truth**2 * world + (1 - truth) ** 2 * features.CURVED + own),
        Pair(plain.labels(teacher, one)[1], own + features.CURVED),
        Pair(plain.labels(None, one)[1], own + world),
    ]


def _finite_spikes() -> list[Pair]:
    """Spikes of a finite strength q are an atom without weight: of `|tau|^2` and `tau'Q tau = q |tau|^2`."""
    missed, strength, energy = sp.symbols("missed strength energy", positive=True)
    lost = features.NU / (strength + features.NU)
    _, _, added, nonlinear = random_features.mapped(
        features.NU, features.KAPPA / features.NU, features.OMEGA, features.GAMMA, features.WIDTH,
        features.TAIL, EIGENVALUE, WEIGHT, ENERGY, features.NOISE + features.CURVED, SYMBOLS,
    )  # fmt: skip
    rows = {EIGENVALUE: [1, strength], WEIGHT: [1, 0], ENERGY: [energy, missed / (strength * lost**2)]}
    settled = registered("finite_spikes").forms["test risk"]
    spikes = {Quadratic(1, SETTLED): missed, Quadratic(GRAM, SETTLED): strength * missed}
    held = TotalOverAtoms(features.KEPT**2 * ENERGY) + strength * missed / features.NU**2
    learned, alone = features.learned(), {EIGENVALUE: [1], WEIGHT: [1], ENERGY: [energy]}
    pairs = []
    for found, derived in (
        (added, learned.covariance - features.KEPT**2 * COVARIANCE),
        (nonlinear, learned.nonlinear),
    ):
        whole = sp.expand(derived).xreplace(
            {features.LEARNED: held, features.VARIANCE: settled.xreplace(spikes)}
        )
        for name, value in {**features.MEANING, **features.SHARES}.items():
            whole = whole.xreplace({name: sp.sympify(value)})
            if name in (features.OMEGA, features.KAPPA, features.FREEDOM, *features.SHARES):
                found = found.xreplace({name: sp.sympify(value)})
        # the spike takes no share of the dimensions, so that df1 is a sum over the bulk in both
        pairs.append(Pair(on_atoms(found, rows)[0], on_atoms(whole, alone)[0]))
    return pairs


def _repeated() -> list[Pair]:
    """What two fits keep and lose by shares, and what pairs of them add to the second moment."""
    meaning, steps = repeated.MEANING, {step.name: step.after for step in repeated.derivation().steps}
    gamma, noise = repeated.GAMMA, repeated.NOISE_VARIANCE
    pairs, parts = [], [repeated_fits.fitted(fit.kappa, EIGENVALUE) for fit in FITS]
    for fit, part in zip(FITS, parts, strict=True):
        for one, other in zip(part, (kept(fit), repeated.lost(fit), repeated.inverse(fit)), strict=True):
            pairs.append(Pair(one, other, meaning))
    shares = list(repeated.SHARES.values())
    sums = [sum(c * part[place] for c, part in zip(shares, parts, strict=True)) for place in (0, 1)]
    pairs.append(Pair(sums[0], steps["enter the spectrum, for the mean"], meaning))
    pairs.append(Pair(sums[1], steps["say what is lost"], meaning))
    moment = sums[0] ** 2 * (repeated.MULTIPLIER**2 * repeated.SIGNAL + COVARIANCE)
    energy = repeated.MULTIPLIER**2 * repeated.SIGNAL + COVARIANCE
    for i, j, count in ((0, 0, 1), (0, 1, 2), (1, 1, 1)):
        added = repeated_fits.pair(
            repeated.omega(FITS[i]), parts[i][0], parts[i][1], parts[j][1], parts[j][2],
            gamma, EIGENVALUE, WEIGHT, energy, noise, SYMBOLS,
        )  # fmt: skip
        moment = moment + count * shares[i] * shares[j] * added
    pairs.append(
        Pair(TotalOverAtoms(METRIC * moment), repeated.derivation().result, {**meaning, ENERGY: energy})
    )
    return pairs


def _share_of_a_fit() -> list[Pair]:
    """The share of a fit between two others, what it is of the recursion's solution."""
    steps = {step.name: step.after for step in repeated.derivation().steps}
    solved = steps["solve the recursion, a fit between"]
    (own,) = (each for each in solved.free_symbols if each.name == "lam_i")
    (others,) = (each for each in solved.free_symbols if each.name == "P_i")
    return [Pair(others * repeated_fits.share(own, [fit.lam for fit in FITS]), solved)]


def _newton() -> list[Pair]:
    """Newton's step for the fixed point of a fit, the slope its delta."""
    pairs = []
    for fit in FITS:
        found = repeated_fits.newton(fit.kappa, fit.lam, repeated.GAMMA, EIGENVALUE, WEIGHT, SYMBOLS)
        slope = repeated.MEANING[delta(fit, fit)]
        pairs.append(Pair(found, (fit.kappa * repeated.omega(fit) - fit.lam) / slope, repeated.MEANING))
    return pairs


def _gradient_step() -> list[Pair]:
    forms = two_layer_map.forms()
    found = two_layer.gradient_step(
        network.c, network.M, network.C, network.along, network.aside, network.apart,
        network.power, network.gamma_step, SYMBOLS,
    )  # fmt: skip
    names = ("tau", "left", "direction", "missed", "turn", "turned", "gap")
    whole = {network.N: sp.sqrt(forms["length"]), network.energy: network.c**2 * network.M**2 + network.C}
    beside = {**whole, network.C: network.along**2 + network.aside - network.c**2 * network.M**2}
    return [
        Pair(_square(one), _square(forms[name]), beside if name == "turned" else whole)
        for name, one in zip(names, found, strict=True)
    ]


def _square(value: Any) -> Any:
    """All are positive; a length is compared by its square."""
    return sp.powdenest(sp.sympify(value) ** 2)


def _head() -> list[Pair]:
    forms = two_layer_map.forms()
    found = two_layer.two_layer_head(
        network.S, network.K, network.U, network.c, network.M, network.bias, network.C, network.apart,
        network.tau, network.g, SYMBOLS,
    )  # fmt: skip
    whole = {network.energy: network.c**2 * network.M**2 + network.C}
    # <l', v'> = |l|^2/N, and tau = |l|^2/N^2
    along = {network.N: sp.sqrt(network.energy / network.tau), **whole}
    pairs = [
        Pair(found[place], forms[name], whole)
        for place, name in ((0, "multiplier"), (1, "bias"), (2, "spread"), (4, "aside"), (5, "apart"))
    ]
    return [*pairs, Pair(_square(found[3]), _square(forms["along"]), along)]


def _spikes() -> list[Pair]:
    """Of the first five degrees: the sums that two recursions add up."""
    forms, pairs = two_layer_map.forms(), []
    for degree in range(1, 6):

        def written(form: Any, degree: int = degree) -> Any:
            return form.subs(network.k, degree).doit()

        lost = multi_index.spike_loss(network.q, network.turned, degree)
        pairs.append(Pair(lost, written(forms["one degree turned"])))
        error = multi_index.spike_error(network.rho, network.missed, network.path, network.gap, degree)
        plain = 1 - 2 * network.path**degree * network.rho**degree + network.path ** (2 * degree)
        direct = {network.missed: 1 - network.rho**2, network.gap: network.rho - network.path}
        own = multi_index.spike_loss(network.rho, network.missed, degree)
        pairs += [Pair(error, own + written(forms["behind"]) ** 2), Pair(error, plain, direct)]
    return pairs


COMPARISONS: dict[str, Callable[[], list[Pair]]] = {
    "fixed_point": _vieta,
    "resolvent": _resolvent,
    "on_one_atom": _one_atom,
    "risk_on_one_atom": _one_atom_risk,
    "own_spectrum": _own_spectrum,
    "on_atoms": _atoms,
    "labels": _labels,
    "gain": _gain,
    "factors": _factors,
    "overshoot": _overshoot,
    "mapped": _random_features,
    "finite_spikes": _finite_spikes,
    "share": _share_of_a_fit,
    "repeated_fits": _repeated,
    "newton": _newton,
    "gradient_step": _gradient_step,
    "two_layer_head": _head,
    "spikes": _spikes,
}
