"""Generating the numeric kernels from the derived expressions: what is printed is what runs.

``source()`` writes the text of ``w2s_asymptotics/equivalents/kernels.py`` out of two derivations,
``marchenko_pastur`` and ``ridge_map``. It is one of the modules that ``theorems/generated.py`` lists: a test
regenerates and compares them all, and ``python -m w2s_asymptotics.theorems.generated`` rewrites the files.

The words of the ridge map become per-atom formulas (Sigma is s, Gamma is g, G is 1/(s + kappa g) on an atom
of weight w), every product of them is written in the shares S = s G and K = kappa g G, and a trace becomes a
weighted sum over atoms. The isotropic kernel is the same text with one atom, s = g = w = 1.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sympy as sp

from w2s_asymptotics.engine.codegen import Writer, among_equivalents
from w2s_asymptotics.engine.spectrum import Total
from w2s_asymptotics.engine.words import Quadratic, Trace, terms
from w2s_asymptotics.theorems import marchenko_pastur, ridge_map

__all__ = ["path", "source"]

STAGE = ridge_map.STAGE
LOST, SHRINK, INVERSE = sp.symbols("lost shrink inverse", nonnegative=True)
EIGENVALUES, PENALTY, WEIGHTS = sp.symbols("eigenvalues penalty weights", positive=True)
KAPPA, OMEGA, GAMMA, DELTA, LAM = sp.symbols("kappa omega gamma delta lam", positive=True)
MULTIPLIER, COVARIANCE, SIGNAL, NOISE = sp.symbols("multiplier covariance signal noise", positive=True)
BIAS, UNEXPLAINED, MISSING = sp.symbols("bias unexplained missing", positive=True)
ENERGY, NORM, FROM_NORM, FLOOR = sp.symbols("energy norm from_norm floor", positive=True)

ATOM = {
    STAGE.covariance: EIGENVALUES,
    STAGE.penalty: PENALTY,
    STAGE.equivalent: INVERSE,
    ridge_map.MEAN: sp.sqrt(SIGNAL) * MULTIPLIER,
    ridge_map.SPREAD: COVARIANCE,
}


def _writer(*, atoms: bool) -> Writer:
    return Writer(
        order=(
            GAMMA, WEIGHTS, LOST, SHRINK, INVERSE, EIGENVALUES, PENALTY,
            MULTIPLIER, SIGNAL, BIAS, UNEXPLAINED, COVARIANCE,
        ),
        divisors=(DELTA,),
        infinite=(COVARIANCE,),
        vanishing=(LOST, SHRINK) if atoms else (LOST,),
        ones=() if atoms else (EIGENVALUES, PENALTY, WEIGHTS),
        renamed={} if atoms else {INVERSE: SHRINK},
    )  # fmt: skip


def _in_shares(monomial: sp.Expr) -> sp.Expr:
    """Write a product of s, g, G and kappa in the shares S = s G and K = kappa g G, as far as they go."""
    powers = monomial.as_powers_dict()
    held = powers[KAPPA]
    kept = min(powers[EIGENVALUES], powers[INVERSE] - held)
    if powers[PENALTY] != held or kept < 0:
        raise ValueError(f"{monomial} is not a product of shares")
    shares = (LOST / (KAPPA * PENALTY * INVERSE)) ** held * (SHRINK / (EIGENVALUES * INVERSE)) ** kept
    return sp.powsimp(monomial * shares)


def _on_atom(word: sp.Expr) -> sp.Expr:
    """The value of a word on one atom, where its letters commute."""
    return sp.Add(
        *(
            scale * sp.Mul(*(ATOM.get(item, sp.S.One) for item in letters))
            for letters, scale in terms(word).items()
        )
    )


def _learned() -> tuple[sp.Expr, sp.Expr, sp.Expr, sp.Expr]:
    """Read the map off the derived second moment: mean, carried covariance, residual energy, its spread."""
    moment, metric = ridge_map.derivation().result, ridge_map.METRIC
    (mean,) = [atom for atom in moment.atoms(Quadratic) if atom.args[0] == metric]
    (carried,) = [atom for atom in moment.atoms(Trace) if atom.has(metric) and atom.has(ridge_map.SPREAD)]
    (spread,) = [atom for atom in moment.atoms(Trace) if atom.has(metric) and not atom.has(ridge_map.SPREAD)]
    residual = sp.expand(moment.coeff(spread) * STAGE.delta * STAGE.samples)
    on_atoms: dict[Any, Any] = {STAGE.kappa: KAPPA, STAGE.noise: NOISE}
    for atom in residual.atoms(Quadratic):
        on_atoms[atom] = ATOM[atom.args[0]] * _on_atom(atom.args[1]) ** 2
    for atom in residual.atoms(Trace):
        on_atoms[atom] = _on_atom(atom.args[0])
    energies = sp.expand(residual.xreplace(on_atoms))
    noise, summed = energies.as_independent(EIGENVALUES, as_Add=True)
    shares = sp.Add(*(_in_shares(term) for term in sp.Add.make_args(summed)))
    return (
        _in_shares(_on_atom(mean.args[1]) / sp.sqrt(SIGNAL)),
        _in_shares(_on_atom(carried.args[0])),
        noise + Total(shares),
        GAMMA * WEIGHTS * _in_shares(_on_atom(spread.args[0])),
    )


def _bias(mean: sp.Expr) -> sp.Expr:
    """Write 1 - S M as a sum of nonnegative terms.

    With S = 1 - K it is (1 - M) + K M, and 1 - M is the bias before.
    """
    return sp.expand(1 - mean.subs(SHRINK, 1 - LOST)) - (1 - MULTIPLIER) + BIAS


def _delta() -> sp.Expr:
    """The derived delta = omega + gamma kappa/(1 + kappa)^2, in shares.

    On several atoms kappa/(1 + kappa)^2 = K S is the sum of w K S over them.
    """
    isotropic = marchenko_pastur.residual_share()
    stage = marchenko_pastur.STAGE
    shares = isotropic.subs({stage.kappa: LOST / SHRINK, marchenko_pastur.OMEGA: OMEGA, stage.gamma: GAMMA})
    weight = sp.simplify((shares - OMEGA).subs(LOST, 1 - SHRINK) / GAMMA / (SHRINK * (1 - SHRINK)))
    if weight != 1:
        raise ValueError("delta - omega is not gamma K S")
    return OMEGA + GAMMA * Total(WEIGHTS * LOST * SHRINK)


def _stage_body(writer: Writer) -> list[str]:
    mean, carried, residual, spread = _learned()
    return [
        f"delta = {writer.write(_delta())}",
        f"unexplained = {writer.write(residual)}",
        f"variance = {writer.write(spread * UNEXPLAINED / DELTA)}",
        f"return {writer.write(mean)}, {writer.write(_bias(mean))}, {writer.write(carried)} + variance",
    ]


def _isotropic() -> dict[str, str]:
    """The same map on one atom, and the risk it leads to, grouped so that a grid is passed over as seldom as can be.

    What multiplies the norm ``M^2 r^2 + c`` of the labels, and what the noise adds, depend on the student alone; so does
    all of the risk ``b'^2 r^2 + c'`` but three products with the labels' bias, energy ``b^2 r^2 + c`` and norm.
    """
    writer = _writer(atoms=False)
    mean, carried, residual, spread = (
        expression.replace(Total, lambda term: term).subs(dict.fromkeys(writer.ones, 1)).subs(INVERSE, SHRINK)
        for expression in _learned()
    )
    bias = sp.expand(_bias(mean).subs(MULTIPLIER, 1 - BIAS).subs(LOST, 1 - SHRINK))
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
        "delta": writer.write(_delta()),
        "from_norm": _quotient_last(per_square * of_norm),
        "floor": f"xp.quotient({writer.write(per_square * _coefficient(residual, NOISE) * NOISE)}, delta)",
        "mean": writer.write(mean),
        "bias": writer.write(bias),
        "own": writer.write(own),
        "slope": writer.write(slope),
        "carried": str(sp.expand(carried / SHRINK**2)),
        "inner": str(inner.subs(FROM_NORM, 0)),
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

__all__ = [
    "fixed_point", "isotropic_first", "isotropic_own_risk", "isotropic_risk", "isotropic_shares", "isotropic_stage",
    "resolvent", "spectral_stage",
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


def spectral_stage(
    kappa: Any, omega: Any, gamma: Any, eigenvalues: Any, penalty: Any, weights: Any,
    multiplier: Any, bias: Any, covariance: Any, signal: Any, noise: Any, xp: Any,
) -> tuple[Any, Any, Any]:
    """The same map on atoms, along the last axis; kappa, omega, gamma and noise have length 1 on it."""
    scale = eigenvalues + kappa * penalty
    inverse = xp.where(scale > 0, xp.quotient(1 + 0 * scale, scale), 0 * scale)
    shrink = eigenvalues * inverse
    lost = xp.where(scale > 0, kappa * penalty * inverse, 1 + 0 * scale)
    {spectral}
'''


def source() -> str:
    """Return the text of the kernels, generated from the derivations.

    >>> source() == path().read_text(encoding="utf-8")
    True
    """
    exact, rest = _linear()
    spectral = "\n    ".join(_stage_body(_writer(atoms=True)))
    return TEMPLATE.format(exact=exact, rest=rest, slope=_slope(), iso=_isotropic(), spectral=spectral)


def path() -> Path:
    """Return where the generated kernels live."""
    return among_equivalents("kernels")
