r"""The risk at the end of any chain of two-layer networks, from the definition of what each one learns.

The excess risk is a sum of positive terms in the letters of the last function. One learner at a time, from
the last to the first, its letters are written in those of the function that labels its rows
(``two_layer_map``), and then what reaches its bulk; at the first learner that function is the truth. Last,
the bulks (``random_feature_bulk``) and the values are inserted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import sympy as sp

from w2s_asymptotics.chains.network_functions import (
    EASY_REST,
    FUNCTION,
    GROWN,
    HARD_REST,
    TRUTH,
    VARPI,
    Function,
    Stage,
    at_bulk,
    at_values,
    indexed,
    on_functions,
)
from w2s_asymptotics.chains.setting import labels_of
from w2s_asymptotics.learners import TwoLayer
from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.checks import Identity
from w2s_asymptotics.proof.derivation import Derivation, Step
from w2s_asymptotics.spectrum.multi_index import spike_error, spike_loss
from w2s_asymptotics.theorems import _two_layer as state
from w2s_asymptotics.theorems import random_feature_bulk as bulk
from w2s_asymptotics.theorems import random_features_map as features
from w2s_asymptotics.theorems import two_layer_map
from w2s_asymptotics.words.activations import slope_of, tail_of
from w2s_asymptotics.words.nested import nu_atoms, rows_left, weights_left
from w2s_asymptotics.words.spelled import spelled
from w2s_asymptotics.words.symbols import whole
from w2s_asymptotics.worlds import MultiIndex

__all__ = ["derive_networks"]


def derive_networks(world: MultiIndex, learners: Sequence[Any]) -> Derivation:
    """Derive the excess risk of the last of ``learners``, at their numbers and symbols.

    Numbers and symbols may be mixed in coefficients of links, noises, gammas, widths, penalties, qualities;
    degrees, heads and activations are structure. The root nu of each bulk is a function with a name.

    Raises ``ValueError`` for a chain that does not fit, and for arrays.

    >>> from w2s_asymptotics import MultiIndex, TwoLayer
    >>> c, noise = sp.symbols("c noise", positive=True)
    >>> network = TwoLayer(gamma_step=0.5, gamma=0.5, width=2.0, lam=0.5)
    >>> risk = derive_networks(MultiIndex([c], [0, 1], noise), (network,)).result
    >>> f"{float(risk.subs({c: 1, noise: 0.5})):.6f}"
    '2.546713'
    """
    _check(world, learners)
    if any(callable(learner.activation) for learner in learners):
        raise ValueError("derivations know activations by name, not as functions (TwoLayer.activation)")
    stages = _stages(world, learners)
    plain, positive = _risk(stages[-1].learned, stages)
    steps = [_squares(plain, positive, stages[-1].learned)]
    meaning: dict[Any, Any] = {}
    for stage in stages:
        for rule, found, check, uses in (
            (r"the scalar equation, in $\nu$", _in_nu(stage), at_bulk(stage), "random_feature_bulk"),
            ("inner products and energies", _reached(stage), on_functions(stage), "two_layer_map"),
            ("what is learned", _learned(stage), on_functions(stage), "two_layer_map"),
        ):
            meaning |= found
            steps += [
                Step(f"letter {name}", rule, name, value, check, (uses,), starts=True)
                for name, value in found.items()
            ]
    meaning = _needed(positive, meaning)
    steps = [step for step in steps if step.before is plain or step.before in meaning]
    values, arguments = _values(world, learners, stages)
    result = _composed(positive, meaning, values | _roots(stages, arguments))
    steps.append(
        Step(
            "insert the values",
            "from the first learner to the last",
            positive,
            result,
            at_values(stages, meaning, values, arguments),
            tuple(step.name for step in steps),
            r"Every letter by those before it, the parameters as given; $\nu$ is the root of "
            r"$\nu\varpi\omega = \lambda/\mu_1^2$ with $\omega = 1 - \gamma\,\mathrm{df}_1$ and "
            r"$\varpi = 1 - \mathrm{df}_1/\psi$.",
            starts=True,
        )
    )
    base = two_layer_map.derivation()
    names = ", ".join(stage.label for stage in stages)
    return Derivation(
        name="networks_" + "_".join(stage.label for stage in stages),
        title={1: "Risk of a two-layer network", 2: "Risk of a network taught by a network"}.get(
            len(stages), f"Risk at the end of a chain of {len(stages)} networks"
        ),
        statement=f"The limiting excess risk of the last of the learners {names}, each one gradient step and "
        "ridge on the second layer, on fresh rows that the learner before it labels (the first: the truth).",
        assumptions=base.assumptions,
        sources=base.sources,
        steps=tuple(steps),
        result=result,
        forms={"excess risk": positive},
        notation=(*base.notation, *_NOTATION),
        definitions=tuple(meaning.items()),
        uses=("two_layer_map", "random_feature_bulk"),
    )


_NOTATION = (
    (r"R_e, R_h", "energy of each link in degrees for which no learner of the chain has features"),
    (
        r"\nu, \varpi, \omega",
        r"root of the bulk's equation, $1 - \mathrm{df}_1/\psi$, $1 - \gamma\mathrm{df}_1$",
    ),
    ("x_2", r"$a_2 - a_1^2$, what a bulk adds to the energy of a signal beyond its mean"),
    (r"\delta_w, \delta", r"$1 - S^2/\psi$ and $1 - D_2$ of a bulk"),
    (r"\psi, T", r"width, and the energy $\mu_*^2/\mu_1^2$ of the features' nonlinear part"),
)


def _squares(plain: Any, positive: Any, last: Function) -> Step:
    """The excess risk as a distance, and in positive terms."""
    at = last.letters
    given = {at[state.missed]: 1 - at[state.rho] ** 2, at[state.gap]: at[state.rho] - at[state.path]}
    return Step(
        "excess risk",
        "complete the square, degree by degree",
        plain,
        positive,
        Identity(given),
        uses=("two_layer_map",),
        note="The distance from the truth, in the letters of the last learner; what no feature reaches is "
        "missed whole.",
        starts=True,
    )


def _needed(start: Any, meaning: Mapping[Any, Any]) -> dict[Any, Any]:
    """The letters that an expression rests on, in the order in which they are found out."""
    wanted = set(start.free_symbols)
    for name, value in reversed(list(meaning.items())):
        if name in wanted:
            wanted |= sp.sympify(value).free_symbols
    return {name: value for name, value in meaning.items() if name in wanted}


def _composed(start: Any, meaning: Mapping[Any, Any], values: Mapping[Any, Any]) -> Any:
    """Insert values, and for every letter what it stands for, each once."""
    known = dict(values)
    for name, value in meaning.items():
        known[name] = spelled(name.name, _finite(sp.sympify(value).xreplace(known)))
    return _finite(start.xreplace(known))


def _finite(value: Any) -> Any:
    if value in (sp.nan, sp.zoo, sp.oo):
        raise ValueError("the risk is infinite, or a limit, at these numbers; risk gives it with floats")
    return value


def _roots(stages: Sequence[Stage], arguments: Sequence[tuple[Any, ...]]) -> dict[Any, Any]:
    """Nu of every stage and its two factors, as numbers with names."""
    one = sp.S.One
    return {
        stage.own[name]: number(sp.core.symbol.Str(stage.label), *row, one, one)
        for stage, row in zip(stages, arguments, strict=True)
        for name, number in ((features.NU, nu_atoms), (VARPI, weights_left), (features.OMEGA, rows_left))
    }


def _check(world: MultiIndex, learners: Sequence[Any]) -> None:
    if not learners:
        raise ValueError("derive needs at least one learner after the world")
    for learner in learners:
        if not isinstance(learner, TwoLayer):
            raise ValueError(
                f"{type(learner).__name__} does not learn in this world, MultiIndex: TwoLayer does"
            )
        numbers = [getattr(learner, name) for name in _NUMBERS]
        if any(np.ndim(value) > 0 for value in (world.noise, *numbers)):
            raise ValueError("derive takes single numbers and symbols, got an array; ask risk at each point")


_NUMBERS = ("gamma_step", "gamma", "width", "lam", "quality", "gamma_probe", "noise")


def _stages(world: MultiIndex, learners: Sequence[TwoLayer]) -> tuple[Stage, ...]:
    """The structure of a chain: what labels each learner, and which degrees and shares it learns."""
    degrees = {k for learner in learners for k in learner.spikes if k > 1 and not world.easy.vanishes(k)}
    hard = {k for learner in learners for k in learner.hard_spikes if not world.hard.vanishes(k)}
    truth = Function(TRUTH, tuple(sorted(degrees)), dict.fromkeys(sorted(hard), sp.S.One), whole=True)
    stages: list[Stage] = []
    for place, (label, learner) in enumerate(zip(labels_of(len(learners)), learners, strict=True)):
        labelling = stages[-1].learned if place else truth
        probe = learner.head == "probe"
        source = truth if probe and place else labelling
        true = symbol("noise") if world.noise != 0 else sp.S.Zero
        added = symbol("noise", label) if learner.noise != 0 else sp.S.Zero
        noise = added if place else true + added
        spikes = tuple(k for k in learner.hard_spikes if k in source.hard)
        held = {k: source.hard[k] for k in spikes}
        if learner.head == "retained":
            held = {k: symbol("quality", label) for k in learner.hard_spikes if k in hard}
        learned = Function(
            indexed(FUNCTION, label), tuple(k for k in source.easy if k in learner.spikes), held
        )
        stages.append(
            Stage(
                label, labelling, source, learned, noise, true if probe else noise,
                fitted=() if learner.head == "retained" else spikes,
                spiked=1 in learner.spikes, pointless=learner.gamma_step in (sp.oo, np.inf),
                tail=learner.activation != "linear",
            )
        )  # fmt: skip
    return tuple(stages)


def _risk(last: Function, stages: Sequence[Stage]) -> tuple[Any, Any]:
    """The excess risk in the letters of the last function: as a distance, and in positive terms."""
    at, truth = last.letters, stages[0].labels
    linear = (state.c**2 * state.bias**2 + state.C + state.w).xreplace(dict(at))
    rest = EASY_REST + sp.Add(*(state.easy_energy(k) for k in truth.easy if k not in last.easy))
    rest += HARD_REST + sp.Add(
        *((1 - last.hard.get(k, sp.S.Zero)) ** 2 * state.hard_energy(k) for k in truth.hard)
    )
    plain, positive = linear + rest, linear + rest
    rho, path = at[state.rho], at[state.path]
    for k in last.easy:
        plain += state.easy_energy(k) * (1 - 2 * (path * rho) ** k + path ** (2 * k))
        positive += state.easy_energy(k) * spike_error(rho, at[state.missed], path, at[state.gap], k)
    return plain, positive


def _on(function: Function, own: Mapping[Any, Any]) -> Any:
    """Writes the map's expressions in the letters of the function that labels and of the stage."""
    named = {**function.letters, state.energy: function.linear, **own}
    return lambda expression: expression.xreplace(named)


def _learned(stage: Stage) -> dict[Any, Any]:
    """The letters of what a stage learns, in those of what labels its rows and of the stage."""
    forms, own, at = two_layer_map.forms(), stage.own, stage.learned.letters
    step, head = _on(stage.labels, own), _on(stage.source, own)
    rho = step(forms["direction"])
    found = {
        state.rho: rho,
        state.missed: step(forms["missed"]),
        state.M: head(forms["multiplier"]),
        state.bias: head(forms["bias"]),
        state.C: head(forms["spread"]),
        state.along: head(forms["along"]),
        state.aside: head(forms["aside"]),
        state.path: stage.source.letters[state.path] * own[state.q],
        state.gap: step(forms["gap"]),
        state.apart: head(forms["apart"]),
        state.w: head(forms["nonlinear"]),
    }
    if stage.pointless:
        found |= dict.fromkeys((state.rho, state.along, state.path, state.gap), sp.S.Zero)
        found[state.missed] = sp.S.One
    elif stage.probe:
        found |= {state.along: state.c * rho, state.path: rho, state.gap: sp.S.Zero}
    return {at[each]: value for each, value in found.items()}


def _reached(stage: Stage) -> dict[Any, Any]:
    """The letters of a stage, each in those of what labels its rows and in those above it."""
    forms, own, source = two_layer_map.forms(), stage.own, stage.source
    step, head = _on(stage.labels, own), _on(source, own)
    found = {
        state.power: stage.labels.linear + stage.labels.beyond_linear + stage.noise,
        state.N: sp.sqrt(step(forms["length"])),
        state.q: step(forms["turn"]),
        state.turned: step(forms["turned"]),
        state.g: step(forms["left"]),
        state.tau: step(forms["tau"]),
    }
    if stage.pointless:
        found = {state.q: sp.S.Zero, state.turned: sp.S.One, state.g: sp.S.One, state.tau: sp.S.Zero}
    elif stage.probe:
        direction, missed = step(forms["direction"]), step(forms["missed"])
        found |= {state.q: direction, state.turned: missed, state.g: missed, state.tau: direction**2}
    if not stage.spiked:
        found |= {state.g: sp.S.One, state.tau: sp.S.Zero}
    q, turned = own[state.q], own[state.turned]
    missing = [source.carried(k) for k in source.easy if k not in stage.learned.easy]
    missing += [source.carried(k) * spike_loss(q, turned, k) for k in stage.learned.easy]
    missing += [source.of_hard(k) for k in source.hard if k not in stage.fitted]
    missing += [EASY_REST, HARD_REST] if source.whole else []
    found[state.label_noise] = sp.Add(stage.head_noise, source.letters[state.w], *missing)
    found[state.U] = head(forms["added"].xreplace({state.a2: GROWN + state.S**2}))
    return {own[each]: value for each, value in found.items()}


def _in_nu(stage: Stage) -> dict[Any, Any]:
    """The scalars of one bulk, from nu and its factors on: sums of nonnegative terms."""
    own = {**stage.own, features.TAIL: stage.own[features.TAIL] if stage.tail else sp.S.Zero}
    kept, lost, nu, width = state.S, state.K, features.NU, features.WIDTH
    names = {features.KEPT: kept, features.LOST: lost}
    spread, residual = features.DELTA, features.RESIDUAL
    gap, blur = kept * lost + features.TAIL / nu, kept**2 / (width * spread)
    found = {
        kept: 1 / (1 + nu),
        lost: nu / (1 + nu),
        spread: VARPI + gap / width,
        residual: features.OMEGA + features.GAMMA * VARPI * gap / spread,
        **{each: bulk.SCALARS[each].xreplace(names) for each in (bulk.B, bulk.V1, bulk.W1)},
        GROWN: lost**2 * blur + bulk.V1 * bulk.B / residual,
        state.v_b: bulk.V1 / residual,
        state.w_b: features.TAIL * blur + bulk.W1 * bulk.B / residual,
        state.w_s: bulk.W1 / residual,
    }
    return {own[each]: value.xreplace(own) for each, value in found.items()}


def _values(
    world: MultiIndex, learners: Sequence[TwoLayer], stages: Sequence[Stage]
) -> tuple[dict[Any, Any], tuple[tuple[Any, ...], ...]]:
    """The values of all letters but nu and its factors, and the arguments of these."""
    truth = stages[0].labels
    values: dict[Any, Any] = {state.c: sp.Abs(world.easy.exact(1)), symbol("noise"): whole(world.noise)}
    for link, coefficients, rest, degrees in (
        (world.easy, state.c_easy, EASY_REST, (1, *truth.easy)),
        (world.hard, state.c_hard, HARD_REST, tuple(truth.hard)),
    ):
        values |= {coefficients[k]: link.exact(k) for k in degrees}
        values[rest] = _beyond(link, degrees)
    arguments = []
    for stage, learner in zip(stages, learners, strict=True):
        own, name = stage.own, sp.core.symbol.Str(learner.activation)
        slope = slope_of(name, sp.S.One) ** 2
        gamma = learner.gamma_probe if learner.head == "probe" else learner.gamma
        row = (
            whole(learner.lam) / slope, whole(gamma), whole(learner.width),
            sp.expand(tail_of(name, sp.S.One) / slope) if stage.tail else sp.S.Zero,
        )  # fmt: skip
        arguments.append(row)
        values |= dict(
            zip((own[features.GAMMA], own[features.WIDTH], own[features.TAIL]), row[1:], strict=True)
        )
        values |= {
            own[state.gamma_step]: whole(learner.gamma_step),
            symbol("noise", stage.label): whole(learner.noise),
            symbol("quality", stage.label): whole(learner.quality),
        }
    return values, tuple(arguments)


def _beyond(link: Any, degrees: tuple[int, ...]) -> Any:
    """The energy of a link in all other degrees."""
    if link.finite:
        others = (k for k in range(1, link.degree + 1) if k not in degrees)
        return sp.Add(*(sp.factorial(k) * link.exact(k) ** 2 for k in others))
    return link.exact_energy() - sp.Add(*(sp.factorial(k) * link.exact(k) ** 2 for k in degrees))
