"""Generating the kernel of repeated fits from ``self_distilled_map``: what is printed is what runs.

``source()`` writes ``w2s_asymptotics/spectrum/repeated_kernels.py``: the share of a fit, what it keeps and
loses of an atom, what a pair of fits adds there, and a step of Newton's method for kappa. Adding up over
fits, with as many digits as that takes, is left to ``spectrum/filters.py``. One of the modules of
``theorems/generated.py``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.report.codegen import Writer, among_equivalents
from w2s_asymptotics.theorems import self_distilled_map as derived
from w2s_asymptotics.words.pairs import FITS, delta, kept
from w2s_asymptotics.words.spectrum import EIGENVALUE, ENERGY, METRIC, WEIGHT, Total

__all__ = ["path", "source"]

_first, _second = FITS
_PAIR = derived.unexplained(_first, _second)
_CODE = {
    symbol("gamma"): "gamma",
    symbol("noise"): "noise",
    EIGENVALUE: "eigenvalues",
    WEIGHT: "weights",
    ENERGY: "energy",
    derived.omega(_first): "omega",
    kept(_first): "kept",
    derived.lost(_first): "lost",
    derived.inverse(_first): "inverse",
    kept(_second): "other_kept",
    derived.lost(_second): "other_lost",
    derived.inverse(_second): "other_inverse",
    delta(_first, _second): "delta",
    _PAIR: "unexplained",
    _first.lam: "lam",
    _first.kappa: "kappa",
}
_AS = {each: sp.Symbol(name, positive=True) for each, name in _CODE.items()}
_ORDER = (
    "gamma", "weights", "eigenvalues", "kappa", "kept", "lost", "other_kept", "other_lost", "inverse",
    "other_inverse", "energy", "unexplained",
)  # fmt: skip
_WRITER = Writer(order=[sp.Symbol(name, positive=True) for name in _ORDER])


def _written(expression: Any) -> str:
    named = sp.sympify(expression).xreplace(_AS).replace(Total, lambda term: Total(term.xreplace(_AS)))
    return _WRITER.write(named)


def _steps() -> dict[str, Any]:
    return {step.name: step for step in derived.derivation().steps}


def _factor() -> str:
    """The factor of a fit's share that another fit brings, read off the recursion's solution."""
    solved = _steps()["solve the recursion, a fit between"].after
    first, second = (each.lam for each in FITS)
    (own,) = (each for each in solved.free_symbols if each.name == "lam_i")
    (others,) = (each for each in solved.free_symbols if each.name == "P_i")
    factor = own / (own - first)
    if sp.cancel(solved - others * factor * factor.subs(first, second)) != 0:
        raise ValueError(f"{solved} is not a product over the other fits")
    above, below = sp.fraction(factor.subs({own: _AS[first], first: sp.Symbol("other")}))
    return f"{above} / ({below})"


def _added() -> str:
    """What a pair of fits adds to an atom, read off the second moment; S for s G of the first fit."""
    (term,) = derived.derivation().result.args
    share = 2 * derived.SHARES[_first] * derived.SHARES[_second] * METRIC
    found = sp.expand(term).coeff(_PAIR) / share
    once = sp.cancel(found / (EIGENVALUE * derived.inverse(_first)))
    if once.has(METRIC, derived.inverse(_first), EIGENVALUE, *derived.SHARES.values()):
        raise ValueError(f"{found} is not what one pair adds")
    rest = sp.cancel(once / (symbol("gamma") * WEIGHT)) * kept(_first) * _PAIR
    return f"gamma * (weights * ({_written(rest)}))"


def _parts() -> dict[str, str]:
    """What fits and pairs of fits are, on atoms."""
    meaning = derived.MEANING
    line, lost = (_steps()[name].after for name in ("enter the spectrum, for the mean", "say what is lost"))
    for outcome, part in ((line, kept), (lost, derived.lost)):
        if sp.expand(outcome - sum(derived.SHARES[fit] * part(fit) for fit in FITS)) != 0:
            raise ValueError(f"{outcome} is not a sum over the fits")
    missed = sp.expand(meaning[_PAIR] * delta(_first, _second))
    own = meaning[delta(_first, _second)].subs(derived.lost(_second), derived.lost(_first))
    return {
        "factor": _factor(),
        "inverse": _written(meaning[derived.inverse(_first)]),
        "kept": _written(meaning[kept(_first)]),
        "lost": _written(meaning[derived.lost(_first)]),
        "delta": _written(meaning[delta(_first, _second)]),
        "unexplained": f"({_written(missed)}) / delta",
        "added": _added(),
        "omega": f"1 - {_written(1 - meaning[derived.omega(_first)])}",
        "slope": _written(own),
    }


TEMPLATE = '''\
# fmt: off
# ruff: noqa: E501
"""Repeated fits on the same rows: the shares of the fits, and what fits and pairs of fits are on atoms.

Generated from the derivation `self_distilled_map` by `w2s_asymptotics.theorems.generate_repeated`; edit that,
not this. Arrays run over atoms along the last axis; everything else has length 1 on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["fitted", "newton", "pair", "share"]


def share(lam: Any, others: Iterable[Any]) -> Any:
    """The share of a fit in the outcome, beside fits of these other penalties; all shares sum to 1."""
    found = 1 + 0 * lam
    for other in others:
        found = found * ({factor})
    return found


def fitted(kappa: Any, eigenvalues: Any) -> tuple[Any, Any, Any]:
    """What one fit keeps and loses of a coefficient on each atom, and G; the outcome is the sum by shares."""
    inverse = {inverse}
    return {kept}, {lost}, inverse


def pair(
    omega: Any, kept: Any, lost: Any, other_lost: Any, other_inverse: Any,
    gamma: Any, eigenvalues: Any, weights: Any, energy: Any, noise: Any,
) -> Any:
    """The Gaussian energy that a pair of fits adds to each atom, per product of their shares."""
    delta = {delta}
    unexplained = {unexplained}
    return {added}


def newton(kappa: Any, lam: Any, gamma: Any, eigenvalues: Any, weights: Any) -> Any:
    """The step of Newton's method for `kappa omega = lam`."""
    kept, lost, _ = fitted(kappa, eigenvalues)
    omega = {omega}
    delta = {slope}
    return (kappa * omega - lam) / delta
'''


def source() -> str:
    """Return the text of the kernel, generated from the derivation.

    >>> source() == path().read_text(encoding="utf-8")
    True
    """
    return TEMPLATE.format(**_parts())


def path() -> Path:
    """Return where the generated kernel lives."""
    return among_equivalents("repeated_kernels")
