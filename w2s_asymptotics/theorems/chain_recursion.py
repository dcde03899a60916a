r"""A chain of ridge learners, generation by generation.

Insert the isotropic stage map (`ridge_map`), collect, and solve the recurrence. The setting of generations
with label noise is that of Dohmatob, Feng and Kempe (arXiv:2402.07712); student and teacher alone: [MH25].
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.checks import DerivativeOf, Identity, LimitOf, Solves
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.theorems import from_, registered
from w2s_asymptotics.theorems._isotropic import (
    denominator,
    energy,
    everywhere,
    inserted,
    notation_of,
    overlap,
    penalty,
    signal,
    tidy,
)
from w2s_asymptotics.theorems.ridge_map import isotropic_stage

__all__ = [
    "derivation",
    "energy_factor",
    "incoming_risk",
    "noise_energy",
    "overlap_factor",
    "student_risk",
]

_gamma, _kappa, _noise = symbol("gamma"), symbol("kappa"), symbol("noise")
_D = sp.Symbol("D", positive=True)
_M, _M_next, _b, _b_next = sp.symbols("M M_next b b_next", real=True)
_c, _c_next = sp.symbols("c c_next", nonnegative=True)
_rho_next, _q_next = sp.symbols("rho_next q_next", positive=True)
_n, _j = sp.symbols("n j", integer=True, nonnegative=True)
_a2, _w = sp.symbols("a_2 w", positive=True)


def overlap_factor(kappa: Any, gamma: Any) -> Any:
    """Return a1, the factor by which a stage shrinks the overlap with the target."""
    multiplier, _, _ = isotropic_stage(signal, sp.S.Zero, gamma, kappa, sp.S.One, sp.S.Zero, sp.S.Zero)
    return sp.factor(multiplier)


def energy_factor(kappa: Any, gamma: Any) -> Any:
    """Return a2, the factor by which a stage without label noise scales the energy of what it is taught."""
    unit = (sp.S.One, sp.S.Zero, (1 + kappa) ** 2 - _D, kappa, sp.S.One, sp.S.Zero, sp.S.Zero)
    multiplier, _, covariance = isotropic_stage(*unit)
    return _over_D(multiplier**2 + covariance).subs(_D, denominator(kappa, gamma))


def noise_energy(kappa: Any, gamma: Any, noise: Any) -> Any:
    """Return the energy gamma sigma^2/D that a stage adds because its labels are noisy."""
    zero = sp.S.Zero
    _, _, covariance = isotropic_stage(signal, noise, (1 + kappa) ** 2 - _D, kappa, zero, zero, zero)
    return tidy(covariance.subs(_D, denominator(kappa, gamma)))


def incoming_risk() -> Any:
    """Return the excess risk of a learner in its overlap rho and energy q.

    >>> incoming_risk()
    q - 2*rho + signal
    """
    (step,) = [step for step in registered("chain_recursion") if step.name == "risk_in_overlaps"]
    return step.after.subs({_rho_next: overlap, _q_next: energy})


def student_risk(a1: Any, a2: Any) -> Any:
    """Return the excess risk of that learner's student on its noiseless labels: overlap a1 rho, energy a2 q.

    >>> student_risk(*sp.symbols("a_1 a_2"))
    -2*a_1*rho + a_2*q + signal
    """
    return incoming_risk().subs({overlap: a1 * overlap, energy: a2 * energy}, simultaneous=True)


def _at_stage(label: str) -> dict[Any, Any]:
    """Return the symbols of a stage for those of a stage in general."""
    return {symbol(name): symbol(name, label) for name in ("gamma", "kappa", "noise")}


def _over_D(expression: Any) -> Any:
    """Split into one part free of D, written as one minus a fraction, and one part over D."""
    free, rest = sp.apart(sp.cancel(sp.together(expression)), _D).as_independent(_D, as_Add=True)
    return 1 - sp.factor(1 - free) + sp.factor(rest)


def _collected(expression: Any) -> Any:
    """Collect in q and sigma^2, the coefficient of q in partial fractions over D."""
    inserted = sp.expand(sp.cancel(sp.together(expression.subs(_gamma, (1 + _kappa) ** 2 - _D))))
    on_energy, on_noise = (sp.factor(sp.together(inserted.coeff(each))) for each in (energy, _noise))
    back = {_D: denominator(_kappa, _gamma)}
    return _over_D(on_energy).subs(back) * energy + tidy(on_noise.subs(back)) * _noise


def _summed_up(equation: Any) -> Any:
    """Solve ``q(n) = a_n q(n-1) + w_n`` by the summation factor ``1/(a_1 ... a_n)``."""
    q = equation.lhs.func
    (n,) = equation.lhs.args
    factor = equation.rhs.coeff(q(n - 1))
    forcing = equation.rhs - factor * q(n - 1)

    def product(upto: Any) -> Any:
        running = sp.Dummy("i", integer=True, positive=True)
        named = {running: sp.Symbol("i", integer=True, positive=True)}
        return sp.Product(factor.subs(n, running), (running, 1, upto)).xreplace(named)

    total = sp.Sum(forcing.subs(n, _j) / product(_j), (_j, 1, n))
    return sp.Eq(q(n), product(n) * (energy + total))


def _with_constant_coefficients(equation: Any) -> Any:
    q = equation.lhs.func
    (n,) = equation.lhs.args
    solution = sp.rsolve(equation.lhs - equation.rhs, q(n), {q(0): energy})
    return sp.Eq(q(n), sp.collect(sp.expand(sp.apart(solution, _w)), _a2**n, sp.factor))


def _stage_map() -> tuple[Any, Any, Any]:
    """Return multiplier, bias and covariance energy after a stage."""
    after: tuple[Any, Any, Any] = isotropic_stage(signal, _noise, _gamma, _kappa, _M, _b, _c)
    return after


def _stage(account: Account) -> tuple[Any, Any]:
    """What one stage makes of overlap and energy."""
    multiplier, _, covariance = _stage_map()
    account.line(_M_next * signal).rewrite(
        "overlap_inserted",
        "insert the stage map",
        lambda e: e.subs(_M_next, multiplier),
        Identity({_M_next: multiplier}),
        uses=("ridge_map",),
        note=r"The overlap is the multiplier times $r^2$.",
    )
    as_overlap = {_M: overlap / signal}
    next_overlap = account.rewrite(
        "overlap_shrinks",
        r"recognise $M r^2 = \rho$",
        lambda e: sp.factor(e.subs(as_overlap)),
        Identity(as_overlap),
    )
    account.rewrite(
        "overlap_factor",
        r"the slope in $\rho$",
        lambda e: sp.diff(e, overlap),
        DerivativeOf(overlap, overlap),
        note=r"This is $a_1$.",
    )
    account.line(_M_next**2 * signal + _c_next).rewrite(
        "energy_inserted",
        "insert the stage map",
        lambda e: e.subs({_M_next: multiplier, _c_next: covariance}),
        Identity({_M_next: multiplier, _c_next: covariance}),
        uses=("ridge_map",),
        note=r"The energy is $M^2 r^2$ plus the covariance energy $c$.",
    )
    as_energy = {_c: energy - _M**2 * signal}
    next_energy = account.rewrite(
        "energy_recursion",
        "recognise $M^2 r^2 + c = q$ and collect",
        lambda e: _collected(e.subs(as_energy)),
        Identity(as_energy),
        note=r"$M$ and $c$ enter only through $q$.",
    )
    account.rewrite(
        "energy_factor",
        "the slope in $q$",
        lambda e: sp.diff(e, energy),
        DerivativeOf(energy, energy),
        note=r"This is $a_2$.",
    )
    return next_overlap, next_energy


def _any_chain(account: Account) -> Any:
    """The product form of any chain, and of equal generations; the recursion in letters."""
    stage = {_a2: account["energy_factor"], _w: account["energy_recursion"].subs(energy, 0)}
    named = account.line(account["energy_recursion"]).claim(
        "name_the_factors",
        r"name $a_2$ and $w$",
        _a2 * energy + _w,
        Identity(stage),
        uses=("energy_recursion", "energy_factor"),
        note=r"$w = \gamma\sigma^2/D$.",
    )
    q, a, w = sp.Function("q"), sp.IndexedBase("a_2"), sp.IndexedBase("w")
    of_stage = {a[_n]: _a2, w[_n]: _w, q(_n - 1): energy}
    account.line(sp.Eq(q(_n), named)).rewrite(
        "recursion",
        "stage by stage",
        lambda e: sp.Eq(e.lhs, e.rhs.subs({new: old for old, new in of_stage.items()}, simultaneous=True)),
        Identity(of_stage),
        takes=("name_the_factors",),
    )
    account.rewrite(
        "product_form",
        "summation factor",
        _summed_up,
        Solves(start=energy),
        uses=("name_the_factors",),
        note=(
            r"Stage $j$ has its own factor $a_{2,j}$ and its own $w_j = \gamma_j \sigma_j^2/D_j$; $q$ is "
            r"the energy at the start."
        ),
    )
    rho, a1 = sp.Function("rho"), sp.IndexedBase("a_1")
    shrunk = account["overlap_shrinks"].subs({account["overlap_factor"]: a1[_n], overlap: rho(_n - 1)})
    account.line(sp.Eq(rho(_n), shrunk)).rewrite(
        "overlap_product",
        "one factor a stage",
        lambda e: sp.Eq(e.lhs, overlap * sp.Product(a1[_j], (_j, 1, _n))),
        Solves(start=overlap),
        uses=("overlap_factor",),
    )
    account.line(sp.Eq(q(_n), named)).rewrite(
        "recursion_of_equals",
        "every stage alike",
        lambda e: sp.Eq(e.lhs, e.rhs.subs(energy, q(_n - 1))),
        Identity({q(_n - 1): energy}),
        takes=("name_the_factors",),
    )
    account.rewrite(
        "equal_generations",
        "solve the recurrence",
        _with_constant_coefficients,
        Solves(start=energy),
        uses=("name_the_factors",),
        note="All generations alike.",
    )
    return stage


def _many_generations(account: Account, stage: Any) -> Any:
    """The energy that ever more equal generations tend to."""
    account.line(1 - account["energy_factor"]).rewrite(
        "shrinks",
        "positive form",
        tidy,
        Identity(positive=everywhere(_kappa, _gamma)),
        uses=("energy_recursion",),
        note=(
            r"So $a_2 < 1$, while $a_2 > 0$ by its definition as $S^2 + \gamma S^2 K^2/\delta$: the start "
            r"is forgotten."
        ),
    )
    samples = tuple(
        {_a2: sp.Float(k, 60) / 10, _w: sp.Rational(k + 1, 3), energy: sp.Rational(7, k)} for k in (2, 5, 8)
    )
    account.line(account["equal_generations"].rhs).rewrite(
        "forgotten",
        "limit of many generations",
        lambda e: e.subs(_a2**_n, 0),
        LimitOf(_n, sp.oo, samples),
        uses=("equal_generations", "shrinks"),
        note=r"$a_2^n \to 0$, and $a_1^n \to 0$ with it.",
    )
    limit = account.rewrite("fixed_point", "insert the stage", lambda e: tidy(e.subs(stage)), Identity(stage))
    account.line(sp.Eq(energy, account["energy_recursion"])).rewrite(
        "stationary",
        "fixed point of the recursion",
        lambda equation: sp.Eq(energy, tidy(sp.solve(equation, energy)[0])),
        Solves(),
        uses=("energy_recursion",),
        note="The same energy, as the one that a generation hands on unchanged.",
    )
    return limit


def _risk_in_overlaps(account: Account) -> Any:
    """The excess risk in the overlap and the energy of a learner."""
    multiplier, bias, _ = _stage_map()
    follows = {_M_next: multiplier, _b_next: bias, _b: 1 - _M}
    account.line(_b_next - (1 - _M_next)).rewrite(
        "bias_follows",
        "insert the stage map",
        lambda e: sp.cancel(inserted(e, follows)),
        Identity(follows),
        uses=("ridge_map",),
        note=r"The bias stays one minus the multiplier.",
    )
    reading = {_b_next: 1 - _M_next, _c_next: _q_next - _M_next**2 * signal, _M_next: _rho_next / signal}
    return account.line(_b_next**2 * signal + _c_next).rewrite(
        "risk_in_overlaps",
        "bias and covariance energy in overlap and energy",
        lambda e: sp.expand(inserted(e, reading)),
        Identity(reading),
        uses=("bias_follows",),
        note=r"$E = b^2 r^2 + c$.",
    )


def _as_chains(account: Account, risk: Any, recursion: dict[Any, Any]) -> None:
    """The two risks that are derived from the estimators themselves are those of the recursion."""
    at_target = {overlap: signal, energy: signal}
    taught = {each: value.subs(at_target).subs(_at_stage("t")) for each, value in recursion.items()}
    account.line(registered("teacher_risk").result).claim(
        "teacher",
        "the first learner is taught by the target, $\\rho = q = r^2$",
        risk.subs(taught),
        Identity(),
        uses=("teacher_risk", "risk_in_overlaps", "overlap_shrinks", "energy_recursion"),
        note="The risk of a ridge teacher, derived by integrating its rows out, is that of the recursion.",
    )
    by_teacher = {overlap: taught[_rho_next], energy: taught[_q_next]}
    relabelled = {**_at_stage("s"), _noise: sp.S.Zero}
    twice = {
        each: value.subs(relabelled).subs(by_teacher, simultaneous=True) for each, value in recursion.items()
    }
    share = {
        symbol("omega", label): penalty(symbol("kappa", label), symbol("gamma", label))
        / symbol("kappa", label)
        for label in ("t", "s")
    }
    account.line(from_("student_risk", "kappa")).claim(
        "student",
        "the second is taught by the first",
        risk.subs(twice),
        Identity({**dict(registered("student_risk").definitions), **share}),
        uses=("student_risk", "teacher"),
        note="So is that of its student, derived by integrating both sets of rows out.",
    )


def derivation() -> Derivation:
    """Derive the recursion from the stage map, its product form, and the limit of many generations."""
    account = Account()
    next_overlap, next_energy = _stage(account)
    limit = _many_generations(account, _any_chain(account))
    in_overlaps = _risk_in_overlaps(account)
    recursion = {_rho_next: next_overlap, _q_next: next_energy}
    _as_chains(account, in_overlaps, recursion)
    risk = account.line(in_overlaps).rewrite(
        "risk",
        "insert the recursion",
        lambda e: e.subs(recursion),
        Identity(recursion),
        uses=("risk_in_overlaps", "overlap_shrinks", "energy_recursion"),
    )
    return Derivation(
        name="chain_recursion",
        title="Recursion of a chain of ridge learners",
        statement=(
            r"Each generation multiplies the overlap with the target, $\rho$, by $a_1 = 1/(1+\kappa)$ and "
            r"takes the energy "
            r"$q$ to $a_2 q + \gamma\sigma^2/D$; the excess risk is $r^2 - 2 a_1 \rho + a_2 q + "
            r"\gamma\sigma^2/D$. Over many "
            r"equal generations the overlap vanishes and $q$ tends to $\gamma\sigma^2/(D(1-a_2))$."
        ),
        assumptions=(
            r"$\Sigma = \Gamma = I$, fresh rows at every stage, $d, n \to \infty$ with $d/n \to \gamma$.",
            r"Labels of a stage are the predictions of the stage before plus noise of variance $\sigma^2$.",
        ),
        sources=(
            "Dohmatob, Feng, Kempe, arXiv:2402.07712 (generations with label noise)",
            "Moniri, Hassani, arXiv:2505.18346 (teacher and student)",
        ),
        steps=tuple(account.steps),
        result=risk,
        forms={
            "kappa": risk,
            "overlap factor": account["overlap_factor"],
            "energy factor": account["energy_factor"],
            "energy after many generations": limit,
        },
        notation=notation_of("signal", "noise", "gamma", "kappa", "rho", "q", "D"),
        uses=("ridge_map", "teacher_risk", "student_risk"),
    )
