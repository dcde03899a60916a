"""Rewriting rules on words: each takes an expression and a stage and returns the rewritten expression.

The rules are those of a referee's notebook: the normal equations, ``R Sigmahat = I - lam R Gamma``, the mean
over label noise, and the two deterministic equivalents, which integrate one data set out (proved in the
derivations ``one_point`` and ``two_point``). They know nothing of which chain they are applied to.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from w2s_asymptotics.words.words import (
    BETA,
    Quadratic,
    Stage,
    Trace,
    map_quadratics,
    quadratic,
    terms,
    trace,
    transpose,
)

__all__ = [
    "average_noise",
    "combine_resolvents",
    "factor_residuals",
    "insert_estimator",
    "integrate_data",
    "name_weights",
    "resolve_sample_covariance",
]


def insert_estimator(expression: Any, stage: Stage, labelled: sp.Expr, labelled_error: sp.Expr) -> sp.Expr:
    """Insert the normal equations: weights = R (Sigmahat f + z), error = weights - beta_*.

    ``labelled`` is f, the weights of the function that labels the rows, and ``labelled_error`` is f - beta_*,
    written in the previous learner's error so that what is left is a sum of like signs.

    >>> from w2s_asymptotics.words.words import letter
    >>> stage = Stage("t", noisy=False)
    >>> insert_estimator(Quadratic(letter("A"), stage.weights), stage, BETA, sp.S.Zero)
    Quadratic(A, R_t*Sigmahat_t*beta_*)
    """
    resolvent, sample = stage.resolvent, stage.sample_covariance
    noise = stage.noise_vector if stage.noisy else sp.S.Zero
    weights = sp.expand(resolvent * (sample * labelled + noise))
    error = sp.expand(resolvent * (sample * (BETA + labelled_error) + noise) - BETA)
    return map_quadratics(
        expression,
        lambda metric, vector: Quadratic(
            metric, sp.expand(vector.subs({stage.weights: weights, stage.error: error}))
        ),
    )


def resolve_sample_covariance(expression: Any, stage: Stage) -> sp.Expr:
    """Rewrite ``R Sigmahat`` as ``I - lam R Gamma``, which is the definition of R.

    >>> from w2s_asymptotics.words.words import letter
    >>> stage = Stage("t")
    >>> fit = stage.resolvent * stage.sample_covariance * BETA
    >>> resolve_sample_covariance(Quadratic(letter("A"), fit - BETA), stage)
    Quadratic(A, -lam_t*R_t*Gamma_t*beta_*)
    """
    resolved = 1 - stage.lam * stage.resolvent * stage.penalty

    def rewrite(metric: sp.Expr, vector: sp.Expr) -> sp.Expr:
        return Quadratic(metric, sp.expand(vector.subs(stage.resolvent * stage.sample_covariance, resolved)))

    return map_quadratics(expression, rewrite)


def average_noise(expression: Any, stage: Stage) -> sp.Expr:
    """Average over the label noise: z is centred with covariance ``noise * Sigmahat / n`` given the rows.

    >>> from w2s_asymptotics.words.words import letter
    >>> stage = Stage("t")
    >>> average_noise(Quadratic(letter("A"), BETA + stage.resolvent * stage.noise_vector), stage)
    noise_t*Trace(A*R_t*Sigmahat_t*R_t)/samples_t + Quadratic(A, beta_*)
    """

    def average(metric: sp.Expr, vector: sp.Expr) -> sp.Expr:
        fixed, left, right = _split_around(vector, stage.noise_vector)
        if right == 0:
            return Quadratic(metric, vector)
        ((letters, scale),) = terms(left).items()
        around = sp.Mul(*letters[:-1])  # what stands before the resolvent
        spread = trace(
            transpose(around) * metric * around * stage.resolvent * stage.sample_covariance * stage.resolvent
        )
        return quadratic(metric, fixed) + stage.noise * (scale * right) ** 2 * spread / stage.samples

    return map_quadratics(expression, average)


def integrate_data(expression: Any, stage: Stage) -> sp.Expr:
    """Integrate the stage's rows out by the deterministic equivalents of its resolvent.

    ``v = u + C lam R w`` becomes its mean ``u + C kappa G w`` and an independent fluctuation: theory of
    ``two_point``; ``R Sigmahat R`` becomes ``G Sigma G / delta``, its corollary.

    >>> stage = Stage("t")
    >>> noise_word = stage.resolvent * stage.sample_covariance * stage.resolvent
    >>> integrate_data(Trace(noise_word), stage)
    Trace(G_t*Sigma_t*G_t)/delta_t
    """
    resolvent, shape, covariance = stage.resolvent, stage.equivalent, stage.covariance
    noise_word = resolvent * stage.sample_covariance * resolvent

    def integrate(metric: sp.Expr, vector: sp.Expr) -> sp.Expr:
        fixed, left, right = _split_around(vector, resolvent)
        if right == 0:
            return Quadratic(metric, vector)
        drawn = sp.expand(stage.kappa / stage.lam * shape * right)
        spread = trace(transpose(left) * metric * left * shape * covariance * shape) / (
            stage.samples * stage.delta
        )
        return quadratic(metric, fixed + left * drawn) + spread * quadratic(covariance, drawn)

    integrated = map_quadratics(expression, integrate)
    traces = {
        atom: trace(atom.args[0].subs(noise_word, shape * covariance * shape)) / stage.delta
        for atom in integrated.atoms(Trace)
        if atom.has(resolvent)
    }
    return integrated.xreplace(traces)


def combine_resolvents(expression: Any, stage: Stage) -> sp.Expr:
    """Rewrite ``w - kappa G Gamma w`` as ``G Sigma w``, which is the definition of G.

    It is applied wherever the coefficients of the two words have opposite signs.

    >>> from w2s_asymptotics.words.words import letter
    >>> stage = Stage("t")
    >>> held = stage.kappa * stage.equivalent * stage.penalty
    >>> combine_resolvents(Quadratic(letter("A"), (1 - held) * BETA), stage)
    Quadratic(A, G_t*Sigma_t*beta_*)
    """
    shape, penalty = stage.equivalent, stage.penalty

    def combine(metric: sp.Expr, vector: sp.Expr) -> sp.Expr:
        words = terms(vector)
        for letters in list(words):
            place = next((i for i in range(len(letters) - 1) if letters[i : i + 2] == (shape, penalty)), None)
            if place is None:
                continue
            without = letters[:place] + letters[place + 2 :]
            if without in words and _opposite(words[letters], words[without]):
                share = sp.cancel(-words.pop(letters) / stage.kappa)
                words[without] = sp.expand(words[without] - share)
                words[(*letters[: place + 1], stage.covariance, *letters[place + 2 :])] = share
        return quadratic(metric, _spell(words))

    return map_quadratics(expression, combine)


def name_weights(expression: Any, learner: Stage) -> sp.Expr:
    """Rewrite ``C beta_* + c C Delta`` as ``(1 - c) C beta_* + c C beta``, as beta_* + Delta = beta.

    >>> from w2s_asymptotics.words.words import letter
    >>> learner = Stage("t")
    >>> name_weights(Quadratic(letter("A"), BETA + learner.error), learner)
    Quadratic(A, beta_t)
    """

    def name(metric: sp.Expr, vector: sp.Expr) -> sp.Expr:
        words = terms(vector)
        for letters in list(words):
            target = (*letters[:-1], BETA)
            if (
                letters[-1] == learner.error
                and target in words
                and not _opposite(words[letters], words[target])
            ):
                share = words.pop(letters)
                words[target] = sp.expand(words[target] - share)
                words[(*letters[:-1], learner.weights)] = share
        return Quadratic(metric, sp.expand(_spell(words)))

    return map_quadratics(expression, name)


def _opposite(left: sp.Expr, right: sp.Expr) -> bool:
    """Whether two coefficients have opposite signs, for nonnegative symbols and truth at most 1."""
    return _sign(left) * _sign(right) < 0


def _sign(coefficient: sp.Expr) -> int:
    """The sign of a coefficient, seen at a point inside the domain of its symbols (all of them below 1)."""
    return int(sp.sign(coefficient.subs({item: sp.Rational(1, 3) for item in coefficient.free_symbols})))


def _spell(words: dict[tuple[sp.Expr, ...], sp.Expr]) -> sp.Expr:
    return sp.Add(*(coefficient * sp.Mul(*letters) for letters, coefficient in words.items()))


def factor_residuals(expression: Any, stage: Stage) -> sp.Expr:
    """Gather what multiplies the stage's residual energy ``noise + kappa^2 |G Gamma f|^2``.

    The residual energy is all that the labels hold beyond the fit.

    >>> stage = Stage("t")
    >>> missed = Quadratic(stage.covariance, stage.equivalent * stage.penalty * BETA)
    >>> factor_residuals(3 * stage.noise + 3 * stage.kappa**2 * missed, stage)
    3*kappa_t**2*Quadratic(Sigma_t, G_t*Gamma_t*beta_*) + 3*noise_t
    """
    residuals = [
        atom
        for atom in expression.atoms(Quadratic)
        if atom.args[0] == stage.covariance
        and all(letters[0] == stage.equivalent for letters in terms(atom.args[1]))
    ]
    if len(residuals) != 1:
        return expression
    (residual,) = residuals
    placeholder = sp.Dummy()
    linear = expression.subs(residual, placeholder)
    gain = sp.factor_terms(sp.diff(linear, placeholder) / stage.kappa**2)
    if stage.noisy and sp.expand(sp.diff(linear, stage.noise) - gain) != 0:
        raise ValueError("noise and bias do not enter with the same gain")
    rest = linear.subs({placeholder: 0, **({stage.noise: 0} if stage.noisy else {})})
    return rest + gain * (stage.noise + stage.kappa**2 * residual)


def _split_around(vector: sp.Expr, middle: sp.Symbol) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """Return ``(fixed, left, right)`` with ``vector = fixed + left * middle * right``, ``left`` one word."""
    fixed, lefts, rights = [], set(), []
    for letters, coefficient in terms(vector).items():
        if middle not in letters:
            fixed.append(coefficient * sp.Mul(*letters))
            continue
        place = letters.index(middle)
        lefts.add(sp.Mul(*letters[:place]))
        rights.append(coefficient * sp.Mul(*letters[place + 1 :]))
    if len(lefts) > 1:
        raise ValueError(f"{vector} is not of the form u + C {middle} w with one word C")
    return sp.Add(*fixed), (lefts.pop() if lefts else sp.S.One), sp.Add(*rights)
