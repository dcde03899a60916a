"""`limit`: values, derivatives, limits at no penalty, certificates, simulation, and what it refuses."""

import ast
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp
from mpmath import mp, mpf

import w2s_asymptotics as w2s
from w2s_asymptotics.witness import limit as limit_module
from w2s_asymptotics.witness.cases import CASES, draw
from w2s_asymptotics.witness.part import NoLimitError

n, d, p, lam, mu = sp.symbols("n d p lam mu", positive=True)
X, Z = sp.MatrixSymbol("X", n, d), sp.MatrixSymbol("Z", d, d)
Sigma, B, A = (sp.MatrixSymbol(name, d, d) for name in ("Sigma", "B", "A"))
one = sp.Identity(d)
S = X.T * X / n
R = (S + lam * one).inv()
DATA = [w2s.Gaussian(X, cols=Sigma)]
WHITE = [w2s.Gaussian(X)]


def definite(seed: int, dim: int) -> Any:
    rng = np.random.default_rng(seed)
    basis = np.linalg.qr(rng.standard_normal((dim, dim)))[0]
    return (basis * np.linspace(0.3, 2.0, dim)) @ basis.T


def marchenko_pastur(gamma: Any, penalty: Any) -> Any:
    linear = 1 - gamma + penalty
    return 2 / (linear + (linear**2 + 4 * gamma * penalty) ** 0.5)


@pytest.mark.parametrize(
    ("gamma", "penalty"), [(0.5, 0.1), (2.0, 0.1), (1.0, 1e-6), (0.999, 1e-8), (1e-3, 5.0), (1.0, 1e-10)]
)
def test_marchenko_pastur(gamma: float, penalty: float) -> None:
    found = w2s.limit(sp.Trace(R) / d, WHITE)
    value = found.evaluate({n: 1 / gamma, d: 1, lam: penalty})
    assert value == pytest.approx(marchenko_pastur(gamma, penalty), rel=1e-12 if penalty > 1e-9 else 1e-10)


def test_forty_digits() -> None:
    found = w2s.limit(sp.Trace(R) / d, WHITE)
    with mp.workdps(40):
        value = found.evaluate({n: mpf(2), d: mpf(1), lam: mpf(1) / 10})
        assert abs(value / marchenko_pastur(mpf(1) / 2, mpf(1) / 10) - 1) < mpf(10) ** -37
        case = CASES["student, bias"]
        student = w2s.limit(sp.Trace(case.expression) / d, case.gaussians)
        values = draw(case, np.random.default_rng(1), atoms=True)
        high = {key: np.vectorize(mpf, otypes=[object])(value)[()] for key, value in values.items()}
        assert abs(student.evaluate(high) / student.evaluate(values) - 1) < 1e-14


@pytest.mark.parametrize("dps", [15, 30])
def test_matrices_of_mpmath_numbers(dps: int) -> None:
    found, sigma = w2s.limit(sp.Trace(B * R), DATA), definite(1, 3)
    values = {n: 5, d: 3, lam: 0.1, Sigma: sigma, B: definite(2, 3)}
    with mp.workdps(dps):
        high = {key: np.vectorize(mpf, otypes=[object])(value)[()] for key, value in values.items()}
        assert abs(found.evaluate(high) / found.evaluate(values) - 1) < 1e-14


def test_rows_numbers_and_matrices_mean_the_same() -> None:
    found = w2s.limit(sp.Trace(B * R), DATA)
    row, energies = np.array([2.0, 0.5]), np.array([0.3, 0.7])
    by_row = found.evaluate({n: 6, d: 4, lam: 0.1, Sigma: row, B: energies})
    by_matrix = found.evaluate({n: 6, lam: 0.1, Sigma: np.diag(np.repeat(row, 2)), B: np.repeat(energies, 2)})
    assert by_row == pytest.approx(by_matrix, rel=1e-14)
    weighted = found.evaluate({n: 6, d: 4, lam: 0.1, Sigma: row, B: 1.0}, weights=[0.25, 0.75])
    spread = np.diag([2.0, 0.5, 0.5, 0.5])
    assert weighted == pytest.approx(found.evaluate({n: 6, lam: 0.1, Sigma: spread, B: 1.0}), rel=1e-14)
    named = found.evaluate({"n": 6, "d": 4, "lam": 0.1, "Sigma": row, "B": energies})
    assert named == by_row


def test_a_matrix_has_a_matrix_for_its_equivalent() -> None:
    found, sigma = w2s.limit(lam * R, DATA), definite(3, 5)
    value = found.evaluate({n: 7, d: 5, lam: 0.2, Sigma: sigma})
    (kappa,) = found.kappas({n: 7, d: 5, lam: 0.2, Sigma: sigma}).values()
    np.testing.assert_allclose(value, kappa * np.linalg.inv(sigma + kappa * np.eye(5)), rtol=1e-12)
    assert kappa * (1 - np.trace(sigma @ value) / kappa / 7) == pytest.approx(0.2, rel=1e-12)


def test_bilinear_forms() -> None:
    a, b = sp.MatrixSymbol("a", d, 1), sp.MatrixSymbol("b", d, 1)
    found, whole = w2s.limit(a.T * R * b, DATA), w2s.limit(R, DATA)
    values = {n: 7, d: 5, lam: 0.2, Sigma: definite(3, 5)}
    left, right = np.arange(1.0, 6.0)[:, None], np.ones((5, 1))
    value = found.evaluate({**values, a: left, b: right})
    assert value == pytest.approx((left.T @ whole.evaluate(values) @ right).item(), rel=1e-12)


def test_functions_of_traces() -> None:
    found = w2s.limit(sp.sqrt(sp.Trace(R)) / sp.Trace(R * S) + lam, WHITE)
    one_, two = (w2s.limit(sp.Trace(each), WHITE) for each in (R, R * S))
    values = {n: 8, d: 4, lam: 0.2}
    expected = one_.evaluate(values) ** 0.5 / two.evaluate(values) + 0.2
    assert found.evaluate(values) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("name", ["ridge, bias", "student, bias", "random features, bias", "pooled data"])
def test_derivatives_are_those_of_differences(name: str) -> None:
    case = CASES[name]
    found = w2s.limit(sp.Trace(case.expression) / d, case.gaussians)
    values = draw(case, np.random.default_rng(2), atoms=True)
    for moved in [key for key in values if key.startswith(("lam", "n"))]:
        with mp.workdps(30):
            high = {key: np.vectorize(mpf, otypes=[object])(value)[()] for key, value in values.items()}
            step = mpf(10) ** -9
            near = (found.evaluate(high | {moved: high[moved] + sign * step}) for sign in (1, -1))
            difference = (next(near) - next(near)) / (2 * step)
        assert found.derivative(moved).evaluate(values) == pytest.approx(float(difference), rel=1e-10)


def test_the_derivative_in_words() -> None:
    """d/dlam tr[B R] by implicit differentiation is - tr[B R R], from its own pencil."""
    first, second = w2s.limit(sp.Trace(B * R) / d, DATA), w2s.limit(-sp.Trace(B * R * R) / d, DATA)
    values = {n: 7, d: 5, lam: 0.2, Sigma: definite(3, 5), B: definite(4, 5)}
    assert first.derivative(lam).evaluate(values) == pytest.approx(second.evaluate(values), rel=1e-12)
    ones = {"Sigma": 1, "B": 1}
    (slope,) = first.derivative("lam").expressions
    assert "tr[" in str(slope)
    value, other = (found.closed(ones, put={d: 1}) for found in (first, second))
    kappa, gamma = sp.Symbol("kappa"), 1 / sp.Symbol("n")
    penalty = kappa * (1 - gamma / (1 + kappa))
    along = (
        sp.diff(value.value, sp.Symbol("lam")) + sp.diff(value.value, kappa) / sp.diff(penalty, kappa)
    ).subs(sp.Symbol("lam"), penalty)
    assert sp.cancel(along + other.value.subs(sp.Symbol("lam"), penalty)) == 0


def test_derivatives_of_functions_of_traces() -> None:
    found = w2s.limit(lam * sp.Trace(R) ** 2 / d, WHITE)
    values = {n: 8, d: 4, lam: 0.2}
    ahead, behind = (found.evaluate(values | {lam: 0.2 + step}) for step in (1e-5, -1e-5))
    assert found.derivative(lam).evaluate(values) == pytest.approx((ahead - behind) / 2e-5, rel=1e-8)


def test_no_penalty_is_a_limit() -> None:
    """The risk of ridgeless regression on either side of gamma = 1; with mpmath as near to it as you like."""
    error = R * S - one
    variance = mu / n * sp.Trace(Sigma * R * S * R)
    risk = w2s.limit(sp.Trace(B * error.T * Sigma * error) + variance, DATA)
    rng = np.random.default_rng(5)
    sigma, beta = definite(1, 6), rng.standard_normal(6)
    for rows in (4, 9):
        world = w2s.Population.from_matrices(sigma, beta, noise=0.3)
        values = {n: rows, d: 6, mu: 0.3, lam: 0, Sigma: sigma, B: np.outer(beta, beta)}
        expected = w2s.risk(world, w2s.Ridge(gamma=6 / rows, lam=0.0))
        assert risk.evaluate(values) == pytest.approx(expected, rel=1e-9)
    bias = w2s.limit(sp.Trace(B * error.T * Sigma * error), DATA)
    assert bias.evaluate({n: 9, d: 6, lam: 0, Sigma: sigma, B: 1.0}) == 0.0
    with mp.workdps(20):
        values = {n: mpf(6), d: mpf(6), lam: 0, Sigma: mpf(1), B: mpf(1)}
        assert abs(bias.evaluate(values)) < mpf(10) ** -18
    with pytest.raises(NoLimitError, match="no limit as lam -> 0"):
        w2s.limit(sp.Trace(R), WHITE).evaluate({n: 4, d: 6, lam: 0})


def test_inverses_that_need_not_exist_are_refused() -> None:
    """Inside the disc of eigenvalues the Dyson equation says 1/lam, wrongly: only the certificate knows."""
    disc = w2s.limit(sp.Trace((lam * one - Z).inv()) / d, [w2s.Gaussian(Z, cols=1 / d)])
    assert disc.evaluate({d: 100, lam: 2.0}) == pytest.approx(0.5)
    (outside,) = disc.certificate({d: 100, lam: 2.0})
    assert outside.exists and outside.radius == pytest.approx(0.25)
    with pytest.raises(NoLimitError, match="need not exist"):
        disc.evaluate({d: 100, lam: 0.5})
    assert disc.evaluate({d: 100, lam: 0.5}, certify=False) == pytest.approx(2.0)
    inside = w2s.limit(sp.Trace((S - lam * one).inv()) / d, WHITE)
    with pytest.raises(NoLimitError, match="no limit"):
        inside.evaluate({n: 200, d: 100, lam: 0.5})
    (formal,) = w2s.limit(sp.Trace(R), WHITE).certificate({n: 8, d: 4, lam: 0.1})
    assert formal.exists and formal.radius is None


def test_the_radius_of_ridge_is_its_degrees_of_freedom() -> None:
    """The square of the radius is df2/n, where the form of the expression already settles existence."""
    from w2s_asymptotics.witness.branch import spectral_radius

    found, sigma = w2s.limit(sp.Trace(R), DATA), definite(1, 4)
    values = {n: 8, d: 4, lam: 0.1, Sigma: sigma}
    (part,), given = found.parts, found._values(values)
    radius, share = spectral_radius(part.pencil, given.layout, given.known)
    (kappa,) = found.kappas(values).values()
    kept = np.linalg.inv(sigma + kappa * np.eye(4)) @ sigma
    assert share == 1.0 and radius**2 == pytest.approx(np.trace(kept @ kept) / 8, rel=1e-12)


def test_matrices_whose_sign_settles_existence() -> None:
    nested = (S + (S + lam * A).inv()).inv()
    found = w2s.limit(sp.Trace(nested), WHITE, general=[A])
    turned = np.array([[0.0, 1.0], [-1.0, 0.0]])
    (sure,) = found.certificate({n: 5, lam: 0.3, A: np.eye(2) + turned})
    assert sure.radius is None
    (open_,) = found.certificate({n: 5, lam: 0.3, A: np.eye(2) * 0.1 - np.diag([0.0, 0.2])})
    assert open_.radius is not None


@pytest.mark.parametrize(
    "name", ["student, bias", "random features, bias", "pooled data", "product of Gaussians"]
)
def test_simulations_agree(name: str) -> None:
    case = CASES[name]
    found = w2s.limit(sp.Trace(case.expression) / case.expression.rows, case.gaussians)
    values = draw(case, np.random.default_rng(3), dim=60)
    record = found.simulate(values, repetitions=30, seed=1)
    assert abs(record.z) < 4 or abs(record.mean / record.theory - 1) < 0.08  # of order 1/d
    assert record == found.simulate(values, repetitions=30, seed=1)


def test_the_account_can_be_read() -> None:
    case = CASES["ridge, bias"]
    found = w2s.limit(sp.Trace(case.expression) / d, case.gaussians)
    text = str(found.derivation)
    assert text.index("Pencil") < text.index("Dyson equation") < text.index("Short form")
    assert "0 = d*kappa*tr[G Sigma]/n - kappa + lam" in text and "4 blocks" in text
    assert r"\kappa" in found.latex() and r"\left(\Sigma + \kappa\,\Gamma\right)^{-1}" in found.latex()
    assert str(found) == found.derivation.short()


SCRIPT = """
import sympy as sp
from w2s_asymptotics.witness.cases import CASES
from w2s_asymptotics.witness.limit import limit
for name in ("student, bias", "two penalties", "random features, bias"):
    case = CASES[name]
    print(limit(sp.Trace(case.expression), case.gaussians).derivation)
"""


@pytest.mark.slow
def test_the_account_does_not_depend_on_hashes() -> None:
    texts = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1")
    }
    assert len(texts) == 1 and len(texts.pop()) > 1000


def test_it_owes_the_first_engine_nothing() -> None:
    """The second engine imports numbers, symbols and records, and no rule, theorem, learner or spectrum."""
    folder = Path(limit_module.__file__).parent
    for path in folder.glob("*.py"):
        if path.name.startswith("oracle"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                outside = node.level == 2 or (node.level == 0 and (node.module or "").startswith("w2s"))
                assert not outside or node.module in {"notation", "records"}, (path.name, node.module)
            elif isinstance(node, ast.Import):
                names = {alias.name.partition(".")[0] for alias in node.names}
                assert names <= {"numpy", "sympy", "mpmath", "re"}, (path.name, names)


VALUES = {n: 8, d: 4, lam: 0.1, Sigma: np.eye(4)}
FOUND = w2s.limit(sp.Trace(R), DATA)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({n: 8, d: 4, Sigma: 1.0}, "no value for lam"),
        (VALUES | {"beta": 1.0}, "no symbol of the expression is named beta"),
        (VALUES | {Sigma: [[1.0, 1.0], [0.0, 1.0]], d: 2}, "Sigma is not symmetric"),
        (VALUES | {Sigma: np.eye(3)}, "Sigma must be of shape"),
        (VALUES | {lam: np.nan}, "lam must be finite"),
        (VALUES | {lam: "0.1"}, "lam must be a number"),
        (VALUES | {lam: [0.1, 0.2]}, "lam must be a number"),
        (VALUES | {n: 0}, "the dimension n must be > 0"),
        (VALUES | {Sigma: -np.eye(4)}, "Sigma must be positive semidefinite"),
        (VALUES | {lam: -0.5}, "no limit"),
    ],
)
def test_bad_values(values: dict[Any, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        FOUND.evaluate(values)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: w2s.limit(sp.Trace(S.inv()), WHITE), "give every inverse a ridge term"),
        (lambda: w2s.limit("X", WHITE), "expression must be a sympy expression"),
        (lambda: w2s.limit(sp.Trace(R), [X]), "gaussians must be Gaussian records"),
        (lambda: w2s.limit(sp.Symbol("x"), WHITE), "a function of traces"),
        (lambda: w2s.limit(sp.Trace(sp.HadamardProduct(S, S)), WHITE), "cannot read HadamardProduct"),
        (lambda: w2s.limit(sp.Symbol("n") * sp.Trace(R), WHITE), "two symbols are named n"),
        (lambda: w2s.limit(sp.Trace(R), WHITE * 2), "named once"),
        (lambda: w2s.Gaussian(sp.MatrixSymbol("e", n, 1)), "of a Gaussian vector"),
        (lambda: w2s.Gaussian(X, cols=sp.MatrixSymbol("C", n, n)), "covariance of the cols"),
        (lambda: w2s.Gaussian("X"), "must be a sympy MatrixSymbol"),
        (lambda: FOUND.derivative("beta"), "no scalar of the expression is named beta"),
        (lambda: FOUND.simulate(VALUES, repetitions=1), "repetitions must be"),
        (lambda: w2s.limit(R, DATA).simulate(VALUES), "simulate takes a trace"),
    ],
)
def test_bad_questions(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
