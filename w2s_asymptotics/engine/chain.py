"""Deriving the risk of a chain of ridge learners, whatever chain it is handed.

The excess risk is the quadratic form of the last learner's error. One data set at a time, from the last to the first, the
normal equations are inserted, the label noise averaged and the rows integrated out; the words that are left hold the previous
learner's weights and error only, and the same rules apply again. A fourth generation is one more turn of the loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy as sp

from w2s_asymptotics.engine import rules
from w2s_asymptotics.engine.derivation import Check, Step
from w2s_asymptotics.engine.matrix_checks import ClosesLikeOneOverD, ExactOnMatrices, ExactOverSigns, Labels
from w2s_asymptotics.engine.words import BETA, Quadratic, Stage

__all__ = ["chain_steps", "stage_steps"]


def stage_steps(start: sp.Expr, stage: Stage, labels: Labels, labelled_error: Any, *, starts: bool) -> list[Step]:
    """Integrate one data set out of ``start``: the steps of one turn of the loop.

    ``labels.labelled`` are the weights f of the function that labels the rows; ``labelled_error`` is f - beta_*.
    """
    steps: list[Step] = []
    algebra, k = ExactOnMatrices(stage, labels), stage.label

    def rewrite(name: str, rule: str, after: sp.Expr, check: Check, note: str, uses: tuple[str, ...] = ()) -> sp.Expr:
        before = steps[-1].after if steps else start
        if after != before:
            steps.append(Step(f"{name} ({k})", rule, before, after, check, uses, note, starts and not steps))
        return after

    expression = rewrite(
        "insert the estimator",
        "normal equations",
        rules.insert_estimator(start, stage, labels.labelled, labelled_error),
        algebra,
        rf"The learner solves $(\hat\Sigma_{{{k}}} + \lambda_{{{k}}}\Gamma_{{{k}}})\,\beta_{{{k}}} = \hat\Sigma_{{{k}}} f + z_{{{k}}}$: "
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
        ExactOverSigns(stage, labels),
        r"Given the rows, $z$ is centred with covariance $\sigma^2\hat\Sigma/n$; the cross terms vanish.",
    )
    expression = rewrite(
        "integrate the rows out",
        "deterministic equivalents of one and of two resolvents",
        rules.integrate_data(expression, stage),
        ClosesLikeOneOverD(stage, labels),
        r"$\lambda R$ becomes $\kappa G$ plus an independent fluctuation, and $R\hat\Sigma R$ becomes $G\Sigma G/\delta$.",
        uses=("one_point", "two_point"),
    )
    expression = rewrite(
        "combine the resolvents",
        r"$I - \kappa G\Gamma = G\Sigma$",
        rules.combine_resolvents(expression, stage),
        algebra,
        "This is the definition of G.",
    )
    expression = rewrite(
        "gather the residual energy",
        "collect",
        rules.factor_residuals(expression, stage),
        algebra,
        "What a ridge fit cannot explain, noise and bias alike, acts as label noise of one variance.",
    )
    if labels.previous is not None:
        rewrite(
            "name what was learned",
            r"$\Delta + \beta_* = \beta$",
            rules.name_weights(expression, labels.previous),
            algebra,
            "Where the previous learner's error stands beside the target, its weights stand.",
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
