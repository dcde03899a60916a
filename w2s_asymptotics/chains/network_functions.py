r"""What chains of two-layer networks share: letters with labels, functions and stages, checks of one stage.

Each learner k has the letters of ``_two_layer`` with its label for an index: those of the function that it
computes (M_k, Mbar_k, C_k, ...) and those of its stage (N_k, g_k, tau_k, U_k, ...). A check draws the
function that labels the rows as vectors, and reads every letter off its definition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from w2s_asymptotics.chains.drawn import (
    AtDraws,
    as_numbers,
    at_point,
    drawn_point,
    is_rounded,
    letters,
    nested_root,
)
from w2s_asymptotics.theorems import _two_layer as state
from w2s_asymptotics.theorems import random_feature_bulk as bulk
from w2s_asymptotics.theorems import random_features_map as features

__all__ = [
    "EASY_REST", "FUNCTION", "GROWN", "HARD_REST", "TRUTH", "VARPI",
    "Function", "Stage", "at_bulk", "at_values", "indexed", "on_functions",
]  # fmt: skip

FUNCTION = (
    state.M, state.bias, state.C, state.along, state.aside, state.path, state.gap, state.apart, state.rho,
    state.missed, state.w,
)  # fmt: skip
VARPI = sp.Symbol("varpi", positive=True)
GROWN = sp.Symbol("x_2", positive=True)
"""``a_2 - a_1^2``: what a bulk adds to the energy of a signal beyond its mean."""
_STAGE = (
    state.gamma_step, state.power, state.N, state.q, state.turned, state.g, state.tau, state.S, state.K,
    state.U, state.label_noise, GROWN, state.v_b, state.w_b, state.w_s, features.NU, features.OMEGA, VARPI,
    features.GAMMA, features.WIDTH, features.TAIL, features.DELTA, features.RESIDUAL, bulk.B, bulk.V1,
    bulk.W1,
)  # fmt: skip
TRUTH: Mapping[Any, Any] = {
    **dict.fromkeys(FUNCTION, sp.S.Zero),
    **dict.fromkeys((state.M, state.path, state.rho), sp.S.One),
    state.along: state.c,
}
"""The state of the truth."""

EASY_REST, HARD_REST = sp.symbols("R_e R_h", nonnegative=True)
"""Energies of the degrees of each link that no learner of the chain has features for."""


def indexed(letters: tuple[Any, ...], label: str) -> dict[Any, Any]:
    """Give letters an index; their assumptions stay.

    >>> indexed((state.M,), "t")[state.M]
    M_t
    """
    return {each: sp.Symbol(f"{each.name}_{label}", **each.assumptions0) for each in letters}


@dataclass(frozen=True)
class Function:
    """A function of a chain: its letters, its degrees of the easy link, its shares of the hard link's.

    ``whole`` for the truth, which has all of both.
    """

    letters: Mapping[Any, Any]
    easy: tuple[int, ...]
    hard: Mapping[int, Any]
    whole: bool = False

    @property
    def linear(self) -> Any:
        """The energy of its linear part."""
        return (state.c**2 * state.M**2 + state.C).xreplace(dict(self.letters))

    def carried(self, degree: int) -> Any:
        """Its energy in one degree of the easy link from 2 on."""
        return state.easy_energy(degree) * self.letters[state.path] ** (2 * degree)

    def of_hard(self, degree: int) -> Any:
        """Its energy in one degree of the hard link."""
        return self.hard[degree] ** 2 * state.hard_energy(degree)

    @property
    def beyond_linear(self) -> Any:
        """Its energy in everything but the linear part."""
        parts = [*map(self.carried, self.easy), *map(self.of_hard, self.hard), self.letters[state.w]]
        return sp.Add(*parts, *((EASY_REST, HARD_REST) if self.whole else ()))


@dataclass(frozen=True)
class Stage:
    """One learner of a chain.

    ``labels`` labels the rows of its step, ``source`` those of its head (other ones for a probe), with
    ``noise`` and ``head_noise``; ``fitted`` are the degrees of the hard link that its head fits. ``spiked``:
    does its head have the linear feature of the direction; ``pointless``: is that direction a random one;
    ``tail``: have its features a nonlinear part.
    """

    label: str
    labels: Function
    source: Function
    learned: Function
    noise: Any
    head_noise: Any
    fitted: tuple[int, ...]
    spiked: bool
    pointless: bool
    tail: bool

    @property
    def own(self) -> dict[Any, Any]:
        """The letters of the stage, by those without an index."""
        return indexed(_STAGE, self.label)

    @property
    def probe(self) -> bool:
        """Whether the rows of its head are not labelled as those of its step."""
        return self.labels is not self.source


Values = dict[Any, Any]
_DIGITS = 60


def _drawn(rng: np.random.Generator) -> Any:
    return mpmath.mpf(int(rng.integers(50, 950))) / 1000


def _dot(one: list[Any], other: list[Any]) -> Any:
    return sum(a * b for a, b in zip(one, other, strict=True))


def _number(expression: Any, values: Values) -> Any:
    """An expression at these values, at mpmath's working precision."""
    given = {name: values[name] for name in letters(sp.sympify(expression))}
    return at_point(sp.sympify(expression).xreplace(as_numbers(given, mpmath.mp.dps)), {})


def on_functions(stage: Stage) -> AtDraws:
    """Check steps where one learner's letters are read off drawn functions, by their definitions.

    The labels' linear part and direction are vectors; the step adds a vector orthogonal to all that came
    before; the head keeps the component along the new direction and, of the rest, what its bulk keeps.
    """
    return AtDraws(partial(_functions, stage), "every letter by its definition on drawn functions")


def _both(values: Values) -> tuple[Values, Values]:
    known = as_numbers(values, _DIGITS)
    return known, known


def _functions(stage: Stage, rng: np.random.Generator) -> tuple[Values, Values]:
    """Draw functions."""
    with mpmath.workdps(_DIGITS):
        return _both(_of_functions(stage, rng))


def _of_functions(stage: Stage, rng: np.random.Generator) -> Values:
    own, source = stage.own, stage.source
    parts = (stage.labels.beyond_linear, source.beyond_linear, stage.noise, stage.head_noise)
    values = {
        each: _drawn(rng)
        for each in sorted(
            set().union(*map(letters, (state.c, *own.values(), *map(sp.sympify, parts)))), key=str
        )
    }
    c, none, one = values[state.c], mpmath.mpf(0), mpmath.mpf(1)
    true, b = [c, none, none, none, none], [one, none, none, none, none]
    linear, v = true, b
    if not stage.labels.whole:
        x, y = _drawn(rng) / 2, _drawn(rng) / 2
        linear, v = (
            [c * _drawn(rng), _drawn(rng), none, none, none],
            [x, y, mpmath.sqrt(1 - x * x - y * y), none, none],
        )
        values |= _read_off(stage.labels, c, linear, v, _drawn(rng))
    mean_square = _dot(linear, linear) + _number(stage.labels.beyond_linear + stage.noise, values)
    blur = values[own[state.gamma_step]] * mean_square
    length = mpmath.sqrt(_dot(linear, linear) + blur)
    turned = [each / length for each in linear]
    turned[3] = mpmath.sqrt(blur) / length
    if stage.pointless:
        turned = [none, none, none, one, none]
    if stage.probe:
        linear, v = true, b
    q, kept = _dot(turned, v), _dot(linear, turned) if stage.spiked else none
    left = [a - kept * d for a, d in zip(linear, turned, strict=True)]
    beta, shrink = _dot(left, left), values[own[state.S]]
    held = [source.carried(k) * own[state.q] ** (2 * k) for k in stage.learned.easy]
    held += [source.of_hard(k) for k in stage.fitted]
    values |= {
        own[state.power]: mean_square,
        own[state.N]: length,
        own[state.q]: q,
        own[state.turned]: 1 - q * q,
    }
    values |= {own[state.g]: beta / _dot(linear, linear), own[state.tau]: 1 - beta / _dot(linear, linear)}
    noise = _number(source.beyond_linear + stage.head_noise - sp.Add(*held), values)
    added = values[own[GROWN]] * beta + values[own[state.v_b]] * noise
    values |= {own[state.K]: 1 - shrink, own[state.label_noise]: noise, own[state.U]: added}
    learned = [kept * d + shrink * a for a, d in zip(left, turned, strict=True)]
    learned[4] = mpmath.sqrt(added)
    path = _number(source.letters[state.path], values) * q
    values |= _read_off(stage.learned, c, learned, turned, path)
    nonlinear = values[own[state.w_b]] * beta + values[own[state.w_s]] * noise
    return values | {stage.learned.letters[state.w]: nonlinear}


def _read_off(function: Function, c: Any, linear: list[Any], v: list[Any], path: Any) -> Values:
    """The letters of a function with this linear part, direction and path; b_e is the first axis."""
    overlap, along, rho, energy = linear[0], _dot(linear, v), v[0], _dot(linear, linear)
    found = {
        state.M: overlap / c, state.bias: 1 - overlap / c, state.C: energy - overlap**2,
        state.along: along, state.aside: energy - along**2, state.path: path, state.gap: rho - path,
        state.apart: overlap - path * along, state.rho: rho, state.missed: 1 - rho**2,
    }  # fmt: skip
    return {function.letters[each]: value for each, value in found.items()}


def at_bulk(stage: Stage) -> AtDraws:
    """Check steps where the scalars of a bulk come from its one scalar equation, in g_1 and g_2."""
    return AtDraws(partial(_bulk, stage), "the scalars of the bulk by random feature bulk")


_SCALARS = {
    "energy of the mean": bulk.A2,
    "error of the mean": bulk.B,
    "degrees of freedom": bulk.D2,
    "noise learned": bulk.V1,
    "noise in the nonlinear part": bulk.W1,
}


def _bulk(stage: Stage, rng: np.random.Generator) -> tuple[Values, Values]:
    """Draw nu, gamma, the width and the tail."""
    with mpmath.workdps(_DIGITS):
        return _both(_of_bulk(stage, rng))


def _of_bulk(stage: Stage, rng: np.random.Generator) -> Values:
    """The letters of one bulk by the printed forms of ``random_feature_bulk``."""
    forms, own = {step.name: step.after for step in bulk.derivation().steps}, stage.own
    named = {each.name: each for form in forms.values() for each in form.free_symbols}
    nu, gamma, width, slope = _drawn(rng), _drawn(rng) / 3, 1 + _drawn(rng), 1 + _drawn(rng)
    tail = _drawn(rng) if stage.tail else mpmath.mpf(0)
    share, freedom = 1 / (1 + nu), 1 / (1 + nu) + tail / nu
    t, m = nu * (width - share), share / (width - share)
    g1, g2 = m / slope**2, (m * m + m) / (2 * t * m + t + width - 1) / slope**4
    known = {
        "gamma": gamma, "width": width, "mu_*": slope * mpmath.sqrt(tail), "C": slope**2 * t,
        "kappabar": slope**2 * (t - tail), "g_1": g1, "g_2": g2, "T_1": g1 - slope**2 * t * g2,
    }  # fmt: skip
    values: Values = {named[name]: value for name, value in known.items()}
    for name, letter in _SCALARS.items():
        values[letter] = _number(forms[name], values)

    def response(form: str, signal: int, noise: int) -> Any:
        return _number(forms[form].xreplace({bulk.beta: signal, state.label_noise: noise}), values)

    found = {
        state.S: _number(forms["kept"], values), state.K: 1 - share, features.NU: nu, features.GAMMA: gamma,
        GROWN: response("linear energy", 1, 0) - share**2, state.v_b: response("linear energy", 0, 1),
        state.w_b: response("nonlinear energy", 1, 0), state.w_s: response("nonlinear energy", 0, 1),
        features.WIDTH: width, features.TAIL: tail,
        features.OMEGA: 1 - gamma * freedom, VARPI: 1 - freedom / width,
        features.DELTA: 1 - share**2 / width, features.RESIDUAL: 1 - values[bulk.D2],
        **{each: values[each] for each in (bulk.B, bulk.V1, bulk.W1)},
    }  # fmt: skip
    return {own[each]: value for each, value in found.items()}


def at_values(
    stages: Sequence[Stage], meaning: Values, values: Values, arguments: Sequence[tuple[Any, ...]]
) -> AtDraws:
    """Check the step in which values are inserted; nu of every stage is found by bisection.

    ``meaning`` has the letters, each in those before it; ``arguments`` lam, gamma, width and tail of each
    stage, in units where the slope of the features is 1.
    """
    given = [*values.values(), *(value for row in arguments for value in row)]
    draw = partial(_inserted, tuple(stages), meaning, values, tuple(arguments))
    return AtDraws(draw, "nu found by bisection", 11 if is_rounded(given) else 28)


def _inserted(
    stages: Sequence[Stage], meaning: Values, values: Values, arguments: Sequence[tuple[Any, ...]],
    rng: np.random.Generator,
) -> tuple[Values, Values]:  # fmt: skip
    """Draw what is still free, and work up from there."""
    point = drawn_point(rng, [*values.values(), *(value for row in arguments for value in row)])
    with mpmath.workdps(_DIGITS):
        known = {name: at_point(value, point) for name, value in values.items()}
        for stage, row in zip(stages, arguments, strict=True):
            lam, gamma, width, tail = (at_point(value, point) for value in row)
            roots = nested_root(lam, gamma, width, tail, [(1, 1, 1)])
            names = (features.NU, VARPI, features.OMEGA)
            known |= {stage.own[name]: root for name, root in zip(names, roots, strict=True)}
        for name, value in meaning.items():
            known[name] = _number(value, known)
        return as_numbers(known, _DIGITS), point
