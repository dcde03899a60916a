"""Generating the kernel of random features from ``random_features_map``: what is printed is what runs.

``source()`` writes ``w2s_asymptotics/spectrum/random_features_kernels.py``: the map on atoms, and what the
search for nu evaluates. Of the two factors of the nested fixed point the one that vanishes first is the root
of a quadratic; that, and how far df1 is from what these factors make of it, are read off the definitions of
the derivation. One of the modules of ``theorems/generated.py``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sympy as sp

from w2s_asymptotics.report.codegen import Writer, among_equivalents
from w2s_asymptotics.theorems import random_features_map as derived
from w2s_asymptotics.words.spectrum import COVARIANCE, EIGENVALUE, ENERGY, WEIGHT, Total

__all__ = ["path", "source"]

_CODE = {
    derived.NU: "nu",
    derived.KEPT: "kept",
    derived.LOST: "lost",
    derived.INVERSE: "inverse",
    derived.GAMMA: "gamma",
    derived.WIDTH: "width",
    derived.TAIL: "tail",
    derived.NOISE: "noise",
    derived.OMEGA: "by_samples",
    derived.GAP: "gap",
    derived.DELTA: "spread",
    derived.RESIDUAL: "residual",
    derived.VARIANCE: "variance",
    derived.LEARNED: "learned",
    derived.SEEN: "seen",
    EIGENVALUE: "eigenvalues",
    WEIGHT: "weights",
    ENERGY: "energy",
}
_AS = {each: sp.Symbol(name, positive=True) for each, name in _CODE.items()}
_KEPT, _LOST, _INVERSE, _S, _NU, _TAIL = (
    _AS[each] for each in (derived.KEPT, derived.LOST, derived.INVERSE, EIGENVALUE, derived.NU, derived.TAIL)
)
_BY_WIDTH, _TAIL_KEPT, _BLURRED, _REACH = sp.symbols("by_width tail_kept blurred reach", positive=True)
_UNEXPLAINED, _OWN, _TAIL_SEEN = sp.symbols("unexplained own tail_seen", positive=True)
_MOST, _SHARE, _RATIO, _SLACK, _LEFT = sp.symbols("most share ratio slack left", positive=True)
_EXCESS, _HELD, _RANK, _SHARES, _SIZE = sp.symbols("excess held rank shares size", positive=True)

_WRITER = Writer(
    order=(
        _AS[derived.GAMMA], _AS[WEIGHT], _SHARES, _BY_WIDTH, _LOST, _KEPT, _INVERSE, _S, _AS[derived.SEEN],
        _AS[ENERGY], _REACH, _TAIL, _TAIL_SEEN, _BLURRED, _AS[derived.VARIANCE],
    ),
    divisors=(_AS[derived.DELTA], _AS[derived.RESIDUAL]),
    infinite=(_AS[ENERGY], _BLURRED, _AS[derived.VARIANCE]),
    vanishing=(_LOST, _KEPT, _INVERSE, _TAIL, _REACH, _TAIL_SEEN),
)  # fmt: skip


def _named(expression: Any) -> Any:
    """An expression of the derivation in the names of the kernel, in shares: S = s G, T/nu, kappa/nu."""
    plain = sp.expand(sp.sympify(expression).subs(derived.KAPPA, derived.NU * _BY_WIDTH)).subs(
        derived.CURVED, 0
    )
    return plain.xreplace(_AS).replace(Total, lambda term: Total(_in_shares(term)))


def _in_shares(expression: Any) -> Any:
    """S for s G and T/nu, term by term."""
    return sp.Add(*(_term(each) for each in sp.Add.make_args(sp.expand(expression))))


def _term(term: Any) -> Any:
    powers = term.as_powers_dict()
    pairs = min(powers[_S], powers[_INVERSE])
    ratios = min(powers[_TAIL], -powers[_NU])
    return term * (_KEPT / (_S * _INVERSE)) ** max(pairs, 0) * (_TAIL_KEPT * _NU / _TAIL) ** max(ratios, 0)


def _over_spread(expression: Any) -> str:
    """Write what stands over psi Delta: divided by the width first, which may be infinite."""
    above = _in_shares(sp.expand(expression * _AS[derived.WIDTH] * _AS[derived.DELTA]))
    if above.has(_AS[derived.WIDTH], _AS[derived.DELTA]):
        raise ValueError(f"{expression} does not stand over psi Delta")
    written = _WRITER.write(above)
    return f"xp.quotient({f'({written})' if above.is_Add else written} / width, spread)"


def _stage() -> dict[str, str]:
    """The lines of the map, in their order."""
    meaning, learned = derived.MEANING, derived.learned()
    blurred = derived.LEARNED / (derived.WIDTH * derived.DELTA)
    seen = meaning[derived.SEEN]
    reach = _named(seen * derived.WIDTH * derived.DELTA)
    missed = sp.expand(meaning[derived.VARIANCE] * derived.RESIDUAL)
    unexplained = _named(missed.subs(derived.SEEN, 0)) + _REACH * _BLURRED
    if sp.expand(missed.coeff(derived.SEEN) - derived.LEARNED) != 0:
        raise ValueError("features do not see the energy kept as noise")
    added = sp.expand(learned.covariance - derived.KEPT**2 * COVARIANCE)
    own = added.coeff(derived.LEARNED) * derived.LEARNED / blurred
    noisy = _in_shares(_named(added.coeff(derived.VARIANCE)))
    curved = sp.expand(learned.nonlinear)
    tail_blurred = curved.coeff(derived.LEARNED) * derived.LEARNED / blurred
    tail_seen = curved.coeff(derived.VARIANCE) / derived.GAMMA
    rest = added - own * blurred - added.coeff(derived.VARIANCE) * derived.VARIANCE
    rest += curved - tail_blurred * blurred - derived.GAMMA * tail_seen * derived.VARIANCE
    if sp.expand(rest) != 0:
        raise ValueError("the map is not what it keeps, blurs and adds as noise")
    weight, variance = _AS[derived.GAMMA] * _AS[WEIGHT], _AS[derived.VARIANCE]
    noise = sp.factor(noisy / weight)
    return {
        "gap": _WRITER.write(_in_shares(_named(meaning[derived.GAP]))),
        "spread": _WRITER.write(_named(meaning[derived.DELTA])),
        "learned": _WRITER.write(_named(meaning[derived.LEARNED])),
        "blurred": _over_spread(_named(blurred)),
        "reach": _WRITER.write(reach),
        "unexplained": _WRITER.write(unexplained),
        "residual": _WRITER.write(_in_shares(_named(meaning[derived.RESIDUAL]))),
        "seen": _over_spread(_REACH / (_AS[derived.WIDTH] * _AS[derived.DELTA])),
        "tail_seen": _over_spread(_named(tail_seen.subs(derived.PER_NU, meaning[derived.PER_NU]))),
        "own": _WRITER.write(_named(own) * _BLURRED),
        "noise": f"xp.product({_WRITER.write(weight)} * ({_WRITER.write(sp.expand(noise))}), variance)",
        "kept": _WRITER.write(_named(derived.SHARES[derived.KEPT])),
        "lost": _WRITER.write(_named(derived.SHARES[derived.LOST])),
        "curved": " + ".join(
            _WRITER.write(each)
            for each in (_named(tail_blurred) * _BLURRED, _AS[derived.GAMMA] * _TAIL_SEEN * variance)
        ),
    }  # fmt: skip


def _vanishing() -> tuple[Any, Any]:
    """The two factors of ``nu (kappa/nu) omega = lam``: the root of the quadratic of the one, and the other.

    With df1 = u (1 - a), u what df1 cannot exceed, the factor that belongs to u is a, and the other is
    ``1 - r + r a``; r is ``gamma psi`` where u = psi and its inverse where u = 1/gamma.
    """
    few = {derived.FREEDOM: derived.WIDTH * (1 - _SHARE)}
    many = {derived.FREEDOM: (1 - _SHARE) / derived.GAMMA}
    by_width, by_samples = derived.MEANING[derived.KAPPA] / derived.NU, derived.MEANING[derived.OMEGA]
    features = derived.GAMMA * derived.WIDTH
    other = _SLACK + _RATIO * _SHARE
    for first, second, known, ratio in (
        (by_width, by_samples, few, features),
        (by_samples, by_width, many, 1 / features),
    ):
        for factor, form in ((first, _SHARE), (second, other)):
            gap = factor.subs(known) - form.subs(_SLACK, 1 - _RATIO).subs(_RATIO, ratio)
            if sp.expand(gap) != 0:
                raise ValueError(f"{factor} is not {form}")
    steps = {step.name: step for step in derived.derivation().steps}
    lam, kappa = (steps[f"name it, fixed point of the {each}"].after for each in ("data", "weights"))
    if lam != derived.KAPPA * by_samples or kappa != derived.NU * by_width:
        raise ValueError("lam is not nu times the two factors")
    return sp.Poly(sp.expand(_SHARE * other - _LEFT), _SHARE), other


def _search() -> dict[str, str]:
    """What the search for nu evaluates."""
    quadratic, other = _vanishing()
    square, linear, constant = quadratic.all_coeffs()
    twice, inside = -2 * constant, linear**2 - 4 * square * constant
    root = twice / (linear + sp.sqrt(inside))
    if sp.simplify(quadratic.as_expr().subs(_SHARE, root)) != 0:
        raise ValueError("the root does not solve the quadratic")
    at = {derived.KEPT: _KEPT, derived.LOST: _LOST, WEIGHT: _SHARES, derived.NU: _NU, derived.TAIL: _TAIL}
    freedom = derived.MEANING[derived.FREEDOM]
    spectrum, tail = freedom.as_independent(derived.TAIL, as_Add=True)
    far = freedom.subs(at) - _MOST * (1 - _SHARE)
    near = _EXCESS + tail.subs(at) + _MOST * _SHARE - _HELD
    turned = (near - far).subs(_EXCESS, _RANK - _MOST)
    (summed,) = spectrum.atoms(Total)
    if sp.expand(turned + summed.subs(at) - _RANK + _HELD) != 0 or summed.args[0] != WEIGHT * derived.KEPT:
        raise ValueError("the two ways to write df1 differ")
    kept, lost = (
        derived.SHARES[each].subs(derived.INVERSE, derived.SHARES[derived.INVERSE])
        for each in (derived.KEPT, derived.LOST)
    )
    if sp.cancel(derived.NU * sp.diff(kept, derived.NU) + kept * lost) != 0:
        raise ValueError("kept does not fall by kept times lost")
    falls = Total(_SHARES * _KEPT * _LOST) - (derived.NU * sp.diff(tail, derived.NU)).subs(at)
    bends = sp.diff(quadratic.as_expr(), _SHARE)  # times d share = d left = -left/nu d nu
    return {
        "root": f"xp.quotient({_WRITER.write(twice)}, {linear} + xp.sqrt({_WRITER.write(inside)}))",
        "other": _WRITER.write(other),
        "far": f"{_WRITER.write(freedom.subs(at))} - {_MOST} * (1 - {_SHARE})",
        "near": f"{_WRITER.write(near + _HELD)} - held",
        "held": _WRITER.write(Total(_SHARES * _LOST)),
        "fall": f"{_WRITER.write(falls)} + most * xp.quotient(left, {_WRITER.write(bends)})",
    }


TEMPLATE = '''\
# fmt: off
# ruff: noqa: E501
"""Random features: the factors of their nested fixed point, and the map on atoms.

Generated from the derivation `random_features_map` by `w2s_asymptotics.theorems.generate_random_features`;
edit that, not this. Every quantity is a sum or a product of nonnegative terms, so nothing cancels. Arrays run
over atoms along the last axis; everything else has length 1 on it.
"""

from __future__ import annotations

from typing import Any

__all__ = ["factors", "mapped", "overshoot"]


def factors(left: Any, slack: Any, ratio: Any, xp: Any) -> tuple[Any, Any]:
    """Of `1 - df1/width` and `1 - gamma df1` the one that vanishes first, and the other.

    Their product is `left = lam/nu`. `ratio` is the smaller of `gamma width` and its inverse, `slack` its
    distance from 1.
    """
    share = {root}
    return share, {other}


def overshoot(
    nu: Any, left: Any, share: Any, slack: Any, ratio: Any, most: Any, excess: Any, tail: Any,
    size: Any, shares: Any, rank: Any, xp: Any,
) -> tuple[Any, Any]:
    """By how much df1 at this nu exceeds `most (1 - share)`, and how fast that falls with log nu.

    `excess = rank - most`; `size` holds the eigenvalues, `shares` the weights of those that are not 0.
    """
    kept, lost = size / (size + nu), nu / (size + nu)
    held = {held}
    near = {near}
    far = {far}
    return xp.where(2 * held < rank, near, far), {fall}


def mapped(
    nu: Any, by_width: Any, by_samples: Any, gamma: Any, width: Any, tail: Any,
    eigenvalues: Any, weights: Any, energy: Any, noise: Any, xp: Any,
) -> tuple[Any, Any, Any, Any]:
    """What a stage keeps and loses of each atom, the Gaussian energy it adds there, and its nonlinear energy.

    `by_width = 1 - df1/width` and `by_samples = 1 - gamma df1`; `energy` is that of the labels on each atom,
    `noise` that of their nonlinear part and of the label noise.
    """
    tail = tail + 0 * nu
    scale = eigenvalues + nu
    inverse = xp.where(scale > 0, xp.quotient(1 + 0 * scale, scale), 0 * scale)
    kept = {kept}
    lost = xp.where(scale > 0, {lost}, 1 + 0 * scale)
    tail_kept = xp.quotient(tail, nu)
    gap = {gap}
    spread = {spread}
    learned = {learned}
    blurred = {blurred}
    own = {own}
    reach = {reach}
    unexplained = {unexplained}
    residual = {residual}
    variance = xp.quotient(unexplained, residual)
    seen = {seen}
    tail_seen = {tail_seen}
    added = own + {noise}
    return kept, lost, added, {curved}
'''


def source() -> str:
    """Return the text of the kernel, generated from the derivation.

    >>> source() == path().read_text(encoding="utf-8")
    True
    """
    return TEMPLATE.format(**_search(), **_stage())


def path() -> Path:
    """Return where the generated kernel lives."""
    return among_equivalents("random_features_kernels")
