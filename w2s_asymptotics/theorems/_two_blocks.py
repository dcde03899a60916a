r"""Two blocks of coordinates, a teacher without and a student with a penalty of its own on each.

Sigma = Gamma_t = I; block 1 has the share ``w`` of the coordinates and ``e`` of the signal, the student's
penalty weighs the blocks ``g_1, g_2``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.domain import Domain, margin
from w2s_asymptotics.proof.models.diagonal import Blocks
from w2s_asymptotics.proof.tactics import Equal
from w2s_asymptotics.theorems import from_, registered
from w2s_asymptotics.theorems._isotropic import given_kappa, signal
from w2s_asymptotics.theorems.alignment import (
    RESIDUAL,
    STUDENT,
    TEACHER,
    isotropic_block,
    named_residual,
    residual_energy,
)
from w2s_asymptotics.words.diagonal import Block, by_block
from w2s_asymptotics.words.inner import inner
from w2s_asymptotics.words.words import BETA, Trace, letter

__all__ = [
    "K", "TWO_BLOCKS", "at_the_optimum", "energies", "norms", "ordered", "overlaps", "shares",
    "student_blocks", "teacher_blocks", "teacher_moments",
]  # fmt: skip

w, e = sp.symbols("w e", positive=True)
g = sp.symbols("g_1 g_2", positive=True)
shares = sp.symbols("w_1 w_2", positive=True)
energies, overlaps, norms = (sp.symbols(f"{name}_1 {name}_2", positive=True) for name in ("e", "rho", "q"))
K = sp.symbols("K_1 K_2", positive=True)
_k = TEACHER.kappa
TWO_BLOCKS = {shares[0]: w, shares[1]: 1 - w, energies[0]: e * signal, energies[1]: (1 - e) * signal}


def ordered(less: sp.Symbol, more: sp.Symbol) -> Domain:
    """Return the domain ``0 < less < more < 1``."""
    p, x = sp.symbols("p x", positive=True)
    conditions = sp.Lt(less, more, evaluate=False), sp.Lt(more, 1, evaluate=False)
    apart, beyond = map(margin, conditions)
    return Domain(
        conditions, {less: 1 / (1 + p + x), more: 1 / (1 + p)}, {p: beyond / more, x: apart / (less * more)}
    )


def teacher_blocks() -> tuple[Block, ...]:
    """Return the blocks of the teacher: what the student's penalty weighs are g_1 and g_2."""
    return tuple(
        isotropic_block(TEACHER, weight, energy, weighs)
        for weight, energy, weighs in zip(shares, energies, g, strict=True)
    )


def student_blocks() -> tuple[Block, ...]:
    """Sigma = I and a student's penalty g_k, through K_k = kappa_s g_k/(1 + kappa_s g_k)."""
    return tuple(
        Block(
            {
                STUDENT.covariance: sp.S.One,
                STUDENT.penalty: lost / (STUDENT.kappa * (1 - lost)),
                STUDENT.equivalent: 1 - lost,
            },
            weight,
            energy,
            overlap,
            norm,
            TEACHER,
        )
        for lost, weight, energy, overlap, norm in zip(K, shares, energies, overlaps, norms, strict=True)
    )


def _unlabelled(expression: Any) -> Any:
    """Write what is proved of any ridge teacher for this one."""
    return expression.subs({symbol(name): symbol(name, "t") for name in ("gamma", "kappa", "lam", "noise")})


def at_the_optimum() -> dict[Any, Any]:
    """Return the noise for which the teacher's penalty is its optimum, and lam in kappa."""
    best = sp.Eq(TEACHER.lam, _unlabelled(from_("optimal_teacher", "optimal penalty")))
    return {TEACHER.noise: sp.solve(best, TEACHER.noise)[0], **given_kappa(TEACHER.lam, _k, TEACHER.gamma)}


def teacher_moments(account: Account) -> dict[Any, Any]:
    """The teacher's rho_k and q_k on each block, in kappa and tau^2."""
    metric = letter("A")
    stage = registered("ridge_map").result.subs(letter("mu"), BETA)
    second = stage.xreplace({atom: sp.S.Zero for atom in stage.atoms(Trace) if atom.has(letter("C"))})
    first = inner(metric, BETA, TEACHER.equivalent * TEACHER.covariance * BETA)
    found = {}
    for chosen, letters in ((0, (overlaps[0], norms[0])), (1, (overlaps[1], norms[1]))):
        blocks = tuple(
            replace(block, multiples={**block.multiples, metric: sp.Integer(int(place == chosen))})
            for place, block in enumerate(teacher_blocks())
        )
        for name, words, name_of, note in (
            ("overlap", first, letters[0], r"The mean of the teacher's weights is $G\Sigma\beta_*$."),
            (
                "norm",
                second,
                letters[1],
                rf"The map of a ridge stage at the target; A selects block {chosen + 1}.",
            ),
        ):
            after = account.line(words).rewrite(
                f"{name} on block {chosen + 1}",
                "sum over two blocks",
                lambda e, blocks=blocks: sp.factor(by_block(named_residual(e), blocks, TEACHER)),  # type: ignore[misc]
                Equal(Blocks(blocks, TEACHER, {RESIDUAL: residual_energy()})),
                uses=("ridge_map",),
                note=note,
            )
            found[name_of] = after.subs(TWO_BLOCKS)
    return found
