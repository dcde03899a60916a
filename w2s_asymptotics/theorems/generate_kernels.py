"""Generating the numeric kernels from the derived expressions: what is printed is what runs.

``source()`` writes the text of ``w2s_asymptotics/equivalents/kernels.py`` out of two derivations,
``marchenko_pastur`` and ``ridge_map``. A test regenerates and compares; ``python -m
w2s_asymptotics.theorems.generate_kernels`` rewrites the file.

The words of the ridge map become per-atom formulas (Sigma is s, Gamma is g, G is 1/(s + kappa g) on an atom
of weight w), every product of them is written in the shares S = s G and K = kappa g G, and a trace becomes a
weighted sum over atoms. The isotropic kernel is the same text with one atom, s = g = w = 1.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import sympy as sp

from w2s_asymptotics.engine.words import Quadratic, Trace, terms
from w2s_asymptotics.theorems import marchenko_pastur, ridge_map

__all__ = ["path", "source"]

STAGE = ridge_map.STAGE
LOST, SHRINK, INVERSE = sp.symbols("lost shrink inverse", nonnegative=True)
EIGENVALUES, PENALTY, WEIGHTS = sp.symbols("eigenvalues penalty weights", positive=True)
KAPPA, OMEGA, GAMMA, DELTA, LAM = sp.symbols("kappa omega gamma delta lam", positive=True)
MULTIPLIER, COVARIANCE, SIGNAL, NOISE = sp.symbols("multiplier covariance signal noise", positive=True)
BIAS, UNEXPLAINED, MISSING = sp.symbols("bias unexplained missing", positive=True)

ATOM = {
    STAGE.covariance: EIGENVALUES,
    STAGE.penalty: PENALTY,
    STAGE.equivalent: INVERSE,
    ridge_map.MEAN: sp.sqrt(SIGNAL) * MULTIPLIER,
    ridge_map.SPREAD: COVARIANCE,
}


class Total(sp.Function):
    """The sum over atoms (of one atom: the term itself)."""


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


class Writer:
    """Writes formulas as Python: products nested from the right (no early underflow), 0/0 left to ``xp``."""

    def __init__(self, *, atoms: bool) -> None:
        self.ones = () if atoms else (EIGENVALUES, PENALTY, WEIGHTS)
        self.order = [
            GAMMA,
            WEIGHTS,
            LOST,
            SHRINK,
            INVERSE,
            EIGENVALUES,
            PENALTY,
            MULTIPLIER,
            SIGNAL,
            BIAS,
            UNEXPLAINED,
            COVARIANCE,
        ]
        self.vanishing = {LOST, SHRINK} if atoms else {LOST}

    def write(self, expression: sp.Expr) -> str:
        """Return one formula as Python source."""
        expression = expression.subs(dict.fromkeys(self.ones, 1))
        if not self.ones:
            return self._write(expression)
        return self._write(expression.replace(Total, lambda term: term).subs(INVERSE, SHRINK))

    def _write(self, node: sp.Expr) -> str:
        if isinstance(node, Total):
            return f"({self._write(node.args[0])}).sum(axis=-1, keepdims=True)"
        if isinstance(node, sp.Add):
            return " + ".join(self._write(term) for term in sorted(node.args, key=self._rank))
        if isinstance(node, sp.Pow) and node.exp == -1:
            return f"1 / ({self._write(node.base)})"
        if isinstance(node, (sp.Mul, sp.Pow)):
            return self._product(node)
        return str(node)

    def _rank(self, term: sp.Expr) -> tuple[int, str]:
        return (2 * int(term.has(COVARIANCE)) + int(bool(term.args)), str(term))

    def _product(self, node: sp.Expr) -> str:
        powers = dict(node.as_powers_dict())
        divided = powers.pop(DELTA, 0)
        factors = [item for item in self.order for _ in range(int(powers.pop(item, 0)))]
        factors += [item for item, power in powers.items() for _ in range(int(power)) if item != 1]
        if factors[-1] == COVARIANCE and self.vanishing & set(factors):
            return f"xp.product({self._nest([str(item) for item in factors[:-1]])}, covariance)"
        spelled = [
            self._write(item) if not isinstance(item, sp.Add) else f"({self._write(item)})"
            for item in factors
        ]
        if divided:
            spelled[-1] = f"xp.quotient({spelled[-1]}, delta)"
        if divided and SHRINK in factors and self.vanishing & {SHRINK}:
            return f"xp.product({self._nest(spelled[:-1])}, {spelled[-1]})"
        return self._nest(spelled)

    def _nest(self, spelled: list[str]) -> str:
        *rest, last = spelled
        for item in reversed(rest):
            last = (
                f"{item} * ({last})"
                if "*" in last and not last.startswith(("xp.", "("))
                else f"{item} * {last}"
            )
        return last


def _stage_body(writer: Writer) -> list[str]:
    mean, carried, residual, spread = _learned()
    return [
        f"delta = {writer.write(_delta())}",
        f"unexplained = {writer.write(residual)}",
        f"variance = {writer.write(spread * UNEXPLAINED / DELTA)}",
        f"return {writer.write(mean)}, {writer.write(_bias(mean))}, {writer.write(carried)} + variance",
    ]


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

__all__ = ["fixed_point", "isotropic_stage", "resolvent", "spectral_stage"]


def fixed_point(lam: Any, gamma: Any, xp: Any, missing: Any = 0) -> tuple[Any, Any]:
    """Kappa and omega = 1 - df1/n: kappa and -omega are the roots of x^2 + a x - lam = 0.

    `missing` is the share of dimensions that carry no variance: gamma counts only for the others.
    """
    a = ({exact}) + ({rest})
    smaller = xp.quotient(2 * lam, abs(a) + xp.root_of_square_plus(a, lam))
    return smaller + xp.positive_part(-a), smaller + xp.positive_part(a)


def resolvent(kappa: Any, omega: Any, delta: Any, xp: Any) -> tuple[Any, Any]:
    """m(-lam) and its derivative m' at z = -lam."""
    m = xp.quotient(1 / (1 + kappa), omega)
    return m, {slope}


def isotropic_stage(
    kappa: Any, omega: Any, gamma: Any,
    multiplier: Any, bias: Any, covariance: Any, signal: Any, noise: Any, xp: Any,
) -> tuple[Any, Any, Any]:
    """The equivalent (multiplier, bias, covariance energy) that ridge returns for that of its labels."""
    shrink = 1 / (1 + kappa)
    lost = kappa * shrink
    {isotropic}


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
    bodies = {
        name: "\n    ".join(_stage_body(Writer(atoms=atoms)))
        for name, atoms in (("isotropic", False), ("spectral", True))
    }
    return TEMPLATE.format(exact=exact, rest=rest, slope=_slope(), **bodies)


def path() -> Path:
    """Return where the generated kernels live."""
    import w2s_asymptotics

    return Path(inspect.getfile(w2s_asymptotics)).parent / "equivalents" / "kernels.py"


if __name__ == "__main__":
    path().write_text(source(), encoding="utf-8")
