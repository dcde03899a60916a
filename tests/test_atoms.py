"""Risks on a joint spectrum in symbols, and matrices that do not commute."""

import json
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

from w2s_asymptotics import Population, Ridge, derive, risk, simulate
from w2s_asymptotics.words.algebraic import kappa_atoms, omega_atoms, polynomial
from w2s_asymptotics.words.functions import kappa, omega
from w2s_asymptotics.words.matrices import Draw, evaluate
from w2s_asymptotics.words.words import Stage, letter

CHAINS = json.loads((Path(__file__).parent / "golden_atoms.json").read_text())
LABEL, HALF = sp.core.symbol.Str("t"), sp.Rational(1, 2)


def positive(name: str, count: int) -> tuple[sp.Symbol, ...]:
    return tuple(sp.symbols(f"{name}1:{count + 1}", positive=True))


@pytest.mark.parametrize("case", CHAINS, ids=lambda case: case["name"])
def test_golden_chains_from_numbers_and_from_symbols(case: dict) -> None:
    rows, chain = case["world"], case["learners"]
    world = Population(rows["eigenvalues"], rows["signal"], rows["weights"], noise=case["noise"])
    for depth, expected in enumerate(case["risks"], 1):
        found = derive(world, *(Ridge(**learner) for learner in chain[:depth])).result
        assert float(found) == pytest.approx(float(expected), rel=1e-12)
    count = len(rows["eigenvalues"])
    s, e, w = (positive(name, count) for name in "sew")
    values = dict(zip((*s, *e, *w), (*rows["eigenvalues"], *rows["signal"], *rows["weights"]), strict=True))
    learners = []
    for place, learner in enumerate(chain):
        lam, gamma = sp.Symbol(f"lam{place}", nonnegative=True), sp.Symbol(f"gamma{place}", positive=True)
        values |= {lam: learner["lam"], gamma: learner["gamma"]}
        own = dict(learner) | {"lam": lam, "gamma": gamma}
        if "penalty" in learner:
            own["penalty"] = list(positive("g", count))
            values |= dict(zip(own["penalty"], learner["penalty"], strict=True))
        learners.append(Ridge(**own))
    symbolic = risk(Population(list(s), list(e), list(w), noise=case["noise"]), *learners)
    assert float(symbolic.subs(values)) == pytest.approx(float(case["risks"][-1]), rel=1e-12)


def test_steps_on_atoms_hold_and_fail_when_tampered_with() -> None:
    s, e, w = (positive(name, 2) for name in "sew")
    lam, gamma, g = sp.symbols("lam gamma g", positive=True)
    world = Population(list(s), list(e), list(w), noise=sp.Symbol("v", positive=True))
    derivation = derive(world, Ridge(HALF, lam), Ridge(gamma, lam, penalty=[g, 1], truth=sp.Rational(1, 5)))
    for step in derivation.steps[-2:]:
        assert step.run(1).passed
        assert not step.check.run(step.before, step.after * (1 + sp.Rational(1, 10**6)), 1).passed
        assert not step.check.run(step.before, step.after + w[0] * e[0], 1).passed
    assert derivation.result.has(kappa_atoms)
    assert "kappa_s" in derivation.text() and r"\kappa_{s}" in derivation.latex()
    cubic = next(left for left, right in derivation.definitions if right == 0)
    assert sp.degree(cubic, sp.Symbol("kappa_t", nonnegative=True)) == 3


def test_atoms_that_coincide_are_the_isotropic_world() -> None:
    e1, e2, v, w = sp.symbols("e1 e2 v w", positive=True)
    lam_t, lam_s, gamma_t, gamma_s = sp.symbols("lam_t lam_s gamma_t gamma_s", positive=True)
    chain = Ridge(gamma_t, lam_t), Ridge(gamma_s, lam_s, noise=v / 3)
    split = risk(Population([1, 1], [e1, e2], [w, 1 - w], noise=v), *chain)
    whole = risk(Population.isotropic(signal=e1 + e2, noise=v), *chain)
    assert not split.has(kappa_atoms)
    names = {call: sp.Dummy(positive=True) for call in (split - whole).atoms(kappa, omega)}
    difference = (split - whole).xreplace(names)
    free = sorted(difference.free_symbols, key=str)
    for seed in range(4):  # exactly, at rational points
        drawn = np.random.default_rng(seed).integers(1, 90, len(free))
        point = {item: sp.Rational(int(number), 91) for item, number in zip(free, drawn, strict=True)}
        assert difference.subs(point) == 0
    scaled = kappa_atoms(LABEL, lam_t, gamma_t, 4, 2, HALF, 6, 3, HALF)
    assert scaled == 2 * kappa(lam_t / 2, gamma_t)


def test_kappa_is_a_root_of_its_polynomial_and_differentiates() -> None:
    lam, gamma, s, g, w = sp.symbols("lam gamma s g w", positive=True)
    root = kappa_atoms(LABEL, lam, gamma, s, g, w, 1, 2, 1 - w)
    residual = omega_atoms(LABEL, lam, gamma, s, g, w, 1, 2, 1 - w)
    point = {lam: sp.Rational(1, 7), gamma: sp.Rational(3, 2), s: 3, g: HALF, w: sp.Rational(1, 3)}
    value = root.subs(point).evalf(60)
    unknown = sp.Symbol("k")
    equation = polynomial(unknown, *(argument.subs(point) for argument in root.args[1:]))
    assert equation.degree() == 3 and abs(equation.as_expr().subs(unknown, value)) < sp.Float("1e-55", 60)
    assert abs(value * residual.subs(point).evalf(60) - point[lam]) < sp.Float("1e-55", 60)
    for variable in (lam, gamma, s, g, w):
        step = sp.Rational(1, 10**15)
        for number in (root, residual):
            ahead, behind = (
                number.subs(point | {variable: point[variable] + sign * step}).evalf(50) for sign in (1, -1)
            )
            slope = number.diff(variable).subs(point).evalf(40)
            assert slope == pytest.approx((ahead - behind) / (2 * step), rel=1e-20)


def test_no_penalty_and_no_variance() -> None:
    assert kappa_atoms(LABEL, 0, HALF, 3, 1, HALF, 1, 1, HALF) == 0
    assert omega_atoms(LABEL, 0, HALF, 3, 1, HALF, 1, 1, HALF) == HALF
    over = kappa_atoms(LABEL, 0, 2, 3, 1, HALF, 1, 1, HALF)
    assert over.evalf(30) == pytest.approx(sp.sqrt(3).evalf(30), rel=1e-28)  # sum s/(s + k) = 1
    idle = kappa_atoms(LABEL, 0, 3, 2, 1, HALF, 0, 1, HALF)
    assert idle == 1  # one atom at gamma/2 = 3/2: kappa = 2 (3/2 - 1)
    world = Population([2, 0], [HALF, HALF], [HALF, HALF], noise=HALF)
    chain = Ridge(0.5, 0.0), Ridge(sp.Rational(3, 4), 0, covariance=[0, 1])
    numbers = Population([2.0, 0.0], [0.5, 0.5], [0.5, 0.5], noise=0.5)
    expected = risk(numbers, Ridge(0.5, 0.0), Ridge(0.75, 0.0, covariance=[0.0, 1.0]))
    assert float(risk(world, *chain)) == pytest.approx(expected, rel=1e-12)


def at_infinity(dims: object, gaps: object, errors: object) -> tuple[float, float]:
    """Intercept of the gaps as a function of 1/d, and its standard error, by weighted least squares."""
    weights = 1 / np.asarray(errors)
    design = np.stack([np.ones(len(weights)), 1 / np.asarray(dims)], axis=1) * weights[:, None]
    covariance = np.linalg.inv(design.T @ design)
    fit = covariance @ design.T @ (np.asarray(gaps) * weights)
    return float(fit[0]), float(np.sqrt(covariance[0, 0]))


def rotated(rng: np.random.Generator, dim: int, low: float, high: float) -> np.ndarray:
    basis = np.linalg.qr(rng.standard_normal((dim, dim)))[0]
    return (basis * np.geomspace(low, high, dim)) @ basis.T


def test_two_resolvents_and_two_covariances_in_their_order() -> None:
    """lam^2 tr(R Sigma R Sigma)/d on drawn rows against the derived words; Sigma, Gamma do not commute."""
    stage, C = Stage("t", noisy=False), letter("C")
    word = derive("two_point").result.subs(C, stage.covariance)
    rng = np.random.default_rng(5)
    dims, gaps, errors, lam = (20, 40, 80), [], [], 0.2
    for dim in dims:
        sigma, gamma, count = rotated(rng, dim, 0.2, 3.0), rotated(rng, dim, 0.2, 3.0), int(1.3 * dim)
        assert np.linalg.norm(sigma @ gamma - gamma @ sigma) > 0.3 * np.linalg.norm(sigma @ gamma)
        low, high = 0.0, 100.0
        for _ in range(200):
            k = (low + high) / 2
            shape = np.linalg.inv(sigma + k * gamma)
            low, high = (low, k) if k * (1 - np.trace(sigma @ shape) / count) > lam else (k, high)
        product = sigma @ shape
        values = {
            stage.covariance: sigma, stage.penalty: gamma, stage.equivalent: shape, stage.kappa: k,
            stage.lam: lam, stage.samples: float(count),
            stage.delta: 1 - np.trace(product @ product) / count,
        }  # fmt: skip
        theory = np.trace(evaluate(word, Draw(values, dim)) @ sigma) / dim
        root, drawn = np.linalg.cholesky(sigma), []
        for _ in range(40_000 // dim):
            rows = rng.standard_normal((count, dim)) @ root.T
            resolvent = np.linalg.inv(rows.T @ rows / count + lam * gamma)
            drawn.append(lam**2 * np.trace(resolvent @ sigma @ resolvent @ sigma) / dim)
        gaps.append(np.mean(drawn) / theory - 1)
        errors.append(np.std(drawn, ddof=1) / theory / np.sqrt(len(drawn)))
    intercept, uncertainty = at_infinity(dims, gaps, errors)
    assert uncertainty < 0.004 and abs(intercept) < max(4 * uncertainty, 0.004)


def test_a_pair_that_does_not_commute_under_covariate_shift() -> None:
    dims, gaps, errors, scores = (16, 32, 64), [], [], []
    for dim in dims:
        rng = np.random.default_rng(dim)
        world = Population.from_matrices(
            rotated(rng, dim, 0.3, 3.0), rng.standard_normal(dim) / np.sqrt(dim), noise=0.3
        )
        chain = (
            Ridge(0.6, 0.1, penalty=rotated(rng, dim, 0.4, 2.0)),
            Ridge(0.8, 0.2, penalty=rotated(rng, dim, 0.4, 2.0), covariance=rotated(rng, dim, 0.3, 2.0)),
        )
        found = simulate(world, *chain, repetitions=60_000 // dim, seed=1)
        assert found.theory[1] == pytest.approx(risk(world, *chain), rel=0.2)
        gaps.append(found.mean / found.theory - 1)
        errors.append(found.standard_error / found.theory)
        scores.append(found.z)
    for learner in (0, 1):
        gap, error = (np.array(column)[:, learner] for column in (gaps, errors))
        intercept, uncertainty = at_infinity(dims, gap, error)
        assert uncertainty < 0.01 and abs(intercept) < max(4 * uncertainty, 0.004)
    assert np.abs(scores[-1]).max() < 6


def test_as_many_rows_as_dimensions_without_penalty() -> None:
    """In the isotropic world a limit, whatever comes after; on atoms an error, no nan."""
    lam = sp.Symbol("lam_s", positive=True)
    edge, half = Ridge(gamma=1, lam=0), sp.Rational(1, 2)
    for noise, expected in ((0, None), (sp.Rational(1, 4), sp.oo)):
        found = derive(Population.isotropic(noise=noise), edge, Ridge(gamma=half, lam=lam))
        found.verify()
        if expected is None:
            number = risk(Population.isotropic(), Ridge(gamma=0.5, lam=0.3))
            assert float(found.result.subs(lam, 0.3)) == pytest.approx(number, rel=1e-14)
        else:
            assert found.result == expected
    atoms = Population([3.0, 0.1], signal=[0.5, 0.2], noise=0.2)
    for student in ([], [Ridge(gamma=0.5, lam=0.1)], [Ridge(gamma=0.5, lam=0.0, truth=1.0)]):
        with pytest.raises(ValueError, match="as many rows as dimensions"):
            derive(atoms, edge, *student)
