"""Generating the JavaScript of the explorer from the derived expressions: what is printed runs there too.

``source()`` writes functions of a teacher and a student on any number of atoms, of which the isotropic world
is the case of one, out of the expressions that the numeric kernels are proved equal to, and the closed
forms of ``overlap_gap``, ``optimal_teacher`` and ``compensation``. What is left to write by hand on the page
is machinery: which fixed point is sought, finding roots, drawing.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.report.javascript import JavaScriptWriter, function, javascript
from w2s_asymptotics.theorems import _ridge_stage as ridge
from w2s_asymptotics.theorems import marchenko_pastur, registered, ridge_map
from w2s_asymptotics.theorems._isotropic import Q
from w2s_asymptotics.theorems._ridge_stage import (
    AFTER,
    BIAS,
    COVARIANCE,
    DELTA,
    EARLIER,
    EIGENVALUES,
    GAMMA,
    HELD,
    INVERSE,
    KAPPA,
    LAM,
    LOST,
    MULTIPLIER,
    NOISE,
    OMEGA,
    PENALTY,
    SHRINK,
    SIGNAL,
    TAUGHT,
    TRUTH,
    UNEXPLAINED,
    VARIANCE,
    WEIGHTS,
)
from w2s_asymptotics.words.spectrum import Total
from w2s_asymptotics.words.words import Trace

__all__ = ["source"]

SCALE, OWN_NOISE = sp.symbols("scale own_noise", nonnegative=True)
ROWS = (
    EIGENVALUES, PENALTY, WEIGHTS, SIGNAL, MULTIPLIER, BIAS, COVARIANCE, INVERSE, SHRINK, LOST,
    SCALE, VARIANCE, EARLIER, HELD, AFTER,
)  # fmt: skip
EXCESS, SHORT, REST, MARGIN = sp.symbols("excess short rest margin", positive=True)
CHI = sp.Symbol("chi", real=True)
_SPECTRUM = ("gamma", "eigenvalues", "penalty", "weights")
_STATE = ("multiplier", "bias", "covariance")
_on_atoms = JavaScriptWriter(
    order=(
        GAMMA, WEIGHTS, LOST, SHRINK, INVERSE, EIGENVALUES, PENALTY,
        TRUTH, TAUGHT, MULTIPLIER, EARLIER, SIGNAL, BIAS, UNEXPLAINED, COVARIANCE, HELD,
    ),
    divisors=(DELTA,),
    infinite=(COVARIANCE, HELD),
    vanishing=(LOST, SHRINK),
    rows=ROWS,
).write  # fmt: skip
"""Writes an expression of the ridge map on atoms, by what can happen to its symbols."""


def source() -> str:
    """Return the JavaScript, generated from the derivations.

    >>> "const delta = omega + gamma * (total(" in source()
    True
    """
    return "\n".join(
        [_fixed_point(), _residual(), _stage(), _risk(), _mixed(), _overshoot(), _gain(), _excess(), _ends()]
    )


def _row(expression: Any) -> str:
    return f"rows(i => {_on_atoms(expression)})"


def _given(conditions: str, expression: str, otherwise: int) -> str:
    return f"rows(i => {conditions} ? {expression} : {otherwise})"


def _fixed_point() -> str:
    """Write a, where kappa and -omega are the roots of x^2 + a x - lam = 0 in the isotropic world."""
    stage = marchenko_pastur.STAGE
    leading, linear, constant = sp.Poly(marchenko_pastur.quadratic().lhs, stage.kappa).all_coeffs()
    if leading != 1 or constant != -stage.lam:
        raise ValueError("the fixed point is not x^2 + a x - lam = 0")
    exact = linear.subs({stage.lam: 0, stage.gamma: GAMMA})
    rest = linear.coeff(stage.lam) * LAM
    return function(
        "linear_coefficient", ("lam", "gamma"), [("exact", javascript(exact))], f"exact + {javascript(rest)}"
    )


def _shares() -> list[tuple[str, str]]:
    """G = 1/(s + kappa g), S = s G and K = kappa g G; without variance S = 0 and K = 1 even at kappa = 0."""
    scale = EIGENVALUES + KAPPA * PENALTY
    return [
        ("{rows, total}", "over(weights)"),
        ("scale", _row(scale)),
        ("inverse", _given("scale[i] > 0", "1 / scale[i]", 0)),
        ("shrink", _row(EIGENVALUES * INVERSE)),
        ("lost", _given("scale[i] > 0", "kappa * penalty[i] * inverse[i]", 1)),
    ]


def _residual() -> str:
    """Write the fixed point as kappa omega - lam = 0 and its slope delta, omega as cancels least.

    From ``one_point``; the weights sum to 1, so that 1 - df1/n is also 1 - gamma + gamma sum w K.
    """
    fixed = registered("one_point").forms["fixed point"]
    (trace,) = fixed.rhs.atoms(Trace)
    stage = ridge_map.STAGE
    if sp.expand(fixed.rhs - stage.lam - fixed.lhs * trace / stage.samples) != 0:
        raise ValueError("the fixed point is not kappa = lam + kappa tr(Sigma G)/n")
    fitted = ridge.in_shares(ridge.on_atom(trace.args[0]))
    kept = 1 - GAMMA * Total(WEIGHTS * fitted)
    lost = 1 - GAMMA + GAMMA * Total(WEIGHTS * (1 - fitted).subs(SHRINK, 1 - LOST))
    lines = [
        *_shares(),
        ("missed", _on_atoms(Total(WEIGHTS * LOST))),
        ("omega", f"missed < 0.5 ? {_on_atoms(lost)} : {_on_atoms(kept)}"),
        ("delta", _on_atoms(ridge.delta())),
    ]
    return function(
        "residual", ("kappa", "lam", *_SPECTRUM), lines, f"[{javascript(KAPPA * OMEGA - LAM)}, delta]"
    )


def _stage() -> str:
    """Write the ridge map on atoms."""
    mean, carried, residual, spread = ridge.learned()
    lines = [
        *_shares(),
        ("delta", _on_atoms(ridge.delta())),
        ("unexplained", _on_atoms(residual)),
        ("variance", _row(spread * UNEXPLAINED / DELTA)),
    ]
    out = {
        "multiplier": _row(mean),
        "bias": _row(ridge.bias(mean)),
        "covariance": f"rows(i => {_on_atoms(carried)} + variance[i])",
    }
    fields = ", ".join(f"{name}: {text}" for name, text in out.items())
    arguments = ("kappa", "omega", *_SPECTRUM, f"{{{', '.join(_STATE)}}}", "signal", "noise")
    return function("stage", arguments, lines, f"{{{fields}, shrink, lost, delta, variance}}")


def _risk() -> str:
    """Write the excess risk of an equivalent, the form of its bias and the trace of its covariance."""
    arguments = ("eigenvalues", "signal", "{bias, covariance}")
    squared = _on_atoms(Total(EIGENVALUES * BIAS**2 * SIGNAL))
    spread = f"total(i => xp.product({_on_atoms(EIGENVALUES)}, {_on_atoms(COVARIANCE)}))"
    return function("risk", arguments, [("{total}", "over(eigenvalues)")], f"{squared} + {spread}")


def _mixed() -> str:
    """Write the equivalent of labels mixed with true ones, linear in the labels, and their noise."""
    parts = {
        "multiplier": _row(TRUTH + TAUGHT * MULTIPLIER),
        "bias": _row(TAUGHT * BIAS),
        "covariance": f"rows(i => xp.product({javascript(TAUGHT**2)}, {_on_atoms(COVARIANCE)}))",
        "noise": javascript(TRUTH**2 * NOISE + OWN_NOISE),
    }
    fields = ", ".join(f"{name}: {text}" for name, text in parts.items())
    lines = [("{rows}", "over(multiplier)"), ("taught", javascript(1 - TRUTH))]
    arguments = ("truth", f"{{{', '.join(_STATE)}}}", "noise", "own_noise")
    return function("mixed", arguments, lines, f"{{{fields}}}")


def _overshoot() -> str:
    """Write what a teacher fitted of noise and lost of signal per atom, <E b, b_* - E b> = M (1 - M) e."""
    lost = sp.expand(MULTIPLIER * (1 - MULTIPLIER) * SIGNAL)
    lost = sp.factor(lost).subs(MULTIPLIER - 1, -BIAS)
    lines = [("{rows}", "over(signal)")]
    return function(
        "overshoot",
        ("signal", f"{{{', '.join(_STATE)}}}"),
        lines,
        f"{{fitted: {_row(COVARIANCE)}, lost: {_row(lost)}}}",
    )


def _gain() -> str:
    """Write what a student takes from its teacher's excess risk and what it adds, free of cancellation.

    ``limit``: beside an infinite excess risk nothing is added.
    """
    share, removed, grown = ridge.gain()
    both = (EARLIER + AFTER) * SIGNAL
    lines = [
        ("{rows, total}", "over(eigenvalues)"),
        ("taught", javascript(1 - TRUTH)),
        ("taken", f"rows(i => xp.product({_on_atoms(share)}, held[i]) + {_on_atoms(removed * both)})"),
        ("finite", "rows(i => !limit || held[i] < Infinity)"),
        ("added", f"rows(i => {_on_atoms(grown * both)} + (finite[i] ? variance[i] : 0))"),
    ]
    arguments = (
        "eigenvalues", "signal", "truth", "{bias: earlier, covariance: held}", "{multiplier}",
        "{bias: after, shrink, lost, variance}", "limit",
    )  # fmt: skip
    parts = (f"total(i => xp.product(eigenvalues[i], {name}[i]))" for name in ("taken", "added"))
    return function("gain", arguments, lines, " - ".join(parts))


def _excess() -> str:
    """Write lam_*, and q/rho - 1 at an isotropic teacher, by the overlap gap."""
    best = registered("optimal_teacher").result.subs(
        {symbol("gamma"): GAMMA, symbol("noise"): NOISE, symbol("signal"): SIGNAL}
    )
    gap = registered("overlap_gap").forms
    short = (gap["kappa"] * sp.denom(gap["kappa"])).subs(
        {symbol("gamma"): GAMMA, symbol("noise"): NOISE, symbol("signal"): SIGNAL, symbol("lam"): LAM}
    )
    ratio = SHRINK * SHORT / (SIGNAL * DELTA)
    # The overlap is S r^2, and S = 1/(1 + kappa), delta = 1 - gamma/(1 + kappa)^2.
    shape = {SHRINK: 1 / (1 + symbol("kappa")), DELTA: 1 - symbol("gamma") / (1 + symbol("kappa")) ** 2}
    claimed = (ratio * SHRINK * SIGNAL).subs(shape)
    if sp.cancel(claimed.subs(SHORT, 1) - 1 / sp.denom(gap["kappa"])) != 0:
        raise ValueError("q - rho is not S^2/delta (gamma sigma^2 - lam r^2)")
    return function("best_penalty", ("gamma", "noise", "signal"), [], javascript(best)) + function(
        "excess_ratio",
        ("gamma", "noise", "lam", "signal", "shrink", "delta"),
        [("short", javascript(sp.expand(short)))],
        f"short === 0 ? 0 : signal === 0 || delta === 0 ? short * Infinity : {javascript(ratio)}",
    )


def _ends() -> str:
    """Write the compensation theorem in e = q/rho - 1, 1 - e and 1 - gamma_s, exact where they vanish."""
    derivation = registered("compensation")
    steps = {step.name: step for step in derivation.steps}
    margin = {symbol("gamma", "s"): 1 - MARGIN}

    def in_chi(name: str) -> str:
        after = steps[name].after
        root = getattr(after, "rhs", after).subs(sp.Symbol("chi", real=True), CHI).subs(margin)
        return javascript(root.replace(lambda node: node.is_Add, sp.expand))

    chi = derivation.forms["chi"].subs(Q, 1 + EXCESS).subs(1 - EXCESS, REST)
    discriminant = sp.expand(steps["discriminant"].before.subs(sp.Symbol("chi", real=True), CHI).subs(margin))
    least = derivation.forms["min_t"].subs(symbol("gamma", "s"), GAMMA)
    lines = [
        ("rest", javascript(1 - EXCESS)),
        ("chi", javascript(chi)),
        ("discriminant", javascript(discriminant)),
        ("low", f"margin < 0 ? {in_chi('lower_root_beyond')} : 0"),
        ("high", f"chi < 0 && margin > 0 ? {in_chi('upper_root_below')} : {in_chi('upper_root')}"),
    ]
    body = function(
        "winning_ends",
        ("excess", "margin"),
        lines,
        "{some: margin > 0 || chi > 0 && discriminant > 0, ends: [low * low, high * high]}",
    )
    return body + function("least_threshold", ("gamma",), [], javascript(least))
