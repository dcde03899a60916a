"""Inner products of words, and how quadratic forms and inner products turn into one another."""

from __future__ import annotations

from typing import Any

import sympy as sp

from w2s_asymptotics.words.words import BETA, Quadratic, Stage, quadratic, terms

__all__ = ["Inner", "inner", "polarise", "slope_at_zero", "split_target"]


class Inner(sp.Function):
    """``Inner(A, u, v)``: the mean of u'Av, printed as an inner product in the metric A."""

    is_commutative = True

    def _latex(self, printer: Any, exp: Any = None) -> str:
        metric, left, right = self.args
        subscript = "" if metric == 1 else rf"_{{{printer.doprint(metric)}}}"
        text = rf"\left\langle {printer.doprint(left)},\, {printer.doprint(right)} \right\rangle{subscript}"
        return text if exp is None else rf"{text}^{{{exp}}}"


def inner(metric: Any, left: Any, right: Any) -> sp.Expr:
    """Return the mean of u'Av with every scalar taken out, by linearity.

    >>> from w2s_asymptotics.words.words import letter
    >>> inner(letter("A"), 2 * letter("u"), letter("v") - letter("w"))
    2*Inner(A, u, v) - 2*Inner(A, u, w)
    """
    return sp.Add(
        *(
            a * b * Inner(metric, sp.Mul(*u), sp.Mul(*v))
            for u, a in terms(left).items()
            for v, b in terms(right).items()
        )
    )


def polarise(metric: Any, weights: sp.Expr, error: sp.Expr) -> sp.Expr:
    """Return ``<b, b - beta_*>`` as quadratic forms: ``(|b|^2 + |b - beta_*|^2 - |beta_*|^2)/2``.

    >>> from w2s_asymptotics.words.words import letter
    >>> stage = Stage("t")
    >>> polarise(letter("A"), stage.weights, stage.error)
    Quadratic(A, Delta_t)/2 - Quadratic(A, beta_*)/2 + Quadratic(A, beta_t)/2
    """
    return (Quadratic(metric, weights) + Quadratic(metric, error) - Quadratic(metric, BETA)) / 2


def split_target(expression: Any, stage: Stage) -> sp.Expr:
    """Expand each form of the target by ``beta_* = G Sigma beta_* + kappa G Gamma beta_*``.

    >>> from w2s_asymptotics.words.words import letter
    >>> split_target(Quadratic(letter("A"), BETA), Stage("t")).count(Inner)
    1
    """
    kept = stage.equivalent * stage.covariance * BETA
    lost = stage.kappa * stage.equivalent * stage.penalty * BETA

    def split(form: Any) -> sp.Expr:
        metric = form.args[0]
        return quadratic(metric, kept) + quadratic(metric, lost) + 2 * inner(metric, kept, lost)

    found = {atom: split(atom) for atom in expression.atoms(Quadratic) if atom.args[1] == BETA}
    return sp.expand(expression.xreplace(found))


def slope_at_zero(expression: Any, stage: Stage) -> sp.Expr:
    """Differentiate forms of words in kappa at ``kappa = 0``: ``dG = -G Gamma G``, and terms in kappa^2 go.

    >>> from w2s_asymptotics.words.words import letter
    >>> stage, weights = Stage("s"), letter("b")
    >>> slope_at_zero(Quadratic(letter("A"), stage.equivalent * weights), stage)
    -2*Inner(A, G_s*b, G_s*Gamma_s*G_s*b)
    """
    kappa, shape = stage.kappa, stage.equivalent
    moved = shape - kappa * shape * stage.penalty * shape
    slopes = []
    for term in sp.Add.make_args(expression):
        forms = sorted(term.atoms(Quadratic), key=sp.default_sort_key)
        factor = sp.Mul(*(part for part in sp.Mul.make_args(term) if not part.has(Quadratic)))
        if factor.has(kappa):
            if sp.diff(factor, kappa).subs(kappa, 0) != 0 or factor.subs(kappa, 0) != 0:
                raise ValueError(f"{term} does not vanish to second order with {kappa}")
            continue
        (form,) = forms
        vector = sp.expand(form.args[1].subs(shape, moved))
        here, ahead = vector.coeff(kappa, 0), vector.coeff(kappa, 1)
        slopes.append(2 * factor * inner(form.args[0], here, ahead))
    return sp.Add(*slopes)
