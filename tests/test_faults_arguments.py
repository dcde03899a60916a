"""Arguments that were misread in silence, or refused in another library's words."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy

from w2s_asymptotics import (
    Population,
    PrincipalComponents,
    RandomFeatures,
    Ridge,
    SelfDistilled,
    TwoLayer,
    aligned_penalty,
    derive,
    phase_diagram,
    risks,
    tune,
)

ISOTROPIC = Population.isotropic(noise=0.5)
RIDGE = Ridge(gamma=0.5, lam=0.1)
x = sympy.Symbol("x")


class Labelled(list[float]):
    """A stand-in for a labelled array, as those of xarray and pandas."""

    dims = ("a",)


def density(*arguments: Any, **named: Any) -> Any:
    return Population.density(*arguments, **named)


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "masked": (lambda: Ridge(gamma=0.5, lam=np.ma.array([0.1, 99.0], mask=[False, True])), "masked"),
    "masked features": (
        lambda: Ridge(gamma=0.5, lam=0.1, features=np.ma.array([1.0, 2.0], mask=[False, True])),
        "masked",
    ),
    "text": (lambda: Ridge(gamma=0.5, lam=np.array([".1", "1e1"], dtype=object)), "got '.1' among"),
    "text of a world": (
        lambda: Population(np.array([".1", "1"], dtype=object), [1, 1]),
        "eigenvalues .*'.1'",
    ),
    "truth value": (lambda: Ridge(gamma=0.5, lam=(True, 0.5)), "got True among"),
    "truth value within": (lambda: Ridge(gamma=0.5, lam=[[1.0, 2.0], [True, 0.5]]), "got True among"),
    "truth values": (lambda: Ridge(gamma=0.5, lam=np.array([True, 0.5], dtype=object)), "got True among"),
    "relation": (lambda: Ridge(gamma=0.5, lam=x > 1), "lam must be >= 0, got x > 1"),
    "relation within": (lambda: Ridge(gamma=0.5, lam=[x > 1, 0.5]), "lam must be >= 0, got x > 1"),
    "not positive": (lambda: Ridge(gamma=sympy.Symbol("g", nonpositive=True), lam=1), "gamma must be > 0"),
    "imaginary": (lambda: Ridge(gamma=0.5, lam=sympy.I), "lam must be >= 0"),
    "matrix": (lambda: Ridge(gamma=0.5, lam=sympy.Matrix([1, 2])), "lam must be >= 0"),
    "empty": (lambda: Ridge(gamma=0.5, lam=[]), "no values at all"),
    "components": (lambda: PrincipalComponents(gamma=0.5, components=10), "share of directions.* give k/d"),
    "large": (lambda: Ridge(gamma=0.5, lam=10**400), "beyond the range of floats"),
    "large within": (lambda: Population([10**400], [1]), "eigenvalues must be >= 0"),
    "large penalty of fits": (lambda: SelfDistilled(gamma=0.5, lams=(10**400, 1)), "beyond the range"),
    "ragged": (lambda: Ridge(gamma=0.5, lam=[[1, 2], [3]]), "lam must be numbers in rows of one length"),
    "ragged penalty": (
        lambda: Ridge(gamma=0.5, lam=0.1, penalty=[[1, 2], [3]]),
        "penalty must be numbers in",
    ),
    "ragged features": (
        lambda: Ridge(gamma=0.5, lam=0.1, features=[[1, 2], [3]]),
        "features must be numbers",
    ),
    "ragged covariance": (lambda: Population.from_matrices([[1, 2], [3]], [1, 1]), "covariance must be a sq"),
    "ragged beta": (lambda: Population.from_matrices(np.eye(2), [[1], [1, 2]]), "beta must be numbers in"),
    "complex": (lambda: Population([1 + 1j], [1]), "eigenvalues must be >= 0"),
    "no world": (lambda: aligned_penalty(None), "aligned_penalty needs a population"),  # type: ignore[arg-type]
    "density": (lambda: density(3, (0, 1)), "density must be a function"),
    "support": (lambda: density(lambda s: 1.0, 3), "support must be a pair"),
    "support of symbols": (lambda: density(lambda s: 1.0, (0, x)), "support must be a pair"),
    "three ends": (lambda: density(lambda s: 1.0, (0, 1, 2)), "support must be a pair"),
    "edges": (lambda: density(lambda s: 1.0, (0, 1), edges=("a", 0)), "edges must be a pair"),
    "text of a density": (lambda: density(lambda s: "x", (0, 1)), "density must return a real number"),
    "complex density": (lambda: density(lambda s: 1j, (0, 1)), "density must return a real number"),
    "nodes": (lambda: density(lambda s: 1.0, (0, 1), nodes=10**9), "nodes must be a whole number from 4"),
    "step": (
        lambda: TwoLayer(gamma_step=0.2, gamma=0.5, width=2.0, lam=0.1, step_exponent=x),
        "step_exponent must be a single number",
    ),
    "dimension": (lambda: Population.power_law(10**12, 1, 1), "dim must be a whole number up to"),
    "exponent": (lambda: Population.power_law(4, x, 1), "alpha must be a single number"),
    "missing lam": (lambda: risks(ISOTROPIC, Ridge(gamma=0.5)), "lam is missing"),
    "missing width": (lambda: RandomFeatures(gamma=0.5, lam=0.1), "width is missing"),
    "labelled": (
        lambda: Ridge(gamma=0.5, lam=Labelled([0.1, 0.2])),
        "the labels of a Labelled would be dropped",
    ),
    "text for a number": (
        lambda: Ridge(gamma="x", lam=0.1),
        r"gamma must be > 0, got 'x' \(text, not a number\)",
    ),
    "truth for a number": (lambda: Ridge(gamma=True, lam=0.1), "a truth value, not a number"),
    "row of text": (lambda: Ridge(gamma=np.array(["a"]), lam=0.1), "text, not numbers"),
    "derive nothing": (lambda: derive(None), "derive takes the name of a result.*got None"),
    "misspelt result": (lambda: derive("compnsation"), r"did you mean compensation\?"),
    "misspelt activation": (
        lambda: RandomFeatures(gamma=0.5, width=2.0, lam=0.1, activation="gleu"),
        r"did you mean gelu\?",
    ),
    "beyond floats": (lambda: density(lambda s: 1.0, (0, 10**400)), "support must be a pair of numbers"),
    "list of learners": (lambda: risks(ISOTROPIC, [RIDGE, RIDGE]), r"unpack it with \*"),  # type: ignore[arg-type]
    "misspelt": (
        lambda: phase_diagram(ISOTROPIC, RIDGE, RIDGE, x=("student.lamb", [1, 2]), y=("noise", [1, 2])),
        "did you mean student.lam",
    ),
    "whose": (
        lambda: phase_diagram(ISOTROPIC, RIDGE, RIDGE, x=("lam", [1, 2]), y=("noise", [1, 2])),
        "did you mean teacher.lam or student.lam",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_in_words_that_help(case: str) -> None:
    ask, words = REFUSED[case]
    with pytest.raises(ValueError, match=words) as caught:
        ask()
    assert len(str(caught.value)) < 500


def test_where_any_mixture_is_best_one_is_given() -> None:
    nothing = Population.isotropic(signal=0.0, noise=0.0)
    best = tune(nothing, SelfDistilled(gamma=0.5, lams=(0.1, 0.2, 0.3), own=1.0))
    assert best.risk == 0.0
