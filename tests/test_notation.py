import mpmath
import numpy as np
import pytest
import sympy

from w2s_asymptotics.notation import QUANTITIES, check, symbol, symmetric


@pytest.mark.parametrize("name", QUANTITIES)
def test_typical_values_lie_in_the_domain_and_symbols_carry_it(name: str) -> None:
    quantity = QUANTITIES[name]
    for value in quantity.typical:
        assert check(name, value, "Owner") == value
    assert symbol(name).is_real
    assert bool(symbol(name).is_positive) == (quantity.open_low or (quantity.low or 0) > 0)
    assert quantity.latex and quantity.meaning


def test_the_error_names_argument_domain_value_and_meaning() -> None:
    with pytest.raises(ValueError) as error:
        check("lam", -0.1, "Ridge")
    assert str(error.value) == (
        "lam must be >= 0, got -0.1 (Ridge.lam: ridge penalty, objective (1/n)||y-Xb||^2 + lam b'Gamma b)"
    )


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        -1,
        "0.5",
        b"1",
        True,
        1j,
        [0.1, -2.0],
        [0.1, "x"],
        mpmath.mpf(-1),
        mpmath.nan,
        np.array([0.1, np.nan]),
        sympy.Symbol("x", negative=True),
        sympy.Integer(-2),
        sympy.I,
        sympy.oo,
        sympy.nan,
        object(),
    ],
)
def test_values_outside_the_domain_are_refused(value: object) -> None:
    with pytest.raises(ValueError, match="lam must be >= 0"):
        check("lam", value, "Ridge")


def test_the_first_offender_of_an_array_is_shown() -> None:
    with pytest.raises(ValueError, match=r"got -2\.0 \("):
        check("lam", [0.1, -2.0], "Ridge")


def test_numbers_are_made_ready_and_exact_kinds_kept() -> None:
    assert isinstance(check("lam", 1, "Ridge"), float)
    array = check("lam", [0, 1], "Ridge")
    assert array.dtype == float and not array.flags.writeable
    exact, unknown = mpmath.mpf("0.1"), sympy.Symbol("x")
    assert check("lam", exact, "Ridge") is exact
    assert check("lam", unknown, "Ridge") is unknown
    assert check("truth", sympy.Rational(1, 3), "Ridge") == sympy.Rational(1, 3)


def test_symbols_have_indices() -> None:
    assert symbol("gamma", "t") == sympy.Symbol("gamma_t", positive=True)


@pytest.mark.parametrize("matrix", [[[1, 2], [0, 1]], [[1, 2]], [1.0], [[float("nan"), 0], [0, 1]], "ab"])
def test_matrices_must_be_square_symmetric_and_finite(matrix: object) -> None:
    with pytest.raises(ValueError, match="Ridge.covariance"):
        symmetric("covariance", matrix, "Ridge")
