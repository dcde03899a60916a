"""A path of penalties from one factorisation, in every library of arrays that is installed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from w2s_asymptotics.simulation import ridge_path
from w2s_asymptotics.simulation.estimators import Penalty, fit_ridge

RNG = np.random.default_rng(5)
LAMS = {"from 0": np.array([0.0, 1e-9, 0.1, 3.0]), "from 1e-3": np.array([1e-3, 0.1, 3.0])}
SHAPES = {"more rows": (30, 12), "fewer rows": (12, 30)}


def gammas(dim: int) -> list[Any]:
    square = RNG.standard_normal((dim, dim))
    return [None, RNG.uniform(0.5, 2.0, dim), square @ square.T / dim + 0.3 * np.eye(dim)]


@pytest.mark.parametrize("lams", LAMS.values(), ids=LAMS.keys())
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_each_fit_of_a_path_is_that_of_its_penalty(shape: tuple[int, int], lams: Any) -> None:
    rows, labels = RNG.standard_normal(shape), RNG.standard_normal(shape[0])
    for gamma in gammas(shape[1]):
        path = ridge_path(rows, labels, lams, gamma)
        assert path.shape == (shape[1], len(lams))
        for column, lam in zip(path.T, lams, strict=True):
            expected = fit_ridge(rows, labels, lam, Penalty.of(gamma))
            np.testing.assert_allclose(column, expected, rtol=0, atol=1e-11 * np.abs(expected).max())


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_the_smaller_normal_matrix_is_factorised_once(
    shape: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    true, sizes = np.linalg.eigh, []

    def counted(matrix: Any) -> Any:
        sizes.append(matrix.shape)
        return true(matrix)

    monkeypatch.setattr(np.linalg, "eigh", counted)
    ridge_path(np.ones(shape) + RNG.standard_normal(shape), np.ones(shape[0]), np.geomspace(1e-2, 1, 50))
    assert sizes == [(12, 12)]


def libraries() -> list[tuple[str, Any]]:
    def torch() -> Any:
        return pytest.importorskip("torch", reason="torch is not installed").asarray

    def jax() -> Any:
        return pytest.importorskip("jax.numpy", reason="JAX is not installed").asarray

    def cupy() -> Any:
        found = pytest.importorskip("cupy", reason="CuPy is not installed")
        if not found.cuda.is_available():
            pytest.skip("CuPy finds no GPU")
        return found.asarray

    return [("torch", torch), ("jax", jax), ("cupy", cupy)]


@pytest.mark.parametrize(("name", "library"), libraries(), ids=[name for name, _ in libraries()])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_other_libraries_agree_and_stay_themselves(name: str, library: Any, shape: tuple[int, int]) -> None:
    asarray = library()
    rows, labels = RNG.standard_normal(shape), RNG.standard_normal(shape[0])
    none, _, matrix = gammas(shape[1])
    for lams, gamma in zip(LAMS.values(), (matrix, none), strict=True):
        there, targets = asarray(rows), asarray(labels)
        found = ridge_path(there, targets, lams, gamma)
        assert type(found) is type(there) and found.dtype == there.dtype
        digits = 1e-11 if "float64" in str(there.dtype) else 2e-4
        expected = ridge_path(rows, labels, lams, gamma)
        np.testing.assert_allclose(np.asarray(found), expected, rtol=0, atol=digits * np.abs(expected).max())


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"rows": [[1.0, 2.0]]}, "numpy, torch, CuPy or JAX is needed, got list"),
        ({"rows": np.ones((4, 2), dtype=int)}, "array of floats"),
        ({"rows": np.ones(4)}, "rows must be n x d"),
        ({"labels": np.ones(3)}, "labels of length n"),
        ({"lams": [0.1, -1.0]}, "lams must be finite and >= 0"),
        ({"lams": []}, "lams must be a row"),
        ({"lams": 0.1}, "lams must be a row"),
        ({"labels": np.array([1.0, 2.0, np.nan, 0.0])}, "must be finite"),
    ],
)
def test_bad_input_is_refused(changed: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {"rows": np.ones((4, 2)), "labels": np.ones(4), "lams": [0.1]}
    with pytest.raises(ValueError, match=message):
        ridge_path(**{**given, **changed})
