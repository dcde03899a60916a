"""The ridge map on one atom, as expressions: what kernels must equal, what JavaScript prints.

Nothing here is registered: everything is read off ``ridge_map`` and ``marchenko_pastur``. The words of the
ridge map become formulas of one atom (Sigma is s, Gamma is g, G is 1/(s + kappa g), on an atom of weight w),
every product of them is written in the shares S = s G and K = kappa g G, and a trace becomes a `Total`.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from w2s_asymptotics.theorems import marchenko_pastur, ridge_map
from w2s_asymptotics.words.spectrum import Total
from w2s_asymptotics.words.words import Quadratic, Trace, terms

STAGE = ridge_map.STAGE
LOST, SHRINK, INVERSE = sp.symbols("lost shrink inverse", nonnegative=True)
EIGENVALUES, PENALTY, WEIGHTS = sp.symbols("eigenvalues penalty weights", positive=True)
KAPPA, OMEGA, GAMMA, DELTA, LAM = sp.symbols("kappa omega gamma delta lam", positive=True)
MULTIPLIER, COVARIANCE, SIGNAL, NOISE = sp.symbols("multiplier covariance signal noise", positive=True)
BIAS, UNEXPLAINED, MISSING = sp.symbols("bias unexplained missing", positive=True)
TRUTH, TAUGHT, EARLIER, HELD, AFTER = sp.symbols("truth taught earlier held after", nonnegative=True)
VARIANCE = sp.Symbol("variance", positive=True)

ATOM = {
    STAGE.covariance: EIGENVALUES,
    STAGE.penalty: PENALTY,
    STAGE.equivalent: INVERSE,
    ridge_map.MEAN: sp.sqrt(SIGNAL) * MULTIPLIER,
    ridge_map.SPREAD: COVARIANCE,
}


def in_shares(monomial: sp.Expr) -> sp.Expr:
    """Write a product of s, g, G and kappa in the shares S = s G and K = kappa g G, as far as they go."""
    powers = monomial.as_powers_dict()
    held = powers[KAPPA]
    kept = min(powers[EIGENVALUES], powers[INVERSE] - held)
    if powers[PENALTY] != held or kept < 0:
        raise ValueError(f"{monomial} is not a product of shares")
    shares = (LOST / (KAPPA * PENALTY * INVERSE)) ** held * (SHRINK / (EIGENVALUES * INVERSE)) ** kept
    return sp.powsimp(monomial * shares)


def on_atom(word: sp.Expr) -> sp.Expr:
    """The value of a word on one atom, where its letters commute."""
    return sp.Add(
        *(
            scale * sp.Mul(*(ATOM.get(item, sp.S.One) for item in letters))
            for letters, scale in terms(word).items()
        )
    )


def learned() -> tuple[sp.Expr, sp.Expr, sp.Expr, sp.Expr]:
    """Read the map off the derived second moment: mean, carried covariance, residual energy, its spread."""
    moment, metric = ridge_map.derivation().result, ridge_map.METRIC
    (mean,) = [atom for atom in moment.atoms(Quadratic) if atom.args[0] == metric]
    (carried,) = [atom for atom in moment.atoms(Trace) if atom.has(metric) and atom.has(ridge_map.SPREAD)]
    (spread,) = [atom for atom in moment.atoms(Trace) if atom.has(metric) and not atom.has(ridge_map.SPREAD)]
    residual = sp.expand(moment.coeff(spread) * STAGE.delta * STAGE.samples)
    on_atoms: dict[Any, Any] = {STAGE.kappa: KAPPA, STAGE.noise: NOISE}
    for atom in residual.atoms(Quadratic):
        on_atoms[atom] = ATOM[atom.args[0]] * on_atom(atom.args[1]) ** 2
    for atom in residual.atoms(Trace):
        on_atoms[atom] = on_atom(atom.args[0])
    energies = sp.expand(residual.xreplace(on_atoms))
    noise, summed = energies.as_independent(EIGENVALUES, as_Add=True)
    shares = sp.Add(*(in_shares(term) for term in sp.Add.make_args(summed)))
    return (
        in_shares(on_atom(mean.args[1]) / sp.sqrt(SIGNAL)),
        in_shares(on_atom(carried.args[0])),
        noise + Total(shares),
        GAMMA * WEIGHTS * in_shares(on_atom(spread.args[0])),
    )


def bias(mean: sp.Expr) -> sp.Expr:
    """Write 1 - S M as a sum of nonnegative terms.

    With S = 1 - K it is (1 - M) + K M, and 1 - M is the bias before.
    """
    return sp.expand(1 - mean.subs(SHRINK, 1 - LOST)) - (1 - MULTIPLIER) + BIAS


def delta() -> sp.Expr:
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


def gain() -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """What a student takes from its teacher's excess risk on an atom, per s, and what its penalty adds.

    The labels are the teacher's, mixed with true ones: bias `taught b`, covariance `taught^2 c`, taught = 1 -
    truth. The differences of covariances and of squared biases factor; each factor is written, by S = 1 - K,
    as what is positive in it less what is negative. Returned are the share of the teacher's covariance that
    goes, the bias that true labels remove and the bias that the penalty adds; the two biases are to be
    multiplied by the sum of the bias before and after and by the signal.
    """
    mean, carried, _, _ = learned()
    after = bias(mean).subs(BIAS, TAUGHT * EARLIER)
    shift = sp.expand((EARLIER - after).subs(TAUGHT, 1 - TRUTH))
    removed = sp.Add(*(term for term in sp.Add.make_args(shift) if not term.could_extract_minus_sign()))
    grown = sp.expand(removed - shift)
    rest = sp.cancel((1 - carried / COVARIANCE * TAUGHT**2) / (1 - SHRINK * TAUGHT))
    taken = (TRUTH + TAUGHT * LOST) * rest
    whole = taken * HELD + (removed - grown) * (EARLIER + after) * SIGNAL
    before = EARLIER**2 * SIGNAL + HELD
    left = after**2 * SIGNAL + carried.subs(COVARIANCE, TAUGHT**2 * HELD)
    if sp.expand((whole - (before - left)).subs(LOST, 1 - SHRINK).subs(TAUGHT, 1 - TRUTH)) != 0:
        raise ValueError("the gain is not the teacher's excess risk less the student's")
    return taken, removed, grown
