"""Links and activations: nothing is executed, what has no second moment is refused at once."""

from __future__ import annotations

import math
import os
import pickle
import time
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp

from w2s_asymptotics import MultiIndex, Population, RandomFeatures, TwoLayer, risk, simulate
from w2s_asymptotics.learners.hermite import ACTIVATIONS, hermite, reaches
from w2s_asymptotics.simulation.estimators.activations import activation_of, derivative_of
from w2s_asymptotics.worlds.expressions import function_of
from w2s_asymptotics.worlds.links import as_link

x = sp.Symbol("x")
OWNER = "MultiIndex.easy"


def test_a_name_that_is_code_is_not_executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    evil = sp.Function("open('made', 'w').write")(x)
    for expression in (evil, x + evil, sp.Piecewise((x, evil > 0), (1, True)), sp.sin(evil), x**evil):
        with pytest.raises(ValueError, match="which is no function known here"):
            MultiIndex(easy=expression, hard="he2").easy.energy  # noqa: B018
    hidden = sp.Symbol("__import__('os').system('touch made')")
    link = as_link(hidden + hidden**3, OWNER)
    assert link.coefficient(1) == pytest.approx(4.0) and link(np.array([1.0])) == pytest.approx(2.0)
    assert os.listdir(tmp_path) == []


def test_unknown_functions_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"f\(x\) holds f, .* exp, log, sin"):
        as_link(sp.Function("f")(x), OWNER)
    disguised = type("exp", (sp.Function,), {})
    with pytest.raises(ValueError, match="holds exp, which is no function known here"):
        as_link(disguised(x), OWNER)


EXPRESSIONS = [
    sp.tanh(x) + x**2 / 2,
    sp.Abs(x - 1) * sp.exp(-x / 3),
    sp.Max(x, sp.Rational(1, 3), sp.sin(x)) - sp.Min(x, 2),
    sp.Piecewise((x**2, x > 1), (sp.cos(x), (x > -1) & (x <= 1)), (-x, True)),
    sp.erf(x) * sp.sign(x) + sp.Heaviside(x - sp.pi / 4),
    sp.log(1 + x**2) / sp.sqrt(2 + x**2) + sp.E * sp.atan(x),
    sp.sinh(x / 4) - sp.cosh(x / 5) + sp.erfc(x) + sp.asinh(x),
]


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=str)
def test_expressions_are_evaluated_as_sympy_does(expression: Any) -> None:
    points = np.array([-2.7, -1.3, -0.4, 0.3, 1.6, 2.9])
    values = np.broadcast_to(function_of(expression, x, arrays=True)(points), points.shape)
    for point, value in zip(points, values, strict=True):
        exact = sp.N(expression.subs(x, sp.Float(float(point), 30)), 25)
        assert value == pytest.approx(float(exact), rel=1e-13)
        with mpmath.workdps(25):
            precise = function_of(expression, x, arrays=False)(mpmath.mpf(float(point)))
            assert abs(precise - mpmath.mpf(str(exact))) < 1e-22 * (1 + abs(precise))


def test_an_expression_link_is_its_function_less_the_mean() -> None:
    link = as_link(EXPRESSIONS[0], OWNER)
    z, w = np.polynomial.hermite_e.hermegauss(80)
    w = w / w.sum()
    assert str(link) == "x**2/2 + tanh(x)"
    assert w @ link(z) == pytest.approx(0.0, abs=1e-12) and w @ link(z) ** 2 == pytest.approx(link.energy)
    assert w @ (link(z) * z) == pytest.approx(link.coefficient(1))


ENDLESS: dict[str, Any] = {
    "exp of the square": sp.exp(x**2),
    "the same times a logarithm": sp.exp(x**2) * sp.log(2 + x**2),
    "half of it, not in the table of integrals": sp.exp(x**2 / 4) * sp.sqrt(1 + x**2),
    "exp of exp": sp.exp(sp.exp(x)),
    "one over x": 1 / x,
    "tan": sp.tan(x),
    "a function": lambda z: np.exp(z**2),
    "a function, at the edge": lambda z: np.exp(z**2 / 4),
    "a function, on one side": lambda z: np.exp(np.maximum(z, 0.0) ** 2 / 2),
    "a function that overflows": lambda z: np.exp(np.exp(z)),
    "a function that is singular": lambda z: 1.0 / z,
    "a function that is endlessly rough": lambda z: np.tan(1e6 * z),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_what_has_no_finite_second_moment_is_refused_at_once(name: str) -> None:
    started = time.process_time()
    with pytest.raises(ValueError, match=r"second moment|finite energy|finite numbers"):
        MultiIndex(easy=ENDLESS[name], hard="he2")
    assert time.process_time() - started < 5.0
    if name.startswith("a function"):
        with pytest.raises(ValueError, match=r"second moment|finite numbers"):
            RandomFeatures(0.5, 2.0, 0.1, activation=ENDLESS[name])


def test_what_has_one_is_taken() -> None:
    steep = as_link(lambda z: np.exp(z**2 / 8), OWNER)
    assert steep.energy == pytest.approx(math.sqrt(2) - 4 / 3, rel=1e-9)
    assert as_link(lambda z: np.abs(z) ** -0.25, OWNER).energy > 0
    assert as_link(sp.exp(x**2 / 8), OWNER).energy == pytest.approx(math.sqrt(2) - 4 / 3, rel=1e-12)
    assert as_link(lambda z: 0.0 * z, OWNER).energy == 0.0
    assert as_link(lambda z: 1e-200 * z, OWNER).coefficient(1) == pytest.approx(1e-200)


REFUSED: dict[str, tuple[Any, str]] = {
    "math.sin": (math.sin, r"takes an array of floats \(np.sin, not math.sin"),
    "a branch": (lambda z: z if z > 0 else 0.0, r"np.where, not if"),
    "a mean": (lambda z: z.mean(), "as many finite numbers"),
    "text": (lambda z: np.array(["a"] * len(z)), "as many finite numbers"),
    "a class": (int, "a row of"),
    "an imaginary symbol": (sp.Symbol("z", imaginary=True), "stands for any real number, and z is"),
    "a positive symbol": (sp.Symbol("z", positive=True) ** 2, "use sympy.Symbol"),
    "an imaginary value": (sp.I * x, "must be a real function"),
    "a root of negative numbers": (sp.sqrt(x), "must be a real function"),
    "no value": (sp.nan + x * 0 + sp.Symbol("y") * sp.nan, "expression in one symbol"),
    "a matrix": (sp.Matrix([x, x]), "must be an expression in one symbol"),
    "a comparison": (x > 1, "must be an expression in one symbol"),
    "truth values": ([True, 0.5], "got the truth values in"),
    "a masked array": (np.ma.array([1.0, 99.0], mask=[0, 1]), "must not be a masked array"),
    "a ragged list": ([[1.0], [1.0, 2.0]], "a row of 1 to 100 Hermite coefficients"),
    "text in an array": (np.array([".1", "1e1"], dtype=object), "coefficients must be"),
    "complex numbers": ([1.0, 1j], "coefficients must be"),
    "a number beyond floats": ([1.0, 10**400], "beyond the range of floats"),
    "nothing": (None, "a row of 1 to 100"),
    "an empty row": ([], "a row of 1 to 100"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_link_is_refused(name: str) -> None:
    value, message = REFUSED[name]
    with pytest.raises(ValueError, match=message):
        MultiIndex(easy=value, hard="he2")


@pytest.mark.parametrize("name", ["gelu", "silu"])
def test_the_coefficients_of_new_links_by_brute_force(name: str) -> None:
    link = as_link(name, OWNER)
    with mpmath.workdps(40):
        function = {
            "gelu": lambda z: z * mpmath.ncdf(z),
            "silu": lambda z: z / (1 + mpmath.exp(-z)),
        }[name]
        points = [mpmath.mpf(k) / 24 for k in range(-360, 361)]
        weights = [mpmath.npdf(z) / 24 for z in points]

        def mean(values: Any) -> Any:
            return mpmath.fsum(w * v for w, v in zip(weights, values, strict=True))

        values = [function(z) for z in points]
        he = [[mpmath.mpf(1)] * len(points), points]
        for k in range(2, 7):
            he.append([z * a - (k - 1) * b for z, a, b in zip(points, he[-1], he[-2], strict=True)])
        for k in range(1, 7):
            expected = mean([a * b for a, b in zip(values, he[k], strict=True)]) / mpmath.factorial(k)
            assert abs(link.precise(k) - expected) < 1e-30
            if name == "gelu" or k == 2:
                assert abs(mpmath.mpf(str(sp.N(link.exact(k), 35))) - expected) < 1e-30
            assert reaches(name, k) == (not link.vanishes(k))
        energy = mean([v * v for v in values]) - mean(values) ** 2
        assert abs(link.precise_energy() - energy) < 1e-30
        centred = link(np.array([0.7, -1.2]))
        for value, z in zip(centred, (0.7, -1.2), strict=True):
            assert value == pytest.approx(float(function(mpmath.mpf(z)) - mean(values)), rel=1e-13)


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name != "linear"])
@pytest.mark.parametrize("variance", [0.3, 1.0, 4.0])
def test_a_function_has_the_constants_of_its_name(name: str, variance: float) -> None:
    exact = {
        "erf": np.vectorize(math.erf, otypes=[float]),
        "gelu": lambda z: z * 0.5 * (1 + np.vectorize(math.erf, otypes=[float])(z / math.sqrt(2))),
    }
    function = exact.get(name) or activation_of(name, 0.0, variance)
    by_name, by_function = hermite(name, variance), hermite(function, variance)
    for constant in ("mean", "slope", "tail"):
        expected = float(getattr(by_name, constant))
        assert float(getattr(by_function, constant)) == pytest.approx(expected, rel=1e-12, abs=1e-14)


def test_random_features_of_a_function() -> None:
    world, bump = Population([2.0, 0.5], [0.5, 0.5], noise=0.2), lambda z: z / (1 + z**2)
    teacher = RandomFeatures(0.5, 2.0, 0.1, activation=bump)
    student = RandomFeatures(0.8, 1.5, 0.1, activation=np.tanh)
    named = RandomFeatures(0.8, 1.5, 0.1, activation="tanh")
    assert risk(world, student) == pytest.approx(risk(world, named), rel=1e-12)
    assert student.nonlinear and hash(student) != hash(named)
    found = simulate(world, teacher, student, dim=80, repetitions=60, seed=2)
    assert abs(found.z).max() < 4, str(found)
    with pytest.raises(ValueError, match="got <built-in function sin>|np.sin, not math.sin"):
        RandomFeatures(0.5, 2.0, 0.1, activation=math.sin)
    for even in (np.cos, lambda z: z**2, lambda z: 0.0 * z):
        with pytest.raises(ValueError, match="must have a linear part"):
            RandomFeatures(0.5, 2.0, 0.1, activation=even)
    with pytest.raises(ValueError, match="activation must be one of linear, .*silu, or a function of arrays"):
        RandomFeatures(0.5, 2.0, 0.1, activation="swish")
    with pytest.raises(ValueError, match=r"activation must be one of .*got 3 \(TwoLayer.activation\)"):
        TwoLayer(0.1, 0.2, 1.0, 0.1, activation=3)


@pytest.mark.parametrize("name", ["gelu", "silu"])
def test_networks_of_the_new_activations(name: str) -> None:
    world = MultiIndex(easy=[1.0, 0.3], hard="he2", noise=0.2)
    teacher = TwoLayer(gamma_step=0.1, gamma=0.2, width=1.5, lam=0.1, activation=name, degree=2)
    assert teacher.spikes == (1, 2)
    found = simulate(world, teacher, dim=80, repetitions=20, seed=3)
    assert abs(found.mean[0] / found.theory[0] - 1) < 0.1
    function, slope = activation_of(name, 0.0, 1.0), derivative_of(name)
    z = np.linspace(-3, 3, 13) + 0.01
    assert function is not None
    np.testing.assert_allclose((function(z + 1e-3) - function(z - 1e-3)) / 2e-3, slope(z), atol=1e-4)


@pytest.mark.parametrize("name", [*ACTIVATIONS, None])
def test_activations_can_be_sent_to_other_processes(name: str | None) -> None:
    activation = activation_of(name, 0.0 if name else 0.3, 1.0)
    again = pickle.loads(pickle.dumps(activation))
    if activation is not None:
        z = np.linspace(-2, 2, 5)
        np.testing.assert_array_equal(again(z), activation(z))
