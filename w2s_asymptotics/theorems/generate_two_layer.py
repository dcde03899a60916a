"""Generating the kernels of two-layer networks from ``two_layer_map``: what is printed is what runs.

``source()`` writes ``w2s_asymptotics/spectrum/two_layer_kernels.py``. A quotient by the squared length of
the step is written as a share, ``part/(part + rest)`` with the rest of that length, so that either may be
infinite; a geometric sum as the recursion that adds it up. One of the modules of ``theorems/generated.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sympy as sp

from w2s_asymptotics.report.codegen import Writer, among_equivalents
from w2s_asymptotics.theorems import _two_layer as state
from w2s_asymptotics.theorems import two_layer_map

__all__ = ["path", "source"]

_NAMES = {
    state.c: "strength",
    state.M: "multiplier",
    state.bias: "bias",
    state.C: "covariance",
    state.energy: "linear",
    state.along: "along",
    state.aside: "aside",
    state.apart: "apart",
    state.path: "path",
    state.gap: "gap",
    state.g: "left",
    state.tau: "tau",
    state.S: "kept",
    state.K: "lost",
    state.U: "added",
    state.turned: "turned",
    state.N: "size",
}
_SYMBOLS = {each: sp.Symbol(name, positive=True) for each, name in _NAMES.items()}
_BLUR, _EXPLAINED, _SIGNAL = sp.symbols("blur explained signal", positive=True)
_ORDER = (
    "kept",
    "lost",
    "left",
    "tau",
    "strength",
    "signal",
    "explained",
    "multiplier",
    "covariance",
    "linear",
)
_WRITER = Writer(order=[sp.Symbol(name, positive=True) for name in _ORDER])
_SHORT: dict[Any, Any] = {state.c**2 * state.M**2: _EXPLAINED, state.c * state.M: _SIGNAL}


def _named(expression: Any) -> Any:
    """Write c M as the signal, gamma_step E as the blur, and the rest by the names of the fields."""
    blurred = sp.expand(expression).subs(state.gamma_step * state.power, _BLUR)
    return blurred.subs(_SHORT).subs(_SYMBOLS)


def _written(expression: Any) -> str:
    return _WRITER.write(_named(expression))


def _share(quotient: Any, length: Any) -> str:
    """Write part/length as a share of part and the rest of the length."""
    part = sp.expand(quotient * state.N**2)
    rest = sp.expand(length.subs(state.energy, state.c**2 * state.M**2 + state.C) - part)
    if part.has(state.N) or part == 0:
        raise ValueError(f"{quotient} is not a share of the squared length")
    return f"_share({_written(part)}, {_written(rest)}, xp)"


def _over_length(quotient: Any) -> str:
    """Write something over the length of the step."""
    return f"xp.quotient({_written(quotient * state.N)}, size)"


def _step(forms: Mapping[str, Any]) -> dict[str, str]:
    energy = state.c**2 * state.M**2 + state.C
    length = forms["length"]
    on_labels = length.subs(state.energy, energy)
    beside = length.subs(state.energy, state.along**2 + state.aside)
    rest = sp.expand(forms["turned"] * state.N**2)
    along = sp.expand(beside - rest)
    return {
        "linear": _WRITER.write(energy.subs(_SHORT).subs(_SYMBOLS)),
        "length": _written(length),
        "tau": _share_of(forms["tau"], length),
        "left": _share_of(forms["left"], length),
        "direction": _over_length(forms["direction"]),
        "off": _share(forms["missed"], on_labels),
        "cosine": _over_length(forms["turn"]),
        "turned": f"_share({_written(rest)}, {_written(along)}, xp)",
        "gap": _over_length(forms["gap"]),
    }


def _share_of(quotient: Any, length: Any) -> str:
    """The same where the linear part of the labels is left whole."""
    part = sp.expand(quotient * state.N**2)
    return f"_share({_written(part)}, {_written(sp.expand(length - part))}, xp)"


def _summed(expression: Any, recursion: Any) -> str:
    """Write a factor times the sum that ``recursion(value, k)`` adds up from 0, having checked that it does."""
    (total,) = expression.atoms(sp.Sum)
    value: Any = sp.S.Zero
    for degree in range(1, 6):
        value = recursion(value, degree - 1)
        if sp.expand(total.subs(state.k, degree).doit() - value) != 0:
            raise ValueError(f"{total} is not what the recursion adds up")
    return _written(sp.cancel(expression / total))


TEMPLATE = '''\
# fmt: off
# ruff: noqa: E501
"""Two-layer networks: the direction of a gradient step, and the second layer fitted beside its spikes.

Generated from the derivation `two_layer_map` by `w2s_asymptotics.theorems.generate_two_layer`; edit that, not this.

A function of the multi-index world has a linear part l, `multiplier c b_e` plus Gaussian energy `covariance`. The
gradient step on its labels adds noise of energy `gamma_step E[labels^2]` to l, which fixes the direction v; the second
layer keeps the component of l along v whole and fits the rest by random features. Every quantity is a sum or a product
of nonnegative terms, so nothing cancels.
"""

from __future__ import annotations

from typing import Any

__all__ = ["gradient_step", "spike_error", "spike_loss", "two_layer_head"]


def _share(part: Any, rest: Any, xp: Any) -> Any:
    """`part/(part + rest)`, where either may be 0 or infinite; 1 where both are 0."""
    return 1 / (1 + xp.quotient(rest, part))


def gradient_step(
    strength: Any, multiplier: Any, covariance: Any, along: Any, aside: Any, apart: Any,
    energy: Any, gamma_step: Any, xp: Any,
) -> tuple[Any, Any, Any, Any, Any, Any, Any]:
    """The new direction v' from labels with linear part l, previous direction v and this energy.

    Returns `<l, v'>^2/|l|^2` and its complement, `<v', b_e>` and `1 - <v', b_e>^2`, `<v', v>` and its complement
    `1 - <v', v>^2`, and the new gap.
    """
    signal = multiplier * strength
    explained = signal * signal
    linear = {linear}
    blur = xp.product(gamma_step, energy)
    size = xp.sqrt({length})
    return (
        {tau},
        {left},
        {direction},
        {off},
        {cosine},
        {turned},
        {gap},
    )


def two_layer_head(
    kept: Any, lost: Any, added: Any,
    strength: Any, multiplier: Any, bias: Any, covariance: Any, apart: Any, tau: Any, left: Any, xp: Any,
) -> tuple[Any, Any, Any, Any, Any, Any]:
    """The linear part of the new function: multiplier, bias, covariance, along, aside, apart.

    The bulk keeps `kept` and loses `lost` of what it is given, `left` of the labels' linear part, and adds Gaussian
    energy `added`; `tau = 1 - left` of the linear part lies along the new direction.
    """
    signal = multiplier * strength
    explained = signal * signal
    linear = {linear}
    return (
        {new_multiplier},
        {new_bias},
        {new_covariance},
        xp.sqrt({new_along}),
        {new_aside},
        {new_apart},
    )


def spike_loss(cosine: Any, turned: Any, degree: int) -> Any:
    """`1 - cosine^(2 degree)`: the share of the energy of `He_k(<v, x>)` that `He_k(<v', x>)` misses."""
    square = cosine * cosine
    total = 0 * square
    for _ in range(degree):
        total = 1 + square * total
    return {loss} * total


def spike_error(direction: Any, off: Any, path: Any, gap: Any, degree: int) -> Any:
    """`1 - 2 path^k direction^k + path^(2k)`: the error of `path^k He_k(<v, x>)` for `He_k(<b_e, x>)` over k!."""
    total, power = 0 * gap, 1 + 0 * direction
    for _ in range(degree):
        total = total * path + power
        power = power * direction
    behind = {behind} * total
    return spike_loss(direction, off, degree) + behind * behind
'''


def source() -> str:
    """Return the text of the kernels, generated from the derivation.

    >>> source() == path().read_text(encoding="utf-8")
    True
    """
    forms = two_layer_map.forms()
    along = sp.expand(forms["along"] ** 2 * state.N**2 / state.energy**2)
    if along != 1:
        raise ValueError("<l, v'> is not |l|^2/N")
    error = (1 - state.rho ** (2 * state.k)) + (state.rho**state.k - state.path**state.k) ** 2
    if not forms["risk"].has(state.over(state.easy_energy() * error, 2, state.l_own)):
        raise ValueError("the error of a captured degree is not what spike_error returns")
    return TEMPLATE.format(
        **_step(forms),
        new_multiplier=_written(forms["multiplier"]),
        new_bias=_written(forms["bias"]),
        new_covariance=_written(forms["spread"]),
        new_along=_written(state.tau * state.energy),
        new_aside=_written(forms["aside"]),
        new_apart=_written(forms["apart"]),
        loss=_summed(forms["one degree turned"], lambda total, _: 1 + state.q**2 * total),
        behind=_summed(forms["behind"], lambda total, k: total * state.path + state.rho**k),
    )


def path() -> Path:
    """Return where the generated kernels live."""
    return among_equivalents("two_layer_kernels")
