"""Generating the numeric kernels from the derived expressions: what is printed is what runs.

``source()`` writes the text of ``w2s_asymptotics/spectrum/kernels.py`` out of two derivations,
``marchenko_pastur`` and ``ridge_map``. It is one of the modules that ``theorems/generated.py`` lists: a test
regenerates and compares them all, and ``python -m w2s_asymptotics.theorems.generated`` rewrites the files.

The formulas of one atom are those of ``_ridge_stage``; the isotropic kernel is the same text with one atom, s
= g = w = 1.
"""

from __future__ import annotations

from pathlib import Path

import sympy as sp

from w2s_asymptotics.report.codegen import Writer, among_equivalents
from w2s_asymptotics.theorems import _ridge_stage as ridge
from w2s_asymptotics.theorems import marchenko_pastur
from w2s_asymptotics.theorems._ridge_stage import (
    AFTER,
    BIAS,
    COVARIANCE,
    DELTA,
    EARLIER,
    GAMMA,
    INVERSE,
    LAM,
    LOST,
    MULTIPLIER,
    NOISE,
    SHRINK,
    SIGNAL,
    UNEXPLAINED,
)
from w2s_asymptotics.words.spectrum import Total

__all__ = ["path", "source"]

MISSING = sp.Symbol("missing", positive=True)
ENERGY, NORM, FROM_NORM, FLOOR = sp.symbols("energy norm from_norm floor", positive=True)


def _atoms() -> dict[str, str]:
    """The map on atoms, and what a student gains on its teacher there."""
    writer = ridge.writer(atoms=True)
    mean, carried, residual, spread = ridge.learned()
    return {
        "delta": writer.write(ridge.delta()),
        "unexplained": writer.write(residual),
        "variance": writer.write(spread * UNEXPLAINED / DELTA),
        "mean": writer.write(mean),
        "bias": writer.write(ridge.bias(mean)),
        "carried": writer.write(carried),
        **_gain(writer),
    }


def _gain(writer: Writer) -> dict[str, str]:
    """The parts of the gain on one atom, per s: what is taken of the covariance, and of the squared bias."""
    taken, removed, grown = ridge.gain()
    both = (EARLIER + AFTER) * SIGNAL
    return {
        "share": writer.write(taken),
        "removed": writer.write(removed * both),
        "grown": writer.write(grown * both),
    }


def _isotropic() -> dict[str, str]:
    """The same map on one atom, and the risk it leads to, grouped so that a grid is passed over as seldom as can be.

    What multiplies the norm ``M^2 r^2 + c`` of the labels, and what the noise adds, depend on the student alone; so does
    all of the risk ``b'^2 r^2 + c'`` but three products with the labels' bias, energy ``b^2 r^2 + c`` and norm.
    """
    writer = ridge.writer(atoms=False)
    mean, carried, residual, spread = (
        expression.replace(Total, lambda term: term).subs(dict.fromkeys(writer.ones, 1)).subs(INVERSE, SHRINK)
        for expression in ridge.learned()
    )
    bias = sp.expand(ridge.bias(mean).subs(MULTIPLIER, 1 - BIAS).subs(LOST, 1 - SHRINK))
    bias = sp.expand(bias.coeff(BIAS) * BIAS + LOST) if bias.coeff(BIAS, 0) == 1 - SHRINK else bias
    of_norm = _coefficient(residual.subs(MULTIPLIER**2 * SIGNAL, NORM - COVARIANCE), NORM)
    per_square = spread / SHRINK**2
    variance = sp.expand(carried / SHRINK**2) + FROM_NORM * NORM + FLOOR
    risk = sp.expand(bias**2 * SIGNAL).subs(BIAS**2 * SIGNAL, ENERGY - COVARIANCE) + SHRINK**2 * variance
    risk = sp.expand(risk)
    inner = sp.expand(sum(risk.coeff(item) * item for item in (ENERGY, COVARIANCE, FROM_NORM)) / SHRINK**2)
    own = SIGNAL * _coefficient(
        risk.subs({ENERGY: 0, COVARIANCE: 0, FROM_NORM: 0, FLOOR: 0, BIAS: 0}), SIGNAL
    )
    slope = risk.coeff(BIAS)
    if sp.expand(own + slope * BIAS + SHRINK**2 * (inner + FLOOR) - risk) != 0:
        raise ValueError("the risk is not own + slope * bias + S^2 (inner + floor)")
    return {
        "delta": writer.write(ridge.delta()),
        "from_norm": _quotient_last(per_square * of_norm),
        "floor": f"xp.quotient({writer.write(per_square * _coefficient(residual, NOISE) * NOISE)}, delta)",
        "mean": writer.write(mean),
        "bias": writer.write(bias),
        "own": writer.write(own),
        "slope": writer.write(slope),
        "carried": str(sp.expand(carried / SHRINK**2)),
        "inner": str(inner.subs(FROM_NORM, 0)),
        **_gain(writer),
    }


def _coefficient(expression: sp.Expr, item: sp.Symbol) -> sp.Expr:
    """The coefficient of a symbol that an expression is linear in."""
    coefficient: sp.Expr = sp.expand(expression).coeff(item)
    if sp.expand(sp.diff(expression, item, 2)) != 0:
        raise ValueError(f"{expression} is not linear in {item}")
    return coefficient


def _quotient_last(product: sp.Expr) -> str:
    """Write a product of gamma and shares over delta, dividing its last factor: lost^2 must not underflow first."""
    *first, last = [
        str(item) for item, power in sorted(product.as_powers_dict().items(), key=str) for _ in range(power)
    ]
    return f"{' * '.join(first)} * xp.quotient({last}, delta)"


def _linear() -> tuple[str, str]:
    """The linear coefficient of the quadratic, gamma (1 - missing) for gamma: exact part and rest."""
    stage = marchenko_pastur.STAGE
    quadratic = sp.Poly(
        marchenko_pastur.quadratic().lhs.subs(stage.gamma, GAMMA * (1 - MISSING)), stage.kappa
    )
    leading, linear, constant = quadratic.all_coeffs()
    if leading != 1 or constant != -stage.lam:
        raise ValueError("the fixed point is not x^2 + a x - lam = 0")
    linear = sp.expand(linear.subs(stage.lam, LAM))
    exact = 1 - GAMMA
    return str(exact), str(sp.expand(linear - exact)).replace("*", " * ")


def _slope() -> str:
    """The derived m' = m^2/delta, ordered so that m^2 does not overflow before it is divided."""
    stage, m = marchenko_pastur.STAGE, marchenko_pastur.M
    step = next(
        step for step in marchenko_pastur.derivation().steps if step.name == "write the slope by delta"
    )
    ratio = sp.cancel(step.after / (stage.kappa / (stage.lam * (1 + stage.kappa))) ** 2)
    if sp.simplify(ratio * (1 - stage.gamma / (1 + stage.kappa) ** 2)) != 1:
        raise ValueError(f"m' is not {m}^2/delta")
    return "m * xp.quotient(m, delta)"


TEMPLATE = '''\
# fmt: off
# ruff: noqa: E501
"""Stable kernels, one body for floats, arrays and mpmath numbers.

Generated from the derivations by `w2s_asymptotics.theorems.generate_kernels`; edit that, not this.

`xp` is a namespace of `w2s_asymptotics.arithmetic`. Every quantity is a sum or a product of nonnegative
terms, so nothing cancels; the limits at `lam = 0` are exact. Derived in `marchenko_pastur` and `ridge_map`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = [
    "fixed_point", "isotropic_first", "isotropic_gain", "isotropic_own_risk", "isotropic_risk", "isotropic_shares",
    "isotropic_stage", "resolvent", "spectral_gain", "spectral_shares", "spectral_stage", "spectral_variance",
]


def fixed_point(lam: Any, gamma: Any, xp: Any, missing: Any = None) -> tuple[Any, Any]:
    """Kappa and omega = 1 - df1/n: kappa and -omega are the roots of x^2 + a x - lam = 0.

    `missing` is the share of dimensions that carry no variance: gamma counts only for the others.
    """
    half = ({exact} - lam if missing is None else ({exact}) + ({rest})) * 0.5
    size = abs(half)
    smaller = xp.quotient(lam, size + xp.root_of_square_plus(half, lam))
    return smaller + (size - half), smaller + (size + half)


def resolvent(kappa: Any, omega: Any, delta: Any, xp: Any) -> tuple[Any, Any]:
    """m(-lam) and its derivative m' at z = -lam."""
    m = xp.quotient(1 / (1 + kappa), omega)
    return m, {slope}


def isotropic_shares(kappa: Any, omega: Any, gamma: Any, noise: Any, xp: Any) -> tuple[Any, Any, Any, Any]:
    """What a student of the isotropic world is: S, K, and what the labels' norm and their noise add per S^2."""
    shrink = 1 / (1 + kappa)
    lost = kappa * shrink
    delta = {iso[delta]}
    return shrink, lost, {iso[from_norm]}, {iso[floor]} if xp.any(noise) else 0.0


def isotropic_first(shares: Any, signal: Any, xp: Any) -> tuple[Any, Any, Any]:
    """The equivalent learned from true labels: multiplier 1, bias 0 and no covariance went in."""
    shrink, lost, from_norm, floor = shares
    return shrink, lost, xp.twice(from_norm * signal + floor, shrink)


def isotropic_stage(
    shares: Any, multiplier: Any, bias: Any, covariance: Any, norm: Any, xp: Any
) -> tuple[Any, Any, Any]:
    """The equivalent learned from labels of this one, whose norm is M^2 r^2 + c."""
    shrink, lost, from_norm, floor = shares
    if xp.plain:
        return {iso[mean]}, {iso[bias]}, ({iso[carried]} + from_norm * norm + floor) * (shrink * shrink)
    return {iso[mean]}, {iso[bias]}, xp.twice({iso[carried]} + xp.product(from_norm, norm) + floor, shrink)


def isotropic_own_risk(shares: Any, signal: Any, xp: Any) -> Any:
    """What a student's penalty and label noise alone add to its excess risk; all of it for a teacher's bias."""
    shrink, lost, _, floor = shares
    own = {iso[own]}
    return own + xp.twice(floor, shrink) if xp.any(floor) else own


def isotropic_risk(shares: Any, bias: Any, energy: Any, norm: Any, signal: Any, xp: Any) -> Any:
    """The excess risk b'^2 r^2 + c', from the labels' bias, energy b^2 r^2 + c and norm M^2 r^2 + c."""
    shrink, lost, from_norm, _ = shares
    own, slope = isotropic_own_risk(shares, signal, xp), {iso[slope]}
    if xp.plain:
        return ({iso[inner]} + from_norm * norm) * (shrink * shrink) + own + slope * bias
    return xp.twice({iso[inner]} + xp.product(from_norm, norm), shrink) + own + slope * bias


def isotropic_gain(
    shares: Any, truth: Any, earlier: Any, held: Any, multiplier: Any, bias: Any, norm: Any, signal: Any, xp: Any
) -> tuple[Any, Any]:
    """What a student takes from the excess risk of its teacher, of bias `earlier` and covariance `held`, and what it adds.

    The labels have a multiplier, a bias and a norm of their own where true labels are mixed in. A teacher of
    infinite excess risk counts as the limit: beside it only the student's own label noise is added.
    """
    shrink, lost, from_norm, floor = shares
    taught, after = 1 - truth, {iso[bias]}
    taken = xp.product({iso[share]}, held) + {iso[removed]}
    passed_on = xp.where(held < np.inf, xp.product(from_norm, norm), 0 * lost)
    return taken, {iso[grown]} + xp.twice(passed_on + floor, shrink)


def spectral_shares(
    kappa: Any, omega: Any, gamma: Any, eigenvalues: Any, penalty: Any, weights: Any, xp: Any
) -> tuple[Any, Any, Any, Any]:
    """What a student on atoms is, along the last axis: S, K, G and delta; kappa, omega and gamma have length 1 on it."""
    scale = eigenvalues + kappa * penalty
    inverse = xp.where(scale > 0, xp.quotient(1 + 0 * scale, scale), 0 * scale)
    shrink = eigenvalues * inverse
    lost = xp.where(scale > 0, kappa * penalty * inverse, 1 + 0 * scale)
    return shrink, lost, inverse, {spectral[delta]}


def spectral_variance(
    shares: Any, gamma: Any, eigenvalues: Any, weights: Any, multiplier: Any, covariance: Any, signal: Any, noise: Any, xp: Any
) -> Any:
    """The energy that fresh rows and label noise add to each atom."""
    shrink, lost, inverse, delta = shares
    unexplained = {spectral[unexplained]}
    return {spectral[variance]}


def spectral_stage(
    shares: Any, gamma: Any, eigenvalues: Any, weights: Any,
    multiplier: Any, bias: Any, covariance: Any, signal: Any, noise: Any, xp: Any,
) -> tuple[Any, Any, Any]:
    """The same map as `isotropic_stage`, on atoms."""
    shrink, lost, _, _ = shares
    variance = spectral_variance(shares, gamma, eigenvalues, weights, multiplier, covariance, signal, noise, xp)
    return {spectral[mean]}, {spectral[bias]}, {spectral[carried]} + variance


def spectral_gain(
    shares: Any, variance: Any, truth: Any, earlier: Any, held: Any, multiplier: Any, bias: Any, signal: Any, eigenvalues: Any, xp: Any
) -> tuple[Any, Any]:
    """The same two as `isotropic_gain`, on atoms; `eigenvalues` are those of the rows that the risks are of."""
    shrink, lost, _, _ = shares
    taught, after = 1 - truth, {spectral[bias]}
    taken = xp.product({spectral[share]}, held) + {spectral[removed]}
    added = {spectral[grown]} + variance
    return xp.product(eigenvalues, taken).sum(axis=-1), xp.product(eigenvalues, added).sum(axis=-1)
'''


def source() -> str:
    """Return the text of the kernels, generated from the derivations.

    >>> source() == path().read_text(encoding="utf-8")
    True
    """
    exact, rest = _linear()
    return TEMPLATE.format(exact=exact, rest=rest, slope=_slope(), iso=_isotropic(), spectral=_atoms())


def path() -> Path:
    """Return where the generated kernels live."""
    return among_equivalents("kernels")
