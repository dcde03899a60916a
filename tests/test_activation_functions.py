"""Networks whose activation is a function, as links may be: the numbers of the named ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from w2s_asymptotics import MultiIndex, TwoLayer, compare, derive, risk, simulate

WORLD = MultiIndex(easy=[1.0, 0.3], hard="he2", noise=0.5)
SIZES: dict[str, Any] = {"gamma_step": 0.1, "gamma": 0.3, "width": 2.0, "lam": 0.1}
FUNCTIONS = {
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0.0),
    "softplus": lambda z: np.logaddexp(0.0, z),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("degree", [1, 3])
def test_a_function_is_as_good_as_its_name(name: str, degree: int) -> None:
    named, given = (
        TwoLayer(**SIZES, activation=each, degree=degree, hard_degree=2) for each in (name, FUNCTIONS[name])
    )
    assert given.spikes == named.spikes
    assert risk(WORLD, given) == pytest.approx(risk(WORLD, named), rel=1e-10)


def test_it_is_simulated_and_compared() -> None:
    named, given = (TwoLayer(**SIZES, activation=each) for each in ("tanh", np.tanh))
    run: dict[str, Any] = {"dim": 24, "repetitions": 2, "seed": 0}
    assert simulate(WORLD, given, **run).mean == pytest.approx(simulate(WORLD, named, **run).mean, rel=1e-9)
    assert compare(WORLD, given, named).advice.startswith("retuned (lam = ")


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: TwoLayer(**SIZES, activation=lambda z: np.exp(z**2)), "finite second moment"),
        (lambda: TwoLayer(**SIZES, activation=3), "or a function of arrays, got 3"),
        (lambda: derive(WORLD, TwoLayer(**SIZES, activation=np.tanh)), "activations by name"),
        (lambda: TwoLayer(**SIZES, activation=np.tanh).to_json(), "a function cannot be written"),
    ],
)
def test_what_cannot_be_is_refused_at_once(ask: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ask()
