"""The model of convex losses: smooth losses, labels and parameters, with means over two standard normals."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import sympy as sp

from w2s_asymptotics.losses.logistic import logistic_prox, sigmoid_slope
from w2s_asymptotics.proof.tactics import Model, Place
from w2s_asymptotics.words.gaussian import Mean

__all__ = ["ALONG", "BY_H", "BY_Z", "CHI", "ENVELOPE", "FIRST", "PULL", "RHO", "SECOND", "SPREAD", "Losses"]

ALONG, SPREAD, CHI, RHO = sp.symbols("a s chi rho", positive=True)
FIRST, SECOND = sp.symbols("Z_1 Z_2", real=True)
ENVELOPE, PULL, BY_H, BY_Z = sp.symbols("M g g_h g_z", real=True)
_STEP = 1e-3


@dataclass(frozen=True)
class Losses(Model):
    """The logistic and the squared loss, of labels `tanh(z/2)` and `tanh(z)`, at random parameters.

    With `h = a Z1 + s Z2`, `z = rho Z1` and p the proximal step, g is `(p - h)/chi`, M what the step
    minimises, and `g_h`, `g_z` are the derivatives of g. Derivatives of means are taken by differences.
    """

    where = "for two losses and two kinds of label, by quadrature"
    tolerance = 1e-9

    def places(self, before: Any, after: Any, seed: int) -> Iterator[Place]:
        """Draw a, s, chi, rho and whatever else is free."""
        draw = random.Random(seed)
        inner = {FIRST, SECOND, ENVELOPE, PULL, BY_H, BY_Z}
        for count in range(4):
            names = sorted(
                (before.free_symbols | after.free_symbols | {ALONG, SPREAD, CHI, RHO}) - inner, key=str
            )
            values = {name: draw.randint(5, 15) / 10 for name in names}
            yield partial(_number, values, count % 2 == 0, 1.0 + count // 2)


def _number(values: Mapping[Any, float], logistic: bool, sharpness: float, side: Any) -> Any:
    """The value of an expression at a draw."""
    number = partial(_number, logistic=logistic, sharpness=sharpness)
    known: dict[Any, Any] = {}
    for slope in side.atoms(sp.Derivative):
        ((variable, _),) = slope.variable_count
        moved = [
            number({**values, variable: values[variable] + k * _STEP}, side=slope.expr)
            for k in (-2, -1, 1, 2)
        ]
        known[slope] = sp.Float((moved[0] - 8 * moved[1] + 8 * moved[2] - moved[3]) / (12 * _STEP))
    side = side.xreplace(known)
    drawn = _drawn(values, logistic, sharpness)
    means = {mean: _mean(mean.args[0], values, drawn) for mean in side.atoms(Mean)}
    return float(side.xreplace(means).subs(values))


def _drawn(values: Mapping[Any, float], logistic: bool, sharpness: float) -> dict[Any, Any]:
    a, s, chi, rho = (values[name] for name in (ALONG, SPREAD, CHI, RHO))
    points = np.arange(-7.4, 7.41, 0.2)
    one, two = points[:, None], points[None, :]
    h, angle = a * one + s * two, sharpness * rho * one / 2
    label, turn = np.tanh(angle) + 0 * h, sharpness / 2 / np.cosh(angle) ** 2
    if logistic:
        p = logistic_prox(h, (1 + label) / 2, chi)
        value = np.logaddexp(0.0, p) - (1 + label) / 2 * p
        curvature, by_label = sigmoid_slope(p), 0.5
    else:
        p = (h + chi * label) / (1 + chi)
        value, curvature, by_label = (p - label) ** 2 / 2, 1.0 + 0 * p, 1.0
    mass = np.exp(-(one**2 + two**2) / 2)
    return {
        FIRST: one + 0 * h,
        SECOND: two + 0 * h,
        ENVELOPE: (p - h) ** 2 / (2 * chi) + value,
        PULL: (p - h) / chi,
        BY_H: -curvature / (1 + chi * curvature),
        BY_Z: by_label * turn / (1 + chi * curvature),
        "mass": mass / mass.sum(),
    }


def _mean(expression: Any, values: Mapping[Any, float], drawn: Mapping[Any, Any]) -> sp.Float:
    names = sorted(expression.free_symbols, key=str)
    function = sp.lambdify(names, expression, "numpy")
    found = function(*(drawn[name] if name in drawn else values[name] for name in names))
    return sp.Float(float((drawn["mass"] * found).sum()))
