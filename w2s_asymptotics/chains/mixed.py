"""Deriving the risk of a chain of learners whose fits run on symbols, whatever chain it is handed.

A learner is a map of Gaussian equivalents, its `fit`. Run on letters, it says what each learner keeps, loses
and adds, and is checked to be the registered map (`letters`); the excess risk of the last learner is followed
back through these fits, one learner at a time, down to the truth. Run on the numbers and symbols of the
user, the same fits give the result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from w2s_asymptotics.chains.drawn import AtDraws, as_numbers, at_point, drawn_point, is_rounded, nested_root
from w2s_asymptotics.chains.letters import Letters, Registered, World, lettered
from w2s_asymptotics.chains.setting import at_parameters, check_numbers, label_variance, labels_of, rows_of
from w2s_asymptotics.learners import Learner
from w2s_asymptotics.notation import symbol
from w2s_asymptotics.proof.account import Account
from w2s_asymptotics.proof.derivation import Derivation, Step
from w2s_asymptotics.proof.models.draws import unfolded
from w2s_asymptotics.proof.models.names import Names
from w2s_asymptotics.proof.tactics import Equal
from w2s_asymptotics.spectrum.equivalent import Fit, GaussianEquivalent
from w2s_asymptotics.words.symbols import Asked, Symbols, row, whole
from w2s_asymptotics.worlds.population import IsotropicPopulation, Population

__all__ = ["derive_mixed"]

_APART = 45  # digits at which equal penalties are told apart, to check their limit


@dataclass(frozen=True)
class Stage:
    """One learner of a chain in letters: its fit S, K, A and E, what these stand for, and what proves it.

    ``asked`` are the letters of its parameters, ``energy`` and ``noise`` those of its labels, ``state`` those
    of what it has become.
    """

    label: str
    learner: Any
    fit: Fit
    state: GaussianEquivalent
    registered: Registered
    asked: Asked
    energy: Any
    noise: Any
    meaning: Mapping[Any, Any]
    step: Step


def _equal(meaning: Mapping[Any, Any]) -> Equal:
    return Equal(Names(meaning, draws=3))


def derive_mixed(world: Population, learners: Sequence[Learner]) -> Derivation:
    """Derive the excess risk of the last of ``learners``, by what each of their fits keeps, loses and adds.

    The result is a formula in the user's own numbers and symbols, and in the fixed points of each learner as
    numbers with names, stated in the definitions. Raises ``ValueError`` for a chain that does not fit.

    >>> from w2s_asymptotics.learners import RandomFeatures, Ridge
    >>> chain = RandomFeatures(gamma=0.5, width=2, lam=0.1, activation="relu"), Ridge(gamma=0.8, lam=0.3)
    >>> round(float(derive_mixed(Population.isotropic(noise=0.1), chain).result), 10)
    0.6006548905
    """
    _check(world, learners)
    labels, (letters, given) = labels_of(len(learners)), _world(world)
    stages = [_stage(learner, label, letters) for learner, label in zip(learners, labels, strict=True)]
    spectrum = letters.spectrum(Symbols(""))
    account = Account()
    account.extend(stage.step for stage in stages)
    account.line(spectrum.risk(stages[-1].state))
    meaning: dict[Any, Any] = {}
    for place in reversed(range(len(stages))):
        stage, before = stages[place], stages[place - 1] if place else None
        labelled, noise = stage.learner.labelled(before and before.state, spectrum)
        learned = _names(stage.state, spectrum.through(stage.fit, labelled))
        source = f"learner {before.label}" if before else "the target"
        source += ", mixed with true labels" if before and learners[place].truth != 0 else ""
        account.claim(
            f"go back from learner {stage.label} to what labelled its rows",
            r"$M' = SM$, $b' = b + KM$, $c' = S^2c + A$",
            account.last.xreplace(learned),
            _equal(learned),
            uses=(stage.step.name,),
            note=f"Its rows are labelled by {source}.",
        )
        seen = dict(zip((*stage.energy, stage.noise), (*spectrum.energy(labelled), *noise), strict=True))
        meaning |= {**learned, **stage.meaning, **seen}
        given[symbol("noise", stage.label)] = label_variance(place, learners[place], world)
        given |= (
            {symbol("truth", stage.label): whole(learners[place].truth)}
            if place and stage.learner.truth != 0
            else {}
        )
    result, asked = at_parameters(world, learners, labels)
    numbers = (*given.values(), *(value for each in asked for value in each.flat))
    check = AtDraws(
        partial(_drawn, tuple(stages), asked, given, meaning),
        "fixed points found by bisection",
        11 if is_rounded(numbers) else 30,
    )
    expression = account.last
    account.claim(
        "insert the values",
        "the same fits at the parameters, fixed points by name",
        result,
        check,
        note="Every fixed point is the number that the equations below define; equal penalties of repeated "
        "fits are limits, derivatives in the penalty.",
    )
    fixed = {side: other for stage in stages for side, other in stage.registered.fixed}
    for stage, values in zip(stages, asked, strict=True):
        given |= dict(zip(stage.asked.flat, values.flat, strict=True))
    stated = {name: value for name, value in given.items() if name.is_Symbol and name != value}
    return _record(stages, account.steps, result, expression, {**meaning, **fixed, **stated})


def _stage(learner: Learner, label: str, world: World) -> Stage:
    """Run the fit of a learner on letters; a learner whose fit refuses says why."""
    curved = bool(learner.nonlinear)
    letters, plain = (Letters(label, world, curved=curved, naming=naming) for naming in (True, False))
    try:
        own = lettered(learner, label, world)
        found, raw = letters.fit(own), plain.fit(own)
    except (ValueError, NotImplementedError) as error:
        raise ValueError(
            "only chains of Ridge, RandomFeatures, SelfDistilled and whatever has a fit that runs on symbols "
            f"can be derived, got {type(learner).__name__}: {error}"
        ) from error
    registered = letters.registered
    assert registered is not None
    multiplier, bias, kept, lost = (world.each(base, label, "real") for base in "MbSK")
    nonlinear = row([sp.Symbol(f"E_{label}", nonnegative=True) if curved else sp.S.Zero])
    fit = Fit(kept, lost, world.each("A", label), nonlinear)
    names = [name for part in fit for name in part]
    values, proved = ([value for part in each for value in part] for each in (found, raw))
    known = {name: value for name, value in zip(names, values, strict=True) if name not in (value, 0)}
    step = _of_learner(label, world, registered, fit, letters.energy, dict(zip(names, proved, strict=True)))
    if not step.run().passed:
        raise ValueError(
            f"no registered map says what a fit of {type(learner).__name__} is: it is not that of "
            f"derive({registered.source!r}); ask risk with numbers"
        )
    return Stage(
        label, own, fit, GaussianEquivalent(multiplier, bias, world.each("c", label), nonlinear), registered,
        letters.asked, letters.energy, letters.noise, {**known, **registered.meaning}, step,
    )  # fmt: skip


def _of_learner(
    label: str, world: World, registered: Registered, fit: Fit, energy: Any, proved: Mapping[Any, Any]
) -> Step:
    """What the fit of a learner makes of labels is what the registered map says."""
    a, u, x = (world.each(base, sign="real") for base in "aux")
    m, c, a_0 = world.each("M"), world.each("c"), sp.Symbol("a_0", real=True)
    before = registered.moment + sp.Add(*(u * registered.kept * m), *(x * (1 - registered.kept)))
    before = registered.written(before + a_0 * registered.nonlinear)
    after = sp.Add(*(a * (fit.kept**2 * energy + fit.added)), *(u * fit.kept * m), *(x * fit.lost))
    labels = dict(zip(energy, m**2 * row(world.energies) + c, strict=True))
    of_map = {
        name: registered.written(value)
        for name, value in registered.meaning.items()
        if name not in registered.shares
    }
    return Step(
        f"read the fit of learner {label}",
        r"$M' = SM$, $c' = S^2c + A$; $A$, $E$ by $\epsilon$ and $n$",
        before, after + a_0 * fit.nonlinear[0], _equal({**proved, **of_map, **labels}), (registered.source,),
        "The registered map, and the learner's own fit run on letters, of labels with multiplier M, Gaussian "
        "energy c and noise n, tested by a number $a_j$ on the second moment, $u_j$ and $x_j$ on what is "
        "kept and lost on each atom, $a_0$ on the nonlinear energy.",
        starts=True,
    )  # fmt: skip


def _names(letters: GaussianEquivalent, values: GaussianEquivalent) -> dict[Any, Any]:
    """The letters of a state by other letters."""
    pairs = (
        zip(getattr(letters, name), getattr(values, name), strict=True)
        for name in ("multiplier", "bias", "covariance")
    )
    return {letter: value for pair in pairs for letter, value in pair}


def _drawn(
    stages: Sequence[Stage], asked: Sequence[Asked], given: Mapping[Any, Any], meaning: Mapping[Any, Any],
    rng: np.random.Generator,
) -> tuple[dict[Any, Any], dict[Any, Any]]:  # fmt: skip
    """Numbers for the letters of a chain, every fixed point by bisection, and for the user's symbols."""
    point = drawn_point(rng, [*given.values(), *(value for each in asked for value in each.flat)])
    digits = 70 + (2 * _APART + 10) * (max(len(each.lams) for each in asked) - 1)
    with mpmath.workdps(digits):
        found = {name: at_point(value, point) for name, value in given.items()}
        for stage, values in zip(stages, asked, strict=True):
            each = Asked(*([at_point(value, point) for value in part] for part in values))
            lams = list(each.lams)  # equal ones are moved apart
            lams = [lam * (1 + lams[:i].count(lam) * mpmath.mpf(10) ** -_APART) for i, lam in enumerate(lams)]
            found |= zip(stage.asked.flat, each._replace(lams=lams).flat, strict=True)
            atoms = list(zip(each.s, each.g, each.w, strict=True))
            (gamma,), (width,), (tail,) = each.gamma, each.width, each.tail
            for names, lam in zip(stage.registered.roots, lams, strict=True):
                found |= zip(names, nested_root(lam, gamma, width, tail, atoms), strict=True)
        known = as_numbers({name: value for name, value in found.items() if name and name.is_Symbol}, digits)
    return unfolded(meaning, known), point


def _check(world: Population, learners: Sequence[Learner]) -> None:
    """Raise ``ValueError`` for a chain whose risk cannot be derived."""
    check_numbers(world, learners)
    curved = False
    for learner in learners:
        if "gamma" not in vars(learner):  # not one fit to rows
            raise ValueError(
                f"no registered map says in letters what {type(learner).__name__} is: ask risk with numbers"
            )
        if any(np.ndim(value) > 1 for value in (learner.penalty, learner.covariance)):
            raise ValueError(
                "derive needs penalties and covariances that commute beside random features and repeated fits"
            )
        if getattr(learner, "own", None) is not None:
            raise ValueError(
                "derive takes repeated fits on their own labels alone (SelfDistilled.own); "
                "derive('self_distillation') gives two fits on a mixture"
            )
        if learner.covariance is not None and curved:
            raise ValueError("covariance must be the world's after nonlinear features (Ridge.covariance)")
        curved |= bool(learner.nonlinear)


def _world(world: Population) -> tuple[World, dict[Any, Any]]:
    """The letters of the spectrum, and what they are; isotropic, s = w = 1 are no letters."""
    rows = rows_of(world)
    if isinstance(world, IsotropicPopulation):
        letters = World(rows[0], rows[1], (symbol("signal"),))
    else:
        blank = World((), rows[1], ())
        s, w, e = (tuple(blank.each(base, sign=sign)) for base, sign in _SPECTRUM)
        letters = World(s, w, e)
    names = (*letters.eigenvalues, *letters.weights, *letters.energies)
    given = zip(names, (value for row in rows for value in row), strict=True)
    return letters, {name: value for name, value in given if name.is_Symbol}


_SPECTRUM = (("s", "nonnegative"), ("w", "positive"), ("e", "nonnegative"))


def _record(
    stages: Sequence[Stage], steps: Sequence[Step], result: Any, general: Any, printed: Mapping[Any, Any]
) -> Derivation:
    """Dress the steps as a derivation: its setting in words, its notation, its sources."""
    names = ", ".join(stage.label for stage in stages)
    return Derivation(
        name="chain_" + "_".join(stage.label for stage in stages),
        title=f"Risk at the end of a chain of {len(stages)} learners"
        if len(stages) > 1
        else "Risk of a learner",
        statement=f"The limiting excess risk of the last of the learners {names}, each fitted to fresh rows "
        "that the learner before it labels (the first: the target), by composing their maps of Gaussian "
        "equivalents.",
        assumptions=(
            r"Covariates are Gaussian; rows, and random features, are fresh at every stage.",
            r"Dimension, sample sizes and widths grow together, $d/n_k \to \gamma_k$, $p_k/d \to \psi_k$.",
            r"Label noise is centred, independent of the rows, of variance $\sigma_k^2$.",
            "Nonlinear features act as linear ones plus independent noise, and what is learned that is not "
            "linear acts as noise on the labels of the next learner (Gaussian equivalence, cited).",
            "All matrices are diagonal in one basis: a joint spectrum of atoms.",
        ),
        sources=(
            "Moniri, Hassani, arXiv:2505.18346 (the setting).",
            "Mei, Montanari: The generalization error of random features regression, 2022 "
            "(Gaussian equivalence).",
        ),
        steps=tuple(steps),
        result=result,
        forms={"by fits": general, "risk": result},
        notation=NOTATION,
        definitions=tuple(printed.items()),
        uses=tuple(sorted({stage.registered.source for stage in stages})),
    )


NOTATION: tuple[tuple[str, str], ...] = (
    ("M_k, b_k, c_k", "multiplier of the target, bias $1 - M_k$, Gaussian energy of learner k"),
    ("S_k, K_k", "what learner k keeps and loses of a coefficient"),
    ("A_k, E_k", "Gaussian energy that learner k adds; energy of what it learns that is not linear"),
    (r"\epsilon_k, n_k", "energy of the labels of learner k on an atom; all of their noise"),
    (r"v_k,\ \delta_k", r"what learner k leaves unexplained, over $\delta_k$; $1 - \mathrm{df}_2/n_k$"),
    (r"\kappa_k,\ \omega_k", r"effective regularisation and $\lambda_k/\kappa_k = 1 - \mathrm{df}_1/n_k$"),
    (
        r"\nu_k,\ \varpi_k",
        r"effective regularisation of random features; $1 - \mathrm{df}_1/p_k$ of their weights",
    ),
    (r"\gamma_k,\ \psi_k,\ T_k", "$d/n_k$; features per dimension; energy of their nonlinear part"),
    (r"\sigma_k^2,\ \xi_k", "variance of learner k's label noise; weight of true labels among its labels"),
)
