"""What the library derives by its rules, the second engine finds from the estimators alone."""

from typing import Any

import numpy as np
import pytest
import sympy as sp

import w2s_asymptotics as w2s
from w2s_asymptotics.witness.cases import CASES, Case, _Features, _features, chain
from w2s_asymptotics.witness.closed import _Field
from w2s_asymptotics.witness.limit import Limit
from w2s_asymptotics.words.functions import kappa as kappa_function
from w2s_asymptotics.words.functions import omega as omega_function
from w2s_asymptotics.words.matrices import Draw, evaluate

DIM = 6
n, d, p, lam = sp.symbols("n d p lam", positive=True)
Sigma, Test, B = (sp.MatrixSymbol(name, d, d) for name in ("Sigma", "Test", "B"))
one = sp.Identity(d)


def definite(rng: np.random.Generator, dim: int = DIM) -> Any:
    basis = np.linalg.qr(rng.standard_normal((dim, dim)))[0]
    return (basis * rng.uniform(0.3, 2.0, dim)) @ basis.T


def full_trace(case: Case, values: dict[str, Any]) -> float:
    """The limit of the trace of a case, at those of the values that it has."""
    found = w2s.limit(sp.Trace(case.expression), case.gaussians)
    return float(found.evaluate(known(found, values)))


def known(found: Limit, values: dict[str, Any]) -> dict[str, Any]:
    names = {symbol.name for symbol in [*found._scalars, *found._matrices]}
    return {name: value for name, value in values.items() if name in names}


@pytest.mark.parametrize("stages", [1, 2, 3, 4])
def test_chains_of_ridge(stages: int) -> None:
    """Every stage has its Sigma, Gamma and noise, true labels are mixed in, and nothing commutes."""
    rng = np.random.default_rng(stages)
    metric, beta = definite(rng), rng.standard_normal(DIM)
    noises, truths = rng.uniform(0.1, 0.6, stages), [0.0, *rng.uniform(0.0, 0.6, stages - 1)]
    values: dict[str, Any] = {"d": DIM, "Test": metric, "B": np.outer(beta, beta)}
    learners = []
    for k in range(1, stages + 1):
        own = {
            f"n_{k}": int(rng.integers(4, 15)),
            f"lam_{k}": float(rng.uniform(0.01, 0.5)),
            f"mu_{k}": 1 - truths[k - 1],
            f"Sigma_{k}": definite(rng),
            f"Gamma_{k}": definite(rng),
        }
        values |= own
        learners.append(
            w2s.Ridge(
                gamma=DIM / own[f"n_{k}"],
                lam=own[f"lam_{k}"],
                penalty=own[f"Gamma_{k}"],
                covariance=own[f"Sigma_{k}"],
                noise=noises[k - 1] if k > 1 else 0.0,
                truth=truths[k - 1],
            )
        )
    traces = chain(stages)
    expected = full_trace(traces.bias, values)
    for k, (case, truth) in enumerate(zip(traces.noises, truths, strict=True), start=1):
        variance = noises[k - 1] + (truth**2 * noises[0] if k > 1 else 0.0)
        expected += variance / values[f"n_{k}"] * full_trace(case, values)
    world = w2s.Population.from_matrices(metric, beta, noise=noises[0])
    assert w2s.risk(world, *learners) == pytest.approx(expected, rel=1e-12)


def equivalent_letters(rng: np.random.Generator, two: bool) -> dict[str, Any]:
    """Sigma, Gamma, C, f, and kappa, G, delta of fits with penalties lam_t and lam_s on the same n rows."""
    found: dict[str, Any] = {name: definite(rng) for name in ("Sigma", "Gamma", "C", "A")}
    rows = int(rng.integers(4, 12))
    found |= {"samples": rows, "noise_t": 0.3, "mu": rng.standard_normal((DIM, 1))}
    for label in ("t", "s") if two else ("t",):
        low, high = 0.0, 100.0
        penalty = float(rng.uniform(0.05, 0.4))
        for _ in range(200):
            kappa = (low + high) / 2
            G = np.linalg.inv(found["Sigma"] + kappa * found["Gamma"])
            lower = kappa * (1 - np.trace(found["Sigma"] @ G) / rows) < penalty
            low, high = (kappa, high) if lower else (low, kappa)
        found |= {f"lam_{label}": penalty, f"kappa_{label}": kappa, f"G_{label}": G}
    left, right = found["G_t"], found["G_s" if two else "G_t"]
    gap = 1 - np.trace(left @ found["Sigma"] @ right @ found["Sigma"]) / rows
    for name in ("Sigma", "Gamma", "samples"):
        found[f"{name}_t"] = found[name]
    return found | {"delta_t": gap, "delta_ts": gap}


X, Gamma, C, A = (
    sp.MatrixSymbol("X", n, d),
    sp.MatrixSymbol("Gamma", d, d),
    sp.MatrixSymbol("C", d, d),
    sp.MatrixSymbol("A", d, d),
)
S = X.T * X / n
lam_t, lam_s = sp.symbols("lam_t lam_s", positive=True)
R_t, R_s = (S + lam_t * Gamma).inv(), (S + lam_s * Gamma).inv()


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("name", "expression"),
    [("two_point", lam_t**2 * R_t * C * R_t), ("two_penalties", lam_s * lam_t * R_t * C * R_s)],
)
def test_equivalents_of_two_resolvents(name: str, expression: Any, seed: int) -> None:
    """The registered word and the word found, as matrices."""
    letters = equivalent_letters(np.random.default_rng(seed), name == "two_penalties")
    word = w2s.derive(name).result
    drawn = Draw({each: letters[each.name] for each in word.free_symbols}, DIM)
    found = w2s.limit(expression, [w2s.Gaussian(X, cols=Sigma)])
    values = known(found, letters | {"d": DIM, "n": letters["samples"]})
    np.testing.assert_allclose(found.evaluate(values), evaluate(word, drawn), rtol=1e-11, atol=1e-13)
    kappas = sorted(found.kappas(values).values())
    assert kappas == pytest.approx(sorted(letters[f"kappa_{k}"] for k in "ts" if f"kappa_{k}" in letters))


@pytest.mark.parametrize("seed", [3, 4])
def test_the_ridge_map(seed: int) -> None:
    """Quadratic forms of what ridge makes of labels with a mean and a covariance."""
    letters = equivalent_letters(np.random.default_rng(seed), two=False)
    form = w2s.derive("ridge_map").result
    drawn = Draw({each: letters[each.name] for each in form.free_symbols}, DIM)
    moment = sp.MatrixSymbol("F", d, d)
    second = letters["mu"] @ letters["mu"].T + letters["C"]
    noise = sp.Symbol("noise_t", positive=True)
    learned = sp.Trace(A * R_t * S * moment * S * R_t) + noise / n * sp.Trace(A * R_t * S * R_t)
    found = w2s.limit(learned, [w2s.Gaussian(X, cols=Sigma)])
    values = known(found, letters | {"F": second, "d": DIM, "n": letters["samples"]})
    assert found.evaluate(values) == pytest.approx(float(evaluate(form, drawn)), rel=1e-12)


def feature_traces(fit: _Features, rows: Any, count: Any, target: Any) -> tuple[Any, Any, Any, Any]:
    """Error of the linear part and energy of the nonlinear one for labels `X target beta`; and of noise."""
    W, F, R = fit.weights, fit.features, fit.resolvent
    error = fit.learned * target - one
    coefficients = R * F.T * rows * target / count
    spread = R * (F.T * F / count) * R
    return (
        sp.Trace(Test * error * B * error.T),
        sp.Trace(coefficients * B * coefficients.T),
        sp.Trace(Test * W.T * spread * W),
        sp.Trace(spread),
    )


@pytest.mark.parametrize("tail", [0.0, 0.4])
@pytest.mark.parametrize("taught", [False, True])
def test_random_features(tail: float, taught: bool) -> None:
    """Random features, nonlinear ones too, on true labels and on those of a ridge teacher."""
    rng = np.random.default_rng(7)
    metric, beta = definite(rng), rng.standard_normal(DIM)
    fit = _features(p, X, n, lam, "", tail > 0)
    n_1, lam_1 = sp.symbols("n_1 lam_1", positive=True)
    X1, Sigma1, Gamma1 = (
        sp.MatrixSymbol("X_1", n_1, d),
        sp.MatrixSymbol("Sigma_1", d, d),
        sp.MatrixSymbol("Gamma_1", d, d),
    )
    S1 = X1.T * X1 / n_1
    R1 = (S1 + lam_1 * Gamma1).inv()
    labels = R1 * S1 if taught else one
    bias, energy, variance, spread = feature_traces(fit, X, n, labels)
    values: dict[str, Any] = {"d": DIM, "n": 9, "p": 8, "n_1": 10, "lam": 0.2, "lam_1": 0.1, "T": tail * DIM}
    values |= {"Test": metric, "B": np.outer(beta, beta), "Sigma_1": metric, "Gamma_1": definite(rng)}
    noise = 0.3
    gaussians = [w2s.Gaussian(X, cols=Test), *fit.gaussians]
    risk = bias + tail * d / p * energy
    if taught:  # the teacher's noise, seen through the student
        gaussians.append(w2s.Gaussian(X1, cols=Sigma1))
        passed = fit.learned * R1 * X1.T
        inner = fit.resolvent * fit.features.T * X * R1 * X1.T / n
        risk += noise / n_1**2 * sp.Trace(Test * passed * passed.T)
        risk += noise / n_1**2 * tail * d / p * sp.Trace(inner * inner.T)
    else:
        risk += noise / n * (variance + tail * d / p * spread)
    found = w2s.limit(risk, gaussians)
    world = w2s.Population.from_matrices(metric, beta, noise=noise)
    learner = w2s.RandomFeatures(gamma=DIM / 9, width=8 / DIM, lam=0.2, tail=tail)
    teachers = [w2s.Ridge(gamma=DIM / 10, lam=0.1, penalty=values["Gamma_1"])] if taught else []
    assert w2s.risk(world, *teachers, learner) == pytest.approx(
        found.evaluate(known(found, values)), rel=1e-12
    )


def test_feature_teacher_and_feature_student() -> None:
    rng = np.random.default_rng(8)
    metric, beta = definite(rng), rng.standard_normal(DIM)
    case = CASES["feature teacher, feature student, bias"]
    sizes = {"d": DIM, "n_s": 9, "n_t": 5, "p_s": 8, "p_t": 7, "lam_s": 0.2, "lam_t": 0.05}
    values = sizes | dict.fromkeys(("Sigma", "Sigma_s", "Sigma_t"), metric) | {"B": np.outer(beta, beta)}
    world = w2s.Population.from_matrices(metric, beta)
    fits = [
        w2s.RandomFeatures(gamma=DIM / n_, width=p_ / DIM, lam=q) for n_, p_, q in ((5, 7, 0.05), (9, 8, 0.2))
    ]
    assert w2s.risk(world, *fits) == pytest.approx(full_trace(case, values), rel=1e-12)


def test_two_fits_on_the_same_rows() -> None:
    rng = np.random.default_rng(9)
    metric, beta = definite(rng), rng.standard_normal(DIM)
    values = {"d": DIM, "n": 9, "lam_s": 0.3, "lam_t": 0.02, "Sigma": metric, "B": np.outer(beta, beta)}
    bias = full_trace(CASES["two fits on the same rows, bias"], values)
    variance = full_trace(CASES["two fits on the same rows, variance"], values)
    world = w2s.Population.from_matrices(metric, beta, noise=0.4)
    risk = w2s.risk(world, w2s.SelfDistilled(gamma=DIM / 9, lams=(0.02, 0.3)))
    assert risk == pytest.approx(bias + 0.4 / 9 * variance, rel=1e-12)


def in_kappas(expression: Any, kappas: dict[Any, Any]) -> Any:
    """A risk of the library with its functions of (lam, gamma) in terms of kappa symbols."""
    found = expression
    for call in expression.atoms(kappa_function):
        found = found.subs(call, kappas[call.args[0]])
    for call in expression.atoms(omega_function):
        kappa = kappas[call.args[0]]
        found = found.subs(call, 1 - call.args[1] / (1 + kappa))
    return found


def test_isotropic_risks_in_symbols() -> None:
    """Teacher and student: the same rational functions of the kappas, all parameters symbols."""
    r2, s2, gamma_t, gamma_s = sp.symbols("r2 s2 gamma_t gamma_s", positive=True)
    world = w2s.Population.isotropic(signal=r2, noise=s2)
    teacher, student = w2s.Ridge(gamma=gamma_t, lam=lam_t), w2s.Ridge(gamma=gamma_s, lam=lam_s)
    kappa_t, kappa_s = sp.symbols("kappa_t kappa_s")
    bare = {symbol: sp.Symbol(symbol.name) for symbol in (r2, s2, gamma_t, gamma_s, lam_t, lam_s)}
    ones = dict.fromkeys(("Sigma_s", "Sigma_t", "Gamma_s", "Gamma_t", "Test", "B"), 1)

    def closed(name: str) -> Any:
        case = CASES[name]
        found = w2s.limit(sp.Trace(case.expression) / d, case.gaussians)
        names = {symbol.name for symbol in found._matrices}
        put = {"d": 1, "n_t": 1 / gamma_t, "n_s": 1 / gamma_s, "n": 1 / gamma_t, "lam": lam_t}
        values = {key: value for key, value in (ones | {"Sigma": 1, "Gamma": 1}).items() if key in names}
        return found.closed(values, put=put)

    def same(first: Any, second: Any) -> bool:
        """Equal as rational functions, once lam is written in kappa."""
        gammas = {"t": bare[gamma_t], "s": bare[gamma_s]}
        for label, kappa in (("t", kappa_t), ("s", kappa_s)):
            penalty = {sp.Symbol(f"lam_{label}"): kappa * (1 - gammas[label] / (1 + kappa))}
            first, second = first.subs(penalty), second.subs(penalty)
        field = _Field(sorted(first.free_symbols | second.free_symbols, key=str))
        return bool(field.value(first, {}) == field.value(second, {}))

    def ours(*learners: Any) -> Any:
        return in_kappas(w2s.risk(world, *learners), {lam_t: kappa_t, lam_s: kappa_s}).subs(bare)

    single = sp.Symbol("kappa")
    bias, variance = closed("ridge, bias"), closed("ridge, variance")
    assert list(bias.equations) == [single]
    found = bare[r2] * bias.value + bare[s2] * bare[gamma_t] * variance.value
    assert same(found.subs(single, kappa_t), ours(teacher))
    assert not same(found.subs(single, kappa_t), 2 * ours(teacher))
    bias, noise = closed("student, bias"), closed("student, noise")
    found = bare[r2] * bias.value + bare[s2] * bare[gamma_t] * noise.value
    assert same(found, ours(teacher, student))
