"""Deriving the risk of a chain of ridge learners, whatever chain it is handed.

The excess risk is the quadratic form of the last learner's error. One data set at a time, from the last to
the first, the normal equations are inserted, the label noise averaged and the rows integrated out; the words
that are left hold the previous learner's weights and error only, and the same rules apply again. A fourth
generation is one more turn of the loop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from w2s_asymptotics.chains.drawn import AtDraws, as_numbers, at_point, drawn_point, is_rounded, nested_root
from w2s_asymptotics.chains.setting import at_parameters, check_numbers, label_variance, labels_of, rows_of
from w2s_asymptotics.learners import Ridge
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.derivation import Check, Derivation, Step
from w2s_asymptotics.proof.models.atoms import Diagonals
from w2s_asymptotics.proof.models.isotropic import Identities, InsertedValues
from w2s_asymptotics.proof.models.names import Names
from w2s_asymptotics.proof.models.rows import Labels, Rows, Signs
from w2s_asymptotics.proof.tactics import Averages, Closes, Equal
from w2s_asymptotics.words import atoms, rules
from w2s_asymptotics.words import isotropic as formulas
from w2s_asymptotics.words.symbols import Asked
from w2s_asymptotics.words.words import BETA, Quadratic, Stage, letter
from w2s_asymptotics.worlds.population import IsotropicPopulation, MatrixPopulation, Population

__all__ = ["chain_steps", "derive_chain", "stage_steps"]


def stage_steps(
    start: sp.Expr, stage: Stage, labels: Labels, labelled_error: Any, *, starts: bool
) -> list[Step]:
    """Integrate one data set out of ``start``: the steps of one turn of the loop.

    ``labels.labelled`` are the weights f of the function that labels the rows; ``labelled_error`` is
    f - beta_*.
    """
    steps: list[Step] = []
    algebra, k = Equal(Rows(stage, labels)), stage.label

    def rewrite(
        name: str, rule: str, after: sp.Expr, check: Check, note: str, uses: tuple[str, ...] = ()
    ) -> sp.Expr:
        before = steps[-1].after if steps else start
        if after != before:
            steps.append(Step(f"{name} ({k})", rule, before, after, check, uses, note, starts and not steps))
        return after

    expression = rewrite(
        "insert the estimator",
        "normal equations",
        rules.insert_estimator(start, stage, labels.labelled, labelled_error),
        algebra,
        "The learner solves "
        rf"$(\hat\Sigma_{{{k}}} + \lambda_{{{k}}}\Gamma_{{{k}}})\,\beta_{{{k}}} "
        rf"= \hat\Sigma_{{{k}}} f + z_{{{k}}}$: "
        "its labels are those of the function f, the target or the learner before it, plus noise.",
    )
    expression = rewrite(
        "resolve the sample covariance",
        r"$R\hat\Sigma = I - \lambda R\Gamma$",
        rules.resolve_sample_covariance(expression, stage),
        algebra,
        "This is the definition of the resolvent.",
    )
    expression = rewrite(
        "average the label noise",
        "mean over the noise",
        rules.average_noise(expression, stage),
        Averages(Signs(stage, labels)),
        r"Given the rows, $z$ is centred with covariance $\sigma^2\hat\Sigma/n$; the cross terms vanish.",
    )
    expression = rewrite(
        "integrate the rows out",
        "deterministic equivalents of one and of two resolvents",
        rules.integrate_data(expression, stage),
        Closes(Rows(stage, labels, by=(stage.noise,) if stage.noisy else ())),
        (
            r"$\lambda R$ becomes $\kappa G$ plus an independent fluctuation, "
            r"and $R\hat\Sigma R$ becomes $G\Sigma G/\delta$."
        ),
        uses=("one_point", "two_point"),
    )
    expression = rewrite(
        "combine the resolvents",
        r"$I - \kappa G\Gamma = G\Sigma$",
        rules.combine_resolvents(expression, stage),
        algebra,
        "This is the definition of G.",
    )
    if labels.previous is not None:
        expression = rewrite(
            "name what was learned",
            r"$\Delta + \beta_* = \beta$",
            rules.name_weights(expression, labels.previous),
            algebra,
            "Where the previous learner's error stands beside the target, its weights stand.",
        )
    rewrite(
        "gather the residual energy",
        "collect",
        rules.factor_residuals(expression, stage),
        algebra,
        "What a ridge fit cannot explain, noise and bias alike, acts as label noise of one variance.",
    )
    return steps


def chain_steps(stages: Sequence[Stage], test_covariance: sp.Expr) -> list[Step]:
    """Derive the excess risk of the last of ``stages`` down to words in deterministic matrices."""
    expression: sp.Expr = Quadratic(test_covariance, stages[-1].error)
    steps: list[Step] = []
    for place in range(len(stages) - 1, -1, -1):
        stage = stages[place]
        previous = stages[place - 1] if place else None
        if previous is None:
            labelled, labelled_error = BETA, sp.S.Zero
        else:
            labelled = sp.expand(stage.truth * BETA + (1 - stage.truth) * previous.weights)
            labelled_error = (1 - stage.truth) * previous.error
        steps += stage_steps(expression, stage, Labels(labelled, previous), labelled_error, starts=not steps)
        expression = steps[-1].after
    return steps


def stages_of(learners: Sequence[Ridge], world: Population) -> tuple[Stage, ...]:
    """Return a stage per learner: t and s for a teacher and its student, 1, 2, 3, ... for longer chains.

    A first learner learns from true labels, whatever its ``truth``.
    """
    stages = []
    for place, (label, learner) in enumerate(zip(labels_of(len(learners)), learners, strict=True)):
        mixed = place > 0 and learner.truth != 0
        noisy = label_variance(place, learner, world) != 0
        stages.append(Stage(label, noisy=noisy, mixed=mixed))
    return tuple(stages)


def derive_chain(world: Population, learners: Sequence[Ridge]) -> Derivation:
    """Derive the excess risk of the last of ``learners`` in ``world`` from the definition of the estimator.

    The result is a formula in the user's own numbers and symbols: in the isotropic world by kappa(lam,
    gamma), on a joint spectrum by the algebraic number kappa of each stage, stated in the definitions. Where
    matrices need not commute it is a word in the deterministic matrices of each stage, in their order. Raises
    ``ValueError`` for a chain that does not fit.

    >>> derivation = derive_chain(Population.isotropic(signal=1, noise=0), (Ridge(gamma=2, lam=0),))
    >>> float(derivation.result)
    0.5
    """
    check_numbers(world, learners)
    stages = stages_of(learners, world)
    test_covariance = letter("Sigma")
    account = Account()
    account.extend(chain_steps(stages, test_covariance))
    if not commutes(world, learners):
        return _record(stages, account.steps, account.last, {"words": account.last}, (), ())
    plain = all(learner.penalty is None and learner.covariance is None for learner in learners)
    if not (plain and isinstance(world, IsotropicPopulation)):
        return _on_atoms(world, learners, stages, account, test_covariance)

    meaning = {key: value for stage in stages for key, value in formulas.definitions(stage).items()}
    in_shares = account.claim(
        "enter the isotropic world",
        r"$\Sigma = \Gamma = I$",
        formulas.isotropic(account.last, stages, test_covariance),
        Equal(Identities(tuple(stages), test_covariance)),
        note=r"Every matrix is a multiple of I: $G\Sigma = S$, $\kappa G\Gamma = K$; "
        r"a trace over $n$ is $\gamma$ times a number.",
    )
    resolvent = account.claim(
        "write it by the resolvent",
        r"$S = 1 - \lambda m$, $K = \lambda m$, $S^2/\delta = m - \lambda m'$",
        formulas.in_resolvent(in_shares, stages),
        Equal(Names(meaning)),
        note="The Marchenko-Pastur m and its derivative, as papers print it.",
        uses=("marchenko_pastur",),
    )
    effective = account.claim(
        "write it by the effective regularisation",
        r"$\lambda m = \kappa/(1 + \kappa)$",
        formulas.in_kappa(in_shares, stages),
        Equal(Names(meaning)),
        note="The same in kappa, a sum of nonnegative terms: nothing cancels when it is computed.",
        uses=("marchenko_pastur",),
    )
    values = {formulas.SIGNAL: sp.sympify(world.signal)} | _scalars(world, learners, stages)
    for stage, learner in zip(stages, learners, strict=True):
        values |= {stage.gamma: sp.sympify(learner.gamma), stage.lam: sp.sympify(learner.lam)}
    sources = tuple(
        (stage, sp.sympify(world.noise), sp.sympify(learner.noise), place == 0)
        for place, (stage, learner) in enumerate(zip(stages, learners, strict=True))
    )
    result = account.claim(
        "insert the values",
        r"$\kappa = \kappa(\lambda, \gamma)$, $\delta = \omega + \gamma\kappa/(1 + \kappa)^2$",
        formulas.insert_values(effective, stages, values),
        Equal(InsertedValues(tuple(stages), values, sources)),
        note="The parameters as given, kappa and omega being the roots of the Marchenko-Pastur quadratic.",
        uses=("marchenko_pastur",),
    )
    printed = tuple((stage.delta, formulas.definitions(stage)[stage.delta]) for stage in stages)
    forms = {"kappa": effective, "resolvent": resolvent}
    setting = (r"$\Sigma_k = \Gamma_k = I$ and $\|\beta_*\|^2 = r^2$.",)
    return _record(stages, account.steps, result, forms, printed, setting)


def commutes(world: Population, learners: Sequence[Ridge]) -> bool:
    """Whether Sigma, every Gamma and every stage's own Sigma share an eigenbasis: a spectrum of atoms."""
    own = [value for learner in learners for value in (learner.penalty, learner.covariance)]
    return not (isinstance(world, MatrixPopulation) and any(np.ndim(value) > 0 for value in own))


def _on_atoms(
    world: Population,
    learners: Sequence[Ridge],
    stages: Sequence[Stage],
    account: Account,
    test_covariance: sp.Symbol,
) -> Derivation:
    """Write the words as sums over the atoms of a joint spectrum, and insert its values."""
    result, asked = at_parameters(world, learners, [stage.label for stage in stages])
    rows, scalars = rows_of(world), _scalars(world, learners, stages)
    count = len(rows[0])
    general = atoms.over_atoms(account.last, stages, atoms.generic(stages, test_covariance, count))
    account.claim(
        "enter the joint spectrum",
        r"$\mathrm{tr}\,A = d\,\sum_i w_i A_i$, $\|v\|_A^2 = \sum_i e_i A_i v_i^2$",
        general,
        Equal(Diagonals(tuple(stages), test_covariance, count)),
        note=r"Every matrix is diagonal; a trace over $n$ is $\gamma$ times a weighted sum over atoms.",
    )
    given = [*scalars.values(), *(value for each in (*rows, *(one.flat for one in asked)) for value in each)]
    drawn = partial(_drawn, tuple(stages), test_covariance, rows, asked, scalars)
    account.claim(
        "insert the values",
        r"$G_{k,i} = 1/(s_{k,i} + \kappa_k g_{k,i})$",
        result,
        AtDraws(drawn, "kappa found by bisection", 11 if is_rounded(given) else 30),
        note="The parameters as given; each kappa is the algebraic number stated below.",
    )
    printed = tuple(
        pair for stage, each in zip(stages, asked, strict=True) for pair in atoms.stated(stage, each)
    )
    setting = (
        r"$\Sigma$, every $\Sigma_k$ and $\Gamma_k$ are diagonal in one basis: a joint spectrum of atoms.",
    )
    return _record(stages, account.steps, result, {"atoms": result, "spectrum": general}, printed, setting)


def _scalars(world: Population, learners: Sequence[Ridge], stages: Sequence[Stage]) -> dict[Any, Any]:
    """The variance of every stage's noise, and its share of true labels, by symbol."""
    scalars: dict[Any, Any] = {}
    for place, (stage, learner) in enumerate(zip(stages, learners, strict=True)):
        scalars |= {stage.noise: label_variance(place, learner, world)} if stage.noisy else {}
        scalars |= {stage.truth: sp.sympify(learner.truth)} if stage.mixed else {}
    return scalars


def _drawn(
    stages: Sequence[Stage], test_covariance: sp.Symbol, rows: Sequence[Any], asked: Sequence[Asked],
    scalars: Mapping[Any, Any], rng: np.random.Generator,
) -> tuple[dict[Any, Any], dict[Any, Any]]:  # fmt: skip
    """Numbers for the letters of every atom and stage, kappa by bisection, and for the user's symbols."""
    point = drawn_point(
        rng, [*scalars.values(), *(v for each in (*rows, *(one.flat for one in asked)) for v in each)]
    )
    with mpmath.workdps(_DIGITS):
        found = {name: at_point(value, point) for name, value in scalars.items()}
        on_atoms = atoms.generic(stages, test_covariance, len(rows[0]))
        for atom, values in zip(on_atoms, zip(*rows, strict=True), strict=True):
            names = atom.multiples[test_covariance], atom.weight, atom.energy
            found |= zip(names, (at_point(value, point) for value in values), strict=True)
        for stage, each in zip(stages, asked, strict=True):
            own = Asked(*([at_point(value, point) for value in part] for part in each))
            sgw = list(zip(own.s, own.g, own.w, strict=True))
            kappa, _, _ = nested_root(own.lams[0], own.gamma[0], own.width[0], own.tail[0], sgw)
            below = 1 - own.gamma[0] * sum(w * (s / (s + kappa * g)) ** 2 for s, g, w in sgw)
            found |= {stage.kappa: kappa, stage.gamma: own.gamma[0], stage.delta: below}
            for atom, (s, g, _) in zip(on_atoms, sgw, strict=True):
                letters = (atom.multiples[of] for of in (stage.covariance, stage.penalty, stage.equivalent))
                found |= zip(letters, (s, g, 1 / (s + kappa * g)), strict=True)
        return as_numbers(found, _DIGITS), point


_DIGITS = 70


def _record(
    stages: Sequence[Stage],
    steps: Sequence[Step],
    result: sp.Expr,
    forms: dict[str, sp.Expr],
    printed: tuple[tuple[Any, Any], ...],
    setting: tuple[str, ...],
) -> Derivation:
    """Dress the steps as a derivation: its setting in words, its notation, its sources."""
    names = ", ".join(stage.label for stage in stages)
    return Derivation(
        name="chain_" + "_".join(stage.label for stage in stages),
        title={1: "Risk of a ridge teacher", 2: "Risk of a ridge student taught by a ridge teacher"}.get(
            len(stages), f"Risk at the end of a chain of {len(stages)} ridge learners"
        ),
        statement=(
            f"The limiting excess risk of the last of the learners {names}, each fitted by ridge regression "
            "to fresh rows that the learner before it labels (the first: the target), "
            "obtained by integrating out one data set at a time."
        ),
        assumptions=(
            r"Covariates are Gaussian with covariance $\Sigma_k$; rows are fresh at every stage.",
            (
                r"Dimension and sample sizes grow together, $d/n_k \to \gamma_k$; "
                "spectra and penalties stay bounded."
            ),
            r"Label noise is centred, independent of the rows, of variance $\sigma_k^2$.",
            *setting,
        ),
        sources=(
            (
                "Moniri, Hassani: On the Mechanisms of Weak-to-Strong Generalization, "
                "arXiv:2505.18346 (the setting)."
            ),
            "Hastie, Montanari, Rosset, Tibshirani 2022; Dobriban, Wager 2018 (risk of a single ridge fit).",
        ),
        steps=tuple(steps),
        result=result,
        forms=forms,
        notation=NOTATION,
        definitions=printed,
        uses=("one_point", "two_point", "marchenko_pastur"),
    )


NOTATION: tuple[tuple[str, str], ...] = (
    (r"\beta_*,\ \beta_k,\ \Delta_k", "weights of the target; of learner k; their difference"),
    (
        r"\hat\Sigma_k,\ z_k",
        "sample covariance of learner k's rows; the noise $X'e/n$ in its normal equations",
    ),
    (r"\lambda_k,\ \Gamma_k", "ridge penalty and penalty matrix"),
    (r"R_k", r"resolvent $(\hat\Sigma_k + \lambda_k\Gamma_k)^{-1}$"),
    (r"\kappa_k", r"effective regularisation, $\kappa_k(1 - \mathrm{df}_1/n_k) = \lambda_k$"),
    (r"G_k", r"$(\Sigma_k + \kappa_k\Gamma_k)^{-1}$"),
    (r"\omega_k,\ \delta_k", r"$1 - \mathrm{df}_1/n_k = \lambda_k/\kappa_k$ and $1 - \mathrm{df}_2/n_k$"),
    (r"S_k,\ K_k", r"$1/(1 + \kappa_k)$ and $\kappa_k/(1 + \kappa_k)$"),
    (r"m_k,\ m_k'", r"Marchenko-Pastur resolvent $m(-\lambda_k)$ and its derivative in $z = -\lambda_k$"),
    (r"\gamma_k,\ n_k", "$d/n_k$; number of rows"),
    (r"\sigma_k^2,\ \xi_k", "variance of learner k's label noise; weight of true labels among its labels"),
    (r"\|v\|_A^2", "$v'Av$, in the mean over what is drawn"),
)
