r"""An optimally tuned teacher is beaten by a student whose penalty is better aligned with the target.

The word of the criterion (``alignment``) and of the student's risk, summed over two blocks; completing the
square. Setting: mechanism 2 of [MH25] (arXiv:2505.18346); optimal weights for a single ridge fit: Wu, Xu,
NeurIPS 2020.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy as sp

from w2s_asymptotics.chains.ridge import stage_steps
from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import Identity, LimitOf
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.proof.domain import Domain, margin, positive, within
from w2s_asymptotics.proof.models.diagonal import Blocks
from w2s_asymptotics.proof.models.rows import Labels
from w2s_asymptotics.proof.tactics import Equal
from w2s_asymptotics.theorems import from_, registered
from w2s_asymptotics.theorems._isotropic import given_kappa, inserted, signal, tidy
from w2s_asymptotics.theorems.alignment import (
    RESIDUAL,
    STUDENT,
    TEACHER,
    isotropic_block,
    isotropic_residual,
    named_residual,
    residual_energy,
)
from w2s_asymptotics.words.diagonal import Block, by_block
from w2s_asymptotics.words.inner import inner
from w2s_asymptotics.words.words import BETA, Quadratic, Trace, letter

__all__ = ["closed_forms", "derivation"]

_w, _e = sp.symbols("w e", positive=True)
_g = sp.symbols("g_1 g_2", positive=True)
_shares = sp.symbols("w_1 w_2", positive=True)
_energies, _overlaps, _norms = (sp.symbols(f"{name}_1 {name}_2", positive=True) for name in ("e", "rho", "q"))
_K = sp.symbols("K_1 K_2", positive=True)
_k, _gamma = TEACHER.kappa, STUDENT.gamma
_inner = sp.Symbol("B", real=True)
_rest = (1 - _gamma) * (1 - _e)
_two_blocks = {_shares[0]: _w, _shares[1]: 1 - _w, _energies[0]: _e * signal, _energies[1]: (1 - _e) * signal}


def closed_forms() -> dict[str, Any]:
    """Return the closed forms: the slope of the gain at zero penalty, the gain, and the most it can be."""
    forms = registered("aligned_student").forms
    return {name: forms[name] for name in ("slope of the gain", "gain", "most")}


def _ordered(less: sp.Symbol, more: sp.Symbol) -> Domain:
    """Return the domain ``0 < less < more < 1``."""
    p, x = sp.symbols("p x", positive=True)
    conditions = sp.Lt(less, more, evaluate=False), sp.Lt(more, 1, evaluate=False)
    apart, beyond = map(margin, conditions)
    return Domain(
        conditions, {less: 1 / (1 + p + x), more: 1 / (1 + p)}, {p: beyond / more, x: apart / (less * more)}
    )


def _teacher_blocks() -> tuple[Block, ...]:
    return tuple(
        isotropic_block(TEACHER, weight, energy, weighs)
        for weight, energy, weighs in zip(_shares, _energies, _g, strict=True)
    )


def _student_blocks() -> tuple[Block, ...]:
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
        for lost, weight, energy, overlap, norm in zip(_K, _shares, _energies, _overlaps, _norms, strict=True)
    )


def _unlabelled(expression: Any) -> Any:
    """Write what is proved of any ridge teacher for this one."""
    return expression.subs({symbol(name): symbol(name, "t") for name in ("gamma", "kappa", "lam", "noise")})


def _at_the_optimum() -> dict[Any, Any]:
    """Return the noise for which the teacher's penalty is its optimum, and lam in kappa."""
    best = sp.Eq(TEACHER.lam, _unlabelled(from_("optimal_teacher", "optimal penalty")))
    return {TEACHER.noise: sp.solve(best, TEACHER.noise)[0], **given_kappa(TEACHER.lam, _k, TEACHER.gamma)}


def _first_order(account: Account) -> Any:
    """The slope of the gain at zero penalty, for a teacher at its optimum."""
    optimum = _at_the_optimum()
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
            sp.expand(by_block(named_residual(e), _teacher_blocks(), TEACHER)), _g, sp.factor
        ),
        Equal(Blocks(_teacher_blocks(), TEACHER, {RESIDUAL: residual_energy()})),
        uses=("alignment",),
        note="The inner product of the criterion; a block is under-regularised if its bracket is positive.",
    )
    at_optimum = {RESIDUAL: account["residual energy at the optimum"]}
    account.rewrite(
        "tune the teacher",
        r"$\gamma_t\tau^2 = \kappa_t r^2$ at $\lambda_t = \gamma_t\sigma^2/r^2$",
        lambda e: tidy(e.subs(_two_blocks).subs(at_optimum)),
        Identity({**_two_blocks, **at_optimum}),
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
    bayes = {_g[0]: _w / _e, _g[1]: (1 - _w) / (1 - _e)}
    account.line(slope).rewrite(
        "Bayes-aligned penalty",
        r"insert $g = (w/e, (1-w)/(1-e))$",
        lambda e: tidy(e.subs(bayes) * _rest) / _rest,
        Identity(bayes),
        uses=("slope of the gain",),
        note="One over the signal energy per dimension.",
    )
    for name, less, note in (
        ("it wins where block 1 holds less", _ordered(_e, _w), r"$e < w$."),
        ("it wins where block 1 holds more", _ordered(_w, _e), r"$e > w$."),
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
    blocks = _student_blocks()
    account.rewrite(
        "sum the risk over two blocks",
        r"$\Sigma = I$, $K_k = \kappa_s g_k/(1 + \kappa_s g_k)$",
        lambda e: by_block(e, blocks, STUDENT),
        Equal(Blocks(blocks, STUDENT)),
        note=(
            r"$q_k$, $\rho_k$, $e_k$: energy of the teacher, its overlap and the target's energy on "
            r"block k."
        ),
    )
    risk = account.last
    own = {STUDENT.delta: _counted()}
    of_teacher = sp.Add(*(e - 2 * r + q for e, r, q in zip(_energies, _overlaps, _norms, strict=True)))
    together = sp.Add(*(2 * c * (q - r) for c, q, r in zip(_K, _norms, _overlaps, strict=True)))
    account.line(of_teacher - risk).claim(
        "gain",
        "the teacher's risk less the student's",
        together - sp.Add(*(c**2 * q for c, q in zip(_K, _norms, strict=True))) / STUDENT.delta,
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
    return 1 - _gamma * sum(w * (1 - lost) ** 2 for w, lost in zip(_shares, _K, strict=True))


def _isotropic_students_lose(account: Account, gain: Any) -> None:
    """With equal weights the gain of an optimal teacher's student is negative."""
    lost, total = sp.Symbol("K", positive=True), sp.Symbol("q", positive=True)
    optimum = _at_the_optimum()
    gap = account.line(_unlabelled(from_("overlap_gap", "kappa"))).rewrite(
        "an optimal teacher does not overshoot",
        r"$\lambda_t = \gamma_t\sigma^2/r^2$",
        lambda e: tidy(inserted(e, optimum)),
        Identity(optimum),
        uses=("overlap_gap", "optimal_teacher"),
        note=r"Its $q - \rho$ vanishes.",
    )
    equal = {
        _K[0]: lost,
        _K[1]: lost,
        _overlaps[0]: total - gap - _overlaps[1],
        _norms[0]: total - _norms[1],
    }
    account.line(-gain).rewrite(
        "equal weights lose",
        r"$K_1 = K_2$, $\rho_1 + \rho_2 = q_1 + q_2$",
        lambda e: tidy(e.subs(equal)),
        Identity(equal, positive=within(STUDENT.delta, 0, 1)),
        uses=("gain", "an optimal teacher does not overshoot", "compensation"),
        note=(
            r"An optimal teacher has $\rho = q$, so a student with $\Gamma_s = I$ loses: case (a) of the "
            "compensation theorem, whatever the blocks."
        ),
    )


def _bound(account: Account, gain: Any) -> Any:
    """The most any student can gain, and what it is for an optimal teacher."""
    taken = within(_K[0], 0, 1) & within(_K[1], 0, 1)
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
            for q, r, lost in zip(_norms, _overlaps, _K, strict=True)
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
    best = (_norms[0] - _overlaps[0]) ** 2 / _norms[0]
    chosen = {_K[0]: (_norms[0] - _overlaps[0]) / _norms[0], _K[1]: 0}
    account.line(gain.subs(STUDENT.delta, _counted()).subs(chosen)).claim(
        "it is approached",
        r"$\gamma_s \to 0$",
        best,
        LimitOf(
            _gamma,
            0,
            tuple(
                {
                    _norms[0]: sp.Rational(a, 4),
                    _overlaps[0]: sp.Rational(1, 4),
                    _shares[0]: sp.Rational(1, a),
                    _shares[1]: 1 - sp.Rational(1, a),
                }
                for a in (2, 3, 5)
            ),
        ),
        uses=("complete the square", "gain"),
        note=r"Where block 1 alone has $q_k > \rho_k$: by the student with $g_2 \to 0$ and that $K_1$.",
    )
    whole = {**_teacher_moments(account), RESIDUAL: account["residual energy at the optimum"]}
    account.line(-(2 * _K[1] * (_norms[1] - _overlaps[1]) - _K[1] ** 2 * _norms[1])).rewrite(
        "nothing to gain where it does not overshoot",
        "expand",
        sp.expand,
        Identity(positive=within(_overlaps[1], _norms[1], sp.oo)),
        uses=("more rows help",),
        note=r"Where $\rho_k > q_k$ whatever is taken away costs: the best $K_k$ is 0.",
    )
    account.line(_overlaps[1] - _norms[1]).rewrite(
        "the other block does not overshoot",
        "insert the optimal teacher",
        lambda e: tidy(inserted(e, whole)),
        Identity(whole, positive=_ordered(_e, _w) & positive(_k, signal)),
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
        Identity(positive=_ordered(_e, _w) & positive(_k, signal)),
        uses=("the most an aligned student gains",),
        note=r"For every $e < w$.",
    )
    return most


def _teacher_moments(account: Account) -> dict[Any, Any]:
    """The teacher's rho_k and q_k on each block, in kappa and tau^2."""
    metric = letter("A")
    stage = registered("ridge_map").result.subs(letter("mu"), BETA)
    second = stage.xreplace({atom: sp.S.Zero for atom in stage.atoms(Trace) if atom.has(letter("C"))})
    first = inner(metric, BETA, TEACHER.equivalent * TEACHER.covariance * BETA)
    found = {}
    for chosen, letters in ((0, (_overlaps[0], _norms[0])), (1, (_overlaps[1], _norms[1]))):
        blocks = tuple(
            replace(block, multiples={**block.multiples, metric: sp.Integer(int(place == chosen))})
            for place, block in enumerate(_teacher_blocks())
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
                lambda e, blocks=blocks: sp.factor(by_block(named_residual(e), blocks, TEACHER)),
                Equal(Blocks(blocks, TEACHER, {RESIDUAL: residual_energy()})),
                uses=("ridge_map",),
                note=note,
            )
            found[name_of] = after.subs(_two_blocks)
    return found


def derivation() -> Derivation:
    """Derive the slope, the exact gain and its bound."""
    account = Account()
    slope = _first_order(account)
    gain = _gain(account)
    _isotropic_students_lose(account, gain)
    most = _bound(account, gain)
    return Derivation(
        name="aligned_student",
        title="An optimal teacher is beaten by an aligned student",
        statement=r"A teacher with $\Gamma_t = I$ at its optimal penalty is beaten by no student with "
        r"$\Gamma_s = I$, "
        r"but, if the signal is uneven ($e \neq w$) and $\gamma_s < 1$, by every student that weighs the "
        r"block with "
        r"less than its share of the signal more heavily, for all small $\lambda_s$. The gain is at most "
        r"$r^2\kappa_t^2(w-e)^2/((1+\kappa_t)^2(e + w\kappa_t))$ (for $e < w$), approached as $\gamma_s "
        r"\to 0$.",
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
