r"""An optimally tuned teacher is beaten by a student whose penalty is better aligned with the target.

The word of the criterion (``alignment``) and of the student's risk, summed over two blocks; completing the
square. Setting: mechanism 2 of [MH25] (arXiv:2505.18346); optimal weights for a single ridge fit: Wu, Xu,
NeurIPS 2020.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from w2s_asymptotics.chains.ridge import stage_steps
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import Identity, LimitOf, Solves
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.domain import positive, within
from w2s_asymptotics.proof.models.diagonal import Blocks
from w2s_asymptotics.proof.models.rows import Labels
from w2s_asymptotics.proof.tactics import Equal
from w2s_asymptotics.theorems import _two_blocks as blocks
from w2s_asymptotics.theorems import registered
from w2s_asymptotics.theorems._isotropic import inserted, said, signal, tidy
from w2s_asymptotics.theorems.alignment import (
    RESIDUAL,
    STUDENT,
    TEACHER,
    isotropic_residual,
    named_residual,
    residual_energy,
)
from w2s_asymptotics.words.diagonal import by_block
from w2s_asymptotics.words.words import Quadratic

__all__ = ["closed_forms", "derivation"]

_k, _gamma = TEACHER.kappa, STUDENT.gamma
_inner = sp.Symbol("B", real=True)
_rest = (1 - _gamma) * (1 - blocks.e)


def closed_forms() -> dict[str, Any]:
    """Return the closed forms: the slope of the gain at zero penalty, the gain, and the most it can be."""
    forms = registered("aligned_student").forms
    return {name: forms[name] for name in ("slope of the gain", "gain", "most")}


def _first_order(account: Account) -> Any:
    """The slope of the gain at zero penalty, for a teacher at its optimum."""
    optimum = blocks.at_the_optimum()
    account.line(isotropic_residual()).rewrite(
        "residual energy at the optimum",
        r"$\lambda_t = \gamma_t\sigma^2/r^2$",
        lambda e: tidy(inserted(e, optimum)),
        Identity(optimum),
        uses=("optimal_teacher", "marchenko_pastur"),
        note=r"This is $\tau^2$: $\gamma_t\tau^2 = \kappa_t r^2$.",
    )
    words = registered("alignment").forms["in words"]
    account.line(words).rewrite(
        "sum over two blocks",
        r"$\Sigma = \Gamma_t = I$, $\Gamma_s = (g_1, g_2)$",
        lambda e: sp.collect(
            sp.expand(by_block(named_residual(e), blocks.teacher_blocks(), TEACHER)), blocks.g, sp.factor
        ),
        Equal(Blocks(blocks.teacher_blocks(), TEACHER, {RESIDUAL: residual_energy()})),
        uses=("alignment",),
        note="The inner product of the criterion; a block is under-regularised if its bracket is positive.",
    )
    at_optimum = {RESIDUAL: account["residual energy at the optimum"]}
    account.rewrite(
        "tune the teacher",
        r"$\gamma_t\tau^2 = \kappa_t r^2$ at $\lambda_t = \gamma_t\sigma^2/r^2$",
        lambda e: tidy(e.subs(blocks.TWO_BLOCKS).subs(at_optimum)),
        Identity({**blocks.TWO_BLOCKS, **at_optimum}),
        uses=("residual energy at the optimum",),
        note=(
            "The brackets of the two blocks are then opposite: what one is short of, the other has too much."
        ),
    )
    product = account.last
    slope = account.line(2 * _inner / (1 - _gamma)).rewrite(
        "slope of the gain",
        r"times $2/(1 - \gamma_s)$",
        lambda e: e.subs(_inner, product),
        Identity({_inner: product}),
        uses=("alignment", "tune the teacher"),
        note=r"The derivative of the gain in $\lambda_s$ at 0, $B$ being the inner product.",
    )
    bayes = {blocks.g[0]: blocks.w / blocks.e, blocks.g[1]: (1 - blocks.w) / (1 - blocks.e)}
    account.line(slope).rewrite(
        "Bayes-aligned penalty",
        r"insert $g = (w/e, (1-w)/(1-e))$",
        lambda e: tidy(e.subs(bayes) * _rest) / _rest,
        Identity(bayes),
        uses=("slope of the gain",),
        note="One over the signal energy per dimension.",
    )
    for name, less, note in (
        ("it wins where block 1 holds less", blocks.ordered(blocks.e, blocks.w), r"$e < w$."),
        ("it wins where block 1 holds more", blocks.ordered(blocks.w, blocks.e), r"$e > w$."),
    ):
        account.line(slope.subs(bayes)).rewrite(
            name,
            "positive form",
            lambda e: tidy(e * _rest) / _rest,
            Identity(positive=less & positive(_k, signal) & within(_gamma, 0, 1)),
            uses=("Bayes-aligned penalty",),
            note=note,
        )
    return slope


def _gain(account: Account) -> Any:
    """The exact gain of any student, from the word of its risk."""
    labels = Labels(TEACHER.weights, TEACHER)
    metric = STUDENT.covariance
    steps = stage_steps(Quadratic(metric, STUDENT.error), STUDENT, labels, TEACHER.error, starts=True)
    account.extend(steps)
    students = blocks.student_blocks()
    account.rewrite(
        "sum the risk over two blocks",
        r"$\Sigma = I$, $K_k = \kappa_s g_k/(1 + \kappa_s g_k)$",
        lambda e: by_block(e, students, STUDENT),
        Equal(Blocks(students, STUDENT)),
        note=(
            r"$q_k$, $\rho_k$, $e_k$: energy of the teacher, its overlap and the target's energy on "
            r"block k."
        ),
    )
    risk = account.last
    own = {STUDENT.delta: _counted()}
    of_teacher = sp.Add(
        *(e - 2 * r + q for e, r, q in zip(blocks.energies, blocks.overlaps, blocks.norms, strict=True))
    )
    together = sp.Add(
        *(2 * c * (q - r) for c, q, r in zip(blocks.K, blocks.norms, blocks.overlaps, strict=True))
    )
    account.line(of_teacher - risk).claim(
        "gain",
        "the teacher's risk less the student's",
        together - sp.Add(*(c**2 * q for c, q in zip(blocks.K, blocks.norms, strict=True))) / STUDENT.delta,
        Identity(own),
        uses=("sum the risk over two blocks",),
        note=(
            r"With $\delta_s = 1 - \gamma_s\sum_k w_k(1 - K_k)^2$. The first term is linear in what is "
            r"taken away."
        ),
    )
    return account.last


def _counted() -> Any:
    """Return delta_s of a student in K_k: 1 - df2/n."""
    return 1 - _gamma * sum(w * (1 - lost) ** 2 for w, lost in zip(blocks.shares, blocks.K, strict=True))


def _isotropic_students_lose(account: Account, gain: Any, whole: dict[Any, Any]) -> None:
    """With equal weights the gain of an optimal teacher's student is negative."""
    lost, total = sp.Symbol("K", positive=True), sp.Symbol("q", positive=True)
    balanced = sp.Eq(sp.Add(*blocks.norms), sp.Add(*blocks.overlaps))
    account.line(balanced.lhs - balanced.rhs).claim(
        "an optimal teacher does not overshoot",
        r"insert the optimal teacher",
        sp.S.Zero,
        Identity(whole),
        uses=("optimal_teacher", "overlap_gap"),
        takes=("residual energy at the optimum",),
        note=r"Its $q - \rho$ vanishes, as that of any isotropic ridge teacher at its optimum.",
    )
    shared = account.line(balanced).rewrite(
        "overlap on the first block",
        r"solve for $\rho_1$",
        lambda e: sp.Eq(blocks.overlaps[0], sp.solve(e, blocks.overlaps[0])[0]),
        Solves(),
        uses=("an optimal teacher does not overshoot",),
    )
    equal = {
        blocks.K[0]: lost,
        blocks.K[1]: lost,
        blocks.overlaps[0]: shared.rhs,
        blocks.norms[0]: total - blocks.norms[1],
    }
    account.line(-gain).rewrite(
        "equal weights lose",
        r"$K_1 = K_2$, $\rho_1 + \rho_2 = q_1 + q_2$",
        lambda e: tidy(e.subs(equal)),
        Identity(equal, positive=within(STUDENT.delta, 0, 1)),
        uses=("gain", "compensation"),
        takes=("overlap on the first block",),
        note=(
            r"An optimal teacher has $\rho = q$, so a student with $\Gamma_s = I$ loses: case (a) of the "
            "compensation theorem, whatever the blocks."
        ),
    )


def _bound(account: Account, gain: Any, whole: dict[Any, Any]) -> Any:
    """The most any student can gain, and what it is for an optimal teacher."""
    taken = within(blocks.K[0], 0, 1) & within(blocks.K[1], 0, 1)
    unlimited = gain.subs(STUDENT.delta, 1)
    account.line(unlimited - gain).rewrite(
        "more rows help",
        r"$\delta_s \leq 1$",
        tidy,
        Identity(positive=within(STUDENT.delta, 0, 1) & taken),
        uses=("gain",),
        note=r"The gain at given $K$ grows with $\delta_s$, which tends to 1 as $\gamma_s \to 0$.",
    )
    squares = sp.Add(
        *(
            (q - r) ** 2 / q - q * (lost - (q - r) / q) ** 2
            for q, r, lost in zip(blocks.norms, blocks.overlaps, blocks.K, strict=True)
        )
    )
    account.line(unlimited).claim(
        "complete the square",
        "complete the square",
        squares,
        Identity(),
        uses=("more rows help",),
        note=r"Each block is best at $K_k = (q_k - \rho_k)/q_k$ where that is positive, and else at 0.",
    )
    best = (blocks.norms[0] - blocks.overlaps[0]) ** 2 / blocks.norms[0]
    chosen = {blocks.K[0]: (blocks.norms[0] - blocks.overlaps[0]) / blocks.norms[0], blocks.K[1]: 0}
    account.line(gain.subs(STUDENT.delta, _counted()).subs(chosen)).claim(
        "it is approached",
        r"$\gamma_s \to 0$",
        best,
        LimitOf(
            _gamma,
            0,
            tuple(
                {
                    blocks.norms[0]: sp.Rational(a, 4),
                    blocks.overlaps[0]: sp.Rational(1, 4),
                    blocks.shares[0]: sp.Rational(1, a),
                    blocks.shares[1]: 1 - sp.Rational(1, a),
                }
                for a in (2, 3, 5)
            ),
        ),
        uses=("complete the square", "gain"),
        note=r"Where block 1 alone has $q_k > \rho_k$: by the student with $g_2 \to 0$ and that $K_1$.",
    )
    account.line(
        -(2 * blocks.K[1] * (blocks.norms[1] - blocks.overlaps[1]) - blocks.K[1] ** 2 * blocks.norms[1])
    ).rewrite(
        "nothing to gain where it does not overshoot",
        "expand",
        sp.expand,
        Identity(positive=within(blocks.overlaps[1], blocks.norms[1], sp.oo)),
        uses=("more rows help",),
        note=r"Where $\rho_k > q_k$ whatever is taken away costs: the best $K_k$ is 0.",
    )
    account.line(blocks.overlaps[1] - blocks.norms[1]).rewrite(
        "the other block does not overshoot",
        "insert the optimal teacher",
        lambda e: tidy(inserted(e, whole)),
        Identity(whole, positive=blocks.ordered(blocks.e, blocks.w) & positive(_k, signal)),
        uses=("residual energy at the optimum", "overlap on block 2", "norm on block 2"),
        note=r"For $e < w$, block 2.",
    )
    account.line(best).rewrite(
        "the most an aligned student gains",
        "insert the optimal teacher",
        lambda e: tidy(inserted(e, whole)),
        Identity(whole),
        uses=("complete the square", "tune the teacher", "ridge_map"),
        note=(
            r"Block 1 is the under-regularised one, $e < w$; on the other $\rho_2 > q_2$, and the best "
            r"weight is 0."
        ),
    )
    most = account.last
    account.line(most).rewrite(
        "it is positive",
        "positive form",
        tidy,
        Identity(positive=blocks.ordered(blocks.e, blocks.w) & positive(_k, signal)),
        uses=("the most an aligned student gains",),
        note=r"For every $e < w$.",
    )
    return most


def derivation() -> Derivation:
    """Derive the slope, the exact gain and its bound."""
    account = Account()
    slope = _first_order(account)
    gain = _gain(account)
    whole = {**blocks.teacher_moments(account), RESIDUAL: account["residual energy at the optimum"]}
    _isotropic_students_lose(account, gain, whole)
    most = _bound(account, gain, whole)
    return Derivation(
        name="aligned_student",
        title="An optimal teacher is beaten by an aligned student",
        statement=r"A teacher with $\Gamma_t = I$ at its optimal penalty is beaten by no student with "
        r"$\Gamma_s = I$, "
        r"but, if the signal is uneven ($e \neq w$) and $\gamma_s < 1$, by every student that weighs the "
        r"block with "
        r"less than its share of the signal more heavily, for all small $\lambda_s$. The gain is at most "
        rf"{said(most)} (for $e < w$), approached as $\gamma_s \to 0$.",
        assumptions=(
            r"$\Sigma = \Gamma_t = I$, $\lambda_t = \gamma_t\sigma^2/r^2$; fresh rows; "
            "the student's labels are the teacher's predictions.",
            r"Two blocks of shares $w$, $1 - w$ of the coordinates and $e$, $1 - e$ of the signal, $0 < "
            r"e < 1$.",
        ),
        sources=(
            "Moniri, Hassani, arXiv:2505.18346 (weighted ridge, mechanism 2); proved here.",
            "Wu, Xu, NeurIPS 2020 (optimal weights of a single ridge fit).",
        ),
        steps=tuple(account.steps),
        result=most,
        forms={"slope of the gain": slope, "gain": gain, "most": most},
        notation=(
            ("e_k, w_k", "energy of the target on block k, and the block's share of the coordinates"),
            (
                "B",
                r"the criterion $-\mathbb{E}\langle\Gamma_s\beta_t, \Delta_t\rangle$",
            ),
            (
                r"R_s, \hat\Sigma_s, z_s",
                "resolvent, sample covariance and noise vector of the student, as in ridge map",
            ),
            (r"\Delta_k, \beta_k", r"error $\beta_k - \beta_*$ and weights of learner k"),
            ("w, e", "share of the coordinates and of the signal on block 1"),
            ("g_1, g_2", "weights of the student's penalty"),
            ("K_k", r"$\kappa_s g_k/(1 + \kappa_s g_k)$, what the student takes away from block k"),
            (r"\rho_k, q_k", r"$\langle\beta_*, \beta_t\rangle$ and $\|\beta_t\|^2$ on block k"),
            (r"\tau^2", "residual energy of the teacher"),
            (r"\delta_s", r"$1 - \gamma_s\sum_k w_k(1 - K_k)^2$"),
        ),
        uses=(
            "alignment",
            "optimal_teacher",
            "overlap_gap",
            "compensation",
            "ridge_map",
            "marchenko_pastur",
            "one_point",
            "two_point",
        ),
    )
