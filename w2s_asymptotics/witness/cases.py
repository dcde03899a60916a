"""Expressions of every kind that the library's results are made of, written from definitions alone."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from .expression import Gaussian

__all__ = ["CASES", "Case", "Chain", "chain", "draw"]


class Case(NamedTuple):
    """A matrix expression, whose normalised trace is meant, and its Gaussian matrices."""

    expression: Any
    gaussians: tuple[Gaussian, ...]


n, ns, nt, n1, n2, d, p, ps, pt = sp.symbols("n n_s n_t n_1 n_2 d p p_s p_t", positive=True)
lam, ls, lt, tail, xi = sp.symbols("lam lam_s lam_t T xi", positive=True)


def _square(name: str, side: Any = d) -> Any:
    return sp.MatrixSymbol(name, side, side)


Sigma, Gamma, Gamma_s, Gamma_t, B, C, Test, Sigma_s, Sigma_t = map(
    _square, ("Sigma", "Gamma", "Gamma_s", "Gamma_t", "B", "C", "Test", "Sigma_s", "Sigma_t")
)
one = sp.Identity(d)
X, Xs, Xt = (
    sp.MatrixSymbol("X", n, d),
    sp.MatrixSymbol("X_s", ns, d),
    sp.MatrixSymbol("X_t", nt, d),
)
S, Ss, St = X.T * X / n, Xs.T * Xs / ns, Xt.T * Xt / nt
R, Rs, Rt = (S + lam * Gamma).inv(), (Ss + ls * Gamma_s).inv(), (St + lt * Gamma_t).inv()
As, At = Rs * Ss, Rt * St
data = (Gaussian(X, Sigma),)
both = (Gaussian(Xs, Sigma_s), Gaussian(Xt, Sigma_t))


def _missed(metric: Any, learned: Any) -> Any:
    """The squared error of a map that should be the identity, for targets of second moment B."""
    return metric * (learned - one) * B * (learned - one).T


class _Features(NamedTuple):
    """Ridge on random features; `learned` is what it makes of the target."""

    weights: Any
    features: Any
    resolvent: Any
    learned: Any
    gaussians: tuple[Gaussian, ...]


def _features(width: Any, rows: Any, count: Any, penalty: Any, name: str, nonlinear: bool) -> _Features:
    W, Z = sp.MatrixSymbol("W" + name, width, d), sp.MatrixSymbol("Z" + name, count, width)
    F = rows * W.T + Z if nonlinear else rows * W.T
    resolvent = (F.T * F / count + penalty * sp.Identity(width)).inv()
    drawn = (Gaussian(W, 1 / width), *([Gaussian(Z, tail / width)] if nonlinear else []))
    return _Features(W, F, resolvent, W.T * resolvent * F.T * rows / count, drawn)


class Chain(NamedTuple):
    """The risk of learners, each from the labels of the one before: bias, and a trace for each noise."""

    bias: Case
    noises: tuple[Case, ...]


def chain(stages: int) -> Chain:
    """Ridge learners k = 1, 2, ..., each with Sigma_k, Gamma_k, lam_k, n_k and a share mu_k of taught labels.

    The first is fitted to true labels. The trace of a noise is to be multiplied by its variance over n_k.
    """
    error: Any = None
    noises: list[tuple[Any, Any]] = []
    gaussians = []
    for k in range(1, stages + 1):
        count, penalty, taught = sp.symbols(f"n_{k} lam_{k} mu_{k}", positive=True)
        rows, covariance = sp.MatrixSymbol(f"X_{k}", count, d), _square(f"Sigma_{k}")
        sample = rows.T * rows / count
        resolvent = (sample + penalty * _square(f"Gamma_{k}")).inv()
        fit = resolvent * sample
        gaussians.append(Gaussian(rows, covariance))
        noises = [(taught * fit * each, rows_of) for each, rows_of in noises]
        noises.append((resolvent * rows.T, count))
        error = (fit if error is None else fit * (one + taught * error)) - one
    drawn = tuple(gaussians)
    spread = tuple(Case(Test * each * each.T / rows_of, drawn) for each, rows_of in noises)
    return Chain(Case(Test * error * B * error.T, drawn), spread)


_rf = _features(p, X, n, lam, "", True)
_linear = _features(p, X, n, lam, "", False)
_student = _features(ps, Xs, ns, ls, "_s", False)
_teacher = _features(pt, Xt, nt, lt, "_t", False)
_first, _second = (S + ls * one).inv(), (S + lt * one).inv()
_twice = _first * S * _second * S
_X1, _X2, _Y = sp.MatrixSymbol("X_1", n1, d), sp.MatrixSymbol("X_2", n2, d), sp.MatrixSymbol("Y", d, p)
_pooled = (_X1.T * _X1 / n + _X2.T * _X2 / n + lam * Gamma).inv()
_pool = (Gaussian(_X1, Sigma_s), Gaussian(_X2, Sigma_t))
_third = chain(3).bias

CASES: dict[str, Case] = {
    "resolvent": Case((S + lam * one).inv(), (Gaussian(X),)),
    "companion": Case((X * X.T / n + lam * sp.Identity(n)).inv(), (Gaussian(X),)),
    "anisotropic resolvent": Case(B * R, data),
    "two resolvents": Case(B * R * C * R, data),
    "two penalties": Case(B * (S + ls * Gamma).inv() * C * (S + lt * Gamma).inv(), data),
    "ridge, bias": Case(_missed(Test, R * S), data),
    "ridge, variance": Case(Test * R * S * R, data),
    "student, bias": Case(_missed(Test, As * At), both),
    "student, noise": Case(Test * As * Rt * St * Rt * As.T, both),
    "student, true labels mixed in": Case(_missed(Test, As * (xi * At + (1 - xi) * one)), both),
    "three generations, bias": _third,
    "two fits on the same rows, bias": Case(_missed(Sigma, _twice), data),
    "two fits on the same rows, variance": Case(
        Sigma * _first * S * _second * S * _second * S * _first, data
    ),
    "random features, bias": Case(_missed(Sigma, _rf.learned), data + _rf.gaussians),
    "random features, variance": Case(
        Sigma * _rf.weights.T * _rf.resolvent * (_rf.features.T * _rf.features) * _rf.resolvent * _rf.weights,
        data + _rf.gaussians,
    ),
    "random features, nonlinear part": Case(
        B * X.T * _rf.features * _rf.resolvent * _rf.resolvent * _rf.features.T * X, data + _rf.gaussians
    ),
    "random features, nonlinear part of the noise": Case(
        _rf.resolvent * (_rf.features.T * _rf.features) * _rf.resolvent, data + _rf.gaussians
    ),
    "linear random features, bias": Case(_missed(Sigma, _linear.learned), data + _linear.gaussians),
    "feature teacher, feature student, bias": Case(
        _missed(Sigma, _student.learned * _teacher.learned), both + _student.gaussians + _teacher.gaussians
    ),
    "pooled data": Case(B * _pooled, _pool),
    "pooled data, bias of labels on one": Case(_missed(Test, _pooled * (_X1.T * _X1 / n)), _pool),
    "row-weighted ridge": Case(B * R, (Gaussian(X, Sigma, rows=_square("D", n)),)),
    "product of Gaussians": Case(
        (X * _Y * _Y.T * X.T / n + lam * sp.Identity(n)).inv(), (Gaussian(X), Gaussian(_Y, 1 / p))
    ),
}


def draw(case: Case, rng: np.random.Generator, dim: int = 6, atoms: bool = False) -> dict[str, Any]:
    """Values for every symbol: positive definite matrices that do not commute, or rows of eigenvalues."""
    sources = [case.expression, *(each.symbol for each in case.gaussians)]
    sources += [side for each in case.gaussians for side in (each.rows, each.cols) if side is not None]
    symbols = {symbol for each in sources for symbol in sp.sympify(each).free_symbols}
    symbols |= _sides(symbols)
    random = {each.symbol for each in case.gaussians}
    sizes = {
        symbol.name: int(rng.integers(dim // 2 + 1, 2 * dim + 1))
        for symbol in sorted(_sides(symbols), key=str)
    }
    sizes["d"] = dim
    values: dict[str, Any] = {}
    for symbol in sorted(symbols - random, key=str):
        if isinstance(symbol, sp.MatrixSymbol):
            side = sizes[str(symbol.rows)]
            basis = np.linalg.qr(rng.standard_normal((side, side)))[0]
            row = rng.uniform(0.3, 2.0, side)
            values[symbol.name] = rng.uniform(0.3, 2.0, 3) if atoms else (basis * row) @ basis.T
        elif symbol.name in sizes:
            values[symbol.name] = sizes[symbol.name]
        else:
            values[symbol.name] = float(rng.uniform(0.05, 0.9))
    return values


def _sides(symbols: set[Any]) -> set[Any]:
    """The dimensions among the symbols."""
    return {
        side for each in symbols if isinstance(each, sp.MatrixSymbol) for side in each.shape if side.is_Symbol
    }
