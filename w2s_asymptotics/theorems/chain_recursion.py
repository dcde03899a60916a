r"""A chain of ridge learners, generation by generation.

Statement
    With `rho` the overlap with the target and `q` the energy of the learner that labels the data, an
    isotropic ridge stage of effective regularisation `kappa`, aspect ratio `gamma` and label noise `sigma^2`
    leaves

        rho' = a1 rho,    q' = a2 q + gamma sigma^2 / D,    E' = r^2 - 2 rho' + q',

    `a1 = 1/(1 + kappa)`, `a2 = 1 - 2 kappa/(1 + kappa) + kappa^2/D`, `D = (1 + kappa)^2 - gamma`. Hence the
    product form for any chain, and for ever more equal generations `rho -> 0`, `q -> gamma sigma^2/(D (1 -
    a2))`.

Assumptions
    Fresh rows at every stage; Sigma = Gamma = I; proportional limit; `rho = M r^2`, `q = M^2 r^2 + c` in the
    multiplier and covariance energy of the Gaussian equivalent (its bias is `b = 1 - M`).

Proof
    Insert the isotropic stage map (`ridge_map`), collect, and solve the recurrence. The setting of
    generations with label noise is that of Dohmatob, Feng and Kempe (arXiv:2402.07712); student and teacher
    alone: [MH25].
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.checks import Identity, LimitOf, PositiveForm, Solves, SolvesRecurrence
from w2s_asymptotics.proof.derivation import Derivation
from w2s_asymptotics.theorems import registered
from w2s_asymptotics.theorems._isotropic import (
    Account,
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


def derivation() -> Derivation:
    """Derive the recursion from the stage map, its product form, and the limit of many generations."""
    account = Account()
    multiplier, bias, covariance = isotropic_stage(signal, _noise, _gamma, _kappa, _M, _b, _c)
    as_overlap = {_M: overlap / signal}
    as_energy = {_c: energy - _M**2 * signal}

    # The overlap.
    account.start(
        "overlap_inserted",
        "insert the stage map",
        _M_next * signal,
        lambda e: e.subs(_M_next, multiplier),
        Identity({_M_next: multiplier}),
        uses=("ridge_map",),
        note=r"The overlap is the multiplier times $r^2$.",
    )
    next_overlap = account.then(
        "overlap_shrinks",
        r"recognise $M r^2 = \rho$",
        lambda e: sp.factor(e.subs(as_overlap)),
        Identity(as_overlap),
    )

    # The energy.
    account.start(
        "energy_inserted",
        "insert the stage map",
        _M_next**2 * signal + _c_next,
        lambda e: e.subs({_M_next: multiplier, _c_next: covariance}),
        Identity({_M_next: multiplier, _c_next: covariance}),
        uses=("ridge_map",),
        note=r"The energy is $M^2 r^2$ plus the covariance energy $c$.",
    )
    account.then(
        "energy_recursion",
        "recognise $M^2 r^2 + c = q$ and collect",
        lambda e: _collected(e.subs(as_energy)),
        Identity(as_energy),
        note=r"$M$ and $c$ enter only through $q$.",
    )
    next_energy = account.last
    a2 = next_energy.coeff(energy)

    # Any chain.
    q = sp.Function("q")
    a, w = sp.IndexedBase("a_2"), sp.IndexedBase("w")
    account.start(
        "product_form",
        "summation factor",
        sp.Eq(q(_n), a[_n] * q(_n - 1) + w[_n]),
        _summed_up,
        SolvesRecurrence(energy),
        uses=("energy_recursion",),
        note=(
            r"Stage $j$ has its own factor $a_{2,j}$ and its own $w_j = \gamma_j \sigma_j^2/D_j$; $q$ is "
            r"the energy at the start."
        ),
    )
    account.start(
        "equal_generations",
        "solve the recurrence",
        sp.Eq(q(_n), _a2 * q(_n - 1) + _w),
        _with_constant_coefficients,
        SolvesRecurrence(energy),
        uses=("energy_recursion",),
        note="All generations alike.",
    )

    # Many generations.
    account.start(
        "shrinks",
        "positive form",
        1 - a2,
        tidy,
        PositiveForm(positive=everywhere(_kappa, _gamma)),
        uses=("energy_recursion",),
        note=(
            r"So $a_2 < 1$, while $a_2 > 0$ by its definition as $S^2 + \gamma S^2 K^2/\delta$: the start "
            r"is forgotten."
        ),
    )
    samples = tuple(
        {_a2: sp.Float(k, 60) / 10, _w: sp.Rational(k + 1, 3), energy: sp.Rational(7, k)} for k in (2, 5, 8)
    )
    solution = next(step.after for step in account.steps if step.name == "equal_generations").rhs
    account.start(
        "forgotten",
        "limit of many generations",
        solution,
        lambda e: e.subs(_a2**_n, 0),
        LimitOf(_n, sp.oo, samples),
        uses=("equal_generations", "shrinks"),
        note=r"$a_2^n \to 0$, and $a_1^n \to 0$ with it.",
    )
    stage = {_a2: a2, _w: next_energy.subs(energy, 0)}
    limit = account.then("fixed_point", "insert the stage", lambda e: tidy(e.subs(stage)), Identity(stage))
    account.start(
        "stationary",
        "fixed point of the recursion",
        sp.Eq(energy, next_energy),
        lambda equation: sp.Eq(energy, tidy(sp.solve(equation, energy)[0])),
        Solves(),
        uses=("energy_recursion",),
        note="The same energy, as the one that a generation hands on unchanged.",
    )

    # The risk.
    follows = {_M_next: multiplier, _b_next: bias, _b: 1 - _M}
    account.start(
        "bias_follows",
        "insert the stage map",
        _b_next - (1 - _M_next),
        lambda e: sp.cancel(inserted(e, follows)),
        Identity(follows),
        uses=("ridge_map",),
        note="The bias stays one minus the multiplier.",
    )
    reading = {_b_next: 1 - _M_next, _c_next: _q_next - _M_next**2 * signal, _M_next: _rho_next / signal}
    account.start(
        "risk_in_overlaps",
        "bias and covariance energy in overlap and energy",
        _b_next**2 * signal + _c_next,
        lambda e: sp.expand(inserted(e, reading)),
        Identity(reading),
        uses=("bias_follows",),
        note=r"$E = b^2 r^2 + c$.",
    )
    in_overlaps = account.last
    recursion = {_rho_next: next_overlap, _q_next: next_energy}

    # The two risks that the chain engine derives from the estimators themselves.
    at_target = {overlap: signal, energy: signal}
    taught = {each: value.subs(at_target).subs(_at_stage("t")) for each, value in recursion.items()}
    account.start(
        "teacher",
        "the first learner is taught by the target, $\\rho = q = r^2$",
        registered("teacher_risk").result,
        lambda _: in_overlaps.subs(taught),
        Identity(),
        uses=("teacher_risk", "risk_in_overlaps", "overlap_shrinks", "energy_recursion"),
        note="The risk of a ridge teacher, derived by integrating its rows out, is that of the recursion.",
    )
    by_teacher = {overlap: taught[_rho_next], energy: taught[_q_next]}
    relabelled = {**_at_stage("s"), _noise: sp.S.Zero}
    twice = {
        each: value.subs(relabelled).subs(by_teacher, simultaneous=True) for each, value in recursion.items()
    }
    student = registered("student_risk")
    share = {
        symbol("omega", label): penalty(symbol("kappa", label), symbol("gamma", label))
        / symbol("kappa", label)
        for label in ("t", "s")
    }
    account.start(
        "student",
        "the second is taught by the first",
        student.forms["kappa"],
        lambda _: in_overlaps.subs(twice),
        Identity({**dict(student.definitions), **share}),
        uses=("student_risk", "teacher"),
        note="So is that of its student, derived by integrating both sets of rows out.",
    )
    risk = account.start(
        "risk",
        "insert the recursion",
        in_overlaps,
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
            "overlap factor": overlap_factor(_kappa, _gamma),
            "energy factor": a2,
            "energy after many generations": limit,
        },
        notation=notation_of("signal", "noise", "gamma", "kappa", "rho", "q", "D"),
        uses=("ridge_map", "teacher_risk", "student_risk"),
    )
