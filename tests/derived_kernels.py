"""Kernels beside the expressions that the derivations give for them.

A kernel is written once and runs on every kind of number. Fed with symbols it returns a formula, and that is
compared here with what a registered derivation derives. Each entry of `COMPARISONS` calls a kernel through
the module that holds it and reads the other side off a derivation at the time of the call, so that a test may
tamper with either.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp
from derived_ridge import RIDGE
from symbolic_kernels import ABOVE, LEFT, OTHERWISE, RATIO, ROOT, SLACK, SYMBOLS, Pair

from w2s_asymptotics.learners import random_features, repeated_fits, two_layer
from w2s_asymptotics.notation import symbol
from w2s_asymptotics.spectrum import finite_dimension, layouts, multi_index, nested
from w2s_asymptotics.spectrum.equivalent import GaussianEquivalent
from w2s_asymptotics.theorems import _two_layer as network
from w2s_asymptotics.theorems import finite_dimension as finite
from w2s_asymptotics.theorems import random_features_map as features
from w2s_asymptotics.theorems import registered, two_layer_map
from w2s_asymptotics.theorems import self_distilled_map as repeated
from w2s_asymptotics.words.pairs import FITS, delta, kept
from w2s_asymptotics.words.spectrum import COVARIANCE, EIGENVALUE, ENERGY, METRIC, WEIGHT, on_atoms
from w2s_asymptotics.words.spectrum import Total as TotalOverAtoms
from w2s_asymptotics.words.spikes import GRAM, SETTLED
from w2s_asymptotics.words.words import Quadratic


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
    return learner.labelled(GaussianEquivalent(features.MULTIPLIER, 0, COVARIANCE, features.CURVED), one)[1]


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


LOST = sp.Symbol("lost", positive=True)


def _finite_dimension() -> list[Pair]:
    """The corrections of order 1/d, and what they do to a fit."""
    forms, dim = registered("finite_dimension").forms, finite.DIMENSION
    first, second = finite_dimension.corrections(finite.SIZE, finite.LAM, finite.GAMMA, SYMBOLS)
    pairs = [Pair(first, forms["correction"]), Pair(second, forms["correction of the square"])]
    limit, corrected = {dim: sp.oo}, {finite.FIRST: first, finite.SECOND: second}
    corrected[LOST] = forms["lost"].subs(limit)
    found = finite_dimension.shift(LOST, finite.SIZE, finite.LAM, finite.GAMMA, dim, SYMBOLS)
    for one, name in zip(found, ("lost", "added per energy", "added per noise"), strict=True):
        pairs.append(Pair(one, forms[name] - forms[name].subs(limit), corrected))
    return pairs


COMPARISONS: dict[str, Callable[[], list[Pair]]] = {
    **RIDGE,
    "finite_dimension": _finite_dimension,
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
